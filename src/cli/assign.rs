//! `golive assign`, `golive unassign`

use std::path::PathBuf;

use serde::Serialize;

use super::args::Several;
use super::keys;
use super::out::{Out, remark};
use super::session::Session;
use super::words::{count, sentence};
use super::{Ending, done, files};
use crate::domain::command::{Command, NewKey};
use crate::domain::event::Event;
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive assign`
#[derive(Debug, clap::Args)]
pub struct Assign {
    /// The engagement, or several with commas between them
    #[arg(value_name = "ID[,ID..]")]
    pub engagements: Several,
    /// The role
    pub role: RoleId,
    /// The person
    #[arg(value_parser = MemberName::new)]
    pub name: MemberName,
    /// The person's public key, so that they can sign for themselves
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// From when until when the key signs.
    #[command(flatten)]
    pub limits: keys::Limits,
}

/// `golive unassign`
#[derive(Debug, clap::Args)]
pub struct Unassign {
    /// The engagement, or several with commas between them
    #[arg(value_name = "ID[,ID..]")]
    pub engagements: Several,
    /// The role
    pub role: RoleId,
    /// The person
    #[arg(value_parser = MemberName::new)]
    pub name: MemberName,
}

pub(super) async fn run(args: Assign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Assign { engagements, role, name: member, key, limits } = args;
    let validity = limits.validity();
    if key.is_none() && !validity.is_unlimited() {
        return Err(Failure::new(Kind::Usage, "--valid-from and --valid-until are limits of a key")
            .hint("name the key with --key FILE"));
    }
    let key = key.as_deref().map(files::read_key).transpose()?;
    let key = key.map(|k| NewKey { validity, ..NewKey::new(k.fingerprint().clone(), k.to_string()) });
    in_each(&engagements, Command::Assign { role, member, key }, session, out).await
}

pub(super) async fn unassign(args: Unassign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::Unassign { role: args.role, member: args.name };
    in_each(&args.engagements, command, session, out).await
}

/// One act for each engagement that was named.
async fn in_each(
    engagements: &Several,
    command: Command,
    session: &Session,
    out: &mut Out,
) -> Result<Ending, Failure> {
    if let [engagement] = engagements.0.as_slice() {
        let did = session.act(engagement, command, None).await?;
        done::tell(&did, out)?;
        return Ok(Ending::Done);
    }
    in_many(&engagements.0, &command, session, out).await
}

/// What came of it in one of several engagements.
#[derive(Serialize)]
struct OneOfManyJson {
    engagement: EngagementId,
    /// What was appended.
    events: Vec<Event>,
    /// Why nothing was.
    error: Option<String>,
}

/// One act for each engagement; one that refuses does not keep the others from it.
async fn in_many(
    engagements: &[EngagementId],
    command: &Command,
    session: &Session,
    out: &mut Out,
) -> Result<Ending, Failure> {
    let mut all = Vec::with_capacity(engagements.len());
    let mut worst = None;
    for id in engagements {
        match session.act(id, command.clone(), None).await {
            Ok(did) => {
                let told = if out.json() { &[][..] } else { &did.events };
                for event in told {
                    let says = SafeText::clipped(&sentence(event, &did.engagement), 300);
                    out.line(format!("{id} {}: {says}", event.seq));
                }
                all.push(OneOfManyJson { engagement: id.clone(), events: did.events, error: None });
            }
            Err(failure) => {
                worst = worst.or(Some(failure.kind));
                let why = failure.to_string();
                if !out.json() {
                    remark(&format!("error: {id}: {why}"));
                }
                all.push(OneOfManyJson { engagement: id.clone(), events: Vec::new(), error: Some(why) });
            }
        }
    }
    let done = all.iter().filter(|one| one.error.is_none()).count();
    if out.json() {
        out.value(&all)?;
    } else {
        let refused = all.len() - done;
        let refused = if refused == 0 { String::new() } else { format!(", not in {refused}") };
        out.line(format!("done in {}{refused}", count(done, "engagement", "engagements")));
    }
    Ok(worst.map_or(Ending::Done, Ending::Answered))
}
