//! A log in pages, the newest first: a log of a hundred thousand events is read as far as somebody scrolls.
//!
//! The first page ends at a head that was believed. Every event names the hash of the one before it, so
//! each page says where the next one must end: what is shown is vouched for by the head, page after page.

use super::App;
use super::error::AppError;
use super::history::Record;
use super::trust::{LogFault, parse, tampered};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::store::walk_from;

/// The most events of one page.
pub const MAX_PAGE: u32 = 1000;

/// A page of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The events, the newest first.
    pub records: Vec<Record>,
    /// Where the page before it ends; none at the beginning of the log.
    pub older: Option<Head>,
}

impl App {
    /// The events that end at `up_to`, at most `limit` of them. `up_to` must have been believed: the head
    /// of an engagement, or what an earlier page gave.
    pub async fn log_page(&self, id: &EngagementId, up_to: Head, limit: u32) -> Result<LogPage, AppError> {
        if up_to.seq == 0 {
            return Ok(LogPage { records: Vec::new(), older: None });
        }
        let after = up_to.seq.saturating_sub(limit.clamp(1, MAX_PAGE).into());
        let wanted = u32::try_from(up_to.seq - after).unwrap_or(MAX_PAGE);
        let rows = self.shared.store.read_page(id, after, wanted).await?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let event = parse(row).map_err(|fault| tampered(id, row.seq, fault))?;
            records.push(Record { event, hash: row.hash });
        }
        let Some(first) = records.first() else {
            return Err(tampered(id, up_to.seq, LogFault::Cut).into());
        };
        let start = Head { seq: after, hash: first.event.prev };
        match walk_from(start, &rows) {
            Ok(end) if end == up_to => {}
            Ok(end) if end.seq < up_to.seq => return Err(tampered(id, up_to.seq, LogFault::Cut).into()),
            Ok(_) => return Err(tampered(id, up_to.seq, LogFault::Rewritten).into()),
            Err(broken) => return Err(tampered(id, broken.seq, LogFault::Chain(broken.fault)).into()),
        }
        records.reverse();
        Ok(LogPage { records, older: (after > 0).then_some(start) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppError;
    use crate::app::testing::{Bench, id, note};

    async fn long() -> (Bench, Head) {
        let (bench, lin) = Bench::with_acme().await;
        for n in 0..20 {
            lin.execute(&id("acme"), note(&format!("remark {n}"))).await.unwrap();
        }
        let head = bench.app.load(&id("acme")).await.unwrap().state.head;
        (bench, head)
    }

    #[tokio::test]
    async fn pages_from_the_end_are_the_whole_log_backwards() {
        let (bench, head) = long().await;
        let mut all = Vec::new();
        let mut next = Some(head);
        for _ in 0..100 {
            let Some(up_to) = next else { break };
            let page = bench.app.log_page(&id("acme"), up_to, 7).await.unwrap();
            assert!(page.records.len() <= 7);
            all.extend(page.records);
            next = page.older;
        }
        all.reverse();
        assert_eq!(all, bench.app.history(&id("acme")).await.unwrap());
    }

    #[tokio::test]
    async fn a_page_that_was_changed_is_not_shown() {
        let (bench, head) = long().await;
        let page = bench.app.log_page(&id("acme"), head, 5).await.unwrap();
        bench.sql("UPDATE events SET hash = zeroblob(32) WHERE seq = 18").await;
        let older = page.older.unwrap();
        let error = bench.app.log_page(&id("acme"), older, 10).await.unwrap_err();
        assert!(matches!(error, AppError::Tampered(_)), "{error}");
    }

    #[tokio::test]
    async fn a_page_of_another_log_does_not_pass_for_this_one() {
        let (bench, head) = long().await;
        let foreign = Head { seq: 9, hash: head.hash };
        let error = bench.app.log_page(&id("acme"), foreign, 5).await.unwrap_err();
        assert!(matches!(error, AppError::Tampered(_)), "{error}");
        let beyond = Head { seq: head.seq + 3, hash: head.hash };
        assert!(bench.app.log_page(&id("acme"), beyond, 5).await.is_err());
    }
}
