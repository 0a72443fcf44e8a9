//! The shapes that `--json` prints. They stay: a key may be added, never renamed or removed.
//!
//! Texts are as they were given: what a terminal would obey is escaped as JSON has it, and a
//! program wants the exact value. Moments are RFC 3339 in UTC, days are `YYYY-MM-DD`, a missing value is
//! `null`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::found::{Found, LastResults};
use crate::app::release::{ReleaseCheck, Released};
use crate::app::trust::LogFault;
use crate::app::{Change, Engagement, EvidenceFault, Exhibit, GateReport, LogReport, Record};
use crate::domain::assess::{Assessment, Gate, ItemAssessment, Standing, Status};
use crate::domain::blocker::Blocker;
use crate::domain::check::DecisionStage;
use crate::domain::event::Event;
use crate::domain::evidence::{EvidenceKind, Piece};
use crate::domain::ids::{CheckId, EngagementId, FieldId, ItemId, MemberName, PartId, RoleId, StageId};
use crate::domain::obstacle::Obstacle;
use crate::domain::release::GoNoGo;
use crate::domain::runbook::{CheckMode, Item};
use crate::domain::state::{BrokenGlass, Evidence, Remark};
use crate::domain::summary::Summary;
use crate::domain::verdict::{Cause, Finding, Observation, Verdict};
use crate::identity::Purpose;
use crate::runbook::Fault;

/// One line of `golive list`: the summary as it is, and what it comes to.
#[derive(Debug, Serialize)]
pub struct ListJson<'a> {
    /// The engagements, the most urgent first.
    pub engagements: &'a [Summary],
    /// Engagements that cannot be read, with the reason.
    pub unreadable: Vec<UnreadableJson>,
}

/// An engagement that cannot be read.
#[derive(Debug, Serialize)]
pub struct UnreadableJson {
    /// Its id.
    pub engagement: EngagementId,
    /// Why.
    pub error: String,
}

/// `golive status`
#[derive(Debug, Serialize)]
pub struct StatusJson {
    /// Id.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// Id of the runbook.
    pub runbook: String,
    /// Its version.
    pub runbook_version: String,
    /// SHA-256 of its bytes.
    pub runbook_digest: String,
    /// The day the merchant wants to be live.
    pub target: Option<NaiveDate>,
    /// Sequence number of the last event.
    pub seq: u64,
    /// Hash of the last event.
    pub hash: String,
    /// Whether every stage is complete.
    pub complete: bool,
    /// The first stage that is not.
    pub current: Option<StageId>,
    /// Items done.
    pub done: usize,
    /// Items that apply.
    pub total: usize,
    /// Items excepted for a time; never counted as done.
    pub waived: usize,
    /// Items that do not apply; not in `total`.
    pub not_applicable: usize,
    /// Gates that are open by break-glass.
    pub emergencies: Vec<EmergencyJson>,
    /// What the members there are cannot sign.
    pub obstacles: Vec<ObstacleJson>,
    /// The stages, in order.
    pub stages: Vec<StageJson>,
    /// The people, in the order in which they joined.
    pub members: Vec<MemberJson>,
    /// Fields with a value.
    pub fields: std::collections::BTreeMap<FieldId, String>,
    /// Decisions with a value.
    pub decisions: Vec<DecisionJson>,
}

/// A person.
#[derive(Debug, Serialize)]
pub struct MemberJson {
    /// Name.
    pub name: MemberName,
    /// Roles held.
    pub roles: Vec<RoleId>,
    /// Whether the person can sign alone.
    pub has_key: bool,
}

/// A decision that has a value.
#[derive(Debug, Serialize)]
pub struct DecisionJson {
    /// Id.
    pub decision: String,
    /// Value.
    pub value: String,
    /// `proposed` or `confirmed`.
    pub state: DecisionStage,
}

/// A stage.
#[derive(Debug, Serialize)]
pub struct StageJson {
    /// Id.
    pub id: StageId,
    /// Title.
    pub title: String,
    /// `open`, `warned`, `break_glass` or `shut`.
    pub gate: Gate,
    /// Whether it is complete, sign-offs included.
    pub complete: bool,
    /// Items done.
    pub done: usize,
    /// Items that apply.
    pub total: usize,
    /// Items excepted for a time; never counted as done.
    pub waived: usize,
    /// Items that do not apply; not in `total`.
    pub not_applicable: usize,
    /// Who signs the stage.
    pub signoffs: Vec<SignOffJson>,
    /// Its items.
    pub items: Vec<ItemJson>,
}

/// A signature under a stage.
#[derive(Debug, Serialize)]
pub struct SignOffJson {
    /// The role.
    pub role: RoleId,
    /// `missing`, `current` or `stale`.
    pub standing: &'static str,
    /// Who signed.
    pub member: Option<MemberName>,
    /// Who recorded it, if it was not the person.
    pub recorded_by: Option<MemberName>,
    /// Why it no longer counts.
    pub stale: Option<String>,
}

/// An item.
#[derive(Debug, Serialize)]
pub struct ItemJson {
    /// Id.
    pub id: ItemId,
    /// Title.
    pub title: String,
    /// Heading it stands under.
    pub group: Option<String>,
    /// How it stands.
    pub status: Status,
    /// Roles that sign it.
    pub owners: Vec<RoleId>,
    /// Its boxes.
    pub boxes: Vec<BoxJson>,
    /// Its check.
    pub check: Option<ItemCheckJson>,
    /// Why the last signature no longer counts.
    pub stale: Option<String>,
    /// When its tick or its waiver ends.
    pub expires: Option<DateTime<Utc>>,
    /// Whether that is near.
    pub expires_soon: bool,
    /// Who sent it back and why, until it is ticked again.
    pub rejected: Option<RemarkJson>,
    /// The waiver that holds.
    pub waiver: Option<WaiverJson>,
    /// What is attached.
    pub evidence: Vec<EvidenceJson>,
}

/// Words of a person.
#[derive(Debug, Serialize)]
pub struct RemarkJson {
    /// Who.
    pub by: MemberName,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
}

impl From<&Remark> for RemarkJson {
    fn from(remark: &Remark) -> Self {
        Self { by: remark.by.name.clone(), at: remark.at, text: remark.text.clone() }
    }
}

/// A waiver.
#[derive(Debug, Serialize)]
pub struct WaiverJson {
    /// Who asked for it, when and why.
    pub asked: RemarkJson,
    /// Who granted it.
    pub granted_by: MemberName,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// A gate that is open by break-glass.
#[derive(Debug, Serialize)]
pub struct EmergencyJson {
    /// Whose gate; `null` for the last one.
    pub stage: Option<StageId>,
    /// Who opened it, when and why.
    pub opened: RemarkJson,
    /// When it ends.
    pub until: DateTime<Utc>,
}

impl EmergencyJson {
    /// All there are at a moment.
    pub fn all(engagement: &Engagement, now: DateTime<Utc>) -> Vec<Self> {
        let shape = |(stage, glass): (Option<&StageId>, &BrokenGlass)| Self {
            stage: stage.cloned(),
            opened: (&glass.opened).into(),
            until: glass.until,
        };
        engagement.state.emergencies(now).map(shape).collect()
    }
}

/// What the members there are cannot sign.
#[derive(Debug, Serialize)]
pub struct ObstacleJson {
    /// The first stage that it holds up.
    pub stage: StageId,
    /// The items; none for the sign-off of a stage.
    pub items: Vec<ItemId>,
    /// Why, in words.
    pub reason: String,
}

impl ObstacleJson {
    fn new(obstacle: &Obstacle, engagement: &Engagement) -> Self {
        let reason = obstacle.why.words(&engagement.runbook);
        Self { stage: obstacle.stage.clone(), items: obstacle.items.clone(), reason }
    }
}

/// A piece of evidence.
#[derive(Debug, Serialize)]
pub struct EvidenceJson {
    /// SHA-256 of the reference, or of the bytes of the file.
    pub digest: String,
    /// `text`, `url` or `file`.
    pub kind: EvidenceKind,
    /// The text, the link, or the name of the file.
    pub reference: String,
    /// Bytes of the file; `null` for what is no file.
    pub size: Option<u64>,
    /// Who attached it.
    pub by: MemberName,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<&Evidence> for EvidenceJson {
    fn from(evidence: &Evidence) -> Self {
        Self {
            digest: evidence.digest.to_string(),
            kind: Piece::from(evidence).kind(),
            reference: evidence.reference.clone(),
            size: evidence.file.map(|f| f.size),
            by: evidence.by.name.clone(),
            at: evidence.at,
        }
    }
}

/// A box of an item.
#[derive(Debug, Serialize)]
pub struct BoxJson {
    /// The part; `null` for an item that is one box.
    pub part: Option<PartId>,
    /// Whether it is ticked.
    pub ticked: bool,
    /// Roles that have signed it.
    pub signed: Vec<RoleId>,
}

/// The check of an item.
#[derive(Debug, Serialize)]
pub struct ItemCheckJson {
    /// Id.
    pub check: CheckId,
    /// `auto`, `assist` or `inform`.
    pub mode: &'static str,
    /// Whether it has what it needs to run.
    pub configured: bool,
    /// What it settled on last.
    pub verdict: Option<Verdict>,
    /// What the other side named as outstanding, as of the last result.
    pub findings: Vec<Finding>,
    /// What the troubleshooting knows about the last result.
    pub causes: Vec<Cause>,
}

impl StatusJson {
    /// The shape of an engagement.
    pub(super) fn new(
        engagement: &Engagement,
        assessment: &Assessment,
        last: &LastResults,
        now: DateTime<Utc>,
    ) -> Self {
        let Engagement { runbook, state } = engagement;
        let stages = runbook
            .stages()
            .iter()
            .zip(&assessment.stages)
            .map(|(stage, a)| StageJson {
                id: stage.id.clone(),
                title: stage.title.clone(),
                gate: a.gate,
                complete: a.complete,
                done: a.totals.done,
                total: a.totals.total,
                waived: a.totals.waived,
                not_applicable: a.totals.not_applicable,
                signoffs: a
                    .signoffs
                    .iter()
                    .map(|s| {
                        let (standing, by, stale) = match &s.standing {
                            Standing::Missing => ("missing", None, None),
                            Standing::Current(by) => ("current", Some(by), None),
                            Standing::Stale(by, why) => ("stale", Some(by), Some(why.to_string())),
                        };
                        SignOffJson {
                            role: s.role.clone(),
                            standing,
                            member: by.map(|a| a.signoff.member.clone()),
                            recorded_by: by.filter(|a| a.recorded()).map(|a| a.by.name.clone()),
                            stale,
                        }
                    })
                    .collect(),
                items: stage.items.iter().zip(&a.items).map(|(i, a)| item(engagement, i, a, last)).collect(),
            })
            .collect();
        Self {
            engagement: state.engagement.clone(),
            name: state.name.clone(),
            runbook: runbook.id.to_string(),
            runbook_version: runbook.version.clone(),
            runbook_digest: runbook.digest.to_string(),
            target: state.target,
            seq: state.head.seq,
            hash: state.head.hash.to_string(),
            complete: assessment.complete(),
            current: assessment.current.map(|n| runbook.stages()[n].id.clone()),
            done: assessment.totals.done,
            total: assessment.totals.total,
            waived: assessment.totals.waived,
            not_applicable: assessment.totals.not_applicable,
            emergencies: EmergencyJson::all(engagement, now),
            obstacles: super::obstacles::found(engagement, assessment, now, None)
                .iter()
                .map(|o| ObstacleJson::new(o, engagement))
                .collect(),
            stages,
            members: state
                .members
                .iter()
                .filter(|(_, m)| m.left_at.is_none())
                .map(|(name, m)| MemberJson {
                    name: name.clone(),
                    roles: m.roles.iter().cloned().collect(),
                    has_key: !m.keys.is_empty(),
                })
                .collect(),
            fields: state.facts.fields.clone(),
            decisions: state
                .facts
                .decisions
                .iter()
                .map(|(id, (value, state))| DecisionJson {
                    decision: id.to_string(),
                    value: value.clone(),
                    state: *state,
                })
                .collect(),
        }
    }
}

/// The word for a mode.
pub fn mode_word(mode: CheckMode) -> &'static str {
    match mode {
        CheckMode::Auto => "auto",
        CheckMode::Assist => "assist",
        CheckMode::Inform => "inform",
    }
}

fn item(engagement: &Engagement, item: &Item, assessed: &ItemAssessment, last: &LastResults) -> ItemJson {
    let Found { findings, causes } = Found::of(engagement, last, item, assessed);
    let done = engagement.state.item(item.id.as_str());
    ItemJson {
        id: item.id.clone(),
        title: item.title.clone(),
        group: item.group.clone(),
        status: assessed.status,
        owners: item.owner.signs.roles().into_iter().cloned().collect(),
        boxes: assessed
            .boxes
            .iter()
            .map(|b| BoxJson { part: b.part.clone(), ticked: b.ticked, signed: b.signed.clone() })
            .collect(),
        check: item.check.as_ref().map(|c| ItemCheckJson {
            check: c.check.clone(),
            mode: mode_word(c.mode),
            configured: assessed.configured == Some(true),
            verdict: engagement.state.checks.get(&c.check).map(|s| s.verdict),
            findings,
            causes,
        }),
        stale: assessed.stale.as_ref().map(ToString::to_string),
        expires: assessed.expires,
        expires_soon: assessed.expires_soon,
        rejected: done
            .and_then(|s| s.rejected.as_ref())
            .filter(|_| assessed.status == Status::Rejected)
            .map(Into::into),
        waiver: done.and_then(|s| s.waiver.as_ref()).filter(|_| assessed.status == Status::Waived).map(|w| {
            WaiverJson {
                asked: (&w.request.asked).into(),
                granted_by: w.granted_by.name.clone(),
                until: w.request.until,
            }
        }),
        evidence: done.map_or_else(Vec::new, |s| s.evidence.iter().map(Into::into).collect()),
    }
}

/// One reason why a gate is shut.
#[derive(Debug, Serialize)]
pub struct BlockerJson {
    /// The stage that is not complete.
    pub stage: StageId,
    /// The item; `null` when the stage as a whole waits for a signature.
    pub item: Option<ItemId>,
    /// Title of the item or the stage.
    pub title: String,
    /// Why, in words.
    pub reason: String,
    /// Roles that can act.
    pub roles: Vec<RoleId>,
    /// Their names, in the same order.
    pub role_names: Vec<String>,
    /// People who hold them.
    pub people: Vec<MemberName>,
    /// What the other side named as outstanding, where the last result of the item's check is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What the troubleshooting knows about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

impl BlockerJson {
    /// The shape of a blocker.
    pub fn new(blocker: &Blocker, engagement: &Engagement) -> Self {
        let runbook = &engagement.runbook;
        let title = match &blocker.item {
            Some(id) => runbook.item(id.as_str()).map(|(_, item)| item.title.clone()),
            None => runbook.stage_index(blocker.stage.as_str()).map(|n| runbook.stages()[n].title.clone()),
        };
        Self {
            stage: blocker.stage.clone(),
            item: blocker.item.clone(),
            title: title.unwrap_or_default(),
            reason: blocker.reason(),
            roles: blocker.roles.clone(),
            role_names: blocker.roles.iter().map(|r| runbook.role_name(r).to_owned()).collect(),
            people: blocker.people.clone(),
            findings: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// With what the last result of the item's check found.
    pub(super) fn with(self, Found { findings, causes }: Found) -> Self {
        Self { findings, causes, ..self }
    }
}

/// `golive gate`, `golive why`
#[derive(Debug, Serialize)]
pub struct GateJson {
    /// The engagement.
    pub engagement: EngagementId,
    /// The stage; `null` for the last gate.
    pub stage: Option<StageId>,
    /// `open`, `shut`, `break_glass` or `unknown`.
    pub standing: &'static str,
    /// What is open before it.
    pub blockers: Vec<BlockerJson>,
    /// Checks without a fresh pass.
    pub not_fresh: Vec<BlockerJson>,
    /// Gates that are open by break-glass.
    pub emergencies: Vec<EmergencyJson>,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

impl GateJson {
    /// The shape of a gate.
    pub fn new(report: &GateReport) -> Self {
        let shapes = |list: &[Blocker]| {
            list.iter().map(|b| BlockerJson::new(b, &report.engagement)).collect::<Vec<_>>()
        };
        Self {
            engagement: report.engagement.id().clone(),
            stage: report.stage.clone(),
            standing: report.standing.word(),
            blockers: shapes(&report.blockers),
            not_fresh: shapes(&report.not_fresh),
            emergencies: EmergencyJson::all(&report.engagement, report.at),
            at: report.at,
        }
    }
}

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
        let says = super::words::sentence(&record.event, engagement);
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

/// One result of `golive check` and `golive watch`.
#[derive(Debug, Serialize)]
pub struct SeenJson<'a> {
    /// The engagement.
    pub engagement: &'a EngagementId,
    /// The result.
    pub observation: &'a Observation,
    /// What it changed.
    pub changes: Vec<ChangeJson>,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct ChangeJson {
    /// `settled`, `ticked`, `reopened` or `captured`.
    pub what: &'static str,
    /// The check, item or field.
    pub id: String,
}

impl From<&Change> for ChangeJson {
    fn from(change: &Change) -> Self {
        match change {
            Change::Settled(check, _) => Self { what: "settled", id: check.to_string() },
            Change::Ticked(item) => Self { what: "ticked", id: item.to_string() },
            Change::Reopened(item) => Self { what: "reopened", id: item.to_string() },
            Change::Captured(field) => Self { what: "captured", id: field.to_string() },
        }
    }
}

/// One fault of `golive lint`.
#[derive(Debug, Serialize)]
pub struct LintJson {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The words at fault.
    pub words: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&Fault> for LintJson {
    fn from(fault: &Fault) -> Self {
        Self {
            severity: fault.severity.word(),
            file: fault.file.clone(),
            line: fault.at.line,
            column: fault.at.column,
            message: fault.message.clone(),
            words: fault.words.clone(),
            hint: fault.hint.clone(),
        }
    }
}
