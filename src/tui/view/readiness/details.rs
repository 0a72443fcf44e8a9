//! What is known of the check under the cursor.

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::Rect;

use crate::domain::blocker::Why;
use crate::domain::check::Check;
use crate::domain::fresh::{Newest, why_stale};
use crate::domain::runbook::Place;
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::readiness::{CheckRow, Half};
use crate::tui::view::page::Page;
use crate::tui::view::pen::{self, Strip, Words};
use crate::tui::view::{Canvas, check};
use crate::tui::words::{check as words, time};

/// Items that are named.
const SHOWN: usize = 6;

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, readiness) = (&model.look, &model.look.theme, &engagement.readiness);
    let inner = layout::inside(area);
    let lines = lines(engagement, look, model.now.at, usize::from(inner.width));
    let height = usize::from(inner.height);
    let top = readiness.top.min(lines.len().saturating_sub(height));
    let more = lines.len().saturating_sub(top + height);
    let right = if more > 0 { format!("{more} more") } else { String::new() };
    let check = readiness.selected().and_then(|row| engagement.runbook.checks.get(&row.check));
    let title = check.map_or("", |check| check.title.as_str());
    let border = if readiness.half == Half::Details { theme.focus } else { theme.border };
    pen::frame(canvas.buf, area, title, &right, border, look);
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        Strip::new(canvas.buf, pen::row(inner, n), look).skip(1).words(line);
    }
}

/// The lines, for a panel of so many cells inside.
pub fn lines(engagement: &Engagement, look: &Look, now: DateTime<Utc>, cells: usize) -> Vec<Words> {
    let mut page = Page::new(look, now, cells);
    let row = engagement.readiness.selected();
    if let Some((row, known)) =
        row.and_then(|row| engagement.runbook.checks.get(&row.check).map(|known| (row, known)))
    {
        let state = &engagement.state;
        check::write(&mut page, engagement, known, known.configured(&state.facts, &state.secrets));
        fresh(&mut page, engagement, known);
        runs(&mut page, engagement, known);
        items(&mut page, engagement, row);
    }
    page.lines
}

fn items(page: &mut Page<'_>, engagement: &Engagement, row: &CheckRow) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    if row.places.is_empty() {
        page.labelled("Items", "no item uses it", theme.muted);
    }
    let said = |place: &Place| {
        let (item, assessed) = engagement.at(*place)?;
        let means = item.check.as_ref().map_or("", |used| words::means(used.mode));
        Some((assessed.status, format!("{} {} ({means})", place.stage, item.title)))
    };
    for (n, (status, text)) in row.places.iter().take(SHOWN).filter_map(said).enumerate() {
        let label = if n == 0 { "Items" } else { "" };
        page.marked(label, glyphs.status(status), theme.status(status), &text, theme.text);
    }
    if row.places.len() > SHOWN {
        page.labelled("", &format!("and {} more", row.places.len() - SHOWN), theme.muted);
    }
}

/// "passed 2 min ago, which counts for 10 min".
fn fresh(page: &mut Page<'_>, engagement: &Engagement, known: &Check) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let last_pass = engagement.readiness.last_pass.get(&known.id).copied();
    let newest = engagement.recent.get(&known.id).and_then(|line| line.front());
    let newest = newest.map(|last| Newest { verdict: last.verdict, last_pass });
    let why = why_stale(&engagement.runbook, &engagement.state, known, newest, page.now);
    let fresh = why.is_none();
    let said = if let Some(Why::ChangedSince(_, thing)) = &why {
        format!("stale: {thing} changed since it passed")
    } else if known.kind.looks_inward() {
        "looks at the engagement itself: what it says never gets stale".to_owned()
    } else {
        let counts = TimeDelta::from_std(known.ttl).unwrap_or(TimeDelta::MAX);
        let counts = time::length(counts);
        match (last_pass, fresh) {
            (Some(at), true) => {
                format!("passed {} ago, which counts for {counts}", time::brief(page.now - at))
            }
            (Some(at), false) => {
                format!("stale: passed {} ago, which counts for {counts}", time::length(page.now - at))
            }
            (None, _) => format!("has never passed; a pass counts for {counts}"),
        }
    };
    let (sign, style) = match (known.kind.looks_inward(), fresh) {
        (true, _) => (glyphs.dot, theme.muted),
        (false, true) => (glyphs.done, theme.good),
        (false, false) => (glyphs.expired, theme.warn),
    };
    page.marked("Fresh", sign, style, &said, theme.text);
}

/// "every 30 s, 84 ms the last time, 20 to 84 ms lately".
fn runs(page: &mut Page<'_>, engagement: &Engagement, known: &Check) {
    let every = TimeDelta::from_std(known.every).unwrap_or(TimeDelta::MAX);
    let mut said = if known.kind.looks_inward() {
        "when a fact that it reads changes".to_owned()
    } else {
        format!("every {}", time::brief(every))
    };
    let recent = engagement.recent.get(&known.id).into_iter().flatten();
    let latencies: Vec<u64> = recent.map(|o| o.latency_ms).collect();
    if let (Some(least), Some(most)) = (latencies.iter().min(), latencies.iter().max()) {
        said = format!("{said}; {least} to {most} ms in the last {}", latencies.len());
    }
    let (passes, fails) = (known.after_passes.get(), known.after_failures.get());
    if passes > 1 || fails > 1 {
        said = format!("{said}; in a row it takes {passes} to pass, {fails} to fail");
    }
    page.labelled("Runs", &said, page.look.theme.muted);
}
