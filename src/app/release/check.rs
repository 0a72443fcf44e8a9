//! Checking a release offline: no store, no network, and nothing of it believed unseen.
//!
//! Everything that a release says is derived once more from the log inside it and compared, byte by byte. What
//! cannot be derived is who the people are: a log that somebody made up from its first event is a good log of
//! made-up people. So the answer names the keys, for the auditor to compare with those the people are known
//! by.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::rebuild::{Kept, Made, rebuild};
use crate::app::trust::LogFault;
use crate::app::verify::NamedFault;
use crate::app::walk::{Runbooks, runbooks_named};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::release::GoNoGo;
use crate::identity::{self, BadSignature, Purpose};
use crate::report::release::{
    Envelope, Log, LogHead, NotAnEnvelope, PREDICATE_TYPE, STATEMENT_TYPE, Statement, pae,
};
use crate::store::Row;

/// The largest artefact that is looked at, in bytes: room for some 50,000 events.
pub const MAX_RELEASE: usize = 64 * 1024 * 1024;
/// The most places that are named where a statement is not what its log comes to.
const MAX_PLACES: usize = 20;

/// A release as it was handed over.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseParts<'a> {
    /// The artefact.
    pub artefact: &'a [u8],
    /// The signature beside it.
    pub signature: Option<&'a [u8]>,
    /// Those who may sign, beside it.
    pub allowed_signers: Option<&'a [u8]>,
}

/// What a release was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCheck {
    /// The engagement.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// The runbook, its version and its digest.
    pub runbook: (String, String, String),
    /// What it says was decided.
    pub outcome: GoNoGo,
    /// Why.
    pub reason: Option<String>,
    /// Who it says decided.
    pub by: String,
    /// The key of that person.
    pub key: String,
    /// In which role.
    pub role: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The key that began the log.
    pub opened_by: String,
    /// The end of the log inside it.
    pub head: Head,
    /// Events that are good.
    pub good: usize,
    /// Events by author, among the good ones.
    pub authors: BTreeMap<MemberName, usize>,
    /// What is wrong; nothing when it can be relied on.
    pub faults: Vec<ReleaseFault>,
}

impl ReleaseCheck {
    /// Whether the release can be relied on.
    pub fn whole(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Why something is no release at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARelease {
    /// Larger than [`MAX_RELEASE`].
    #[error("it is larger than any release ({MAX_RELEASE} bytes)")]
    TooLarge,
    /// Not even an envelope.
    #[error(transparent)]
    Envelope(#[from] NotAnEnvelope),
    /// A statement of another shape. The position is one of the statement's.
    #[error("the statement in it is not one of golive's (line {line}, column {column} of the statement)")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A statement about something else.
    #[error("the statement in it is not about a release, or of a version that this golive does not read")]
    Type,
}

/// What is wrong with a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseFault {
    /// An event of the log inside it.
    #[error("event {}{}: {}", .0.seq, of(.0.name.as_ref()), .0.fault)]
    Event(NamedFault),
    /// A runbook inside it cannot be read, or is another one.
    #[error("runbook {0}: it is not the one with this digest, or cannot be read")]
    Runbook(String),
    /// The log does not end in a decision.
    #[error("the log inside does not end in a decision on going live")]
    NoDecision,
    /// The statement differs from what the log comes to.
    #[error("{0} is not what the log inside comes to")]
    Differs(String),
    /// The statement means the same, in other bytes.
    #[error("the statement is not spelt as golive writes it")]
    Spelling,
    /// The decision should not have been possible.
    #[error("it says go, and by its own log the last gate was shut or its checks were not fresh")]
    GateShut,
    /// The signature in the envelope.
    #[error("the signature in the envelope is not good: {0}")]
    Envelope(BadSignature),
    /// The envelope is signed by another key.
    #[error("the envelope is signed by {0}, not by the key of the person who decided")]
    EnvelopeKey(String),
    /// The key id in the envelope is another key's.
    #[error("the envelope names another key than the one that signed it")]
    KeyId,
    /// The file beside it is missing.
    #[error("the signature beside it (.sig) is missing")]
    NoSignature,
    /// The file beside it is not good.
    #[error("the signature beside it (.sig) is not good: {0}")]
    Signature(BadSignature),
    /// The file beside it is signed by another key.
    #[error("the signature beside it (.sig) is by {0}, not by the key of the person who decided")]
    SignatureKey(String),
    /// Those who may sign are others.
    #[error("the file of those who may sign (.allowed_signers) is not what the log inside comes to")]
    AllowedSigners,
}

fn of(name: Option<&MemberName>) -> String {
    name.map_or_else(String::new, |n| format!(" of {n}"))
}

/// Checks a release. Faults are named, not returned as an error. `now` is the auditor's clock: nothing was signed
/// with a key whose time has not come by it.
pub fn verify_release(parts: &ReleaseParts<'_>, now: DateTime<Utc>) -> Result<ReleaseCheck, NotARelease> {
    if parts.artefact.len() > MAX_RELEASE {
        return Err(NotARelease::TooLarge);
    }
    let (envelope, payload) = Envelope::open(parts.artefact)?;
    let shape = |e: &serde_json::Error| NotARelease::Shape { line: e.line(), column: e.column() };
    let claimed: Statement = serde_json::from_slice(&payload).map_err(|e| shape(&e))?;
    if claimed.kind != STATEMENT_TYPE || claimed.predicate_type != PREDICATE_TYPE {
        return Err(NotARelease::Type);
    }
    let predicate = &claimed.predicate;
    let id = EngagementId::new(&predicate.engagement.id).map_err(|_| NotARelease::Type)?;
    let head = head(&predicate.head).ok_or(NotARelease::Type)?;

    let mut faults = Vec::new();
    let rows = rows(&predicate.log);
    let kept = kept(&rows, &predicate.log, &mut faults);
    let seen = [(head, LogFault::ReleasedAndCut, LogFault::OtherReleased)];
    let rebuilt = rebuild(&id, &rows, kept, &seen, now);
    let report = rebuilt.report;
    let believed = report.whole() && faults.is_empty();
    faults.extend(report.faults.into_iter().map(ReleaseFault::Event));
    match rebuilt.made {
        Some(made) => compare(&claimed, &payload, &made, parts.allowed_signers, &mut faults),
        None if believed => faults.push(ReleaseFault::NoDecision),
        None => {}
    }
    check_signatures(parts, &envelope, &payload, &predicate.decision.by.key, &mut faults);

    let decision = &predicate.decision;
    let runbook = &predicate.runbook;
    Ok(ReleaseCheck {
        engagement: id,
        name: predicate.engagement.name.clone(),
        runbook: (runbook.id.clone(), runbook.version.clone(), runbook.digest.clone()),
        outcome: decision.outcome,
        reason: decision.reason.clone(),
        by: decision.by.name.clone(),
        key: decision.by.key.clone(),
        role: decision.role.clone(),
        at: decision.at,
        opened_by: predicate.engagement.opened_by.key.clone(),
        head,
        good: report.good,
        authors: report.authors,
        faults,
    })
}

fn head(claimed: &LogHead) -> Option<Head> {
    Some(Head { seq: claimed.seq, hash: claimed.hash.parse().ok()? })
}

/// The rows of the log: numbers and hashes follow from the bodies, and a body that was changed, moved, put in
/// or left out is found by the hash before it that the next one was signed with.
fn rows(log: &Log) -> Vec<Row> {
    let mut head = Head::default();
    let row = |logged: &crate::report::release::LoggedEvent| {
        head = head.after(logged.body.as_bytes());
        let id = serde_json::from_str::<Event>(&logged.body).map_or_else(|_| Uuid::nil(), |event| event.id);
        let (body, signature) = (logged.body.clone().into_bytes(), logged.signature.clone());
        Row { seq: head.seq, hash: head.hash, id, body, signature }
    };
    log.events.iter().map(row).collect()
}

/// The runbooks that the events name, in the order in which they do; others inside are not looked at, and make
/// the statement differ.
fn kept(rows: &[Row], log: &Log, faults: &mut Vec<ReleaseFault>) -> Kept {
    let mut kept = Kept { logged: Vec::new(), runbooks: Runbooks::new() };
    for digest in runbooks_named(rows) {
        let inside = log.runbooks.iter().find(|r| r.digest == digest.to_string());
        let bytes = inside.map_or(&b""[..], |r| r.toml.as_bytes());
        let loaded = (Digest::of(bytes) == digest).then(|| crate::runbook::load("runbook", bytes));
        match (inside, loaded) {
            (Some(inside), Some(Ok(loaded))) => {
                kept.logged.push(inside.clone());
                kept.runbooks.insert(digest, loaded.runbook.into());
            }
            _ => faults.push(ReleaseFault::Runbook(digest.to_string())),
        }
    }
    kept
}

fn compare(
    claimed: &Statement,
    payload: &[u8],
    made: &Made,
    allowed: Option<&[u8]>,
    faults: &mut Vec<ReleaseFault>,
) {
    if payload != made.payload {
        let (before, mut places) = (faults.len(), Vec::new());
        if let (Ok(claimed), Ok(made)) =
            (serde_json::to_value(claimed), serde_json::to_value(&made.statement))
        {
            differences(&claimed, &made, &mut String::new(), &mut places);
        }
        faults.extend(places.into_iter().map(ReleaseFault::Differs));
        if faults.len() == before {
            faults.push(ReleaseFault::Spelling);
        }
    }
    let decided = &made.statement.predicate;
    if decided.decision.outcome == GoNoGo::Go && !decided.blockers.is_empty() {
        faults.push(ReleaseFault::GateShut);
    }
    if allowed.is_some_and(|allowed| allowed != made.allowed.as_bytes()) {
        faults.push(ReleaseFault::AllowedSigners);
    }
}

/// Names the places where two values differ, such as `predicate.stages[1].items[0].status`.
fn differences(claimed: &Value, made: &Value, path: &mut String, out: &mut Vec<String>) {
    if claimed == made || out.len() >= MAX_PLACES {
        return;
    }
    let length = path.len();
    match (claimed, made) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                let null = Value::Null;
                differences(a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null), path, out);
                path.truncate(length);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                path.push('[');
                path.push_str(&n.to_string());
                path.push(']');
                differences(a, b, path, out);
                path.truncate(length);
            }
        }
        _ => out.push(path.clone()),
    }
}

fn check_signatures(
    parts: &ReleaseParts<'_>,
    envelope: &Envelope,
    payload: &[u8],
    decider: &str,
    faults: &mut Vec<ReleaseFault>,
) {
    for signature in &envelope.signatures {
        match identity::verify(&pae(payload), &signature.armoured(), Purpose::Release) {
            Err(bad) => faults.push(ReleaseFault::Envelope(bad)),
            Ok(signer) if signer.fingerprint.as_str() != decider => {
                faults.push(ReleaseFault::EnvelopeKey(signer.fingerprint.to_string()));
            }
            Ok(signer) if signer.fingerprint.as_str() != signature.keyid => faults.push(ReleaseFault::KeyId),
            Ok(_) => {}
        }
    }
    let Some(beside) = parts.signature else {
        faults.push(ReleaseFault::NoSignature);
        return;
    };
    let pem = std::str::from_utf8(beside).map_err(|_| BadSignature::Malformed);
    match pem.and_then(|pem| identity::verify(parts.artefact, pem, Purpose::Release)) {
        Err(bad) => faults.push(ReleaseFault::Signature(bad)),
        Ok(signer) if signer.fingerprint.as_str() != decider => {
            faults.push(ReleaseFault::SignatureKey(signer.fingerprint.to_string()));
        }
        Ok(_) => {}
    }
}
