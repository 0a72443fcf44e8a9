//! What the result of a check does (DESIGN rules 6 and 7).

use super::super::assess::{Gate, Status, applies, configured, context};
use super::super::check::Check;
use super::super::event::Fact;
use super::super::refusal::Refusal;
use super::super::runbook::CheckMode;
use super::super::state::ItemState;
use super::super::verdict::{Observation, Verdict};
use super::{Desk, no_such, values};

/// Most findings of one result that are kept.
const MAX_FINDINGS: usize = 50;

/// The facts that follow from a result. None at all is the usual case: an everyday pass changes
/// nothing, and `unknown` never does.
pub(super) fn observe(desk: &Desk<'_>, seen: &Observation) -> Result<Vec<Fact>, Refusal> {
    let check = desk.runbook.checks.get(&seen.check).ok_or_else(|| {
        no_such(
            "check",
            seen.check.as_str(),
            desk.runbook.checks.keys().map(super::super::ids::CheckId::as_str),
        )
    })?;
    if !configured(desk.state, &check.needs) || !settles(check, seen) {
        return Ok(Vec::new());
    }
    let mut out = captures(desk, check, seen);
    let known = desk.state.checks.get(&check.id);
    let changed = known.is_none_or(|k| k.verdict != seen.verdict || k.findings != seen.findings);
    if changed {
        out.push(Fact::CheckSettled {
            check: check.id.clone(),
            verdict: seen.verdict,
            summary: seen.summary.clone(),
            findings: seen.findings.iter().take(MAX_FINDINGS).cloned().collect(),
            request_id: seen.request_id.clone(),
        });
    }
    match seen.verdict {
        Verdict::Pass => proofs(desk, check, seen, &mut out),
        Verdict::Fail => regressions(desk, check, seen, &mut out),
        Verdict::Pending | Verdict::Unknown => {}
    }
    Ok(out)
}

/// Whether enough results in a row say the same.
fn settles(check: &Check, seen: &Observation) -> bool {
    match seen.verdict {
        Verdict::Pass => seen.streak >= check.after_passes.get(),
        Verdict::Fail => seen.streak >= check.after_failures.get(),
        Verdict::Pending => true,
        Verdict::Unknown => false,
    }
}

/// Captured values fill fields that are empty or were captured before; what a person typed stays.
fn captures(desk: &Desk<'_>, check: &Check, seen: &Observation) -> Vec<Fact> {
    if seen.verdict != Verdict::Pass {
        return Vec::new();
    }
    seen.captured
        .iter()
        .filter(|(field, value)| {
            let now = desk.state.facts.fields.get(*field);
            let free = now.is_none_or(String::is_empty) || desk.state.captured.contains(*field);
            free && now != Some(*value) && values::check_field(desk.runbook, field, value).is_ok()
        })
        .map(|(field, value)| Fact::FieldSet {
            field: field.clone(),
            value: value.clone(),
            captured_by: Some(check.id.clone()),
        })
        .collect()
}

/// A pass ticks the items that the check decides on, in stages that are open.
fn proofs(desk: &Desk<'_>, check: &Check, seen: &Observation, out: &mut Vec<Fact>) {
    let mut items = desk.runbook.items_of_check(check.id.as_str()).peekable();
    if items.peek().is_none() {
        return;
    }
    let assessment = desk.assess();
    for (stage, item) in items {
        let auto = item.check.as_ref().is_some_and(|c| c.mode == CheckMode::Auto);
        let Some(place) = desk.runbook.place(item.id.as_str()) else { continue };
        let assessed = &assessment.stages[place.stage].items[place.item];
        let open = assessment.gate(stage) == Gate::Open;
        let left = match assessed.status {
            // Sent back by a person: only an owner's signature answers that.
            Status::Done | Status::NotApplicable | Status::Rejected => false,
            Status::Todo
            | Status::Partly
            | Status::Waived
            | Status::Regressed
            | Status::Expired
            | Status::Stale => true,
        };
        let state = desk.state.item(item.id.as_str());
        let attached: Vec<_> = state.map_or_else(Vec::new, |s| s.evidence.iter().map(|e| e.digest).collect());
        let ticked = assessed.boxes.iter().all(|b| b.ticked);
        if auto && open && left && !ticked && !state.is_some_and(sent_back) {
            out.push(Fact::Proven {
                item: item.id.clone(),
                check: check.id.clone(),
                summary: seen.summary.clone(),
                request_id: seen.request_id.clone(),
                covers: desk.covers(item.digest, attached),
            });
        }
    }
}

/// Whether a person sent the item back and no owner has signed since. Taking older ticks back answers
/// nothing, although then nothing is left that the rejection made stale.
fn sent_back(item: &ItemState) -> bool {
    let signed = item.boxes.values().flatten().map(|a| a.seq).max().unwrap_or(0);
    item.rejected.as_ref().is_some_and(|r| r.seq > signed)
}

/// A fail takes done items back: a regression.
fn regressions(desk: &Desk<'_>, check: &Check, seen: &Observation, out: &mut Vec<Fact>) {
    let facts = context(desk.runbook, desk.state);
    for (_, item) in desk.runbook.items_of_check(check.id.as_str()) {
        let decides = item.check.as_ref().is_some_and(|c| match c.mode {
            CheckMode::Auto | CheckMode::Assist => true,
            CheckMode::Inform => false,
        });
        if !decides || !applies(item, &facts) {
            continue;
        }
        let Some(state) = desk.state.item(item.id.as_str()) else { continue };
        // Reopened already: one regression is told once, however often the check fails.
        let last_tick = state.boxes.values().flatten().map(|a| a.seq).max().unwrap_or(0);
        let last_tick = last_tick.max(state.proven.as_ref().map_or(0, |p| p.seq));
        let reopened = state.reopened.as_ref().map_or(0, |r| r.seq);
        let boxes = super::super::assess::assess_item(desk.runbook, desk.state, &facts, item, desk.now).boxes;
        if last_tick > reopened && boxes.iter().all(|b| b.ticked) {
            out.push(Fact::Reopened {
                item: item.id.clone(),
                check: check.id.clone(),
                summary: seen.summary.clone(),
            });
        }
    }
}
