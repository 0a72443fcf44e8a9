//! Which checks of an engagement run, and how often.

use std::collections::{BTreeMap, BTreeSet};

use super::Engagement;
use crate::domain::assess::{Assessment, Gate, Status};
use crate::domain::ids::CheckId;

/// How often a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As the runbook says.
    Open,
    /// Less often: every item that uses it is in a shut stage.
    Shut,
}

/// The checks that can run and that an item which applies uses.
pub(super) fn plan(engagement: &Engagement, assessment: &Assessment) -> BTreeMap<CheckId, Pace> {
    let Engagement { runbook, state } = engagement;
    let mut out: BTreeMap<CheckId, Pace> = BTreeMap::new();
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages) {
        let pace = match assessed.gate {
            Gate::Open | Gate::Warned | Gate::BreakGlass => Pace::Open,
            Gate::Shut => Pace::Shut,
        };
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            let Some(used) = &item.check else { continue };
            let Some(check) = runbook.checks.get(&used.check) else { continue };
            if assessed.status == Status::NotApplicable || !check.configured(&state.facts, &state.secrets) {
                continue;
            }
            let entry = out.entry(check.id.clone()).or_insert(pace);
            if pace == Pace::Open {
                *entry = Pace::Open;
            }
        }
    }
    out
}

/// The checks of items in stages that were shut before and are open now.
pub(super) fn opened(engagement: &Engagement, before: &Assessment, now: &Assessment) -> BTreeSet<CheckId> {
    let stages = engagement.runbook.stages().iter().enumerate();
    stages
        .filter(|(n, _)| before.gate(*n) == Gate::Shut && now.gate(*n) != Gate::Shut)
        .flat_map(|(_, stage)| stage.items.iter().filter_map(|item| item.check.as_ref()))
        .map(|used| used.check.clone())
        .collect()
}
