//! When each stage should be done, from the lead times of what is left in it.
//!
//! A runbook orders stages, not the items of one: they may be done side by side, so a stage takes at least as
//! long as the longest of them. What comes out is therefore the least that is needed, and a suggestion: nobody
//! signs for it, and nothing is stored.

use chrono::{Days, NaiveDate};

use super::assess::Assessment;
use super::runbook::{Item, Runbook};

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// When everything should be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Each stage, in the order of the runbook.
    pub stages: Vec<StagePlan>,
    /// Days that are left at the least, over all stages.
    pub needs: u64,
    /// The first day on which all of it can be done.
    pub earliest: NaiveDate,
    /// Days to spare before the target; less than none when it cannot be met, and none without a target.
    pub slack: Option<i64>,
}

/// When one stage should be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagePlan {
    /// Days that are left in it at the least.
    pub days: u64,
    /// The last day for it that still meets the target, or without a target the first on which it can be
    /// done; none when it is complete.
    pub by: Option<NaiveDate>,
}

/// The plan for what is left on a day.
pub fn plan(runbook: &Runbook, assessment: &Assessment, target: Option<NaiveDate>, today: NaiveDate) -> Plan {
    let days: Vec<u64> = runbook
        .stages()
        .iter()
        .zip(&assessment.stages)
        .map(|(stage, assessed)| {
            let left = stage.items.iter().zip(&assessed.items).filter(|(_, a)| !a.status.settled());
            left.filter_map(|(item, _)| days(item)).max().unwrap_or(0)
        })
        .collect();
    let needs = days.iter().fold(0u64, |sum, n| sum.saturating_add(*n));
    let earliest = after(today, needs);
    let mut done = 0u64;
    let stages = days
        .iter()
        .zip(&assessment.stages)
        .map(|(days, assessed)| {
            done = done.saturating_add(*days);
            let by = match target {
                Some(target) => before(target, needs - done.min(needs)),
                None => after(today, done),
            };
            StagePlan { days: *days, by: (!assessed.complete).then_some(by) }
        })
        .collect();
    let slack = target.map(|target| (target - earliest).num_days());
    Plan { stages, needs, earliest, slack }
}

/// The lead time of an item in days, begun ones counted.
fn days(item: &Item) -> Option<u64> {
    item.lead_time.map(|time| time.as_secs().div_ceil(DAY))
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::testing::World;

    /// Two stages of 3 days at the least, and one of none.
    fn world() -> World {
        let mut world = World::new();
        let mut stages = world.runbook.stages().to_vec();
        for (stage, item, hours) in [(0, 0, 49), (0, 1, 72), (1, 0, 71), (1, 1, 1)] {
            stages[stage].items[item].lead_time = Some(Duration::from_hours(hours));
        }
        world.runbook = world.runbook.with_stages(stages);
        world
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn by(plan: &Plan) -> Vec<Option<NaiveDate>> {
        plan.stages.iter().map(|s| s.by).collect()
    }

    #[test]
    fn a_target_is_counted_back_from() {
        let world = world();
        let plan = plan(&world.runbook, &world.assess(), Some(day("2026-12-12")), day("2026-12-01"));
        assert_eq!(plan.stages.iter().map(|s| s.days).collect::<Vec<_>>(), [3, 3, 0]);
        assert_eq!(by(&plan), [day("2026-12-09"), day("2026-12-12"), day("2026-12-12")].map(Some));
        assert_eq!((plan.needs, plan.earliest, plan.slack), (6, day("2026-12-07"), Some(5)));
    }

    #[test]
    fn without_a_target_days_are_counted_from_today() {
        let world = world();
        let plan = plan(&world.runbook, &world.assess(), None, day("2026-12-01"));
        assert_eq!(by(&plan), [day("2026-12-04"), day("2026-12-07"), day("2026-12-07")].map(Some));
        assert_eq!(plan.slack, None);
    }

    #[test]
    fn what_is_done_takes_no_time_and_a_complete_stage_has_no_day() {
        let mut world = world();
        world.tick("Dev", "form").unwrap();
        let first = plan(&world.runbook, &world.assess(), Some(day("2026-12-02")), day("2026-12-01"));
        assert_eq!(first.stages[0].days, 3, "49 hours are begun on a third day");
        assert_eq!(first.slack, Some(-5));
        world.sees("kyc", crate::domain::verdict::Verdict::Pass, 1);
        let then = plan(&world.runbook, &world.assess(), None, day("2026-12-01"));
        assert_eq!((then.stages[0].days, then.stages[0].by), (0, None));
    }

    #[test]
    fn the_longest_times_and_the_last_days_do_not_overflow() {
        let mut world = world();
        let mut stages = world.runbook.stages().to_vec();
        for stage in &mut stages {
            stage.items[0].lead_time = Some(Duration::MAX);
        }
        world.runbook = world.runbook.with_stages(stages);
        let plan = plan(&world.runbook, &world.assess(), Some(NaiveDate::MIN), NaiveDate::MAX);
        assert_eq!(plan.earliest, NaiveDate::MAX);
    }
}
