//! A live check in full: what it says, since when, its last steps, and what to do about it.
//!
//! ```text
//! Check    ✗ failing for 2 min  ▁▁▁▂▇▇▇
//!   ✓ signed event     200 in 84 ms
//!   ✗ altered body     200 in 84 ms, want 4xx
//! ```

use ratatui::style::Style;

use crate::domain::check::Check;
use crate::domain::verdict::{FindingKind, Observation, StepResult, Verdict};
use crate::tui::model::engagement::{Engagement, RECENT};
use crate::tui::width;
use crate::tui::words::{check as words, time};

use super::page::{LABEL, Page};
use super::pen::Words;

/// Steps and findings that are shown.
const SHOWN: usize = 12;
/// From so many cells on, steps stand in columns.
const COLUMNS: usize = 92;

/// What is known of a check: its verdict, steps, findings, causes and the request to name to a support.
pub(super) fn write(page: &mut Page<'_>, engagement: &Engagement, check: &Check, configured: bool) {
    let theme = page.look.theme;
    let last = engagement.recent.get(&check.id).and_then(|line| line.front());
    verdict(page, engagement, check, configured, last);
    let Some(last) = last else {
        return;
    };
    if last.verdict != Verdict::Pass && !last.summary.is_empty() && !told(last) {
        page.labelled("", &last.summary, theme.text);
    }
    // What somebody has to do, then what it was found from.
    findings(page, last);
    causes(page, last);
    steps(page, last);
    if last.verdict != Verdict::Pass
        && let Some(id) = &last.request_id
    {
        page.labelled("", &format!("request id {id}"), theme.muted);
    }
}

/// Whether a finding or a step says what the summary says.
fn told(last: &Observation) -> bool {
    let by_step = |step: &StepResult| {
        step.verdict != Verdict::Pass
            && (last.summary.starts_with(&format!("{}: expected ", step.name)) || last.summary == step.actual)
    };
    !last.findings.is_empty() || last.steps.iter().take(SHOWN).any(by_step)
}

/// "✗ failing for 2 min  ▁▁▁▂▇▇▇".
fn verdict(
    page: &mut Page<'_>,
    engagement: &Engagement,
    check: &Check,
    configured: bool,
    last: Option<&Observation>,
) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    if !configured {
        let said =
            format!("not configured: {}", words::missing(&engagement.runbook, &engagement.state, check));
        page.marked("Check", glyphs.unknown, theme.muted, &said, theme.text);
        return;
    }
    let (said, sign, style) = match engagement.state.checks.get(&check.id) {
        Some(settled) if settled.verdict == Verdict::Fail && check.kind.looks_inward() => {
            ("still to be filled in".to_owned(), glyphs.todo, theme.muted)
        }
        Some(settled) => {
            let said =
                format!("{} for {}", words::ing(settled.verdict), time::length(page.now - settled.since));
            (said, glyphs.verdict(settled.verdict), theme.verdict(settled.verdict))
        }
        None => match last {
            Some(last) => (format!("{}, not settled yet", last.verdict.word()), glyphs.pending, theme.muted),
            None => ("has not run yet".to_owned(), glyphs.pending, theme.muted),
        },
    };
    let running = engagement.started.contains(&check.id);
    let said = if running { format!("{said}, running now") } else { said };
    let mut line = Words::new(sign, style).and(format!(" {said}  "), theme.text);
    let room = page.cells.saturating_sub(LABEL + 4 + width::width(&said));
    for (height, style) in spark(page.look, engagement, check, room.min(RECENT)) {
        line = line.and(height, style);
    }
    page.line("Check", line);
    // The last good word stays; that nothing is known now is said beside it (DESIGN rule 7).
    if let Some(last) = last.filter(|l| l.verdict == Verdict::Unknown) {
        let said = format!("nothing known since {}", page.moment(last.at));
        page.marked("", glyphs.unknown, theme.warn, &said, theme.text);
    }
}

/// Latencies, oldest first, each as high as it is slow beside the slowest, in the colour of its verdict.
pub(super) fn spark(
    look: &crate::tui::look::Look,
    engagement: &Engagement,
    check: &Check,
    cells: usize,
) -> Vec<(&'static str, Style)> {
    let Some(line) = engagement.recent.get(&check.id) else {
        return Vec::new();
    };
    let slowest = line.iter().take(cells).map(|o| o.latency_ms).max().unwrap_or(0).max(1);
    let heights = look.glyphs.spark;
    let top = heights.len() - 1;
    let height = |o: &Observation| {
        let share = u128::from(o.latency_ms) * top as u128 / u128::from(slowest);
        heights[usize::try_from(share).unwrap_or(top).min(top)]
    };
    let mut cells: Vec<_> =
        line.iter().take(cells).map(|o| (height(o), look.theme.verdict(o.verdict))).collect();
    cells.reverse();
    cells
}

fn steps(page: &mut Page<'_>, last: &Observation) {
    let theme = page.look.theme;
    let names = last.steps.iter().take(SHOWN).map(|s| width::width(&s.name)).max().unwrap_or(0);
    let names = names.min(page.cells / 2).min(if page.cells < COLUMNS { 24 } else { 40 });
    if page.cells >= COLUMNS && !last.steps.is_empty() {
        columns(page, last, names.max(4));
    } else {
        let shown = &last.steps[..last.steps.len().min(SHOWN)];
        for same in shown.chunk_by(|one, next| one.name == next.name) {
            // The name of a request that was weighed several times stands over what it was weighed by.
            let names = if same.len() > 1 { 0 } else { names };
            if let [first, _, ..] = same {
                let name = width::cut(&first.name, page.cells.saturating_sub(2), page.look.glyphs.ellipsis);
                page.lines.push(Words::new(format!("  {name}"), theme.muted));
            }
            for step in same {
                in_lines(page, step, names);
            }
        }
    }
    if last.steps.len() > SHOWN {
        page.labelled("", &format!("and {} more", last.steps.len() - SHOWN), theme.muted);
    }
}

/// "✗ altered body     200 in 84 ms, want 4xx"; on lines of their own when that is too long for one.
fn in_lines(page: &mut Page<'_>, step: &StepResult, names: usize) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let text = if step.verdict == Verdict::Pass { theme.muted } else { theme.text };
    let name = match names {
        0 => " ".to_owned(),
        _ => format!(" {}  ", width::fit(&step.name, names, glyphs.ellipsis)),
    };
    let head = Words::new("  ", theme.text)
        .and(glyphs.verdict(step.verdict), theme.verdict(step.verdict))
        .and(name, theme.text);
    let said = outcome(step);
    let fits = names + 6 + width::width(&said) <= page.cells;
    if fits || step.verdict == Verdict::Pass {
        page.lines.push(head.and(said, text));
        return;
    }
    let took = if step.latency_ms > 0 { format!("{} ms", step.latency_ms) } else { String::new() };
    page.lines.push(head.and(took, theme.muted));
    for (label, said) in [("want", &step.expected), ("got", &step.actual)] {
        let room = page.cells.saturating_sub(10);
        for (n, line) in page.wrapped(said, room, 3).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            page.lines.push(Words::new(format!("    {label:<5} "), theme.muted).and(line, theme.text));
        }
    }
}

/// A row for each step: its name, how long it took, what was expected, what was there.
fn columns(page: &mut Page<'_>, last: &Observation, names: usize) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let room = page.cells.saturating_sub(names + 18) / 2;
    let fit = |text: &str, cells| width::fit(text, cells, glyphs.ellipsis);
    let heads = format!("    {}  {:>8}  {}  actual", fit("step", names), "took", fit("expected", room));
    page.lines.push(Words::new(heads, theme.muted));
    let mut before = None;
    for step in last.steps.iter().take(SHOWN) {
        let name = if before == Some(&step.name) { "" } else { &step.name };
        before = Some(&step.name);
        let style = if step.verdict == Verdict::Pass { theme.muted } else { theme.text };
        let took = if step.latency_ms > 0 { format!("{} ms", step.latency_ms) } else { String::new() };
        let line = Words::new("  ", theme.text)
            .and(glyphs.verdict(step.verdict), theme.verdict(step.verdict))
            .and(format!(" {}  {took:>8}  ", fit(name, names)), theme.text)
            .and(format!("{}  ", fit(&step.expected, room)), theme.muted)
            .and(width::cut(&step.actual, room, glyphs.ellipsis), style);
        page.lines.push(line);
    }
}

/// "200 in 84 ms", or "200 in 84 ms, want status == 401".
fn outcome(step: &StepResult) -> String {
    let took = if step.latency_ms > 0 { format!(" in {} ms", step.latency_ms) } else { String::new() };
    match step.verdict {
        Verdict::Pass => format!("{}{took}", step.actual),
        Verdict::Fail | Verdict::Pending | Verdict::Unknown if step.expected.is_empty() => {
            format!("{}{took}", step.actual)
        }
        Verdict::Fail | Verdict::Pending | Verdict::Unknown => {
            format!("{}{took}, want {}", step.actual, step.expected)
        }
    }
}

fn findings(page: &mut Page<'_>, last: &Observation) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    for finding in last.findings.iter().take(SHOWN) {
        let (sign, style) = match finding.kind {
            FindingKind::Blocking => (glyphs.fail, theme.bad),
            FindingKind::Waiting => (glyphs.pending, theme.warn),
            FindingKind::Warning => (glyphs.dot, theme.warn),
        };
        page.marked("", sign, style, &finding.text, theme.text);
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
