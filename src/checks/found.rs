//! Conditions over what was found in a file or said by a program: each with its values beside it.

use minijinja::Value;

use super::outcome::{Outcome, result};
use super::scan::detect::Detector;
use super::shown;
use crate::domain::check::ScanKind;
use crate::domain::expression::Expression;
use crate::domain::verdict::{StepResult, Verdict};

/// The context of conditions: what was found, beside `fields` and `decisions`.
pub fn context(facts: &Value, found: Vec<(&'static str, Value)>) -> Value {
    let known = ["fields", "decisions"].map(|name| (name, facts.get_attr(name).unwrap_or_default()));
    Value::from_pairs(known.into_iter().chain(found))
}

/// What was found without what nobody is to see: a program may print it, and a member may point a check at any
/// file of this machine.
pub fn covered(mut outcome: Outcome) -> Outcome {
    let Ok(detector) = Detector::new(&ScanKind::ALL, &[]) else { return outcome };
    outcome.summary = detector.cover(&outcome.summary);
    for result in &mut outcome.results {
        result.actual = detector.cover(&result.actual);
    }
    outcome
}

/// One result for each condition. One that has no value says nothing: it is unknown, not failed.
pub fn judge(name: &str, expect: &[Expression], context: &Value) -> Vec<StepResult> {
    let one = |condition: &Expression| {
        let (verdict, actual) = match condition.holds(context) {
            Ok(true) => (Verdict::Pass, shown::actual(condition.words(), context, true)),
            Ok(false) => (Verdict::Fail, shown::actual(condition.words(), context, false)),
            Err(e) => {
                let values = shown::actual(condition.words(), context, false);
                let why = if values.is_empty() { e.to_string() } else { values };
                (Verdict::Unknown, why)
            }
        };
        result(name, verdict, condition.source(), &actual)
    };
    expect.iter().map(one).collect()
}
