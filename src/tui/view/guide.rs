//! The newcomer's line, on the lower border of the screen: it covers nothing that is read.

use ratatui::layout::Rect;

use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::width;

use super::Canvas;
use super::pen::Strip;

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(words) = model.guide.and_then(|guide| guide.words(model)) else {
        return;
    };
    let (theme, body) = (&model.look.theme, layout::areas(model.size).body);
    let end = format!("  {} hides this ", model.key(Act::Back));
    let room = usize::from(body.width).saturating_sub(4);
    let with_end = width::width(&words) + width::width(&end) < room;
    let wide =
        if with_end { width::width(&words) + width::width(&end) + 1 } else { width::width(&words) + 2 };
    let area = Rect {
        x: body.x + 2,
        y: body.bottom().saturating_sub(1),
        width: u16::try_from(wide.min(room)).unwrap_or(u16::MAX),
        height: 1,
    };
    let mut strip = Strip::new(canvas.buf, area, &model.look);
    strip.put(" ", theme.text).put(&words, theme.busy);
    if with_end {
        strip.put(&end, theme.muted);
    } else {
        strip.put(" ", theme.text);
    }
}
