//! Going from one screen to another.

use crate::domain::ids::{EngagementId, ItemId};
use crate::tui::effect::Effect;
use crate::tui::keymap::{Act, Context};
use crate::tui::model::engagement::Room;
use crate::tui::model::list::{List, Move};
use crate::tui::model::popup::Popup;
use crate::tui::model::portfolio::Reading;
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview, Screen};

use super::{engagement, kickoff, validation};

/// Goes to the screen that an act names.
pub(super) fn show(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::ShowPortfolio => overview(model, Overview::Portfolio),
        Act::ShowToday => overview(model, Overview::Today),
        Act::ShowMyWork => overview(model, Overview::MyWork),
        Act::ShowEngagement => room(model, Room::Items),
        Act::ShowKickoff => room(model, Room::Kickoff),
        Act::ShowValidation => room(model, Room::Validation),
        Act::ShowHistory => room(model, Room::History),
        // Of the engagement where there is one, of all where there are all.
        Act::ShowReadiness => match model.screen {
            Screen::Engagement(_) => room(model, Room::Readiness),
            Screen::Overview | Screen::Opening { .. } => overview(model, Overview::AllChecks),
        },
        _ => Vec::new(),
    }
}

/// Shows all engagements; the one that was shown is closed.
pub(super) fn overview(model: &mut Model, overview: Overview) -> Vec<Effect> {
    model.popups.clear();
    model.overview = overview;
    let mut effects = leave(model);
    model.screen = Screen::Overview;
    if model.portfolio.reading == Reading::NotAsked {
        effects.push(model.load_portfolio());
    }
    model.touch();
    effects
}

/// Shows a room of the engagement that is shown, or of the one under the cursor.
fn room(model: &mut Model, room: Room) -> Vec<Effect> {
    if room == Room::Items && model.engagement().is_some_and(|e| e.room == Room::Validation) {
        validation::to_item(model);
    }
    if let Some(engagement) = model.engagement_mut() {
        engagement.room = room;
        return Vec::new();
    }
    let Some((id, _)) = under_cursor(model) else {
        model.toast("Choose an engagement first.", Tone::Plain);
        return Vec::new();
    };
    open(model, id, room)
}

/// Opens an engagement in a room.
pub(super) fn open(model: &mut Model, id: EngagementId, room: Room) -> Vec<Effect> {
    open_at(model, id, room, None)
}

/// Opens an engagement in a room, with the cursor on an item.
pub(super) fn open_at(model: &mut Model, id: EngagementId, room: Room, item: Option<ItemId>) -> Vec<Effect> {
    let mut effects = leave(model);
    effects.push(model.open_at(id, room, item));
    effects
}

/// The engagement that the cursor of the overview is on, and the merchant's name.
pub(super) fn under_cursor(model: &Model) -> Option<(EngagementId, String)> {
    let (id, name) = match model.overview {
        Overview::Portfolio => model.portfolio.selected().map(|row| (&row.engagement, &row.name)),
        Overview::MyWork => model.my_work.rows.selected().map(|row| (&row.engagement, &row.name)),
        Overview::AllChecks => model.all_checks.rows.selected().map(|row| (&row.engagement, &row.name)),
        Overview::Today => model.today.rows.selected().map(|row| (&row.engagement, &row.name)),
    }?;
    Some((id.clone(), name.clone()))
}

/// What is to be done when the engagement that is shown, or is being read, is shown no longer.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    kickoff::keep(model);
    for room in [Context::Readiness, Context::Validation] {
        model.searches.end(room);
    }
    match &model.screen {
        Screen::Opening { engagement, .. } => vec![Effect::Close { engagement: engagement.clone() }],
        Screen::Engagement(engagement) => vec![Effect::Close { engagement: engagement.id.clone() }],
        Screen::Overview => Vec::new(),
    }
}

/// The acts that every screen of one engagement has.
pub(super) fn everywhere(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Undo => return engagement::undo(model),
        Act::Reload => return engagement::reload(model),
        Act::Facts => model.push(Popup::Facts(List::default())),
        Act::Members => model.push(Popup::Members(List::default())),
        // The keymap binds no other act everywhere.
        _ => {}
    }
    Vec::new()
}

/// The cursor of a screen that has one list.
pub(super) fn list(model: &mut Model) -> Option<&mut List> {
    let context = model.screen_context();
    match context {
        Context::Today => Some(&mut model.today.rows.list),
        Context::MyWork => Some(&mut model.my_work.rows.list),
        Context::AllChecks => Some(&mut model.all_checks.rows.list),
        _ => {
            let engagement = model.engagement_mut()?;
            match engagement.room {
                Room::Items => None,
                Room::Kickoff => Some(&mut engagement.kickoff.list),
                Room::Readiness => Some(&mut engagement.readiness.list),
                Room::Validation => Some(&mut engagement.validation.list),
                Room::History => Some(&mut engagement.chronicle.list),
            }
        }
    }
}

/// Moves that cursor; `settle` keeps it on the rows there are.
pub(super) fn go(model: &mut Model, to: Move) {
    if model.screen_context() == Context::Validation {
        validation::step(model, to);
    } else if let Some(list) = list(model) {
        list.go(to, usize::MAX);
    }
}
