//! The store as others use it, on a real file.

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::store::event_store::Summary;

mod broken;
mod cache;
mod live;
mod log;

/// A store on a file of its own; the folder goes when this does.
struct Fixture {
    dir: TempDir,
    store: SqliteStore,
}

impl Fixture {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("store.db")).await.unwrap();
        Self { dir, store }
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("store.db")
    }

    /// Another store on the same file, as another process has it.
    async fn another(&self) -> SqliteStore {
        SqliteStore::open(&self.path()).await.unwrap()
    }

    /// Runs SQL on the one writing connection.
    async fn on_writer(&self, sql: &'static str) -> Result<(), StoreError> {
        let mut connection = self.store.writer.acquire().await.unwrap();
        let done = sqlx::raw_sql(sql).execute(&mut *connection).await;
        done.map(|_| ()).map_err(|e| self.store.failed(e))
    }
}

fn acme() -> EngagementId {
    EngagementId::new("acme").unwrap()
}

fn new_row(body: &str) -> NewRow {
    NewRow { id: Uuid::now_v7(), body: body.as_bytes().to_vec(), signature: format!("signed {body}\n") }
}

fn summary(sort_key: &str) -> Summary {
    Summary { sort_key: sort_key.to_owned(), json: format!("{{\"of\":\"{sort_key}\"}}") }
}

async fn append(store: &SqliteStore, engagement: &EngagementId, body: &str) -> Head {
    let head = store.head(engagement).await.unwrap();
    store.append(engagement, &head, &[new_row(body)], AppendExtra::default()).await.unwrap()
}
