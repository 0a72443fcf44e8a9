//! Whether the author of an event had the right to it at that moment.
//!
//! `decide` sees to that before an event is written. A member who writes to the store past golive,
//! with a good key and a good chain, is found here: the same questions are asked again when a log is
//! read (DESIGN section 4: who could sign what is known at every sequence number).

use chrono::{DateTime, Utc};

use crate::domain::decide::{check_field, leads, reviewers, undoable, waiver_ends};
use crate::domain::digest::Digest;
use crate::domain::event::{Event, Fact, SignOff};
use crate::domain::evidence::wrote_evidence;
use crate::domain::ids::{FieldId, ItemId, KeyFingerprint, MemberName, RoleId};
use crate::domain::inward;
use crate::domain::refusal::Refusal;
use crate::domain::release::deciders;
use crate::domain::runbook::Runbook;
use crate::domain::state::{Begun, ItemState, State};
use crate::domain::validity::NotValid;
use crate::domain::verdict::Verdict;
use crate::identity::PublicKey;

/// What an author did not have the right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unentitled {
    /// The key did not speak for that name.
    #[error("its author was no member with that key")]
    NotAMember,
    /// It takes a lead.
    #[error("its author held no lead role")]
    NotLead,
    /// The person did not hold the role, or nobody signs in that role here.
    #[error("it signs in a role that the person did not hold, or that signs nothing there")]
    NotTheRole,
    /// The public key does not have the fingerprint.
    #[error("its key and its fingerprint do not belong together")]
    WrongKey,
    /// A key that speaks for somebody else, or that was revoked.
    #[error("its key speaks for somebody else or was revoked")]
    KeyTaken,
    /// The author's key was outside of its limits, as far as the log tells the time.
    #[error("the key that signed it {0}")]
    KeyNotValid(NotValid),
    /// By the event's own time, a key that signed an earlier one was not valid yet.
    #[error(
        "it is dated before {}, and event {seq} was signed with a key that was not valid before then: one of the \
         two is dated wrongly",
        from.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    NotBegun {
        /// The earlier event.
        seq: u64,
        /// The first moment of its key.
        from: DateTime<Utc>,
    },
    /// A key that its owner added lasts longer than the key that signed for it.
    #[error("the key that it adds lasts longer than the one that signed it")]
    OutlivesKey,
    /// It takes back what somebody else did, or what cannot be taken back.
    #[error("it undoes what its author did not do")]
    NotTheirs,
    /// It takes back what has changed since, or what would be a tick in a shut stage.
    #[error("it undoes what has changed since, or what stands in a stage that is shut")]
    NotUndoable,
    /// No pass of that check ticks that item now.
    #[error("it has a check tick what that check does not decide, or has not passed")]
    NotProven,
    /// It takes a role of the item, or a lead.
    #[error("its author holds none of the roles that may do that to the item")]
    NotYours,
    /// Somebody recorded for another person what nobody records.
    #[error("it records an approval that each person gives alone")]
    SelfSigned,
    /// Every engagement needs the item.
    #[error("it excepts an item that is not optional")]
    NotOptional,
    /// The value is not in the form that the runbook asks for.
    #[error("it sets a field that is not there, or to a value that is not in its form")]
    NotInForm,
    /// The waiver ends too late, or before it begins.
    #[error("its waiver has no end within the days that are allowed")]
    WaiverTooLong,
    /// It ends an attempt of an action that its author did not start, or that has ended.
    #[error("it ends an attempt of an action that is not its author's")]
    NotTheirAttempt,
    /// Whoever attached the evidence signed the review of it.
    #[error("it signs an item whose evidence its author attached, and which another person must sign")]
    OwnEvidence,
    /// The digest of a reference is another one.
    #[error("its evidence and its digest do not belong together")]
    WrongDigest,
    /// It goes over to the runbook of something else.
    #[error("it goes on with a runbook that is no other version of the one before")]
    OtherRunbook,
    /// It grants what nobody asked for.
    #[error("it grants a waiver that nobody had asked for")]
    NotAsked,
    /// Who asked for a waiver granted it.
    #[error("the waiver was granted by whoever asked for it")]
    OwnWaiver,
}

/// Checks an event that comes after the opening. `state` is the state before it.
pub(super) fn check(runbook: &Runbook, state: &State, event: &Event) -> Result<(), Unentitled> {
    // The opener's own beginning: nobody is a member yet who could let anybody in.
    if event.by == state.opener && beginning(runbook, state, event) {
        return key_fits(state, event);
    }
    let author = state.members.get(&event.by.name).ok_or(Unentitled::NotAMember)?;
    let validity = author.keys.get(&event.by.key).ok_or(Unentitled::NotAMember)?.validity;
    // Not by what the author says of the time alone: the events before it bound that.
    validity.for_event(event.at, state.moment(event.at)).map_err(Unentitled::KeyNotValid)?;
    // Nor may it contradict that the time had come for a key that has signed before.
    if let Some(Begun { seq, from }) = state.not_begun(event.at) {
        return Err(Unentitled::NotBegun { seq, from });
    }
    let lead =
        || if leads(runbook, state, &event.by.name, author) { Ok(()) } else { Err(Unentitled::NotLead) };
    // One of an item's roles, or a lead.
    let one_of = |roles: &[&RoleId]| {
        let holds = roles.iter().any(|r| author.roles.contains(*r));
        if holds || lead().is_ok() { Ok(()) } else { Err(Unentitled::NotYours) }
    };
    let owner = |item: &ItemId| {
        let (_, item) = runbook.item(item.as_str()).ok_or(Unentitled::NotYours)?;
        one_of(&item.owner.signs.roles())
    };
    let in_form =
        |field: &FieldId, value: &str| check_field(runbook, field, value).map_err(|_| Unentitled::NotInForm);
    match &event.fact {
        Fact::MemberAdded { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::TargetSet { .. }
        | Fact::GlassBroken { .. }
        | Fact::ActionReset { .. } => lead(),
        Fact::Upgraded { runbook: next, .. } => {
            if next.id == state.runbook.id {
                lead()
            } else {
                Err(Unentitled::OtherRunbook)
            }
        }
        Fact::GlassMended { stage, .. } => {
            let theirs = state.broken.get(stage).is_some_and(|glass| glass.opened.by.name == event.by.name);
            if theirs { Ok(()) } else { lead() }
        }
        Fact::EvidenceAdded { reference, digest, file, .. } => {
            // The bytes of a file are not in the log; their digest is all that is known of them here.
            let fits = file.is_some() || *digest == Digest::of(reference.as_bytes());
            if fits { Ok(()) } else { Err(Unentitled::WrongDigest) }
        }
        Fact::Undone { seq } => match undoable(runbook, state, &event.by.key, Some(*seq), event.at) {
            Ok(_) => Ok(()),
            Err(Refusal::NothingToUndo) => Err(Unentitled::NotTheirs),
            Err(_) => Err(Unentitled::NotUndoable),
        },
        Fact::KeyAdded { member, validity: added, .. } => {
            let own = *member == event.by.name;
            match lead() {
                Ok(()) => {}
                Err(_) if own && added.ends_within(&validity) => {}
                Err(_) if own => return Err(Unentitled::OutlivesKey),
                Err(not_lead) => return Err(not_lead),
            }
            key_fits(state, event)
        }
        Fact::KeyRevoked { key } => {
            if author.keys.contains_key(key) {
                Ok(())
            } else {
                lead()
            }
        }
        Fact::Ticked { item, signoff, .. } => {
            let done = state.item(item.as_str());
            let (_, item) = runbook.item(item.as_str()).ok_or(Unentitled::NotTheRole)?;
            if item.independent && wrote_evidence(done, &signoff.member, &event.by) {
                return Err(Unentitled::OwnEvidence);
            }
            if item.self_signed && signoff.member != event.by.name {
                return Err(Unentitled::SelfSigned);
            }
            let signs = item.owner.signs.roles().contains(&&signoff.role);
            signed(state, event, signoff, signs).and_then(|recorded| if recorded { lead() } else { Ok(()) })
        }
        Fact::StageSigned { stage, signoff } => {
            let signs = runbook
                .stage_index(stage.as_str())
                .is_some_and(|n| runbook.stages()[n].signoff.contains(&signoff.role));
            signed(state, event, signoff, signs).and_then(|recorded| if recorded { lead() } else { Ok(()) })
        }
        Fact::Proven { item, check, .. } => {
            let done = state.item(item.as_str());
            let decides = runbook.item(item.as_str()).is_some_and(|(_, i)| i.proven_by(check));
            let passed = state.checks.get(check).is_some_and(|settled| settled.verdict == Verdict::Pass)
                && runbook.checks.get(check).is_some_and(|check| {
                    // What looks at the facts alone is not believed: anybody can look.
                    let found = inward::verdict(runbook, &state.facts, &check.kind);
                    found.is_none_or(|found| found == Verdict::Pass)
                });
            let sent_back = done.is_some_and(ItemState::sent_back);
            if decides && passed && !sent_back { Ok(()) } else { Err(Unentitled::NotProven) }
        }
        Fact::FieldSet { field, value, .. } => in_form(field, value),
        Fact::Unticked { item, .. } => owner(item),
        Fact::MarkedNotApplicable { item, .. } => {
            let optional = runbook.item(item.as_str()).is_some_and(|(_, i)| i.optional);
            if optional { owner(item) } else { Err(Unentitled::NotOptional) }
        }
        Fact::Rejected { item, .. } => {
            let (stage, item) = runbook.item(item.as_str()).ok_or(Unentitled::NotYours)?;
            one_of(&reviewers(stage, item))
        }
        Fact::EvidenceRemoved { item, digest } => {
            let attached = state.item(item.as_str()).map_or(&[][..], |i| i.evidence.as_slice());
            let theirs = attached.iter().any(|e| e.digest == *digest && e.by.name == event.by.name);
            if theirs { Ok(()) } else { owner(item) }
        }
        Fact::WaiverRequested { item, until, .. } => {
            waiver_ends(*until, event.at).map_err(|_| Unentitled::WaiverTooLong)?;
            owner(item)
        }
        Fact::WaiverGranted { item, request } => {
            let asked = state.item(item.as_str()).and_then(|i| i.requested.as_ref());
            if asked.is_none_or(|r| r.asked.seq != *request) {
                return Err(Unentitled::NotAsked);
            }
            if asked.is_some_and(|r| r.until <= event.at) {
                return Err(Unentitled::WaiverTooLong);
            }
            if asked.is_some_and(|r| r.asked.by.name == event.by.name || r.asked.by.key == event.by.key) {
                return Err(Unentitled::OwnWaiver);
            }
            lead()
        }
        Fact::WaiverRevoked { item, .. } => {
            let state = state.item(item.as_str());
            let (granted, asked) =
                (state.and_then(|i| i.waiver.as_ref()), state.and_then(|i| i.requested.as_ref()));
            let people = granted.iter().flat_map(|w| [&w.granted_by, &w.request.asked.by]);
            let theirs = people.chain(asked.iter().map(|r| &r.asked.by)).any(|by| by.name == event.by.name);
            if theirs { Ok(()) } else { lead() }
        }
        Fact::ActionIntended { action, .. } => {
            let owner = runbook
                .actions
                .get(action)
                .and_then(|a| a.item.as_ref())
                .and_then(|item| runbook.item(item.as_str()))
                .is_some_and(|(_, i)| i.owner.signs.roles().iter().any(|r| author.roles.contains(*r)));
            if owner { Ok(()) } else { lead() }
        }
        Fact::ActionDone { captured, .. }
            if captured.iter().any(|(field, value)| in_form(field, value).is_err()) =>
        {
            Err(Unentitled::NotInForm)
        }
        Fact::ActionDone { action, attempt, .. }
        | Fact::ActionFailed { action, attempt, .. }
        | Fact::ActionOutcomeUnknown { action, attempt, .. } => {
            let theirs = state
                .actions
                .get(action)
                .is_some_and(|last| last.id == *attempt && last.end.is_none() && last.by == event.by);
            if theirs { Ok(()) } else { Err(Unentitled::NotTheirAttempt) }
        }
        Fact::GoDecided { role: Some(role), .. } => {
            if author.roles.contains(role) && deciders(runbook).contains(role) {
                Ok(())
            } else {
                Err(Unentitled::NotTheRole)
            }
        }
        Fact::GoDecided { role: None, .. } => {
            if deciders(runbook).is_empty() {
                lead()
            } else {
                Err(Unentitled::NotTheRole)
            }
        }
        Fact::Opened { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::Reopened { .. }
        | Fact::CheckSettled { .. }
        | Fact::Noted { .. } => Ok(()),
    }
}

/// The three facts with which an opener becomes a member, in their order and each only once.
fn beginning(runbook: &Runbook, state: &State, event: &Event) -> bool {
    let me = |name: &MemberName| *name == state.opener.name;
    match (event.seq, &event.fact) {
        (2, Fact::MemberAdded { member }) => me(member),
        (3, Fact::KeyAdded { member, key, .. }) => me(member) && *key == state.opener.key,
        (4, Fact::RoleAssigned { member, role }) => {
            me(member) && runbook.roles.values().find(|r| r.lead).is_some_and(|r| r.id == *role)
        }
        _ => false,
    }
}

/// Whether the approval could be given; `Ok(true)` when somebody else recorded it.
fn signed(state: &State, event: &Event, signoff: &SignOff, role_signs: bool) -> Result<bool, Unentitled> {
    let holds = |role: &RoleId| state.members.get(&signoff.member).is_some_and(|m| m.roles.contains(role));
    if role_signs && holds(&signoff.role) {
        Ok(signoff.member != event.by.name)
    } else {
        Err(Unentitled::NotTheRole)
    }
}

fn key_fits(state: &State, event: &Event) -> Result<(), Unentitled> {
    let Fact::KeyAdded { member, key, public, .. } = &event.fact else {
        return Ok(());
    };
    let parsed = PublicKey::parse(public).map_err(|_| Unentitled::WrongKey)?;
    if parsed.fingerprint() != key {
        return Err(Unentitled::WrongKey);
    }
    let elsewhere = |key: &KeyFingerprint| {
        state
            .members
            .iter()
            .any(|(name, m)| m.revoked.contains_key(key) || (name != member && m.keys.contains_key(key)))
    };
    if elsewhere(key) { Err(Unentitled::KeyTaken) } else { Ok(()) }
}
