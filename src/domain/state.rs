//! The state of an engagement: what the log comes down to.
//!
//! Nothing here depends on the time of day; what does is derived by [`assess`](super::assess::assess).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;

use super::changed::{Changed, Moment};
use super::check::{Check, DecisionStage};
use super::digest::Digest;
use super::event::{AttachedFile, Author, Covers, RunbookRef, SignOff};
use super::facts::Facts;
use super::head::Head;
use super::ids::{
    ActionId, CheckId, DecisionId, EngagementId, FieldId, ItemId, KeyFingerprint, MemberName, PartId, RoleId,
    SecretId, StageId,
};
use super::release::Decided;
use super::secret::SecretSource;
use super::validity::{CLOCK_SKEW, Validity};
use super::verdict::{Finding, Verdict};

/// The state of one engagement.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Its id.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// The runbook it keeps.
    pub runbook: RunbookRef,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// Who began it; acts as lead in a runbook without a lead role.
    pub opener: Author,
    /// The day the merchant wants to be live.
    pub target: Option<NaiveDate>,
    /// The people, in the order in which they joined.
    pub members: IndexMap<MemberName, Member>,
    /// The values of fields and decisions.
    pub facts: Facts,
    /// Which fields were filled by a check rather than typed.
    pub captured: BTreeSet<FieldId>,
    /// Where secrets are.
    pub secrets: BTreeMap<SecretId, SecretSource>,
    /// Whose key said where a secret is.
    pub secrets_by: BTreeMap<SecretId, KeyFingerprint>,
    /// When any of these last changed.
    pub changed: Changed,
    /// The last attempt of each action that was ever started.
    pub actions: BTreeMap<ActionId, Attempt>,
    /// When each action was carried out, oldest first.
    pub carried_out: BTreeMap<ActionId, Vec<Moment>>,
    /// Remarks on the engagement as a whole, oldest first.
    pub notes: Vec<Remark>,
    /// What happened to each item that something happened to.
    pub items: HashMap<ItemId, ItemState>,
    /// The approvals of each stage.
    pub stages: HashMap<StageId, Vec<Approval>>,
    /// Gates opened in an emergency, the last time for each; `None` is the last gate.
    pub broken: BTreeMap<Option<StageId>, BrokenGlass>,
    /// The settled verdict of each check that has one.
    pub checks: HashMap<CheckId, CheckState>,
    /// The decision on going live that was taken last.
    pub decided: Option<Decided>,
    /// The end of the log.
    pub head: Head,
    /// When the last event was written, by its author's clock.
    pub last_at: DateTime<Utc>,
    /// The latest moment that any event so far names: it cannot be earlier than that. What an author says
    /// of the time counts only within this bound.
    pub time: DateTime<Utc>,
    /// The key with the latest beginning among those that have signed.
    pub begun: Option<Begun>,
    /// What can still be undone, oldest first.
    pub(super) undo: VecDeque<Undo>,
}

/// A person in the engagement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Member {
    /// The keys that speak for the person, each within its limits.
    pub keys: BTreeMap<KeyFingerprint, MemberKey>,
    /// Keys that no longer do, and since when.
    pub revoked: BTreeMap<KeyFingerprint, DateTime<Utc>>,
    /// The roles held now.
    pub roles: BTreeSet<RoleId>,
    /// When the person left; none for somebody who takes part.
    pub left_at: Option<DateTime<Utc>>,
}

/// A key that speaks for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberKey {
    /// The public key, one OpenSSH line.
    pub public: String,
    /// From when until when.
    pub validity: Validity,
}

/// That a key has signed which speaks for its person only from some moment on. An author could date an event
/// ahead to use such a key early; so that moment must have come for whoever writes or reads afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// The sequence number of the first event that it signed.
    pub seq: u64,
    /// The first moment at which it speaks.
    pub from: DateTime<Utc>,
}

/// What happened to an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemState {
    /// The approvals of each box; `None` is the box of an item without parts.
    pub boxes: BTreeMap<Option<PartId>, Vec<Approval>>,
    /// The tick that a check made.
    pub proven: Option<Proof>,
    /// The last regression.
    pub reopened: Option<Reopening>,
    /// The last rejection.
    pub rejected: Option<Remark>,
    /// Why a person said that it does not apply.
    pub not_applicable: Option<Remark>,
    /// A waiver that was asked for and not yet granted.
    pub requested: Option<WaiverRequest>,
    /// The waiver granted last.
    pub waiver: Option<Waiver>,
    /// What is attached.
    pub evidence: Vec<Evidence>,
    /// When the evidence last changed, as a sequence number.
    pub evidence_changed: u64,
    /// Remarks, oldest first.
    pub notes: Vec<Remark>,
    /// The last event that changed anything but remarks: an approval of the stage made before is stale.
    pub touched: u64,
}

impl ItemState {
    /// Whether a person sent the item back and no owner has signed since. Taking older ticks back answers
    /// nothing, although then nothing is left that the rejection made stale.
    pub fn sent_back(&self) -> bool {
        let signed = self.boxes.values().flatten().map(|a| a.seq).max().unwrap_or(0);
        self.rejected.as_ref().is_some_and(|r| r.seq > signed)
    }
}

/// A sign-off as the state keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who wrote and signed the event.
    pub by: Author,
    /// Role, person and scope.
    pub signoff: SignOff,
}

impl From<&Approval> for Moment {
    fn from(approval: &Approval) -> Self {
        Self { seq: approval.seq, at: approval.at }
    }
}

impl From<&Proof> for Moment {
    fn from(proof: &Proof) -> Self {
        Self { seq: proof.seq, at: proof.at }
    }
}

impl Approval {
    /// Whether somebody recorded it for the person.
    pub fn recorded(&self) -> bool {
        self.by.name != self.signoff.member
    }
}

/// A tick that a check made.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The check.
    pub check: CheckId,
    /// What it said.
    pub summary: String,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// What was covered.
    pub covers: Covers,
}

/// A regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Reopening {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The check that failed.
    pub check: CheckId,
    /// What it said.
    pub summary: String,
}

/// Words of a person on an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Whose words.
    pub by: Author,
    /// The words.
    pub text: String,
}

/// A waiver that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverRequest {
    /// Who asks, when and why.
    pub asked: Remark,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// A waiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// What was asked for.
    pub request: WaiverRequest,
    /// Who granted it.
    pub granted_by: Author,
    /// The sequence number of the grant.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
}

impl Waiver {
    /// From when on its end is near enough to warn: a week ahead, or a tenth of a shorter time.
    pub fn warns(&self) -> DateTime<Utc> {
        let length = self.request.until - self.at;
        self.request.until - (length / 10).min(chrono::TimeDelta::days(7)).max(chrono::TimeDelta::zero())
    }
}

/// Something attached to an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// A text, a link, or the name of the file.
    pub reference: String,
    /// What a signature covers: the digest of the reference, or of the bytes of the file.
    pub digest: Digest,
    /// The file, if it is one.
    pub file: Option<AttachedFile>,
    /// Who attached it.
    pub by: Author,
    /// When.
    pub at: DateTime<Utc>,
}

/// A gate that was opened in an emergency.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenGlass {
    /// Who opened it, when and why.
    pub opened: Remark,
    /// When it ends by itself.
    pub until: DateTime<Utc>,
    /// Who ended it earlier, if somebody did.
    pub mended: Option<Remark>,
}

impl BrokenGlass {
    /// Whether it still holds the gate open.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.mended.is_none() && now < self.until
    }
}

/// What a check last settled on.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckState {
    /// The verdict; never unknown.
    pub verdict: Verdict,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The sequence number of the event.
    pub seq: u64,
    /// What it said.
    pub summary: String,
    /// What the other side named.
    pub findings: Vec<Finding>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
}

/// The last attempt of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Which attempt.
    pub id: uuid::Uuid,
    /// The key sent along, so that the other side knows a retry as one.
    pub idempotency_key: String,
    /// Whether an earlier attempt with that key may have been carried out. A refusal of this one does not say
    /// that it was not.
    pub in_doubt: bool,
    /// Who started it.
    pub by: Author,
    /// When.
    pub at: DateTime<Utc>,
    /// How it ended; none while it is under way, or when golive was ended in the middle.
    pub end: Option<AttemptEnd>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptEnd {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The outcome.
    pub outcome: Outcome,
    /// The provider's id of the last request.
    pub request_id: Option<String>,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Done,
    /// Definitely not carried out, and why.
    Failed(String),
    /// Nobody here knows, and why.
    Unknown(String),
    /// A lead let it be started anew, and why.
    Reset(String),
}

/// Where an action stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Never started, or reset.
    Fresh,
    /// A request may be on its way.
    UnderWay,
    /// Carried out.
    Done,
    /// Refused by the other side: it may be tried again.
    Failed,
    /// Its answer was lost, or golive was ended in the middle.
    Unknown,
}

impl Attempt {
    /// Whether another attempt with the same key follows one that may have been carried out. That ends only
    /// when one of them is known to be, or when a person says what became of it.
    pub(super) fn leaves_doubt(&self) -> bool {
        match self.end.as_ref().map(|e| &e.outcome) {
            None | Some(Outcome::Unknown(_)) => true,
            Some(Outcome::Failed(_)) => self.in_doubt,
            Some(Outcome::Done | Outcome::Reset(_)) => false,
        }
    }

    /// Where the attempt stands. One without an end is under way for as long as its deadline allows;
    /// after that it was broken off, and nobody knows how it ended.
    pub fn standing(&self, deadline: std::time::Duration, now: DateTime<Utc>) -> Standing {
        match self.end.as_ref().map(|e| &e.outcome) {
            Some(Outcome::Done) => Standing::Done,
            Some(Outcome::Failed(_)) if !self.in_doubt => Standing::Failed,
            Some(Outcome::Failed(_) | Outcome::Unknown(_)) => Standing::Unknown,
            Some(Outcome::Reset(_)) => Standing::Fresh,
            None => {
                let longest = chrono::TimeDelta::from_std(deadline + super::action::GRACE);
                let over = longest.is_ok_and(|longest| now.signed_duration_since(self.at) > longest);
                if over { Standing::Unknown } else { Standing::UnderWay }
            }
        }
    }
}

/// What an undo brings back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Before {
    Item(ItemId, Box<ItemState>),
    Stage(StageId, Vec<Approval>),
    Field(FieldId, Option<String>, bool),
    Decision(DecisionId, Option<(String, DecisionStage)>),
    Target(Option<NaiveDate>),
}

/// An event that its author may still take back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Undo {
    pub(super) seq: u64,
    pub(super) key: KeyFingerprint,
    pub(super) word: &'static str,
    pub(super) before: Before,
}

impl State {
    /// The member that a key speaks for now.
    pub fn member_of_key(&self, key: &KeyFingerprint) -> Option<(&MemberName, &Member)> {
        self.members.iter().find(|(_, m)| m.keys.contains_key(key))
    }

    /// The moment that counts for an event written now: never before what the log has seen.
    pub fn moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.time.max(now)
    }

    /// The signature that a clock contradicts: by the clock its key does not speak yet.
    pub fn not_begun(&self, now: DateTime<Utc>) -> Option<Begun> {
        // Added on this side, where the end of the calendar is far away.
        self.begun.filter(|begun| now < begun.from - CLOCK_SKEW)
    }

    /// The people who hold a role, in the order in which they joined.
    pub fn holders<'a>(&'a self, role: &'a RoleId) -> impl Iterator<Item = &'a MemberName> {
        self.members.iter().filter(|(_, m)| m.roles.contains(role)).map(|(name, _)| name)
    }

    /// The gates that an emergency holds open at a moment, in the order of their stages' ids.
    pub fn emergencies(&self, now: DateTime<Utc>) -> impl Iterator<Item = (Option<&StageId>, &BrokenGlass)> {
        self.broken
            .iter()
            .filter(move |(_, glass)| glass.holds(now))
            .map(|(stage, glass)| (stage.as_ref(), glass))
    }

    /// The emergency that holds the gate of a stage open; `None` is the last gate.
    pub fn emergency(&self, stage: Option<&StageId>, now: DateTime<Utc>) -> Option<&BrokenGlass> {
        self.broken.get(&stage.cloned()).filter(|glass| glass.holds(now))
    }

    /// Where an action stands.
    pub fn standing(&self, action: &super::action::Action, now: DateTime<Utc>) -> Standing {
        self.actions.get(&action.id).map_or(Standing::Fresh, |a| a.standing(action.deadline, now))
    }

    /// What a check settled on of the facts as they are. What it said of others says nothing of these: it
    /// counts for no new tick and opens no gate, and takes none back (DESIGN rule 7).
    pub fn settled(&self, check: &Check) -> Option<&CheckState> {
        self.checks.get(&check.id).filter(|settled| !self.changed.after(settled.seq, &check.needs))
    }

    /// What happened to an item; nothing yet for most.
    pub fn item(&self, item: &str) -> Option<&ItemState> {
        self.items.get(item)
    }

    /// Whether `key` wrote the event and it can still be taken back.
    pub fn may_undo(&self, key: &KeyFingerprint, seq: u64) -> bool {
        self.undo.iter().any(|u| u.seq == seq && u.key == *key)
    }

    /// What taking back an event takes back: the word for it, and its item if it is about one.
    pub fn taken_back(&self, seq: u64) -> Option<(&'static str, Option<&ItemId>)> {
        let entry = self.undo.iter().find(|u| u.seq == seq)?;
        let item = match &entry.before {
            Before::Item(item, _) => Some(item),
            Before::Stage(..) | Before::Field(..) | Before::Decision(..) | Before::Target(_) => None,
        };
        Some((entry.word, item))
    }

    /// The event that `key` would take back next, with its word.
    pub fn undoable(&self, key: &KeyFingerprint) -> Option<(u64, &'static str)> {
        self.undo.iter().rev().find(|u| u.key == *key).map(|u| (u.seq, u.word))
    }
}
