//! Looking at a log from the first event to the last, believing nothing seen before.

use std::collections::BTreeMap;

use super::App;
use super::error::AppError;
use super::trust::{Believed, LogFault, Signatures, check_signature, parse};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Fact};
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::summary::Summary;
use crate::store::{ChainFault, Row, walk};

/// The most faults that are named.
const MAX_FAULTS: usize = 100;

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
        let remembered = self.shared.heads.get(id)?;
        let rows = self.shared.store.read(id, 0).await?;
        if rows.is_empty() && remembered.seq == 0 {
            // The same words as everywhere else for an engagement that is not there.
            self.load(id).await?;
        }
        let (mut report, believed) = self.walk_log(id, remembered, rows).await?;
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

    async fn walk_log(
        &self,
        id: &EngagementId,
        remembered: Head,
        rows: Vec<Row>,
    ) -> Result<(LogReport, Believed), AppError> {
        let mut report = LogReport {
            engagement: id.clone(),
            head: rows.last().map_or_else(Head::default, |r| Head { seq: r.seq, hash: r.hash }),
            remembered,
            good: 0,
            authors: BTreeMap::new(),
            faults: Vec::new(),
        };
        let broken = walk(&rows).err();
        let whole = broken.map_or(rows.len(), |ChainFault { seq, .. }| {
            usize::try_from(seq.saturating_sub(1)).map_or(rows.len(), |n| n.min(rows.len()))
        });
        let mut believed = Believed::default();
        let mut hashes: Vec<Digest> = vec![Digest::ZERO];
        for row in &rows[..whole] {
            let outcome = believed.row(id, row, Signatures::Check).and_then(|event| {
                if covers_known_head(&event, &hashes) { Ok(event) } else { Err(LogFault::ForeignHead) }
            });
            hashes.push(row.hash);
            match outcome {
                Ok(event) => {
                    if let Fact::Opened { runbook, .. } | Fact::Upgraded { runbook, .. } = &event.fact {
                        believed.runbook = Some(self.kept_runbook(id, &runbook.digest).await?);
                    }
                    report.good += 1;
                    *report.authors.entry(event.by.name).or_default() += 1;
                }
                Err(fault) => {
                    report.push(row, fault);
                    // The fold goes on where it can, so that one bad signature does not hide the next.
                    let head = Head { seq: row.seq, hash: row.hash };
                    let stuck = believed.head().seq + 1 == row.seq
                        && parse(row).ok().is_none_or(|event| believed.evolve(&event, head).is_err());
                    if stuck || report.faults.len() >= MAX_FAULTS {
                        return Ok((report, believed));
                    }
                    if believed.runbook.is_none() {
                        return Ok((report, believed));
                    }
                }
            }
            tokio::task::consume_budget().await;
        }
        if let Some(ChainFault { seq, fault }) = broken {
            let at = rows.iter().find(|r| r.seq == seq);
            let name = at.and_then(|row| parse(row).ok()).map(|event| event.by.name);
            report.faults.push(NamedFault { seq, name, fault: LogFault::Chain(fault) });
            // Behind a broken chain only signatures can still be told apart.
            for row in &rows[whole..] {
                match parse(row).and_then(|event| check_signature(row, &event)) {
                    Ok(()) => {}
                    Err(fault) if report.faults.len() < MAX_FAULTS => report.push(row, fault),
                    Err(_) => break,
                }
            }
        } else if let Some(fault) = against_remembered(remembered, &hashes) {
            report.faults.push(NamedFault { seq: remembered.seq, name: None, fault });
        }
        Ok((report, believed))
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

    fn push(&mut self, row: &Row, fault: LogFault) {
        let name = parse(row).ok().map(|event| event.by.name);
        self.faults.push(NamedFault { seq: row.seq, name, fault });
    }
}

/// Whether an approval covers a head that the log had before it.
fn covers_known_head(event: &Event, hashes: &[Digest]) -> bool {
    let covers = match &event.fact {
        Fact::Ticked { signoff, .. } | Fact::StageSigned { signoff, .. } => &signoff.covers,
        Fact::Proven { covers, .. } => covers,
        Fact::Opened { .. }
        | Fact::MemberAdded { .. }
        | Fact::KeyAdded { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::FieldSet { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::Unticked { .. }
        | Fact::Reopened { .. }
        | Fact::CheckSettled { .. }
        | Fact::Rejected { .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverRequested { .. }
        | Fact::WaiverGranted { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::GlassBroken { .. }
        | Fact::GlassMended { .. }
        | Fact::Noted { .. }
        | Fact::TargetSet { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. }
        | Fact::ActionIntended { .. }
        | Fact::ActionDone { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::ActionReset { .. } => return true,
    };
    let seq = usize::try_from(covers.head.seq).unwrap_or(usize::MAX);
    hashes.get(seq) == Some(&covers.head.hash)
}

fn against_remembered(remembered: Head, hashes: &[Digest]) -> Option<LogFault> {
    let seq = usize::try_from(remembered.seq).unwrap_or(usize::MAX);
    match hashes.get(seq) {
        None => Some(LogFault::Cut),
        Some(hash) if *hash == remembered.hash => None,
        Some(_) => Some(LogFault::Rewritten),
    }
}
