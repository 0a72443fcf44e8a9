//! What speaks for an item, and what its check says: one sentence each, with the facts beside it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::shape::{Check, Proof, ProofKind};
use super::words::{ago, moment};
use crate::domain::assess::{ItemAssessment, Status, current_approvals, current_proof};
use crate::domain::changed::Thing;
use crate::domain::fresh::{Witness, Witnesses};
use crate::domain::runbook::{Item, ItemCheck, Runbook};
use crate::domain::state::{Approval, CheckState, ItemState, State, Waiver};

impl Proof {
    fn new(kind: ProofKind, words: String) -> Self {
        let (part, role, person, other) = (None, None, None, None);
        Self { kind, words, part, role, person, other, at: None, event: None, reason: None, until: None }
    }
}

/// Everything that speaks for an item, as far as it still counts.
pub(super) fn all(
    runbook: &Runbook,
    state: &State,
    item: &Item,
    assessed: &ItemAssessment,
    now: DateTime<Utc>,
) -> Vec<Proof> {
    let done = state.item(item.id.as_str());
    let mut out: Vec<Proof> = by_check(item, state, now).into_iter().collect();
    for part in item.boxes() {
        let title = part.and_then(|id| item.parts.iter().find(|p| p.id == *id)).map(|p| p.title.clone());
        let approvals = current_approvals(item, state, part, now);
        out.extend(approvals.into_iter().map(|a| signed(a, title.as_deref(), runbook)));
    }
    match assessed.status {
        Status::Waived => out.extend(done.and_then(|d| d.waiver.as_ref()).map(waived)),
        Status::NotApplicable => out.push(not_applicable(item, done)),
        Status::Done
        | Status::Todo
        | Status::Partly
        | Status::Regressed
        | Status::Rejected
        | Status::Expired
        | Status::Stale => {}
    }
    out
}

fn by_check(item: &Item, state: &State, now: DateTime<Utc>) -> Option<Proof> {
    let proof = current_proof(item, state, now)?;
    let request = proof.request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})"));
    let (check, summary, at) = (&proof.check, &proof.summary, moment(proof.at));
    let words = format!("proven by check {check} on {at}: {summary}{request}");
    Some(Proof { at: Some(proof.at), event: Some(proof.seq), ..Proof::new(ProofKind::Check, words) })
}

fn signed(approval: &Approval, part: Option<&str>, runbook: &Runbook) -> Proof {
    let signoff = &approval.signoff;
    let role = runbook.role_name(&signoff.role);
    let recorded = approval.recorded().then(|| approval.by.name.to_string());
    let box_name = part.map_or_else(String::new, |title| format!("{title}: "));
    let by = recorded.as_ref().map_or_else(String::new, |name| format!(", recorded by {name}"));
    let words = format!("{box_name}signed by {} as {role} on {}{by}", signoff.member, moment(approval.at));
    Proof {
        part: part.map(str::to_owned),
        role: Some(role.to_owned()),
        person: Some(signoff.member.to_string()),
        other: recorded,
        at: Some(approval.at),
        event: Some(approval.seq),
        ..Proof::new(ProofKind::Signed, words)
    }
}

fn waived(waiver: &Waiver) -> Proof {
    let asked = &waiver.request.asked;
    let words = format!(
        "excepted until {}, asked for by {}, granted by {} on {}: {}",
        moment(waiver.request.until),
        asked.by.name,
        waiver.granted_by.name,
        moment(waiver.at),
        asked.text
    );
    Proof {
        person: Some(asked.by.name.to_string()),
        other: Some(waiver.granted_by.name.to_string()),
        at: Some(waiver.at),
        event: Some(waiver.seq),
        reason: Some(asked.text.clone()),
        until: Some(waiver.request.until),
        ..Proof::new(ProofKind::Waived, words)
    }
}

fn not_applicable(item: &Item, done: Option<&ItemState>) -> Proof {
    let Some(said) = done.and_then(|d| d.not_applicable.as_ref()).filter(|_| item.optional) else {
        let words = "does not apply, by the runbook's rule".to_owned();
        return Proof::new(ProofKind::RuledOut, words);
    };
    let words = format!("does not apply, said {} on {}: {}", said.by.name, moment(said.at), said.text);
    Proof {
        person: Some(said.by.name.to_string()),
        at: Some(said.at),
        event: Some(said.seq),
        reason: Some(said.text.clone()),
        ..Proof::new(ProofKind::NotApplicable, words)
    }
}

/// An exception that waits for somebody to grant it.
pub(super) fn asked(done: Option<&ItemState>) -> Option<String> {
    let request = done?.requested.as_ref()?;
    let (asked, until) = (&request.asked, moment(request.until));
    Some(format!("{} asks for an exception until {until}: {}", asked.by.name, asked.text))
}

/// What the check of an item says, with its age.
pub(super) fn check(
    runbook: &Runbook,
    state: &State,
    used: &ItemCheck,
    assessed: &ItemAssessment,
    newest: &Witnesses,
    now: DateTime<Utc>,
) -> Check {
    let configured = assessed.configured == Some(true);
    let settled = state.checks.get(&used.check);
    let changed = runbook.checks.get(&used.check).and_then(|check| state.changed.newest(&check.needs));
    let changed = changed.filter(|(_, at)| settled.is_some_and(|s| s.seq < at.seq)).map(|(thing, _)| thing);
    let newest = newest.get(&used.check);
    Check {
        id: used.check.to_string(),
        title: runbook.checks.get(&used.check).map_or_else(|| used.check.to_string(), |c| c.title.clone()),
        mode: used.mode,
        configured,
        verdict: settled.map(|s| s.verdict),
        since: settled.map(|s| s.since),
        newest: newest.map(|n| n.verdict),
        newest_at: newest.map(|n| n.at),
        last_pass: newest.and_then(|n| n.last_pass),
        summary: settled.map(|s| s.summary.clone()),
        request_id: settled.and_then(|s| s.request_id.clone()),
        words: check_words(configured, settled, changed.as_ref(), newest, now),
    }
}

fn check_words(
    configured: bool,
    settled: Option<&CheckState>,
    changed: Option<&Thing>,
    newest: Option<&Witness>,
    now: DateTime<Utc>,
) -> String {
    let mut said = match settled {
        Some(s) => format!("{} since {}: {}", s.verdict.word(), moment(s.since), s.summary),
        None if !configured => return "not configured".to_owned(),
        None => "has settled on nothing yet".to_owned(),
    };
    if let Some(thing) = changed {
        let _ = write!(said, "; {thing} changed since");
    }
    if let Some(newest) = newest {
        let _ = write!(said, "; newest result {}, {}", newest.verdict.word(), ago(newest.at, now));
    }
    if let Some(passed) = newest.and_then(|n| n.last_pass) {
        let _ = write!(said, "; last passed {}", ago(passed, now));
    }
    if !configured {
        said.push_str("; not configured any more");
    }
    said
}
