//! A gate, asked in earnest: `golive gate`, go/no-go, the release and the board of the validation all ask
//! here, so that none of them can have an opinion of its own.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assess::{Assessment, Gate};
use super::blocker::{Blocker, gate_blockers};
use super::fresh::{Witnesses, not_fresh};
use super::runbook::Runbook;
use super::state::State;

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateStanding {
    /// Open, and every check behind it is fresh.
    Open,
    /// Shut.
    Shut,
    /// Shut, and opened by a lead in an emergency: not ready, whatever is done behind it.
    BreakGlass,
    /// It would be open, but a check has no fresh pass.
    Unknown,
}

impl GateStanding {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Shut => "shut",
            Self::BreakGlass => "break_glass",
            Self::Unknown => "unknown",
        }
    }

    /// What it means for going live.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Open => "READY",
            Self::Shut | Self::BreakGlass => "NOT READY",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// How a gate stands, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAnswer {
    /// How.
    pub standing: GateStanding,
    /// What is open in the stages before.
    pub blockers: Vec<Blocker>,
    /// Checks of done items without a fresh pass, one entry per item.
    pub not_fresh: Vec<Blocker>,
}

/// How the gate of a stage stands; behind the last stage, the one that leads to live traffic.
pub fn ask_gate(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    gate: usize,
    seen: &Witnesses,
    now: DateTime<Utc>,
) -> GateAnswer {
    let blockers = gate_blockers(runbook, state, assessment, gate);
    let not_fresh = not_fresh(runbook, state, assessment, gate, seen, now);
    let standing = match (blockers.is_empty(), not_fresh.is_empty()) {
        (false, _) if assessment.gate(gate) == Gate::BreakGlass => GateStanding::BreakGlass,
        (false, _) => GateStanding::Shut,
        (true, false) => GateStanding::Unknown,
        (true, true) => GateStanding::Open,
    };
    GateAnswer { standing, blockers, not_fresh }
}
