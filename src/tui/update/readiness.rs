//! The acts on live checks.

use crate::tui::effect::Effect;
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::engagement::Room;
use crate::tui::model::list::Move;

use super::rooms;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Back => back(model),
        Act::Up => rooms::go(model, Move::Up(1)),
        Act::Down => rooms::go(model, Move::Down(1)),
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

fn back(model: &mut Model) {
    if let Some(engagement) = model.engagement_mut() {
        engagement.room = Room::Items;
    }
}
