//! `golive members`, `golive member-remove`

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::One;
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, done, words};
use crate::app::Engagement;
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, KeyFingerprint, MemberName, RoleId};
use crate::domain::state::Member;
use crate::domain::validity::NotValid;
use crate::error::Failure;

/// `golive member-remove`
#[derive(Debug, clap::Args)]
pub struct MemberRemove {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The person
    #[arg(value_parser = MemberName::new)]
    pub name: MemberName,
}

/// The people of an engagement.
#[derive(Debug, Serialize)]
struct MembersJson<'a> {
    engagement: &'a EngagementId,
    members: Vec<OneJson<'a>>,
}

/// A person.
#[derive(Debug, Serialize)]
struct OneJson<'a> {
    name: &'a MemberName,
    roles: Vec<&'a RoleId>,
    /// When the person left.
    left_at: Option<DateTime<Utc>>,
    keys: Vec<KeyJson<'a>>,
}

/// A key, also one that speaks for nobody any more.
#[derive(Debug, Serialize)]
struct KeyJson<'a> {
    fingerprint: &'a KeyFingerprint,
    standing: Standing,
    valid_from: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Whether a key signs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    Valid,
    NotYet,
    Expired,
    Revoked,
}

impl Standing {
    /// Of a key that a person has.
    pub(super) fn of(
        engagement: &Engagement,
        member: &Member,
        key: &KeyFingerprint,
        now: DateTime<Utc>,
    ) -> Self {
        let Some(held) = member.keys.get(key) else {
            return Self::Revoked;
        };
        match held.validity.at(engagement.state.moment(now)) {
            Ok(()) => Self::Valid,
            Err(NotValid::Early(_)) => Self::NotYet,
            Err(NotValid::Late(_)) => Self::Expired,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Valid => "signs",
            Self::NotYet => "not valid yet",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Valid => Tone::Good,
            Self::NotYet => Tone::Waiting,
            Self::Expired | Self::Revoked => Tone::Faint,
        }
    }
}

pub(super) async fn list(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let engagement = app.load(&args.engagement).await?;
    let now = app.now();
    let people = engagement.state.members.iter();
    let members: Vec<OneJson<'_>> =
        people.map(|(name, member)| one(&engagement, name, member, now)).collect();
    if out.json() {
        out.value(&MembersJson { engagement: engagement.id(), members })?;
        return Ok(Ending::Done);
    }
    for member in &members {
        let roles: Vec<&str> = member.roles.iter().map(|r| engagement.runbook.role_name(r)).collect();
        let what = match member.left_at {
            Some(at) => format!("left {}", words::moment(at)),
            None if roles.is_empty() => "no role".to_owned(),
            None => roles.join(", "),
        };
        table::print(
            out,
            0,
            &[vec![Cell::new(member.name.as_str()).in_tone(Tone::Strong), Cell::clipped(&what, 200)]],
        );
        let rows: Vec<Vec<Cell>> = member.keys.iter().map(row).collect();
        if rows.is_empty() {
            table::print(out, 2, &[vec![Cell::new("no key: others record the word of this person")]]);
        }
        table::print(out, 2, &rows);
    }
    Ok(Ending::Done)
}

fn one<'a>(
    engagement: &Engagement,
    name: &'a MemberName,
    member: &'a Member,
    now: DateTime<Utc>,
) -> OneJson<'a> {
    let held = member.keys.iter().map(|(fingerprint, key)| KeyJson {
        fingerprint,
        standing: Standing::of(engagement, member, fingerprint, now),
        valid_from: key.validity.from,
        valid_until: key.validity.until,
        revoked_at: None,
    });
    let revoked = member.revoked.iter().map(|(fingerprint, at)| KeyJson {
        fingerprint,
        standing: Standing::Revoked,
        valid_from: None,
        valid_until: None,
        revoked_at: Some(*at),
    });
    OneJson {
        name,
        roles: member.roles.iter().collect(),
        left_at: member.left_at,
        keys: held.chain(revoked).collect(),
    }
}

fn row(key: &KeyJson<'_>) -> Vec<Cell> {
    let at = |word: &str, at: Option<DateTime<Utc>>| at.map(|at| format!("{word} {}", words::moment(at)));
    let limits = [at("from", key.valid_from), at("until", key.valid_until), at("since", key.revoked_at)];
    vec![
        Cell::new(key.fingerprint.as_str()),
        Cell::new(key.standing.word()).in_tone(key.standing.tone()),
        Cell::from(limits.into_iter().flatten().collect::<Vec<_>>().join(" ")),
    ]
}

pub(super) async fn remove(args: MemberRemove, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::RemoveMember { member: args.name };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
