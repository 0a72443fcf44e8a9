//! What one run of a check found, before it is stamped and counted.

use minijinja::Value;

use super::schedule::Pace;
use super::shown::{MAX_ACTUAL, MAX_SUMMARY, clipped};
use crate::domain::verdict::{Cause, Finding, StepResult, Verdict};

/// The most results of one run; a runbook may list more expectations than anyone reads.
pub const MAX_RESULTS: usize = 100;

/// The outcome of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence for people.
    pub summary: String,
    /// Each assertion.
    pub results: Vec<StepResult>,
    /// What the other side names as outstanding.
    pub findings: Vec<Finding>,
    /// The other side's id of the last request.
    pub request_id: Option<String>,
    /// Values by name, for fields of the runbook.
    pub captures: Vec<(String, String)>,
    /// What conditions saw of the answer that decided it, when it is not a pass.
    pub seen: Option<Value>,
    /// What golive itself knows about why it is not a pass.
    pub causes: Vec<Cause>,
    /// What it asks of the next run. A back-off is counted by the poller.
    pub pace: Pace,
}

impl Outcome {
    /// Nothing can be said.
    pub fn unknown(why: &str) -> Self {
        Self {
            verdict: Verdict::Unknown,
            summary: clipped(why, MAX_SUMMARY),
            results: Vec::new(),
            findings: Vec::new(),
            request_id: None,
            captures: Vec::new(),
            seen: None,
            causes: Vec::new(),
            pace: Pace::BackOff(1),
        }
    }

    /// The outcome of assertions that stand side by side: a definite fail outweighs what is unknown.
    pub fn of(results: Vec<StepResult>, passed: &str) -> Self {
        let worst = [Verdict::Fail, Verdict::Unknown, Verdict::Pending]
            .into_iter()
            .find_map(|v| results.iter().find(|r| r.verdict == v));
        let (verdict, summary) = match worst {
            Some(r) => (r.verdict, format!("{}: expected {}, got {}", r.name, r.expected, r.actual)),
            None => (Verdict::Pass, passed.to_owned()),
        };
        let pace = if verdict == Verdict::Unknown { Pace::BackOff(1) } else { Pace::Regular };
        Self { verdict, results, pace, ..Self::unknown(&summary) }
    }

    /// The same with what conditions saw, for the troubleshooting; a pass needs none.
    #[must_use]
    pub fn seeing(self, seen: Value) -> Self {
        let seen = (self.verdict != Verdict::Pass).then_some(seen);
        Self { seen, ..self }
    }
}

/// One assertion.
pub fn result(name: &str, verdict: Verdict, expected: &str, actual: &str) -> StepResult {
    StepResult {
        name: clipped(name, MAX_ACTUAL),
        verdict,
        expected: clipped(expected, MAX_SUMMARY),
        actual: clipped(actual, MAX_ACTUAL),
        latency_ms: 0,
    }
}
