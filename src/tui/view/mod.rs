//! Drawing: a function of the model alone. One panel, one file.

mod all_checks;
mod chart;
mod check;
mod chronicle;
mod columns;
pub mod detail;
mod engagement;
mod event_window;
mod footer;
mod guide;
mod header;
pub mod help;
mod items;
mod kickoff;
mod my_work;
mod page;
mod pen;
mod popups;
mod portfolio;
mod readiness;
pub mod regions;
pub mod sheet;
mod stages;
mod toasts;
mod today;
mod validation;
mod windows;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::layout;
use super::model::engagement::{Engagement, Room};
use super::model::popup::Popup;
use super::model::{Model, Overview, Screen};

pub use event_window::lines as event_lines;
pub use readiness::lines as check_details;
use regions::Regions;

/// What the views draw on.
#[derive(Debug)]
struct Canvas<'a> {
    buf: &'a mut Buffer,
    regions: Regions,
    /// Where the terminal's cursor stands while something is typed.
    caret: Option<Position>,
}

/// Draws the whole screen and says what the mouse can hit.
pub fn view(model: &Model, frame: &mut Frame<'_>) -> Regions {
    let mut canvas = Canvas { buf: frame.buffer_mut(), regions: Regions::default(), caret: None };
    if layout::too_small(model.size) {
        too_small(model, &mut canvas);
        pen::ground(canvas.buf, model.look.theme.base);
        return canvas.regions;
    }
    match &model.screen {
        Screen::Engagement(engagement) => match engagement.room {
            Room::Items => engagement::draw(model, engagement, &mut canvas),
            Room::Kickoff => kickoff::draw(model, engagement, &mut canvas),
            Room::Readiness => readiness::draw(model, engagement, &mut canvas),
            Room::Validation => validation::draw(model, engagement, &mut canvas),
            Room::History => chronicle::draw(model, engagement, &mut canvas),
        },
        Screen::Overview | Screen::Opening { .. } => match model.overview {
            Overview::Portfolio => portfolio::draw(model, &mut canvas),
            Overview::Today => today::draw(model, &mut canvas),
            Overview::MyWork => my_work::draw(model, &mut canvas),
            Overview::AllChecks => all_checks::draw(model, &mut canvas),
        },
    }
    guide::draw(model, &mut canvas);
    footer::draw(model, &mut canvas);
    for popup in &model.popups {
        popups::draw(model, popup, &mut canvas);
    }
    toasts::draw(model, &mut canvas);
    pen::ground(canvas.buf, model.look.theme.base);
    let Canvas { regions, caret, .. } = canvas;
    if let Some(caret) = caret {
        frame.set_cursor_position(caret);
    }
    regions
}

/// How many rows of a window are in sight.
pub fn popup_rows(model: &Model, popup: &Popup) -> usize {
    popups::rows_in_sight(model, popup)
}

/// How many rows of the kickoff's page are in sight.
pub fn kickoff_rows(model: &Model, engagement: &Engagement) -> usize {
    kickoff::rows_in_sight(model, engagement)
}

fn too_small(model: &Model, canvas: &mut Canvas<'_>) {
    let least = layout::SMALLEST;
    let area = canvas.buf.area;
    let said = format!("golive needs {}x{}", least.width, least.height);
    let middle = pen::row(area, usize::from(area.height / 2));
    pen::Strip::new(canvas.buf, middle, &model.look).put(&said, model.look.theme.text);
}

#[cfg(test)]
mod columns_tests;
#[cfg(test)]
mod gallery_tests;
#[cfg(test)]
pub(in crate::tui) mod overview_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk_tests;
