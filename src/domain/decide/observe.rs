//! What the result of a check does (DESIGN rules 6 and 7).

use super::super::assess::{Gate, Status, applies, context};
use super::super::check::Check;
use super::super::event::Fact;
use super::super::ids::{CheckId, FieldId};
use super::super::inward;
use super::super::refusal::Refusal;
use super::super::renewal::overdue;
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
        no_such("check", seen.check.as_str(), desk.runbook.checks.keys().map(CheckId::as_str))
    })?;
    if !check.configured(&desk.state.facts, &desk.state.secrets) || !settles(check, seen) {
        return Ok(Vec::new());
    }
    // Found with facts that are others by now, or by another check: it runs again, or has run.
    if seen.facts_at.is_some_and(|seq| desk.state.changed.overtakes(seq, &check.needs)) {
        return Ok(Vec::new());
    }
    let overtaken = inward::verdict(desk.runbook, &desk.state.facts, &check.kind) == Some(Verdict::Fail);
    if overtaken && seen.verdict == Verdict::Pass {
        return Ok(Vec::new());
    }
    let mut out = captures(desk, check, seen);
    // What it captures may be what it looks at: then it is said of that.
    let own = out.iter().any(|fact| matches!(fact, Fact::FieldSet { field, .. } if reads(check, field)));
    let known = desk.state.settled(check).filter(|_| !own);
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

fn reads(check: &Check, field: &FieldId) -> bool {
    check.needs.fields.contains(field) || check.needs.origins.contains(field)
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

/// A pass ticks the items that the check decides on, in stages that are open or only warn.
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
        let open = match assessment.gate(stage) {
            Gate::Open | Gate::Warned => true,
            Gate::BreakGlass | Gate::Shut => false,
        };
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
        // What must be carried out again first would be over as soon as it is ticked.
        let left = left && overdue(item, desk.state, desk.now).is_none();
        if auto && open && left && !ticked && !state.is_some_and(ItemState::sent_back) {
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

#[cfg(test)]
mod tests {
    use super::super::super::command::Command;
    use super::super::super::testing::{World, seen};
    use super::*;

    #[test]
    fn thresholds_damp_passes_and_fails_but_unknown_never_counts() {
        let world = World::new();
        let settles = |verdict, streak| {
            let Command::Observe { observation } = seen("kyc", verdict, streak) else { unreachable!() };
            settles(&world.runbook.checks["kyc"], &observation)
        };
        assert!(settles(Verdict::Pass, 1));
        assert!(!settles(Verdict::Fail, 1));
        assert!(settles(Verdict::Fail, 2));
        assert!(settles(Verdict::Pending, 1));
        assert!(!settles(Verdict::Unknown, 99));
    }
}
