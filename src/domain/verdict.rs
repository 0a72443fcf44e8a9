//! What a live check can say.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CheckId, FieldId};

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Verdict {
    /// Every expectation held.
    Pass,
    /// The other side answered, and an expectation did not hold: a definite fail.
    Fail,
    /// The other side says that it is still working on it.
    Pending,
    /// Nothing can be said: time-out, 5xx, 401, an answer that cannot be read, not configured.
    Unknown,
}

impl Verdict {
    /// The word for screens and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
        }
    }
}

/// One result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The check that was run.
    pub check: CheckId,
    /// What it says.
    pub verdict: Verdict,
    /// When the run ended.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// One sentence for people: why it is not a pass, or what passed.
    pub summary: String,
    /// Each step with what was expected and what was there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepResult>,
    /// What the other side named as outstanding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What the runbook's troubleshooting knows about a result that is not a pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The provider's id of the last request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Values captured for fields of the engagement.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captured: BTreeMap<FieldId, String>,
    /// How many results in a row, this one included, gave this verdict.
    pub streak: u32,
    /// The last event of the log when the run began: what it says, it says of the facts as they were then.
    /// None for one that was kept before that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_at: Option<u64>,
}

/// One step of a check, or one assertion of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// What the step is called.
    pub name: String,
    /// What it says.
    pub verdict: Verdict,
    /// What was expected; a condition as the runbook has it, or words.
    pub expected: String,
    /// What was there, cut to a bounded length. Never a secret.
    pub actual: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}

/// A row of the runbook's troubleshooting that a result met. Each text is bounded in length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What a person sees.
    pub symptom: String,
    /// Why it happens.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

/// What the other side names as outstanding, such as `business_website`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub kind: FindingKind,
    /// The other side's word for it, bounded in length.
    pub text: String,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Someone must act before the check can pass.
    Blocking,
    /// Handed in, under review: only to be looked at again.
    Waiting,
    /// Not blocking yet.
    Warning,
}
