//! The log of an engagement, for people.

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::trust::{parse, tampered};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;
use crate::store::{ChainFault, walk};

use super::trust::LogFault;

/// One event of a log with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub event: Event,
    /// The hash of the event.
    pub hash: Digest,
}

impl App {
    /// The whole log, oldest first, believed.
    pub async fn history(&self, id: &EngagementId) -> Result<Vec<Record>, AppError> {
        let engagement = self.load(id).await?;
        self.history_of(&engagement).await
    }

    /// The log of an engagement as it was loaded, oldest first.
    pub(super) async fn history_of(&self, engagement: &Engagement) -> Result<Vec<Record>, AppError> {
        let (id, head) = (engagement.id(), engagement.state.head);
        let mut rows = self.shared.store.read(id, 0).await?;
        // What was appended in between has not been looked at yet.
        rows.retain(|row| row.seq <= head.seq);
        match walk(&rows) {
            Ok(found) if found == head => {}
            Ok(found) => return Err(tampered(id, found.seq, LogFault::Rewritten).into()),
            Err(ChainFault { seq, fault }) => return Err(tampered(id, seq, LogFault::Chain(fault)).into()),
        }
        rows.iter()
            .map(|row| {
                let event = parse(row).map_err(|fault| tampered(id, row.seq, fault))?;
                Ok(Record { event, hash: row.hash })
            })
            .collect()
    }

    /// The newest results of a check, at most `limit`, the newest first.
    pub async fn recent(
        &self,
        id: &EngagementId,
        check: &CheckId,
        limit: u32,
    ) -> Result<Vec<Observation>, AppError> {
        Ok(self.shared.store.recent(id, check, limit).await?)
    }

    /// The newest result of every check, with the time of its last pass.
    pub async fn latest(
        &self,
        id: &EngagementId,
    ) -> Result<std::collections::BTreeMap<CheckId, crate::store::Latest>, AppError> {
        Ok(self.shared.store.latest(id).await?)
    }
}
