//! A window with something to read: labels on the left, words that wrap on the right, scrolled by lines.
//!
//! ```text
//! ┌ Webhook endpoint verifies HMAC ─────────────────────────┐
//! │ Stands   proven: check 'Webhook'; passed 2 min ago      │
//! │ Step     pass signed event: 200, want 200, in 84 ms     │
//! │ Verified just now, all 88 events: chain, signatures …   │
//! │ esc close                                               │
//! └─────────────────────────────────────────────────────────┘
//! ```

use ratatui::style::Style;

use crate::domain::text::SafeText;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::popup::{Popup, Sheet, SheetLine, Weight};
use crate::tui::theme::Theme;
use crate::tui::width;

use super::Canvas;
use super::pen::{self, Strip, Words};
use super::windows::{self, Window};

/// Cells of the labels.
const LABEL: usize = 10;
/// Lines that one text may take.
const MAX_LINES: usize = 12;

fn style(theme: &Theme, weight: Weight) -> Style {
    match weight {
        Weight::Plain => theme.text,
        Weight::Muted => theme.muted,
        Weight::Title => theme.title,
        Weight::Good => theme.good,
        Weight::Warn => theme.warn,
        Weight::Bad => theme.bad,
    }
}

/// The lines of a sheet as they are shown on this screen.
pub fn lines(model: &Model, sheet: &Sheet) -> Vec<(String, String, Weight)> {
    let all = layout::window_text(model.size);
    let labels = if sheet.lines.iter().any(|l| !l.label.is_empty()) { LABEL } else { 0 };
    let cells = all.saturating_sub(labels).max(1);
    let mut out = Vec::new();
    for SheetLine { label, text, weight } in &sheet.lines {
        let text = SafeText::new(text);
        let indent: String = text.as_str().chars().take_while(|c| *c == ' ').take(cells / 3).collect();
        let wrapped = width::wrap(
            text.as_str().trim_start(),
            cells - indent.len(),
            MAX_LINES,
            model.look.glyphs.ellipsis,
        );
        let wrapped = if wrapped.is_empty() { vec![String::new()] } else { wrapped };
        for (n, line) in wrapped.into_iter().enumerate() {
            let label = if n == 0 { label.clone() } else { String::new() };
            let label =
                if labels == 0 { label } else { width::fit(&label, LABEL, model.look.glyphs.ellipsis) };
            out.push((label, format!("{indent}{line}"), *weight));
        }
    }
    out
}

pub(super) fn draw(model: &Model, popup: &Popup, sheet: &Sheet, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let lines = lines(model, sheet);
    let window =
        Window { title: &sheet.title, context: popup.context(), text: Vec::new(), rows: lines.len() };
    let drawn = windows::open(model, &window, canvas);
    let sight = usize::from(drawn.rows.height);
    for (n, (label, text, weight)) in lines.into_iter().skip(sheet.list.top).take(sight).enumerate() {
        let words = Words::new(label, theme.muted).and(text, style(theme, weight));
        Strip::new(canvas.buf, pen::row(drawn.rows, n), &model.look).words(&words);
    }
}
