//! Values as they are typed.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::ids::{BadId, EngagementId, FieldId, ItemId, PartId};

/// One engagement or several, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several(pub Vec<EngagementId>);

impl FromStr for Several {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let mut several = Vec::new();
        for id in text.split(',') {
            let id = EngagementId::new(id.trim())?;
            if !several.contains(&id) {
                several.push(id);
            }
        }
        Ok(Self(several))
    }
}

/// Where in a log something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// After an event.
    Event(u64),
    /// At a moment.
    At(DateTime<Utc>),
    /// So long ago.
    Ago(TimeDelta),
}

/// Why a text is no place in a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give the number of an event, a moment such as 2026-12-12T10:00:00Z, or how long ago, such as 90min")]
pub struct BadSince;

impl FromStr for Since {
    type Err = BadSince;

    fn from_str(text: &str) -> Result<Self, BadSince> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Event(seq));
        }
        match text.parse().map_err(|_| BadSince)? {
            Moment::At(at) => Ok(Self::At(at)),
            Moment::In(length) => Ok(Self::Ago(length)),
        }
    }
}

/// An engagement, or the file of a release: an id has neither '/' nor '.'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogOrRelease {
    /// An engagement.
    Engagement(EngagementId),
    /// A file.
    File(PathBuf),
}

impl FromStr for LogOrRelease {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.contains(['/', '.', std::path::MAIN_SEPARATOR]) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        EngagementId::new(text).map(Self::Engagement)
    }
}

/// `field=value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The field.
    pub field: FieldId,
    /// Its value.
    pub value: String,
}

/// Why a text is no assignment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAssignment {
    /// There is no `=`.
    #[error("a field and its value are written as field=value")]
    NoEquals,
    /// What stands before it is no id.
    #[error(transparent)]
    Field(#[from] BadId),
}

impl FromStr for Assignment {
    type Err = BadAssignment;

    fn from_str(text: &str) -> Result<Self, BadAssignment> {
        let (field, value) = text.split_once('=').ok_or(BadAssignment::NoEquals)?;
        Ok(Self { field: FieldId::new(field)?, value: value.to_owned() })
    }
}

/// `item` or `item/part`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxName {
    /// The item.
    pub item: ItemId,
    /// The part, if one is named.
    pub part: Option<PartId>,
}

impl FromStr for BoxName {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (item, part) = match text.split_once('/') {
            Some((item, part)) => (item, Some(PartId::new(part)?)),
            None => (text, None),
        };
        Ok(Self { item: ItemId::new(item)?, part })
    }
}

/// A moment, or a length from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A moment.
    At(DateTime<Utc>),
    /// So long from now.
    In(TimeDelta),
}

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is a length such as 4h or 30min, or a moment such as 2026-12-12T18:00:00Z")]
pub struct BadMoment;

impl Moment {
    /// The moment that is meant; none when it is later than any that a clock can show.
    pub fn from(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::In(length) => now.checked_add_signed(length),
        }
    }
}

impl FromStr for Moment {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Self, BadMoment> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        let length = humantime::parse_duration(text).map_err(|_| BadMoment)?;
        TimeDelta::from_std(length).map(Self::In).map_err(|_| BadMoment)
    }
}

/// What was given is no day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as 2026-12-24")]
pub struct NoDay;

/// A day of the calendar.
pub fn day(text: &str) -> Result<NaiveDate, NoDay> {
    text.parse().map_err(|_| NoDay)
}

/// A day, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Option<NaiveDate>);

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" { Ok(Self(None)) } else { day(text).map(|day| Self(Some(day))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_an_item_or_a_part_of_one() {
        let parsed: BoxName = "cards/declined".parse().unwrap();
        assert_eq!((parsed.item.as_str(), parsed.part.unwrap().as_str()), ("cards", "declined"));
        assert!("cards/".parse::<BoxName>().is_err());
        assert!("a/b/c".parse::<BoxName>().is_err());
    }

    #[test]
    fn an_end_is_a_length_or_a_moment() {
        assert_eq!("4h".parse(), Ok(Moment::In(TimeDelta::hours(4))));
        assert_eq!(
            "2026-12-12T18:00:00+01:00".parse(),
            Ok(Moment::At("2026-12-12T17:00:00Z".parse().unwrap()))
        );
        for bad in ["", "4", "tomorrow", "-1h", "2026-12-12", "99999999999999999999y"] {
            assert_eq!(bad.parse::<Moment>(), Err(BadMoment), "{bad}");
        }
        let far: Moment = "400000y".parse().unwrap();
        assert_eq!(far.from(DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn what_has_a_dot_or_a_slash_is_the_file_of_a_release() {
        for text in ["acme.json", "./acme", "/tmp/acme", "..", "a/b"] {
            assert_eq!(text.parse(), Ok(LogOrRelease::File(PathBuf::from(text))));
        }
        assert!(matches!("acme-2".parse(), Ok(LogOrRelease::Engagement(_))));
        assert!("acme 2".parse::<LogOrRelease>().is_err());
    }

    #[test]
    fn only_the_first_equals_sign_divides() {
        let parsed: Assignment = "url=https://x/?a=b".parse().unwrap();
        assert_eq!(parsed.value, "https://x/?a=b");
        assert_eq!("url".parse::<Assignment>(), Err(BadAssignment::NoEquals));
    }
}
