//! `golive trust`: which programs a runbook may run and which secrets may go where, on this machine.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::out::{Out, Tone, remark};
use super::session::Session;
use super::{Ending, files};
use crate::app::consent::{Destination, SecretUse};
use crate::app::{AppError, Engagement};
use crate::checks::trusted::{TrustError, TrustList, Trusted};
use crate::domain::check::{Check, CheckKind};
use crate::domain::expression::Template;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::runbook::Runbook;
use crate::domain::secret::SecretSource;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::report::escape;
use crate::runbook::{find, load};

/// The most that a person is asked to agree to at once, in characters: nobody reads more.
const MAX_SHOWN: usize = 20_000;

/// `golive trust`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A runbook file, a runbook that comes with golive, or an engagement: its runbook and its secrets
    #[arg(value_name = "RUNBOOK|ID", required_unless_present = "list")]
    pub target: Option<String>,
    /// Agree without being asked
    #[arg(long, conflicts_with_all = ["list", "revoke"])]
    pub yes: bool,
    /// Show which runbooks are trusted
    #[arg(long, conflicts_with = "target")]
    pub list: bool,
    /// Trust it no longer; a digest that --list shows will do too
    #[arg(long, conflicts_with = "list")]
    pub revoke: bool,
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self::new(Kind::Store, error)
            .hint("the file 'trusted' in golive's data folder is yours alone, mode 600")
    }
}

/// What is trusted or not.
struct Subject {
    runbook: Arc<Runbook>,
    /// The engagement whose secrets are meant too.
    engagement: Option<Engagement>,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let list = TrustList::new(session.setup.trusted.clone());
    let Some(target) = &args.target else {
        return show(&list, out);
    };
    if args.revoke
        && let Some(trusted) = by_digest(&list, target)?
    {
        return revoke(&list, &trusted, target, out);
    }
    let Subject { runbook, engagement } = subject(target, session).await?;
    let name = format!("{} {}", runbook.id, SafeText::clipped(&runbook.version, 40));
    let digest = runbook.digest.to_string();
    if args.revoke {
        if let Some(engagement) = &engagement
            && session.app().await?.disagree(engagement)?
        {
            out.line(format!("No secret of {} is sent from this machine any more.", engagement.id()));
        }
        return revoke(&list, &digest, &name, out);
    }
    let commands = commands(&runbook);
    let secrets = match &engagement {
        Some(engagement) => session.app().await?.secret_uses(engagement).await?,
        None => Vec::new(),
    };
    let told = told(&name, &digest, &commands, engagement.as_ref().zip(Some(secrets.as_slice())), out);
    let runs_new = !commands.is_empty() && list.find(&runbook.digest)?.is_none();
    let sends_new = secrets.iter().any(|secret| secret.open().next().is_some());
    if runs_new || sends_new {
        let long: usize = told.iter().map(|line| line.chars().count()).sum();
        if long > MAX_SHOWN {
            let why = format!("it takes {long} characters to show all of it, more than anybody reads");
            return Err(Failure::new(Kind::Refused, why).hint("nothing was trusted"));
        }
    }
    if !out.json() {
        for line in &told {
            out.line(line);
        }
    }
    if runs_new || sends_new {
        out.flush();
        if !args.yes && !agreed()? {
            return Err(Failure::new(Kind::Refused, "not trusted; nothing was changed"));
        }
        if runs_new {
            list.add(&runbook.digest, &here()?, &name)?;
        }
        if let Some(engagement) = &engagement {
            session.app().await?.agree(engagement, &secrets)?;
        }
    }
    let trusted = list.find(&runbook.digest)?;
    if out.json() {
        let folder = trusted.as_ref().map(|t| t.folder.clone());
        let secrets = secrets.iter().map(SecretJson::of).collect();
        out.value(&TrustJson { digest, name, trusted: trusted.is_some(), folder, commands, secrets })?;
    } else if runs_new || sends_new {
        out.line("Trusted on this machine until any of it changes, or golive trust --revoke.");
    } else if commands.is_empty() && secrets.is_empty() {
        out.line("There is nothing to trust.");
    } else {
        out.line("All of it is trusted on this machine already.");
    }
    Ok(Ending::Done)
}

fn show(list: &TrustList, out: &mut Out) -> Result<Ending, Failure> {
    let trusted = list.list()?;
    if out.json() {
        let shapes: Vec<_> = trusted.iter().map(TrustedJson::of).collect();
        out.value(&shapes)?;
    } else if trusted.is_empty() {
        out.line("No runbook may run programs on this machine.");
    } else {
        for one in trusted {
            out.line(format!("{}  {}  in {}", one.digest, one.name, files::shown(&one.folder)));
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

/// What is meant: a file, a runbook that comes with golive, or an engagement.
async fn subject(target: &str, session: &Session) -> Result<Subject, Failure> {
    let path = Path::new(target);
    let alone = |runbook| Subject { runbook, engagement: None };
    if path.is_file() || target.contains(['/', '.']) {
        return loaded(target, &files::read_runbook(path)?).map(alone);
    }
    let bundled = find(target);
    // Nothing is made just to look whether there is an engagement of that name too.
    if let Ok(id) = EngagementId::new(target)
        && (bundled.is_none() || session.setup.store.exists())
    {
        match session.app().await?.load(&id).await {
            Ok(engagement) => {
                let runbook = Arc::clone(&engagement.runbook);
                return Ok(Subject { runbook, engagement: Some(engagement) });
            }
            Err(AppError::NoSuchEngagement { .. }) if bundled.is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    match bundled {
        Some(bundled) => loaded(target, bundled.text.as_bytes()).map(alone),
        None => loaded(target, &files::read_runbook(path)?).map(alone),
    }
}

fn loaded(name: &str, bytes: &[u8]) -> Result<Arc<Runbook>, Failure> {
    let loaded = load(name, bytes).map_err(|_| {
        Failure::new(Kind::Usage, "the runbook has faults").hint("golive lint FILE shows each under its line")
    })?;
    Ok(Arc::new(loaded.runbook))
}

/// The folder that programs named relative to it are looked for in.
fn here() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|e| Failure::new(Kind::Store, e))
}

/// What the runbook would run, as the runbook has it: fields are filled in when it runs.
fn commands(runbook: &Runbook) -> Vec<CommandJson> {
    let command = |check: &Check| {
        let CheckKind::Command(command) = &check.kind else { return None };
        let argv = command.arguments.iter().map(Template::source);
        Some(CommandJson {
            check: check.id.to_string(),
            argv: std::iter::once(command.program.as_str()).chain(argv).map(str::to_owned).collect(),
            env: command.env.iter().map(|(name, value)| format!("{name}={}", value.source())).collect(),
        })
    };
    runbook.checks.values().filter_map(command).collect()
}

/// A text from outside with nothing left out: as a JSON string, so that nobody takes one for two, and with
/// what is not ASCII escaped, so that nobody takes one letter for another.
fn quoted(text: &str) -> String {
    escape::ascii_json(&serde_json::Value::from(text).to_string())
}

fn told(
    name: &str,
    digest: &str,
    commands: &[CommandJson],
    secrets: Option<(&Engagement, &[SecretUse])>,
    out: &Out,
) -> Vec<String> {
    let name = SafeText::clipped(name, 100);
    let mut lines = Vec::new();
    if commands.is_empty() {
        lines.push(format!("{name} runs no programs."));
    } else {
        lines.push(format!(
            "{name} ({digest}) runs these programs on this machine, as you, in the folder that"
        ));
        lines.push(
            "golive is started in; a relative path such as ./x only in the one that you are in now:".into(),
        );
    }
    for command in commands {
        let argv: Vec<String> = command.argv.iter().map(|a| quoted(a)).collect();
        let check = out.paint(Tone::Strong, &command.check);
        lines.push(format!("  {check}: {}", argv.join(" ")));
        lines.extend(command.env.iter().map(|variable| format!("      with {}", quoted(variable))));
    }
    let Some((engagement, secrets)) = secrets.filter(|(_, secrets)| !secrets.is_empty()) else {
        return lines;
    };
    lines.push(format!("{} sends these secrets from this machine, never to be seen:", engagement.id()));
    for secret in secrets {
        let id = out.paint(Tone::Strong, &secret.secret);
        lines.push(format!(
            "  {id} in {}, as {} said",
            whole(&secret.source),
            person(secret.named_by.as_ref())
        ));
        if secret.goes_to.is_empty() {
            lines.push("      to nowhere yet".into());
        }
        lines.extend(secret.goes_to.iter().map(|to| format!("      to {}", destination(to))));
    }
    lines
}

fn destination(to: &Destination) -> String {
    let set = to.set_by.iter().map(|(field, who)| format!("{field} as {} set it", person(who.as_ref())));
    let set: Vec<String> = set.collect();
    let set = if set.is_empty() { "as the runbook says".to_owned() } else { set.join(", ") };
    let agreed = if to.agreed { "; agreed" } else { "" };
    format!("{} ({set}{agreed})", quoted(&to.origin))
}

fn person(name: Option<&MemberName>) -> String {
    name.map_or_else(|| "nobody here".to_owned(), |name| SafeText::new(name.as_str()).to_string())
}

/// Where a secret is, in full.
fn whole(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(name) => format!("environment variable {name}"),
        SecretSource::File(path) => format!("file {}", quoted(path)),
        SecretSource::Command(argv) => {
            let argv: Vec<String> = argv.iter().map(|a| quoted(a)).collect();
            format!("what this prints: {}", argv.join(" "))
        }
        SecretSource::Keyring { service, user } => format!("keyring {} of {}", quoted(user), quoted(service)),
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
    folder: &'a Path,
    name: &'a str,
}

impl<'a> TrustedJson<'a> {
    fn of(trusted: &'a Trusted) -> Self {
        Self { digest: &trusted.digest, folder: &trusted.folder, name: trusted.name.as_str() }
    }
}

/// A runbook with what it would run, and an engagement with what it would send, for programs.
#[derive(Serialize)]
struct TrustJson<'a> {
    digest: String,
    name: String,
    trusted: bool,
    folder: Option<PathBuf>,
    commands: Vec<CommandJson>,
    secrets: Vec<SecretJson<'a>>,
}

#[derive(Serialize)]
struct CommandJson {
    check: String,
    argv: Vec<String>,
    env: Vec<String>,
}

#[derive(Serialize)]
struct SecretJson<'a> {
    secret: &'a str,
    source: String,
    named_by: Option<&'a str>,
    goes_to: Vec<DestinationJson<'a>>,
}

#[derive(Serialize)]
struct DestinationJson<'a> {
    origin: &'a str,
    set_by: Vec<(&'a str, Option<&'a str>)>,
    agreed: bool,
}

impl<'a> SecretJson<'a> {
    fn of(secret: &'a SecretUse) -> Self {
        let goes_to = secret.goes_to.iter().map(|to| DestinationJson {
            origin: &to.origin,
            set_by: to.set_by.iter().map(|(f, w)| (f.as_str(), w.as_ref().map(MemberName::as_str))).collect(),
            agreed: to.agreed,
        });
        Self {
            secret: secret.secret.as_str(),
            source: secret.source.to_string(),
            named_by: secret.named_by.as_ref().map(MemberName::as_str),
            goes_to: goes_to.collect(),
        }
    }
}
