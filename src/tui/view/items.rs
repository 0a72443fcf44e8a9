//! The items of a stage under their headings, or what a search has met.
//!
//! ```text
//! ┌ 3 Client testing ─────────────── 3 of 5 ┐
//! │ ✓ Customer and instrument    Developer  │
//! │▸✗ Webhook verifies HMAC      Developer ↻│
//! │   ○ a part of it                        │
//! └─────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::assess::ItemAssessment;
use crate::domain::fresh::deciding;
use crate::domain::runbook::{Item, ItemCheck, Place};
use crate::domain::verdict::Verdict;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel};
use crate::tui::model::rows::Row;
use crate::tui::model::search::Search;
use crate::tui::search::Finder;
use crate::tui::width;
use crate::tui::words::owner;

use super::Canvas;
use super::pen::{self, Strip};
use super::regions::Target;

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme) = (&model.look, &model.look.theme);
    let focused = engagement.panel == Panel::Items;
    let (title, right) = titles(engagement);
    pen::frame(canvas.buf, area, &title, &right, if focused { theme.focus } else { theme.border }, look);
    let inner = layout::inside(area);
    let rows = &engagement.rows;
    if rows.is_empty() {
        let said = if engagement.search.is_some() { "Nothing matches the search." } else { "No items." };
        Strip::new(canvas.buf, pen::row(inner, 0), look).skip(3).put(said, theme.muted);
    }
    let mut finder = engagement.search.as_ref().and_then(Search::finder);
    for (n, at) in rows.list.sight(rows.len(), usize::from(inner.height)).enumerate() {
        let Some(row) = rows.get(at) else {
            continue;
        };
        let area = pen::row(inner, n);
        if row.item().is_some() {
            canvas.regions.add(area, Target::PanelRow(Panel::Items, at));
        }
        let mut strip = Strip::new(canvas.buf, area, look);
        let line = Line { model, engagement, chosen: at == rows.list.cursor, focused };
        match row {
            Row::Group(place) => line.heading(place, &mut strip),
            Row::Item(place) => line.item(place, finder.as_mut(), &mut strip),
            Row::Part(place, part) => line.part(place, part, &mut strip),
        }
    }
}

fn titles(engagement: &Engagement) -> (String, String) {
    if engagement.search.is_some() {
        return ("All items".to_owned(), format!("{} found", engagement.rows.len()));
    }
    let Some((stage, assessed)) = engagement.stage() else {
        return ("Items".to_owned(), String::new());
    };
    let totals = assessed.totals;
    let title = format!("{} {}", engagement.stages.cursor, stage.title);
    let waived = if totals.waived > 0 { format!(" +{} waived", totals.waived) } else { String::new() };
    (title, format!("{} of {}{waived}", totals.done, totals.total))
}

/// One row, wherever it is.
struct Line<'a> {
    model: &'a Model,
    engagement: &'a Engagement,
    chosen: bool,
    focused: bool,
}

impl Line<'_> {
    fn base(&self, otherwise: Style) -> Style {
        if self.chosen { self.model.look.theme.cursor } else { otherwise }
    }

    fn cursor(&self, strip: &mut Strip<'_>) {
        let look = &self.model.look;
        let style = if self.focused { look.theme.focus } else { look.theme.muted };
        strip.cells(look.glyphs.marker(self.chosen, self.focused), 1, style);
    }

    fn heading(&self, place: Place, strip: &mut Strip<'_>) {
        let group = self.engagement.at(place).and_then(|(item, _)| item.group.as_deref());
        strip.skip(1).put(group.unwrap_or_default(), self.model.look.theme.muted);
    }

    fn item(&self, place: Place, finder: Option<&mut Finder>, strip: &mut Strip<'_>) {
        let Some((item, assessed)) = self.engagement.at(place) else {
            return;
        };
        let (theme, glyphs) = (&self.model.look.theme, &self.model.look.glyphs);
        let text = if assessed.status.settled() { theme.muted } else { theme.text };
        let base = self.base(text);
        let room = strip.room();
        self.cursor(strip);
        let (sign, style) = match self.refusing(item, assessed) {
            Some(verdict) => (glyphs.verdict(verdict), theme.verdict(verdict)),
            None => (glyphs.status(assessed.status), theme.status(assessed.status)),
        };
        strip.cells(sign, 1, style).skip(1);
        if self.engagement.search.is_some() {
            strip.put(&format!("{} ", place.stage), theme.muted);
        }
        let (mark, style) = self.mark(item, assessed);
        strip.right(mark, style);
        if assessed.ready_early && room >= 50 {
            strip.right("ready early ", theme.good);
        }
        strip.skip_right(1);
        if room >= 34 {
            let said = self.owner(item, strip.room().saturating_sub(1));
            strip.right(&said, if self.chosen { base } else { theme.muted });
            strip.skip_right(1);
        }
        let cells = strip.room();
        strip.found(&item.title, finder, cells, base, theme.hit);
    }

    /// What the other side says of an item that is open because of it. What is still to be filled in is no
    /// refusal.
    fn refusing(&self, item: &Item, assessed: &ItemAssessment) -> Option<Verdict> {
        if assessed.status.settled() {
            return None;
        }
        let check = deciding(&self.engagement.runbook, item, assessed)?;
        let settled = self.engagement.state.settled(check)?;
        let refuses = match settled.verdict {
            Verdict::Fail => !check.kind.looks_inward(),
            Verdict::Pending => true,
            Verdict::Pass | Verdict::Unknown => false,
        };
        refuses.then_some(settled.verdict)
    }

    /// The owner in as many words as leave the title whole; the roles that sign at the least.
    fn owner(&self, item: &Item, room: usize) -> String {
        let spare = room.saturating_sub(width::width(&item.title));
        let runbook = &self.engagement.runbook;
        let full = owner::short(runbook, &item.owner);
        if width::width(&full) <= spare {
            return full;
        }
        let signs = owner::signs(runbook, &item.owner);
        width::cut(&signs, spare.max(room / 4).max(9), self.model.look.glyphs.ellipsis)
    }

    /// One sign at the right end: what moves, or what is live.
    fn mark(&self, item: &Item, assessed: &ItemAssessment) -> (&'static str, Style) {
        let (theme, glyphs) = (&self.model.look.theme, &self.model.look.glyphs);
        let runs = |check: &ItemCheck| self.engagement.started.contains(&check.check);
        if self.engagement.is_pending(&item.id) || item.check.as_ref().is_some_and(runs) {
            (glyphs.ellipsis, theme.busy)
        } else if self.engagement.flashes(&item.id) {
            (glyphs.flash, theme.busy)
        } else if assessed.expires_soon {
            (glyphs.expired, theme.warn)
        } else if assessed.ready_early {
            (glyphs.early, theme.good)
        } else if assessed.configured == Some(true) {
            (glyphs.live, theme.busy)
        } else {
            (" ", theme.text)
        }
    }

    fn part(&self, place: Place, part: usize, strip: &mut Strip<'_>) {
        let Some((item, assessed)) = self.engagement.at(place) else {
            return;
        };
        let (Some(part), Some(state)) = (item.parts.get(part), assessed.boxes.get(part)) else {
            return;
        };
        let (theme, glyphs) = (&self.model.look.theme, &self.model.look.glyphs);
        self.cursor(strip);
        let (sign, style) = if state.ticked {
            (glyphs.done, theme.good)
        } else if state.signed.is_empty() {
            (glyphs.todo, theme.text)
        } else {
            (glyphs.partly, theme.busy)
        };
        strip.skip(2).cells(sign, 1, style).skip(1);
        strip.put(&part.title, self.base(if state.ticked { theme.muted } else { theme.text }));
    }
}
