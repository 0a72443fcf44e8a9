//! Everything that can be refused before anything has left: what was shown, the secrets and their policy, and
//! the place for what comes back.

use secrecy::{ExposeSecret, SecretString};

use super::policy::Past;
use super::vault::Vault;
use super::{ActionFault, ActionPlan};
use crate::app::{App, AppError};
use crate::checks::outbound::Outbound;
use crate::checks::secrets::Held;
use crate::checks::{Subject, secrets};
use crate::domain::ids::{EngagementId, SecretId};
use crate::domain::runbook::SecretPolicy;

/// An action that a person has confirmed and that nothing speaks against; nothing is logged and nothing sent.
pub struct ReadyAction {
    pub(super) plan: ActionPlan,
    pub(super) subject: Subject,
    pub(super) held: Held,
    pub(super) chosen: Vec<Chosen>,
    pub(super) outbound: Outbound,
}

/// A value under a policy.
pub(super) struct Chosen {
    id: SecretId,
    policy: SecretPolicy,
    value: SecretString,
}

impl App {
    /// Makes an action ready as it was shown, and reads each of its secrets once. An error says that nothing
    /// was sent.
    pub async fn ready_action(&self, shown: ActionPlan) -> Result<ReadyAction, AppError> {
        let id = shown.engagement.id();
        let plan = self.plan_action(id, &shown.action.id, shown.role.clone()).await?;
        if !plan.does_the_same(&shown) || plan.earlier != shown.earlier {
            return Err(ActionFault::Changed.into());
        }
        let subject = self.subject(&plan.engagement);
        let (plan, seen, vault) = (plan, subject.clone(), self.vault.clone());
        let work = tokio::task::spawn_blocking(move || {
            let read = read(&plan, &seen, vault.as_ref())?;
            Ok::<_, ActionFault>((plan, read))
        });
        let (plan, (held, chosen)) = work.await.map_err(|_| AppError::ShuttingDown)??;
        Ok(ReadyAction { plan, subject, held, chosen, outbound: Outbound::for_actions()? })
    }
}

/// Reads the secrets of an action; also gives those that have a policy.
fn read(
    plan: &ActionPlan,
    subject: &Subject,
    vault: Option<&Vault>,
) -> Result<(Held, Vec<Chosen>), ActionFault> {
    let (id, action) = (plan.engagement.id(), &plan.action);
    if !action.stored().is_empty() {
        let vault = vault.ok_or_else(|| ActionFault::NoPlace("there is no folder for it".to_owned()))?;
        vault.try_out(id).map_err(|e| ActionFault::NoPlace(e.kind().to_string()))?;
    }
    let again = plan.earlier.as_ref().is_some_and(|earlier| earlier.same_key);
    let (mut held, mut chosen) = (Held::default(), Vec::new());
    for secret in &action.needs.secrets {
        let fault = |why: String| ActionFault::Secret { id: secret.clone(), why };
        let defined = subject.runbook.secrets.get(secret);
        let (Some(defined), Some(source)) = (defined, subject.secrets.get(secret)) else {
            return Err(fault("nobody has said where it is".to_owned()));
        };
        let origins = secrets::origins(defined, &subject.context());
        if origins.is_empty() {
            return Err(fault("it may go nowhere yet".to_owned()));
        }
        let permitted = subject.permit.check(secret, source, &origins);
        permitted.map_err(|why| ActionFault::Withheld { id: secret.clone(), why })?;
        let value = secrets::read(source).map_err(|e| fault(e.to_string()))?;
        if let Some(form) = defined.pattern.as_ref().filter(|p| !p.matches(value.expose_secret())) {
            return Err(fault(format!("{source} is not in the form {}", form.source())));
        }
        if let Some(policy) = defined.policy {
            let past = match vault {
                Some(vault) => Past::read(&vault.past_of(id, secret.as_str()))
                    .map_err(|e| fault(format!("its last values: {}", e.kind())))?,
                None => Past::default(),
            };
            let kept = past.check(&policy, &value, again);
            kept.map_err(|rule| ActionFault::Policy { id: secret.clone(), rule })?;
            chosen.push(Chosen { id: secret.clone(), policy, value: value.clone() });
        }
        held.hold(secret.clone(), source.clone(), value);
    }
    Ok((held, chosen))
}

/// Remembers the hashes of values that are about to be sent, so that they count as used whatever happens from
/// then on. Gives those that are to be taken out again if they are refused, and why one could not be kept.
pub(super) async fn remember(
    id: &EngagementId,
    chosen: Vec<Chosen>,
    vault: Option<Vault>,
) -> (Vec<Chosen>, Result<(), String>) {
    let Some(vault) = vault else { return (Vec::new(), Ok(())) };
    let id = id.clone();
    let work = tokio::task::spawn_blocking(move || {
        let mut remembered = Vec::new();
        for one in chosen {
            let path = vault.past_of(&id, one.id.as_str());
            match Past::remember(&path, &one.policy, &one.value) {
                Ok(true) => remembered.push(one),
                Ok(false) => {}
                Err(e) => {
                    let why = format!("the hash of secret {} could not be kept: {}", one.id, e.kind());
                    return (remembered, Err(why));
                }
            }
        }
        (remembered, Ok(()))
    });
    work.await.unwrap_or_else(|_| (Vec::new(), Err("golive is shutting down".to_owned())))
}

/// Takes the hashes of values out again that were definitely not taken into use.
pub(super) async fn forget(
    id: &EngagementId,
    remembered: Vec<Chosen>,
    vault: Option<Vault>,
    advice: &mut Vec<String>,
) {
    let Some(vault) = vault else { return };
    let id = id.clone();
    let work = tokio::task::spawn_blocking(move || {
        let failed = remembered.into_iter().filter_map(|one| {
            let failed = Past::forget(&vault.past_of(&id, one.id.as_str()), &one.value).err()?;
            Some(format!(
                "secret {} counts as used, as its hash could not be taken out: {}",
                one.id,
                failed.kind()
            ))
        });
        failed.collect::<Vec<_>>()
    });
    advice.extend(work.await.unwrap_or_default());
}
