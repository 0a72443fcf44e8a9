//! `golive check`

use std::collections::BTreeSet;

use super::found::Found;
use super::json::{ChangeJson, SeenJson};
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, watch, words};
use crate::app::{Change, Engagement, Seen};
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::nearest::nearest;
use crate::domain::text::SafeText;
use crate::domain::verdict::Verdict;
use crate::error::{Failure, Kind};

/// `golive check`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Items or checks; all checks that can run when none is named
    #[arg(value_name = "ITEM")]
    pub items: Vec<String>,
    /// Go on until interrupted
    #[arg(long)]
    pub watch: bool,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let engagement = session.load(&args.engagement).await?;
    let wanted = wanted(&engagement, &args.items)?;
    if args.watch {
        return watch::follow(session, watch::Followed::Checks(args.engagement, wanted), out).await;
    }
    let app = session.app().await?;
    let runner = app.runner().map_err(|e| Failure::new(Kind::Store, e))?;
    let wanted: Vec<CheckId> = wanted.into_iter().collect();
    let mut seen = app.run_checks(&runner, &args.engagement, &wanted).await?;
    let changes: Vec<Change> = seen.iter().flat_map(|s| s.changes.clone()).collect();
    // A check that ran twice, because a stage opened, is told by its last result.
    let mut told = BTreeSet::new();
    seen.reverse();
    seen.retain(|s| told.insert(s.observation.check.clone()));
    seen.sort_by_key(|s| engagement.runbook.checks.get_index_of(&s.observation.check));
    if out.json() {
        let shapes: Vec<SeenJson<'_>> = seen
            .iter()
            .map(|s| SeenJson {
                engagement: &args.engagement,
                observation: &s.observation,
                changes: s.changes.iter().map(ChangeJson::from).collect(),
            })
            .collect();
        out.value(&shapes)?;
    } else {
        tell(&engagement, &seen, &changes, out);
    }
    Ok(ending(&seen))
}

/// A definite answer weighs more than one that could not be had.
fn ending(seen: &[Seen]) -> Ending {
    let any = |wanted: &[Verdict]| seen.iter().any(|s| wanted.contains(&s.observation.verdict));
    if any(&[Verdict::Fail, Verdict::Pending]) {
        Ending::Answered(Kind::NotReady)
    } else if seen.is_empty() || any(&[Verdict::Unknown]) {
        Ending::Answered(Kind::Unknown)
    } else {
        Ending::Done
    }
}

/// The checks that are meant by items or checks.
fn wanted(engagement: &Engagement, names: &[String]) -> Result<BTreeSet<CheckId>, Failure> {
    let runbook = &engagement.runbook;
    let mut out = BTreeSet::new();
    for name in names {
        if let Some((_, item)) = runbook.item(name) {
            let Some(check) = &item.check else {
                let failure = Failure::new(Kind::Usage, format!("item '{name}' has no check"));
                return Err(
                    failure.hint(format!("it is ticked by hand: golive tick {} {name}", engagement.id()))
                );
            };
            out.insert(check.check.clone());
        } else if let Some(check) = runbook.checks.get(name.as_str()) {
            out.insert(check.id.clone());
        } else {
            let shown = SafeText::clipped(name, 60);
            let failure = Failure::new(Kind::Usage, format!("the runbook has no item or check '{shown}'"));
            let known =
                runbook.items().map(|(_, i)| i.id.as_str()).chain(runbook.checks.keys().map(CheckId::as_str));
            return Err(match nearest(name, known) {
                Some(near) => failure.hint(format!("did you mean '{near}'?")),
                None => failure,
            });
        }
    }
    Ok(out)
}

fn tell(engagement: &Engagement, seen: &[Seen], changes: &[Change], out: &mut Out) {
    if seen.is_empty() {
        remark(
            "no check has the fields and secrets that it needs: golive set and golive secret fill them in",
        );
    }
    let rows: Vec<Vec<Cell>> = seen
        .iter()
        .map(|s| {
            let o = &s.observation;
            vec![
                Cell::new(o.verdict.word()).in_tone(words::verdict_tone(o.verdict)),
                Cell::new(o.check.as_str()),
                Cell::clipped(&o.summary, 120),
                Cell::from(o.request_id.as_ref().map_or(String::new(), |id| format!("request {id}")))
                    .in_tone(Tone::Faint),
            ]
        })
        .collect();
    table::print(out, 0, &rows);
    for s in seen {
        for step in s.observation.steps.iter().filter(|step| step.verdict != Verdict::Pass) {
            let (name, expected, actual) = (
                SafeText::clipped(&step.name, 60),
                SafeText::clipped(&step.expected, 160),
                SafeText::clipped(&step.actual, 160),
            );
            out.line(format!("  {} {name}: expected {expected}; got {actual}", s.observation.check));
        }
        Found::from(&s.observation).print(&format!("  {} ", s.observation.check), out);
    }
    for change in changes {
        if let Some(text) = change_sentence(change, engagement) {
            out.line(SafeText::new(&text));
        }
    }
}

/// What a result changed, in one sentence; nothing for what its own line says already.
pub(super) fn change_sentence(change: &Change, engagement: &Engagement) -> Option<String> {
    let title = |id: &crate::domain::ids::ItemId| {
        engagement.runbook.item(id.as_str()).map_or_else(|| id.to_string(), |(_, item)| item.title.clone())
    };
    match change {
        Change::Settled(..) => None,
        Change::Ticked(item) => Some(format!("ticked by itself: {} ({item})", title(item))),
        Change::Reopened(item) => Some(format!("open again: {} ({item})", title(item))),
        Change::Captured(field) => Some(format!("filled in by itself: {field}")),
    }
}
