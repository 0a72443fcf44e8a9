//! From a row of the store to an event that can be believed.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::authority::{self, Unentitled};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Fact, MAX_BODY};
use crate::domain::evolve::{Misfit, begin, evolve};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::identity::{self, BadSignature, Purpose};
use crate::store::{ChainFault, Fault, Row};

/// A log that is not what golive wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log of engagement '{engagement}' was tampered with at event {seq}: {fault}")]
pub struct Tampered {
    /// The engagement.
    pub engagement: EngagementId,
    /// The first place where it shows.
    pub seq: u64,
    /// What is wrong there.
    pub fault: LogFault,
}

/// What is wrong with an event of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFault {
    /// The chain of hashes does not hold.
    #[error("it {0}")]
    Chain(Fault),
    /// The bytes are no event.
    #[error("its bytes are no event of golive's")]
    NotAnEvent,
    /// The event does not continue the log.
    #[error("{0}")]
    Misfit(Misfit),
    /// The event says that it belongs to another engagement.
    #[error("it belongs to another engagement")]
    OtherEngagement,
    /// The row and the event in it have different ids.
    #[error("its id is not the one that was signed")]
    OtherId,
    /// The signature is not good.
    #[error("its signature is not good: {0}")]
    Signature(BadSignature),
    /// The signature is good and of another key.
    #[error("it is signed with another key than it names")]
    OtherKey,
    /// The author had no right to it.
    #[error("{0}")]
    Unentitled(Unentitled),
    /// By the reader's clock the time of the key has not come.
    #[error(
        "the key that signed it is not valid before {}, which has not come by the clock of this machine: it was \
         dated ahead, or the clock is behind",
        .0.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    NotBegun(DateTime<Utc>),
    /// The log ends before an event that this machine has seen.
    #[error("the log ends before it, and this machine has seen it: the end was cut off")]
    Cut,
    /// The event is not the one that this machine has seen there.
    #[error("it is not the event that this machine has seen there: the log was rewritten")]
    Rewritten,
    /// An approval says that it saw a head that the log never had.
    #[error("it covers a head that this log never had")]
    ForeignHead,
    /// The runbook that it names is not there.
    #[error("the runbook that it names is missing")]
    NoRunbook,
    /// The log ends before a head that a release names.
    #[error("the log ends before it, and a release was made there: the end was cut off")]
    ReleasedAndCut,
    /// Another event stands where a release was made.
    #[error("it is not the event that a release was made at: the log was rewritten")]
    OtherReleased,
    /// The portfolio's summary is not what the log comes to.
    #[error("the portfolio's summary made at this event is not what the log comes to")]
    OtherSummary,
}

/// How far a log has been read and believed.
#[derive(Debug, Clone, Default)]
pub(super) struct Believed {
    /// The state so far; none before the first event.
    pub(super) state: Option<State>,
    /// The runbook that the state keeps.
    pub(super) runbook: Option<Arc<Runbook>>,
}

/// Whether the signature of a row must be looked at, or the chain vouches for it: a head that was
/// believed before covers every byte up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signatures {
    Check,
    /// This head was noted when every signature up to it had been checked. A log that does not pass
    /// through it was rewritten.
    CheckedUpTo(Head),
}

/// What has to happen before the next row can be believed.
pub(super) enum Next {
    /// Nothing: all rows are believed.
    Done,
    /// The state keeps another runbook from here on; the rows that are left come after it.
    Runbook(Digest, Vec<Row>),
}

impl Believed {
    pub(super) fn head(&self) -> Head {
        self.state.as_ref().map_or_else(Head::default, |s| s.head)
    }

    /// Believes rows one after the other, until the first fault or until another runbook is needed.
    pub(super) fn rows(
        &mut self,
        id: &EngagementId,
        rows: Vec<Row>,
        signatures: Signatures,
    ) -> Result<Next, Tampered> {
        if let Err(ChainFault { seq, fault }) = crate::store::walk_from(self.head(), &rows) {
            return Err(tampered(id, seq, LogFault::Chain(fault)));
        }
        let mut rows = rows.into_iter();
        while let Some(row) = rows.next() {
            let seq = row.seq;
            let event = self.row(id, &row, signatures).map_err(|fault| tampered(id, seq, fault))?;
            if let Fact::Opened { runbook, .. } | Fact::Upgraded { runbook, .. } = &event.fact {
                return Ok(Next::Runbook(runbook.digest, rows.collect()));
            }
        }
        Ok(Next::Done)
    }

    /// Believes one row that follows the head.
    pub(super) fn row(
        &mut self,
        id: &EngagementId,
        row: &Row,
        signatures: Signatures,
    ) -> Result<Event, LogFault> {
        let event = parse(row)?;
        let check = match signatures {
            Signatures::Check => true,
            Signatures::CheckedUpTo(noted) if row.seq == noted.seq && row.hash != noted.hash => {
                return Err(LogFault::Rewritten);
            }
            Signatures::CheckedUpTo(noted) => row.seq > noted.seq,
        };
        if check {
            check_signature(row, &event)?;
        }
        self.event(id, row, &event)?;
        Ok(event)
    }

    /// Believes the event of a row whose signature has been looked at.
    pub(super) fn event(&mut self, id: &EngagementId, row: &Row, event: &Event) -> Result<(), LogFault> {
        if event.engagement != *id {
            return Err(LogFault::OtherEngagement);
        }
        let head = Head { seq: row.seq, hash: row.hash };
        if let (Some(state), Some(runbook)) = (&self.state, &self.runbook) {
            authority::check(runbook, state, event).map_err(LogFault::Unentitled)?;
        }
        self.evolve(event, head).map_err(LogFault::Misfit)
    }

    /// One event further, the first one included.
    pub(super) fn evolve(&mut self, event: &Event, head: Head) -> Result<(), Misfit> {
        match &mut self.state {
            Some(state) => evolve(state, event, head),
            None => begin(event, head).map(|state| self.state = Some(state)),
        }
    }
}

pub(super) fn tampered(engagement: &EngagementId, seq: u64, fault: LogFault) -> Tampered {
    Tampered { engagement: engagement.clone(), seq, fault }
}

/// Reads the event in a row. Whether it may be believed is another question.
pub(super) fn parse(row: &Row) -> Result<Event, LogFault> {
    if row.body.len() > MAX_BODY {
        return Err(LogFault::NotAnEvent);
    }
    let event: Event = serde_json::from_slice(&row.body).map_err(|_| LogFault::NotAnEvent)?;
    if event.id == row.id { Ok(event) } else { Err(LogFault::OtherId) }
}

pub(super) fn check_signature(row: &Row, event: &Event) -> Result<(), LogFault> {
    let signer = identity::verify(&row.body, &row.signature, Purpose::Event).map_err(LogFault::Signature)?;
    if signer.fingerprint == event.by.key { Ok(()) } else { Err(LogFault::OtherKey) }
}
