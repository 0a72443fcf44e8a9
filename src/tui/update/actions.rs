//! Actions of an item: what would be sent is shown first, and leaves on the person's word only.

use crate::domain::action::Action;
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::model::Model;
use crate::tui::model::engagement::Pending;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, Popup, Why};
use crate::tui::model::toast::Tone;
use crate::tui::msg::{Change, EndedAction, Failed, PlannedAction};

use super::{answers, capacity, popups};

/// Offers the actions of the item under the cursor, and those of no item.
pub(super) fn offer(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let item = engagement.item().map(|(_, item)| &item.id);
    let here = |action: &&Action| action.item.is_none() || action.item.as_ref() == item;
    let choices: Vec<Choice> = engagement
        .runbook
        .actions
        .values()
        .filter(here)
        .map(|action| Choice {
            label: action.title.clone(),
            capacity: Capacity::default(),
            deed: Deed::Plan(action.id.clone()),
        })
        .collect();
    match <[Choice; 1]>::try_from(choices) {
        Ok([only]) => popups::run(model, only),
        Err(none) if none.is_empty() => {
            model.toast("There is no action on it.", Tone::Plain);
            Vec::new()
        }
        Err(choices) => {
            let title = "Which action?".to_owned();
            model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
            Vec::new()
        }
    }
}

/// Asks for what an action would do, unless the rules refuse it anyway.
pub(super) fn plan(model: &mut Model, action: crate::domain::ids::ActionId) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let intent = Command::IntendAction {
        action: action.clone(),
        attempt: uuid::Uuid::nil(),
        idempotency_key: "planned".to_owned(),
    };
    match capacity::allowed(model, engagement, &Capacity::default(), &intent) {
        // What an attempt without an end has left on the machine, only the machine knows.
        Ok(()) | Err(Refusal::ActionInDoubt { .. } | Refusal::ActionUnderWay { .. }) => {}
        Err(refusal) => {
            capacity::refuse(model, &refusal);
            return Vec::new();
        }
    }
    ask(model, |request, engagement| Effect::PlanAction { request, engagement, action })
}

/// Starts an action that was confirmed.
pub(super) fn start(model: &mut Model, plan: RequestId) -> Vec<Effect> {
    model.toast("Starting it; what came of it is told here.", Tone::Plain);
    ask(model, |request, _| Effect::StartAction { request, plan })
}

fn ask(
    model: &mut Model,
    effect: impl FnOnce(RequestId, crate::domain::ids::EngagementId) -> Effect,
) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    let item = engagement.item().map(|(_, item)| item.id.clone());
    engagement.pending.insert(request, Pending { item });
    vec![effect(request, engagement.id.clone())]
}

/// A plan has come: the person is asked.
pub(super) fn planned(
    model: &mut Model,
    request: RequestId,
    answer: Result<PlannedAction, Failed>,
) -> Vec<Effect> {
    // Whoever has gone elsewhere does not want to be asked any more.
    if model.engagement_mut().is_none_or(|e| e.pending.remove(&request).is_none()) {
        return Vec::new();
    }
    match answer {
        Ok(PlannedAction { title, words }) => {
            let choice =
                Choice { label: title.clone(), capacity: Capacity::default(), deed: Deed::Start(request) };
            model.push(Popup::Confirm(Confirm { question: format!("{title}?"), words, choice }));
        }
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// An action has ended. The person hears of it wherever they are now.
pub(super) fn ended(
    model: &mut Model,
    request: RequestId,
    answer: Result<EndedAction, Failed>,
) -> Vec<Effect> {
    if let Some(engagement) = model.engagement_mut() {
        engagement.pending.remove(&request);
    }
    match answer {
        Ok(EndedAction { title, words, snapshot }) => {
            // At once, or the next press would find the action still under way.
            answers::take(model, Change { snapshot, events: Vec::new() });
            model.push(Popup::Why(Why { title, words, blockers: Vec::new(), list: List::default() }));
        }
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}
