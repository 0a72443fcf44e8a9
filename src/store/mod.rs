//! Where the log is kept.
//!
//! - [`EventStore`]: everything a store does; SQLite is one, PostgreSQL slots in behind it.
//! - [`SqliteStore`]: one file, several processes.
//! - [`walk`]: is this log whole, from its beginning to its end?
//! - [`EvidenceFolder`]: the files that are attached as evidence, beside the store.
//! - [`Changes`]: learns that somebody appended.
//!
//! A store knows nothing of what events mean: it keeps exact bytes in order, refuses an append that
//! saw another head, and never changes or removes an event.

mod chain;
mod changes;
mod error;
mod event_store;
mod evidence;
mod sqlite;

pub use chain::{ChainFault, Fault, walk, walk_from};
pub use changes::{Changes, WatchEnded};
pub use error::StoreError;
pub use event_store::{
    AppendExtra, EventStore, Latest, Limits, Moved, NewRow, PortfolioRow, Position, Row, Summary,
};
pub use evidence::{EvidenceError, EvidenceFolder, KeptFile, USUAL_MAX};
pub use sqlite::SqliteStore;
