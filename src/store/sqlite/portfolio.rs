//! One summary per engagement: a cache of what the logs say.

use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::patience::Patience;
use super::seal;
use super::{EngagementId, Head, Limits, PortfolioRow, SqliteStore, StoreError, sql, within};
use crate::store::event_store::Summary;

pub(super) fn check_size(summary: &Summary) -> Result<(), StoreError> {
    within("a summary", summary.json.len(), Limits::SUMMARY)?;
    within("a sort key", summary.sort_key.len(), Limits::SORT_KEY)
}

/// What the seal of a line covers; of its head the hash, which stands for all of it.
fn sealed<'a>(engagement: &'a EngagementId, head: &'a Head, summary: &'a Summary) -> [&'a [u8]; 4] {
    let Summary { sort_key, json } = summary;
    [engagement.as_str().as_bytes(), head.hash.as_bytes(), sort_key.as_bytes(), json.as_bytes()]
}

impl SqliteStore {
    pub(super) async fn keep_summaries(&self, rows: &[PortfolioRow]) -> Result<(), StoreError> {
        for row in rows {
            check_size(&row.summary)?;
        }
        let mut patience = Patience::default();
        loop {
            match self.try_keep_summaries(rows).await {
                Err(error) if patience.try_again_after(&error).await => {}
                done => return done,
            }
        }
    }

    async fn try_keep_summaries(&self, rows: &[PortfolioRow]) -> Result<(), StoreError> {
        let failed = |e| self.failed(e);
        let mut transaction = self.recorder.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for row in rows {
            self.upsert_summary(&mut transaction, &row.engagement, row.head, &row.summary).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Keeps a summary if the log stands where the summary was made.
    pub(super) async fn upsert_summary(
        &self,
        connection: &mut SqliteConnection,
        engagement: &EngagementId,
        head: Head,
        summary: &Summary,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO portfolio (engagement, seq, hash, sort_key, summary, seal) \
             SELECT engagement, seq, hash, $4, $5, $6 FROM heads \
             WHERE engagement = $1 AND seq = $2 AND hash = $3 \
             ON CONFLICT (engagement) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, \
             sort_key = excluded.sort_key, summary = excluded.summary, seal = excluded.seal",
        )
        .bind(engagement.as_str())
        .bind(sql(head.seq))
        .bind(head.hash.as_bytes().as_slice())
        .bind(summary.sort_key.as_str())
        .bind(summary.json.as_str())
        .bind(seal::of("portfolio", &sealed(engagement, &head, summary)).as_bytes().as_slice())
        .execute(connection)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(())
    }

    pub(super) async fn each_summary(
        &self,
        offset: i64,
        limit: i64,
        visit: &mut (dyn FnMut(PortfolioRow) + Send),
    ) -> Result<(), StoreError> {
        let mut reader = self.reader().await?;
        let mut found = sqlx::query(
            "SELECT engagement, seq, hash, sort_key, summary, seal FROM portfolio \
             ORDER BY sort_key, engagement LIMIT $1 OFFSET $2",
        )
        .bind(limit)
        .bind(offset)
        .fetch(reader.connection());
        while let Some(row) = found.try_next().await.map_err(|e| self.failed(e))? {
            visit(self.read_summary(&row)?);
        }
        drop(found);
        reader.give_back();
        Ok(())
    }

    pub(super) async fn summary_of(
        &self,
        engagement: &EngagementId,
    ) -> Result<Option<PortfolioRow>, StoreError> {
        let mut reader = self.reader().await?;
        let found = sqlx::query(
            "SELECT engagement, seq, hash, sort_key, summary, seal FROM portfolio WHERE engagement = $1",
        )
        .bind(engagement.as_str())
        .fetch_optional(reader.connection())
        .await
        .map_err(|e| self.failed(e))?;
        reader.give_back();
        found.map(|row| self.read_summary(&row)).transpose()
    }

    fn read_summary(&self, row: &SqliteRow) -> Result<PortfolioRow, StoreError> {
        let engagement = self.engagement(self.column(row, 0)?)?;
        let head = self.head_at(row, 1, 2)?;
        let mut summary = Summary { sort_key: self.column(row, 3)?, json: self.column(row, 4)? };
        let seal: Option<&[u8]> = self.column(row, 5)?;
        if !seal::holds(seal, "portfolio", &sealed(&engagement, &head, &summary)) {
            // A line that says nothing is made anew.
            summary.json.clear();
        }
        Ok(PortfolioRow { engagement, head, summary })
    }

    pub(super) async fn stale_summaries(&self) -> Result<Vec<EngagementId>, StoreError> {
        let mut reader = self.reader().await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT h.engagement FROM heads h LEFT JOIN portfolio p ON p.engagement = h.engagement \
             WHERE p.engagement IS NULL OR p.seq <> h.seq OR p.hash <> h.hash ORDER BY h.engagement",
        )
        .fetch_all(reader.connection())
        .await
        .map_err(|e| self.failed(e))?;
        reader.give_back();
        ids.iter().map(|id| self.engagement(id)).collect()
    }
}
