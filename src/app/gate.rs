//! The gate, asked for in earnest: `golive gate` (DESIGN rule 8). What is fresh is for the domain to say:
//! [`fresh`](crate::domain::fresh).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::domain::assess::Gate;
use crate::domain::blocker::{Blocker, Stale, Why, gate_blockers};
use crate::domain::fresh::{Witness, Witnesses, not_fresh};
use crate::domain::ids::{CheckId, EngagementId, StageId};
use crate::domain::nearest::nearest;
use crate::domain::refusal::Refusal;
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

impl GateReport {
    /// The checks whose pass would help: without a fresh one, or holding the gate shut.
    pub fn checks_to_run(&self) -> Vec<CheckId> {
        let mut out: Vec<CheckId> = Vec::new();
        for blocker in self.not_fresh.iter().chain(&self.blockers) {
            let check = match &blocker.why {
                Why::NotFresh(check, _)
                | Why::CheckNotPassed(check, _)
                | Why::Stale(Stale::Regressed(check)) => check,
                Why::NotTicked
                | Why::BoxesLeft(_)
                | Why::NotSigned
                | Why::SamePerson
                | Why::EvidenceLeft { .. }
                | Why::NoComment
                | Why::Stale(_)
                | Why::StageNotSigned => continue,
            };
            if !out.contains(check) {
                out.push(check.clone());
            }
        }
        out
    }
}

impl App {
    /// How the gate of a stage stands; of the last gate when no stage is named.
    pub async fn gate(&self, id: &EngagementId, stage: Option<&StageId>) -> Result<GateReport, AppError> {
        let engagement = self.load(id).await?;
        let seen = self.witnesses(id).await?;
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
        let not_fresh = not_fresh(runbook, &engagement.state, &assessment, index, &seen, at);
        let standing = match (blockers.is_empty(), not_fresh.is_empty()) {
            (false, _) if assessment.gate(index) == Gate::BreakGlass => GateStanding::BreakGlass,
            (false, _) => GateStanding::Shut,
            (true, false) => GateStanding::Unknown,
            (true, true) => GateStanding::Open,
        };
        Ok(GateReport { stage: stage.cloned(), standing, blockers, not_fresh, at, engagement })
    }

    /// The newest result of every check, as far as going live depends on it.
    pub(super) async fn witnesses(&self, id: &EngagementId) -> Result<Witnesses, AppError> {
        let latest = self.shared.store.latest(id).await?;
        let witness = |(check, latest): (CheckId, Latest)| {
            let seen = latest.observation;
            let witness = Witness {
                check: check.clone(),
                verdict: seen.verdict,
                at: seen.at,
                last_pass: latest.last_pass,
                summary: seen.summary,
                request_id: seen.request_id,
            };
            (check, witness)
        };
        Ok(latest.into_iter().map(witness).collect())
    }
}
