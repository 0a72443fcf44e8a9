//! The minutes of a meeting: [`crate::report::minutes`] fed from the log.

use super::App;
use super::error::AppError;
use super::evidence::LocalFiles;
use crate::domain::ids::{EngagementId, MemberName};
use crate::report::minutes::{Minutes, Source};

impl App {
    /// What happened in an engagement after an event, and what is open. Of one head of the log throughout.
    pub async fn minutes(
        &self,
        id: &EngagementId,
        since: u64,
        present: &[MemberName],
    ) -> Result<Minutes, AppError> {
        let engagement = self.load(id).await?;
        let records = self.history_of(&engagement).await?;
        let events: Vec<_> = records.iter().map(|r| &r.event).collect();
        let now = self.now();
        let (runbook, state) = (&*engagement.runbook, &*engagement.state);
        Ok(Minutes::new(&Source { runbook, state, events: &events, since, present, now }))
    }

    /// The last event before a moment, by the clocks of those who wrote them.
    pub async fn last_before(
        &self,
        id: &EngagementId,
        moment: chrono::DateTime<chrono::Utc>,
    ) -> Result<u64, AppError> {
        let records = self.history(id).await?;
        let first = records.iter().find(|r| r.event.at >= moment);
        Ok(first.map_or_else(|| records.last().map_or(0, |r| r.event.seq), |r| r.event.seq - 1))
    }

    /// Whether the user may name files of this machine.
    pub fn may_write_files(&self) -> bool {
        self.local_files == LocalFiles::Allowed
    }
}
