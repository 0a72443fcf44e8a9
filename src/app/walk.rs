//! Walking a log from its first event to its last, naming what is wrong.
//!
//! The one judge of whole logs: `golive verify ID`, `golive verify FILE` and the making of a release all come
//! through here.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::trust::{Believed, LogFault, check_signature, parse};
use super::verify::{LogReport, NamedFault};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Fact};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::state::Begun;
use crate::store::{ChainFault, Row, walk};

/// The most faults that are named.
const MAX_FAULTS: usize = 100;

/// The runbooks that a log may need, by their digest.
pub(super) type Runbooks = BTreeMap<Digest, Arc<Runbook>>;

/// What a log was found to be.
pub(super) struct Walked {
    pub(super) report: LogReport,
    /// How far it could be believed; all of it when the report names no fault.
    pub(super) believed: Believed,
    /// The last event that was good.
    pub(super) last: Option<Event>,
}

/// Reads the event of a row and checks its signature.
pub(super) fn read(row: &Row) -> Result<Event, LogFault> {
    let event = parse(row)?;
    check_signature(row, &event)?;
    Ok(event)
}

/// The digests of the runbooks that the events of a log name. Nothing of it is believed yet.
pub(super) fn runbooks_named(rows: &[Row]) -> Vec<Digest> {
    let mut out = Vec::new();
    for event in rows.iter().filter_map(|row| parse(row).ok()) {
        if let Fact::Opened { runbook, .. } | Fact::Upgraded { runbook, .. } = &event.fact
            && !out.contains(&runbook.digest)
        {
            out.push(runbook.digest);
        }
    }
    out
}

/// A log that is to be judged.
pub(super) struct Log<'a> {
    pub(super) id: &'a EngagementId,
    pub(super) rows: &'a [Row],
    /// Heads that the log must pass through, with what it is when it does not reach one, and when it has
    /// another event there.
    pub(super) seen: &'a [(Head, LogFault, LogFault)],
    pub(super) runbooks: &'a Runbooks,
    /// The reader's clock: nothing was signed with a key whose time has not come by it.
    pub(super) now: DateTime<Utc>,
    /// [`read`], unless signatures have been looked at already.
    pub(super) read: &'a dyn Fn(&Row) -> Result<Event, LogFault>,
}

impl Log<'_> {
    /// Checks every event: chain, signature, authorship, right, and the heads that approvals cover.
    pub(super) fn walk(&self) -> Walked {
        let rows = self.rows;
        let mut walked = Walked { report: self.empty(), believed: Believed::default(), last: None };
        let Walked { report, believed, last } = &mut walked;
        let broken = walk(rows).err();
        let whole = broken.map_or(rows.len(), |ChainFault { seq, .. }| {
            usize::try_from(seq.saturating_sub(1)).map_or(rows.len(), |n| n.min(rows.len()))
        });
        let mut hashes: Vec<Digest> = vec![Digest::ZERO];
        for row in &rows[..whole] {
            let outcome = (self.read)(row).and_then(|event| {
                believed.event(self.id, row, &event)?;
                if covers_known_head(&event, &hashes) { Ok(event) } else { Err(LogFault::ForeignHead) }
            });
            hashes.push(row.hash);
            match outcome {
                Ok(event) => {
                    report.good += 1;
                    *report.authors.entry(event.by.name.clone()).or_default() += 1;
                    if !self.runbook_of(&event, believed) {
                        report.push(row, LogFault::NoRunbook);
                        return walked;
                    }
                    *last = Some(event);
                }
                Err(fault) => {
                    report.push(row, fault);
                    // The fold goes on where it can, so that one bad signature does not hide the next.
                    let head = Head { seq: row.seq, hash: row.hash };
                    let stuck = believed.head().seq + 1 == row.seq
                        && parse(row).ok().is_none_or(|event| believed.evolve(&event, head).is_err());
                    if stuck || report.faults.len() >= MAX_FAULTS || believed.runbook.is_none() {
                        return walked;
                    }
                }
            }
        }
        if let Some(ChainFault { seq, fault }) = broken {
            let at = rows.iter().find(|r| r.seq == seq);
            let name = at.and_then(|row| parse(row).ok()).map(|event| event.by.name);
            report.faults.push(NamedFault { seq, name, fault: LogFault::Chain(fault) });
            // Behind a broken chain only signatures can still be told apart.
            for row in &rows[whole..] {
                match (self.read)(row) {
                    Ok(_) => {}
                    Err(fault) if report.faults.len() < MAX_FAULTS => report.push(row, fault),
                    Err(_) => break,
                }
            }
        } else {
            for (head, cut, other) in self.seen {
                let seq = usize::try_from(head.seq).unwrap_or(usize::MAX);
                let fault = match hashes.get(seq) {
                    None => cut,
                    Some(hash) if *hash == head.hash => continue,
                    Some(_) => other,
                };
                report.faults.push(NamedFault { seq: head.seq, name: None, fault: fault.clone() });
            }
        }
        if let Some(Begun { seq, from }) = believed.state.as_ref().and_then(|s| s.not_begun(self.now))
            && let Some(row) = rows.iter().find(|row| row.seq == seq)
        {
            report.push(row, LogFault::NotBegun(from));
        }
        walked
    }

    fn empty(&self) -> LogReport {
        LogReport {
            engagement: self.id.clone(),
            head: self.rows.last().map_or_else(Head::default, |r| Head { seq: r.seq, hash: r.hash }),
            remembered: self.seen.first().map_or_else(Head::default, |(head, ..)| *head),
            good: 0,
            authors: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// Goes over to the runbook that an event names, if it names one; false when that is not there.
    fn runbook_of(&self, event: &Event, believed: &mut Believed) -> bool {
        if let Fact::Opened { runbook, .. } | Fact::Upgraded { runbook, .. } = &event.fact {
            believed.runbook = self.runbooks.get(&runbook.digest).cloned();
        }
        believed.runbook.is_some()
    }
}

/// Whether an approval covers a head that the log had before it.
fn covers_known_head(event: &Event, hashes: &[Digest]) -> bool {
    let covers = match &event.fact {
        Fact::Ticked { signoff, .. } | Fact::StageSigned { signoff, .. } => &signoff.covers,
        Fact::Proven { covers, .. } | Fact::GoDecided { covers, .. } => covers,
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
        | Fact::WaiverRevoked { .. }
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
