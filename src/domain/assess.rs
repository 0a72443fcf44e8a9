//! `assess`: everything about an engagement that depends on the time of day or on the runbook: what is
//! done, which gates are open, what has expired. Derived, never stored.

use chrono::{DateTime, Utc};
use minijinja::Value;

use super::blocker::Stale;
use super::changed::Moment;
use super::digest::Digest;
use super::event::Covers;
use super::evidence::{Lacking, Piece};
use super::ids::{PartId, RoleId};
use super::owner::Slot;
use super::renewal;
use super::runbook::{CheckMode, GateMode, Item, Runbook, Stage};
use super::state::{Approval, ItemState, Proof, State};
use super::verdict::Verdict;

/// The whole engagement at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Each stage, in the order of the runbook.
    pub stages: Vec<StageAssessment>,
    /// Totals over all stages.
    pub totals: Totals,
    /// The first stage that is not complete; none when the engagement is.
    pub current: Option<usize>,
    /// The gate behind the last stage, the one that leads to live traffic.
    pub last_gate: Gate,
}

impl Assessment {
    /// Whether every stage is complete: the last gate is open.
    pub fn complete(&self) -> bool {
        self.current.is_none()
    }

    /// How a stage's gate stands. The gate behind the last stage is the one that leads to live traffic.
    pub fn gate(&self, stage: usize) -> Gate {
        self.stages.get(stage).map_or(self.last_gate, |s| s.gate)
    }
}

/// One stage at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct StageAssessment {
    /// Whether work in it may begin.
    pub gate: Gate,
    /// Whether every applicable item is done and every sign-off current.
    pub complete: bool,
    /// Each item, in the order of the runbook.
    pub items: Vec<ItemAssessment>,
    /// Each role that signs the stage.
    pub signoffs: Vec<StageSignOff>,
    /// Totals of the stage.
    pub totals: Totals,
}

/// Whether work in a stage may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Gate {
    /// Every stage before it is complete.
    Open,
    /// Not so, but the runbook only warns.
    Warned,
    /// Not so, but a lead has opened it in an emergency, for a time.
    BreakGlass,
    /// Shut.
    Shut,
}

/// A role's signature under a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageSignOff {
    /// The role.
    pub role: RoleId,
    /// How it stands.
    pub standing: Standing,
}

/// How an approval stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nobody has signed.
    Missing,
    /// Signed, and what was signed has not changed.
    Current(Approval),
    /// Signed, but that no longer counts.
    Stale(Approval, Stale),
}

/// One item at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemAssessment {
    /// How it stands.
    pub status: Status,
    /// Each box, in the order of the runbook: the parts, or the item's own.
    pub boxes: Vec<BoxAssessment>,
    /// When its tick or its waiver ends, if it does.
    pub expires: Option<DateTime<Utc>>,
    /// From when on that end is near enough to warn.
    pub warns: Option<DateTime<Utc>>,
    /// Whether it is.
    pub expires_soon: bool,
    /// Whether its check has what it needs to run; none when it has no check.
    pub configured: Option<bool>,
    /// Why the last approval no longer counts, if one does not.
    pub stale: Option<Stale>,
    /// Whether its check has passed although the stage is still shut.
    pub ready_early: bool,
}

/// One box of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxAssessment {
    /// The part; none for an item that is one box.
    pub part: Option<PartId>,
    /// Whether its owners have signed, or a check has.
    pub ticked: bool,
    /// Roles that have a current signature on it.
    pub signed: Vec<RoleId>,
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Status {
    /// Done.
    Done,
    /// Not done, excepted for a time.
    Waived,
    /// It does not apply.
    NotApplicable,
    /// Nothing has been ticked.
    Todo,
    /// Some of it has been ticked.
    Partly,
    /// It was done; its check failed since.
    Regressed,
    /// A reviewer sent it back.
    Rejected,
    /// It was done; the time for which that holds is over.
    Expired,
    /// It was signed; what was signed has changed.
    Stale,
}

impl Status {
    /// Whether the stage need not wait for the item.
    pub fn settled(self) -> bool {
        match self {
            Self::Done | Self::Waived | Self::NotApplicable => true,
            Self::Todo | Self::Partly | Self::Regressed | Self::Rejected | Self::Expired | Self::Stale => {
                false
            }
        }
    }

    /// The word for screens and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waived => "waived",
            Self::NotApplicable => "not applicable",
            Self::Todo => "to do",
            Self::Partly => "partly done",
            Self::Regressed => "regressed",
            Self::Rejected => "sent back",
            Self::Expired => "expired",
            Self::Stale => "stale",
        }
    }
}

/// How many items there are and how many of them are how far. Waived and not applicable are never
/// counted as done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Items that apply.
    pub total: usize,
    /// Done.
    pub done: usize,
    /// Excepted for a time.
    pub waived: usize,
    /// Items that do not apply; not in `total`.
    pub not_applicable: usize,
}

impl Totals {
    fn count(&mut self, status: Status) {
        match status {
            Status::NotApplicable => {
                self.not_applicable += 1;
                return;
            }
            Status::Done => self.done += 1,
            Status::Waived => self.waived += 1,
            Status::Todo
            | Status::Partly
            | Status::Regressed
            | Status::Rejected
            | Status::Expired
            | Status::Stale => {}
        }
        self.total += 1;
    }

    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.done += other.done;
        self.waived += other.waived;
        self.not_applicable += other.not_applicable;
    }
}

/// Assesses an engagement. Takes time in proportion to the runbook, not to the log.
pub fn assess(runbook: &Runbook, state: &State, now: DateTime<Utc>) -> Assessment {
    let context = context(runbook, state);
    let mut before_complete = true;
    let mut current = None;
    let mut totals = Totals::default();
    let mut stages = Vec::with_capacity(runbook.stages().len());
    for (index, stage) in runbook.stages().iter().enumerate() {
        let broken = || state.emergency(Some(&stage.id), now).is_some();
        let gate = match (before_complete, stage.gate) {
            (true, GateMode::Enforce | GateMode::Warn) => Gate::Open,
            (false, GateMode::Warn) => Gate::Warned,
            (false, GateMode::Enforce) if broken() => Gate::BreakGlass,
            (false, GateMode::Enforce) => Gate::Shut,
        };
        let assessed = assess_stage(runbook, state, &context, stage, gate, now);
        totals.add(assessed.totals);
        if !assessed.complete {
            current = current.or(Some(index));
            before_complete = false;
        }
        stages.push(assessed);
    }
    let last_gate = if before_complete {
        Gate::Open
    } else if state.emergency(None, now).is_some() {
        Gate::BreakGlass
    } else {
        Gate::Shut
    };
    Assessment { stages, totals, current, last_gate }
}

/// What `applies_when` and decision rules see.
pub fn context(runbook: &Runbook, state: &State) -> Value {
    state.facts.context(runbook.fields.keys(), runbook.decisions.keys())
}

fn assess_stage(
    runbook: &Runbook,
    state: &State,
    context: &Value,
    stage: &Stage,
    gate: Gate,
    now: DateTime<Utc>,
) -> StageAssessment {
    let mut totals = Totals::default();
    let mut items = Vec::with_capacity(stage.items.len());
    for item in &stage.items {
        let mut assessed = assess_item(runbook, state, context, item, now);
        assessed.ready_early =
            gate == Gate::Shut && !assessed.status.settled() && check_passed(runbook, state, item);
        totals.count(assessed.status);
        items.push(assessed);
    }
    let settled = items.iter().all(|i| i.status.settled());
    let signoffs: Vec<_> = stage
        .signoff
        .iter()
        .map(|role| StageSignOff {
            role: role.clone(),
            standing: stage_standing(runbook, state, stage, role, settled),
        })
        .collect();
    let signed = signoffs.iter().all(|s| matches!(s.standing, Standing::Current(_)))
        && (!stage.distinct || different_people(&signoffs));
    StageAssessment { gate, complete: settled && signed, items, signoffs, totals }
}

fn check_passed(runbook: &Runbook, state: &State, item: &Item) -> bool {
    let check = item.check.as_ref().and_then(|c| runbook.checks.get(&c.check));
    check.and_then(|check| state.settled(check)).is_some_and(|s| s.verdict == Verdict::Pass)
}

fn different_people(signoffs: &[StageSignOff]) -> bool {
    let approvals: Vec<_> = signoffs
        .iter()
        .filter_map(|s| match &s.standing {
            Standing::Current(approval) => Some(approval),
            Standing::Missing | Standing::Stale(..) => None,
        })
        .collect();
    approvals.iter().enumerate().all(|(n, a)| approvals[n + 1..].iter().all(|b| !slot(a).clashes(&slot(b))))
}

/// The content digest of a stage: what a stage sign-off covers besides the log's head.
pub fn stage_content(stage: &Stage) -> Digest {
    let id = stage.id.as_str().as_bytes();
    Digest::of_parts(std::iter::once(id).chain(stage.items.iter().map(|i| i.digest.as_bytes().as_slice())))
}

fn stage_standing(runbook: &Runbook, state: &State, stage: &Stage, role: &RoleId, settled: bool) -> Standing {
    let Some(approval) =
        state.stages.get(&stage.id).and_then(|list| list.iter().rev().find(|a| a.signoff.role == *role))
    else {
        return Standing::Missing;
    };
    let changed = stage
        .items
        .iter()
        .find(|i| state.items.get(&i.id).is_some_and(|s| s.touched > approval.seq))
        .map(|i| i.id.clone());
    let stale = if approval.signoff.covers.runbook != runbook.digest
        && approval.signoff.covers.content != stage_content(stage)
    {
        Some(Stale::RunbookChanged)
    } else if let Some(item) = changed {
        Some(Stale::ItemChanged(item))
    } else if settled {
        None
    } else {
        Some(Stale::ItemOpen)
    };
    match stale {
        Some(why) => Standing::Stale(approval.clone(), why),
        None => Standing::Current(approval.clone()),
    }
}

/// Whether the item applies by the runbook's rule. A rule that cannot be evaluated applies: the gate
/// fails shut.
pub fn applies(item: &Item, context: &Value) -> bool {
    item.applies_when.as_ref().is_none_or(|rule| rule.holds(context).unwrap_or(true))
}

/// Assesses one item.
pub fn assess_item(
    runbook: &Runbook,
    state: &State,
    context: &Value,
    item: &Item,
    now: DateTime<Utc>,
) -> ItemAssessment {
    let check = item.check.as_ref().and_then(|c| runbook.checks.get(&c.check).map(|check| (c.mode, check)));
    let configured = check.map(|(_, c)| c.configured(&state.facts, &state.secrets));
    let Some(done) = state.items.get(&item.id) else {
        let boxes =
            item.boxes().map(|part| BoxAssessment { part: part.cloned(), ticked: false, signed: Vec::new() });
        let status = if applies(item, context) { Status::Todo } else { Status::NotApplicable };
        return ItemAssessment {
            status,
            boxes: boxes.collect(),
            expires: None,
            warns: None,
            expires_soon: false,
            configured,
            stale: None,
            ready_early: false,
        };
    };

    let validity = Validity { item, state, done, now };
    let proof = done.proven.as_ref().filter(|p| item.proven_by(&p.check));
    let mut stale = proof.and_then(|p| validity.of(p.into(), &p.covers));
    let proven = proof.filter(|_| stale.is_none());
    let mut boxes = Vec::with_capacity(item.parts.len().max(1));
    let mut ends: Option<DateTime<Utc>> = None;
    for part in item.boxes() {
        let approvals = done.boxes.get(&part.cloned()).map_or(&[][..], Vec::as_slice);
        let mut signed = Vec::new();
        let mut slots = Vec::new();
        for approval in approvals {
            if let Some(why) = validity.of(approval.into(), &approval.signoff.covers) {
                stale = Some(why);
                continue;
            }
            signed.push(approval.signoff.role.clone());
            slots.push(slot(approval));
            ends = renewal::ends(item, state, approval.into()).into_iter().chain(ends).min();
        }
        let ticked = proven.is_some() || item.owner.signs.satisfied(&slots, item.owner.distinct);
        boxes.push(BoxAssessment { part: part.cloned(), ticked, signed });
    }
    ends = proven.and_then(|p| renewal::ends(item, state, p.into())).or(ends);

    let all = boxes.iter().all(|b| b.ticked);
    // What it settled on of other facts still holds what is done; see `fresh` for where that is not enough.
    let check_holds = match check {
        Some((CheckMode::Assist, c)) if configured == Some(true) => {
            state.checks.get(&c.id).is_some_and(|s| s.verdict == Verdict::Pass)
        }
        // Not yet again is no fail, so nothing is reopened; but what waits for the other side is not done.
        Some((CheckMode::Auto, c)) if configured == Some(true) => {
            state.checks.get(&c.id).is_none_or(|s| s.verdict != Verdict::Pending)
        }
        Some((CheckMode::Assist | CheckMode::Auto | CheckMode::Inform, _)) | None => true,
    };
    let complete = all
        && check_holds
        && lacking_evidence(state, item).is_none()
        && missing_comments(state, item).is_empty();
    let started = boxes.iter().any(|b| b.ticked || !b.signed.is_empty());
    let waiver = done.waiver.as_ref().filter(|w| w.request.until > now);

    let status = if !applies(item, context) || (item.optional && done.not_applicable.is_some()) {
        Status::NotApplicable
    } else if complete {
        Status::Done
    } else if waiver.is_some() {
        Status::Waived
    } else {
        open_status(stale.as_ref(), started)
    };
    let (expires, warns) = if let Some(waiver) = waiver.filter(|_| status == Status::Waived) {
        (Some(waiver.request.until), Some(waiver.warns()))
    } else {
        let end = ends.filter(|_| complete);
        (end, end.map(|end| end - item.warn_before))
    };
    ItemAssessment {
        status,
        boxes,
        expires,
        warns,
        expires_soon: warns.is_some_and(|at| at <= now),
        configured,
        stale: stale.filter(|_| !complete),
        ready_early: false,
    }
}

fn open_status(stale: Option<&Stale>, started: bool) -> Status {
    match stale {
        Some(Stale::Regressed(_)) => Status::Regressed,
        Some(Stale::SentBack { .. }) => Status::Rejected,
        Some(Stale::Expired(_)) => Status::Expired,
        Some(
            Stale::EvidenceChanged
            | Stale::ContentChanged
            | Stale::RunbookChanged
            | Stale::ItemChanged(_)
            | Stale::ItemOpen,
        ) => Status::Stale,
        None if started => Status::Partly,
        None => Status::Todo,
    }
}

pub(super) fn slot(approval: &Approval) -> Slot<'_> {
    Slot {
        role: &approval.signoff.role,
        member: &approval.signoff.member,
        by: &approval.by.name,
        key: &approval.by.key,
    }
}

/// Consulted roles whose comment the item waits for.
pub fn missing_comments<'a>(state: &State, item: &'a Item) -> Vec<&'a RoleId> {
    if !item.owner.with_required {
        return Vec::new();
    }
    let notes = state.items.get(&item.id).map_or(&[][..], |s| s.notes.as_slice());
    let commented = |role: &RoleId| {
        notes.iter().any(|n| state.members.get(&n.by.name).is_some_and(|m| m.roles.contains(role)))
    };
    item.owner.with.iter().filter(|role| !commented(role)).collect()
}

/// The rules under which an approval or a proof of an item still counts.
struct Validity<'a> {
    item: &'a Item,
    state: &'a State,
    done: &'a ItemState,
    now: DateTime<Utc>,
}

impl Validity<'_> {
    fn of(&self, said: Moment, covers: &Covers) -> Option<Stale> {
        if let Some(reopened) = self.done.reopened.as_ref().filter(|r| r.seq > said.seq) {
            return Some(Stale::Regressed(reopened.check.clone()));
        }
        if let Some(rejected) = self.done.rejected.as_ref().filter(|r| r.seq > said.seq) {
            return Some(Stale::SentBack { by: rejected.by.name.clone(), reason: rejected.text.clone() });
        }
        if self.done.evidence_changed > said.seq {
            return Some(Stale::EvidenceChanged);
        }
        if covers.content != self.item.digest {
            return Some(Stale::ContentChanged);
        }
        renewal::ends(self.item, self.state, said).filter(|end| *end <= self.now).map(Stale::Expired)
    }
}

/// Evidence that the item still waits for.
pub fn lacking_evidence(state: &State, item: &Item) -> Option<Lacking> {
    let attached = state.items.get(&item.id).map_or(&[][..], |s| s.evidence.as_slice());
    item.evidence.lacking(&attached.iter().map(Piece::from).collect::<Vec<_>>())
}

/// Why an approval of an item no longer counts, if it does not.
pub fn stale(item: &Item, state: &State, approval: &Approval, now: DateTime<Utc>) -> Option<Stale> {
    let done = state.items.get(&item.id)?;
    Validity { item, state, done, now }.of(approval.into(), &approval.signoff.covers)
}

/// The approvals of a box that still count.
pub fn current_approvals<'a>(
    item: &Item,
    state: &'a State,
    part: Option<&PartId>,
    now: DateTime<Utc>,
) -> Vec<&'a Approval> {
    let Some(done) = state.items.get(&item.id) else {
        return Vec::new();
    };
    let validity = Validity { item, state, done, now };
    let all = done.boxes.get(&part.cloned()).map_or(&[][..], Vec::as_slice);
    all.iter().filter(|a| validity.of((*a).into(), &a.signoff.covers).is_none()).collect()
}

/// The tick that a check made, if it still counts.
pub fn current_proof<'a>(item: &Item, state: &'a State, now: DateTime<Utc>) -> Option<&'a Proof> {
    let done = state.items.get(&item.id)?;
    let validity = Validity { item, state, done, now };
    let proof = done.proven.as_ref().filter(|p| item.proven_by(&p.check));
    proof.filter(|p| validity.of((*p).into(), &p.covers).is_none())
}
