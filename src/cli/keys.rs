//! `golive key-add`, `golive key-revoke`, and the limits of a key as they are typed

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::out::Out;
use super::session::Session;
use super::{Ending, done, files};
use crate::domain::command::{Command, NewKey};
use crate::domain::ids::{EngagementId, KeyFingerprint, MemberName};
use crate::domain::validity::Validity;
use crate::error::Failure;

/// `golive key-add`
#[derive(Debug, clap::Args)]
pub struct KeyAdd {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The person
    #[arg(value_parser = MemberName::new)]
    pub name: MemberName,
    /// The public key
    pub file: PathBuf,
    /// From when until when.
    #[command(flatten)]
    pub limits: Limits,
}

/// `golive key-revoke`
#[derive(Debug, clap::Args)]
pub struct KeyRevoke {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The fingerprint of the key, as golive members shows it
    #[arg(value_name = "FINGERPRINT")]
    pub key: FingerprintText,
}

/// From when until when a key signs.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Limits {
    /// The key signs from this day or moment on, such as 2026-12-01 or 2026-12-01T09:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub valid_from: Option<When>,
    /// The last day on which the key signs, or the moment from which it no longer does
    #[arg(long, value_name = "WHEN")]
    pub valid_until: Option<When>,
}

/// A day in UTC, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Day(NaiveDate),
    /// A moment, to the second.
    Moment(DateTime<Utc>),
}

/// A fingerprint, `SHA256:` and 43 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FingerprintText(pub KeyFingerprint);

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day such as 2026-12-31 or a moment such as 2026-12-31T18:00:00Z is expected")]
pub struct BadWhen;

/// Why a text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is SHA256: and 43 characters, as golive members prints it")]
pub struct BadFingerprint;

impl FromStr for When {
    type Err = BadWhen;

    fn from_str(text: &str) -> Result<Self, BadWhen> {
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| BadWhen)?.to_utc();
        // The files that ssh-keygen reads know whole seconds only.
        DateTime::from_timestamp(moment.timestamp(), 0).map(Self::Moment).ok_or(BadWhen)
    }
}

impl FromStr for FingerprintText {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let letters = text.strip_prefix("SHA256:").ok_or(BadFingerprint)?;
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
        if letters.len() == 43 && letters.bytes().all(good) {
            Ok(Self(KeyFingerprint::new(text)))
        } else {
            Err(BadFingerprint)
        }
    }
}

impl Limits {
    /// The limits as the log keeps them.
    pub(super) fn validity(self) -> Validity {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        Validity {
            from: self.valid_from.map(|when| match when {
                When::Day(day) => midnight(day),
                When::Moment(at) => at,
            }),
            // The named day still belongs to it.
            until: self.valid_until.map(|when| match when {
                When::Day(day) => midnight(day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)),
                When::Moment(at) => at,
            }),
        }
    }
}

pub(super) async fn add(args: KeyAdd, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let key = files::read_key(&args.file)?;
    let new = NewKey {
        validity: args.limits.validity(),
        ..NewKey::new(key.fingerprint().clone(), key.to_string())
    };
    let command = Command::AddKey { member: args.name, key: new };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

pub(super) async fn revoke(args: KeyRevoke, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::RevokeKey { key: args.key.0 };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_belongs_to_the_limits_and_a_moment_is_the_first_without() {
        let limits = |from: &str, until: &str| {
            let limits =
                Limits { valid_from: Some(from.parse().unwrap()), valid_until: Some(until.parse().unwrap()) };
            let Validity { from, until } = limits.validity();
            (from.unwrap().to_rfc3339(), until.unwrap().to_rfc3339())
        };
        let day = limits("2026-12-01", "2026-12-31");
        assert_eq!(day, ("2026-12-01T00:00:00+00:00".to_owned(), "2027-01-01T00:00:00+00:00".to_owned()));
        let moment = limits("2026-12-01T09:00:00.5+01:00", "2026-12-31T18:00:00Z");
        assert_eq!(moment, ("2026-12-01T08:00:00+00:00".to_owned(), "2026-12-31T18:00:00+00:00".to_owned()));
        for bad in ["", "noon", "2026-13-01", "2026-12-01T09:00:00"] {
            assert_eq!(bad.parse::<When>(), Err(BadWhen), "{bad}");
        }
    }

    #[test]
    fn a_fingerprint_is_taken_in_its_own_form_only() {
        let good = format!("SHA256:{}", "a".repeat(43));
        assert!(good.parse::<FingerprintText>().is_ok());
        for bad in ["", "SHA256:", &good[..49], &good.replace("SHA", "MD5"), &good.replace('a', "*")] {
            assert_eq!(bad.parse::<FingerprintText>(), Err(BadFingerprint), "{bad}");
        }
    }
}
