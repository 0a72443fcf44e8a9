//! The acts on what waits for me.

use super::rooms;
use crate::tui::effect::Effect;
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::Overview;
use crate::tui::model::list::Move;
pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Back => return rooms::overview(model, Overview::Portfolio),
        Act::Up => rooms::go(model, Move::Up(1)),
        Act::Down => rooms::go(model, Move::Down(1)),
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}
