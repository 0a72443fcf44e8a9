//! Making and opening the file.
//!
//! A store is made under another name and gets its own only when it is complete. So a file of that
//! name is a whole store or a broken one, and never one in the making: an empty file, or a log
//! without its file, can be told from a store that nobody has used yet.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection, SqlitePool};

use super::patience::BUSY_TIMEOUT;
use super::readers::Readers;
use super::watch::Announcer;
use super::{SqliteStore, schema};
use crate::files;
use crate::store::error::{Place, StoreError};

/// The oldest SQLite without the bug that can damage a store when its write-ahead log starts over.
const NEEDED: &str = "3.51.3";

pub(super) async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    let place = Place::new(path);
    if path.to_str().is_none() {
        return Err(place.cannot_open("the path is not valid UTF-8"));
    }
    let len = match look(path, &place)? {
        Found::Nothing => {
            make(path, &place).await?;
            0
        }
        Found::File { len } => len,
    };
    // SQLite names the log after the real file; the watch must know that name.
    let path = fs::canonicalize(path).map_err(|e| place.io(&e))?;
    let options = options(&path);
    let readers = Readers::new(options.clone());
    let mut reader = readers.get().await.map_err(|e| place.sqlx(e))?;
    let checked = check(reader.connection(), len, &place).await;
    reader.give_back();
    if let Err(error) = checked {
        readers.close().await;
        return Err(error);
    }
    Ok(SqliteStore {
        readers,
        writer: pool(options.clone()),
        recorder: pool(options.clone().synchronous(SqliteSynchronous::Normal)),
        announcer: Announcer::new(path, options),
        place,
    })
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // The file may come from elsewhere: its schema must not call functions with side effects.
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging()
}

/// One connection, opened when first needed and then kept: closing the last one would fold the
/// write-ahead log into the file, and a timer for idle ones would wake an idle program.
fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

enum Found {
    Nothing,
    File { len: u64 },
}

/// Looks at the file from outside. It is never opened here but by SQLite: closing it would drop the
/// locks that other connections of this process hold (<https://www.sqlite.org/howtocorrupt.html>).
fn look(path: &Path, place: &Place) -> Result<Found, StoreError> {
    let log = beside(path, "-wal");
    let log_len = fs::metadata(&log).map_or(0, |found| found.len());
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(place.cannot_open("it is not a regular file")),
        Ok(found) if found.len() == 0 => Err(place.corrupt("the file is empty")),
        Ok(found) => Ok(Found::File { len: found.len() }),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                Err(place.cannot_open("it is a link that leads nowhere"))
            } else if log_len > 0 {
                Err(place.corrupt("its write-ahead log is there, and the file itself is not"))
            } else {
                Ok(Found::Nothing)
            }
        }
        Err(e) => Err(place.io(&e)),
    }
}

/// The files that SQLite keeps beside its own.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

async fn make(path: &Path, place: &Place) -> Result<(), StoreError> {
    if let Some(folder) = path.parent() {
        files::private_folder(folder).map_err(|e| place.io(&e))?;
    }
    let unfinished = files::unfinished_name(path);
    // SQLite gives its other files the mode of this one.
    files::write_private(&unfinished, b"").map_err(|e| place.io(&e))?;
    let made = fill(&unfinished).await;
    for suffix in ["-wal", "-shm"] {
        // Gone already, unless making the store failed half-way.
        let _ = fs::remove_file(beside(&unfinished, suffix));
    }
    if let Err(error) = made {
        let _ = fs::remove_file(&unfinished);
        return Err(place.sqlx(error));
    }
    files::publish(&unfinished, path).map(|_| ()).map_err(|e| place.io(&e))
}

async fn fill(unfinished: &Path) -> Result<(), sqlx::Error> {
    let options = options(unfinished).journal_mode(SqliteJournalMode::Wal);
    let mut connection = options.connect().await?;
    // 0x676f6c76, schema::APPLICATION_ID.
    sqlx::query("PRAGMA application_id = 1735355510").execute(&mut connection).await?;
    schema::migrate(&mut connection).await?;
    // Closing the last connection brings everything into the one file, and waits for the disk.
    connection.close().await
}

/// What a file says about itself. One after the other is quicker than as tables of one query, which SQLite
/// has to make up first.
macro_rules! ask_marks {
    () => {
        "SELECT sqlite_version(); PRAGMA application_id; PRAGMA user_version; PRAGMA page_size; \
         PRAGMA journal_mode"
    };
}

/// A write that changes no row.
macro_rules! ask_writable {
    () => {
        "UPDATE heads SET seq = seq WHERE 0"
    };
}

/// `len` is how long the file was before it was opened, a whole number of pages.
async fn check(connection: &mut SqliteConnection, len: u64, place: &Place) -> Result<(), StoreError> {
    let read = |e| place.sqlx(e);
    // All at once on the usual way; what is wrong is looked for step by step.
    let usual = sqlx::raw_sql(concat!(ask_marks!(), "; ", ask_writable!())).fetch_all(&mut *connection).await;
    let (marks, writable) = match usual {
        Ok(marks) => (marks, true),
        Err(_) => (sqlx::raw_sql(ask_marks!()).fetch_all(&mut *connection).await.map_err(read)?, false),
    };
    let [sqlite, application, version, page, journal] = marks.as_slice() else {
        return Err(place.corrupt("it does not say what it is"));
    };
    let sqlite: String = sqlite.try_get(0).map_err(read)?;
    if older(&sqlite, NEEDED) {
        return Err(StoreError::OldSqlite { found: sqlite, needed: NEEDED });
    }
    let application: i64 = application.try_get(0).map_err(read)?;
    if application != schema::APPLICATION_ID {
        return Err(place.not_a_store());
    }
    let version: i64 = version.try_get(0).map_err(read)?;
    if version > schema::VERSION {
        return Err(place.newer(version, schema::VERSION));
    }
    // Making tables in a store without a version would give an empty store in place of a broken one.
    if version < 1 {
        return Err(place.corrupt("it has no schema version"));
    }
    // SQLite notices missing pages, and takes what is missing of the last one for zeros.
    let page: i64 = page.try_get(0).map_err(read)?;
    if u64::try_from(page).is_ok_and(|page| len.checked_rem(page) != Some(0)) {
        return Err(place.corrupt("the file was cut short"));
    }
    let journal: String = journal.try_get(0).map_err(read)?;
    if journal != "wal" {
        use_wal(connection, place).await?;
    }
    if !writable {
        check_writable(connection, place).await?;
    }
    if version < schema::VERSION {
        schema::migrate(connection).await.map_err(|e| place.sqlx(e))?;
    }
    Ok(())
}

/// Somebody took the store out of WAL mode, or its file system has none.
async fn use_wal(connection: &mut SqliteConnection, place: &Place) -> Result<(), StoreError> {
    let asked = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(connection).await;
    let mode: String = asked.map_err(|e| place.sqlx(e))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(place.cannot_open("its file system cannot be shared by several processes (no WAL mode)"))
}

/// SQLite opens a file that it cannot write to without a word, and says so at the first write. That
/// would be in the middle of a meeting; ask now.
async fn check_writable(connection: &mut SqliteConnection, place: &Place) -> Result<(), StoreError> {
    let asked = sqlx::query(ask_writable!()).execute(connection).await;
    match asked.map(|_| ()).map_err(|e| place.sqlx(e)) {
        // Somebody writes at length; that it can be written to is all that was asked.
        Ok(()) | Err(StoreError::Busy { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn older(found: &str, needed: &str) -> bool {
    let numbers =
        |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    numbers(found) < numbers(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(older("3.51.2", "3.51.3"));
        assert!(older("3.9.0", "3.51.3"));
        assert!(!older("3.51.3", "3.51.3"));
        assert!(!older("3.100.0", "3.51.3"));
    }

    #[tokio::test]
    async fn a_connection_that_may_only_read_is_an_error_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let place = Place::new(&path);
        make(&path, &place).await.unwrap();
        let mut connection = options(&path).read_only(true).connect().await.unwrap();
        let error = check_writable(&mut connection, &place).await.unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn the_mark_in_the_file_is_the_constant() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        make(&path, &Place::new(&path)).await.unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(&bytes[68..72], b"golv");
        assert_eq!(schema::APPLICATION_ID, i64::from(u32::from_be_bytes(*b"golv")));
    }
}
