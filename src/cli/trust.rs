//! `golive trust`: which runbooks may run programs on this machine.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::args::Trust;
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::{Ending, files};
use crate::checks::trusted::{TrustError, TrustList};
use crate::domain::check::{Check, CheckKind};
use crate::domain::expression::Template;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::runbook::{find, load};

/// The longest argument that is shown, in characters.
const MAX_SHOWN: usize = 300;

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self::new(Kind::Store, error)
            .hint("the file 'trusted' in golive's data folder is yours alone, mode 600")
    }
}

pub(super) async fn run(args: Trust, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let list = TrustList::new(session.setup.trusted.clone());
    let Some(target) = &args.target else {
        return show(&list, out);
    };
    if args.revoke
        && let Some(trusted) = by_digest(&list, target)?
    {
        return revoke(&list, &trusted, target, out);
    }
    let runbook = runbook(target, session).await?;
    let name = format!("{} {}", runbook.id, SafeText::clipped(&runbook.version, 40));
    let digest = runbook.digest.to_string();
    if args.revoke {
        return revoke(&list, &digest, &name, out);
    }
    let commands = commands(&runbook);
    if !out.json() {
        tell(&name, &digest, &commands, out);
    }
    if !commands.is_empty() && !list.trusts(&runbook.digest)? {
        out.flush();
        if !args.yes && !agreed()? {
            return Err(Failure::new(Kind::Refused, "not trusted; nothing was changed"));
        }
        list.add(&runbook.digest, &name)?;
    }
    if out.json() {
        let trusted = list.trusts(&runbook.digest)?;
        out.value(&TrustJson { digest, name, trusted, commands })?;
    } else if commands.is_empty() {
        out.line("There is nothing to trust.");
    } else {
        out.line("Trusted on this machine until the runbook changes, or golive trust --revoke.");
    }
    Ok(Ending::Done)
}

fn show(list: &TrustList, out: &mut Out) -> Result<Ending, Failure> {
    let trusted = list.list()?;
    if out.json() {
        let shapes: Vec<_> =
            trusted.iter().map(|t| TrustedJson { digest: &t.digest, name: t.name.as_str() }).collect();
        out.value(&shapes)?;
    } else if trusted.is_empty() {
        out.line("No runbook may run programs on this machine.");
    } else {
        for one in trusted {
            out.line(format!("{}  {}", one.digest, one.name));
        }
    }
    Ok(Ending::Done)
}

fn revoke(list: &TrustList, digest: &str, name: &str, out: &mut Out) -> Result<Ending, Failure> {
    let name = SafeText::clipped(name, 100);
    if list.remove(digest)? {
        out.line(format!("{name} may not run programs on this machine any more."));
    } else {
        out.line(format!("{name} was not trusted."));
    }
    Ok(Ending::Done)
}

/// The digest that the text begins, if only one does.
fn by_digest(list: &TrustList, text: &str) -> Result<Option<String>, Failure> {
    let hex = text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Ok(None);
    }
    let mut matching = list.list()?.into_iter().filter(|t| t.digest.starts_with(text));
    Ok(matching.next().filter(|_| matching.next().is_none()).map(|t| t.digest))
}

/// The runbook that is meant: a file, one that comes with golive, or that of an engagement.
async fn runbook(target: &str, session: &Session) -> Result<Arc<Runbook>, Failure> {
    let path = Path::new(target);
    if !path.is_file() && !target.contains(['/', '.']) {
        if let Some(bundled) = find(target) {
            return loaded(target, bundled.text.as_bytes());
        }
        if let Ok(id) = EngagementId::new(target) {
            return Ok(Arc::clone(&session.load(&id).await?.runbook));
        }
    }
    loaded(target, &files::read_runbook(path)?)
}

fn loaded(name: &str, bytes: &[u8]) -> Result<Arc<Runbook>, Failure> {
    let loaded = load(name, bytes).map_err(|_| {
        Failure::new(Kind::Usage, "the runbook has faults").hint("golive lint FILE shows each under its line")
    })?;
    Ok(Arc::new(loaded.runbook))
}

/// What the runbook would run, as the runbook has it: fields are filled in when it runs.
fn commands(runbook: &Runbook) -> Vec<CommandJson> {
    let safe = |text: &str| SafeText::clipped(text, MAX_SHOWN).to_string();
    let command = |check: &Check| {
        let CheckKind::Command(command) = &check.kind else { return None };
        let argv = command.arguments.iter().map(Template::source);
        Some(CommandJson {
            check: check.id.to_string(),
            argv: std::iter::once(command.program.as_str()).chain(argv).map(safe).collect(),
            env: command.env.iter().map(|(name, value)| format!("{name}={}", safe(value.source()))).collect(),
        })
    };
    runbook.checks.values().filter_map(command).collect()
}

fn tell(name: &str, digest: &str, commands: &[CommandJson], out: &mut Out) {
    let name = SafeText::clipped(name, 100);
    if commands.is_empty() {
        out.line(format!("{name} runs no programs."));
        return;
    }
    out.line(format!("{name} ({digest}) runs these programs on this machine, as you, in the folder that"));
    out.line("golive is started in:");
    for command in commands {
        // Each argument by itself, so that nobody takes two for one.
        let argv: Vec<String> = command.argv.iter().map(|a| format!("[{a}]")).collect();
        let check = out.paint(Tone::Strong, &command.check);
        out.line(format!("  {check}: {}", argv.join(" ")));
        for variable in &command.env {
            out.line(format!("      with {variable}"));
        }
    }
}

fn agreed() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Usage, "nobody is there to agree").hint("--yes agrees in a script"));
    }
    remark("Trust it? Type yes:");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::new(Kind::Store, e))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// What is trusted, for programs.
#[derive(Serialize)]
struct TrustedJson<'a> {
    digest: &'a str,
    name: &'a str,
}

/// A runbook and what it would run, for programs.
#[derive(Serialize)]
struct TrustJson {
    digest: String,
    name: String,
    trusted: bool,
    commands: Vec<CommandJson>,
}

#[derive(Serialize)]
struct CommandJson {
    check: String,
    argv: Vec<String>,
    env: Vec<String>,
}
