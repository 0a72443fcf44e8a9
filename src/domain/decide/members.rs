//! People, roles and keys.

use super::super::command::NewKey;
use super::super::event::Fact;
use super::super::ids::{KeyFingerprint, MemberName, RoleId};
use super::super::refusal::Refusal;
use super::super::state::Member;
use super::{Desk, leads};

pub(super) fn assign(
    desk: &Desk<'_>,
    role: &RoleId,
    member: &MemberName,
    key: Option<&NewKey>,
) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    desk.role(role)?;
    let known = present(desk, member);
    let mut facts = Vec::new();
    // New limits of the key that signs come last: what it signs here, it signs under the old ones.
    let mut last = None;
    if known.is_none() {
        facts.push(Fact::MemberAdded { member: member.clone() });
    }
    if let Some(new) = key {
        let held = known.and_then(|m| m.keys.get(&new.key));
        // Naming a key again says who is meant; its limits change only when new ones are given.
        if held.is_none_or(|held| !new.validity.is_unlimited() && held.validity != new.validity) {
            let fact = key_added(desk, member, new)?;
            leaves_a_lead(desk, member, |member| limit(member, new))?;
            if new.key == desk.acting.by.key {
                last = Some(fact);
            } else {
                facts.push(fact);
            }
        }
    }
    if !known.is_some_and(|m| m.roles.contains(role)) {
        facts.push(Fact::RoleAssigned { member: member.clone(), role: role.clone() });
    }
    facts.extend(last);
    if facts.is_empty() { Err(Refusal::NoChange) } else { Ok(facts) }
}

pub(super) fn unassign(desk: &Desk<'_>, role: &RoleId, member: &MemberName) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    desk.role(role)?;
    let held = present(desk, member).ok_or_else(|| Refusal::NoSuchMember(member.clone()))?;
    if !held.roles.contains(role) {
        return Err(Refusal::NoChange);
    }
    leaves_a_lead(desk, member, |member| {
        member.roles.remove(role);
    })?;
    Ok(vec![Fact::RoleRemoved { member: member.clone(), role: role.clone() }])
}

/// A lead adds keys for everybody; everybody adds some for themselves, none of which outlasts the key that
/// signs: who may sign until Friday cannot make that for ever.
pub(super) fn add_key(desk: &Desk<'_>, member: &MemberName, new: &NewKey) -> Result<Vec<Fact>, Refusal> {
    if member != desk.who {
        desk.lead()?;
    } else if !desk.is_lead() {
        let signing = desk.member.keys.get(&desk.acting.by.key).map(|k| k.validity).unwrap_or_default();
        if !new.validity.ends_within(&signing) {
            return Err(Refusal::OutlivesKey);
        }
    }
    let known = present(desk, member).ok_or_else(|| Refusal::NoSuchMember(member.clone()))?;
    if known.keys.get(&new.key).is_some_and(|held| held.validity == new.validity) {
        return Err(Refusal::NoChange);
    }
    let fact = key_added(desk, member, new)?;
    leaves_a_lead(desk, member, |member| limit(member, new))?;
    Ok(vec![fact])
}

/// Gives a key that a person has the limits of the one that is named again.
fn limit(member: &mut Member, new: &NewKey) {
    if let Some(held) = member.keys.get_mut(&new.key) {
        held.validity = new.validity;
    }
}

pub(super) fn revoke(desk: &Desk<'_>, key: &KeyFingerprint) -> Result<Vec<Fact>, Refusal> {
    // A person may always give up a key of their own.
    if !desk.member.keys.contains_key(key) {
        desk.lead()?;
    }
    let (owner, _) = desk.state.member_of_key(key).ok_or(Refusal::NoChange)?;
    leaves_a_lead(desk, owner, |member| {
        member.keys.remove(key);
    })?;
    Ok(vec![Fact::KeyRevoked { key: key.clone() }])
}

pub(super) fn remove(desk: &Desk<'_>, member: &MemberName) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    present(desk, member).ok_or_else(|| Refusal::NoSuchMember(member.clone()))?;
    leaves_a_lead(desk, member, |member| {
        member.keys.clear();
        member.roles.clear();
    })?;
    Ok(vec![Fact::MemberRemoved { member: member.clone() }])
}

/// Somebody who takes part and has not left.
fn present<'a>(desk: &Desk<'a>, member: &MemberName) -> Option<&'a Member> {
    desk.state.members.get(member).filter(|m| m.left_at.is_none())
}

fn key_added(desk: &Desk<'_>, member: &MemberName, new: &NewKey) -> Result<Fact, Refusal> {
    let NewKey { key, public, validity } = new;
    if desk.state.members.values().any(|m| m.revoked.contains_key(key)) {
        return Err(Refusal::KeyRevoked);
    }
    if let Some((owner, _)) = desk.state.member_of_key(key)
        && owner != member
    {
        return Err(Refusal::KeyTaken(owner.clone()));
    }
    if !validity.is_possible() || validity.until.is_some_and(|until| until <= desk.state.moment(desk.now)) {
        return Err(Refusal::NeverValid);
    }
    Ok(Fact::KeyAdded {
        member: member.clone(),
        key: key.clone(),
        public: public.clone(),
        validity: *validity,
    })
}

/// Refuses a change to a lead after which no lead could sign any more.
fn leaves_a_lead(
    desk: &Desk<'_>,
    changed: &MemberName,
    change: impl FnOnce(&mut Member),
) -> Result<(), Refusal> {
    let moment = desk.state.moment(desk.now);
    let signs = |m: &Member| m.keys.values().any(|k| k.validity.at(moment).is_ok());
    let leads = |name: &MemberName, m: &Member| leads(desk.runbook, desk.state, name, m) && signs(m);
    let Some(before) = desk.state.members.get(changed).filter(|m| leads(changed, m)) else {
        return Ok(());
    };
    let mut after = before.clone();
    change(&mut after);
    let left =
        desk.state.members.iter().any(|(name, m)| leads(name, if name == changed { &after } else { m }));
    if left { Ok(()) } else { Err(Refusal::LastLead(changed.clone())) }
}
