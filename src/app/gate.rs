//! The gate, asked for in earnest: `golive gate`, and later go/no-go and the release (DESIGN rule 8).
//!
//! Everyday progress takes a settled verdict as it is, however old. Here every live check that counts
//! must have passed within its time to live.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::domain::assess::{Assessment, Gate, Status};
use crate::domain::blocker::{Blocker, Why, gate_blockers};
use crate::domain::check::Check;
use crate::domain::ids::{CheckId, EngagementId, MemberName, StageId};
use crate::domain::nearest::nearest;
use crate::domain::refusal::Refusal;
use crate::domain::runbook::{CheckMode, Item, Stage};
use crate::domain::verdict::Verdict;
use crate::store::Latest;

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateStanding {
    /// Open, and every check behind it is fresh.
    Open,
    /// Shut.
    Shut,
    /// Shut, and opened by a lead in an emergency: not ready, whatever is done behind it.
    BreakGlass,
    /// It would be open, but a check has no fresh pass.
    Unknown,
}

impl GateStanding {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Shut => "shut",
            Self::BreakGlass => "break_glass",
            Self::Unknown => "unknown",
        }
    }
}

/// What holds a gate shut, if anything does.
#[derive(Debug, Clone)]
pub struct GateReport {
    /// The engagement that was looked at.
    pub engagement: Engagement,
    /// Whose gate; none for the last one, which leads to live traffic.
    pub stage: Option<StageId>,
    /// How it stands.
    pub standing: GateStanding,
    /// What is open in the stages before.
    pub blockers: Vec<Blocker>,
    /// Checks of settled items without a fresh pass, one entry per item.
    pub not_fresh: Vec<Blocker>,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

impl App {
    /// How the gate of a stage stands; of the last gate when no stage is named.
    pub async fn gate(&self, id: &EngagementId, stage: Option<&StageId>) -> Result<GateReport, AppError> {
        let engagement = self.load(id).await?;
        let latest = self.shared.store.latest(id).await?;
        let runbook = &engagement.runbook;
        let index = match stage {
            None => runbook.stages().len(),
            Some(stage) => {
                if let Some(index) = runbook.stage_index(stage.as_str()) {
                    index
                } else {
                    let known = runbook.stages().iter().map(|s| s.id.as_str());
                    let did_you_mean = nearest(stage.as_str(), known);
                    let refusal = Refusal::NoSuch { what: "stage", id: stage.to_string(), did_you_mean };
                    return Err(AppError::refused(refusal, Some(engagement)));
                }
            }
        };
        let at = self.now();
        let assessment = engagement.assess(at);
        let blockers = gate_blockers(runbook, &engagement.state, &assessment, index);
        let not_fresh = not_fresh(&engagement, &assessment, index, &latest, at);
        let standing = match (blockers.is_empty(), not_fresh.is_empty()) {
            (false, _) if assessment.gate(index) == Gate::BreakGlass => GateStanding::BreakGlass,
            (false, _) => GateStanding::Shut,
            (true, false) => GateStanding::Unknown,
            (true, true) => GateStanding::Open,
        };
        Ok(GateReport { stage: stage.cloned(), standing, blockers, not_fresh, at, engagement })
    }
}

type LatestByCheck = std::collections::BTreeMap<CheckId, Latest>;

fn not_fresh(
    engagement: &Engagement,
    assessment: &Assessment,
    index: usize,
    latest: &LatestByCheck,
    now: DateTime<Utc>,
) -> Vec<Blocker> {
    let Engagement { runbook, state } = engagement;
    let mut out = Vec::new();
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages).take(index) {
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
            let decides = item.check.as_ref().filter(|c| match c.mode {
                CheckMode::Auto | CheckMode::Assist => true,
                CheckMode::Inform => false,
            });
            let Some(check) = decides.and_then(|c| runbook.checks.get(&c.check)) else { continue };
            if !counts || assessed.configured != Some(true) {
                continue;
            }
            let seen = latest.get(&check.id);
            if !fresh(check, seen, state.checks.get(&check.id).map(|c| c.verdict), now) {
                out.push(stale_item(engagement, stage, item, check, seen.and_then(|l| l.last_pass)));
            }
        }
    }
    out
}

/// Whether a check has passed within its time to live, and nothing definite was seen since.
fn fresh(check: &Check, seen: Option<&Latest>, settled: Option<Verdict>, now: DateTime<Utc>) -> bool {
    if check.kind.looks_inward() && settled == Some(Verdict::Pass) {
        return true;
    }
    let Some(seen) = seen else {
        return false;
    };
    let contradicted = match seen.observation.verdict {
        Verdict::Fail | Verdict::Pending => true,
        Verdict::Pass | Verdict::Unknown => false,
    };
    let ttl = TimeDelta::from_std(check.ttl).unwrap_or(TimeDelta::MAX);
    // A pass from the future is another machine's clock running ahead, which a time to live allows for.
    let in_time = seen.last_pass.is_some_and(|at| now.signed_duration_since(at).abs() <= ttl);
    in_time && !contradicted
}

fn stale_item(
    engagement: &Engagement,
    stage: &Stage,
    item: &Item,
    check: &Check,
    last_pass: Option<DateTime<Utc>>,
) -> Blocker {
    let roles: Vec<_> = item.owner.signs.roles().into_iter().cloned().collect();
    let mut people: Vec<MemberName> = Vec::new();
    for name in roles.iter().flat_map(|role| engagement.state.holders(role)) {
        if !people.contains(name) {
            people.push(name.clone());
        }
    }
    Blocker {
        stage: stage.id.clone(),
        item: Some(item.id.clone()),
        why: Why::NotFresh(check.id.clone(), last_pass),
        roles,
        people,
    }
}
