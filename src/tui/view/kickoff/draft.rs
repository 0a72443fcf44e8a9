//! What is being typed: the line, what is left of it, and what is wrong with it.
//!
//! ```text
//! > ACME*SHOP BERLIN······   6 left
//! ✗ '*' cannot stand in it
//! ```

use ratatui::layout::{Position, Rect};

use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::kickoff::draft::{Draft, Purpose};
use crate::tui::view::Canvas;
use crate::tui::view::pen::{self, Strip};
use crate::tui::width;

/// Cells of the line, at most: a longer one is not read at a glance.
const LINE: usize = 72;

pub(super) fn draw(
    model: &Model,
    engagement: &Engagement,
    draft: &Draft,
    area: Rect,
    canvas: &mut Canvas<'_>,
) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let mut y = 0;
    Strip::new(canvas.buf, pen::row(area, y), look).put(&what(engagement, &draft.purpose), theme.text);
    y += 1;
    line(model, draft, pen::row(area, y), canvas);
    y += 1;
    if area.height >= 8 {
        y += 1;
    }
    let wide = usize::from(area.width.saturating_sub(2));
    // How many are too many stands behind the line already.
    let counted = |fault: &&String| draft.left.is_none_or(|left| **fault != too_many(left));
    let said = draft.faults.iter().filter(counted).map(|fault| (glyphs.fail, theme.bad, fault.as_str()));
    let notes = draft.notes.iter().map(|note| (glyphs.dot, theme.busy, note.as_str()));
    let fits = (draft.faults.is_empty() && draft.left.is_some() && !draft.text().trim().is_empty())
        .then_some((glyphs.done, theme.good, "fits"));
    for (sign, style, text) in said.chain(fits).chain(notes) {
        let safe = crate::domain::text::SafeText::new(text);
        for (n, text) in width::wrap(safe.as_str(), wide, 3, glyphs.ellipsis).iter().enumerate() {
            let sign = if n == 0 { sign } else { " " };
            let mut strip = Strip::new(canvas.buf, pen::row(area, y), look);
            strip.put(sign, style).put(" ", theme.text).put(text, style);
            y += 1;
        }
    }
    for (n, name) in draft.offered.iter().enumerate() {
        let chosen = draft.picked == Some(n);
        let mut strip = Strip::new(canvas.buf, pen::row(area, y + n), look);
        strip.put(if chosen { glyphs.cursor } else { " " }, theme.focus).skip(1);
        strip.put(name.as_str(), if chosen { theme.cursor } else { theme.muted });
    }
}

fn too_many(left: i64) -> String {
    format!("{} too many", left.unsigned_abs())
}

fn what(engagement: &Engagement, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Holder(role) => format!("Who is {}?", engagement.runbook.role_name(role)),
        Purpose::Decision(_) => "We propose".to_owned(),
        Purpose::Field(_) => "It is".to_owned(),
        Purpose::Target => "Live on (2026-12-12, 12 Dec or +21)".to_owned(),
        Purpose::Remark => "Open point".to_owned(),
    }
}

/// The line with its end in sight, dots for what may still be typed, and how much that is.
fn line(model: &Model, draft: &Draft, row: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let count = draft.left.map(|left| match left {
        left if left < 0 => (too_many(left), theme.bad),
        left => (format!("{left} left"), theme.muted),
    });
    let mut strip = Strip::new(canvas.buf, row, look);
    strip.put("> ", theme.key);
    let kept = count.as_ref().map_or(0, |(text, _)| width::width(text) + 3);
    let room = strip.room().saturating_sub(kept).clamp(2, LINE);
    let x = strip.x();
    if let Some(name) = draft.picked.and_then(|n| draft.offered.get(n)) {
        strip.cells(name.as_str(), room, theme.text);
        return;
    }
    let scroll = draft.input.visual_scroll(room - 1);
    let mut skipped = 0;
    let shown: String = draft
        .input
        .value()
        .chars()
        .skip_while(|c| {
            let before = skipped;
            skipped += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            before < scroll
        })
        .collect();
    let safe = crate::domain::text::SafeText::new(&shown);
    let used = width::width(safe.as_str()).min(room);
    strip.cells(safe.as_str(), used, theme.title);
    let dots = draft.left.and_then(|left| usize::try_from(left).ok()).unwrap_or(0).min(room - used);
    strip.put(&glyphs.dot.repeat(dots), theme.muted);
    if let Some((text, style)) = count {
        strip.skip(3).put(&text, style);
    }
    if model.popups.is_empty() {
        let at = draft.input.visual_cursor().max(scroll) - scroll;
        let at = x.saturating_add(u16::try_from(at).unwrap_or(u16::MAX));
        canvas.caret = Some(Position::new(at.min(row.right().saturating_sub(1)), row.y));
    }
}
