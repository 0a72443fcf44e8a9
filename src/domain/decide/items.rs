//! What else people do with an item: take back, send back, except, attach, remark.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::assess::{current_approvals, current_proof};
use super::super::command::NewEvidence;
use super::super::digest::Digest;
use super::super::event::{AttachedFile, Fact};
use super::super::evidence::{MAX_PIECES, file_name};
use super::super::ids::{ItemId, PartId, RoleId};
use super::super::refusal::Refusal;
use super::super::runbook::{Item, Stage};
use super::super::state::Approval;
use super::{Desk, MAX_NOTE, MAX_REASON, MAX_REFERENCE, text};

/// The longest that a waiver lasts, from the day on which it is asked for. What is to be excepted for longer is
/// asked for again, so that two people look at it again; what is to be excepted for good belongs in the
/// runbook, as `optional` or `applies_when`.
pub const MAX_WAIVER: TimeDelta = TimeDelta::days(90);

pub(super) fn untick(
    desk: &Desk<'_>,
    id: &ItemId,
    part: Option<&PartId>,
    reason: &str,
) -> Result<Vec<Fact>, Refusal> {
    let (_, item) = desk.item(id)?;
    if let Some(part) = part
        && !item.parts.iter().any(|p| p.id == *part)
    {
        return Err(Refusal::NoSuchPart { item: id.clone(), part: part.clone() });
    }
    desk.one_of_or_lead(&item.owner.signs.roles())?;
    let reason = text("a reason", reason, MAX_REASON)?;
    let state = desk.state.item(id.as_str()).ok_or(Refusal::NotTicked)?;
    let of_part = |approvals: &Vec<Approval>| !approvals.is_empty();
    let ticked = match part {
        Some(part) => state.boxes.get(&Some(part.clone())).is_some_and(of_part),
        None => state.boxes.values().any(of_part) || state.not_applicable.is_some(),
    };
    let mut boxes = item.boxes().filter(|b| part.is_none() || *b == part);
    let signed = boxes.any(|b| !current_approvals(item, desk.state, b, desk.now).is_empty());
    // A tick of the check stays whatever becomes of signatures that count no more.
    let excepted = part.is_none() && state.not_applicable.is_some();
    let by_check = current_proof(item, desk.state, desk.now).is_some() && !signed && !excepted;
    if !ticked || by_check {
        // What a check has ticked is sent back with `reject`, which keeps the check from ticking it again.
        if let Some(proof) = &state.proven {
            let verdict = desk.state.checks.get(&proof.check).map(|c| c.verdict);
            return Err(Refusal::CheckDecides { item: id.clone(), check: proof.check.clone(), verdict });
        }
        return Err(Refusal::NotTicked);
    }
    Ok(vec![Fact::Unticked { item: id.clone(), parts: part.cloned().into_iter().collect(), reason }])
}

/// Who may send an item back, beside a lead.
pub fn reviewers<'a>(stage: &'a Stage, item: &'a Item) -> Vec<&'a RoleId> {
    let mut out = item.owner.signs.roles();
    out.extend(item.owner.with.iter().chain(&stage.signoff));
    out
}

pub(super) fn reject(desk: &Desk<'_>, id: &ItemId, reason: &str) -> Result<Vec<Fact>, Refusal> {
    let (stage, item) = desk.item(id)?;
    desk.one_of_or_lead(&reviewers(stage, item))?;
    let reason = text("a reason", reason, MAX_REASON)?;
    let state = desk.state.item(id.as_str()).ok_or(Refusal::NotTicked)?;
    let last_sign = state.boxes.values().flatten().map(|a| a.seq).max().unwrap_or(0);
    let last = last_sign.max(state.proven.as_ref().map_or(0, |p| p.seq));
    let sent_back = state.rejected.as_ref().map_or(0, |r| r.seq);
    if last == 0 || sent_back > last {
        return Err(Refusal::NotTicked);
    }
    Ok(vec![Fact::Rejected { item: id.clone(), reason }])
}

pub(super) fn not_applicable(desk: &Desk<'_>, id: &ItemId, reason: &str) -> Result<Vec<Fact>, Refusal> {
    let (_, item) = desk.item(id)?;
    if !item.optional {
        return Err(Refusal::NotOptional(id.clone()));
    }
    desk.one_of_or_lead(&item.owner.signs.roles())?;
    let reason = text("a reason", reason, MAX_REASON)?;
    if desk.state.item(id.as_str()).is_some_and(|s| s.not_applicable.is_some()) {
        return Err(Refusal::NoChange);
    }
    Ok(vec![Fact::MarkedNotApplicable { item: id.clone(), reason }])
}

pub(super) fn request_waiver(
    desk: &Desk<'_>,
    id: &ItemId,
    reason: &str,
    until: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, item) = desk.item(id)?;
    desk.one_of_or_lead(&item.owner.signs.roles())?;
    let reason = text("a reason", reason, MAX_REASON)?;
    waiver_ends(until, desk.now)?;
    Ok(vec![Fact::WaiverRequested { item: id.clone(), reason, until }])
}

/// Refuses an end of a waiver that is no end, or too far away from when it was asked for.
pub fn waiver_ends(until: DateTime<Utc>, asked: DateTime<Utc>) -> Result<(), Refusal> {
    if until <= asked {
        return Err(Refusal::NotAhead(until));
    }
    // Whole days: who names the last day that is allowed means all of it.
    let latest = asked + MAX_WAIVER;
    if until.date_naive() > latest.date_naive() {
        return Err(Refusal::TooLong(latest));
    }
    Ok(())
}

pub(super) fn grant_waiver(desk: &Desk<'_>, id: &ItemId) -> Result<Vec<Fact>, Refusal> {
    desk.item(id)?;
    desk.lead()?;
    let request = desk
        .state
        .item(id.as_str())
        .and_then(|s| s.requested.as_ref())
        .ok_or_else(|| Refusal::NoWaiverAsked(id.clone()))?;
    let asked = &request.asked;
    // By person and by key: one person with two names or two people with one key are one.
    if asked.by.name == *desk.who || asked.by.key == desk.acting.by.key {
        return Err(Refusal::OwnWaiver(desk.who.clone()));
    }
    waiver_ends(request.until, asked.at)?;
    if request.until <= desk.now {
        return Err(Refusal::NotAhead(request.until));
    }
    Ok(vec![Fact::WaiverGranted { item: id.clone(), request: asked.seq }])
}

/// Ends an exception that was granted, and withdraws one that is only asked for. Making things stricter takes
/// no second person: it is for whoever asked, whoever granted, and for leads.
pub(super) fn revoke_waiver(desk: &Desk<'_>, id: &ItemId, reason: &str) -> Result<Vec<Fact>, Refusal> {
    desk.item(id)?;
    let state = desk.state.item(id.as_str());
    let granted = state.and_then(|s| s.waiver.as_ref()).filter(|w| w.request.until > desk.now);
    let asked = state.and_then(|s| s.requested.as_ref());
    if granted.is_none() && asked.is_none() {
        return Err(Refusal::NoWaiver(id.clone()));
    }
    let people = granted.iter().flat_map(|w| [&w.granted_by, &w.request.asked.by]);
    let involved = people.chain(asked.iter().map(|r| &r.asked.by)).any(|by| by.name == *desk.who);
    if !involved {
        desk.lead()?;
    }
    let reason = text("a reason", reason, MAX_REASON)?;
    Ok(vec![Fact::WaiverRevoked { item: id.clone(), reason }])
}

pub(super) fn add_evidence(
    desk: &Desk<'_>,
    id: &ItemId,
    evidence: &NewEvidence,
) -> Result<Vec<Fact>, Refusal> {
    desk.item(id)?;
    let there = desk.state.item(id.as_str()).map_or(0, |s| s.evidence.len());
    match attach(desk, id, evidence)? {
        Some(_) if there >= MAX_PIECES => Err(Refusal::EvidenceFull(id.clone())),
        Some(fact) => Ok(vec![fact]),
        None => Err(Refusal::NoChange),
    }
}

/// The fact that attaches a piece; none when it is attached already.
pub(super) fn attach(desk: &Desk<'_>, id: &ItemId, evidence: &NewEvidence) -> Result<Option<Fact>, Refusal> {
    let (reference, digest, file) = match evidence {
        NewEvidence::Reference(reference) => {
            let reference = text("a reference to evidence", reference, MAX_REFERENCE)?;
            let digest = Digest::of(reference.as_bytes());
            (reference, digest, None)
        }
        NewEvidence::File { name, size, digest } => {
            (file_name(name), *digest, Some(AttachedFile { size: *size }))
        }
    };
    let attached =
        desk.state.item(id.as_str()).is_some_and(|s| s.evidence.iter().any(|e| e.digest == digest));
    Ok((!attached).then(|| Fact::EvidenceAdded { item: id.clone(), reference, digest, file }))
}

pub(super) fn remove_evidence(desk: &Desk<'_>, id: &ItemId, digest: Digest) -> Result<Vec<Fact>, Refusal> {
    let (_, item) = desk.item(id)?;
    let attached = desk.state.item(id.as_str()).and_then(|s| s.evidence.iter().find(|e| e.digest == digest));
    let attached = attached.ok_or(Refusal::NoChange)?;
    if attached.by.name != *desk.who {
        desk.one_of_or_lead(&item.owner.signs.roles())?;
    }
    Ok(vec![Fact::EvidenceRemoved { item: id.clone(), digest }])
}

pub(super) fn note(desk: &Desk<'_>, id: Option<&ItemId>, given: &str) -> Result<Vec<Fact>, Refusal> {
    if let Some(id) = id {
        desk.item(id)?;
    }
    Ok(vec![Fact::Noted { item: id.cloned(), text: text("a note", given, MAX_NOTE)? }])
}
