//! `golive secret`

use std::path::PathBuf;

use super::args::Secret;
use super::out::Out;
use super::session::Session;
use super::{Ending, done, files};
use crate::domain::command::Command;
use crate::domain::secret::{BadSource, SecretSource};
use crate::error::{Failure, Kind};

pub(super) async fn run(args: Secret, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let source = match (&args.variable, &args.file, &args.keyring) {
        _ if !args.command.is_empty() => SecretSource::command(&args.command),
        (Some(name), _, _) => SecretSource::env(name),
        (None, Some(path), _) => SecretSource::file(&absolute(path)?),
        (None, None, Some(Some(entry))) => SecretSource::keyring_entry(entry),
        (None, None, Some(None)) => Ok(SecretSource::keyring_of(&args.engagement, &args.secret)),
        (None, None, None) => Err(BadSource::Path),
    };
    let source = source
        .map_err(|e| Failure::new(Kind::Usage, e).hint("name where the value is, never the value itself"))?;
    let command = Command::SetSecret { secret: args.secret, source };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}

/// Checks run from other folders than the one that this command was typed in.
fn absolute(path: &PathBuf) -> Result<String, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|e| Failure::new(Kind::Usage, format!("{}: {e}", files::shown(path))))?;
    absolute.into_os_string().into_string().map_err(|_| Failure::new(Kind::Usage, "the path is not UTF-8"))
}
