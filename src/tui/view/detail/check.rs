//! The live check of an item: what it says, since when, its last steps, and what to do about it.

use ratatui::style::Style;

use crate::domain::assess::ItemAssessment;
use crate::domain::check::Check;
use crate::domain::runbook::{CheckMode, Item};
use crate::domain::verdict::{FindingKind, Observation, StepResult, Verdict};
use crate::tui::model::engagement::Engagement;
use crate::tui::view::pen::Words;
use crate::tui::width;
use crate::tui::words::time;

use super::Page;

/// Cells of the sparkline.
const SPARK: usize = 12;
/// Steps and findings that are shown.
const SHOWN: usize = 10;

pub(super) fn write(page: &mut Page<'_>, engagement: &Engagement, item: &Item, assessed: &ItemAssessment) {
    let theme = page.look.theme;
    let Some(used) = &item.check else {
        return;
    };
    let Some(check) = engagement.runbook.checks.get(&used.check) else {
        return;
    };
    let last = engagement.recent.get(&check.id).and_then(|line| line.front());
    verdict(page, engagement, check, assessed, last);
    if let Some(last) = last {
        steps(page, last);
        if last.verdict != Verdict::Pass && !last.summary.is_empty() {
            page.labelled("", &last.summary, theme.text);
        }
        findings(page, last);
        causes(page, last);
        if last.verdict != Verdict::Pass
            && let Some(id) = &last.request_id
        {
            page.labelled("", &format!("request id {id}"), theme.muted);
        }
    }
    let means = match used.mode {
        CheckMode::Auto => "a pass ticks the item by itself",
        CheckMode::Assist => "it must pass before an owner signs",
        CheckMode::Inform => "it informs only",
    };
    page.labelled("", means, theme.muted);
}

/// "✗ failing for 2 min  ▁▁▁▂▇▇▇".
fn verdict(
    page: &mut Page<'_>,
    engagement: &Engagement,
    check: &Check,
    assessed: &ItemAssessment,
    last: Option<&Observation>,
) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    if assessed.configured == Some(false) {
        let said = format!("not configured: {}", missing(engagement, check));
        page.marked("Check", glyphs.unknown, theme.muted, &said, theme.text);
        return;
    }
    let Some(settled) = engagement.state.checks.get(&check.id) else {
        let said = match last {
            Some(last) => format!("{}, not settled yet", last.verdict.word()),
            None => "has not run yet".to_owned(),
        };
        page.marked("Check", glyphs.pending, theme.muted, &said, theme.text);
        return;
    };
    let word = match settled.verdict {
        Verdict::Pass => "passing",
        Verdict::Fail => "failing",
        Verdict::Pending => "pending",
        Verdict::Unknown => "unknown",
    };
    let style = theme.verdict(settled.verdict);
    let said = format!("{word} for {}", time::length(page.now - settled.since));
    let mut line = Words::new(glyphs.verdict(settled.verdict), style).and(format!(" {said}  "), theme.text);
    for (height, style) in spark(page, engagement, check) {
        line = line.and(height, style);
    }
    page.line("Check", line);
    // The last good word stays; that nothing is known now is said beside it (DESIGN rule 7).
    if let Some(last) = last.filter(|l| l.verdict == Verdict::Unknown) {
        let said = format!("nothing known since {}", page.moment(last.at));
        page.marked("", glyphs.unknown, theme.warn, &said, theme.text);
    }
}

/// What must be filled in before the check can run.
fn missing(engagement: &Engagement, check: &Check) -> String {
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let fields = check
        .needs
        .fields
        .iter()
        .filter(|f| state.facts.fields.get(*f).is_none_or(String::is_empty))
        .map(|f| runbook.fields.get(f).map_or(f.as_str(), |field| field.label.as_str()));
    let secrets = check
        .needs
        .secrets
        .iter()
        .filter(|s| !state.secrets.contains_key(*s))
        .map(|s| runbook.secrets.get(s).map_or(s.as_str(), |secret| secret.label.as_str()));
    let names: Vec<_> = fields.chain(secrets).collect();
    format!("needs {}", names.join(", "))
}

/// Latencies, oldest first, each as high as it is slow beside the slowest, in the colour of its verdict.
fn spark(page: &Page<'_>, engagement: &Engagement, check: &Check) -> Vec<(&'static str, Style)> {
    let Some(line) = engagement.recent.get(&check.id) else {
        return Vec::new();
    };
    let shown: Vec<&Observation> = line.iter().take(SPARK).collect();
    let slowest = shown.iter().map(|o| o.latency_ms).max().unwrap_or(0).max(1);
    let heights = page.look.glyphs.spark;
    let top = heights.len() - 1;
    let height = |o: &Observation| {
        let share = u128::from(o.latency_ms) * top as u128 / u128::from(slowest);
        heights[usize::try_from(share).unwrap_or(top).min(top)]
    };
    shown.into_iter().rev().map(|o| (height(o), page.look.theme.verdict(o.verdict))).collect()
}

fn steps(page: &mut Page<'_>, last: &Observation) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let name_cells = last.steps.iter().take(SHOWN).map(|s| width::width(&s.name)).max().unwrap_or(0);
    let name_cells = name_cells.min(page.cells / 2).min(24);
    for step in last.steps.iter().take(SHOWN) {
        let name = width::fit(&step.name, name_cells, glyphs.ellipsis);
        let line = Words::new("  ", theme.text)
            .and(glyphs.verdict(step.verdict), theme.verdict(step.verdict))
            .and(format!(" {name}  "), theme.text)
            .and(outcome(step), if step.verdict == Verdict::Pass { theme.muted } else { theme.text });
        page.lines.push(line);
    }
    if last.steps.len() > SHOWN {
        page.labelled("", &format!("{} more steps", last.steps.len() - SHOWN), theme.muted);
    }
}

/// "200 in 84 ms", or "200, want status == 401".
fn outcome(step: &StepResult) -> String {
    match step.verdict {
        Verdict::Pass if step.latency_ms > 0 => format!("{} in {} ms", step.actual, step.latency_ms),
        Verdict::Pass => step.actual.clone(),
        Verdict::Fail | Verdict::Pending | Verdict::Unknown if step.expected.is_empty() => {
            step.actual.clone()
        }
        Verdict::Fail | Verdict::Pending | Verdict::Unknown => {
            format!("{}, want {}", step.actual, step.expected)
        }
    }
}

fn findings(page: &mut Page<'_>, last: &Observation) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    for finding in last.findings.iter().take(SHOWN) {
        let (sign, style, word) = match finding.kind {
            FindingKind::Blocking => (glyphs.fail, theme.bad, "outstanding"),
            FindingKind::Waiting => (glyphs.pending, theme.warn, "under review"),
            FindingKind::Warning => (glyphs.dot, theme.warn, "later"),
        };
        page.marked("", sign, style, &format!("{} ({word})", finding.text), theme.text);
    }
}

/// What the runbook's troubleshooting knows about this result.
fn causes(page: &mut Page<'_>, last: &Observation) {
    let theme = page.look.theme;
    for cause in last.causes.iter().take(3) {
        page.labelled("Cause", &cause.cause, theme.text);
        page.labelled("Fix", &cause.fix, theme.text);
    }
}
