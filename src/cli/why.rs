//! `golive why`

use super::found::Found;
use super::json::BlockerJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::{Ending, emergencies, obstacles, stages, words};
use crate::domain::assess::Gate;
use crate::domain::blocker::{Blocker, gate_blockers, stage_blockers};
use crate::domain::ids::{EngagementId, StageId};
use crate::domain::text::SafeText;
use crate::error::Failure;

/// `golive why`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage that is shut
    pub stage: Option<StageId>,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let engagement = session.load(&args.engagement).await?;
    let assessment = engagement.assess(session.app().await?.now());
    let runbook = &engagement.runbook;
    let named = args.stage.as_ref().map(|stage| stages::index(&engagement, stage)).transpose()?;
    let gate = |index: usize| assessment.gate(index);
    let (heading, blockers) = match (named, assessment.current) {
        (Some(index), _) if gate(index) == Gate::Open => {
            let title = &runbook.stages()[index].title;
            let blockers = stage_blockers(runbook, &engagement.state, &assessment, index);
            let said = if blockers.is_empty() { "is complete" } else { "is open; what it still needs:" };
            (format!("{title} {said}"), blockers)
        }
        (Some(index), _) => {
            let title = &runbook.stages()[index].title;
            let blockers = gate_blockers(runbook, &engagement.state, &assessment, index);
            let said = if gate(index) == Gate::BreakGlass {
                "is opened by BREAK-GLASS, over:"
            } else {
                "is shut by:"
            };
            (format!("{title} {said}"), blockers)
        }
        (None, Some(index)) => {
            let title = &runbook.stages()[index].title;
            let blockers = stage_blockers(runbook, &engagement.state, &assessment, index);
            (format!("{title} is the current stage; what it still needs:"), blockers)
        }
        (None, None) => ("every stage is complete".to_owned(), Vec::new()),
    };
    let now = session.app().await?.now();
    let upto = named.or(assessment.current);
    let last = session.app().await?.latest(engagement.id()).await?;
    let found = |blocker: &Blocker| {
        let place = blocker.item.as_ref().and_then(|id| runbook.place(id.as_str()));
        place.map_or_else(Found::default, |at| {
            let item = &runbook.stages()[at.stage].items[at.item];
            Found::of(&engagement, &last, item, &assessment.stages[at.stage].items[at.item])
        })
    };
    if out.json() {
        let shapes: Vec<BlockerJson> =
            blockers.iter().map(|b| BlockerJson::new(b, &engagement).with(found(b))).collect();
        out.value(&shapes)?;
        return Ok(Ending::Done);
    }
    emergencies::tell(&engagement, now, out);
    out.line(out.paint(Tone::Strong, SafeText::new(&heading)));
    obstacles::tell(&engagement, &assessment, now, upto, out);
    for blocker in &blockers {
        out.line(format!("  - {}", SafeText::new(&words::blocker(blocker, &engagement))));
        let hint =
            blocker.item.as_ref().and_then(|id| runbook.item(id.as_str())).and_then(|(_, i)| i.hint.as_ref());
        if let Some(hint) = hint {
            out.line(out.paint(Tone::Faint, format!("    {}", SafeText::clipped(hint.trim(), 400))));
        }
        found(blocker).print("    ", out);
    }
    words::expiring(&engagement, &assessment, None, session.app().await?.now(), out);
    Ok(Ending::Done)
}
