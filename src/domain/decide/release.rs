//! Deciding on going live.

use super::super::event::Fact;
use super::super::fresh::{Witness, Witnesses};
use super::super::gate::{GateStanding, ask_gate};
use super::super::ids::RoleId;
use super::super::refusal::Refusal;
use super::super::release::{GoNoGo, deciders, whole_content};
use super::{Desk, MAX_REASON, text};

/// The most results of checks that a decision carries, so that its event stays small.
pub const MAX_WITNESSES: usize = 256;

pub(super) fn go(
    desk: &Desk<'_>,
    outcome: GoNoGo,
    reason: Option<&str>,
    seen: &Witnesses,
) -> Result<Vec<Fact>, Refusal> {
    let role = decider(desk)?;
    let reason = match (outcome, reason) {
        (GoNoGo::Go, None) => None,
        (GoNoGo::Go | GoNoGo::NoGo, given) => {
            Some(text("the reason of the decision", given.unwrap_or_default(), MAX_REASON)?)
        }
    };
    if let Some(last) = &desk.state.decided
        && (last.outcome, &last.reason, last.overtaken) == (outcome, &reason, false)
    {
        let (seq, by, at) = (last.seq, last.by.name.clone(), last.at);
        return Err(Refusal::DecidedAlready { outcome, seq, by, at });
    }
    // Others' results are no part of this runbook.
    let seen: Vec<Witness> = desk
        .runbook
        .checks
        .keys()
        .filter_map(|id| seen.get(id).filter(|w| w.check == *id))
        .map(|w| w.clone().clipped())
        .collect();
    if seen.len() > MAX_WITNESSES {
        return Err(Refusal::TooManyChecks { max: MAX_WITNESSES });
    }
    if outcome == GoNoGo::Go {
        let (assessment, last) = (desk.assess(), desk.runbook.stages().len());
        let by_check = seen.iter().map(|w| (w.check.clone(), w.clone())).collect();
        let gate = ask_gate(desk.runbook, desk.state, &assessment, last, &by_check, desk.now);
        match gate.standing {
            GateStanding::Open => {}
            GateStanding::Shut | GateStanding::BreakGlass => {
                return Err(Refusal::NotReady { blockers: gate.blockers });
            }
            GateStanding::Unknown => return Err(Refusal::NotFresh { blockers: gate.not_fresh }),
        }
    }
    let items = desk.runbook.items().filter_map(|(_, item)| desk.state.item(item.id.as_str()));
    let evidence = items.flat_map(|state| state.evidence.iter().map(|e| e.digest)).collect();
    let covers = desk.covers(whole_content(desk.runbook), evidence);
    let tool = env!("CARGO_PKG_VERSION").to_owned();
    Ok(vec![Fact::GoDecided { outcome, role, reason, seen, tool, covers }])
}

/// The role in which the person decides. Of several the first that signs the last stage is taken, unless
/// another is named: each of them may, and none is used up.
fn decider(desk: &Desk<'_>) -> Result<Option<RoleId>, Refusal> {
    let may = deciders(desk.runbook);
    if let Some(chosen) = &desk.acting.role {
        desk.role(chosen)?;
    }
    if may.is_empty() {
        return desk.lead().map(|()| None);
    }
    let wanted = |role: &&RoleId| desk.acting.role.as_ref().is_none_or(|chosen| chosen == *role);
    let held = may.iter().filter(wanted).find(|role| desk.member.roles.contains(*role));
    if let Some(role) = held {
        return Ok(Some(role.clone()));
    }
    let people = desk.people(&may);
    Err(Refusal::NotYours { who: desk.who.clone(), roles: may, people })
}
