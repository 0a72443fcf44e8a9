//! Looking at a log from the first event to the last, believing nothing seen before.

use std::collections::BTreeMap;

use super::App;
use super::error::AppError;
use super::history::Record;
use super::trust::{Believed, LogFault, parse};
use super::walk::{Log, Runbooks, Walked, read, runbooks_named};
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::summary::Summary;
use crate::store::Row;

/// What a log is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// The engagement.
    pub engagement: EngagementId,
    /// The end of the log as the store has it.
    pub head: Head,
    /// The head that this machine remembers; the default head when it remembers none.
    pub remembered: Head,
    /// Events that are good.
    pub good: usize,
    /// Events by author, among the good ones.
    pub authors: BTreeMap<MemberName, usize>,
    /// What is wrong, in the order of the log; nothing when the log is what golive wrote.
    pub faults: Vec<NamedFault>,
}

/// Events of a log that was looked at from the first event to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// What the log is worth.
    pub report: LogReport,
    /// The events that were asked for; none of a log with a fault.
    pub records: Vec<Record>,
}

/// A fault with its place and, where it can be read, the name under which the event was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFault {
    /// The sequence number.
    pub seq: u64,
    /// Who is said to have written it.
    pub name: Option<MemberName>,
    /// What is wrong.
    pub fault: LogFault,
}

impl App {
    /// Checks every event of a log: chain, signature, authorship, right, and the heads that approvals
    /// cover; then compares its end with the head remembered here, and its line in the portfolio with
    /// what the log comes to. Faults are named, not returned as an error.
    pub async fn verify(&self, id: &EngagementId) -> Result<LogReport, AppError> {
        self.verify_against(id, &[]).await
    }

    /// The same; `released` are heads that releases of this engagement name, which the log must pass through
    /// as well.
    pub async fn verify_against(&self, id: &EngagementId, released: &[Head]) -> Result<LogReport, AppError> {
        let remembered = self.shared.heads.get(id)?;
        let rows = self.shared.store.read(id, 0).await?;
        if rows.is_empty() && remembered.seq == 0 {
            // The same words as everywhere else for an engagement that is not there.
            self.load(id).await?;
        }
        let Walked { mut report, believed, .. } = self.walk_log(id, remembered, released, rows).await?;
        if let (true, Believed { state: Some(state), runbook: Some(runbook) }) =
            (report.faults.is_empty(), believed)
        {
            let engagement = super::Engagement { runbook, state: std::sync::Arc::new(state) };
            if !self.line_agrees(&engagement).await? {
                report.faults.push(NamedFault {
                    seq: engagement.state.head.seq,
                    name: None,
                    fault: LogFault::OtherSummary,
                });
            }
        }
        Ok(report)
    }

    /// The same look at the whole log, with some of its events and their hashes: what a proof is shown with.
    pub async fn attest(&self, id: &EngagementId, events: &[u64]) -> Result<Attested, AppError> {
        let report = self.verify(id).await?;
        if !report.whole() {
            return Ok(Attested { report, records: Vec::new() });
        }
        let records = self.history(id).await?;
        let wanted = |record: &Record| events.contains(&record.event.seq);
        // What was appended since has not been looked at in full.
        let old = |record: &Record| record.event.seq <= report.head.seq;
        let records = records.into_iter().filter(|r| wanted(r) && old(r)).collect();
        Ok(Attested { report, records })
    }

    /// Walks rows of the store, with the runbooks that they name.
    async fn walk_log(
        &self,
        id: &EngagementId,
        remembered: Head,
        released: &[Head],
        rows: Vec<Row>,
    ) -> Result<Walked, AppError> {
        let (runbooks, missing) = self.runbooks_of(id, &rows).await;
        let here = (remembered, LogFault::Cut, LogFault::Rewritten);
        let there = released.iter().map(|head| (*head, LogFault::ReleasedAndCut, LogFault::OtherReleased));
        let seen: Vec<_> = std::iter::once(here).chain(there).collect();
        let (id, now) = (id.clone(), self.now());
        // Hashing and checking signatures of a long log takes longer than other tasks may wait.
        let work = tokio::task::spawn_blocking(move || {
            Log { id: &id, rows: &rows, seen: &seen, runbooks: &runbooks, now, read: &read }.walk()
        });
        let walked = work.await.map_err(|_| AppError::ShuttingDown)?;
        let stopped = walked.report.faults.iter().any(|f| f.fault == LogFault::NoRunbook);
        match missing {
            // Why the store did not give it says more than that it did not.
            Some(error) if stopped => Err(error),
            Some(_) | None => Ok(walked),
        }
    }

    /// The runbooks that rows name, and why the first that is missing is.
    pub(super) async fn runbooks_of(&self, id: &EngagementId, rows: &[Row]) -> (Runbooks, Option<AppError>) {
        let (mut runbooks, mut missing) = (Runbooks::new(), None);
        for digest in runbooks_named(rows) {
            match self.kept_runbook(id, &digest).await {
                Ok(runbook) => {
                    runbooks.insert(digest, runbook);
                }
                Err(error) => missing = missing.or(Some(error)),
            }
        }
        (runbooks, missing)
    }

    /// Whether the line that was made at this head says what the log comes to. A line made at another
    /// head is only out of date.
    async fn line_agrees(&self, engagement: &super::Engagement) -> Result<bool, AppError> {
        let kept = self.shared.store.portfolio_row(engagement.id()).await?;
        let Some(line) = kept.filter(|line| line.head == engagement.state.head) else {
            return Ok(true);
        };
        // Totals depend on the time at which the line was made; the rest does not.
        let made_now = engagement.summary(self.now());
        Ok(serde_json::from_str::<Summary>(&line.summary.json).is_ok_and(|kept| {
            let titles = |s: &Summary| s.stages.iter().map(|stage| stage.title.clone()).collect::<Vec<_>>();
            kept.engagement == made_now.engagement
                && kept.name == made_now.name
                && kept.runbook == made_now.runbook
                && kept.provider == made_now.provider
                && kept.target == made_now.target
                && kept.lights == made_now.lights
                && kept.emergencies == made_now.emergencies
                && kept.opened_at == made_now.opened_at
                && kept.last_at == made_now.last_at
                && titles(&kept) == titles(&made_now)
        }))
    }
}

impl LogReport {
    /// Whether the log is what golive wrote.
    pub fn whole(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn push(&mut self, row: &Row, fault: LogFault) {
        let name = parse(row).ok().map(|event| event.by.name);
        self.faults.push(NamedFault { seq: row.seq, name, fault });
    }
}
