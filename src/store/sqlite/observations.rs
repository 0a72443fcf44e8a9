//! Recent results of checks, and when each check last passed.

use std::collections::BTreeMap;

use chrono::DateTime;
use sqlx::SqliteConnection;

use super::patience::Patience;
use super::seal;
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
        let mut reader = self.reader().await?;
        let bodies: Vec<(String, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT body, seal FROM observations WHERE engagement = $1 AND check_id = $2 \
             ORDER BY position DESC LIMIT $3",
        )
        .bind(engagement.as_str())
        .bind(check.as_str())
        .bind(i64::from(limit))
        .fetch_all(reader.connection())
        .await
        .map_err(|e| self.failed(e))?;
        reader.give_back();
        Ok(bodies.iter().filter_map(|(body, seal)| read(engagement, body, seal.as_deref())).collect())
    }

    pub(super) async fn latest_observations(
        &self,
        engagement: &EngagementId,
    ) -> Result<BTreeMap<CheckId, Latest>, StoreError> {
        let mut reader = self.reader().await?;
        let rows: Vec<LatestRow> = sqlx::query_as(
            "SELECT o.body, o.seal, p.at_us, p.seal FROM observations o \
             LEFT JOIN passes p ON p.engagement = o.engagement AND p.check_id = o.check_id \
             WHERE o.position IN \
             (SELECT MAX(position) FROM observations WHERE engagement = $1 GROUP BY check_id)",
        )
        .bind(engagement.as_str())
        .fetch_all(reader.connection())
        .await
        .map_err(|e| self.failed(e))?;
        reader.give_back();
        let latest = rows.iter().filter_map(|(body, sealed, passed, passed_sealed)| {
            let observation = read(engagement, body, sealed.as_deref())?;
            let check = observation.check.as_str();
            let passed = passed.filter(|at| {
                seal::holds(passed_sealed.as_deref(), "passes", &pass(engagement, check, &at.to_be_bytes()))
            });
            let last_pass = passed.and_then(DateTime::from_timestamp_micros);
            Some((observation.check.clone(), Latest { observation, last_pass }))
        });
        Ok(latest.collect())
    }
}

/// The newest observation of a check and its seal; when the check passed last, and the seal of that.
type LatestRow = (String, Option<Vec<u8>>, Option<i64>, Option<Vec<u8>>);

/// What the seal of a pass covers.
fn pass<'a>(engagement: &'a EngagementId, check: &'a str, at: &'a [u8; 8]) -> [&'a [u8]; 3] {
    [engagement.as_str().as_bytes(), check.as_bytes(), at]
}

/// What the seal of an observation covers; which check it is of, the body says.
fn observed<'a>(engagement: &'a EngagementId, body: &'a str) -> [&'a [u8]; 2] {
    [engagement.as_str().as_bytes(), body.as_bytes()]
}

/// An observation that cannot be read counts as none: the check then has no fresh result, which
/// blocks, and runs again.
fn read(engagement: &EngagementId, body: &str, sealed: Option<&[u8]>) -> Option<Observation> {
    if !seal::holds(sealed, "observations", &observed(engagement, body)) {
        tracing::warn!(%engagement, "an observation is damaged");
        return None;
    }
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
    sqlx::query("INSERT INTO observations (engagement, check_id, body, seal) VALUES ($1, $2, $3, $4)")
        .bind(engagement.as_str())
        .bind(check)
        .bind(json)
        .bind(seal::of("observations", &observed(engagement, json)).as_bytes().as_slice())
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
        Verdict::Pass => keep_pass(connection, engagement, check, observation.at.timestamp_micros()).await,
        Verdict::Fail | Verdict::Pending | Verdict::Unknown => Ok(()),
    }
}

/// Keeps when a check passed, unless a later pass is kept already.
async fn keep_pass(
    connection: &mut SqliteConnection,
    engagement: &EngagementId,
    check: &str,
    at: i64,
) -> Result<(), sqlx::Error> {
    let there: Option<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT at_us, seal FROM passes WHERE engagement = $1 AND check_id = $2")
            .bind(engagement.as_str())
            .bind(check)
            .fetch_optional(&mut *connection)
            .await?;
    // A damaged one must not stand for ever because of the late moment that it seems to name.
    let later = there.is_some_and(|(there, sealed)| {
        there >= at
            && seal::holds(sealed.as_deref(), "passes", &pass(engagement, check, &there.to_be_bytes()))
    });
    if later {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO passes (engagement, check_id, at_us, seal) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (engagement, check_id) DO UPDATE SET at_us = excluded.at_us, seal = excluded.seal",
    )
    .bind(engagement.as_str())
    .bind(check)
    .bind(at)
    .bind(seal::of("passes", &pass(engagement, check, &at.to_be_bytes())).as_bytes().as_slice())
    .execute(connection)
    .await?;
    Ok(())
}
