//! The agenda: its parts, and the points of the part that is shown.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::kickoff::agenda::Standing;
use crate::tui::view::Canvas;
use crate::tui::view::pen::{self, Strip};
use crate::tui::view::regions::Target;

/// The sign of a standing.
pub(super) fn sign(standing: Standing, look: &Look) -> (&'static str, Style) {
    match standing {
        Standing::Open => (look.glyphs.todo, look.theme.text),
        Standing::Partly => (look.glyphs.partly, look.theme.busy),
        Standing::Settled => (look.glyphs.done, look.theme.good),
    }
}

/// One line: a part, or a point of the part that is shown.
struct Line<'a> {
    point: usize,
    inset: u16,
    here: bool,
    standing: Standing,
    title: &'a str,
    count: Option<(usize, usize)>,
}

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    pen::frame(canvas.buf, area, "Agenda", &super::elapsed(model, engagement), theme.border, look);
    let inner = layout::inside(area);
    let lines = lines(engagement);
    let here = lines.iter().position(|line| line.here).unwrap_or(0);
    let height = usize::from(inner.height);
    // The point that is shown stays in the middle when not all lines fit.
    let top = here.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        let row = pen::row(inner, n);
        let mut strip = Strip::new(canvas.buf, row, look);
        strip.cells(glyphs.marker(line.here, true), 1, theme.focus).skip(1 + line.inset);
        let (sign, style) = self::sign(line.standing, look);
        strip.put(sign, style).skip(1).skip_right(1);
        if let Some((done, all)) = line.count {
            strip.right(&format!("{done}/{all}"), theme.muted);
            strip.skip_right(1);
        }
        strip.put(line.title, if line.here { theme.cursor } else { theme.text });
        canvas.regions.add(row, Target::Agenda(line.point));
    }
}

fn lines(engagement: &Engagement) -> Vec<Line<'_>> {
    let kickoff = &engagement.kickoff;
    let agenda = &kickoff.agenda;
    let shown = kickoff.point().map(super::Point::part);
    let mut out = Vec::new();
    for (part, first, count) in agenda.parts() {
        let done = agenda.settled(first, count);
        let open = shown == Some(part) && count > 1;
        let standing = match done {
            _ if count == 1 => agenda.standing.get(first).copied().unwrap_or(Standing::Open),
            n if n == count => Standing::Settled,
            0 => Standing::Open,
            _ => Standing::Partly,
        };
        out.push(Line {
            point: first,
            inset: 0,
            here: shown == Some(part) && count == 1,
            standing,
            title: part.title(),
            count: (count > 1).then_some((done, count)),
        });
        if !open {
            continue;
        }
        // Only those around the point that is shown: a runbook may have thousands.
        let from = kickoff.at.saturating_sub(NEAR).max(first);
        let to = (kickoff.at + NEAR).min(first + count);
        for point in from..to {
            out.push(Line {
                point,
                inset: 2,
                here: point == kickoff.at,
                standing: agenda.standing.get(point).copied().unwrap_or(Standing::Open),
                title: agenda.points.get(point).map_or("", |p| p.title(&engagement.runbook)),
                count: None,
            });
        }
    }
    out
}

/// Points shown on either side of the one that is gone through.
const NEAR: usize = 200;
