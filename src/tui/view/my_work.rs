//! What waits for me.

use crate::tui::layout;
use crate::tui::model::Model;

use super::{Canvas, header, pen};

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::overview(model, "My work", canvas.buf);
    let body = layout::areas(model.size).body;
    pen::frame(canvas.buf, body, "My work", "", model.look.theme.focus, &model.look);
}
