//! `golive secret`

use std::path::{Path, PathBuf};

use super::out::{Out, remark};
use super::session::Session;
use super::{Ending, done, files};
use crate::app::consent::Destination;
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, SecretId};
use crate::domain::secret::{BadSource, SecretSource};
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// `golive secret`
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["variable", "file", "keyring", "command"]))]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The secret
    pub secret: SecretId,
    /// The environment variable that holds it
    #[arg(long = "env", id = "variable", value_name = "V")]
    pub variable: Option<String>,
    /// The file that holds it and nothing else
    #[arg(long, value_name = "F")]
    pub file: Option<PathBuf>,
    /// The entry of the system's keyring that holds it [without a name: golive/ID.SECRET]; reading it
    /// needs a golive built with the feature `keyring`
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "SERVICE/USER")]
    pub keyring: Option<String>,
    /// The program that prints it, with its arguments; runs without a shell and without the terminal, once
    /// for an action, for 30 seconds at most
    #[arg(long, num_args = 1.., allow_hyphen_values = true, value_name = "ARGV")]
    pub command: Vec<String>,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let source = match (&args.variable, &args.file, &args.keyring) {
        _ if !args.command.is_empty() => SecretSource::command(&in_place(args.command)?),
        (Some(name), _, _) => SecretSource::env(name),
        (None, Some(path), _) => SecretSource::file(&absolute(path)?),
        (None, None, Some(entry)) if entry.is_empty() => {
            Ok(SecretSource::keyring_of(&args.engagement, &args.secret))
        }
        (None, None, Some(entry)) => SecretSource::keyring_entry(entry),
        (None, None, None) => Err(BadSource::Path),
    };
    let source = source
        .map_err(|e| Failure::new(Kind::Usage, e).hint("name where the value is, never the value itself"))?;
    let (id, missing) = (args.secret.clone(), missing(&source));
    let command = Command::SetSecret { secret: args.secret, source };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    if let Some(missing) = missing {
        remark(&missing);
    }
    let app = session.app().await?;
    let uses = app.secret_uses(&did.engagement).await?;
    let goes_to = uses.into_iter().find(|secret| secret.secret == id).map_or_else(Vec::new, |s| s.goes_to);
    let (mine, others): (Vec<_>, Vec<_>) = goes_to.into_iter().partition(|to| to.agreed);
    let named = |to: &[Destination]| to.iter().map(|to| to.origin.as_str()).collect::<Vec<_>>().join(", ");
    if !out.json() {
        let to = if mine.is_empty() { "nowhere yet".to_owned() } else { format!("to {}", named(&mine)) };
        out.line(format!("from this machine it goes {}", SafeText::new(&to)));
    }
    if !others.is_empty() {
        let to = SafeText::new(&named(&others)).to_string();
        remark(&format!("{to} is not your word: golive trust {} shows whose, and asks", did.engagement.id()));
    }
    Ok(Ending::Done)
}

/// Says that the value is not to be had on this machine now; it may be on the one that checks.
fn missing(source: &SecretSource) -> Option<String> {
    let (what, lacks) = match source {
        SecretSource::Env(name) => (format!("{name} is not set"), std::env::var_os(name).is_none()),
        SecretSource::File(path) => (format!("{path} is not there"), !Path::new(path).exists()),
        SecretSource::Command(_) | SecretSource::Keyring { .. } => return None,
    };
    lacks.then(|| {
        format!("{} on this machine now: checks here will not be able to read it", SafeText::new(&what))
    })
}

/// The command with a program that is named relative to this folder named in full.
fn in_place(mut argv: Vec<String>) -> Result<Vec<String>, Failure> {
    if let Some(program) = argv.first_mut()
        && program.contains('/')
    {
        *program = absolute(&PathBuf::from(program.as_str()))?;
    }
    Ok(argv)
}

/// Checks run from other folders than the one that this command was typed in.
fn absolute(path: &PathBuf) -> Result<String, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|e| Failure::new(Kind::Usage, format!("{}: {e}", files::shown(path))))?;
    absolute.into_os_string().into_string().map_err(|_| Failure::new(Kind::Usage, "the path is not UTF-8"))
}
