//! What has just happened: at most three lines above the footer, at the right.

use ratatui::layout::Rect;

use crate::domain::text::SafeText;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::toast::Tone;
use crate::tui::width;

use super::Canvas;
use super::pen::{self, Strip};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let body = layout::areas(model.size).body;
    for (n, toast) in model.toasts.shown().rev().enumerate() {
        let (sign, style) = match toast.tone {
            Tone::Good => (glyphs.done, theme.good),
            Tone::Plain => (glyphs.dot, theme.busy),
            Tone::Bad => (glyphs.fail, theme.bad),
        };
        let text = SafeText::clipped(&toast.text, 400);
        let wide = u16::try_from(width::width(text.as_str()) + 4).unwrap_or(u16::MAX);
        let wide = wide.min(body.width.saturating_sub(2));
        // The newcomer's line keeps its own row.
        let up = u16::try_from(n).unwrap_or(u16::MAX).saturating_add(1 + u16::from(model.guide.is_some()));
        let Some(y) = body.bottom().checked_sub(up).filter(|y| *y > body.y) else {
            return;
        };
        let area = Rect { x: body.right().saturating_sub(wide + 1), y, width: wide, height: 1 };
        pen::clear(canvas.buf, area);
        let mut strip = Strip::new(canvas.buf, area, look);
        strip.skip(1).put(sign, style).put(" ", theme.text).put(text.as_str(), theme.title);
    }
}
