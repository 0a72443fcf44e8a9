//! What every store does.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::changes::Changes;
use super::error::StoreError;
use crate::domain::digest::Digest;
use crate::domain::head::Head;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;

/// The most that a store takes of each thing. What comes from outside is bounded before it gets
/// here; these keep a mistake elsewhere from filling the disk.
#[derive(Debug)]
pub struct Limits;

impl Limits {
    /// Bytes of an event's body.
    pub const BODY: usize = 1024 * 1024;
    /// Bytes of an event's signature.
    pub const SIGNATURE: usize = 16 * 1024;
    /// Bytes of a runbook.
    pub const RUNBOOK: usize = 1024 * 1024;
    /// Bytes of one observation, as JSON.
    pub const OBSERVATION: usize = 256 * 1024;
    /// Bytes of an engagement's summary.
    pub const SUMMARY: usize = 64 * 1024;
    /// Bytes of the text that the portfolio is sorted by.
    pub const SORT_KEY: usize = 512;
    /// Observations kept per engagement and check.
    pub const OBSERVATIONS_KEPT: u32 = 100;
}

/// An event to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRow {
    /// Made by whoever appends (UUID version 7): what makes a second try harmless.
    pub id: Uuid,
    /// The exact bytes that are hashed and signed.
    pub body: Vec<u8>,
    /// The signature over the body, armoured.
    pub signature: String,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the engagement's log; the first is 1.
    pub seq: u64,
    /// The hash of this event and, through the one before it, of all before it.
    pub hash: Digest,
    /// The id that whoever appended it gave it.
    pub id: Uuid,
    /// The exact bytes that were hashed and signed.
    pub body: Vec<u8>,
    /// The signature over the body, armoured.
    pub signature: String,
}

/// What is kept in the same transaction as an append.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppendExtra {
    /// The runbook that the engagement starts with, or goes over to; kept under its digest.
    pub runbook: Option<Vec<u8>>,
    /// The engagement's summary as it is after these events.
    pub summary: Option<Summary>,
}

/// What the portfolio shows of an engagement. The store does not look inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The portfolio is sorted by this, byte by byte, then by the engagement's id.
    pub sort_key: String,
    /// The summary itself, JSON.
    pub json: String,
}

/// A summary as it is kept, with the head that it was made at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortfolioRow {
    /// The engagement it is about.
    pub engagement: EngagementId,
    /// The head of its log when the summary was made.
    pub head: Head,
    /// What it says.
    pub summary: Summary,
}

/// How far somebody has seen a store; the default has seen nothing. Only the store that gave it can
/// read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position(pub(super) i64);

/// The logs that moved since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Each log that moved, with its head now; the one that moved last comes last.
    pub heads: Vec<(EngagementId, Head)>,
    /// The position to ask from the next time.
    pub position: Position,
}

/// The newest result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The newest result.
    pub observation: Observation,
    /// When the check last passed, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
}

/// Where the log is kept.
///
/// The futures are boxed so that `app` can hold any store as one `Arc<dyn EventStore>`: an allocation
/// per call is nothing beside a commit, and an enum of stores would repeat each method per store.
///
/// What `append` and `put_*` have answered with `Ok` is on the disk. A future that is dropped half-way
/// may or may not have been carried out; appending the same rows again is then harmless.
pub trait EventStore: Send + Sync {
    /// Appends rows to a log that stands at `expected`: all of them, with the extras, or nothing.
    ///
    /// Returns the head after these rows. When the very same rows follow `expected` already, because
    /// the answer to an earlier try was lost, nothing is written and that head is returned again.
    /// Any other log is a [`StoreError::Conflict`]; a row whose id stands elsewhere in the log is
    /// [`StoreError::AlreadyAppended`].
    fn append<'a>(
        &'a self,
        engagement: &'a EngagementId,
        expected: &'a Head,
        rows: &'a [NewRow],
        extra: AppendExtra,
    ) -> BoxFuture<'a, Result<Head, StoreError>>;

    /// The rows after `after`, at most `limit` of them, in order. For logs that are not to be held in
    /// memory as a whole.
    fn read_page<'a>(
        &'a self,
        engagement: &'a EngagementId,
        after: u64,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;

    /// All rows after `after`, in order.
    fn read<'a>(
        &'a self,
        engagement: &'a EngagementId,
        after: u64,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;

    /// The head of a log; the default head when there is no such log.
    fn head<'a>(&'a self, engagement: &'a EngagementId) -> BoxFuture<'a, Result<Head, StoreError>>;

    /// All logs with their heads, by engagement.
    fn heads(&self) -> BoxFuture<'_, Result<BTreeMap<EngagementId, Head>, StoreError>>;

    /// How many logs there are.
    fn count(&self) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// The position of the log that moved last.
    fn position(&self) -> BoxFuture<'_, Result<Position, StoreError>>;

    /// The logs that moved since `position`. Costs what moved, not what there is.
    fn moved_since(&self, position: Position) -> BoxFuture<'_, Result<Moved, StoreError>>;

    /// Keeps a runbook under the digest of its bytes, and returns that.
    fn put_runbook<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, StoreError>>;

    /// The bytes of a runbook, checked against the digest.
    fn get_runbook<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Vec<u8>, StoreError>>;

    /// Keeps results of checks, in one transaction. The oldest beyond
    /// [`Limits::OBSERVATIONS_KEPT`] per check go. Unlike events they need not survive a power cut:
    /// the checks run again.
    fn record<'a>(
        &'a self,
        engagement: &'a EngagementId,
        observations: &'a [Observation],
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The newest results of a check, at most `limit`, the newest first.
    fn recent<'a>(
        &'a self,
        engagement: &'a EngagementId,
        check: &'a CheckId,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Observation>, StoreError>>;

    /// The newest result of every check of an engagement.
    fn latest<'a>(
        &'a self,
        engagement: &'a EngagementId,
    ) -> BoxFuture<'a, Result<BTreeMap<CheckId, Latest>, StoreError>>;

    /// A window of the portfolio in its order.
    fn portfolio_page(&self, offset: u64, limit: u32)
    -> BoxFuture<'_, Result<Vec<PortfolioRow>, StoreError>>;

    /// Hands over the whole portfolio in its order, row by row: ten thousand rows and what is made of them
    /// need not be in memory side by side. All rows are of one moment.
    fn portfolio_each<'a>(
        &'a self,
        visit: &'a mut (dyn FnMut(PortfolioRow) + Send),
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The summary of one engagement; none when it has not been made.
    fn portfolio_row<'a>(
        &'a self,
        engagement: &'a EngagementId,
    ) -> BoxFuture<'a, Result<Option<PortfolioRow>, StoreError>>;

    /// The engagements whose summary is missing or was made at another head than the log's.
    fn stale_portfolio(&self) -> BoxFuture<'_, Result<Vec<EngagementId>, StoreError>>;

    /// Keeps summaries, in one transaction. A summary made at another head than its log now has is
    /// left out: somebody was faster.
    fn put_portfolio<'a>(&'a self, rows: &'a [PortfolioRow]) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Learns that this or another process changed the store; see [`Changes`]. Must be called inside
    /// a tokio runtime.
    fn changes(&self) -> Changes;
}
