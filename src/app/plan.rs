//! Which checks of an engagement run, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Engagement;
use crate::checks::{Subject, configured};
use crate::domain::assess::{Assessment, Gate, Status};
use crate::domain::ids::{CheckId, KeyFingerprint};
use crate::domain::secret::SecretSource;

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
            Gate::Open | Gate::Warned => Pace::Open,
            Gate::Shut => Pace::Shut,
        };
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            let Some(used) = &item.check else { continue };
            let Some(check) = runbook.checks.get(&used.check) else { continue };
            if assessed.status == Status::NotApplicable
                || configured(check, &state.facts, &state.secrets).is_err()
            {
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

/// The engagement as its checks see it on the machine of `me`. A command that another key named as the
/// source of a secret is left out, as if it were not configured: what others write into the log must not
/// run here. Naming it again with one's own key is to vouch for it.
pub(super) fn subject(engagement: &Engagement, me: &KeyFingerprint) -> Subject {
    let state = &engagement.state;
    let mut secrets = state.secrets.clone();
    secrets.retain(|id, source| match source {
        SecretSource::Env(_) | SecretSource::File(_) => true,
        SecretSource::Command(_) => state.secrets_by.get(id) == Some(me),
    });
    Subject {
        runbook: Arc::clone(&engagement.runbook),
        facts: Arc::new(engagement.state.facts.clone()),
        secrets: Arc::new(secrets),
    }
}
