//! What people and checks ask for.

use chrono::{DateTime, NaiveDate, Utc};

use super::digest::Digest;
use super::event::Author;
use super::fresh::Witnesses;
use super::ids::{
    ActionId, DecisionId, FieldId, ItemId, KeyFingerprint, MemberName, PartId, RoleId, SecretId, StageId,
};
use super::release::GoNoGo;
use super::secret::SecretSource;
use super::validity::Validity;
use super::verdict::Observation;

/// Who asks, and in which capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// The person and the key that will sign.
    pub by: Author,
    /// The role the person chose; needed only when several would do.
    pub role: Option<RoleId>,
    /// The person in the room whose approval is recorded (DESIGN rule 12).
    pub on_behalf_of: Option<MemberName>,
}

impl Acting {
    /// Somebody who acts for themselves, in whichever role fits.
    pub fn new(by: Author) -> Self {
        Self { by, role: None, on_behalf_of: None }
    }
}

/// A key that is to speak for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The fingerprint.
    pub key: KeyFingerprint,
    /// The public key, one OpenSSH line without comment.
    pub public: String,
    /// From when until when.
    pub validity: Validity,
}

impl NewKey {
    /// One without limits.
    pub fn new(key: KeyFingerprint, public: String) -> Self {
        Self { key, public, validity: Validity::default() }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Give a role to a person, who joins if need be; with a key, the person can sign alone.
    Assign {
        /// The role.
        role: RoleId,
        /// The person.
        member: MemberName,
        /// The key, if the person brings one.
        key: Option<NewKey>,
    },
    /// Let a person sign with a further key, or give one that they have new limits.
    AddKey {
        /// The person.
        member: MemberName,
        /// The key.
        key: NewKey,
    },
    /// Take a person off, with all roles and keys.
    RemoveMember {
        /// The person.
        member: MemberName,
    },
    /// Take a role from a person.
    Unassign {
        /// The role.
        role: RoleId,
        /// The person.
        member: MemberName,
    },
    /// A key no longer speaks for anybody.
    RevokeKey {
        /// The key.
        key: KeyFingerprint,
    },
    /// Fill in a field.
    SetField {
        /// The field.
        field: FieldId,
        /// The value.
        value: String,
    },
    /// Say where a secret is.
    SetSecret {
        /// The secret.
        secret: SecretId,
        /// Where.
        source: SecretSource,
    },
    /// Put a value for a decision on the table.
    Propose {
        /// The decision.
        decision: DecisionId,
        /// The value.
        value: String,
    },
    /// Agree on a decision; on the proposed value when none is given.
    Confirm {
        /// The decision.
        decision: DecisionId,
        /// The value.
        value: Option<String>,
    },
    /// Tick boxes of an item: the sign-off of a role.
    Tick {
        /// The item.
        item: ItemId,
        /// One part; all that are left when none is named.
        part: Option<PartId>,
        /// A remark to go with it.
        note: Option<String>,
        /// Evidence to attach first.
        evidence: Vec<NewEvidence>,
    },
    /// Take ticks back.
    Untick {
        /// The item.
        item: ItemId,
        /// One part; all when none is named.
        part: Option<PartId>,
        /// Why.
        reason: String,
    },
    /// Send an item back.
    Reject {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Say that an optional item does not apply.
    MarkNotApplicable {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Ask for an exception.
    RequestWaiver {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Grant the exception that was asked for.
    GrantWaiver {
        /// The item.
        item: ItemId,
    },
    /// End an exception before its time, or withdraw one that was asked for.
    RevokeWaiver {
        /// The item.
        item: ItemId,
        /// Why.
        reason: String,
    },
    /// Sign a stage as a whole.
    SignStage {
        /// The stage.
        stage: StageId,
    },
    /// Attach evidence.
    AddEvidence {
        /// The item.
        item: ItemId,
        /// What.
        evidence: NewEvidence,
    },
    /// Take evidence off.
    RemoveEvidence {
        /// The item.
        item: ItemId,
        /// Which.
        digest: Digest,
    },
    /// Open a shut gate in an emergency.
    BreakGlass {
        /// Whose gate; none for the last one.
        stage: Option<StageId>,
        /// Why.
        reason: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
    /// End an emergency before its time.
    MendGlass {
        /// Whose gate; none for the last one.
        stage: Option<StageId>,
        /// Why.
        reason: String,
    },
    /// Make a remark.
    Note {
        /// The item; none for the engagement as a whole.
        item: Option<ItemId>,
        /// The remark.
        text: String,
    },
    /// Set the day of going live, or leave it open.
    SetTarget {
        /// The day.
        target: Option<NaiveDate>,
    },
    /// Take back one's own last act, or the one named.
    Undo {
        /// Its sequence number.
        seq: Option<u64>,
    },
    /// Start an action: its first request leaves only when this is in the log.
    IntendAction {
        /// The action.
        action: ActionId,
        /// A new id for this attempt.
        attempt: uuid::Uuid,
        /// A new idempotency key; an earlier one is taken when the outcome of its attempt is unknown.
        idempotency_key: String,
    },
    /// Say how an attempt of an action ended.
    EndAction {
        /// The action.
        action: ActionId,
        /// The attempt.
        attempt: uuid::Uuid,
        /// How.
        end: ActionEnd,
        /// The provider's id of the last request.
        request_id: Option<String>,
    },
    /// Let an action be started anew.
    ResetAction {
        /// The action.
        action: ActionId,
        /// Why.
        reason: String,
    },
    /// Decide whether live traffic may flow.
    DecideGo {
        /// What.
        outcome: GoNoGo,
        /// Why; a no-go needs one.
        reason: Option<String>,
        /// The newest result of each check.
        seen: Witnesses,
    },
    /// A check has a result.
    Observe {
        /// The result.
        observation: Box<Observation>,
    },
}

/// Evidence to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewEvidence {
    /// A text, a link or an id.
    Reference(String),
    /// A file whose bytes are already kept.
    File {
        /// The name that its owner gave it.
        name: String,
        /// How many bytes it has.
        size: u64,
        /// The digest of its bytes.
        digest: Digest,
    },
}

impl<T: Into<String>> From<T> for NewEvidence {
    fn from(reference: T) -> Self {
        Self::Reference(reference.into())
    }
}

/// How an attempt of an action ended, as whoever made it saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionEnd {
    /// Carried out.
    Done {
        /// The fields that the answer fills.
        captured: Vec<(FieldId, String)>,
        /// Where the secrets are that came back.
        stored: Vec<(SecretId, SecretSource)>,
    },
    /// Definitely not carried out.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
    },
}
