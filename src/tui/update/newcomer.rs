//! The newcomer's three steps go on as the person does.

use crate::tui::effect::Effect;
use crate::tui::keymap::Act;
use crate::tui::model::guide::{Guide, Step};
use crate::tui::model::{Model, Screen};

/// After an act. Escape ends the guide, whatever else it does.
pub(super) fn after(model: &mut Model, act: Act) -> Option<Effect> {
    let guide = model.guide?;
    let step = if act == Act::Back && model.popups.is_empty() { Some(Step::Over) } else { guide.after(act) };
    match step? {
        Step::On(next) => model.guide = Some(next),
        Step::Over => {
            model.guide = None;
            return Some(Effect::Guided);
        }
    }
    None
}

/// Whoever begins in an engagement has opened it.
pub(super) fn settle(model: &mut Model) {
    if model.guide == Some(Guide::Open) && matches!(model.screen, Screen::Engagement(_)) {
        model.guide = Some(Guide::Tick);
    }
}
