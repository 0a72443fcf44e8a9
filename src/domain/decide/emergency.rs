//! Break-glass: a shut gate opened in an emergency, loudly and for a time.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::assess::Gate;
use super::super::event::Fact;
use super::super::ids::StageId;
use super::super::refusal::Refusal;
use super::{Desk, MAX_REASON, no_such, text};

/// The longest that an emergency lasts. What takes longer is a waiver, which two people sign.
pub const MAX_EMERGENCY: TimeDelta = TimeDelta::days(7);

pub(super) fn break_glass(
    desk: &Desk<'_>,
    stage: Option<&StageId>,
    reason: &str,
    until: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let index = index(desk, stage)?;
    desk.lead()?;
    let reason = text("a reason", reason, MAX_REASON)?;
    if until <= desk.now {
        return Err(Refusal::NotAhead(until));
    }
    let latest = desk.now + MAX_EMERGENCY;
    if until > latest {
        return Err(Refusal::TooLong(latest));
    }
    match desk.assess().gate(index) {
        Gate::Open | Gate::Warned => return Err(Refusal::AlreadyOpen(stage.cloned())),
        // Another emergency may follow on one that is about to end: as loud as the first.
        Gate::Shut | Gate::BreakGlass => {}
    }
    Ok(vec![Fact::GlassBroken { stage: stage.cloned(), reason, until }])
}

pub(super) fn mend_glass(
    desk: &Desk<'_>,
    stage: Option<&StageId>,
    reason: &str,
) -> Result<Vec<Fact>, Refusal> {
    let broken = desk.state.emergency(stage, desk.now);
    if broken.is_none() {
        index(desk, stage)?;
    }
    let broken = broken.ok_or_else(|| Refusal::NotBroken(stage.cloned()))?;
    // Whoever opened it may shut it again, lead or no longer.
    if broken.opened.by.name != *desk.who {
        desk.lead()?;
    }
    let reason = text("a reason", reason, MAX_REASON)?;
    Ok(vec![Fact::GlassMended { stage: stage.cloned(), reason }])
}

fn index(desk: &Desk<'_>, stage: Option<&StageId>) -> Result<usize, Refusal> {
    let stages = desk.runbook.stages();
    let Some(id) = stage else {
        return Ok(stages.len());
    };
    desk.runbook
        .stage_index(id.as_str())
        .ok_or_else(|| no_such("stage", id.as_str(), stages.iter().map(|s| s.id.as_str())))
}
