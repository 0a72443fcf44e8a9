//! `golive assign`

use super::args::Assign;
use super::out::Out;
use super::session::Session;
use super::{Ending, done, files};
use crate::domain::command::{Command, NewKey};
use crate::error::{Failure, Kind};

pub(super) async fn run(args: Assign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Assign { engagement, role, name: member, key, limits, remove } = args;
    let validity = limits.validity();
    if key.is_none() && !validity.is_unlimited() {
        return Err(Failure::new(Kind::Usage, "--valid-from and --valid-until are limits of a key")
            .hint("name the key with --key FILE"));
    }
    let command = if remove {
        Command::Unassign { role, member }
    } else {
        let key = key.as_deref().map(files::read_key).transpose()?;
        let key = key.map(|k| NewKey { validity, ..NewKey::new(k.fingerprint().clone(), k.to_string()) });
        Command::Assign { role, member, key }
    };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
