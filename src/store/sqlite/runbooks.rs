//! Runbooks, kept as they were, under the digest of their bytes.

use sqlx::SqliteConnection;

use super::patience::Patience;
use super::{Digest, Limits, SqliteStore, StoreError, within};

impl SqliteStore {
    pub(super) async fn keep_runbook(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        within("a runbook", bytes.len(), Limits::RUNBOOK)?;
        let digest = Digest::of(bytes);
        let mut patience = Patience::default();
        loop {
            match self.try_keep_runbook(&digest, bytes).await {
                Err(error) if patience.try_again_after(&error).await => {}
                done => return done.map(|()| digest),
            }
        }
    }

    async fn try_keep_runbook(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await.map_err(|e| self.failed(e))?;
        self.insert_runbook(&mut connection, digest, bytes).await
    }

    pub(super) async fn insert_runbook(
        &self,
        connection: &mut SqliteConnection,
        digest: &Digest,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO runbooks (digest, body) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(digest.as_bytes().as_slice())
            .bind(bytes)
            .execute(connection)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    pub(super) async fn runbook(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let mut reader = self.reader().await?;
        let found: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM runbooks WHERE digest = $1")
            .bind(digest.as_bytes().as_slice())
            .fetch_optional(reader.connection())
            .await
            .map_err(|e| self.failed(e))?;
        reader.give_back();
        let bytes = found.ok_or(StoreError::NoSuchRunbook { digest: *digest })?;
        if Digest::of(&bytes) != *digest {
            return Err(self.place.corrupt(format!("runbook {} was changed", digest.short())));
        }
        Ok(bytes)
    }
}
