//! How an engagement stands, and what its parts are: `golive status`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::app::Engagement;
use crate::cli::found::{Found, LastResults};
use crate::domain::assess::{Assessment, Gate, ItemAssessment, Standing, Status};
use crate::domain::check::DecisionStage;
use crate::domain::evidence::{EvidenceKind, Piece};
use crate::domain::ids::{CheckId, EngagementId, FieldId, ItemId, MemberName, PartId, RoleId, StageId};
use crate::domain::obstacle::Obstacle;
use crate::domain::runbook::{CheckMode, Item};
use crate::domain::state::{BrokenGlass, Evidence, Remark};
use crate::domain::verdict::{Cause, Finding, Verdict};

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
    pub(in crate::cli) fn new(
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
            obstacles: crate::cli::obstacles::found(engagement, assessment, now, None)
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
