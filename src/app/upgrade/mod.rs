//! Going over to another version of a runbook: shown first, then done, and only what was shown.

mod source;
mod words;

use std::sync::Arc;

pub use source::{NoRunbook, runbook_named};
pub use words::Weight;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::execute::{Done, MAX_TRIES};
use super::sign::Draft;
use crate::domain::command::Acting;
use crate::domain::decide::{self, Consequences};
use crate::domain::ids::EngagementId;
use crate::domain::refusal::Refusal;
use crate::domain::runbook::Runbook;
use crate::runbook::Difference;
use crate::store::StoreError;

/// What an upgrade would do.
#[derive(Debug, Clone)]
pub struct UpgradePlan {
    /// The engagement as it is.
    pub engagement: Engagement,
    /// The runbook that it would keep.
    pub next: Arc<Runbook>,
    /// What is different between the two.
    pub difference: Difference,
    /// What that does to the engagement.
    pub consequences: Consequences,
    bytes: Vec<u8>,
}

impl UpgradePlan {
    /// Whether the engagement keeps this very file already.
    pub fn nothing_to_do(&self) -> bool {
        self.next.digest == self.engagement.runbook.digest
    }
}

impl App {
    /// Says what going over to a runbook would do. Nothing is written.
    pub async fn plan_upgrade(
        &self,
        id: &EngagementId,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<UpgradePlan, AppError> {
        let engagement = self.load(id).await?;
        let loaded =
            crate::runbook::load(name, &bytes).map_err(|faults| AppError::Runbook(Box::new(faults)))?;
        let next = Arc::new(loaded.runbook);
        let ours = &engagement.runbook.id;
        if next.id != *ours {
            let refusal = Refusal::OtherRunbook { ours: ours.clone(), theirs: next.id.clone() };
            return Err(AppError::refused(refusal, Some(engagement)));
        }
        Ok(self.plan(engagement, next, bytes))
    }

    fn plan(&self, engagement: Engagement, next: Arc<Runbook>, bytes: Vec<u8>) -> UpgradePlan {
        let Engagement { runbook, state } = &engagement;
        let difference = Difference::between(runbook, &next);
        let ended = Difference::verdicts_ended(runbook, &next);
        let consequences = decide::consequences(runbook, state, &next, &ended, self.now());
        UpgradePlan { engagement, next, difference, consequences, bytes }
    }

    /// Goes over. When signatures would be lost that the plan did not name, because somebody signed in
    /// between, nothing is written and the new plan is in the error.
    pub async fn upgrade(&self, plan: UpgradePlan) -> Result<Done, AppError> {
        let UpgradePlan { engagement, next, consequences: agreed, bytes, .. } = plan;
        let id = engagement.id().clone();
        let _ours = self.shared.writing.lock().await;
        let mut turn = None;
        for attempt in 0..MAX_TRIES {
            let engagement = self.load(&id).await?;
            let now = self.now();
            let again = self.plan(engagement.clone(), Arc::clone(&next), Vec::new());
            if again.consequences.lost.iter().any(|lost| !agreed.lost.contains(lost)) {
                return Err(AppError::UpgradeChanged { id });
            }
            let by = engagement.me(self);
            let acting = Acting::new(by.clone());
            let ended = Difference::verdicts_ended(&engagement.runbook, &next);
            let (runbook, state) = (&engagement.runbook, &engagement.state);
            let facts = match decide::upgrade(runbook, state, &acting, &next, &ended, now) {
                Ok(facts) => facts,
                Err(refusal) => return Err(AppError::refused(refusal, Some(engagement))),
            };
            let expected = engagement.state.head;
            let mut ready = self
                .make_ready(Draft {
                    engagement: id.clone(),
                    by,
                    at: now,
                    facts,
                    before: Some(engagement.state),
                    runbook: Arc::clone(&next),
                })
                .await?;
            ready.extra.runbook = Some(bytes.clone());
            match self.shared.store.append(&id, &expected, &ready.rows, ready.extra).await {
                Ok(head) => {
                    self.shared.cache.keep_runbook(&next);
                    self.shared.cache.keep(&ready.after);
                    self.shared.heads.put(&id, head);
                    return Ok(Done { engagement: ready.after, events: ready.events });
                }
                Err(StoreError::Conflict { .. }) => turn = self.next_turn(turn, attempt).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::Contended { id })
    }
}
