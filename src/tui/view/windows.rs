//! The body of every window: a border in the middle of the screen, lines of text, rows with a cursor, and
//! its keys at the bottom.

use ratatui::layout::Rect;

use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::Model;

use super::Canvas;
use super::pen::{self, Strip, Words};
use super::regions::Target;

/// What stands in a window.
pub(super) struct Window<'a> {
    pub(super) title: &'a str,
    pub(super) context: Context,
    /// Lines above the rows.
    pub(super) text: Vec<Words>,
    /// How many rows the list has.
    pub(super) rows: usize,
}

/// A window that has been drawn.
pub(super) struct Drawn {
    /// Where the lines of text stand.
    pub(super) text: Rect,
    /// Where the rows go.
    pub(super) rows: Rect,
}

/// How many of a window's rows are in sight, given the lines of text above them.
pub(super) fn in_sight(model: &Model, text: usize) -> usize {
    layout::window_rows(model.size).saturating_sub(text).max(1)
}

pub(super) fn open(model: &Model, window: &Window<'_>, canvas: &mut Canvas<'_>) -> Drawn {
    let (look, theme) = (&model.look, &model.look.theme);
    let columns = u16::try_from(layout::window_text(model.size)).unwrap_or(u16::MAX);
    let text = window.text.len();
    let shown = window.rows.min(in_sight(model, text));
    let height = u16::try_from(text + shown + 1).unwrap_or(u16::MAX);
    let area = layout::window(model.size, columns, height);
    canvas.regions.add(canvas.buf.area, Target::Outside);
    canvas.regions.add(area, Target::Popup);
    pen::clear(canvas.buf, area);
    pen::frame(canvas.buf, area, window.title, "", theme.focus, look);
    let inner = layout::inside(area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    for (n, line) in window.text.iter().enumerate() {
        Strip::new(canvas.buf, pen::row(inner, n), look).words(line);
    }
    keys(model, window.context, pen::row(inner, usize::from(inner.height.saturating_sub(1))), canvas);
    let rows = Rect {
        y: inner.y.saturating_add(u16::try_from(text).unwrap_or(u16::MAX)),
        height: u16::try_from(shown).unwrap_or(u16::MAX),
        ..inner
    };
    Drawn { text: inner, rows: rows.intersection(inner) }
}

/// The keys of a window, from the keymap.
fn keys(model: &Model, context: Context, row: Rect, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let mut strip = Strip::new(canvas.buf, row, &model.look);
    let mut spots: Vec<(Rect, Act)> = Vec::new();
    for binding in model.keys.rows(context) {
        let (Some(word), Some(key)) = (binding.footer, binding.keys.first()) else {
            continue;
        };
        let key = key.name();
        if key.len() + word.len() + 3 > strip.room() {
            break;
        }
        let x = strip.x();
        strip.put(&key, theme.key).put(" ", theme.text).put(word, theme.muted);
        spots.push((Rect { x, width: strip.x() - x, ..row }, binding.act));
        strip.skip(2);
    }
    for (spot, act) in spots {
        canvas.regions.add(spot, Target::Act(act));
    }
}
