//! The log of an engagement, for people.

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::trust::{parse, tampered};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::head::Head;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;
use crate::store::{ChainFault, Row, walk, walk_from};

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

    /// The events of an engagement as it was loaded that come after `seq`, oldest first. Reads no others:
    /// each names the hash of the one before it, and the last must be the head that was believed.
    pub async fn history_since(&self, engagement: &Engagement, seq: u64) -> Result<Vec<Record>, AppError> {
        let (id, head) = (engagement.id(), engagement.state.head);
        if seq >= head.seq {
            return Ok(Vec::new());
        }
        let mut rows = self.shared.store.read(id, seq).await?;
        // What was appended in between has not been looked at yet.
        rows.retain(|row| row.seq <= head.seq);
        let records = records(id, &rows)?;
        let start = records.first().map(|first| Head { seq, hash: first.event.prev });
        let start = start.ok_or_else(|| tampered(id, head.seq, LogFault::Cut))?;
        passes(id, walk_from(start, &rows), head)?;
        Ok(records)
    }

    /// The log of an engagement as it was loaded, oldest first.
    pub(super) async fn history_of(&self, engagement: &Engagement) -> Result<Vec<Record>, AppError> {
        let (id, head) = (engagement.id(), engagement.state.head);
        let mut rows = self.shared.store.read(id, 0).await?;
        // What was appended in between has not been looked at yet.
        rows.retain(|row| row.seq <= head.seq);
        passes(id, walk(&rows), head)?;
        records(id, &rows)
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

/// Whether rows that were walked end at the head that was believed.
fn passes(id: &EngagementId, walked: Result<Head, ChainFault>, head: Head) -> Result<(), AppError> {
    match walked {
        Ok(found) if found == head => Ok(()),
        Ok(found) => Err(tampered(id, found.seq, LogFault::Rewritten).into()),
        Err(ChainFault { seq, fault }) => Err(tampered(id, seq, LogFault::Chain(fault)).into()),
    }
}

fn records(id: &EngagementId, rows: &[Row]) -> Result<Vec<Record>, AppError> {
    rows.iter()
        .map(|row| {
            let event = parse(row).map_err(|fault| tampered(id, row.seq, fault))?;
            Ok(Record { event, hash: row.hash })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::app::AppError;
    use crate::app::testing::{Bench, id, note};

    #[tokio::test]
    async fn the_end_of_a_log_is_read_without_its_beginning_and_believed_by_its_head_alone() {
        let (bench, _) = Bench::with_acme().await;
        for n in 0..5 {
            bench.app.execute(&id("acme"), note(&format!("remark {n}"))).await.unwrap();
        }
        let engagement = bench.app.load(&id("acme")).await.unwrap();
        let all = bench.app.history(&id("acme")).await.unwrap();
        let seq = engagement.state.head.seq;
        for after in [0, seq - 3, seq, seq + 9] {
            let since = bench.app.history_since(&engagement, after).await.unwrap();
            assert_eq!(since, all.iter().filter(|r| r.event.seq > after).cloned().collect::<Vec<_>>());
        }
        // What lies before is not looked at again; what is read must be what was believed.
        bench.sql("UPDATE events SET body = x'7b7d' WHERE seq = 2").await;
        assert_eq!(bench.app.history_since(&engagement, seq - 2).await.unwrap().len(), 2);
        bench.sql("UPDATE events SET hash = zeroblob(32) WHERE seq = (SELECT max(seq) FROM events)").await;
        let error = bench.app.history_since(&engagement, seq - 2).await.unwrap_err();
        assert!(matches!(error, AppError::Tampered(_)), "{error}");
    }
}
