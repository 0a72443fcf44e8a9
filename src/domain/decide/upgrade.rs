//! Going over to another version of a runbook (DESIGN rule 14).
//!
//! An upgrade may make things stale, never done: it opens no gate that was shut, and what was excepted or
//! proven under another definition is excepted or proven no longer.

use chrono::{DateTime, Utc};

use super::super::assess::{Assessment, Gate, Standing, Status, assess, stale};
use super::super::command::Acting;
use super::super::event::{Fact, RunbookRef};
use super::super::evolve::upgraded;
use super::super::ids::{CheckId, ItemId, MemberName, RoleId, StageId};
use super::super::refusal::Refusal;
use super::super::runbook::Runbook;
use super::super::state::State;
use super::Desk;

/// What an upgrade does to an engagement.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Consequences {
    /// Signatures that no longer count.
    pub lost: Vec<Lost>,
    /// Items that were done and are not any more.
    pub reopened: Vec<ItemId>,
    /// Items whose waiver, or word that they do not apply, ends.
    pub exceptions_ended: Vec<ItemId>,
    /// Gates that would open: an upgrade with any is refused.
    pub opens: Vec<String>,
}

/// A signature that no longer counts after an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Lost {
    /// The stage, for a signature under a stage.
    pub stage: Option<StageId>,
    /// The item, for a tick.
    pub item: Option<ItemId>,
    /// The role.
    pub role: RoleId,
    /// Who signed.
    pub member: MemberName,
}

/// What going over to `next` does. `verdicts_ended` are the checks that are not what they were.
pub fn consequences(
    runbook: &Runbook,
    state: &State,
    next: &Runbook,
    verdicts_ended: &[CheckId],
    now: DateTime<Utc>,
) -> Consequences {
    let exceptions_ended = exceptions_ended(runbook, state, next);
    let mut after_state = state.clone();
    upgraded(&mut after_state, &reference(next), &exceptions_ended, verdicts_ended, state.head.seq + 1);
    let (before, after) = (assess(runbook, state, now), assess(next, &after_state, now));
    let mut lost = lost_ticks(runbook, state, next, now);
    lost.extend(lost_stages(runbook, &before, next, &after));
    let status = |assessment: &Assessment, runbook: &Runbook, id: &ItemId| {
        let place = runbook.place(id.as_str())?;
        Some(assessment.stages[place.stage].items[place.item].status)
    };
    let reopened = runbook
        .items()
        .map(|(_, item)| &item.id)
        .filter(|id| status(&before, runbook, id) == Some(Status::Done))
        .filter(|id| status(&after, next, id).is_some_and(|status| status != Status::Done))
        .cloned()
        .collect();
    Consequences { lost, reopened, exceptions_ended, opens: opens(runbook, &before, next, &after) }
}

/// The facts of an upgrade, or why there is none.
pub fn upgrade(
    runbook: &Runbook,
    state: &State,
    acting: &Acting,
    next: &Runbook,
    verdicts_ended: &[CheckId],
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let desk = Desk::new(runbook, state, acting, now)?;
    desk.lead()?;
    if next.id != runbook.id {
        return Err(Refusal::OtherRunbook { ours: runbook.id.clone(), theirs: next.id.clone() });
    }
    if next.digest == runbook.digest {
        return Err(Refusal::NoChange);
    }
    let Consequences { exceptions_ended, opens, .. } =
        consequences(runbook, state, next, verdicts_ended, now);
    if !opens.is_empty() {
        return Err(Refusal::WouldOpen(opens));
    }
    let mut out = Vec::new();
    // Somebody must lead under the new runbook, or nobody could ever assign a role again.
    let mut leads = next.roles.values().filter(|r| r.lead).peekable();
    let first = leads.peek().map(|r| r.id.clone());
    let led = |role: &RoleId| state.members.values().any(|m| m.roles.contains(role) && !m.keys.is_empty());
    if let Some(first) = first
        && !leads.any(|r| led(&r.id))
    {
        out.push(Fact::RoleAssigned { member: desk.who.clone(), role: first });
    }
    out.push(Fact::Upgraded {
        runbook: reference(next),
        exceptions_ended,
        verdicts_ended: verdicts_ended.to_vec(),
    });
    let fresh = next.fields.values().filter(|f| !state.facts.fields.contains_key(&f.id));
    out.extend(fresh.filter(|f| !runbook.fields.contains_key(&f.id)).filter_map(|f| {
        let value = f.default.clone()?;
        Some(Fact::FieldSet { field: f.id.clone(), value, captured_by: None })
    }));
    Ok(out)
}

fn reference(runbook: &Runbook) -> RunbookRef {
    RunbookRef { id: runbook.id.clone(), version: runbook.version.clone(), digest: runbook.digest }
}

/// Items that were excepted as what they no longer are; those that are gone included, as they may come
/// back as something else.
fn exceptions_ended(runbook: &Runbook, state: &State, next: &Runbook) -> Vec<ItemId> {
    let same = |id: &ItemId| match (runbook.item(id.as_str()), next.item(id.as_str())) {
        (Some((_, before)), Some((_, after))) => before.digest == after.digest,
        (_, None) | (None, _) => false,
    };
    let excepted = state
        .items
        .iter()
        .filter(|(_, i)| i.waiver.is_some() || i.requested.is_some() || i.not_applicable.is_some());
    let mut out: Vec<ItemId> = excepted.map(|(id, _)| id).filter(|id| !same(id)).cloned().collect();
    out.sort();
    out
}

fn lost_ticks(runbook: &Runbook, state: &State, next: &Runbook, now: DateTime<Utc>) -> Vec<Lost> {
    let mut out = Vec::new();
    for (_, item) in runbook.items() {
        let kept = next.item(item.id.as_str()).is_some_and(|(_, after)| after.digest == item.digest);
        let Some(done) = state.item(item.id.as_str()).filter(|_| !kept) else { continue };
        for approval in done.boxes.values().flatten() {
            if stale(item, state, approval, now).is_none() {
                let (role, member) = (approval.signoff.role.clone(), approval.signoff.member.clone());
                let lost = Lost { stage: None, item: Some(item.id.clone()), role, member };
                if !out.contains(&lost) {
                    out.push(lost);
                }
            }
        }
    }
    out
}

fn lost_stages(runbook: &Runbook, before: &Assessment, next: &Runbook, after: &Assessment) -> Vec<Lost> {
    let mut out = Vec::new();
    for (stage, was) in runbook.stages().iter().zip(&before.stages) {
        let is = next.stage_index(stage.id.as_str()).map(|n| &after.stages[n]);
        for signed in &was.signoffs {
            let Standing::Current(approval) = &signed.standing else { continue };
            let kept = is.is_some_and(|is| {
                let same = is.signoffs.iter().find(|s| s.role == signed.role);
                same.is_some_and(|s| matches!(s.standing, Standing::Current(_)))
            });
            if !kept {
                let (role, member) = (signed.role.clone(), approval.signoff.member.clone());
                out.push(Lost { stage: Some(stage.id.clone()), item: None, role, member });
            }
        }
    }
    out
}

/// Gates that were shut and would not be, and stages that were not complete and would be.
fn opens(runbook: &Runbook, before: &Assessment, next: &Runbook, after: &Assessment) -> Vec<String> {
    let width = |gate: Gate| match gate {
        Gate::Shut | Gate::BreakGlass => 0,
        Gate::Warned => 1,
        Gate::Open => 2,
    };
    let mut out = Vec::new();
    for (n, stage) in next.stages().iter().enumerate() {
        let Some(m) = runbook.stage_index(stage.id.as_str()) else { continue };
        let opened = width(after.gate(n)) > width(before.gate(m));
        let completed = after.stages[n].complete && !before.stages[m].complete;
        if opened || completed {
            out.push(stage.title.clone());
        }
    }
    if after.complete() && !before.complete() {
        out.push("the last gate".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::digest::Digest;
    use crate::domain::runbook::Stage;
    use crate::domain::testing::*;
    use crate::domain::verdict::Verdict;

    /// Another version of the runbook.
    fn version(world: &World, change: impl FnOnce(&mut Vec<Stage>)) -> Runbook {
        let mut stages = world.runbook.stages().to_vec();
        change(&mut stages);
        let mut next = world.runbook.with_stages(stages);
        next.version = "2".into();
        next.digest = Digest::of(b"another");
        next
    }

    fn go(world: &mut World, who: &str, next: &Runbook, checks: &[CheckId]) -> Result<Vec<Fact>, Refusal> {
        let acting = Acting::new(author(who));
        let facts = upgrade(&world.runbook, &world.state, &acting, next, checks, world.now)?;
        for fact in facts.clone() {
            world.append(&acting.by, fact);
        }
        world.runbook = next.clone();
        Ok(facts)
    }

    fn change(stages: &mut [Stage], item: &str) {
        let item = stages.iter_mut().flat_map(|s| &mut s.items).find(|i| i.id.as_str() == item).unwrap();
        item.title.push_str(", in other words");
        item.digest = Digest::of(item.title.as_bytes());
    }

    #[test]
    fn ticks_of_unchanged_items_stay_and_those_of_changed_ones_are_named_first() {
        let mut world = World::second_done();
        let next = version(&world, |stages| change(stages, "any"));
        let told = consequences(&world.runbook, &world.state, &next, &[], world.now);
        let who = |l: &Lost| (l.item.clone().map(|i| i.to_string()), l.member.to_string());
        assert_eq!(
            told.lost.iter().map(who).collect::<Vec<_>>(),
            [(Some("any".into()), "Ada".into()), (None, "Ada".into()), (None, "Lea".into())]
        );
        assert_eq!(told.reopened, [item_id("any")]);
        go(&mut world, "Lea", &next, &[]).unwrap();
        assert_eq!(world.status("any"), Status::Stale);
        assert_eq!(world.status("cards"), Status::Done);
        assert_eq!(world.assess().gate(2), Gate::Shut);
    }

    #[test]
    fn an_item_moved_to_another_stage_keeps_its_tick() {
        let mut world = World::first_done();
        world.tick("Ada", "any").unwrap();
        let next = version(&world, |stages| {
            let any = stages[1].items.remove(2);
            stages[2].items.push(any);
        });
        go(&mut world, "Lea", &next, &[]).unwrap();
        assert_eq!(world.status("any"), Status::Done);
    }

    #[test]
    fn no_upgrade_opens_a_gate_that_was_shut() {
        let world = World::new();
        let opening: [(&str, Runbook); 5] = [
            (
                "an open item goes",
                version(&world, |s| {
                    s[0].items.remove(1);
                    s[0].items.remove(0);
                }),
            ),
            (
                "a stage goes",
                version(&world, |s| {
                    s.remove(0);
                }),
            ),
            ("it only warns", version(&world, |s| s[1].gate = crate::domain::runbook::GateMode::Warn)),
            (
                "open items move on",
                version(&world, |s| {
                    let items = std::mem::take(&mut s[0].items);
                    s[2].items.extend(items);
                }),
            ),
            ("stages change places", version(&world, |s| s.swap(0, 1))),
        ];
        for (why, next) in opening {
            let acting = Acting::new(author("Lea"));
            let refused = upgrade(&world.runbook, &world.state, &acting, &next, &[], world.now);
            assert!(matches!(refused, Err(Refusal::WouldOpen(_))), "{why}: {refused:?}");
        }
    }

    #[test]
    fn exceptions_of_changed_items_end_and_those_of_others_stay() {
        let mut world = World::first_done();
        let until = world.now + chrono::TimeDelta::days(9);
        for item in ["any", "cards"] {
            let ask = Command::RequestWaiver { item: item_id(item), reason: "later".into(), until };
            world.act("Dev", &ask).unwrap();
            world.act("Lea", &Command::GrantWaiver { item: item_id(item) }).unwrap();
        }
        let next = version(&world, |stages| change(stages, "any"));
        go(&mut world, "Lea", &next, &[]).unwrap();
        assert_eq!((world.status("any"), world.status("cards")), (Status::Todo, Status::Waived));
    }

    #[test]
    fn a_check_that_is_another_one_has_to_pass_again() {
        let mut world = World::first_done();
        let url = crate::domain::ids::FieldId::new("url").unwrap();
        world.act("Lea", &Command::SetField { field: url, value: "x".into() }).unwrap();
        world.sees("probe", Verdict::Pass, 1);
        let next = version(&world, |stages| change(stages, "assist"));
        go(&mut world, "Lea", &next, &["probe".parse().unwrap()]).unwrap();
        assert!(matches!(world.tick("Dev", "assist"), Err(Refusal::CheckNotPassed { verdict: None, .. })));
    }

    #[test]
    fn only_a_lead_goes_over_and_only_to_another_version_of_the_same() {
        let mut world = World::first_done();
        let next = version(&world, |stages| change(stages, "any"));
        assert!(matches!(go(&mut world, "Dev", &next, &[]), Err(Refusal::NotLead { .. })));
        let same = world.runbook.clone();
        assert_eq!(go(&mut world, "Lea", &same, &[]), Err(Refusal::NoChange));
        let mut other = next;
        other.id = "other".parse().unwrap();
        assert!(matches!(go(&mut world, "Lea", &other, &[]), Err(Refusal::OtherRunbook { .. })));
    }

    #[test]
    fn somebody_leads_afterwards_whatever_the_lead_is_called() {
        let mut world = World::first_done();
        let mut next = version(&world, |stages| change(stages, "any"));
        let mut chief = next.roles.shift_remove("lead").unwrap();
        chief.id = role("chief");
        next.roles.insert(chief.id.clone(), chief);
        let facts = go(&mut world, "Lea", &next, &[]).unwrap();
        assert!(
            matches!(&facts[0], Fact::RoleAssigned { role, .. } if role.as_str() == "chief"),
            "{facts:?}"
        );
        let assign = Command::Assign { role: role("dev"), member: name("New"), key: None };
        world.act("Lea", &assign).unwrap();
    }
}
