//! Stores that are not sound: each its own error, and the files stay as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::*;

async fn error(path: &Path) -> StoreError {
    SqliteStore::open(path).await.expect_err("no sound store")
}

/// Every file of a folder with its bytes, but for the index that SQLite makes anew as it likes.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The bytes of a store with a few hundred events, closed.
async fn sound_store() -> (TempDir, PathBuf, Vec<u8>) {
    let f = Fixture::new().await;
    let rows: Vec<NewRow> = (0..300).map(|n| new_row(&format!("event {n} {}", "x".repeat(200)))).collect();
    f.store.append(&acme(), &Head::default(), &rows, AppendExtra::default()).await.unwrap();
    f.store.close().await;
    let path = f.path();
    let bytes = fs::read(&path).unwrap();
    (f.dir, path, bytes)
}

#[tokio::test]
async fn a_new_store_and_its_folder_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/store.db");
    let store = SqliteStore::open(&path).await.unwrap();
    append(&store, &acme(), "a").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[tokio::test]
async fn stores_opened_at_once_are_one_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let opened = futures_util::future::join_all((0..6).map(|_| SqliteStore::open(&path))).await;
    let stores: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    for (n, store) in stores.iter().enumerate() {
        append(store, &acme(), &n.to_string()).await;
    }
    assert_eq!(stores[0].head(&acme()).await.unwrap().seq, 6);
    let names = files(dir.path());
    assert!(names.iter().all(|(name, _)| !name.to_string_lossy().ends_with(".new")), "nothing unfinished");
}

#[tokio::test]
async fn an_empty_file_is_damage_not_a_new_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    fs::write(&path, b"").unwrap();
    assert!(matches!(error(&path).await, StoreError::Corrupt { .. }));
    fs::write(dir.path().join("store.db-wal"), [1; 5000]).unwrap();
    let before = files(dir.path());
    assert!(matches!(error(&path).await, StoreError::Corrupt { .. }));
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn a_log_whose_file_is_gone_is_damage_not_a_new_store() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("store.db-wal"), [1; 5000]).unwrap();
    let before = files(dir.path());
    assert!(matches!(error(&dir.path().join("store.db")).await, StoreError::Corrupt { .. }));
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn what_is_no_database_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    for bytes in [b"hello".to_vec(), vec![b'x'; 10_000], b"SQLite format 3\0".to_vec()] {
        fs::write(&path, &bytes).unwrap();
        let error = error(&path).await;
        assert!(matches!(error, StoreError::NotAStore { .. } | StoreError::Corrupt { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[tokio::test]
async fn another_programs_database_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let connection = &mut options.connect().await.unwrap();
    sqlx::raw_sql("CREATE TABLE t (a)").execute(&mut *connection).await.unwrap();
    let before = files(dir.path());
    assert!(matches!(error(&path).await, StoreError::NotAStore { .. }));
    assert_eq!(files(dir.path()), before);
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let f = Fixture::new().await;
    f.on_writer("PRAGMA user_version = 99").await.unwrap();
    let error = error(&f.path()).await;
    assert!(matches!(error, StoreError::Newer { found: 99, known: schema::VERSION, .. }), "{error:?}");
}

#[tokio::test]
async fn a_store_that_lost_its_version_is_damage() {
    let f = Fixture::new().await;
    f.on_writer("PRAGMA user_version = 0").await.unwrap();
    assert!(matches!(error(&f.path()).await, StoreError::Corrupt { .. }));
}

async fn version(store: &SqliteStore) -> i64 {
    let mut reader = store.readers.get().await.unwrap();
    sqlx::query_scalar("PRAGMA user_version").fetch_one(reader.connection()).await.unwrap()
}

#[tokio::test]
async fn a_new_store_has_the_newest_schema() {
    let f = Fixture::new().await;
    assert_eq!(version(&f.store).await, schema::VERSION);
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_brought_up_and_keeps_its_log() {
    let f = Fixture::new().await;
    let head = append(&f.store, &acme(), "a").await;
    f.on_writer(
        "ALTER TABLE observations DROP COLUMN seal; ALTER TABLE passes DROP COLUMN seal; \
         ALTER TABLE portfolio DROP COLUMN seal; \
         INSERT INTO passes VALUES ('acme', 'ready', 7); \
         INSERT INTO portfolio VALUES ('acme', 1, x'00', 'k', '{}'); \
         DELETE FROM _sqlx_migrations WHERE version = 2; PRAGMA user_version = 1",
    )
    .await
    .unwrap();
    f.store.close().await;
    let again = f.another().await;
    assert_eq!(again.head(&acme()).await.unwrap(), head);
    assert_eq!(again.read(&acme(), 0).await.unwrap().len(), 1);
    assert_eq!(again.portfolio_page(0, 9).await.unwrap(), [], "what had no seal is made anew");
    append(&again, &acme(), "b").await;
    assert_eq!(version(&again).await, schema::VERSION);
}

#[tokio::test]
async fn a_cut_file_is_damage_wherever_it_is_cut() {
    let (_dir, path, bytes) = sound_store().await;
    for len in [1, 50, 99, 100, 511, 4095, 4096, 8192, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..len]).unwrap();
        let opened = SqliteStore::open(&path).await;
        assert!(
            matches!(opened, Err(StoreError::NotAStore { .. } | StoreError::Corrupt { .. })),
            "{len}: {opened:?}"
        );
        assert_eq!(fs::read(&path).unwrap().len(), len);
    }
}

#[tokio::test]
async fn a_page_of_rubbish_is_never_an_empty_log() {
    let (_dir, path, bytes) = sound_store().await;
    let pages = bytes.len() / 4096;
    for page in 0..pages {
        let mut broken = bytes.clone();
        broken[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&path, &broken).unwrap();
        let read = match SqliteStore::open(&path).await {
            Ok(store) => {
                let read = store.read(&acme(), 0).await;
                store.close().await;
                read
            }
            Err(error) => Err(error),
        };
        // The page may be one of another table; then all is there.
        match read {
            Ok(rows) => assert_eq!(rows.len(), 300, "page {page}"),
            Err(StoreError::Corrupt { .. } | StoreError::NotAStore { .. }) => {}
            Err(error) => panic!("page {page}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_folder_or_a_dead_link_is_no_store() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(error(dir.path()).await, StoreError::CannotOpen { .. }));
    let link = dir.path().join("store.db");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert!(matches!(error(&link).await, StoreError::CannotOpen { .. }));
    assert!(fs::symlink_metadata(&link).is_ok(), "the link stays");
    assert!(matches!(
        error(Path::new("/proc/store.db")).await,
        StoreError::CannotOpen { .. } | StoreError::ReadOnly { .. }
    ));
}

#[tokio::test]
async fn hostile_characters_in_a_path_are_shown_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a\u{1b}[2J\u{202e}.db");
    fs::write(&path, b"hello hello hello").unwrap();
    let shown = error(&path).await.to_string();
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
}

#[tokio::test]
async fn odd_characters_in_a_path_are_part_of_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a b?mode=ro&x#%41.db");
    let store = SqliteStore::open(&path).await.unwrap();
    append(&store, &acme(), "a").await;
    assert!(path.exists());
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_append_and_loses_nothing_before_it() {
    let f = Fixture::new().await;
    let head = append(&f.store, &acme(), "a").await;
    f.on_writer("PRAGMA max_page_count = 1").await.unwrap();
    let big = NewRow { body: vec![b'x'; 200_000], ..new_row("") };
    let rows = [new_row("small"), big];
    let full = f.store.append(&acme(), &head, &rows, AppendExtra::default()).await;
    assert!(matches!(full, Err(StoreError::DiskFull { .. })), "{full:?}");
    assert_eq!(f.another().await.head(&acme()).await.unwrap(), head);

    f.on_writer("PRAGMA max_page_count = 1000000").await.unwrap();
    let head = f.store.append(&acme(), &head, &rows, AppendExtra::default()).await.unwrap();
    assert_eq!(head.seq, 3);
}

#[tokio::test]
async fn a_store_that_takes_no_writes_says_so() {
    let f = Fixture::new().await;
    f.on_writer("PRAGMA query_only = ON").await.unwrap();
    let refused = f.store.append(&acme(), &Head::default(), &[new_row("a")], AppendExtra::default()).await;
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_store_locked_for_long_says_so_and_works_afterwards() {
    let f = Fixture::new().await;
    let other = f.another().await;
    f.on_writer("PRAGMA busy_timeout = 1").await.unwrap();
    let lock = other.writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let locked = f.store.append(&acme(), &Head::default(), &[new_row("a")], AppendExtra::default()).await;
    assert!(matches!(locked, Err(StoreError::Busy { .. })), "{locked:?}");
    assert_eq!(f.store.head(&acme()).await.unwrap(), Head::default(), "reading needs no lock");
    lock.rollback().await.unwrap();
    append(&f.store, &acme(), "a").await;
}

#[tokio::test]
async fn a_log_that_its_head_knows_nothing_of_is_not_appended_to() {
    let f = Fixture::new().await;
    append(&f.store, &acme(), "a").await;
    f.on_writer("DELETE FROM heads").await.unwrap();
    let refused = f.store.append(&acme(), &Head::default(), &[new_row("b")], AppendExtra::default()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}
