//! The live checks.

use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;

use super::{Canvas, header, pen};

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    let body = layout::areas(model.size).body;
    pen::frame(canvas.buf, body, "Readiness", "", model.look.theme.focus, &model.look);
}
