//! Freshness, where it matters: `golive gate`, go/no-go and the release (DESIGN rule 8).
//!
//! Everyday progress takes a settled verdict as it is, however old. Here every live check that counts must
//! have passed within its time to live, and what says so is a list of [`Witness`]es: the newest result of
//! each check. Whoever decides on going live signs that list, so that the question can be asked again, with
//! the same answer, years later.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::assess::{Assessment, ItemAssessment, Status};
use super::blocker::{Blocker, Why, blocker};
use super::check::Check;
use super::ids::CheckId;
use super::runbook::{CheckMode, Item, Runbook};
use super::state::State;
use super::verdict::{Observation, Verdict};

/// The longest sentence of a check that is kept, in characters.
pub const MAX_SUMMARY: usize = 240;
/// The longest id of a request that is kept, in characters.
pub const MAX_REQUEST_ID: usize = 100;

/// The newest result of a check, as far as going live depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The check.
    pub check: CheckId,
    /// What its newest result says.
    pub verdict: Verdict,
    /// When that was.
    pub at: DateTime<Utc>,
    /// When it passed last, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
    /// What it said, cut to [`MAX_SUMMARY`].
    pub summary: String,
    /// The provider's id of the request, cut to [`MAX_REQUEST_ID`].
    pub request_id: Option<String>,
}

impl Witness {
    /// What a result comes to.
    pub fn of(seen: Observation, last_pass: Option<DateTime<Utc>>) -> Self {
        Self {
            check: seen.check,
            verdict: seen.verdict,
            at: seen.at,
            last_pass,
            summary: seen.summary,
            request_id: seen.request_id,
        }
    }

    /// The same with its texts cut to what an event has room for.
    #[must_use]
    pub fn clipped(mut self) -> Self {
        self.summary = self.summary.chars().take(MAX_SUMMARY).collect();
        self.request_id = self.request_id.map(|id| id.chars().take(MAX_REQUEST_ID).collect());
        self
    }
}

/// The newest result of every check that has one.
pub type Witnesses = BTreeMap<CheckId, Witness>;

/// The done items before a gate whose check has no fresh pass, one blocker each.
pub fn not_fresh(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    gate: usize,
    seen: &Witnesses,
    now: DateTime<Utc>,
) -> Vec<Blocker> {
    let mut out = Vec::new();
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages).take(gate) {
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            let counts = match assessed.status {
                Status::Done => true,
                // What is open holds the gate shut already; what is excepted need not pass.
                Status::NotApplicable
                | Status::Waived
                | Status::Todo
                | Status::Partly
                | Status::Regressed
                | Status::Rejected
                | Status::Expired
                | Status::Stale => false,
            };
            let Some(check) = deciding(runbook, item, assessed).filter(|_| counts) else { continue };
            let witness = seen.get(&check.id);
            if !fresh(check, witness, state.checks.get(&check.id).map(|c| c.verdict), now) {
                let why = Why::NotFresh(check.id.clone(), witness.and_then(|w| w.last_pass));
                let owners = item.owner.signs.roles().into_iter().cloned().collect();
                out.push(blocker(state, stage, Some(item), why, owners));
            }
        }
    }
    out
}

/// The check that decides on an item, if one does and can run.
pub fn deciding<'a>(runbook: &'a Runbook, item: &Item, assessed: &ItemAssessment) -> Option<&'a Check> {
    let used = item.check.as_ref().filter(|c| match c.mode {
        CheckMode::Auto | CheckMode::Assist => true,
        CheckMode::Inform => false,
    })?;
    runbook.checks.get(&used.check).filter(|_| assessed.configured == Some(true))
}

/// Whether a check has passed within its time to live, and nothing definite was seen since.
pub(super) fn fresh(
    check: &Check,
    seen: Option<&Witness>,
    settled: Option<Verdict>,
    now: DateTime<Utc>,
) -> bool {
    if check.kind.looks_inward() && settled == Some(Verdict::Pass) {
        return true;
    }
    let Some(seen) = seen else {
        return false;
    };
    let contradicted = match seen.verdict {
        Verdict::Fail | Verdict::Pending => true,
        Verdict::Pass | Verdict::Unknown => false,
    };
    let ttl = time_to_live(check);
    // A pass from the future is another machine's clock running ahead, which a time to live allows for.
    let in_time = seen.last_pass.is_some_and(|at| now.signed_duration_since(at).abs() <= ttl);
    in_time && !contradicted
}

/// For how long a pass of a check counts.
pub(super) fn time_to_live(check: &Check) -> TimeDelta {
    TimeDelta::from_std(check.ttl).unwrap_or(TimeDelta::MAX)
}
