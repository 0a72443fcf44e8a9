//! The times that a log may name.
//!
//! An event is somebody else's text, signed or not: a time at the end of what a calendar can hold would
//! overflow in whatever is added to it, in every process that ever opens the engagement, and has no place
//! in the `allowed_signers` format either. Such an event is no part of a log.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::event::{Event, Fact};

/// Whether each time that an event names lies in the years 1970 to 9999.
pub(super) fn in_bounds(event: &Event) -> bool {
    year(&event.at) && fact(&event.fact)
}

fn year(at: &DateTime<Utc>) -> bool {
    (1970..=9999).contains(&at.year())
}

fn day(day: Option<&NaiveDate>) -> bool {
    day.is_none_or(|day| (1970..=9999).contains(&day.year()))
}

fn fact(fact: &Fact) -> bool {
    match fact {
        Fact::Opened { target, .. } | Fact::TargetSet { target } => day(target.as_ref()),
        Fact::KeyAdded { validity, .. } => validity.from.iter().chain(&validity.until).all(year),
        Fact::WaiverRequested { until, .. } | Fact::GlassBroken { until, .. } => year(until),
        Fact::GoDecided { seen, .. } => {
            seen.iter().all(|seen| year(&seen.at) && seen.last_pass.iter().all(year))
        }
        Fact::MemberAdded { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::FieldSet { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::Ticked { .. }
        | Fact::Unticked { .. }
        | Fact::StageSigned { .. }
        | Fact::Proven { .. }
        | Fact::Reopened { .. }
        | Fact::CheckSettled { .. }
        | Fact::Rejected { .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverGranted { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::GlassMended { .. }
        | Fact::Noted { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. }
        | Fact::ActionIntended { .. }
        | Fact::ActionDone { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::ActionReset { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::evolve::{Misfit, evolve};
    use crate::domain::testing::World;

    #[test]
    fn an_event_at_the_end_of_the_calendar_is_no_part_of_a_log() {
        let world = World::first_done();
        let (last, head) = world.events.last().unwrap();
        let mut state = World::new().state;
        let fits = |at: DateTime<Utc>, fact: &Fact, state: &mut crate::domain::state::State| {
            let (seq, prev) = (state.head.seq + 1, state.head.hash);
            let event = Event { at, seq, prev, fact: fact.clone(), ..last.clone() };
            evolve(state, &event, crate::domain::head::Head { seq, ..*head })
        };
        let end = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
        let note = Fact::Noted { item: "form".parse().ok(), text: "x".into() };
        let waiver =
            |until| Fact::WaiverRequested { item: "form".parse().unwrap(), reason: "x".into(), until };
        assert_eq!(fits(DateTime::UNIX_EPOCH, &note, &mut state), Ok(()));
        assert_eq!(fits(end, &waiver(end), &mut state), Ok(()));
        let next = state.head.seq + 1;
        let beyond = end + TimeDelta::days(1);
        for (at, fact) in [
            (beyond, &note),
            (DateTime::UNIX_EPOCH - TimeDelta::seconds(1), &note),
            (DateTime::<Utc>::MAX_UTC, &note),
            (DateTime::<Utc>::MIN_UTC, &note),
            (end, &waiver(beyond)),
            (end, &Fact::GlassBroken { stage: None, reason: "x".into(), until: DateTime::<Utc>::MAX_UTC }),
            (end, &Fact::TargetSet { target: Some(NaiveDate::MAX) }),
        ] {
            assert_eq!(fits(at, fact, &mut state), Err(Misfit::OutOfTime(next)), "{at} {fact:?}");
        }
    }
}
