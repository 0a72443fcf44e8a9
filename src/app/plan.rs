//! Which checks of an engagement run, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Engagement;
use crate::checks::Subject;
use crate::domain::assess::{Assessment, Gate, Status};
use crate::domain::ids::{CheckId, EngagementId, KeyFingerprint, SecretId};
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

/// The engagement as its checks see it on the machine of `me`. A secret whose source may not be asked here
/// is left out, as if it were not configured.
pub(super) fn subject(engagement: &Engagement, me: &KeyFingerprint) -> Subject {
    let state = &engagement.state;
    let mut secrets = state.secrets.clone();
    secrets.retain(|id, source| {
        let mine = state.secrets_by.get(id) == Some(me);
        mine || open_to_all(source, engagement.id(), id)
    });
    Subject {
        runbook: Arc::clone(&engagement.runbook),
        facts: Arc::new(engagement.state.facts.clone()),
        secrets: Arc::new(secrets),
        seq: state.head.seq,
    }
}

/// Whether a source may be asked on a machine whose key did not name it. What others write into the log
/// must not run a command here, nor choose among the passwords in the keyring, where only the secret's own
/// entry is open to all. Naming it again with one's own key is to vouch for it.
fn open_to_all(source: &SecretSource, engagement: &EngagementId, secret: &SecretId) -> bool {
    match source {
        SecretSource::Env(_) | SecretSource::File(_) => true,
        SecretSource::Command(_) => false,
        SecretSource::Keyring { .. } => *source == SecretSource::keyring_of(engagement, secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_cannot_point_at_a_command_or_at_another_password_in_the_keyring() {
        let (acme, key) = (EngagementId::new("acme").unwrap(), SecretId::new("key").unwrap());
        let open = |source: &SecretSource| open_to_all(source, &acme, &key);
        assert!(open(&SecretSource::env("KEY").unwrap()));
        assert!(!open(&SecretSource::command(&["pass".to_owned()]).unwrap()));
        assert!(open(&SecretSource::keyring("golive", "acme.key").unwrap()));
        for (service, user) in [("golive", "globex.key"), ("golive", "acme.other"), ("mail", "acme.key")] {
            assert!(!open(&SecretSource::keyring(service, user).unwrap()), "{service}/{user}");
        }
    }
}
