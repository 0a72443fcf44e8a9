//! `golive upgrade`

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::Path;

use serde::Serialize;

use super::args::Upgrade;
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::{Ending, done, files, words};
use crate::app::{AppError, UpgradePlan};
use crate::domain::decide::{Consequences, Lost};
use crate::domain::event::Event;
use crate::domain::ids::RunbookId;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::runbook::{Change, Difference, Entry, find};

/// The longest line that is shown, in characters.
const MAX_LINE: usize = 300;

/// What `golive upgrade --json` prints.
#[derive(Serialize)]
struct UpgradeJson<'a> {
    engagement: &'a str,
    difference: &'a Difference,
    consequences: &'a Consequences,
    /// `nothing_to_do`, `dry_run` or `upgraded`.
    outcome: &'static str,
    events: Vec<&'a Event>,
}

pub(super) async fn run(args: Upgrade, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let engagement = session.load(&args.engagement).await?;
    let (name, bytes) = runbook(args.to.as_deref(), &engagement.runbook.id)?;
    let plan = match app.plan_upgrade(&args.engagement, &name, bytes.clone()).await {
        Err(AppError::Runbook(faults)) => {
            let drawn = faults.render(&bytes);
            return Err(Failure::new(Kind::Usage, format!("the runbook cannot be used\n{drawn}")));
        }
        outcome => outcome?,
    };
    let id = args.engagement.as_str().to_owned();
    let (difference, consequences) = (plan.difference.clone(), plan.consequences.clone());
    let shape = |outcome, events: &[Event], out: &mut Out| {
        let (difference, consequences) = (&difference, &consequences);
        let engagement = id.as_str();
        let events = events.iter().collect();
        out.value(&UpgradeJson { engagement, difference, consequences, outcome, events })
    };
    if plan.nothing_to_do() {
        if out.json() {
            shape("nothing_to_do", &[], out)?;
        } else {
            out.line(format!("nothing to do: {id} keeps this very runbook already"));
        }
        return Ok(Ending::Done);
    }
    if !out.json() {
        tell(&plan, out);
    }
    if args.dry_run {
        if out.json() {
            shape("dry_run", &[], out)?;
        } else {
            out.line("Nothing was written.");
        }
        return Ok(Ending::Done);
    }
    let asks = !plan.consequences.lost.is_empty() || !plan.consequences.exceptions_ended.is_empty();
    // What is refused anyway is not asked about.
    if asks && plan.consequences.opens.is_empty() && !args.yes {
        out.flush();
        if !agreed()? {
            remark("nothing was written");
            return Ok(Ending::Answered(Kind::Refused));
        }
    }
    let did = app.upgrade(plan).await?;
    if out.json() {
        shape("upgraded", &did.events, out)?;
    } else {
        done::tell(&did, out)?;
    }
    Ok(Ending::Done)
}

/// The runbook that is gone over to: a file, or one that comes with golive; the latter of the same id when
/// none is named.
fn runbook(to: Option<&str>, keeps: &RunbookId) -> Result<(String, Vec<u8>), Failure> {
    let bundled = |name: &str| find(name).map(|b| (b.file_name.to_owned(), b.text.as_bytes().to_vec()));
    match to {
        None => bundled(keeps.as_str()).ok_or_else(|| {
            Failure::new(Kind::Usage, format!("no runbook '{keeps}' comes with golive"))
                .hint("name the new file: --to FILE")
        }),
        Some(name) if !Path::new(name).is_file() => match bundled(name) {
            Some(found) => Ok(found),
            None => Ok((name.to_owned(), files::read_runbook(Path::new(name))?)),
        },
        Some(name) => Ok((name.to_owned(), files::read_runbook(Path::new(name))?)),
    }
}

/// Asks on the terminal. Where nobody can answer, the answer must be on the command line.
fn agreed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Refused, "signatures would be lost, and nobody is there to agree")
            .hint("--dry-run shows which; --yes agrees on the command line"));
    }
    remark("Type yes to go over to it:");
    let mut answer = String::new();
    let read = std::io::stdin().lock().take(100).read_line(&mut answer);
    read.map_err(|e| Failure::new(Kind::Store, e))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn tell(plan: &UpgradePlan, out: &mut Out) {
    let Difference { from, to, entries } = &plan.difference;
    let version =
        |v: &crate::runbook::Version| format!("{} ({})", SafeText::clipped(&v.version, 40), v.digest.short());
    out.line(format!("{} {} -> {}", plan.next.id, version(from), version(to)));
    if entries.is_empty() {
        out.line("  nothing that anybody signs is different");
    }
    for entry in entries {
        tell_entry(entry, out);
    }
    let consequences = &plan.consequences;
    for lost in &consequences.lost {
        let line = format!("  no longer counts: {}", lost_words(lost, plan));
        out.line(out.paint(Tone::Bad, SafeText::clipped(&line, MAX_LINE)));
    }
    for item in &consequences.exceptions_ended {
        out.line(out.paint(Tone::Bad, format!("  exception ends: {item}")));
    }
    for item in &consequences.reopened {
        out.line(out.paint(Tone::Waiting, format!("  open again: {item}")));
    }
    for gate in &consequences.opens {
        let line = format!("  would open, which an upgrade may not: {gate}");
        out.line(out.paint(Tone::Bad, SafeText::clipped(&line, MAX_LINE)));
    }
}

fn tell_entry(entry: &Entry, out: &mut Out) {
    let what = format!("{} {} ({})", entry.kind.word(), entry.id, entry.title);
    let (sign, more) = match &entry.change {
        Change::Added => ("+", Vec::new()),
        Change::Removed => ("-", Vec::new()),
        Change::Moved { from, to, aspects } => {
            let mut more = vec![format!("moved from {from} to {to}")];
            more.extend(aspects.iter().map(crate::runbook::Aspect::words));
            (">", more)
        }
        Change::Changed(aspects) => ("~", aspects.iter().map(crate::runbook::Aspect::words).collect()),
    };
    out.line(format!("  {sign} {}", SafeText::clipped(&what, MAX_LINE)));
    for line in more {
        out.line(format!("      {}", SafeText::clipped(&line, MAX_LINE)));
    }
}

fn lost_words(lost: &Lost, plan: &UpgradePlan) -> String {
    let engagement = &plan.engagement;
    let role = engagement.runbook.role_name(&lost.role);
    let what = match (&lost.item, &lost.stage) {
        (Some(item), _) => format!("the tick of {item}"),
        (None, Some(stage)) => format!("the sign-off of {}", words::stage_title(stage, engagement)),
        (None, None) => "a sign-off".to_owned(),
    };
    format!("{what} by {} as {role}", lost.member)
}
