//! What can go wrong with a store, one variant for each thing that a person does about it.

use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::domain::digest::Digest;
use crate::domain::head::Head;
use crate::domain::text::SafeText;

/// Why a store did not do what was asked. Each says what to do, where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else appended first: read on from there, decide again, append again.
    #[error("somebody else changed the engagement at the same time")]
    Conflict {
        /// The head that is there now.
        actual: Head,
    },
    /// An event with this id stands in the log already, in another place than this append has it.
    #[error("event {id} is in the log already")]
    AlreadyAppended {
        /// The id that was given a second time.
        id: Uuid,
    },
    /// No runbook with this digest is kept here.
    #[error("runbook {} is not in the store", digest.short())]
    NoSuchRunbook {
        /// What was asked for.
        digest: Digest,
    },
    /// More than the store takes.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What is too large, in words.
        what: &'static str,
        /// The most bytes that it may have.
        limit: usize,
    },
    /// The file is something else, or another program's database.
    #[error("{store} is not a golive store; name another file with --store")]
    NotAStore {
        /// The file.
        store: SafeText,
    },
    /// A newer golive has changed the schema.
    #[error("{store} has schema {found} and this golive knows {known}: use a newer golive")]
    Newer {
        /// The file.
        store: SafeText,
        /// The schema that the store has.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// Parts of the store are missing or damaged. It is left as it is.
    #[error("{store} is damaged ({what}): keep the file, and put it back from a copy")]
    Corrupt {
        /// The file.
        store: SafeText,
        /// What was found, in words.
        what: String,
    },
    /// The file, its folder or its file system does not take writes.
    #[error("{store} cannot be written to: give yourself the right to write to the file and its folder")]
    ReadOnly {
        /// The file.
        store: SafeText,
    },
    /// The disk is full. Nothing of the append was kept.
    #[error("the disk that holds {store} is full: make room and try again; nothing was lost")]
    DiskFull {
        /// The file.
        store: SafeText,
    },
    /// Another program holds the store locked.
    #[error("{store} is locked by another program: close it and try again")]
    Busy {
        /// The file.
        store: SafeText,
    },
    /// The file or its folder could not be opened or made.
    #[error("{store} could not be opened: {why}")]
    CannotOpen {
        /// The file.
        store: SafeText,
        /// The reason, in words.
        why: String,
    },
    /// Reading or writing failed below SQLite.
    #[error("reading or writing {store} failed ({detail}): check the disk")]
    Io {
        /// The file.
        store: SafeText,
        /// What SQLite said.
        detail: String,
    },
    /// This build carries an SQLite with a known way to damage a store.
    #[error("this build has SQLite {found}, and {needed} or newer is needed: build golive anew")]
    OldSqlite {
        /// The version that is there.
        found: String,
        /// The oldest that will do.
        needed: &'static str,
    },
    /// Something that should not happen.
    #[error("{store}: the database refused")]
    Database {
        /// The file.
        store: SafeText,
        /// What the driver said.
        source: sqlx::Error,
    },
}

/// What a store is called in errors: its path, as it may be shown.
#[derive(Debug, Clone)]
pub(super) struct Place(SafeText);

impl Place {
    pub(super) fn new(path: &Path) -> Self {
        Self(SafeText::clipped(&path.to_string_lossy(), 300))
    }

    pub(super) fn corrupt(&self, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { store: self.0.clone(), what: what.into() }
    }

    pub(super) fn cannot_open(&self, why: impl Into<String>) -> StoreError {
        StoreError::CannotOpen { store: self.0.clone(), why: why.into() }
    }

    pub(super) fn not_a_store(&self) -> StoreError {
        StoreError::NotAStore { store: self.0.clone() }
    }

    pub(super) fn newer(&self, found: i64, known: i64) -> StoreError {
        StoreError::Newer { store: self.0.clone(), found, known }
    }

    /// An error of the file system, outside SQLite.
    pub(super) fn io(&self, error: &io::Error) -> StoreError {
        let store = self.0.clone();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull { store },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                StoreError::ReadOnly { store }
            }
            _ => StoreError::CannotOpen { store, why: error.to_string() },
        }
    }

    /// An error of SQLite, told apart by its result code (<https://www.sqlite.org/rescode.html>).
    pub(super) fn sqlx(&self, error: sqlx::Error) -> StoreError {
        let store = self.0.clone();
        let database = match error {
            sqlx::Error::Database(database) => database,
            sqlx::Error::PoolTimedOut => return StoreError::Busy { store },
            sqlx::Error::Io(e) => return self.io(&e),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return self.corrupt("a row cannot be read");
            }
            source => return StoreError::Database { store, source },
        };
        let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0);
        let detail = SafeText::clipped(database.message(), 200).to_string();
        // The low byte is the primary code, the rest says more about it.
        match (code & 0xff, code) {
            (5 | 6, _) => StoreError::Busy { store },
            (8, _) => StoreError::ReadOnly { store },
            (10, _) => StoreError::Io { store, detail },
            (11, _) => self.corrupt(detail),
            (13, _) => StoreError::DiskFull { store },
            (3 | 14 | 23, _) => StoreError::CannotOpen { store, why: detail },
            // SQLITE_CONSTRAINT_TRIGGER: rows are there that the head knows nothing of.
            (19, 1811) => self.corrupt("the log and its head do not match"),
            (26, _) => StoreError::NotAStore { store },
            _ => StoreError::Database { store, source: sqlx::Error::Database(database) },
        }
    }
}
