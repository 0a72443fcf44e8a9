//! `golive upgrade`

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use serde::Serialize;

use super::out::{Out, Tone, remark};
use super::session::Session;
use super::{Ending, done};
use crate::app::upgrade::{NoRunbook, Weight, runbook_named};
use crate::app::{AppError, LocalFiles, UpgradePlan};
use crate::domain::decide::Consequences;
use crate::domain::event::Event;
use crate::domain::ids::EngagementId;
use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};
use crate::runbook::Difference;

/// `golive upgrade`
#[derive(Debug, clap::Args)]
pub struct Upgrade {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The runbook: a file, or one that comes with golive; the one of the same id when none is named
    #[arg(long, value_name = "FILE")]
    pub to: Option<String>,
    /// Only show what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Agree that signatures are lost
    #[arg(long)]
    pub yes: bool,
}

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
    // Whoever types commands sits at this machine.
    let named = runbook_named(args.to.as_deref(), &engagement.runbook.id, LocalFiles::Allowed);
    let (name, bytes) = named.map_err(|error| {
        let missing = matches!(error, NoRunbook::NotBundled(_));
        let failure = Failure::new(Kind::Usage, error);
        if missing { failure.hint("name the new file: --to FILE") } else { failure }
    })?;
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
    // What is refused anyway is not asked about.
    if plan.asks() && plan.consequences.opens.is_empty() && !args.yes {
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
    for (weight, line) in plan.lines() {
        let tone = match weight {
            Weight::Plain => Tone::Plain,
            Weight::Again => Tone::Waiting,
            Weight::Lost => Tone::Bad,
        };
        out.line(out.paint(tone, SafeText::clipped(&line, MAX_LINE)));
    }
}
