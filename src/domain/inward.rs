//! What checks of fields and decisions say. They look at the facts and at nothing else, so their verdict is
//! found out wherever it counts, not believed because somebody wrote it down.

use minijinja::Value;

use super::check::{CheckKind, DecisionStage, DecisionsCheck};
use super::decision::{BadValue, Decision};
use super::facts::Facts;
use super::ids::{DecisionId, FieldId};
use super::runbook::Runbook;
use super::verdict::Verdict;

/// What a check that looks inward says of these facts; none of one that looks outside.
pub fn verdict(runbook: &Runbook, facts: &Facts, kind: &CheckKind) -> Option<Verdict> {
    let good = match kind {
        CheckKind::Fields(fields) => fields.iter().all(|id| in_form(runbook, facts, id)),
        CheckKind::Decisions(check) => decided(runbook, facts, check),
        CheckKind::Http(_)
        | CheckKind::Page(_)
        | CheckKind::Webhook(_)
        | CheckKind::Env(_)
        | CheckKind::File(_)
        | CheckKind::Tls(_)
        | CheckKind::Scan(_)
        | CheckKind::Command(_) => return None,
    };
    Some(if good { Verdict::Pass } else { Verdict::Fail })
}

/// The value of a field without the blanks around it; none when nothing is left.
pub fn filled_in<'a>(facts: &'a Facts, id: &FieldId) -> Option<&'a str> {
    facts.fields.get(id).map(|value| value.trim()).filter(|value| !value.is_empty())
}

fn in_form(runbook: &Runbook, facts: &Facts, id: &FieldId) -> bool {
    let pattern = runbook.fields.get(id).and_then(|field| field.pattern.as_ref());
    filled_in(facts, id).is_some_and(|value| pattern.is_none_or(|p| p.matches(value)))
}

/// The decisions that a check asks for: all of the runbook when none is listed.
pub fn asked_for<'a>(runbook: &'a Runbook, check: &'a DecisionsCheck) -> Vec<&'a DecisionId> {
    if check.decisions.is_empty() {
        runbook.decisions.keys().collect()
    } else {
        check.decisions.iter().collect()
    }
}

fn decided(runbook: &Runbook, facts: &Facts, check: &DecisionsCheck) -> bool {
    let context = facts.context(runbook.fields.keys(), runbook.decisions.keys());
    asked_for(runbook, check).into_iter().all(|id| {
        let taken = runbook.decisions.get(id).zip(facts.decisions.get(id));
        taken.is_some_and(|(decision, (value, stage))| {
            *stage >= check.state && keeps_rules(decision, value, *stage, &context).is_ok()
        })
    })
}

/// The rules of a decision that was taken are looked at again: a fact that they read may have changed since.
pub fn keeps_rules(
    decision: &Decision,
    value: &str,
    stage: DecisionStage,
    context: &Value,
) -> Result<(), BadValue> {
    decision.accepts(value)?;
    let context = Value::from_pairs([
        ("value", decision.rule_value(value)),
        ("fields", context.get_attr("fields").unwrap_or_default()),
        ("decisions", context.get_attr("decisions").unwrap_or_default()),
    ]);
    decision.check_rules(&context, stage == DecisionStage::Confirmed)
}
