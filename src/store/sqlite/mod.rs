//! The store in one SQLite file, shared by several processes.
//!
//! - `open`: makes or opens the file, and refuses what is not a sound store.
//! - `schema`: its tables, version by version.
//! - `log`, `runbooks`, `observations`, `portfolio`: the SQL of each table.
//! - `seal`: tells when a row of the latter three was damaged.
//! - `readers`: the connections that read.
//! - `patience`: trying again while another process writes.
//! - `watch`: notices what other processes wrote.
//!
//! Over the one file there are readers, which never wait for a writer (WAL); one writer, which waits
//! for the disk on every commit; and one recorder for what can be made anew, which does not.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use futures_util::future::BoxFuture;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::changes::Changes;
use super::error::{Place, StoreError};
use super::event_store::{
    AppendExtra, EventStore, Latest, Limits, Moved, NewRow, PortfolioRow, Position, Row,
};
use crate::domain::digest::Digest;
use crate::domain::head::Head;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;

mod log;
mod observations;
mod open;
mod patience;
mod portfolio;
mod readers;
mod runbooks;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod watch;

use readers::{Reader, Readers};
use watch::Announcer;

/// A store in an SQLite file.
pub struct SqliteStore {
    place: Place,
    readers: Readers,
    writer: SqlitePool,
    recorder: SqlitePool,
    announcer: Announcer,
}

impl SqliteStore {
    /// Opens the store in a file, and makes file and folder when there is none. A file that is there
    /// and is no sound store is an error and stays as it is.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        open::open(path).await
    }

    /// Closes the file; what was written is then in the one file, if no other process has it open.
    pub async fn close(&self) {
        self.recorder.close().await;
        self.writer.close().await;
        self.readers.close().await;
    }

    /// A connection that reads. To be given back, unless reading failed.
    async fn reader(&self) -> Result<Reader, StoreError> {
        self.readers.get().await.map_err(|e| self.failed(e))
    }

    fn failed(&self, error: sqlx::Error) -> StoreError {
        self.place.sqlx(error)
    }

    fn engagement(&self, text: &str) -> Result<EngagementId, StoreError> {
        EngagementId::new(text).map_err(|_| self.place.corrupt("an engagement's id cannot be read"))
    }

    /// A head from two columns of a row.
    fn head_at(&self, row: &SqliteRow, seq: usize, hash: usize) -> Result<Head, StoreError> {
        Ok(Head { seq: self.number(row, seq)?, hash: self.digest(row, hash)? })
    }

    fn number(&self, row: &SqliteRow, column: usize) -> Result<u64, StoreError> {
        let number: i64 = self.column(row, column)?;
        u64::try_from(number).map_err(|_| self.place.corrupt("a number is negative"))
    }

    fn digest(&self, row: &SqliteRow, column: usize) -> Result<Digest, StoreError> {
        let bytes: &[u8] = self.column(row, column)?;
        Digest::from_slice(bytes).map_err(|_| self.place.corrupt("a hash cannot be read"))
    }

    fn column<'r, T>(&self, row: &'r SqliteRow, column: usize) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        sqlx::Row::try_get(row, column).map_err(|error| self.failed(error))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.place).finish()
    }
}

/// A sequence number for SQL, which has no unsigned ones. No log gets near the limit.
fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn within(what: &'static str, len: usize, limit: usize) -> Result<(), StoreError> {
    if len <= limit { Ok(()) } else { Err(StoreError::TooLarge { what, limit }) }
}

impl EventStore for SqliteStore {
    fn append<'a>(
        &'a self,
        engagement: &'a EngagementId,
        expected: &'a Head,
        rows: &'a [NewRow],
        extra: AppendExtra,
    ) -> BoxFuture<'a, Result<Head, StoreError>> {
        Box::pin(self.append_rows(engagement, expected, rows, extra))
    }

    fn read_page<'a>(
        &'a self,
        engagement: &'a EngagementId,
        after: u64,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(async move {
            let mut rows = Vec::new();
            self.read_into(&mut rows, engagement, after, limit).await?;
            Ok(rows)
        })
    }

    fn read<'a>(
        &'a self,
        engagement: &'a EngagementId,
        after: u64,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(self.read_all(engagement, after))
    }

    fn head<'a>(&'a self, engagement: &'a EngagementId) -> BoxFuture<'a, Result<Head, StoreError>> {
        Box::pin(self.head_of(engagement))
    }

    fn heads(&self) -> BoxFuture<'_, Result<BTreeMap<EngagementId, Head>, StoreError>> {
        Box::pin(async { Ok(self.heads_after(Position::default()).await?.heads.into_iter().collect()) })
    }

    fn position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.last_position())
    }

    fn moved_since(&self, position: Position) -> BoxFuture<'_, Result<Moved, StoreError>> {
        Box::pin(self.heads_after(position))
    }

    fn put_runbook<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, StoreError>> {
        Box::pin(self.keep_runbook(bytes))
    }

    fn get_runbook<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Vec<u8>, StoreError>> {
        Box::pin(self.runbook(digest))
    }

    fn record<'a>(
        &'a self,
        engagement: &'a EngagementId,
        observations: &'a [Observation],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.keep_observations(engagement, observations))
    }

    fn recent<'a>(
        &'a self,
        engagement: &'a EngagementId,
        check: &'a CheckId,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Observation>, StoreError>> {
        Box::pin(self.recent_observations(engagement, check, limit))
    }

    fn latest<'a>(
        &'a self,
        engagement: &'a EngagementId,
    ) -> BoxFuture<'a, Result<BTreeMap<CheckId, Latest>, StoreError>> {
        Box::pin(self.latest_observations(engagement))
    }

    fn portfolio_page(
        &self,
        offset: u64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<PortfolioRow>, StoreError>> {
        Box::pin(async move {
            let mut rows = Vec::new();
            self.each_summary(sql(offset), i64::from(limit), &mut |row| rows.push(row)).await?;
            Ok(rows)
        })
    }

    fn count(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.count_heads())
    }

    fn portfolio_each<'a>(
        &'a self,
        visit: &'a mut (dyn FnMut(PortfolioRow) + Send),
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.each_summary(0, i64::MAX, visit))
    }

    fn portfolio_row<'a>(
        &'a self,
        engagement: &'a EngagementId,
    ) -> BoxFuture<'a, Result<Option<PortfolioRow>, StoreError>> {
        Box::pin(self.summary_of(engagement))
    }

    fn stale_portfolio(&self) -> BoxFuture<'_, Result<Vec<EngagementId>, StoreError>> {
        Box::pin(self.stale_summaries())
    }

    fn put_portfolio<'a>(&'a self, rows: &'a [PortfolioRow]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.keep_summaries(rows))
    }

    fn changes(&self) -> Changes {
        self.announcer.subscribe()
    }
}
