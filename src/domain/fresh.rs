//! Freshness, where it matters: `golive gate`, go/no-go and the release (DESIGN rule 8).
//!
//! Everyday progress takes a settled verdict as it is, however old. Here every live check that counts must
//! have passed within its time to live, and what says so is a list of [`Witness`]es: the newest result of
//! each check. Whoever decides on going live signs that list, so that the question can be asked again, with
//! the same answer, years later.
//!
//! A pass counts for the facts that it was found with. Once a field, a secret or a decision that the check
//! looks at is another, what it said before is as good as nothing (DESIGN rule 7: unknown neither ticks nor
//! unticks): ticks stay, and no gate takes it for fresh until the check has passed again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::assess::{Assessment, ItemAssessment, Status};
use super::blocker::{Blocker, Why, blocker};
use super::check::Check;
use super::ids::CheckId;
use super::inward;
use super::runbook::{CheckMode, Item, Runbook};
use super::state::State;
use super::verdict::{Observation, Verdict};

/// The longest sentence of a check that is kept, in characters.
pub const MAX_SUMMARY: usize = 240;
/// The longest id of a request that is kept, in characters.
pub const MAX_REQUEST_ID: usize = 100;

/// The newest result of a check, as far as going live depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The check.
    pub check: CheckId,
    /// What its newest result says.
    pub verdict: Verdict,
    /// When that was.
    pub at: DateTime<Utc>,
    /// When it passed last, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
    /// What it said, cut to [`MAX_SUMMARY`].
    pub summary: String,
    /// The provider's id of the request, cut to [`MAX_REQUEST_ID`].
    pub request_id: Option<String>,
}

impl Witness {
    /// What a result comes to.
    pub fn of(seen: Observation, last_pass: Option<DateTime<Utc>>) -> Self {
        Self {
            check: seen.check,
            verdict: seen.verdict,
            at: seen.at,
            last_pass,
            summary: seen.summary,
            request_id: seen.request_id,
        }
    }

    /// The same with its texts cut to what an event has room for.
    #[must_use]
    pub fn clipped(mut self) -> Self {
        self.summary = self.summary.chars().take(MAX_SUMMARY).collect();
        self.request_id = self.request_id.map(|id| id.chars().take(MAX_REQUEST_ID).collect());
        self
    }
}

/// The newest result of every check that has one.
pub type Witnesses = BTreeMap<CheckId, Witness>;

/// The done items before a gate whose check has no fresh pass, one blocker each.
pub fn not_fresh(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    gate: usize,
    seen: &Witnesses,
    now: DateTime<Utc>,
) -> Vec<Blocker> {
    let mut out = Vec::new();
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages).take(gate) {
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            let counts = match assessed.status {
                Status::Done => true,
                // What is open holds the gate shut already; what is excepted need not pass.
                Status::NotApplicable
                | Status::Waived
                | Status::Todo
                | Status::Partly
                | Status::Regressed
                | Status::Rejected
                | Status::Expired
                | Status::Stale => false,
            };
            if !counts {
                continue;
            }
            let why = match deciding(runbook, item, assessed) {
                Some(check) => why_stale(runbook, state, check, seen.get(&check.id).map(Newest::of), now),
                None => unfounded(runbook, state, item, assessed),
            };
            if let Some(why) = why {
                let owners = item.owner.signs.roles().into_iter().cloned().collect();
                out.push(blocker(state, stage, Some(item), why, owners));
            }
        }
    }
    out
}

/// The check that decides on an item, if one does and can run.
pub fn deciding<'a>(runbook: &'a Runbook, item: &Item, assessed: &ItemAssessment) -> Option<&'a Check> {
    let used = item.check.as_ref().filter(|c| match c.mode {
        CheckMode::Auto | CheckMode::Assist => true,
        CheckMode::Inform => false,
    })?;
    runbook.checks.get(&used.check).filter(|_| assessed.configured == Some(true))
}

/// Why what was done with a check no longer counts though the check cannot run: something that it needs was
/// taken away since. Whoever does it again after that answers for it alone.
pub fn unfounded(runbook: &Runbook, state: &State, item: &Item, assessed: &ItemAssessment) -> Option<Why> {
    let used = item.check.as_ref().filter(|_| assessed.configured == Some(false))?;
    let check = match used.mode {
        CheckMode::Auto | CheckMode::Assist => runbook.checks.get(&used.check)?,
        CheckMode::Inform => return None,
    };
    state.checks.get(&check.id)?;
    let (thing, changed) = state.changed.newest(&check.needs)?;
    let item = state.items.get(&item.id)?;
    let approvals = item.boxes.values().flatten().map(|approval| approval.seq);
    let done = approvals.chain(item.proven.as_ref().map(|proof| proof.seq)).max()?;
    (done < changed.seq).then(|| Why::ChangedSince(check.id.clone(), thing))
}

/// What is known of the newest result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// What it says.
    pub verdict: Verdict,
    /// When the check passed last, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
}

impl Newest {
    /// What a witness says.
    pub fn of(seen: &Witness) -> Self {
        Self { verdict: seen.verdict, last_pass: seen.last_pass }
    }
}

/// What a check settled on of the facts as they are. The pass of one that looks inward is not believed but
/// found out again.
pub fn says(runbook: &Runbook, state: &State, check: &Check) -> Option<Verdict> {
    match state.settled(check)?.verdict {
        Verdict::Pass => inward::verdict(runbook, &state.facts, &check.kind).or(Some(Verdict::Pass)),
        other @ (Verdict::Fail | Verdict::Pending | Verdict::Unknown) => Some(other),
    }
}

/// Why the pass of a check does not count where freshness is demanded; none when it does: it is within its
/// time to live, nothing that the check looks at has changed since, and nothing definite was seen since.
pub fn why_stale(
    runbook: &Runbook,
    state: &State,
    check: &Check,
    seen: Option<Newest>,
    now: DateTime<Utc>,
) -> Option<Why> {
    let says = says(runbook, state, check);
    if check.kind.looks_inward() {
        return (says != Some(Verdict::Pass)).then(|| Why::CheckNotPassed(check.id.clone(), says));
    }
    let last_pass = seen.and_then(|seen| seen.last_pass);
    if let Some(passed) = last_pass
        && let Some((thing, changed)) = state.changed.newest(&check.needs)
        && (passed < changed.at || state.checks.get(&check.id).is_none_or(|s| s.seq < changed.seq))
    {
        return Some(Why::ChangedSince(check.id.clone(), thing));
    }
    let contradicted = seen.is_none_or(|seen| match seen.verdict {
        Verdict::Fail | Verdict::Pending => true,
        Verdict::Pass | Verdict::Unknown => false,
    });
    let ttl = time_to_live(check);
    // A pass from the future is another machine's clock running ahead, which a time to live allows for.
    let in_time = last_pass.is_some_and(|at| now.signed_duration_since(at).abs() <= ttl);
    let fresh = says == Some(Verdict::Pass) && in_time && !contradicted;
    (!fresh).then(|| Why::NotFresh(check.id.clone(), last_pass))
}

/// For how long a pass of a check counts.
pub(super) fn time_to_live(check: &Check) -> TimeDelta {
    TimeDelta::from_std(check.ttl).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::board_rules::{outward, witnesses};
    use super::super::changed::Thing;
    use super::super::check::{CheckKind, DecisionStage, DecisionsCheck};
    use super::super::command::Command;
    use super::super::event::Fact;
    use super::super::gate::{GateStanding, ask_gate};
    use super::super::ids::{FieldId, SecretId};
    use super::super::refusal::Refusal;
    use super::super::secret::SecretSource;
    use super::super::testing::{World, author, item_id, seen, tick};
    use super::*;

    fn set(value: &str) -> Command {
        Command::SetField { field: FieldId::new("url").unwrap(), value: value.into() }
    }

    /// Two stages done, with checks that look outside, of which `probe` has passed at `url` a minute ago.
    fn probed() -> World {
        let mut world = World::second_done();
        world.runbook = outward(&world.runbook);
        world.act("Lea", &set("a")).unwrap();
        world.sees("probe", Verdict::Pass, 1);
        world.now += TimeDelta::minutes(1);
        world
    }

    /// What is not fresh before the third stage when every check passed last so many minutes ago.
    fn stale(world: &World, minutes: i64) -> Vec<Why> {
        let seen = witnesses(&world.runbook, world.now, |_| Some(minutes));
        let answer = ask_gate(&world.runbook, &world.state, &world.assess(), 2, &seen, world.now);
        assert_eq!(answer.blockers, [], "what was done stays done");
        let standing = if answer.not_fresh.is_empty() { GateStanding::Open } else { GateStanding::Unknown };
        assert_eq!(answer.standing, standing);
        answer.not_fresh.into_iter().map(|blocker| blocker.why).collect()
    }

    fn probe(thing: Thing) -> [Why; 1] {
        [Why::ChangedSince("probe".parse().unwrap(), thing)]
    }

    fn url() -> Thing {
        Thing::Field(FieldId::new("url").unwrap())
    }

    #[test]
    fn a_pass_counts_for_the_facts_that_it_was_found_with() {
        let mut world = probed();
        assert_eq!(stale(&world, 1), []);
        world.act("Lea", &set("b")).unwrap();
        assert_eq!(stale(&world, 1), probe(url()));
        // Nor is a result that nobody has taken in, whatever its time.
        assert_eq!(stale(&world, 0), probe(url()));
        world.now += TimeDelta::minutes(1);
        assert!(!world.sees("probe", Verdict::Pass, 5).is_empty(), "the same verdict, of other facts");
        assert_eq!(stale(&world, 0), []);
        assert_eq!(stale(&world, 2), probe(url()), "the pass is older than the change");
        assert!(world.sees("probe", Verdict::Pass, 6).is_empty());
    }

    #[test]
    fn an_undo_is_a_change_and_the_same_value_again_is_none() {
        let mut world = probed();
        assert_eq!(world.act("Lea", &set(" a ")), Err(Refusal::NoChange));
        world.act("Lea", &set("b")).unwrap();
        world.now += TimeDelta::minutes(1);
        world.sees("probe", Verdict::Pass, 1);
        assert_eq!(stale(&world, 0), []);
        world.act("Lea", &Command::Undo { seq: None }).unwrap();
        assert_eq!(world.state.facts.fields["url"], "a");
        assert_eq!(stale(&world, 0), probe(url()));
    }

    #[test]
    fn nobody_ticks_on_the_strength_of_what_was_said_of_other_facts() {
        let mut world = probed();
        world.act("Lea", &set("b")).unwrap();
        let untick = Command::Untick { item: item_id("assist"), part: None, reason: "again".into() };
        world.act("Dev", &untick).unwrap();
        let refused = world.act("Dev", &tick("assist"));
        assert!(matches!(refused, Err(Refusal::CheckNotPassed { verdict: None, .. })), "{refused:?}");
        world.sees("probe", Verdict::Pass, 1);
        world.act("Dev", &tick("assist")).unwrap();
    }

    #[test]
    fn secrets_decisions_and_the_origins_of_secrets_are_looked_at_too() {
        let mut world = probed();
        let (key, descriptor) = (SecretId::new("key").unwrap(), "descriptor".parse().unwrap());
        let needs = &mut world.runbook.checks.get_mut("probe").unwrap().needs;
        needs.decisions.insert(descriptor);
        needs.origins.insert("markets".parse().unwrap());
        assert_eq!(stale(&world, 0), []);
        let act = |world: &mut World, command: &Command| {
            world.act("Lea", command).unwrap();
            let why = stale(world, 0);
            world.now += TimeDelta::minutes(1);
            world.sees("probe", Verdict::Pass, 1);
            assert_eq!(stale(world, 0), []);
            why
        };
        let markets = Command::SetField { field: "markets".parse().unwrap(), value: "EU".into() };
        assert_eq!(act(&mut world, &markets), probe(Thing::Field("markets".parse().unwrap())));
        let propose = Command::Propose { decision: "descriptor".parse().unwrap(), value: "ACME".into() };
        assert_eq!(act(&mut world, &propose), probe(Thing::Decision("descriptor".parse().unwrap())));
        let confirm = Command::Confirm { decision: "descriptor".parse().unwrap(), value: None };
        assert_eq!(act(&mut world, &confirm), [], "the same value, agreed");
        world.runbook.checks.get_mut("probe").unwrap().needs.secrets.insert(key.clone());
        let source = SecretSource::env("KEY").unwrap();
        let named = |world: &mut World, who: &str| {
            let fact = Fact::SecretSet { secret: key.clone(), source: source.clone() };
            world.append(&author(who), fact);
            stale(world, 0)
        };
        assert_eq!(named(&mut world, "Lea"), probe(Thing::Secret(key.clone())));
        world.now += TimeDelta::minutes(1);
        world.sees("probe", Verdict::Pass, 1);
        assert_eq!(named(&mut world, "Dev"), [], "the same place, named by somebody else");
    }

    #[test]
    fn what_looks_inward_is_found_out_and_not_believed() {
        let mut world = World::new();
        let url = || FieldId::new("url").unwrap();
        world.runbook.checks.get_mut("kyc").unwrap().kind = CheckKind::Fields(vec![url()]);
        assert!(world.sees("kyc", Verdict::Pass, 1).is_empty(), "no pass of a field that is not there");
        world.act("Lea", &set("a")).unwrap();
        world.sees("kyc", Verdict::Pass, 1);
        world.tick("Dev", "form").unwrap();
        let why = |world: &World| {
            let assessed = world.assess();
            not_fresh(&world.runbook, &world.state, &assessed, 1, &Witnesses::new(), world.now)
        };
        assert_eq!(why(&world), []);
        world.act("Lea", &Command::Undo { seq: None }).unwrap();
        let said = Why::CheckNotPassed("kyc".parse().unwrap(), Some(Verdict::Fail));
        assert_eq!(why(&world).into_iter().map(|b| b.why).collect::<Vec<_>>(), [said]);
        let decided = DecisionsCheck { decisions: Vec::new(), state: DecisionStage::Confirmed };
        world.runbook.checks.get_mut("kyc").unwrap().kind = CheckKind::Decisions(decided);
        assert_eq!(why(&world).len(), 1);
        let value = Some("ACME".into());
        world.act("Lea", &Command::Confirm { decision: "descriptor".parse().unwrap(), value }).unwrap();
        assert_eq!(why(&world), []);
    }

    #[test]
    fn a_result_that_comes_after_a_change_says_nothing_when_the_run_began_before_it() {
        let mut world = probed();
        let began = world.state.head.seq;
        let result = |verdict, facts_at| {
            let Command::Observe { mut observation } = seen("probe", verdict, 9) else { unreachable!() };
            observation.facts_at = Some(facts_at);
            Command::Observe { observation }
        };
        world.act("Lea", &set("b")).unwrap();
        world.now += TimeDelta::minutes(1);
        for verdict in [Verdict::Pass, Verdict::Fail] {
            assert_eq!(world.act("Lea", &result(verdict, began)), Ok(Vec::new()));
        }
        assert_eq!(stale(&world, 0), probe(url()));
        let now = world.state.head.seq;
        world.act("Lea", &result(Verdict::Pass, now)).unwrap();
        assert_eq!(stale(&world, 0), []);
    }

    #[test]
    fn what_was_done_with_a_check_does_not_outlast_what_the_check_needs() {
        let mut world = probed();
        assert_eq!(stale(&world, 0), []);
        let set = world.state.changed.newest(&world.runbook.checks["probe"].needs).unwrap().1.seq;
        world.act("Lea", &Command::Undo { seq: Some(set) }).unwrap();
        assert!(world.state.facts.fields.is_empty(), "there is no address any more");
        assert_eq!(stale(&world, 0), probe(url()));
    }

    #[test]
    fn a_result_of_a_run_that_began_before_an_upgrade_is_of_another_check() {
        let mut world = probed();
        let began = world.state.head.seq;
        let needs = world.runbook.checks["probe"].needs.clone();
        assert!(!world.state.changed.overtakes(began, &needs));
        let runbook = world.state.runbook.clone();
        world.append(
            &author("Lea"),
            Fact::Upgraded { runbook, exceptions_ended: Vec::new(), verdicts_ended: Vec::new() },
        );
        assert!(world.state.changed.overtakes(began, &needs));
        assert!(!world.state.changed.overtakes(world.state.head.seq, &needs));
    }

    #[test]
    fn a_check_that_captures_what_it_reads_has_said_it_of_that() {
        let mut world = probed();
        world.act("Lea", &set("b")).unwrap();
        world.append(
            &author("Lea"),
            Fact::FieldSet {
                field: "url".parse().unwrap(),
                value: "c".into(),
                captured_by: Some("probe".parse().unwrap()),
            },
        );
        world.sees("probe", Verdict::Pass, 1);
        let Command::Observe { mut observation } = seen("probe", Verdict::Pass, 2) else { unreachable!() };
        observation.captured.insert("url".parse().unwrap(), "d".into());
        let facts = world.act("Lea", &Command::Observe { observation }).unwrap();
        assert!(matches!(&facts[..], [Fact::FieldSet { .. }, Fact::CheckSettled { .. }]), "{facts:?}");
        assert_eq!(stale(&world, 0), []);
    }
}
