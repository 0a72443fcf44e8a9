//! Fields, secrets, decisions and the target date.

use chrono::NaiveDate;
use minijinja::context;

use super::super::check::DecisionStage;
use super::super::decision::{BadValue, Decision};
use super::super::event::Fact;
use super::super::ids::{DecisionId, FieldId, SecretId};
use super::super::refusal::Refusal;
use super::super::runbook::Runbook;
use super::super::secret::SecretSource;
use super::super::state::State;
use super::{Desk, MAX_VALUE, no_such};

/// Whether the runbook has the field and the value is in its form.
pub fn check_field(runbook: &Runbook, id: &FieldId, value: &str) -> Result<(), Refusal> {
    let field = runbook
        .fields
        .get(id)
        .ok_or_else(|| no_such("field", id.as_str(), runbook.fields.keys().map(FieldId::as_str)))?;
    let bad = |why| Refusal::BadValue { what: format!("field '{id}'"), why };
    let got = value.chars().count();
    if got > MAX_VALUE {
        return Err(bad(BadValue::TooLong { got, max: MAX_VALUE }));
    }
    if value.trim().is_empty() {
        return Err(bad(BadValue::Empty));
    }
    match &field.pattern {
        Some(pattern) if !pattern.matches(value) => Err(bad(BadValue::Form(pattern.source().to_owned()))),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn set_field(desk: &Desk<'_>, field: &FieldId, value: &str) -> Result<Vec<Fact>, Refusal> {
    let value = value.trim();
    check_field(desk.runbook, field, value)?;
    if desk.state.facts.fields.get(field).is_some_and(|v| v == value) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::FieldSet { field: field.clone(), value: value.to_owned(), captured_by: None }])
}

pub(super) fn set_secret(
    desk: &Desk<'_>,
    id: &SecretId,
    source: &SecretSource,
) -> Result<Vec<Fact>, Refusal> {
    if !desk.runbook.secrets.contains_key(id) {
        return Err(no_such("secret", id.as_str(), desk.runbook.secrets.keys().map(SecretId::as_str)));
    }
    // Saying it again with a key of one's own is to vouch for it: what somebody else named is sent from no
    // machine of one's own unasked.
    let mine = desk.state.secrets_by.get(id) == Some(&desk.acting.by.key);
    if mine && desk.state.secrets.get(id) == Some(source) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::SecretSet { secret: id.clone(), source: source.clone() }])
}

pub(super) fn propose(desk: &Desk<'_>, id: &DecisionId, value: &str) -> Result<Vec<Fact>, Refusal> {
    let value = value.trim();
    let decision = decision(desk, id)?;
    check_value(desk, decision, value, false)?;
    let now = (value.to_owned(), DecisionStage::Proposed);
    if desk.state.facts.decisions.get(id) == Some(&now) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::DecisionProposed { decision: id.clone(), value: now.0 }])
}

pub(super) fn confirm(desk: &Desk<'_>, id: &DecisionId, value: Option<&str>) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    let decision = decision(desk, id)?;
    let proposed = desk.state.facts.decisions.get(id);
    let value = value.map(str::trim).or(proposed.map(|(v, _)| v.as_str())).unwrap_or_default();
    check_value(desk, decision, value, true)?;
    let now = (value.to_owned(), DecisionStage::Confirmed);
    if proposed == Some(&now) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::DecisionConfirmed { decision: id.clone(), value: now.0 }])
}

fn decision<'a>(desk: &Desk<'a>, id: &DecisionId) -> Result<&'a Decision, Refusal> {
    let known = || desk.runbook.decisions.keys().map(DecisionId::as_str);
    desk.runbook.decisions.get(id).ok_or_else(|| no_such("decision", id.as_str(), known()))
}

fn check_value(desk: &Desk<'_>, decision: &Decision, value: &str, confirming: bool) -> Result<(), Refusal> {
    let bad = |why| Refusal::BadValue { what: format!("decision '{}'", decision.id), why };
    check_decision(desk.runbook, desk.state, decision, value, confirming).map_err(bad)
}

/// Whether a value is in the form of a decision and its rules allow it, to be proposed or to be confirmed.
/// Whose word it is makes no difference.
pub fn check_decision(
    runbook: &Runbook,
    state: &State,
    decision: &Decision,
    value: &str,
    confirming: bool,
) -> Result<(), BadValue> {
    decision.accepts(value)?;
    let facts = super::super::assess::context(runbook, state);
    let context = context! { value => decision.rule_value(value), ..facts };
    decision.check_rules(&context, confirming)
}

pub(super) fn set_target(desk: &Desk<'_>, target: Option<NaiveDate>) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    if desk.state.target == target {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::TargetSet { target }])
}
