//! Which rows of the runbook's troubleshooting a result meets: pure.
//!
//! A row with a condition is met when the condition holds for the answer that decided the result, one
//! without when it names the check. Nothing is met by a pass, nor by a check that has not run: that
//! something is not filled in yet is no symptom.

use super::outcome::Outcome;
use super::shown::clipped;
use crate::domain::ids::CheckId;
use crate::domain::runbook::Symptom;
use crate::domain::verdict::{Cause, Verdict};

/// The most causes of one result: more help nobody.
pub const MAX_CAUSES: usize = 5;
/// The longest text of a cause, in characters.
const MAX_TEXT: usize = 600;

/// The causes that the troubleshooting knows for a result of a check.
pub fn met(rows: &[Symptom], check: &CheckId, outcome: &Outcome) -> Vec<Cause> {
    let looked = match outcome.verdict {
        Verdict::Pass => false,
        Verdict::Fail | Verdict::Pending => true,
        // A run that found out nothing has results all the same; one that did not begin has none.
        Verdict::Unknown => !outcome.results.is_empty(),
    };
    if !looked {
        return Vec::new();
    }
    rows.iter()
        .filter(|row| meets(row, check, outcome))
        .take(MAX_CAUSES)
        .map(|row| Cause {
            symptom: clipped(&row.symptom, MAX_TEXT),
            cause: clipped(&row.cause, MAX_TEXT),
            fix: clipped(&row.fix, MAX_TEXT),
        })
        .collect()
}

fn meets(row: &Symptom, check: &CheckId, outcome: &Outcome) -> bool {
    let named = row.checks.contains(check);
    match (&row.when, &outcome.seen) {
        (None, _) => named,
        // A condition without a value does not hold: most rows are about the answers of other checks.
        (Some(when), Some(seen)) => (named || row.checks.is_empty()) && when.holds(seen).unwrap_or(false),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::outcome::result;
    use crate::domain::expression::Expression;
    use minijinja::context;

    fn id(name: &str) -> CheckId {
        CheckId::new(name).unwrap()
    }

    fn row(cause: &str, checks: &[&str], when: Option<&str>) -> Symptom {
        Symptom {
            symptom: "it does not work".into(),
            cause: cause.into(),
            fix: "mend it".into(),
            checks: checks.iter().map(|c| id(c)).collect(),
            when: when.map(|w| Expression::new(w).unwrap()),
        }
    }

    fn outcome(verdict: Verdict) -> Outcome {
        let seen = context! { headers => context! { mode => "test" }, status => 200 };
        let results = vec![result("step", verdict, "live", "test")];
        Outcome { verdict, results, seen: Some(seen), ..Outcome::unknown("") }
    }

    fn causes(rows: &[Symptom], outcome: &Outcome) -> Vec<String> {
        met(rows, &id("ready"), outcome).into_iter().map(|c| c.cause).collect()
    }

    fn rows() -> Vec<Symptom> {
        vec![
            row("general advice", &[], None),
            row("this check", &["other", "ready"], None),
            row("another check", &["other"], None),
            row("test key", &[], Some("headers.mode == 'test'")),
            row("test key here", &["ready"], Some("headers.mode == 'test'")),
            row("test key elsewhere", &["other"], Some("headers.mode == 'test'")),
            row("live key", &[], Some("headers.mode == 'live'")),
            row("no such header", &[], Some("headers.gone == 'x'")),
        ]
    }

    #[test]
    fn a_row_is_met_by_its_condition_or_by_naming_the_check() {
        for verdict in [Verdict::Fail, Verdict::Pending, Verdict::Unknown] {
            let met = causes(&rows(), &outcome(verdict));
            assert_eq!(met, ["this check", "test key", "test key here"], "{verdict:?}");
        }
    }

    #[test]
    fn without_an_answer_only_rows_without_a_condition_are_met() {
        let silent = Outcome { seen: None, ..outcome(Verdict::Unknown) };
        assert_eq!(causes(&rows(), &silent), ["this check"]);
    }

    #[test]
    fn a_pass_or_a_check_that_did_not_run_has_no_cause() {
        assert_eq!(causes(&rows(), &outcome(Verdict::Pass)), Vec::<String>::new());
        let not_run = Outcome::unknown("not configured: field api_url");
        assert_eq!(causes(&rows(), &not_run), Vec::<String>::new());
    }

    #[test]
    fn causes_are_few_and_short() {
        let many: Vec<_> = (0..50).map(|_| row(&"é".repeat(4000), &["ready"], None)).collect();
        let met = causes(&many, &outcome(Verdict::Fail));
        assert_eq!(met.len(), MAX_CAUSES);
        assert!(met.iter().all(|c| c.chars().count() <= MAX_TEXT));
    }
}
