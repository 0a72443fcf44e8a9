//! The live checks of all engagements, the failing ones first.
//!
//! ```text
//! ┌ Readiness ────────────────────────────────────────────────────────── [failing] 1 of 214 ┐
//! │  failing  1                                             for     last run  latency       │
//! │▸✗ Acme Ltd      Webhook verifies HMAC                  2 min       12:04    84 ms       │
//! └──────────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::style::Style;

use crate::domain::light::Light;
use crate::domain::readiness::CheckLine;
use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::all_checks::Row;
use crate::tui::model::grouped::Entry;
use crate::tui::model::search::Search;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

/// Cells of how long it stands like this, of the last run and of its latency.
const FOR: usize = 7;
const RUN: usize = 12;
const LATENCY: usize = 9;

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::overview(model, "Readiness of all", canvas.buf);
    let (look, theme, checks) = (&model.look, &model.look.theme, &model.all_checks);
    let body = layout::areas(model.size).body;
    let count = checks.rows.rows();
    let mut right: Vec<String> = checks.only.iter().map(|only| format!("[{}]", only.word())).collect();
    if count > 0 {
        right.push(format!("{count}"));
    }
    right.extend(checks.batch.iter().map(|batch| format!("{} of {} have run", batch.ran(), batch.total)));
    if checks.read.is_reading() && count > 0 {
        right.push("reading".to_owned());
    }
    pen::frame(canvas.buf, body, "Readiness", &right.join(" "), theme.focus, look);
    canvas.regions.add(body, Target::Rows);
    let area = layout::overview_rows(model.size);
    if count == 0 {
        let said = match (checks.read.is_reading(), checks.only) {
            (true, _) => "Reading how the checks stand.".to_owned(),
            (false, _) if !model.query().trim().is_empty() => "Nothing matches the search.".to_owned(),
            (false, None) => "No engagement has live checks.".to_owned(),
            (false, Some(only)) => {
                let (filter, back) = (model.key(Act::Filter), model.key(Act::Back));
                format!("No check is {}. {filter} shows others, {back} all.", only.word())
            }
        };
        Strip::new(canvas.buf, pen::row(area, 1), look).skip(3).put(&said, theme.muted);
        return;
    }
    let lines = checks.rows.lines();
    let mut finder = model.search().and_then(Search::finder);
    for (n, at) in checks.rows.list.sight(lines.len(), usize::from(area.height)).enumerate() {
        let area = pen::row(area, n);
        let mut strip = Strip::new(canvas.buf, area, look);
        match &lines[at] {
            Entry::Head(title, count) => {
                strip.skip(2).put(title, theme.title).put(&format!("  {count}"), theme.muted);
                if n == 0 && strip.room() > FOR + RUN + LATENCY + 20 {
                    let said = format!("{:>FOR$}  {:>RUN$}  {:>LATENCY$}", "for", "last run", "latency");
                    strip.skip_right(1).right(&said, theme.muted);
                }
            }
            Entry::Row(row) => {
                line(model, row, at == checks.rows.list.cursor, finder.as_mut(), &mut strip);
                canvas.regions.add(area, Target::Row(at));
            }
        }
    }
}

fn line(model: &Model, row: &Row, chosen: bool, mut finder: Option<&mut Finder>, strip: &mut Strip<'_>) {
    let (theme, glyphs, now) = (&model.look.theme, &model.look.glyphs, model.now.at);
    let base = if chosen { theme.cursor } else { theme.text };
    let (sign, style) = sign(model, &row.line);
    strip.cells(glyphs.marker(chosen, true), 1, theme.focus);
    strip.cells(sign, 1, style).skip(1);
    // One cell stays free before the border.
    let right = FOR + RUN + LATENCY + 6;
    let room = strip.room().saturating_sub(right);
    let narrow = room < 28;
    let name = if narrow { strip.room() / 3 } else { (room / 3).clamp(12, 30) };
    strip.met(&row.name, finder.as_deref_mut(), name, base, theme.hit).skip(1);
    if narrow {
        let room = strip.room();
        strip.met(&row.line.title, finder, room, base, theme.hit);
        return;
    }
    let words = if room >= 80 { room / 3 } else { 0 };
    let title = room - name - 1 - words - usize::from(words > 0);
    strip.met(&row.line.title, finder.as_deref_mut(), title, base, theme.hit).skip(1);
    if words > 0 {
        strip.met(&row.line.summary, finder, words, theme.muted, theme.hit).skip(1);
    }
    let since = row.line.since.map_or_else(String::new, |at| time::length(now - at));
    strip.cells_right(&since, FOR, base).skip(2);
    let (run, latency) = row.line.last.map_or_else(Default::default, |last| {
        (time::moment(last.at, now, model.look.zone), format!("{} ms", last.latency_ms))
    });
    strip.cells_right(&run, RUN, theme.muted).skip(2);
    strip.cells_right(&latency, LATENCY, theme.muted);
}

fn sign(model: &Model, line: &CheckLine) -> (&'static str, Style) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    match line.light() {
        Light::Failing => (glyphs.fail, theme.bad),
        Light::Unknown => (glyphs.unknown, theme.warn),
        Light::Pending => (glyphs.pending, theme.warn),
        Light::NotRun => (glyphs.todo, theme.muted),
        Light::Passing => (glyphs.done, theme.good),
        Light::NotConfigured | Light::Unused => (glyphs.not_applicable, theme.muted),
    }
}
