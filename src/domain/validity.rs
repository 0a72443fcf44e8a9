//! From when until when a key speaks for its person.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// From when until when a key speaks for its person; without limits unless said otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first moment at which it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// The first moment at which it no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// How far the clocks of two machines may differ before one of them is taken to be wrong.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Why a key does not speak for its person at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotValid {
    /// Its time has not come.
    #[error("is not valid before {}", .0.format("%Y-%m-%d %H:%M:%S UTC"))]
    Early(DateTime<Utc>),
    /// Its time is over.
    #[error("was valid until {}", .0.format("%Y-%m-%d %H:%M:%S UTC"))]
    Late(DateTime<Utc>),
}

impl Validity {
    /// Whether it has no limits; such a one is not written.
    pub fn is_unlimited(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// Whether there is a moment at which it holds.
    pub fn is_possible(&self) -> bool {
        !matches!((self.from, self.until), (Some(from), Some(until)) if from >= until)
    }

    /// Whether it holds at a moment.
    pub fn at(&self, moment: DateTime<Utc>) -> Result<(), NotValid> {
        match (self.from, self.until) {
            (Some(from), _) if moment < from => Err(NotValid::Early(from)),
            (_, Some(until)) if moment >= until => Err(NotValid::Late(until)),
            _ => Ok(()),
        }
    }

    /// Whether it holds for an event. `claimed` is the time that its author says, `bound` the latest that the
    /// log names, this event included. What had ended by then has ended, however early the author says it
    /// is; and what has not begun by the author's own word has not begun, however late the others say it is.
    pub fn for_event(&self, claimed: DateTime<Utc>, bound: DateTime<Utc>) -> Result<(), NotValid> {
        match self.from {
            Some(from) if claimed < from => Err(NotValid::Early(from)),
            Some(_) | None => self.at(bound),
        }
    }

    /// Whether it ends no later than another does.
    pub fn ends_within(&self, other: &Self) -> bool {
        match (self.until, other.until) {
            (_, None) => true,
            (Some(mine), Some(theirs)) => mine <= theirs,
            (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn it_holds_from_its_first_moment_to_just_before_its_last() {
        let validity = Validity { from: Some(moment(10)), until: Some(moment(20)) };
        assert_eq!(validity.at(moment(9)), Err(NotValid::Early(moment(10))));
        assert_eq!(validity.at(moment(10)), Ok(()));
        assert_eq!(validity.at(moment(19)), Ok(()));
        assert_eq!(validity.at(moment(20)), Err(NotValid::Late(moment(20))));
        assert_eq!(Validity::default().at(moment(0)), Ok(()));
    }

    #[test]
    fn an_event_is_neither_too_early_by_its_own_word_nor_too_late_by_that_of_others() {
        let validity = Validity { from: Some(moment(10)), until: Some(moment(20)) };
        assert_eq!(validity.for_event(moment(9), moment(15)), Err(NotValid::Early(moment(10))));
        assert_eq!(validity.for_event(moment(10), moment(15)), Ok(()));
        assert_eq!(validity.for_event(moment(12), moment(20)), Err(NotValid::Late(moment(20))));
    }

    #[test]
    fn one_that_ends_before_it_begins_never_holds() {
        assert!(!Validity { from: Some(moment(2)), until: Some(moment(2)) }.is_possible());
        assert!(Validity { from: Some(moment(2)), until: None }.is_possible());
    }

    #[test]
    fn without_an_end_it_outlives_every_other() {
        let until = |seconds| Validity { from: None, until: Some(moment(seconds)) };
        assert!(until(5).ends_within(&until(5)));
        assert!(!until(6).ends_within(&until(5)));
        assert!(!Validity::default().ends_within(&until(5)));
        assert!(until(6).ends_within(&Validity::default()));
    }

    #[test]
    fn limits_that_were_not_set_are_not_written() {
        assert_eq!(serde_json::to_string(&Validity::default()).unwrap(), "{}");
        let limited = Validity { from: None, until: Some(moment(0)) };
        assert_eq!(serde_json::to_string(&limited).unwrap(), r#"{"until":"1970-01-01T00:00:00Z"}"#);
    }
}
