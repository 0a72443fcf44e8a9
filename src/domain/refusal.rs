//! Why a command is refused: always with what to do about it.

use chrono::{DateTime, Utc};

use super::blocker::Blocker;
use super::decision::BadValue;
use super::evidence::MAX_PIECES;
use super::ids::{ActionId, CheckId, ItemId, MemberName, PartId, RoleId, RunbookId, StageId};
use super::release::GoNoGo;
use super::validity::NotValid;
use super::verdict::Verdict;

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The runbook has no such thing: a mistake in what was typed, not a matter of rights.
    #[error("the runbook has no {what} '{id}'")]
    NoSuch {
        /// "item", "role", …
        what: &'static str,
        /// What was asked for.
        id: String,
        /// The nearest there is.
        did_you_mean: Option<String>,
    },
    /// The item has no such part.
    #[error("item '{item}' has no part '{part}'")]
    NoSuchPart {
        /// The item.
        item: ItemId,
        /// The part.
        part: PartId,
    },
    /// A value that cannot be.
    #[error("{what}: {why}")]
    BadValue {
        /// Which field or decision.
        what: String,
        /// Why.
        why: BadValue,
    },
    /// A text is missing or too long.
    #[error("{what} must have 1 to {max} characters")]
    BadText {
        /// Which text.
        what: &'static str,
        /// The longest.
        max: usize,
    },
    /// A moment that must lie ahead does not.
    #[error("{0} is not ahead")]
    NotAhead(DateTime<Utc>),
    /// Nobody of that name takes part.
    #[error("nobody called '{0}' takes part in this engagement")]
    NoSuchMember(MemberName),
    /// The stage is shut.
    #[error("stage '{stage}' is shut")]
    Shut {
        /// The stage.
        stage: StageId,
        /// Why.
        blockers: Vec<Blocker>,
    },
    /// The stage cannot be signed yet.
    #[error("stage '{stage}' is not done")]
    StageNotDone {
        /// The stage.
        stage: StageId,
        /// Why.
        blockers: Vec<Blocker>,
    },
    /// The person's key speaks for nobody here.
    #[error("{name} does not take part in this engagement with this key")]
    NotAMember {
        /// The name that was given.
        name: MemberName,
    },
    /// The person holds none of the roles that may do this.
    #[error("{who} holds none of the roles that may do this")]
    NotYours {
        /// Whose approval it would be.
        who: MemberName,
        /// The roles that may.
        roles: Vec<RoleId>,
        /// The people who hold them.
        people: Vec<MemberName>,
    },
    /// Only a lead may do this.
    #[error("{who} holds no lead role, and only a lead may do this")]
    NotLead {
        /// Who asked.
        who: MemberName,
        /// The lead roles.
        roles: Vec<RoleId>,
        /// The people who hold them.
        people: Vec<MemberName>,
    },
    /// Several roles would do: the person chooses.
    #[error("{who} holds several roles that may do this")]
    ChooseRole {
        /// Who asked.
        who: MemberName,
        /// The roles.
        roles: Vec<RoleId>,
    },
    /// Nobody may record this for somebody else.
    #[error("item '{0}' must be signed by the person with a key of their own")]
    SelfSigned(ItemId),
    /// One person cannot fill two slots of this box.
    #[error("{0} has signed it already in another role; different people must sign")]
    SamePerson(MemberName),
    /// It is signed already by that role.
    #[error("it is already ticked")]
    AlreadyTicked,
    /// There is nothing to take back.
    #[error("it is not ticked")]
    NotTicked,
    /// A check ticks this item, no person does.
    #[error("check '{check}' decides on item '{item}'")]
    CheckDecides {
        /// The item.
        item: ItemId,
        /// The check.
        check: CheckId,
        /// What it settled on last.
        verdict: Option<Verdict>,
    },
    /// The check must pass before an owner signs.
    #[error("check '{check}' of item '{item}' has not passed")]
    CheckNotPassed {
        /// The item.
        item: ItemId,
        /// The check.
        check: CheckId,
        /// What it settled on last.
        verdict: Option<Verdict>,
    },
    /// Evidence must be attached first.
    #[error("item '{item}' needs {left} more piece(s) of evidence")]
    EvidenceNeeded {
        /// The item.
        item: ItemId,
        /// How many.
        left: usize,
        /// What counts, one text for each kind that is missing.
        wanted: Vec<String>,
    },
    /// No more can be attached.
    #[error("item '{0}' has {MAX_PIECES} pieces of evidence, and more are not kept")]
    EvidenceFull(ItemId),
    /// Whoever attached the evidence does not review it.
    #[error("{who} has attached evidence to item '{item}', which another person must sign")]
    OwnEvidence {
        /// The item.
        item: ItemId,
        /// Who would have signed.
        who: MemberName,
    },
    /// An upgrade is another version of the same runbook.
    #[error("the engagement keeps runbook '{ours}', and this is '{theirs}'")]
    OtherRunbook {
        /// What it keeps.
        ours: RunbookId,
        /// What was given.
        theirs: RunbookId,
    },
    /// An upgrade may make things stale, never done.
    #[error("this upgrade would open what is shut: {}", .0.join(", "))]
    WouldOpen(Vec<String>),
    /// The gate needs no emergency.
    #[error("that gate is open")]
    AlreadyOpen(Option<StageId>),
    /// An emergency or an exception does not last so long.
    #[error("it lasts until {0} at most")]
    TooLong(DateTime<Utc>),
    /// No emergency holds the gate open.
    #[error("no emergency holds that gate open")]
    NotBroken(Option<StageId>),
    /// The item does not apply.
    #[error("item '{0}' does not apply here")]
    DoesNotApply(ItemId),
    /// Only an optional item can be marked not applicable.
    #[error("item '{0}' is not optional")]
    NotOptional(ItemId),
    /// Nobody has asked for a waiver.
    #[error("nobody has asked for a waiver of item '{0}'")]
    NoWaiverAsked(ItemId),
    /// There is no waiver that could end.
    #[error("item '{0}' has no waiver that holds, and nobody has asked for one")]
    NoWaiver(ItemId),
    /// Whoever asks for a waiver does not grant it.
    #[error("{0} asked for this waiver; somebody else must grant it")]
    OwnWaiver(MemberName),
    /// Nothing of the person's can be undone.
    #[error("there is nothing of yours to undo")]
    NothingToUndo,
    /// Something happened since.
    #[error("event {seq} ({word}) cannot be undone: something else has happened to it since")]
    ChangedSince {
        /// The event.
        seq: u64,
        /// Its word.
        word: &'static str,
    },
    /// A name or a key already stands for somebody else.
    #[error("that key already speaks for {0}")]
    KeyTaken(MemberName),
    /// A revoked key comes back never.
    #[error("that key has been revoked")]
    KeyRevoked,
    /// The person's key is outside of its limits.
    #[error("the key of {who} {why}")]
    KeyNotValid {
        /// Whose.
        who: MemberName,
        /// Why.
        why: NotValid,
    },
    /// By the clock of this machine, a key that has signed does not speak yet.
    #[error(
        "the clock of this machine is behind: event {seq} was signed with a key that is not valid before {}",
        from.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    ClockBehind {
        /// The event.
        seq: u64,
        /// The first moment of the key.
        from: DateTime<Utc>,
    },
    /// A key that could never speak for anybody.
    #[error("the key would be valid at no time to come")]
    NeverValid,
    /// Who adds a key for themselves cannot thereby outlast the key that signs.
    #[error("the key would be valid for longer than the one that signs for it")]
    OutlivesKey,
    /// Nobody would be left who may change members.
    #[error("{0} is the last lead with a key; somebody else must lead first")]
    LastLead(MemberName),
    /// The action was carried out, and it happens once.
    #[error("action '{action}' was carried out by {by}; it happens only once")]
    ActionDone {
        /// The action.
        action: ActionId,
        /// Who started it.
        by: MemberName,
        /// When.
        at: DateTime<Utc>,
        /// From when on it may be done again, where what it brought has an end.
        again: Option<DateTime<Utc>>,
    },
    /// The item stands for an action whose time is over.
    #[error("what action '{action}' brought has ended, so it must be carried out again first")]
    ActionFirst {
        /// The item.
        item: ItemId,
        /// The action.
        action: ActionId,
    },
    /// Nobody knows whether the action was carried out, and it happens once.
    #[error("nobody knows whether action '{action}' was carried out; it is not repeated by itself")]
    ActionInDoubt {
        /// The action.
        action: ActionId,
        /// Who started it.
        by: MemberName,
        /// When.
        at: DateTime<Utc>,
        /// Why nobody knows.
        reason: Option<String>,
    },
    /// Somebody has started the action a moment ago.
    #[error("action '{action}' is under way, started by {by}")]
    ActionUnderWay {
        /// The action.
        action: ActionId,
        /// Who started it.
        by: MemberName,
        /// When.
        at: DateTime<Utc>,
    },
    /// The attempt is not the one that is under way, or it is another person's.
    #[error("this attempt of action '{0}' is not under way")]
    ActionNotUnderWay(ActionId),
    /// Fields or secrets are not filled in.
    #[error("action '{action}' needs {}", .missing.join(", "))]
    ActionNeeds {
        /// The action.
        action: ActionId,
        /// "field x", "secret y".
        missing: Vec<String>,
    },
    /// The last gate is shut.
    #[error("the last gate is shut, so nobody can say go")]
    NotReady {
        /// Why.
        blockers: Vec<Blocker>,
    },
    /// Live checks have no fresh pass.
    #[error("nobody can say go: live checks have no pass within their time to live")]
    NotFresh {
        /// Which.
        blockers: Vec<Blocker>,
    },
    /// The same was decided before, and nothing that bears on it has happened since.
    #[error("{outcome} was decided by {by} already (event {seq})")]
    DecidedAlready {
        /// What.
        outcome: GoNoGo,
        /// The event.
        seq: u64,
        /// Who.
        by: MemberName,
        /// When.
        at: DateTime<Utc>,
    },
    /// More checks than a decision carries the results of.
    #[error("a decision carries the results of at most {max} checks")]
    TooManyChecks {
        /// How many.
        max: usize,
    },
    /// The value is as it is.
    #[error("nothing would change")]
    NoChange,
}

impl Refusal {
    /// Whether the words of the command are at fault (exit code 2) rather than a gate or a role (4).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoSuch { .. }
            | Self::NoSuchPart { .. }
            | Self::BadValue { .. }
            | Self::BadText { .. }
            | Self::NotAhead(_)
            | Self::NeverValid
            | Self::TooLong(_)
            | Self::OtherRunbook { .. }
            | Self::NoSuchMember(_) => true,
            Self::Shut { .. }
            | Self::StageNotDone { .. }
            | Self::NotAMember { .. }
            | Self::NotYours { .. }
            | Self::NotLead { .. }
            | Self::ChooseRole { .. }
            | Self::SelfSigned(_)
            | Self::SamePerson(_)
            | Self::AlreadyTicked
            | Self::NotTicked
            | Self::CheckDecides { .. }
            | Self::CheckNotPassed { .. }
            | Self::EvidenceNeeded { .. }
            | Self::EvidenceFull(_)
            | Self::OwnEvidence { .. }
            | Self::AlreadyOpen(_)
            | Self::WouldOpen(_)
            | Self::NotBroken(_)
            | Self::DoesNotApply(_)
            | Self::NotOptional(_)
            | Self::NoWaiverAsked(_)
            | Self::NoWaiver(_)
            | Self::OwnWaiver(_)
            | Self::NothingToUndo
            | Self::ChangedSince { .. }
            | Self::KeyTaken(_)
            | Self::KeyRevoked
            | Self::KeyNotValid { .. }
            | Self::ClockBehind { .. }
            | Self::OutlivesKey
            | Self::LastLead(_)
            | Self::ActionDone { .. }
            | Self::ActionFirst { .. }
            | Self::ActionInDoubt { .. }
            | Self::ActionUnderWay { .. }
            | Self::ActionNotUnderWay(_)
            | Self::ActionNeeds { .. }
            | Self::NotReady { .. }
            | Self::NotFresh { .. }
            | Self::DecidedAlready { .. }
            | Self::TooManyChecks { .. }
            | Self::NoChange => false,
        }
    }

    /// The blockers, for refusals that have some.
    pub fn blockers(&self) -> &[Blocker] {
        if let Self::Shut { blockers, .. }
        | Self::StageNotDone { blockers, .. }
        | Self::NotReady { blockers }
        | Self::NotFresh { blockers } = self
        {
            blockers
        } else {
            &[]
        }
    }
}
