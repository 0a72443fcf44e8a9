//! The stages with their gates.
//!
//! ```text
//! ┌ Stages ──────────────────┐
//! │ ✓ 0 Invitation and KYC   │
//! │▸▶ 3 Client testing   3/5 │
//! │ ⊘ 4 Pre-production  0/10 │
//! └──────────────────────────┘
//! ```

use ratatui::layout::Rect;

use crate::domain::assess::Gate;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel};

use super::Canvas;
use super::pen::{self, Strip};
use super::regions::Target;

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let focused = engagement.panel == Panel::Stages;
    let border = if focused { theme.focus } else { theme.border };
    pen::frame(canvas.buf, area, "Stages", "", border, look);
    let inner = layout::inside(area);
    let stages = engagement.runbook.stages();
    // Numbers of one width, so that titles stand under each other.
    let digits = stages.len().saturating_sub(1).max(1).ilog10() as usize + 1;
    for (n, at) in engagement.stages.sight(stages.len(), usize::from(inner.height)).enumerate() {
        let (Some(stage), Some(assessed)) = (stages.get(at), engagement.assessment.stages.get(at)) else {
            continue;
        };
        let row = pen::row(inner, n);
        canvas.regions.add(row, Target::PanelRow(Panel::Stages, at));
        let mut strip = Strip::new(canvas.buf, row, look);
        let chosen = at == engagement.stages.cursor;
        let cursor = glyphs.marker(chosen, focused);
        let (sign, text) = match (assessed.gate, assessed.complete) {
            (Gate::Open, true) => (theme.good, theme.text),
            (Gate::Open, false) => (theme.busy, theme.text),
            (Gate::Warned, _) => (theme.warn, theme.text),
            (Gate::BreakGlass, _) => (theme.bad, theme.text),
            (Gate::Shut, _) => (theme.muted, theme.muted),
        };
        let text = if chosen { theme.cursor } else { text };
        strip.cells(cursor, 1, if focused { theme.focus } else { theme.muted });
        strip.cells(glyphs.stage(assessed.gate, assessed.complete), 1, sign).skip(1);
        strip.cells_right(&at.to_string(), digits, text).skip(1);
        if !assessed.complete {
            let totals = assessed.totals;
            strip.skip_right(1);
            // What is waived stands beside what is done, never in it.
            if totals.waived > 0 {
                strip.right(&format!(" +{}{}", totals.waived, glyphs.waived), theme.warn);
            }
            strip.right(&format!("{}/{}", totals.done, totals.total), text);
            strip.skip_right(1);
        }
        strip.put(&stage.title, text);
    }
}
