//! Actions: who may start one when, and how its end is told.
//!
//! The intent is in the log before a request leaves, so whatever happens afterwards somebody knows that
//! it may have happened. Nothing here ever starts an action again by itself.

use uuid::Uuid;

use super::super::action::{Action, MAX_KEY, Repeat};
use super::super::assess;
use super::super::command::ActionEnd;
use super::super::event::Fact;
use super::super::ids::{ActionId, FieldId};
use super::super::refusal::Refusal;
use super::super::renewal;
use super::super::state::{Attempt, Outcome, Standing};
use super::{Desk, MAX_REASON, no_such, text, values};

/// The longest id of a request, in characters.
const MAX_REQUEST_ID: usize = 100;

pub(super) fn intend(
    desk: &Desk<'_>,
    id: &ActionId,
    attempt: Uuid,
    new_key: &str,
) -> Result<Vec<Fact>, Refusal> {
    let action = find(desk, id)?;
    may_start(desk, action)?;
    let missing = missing(desk, action);
    if !missing.is_empty() {
        return Err(Refusal::ActionNeeds { action: id.clone(), missing });
    }
    let last = desk.state.actions.get(id);
    let again = match (desk.state.standing(action, desk.now), last) {
        (Standing::Fresh | Standing::Failed, _) | (_, None) => None,
        (Standing::UnderWay, Some(last)) => {
            let (action, by, at) = (id.clone(), last.by.name.clone(), last.at);
            return Err(Refusal::ActionUnderWay { action, by, at });
        }
        (Standing::Done, Some(last)) => match action.repeat {
            Repeat::Freely => None,
            Repeat::Once => match renewal::due(desk.runbook, desk.state, action) {
                Some(due) if due <= desk.now => None,
                again => {
                    let (action, by, at) = (id.clone(), last.by.name.clone(), last.at);
                    return Err(Refusal::ActionDone { action, by, at, again });
                }
            },
        },
        // The other side may have carried it out: with the same key it knows this as a retry.
        (Standing::Unknown, Some(last)) if action.repeats_in_doubt() => Some(last.idempotency_key.clone()),
        (Standing::Unknown, Some(last)) => return Err(in_doubt(id, last)),
    };
    let idempotency_key = match again {
        Some(key) => key,
        None => text("an idempotency key", new_key, MAX_KEY)?,
    };
    Ok(vec![Fact::ActionIntended { action: id.clone(), attempt, idempotency_key }])
}

pub(super) fn end(
    desk: &Desk<'_>,
    id: &ActionId,
    attempt: Uuid,
    end: &ActionEnd,
    request_id: Option<&String>,
) -> Result<Vec<Fact>, Refusal> {
    find(desk, id)?;
    let mine =
        desk.state.actions.get(id).is_some_and(|last| {
            last.id == attempt && last.end.is_none() && last.by.key == desk.acting.by.key
        });
    if !mine {
        return Err(Refusal::ActionNotUnderWay(id.clone()));
    }
    let action = id.clone();
    let request_id = request_id.map(|id| id.chars().take(MAX_REQUEST_ID).collect());
    let reason = |given: &str| given.chars().take(MAX_REASON).collect::<String>();
    Ok(vec![match end {
        ActionEnd::Done { captured, stored } => {
            for (field, value) in captured {
                values::check_field(desk.runbook, field, value)?;
            }
            let (captured, stored) = (captured.clone(), stored.clone());
            Fact::ActionDone { action, attempt, request_id, captured, stored }
        }
        ActionEnd::Failed { reason: why } => {
            Fact::ActionFailed { action, attempt, reason: reason(why), request_id }
        }
        ActionEnd::Unknown { reason: why } => {
            Fact::ActionOutcomeUnknown { action, attempt, reason: reason(why), request_id }
        }
    }])
}

pub(super) fn reset(desk: &Desk<'_>, id: &ActionId, reason: &str) -> Result<Vec<Fact>, Refusal> {
    let action = find(desk, id)?;
    desk.lead()?;
    let reason = text("a reason", reason, MAX_REASON)?;
    let last = desk.state.actions.get(id).ok_or(Refusal::NoChange)?;
    match desk.state.standing(action, desk.now) {
        Standing::Done | Standing::Unknown => Ok(vec![Fact::ActionReset { action: id.clone(), reason }]),
        Standing::UnderWay => {
            let (action, by, at) = (id.clone(), last.by.name.clone(), last.at);
            Err(Refusal::ActionUnderWay { action, by, at })
        }
        Standing::Fresh | Standing::Failed => Err(Refusal::NoChange),
    }
}

fn find<'a>(desk: &Desk<'a>, id: &ActionId) -> Result<&'a Action, Refusal> {
    let known = || desk.runbook.actions.keys().map(ActionId::as_str);
    desk.runbook.actions.get(id).ok_or_else(|| no_such("action", id.as_str(), known()))
}

/// An owner of the item or a lead, while the item's stage is open; a lead alone for an action of none.
fn may_start(desk: &Desk<'_>, action: &Action) -> Result<(), Refusal> {
    let Some(item) = &action.item else {
        return desk.lead();
    };
    let (stage, item) = desk.item(item)?;
    if !assess::applies(item, &assess::context(desk.runbook, desk.state)) {
        return Err(Refusal::DoesNotApply(item.id.clone()));
    }
    desk.open_stage(stage)?;
    desk.one_of_or_lead(&item.owner.signs.roles())
}

fn missing(desk: &Desk<'_>, action: &Action) -> Vec<String> {
    let field = |id: &FieldId| desk.state.facts.fields.get(id).is_some_and(|v| !v.trim().is_empty());
    let fields = action.needs.fields.iter().filter(|id| !field(id)).map(|id| format!("field {id}"));
    let secrets = action.needs.secrets.iter().filter(|id| !desk.state.secrets.contains_key(*id));
    fields.chain(secrets.map(|id| format!("secret {id}"))).collect()
}

fn in_doubt(id: &ActionId, last: &Attempt) -> Refusal {
    let reason = match last.end.as_ref().map(|end| &end.outcome) {
        Some(Outcome::Unknown(why) | Outcome::Failed(why)) => Some(why.clone()),
        Some(Outcome::Done | Outcome::Reset(_)) | None => None,
    };
    Refusal::ActionInDoubt { action: id.clone(), by: last.by.name.clone(), at: last.at, reason }
}
