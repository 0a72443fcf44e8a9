//! The acts on the checks of all engagements.

use crate::domain::ids::EngagementId;
use crate::domain::readiness::CheckLine;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::engagement::Room;
use crate::tui::model::gathered::Read;
use crate::tui::model::list::Move;
use crate::tui::model::{Model, Overview, Screen};

use super::rooms;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::overview_rows(model.size).height).saturating_sub(1).max(1);
    match act {
        Act::Back if model.all_checks.only.is_some() => {
            model.all_checks.only = None;
            model.all_checks.arrange();
        }
        Act::Back => return rooms::overview(model, Overview::Portfolio),
        Act::Up => rooms::go(model, Move::Up(1)),
        Act::Down => rooms::go(model, Move::Down(1)),
        Act::PageUp => rooms::go(model, Move::Up(page)),
        Act::PageDown => rooms::go(model, Move::Down(page)),
        Act::First => rooms::go(model, Move::First),
        Act::Last => rooms::go(model, Move::Last),
        Act::Filter => model.all_checks.next_filter(),
        Act::Open => {
            if let Some(row) = model.all_checks.rows.selected() {
                let (id, item) = (row.engagement.clone(), row.line.item.clone());
                return rooms::open_at(model, id, Room::Items, item);
            }
        }
        Act::Reload => {
            model.all_checks.read.forget();
            return vec![model.load_portfolio()];
        }
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

/// What is to be read for the screen, while it is shown.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    if model.overview != Overview::AllChecks || !matches!(model.screen, Screen::Overview) {
        return None;
    }
    let has_checks = |row: &crate::domain::summary::Summary| row.has_checks();
    if model.all_checks.read.look(&model.portfolio, has_checks) {
        model.all_checks.arrange();
        model.touch();
    }
    let request = model.request();
    let (request, engagements) = model.all_checks.read.next(|| request)?;
    Some(Effect::LoadChecks { request, engagements })
}

pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    answer: Vec<(EngagementId, Read<CheckLine>)>,
) -> Vec<Effect> {
    if model.all_checks.read.take(request, answer) {
        model.all_checks.arrange();
        model.touch();
    }
    Vec::new()
}
