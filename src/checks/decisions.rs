//! The `decisions` check: choices that must be proposed or confirmed, and still keep their rules.

use minijinja::Value;

use super::outcome::{Outcome, result};
use super::subject::Subject;
use crate::domain::check::{DecisionStage, DecisionsCheck};
use crate::domain::ids::DecisionId;
use crate::domain::inward::{asked_for, keeps_rules};
use crate::domain::verdict::{StepResult, Verdict};

/// Looks at the decisions, in the author's order; at all of the runbook when none is listed.
pub fn run(check: &DecisionsCheck, subject: &Subject) -> Outcome {
    let context = subject.context();
    let asked = asked_for(&subject.runbook, check);
    let results = asked.into_iter().map(|id| look(id, check.state, subject, &context)).collect();
    Outcome::of(results, &format!("every decision is {}", word(check.state)))
}

fn word(stage: DecisionStage) -> &'static str {
    match stage {
        DecisionStage::Proposed => "proposed",
        DecisionStage::Confirmed => "confirmed",
    }
}

fn look(id: &DecisionId, wanted: DecisionStage, subject: &Subject, context: &Value) -> StepResult {
    let Some(decision) = subject.runbook.decisions.get(id) else {
        return result(id.as_str(), Verdict::Unknown, word(wanted), "no such decision");
    };
    let Some((value, stage)) = subject.facts.decisions.get(id) else {
        return result(&decision.title, Verdict::Fail, word(wanted), "nothing yet");
    };
    let verdict = |good| if good { Verdict::Pass } else { Verdict::Fail };
    let actual = match keeps_rules(decision, value, *stage, context) {
        Ok(()) => format!("{value} ({})", word(*stage)),
        Err(bad) => return result(&decision.title, Verdict::Fail, word(wanted), &format!("{value}: {bad}")),
    };
    result(&decision.title, verdict(*stage >= wanted), word(wanted), &actual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::Bench;

    fn outcome(market: &str, stage: DecisionStage) -> Outcome {
        let subject = Bench::new()
            .field("market", market)
            .choice("three_ds", &["mandatory", "optional"], "fields.market != 'EU' or value == 'mandatory'")
            .decided("three_ds", "optional", stage)
            .subject();
        run(&DecisionsCheck { decisions: vec![], state: DecisionStage::Confirmed }, &subject)
    }

    #[test]
    fn a_proposal_is_not_yet_a_confirmed_decision() {
        assert_eq!(outcome("US", DecisionStage::Confirmed).verdict, Verdict::Pass);
        let proposed = outcome("US", DecisionStage::Proposed);
        assert_eq!(proposed.verdict, Verdict::Fail);
        assert_eq!(proposed.results[0].actual, "optional (proposed)");
    }

    #[test]
    fn a_decision_that_breaks_a_rule_since_a_fact_changed_fails() {
        assert_eq!(outcome("EU", DecisionStage::Confirmed).verdict, Verdict::Fail);
    }

    #[test]
    fn a_decision_not_taken_fails() {
        let subject = Bench::new().choice("three_ds", &["a"], "true").subject();
        let check = DecisionsCheck { decisions: vec![], state: DecisionStage::Proposed };
        assert_eq!(run(&check, &subject).results[0].actual, "nothing yet");
    }
}
