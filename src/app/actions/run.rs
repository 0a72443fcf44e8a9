//! Carrying an action out: one request per step, each once.

use std::sync::Arc;

use minijinja::{Value, context};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use uuid::Uuid;

use super::policy::Past;
use super::vault::{Place, Vault};
use super::{ActionFault, ActionPlan};
use crate::app::{Act, App, AppError, Engagement};
use crate::checks::attempt::{self, Reply};
use crate::checks::judge::Surroundings;
use crate::checks::outbound::Outbound;
use crate::checks::shown::{COVERED, clipped};
use crate::checks::{Subject, secrets};
use crate::domain::action::{Action, ActionStep};
use crate::domain::command::{ActionEnd, Command};
use crate::domain::decide::check_field;
use crate::domain::event::Fact;
use crate::domain::ids::{EngagementId, FieldId, SecretId};
use crate::domain::runbook::SecretPolicy;
use crate::domain::secret::SecretSource;
use crate::domain::state::Outcome;

/// The longest text that is shown when an action is done, in characters.
const MAX_SHOWN: usize = 500;

/// What became of an action.
#[derive(Debug, Clone)]
pub struct ActionReport {
    /// The engagement after it.
    pub engagement: Engagement,
    /// The outcome.
    pub outcome: Outcome,
    /// The provider's id of the last request.
    pub request_id: Option<String>,
    /// The fields that were filled.
    pub captured: Vec<(FieldId, String)>,
    /// The values that came back, and where they are.
    pub kept: Vec<Kept>,
    /// What the runbook shows when it is done, secrets covered.
    pub shown: Option<String>,
    /// What to do now, a sentence each.
    pub advice: Vec<String>,
}

/// A value that came back and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The secret.
    pub secret: SecretId,
    /// Where its value is.
    pub source: SecretSource,
}

/// A value under a policy, to be remembered once it was sent.
struct Chosen {
    id: SecretId,
    policy: SecretPolicy,
    value: SecretString,
    past: Past,
}

/// What the requests came to.
struct Ran {
    end: ActionEnd,
    request_id: Option<String>,
    around: Surroundings,
    kept: Vec<Kept>,
    advice: Vec<String>,
    sent: bool,
}

impl Ran {
    fn not_sent(reason: String, subject: &Subject) -> Self {
        Self {
            end: ActionEnd::Failed { reason },
            request_id: None,
            around: Surroundings::new(&subject.context()),
            kept: Vec::new(),
            advice: Vec::new(),
            sent: false,
        }
    }
}

impl App {
    /// Carries out an action as it was shown, and sees it through. An error says that nothing was sent, unless
    /// it says so.
    pub async fn run_action(&self, shown: ActionPlan) -> Result<ActionReport, AppError> {
        let id = &shown.engagement.id().clone();
        let fresh = self.plan_action(id, &shown.action.id, shown.role.clone()).await?;
        if !fresh.does_the_same(&shown) {
            return Err(ActionFault::Changed.into());
        }
        let ActionPlan { engagement, action, role, .. } = fresh;
        let subject = self.subject(&engagement);
        let vault = self.vault.clone();
        let chosen = prepare(id.clone(), action.clone(), subject.clone(), vault).await?;
        let outbound = Outbound::for_actions()?;
        let attempt = random();
        let intent = Command::IntendAction {
            action: action.id.clone(),
            attempt,
            idempotency_key: random().to_string(),
        };
        let intended = self.execute(id, Act::new(intent).in_role(role)).await?;
        let key = intended.events.iter().find_map(|event| match &event.fact {
            Fact::ActionIntended { idempotency_key, .. } => Some(idempotency_key.clone()),
            _ => None,
        });
        // Between the plan and the intent somebody else may have written.
        let same = self.planned(&intended.engagement, &action, shown.role.clone()).does_the_same(&shown);
        let ran = if same {
            self.send(id, &action, attempt, key.as_deref(), subject, &outbound).await
        } else {
            Ran::not_sent(ActionFault::Changed.to_string(), &subject)
        };
        let Ran { end, request_id, around, kept, mut advice, sent } = ran;
        let retried = intended.engagement.state.actions.get(&action.id).is_some_and(|last| last.in_doubt);
        let end = if retried { still_in_doubt(end) } else { end };
        if sent && !matches!(end, ActionEnd::Failed { .. }) {
            remember(id, chosen, self.vault.clone(), &mut advice).await;
        }
        let not_logged = |e: AppError| AppError::from(ActionFault::NotLogged(e.to_string()));
        let (outcome, captured) = match &end {
            ActionEnd::Done { captured, .. } => (Outcome::Done, captured.clone()),
            ActionEnd::Failed { reason } => (Outcome::Failed(reason.clone()), Vec::new()),
            ActionEnd::Unknown { reason } => (Outcome::Unknown(reason.clone()), Vec::new()),
        };
        let request = request_id.clone();
        let end = Command::EndAction { action: action.id.clone(), attempt, end, request_id: request };
        let engagement = self.execute(id, Act::new(end)).await.map_err(not_logged)?.engagement;
        let shown = match outcome {
            Outcome::Done => text_when_done(&action, &engagement, &around),
            Outcome::Failed(_) | Outcome::Unknown(_) | Outcome::Reset(_) => None,
        };
        Ok(ActionReport { engagement, outcome, request_id, captured, kept, shown, advice })
    }

    async fn send(
        &self,
        id: &EngagementId,
        action: &Action,
        attempt: Uuid,
        key: Option<&str>,
        mut subject: Subject,
        outbound: &Outbound,
    ) -> Ran {
        let deadline = Instant::now() + action.deadline;
        let mut ran = Ran::not_sent("the action has no steps".to_owned(), &subject);
        let mut captured: Vec<(FieldId, String)> = Vec::new();
        for (n, step) in action.steps.iter().enumerate() {
            let idempotency = action.idempotency_header.as_deref().zip(key);
            let reply = attempt::send(step, idempotency, &subject, &ran.around, outbound, deadline).await;
            // Once something was changed, a refusal of a later step leaves the action half done.
            let definite = |reason: String| {
                if action.steps[..n].iter().all(ActionStep::only_looks) {
                    ActionEnd::Failed { reason }
                } else {
                    ActionEnd::Unknown { reason: format!("{n} of {} done; {reason}", action.steps.len()) }
                }
            };
            match reply {
                Reply::NotSent(reason) => {
                    ran.end = definite(reason);
                    return ran;
                }
                Reply::Refused { reason, request_id } => {
                    ran.sent = true;
                    ran.request_id = request_id.or(ran.request_id);
                    ran.end = definite(reason);
                    return ran;
                }
                // Whatever came of looking, nothing was changed by it.
                Reply::InDoubt { reason, request_id, body: _ } if step.only_looks() => {
                    ran.sent = true;
                    ran.request_id = request_id.or(ran.request_id);
                    ran.end = definite(reason);
                    return ran;
                }
                Reply::InDoubt { reason, request_id, body } => {
                    ran.sent = true;
                    ran.request_id = request_id.or(ran.request_id);
                    if let Some(body) = body {
                        let name = format!("answer-{}", short(attempt));
                        ran.advice.push(match self.keep(id, name, body.expose_secret().to_vec()).await {
                            Ok((source, _)) => format!("the whole answer is kept in {source}"),
                            Err(why) => format!("the answer could not be kept: {why}"),
                        });
                    }
                    ran.advice.push("look on the provider's side whether it happened".to_owned());
                    ran.end = ActionEnd::Unknown { reason };
                    return ran;
                }
                Reply::Accepted { values, captures, request_id } => {
                    ran.sent = true;
                    ran.request_id = request_id.or(ran.request_id);
                    for (secret, value) in values {
                        if let Err(reason) =
                            self.store_value(id, attempt, (&secret, &value), &subject, &mut ran).await
                        {
                            ran.end = ActionEnd::Unknown { reason };
                            return ran;
                        }
                    }
                    let sources = Arc::make_mut(&mut subject.secrets);
                    sources.extend(ran.kept.iter().map(|k| (k.secret.clone(), k.source.clone())));
                    captured.extend(fields_of(&captures, &subject));
                    ran.around.capture(captures);
                }
            }
        }
        let stored = ran.kept.iter().map(|k| (k.secret.clone(), k.source.clone())).collect();
        ran.end = ActionEnd::Done { captured, stored };
        ran
    }

    /// Keeps a value that came back and logs where it is. An error is the reason of an unknown outcome.
    async fn store_value(
        &self,
        id: &EngagementId,
        attempt: Uuid,
        (secret, value): (&SecretId, &SecretString),
        confirmed: &Subject,
        ran: &mut Ran,
    ) -> Result<(), String> {
        let name = format!("{secret}-{}", short(attempt));
        let kept = self.keep(id, name, value.expose_secret().as_bytes().to_vec()).await;
        let (source, place) = kept.map_err(|why| {
            ran.advice.push(format!(
                "secret {secret} came back and could not be kept: have the provider revoke it and issue another"
            ));
            format!("secret {secret} came back and could not be kept: {why}")
        })?;
        if place == Place::Second {
            ran.advice
                .push(format!("the usual place failed: secret {secret} is in {source}; move it at once"));
        }
        ran.kept.push(Kept { secret: secret.clone(), source: source.clone() });
        let set = Command::SetSecret { secret: secret.clone(), source: source.clone() };
        // Where it goes may have been changed since the yes, which was about what was shown.
        let shown = confirmed.runbook.secrets.get(secret);
        let shown = shown.map_or_else(Vec::new, |secret| secrets::origins(secret, &confirmed.context()));
        match self.execute(id, Act::new(set).showing(shown)).await {
            Ok(_) => Ok(()),
            Err(error) => {
                ran.advice.push(format!("secret {secret} is in {source}, and the log does not know it yet"));
                Err(format!("the source of secret {secret} could not be logged: {error}"))
            }
        }
    }

    async fn keep(
        &self,
        id: &EngagementId,
        name: String,
        value: Vec<u8>,
    ) -> Result<(SecretSource, Place), String> {
        let Some(vault) = self.vault.clone() else {
            return Err("there is no folder for it".to_owned());
        };
        let (id, value) = (id.clone(), zeroize::Zeroizing::new(value));
        let kept = tokio::task::spawn_blocking(move || vault.keep(&id, &name, &value)).await;
        kept.map_err(|_| "golive is shutting down".to_owned())?.map_err(|e| e.to_string())
    }
}

/// Everything that can be refused before anything has left. Gives the values that have a policy.
async fn prepare(
    id: EngagementId,
    action: Action,
    subject: Subject,
    vault: Option<Vault>,
) -> Result<Vec<Chosen>, AppError> {
    let work = tokio::task::spawn_blocking(move || {
        let no_place = |why: String| ActionFault::NoPlace(why);
        if !action.stored().is_empty() {
            let vault = vault.as_ref().ok_or_else(|| no_place("there is no folder for it".to_owned()))?;
            vault.try_out(&id).map_err(|e| no_place(e.kind().to_string()))?;
        }
        let mut chosen = Vec::new();
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
            let Some(policy) = defined.policy else { continue };
            let past = match &vault {
                Some(vault) => {
                    let path = vault.past_of(&id, secret.as_str());
                    Past::read(&path).map_err(|e| fault(format!("its last values: {}", e.kind())))?
                }
                None => Past::default(),
            };
            past.check(&policy, &value).map_err(|rule| ActionFault::Policy { id: secret.clone(), rule })?;
            chosen.push(Chosen { id: secret.clone(), policy, value, past });
        }
        Ok(chosen)
    });
    Ok(work.await.map_err(|_| AppError::ShuttingDown)??)
}

/// Remembers the hashes of values that were sent: the other side may have taken them into use.
async fn remember(id: &EngagementId, chosen: Vec<Chosen>, vault: Option<Vault>, advice: &mut Vec<String>) {
    let Some(vault) = vault else { return };
    let id = id.clone();
    let work = tokio::task::spawn_blocking(move || {
        chosen
            .into_iter()
            .filter_map(|one| {
                let path = vault.past_of(&id, one.id.as_str());
                let failed = one.past.remember(&one.policy, &one.value, &path).err()?;
                Some(format!("the hash of secret {} could not be kept: {}", one.id, failed.kind()))
            })
            .collect::<Vec<_>>()
    });
    advice.extend(work.await.unwrap_or_default());
}

/// The captures that fill fields and are in their form.
fn fields_of(captures: &[(String, String)], subject: &Subject) -> Vec<(FieldId, String)> {
    let fields = captures.iter().filter_map(|(name, value)| {
        let field = subject.runbook.fields.get(name.as_str())?;
        check_field(&subject.runbook, &field.id, value).is_ok().then(|| (field.id.clone(), value.clone()))
    });
    fields.collect()
}

/// What is shown when an action is done: fields and captures as they are, every secret covered.
fn text_when_done(action: &Action, engagement: &Engagement, around: &Surroundings) -> Option<String> {
    let covered = engagement.runbook.secrets.keys().map(|id| (id.as_str(), COVERED));
    let facts = &engagement.state.facts;
    let facts = facts.context(engagement.runbook.fields.keys(), engagement.runbook.decisions.keys());
    let part = |of: &Value, name: &str| of.get_attr(name).unwrap_or_default();
    let context = context! {
        secrets => Value::from_pairs(covered),
        fields => part(&facts, "fields"),
        decisions => part(&facts, "decisions"),
        captures => part(&around.context(), "captures"),
    };
    let text = action.show.as_ref()?.render(&context).ok()?;
    Some(clipped(&text, MAX_SHOWN))
}

/// The end of an attempt that follows one which may have been carried out, with the same key: its refusal
/// says nothing of the one before, and may be because of it (409, 425, 429).
fn still_in_doubt(end: ActionEnd) -> ActionEnd {
    match end {
        ActionEnd::Failed { reason } => {
            ActionEnd::Unknown { reason: format!("{reason}; an earlier request may have been carried out") }
        }
        end @ (ActionEnd::Done { .. } | ActionEnd::Unknown { .. }) => end,
    }
}

/// An id that nobody can guess.
fn random() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

fn short(attempt: Uuid) -> String {
    attempt.simple().to_string().chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{Bench, id};

    #[tokio::test]
    async fn what_comes_back_fills_a_field_only_with_what_a_person_might_set() {
        let bench = Bench::new().await;
        bench.begin("Acme").await;
        let subject = bench.app.subject(&bench.app.load(&id("acme")).await.unwrap());
        let filled = |name: &str, value: &str| {
            fields_of(&[(name.to_owned(), value.to_owned())], &subject)
                .into_iter()
                .map(|(_, value)| value)
                .next()
        };
        assert_eq!(filled("url", "https://a.example"), Some("https://a.example".to_owned()));
        // An end that cannot be logged would leave an action that is done under way for ever.
        let long = "x".repeat(1_001);
        for (name, value) in [("url", ""), ("url", " \t"), ("url", &long), ("nothing", "x")] {
            assert_eq!(filled(name, value), None, "{name} {value:?}");
        }
    }
}
