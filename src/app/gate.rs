//! The gate, asked for in earnest (DESIGN rule 8): `golive gate`, and the board of `golive validate`. How it
//! stands and what is fresh is for the domain to say: [`gate`](crate::domain::gate) and
//! [`fresh`](crate::domain::fresh).

use chrono::{DateTime, Utc};

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::domain::assess::Assessment;
use crate::domain::blocker::{Blocker, Stale, Why};
use crate::domain::board::Board;
use crate::domain::fresh::{Witness, Witnesses};
use crate::domain::gate::{GateAnswer, GateStanding, ask_gate};
use crate::domain::ids::{CheckId, EngagementId, StageId};
use crate::domain::nearest::nearest;
use crate::domain::refusal::Refusal;
use crate::store::Latest;

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

/// The board of a go/no-go.
#[derive(Debug, Clone)]
pub struct BoardReport {
    /// The engagement that was looked at.
    pub engagement: Engagement,
    /// How it was assessed.
    pub assessment: Assessment,
    /// The criteria.
    pub board: Board,
    /// The newest result of each check.
    pub seen: Witnesses,
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
                | Why::ChangedSince(check, _)
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
        let GateAnswer { standing, blockers, not_fresh } =
            ask_gate(runbook, &engagement.state, &assessment, index, &seen, at);
        Ok(GateReport { stage: stage.cloned(), standing, blockers, not_fresh, at, engagement })
    }

    /// The board of a go/no-go: every criterion with what proves it.
    pub async fn board(&self, id: &EngagementId) -> Result<BoardReport, AppError> {
        let engagement = self.load(id).await?;
        let seen = self.witnesses(id).await?;
        let at = self.now();
        let assessment = engagement.assess(at);
        let board = Board::new(&engagement.runbook, &engagement.state, &assessment, &seen, at);
        Ok(BoardReport { engagement, assessment, board, seen, at })
    }

    /// The newest result of every check, as far as going live depends on it.
    pub(super) async fn witnesses(&self, id: &EngagementId) -> Result<Witnesses, AppError> {
        let latest = self.shared.store.latest(id).await?;
        let witness =
            |(check, latest): (CheckId, Latest)| (check, Witness::of(latest.observation, latest.last_pass));
        Ok(latest.into_iter().map(witness).collect())
    }
}
