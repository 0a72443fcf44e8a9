//! The events of an engagement: what the log holds, one signed fact each.
//!
//! An event is written once as JSON, and those exact bytes are hashed and signed; they are never made
//! again from the value. Old bodies stay readable for ever: a fact may gain optional keys, never lose
//! or rename one; a change beyond that is a new [`VERSION`].

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Digest;
use super::fresh::Witness;
use super::head::Head;
use super::ids::{
    ActionId, CheckId, DecisionId, EngagementId, FieldId, ItemId, KeyFingerprint, MemberName, PartId, RoleId,
    RunbookId, SecretId, StageId,
};
use super::release::GoNoGo;
use super::secret::SecretSource;
use super::validity::Validity;
use super::verdict::{Finding, Verdict};

/// The version of the body's JSON.
pub const VERSION: u32 = 1;

/// The largest body, in bytes. Every text in a fact is bounded far below; a larger body is not golive's.
pub const MAX_BODY: usize = 256 * 1024;

/// One event as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// [`VERSION`] of the program that wrote it.
    pub v: u32,
    /// Which engagement it belongs to: an event cannot be moved to another.
    pub engagement: EngagementId,
    /// Its place in the log, from 1.
    pub seq: u64,
    /// The hash of the event before.
    pub prev: Digest,
    /// Made by the client, so that a retry is known as one.
    pub id: Uuid,
    /// When, by the author's clock.
    pub at: DateTime<Utc>,
    /// Who wrote and signed it.
    pub by: Author,
    /// What happened.
    pub fact: Fact,
}

/// Who wrote an event: the person and the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Author {
    /// The person.
    pub name: MemberName,
    /// The key.
    pub key: KeyFingerprint,
}

/// What happened. Facts say what was decided, with everything that `evolve` needs: the fold never
/// looks at a runbook or a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fact {
    /// The engagement begins. Always the first event, never a later one.
    Opened {
        /// The merchant's name.
        name: String,
        /// The runbook it keeps.
        runbook: RunbookRef,
        /// The day the merchant wants to be live.
        target: Option<NaiveDate>,
        /// The values that fields start with.
        fields: Vec<(FieldId, String)>,
    },
    /// A person joins.
    MemberAdded {
        /// Who.
        member: MemberName,
    },
    /// A person signs with this key from now on.
    KeyAdded {
        /// Whose.
        member: MemberName,
        /// The fingerprint.
        key: KeyFingerprint,
        /// The public key, one OpenSSH line without comment.
        public: String,
        /// From when until when. A key that is added again gets new limits.
        #[serde(default, skip_serializing_if = "Validity::is_unlimited")]
        validity: Validity,
    },
    /// A key no longer speaks for anybody; what it signed before stays valid.
    KeyRevoked {
        /// The fingerprint.
        key: KeyFingerprint,
    },
    /// A person leaves, with all roles and keys; what they signed before stays valid.
    MemberRemoved {
        /// Who.
        member: MemberName,
    },
    /// A person holds a role from now on.
    RoleAssigned {
        /// Who.
        member: MemberName,
        /// The role.
        role: RoleId,
    },
    /// A person holds a role no longer; what was signed in it stays.
    RoleRemoved {
        /// Who.
        member: MemberName,
        /// The role.
        role: RoleId,
    },
    /// A field has a value.
    FieldSet {
        /// The field.
        field: FieldId,
        /// The value.
        value: String,
        /// The check that captured it, if no person typed it.
        captured_by: Option<CheckId>,
    },
    /// A secret's value can be found there.
    SecretSet {
        /// The secret.
        secret: SecretId,
        /// Where.
        source: SecretSource,
    },
    /// A value for a decision is on the table.
    DecisionProposed {
        /// The decision.
        decision: DecisionId,
        /// The value.
        value: String,
    },
    /// The value of a decision is agreed.
    DecisionConfirmed {
        /// The decision.
        decision: DecisionId,
        /// The value.
        value: String,
    },
    /// A role signs boxes of an item: the tick.
    Ticked {
        /// The item.
        item: ItemId,
        /// The parts; none for an item that is one box.
        parts: Vec<PartId>,
        /// Who signs and what was seen.
        signoff: SignOff,
    },
    /// The ticks of boxes are taken back.
    Unticked {
        /// The item.
        item: ItemId,
        /// The parts; none for all boxes.
        parts: Vec<PartId>,
        /// Why.
        reason: String,
    },
    /// A role signs a stage as a whole.
    StageSigned {
        /// The stage.
        stage: StageId,
        /// Who signs and what was seen.
        signoff: SignOff,
    },
    /// A passing check ticks an item by itself.
    Proven {
        /// The item.
        item: ItemId,
        /// The check.
        check: CheckId,
        /// What the check said.
        summary: String,
        /// The provider's id of the request.
        request_id: Option<String>,
        /// What was covered.
        covers: Covers,
    },
    /// A failing check takes a done item back: a regression.
    Reopened {
        /// The item.
        item: ItemId,
        /// The check.
        check: CheckId,
        /// What the check said.
        summary: String,
    },
    /// A check has a new settled verdict.
    CheckSettled {
        /// The check.
        check: CheckId,
        /// The verdict; never unknown.
        verdict: Verdict,
        /// What the check said.
        summary: String,
        /// What the other side named.
        findings: Vec<Finding>,
        /// The provider's id of the request.
        request_id: Option<String>,
    },
    /// A reviewer sends an item back.
    Rejected {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// A person says that an optional item does not apply.
    MarkedNotApplicable {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Somebody asks for an exception.
    WaiverRequested {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The exception is granted by somebody else, as it was asked for.
    WaiverGranted {
        /// The item.
        item: ItemId,
        /// The sequence number of the request.
        request: u64,
    },
    /// An exception ends before its time, or is no longer asked for.
    WaiverRevoked {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Something is attached to an item.
    EvidenceAdded {
        /// The item.
        item: ItemId,
        /// A text or a link.
        reference: String,
        /// The digest of what a signature covers: of the reference, or of the bytes of the file.
        digest: Digest,
        /// The file, if it is one; the reference is its name then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<AttachedFile>,
    },
    /// Something attached is taken off.
    EvidenceRemoved {
        /// The item.
        item: ItemId,
        /// Which.
        digest: Digest,
    },
    /// A lead opens a shut gate in an emergency. Nothing before it is done by that, and it ends by itself.
    GlassBroken {
        /// Whose gate; none for the last one, which leads to live traffic.
        stage: Option<StageId>,
        /// Why.
        reason: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// An emergency is over before its time.
    GlassMended {
        /// Whose gate; none for the last one.
        stage: Option<StageId>,
        /// Why.
        reason: String,
    },
    /// A remark on an item, or on the engagement as a whole.
    Noted {
        /// The item; none for the engagement as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<ItemId>,
        /// The remark.
        text: String,
    },
    /// The day the merchant wants to be live.
    TargetSet {
        /// The day; none when it is open again.
        target: Option<NaiveDate>,
    },
    /// The author takes an earlier event back.
    Undone {
        /// Its sequence number.
        seq: u64,
    },
    /// The engagement goes on with another version of its runbook.
    Upgraded {
        /// The runbook it keeps from now on.
        runbook: RunbookRef,
        /// Items whose exceptions end, as they are not the items that were excepted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        exceptions_ended: Vec<ItemId>,
        /// Checks whose last verdict counts no longer, as they are not the checks that gave it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        verdicts_ended: Vec<CheckId>,
    },
    /// A person is about to start an action. Written before its first request leaves.
    ActionIntended {
        /// The action.
        action: ActionId,
        /// This attempt.
        attempt: Uuid,
        /// Sent along so that the other side knows a retry as one.
        idempotency_key: String,
    },
    /// An action was carried out.
    ActionDone {
        /// The action.
        action: ActionId,
        /// The attempt.
        attempt: Uuid,
        /// The provider's id of the last request.
        request_id: Option<String>,
        /// The fields that the answer filled.
        captured: Vec<(FieldId, String)>,
        /// Where the secrets are that came back.
        stored: Vec<(SecretId, SecretSource)>,
    },
    /// The other side refused, or was never reached: the action may be tried again.
    ActionFailed {
        /// The action.
        action: ActionId,
        /// The attempt.
        attempt: Uuid,
        /// Why.
        reason: String,
        /// The provider's id of the request.
        request_id: Option<String>,
    },
    /// Nobody here knows whether the action was carried out.
    ActionOutcomeUnknown {
        /// The action.
        action: ActionId,
        /// The attempt.
        attempt: Uuid,
        /// Why.
        reason: String,
        /// The provider's id of the request.
        request_id: Option<String>,
    },
    /// A lead has looked into it and lets an action be started anew.
    ActionReset {
        /// The action.
        action: ActionId,
        /// Why.
        reason: String,
    },
    /// A person decides whether live traffic may flow. The release is made from this event and those
    /// before it, and from nothing else.
    GoDecided {
        /// What was decided.
        outcome: GoNoGo,
        /// The role in which the author decides; none where nobody but the opener leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<RoleId>,
        /// Why; always there for a no-go.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The newest result of each check at that moment, in the order of the runbook.
        seen: Vec<Witness>,
        /// The version of golive that looked.
        tool: String,
        /// What was covered: all stages, all evidence, the log before.
        covers: Covers,
    },
}

/// A file that is attached as evidence. Its bytes lie beside the store, under their digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedFile {
    /// How many bytes it has.
    pub size: u64,
}

/// Which runbook an engagement keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunbookRef {
    /// Its id.
    pub id: RunbookId,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
}

/// A role's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The role.
    pub role: RoleId,
    /// Whose approval it is. When it is not the event's author, the author recorded it for them.
    pub member: MemberName,
    /// What was seen.
    pub covers: Covers,
}

/// What an approval covers (DESIGN rule 11). When any of it changes, the approval is stale. The
/// engagement, the item or stage, the person and the role stand in the event around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// The runbook.
    pub runbook: Digest,
    /// The content of the item, or of all items of the stage.
    pub content: Digest,
    /// What was attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Digest>,
    /// The log as it was when the person decided.
    pub head: Head,
}

impl Fact {
    /// The word for this fact, as in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::MemberAdded { .. } => "member_added",
            Self::KeyAdded { .. } => "key_added",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::MemberRemoved { .. } => "member_removed",
            Self::RoleAssigned { .. } => "role_assigned",
            Self::RoleRemoved { .. } => "role_removed",
            Self::FieldSet { .. } => "field_set",
            Self::SecretSet { .. } => "secret_set",
            Self::DecisionProposed { .. } => "decision_proposed",
            Self::DecisionConfirmed { .. } => "decision_confirmed",
            Self::Ticked { .. } => "ticked",
            Self::Unticked { .. } => "unticked",
            Self::StageSigned { .. } => "stage_signed",
            Self::Proven { .. } => "proven",
            Self::Reopened { .. } => "reopened",
            Self::CheckSettled { .. } => "check_settled",
            Self::Rejected { .. } => "rejected",
            Self::MarkedNotApplicable { .. } => "marked_not_applicable",
            Self::WaiverRequested { .. } => "waiver_requested",
            Self::WaiverGranted { .. } => "waiver_granted",
            Self::WaiverRevoked { .. } => "waiver_revoked",
            Self::EvidenceAdded { .. } => "evidence_added",
            Self::EvidenceRemoved { .. } => "evidence_removed",
            Self::GlassBroken { .. } => "glass_broken",
            Self::GlassMended { .. } => "glass_mended",
            Self::Noted { .. } => "noted",
            Self::TargetSet { .. } => "target_set",
            Self::Undone { .. } => "undone",
            Self::Upgraded { .. } => "upgraded",
            Self::ActionIntended { .. } => "action_intended",
            Self::ActionDone { .. } => "action_done",
            Self::ActionFailed { .. } => "action_failed",
            Self::ActionOutcomeUnknown { .. } => "action_outcome_unknown",
            Self::ActionReset { .. } => "action_reset",
            Self::GoDecided { .. } => "go_decided",
        }
    }

    /// The item that the fact is about.
    pub fn item(&self) -> Option<&ItemId> {
        match self {
            Self::Ticked { item, .. }
            | Self::Unticked { item, .. }
            | Self::Proven { item, .. }
            | Self::Reopened { item, .. }
            | Self::Rejected { item, .. }
            | Self::MarkedNotApplicable { item, .. }
            | Self::WaiverRequested { item, .. }
            | Self::WaiverGranted { item, .. }
            | Self::WaiverRevoked { item, .. }
            | Self::EvidenceAdded { item, .. }
            | Self::EvidenceRemoved { item, .. } => Some(item),
            Self::Noted { item, .. } => item.as_ref(),
            Self::Opened { .. }
            | Self::MemberAdded { .. }
            | Self::KeyAdded { .. }
            | Self::KeyRevoked { .. }
            | Self::MemberRemoved { .. }
            | Self::RoleAssigned { .. }
            | Self::RoleRemoved { .. }
            | Self::FieldSet { .. }
            | Self::SecretSet { .. }
            | Self::DecisionProposed { .. }
            | Self::DecisionConfirmed { .. }
            | Self::StageSigned { .. }
            | Self::CheckSettled { .. }
            | Self::GlassBroken { .. }
            | Self::GlassMended { .. }
            | Self::TargetSet { .. }
            | Self::Undone { .. }
            | Self::Upgraded { .. }
            | Self::ActionIntended { .. }
            | Self::ActionDone { .. }
            | Self::ActionFailed { .. }
            | Self::ActionOutcomeUnknown { .. }
            | Self::ActionReset { .. }
            | Self::GoDecided { .. } => None,
        }
    }
}
