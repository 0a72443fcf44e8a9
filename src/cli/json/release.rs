//! A release that was made, or one that is checked.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::release::{ReleaseCheck, Released};
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::release::GoNoGo;

/// `golive release`
#[derive(Debug, Serialize)]
pub struct ReleaseJson {
    /// The engagement.
    pub engagement: EngagementId,
    /// `go` or `no_go`.
    pub outcome: GoNoGo,
    /// Who decided.
    pub by: MemberName,
    /// When.
    pub at: DateTime<Utc>,
    /// The decision's event, the last one of the log that the release is made from.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// Whether it was decided before, and this is that release once more.
    pub again: bool,
    /// The artefact; its signature and the allowed signers lie beside it.
    pub file: String,
}

impl ReleaseJson {
    /// The shape of a release.
    pub fn new(released: &Released, file: &std::path::Path) -> Self {
        Self {
            engagement: released.engagement.id().clone(),
            outcome: released.outcome,
            by: released.by.clone(),
            at: released.at,
            seq: released.head.seq,
            hash: released.head.hash.to_string(),
            again: released.again,
            file: file.to_string_lossy().into_owned(),
        }
    }
}

/// `golive verify FILE`
#[derive(Debug, Serialize)]
pub struct ReleaseCheckJson {
    /// Whether nothing is wrong.
    pub whole: bool,
    /// The engagement.
    pub engagement: EngagementId,
    /// `go` or `no_go`.
    pub outcome: GoNoGo,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub by: String,
    /// In which role.
    pub role: Option<String>,
    /// The fingerprint of the key.
    pub key: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The fingerprint of the key that began the log.
    pub opened_by: String,
    /// SHA-256 of the runbook.
    pub runbook_digest: String,
    /// Sequence number of the last event.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// Events that are good.
    pub good: usize,
    /// Good events by author.
    pub authors: std::collections::BTreeMap<MemberName, usize>,
    /// What is wrong, a sentence each.
    pub faults: Vec<String>,
}

impl ReleaseCheckJson {
    /// The shape of a release that was checked.
    pub fn new(check: &ReleaseCheck) -> Self {
        Self {
            whole: check.whole(),
            engagement: check.engagement.clone(),
            outcome: check.outcome,
            reason: check.reason.clone(),
            by: check.by.clone(),
            role: check.role.clone(),
            key: check.key.clone(),
            at: check.at,
            opened_by: check.opened_by.clone(),
            runbook_digest: check.runbook.2.clone(),
            seq: check.head.seq,
            hash: check.head.hash.to_string(),
            good: check.good,
            authors: check.authors.clone(),
            faults: check.faults.iter().map(ToString::to_string).collect(),
        }
    }
}
