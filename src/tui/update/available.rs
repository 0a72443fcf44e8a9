//! Whether an act can be done now, for the palette: what is offered and refused at once only annoys.

use crate::domain::command::Command;
use crate::tui::effect::Capacity;
use crate::tui::keymap::{Act, Context};
use crate::tui::model::Model;

use super::capacity;

/// Why an act of the screen cannot be done now; none when it can, or when only trying tells.
pub(super) fn why_not(model: &Model, act: Act) -> Option<String> {
    if matches!(act, Act::ShowEngagement | Act::ShowKickoff | Act::ShowValidation | Act::ShowHistory)
        && model.engagement().is_none()
        && model.portfolio.selected().is_none()
    {
        return Some("there is no engagement yet".to_owned());
    }
    let engagement = model.engagement()?;
    if act == Act::Undo {
        let command = Command::Undo { seq: None };
        let refused = capacity::allowed(model, engagement, &Capacity::default(), &command).err()?;
        return Some(refused.to_string());
    }
    if model.screen_context() != Context::Engagement {
        return None;
    }
    let item = engagement.item().map(|(_, item)| item);
    match act {
        Act::Tick
        | Act::Check
        | Act::Note
        | Act::Evidence
        | Act::NotApplicable
        | Act::Reject
        | Act::Waive
            if item.is_none() =>
        {
            Some("there is no item under the cursor".to_owned())
        }
        Act::Check if item.is_some_and(|item| item.check.is_none()) => {
            Some("there is no live check on it".to_owned())
        }
        Act::NotApplicable if item.is_some_and(|item| !item.optional) => {
            Some("the item is not optional".to_owned())
        }
        Act::Sign => {
            let (stage, _) = engagement.stage()?;
            stage.signoff.is_empty().then(|| "the stage needs no signature".to_owned())
        }
        Act::Action => {
            let item = item.map(|item| &item.id);
            let none =
                !engagement.runbook.actions.values().any(|a| a.item.is_none() || a.item.as_ref() == item);
            none.then(|| "there is no action on it".to_owned())
        }
        _ => None,
    }
}
