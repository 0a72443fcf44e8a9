//! What needs attention today.
//!
//! ```text
//! ┌ Today ──────────────────────────────────────────────────────────────────── 4 ┐
//! │  Broken  1                                                                    │
//! │▸ ✗ Acme Ltd        1 regressed, go-live 12 Dec, 21 d    Developer: Lin Chen   │
//! │  Waiting for you  3                                                           │
//! └───────────────────────────────────────────────────────────────────────────────┘
//! ```

use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::grouped::Entry;
use crate::tui::model::portfolio::Reading;
use crate::tui::model::search::Search;
use crate::tui::model::today::{Reason, Row};
use crate::tui::search::Finder;

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::overview(model, "Today", canvas.buf);
    let (look, theme) = (&model.look, &model.look.theme);
    let body = layout::areas(model.size).body;
    let rows = &model.today.rows;
    let count = rows.rows();
    let right = if count == 0 { String::new() } else { count.to_string() };
    pen::frame(canvas.buf, body, "Needs attention today", &right, theme.focus, look);
    canvas.regions.add(body, Target::Rows);
    let area = layout::overview_rows(model.size);
    if count == 0 {
        let said = match model.portfolio.reading {
            Reading::Done if !model.query().trim().is_empty() => "Nothing matches the search.",
            Reading::Done => "Nothing needs attention today.",
            Reading::NotAsked | Reading::Asked(_) => "Reading all engagements.",
        };
        Strip::new(canvas.buf, pen::row(area, 1), look).skip(3).put(said, theme.muted);
        return;
    }
    let lines = rows.lines();
    let mut finder = model.search().and_then(Search::finder);
    for (n, at) in rows.list.sight(lines.len(), usize::from(area.height)).enumerate() {
        let area = pen::row(area, n);
        let mut strip = Strip::new(canvas.buf, area, look);
        match &lines[at] {
            Entry::Head(title, count) => {
                strip.skip(2).put(title, theme.title).put(&format!("  {count}"), theme.muted);
            }
            Entry::Row(row) => {
                line(model, row, at == rows.list.cursor, finder.as_mut(), &mut strip);
                canvas.regions.add(area, Target::Row(at));
            }
        }
    }
}

fn line(model: &Model, row: &Row, chosen: bool, mut finder: Option<&mut Finder>, strip: &mut Strip<'_>) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let (sign, style) = match row.reason {
        Reason::Broken => (glyphs.fail, theme.bad),
        Reason::Overdue => (glyphs.expired, theme.bad),
        Reason::DueToday | Reason::DueSoon => (glyphs.expired, theme.warn),
        Reason::WaitsForMe => (glyphs.todo, theme.busy),
        Reason::EndsSoon => (glyphs.expired, theme.muted),
        Reason::New => (glyphs.flash, theme.muted),
    };
    let base = if chosen { theme.cursor } else { theme.text };
    let room = strip.room();
    let name = (room / 4).clamp(14, 36);
    let waiting = if room >= 100 { (room / 4).min(44) } else { 0 };
    strip.cells(glyphs.marker(chosen, true), 1, theme.focus).skip(1);
    strip.cells(sign, 1, style).skip(1);
    strip.met(&row.name, finder.as_deref_mut(), name, base, theme.hit).skip(2);
    let words = strip.room().saturating_sub(waiting + 1);
    strip.met(&row.words, finder.as_deref_mut(), words, base, theme.hit).skip(1);
    if waiting > 0 {
        strip.met(&row.waiting, finder, waiting, theme.muted, theme.hit);
    }
}
