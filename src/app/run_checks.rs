//! Running the checks of an engagement once, because somebody asks.

use futures_util::future::join_all;

use super::plan::{opened, plan};
use super::{App, AppError, Seen};
use crate::checks::Runner;
use crate::domain::ids::{CheckId, EngagementId};

impl App {
    /// Runs these checks once and does what follows; all that can run when none is named. When that
    /// opens a stage, its checks run too: what they had said before counted for nothing there.
    ///
    /// A check that the runbook does not have, or that lacks a field or a secret, gives what the runner
    /// says of it; a name that is none is left out.
    pub async fn run_checks(
        &self,
        runner: &Runner,
        id: &EngagementId,
        wanted: &[CheckId],
    ) -> Result<Vec<Seen>, AppError> {
        let mut engagement = self.load(id).await?;
        let mut next: Vec<CheckId> = if wanted.is_empty() {
            plan(&engagement, &engagement.assess(self.now())).into_keys().collect()
        } else {
            wanted.to_vec()
        };
        let mut out = Vec::new();
        // Each round opens at least one stage.
        for _ in 0..=engagement.runbook.stages().len() {
            let before = engagement.assess(self.now());
            let seen_by_checks = self.subject(&engagement);
            let checks = next.iter().filter_map(|check| seen_by_checks.runbook.checks.get(check));
            let observations = join_all(checks.map(|check| runner.run_once(check, &seen_by_checks))).await;
            for observation in observations {
                let seen = self.observe(id, observation).await?;
                engagement = seen.engagement.clone();
                out.push(seen);
            }
            let after = engagement.assess(self.now());
            let can_run = plan(&engagement, &after);
            let mut again = opened(&engagement, &before, &after);
            again.retain(|c| can_run.contains_key(c) && (wanted.is_empty() || wanted.contains(c)));
            if again.is_empty() {
                break;
            }
            next = again.into_iter().collect();
        }
        Ok(out)
    }
}
