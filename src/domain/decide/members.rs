//! People, roles and keys.

use super::super::event::Fact;
use super::super::ids::{KeyFingerprint, MemberName, RoleId};
use super::super::refusal::Refusal;
use super::Desk;

pub(super) fn assign(
    desk: &Desk<'_>,
    role: &RoleId,
    member: &MemberName,
    key: Option<&(KeyFingerprint, String)>,
) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    desk.role(role)?;
    let known = desk.state.members.get(member);
    let mut facts = Vec::new();
    if known.is_none() {
        facts.push(Fact::MemberAdded { member: member.clone() });
    }
    if let Some((key, public)) = key {
        if desk.state.members.values().any(|m| m.revoked.contains(key)) {
            return Err(Refusal::KeyRevoked);
        }
        match desk.state.member_of_key(key) {
            Some((owner, _)) if owner != member => return Err(Refusal::KeyTaken(owner.clone())),
            Some(_) => {}
            None => facts.push(Fact::KeyAdded {
                member: member.clone(),
                key: key.clone(),
                public: public.clone(),
            }),
        }
    }
    if !known.is_some_and(|m| m.roles.contains(role)) {
        facts.push(Fact::RoleAssigned { member: member.clone(), role: role.clone() });
    }
    if facts.is_empty() { Err(Refusal::NoChange) } else { Ok(facts) }
}

pub(super) fn unassign(desk: &Desk<'_>, role: &RoleId, member: &MemberName) -> Result<Vec<Fact>, Refusal> {
    desk.lead()?;
    desk.role(role)?;
    let held = desk.state.members.get(member).ok_or_else(|| Refusal::NoSuchMember(member.clone()))?;
    if !held.roles.contains(role) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::RoleRemoved { member: member.clone(), role: role.clone() }])
}

pub(super) fn revoke(desk: &Desk<'_>, key: &KeyFingerprint) -> Result<Vec<Fact>, Refusal> {
    // A person may always give up a key of their own.
    if !desk.member.keys.contains_key(key) {
        desk.lead()?;
    }
    if desk.state.member_of_key(key).is_none() {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::KeyRevoked { key: key.clone() }])
}
