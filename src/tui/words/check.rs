//! Live checks in words.

use crate::domain::check::Check;
use crate::domain::runbook::{CheckMode, Runbook};
use crate::domain::state::State;
use crate::domain::verdict::Verdict;

/// What a check does now: "failing".
pub fn ing(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passing",
        Verdict::Fail => "failing",
        Verdict::Pending => "pending",
        Verdict::Unknown => "unknown",
    }
}

/// What a pass means for the item.
pub fn means(mode: CheckMode) -> &'static str {
    match mode {
        CheckMode::Auto => "a pass ticks the item by itself",
        CheckMode::Assist => "it must pass before an owner signs",
        CheckMode::Inform => "it informs only",
    }
}

/// What must be filled in before the check can run: "needs API URL".
pub fn missing(runbook: &Runbook, state: &State, check: &Check) -> String {
    let fields = check
        .needs
        .fields
        .iter()
        .filter(|f| state.facts.fields.get(*f).is_none_or(String::is_empty))
        .map(|f| runbook.fields.get(f).map_or(f.as_str(), |field| field.label.as_str()));
    let secrets = check
        .needs
        .secrets
        .iter()
        .filter(|s| !state.secrets.contains_key(*s))
        .map(|s| runbook.secrets.get(s).map_or(s.as_str(), |secret| secret.label.as_str()));
    let names: Vec<_> = fields.chain(secrets).collect();
    format!("needs {}", names.join(", "))
}
