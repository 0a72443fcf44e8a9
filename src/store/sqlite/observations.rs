//! Recent results of checks, and when each check last passed.

use std::collections::BTreeMap;

use chrono::DateTime;
use sqlx::SqliteConnection;

use super::patience::Patience;
use super::{CheckId, EngagementId, Latest, Limits, Observation, SqliteStore, StoreError, within};
use crate::domain::verdict::Verdict;

impl SqliteStore {
    pub(super) async fn keep_observations(
        &self,
        engagement: &EngagementId,
        observations: &[Observation],
    ) -> Result<(), StoreError> {
        let mut written = Vec::with_capacity(observations.len());
        for observation in observations {
            let json = serde_json::to_string(observation)
                .map_err(|e| self.place.corrupt(format!("an observation cannot be written: {e}")))?;
            within("an observation", json.len(), Limits::OBSERVATION)?;
            written.push((observation, json));
        }
        let mut patience = Patience::default();
        loop {
            match self.try_keep(engagement, &written).await {
                Err(error) if patience.try_again_after(&error).await => {}
                done => return done,
            }
        }
    }

    async fn try_keep(
        &self,
        engagement: &EngagementId,
        observations: &[(&Observation, String)],
    ) -> Result<(), StoreError> {
        let failed = |e| self.failed(e);
        let mut transaction = self.recorder.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for (observation, json) in observations {
            keep(&mut transaction, engagement, observation, json).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    pub(super) async fn recent_observations(
        &self,
        engagement: &EngagementId,
        check: &CheckId,
        limit: u32,
    ) -> Result<Vec<Observation>, StoreError> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM observations WHERE engagement = $1 AND check_id = $2 \
             ORDER BY position DESC LIMIT $3",
        )
        .bind(engagement.as_str())
        .bind(check.as_str())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(bodies.iter().filter_map(|body| read(body)).collect())
    }

    pub(super) async fn latest_observations(
        &self,
        engagement: &EngagementId,
    ) -> Result<BTreeMap<CheckId, Latest>, StoreError> {
        let rows: Vec<(String, Option<i64>)> = sqlx::query_as(
            "SELECT o.body, p.at_us FROM observations o \
             LEFT JOIN passes p ON p.engagement = o.engagement AND p.check_id = o.check_id \
             WHERE o.position IN \
             (SELECT MAX(position) FROM observations WHERE engagement = $1 GROUP BY check_id)",
        )
        .bind(engagement.as_str())
        .fetch_all(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        let latest = rows.iter().filter_map(|(body, passed)| {
            let observation = read(body)?;
            let last_pass = passed.and_then(DateTime::from_timestamp_micros);
            Some((observation.check.clone(), Latest { observation, last_pass }))
        });
        Ok(latest.collect())
    }
}

/// An observation that cannot be read counts as none: the check then has no fresh result, which
/// blocks, and runs again.
fn read(body: &str) -> Option<Observation> {
    serde_json::from_str(body)
        .inspect_err(|error| tracing::warn!(line = error.line(), "an observation cannot be read"))
        .ok()
}

async fn keep(
    connection: &mut SqliteConnection,
    engagement: &EngagementId,
    observation: &Observation,
    json: &str,
) -> Result<(), sqlx::Error> {
    let check = observation.check.as_str();
    sqlx::query("INSERT INTO observations (engagement, check_id, body) VALUES ($1, $2, $3)")
        .bind(engagement.as_str())
        .bind(check)
        .bind(json)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "DELETE FROM observations WHERE engagement = $1 AND check_id = $2 AND position <= \
         (SELECT position FROM observations WHERE engagement = $1 AND check_id = $2 \
          ORDER BY position DESC LIMIT 1 OFFSET $3)",
    )
    .bind(engagement.as_str())
    .bind(check)
    .bind(i64::from(Limits::OBSERVATIONS_KEPT))
    .execute(&mut *connection)
    .await?;
    match observation.verdict {
        Verdict::Pass => {
            sqlx::query(
                "INSERT INTO passes (engagement, check_id, at_us) VALUES ($1, $2, $3) \
                 ON CONFLICT (engagement, check_id) DO UPDATE SET at_us = excluded.at_us \
                 WHERE excluded.at_us > passes.at_us",
            )
            .bind(engagement.as_str())
            .bind(check)
            .bind(observation.at.timestamp_micros())
            .execute(connection)
            .await?;
        }
        Verdict::Fail | Verdict::Pending | Verdict::Unknown => {}
    }
    Ok(())
}
