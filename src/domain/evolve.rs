//! `evolve`: one event more. The only way a state changes.
//!
//! It never refuses a fact that `decide` made, and never looks at a runbook or a clock. What cannot be
//! (an event out of order, of another engagement, a second beginning) is a [`Misfit`]: the log is not
//! golive's, and nothing of it may be believed.

use std::collections::VecDeque;

use super::changed::{Changed, Moment};
use super::check::DecisionStage;
use super::event::{Event, Fact, RunbookRef, VERSION};
use super::facts::Facts;
use super::head::Head;
use super::ids::{ActionId, CheckId, DecisionId, FieldId, ItemId, PartId};
use super::release::{Decided, bears_on_going_live};
use super::state::{
    Approval, Attempt, AttemptEnd, Before, Begun, BrokenGlass, CheckState, Evidence, ItemState, MemberKey,
    Outcome, Proof, Remark, Reopening, State, Undo, Waiver, WaiverRequest,
};
use super::times;

/// How many events of all authors together can still be undone.
const UNDO_DEPTH: usize = 100;

/// Why an event does not continue a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The first event is not a beginning.
    #[error("the log does not begin with the opening of an engagement")]
    NoBeginning,
    /// A beginning inside the log.
    #[error("event {0} opens the engagement a second time")]
    SecondBeginning(u64),
    /// Out of order, or of another engagement.
    #[error("event {seq} does not follow event {after}")]
    OutOfOrder {
        /// The event.
        seq: u64,
        /// The last event before it.
        after: u64,
    },
    /// Written by a newer golive.
    #[error("event {seq} has version {version}; this golive reads up to {VERSION}")]
    Newer {
        /// The event.
        seq: u64,
        /// Its version.
        version: u32,
    },
    /// A time beyond what any engagement lives through; see the module `times`.
    #[error("event {0} names a time that is not in the years 1970 to 9999")]
    OutOfTime(u64),
}

/// The state after the first event of a log. `head` is the head after it.
pub fn begin(event: &Event, head: Head) -> Result<State, Misfit> {
    let Fact::Opened { name, runbook, target, fields } = &event.fact else {
        return Err(Misfit::NoBeginning);
    };
    if event.v > VERSION {
        return Err(Misfit::Newer { seq: event.seq, version: event.v });
    }
    if !times::in_bounds(event) {
        return Err(Misfit::OutOfTime(event.seq));
    }
    if event.seq != 1 || head.seq != 1 || event.prev != Head::default().hash {
        return Err(Misfit::OutOfOrder { seq: event.seq, after: 0 });
    }
    Ok(State {
        engagement: event.engagement.clone(),
        name: name.clone(),
        runbook: runbook.clone(),
        opened_at: event.at,
        opener: event.by.clone(),
        target: *target,
        members: indexmap::IndexMap::new(),
        facts: Facts { fields: fields.iter().cloned().collect(), ..Facts::default() },
        captured: std::collections::BTreeSet::new(),
        secrets: std::collections::BTreeMap::new(),
        secrets_by: std::collections::BTreeMap::new(),
        changed: Changed::default(),
        actions: std::collections::BTreeMap::new(),
        carried_out: std::collections::BTreeMap::new(),
        notes: Vec::new(),
        items: std::collections::HashMap::new(),
        stages: std::collections::HashMap::new(),
        broken: std::collections::BTreeMap::new(),
        checks: std::collections::HashMap::new(),
        decided: None,
        head,
        last_at: event.at,
        time: event.at,
        begun: None,
        undo: VecDeque::new(),
    })
}

/// Brings the state one event further. `head` is the head after the event.
pub fn evolve(state: &mut State, event: &Event, head: Head) -> Result<(), Misfit> {
    if event.v > VERSION {
        return Err(Misfit::Newer { seq: event.seq, version: event.v });
    }
    if !times::in_bounds(event) {
        return Err(Misfit::OutOfTime(event.seq));
    }
    let follows = event.engagement == state.engagement
        && event.seq == state.head.seq + 1
        && head.seq == event.seq
        && event.prev == state.head.hash;
    if !follows {
        return Err(Misfit::OutOfOrder { seq: event.seq, after: state.head.seq });
    }
    // Before the event, which may be the one that takes the key away.
    let begun = state.members.get(&event.by.name).and_then(|m| m.keys.get(&event.by.key));
    let begun = begun.and_then(|key| key.validity.from).map(|from| Begun { seq: event.seq, from });
    let remark =
        |text: &str| Remark { seq: event.seq, at: event.at, by: event.by.clone(), text: text.to_owned() };
    match &event.fact {
        Fact::Opened { .. } => return Err(Misfit::SecondBeginning(event.seq)),
        Fact::MemberAdded { member } => {
            state.members.entry(member.clone()).or_default().left_at = None;
        }
        Fact::KeyAdded { member, key, public, validity } => {
            let member = state.members.entry(member.clone()).or_default();
            member.keys.insert(key.clone(), MemberKey { public: public.clone(), validity: *validity });
        }
        Fact::KeyRevoked { key } => {
            let at = state.moment(event.at);
            for member in state.members.values_mut() {
                if member.keys.remove(key).is_some() {
                    member.revoked.insert(key.clone(), at);
                }
            }
        }
        Fact::MemberRemoved { member } => {
            let at = state.moment(event.at);
            if let Some(member) = state.members.get_mut(member) {
                let keys = std::mem::take(&mut member.keys);
                member.revoked.extend(keys.into_keys().map(|key| (key, at)));
                member.roles.clear();
                member.left_at = Some(at);
            }
        }
        Fact::RoleAssigned { member, role } => {
            state.members.entry(member.clone()).or_default().roles.insert(role.clone());
        }
        Fact::RoleRemoved { member, role } => {
            if let Some(member) = state.members.get_mut(member) {
                member.roles.remove(role);
            }
        }
        Fact::FieldSet { field, value, captured_by } => {
            let before = set_field(state, event, field, value);
            if captured_by.is_some() {
                state.captured.insert(field.clone());
            } else {
                let was_captured = state.captured.remove(field);
                remember(state, event, Before::Field(field.clone(), before, was_captured));
            }
        }
        Fact::SecretSet { secret, source } => {
            if state.secrets.insert(secret.clone(), source.clone()).as_ref() != Some(source) {
                state.changed.secret(secret, moment(event));
            }
            state.secrets_by.insert(secret.clone(), event.by.key.clone());
        }
        Fact::DecisionProposed { decision, value } => {
            decide_on(state, event, decision, (value.clone(), DecisionStage::Proposed));
        }
        Fact::DecisionConfirmed { decision, value } => {
            decide_on(state, event, decision, (value.clone(), DecisionStage::Confirmed));
        }
        Fact::TargetSet { target } => {
            let before = std::mem::replace(&mut state.target, *target);
            remember(state, event, Before::Target(before));
        }
        Fact::CheckSettled { check, verdict, summary, findings, request_id } => {
            let now = CheckState {
                verdict: *verdict,
                since: event.at,
                seq: event.seq,
                summary: summary.clone(),
                findings: findings.clone(),
                request_id: request_id.clone(),
            };
            state.checks.insert(check.clone(), now);
        }
        Fact::StageSigned { stage, signoff } => {
            let signed = state.stages.entry(stage.clone()).or_default();
            let before = Before::Stage(stage.clone(), signed.clone());
            signed.push(approval(event, signoff));
            remember(state, event, before);
        }
        Fact::Ticked { item, parts, signoff } => by_person(state, item, event, |item| {
            for part in boxes(parts) {
                item.boxes.entry(part).or_default().push(approval(event, signoff));
            }
        }),
        Fact::Unticked { item, parts, .. } => by_person(state, item, event, |item| untick(item, parts)),
        Fact::Proven { item, check, summary, request_id, covers } => by_check(state, item, event, |item| {
            item.proven = Some(Proof {
                seq: event.seq,
                at: event.at,
                check: check.clone(),
                summary: summary.clone(),
                request_id: request_id.clone(),
                covers: covers.clone(),
            });
        }),
        Fact::Reopened { item, check, summary } => by_check(state, item, event, |item| {
            let (check, summary) = (check.clone(), summary.clone());
            item.reopened = Some(Reopening { seq: event.seq, at: event.at, check, summary });
        }),
        Fact::Rejected { item, reason } => {
            by_person(state, item, event, |item| item.rejected = Some(remark(reason)));
        }
        Fact::MarkedNotApplicable { item, reason } => {
            by_person(state, item, event, |item| item.not_applicable = Some(remark(reason)));
        }
        Fact::WaiverRequested { item, reason, until } => {
            let request = WaiverRequest { asked: remark(reason), until: *until };
            state.items.entry(item.clone()).or_default().requested = Some(request);
        }
        Fact::WaiverGranted { item, .. } => by_person(state, item, event, |item| {
            item.waiver = item.requested.take().map(|request| Waiver {
                request,
                granted_by: event.by.clone(),
                seq: event.seq,
                at: event.at,
            });
        }),
        Fact::WaiverRevoked { item, .. } => by_person(state, item, event, |item| {
            (item.waiver, item.requested) = (None, None);
        }),
        Fact::EvidenceAdded { item, reference, digest, file } => by_person(state, item, event, |item| {
            let (reference, by) = (reference.clone(), event.by.clone());
            item.evidence.push(Evidence { reference, digest: *digest, file: *file, by, at: event.at });
            item.evidence_changed = event.seq;
        }),
        Fact::EvidenceRemoved { item, digest } => by_person(state, item, event, |item| {
            item.evidence.retain(|e| e.digest != *digest);
            item.evidence_changed = event.seq;
        }),
        Fact::GlassBroken { stage, reason, until } => {
            let glass = BrokenGlass { opened: remark(reason), until: *until, mended: None };
            state.broken.insert(stage.clone(), glass);
        }
        Fact::GlassMended { stage, reason } => {
            if let Some(glass) = state.broken.get_mut(stage) {
                glass.mended = Some(remark(reason));
            }
        }
        Fact::Noted { item: None, text } => state.notes.push(remark(text)),
        Fact::Noted { item: Some(item), text } => {
            state.items.entry(item.clone()).or_default().notes.push(remark(text));
        }
        Fact::Undone { seq } => take_back(state, *seq, moment(event)),
        Fact::Upgraded { runbook, exceptions_ended, verdicts_ended } => {
            upgraded(state, runbook, exceptions_ended, verdicts_ended, event.seq);
            // What was done under another runbook is not brought back under this one.
            state.undo.clear();
        }
        Fact::ActionIntended { action, attempt, idempotency_key } => {
            let last = state.actions.get(action).filter(|last| last.idempotency_key == *idempotency_key);
            let attempt = Attempt {
                id: *attempt,
                idempotency_key: idempotency_key.clone(),
                in_doubt: last.is_some_and(Attempt::leaves_doubt),
                by: event.by.clone(),
                at: event.at,
                end: None,
            };
            state.actions.insert(action.clone(), attempt);
        }
        Fact::ActionDone { action, attempt, request_id, captured, .. } => {
            for (field, value) in captured {
                set_field(state, event, field, value);
                state.captured.insert(field.clone());
            }
            state.carried_out.entry(action.clone()).or_default().push(moment(event));
            end_attempt(state, action, Some(*attempt), event, Outcome::Done, request_id.as_ref());
        }
        Fact::ActionFailed { action, attempt, reason, request_id } => {
            let outcome = Outcome::Failed(reason.clone());
            end_attempt(state, action, Some(*attempt), event, outcome, request_id.as_ref());
        }
        Fact::ActionOutcomeUnknown { action, attempt, reason, request_id } => {
            let outcome = Outcome::Unknown(reason.clone());
            end_attempt(state, action, Some(*attempt), event, outcome, request_id.as_ref());
        }
        Fact::ActionReset { action, reason } => {
            end_attempt(state, action, None, event, Outcome::Reset(reason.clone()), None);
        }
        Fact::GoDecided { outcome, role, reason, .. } => {
            state.decided = Some(Decided {
                seq: event.seq,
                at: event.at,
                by: event.by.clone(),
                role: role.clone(),
                outcome: *outcome,
                reason: reason.clone(),
                overtaken: false,
            });
        }
    }
    if let Some(decided) = &mut state.decided
        && bears_on_going_live(&event.fact)
    {
        decided.overtaken = true;
    }
    state.head = head;
    state.last_at = event.at;
    state.time = state.moment(event.at);
    if state.begun.map(|b| b.from) < begun.map(|b| b.from) {
        state.begun = begun;
    }
    Ok(())
}

/// Goes over to another runbook. Also asked before an upgrade, to see what it would do.
pub(super) fn upgraded(
    state: &mut State,
    runbook: &RunbookRef,
    exceptions_ended: &[ItemId],
    verdicts_ended: &[CheckId],
    seq: u64,
) {
    state.runbook = runbook.clone();
    state.changed.runbook(seq);
    for id in exceptions_ended {
        let item = state.items.entry(id.clone()).or_default();
        (item.waiver, item.requested, item.not_applicable) = (None, None, None);
        item.touched = seq;
    }
    for check in verdicts_ended {
        state.checks.remove(check);
    }
}

/// Ends the attempt named; whichever is the last when none is. What comes too late, after a reset and
/// another start, changes nothing.
fn end_attempt(
    state: &mut State,
    action: &ActionId,
    attempt: Option<uuid::Uuid>,
    event: &Event,
    outcome: Outcome,
    request_id: Option<&String>,
) {
    if let Some(last) = state.actions.get_mut(action)
        && attempt.is_none_or(|id| id == last.id)
    {
        let request_id = request_id.cloned();
        last.end = Some(AttemptEnd { seq: event.seq, at: event.at, outcome, request_id });
    }
}

fn moment(event: &Event) -> Moment {
    Moment { seq: event.seq, at: event.at }
}

/// Sets a field; what it was before.
fn set_field(state: &mut State, event: &Event, field: &FieldId, value: &str) -> Option<String> {
    let before = state.facts.fields.insert(field.clone(), value.to_owned());
    if before.as_deref() != Some(value) {
        state.changed.field(field, moment(event));
    }
    before
}

fn decide_on(state: &mut State, event: &Event, decision: &DecisionId, now: (String, DecisionStage)) {
    let known = state.facts.decisions.get(decision);
    // How far it is makes no difference to what is read.
    if known.is_none_or(|(value, _)| *value != now.0) {
        state.changed.decision(decision, moment(event));
    }
    let before = state.facts.decisions.insert(decision.clone(), now);
    remember(state, event, Before::Decision(decision.clone(), before));
}

/// A person's act on an item: an approval of the stage made before is stale, and it can be undone.
fn by_person(state: &mut State, id: &ItemId, event: &Event, change: impl FnOnce(&mut ItemState)) {
    let item = state.items.entry(id.clone()).or_default();
    // Remarks are never taken back; without them a copy is small however long the history.
    let notes = std::mem::take(&mut item.notes);
    let before = Box::new(item.clone());
    item.notes = notes;
    change(item);
    item.touched = event.seq;
    remember(state, event, Before::Item(id.clone(), before));
}

/// What a check says of an item. Facts of the world: nobody takes them back.
fn by_check(state: &mut State, id: &ItemId, event: &Event, change: impl FnOnce(&mut ItemState)) {
    let item = state.items.entry(id.clone()).or_default();
    change(item);
    item.touched = event.seq;
}

fn untick(item: &mut ItemState, parts: &[PartId]) {
    if parts.is_empty() {
        item.boxes.clear();
        item.not_applicable = None;
    } else {
        item.boxes.retain(|part, _| part.as_ref().is_none_or(|p| !parts.contains(p)));
    }
}

fn boxes(parts: &[PartId]) -> Vec<Option<PartId>> {
    if parts.is_empty() { vec![None] } else { parts.iter().cloned().map(Some).collect() }
}

fn approval(event: &Event, signoff: &super::event::SignOff) -> Approval {
    Approval { seq: event.seq, at: event.at, by: event.by.clone(), signoff: signoff.clone() }
}

fn remember(state: &mut State, event: &Event, before: Before) {
    if state.undo.len() == UNDO_DEPTH {
        state.undo.pop_front();
    }
    let key = event.by.key.clone();
    state.undo.push_back(Undo { seq: event.seq, key, word: event.fact.word(), before });
}

/// Takes an event back by bringing its subject to what it was before. `decide` has made sure that
/// nothing happened to the subject since.
fn take_back(state: &mut State, seq: u64, now: Moment) {
    let Some(at) = state.undo.iter().position(|u| u.seq == seq) else {
        return;
    };
    let Some(undo) = state.undo.remove(at) else {
        return;
    };
    match undo.before {
        Before::Item(id, before) => {
            let item = state.items.entry(id).or_default();
            // Remarks and requests made since are not taken back with the act before them.
            let ItemState { notes, requested, .. } = std::mem::take(item);
            *item = ItemState { notes, requested: requested.or_else(|| before.requested.clone()), ..*before };
            item.touched = now.seq;
        }
        Before::Stage(id, before) => {
            state.stages.insert(id, before);
        }
        Before::Field(id, before, was_captured) => {
            if was_captured {
                state.captured.insert(id.clone());
            }
            if state.facts.fields.get(&id) != before.as_ref() {
                state.changed.field(&id, now);
            }
            match before {
                Some(value) => state.facts.fields.insert(id, value),
                None => state.facts.fields.remove(&id),
            };
        }
        Before::Decision(id, before) => {
            if state.facts.decisions.get(&id).map(|(value, _)| value)
                != before.as_ref().map(|(value, _)| value)
            {
                state.changed.decision(&id, now);
            }
            match before {
                Some(value) => state.facts.decisions.insert(id, value),
                None => state.facts.decisions.remove(&id),
            };
        }
        Before::Target(before) => state.target = before,
    }
}
