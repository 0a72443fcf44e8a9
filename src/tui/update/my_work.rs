//! The acts on what waits for me.

use crate::domain::ids::EngagementId;
use crate::domain::open_work::OpenWork;
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
        Act::Back => return rooms::overview(model, Overview::Portfolio),
        Act::Up => rooms::go(model, Move::Up(1)),
        Act::Down => rooms::go(model, Move::Down(1)),
        Act::PageUp => rooms::go(model, Move::Up(page)),
        Act::PageDown => rooms::go(model, Move::Down(page)),
        Act::First => rooms::go(model, Move::First),
        Act::Last => rooms::go(model, Move::Last),
        Act::Open => {
            if let Some(row) = model.my_work.rows.selected() {
                let (id, item) = (row.engagement.clone(), row.work.item.clone());
                return rooms::open_at(model, id, Room::Items, item);
            }
        }
        Act::Reload => {
            model.my_work.read.forget();
            return vec![model.load_portfolio()];
        }
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

/// What is to be read for the screen, while it is shown.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    if model.overview != Overview::MyWork || !matches!(model.screen, Screen::Overview) {
        return None;
    }
    let me = model.me.name.clone();
    if model.my_work.read.look(&model.portfolio, |row| row.may_wait_for(&me)) {
        model.my_work.arrange();
        model.touch();
    }
    let request = model.request();
    let (request, engagements) = model.my_work.read.next(|| request)?;
    Some(Effect::LoadWork { request, engagements })
}

pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    answer: Vec<(EngagementId, Read<OpenWork>)>,
) -> Vec<Effect> {
    if model.my_work.read.take(request, answer) {
        model.my_work.arrange();
        model.touch();
    }
    Vec::new()
}
