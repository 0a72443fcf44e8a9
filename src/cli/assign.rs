//! `golive assign`

use super::args::Assign;
use super::out::Out;
use super::session::Session;
use super::{Ending, done, files};
use crate::domain::command::{Command, NewKey};
use crate::error::Failure;

pub(super) async fn run(args: Assign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Assign { engagement, role, name: member, key, remove } = args;
    let command = if remove {
        Command::Unassign { role, member }
    } else {
        let key = key.as_deref().map(files::read_key).transpose()?;
        Command::Assign {
            role,
            member,
            key: key.map(|k| NewKey::new(k.fingerprint().clone(), k.to_string())),
        }
    };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
