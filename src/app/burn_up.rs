//! The curve of an engagement: how much was done on each day.

use std::collections::HashMap;

use super::App;
use super::error::AppError;
use super::trust::{LogFault, tampered};
use crate::domain::burn_up::{Point, burn_up};
use crate::domain::digest::Digest;
use crate::domain::event::Fact;
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;

impl App {
    /// How much was done at the end of each day since the beginning, with each runbook in its time.
    pub async fn burn_up(&self, id: &EngagementId) -> Result<Vec<Point>, AppError> {
        let records = self.history(id).await?;
        let named = |fact: &Fact| -> Option<Digest> {
            match fact {
                Fact::Opened { runbook, .. } | Fact::Upgraded { runbook, .. } => Some(runbook.digest),
                _ => None,
            }
        };
        let mut runbooks = HashMap::new();
        for digest in records.iter().filter_map(|r| named(&r.event.fact)) {
            // What is known already is in memory.
            runbooks.insert(digest, self.kept_runbook(id, &digest).await?);
        }
        let (id, now) = (id.clone(), self.now());
        let work = tokio::task::spawn_blocking(move || {
            let log = records.iter().map(|r| (&r.event, Head { seq: r.event.seq, hash: r.hash }));
            let runbook_of = |digest: &Digest| runbooks.get(digest).cloned();
            burn_up(log, &runbook_of, now).map_err(|misfit| tampered(&id, 1, LogFault::Misfit(misfit)).into())
        });
        work.await.map_err(|_| AppError::ShuttingDown)?
    }
}
