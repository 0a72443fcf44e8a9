//! The log: what was appended, one event or all, and whether it is whole.

use serde::Serialize;

use crate::app::trust::LogFault;
use crate::app::{Engagement, EvidenceFault, Exhibit, LogReport, Record};
use crate::domain::event::Event;
use crate::domain::ids::{EngagementId, ItemId, MemberName};
use crate::identity::Purpose;

/// What a command wrote: `golive new`, `tick`, and every other act.
#[derive(Debug, Serialize)]
pub struct DoneJson<'a> {
    /// The engagement.
    pub engagement: &'a EngagementId,
    /// The end of the log now.
    pub seq: u64,
    /// What was appended.
    pub events: Vec<&'a Event>,
}

/// One event of `golive log`.
#[derive(Debug, Serialize)]
pub struct RecordJson<'a> {
    /// The event as it was signed.
    pub event: &'a Event,
    /// Its hash.
    pub hash: String,
    /// What it says, in words.
    pub says: String,
}

impl<'a> RecordJson<'a> {
    /// The shape of a record.
    pub fn new(record: &'a Record, engagement: &Engagement) -> Self {
        let says = crate::cli::words::sentence(&record.event, engagement);
        Self { event: &record.event, hash: record.hash.to_string(), says }
    }
}

/// `golive log --event`
#[derive(Debug, Serialize)]
pub struct ExhibitJson<'a> {
    /// The event and its hash.
    #[serde(flatten)]
    pub record: RecordJson<'a>,
    /// The exact bytes that were hashed and signed; what is no UTF-8 is replaced.
    pub body: std::borrow::Cow<'a, str>,
    /// The signature over them, as `ssh-keygen -Y verify` reads it.
    pub signature: &'a str,
    /// What the signature is for, as `ssh-keygen -Y verify -n` takes it.
    pub namespace: &'static str,
    /// Whether nothing is wrong with it.
    pub good: bool,
    /// What is wrong with its place in the chain; `null` when nothing is.
    pub chain_fault: Option<String>,
    /// What is wrong with its signature.
    pub signature_fault: Option<String>,
    /// Why its author had no right to it.
    pub right_fault: Option<String>,
}

impl<'a> ExhibitJson<'a> {
    /// The shape of an event that is opened.
    pub fn new(exhibit: &'a Exhibit, engagement: &Engagement) -> Self {
        let fault = |answer: &Result<(), LogFault>| answer.as_ref().err().map(ToString::to_string);
        Self {
            record: RecordJson::new(&exhibit.record, engagement),
            body: String::from_utf8_lossy(&exhibit.body),
            signature: &exhibit.signature,
            namespace: Purpose::Event.namespace(),
            good: exhibit.good(),
            chain_fault: fault(&exhibit.chain),
            signature_fault: fault(&exhibit.signed),
            right_fault: fault(&exhibit.entitled),
        }
    }
}

/// `golive verify`
#[derive(Debug, Serialize)]
pub struct VerifyJson {
    /// The engagement.
    pub engagement: EngagementId,
    /// Whether nothing is wrong.
    pub whole: bool,
    /// Events that are good.
    pub good: usize,
    /// Sequence number of the last event.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// Sequence number of the head that this machine remembers; 0 for none.
    pub remembered_seq: u64,
    /// Good events by author.
    pub authors: std::collections::BTreeMap<MemberName, usize>,
    /// What is wrong.
    pub faults: Vec<FaultJson>,
    /// Files of evidence that are missing or altered; looked at when nothing is wrong with the log.
    pub evidence: Vec<EvidenceFaultJson>,
}

/// A file of evidence that is not as it was.
#[derive(Debug, Serialize)]
pub struct EvidenceFaultJson {
    /// The item that it is attached to.
    pub item: ItemId,
    /// Its name.
    pub name: String,
    /// Its digest in the log.
    pub digest: String,
    /// What is wrong.
    pub fault: String,
}

/// A fault of a log.
#[derive(Debug, Serialize)]
pub struct FaultJson {
    /// Where.
    pub seq: u64,
    /// Who is said to have written the event.
    pub name: Option<MemberName>,
    /// What is wrong.
    pub fault: String,
}

impl VerifyJson {
    /// The shape of a report.
    pub fn new(report: &LogReport) -> Self {
        Self {
            engagement: report.engagement.clone(),
            whole: report.whole(),
            good: report.good,
            seq: report.head.seq,
            hash: report.head.hash.to_string(),
            remembered_seq: report.remembered.seq,
            authors: report.authors.clone(),
            faults: report
                .faults
                .iter()
                .map(|f| FaultJson { seq: f.seq, name: f.name.clone(), fault: f.fault.to_string() })
                .collect(),
            evidence: Vec::new(),
        }
    }

    /// With the files of evidence that are not as they were.
    #[must_use]
    pub fn with_evidence(self, faults: &[EvidenceFault]) -> Self {
        let shape = |f: &EvidenceFault| EvidenceFaultJson {
            item: f.item.clone(),
            name: f.name.clone(),
            digest: f.digest.to_string(),
            fault: f.fault.to_string(),
        };
        Self { evidence: faults.iter().map(shape).collect(), ..self }
    }
}
