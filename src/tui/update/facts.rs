//! The windows of decisions, fields and people.

use crate::domain::command::Command;
use crate::domain::decision::{Decision, DecisionKind};
use crate::tui::effect::{Capacity, Effect};
use crate::tui::model::Model;
use crate::tui::model::list::List;
use crate::tui::model::popup::{
    Choice, Choose, Confirm, Deed, FactRow, Popup, Purpose, fact_rows, member_rows,
};
use crate::tui::model::toast::Tone;

use super::{capacity, popups};

/// Asks for another value of what is under the cursor.
pub(super) fn change(model: &mut Model) {
    let (Some(Popup::Facts(list)), Some(engagement)) = (model.popups.last(), model.engagement()) else {
        return;
    };
    let facts = &engagement.state.facts;
    let rows = fact_rows(&engagement.runbook);
    match rows.get(list.cursor) {
        Some(FactRow::Decision(id)) => {
            let Some(decision) = engagement.runbook.decisions.get(*id) else {
                return;
            };
            let value = facts.decisions.get(*id).map(|(value, _)| value.clone());
            decide_on(model, &decision.clone(), value);
        }
        Some(FactRow::Field(id)) => {
            let Some(field) = engagement.runbook.fields.get(*id) else {
                return;
            };
            let value = facts.fields.get(*id).cloned().unwrap_or_default();
            let hint = field.hint.clone().or_else(|| field.pattern.as_ref().map(|p| p.source().to_owned()));
            let (title, purpose) = (field.label.clone(), Purpose::Field((*id).clone()));
            popups::ask(model, title, hint.unwrap_or_default(), &value, purpose);
        }
        Some(FactRow::Secret(id)) => {
            let said =
                format!("A screen is no place for a secret: golive secret {} {id} --file F", engagement.id);
            model.toast(said, Tone::Plain);
        }
        None => {}
    }
}

fn decide_on(model: &mut Model, decision: &Decision, value: Option<String>) {
    let title = decision.title.clone();
    match &decision.kind {
        DecisionKind::Choice { options } => {
            let choices: Vec<Choice> = options
                .iter()
                .map(|option| Choice {
                    label: option.title.clone(),
                    capacity: Capacity::default(),
                    deed: Deed::Command(Command::Propose {
                        decision: decision.id.clone(),
                        value: option.id.clone(),
                    }),
                })
                .collect();
            let cursor = options.iter().position(|o| Some(&o.id) == value.as_ref()).unwrap_or(0);
            model.push(Popup::Choose(Choose { title, choices, list: List { cursor, top: 0 } }));
        }
        DecisionKind::Text { max_chars, .. } => {
            let most = max_chars.map(|max| format!("at most {max} characters"));
            let hint = [decision.hint.clone(), most].into_iter().flatten().collect::<Vec<_>>().join("; ");
            let purpose = Purpose::Decision(decision.id.clone());
            popups::ask(model, title, hint, &value.unwrap_or_default(), purpose);
        }
        DecisionKind::Each { subjects, options } => {
            let names: Vec<_> = options.iter().map(|o| o.id.as_str()).collect();
            let first = names.first().copied().unwrap_or_default();
            let start = || subjects.iter().map(|s| format!("{}={first}", s.id)).collect::<Vec<_>>().join(",");
            let hint = format!("each: {}", names.join(" or "));
            let purpose = Purpose::Decision(decision.id.clone());
            popups::ask(model, title, hint, &value.unwrap_or_else(start), purpose);
        }
    }
}

/// Agrees on the decision under the cursor, as it was proposed.
pub(super) fn agree(model: &mut Model) -> Vec<Effect> {
    let (Some(Popup::Facts(list)), Some(engagement)) = (model.popups.last(), model.engagement()) else {
        return Vec::new();
    };
    let decision = match fact_rows(&engagement.runbook).get(list.cursor) {
        Some(FactRow::Decision(id)) => (*id).clone(),
        Some(FactRow::Field(_) | FactRow::Secret(_)) | None => return Vec::new(),
    };
    capacity::attempt(model, Command::Confirm { decision, value: None })
}

/// Asks who gets the role under the cursor.
pub(super) fn assign(model: &mut Model) {
    let (Some(Popup::Members(list)), Some(engagement)) = (model.popups.last(), model.engagement()) else {
        return;
    };
    let Some(role) =
        member_rows(&engagement.runbook, &engagement.state).get(list.cursor).map(|r| r.0.clone())
    else {
        return;
    };
    let title = format!("Who is {}?", engagement.runbook.role_name(&role));
    let hint = engagement.runbook.roles.get(&role).and_then(|r| r.duty.clone());
    popups::ask(
        model,
        title,
        hint.unwrap_or_else(|| "the person's name".to_owned()),
        "",
        Purpose::Assign(role),
    );
}

/// Asks whether the role under the cursor is to be taken from its holder.
pub(super) fn unassign(model: &mut Model) {
    let (Some(Popup::Members(list)), Some(engagement)) = (model.popups.last(), model.engagement()) else {
        return;
    };
    let rows = member_rows(&engagement.runbook, &engagement.state);
    let Some((role, Some(member))) = rows.get(list.cursor) else {
        return;
    };
    let command = Command::Unassign { role: (*role).clone(), member: (*member).clone() };
    let question = format!("Take {} from {member}?", engagement.runbook.role_name(role));
    let words = vec!["What was signed in the role stays.".to_owned()];
    match capacity::allowed(model, engagement, &Capacity::default(), &command) {
        Ok(()) => {
            let choice =
                Choice { label: String::new(), capacity: Capacity::default(), deed: Deed::Command(command) };
            model.push(Popup::Confirm(Confirm { question, words, choice }));
        }
        Err(refusal) => capacity::refuse(model, &refusal),
    }
}
