//! Judging an answer: pure, so that every verdict can be tested without a network.
//!
//! Only an answer that the other side meant as an answer can pass or fail a check (DESIGN rule 7).
//! A 5xx, a 401 or 403, a 429, a body that cannot be read where it is needed, or a condition or a list of
//! what is outstanding that has no value all mean "unknown": nothing can be said. The exception is a step whose
//! `expect` names the very status, such as `status == 401` for "a wrong key is refused".

mod passed;

use minijinja::Value;

use super::answer::Answer;
use super::echo::Echo;
use super::shown::{self, MAX_SUMMARY, clipped};
pub use super::surroundings::Surroundings;
use crate::domain::check::{HttpStep, Listing};
use crate::domain::expression::Expression;
use crate::domain::paths::Words;
use crate::domain::verdict::{Finding, FindingKind, StepResult, Verdict};

/// The longest text of a finding, in characters.
const MAX_FINDING: usize = 200;
/// The most findings of one step.
const MAX_FINDINGS: usize = 50;
/// The longest value that is captured, in bytes.
const MAX_CAPTURE: usize = 4096;
/// The expectation of a step that names none.
const SUCCESS: &str = "a 2xx status";

/// Whole milliseconds.
pub fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict of the step.
    pub verdict: Verdict,
    /// One sentence for people.
    pub summary: String,
    /// Each expectation with what was there.
    pub results: Vec<StepResult>,
    /// What the other side names as outstanding.
    pub findings: Vec<Finding>,
    /// The other side's id of the request.
    pub request_id: Option<String>,
    /// What was captured; nothing when the step fails.
    pub captures: Vec<(String, String)>,
    /// What conditions saw of an answer that is not a pass, for the runbook's troubleshooting.
    pub seen: Option<Value>,
}

impl Judgement {
    /// Covers secrets in all that is told, with the verdict left as it is.
    pub fn cover(&mut self, echo: &Echo) {
        if echo.is_empty() {
            return;
        }
        let results = self.results.iter_mut().map(|result| &mut result.actual);
        let findings = self.findings.iter_mut().map(|finding| &mut finding.text);
        // What is captured is sent on: a short secret that is part of it by chance must not change it.
        self.captures.retain(|(_, value)| !echo.is_all_of(value));
        let told = results.chain(findings).chain(&mut self.request_id);
        told.chain([&mut self.summary]).for_each(|text| echo.cover_text(text));
    }
}

/// Judges the answer to one step.
pub fn judge(step: &HttpStep, answer: &Answer, around: &Surroundings<'_>) -> Judgement {
    passed::passed(step, answer, around).unwrap_or_else(|| in_full(step, answer, around))
}

/// With the engine of the language, which knows every condition and why one has no value.
fn in_full(step: &HttpStep, answer: &Answer, around: &Surroundings<'_>) -> Judgement {
    let json = answer.json();
    let request_id = answer.request_id(json.as_ref().ok());
    let judgement = if let Some(why) = unanswered(step, answer, json.as_ref().err().copied()) {
        unknown(step, answer, &why)
    } else {
        let text = reads(step, "text").then(|| answer.text().ok()).flatten();
        weigh(step, answer, &around.with_answer(answer, json.clone().ok(), text))
    };
    let seen = match judgement.verdict {
        Verdict::Pass => None,
        Verdict::Fail | Verdict::Pending | Verdict::Unknown => {
            Some(around.with_answer(answer, json.ok(), answer.text().ok()))
        }
    };
    Judgement { request_id, seen, ..judgement }
}

/// A result for a step that gives no verdict.
fn unknown(step: &HttpStep, answer: &Answer, why: &str) -> Judgement {
    let result = StepResult {
        name: clipped(&step.name, MAX_FINDING),
        verdict: Verdict::Unknown,
        expected: "an answer that can be judged".to_owned(),
        actual: clipped(why, shown::MAX_ACTUAL),
        latency_ms: millis(answer.elapsed),
    };
    Judgement {
        verdict: Verdict::Unknown,
        summary: clipped(why, MAX_SUMMARY),
        results: vec![result],
        findings: Vec::new(),
        request_id: None,
        captures: Vec::new(),
        seen: None,
    }
}

/// Why nothing can be said on the strength of this answer.
fn unanswered(step: &HttpStep, answer: &Answer, json: Option<super::answer::Unreadable>) -> Option<String> {
    let status = answer.status;
    let named = || expects_status(step, status);
    match status {
        401 | 403 if !named() => return Some(format!("the credentials were refused (status {status})")),
        429 if !named() => return Some("too many requests (status 429)".to_owned()),
        200..=499 => {}
        _ if named() => {}
        500..=599 => return Some(format!("the other side has a fault (status {status})")),
        _ => return Some(format!("an answer with status {status} says nothing")),
    }
    if let Some(unreadable) = json
        && reads(step, "json")
    {
        let to = answer.headers.get("location").filter(|_| (300..400).contains(&status));
        return Some(match to {
            Some(to) => format!("it leads to {to}, and that is not followed (status {status})"),
            None => unreadable.to_string(),
        });
    }
    if reads(step, "text") {
        return answer.text().err().map(|e| e.to_string());
    }
    None
}

/// Whether the expectations name this very status.
pub fn expects_status(step: &HttpStep, status: u16) -> bool {
    names_status(step, |n| n == u64::from(status))
}

/// Whether the expectations name any redirect, so that it is not followed but judged.
pub fn expects_redirect(step: &HttpStep) -> bool {
    names_status(step, |n| (300..400).contains(&n))
}

fn names_status(step: &HttpStep, wanted: impl Fn(u64) -> bool) -> bool {
    step.expect
        .iter()
        .map(Expression::words)
        .any(|words| words.read("status") && words.numbers.iter().any(|n| wanted(*n)))
}

/// Whether the verdict depends on a part of the answer.
fn reads(step: &HttpStep, root: &str) -> bool {
    let listed = step.blocking.iter().map(|list| &list.entries);
    let captured = step.capture.iter().map(|(_, e)| e);
    let deciding = step.expect.iter().chain(&step.pending).chain(captured).chain(listed);
    deciding.map(Expression::words).any(|words| words.read(root))
}

fn assertion(
    step: &HttpStep,
    answer: &Answer,
    verdict: Verdict,
    expected: &str,
    actual: String,
) -> StepResult {
    StepResult {
        name: clipped(&step.name, MAX_FINDING),
        verdict,
        expected: clipped(expected, MAX_SUMMARY),
        actual,
        latency_ms: millis(answer.elapsed),
    }
}

fn weigh(step: &HttpStep, answer: &Answer, context: &Value) -> Judgement {
    let result = |verdict, expected: &str, actual| assertion(step, answer, verdict, expected, actual);
    let mut results: Vec<StepResult> = step
        .expect
        .iter()
        .map(|e| {
            let verdict = match e.holds(context) {
                Ok(true) => Verdict::Pass,
                Ok(false) => Verdict::Fail,
                Err(_) => Verdict::Unknown,
            };
            result(verdict, e.source(), shown::actual(e.words(), context, verdict == Verdict::Pass))
        })
        .collect();
    if results.is_empty() {
        let good = (200..300).contains(&answer.status);
        let verdict = if good { Verdict::Pass } else { Verdict::Fail };
        results.push(result(verdict, SUCCESS, shown::actual(&Words::of("status"), context, good)));
    }
    let findings = findings(step, context);
    let outstanding = findings.iter().filter(|f| f.kind == FindingKind::Blocking).collect::<Vec<_>>();
    if !outstanding.is_empty() && results.iter().all(|r| r.verdict == Verdict::Pass) {
        // What the other side calls outstanding is not ready, whatever else it says.
        let names = outstanding.iter().map(|f| f.text.as_str()).collect::<Vec<_>>().join(", ");
        results.push(result(Verdict::Fail, "nothing outstanding", clipped(&names, shown::MAX_ACTUAL)));
    }
    // What is outstanding cannot be told: nobody may take it for nothing.
    for list in step.blocking.iter().filter(|list| entries(list, context).is_none()) {
        let actual = shown::actual(list.entries.words(), context, false);
        results.push(result(Verdict::Unknown, list.entries.source(), actual));
    }
    let mut verdict = combined(&results);
    // What somebody has to bring does not come by waiting.
    let waits = verdict != Verdict::Pass && outstanding.is_empty();
    if waits && step.pending.iter().any(|p| p.holds(context).unwrap_or(false)) {
        verdict = Verdict::Pending;
        // The expectation that waits is not broken: a person would read a cross as something to mend.
        for unmet in results.iter_mut().filter(|r| r.verdict != Verdict::Pass) {
            unmet.verdict = Verdict::Pending;
        }
    }
    let mut captures = Vec::new();
    if matches!(verdict, Verdict::Pass | Verdict::Pending) {
        for (name, from) in &step.capture {
            match from.value(context).ok().and_then(|v| captured(&v)) {
                Some(value) => captures.push((name.clone(), value)),
                None if verdict == Verdict::Pass => {
                    verdict = Verdict::Unknown;
                    let expected = format!("a value for {name}");
                    results.push(result(verdict, &expected, shown::actual(from.words(), context, false)));
                }
                None => {}
            }
        }
    }
    let summary = summary(step, verdict, &results, context);
    Judgement { verdict, summary, results, findings, request_id: None, captures, seen: None }
}

/// A definite fail outweighs what has no value: the other side did answer.
fn combined(results: &[StepResult]) -> Verdict {
    let any = |v| results.iter().any(|r| r.verdict == v);
    if any(Verdict::Fail) {
        Verdict::Fail
    } else if any(Verdict::Unknown) {
        Verdict::Unknown
    } else {
        Verdict::Pass
    }
}

fn findings(step: &HttpStep, context: &Value) -> Vec<Finding> {
    let lists = [
        (FindingKind::Blocking, &step.blocking),
        (FindingKind::Waiting, &step.waiting),
        (FindingKind::Warning, &step.warning),
    ];
    let mut out = Vec::new();
    for (kind, lists) in lists {
        for list in lists {
            out.extend(
                entries(list, context).unwrap_or_default().into_iter().map(|text| Finding { kind, text }),
            );
        }
    }
    out.truncate(MAX_FINDINGS);
    out
}

/// The entries of one list in words; none at all when it is not there or is no list.
fn entries(list: &Listing, context: &Value) -> Option<Vec<String>> {
    let value = list.entries.value(context).ok().filter(|value| !value.is_undefined())?;
    let entries: Vec<Value> = if value.as_str().is_some() || !value.is_true() {
        Vec::from_iter(value.is_true().then_some(value))
    } else {
        value.try_iter().ok()?.take(MAX_FINDINGS).collect()
    };
    let words = entries.into_iter().map(|entry| {
        let text = shown::value(&entry, MAX_FINDING);
        match &list.label {
            None => text,
            Some(label) => clipped(&format!("{text} is {label}"), MAX_FINDING),
        }
    });
    Some(words.collect())
}

/// A text, number or truth value that can stand in a field or a later request.
pub(super) fn captured(value: &Value) -> Option<String> {
    use minijinja::value::ValueKind;
    let text = match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => value.to_string(),
        // Everything else has no text of its own. The set of kinds may grow with minijinja.
        _ => return None,
    };
    can_stand(&text).then_some(text)
}

fn can_stand(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_CAPTURE && !text.chars().any(char::is_control)
}

fn all_met(step: &HttpStep, n: usize) -> String {
    let met = if n == 1 { " expectation met" } else { " expectations met" };
    clipped(&[step.name.as_str(), ": ", &n.to_string(), met].concat(), MAX_SUMMARY)
}

fn summary(step: &HttpStep, verdict: Verdict, results: &[StepResult], context: &Value) -> String {
    let telling = results.iter().find(|r| verdict != Verdict::Pass && r.verdict == verdict);
    let mut text = match telling {
        None => return all_met(step, results.len()),
        Some(unmet) if verdict == Verdict::Unknown => {
            format!("cannot be evaluated: {} ({})", unmet.expected, unmet.actual)
        }
        Some(unmet) => format!("expected {}, got {}", unmet.expected, unmet.actual),
    };
    let reason = step.reason.as_ref().and_then(|r| r.value(context).ok()).filter(Value::is_true);
    if let Some(reason) = reason {
        text = format!("{}: {text}", shown::value(&reason, MAX_FINDING / 2));
    }
    clipped(&text, MAX_SUMMARY)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
