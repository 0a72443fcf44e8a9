//! How fast an engagement goes: since when it stands where it stands, and what the rest needs.
//!
//! Only from the state and the runbook, like everything in a [`Summary`](super::summary::Summary); the
//! reader's clock makes days of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::assess::{Assessment, ItemAssessment, Status};
use super::blocker::Stale;
use super::ids::{MemberName, RoleId};
use super::release::GoNoGo;
use super::runbook::{Runbook, Stage};
use super::state::{ItemState, State};
use super::text::SafeText;

/// Characters of a title that are kept.
const MAX_TITLE: usize = 60;

/// How fast an engagement goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Since when the current stage is the current one; of a complete engagement, since when it is that.
    pub since: DateTime<Utc>,
    /// When something was last ticked, signed or proven; the beginning when nothing was.
    pub moved_at: DateTime<Utc>,
    /// Days that the lead times of what is open need: the longest of each stage, one stage after the other.
    pub lead_days: u32,
    /// The tick or the exception that ends next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Ends>,
    /// What was decided on going live, if nothing has overtaken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<GoNoGo>,
    /// Exceptions that were asked for and wait for a lead.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asked: usize,
    /// Who takes part, in the order in which they joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<MemberName>,
}

/// A tick or an exception that ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// The item's title.
    pub title: String,
    /// From when on that is near enough to say so.
    pub warns: DateTime<Utc>,
    /// When it ends.
    pub at: DateTime<Utc>,
}

impl Pace {
    /// How fast an engagement goes at the moment of its assessment.
    pub fn new(runbook: &Runbook, state: &State, assessment: &Assessment) -> Self {
        let stages = runbook.stages();
        let settled: Vec<Option<DateTime<Utc>>> =
            stages.iter().map(|stage| settled_at(state, stage)).collect();
        let moved_at = settled.iter().flatten().max().copied().unwrap_or(state.opened_at);
        let since = match assessment.current {
            None => moved_at,
            Some(current) => {
                let before = settled.iter().take(current).flatten().max().copied().unwrap_or(state.opened_at);
                let broke = broke_at(state, stages, assessment, current);
                broke.map_or(before, |at| at.max(before))
            }
        };
        let leads = (0..stages.len()).map(|n| lead_days(runbook, assessment, n));
        Self {
            since,
            moved_at,
            lead_days: leads.fold(0, u32::saturating_add),
            ends: ends(stages, assessment),
            asked: state.items.values().filter(|i| i.requested.is_some()).count(),
            decided: state.decided.as_ref().filter(|d| !d.overtaken).map(|d| d.outcome),
            people: state
                .members
                .iter()
                .filter(|(_, m)| !m.roles.is_empty())
                .map(|(n, _)| n.clone())
                .collect(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Days that the lead times of what is open in a stage need: the longest of them.
pub(super) fn lead_days(runbook: &Runbook, assessment: &Assessment, stage: usize) -> u32 {
    let (Some(stage), Some(assessed)) = (runbook.stages().get(stage), assessment.stages.get(stage)) else {
        return 0;
    };
    let open = stage.items.iter().zip(&assessed.items).filter(|(_, a)| !a.status.settled());
    open.filter_map(|(item, _)| item.lead_time).map(days).max().unwrap_or(0)
}

/// A started day counts in full.
pub(super) fn days(lead: std::time::Duration) -> u32 {
    u32::try_from(lead.as_secs().div_ceil(86_400)).unwrap_or(u32::MAX)
}

/// When the last of what settles the items of a stage, and the stage, was done.
fn settled_at(state: &State, stage: &Stage) -> Option<DateTime<Utc>> {
    let items = stage.items.iter().filter_map(|item| state.items.get(&item.id)).filter_map(item_settled_at);
    let signed = state.stages.get(&stage.id).into_iter().flatten().map(|approval| approval.at);
    items.chain(signed).max()
}

fn item_settled_at(item: &ItemState) -> Option<DateTime<Utc>> {
    let signed = item.boxes.values().flatten().map(|approval| approval.at);
    let proven = item.proven.iter().map(|proof| proof.at);
    let without = item.not_applicable.iter().map(|remark| remark.at);
    let waived = item.waiver.iter().map(|waiver| waiver.at);
    signed.chain(proven).chain(without).chain(waived).max()
}

/// When a stage that had been complete before was no longer: the first of what broke it.
fn broke_at(
    state: &State,
    stages: &[Stage],
    assessment: &Assessment,
    current: usize,
) -> Option<DateTime<Utc>> {
    let stage = stages.get(current)?;
    let given = state.stages.get(&stage.id).map_or(&[][..], Vec::as_slice);
    let signed = |role: &RoleId| given.iter().any(|approval| approval.signoff.role == *role);
    let was_signed = !stage.signoff.is_empty() && stage.signoff.iter().all(signed);
    // A gate lets nobody tick behind a stage that is not complete.
    let later = stages.iter().skip(current + 1).flat_map(|s| &s.items);
    let went_on = later.filter_map(|item| state.items.get(&item.id)).any(|i| item_settled_at(i).is_some());
    if !was_signed && !went_on {
        return None;
    }
    let assessed = assessment.stages.get(current)?;
    stage
        .items
        .iter()
        .zip(&assessed.items)
        .filter_map(|(item, assessed)| item_broke_at(state.items.get(&item.id)?, assessed))
        .min()
}

fn item_broke_at(item: &ItemState, assessed: &ItemAssessment) -> Option<DateTime<Utc>> {
    match assessed.status {
        Status::Regressed => item.reopened.as_ref().map(|r| r.at),
        Status::Rejected => item.rejected.as_ref().map(|r| r.at),
        Status::Expired => match assessed.stale {
            Some(Stale::Expired(at)) => Some(at),
            Some(_) | None => None,
        },
        Status::Done
        | Status::Waived
        | Status::NotApplicable
        | Status::Todo
        | Status::Partly
        | Status::Stale => None,
    }
}

fn ends(stages: &[Stage], assessment: &Assessment) -> Option<Ends> {
    let items = stages.iter().zip(&assessment.stages).flat_map(|(s, a)| s.items.iter().zip(&a.items));
    let next = items.filter_map(|(item, a)| Some((a.expires?, a.warns?, item))).min_by_key(|(at, ..)| *at);
    next.map(|(at, warns, item)| {
        let title = SafeText::clipped(&item.title, MAX_TITLE).as_str().to_owned();
        Ends { title, warns, at }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{World, with_stages};
    use crate::domain::verdict::Verdict;

    fn pace(world: &World) -> Pace {
        Pace::new(&world.runbook, &world.state, &world.assess())
    }

    #[test]
    fn the_first_stage_is_current_since_the_beginning() {
        let mut world = World::new();
        world.pass(9);
        assert_eq!(pace(&world).since, world.state.opened_at);
        assert_eq!(pace(&world).moved_at, world.state.opened_at);
    }

    #[test]
    fn a_stage_is_current_since_the_one_before_was_complete() {
        let mut world = World::new();
        world.sees("kyc", Verdict::Pass, 1);
        world.pass(3);
        world.tick("Dev", "form").unwrap();
        let then = world.now;
        world.pass(4);
        assert_eq!(pace(&world).since, then);
        // What is done in it does not change that; only that something moved.
        world.tick("Dev", "cards").unwrap();
        assert_eq!(pace(&world).since, then);
        assert_eq!(pace(&world).moved_at, world.now);
    }

    #[test]
    fn a_stage_that_breaks_again_is_current_since_then() {
        let mut world = World::second_done();
        world.pass(5);
        world.sees("kyc", Verdict::Fail, 9);
        let broke = world.now;
        world.pass(2);
        assert_eq!(world.assess().current, Some(0));
        assert_eq!(pace(&world).since, broke);
    }

    #[test]
    fn lead_times_add_up_over_the_stages_and_not_within_one() {
        let world = World::new();
        let mut stages = world.runbook.stages().to_vec();
        let hours = |h: u64| Some(std::time::Duration::from_secs(h * 3600));
        stages[0].items[0].lead_time = hours(25);
        stages[0].items[1].lead_time = hours(24);
        stages[1].items[0].lead_time = hours(72);
        let assessment = world.assess();
        let runbook = with_stages(&world.runbook, stages);
        assert_eq!(Pace::new(&runbook, &world.state, &assessment).lead_days, 2 + 3);
    }

    #[test]
    fn those_without_a_role_take_no_part() {
        let people: Vec<_> = pace(&World::new()).people.iter().map(ToString::to_string).collect();
        assert_eq!(people, ["Lea", "Dev", "Ada", "Bo"]);
    }
}
