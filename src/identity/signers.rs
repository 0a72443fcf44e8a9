//! Who could sign at which time, as the log tells it: the `allowed_signers` file of a whole engagement.
//!
//! Times are the log's, not the authors': the latest moment that any event up to there names. With
//! `-O verify-time=` the log's time of an event, ssh-keygen comes to the same answer on it as golive.

use std::fmt;

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::allowed::principal;
use super::public::PublicKey;
use super::purpose::Purpose;
use crate::domain::event::{Author, Event, Fact};
use crate::domain::ids::{KeyFingerprint, MemberName};
use crate::domain::validity::Validity;

/// A key that spoke for a person between two moments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSigner {
    /// The person.
    pub name: MemberName,
    /// The key.
    pub key: PublicKey,
    /// The first second at which it did.
    pub valid_after: DateTime<Utc>,
    /// The last second at which it did; none when no end is known.
    pub valid_before: Option<DateTime<Utc>>,
}

/// All keys that ever spoke for somebody, in the order in which they were added. Writes itself as the
/// `allowed_signers` file of `ssh-keygen -Y verify`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedSigners(Vec<AllowedSigner>);

/// A line that may still end.
struct Open {
    name: MemberName,
    fingerprint: KeyFingerprint,
    key: PublicKey,
    since: DateTime<Utc>,
    validity: Validity,
    over: Option<DateTime<Utc>>,
}

impl AllowedSigners {
    /// What a log says, from its first event on. The events must have been believed: nothing is asked here
    /// about their right to say so. A key that cannot be read allows nobody.
    pub fn of_log<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut open: Vec<Open> = Vec::new();
        let mut log: Option<(DateTime<Utc>, DateTime<Utc>, &Author)> = None;
        for event in events {
            let (began, time, opener) = match log {
                Some((began, time, opener)) => (began, time.max(event.at), opener),
                None => (event.at, event.at, &event.by),
            };
            log = Some((began, time, opener));
            if let Fact::KeyAdded { member, key, public, validity } = &event.fact {
                // The opener signed the beginning, before anybody was a member.
                let first = opener.key == *key && !open.iter().any(|o| o.fingerprint == *key);
                end(&mut open, time, |o| o.fingerprint == *key);
                let public = PublicKey::parse(public).ok().filter(|p| p.fingerprint() == key);
                open.extend(public.map(|public| Open {
                    name: member.clone(),
                    fingerprint: key.clone(),
                    key: public,
                    since: if first { began } else { time },
                    validity: *validity,
                    over: None,
                }));
            } else if let Fact::KeyRevoked { key } = &event.fact {
                end(&mut open, time, |o| o.fingerprint == *key);
            } else if let Fact::MemberRemoved { member } = &event.fact {
                end(&mut open, time, |o| o.name == *member);
            }
        }
        Self(open.into_iter().filter_map(Open::line).collect())
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &AllowedSigner> {
        self.0.iter()
    }
}

fn end(open: &mut [Open], time: DateTime<Utc>, which: impl Fn(&Open) -> bool) {
    for line in open.iter_mut().filter(|line| line.over.is_none() && which(line)) {
        line.over = Some(time);
    }
}

impl Open {
    /// The line in whole seconds, which is all that the format has.
    fn line(self) -> Option<AllowedSigner> {
        let floor = |at: DateTime<Utc>| at.with_nanosecond(0).unwrap_or(at);
        let mut after = floor(self.validity.from.map_or(self.since, |from| from.max(self.since)));
        // The end of a validity is the first moment without; the last second of the format is one with.
        let last = |until: DateTime<Utc>| floor(until - TimeDelta::nanoseconds(1));
        let limit = self.validity.until.map(last);
        let over = self.over.map(floor);
        let before = [limit, over].into_iter().flatten().min();
        if let Some(before) = before {
            if before < after {
                return None;
            }
            // ssh-keygen takes no line whose two times are one. A second earlier nothing was signed with it.
            if before == after {
                after -= TimeDelta::seconds(1);
            }
        }
        Some(AllowedSigner { name: self.name, key: self.key, valid_after: after, valid_before: before })
    }
}

impl AllowedSigner {
    /// What stands for the person in the file, and behind `-I`.
    pub fn principal(&self) -> String {
        principal(&self.name, &self.key)
    }
}

impl fmt::Display for AllowedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [event, release] = Purpose::ALL;
        write!(f, "{} namespaces=\"{event},{release}\"", self.principal())?;
        write!(f, ",valid-after=\"{}\"", verify_time(self.valid_after))?;
        if let Some(before) = self.valid_before {
            write!(f, ",valid-before=\"{}\"", verify_time(before))?;
        }
        write!(f, " {}", self.key)
    }
}

impl fmt::Display for AllowedSigners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A moment as `-O verify-time=` and the file take it: UTC, whole seconds.
pub fn verify_time(at: DateTime<Utc>) -> String {
    at.format("%Y%m%d%H%M%SZ").to_string()
}
