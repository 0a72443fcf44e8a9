//! The `fields` check: facts that must be filled in and in form.

use super::outcome::{Outcome, result};
use super::shown::{MAX_ACTUAL, clipped};
use super::subject::Subject;
use crate::domain::ids::FieldId;
use crate::domain::inward::filled_in;
use crate::domain::verdict::{StepResult, Verdict};

/// Looks at the fields, in the author's order.
pub fn run(fields: &[FieldId], subject: &Subject) -> Outcome {
    let results: Vec<_> = fields.iter().map(|id| look(id, subject)).collect();
    let passed = format!("{} filled in", if results.len() == 1 { "the field is" } else { "all fields are" });
    Outcome::of(results, &passed)
}

fn look(id: &FieldId, subject: &Subject) -> StepResult {
    let field = subject.runbook.fields.get(id);
    let label = field.map_or(id.as_str(), |f| f.label.as_str());
    let pattern = field.and_then(|f| f.pattern.as_ref());
    let expected = pattern.map_or("a value".to_owned(), |p| format!("a value in the form {}", p.source()));
    match filled_in(&subject.facts, id) {
        None => result(label, Verdict::Fail, &expected, "nothing"),
        Some(value) => {
            let good = pattern.is_none_or(|p| p.matches(value));
            let verdict = if good { Verdict::Pass } else { Verdict::Fail };
            result(label, verdict, &expected, &clipped(value, MAX_ACTUAL))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::Bench;

    fn verdicts(value: &str) -> Outcome {
        let subject = Bench::new().field("org", value).pattern("org", "^org_[a-z]+$").subject();
        run(&[FieldId::new("org").unwrap()], &subject)
    }

    #[test]
    fn a_field_must_be_there_and_in_form() {
        assert_eq!(verdicts("org_abc").verdict, Verdict::Pass);
        assert_eq!(verdicts(" ").verdict, Verdict::Fail);
        let wrong = verdicts("acct_1\u{1b}");
        assert_eq!(wrong.verdict, Verdict::Fail);
        assert_eq!(wrong.results[0].actual, "acct_1␛");
        assert_eq!(wrong.summary, "org: expected a value in the form ^org_[a-z]+$, got acct_1␛");
    }
}
