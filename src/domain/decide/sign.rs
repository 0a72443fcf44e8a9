//! Sign-offs: ticks of items and signatures under stages.

use super::super::assess::{Status, applies, assess_item, context, current_approvals, slot, stage_content};
use super::super::command::NewEvidence;
use super::super::digest::Digest;
use super::super::event::{Fact, SignOff};
use super::super::evidence::{Lacking, MAX_PIECES, Piece, wrote_evidence};
use super::super::fresh::says;
use super::super::ids::{ItemId, MemberName, PartId, RoleId, StageId};
use super::super::owner::Slot;
use super::super::refusal::Refusal;
use super::super::renewal::overdue;
use super::super::runbook::{CheckMode, Item};
use super::super::verdict::Verdict;
use super::{Desk, MAX_NOTE, items, no_such, text};

pub(super) fn tick(
    desk: &Desk<'_>,
    id: &ItemId,
    part: Option<&PartId>,
    note: Option<&str>,
    evidence: &[NewEvidence],
) -> Result<Vec<Fact>, Refusal> {
    let (stage, item) = desk.item(id)?;
    if let Some(part) = part
        && !item.parts.iter().any(|p| p.id == *part)
    {
        return Err(Refusal::NoSuchPart { item: id.clone(), part: part.clone() });
    }
    desk.open_stage(stage)?;
    let facts = context(desk.runbook, desk.state);
    let assessed = assess_item(desk.runbook, desk.state, &facts, item, desk.now);
    if assessed.status == Status::NotApplicable && !applies(item, &facts) {
        return Err(Refusal::DoesNotApply(id.clone()));
    }
    check_allows(desk, item)?;

    if let Some(action) = overdue(item, desk.state, desk.now) {
        return Err(Refusal::ActionFirst { item: id.clone(), action: action.clone() });
    }
    let roles = item.owner.signs.roles();
    let open: Vec<Option<&PartId>> = assessed
        .boxes
        .iter()
        .filter(|b| !b.ticked && (part.is_none() || b.part.as_ref() == part))
        .map(|b| b.part.as_ref())
        .collect();
    if open.is_empty() {
        return Err(Refusal::AlreadyTicked);
    }
    let signed_everywhere = |role: &RoleId| {
        assessed.boxes.iter().filter(|b| open.contains(&b.part.as_ref())).all(|b| b.signed.contains(role))
    };
    let (role, member) = signer(desk, &roles, Some(item), &signed_everywhere)?;
    let boxes: Vec<PartId> = assessed
        .boxes
        .iter()
        .filter(|b| open.contains(&b.part.as_ref()) && !b.signed.contains(&role))
        .filter_map(|b| b.part.clone())
        .collect();
    if signed_everywhere(&role) {
        return Err(Refusal::AlreadyTicked);
    }
    if item.owner.distinct {
        different_person(desk, item, &open, &role, &member)?;
    }

    let mut attached: Vec<Digest> =
        desk.state.item(id.as_str()).map_or_else(Vec::new, |s| s.evidence.iter().map(|e| e.digest).collect());
    let mut out = Vec::new();
    for piece in evidence {
        if let Some(fact @ Fact::EvidenceAdded { digest, .. }) = items::attach(desk, id, piece)?
            && !attached.contains(&digest)
        {
            attached.push(digest);
            out.push(fact);
        }
    }
    if attached.len() > MAX_PIECES {
        return Err(Refusal::EvidenceFull(id.clone()));
    }
    if let Some(Lacking { left, wanted }) = lacking(desk, item, &out) {
        return Err(Refusal::EvidenceNeeded { item: id.clone(), left, wanted });
    }
    let wrote = wrote_evidence(desk.state.item(id.as_str()), &member, &desk.acting.by);
    if item.independent && (wrote || !out.is_empty()) {
        return Err(Refusal::OwnEvidence { item: id.clone(), who: member });
    }
    if let Some(note) = note {
        out.push(Fact::Noted { item: Some(id.clone()), text: text("a note", note, MAX_NOTE)? });
    }
    let signoff = SignOff { role, member, covers: desk.covers(item.digest, attached) };
    out.push(Fact::Ticked { item: id.clone(), parts: boxes, signoff });
    Ok(out)
}

/// Evidence that is missing even with what is about to be attached.
fn lacking(desk: &Desk<'_>, item: &Item, more: &[Fact]) -> Option<Lacking> {
    let there = desk.state.item(item.id.as_str()).map_or(&[][..], |s| s.evidence.as_slice());
    let mut pieces: Vec<Piece<'_>> = there.iter().map(Piece::from).collect();
    for fact in more {
        if let Fact::EvidenceAdded { reference, file, .. } = fact {
            pieces.push(Piece { reference, file: file.is_some() });
        }
    }
    item.evidence.lacking(&pieces)
}

/// Whether the item's check leaves the tick to a person (DESIGN rule 6). A check that is not
/// configured leaves everything to people; one that is must have passed.
fn check_allows(desk: &Desk<'_>, item: &Item) -> Result<(), Refusal> {
    let Some((mode, check)) =
        item.check.as_ref().and_then(|c| Some((c.mode, desk.runbook.checks.get(&c.check)?)))
    else {
        return Ok(());
    };
    if mode == CheckMode::Inform || !check.configured(&desk.state.facts, &desk.state.secrets) {
        return Ok(());
    }
    let verdict = says(desk.runbook, desk.state, check);
    if verdict == Some(Verdict::Pass) {
        return Ok(());
    }
    let (item, check) = (item.id.clone(), check.id.clone());
    match mode {
        CheckMode::Auto => Err(Refusal::CheckDecides { item, check, verdict }),
        CheckMode::Assist | CheckMode::Inform => Err(Refusal::CheckNotPassed { item, check, verdict }),
    }
}

/// Who signs, and in which role (DESIGN rules 3, 5 and 12). Of several roles that would do, one that
/// has not signed yet is taken if it is the only one; otherwise the person chooses.
fn signer(
    desk: &Desk<'_>,
    roles: &[&RoleId],
    item: Option<&Item>,
    signed: &dyn Fn(&RoleId) -> bool,
) -> Result<(RoleId, MemberName), Refusal> {
    let (who, held) = match &desk.acting.on_behalf_of {
        None => (desk.who, &desk.member.roles),
        Some(name) if name == desk.who => (desk.who, &desk.member.roles),
        Some(name) => {
            desk.lead()?;
            if let Some(item) = item.filter(|i| i.self_signed) {
                return Err(Refusal::SelfSigned(item.id.clone()));
            }
            let (name, member) =
                desk.state.members.get_key_value(name).ok_or_else(|| Refusal::NoSuchMember(name.clone()))?;
            (name, &member.roles)
        }
    };
    if let Some(chosen) = &desk.acting.role {
        desk.role(chosen)?;
    }
    let may: Vec<&RoleId> = roles
        .iter()
        .copied()
        .filter(|r| held.contains(*r) && desk.acting.role.as_ref().is_none_or(|chosen| chosen == *r))
        .collect();
    let left: Vec<&RoleId> = may.iter().copied().filter(|r| !signed(r)).collect();
    match (may.as_slice(), left.as_slice()) {
        ([], _) => {
            let roles: Vec<RoleId> = roles.iter().map(|r| (*r).clone()).collect();
            let people = desk.people(&roles);
            Err(Refusal::NotYours { who: who.clone(), roles, people })
        }
        (_, []) => Err(Refusal::AlreadyTicked),
        (_, [role]) => Ok(((*role).clone(), who.clone())),
        (_, several) => Err(Refusal::ChooseRole {
            who: who.clone(),
            roles: several.iter().map(|r| (*r).clone()).collect(),
        }),
    }
}

fn different_person(
    desk: &Desk<'_>,
    item: &Item,
    open: &[Option<&PartId>],
    role: &RoleId,
    member: &MemberName,
) -> Result<(), Refusal> {
    let mine = Slot { role, member, by: desk.who, key: &desk.acting.by.key };
    let clash = open
        .iter()
        .flat_map(|part| current_approvals(item, desk.state, *part, desk.now))
        .map(slot)
        .any(|other| other.role != role && mine.clashes(&other));
    if clash { Err(Refusal::SamePerson(member.clone())) } else { Ok(()) }
}

pub(super) fn stage(desk: &Desk<'_>, id: &StageId) -> Result<Vec<Fact>, Refusal> {
    use super::super::assess::Standing;
    let index = desk
        .runbook
        .stage_index(id.as_str())
        .ok_or_else(|| no_such("stage", id.as_str(), desk.runbook.stages().iter().map(|s| s.id.as_str())))?;
    let stage = &desk.runbook.stages()[index];
    if stage.signoff.is_empty() {
        return Err(Refusal::NoSuch { what: "sign-off on stage", id: id.to_string(), did_you_mean: None });
    }
    let assessment = desk.assess();
    desk.open_stage(stage)?;
    let assessed = &assessment.stages[index];
    if !assessed.items.iter().all(|i| i.status.settled()) {
        let blockers = super::super::blocker::stage_blockers(desk.runbook, desk.state, &assessment, index);
        return Err(Refusal::StageNotDone { stage: id.clone(), blockers });
    }
    let current = |role: &RoleId| {
        assessed.signoffs.iter().any(|s| s.role == *role && matches!(s.standing, Standing::Current(_)))
    };
    let roles: Vec<&RoleId> = stage.signoff.iter().collect();
    let (role, member) = signer(desk, &roles, None, &current)?;
    let mine = Slot { role: &role, member: &member, by: desk.who, key: &desk.acting.by.key };
    let clash = assessed.signoffs.iter().filter(|s| s.role != role).any(|s| match &s.standing {
        Standing::Current(other) => mine.clashes(&slot(other)),
        Standing::Missing | Standing::Stale(..) => false,
    });
    if stage.distinct && clash {
        return Err(Refusal::SamePerson(member));
    }
    let evidence = stage
        .items
        .iter()
        .filter_map(|i| desk.state.item(i.id.as_str()))
        .flat_map(|s| s.evidence.iter().map(|e| e.digest))
        .collect();
    let signoff = SignOff { role, member, covers: desk.covers(stage_content(stage), evidence) };
    Ok(vec![Fact::StageSigned { stage: id.clone(), signoff }])
}
