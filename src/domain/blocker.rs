//! What holds a gate shut: one reason each, naming the item, the roles and the people.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assess::{Assessment, ItemAssessment, Standing, Status, lacking_evidence, missing_comments};
use super::changed::Thing;
use super::evidence::Lacking;
use super::fresh::deciding;
use super::ids::{CheckId, ItemId, MemberName, RoleId, StageId};
use super::runbook::{Item, Runbook, Stage};
use super::state::State;
use super::verdict::{Finding, FindingKind, Verdict};

/// The most outstanding things that are named of one blocker; a reader opens the check for the rest.
pub const MAX_OUTSTANDING: usize = 5;

/// One reason why a gate is shut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The stage that is not complete.
    pub stage: StageId,
    /// The item; none when the stage as a whole waits for a signature.
    pub item: Option<ItemId>,
    /// Why.
    pub why: Why,
    /// What the other side names as outstanding, where a check holds the gate, cut to [`MAX_OUTSTANDING`]
    /// entries. Outside text.
    pub outstanding: Vec<String>,
    /// The roles that can do something about it.
    pub roles: Vec<RoleId>,
    /// The people who hold those roles.
    pub people: Vec<MemberName>,
}

/// Why an item or a stage holds a gate shut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Nobody has ticked it.
    NotTicked,
    /// Some of its boxes are not ticked: how many.
    BoxesLeft(usize),
    /// Roles that must sign have not.
    NotSigned,
    /// Different people must sign.
    SamePerson,
    /// Evidence is missing.
    EvidenceLeft {
        /// How many pieces.
        left: usize,
        /// What they must be.
        wanted: Vec<String>,
    },
    /// A consulted role has not commented.
    NoComment,
    /// Its check has not passed; what it settled on last.
    CheckNotPassed(CheckId, Option<Verdict>),
    /// A signature no longer counts.
    Stale(Stale),
    /// A live check has not passed within its time to live (DESIGN rule 8).
    NotFresh(CheckId, Option<DateTime<Utc>>),
    /// A live check has passed, and what it looked at is another since.
    ChangedSince(CheckId, Thing),
    /// The role that signs the stage has not.
    StageNotSigned,
}

/// Why a signature no longer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// The check failed after it.
    Regressed(CheckId),
    /// A reviewer sent the item back after it.
    SentBack {
        /// Who.
        by: MemberName,
        /// Why.
        reason: String,
    },
    /// Evidence came or went after it.
    EvidenceChanged,
    /// The item in the runbook is not the one that was signed.
    ContentChanged,
    /// The stage in the runbook is not the one that was signed.
    RunbookChanged,
    /// The time for which it holds is over.
    Expired(DateTime<Utc>),
    /// An item of the stage changed after it.
    ItemChanged(ItemId),
    /// An item of the stage is not done.
    ItemOpen,
}

impl std::fmt::Display for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Regressed(check) => write!(f, "check {check} has failed since it was done"),
            Self::SentBack { by, reason } => write!(f, "sent back by {by}: {reason}"),
            Self::EvidenceChanged => f.write_str("its evidence has changed since"),
            Self::ContentChanged => f.write_str("the item has changed in the runbook since"),
            Self::RunbookChanged => f.write_str("the stage has changed in the runbook since"),
            Self::Expired(at) => write!(f, "expired on {}", at.format("%Y-%m-%d")),
            Self::ItemChanged(item) => write!(f, "item {item} has changed since"),
            Self::ItemOpen => f.write_str("an item of the stage is no longer done"),
        }
    }
}

impl Blocker {
    /// The reason in words, without the item's title and the people.
    pub fn reason(&self) -> String {
        let why = self.bare();
        if self.outstanding.is_empty() { why } else { format!("{why} ({})", self.outstanding.join(", ")) }
    }

    fn bare(&self) -> String {
        match &self.why {
            Why::NotTicked => "not ticked".to_owned(),
            Why::BoxesLeft(1) => "1 box not ticked".to_owned(),
            Why::BoxesLeft(n) => format!("{n} boxes not ticked"),
            Why::NotSigned => "waits for a signature".to_owned(),
            Why::SamePerson => "must be signed by different people".to_owned(),
            Why::EvidenceLeft { left, wanted } => {
                let pieces = if *left == 1 { "1 piece".to_owned() } else { format!("{left} pieces") };
                let what = if wanted.is_empty() { String::new() } else { format!(": {}", wanted.join(", ")) };
                format!("{pieces} of evidence missing{what}")
            }
            Why::NoComment => "waits for a comment".to_owned(),
            Why::CheckNotPassed(check, None) => format!("check {check} has not passed yet"),
            Why::CheckNotPassed(check, Some(verdict)) => format!("check {check} says {}", verdict.word()),
            Why::Stale(stale) => stale.to_string(),
            Why::NotFresh(check, None) => format!("check {check} has no fresh pass"),
            Why::NotFresh(check, Some(at)) => {
                format!("check {check} last passed at {}", at.format("%Y-%m-%d %H:%M:%S UTC"))
            }
            Why::ChangedSince(check, thing) => format!("check {check} is not fresh: {thing} changed since"),
            Why::StageNotSigned => "the stage waits for a signature".to_owned(),
        }
    }
}

/// What holds the gate of a stage shut: everything open in the stages before it. The index behind the
/// last stage asks for the last gate, the one that leads to live traffic.
pub fn gate_blockers(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    stage: usize,
) -> Vec<Blocker> {
    (0..stage.min(runbook.stages().len()))
        .flat_map(|before| stage_blockers(runbook, state, assessment, before))
        .collect()
}

/// What keeps one stage from being complete.
pub fn stage_blockers(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    stage: usize,
) -> Vec<Blocker> {
    let (Some(definition), Some(assessed)) = (runbook.stages().get(stage), assessment.stages.get(stage))
    else {
        return Vec::new();
    };
    if assessed.complete {
        return Vec::new();
    }
    let mut out: Vec<_> = definition
        .items
        .iter()
        .zip(&assessed.items)
        .filter(|(_, a)| !a.status.settled())
        .map(|(item, a)| item_blocker(runbook, state, definition, item, a))
        .collect();
    // Who signs the stage is only worth saying once the items are done.
    if out.is_empty() {
        out.extend(assessed.signoffs.iter().filter_map(|s| {
            let why = match &s.standing {
                Standing::Missing => Why::StageNotSigned,
                Standing::Stale(_, why) => Why::Stale(why.clone()),
                Standing::Current(_) => return None,
            };
            Some(blocker(state, definition, None, why, vec![s.role.clone()]))
        }));
        if out.is_empty() {
            out.push(blocker(state, definition, None, Why::SamePerson, definition.signoff.clone()));
        }
    }
    out
}

/// Why one item is not done.
pub fn item_blocker(
    runbook: &Runbook,
    state: &State,
    stage: &Stage,
    item: &Item,
    assessed: &ItemAssessment,
) -> Blocker {
    let unticked: Vec<_> = assessed.boxes.iter().filter(|b| !b.ticked).collect();
    let missing: Vec<RoleId> = unticked.first().map_or_else(Vec::new, |b| {
        item.owner.signs.missing(&|role| b.signed.contains(role)).into_iter().cloned().collect()
    });
    let owners = || item.owner.signs.roles().into_iter().cloned().collect::<Vec<_>>();
    let waits_for_check = deciding(runbook, item, assessed)
        .map(|check| (check, state.settled(check).map(|settled| settled.verdict)))
        .filter(|(_, said)| *said != Some(Verdict::Pass));
    let (why, roles) = if let Some(stale) = &assessed.stale
        && assessed.status != Status::Partly
    {
        (Why::Stale(stale.clone()), if missing.is_empty() { owners() } else { missing })
    } else if let Some((check, said)) = waits_for_check {
        (Why::CheckNotPassed(check.id.clone(), said), owners())
    } else if !unticked.is_empty() {
        let why = if missing.is_empty() {
            Why::SamePerson
        } else if item.parts.len() > 1 {
            Why::BoxesLeft(unticked.len())
        } else if assessed.boxes.iter().any(|b| !b.signed.is_empty()) {
            Why::NotSigned
        } else {
            Why::NotTicked
        };
        (why, if missing.is_empty() { owners() } else { missing })
    } else {
        let comments = missing_comments(state, item);
        if let Some(Lacking { left, wanted }) = lacking_evidence(state, item) {
            (Why::EvidenceLeft { left, wanted }, owners())
        } else if comments.is_empty() {
            (Why::NotTicked, owners())
        } else {
            (Why::NoComment, comments.into_iter().cloned().collect())
        }
    };
    blocker(state, stage, Some(item), why, roles)
}

pub(super) fn blocker(
    state: &State,
    stage: &Stage,
    item: Option<&Item>,
    why: Why,
    roles: Vec<RoleId>,
) -> Blocker {
    let mut people = Vec::new();
    for holder in roles.iter().flat_map(|role| state.holders(role)) {
        if !people.contains(holder) {
            people.push(holder.clone());
        }
    }
    let outstanding = outstanding(state, &why);
    Blocker { stage: stage.id.clone(), item: item.map(|i| i.id.clone()), why, outstanding, roles, people }
}

/// What the other side named when the check that holds a gate last settled on not being ready.
fn outstanding(state: &State, why: &Why) -> Vec<String> {
    let (Why::CheckNotPassed(check, _) | Why::Stale(Stale::Regressed(check))) = why else {
        return Vec::new();
    };
    let settled = state.checks.get(check).filter(|settled| settled.verdict != Verdict::Pass);
    let weighs = |finding: &&Finding| match finding.kind {
        FindingKind::Blocking | FindingKind::Waiting => true,
        FindingKind::Warning => false,
    };
    let findings = settled.map_or(&[][..], |settled| settled.findings.as_slice());
    findings.iter().filter(weighs).take(MAX_OUTSTANDING).map(|finding| finding.text.clone()).collect()
}
