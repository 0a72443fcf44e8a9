//! What `golive validate --json` prints.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::BoardReport;
use crate::cli::json::{BlockerJson, EmergencyJson};
use crate::domain::backing::Backing;
use crate::domain::board::{About, Counts, Criterion, Freshness, Ground};
use crate::domain::fresh::Witness;
use crate::domain::ids::{CheckId, EngagementId, ItemId, MemberName, RoleId, StageId};
use crate::domain::state::Approval;

/// The board of a go/no-go.
#[derive(Debug, Serialize)]
pub struct BoardJson<'a> {
    /// The engagement.
    pub engagement: EngagementId,
    /// `READY`, `NOT READY` or `UNKNOWN`.
    pub verdict: &'static str,
    /// How the last gate stands: `open`, `shut`, `break_glass` or `unknown`.
    pub standing: &'static str,
    /// How many criteria rest on what.
    pub counts: Counts,
    /// The criteria, by role, then by stage.
    pub criteria: Vec<CriterionJson<'a>>,
    /// Gates that are open by break-glass.
    pub emergencies: Vec<EmergencyJson>,
    /// The head of the log that it is about.
    pub seq: u64,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

/// One thing that going live needs.
#[derive(Debug, Serialize)]
pub struct CriterionJson<'a> {
    /// The stage.
    pub stage: Option<&'a StageId>,
    /// The item; `null` for a signature under the stage.
    pub item: Option<&'a ItemId>,
    /// Its title.
    pub title: String,
    /// The role under which it stands.
    pub role: Option<&'a RoleId>,
    /// What it rests on.
    pub ground: Ground,
    /// Whether a go need not wait for it.
    pub holds: bool,
    /// How fresh that is.
    pub freshness: Freshness,
    /// What proves it.
    pub proof: ProofJson<'a>,
    /// What is missing, and who can do something about it.
    pub open: Option<BlockerJson>,
}

/// What proves a criterion.
#[derive(Debug, Serialize)]
pub struct ProofJson<'a> {
    /// The events of the log that it rests on.
    pub events: Vec<u64>,
    /// The check of the item.
    pub check: Option<&'a CheckId>,
    /// Its newest result.
    pub seen: Option<&'a Witness>,
    /// The signatures that count.
    pub signatures: Vec<SignatureJson<'a>>,
    /// SHA-256 of each piece of evidence, in hexadecimal.
    pub evidence: Vec<String>,
    /// The exception that holds.
    pub waiver: Option<WaiverJson<'a>>,
    /// Why a person said that it does not apply.
    pub not_applicable: Option<&'a str>,
}

/// A signature.
#[derive(Debug, Serialize)]
pub struct SignatureJson<'a> {
    /// The role.
    pub role: &'a RoleId,
    /// Whose.
    pub member: &'a MemberName,
    /// Who recorded it, if it was not the person.
    pub recorded_by: Option<&'a MemberName>,
    /// The fingerprint of the key.
    pub key: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// The event.
    pub event: u64,
}

/// An exception.
#[derive(Debug, Serialize)]
pub struct WaiverJson<'a> {
    /// Why.
    pub reason: &'a str,
    /// Who asked.
    pub asked_by: &'a MemberName,
    /// Who granted it.
    pub granted_by: &'a MemberName,
    /// Until when.
    pub until: DateTime<Utc>,
    /// The event.
    pub event: u64,
}

impl<'a> BoardJson<'a> {
    /// The shape of a board.
    pub fn new(report: &'a BoardReport) -> Self {
        let BoardReport { engagement, board, at, .. } = report;
        Self {
            engagement: engagement.id().clone(),
            verdict: board.standing.verdict(),
            standing: board.standing.word(),
            counts: board.counts,
            criteria: board.criteria.iter().map(|c| criterion(report, c)).collect(),
            emergencies: EmergencyJson::all(engagement, *at),
            seq: engagement.state.head.seq,
            at: *at,
        }
    }
}

fn criterion<'a>(report: &'a BoardReport, criterion: &'a Criterion) -> CriterionJson<'a> {
    let (runbook, state) = (&report.engagement.runbook, &report.engagement.state);
    let (stage, item) = match &criterion.about {
        About::Item(place) => (place.stage, Some(place.item)),
        About::SignOff(stage, _) => (*stage, None),
    };
    let stage = runbook.stages().get(stage);
    let item = item.and_then(|at| stage?.items.get(at));
    let backing = Backing::of(runbook, state, &criterion.about, report.at);
    CriterionJson {
        stage: stage.map(|s| &s.id),
        item: item.map(|i| &i.id),
        title: criterion.title(runbook),
        role: criterion.role.as_ref(),
        ground: criterion.ground,
        holds: criterion.ground.holds(),
        freshness: criterion.freshness,
        proof: ProofJson {
            events: backing.events(),
            check: backing.check,
            seen: backing.check.and_then(|check| report.seen.get(check)),
            signatures: backing.approvals.iter().map(|a| signature(a)).collect(),
            evidence: backing.evidence.iter().map(|e| e.digest.to_string()).collect(),
            waiver: backing.waiver.map(|w| WaiverJson {
                reason: &w.request.asked.text,
                asked_by: &w.request.asked.by.name,
                granted_by: &w.granted_by.name,
                until: w.request.until,
                event: w.seq,
            }),
            not_applicable: backing.not_applicable.map(|said| said.text.as_str()),
        },
        open: criterion.open.as_ref().map(|open| BlockerJson::new(open, &report.engagement)),
    }
}

fn signature(approval: &Approval) -> SignatureJson<'_> {
    SignatureJson {
        role: &approval.signoff.role,
        member: &approval.signoff.member,
        recorded_by: approval.recorded().then_some(&approval.by.name),
        key: approval.by.key.as_str(),
        at: approval.at,
        event: approval.seq,
    }
}
