//! One engagement: header, and as many of the three panels as fit.

use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel};

use super::regions::Target;
use super::{Canvas, detail, header, items, stages};

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    for (panel, area) in layout::panels(model.size, engagement.panel) {
        canvas.regions.add(area, Target::Panel(panel));
        match panel {
            Panel::Stages => stages::draw(model, engagement, area, canvas),
            Panel::Items => items::draw(model, engagement, area, canvas),
            Panel::Detail => detail::draw(model, engagement, area, canvas),
        }
    }
}
