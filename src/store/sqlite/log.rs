//! Events and heads.

use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::patience::Patience;
use super::{
    AppendExtra, EngagementId, Head, Limits, Moved, NewRow, Position, Row, SqliteStore, StoreError, sql,
    within,
};
use crate::domain::digest::Digest;

/// Rows fetched by one statement: a reader that stays in one statement for long keeps the
/// write-ahead log from starting over.
const PAGE: u32 = 10_000;

impl SqliteStore {
    pub(super) async fn append_rows(
        &self,
        engagement: &EngagementId,
        expected: &Head,
        rows: &[NewRow],
        extra: AppendExtra,
    ) -> Result<Head, StoreError> {
        check_sizes(rows, &extra)?;
        let mut patience = Patience::default();
        loop {
            match self.try_append(engagement, expected, rows, &extra).await {
                Err(error) if patience.try_again_after(&error).await => {}
                done => return done,
            }
        }
    }

    async fn try_append(
        &self,
        engagement: &EngagementId,
        expected: &Head,
        rows: &[NewRow],
        extra: &AppendExtra,
    ) -> Result<Head, StoreError> {
        let failed = |e| self.failed(e);
        // IMMEDIATE: the lock is taken before the head is read, so that nobody moves it in between.
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let actual = self.head_on(&mut transaction, engagement).await?;
        if actual != *expected {
            return self.conflict(&mut transaction, engagement, expected, rows, actual).await;
        }
        let mut head = *expected;
        let mut position = None;
        for row in rows {
            head = head.after(&row.body);
            position = Some(self.insert(&mut transaction, engagement, head, row).await?);
        }
        if let Some(position) = position {
            sqlx::query(
                "INSERT INTO heads (engagement, seq, hash, position) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (engagement) DO UPDATE SET \
                 seq = excluded.seq, hash = excluded.hash, position = excluded.position",
            )
            .bind(engagement.as_str())
            .bind(sql(head.seq))
            .bind(head.hash.as_bytes().as_slice())
            .bind(position)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        if let Some(runbook) = &extra.runbook {
            self.insert_runbook(&mut transaction, &Digest::of(runbook), runbook).await?;
        }
        if let Some(summary) = &extra.summary {
            self.upsert_summary(&mut transaction, engagement, head, summary).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(head)
    }

    async fn insert(
        &self,
        connection: &mut SqliteConnection,
        engagement: &EngagementId,
        head: Head,
        row: &NewRow,
    ) -> Result<i64, StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO events (engagement, seq, hash, id, body, signature) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(engagement.as_str())
        .bind(sql(head.seq))
        .bind(head.hash.as_bytes().as_slice())
        .bind(row.id.as_bytes().as_slice())
        .bind(row.body.as_slice())
        .bind(row.signature.as_str())
        .execute(connection)
        .await;
        match inserted {
            Ok(done) => Ok(done.last_insert_rowid()),
            // The number is free, or the trigger would have said so first: it is the id.
            Err(sqlx::Error::Database(e)) if e.is_unique_violation() => {
                Err(StoreError::AlreadyAppended { id: row.id })
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The log is not where the caller saw it. Perhaps because the caller itself moved it, and never
    /// had the answer: then the hash where these rows would end says so.
    async fn conflict(
        &self,
        connection: &mut SqliteConnection,
        engagement: &EngagementId,
        expected: &Head,
        rows: &[NewRow],
        actual: Head,
    ) -> Result<Head, StoreError> {
        let (Some(last), false) = (rows.last(), actual.seq <= expected.seq) else {
            return Err(StoreError::Conflict { actual });
        };
        let end = rows.iter().fold(*expected, |head, row| head.after(&row.body));
        let there: Option<(Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT hash, id FROM events WHERE engagement = $1 AND seq = $2")
                .bind(engagement.as_str())
                .bind(sql(end.seq))
                .fetch_optional(connection)
                .await
                .map_err(|e| self.failed(e))?;
        match there {
            Some((hash, id)) if hash == end.hash.as_bytes() && id == last.id.as_bytes() => Ok(end),
            Some(_) | None => Err(StoreError::Conflict { actual }),
        }
    }

    async fn head_on(
        &self,
        connection: &mut SqliteConnection,
        engagement: &EngagementId,
    ) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT seq, hash FROM heads WHERE engagement = $1")
            .bind(engagement.as_str())
            .fetch_optional(connection)
            .await
            .map_err(|e| self.failed(e))?;
        row.map_or(Ok(Head::default()), |row| self.head_at(&row, 0, 1))
    }

    pub(super) async fn head_of(&self, engagement: &EngagementId) -> Result<Head, StoreError> {
        let mut reader = self.reader().await?;
        let head = self.head_on(reader.connection(), engagement).await?;
        reader.give_back();
        Ok(head)
    }

    pub(super) async fn count_heads(&self) -> Result<u64, StoreError> {
        let mut reader = self.reader().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM heads")
            .fetch_one(reader.connection())
            .await
            .map_err(|e| self.failed(e))?;
        reader.give_back();
        self.number(&row, 0)
    }

    pub(super) async fn last_position(&self) -> Result<Position, StoreError> {
        let mut reader = self.reader().await?;
        let last: Option<i64> = sqlx::query_scalar("SELECT MAX(position) FROM heads")
            .fetch_one(reader.connection())
            .await
            .map_err(|e| self.failed(e))?;
        reader.give_back();
        Ok(last.map_or_else(Position::default, Position))
    }

    pub(super) async fn heads_after(&self, position: Position) -> Result<Moved, StoreError> {
        let mut reader = self.reader().await?;
        let mut rows = sqlx::query(
            "SELECT engagement, seq, hash, position FROM heads WHERE position > $1 ORDER BY position",
        )
        .bind(position.0)
        .fetch(reader.connection());
        let mut moved = Moved { heads: Vec::new(), position };
        while let Some(row) = rows.try_next().await.map_err(|e| self.failed(e))? {
            moved.heads.push((self.engagement(self.column(&row, 0)?)?, self.head_at(&row, 1, 2)?));
            moved.position = Position(self.column(&row, 3)?);
        }
        drop(rows);
        reader.give_back();
        Ok(moved)
    }

    pub(super) async fn read_all(
        &self,
        engagement: &EngagementId,
        after: u64,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut after = after;
        loop {
            let before = rows.len();
            self.read_into(&mut rows, engagement, after, PAGE).await?;
            match rows.last() {
                // Rows have growing numbers, so every round gets nearer to the end.
                Some(last) if rows.len() > before => after = last.seq,
                Some(_) | None => return Ok(rows),
            }
        }
    }

    pub(super) async fn read_into(
        &self,
        rows: &mut Vec<Row>,
        engagement: &EngagementId,
        after: u64,
        limit: u32,
    ) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        // Row by row: a page of the driver's rows beside a page of ours would be twice the memory.
        let mut found = sqlx::query(
            "SELECT seq, hash, id, body, signature FROM events \
             WHERE engagement = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(engagement.as_str())
        .bind(sql(after))
        .bind(i64::from(limit))
        .fetch(reader.connection());
        while let Some(row) = found.try_next().await.map_err(|e| self.failed(e))? {
            rows.push(self.row(&row)?);
        }
        drop(found);
        reader.give_back();
        Ok(())
    }

    fn row(&self, row: &SqliteRow) -> Result<Row, StoreError> {
        let id = Uuid::from_slice(self.column(row, 2)?)
            .map_err(|_| self.place.corrupt("an event's id cannot be read"))?;
        Ok(Row {
            seq: self.number(row, 0)?,
            hash: self.digest(row, 1)?,
            id,
            body: self.column(row, 3)?,
            signature: self.column(row, 4)?,
        })
    }
}

fn check_sizes(rows: &[NewRow], extra: &AppendExtra) -> Result<(), StoreError> {
    for row in rows {
        within("an event", row.body.len(), Limits::BODY)?;
        within("a signature", row.signature.len(), Limits::SIGNATURE)?;
    }
    if let Some(runbook) = &extra.runbook {
        within("a runbook", runbook.len(), Limits::RUNBOOK)?;
    }
    extra.summary.as_ref().map_or(Ok(()), super::portfolio::check_size)
}
