//! What waits for me.
//!
//! ```text
//! ┌ My work ───────────────────────────────────────────────────────────────────── 5 ┐
//! │  Developer  3                                                                    │
//! │▸✗ Webhook verifies HMAC    Acme Ltd     3 Client testing  regressed   2 h  3 Dec │
//! └──────────────────────────────────────────────────────────────────────────────────┘
//! ```

use chrono::NaiveDate;
use ratatui::style::Style;

use crate::domain::open_work::Cause;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::grouped::Entry;
use crate::tui::model::my_work::Row;
use crate::tui::model::search::Search;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::overview(model, "My work", canvas.buf);
    let (look, theme, work) = (&model.look, &model.look.theme, &model.my_work);
    let body = layout::areas(model.size).body;
    let count = work.rows.rows();
    let right = match (count, work.read.is_reading()) {
        (0, _) => String::new(),
        (n, false) => n.to_string(),
        (n, true) => format!("{n}, reading"),
    };
    pen::frame(canvas.buf, body, "My work", &right, theme.focus, look);
    canvas.regions.add(body, Target::Rows);
    let area = layout::overview_rows(model.size);
    if count == 0 {
        let said = if work.read.is_reading() {
            "Reading what waits for you.".to_owned()
        } else if !model.query().trim().is_empty() {
            "Nothing matches the search.".to_owned()
        } else {
            format!("Nothing waits for {}.", model.me.name)
        };
        Strip::new(canvas.buf, pen::row(area, 1), look).skip(3).put(&said, theme.muted);
        return;
    }
    let today = look.zone.wall(model.now.at).date();
    let lines = work.rows.lines();
    let mut finder = model.search().and_then(Search::finder);
    for (n, at) in work.rows.list.sight(lines.len(), usize::from(area.height)).enumerate() {
        let area = pen::row(area, n);
        let mut strip = Strip::new(canvas.buf, area, look);
        match &lines[at] {
            Entry::Head(title, count) => {
                strip.skip(2).put(title, theme.title).put(&format!("  {count}"), theme.muted);
                if n == 0 || at == 0 {
                    headings(model, &mut strip);
                }
            }
            Entry::Row(row) => {
                line(model, row, today, at == work.rows.list.cursor, finder.as_mut(), &mut strip);
                canvas.regions.add(area, Target::Row(at));
            }
        }
    }
}

/// Cells of the cause, of the time it waits and of the day to begin.
const CAUSE: usize = 10;
const WAITS: usize = 7;
const BEGIN: usize = 14;

/// What the columns at the right are, once.
fn headings(model: &Model, strip: &mut Strip<'_>) {
    let theme = &model.look.theme;
    if strip.room() > BEGIN + WAITS + CAUSE + 20 {
        strip.right(&format!("{:<CAUSE$} {:>WAITS$}  {:<BEGIN$}", "why", "waits", "begin by"), theme.muted);
    }
}

fn line(
    model: &Model,
    row: &Row,
    today: NaiveDate,
    chosen: bool,
    mut finder: Option<&mut Finder>,
    strip: &mut Strip<'_>,
) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let base = if chosen { theme.cursor } else { theme.text };
    let (sign, style) = sign(model, row.work.cause);
    strip.cells(glyphs.marker(chosen, true), 1, theme.focus);
    strip.cells(sign, 1, style).skip(1);
    let right = CAUSE + WAITS + BEGIN + 4;
    let room = strip.room().saturating_sub(right);
    let narrow = room < 24;
    // Below that the reason goes, and then the stage.
    let stage = if room >= 80 { room / 5 } else { 0 };
    let name = if narrow { strip.room() / 3 } else { (room / 3).clamp(10, 30) };
    let title =
        if narrow { strip.room() - name - 1 } else { room - name - stage - 1 - usize::from(stage > 0) };
    strip.met(&row.work.title, finder.as_deref_mut(), title, base, theme.hit).skip(1);
    strip.met(&row.name, finder.as_deref_mut(), name, base, theme.hit).skip(1);
    if narrow {
        return;
    }
    if stage > 0 {
        strip.met(&row.work.stage_title, finder, stage, theme.muted, theme.hit).skip(1);
    }
    strip.cells(row.work.cause.word(), CAUSE, style).skip(1);
    strip.cells_right(&time::length(model.now.at - row.work.since), WAITS, theme.muted).skip(2);
    let late = row.work.begin_by.is_some_and(|day| day <= today);
    strip.cells(&begin_by(row, today), BEGIN, if late { theme.bad } else { base });
}

fn begin_by(row: &Row, today: NaiveDate) -> String {
    row.work.begin_by.map_or_else(String::new, |day| {
        let left = (day - today).num_days();
        let far = match left {
            0 => "today".to_owned(),
            days => format!("{days} d"),
        };
        format!("{}, {far}", time::day(day, today))
    })
}

fn sign(model: &Model, cause: Cause) -> (&'static str, Style) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    match cause {
        Cause::Regressed => (glyphs.fail, theme.bad),
        Cause::SentBack => (glyphs.rejected, theme.warn),
        Cause::Expired => (glyphs.expired, theme.warn),
        Cause::SignAgain => (glyphs.stale, theme.warn),
        Cause::Check => (glyphs.live, theme.busy),
        Cause::Owner | Cause::Evidence | Cause::Comment => (glyphs.todo, theme.text),
        Cause::Stage => (glyphs.current, theme.busy),
        Cause::Exception => (glyphs.waived, theme.warn),
    }
}
