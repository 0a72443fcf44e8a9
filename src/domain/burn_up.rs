//! How much was done on each day since the beginning: the curve of an engagement.
//!
//! Nothing of it is kept: the log is folded once more, and assessed at the end of each day as it stood then,
//! with the runbook that was kept then. Days are those of UTC, so that the same log gives the same curve to
//! everybody.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::assess::{Assessment, Totals, assess};
use super::digest::Digest;
use super::event::{Event, Fact};
use super::evolve::{Misfit, begin, evolve};
use super::head::Head;
use super::runbook::Runbook;
use super::state::State;

/// Points at most. A longer time has several days for each.
pub const MAX_POINTS: usize = 400;

/// How things stood at the end of a day; of the last, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The day.
    pub day: NaiveDate,
    /// Items done.
    pub done: usize,
    /// Items excepted for a time; never counted as done.
    pub waived: usize,
    /// Items that applied.
    pub total: usize,
}

/// The curve that a log comes down to, from the day of its first event to the day of `now`, at least one
/// point unless the log is empty or its runbook unknown. The events come in order, each with the head after
/// it; `runbook_of` finds every runbook that the log names.
pub fn burn_up<'a>(
    log: impl IntoIterator<Item = (&'a Event, Head)>,
    runbook_of: &dyn Fn(&Digest) -> Option<Arc<Runbook>>,
    now: DateTime<Utc>,
) -> Result<Vec<Point>, Misfit> {
    let mut log = log.into_iter().peekable();
    let Some((first, head)) = log.next() else {
        return Ok(Vec::new());
    };
    let mut state = begin(first, head)?;
    let Some(mut runbook) = runbook_of(&state.runbook.digest) else {
        return Ok(Vec::new());
    };
    let mut known: Option<Known> = None;
    let mut points = Vec::new();
    for end in ends(first.at, now) {
        // What is dated after now, by an author's clock, counts now.
        while let Some((event, head)) = log.next_if(|(event, _)| end == now || event.at <= end) {
            evolve(&mut state, event, head)?;
            if let Fact::Upgraded { runbook: to, .. } = &event.fact {
                runbook = runbook_of(&to.digest).unwrap_or(runbook);
            }
            known = None;
        }
        let still = known.take().filter(|k| k.until.is_none_or(|until| end < until));
        let fresh = still.unwrap_or_else(|| Known::at(&runbook, &state, end));
        let Totals { total, done, waived, .. } = fresh.totals;
        known = Some(fresh);
        points.push(Point { day: end.date_naive(), done, waived, total });
    }
    Ok(points)
}

/// The last moment of each day, and now.
fn ends(first: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let (start, today) = (first.date_naive(), now.date_naive());
    let days = usize::try_from((today - start).num_days()).unwrap_or(0);
    let step = (days / MAX_POINTS + 1) as u64;
    let midnight = |day: NaiveDate| Some(day.succ_opt()?.and_time(NaiveTime::MIN).and_utc());
    let mut ends = Vec::new();
    let mut day = start;
    while day < today {
        let Some(next) = midnight(day) else { break };
        ends.push(next - chrono::TimeDelta::milliseconds(1));
        let Some(later) = day.checked_add_days(Days::new(step)) else { break };
        day = later;
    }
    ends.push(now);
    ends
}

/// Totals that hold until something happens, or until time alone changes them.
struct Known {
    totals: Totals,
    until: Option<DateTime<Utc>>,
}

impl Known {
    fn at(runbook: &Runbook, state: &State, at: DateTime<Utc>) -> Self {
        let assessment = assess(runbook, state, at);
        Self { totals: assessment.totals, until: turn(state, &assessment, at) }
    }
}

/// When a tick or an exception ends next.
fn turn(state: &State, assessment: &Assessment, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ticks = assessment.stages.iter().flat_map(|s| &s.items).filter_map(|i| i.expires);
    let waivers = state.items.values().filter_map(|i| i.waiver.as_ref().map(|w| w.request.until));
    ticks.chain(waivers).filter(|end| *end > at).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::World;

    fn curve(world: &World) -> Vec<Point> {
        let runbook = Arc::new(world.runbook.clone());
        let log = world.events.iter().map(|(event, head)| (event, *head));
        burn_up(log, &|_| Some(Arc::clone(&runbook)), world.now).unwrap()
    }

    #[test]
    fn each_day_shows_what_was_done_by_its_end() {
        let mut world = World::new();
        world.pass(2);
        world.sees("kyc", crate::domain::verdict::Verdict::Pass, 1);
        world.pass(1);
        world.tick("Dev", "form").unwrap();
        world.pass(1);
        let points = curve(&world);
        assert_eq!(points.iter().map(|p| p.done).collect::<Vec<_>>(), [0, 0, 1, 2, 2]);
        assert!(points.windows(2).all(|w| w[1].day == w[0].day.succ_opt().unwrap()));
        assert_eq!(points.last().unwrap().day, world.now.date_naive());
    }

    #[test]
    fn the_last_point_is_what_the_assessment_says_now() {
        let mut world = World::second_done();
        world.pass(400);
        let now = world.assess().totals;
        let last = *curve(&world).last().unwrap();
        assert_eq!((last.done, last.waived, last.total), (now.done, now.waived, now.total));
    }

    #[test]
    fn a_regression_takes_the_curve_down() {
        let mut world = World::first_done();
        world.pass(1);
        world.sees("kyc", crate::domain::verdict::Verdict::Fail, 9);
        world.pass(1);
        assert_eq!(curve(&world).iter().map(|p| p.done).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn a_long_time_has_few_points() {
        let mut world = World::first_done();
        world.pass(40_000);
        let points = curve(&world);
        assert!(points.len() <= MAX_POINTS + 1, "{}", points.len());
        assert_eq!(points.last().unwrap().day, world.now.date_naive());
    }

    #[test]
    fn a_log_without_its_runbook_has_no_curve() {
        let world = World::new();
        let log = world.events.iter().map(|(event, head)| (event, *head));
        assert_eq!(burn_up(log, &|_| None, world.now).unwrap(), []);
        assert_eq!(burn_up([], &|_| None, world.now).unwrap(), []);
    }
}
