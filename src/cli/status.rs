//! `golive status`

use chrono::{DateTime, Utc};

use super::found::{Found, LastResults};
use super::json::StatusJson;
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, emergencies, obstacles, stages, words};
use crate::app::Engagement;
use crate::domain::assess::{Assessment, Gate, ItemAssessment, StageAssessment, Standing};
use crate::domain::ids::{EngagementId, StageId};
use crate::domain::runbook::{Item, Stage};
use crate::domain::text::SafeText;
use crate::error::Failure;

/// `golive status`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose items are shown; the current one when none is named
    #[arg(long)]
    pub stage: Option<StageId>,
}

/// The longest title in a table, in characters.
const MAX_TITLE: usize = 64;

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let engagement = session.load(&args.engagement).await?;
    let now = session.app().await?.now();
    let assessment = engagement.assess(now);
    let shown = match &args.stage {
        Some(stage) => Some(stages::index(&engagement, stage)?),
        None => assessment.current,
    };
    let last = session.app().await?.latest(engagement.id()).await?;
    if out.json() {
        let mut shape = StatusJson::new(&engagement, &assessment, &last, now);
        if let (Some(_), Some(index)) = (&args.stage, shown) {
            shape.stages = shape.stages.into_iter().skip(index).take(1).collect();
        }
        out.value(&shape)?;
        return Ok(Ending::Done);
    }
    heading(&engagement, &assessment, now, out);
    emergencies::tell(&engagement, now, out);
    obstacles::tell(&engagement, &assessment, now, None, out);
    if args.stage.is_none() {
        out.line("");
        let rows: Vec<Vec<Cell>> = engagement
            .runbook
            .stages()
            .iter()
            .zip(&assessment.stages)
            .enumerate()
            .map(|(n, (stage, assessed))| stage_row(n, stage, assessed))
            .collect();
        table::print(out, 2, &rows);
    }
    if let Some(index) = shown {
        out.line("");
        items(&engagement, &assessment, index, now, out);
        found(&engagement, &assessment, index, &last, out);
    }
    words::expiring(&engagement, &assessment, shown, now, out);
    Ok(Ending::Done)
}

fn heading(engagement: &Engagement, assessment: &Assessment, now: DateTime<Utc>, out: &mut Out) {
    let state = &engagement.state;
    let name = SafeText::new(&state.name);
    let id = format!("({})", engagement.id());
    out.line(format!("{} {}", out.paint(Tone::Strong, name), out.paint(Tone::Faint, id)));
    let (title, version) = (&engagement.runbook.title, &engagement.runbook.version);
    out.line(format!("{}, version {}", SafeText::new(title), SafeText::new(version)));
    let totals = assessment.totals;
    let mut parts = vec![format!("{} of {} done", totals.done, words::count(totals.total, "item", "items"))];
    if totals.waived > 0 {
        parts.push(format!("{} waived", totals.waived));
    }
    if totals.not_applicable > 0 {
        parts.push(format!("{} not applicable", totals.not_applicable));
    }
    parts.push(match state.target {
        Some(day) => format!("target {}", words::day(day, now)),
        None => "no target date".to_owned(),
    });
    out.line(parts.join("; "));
    if let Some(decided) = &state.decided {
        let by = SafeText::new(decided.by.name.as_str());
        let since = if decided.overtaken { "; things have changed since" } else { "" };
        let at = words::moment(decided.at);
        out.line(format!("{} decided by {by} at {at} (event {}){since}", decided.outcome, decided.seq));
    }
}

fn stage_row(n: usize, stage: &Stage, assessed: &StageAssessment) -> Vec<Cell> {
    let (word, tone) = match (assessed.complete, assessed.gate) {
        (true, Gate::Open | Gate::Warned | Gate::BreakGlass | Gate::Shut) => ("complete", Tone::Good),
        (false, Gate::Open) => ("open", Tone::Waiting),
        (false, Gate::Warned) => ("open early", Tone::Waiting),
        (false, Gate::BreakGlass) => ("opened by BREAK-GLASS", Tone::Bad),
        (false, Gate::Shut) => ("shut", Tone::Faint),
    };
    let totals = assessed.totals;
    vec![
        Cell::from(n.to_string()),
        Cell::clipped(&stage.title, MAX_TITLE),
        Cell::from(words::progress(totals.done, totals.total, totals.waived)),
        Cell::new(word).in_tone(tone),
        Cell::new(stage.id.as_str()).in_tone(Tone::Faint),
    ]
}

fn items(engagement: &Engagement, assessment: &Assessment, index: usize, now: DateTime<Utc>, out: &mut Out) {
    let stage = &engagement.runbook.stages()[index];
    let assessed = &assessment.stages[index];
    out.line(out.paint(Tone::Strong, SafeText::new(&stage.title)));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (item, assessed) in stage.items.iter().zip(&assessed.items) {
        rows.push(item_row(engagement, item, assessed, now));
        if let Some(said) = words::standing(engagement, item, assessed, now) {
            rows.push(vec![Cell::new(""), Cell::new(""), Cell::clipped(&format!("  {said}"), 160)]);
        }
        for (part, state) in item.parts.iter().zip(&assessed.boxes) {
            let word = if state.ticked { "ticked" } else { "open" };
            rows.push(vec![
                Cell::new(""),
                Cell::from(format!("{}/{}", item.id, part.id)).in_tone(Tone::Faint),
                Cell::clipped(&format!("- {}", part.title), MAX_TITLE),
                Cell::new(word),
            ]);
        }
    }
    table::print(out, 2, &rows);
    for signoff in &assessed.signoffs {
        let role = SafeText::new(engagement.runbook.role_name(&signoff.role));
        let said = match &signoff.standing {
            Standing::Missing => {
                format!("not signed; golive sign {} {} --as {}", engagement.id(), stage.id, signoff.role)
            }
            Standing::Current(by) => format!("signed by {}", SafeText::new(by.signoff.member.as_str())),
            Standing::Stale(by, why) => {
                format!("signed by {}, no longer counts: {why}", SafeText::new(by.signoff.member.as_str()))
            }
        };
        out.line(format!("  Sign-off of the stage as {role}: {said}"));
    }
}

/// What the checks of a stage found, under the items that they belong to.
fn found(engagement: &Engagement, assessment: &Assessment, index: usize, last: &LastResults, out: &mut Out) {
    let stage = &engagement.runbook.stages()[index];
    for (item, assessed) in stage.items.iter().zip(&assessment.stages[index].items) {
        let found = Found::of(engagement, last, item, assessed);
        if !found.is_empty() {
            let title = SafeText::clipped(&item.title, MAX_TITLE);
            out.line(format!("  {title} {}", out.paint(Tone::Faint, format!("({})", item.id))));
            found.print("    ", out);
        }
    }
}

fn item_row(
    engagement: &Engagement,
    item: &Item,
    assessed: &ItemAssessment,
    now: DateTime<Utc>,
) -> Vec<Cell> {
    let owners = words::owners(&item.owner.signs, engagement);
    vec![
        Cell::new(assessed.status.word()).in_tone(words::status_tone(assessed.status)),
        Cell::new(item.id.as_str()).in_tone(Tone::Faint),
        Cell::clipped(&item.title, MAX_TITLE),
        Cell::clipped(&owners, 40),
        check_cell(engagement, item, assessed, now),
    ]
}

fn check_cell(engagement: &Engagement, item: &Item, assessed: &ItemAssessment, now: DateTime<Utc>) -> Cell {
    let Some(check) = &item.check else {
        return Cell::new("");
    };
    if assessed.configured != Some(true) {
        return Cell::new("check not configured").in_tone(Tone::Faint);
    }
    match engagement.state.checks.get(&check.check) {
        None => Cell::new("check has not run").in_tone(Tone::Waiting),
        Some(settled) => {
            let text = format!("check: {} for {}", settled.verdict.word(), words::ago(settled.since, now));
            Cell::from(text).in_tone(words::verdict_tone(settled.verdict))
        }
    }
}
