//! The acts on what waits for me.

use crate::domain::ids::EngagementId;
use crate::domain::open_work::OpenWork;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::engagement::Room;
use crate::tui::model::gathered::{Gathering as _, Read};
use crate::tui::model::list::Move;
use crate::tui::model::{Model, Overview};

use super::rooms;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::overview_rows(model.size).height).saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        rooms::go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => return rooms::overview(model, Overview::Portfolio),
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

/// Shows what the search of the screen has met.
pub(super) fn settle(model: &mut Model) {
    model.my_work.find(model.searches.query(Context::MyWork));
}

/// What is to be read for the screen, while it is shown.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    if !model.shows(Overview::MyWork) {
        return None;
    }
    let me = &model.me.name;
    if model.my_work.look(&model.portfolio, model.now.at, |row| row.may_wait_for(me)) {
        model.touch();
    }
    let request = model.request();
    let (request, engagements) = model.my_work.read.next(request)?;
    Some(Effect::LoadWork { request, engagements })
}

pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    answer: Vec<(EngagementId, Read<OpenWork>)>,
) -> Vec<Effect> {
    if model.my_work.take(request, answer) {
        model.touch();
    }
    Vec::new()
}
