//! Carrying an action out: one request per step, each once.

use std::sync::Arc;

use minijinja::{Value, context};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ready::{ReadyAction, forget, remember};
use super::vault::{Place, file_name};
use super::{ActionFault, ActionPlan};
use crate::app::{Act, App, AppError, Engagement};
use crate::checks::attempt::{self, Reply};
use crate::checks::judge::Surroundings;
use crate::checks::outbound::Outbound;
use crate::checks::secrets::Held;
use crate::checks::shown::{COVERED, clipped};
use crate::checks::{Subject, secrets};
use crate::domain::action::{Action, ActionStep};
use crate::domain::command::{ActionEnd, Command};
use crate::domain::decide::check_field;
use crate::domain::event::Fact;
use crate::domain::ids::{ActionId, EngagementId, FieldId, SecretId};
use crate::domain::secret::SecretSource;
use crate::domain::state::{Attempt, Outcome};

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

/// What became of an action whose end is not in the log: all that there is to know is told here, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlogged {
    /// Why it could not be logged.
    pub why: String,
    /// What the action is called.
    pub title: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The provider's id of the last request.
    pub request_id: Option<String>,
    /// What would have filled fields.
    pub captured: Vec<(FieldId, String)>,
    /// The values that came back, and where they are.
    pub kept: Vec<Kept>,
    /// What to do now, a sentence each.
    pub advice: Vec<String>,
}

/// What the requests came to.
struct Ran {
    end: ActionEnd,
    request_id: Option<String>,
    around: Surroundings<'static>,
    kept: Vec<Kept>,
    advice: Vec<String>,
}

impl Ran {
    fn not_sent(reason: String, subject: &Subject) -> Self {
        Self {
            end: ActionEnd::Failed { reason },
            request_id: None,
            around: Surroundings::new(&subject.context()),
            kept: Vec::new(),
            advice: Vec::new(),
        }
    }
}

impl App {
    /// Carries out an action as it was shown, and sees it through. An error says that nothing was sent, unless
    /// it says so.
    pub async fn run_action(&self, shown: ActionPlan) -> Result<ActionReport, AppError> {
        let ready = self.ready_action(shown).await?;
        self.start_action(ready).await
    }

    /// Starts an action that is ready, and sees it through. Whoever drops this in the middle learns no more
    /// what came of it, nor does the log.
    pub async fn start_action(&self, ready: ReadyAction) -> Result<ActionReport, AppError> {
        let ReadyAction { plan, subject, held, chosen, outbound } = ready;
        let (id, action) = (plan.engagement.id(), &plan.action);
        let attempt = random();
        let intent = Command::IntendAction {
            action: action.id.clone(),
            attempt,
            idempotency_key: random().to_string(),
        };
        let intended = self.execute(id, Act::new(intent).in_role(plan.role.clone())).await?;
        let key = intended.events.iter().find_map(|event| match &event.fact {
            Fact::ActionIntended { idempotency_key, .. } => Some(idempotency_key.clone()),
            _ => None,
        });
        let retried = intended.engagement.state.actions.get(&action.id).is_some_and(|last| last.in_doubt);
        // Between the plan and the intent somebody else may have written.
        let same = self.planned(&intended.engagement, action, plan.role.clone()).does_the_same(&plan);
        let mut remembered = Vec::new();
        let ran = if same {
            let (taken, result) = remember(id, chosen, self.vault.clone()).await;
            remembered = taken;
            match result {
                Ok(()) => self.send(id, (action, attempt), key.as_deref(), (subject, held), &outbound).await,
                Err(why) => Ran::not_sent(why, &subject),
            }
        } else {
            Ran::not_sent(ActionFault::Changed.to_string(), &subject)
        };
        let Ran { end, request_id, around, kept, mut advice } = ran;
        let end = if retried { still_in_doubt(end) } else { end };
        if matches!(end, ActionEnd::Failed { .. }) {
            forget(id, remembered, self.vault.clone(), &mut advice).await;
        }
        let (outcome, captured) = match &end {
            ActionEnd::Done { captured, .. } => (Outcome::Done, captured.clone()),
            ActionEnd::Failed { reason } => (Outcome::Failed(reason.clone()), Vec::new()),
            ActionEnd::Unknown { reason } => (Outcome::Unknown(reason.clone()), Vec::new()),
        };
        let request = request_id.clone();
        let end = Command::EndAction { action: action.id.clone(), attempt, end, request_id: request };
        let engagement = match self.execute(id, Act::new(end)).await {
            Ok(done) => done.engagement,
            Err(error) => {
                let (why, title) = (error.to_string(), action.title.clone());
                let told = Unlogged { why, title, outcome, request_id, captured, kept, advice };
                return Err(ActionFault::NotLogged(Box::new(told)).into());
            }
        };
        let shown = match outcome {
            Outcome::Done => text_when_done(action, &engagement, &around),
            Outcome::Failed(_) | Outcome::Unknown(_) | Outcome::Reset(_) => None,
        };
        Ok(ActionReport { engagement, outcome, request_id, captured, kept, shown, advice })
    }

    /// The files on this machine that the last attempt of an action wrote, unless it is known to be done:
    /// what came back may be in them.
    pub async fn left_by(&self, engagement: &Engagement, action: &ActionId) -> Vec<SecretSource> {
        let unsettled = |last: &&Attempt| last.end.as_ref().is_none_or(|end| end.outcome != Outcome::Done);
        let last = engagement.state.actions.get(action).filter(unsettled).map(|last| last.id);
        let (Some(attempt), Some(vault)) = (last, self.vault.clone()) else { return Vec::new() };
        let id = engagement.id().clone();
        let found = tokio::task::spawn_blocking(move || vault.of_attempt(&id, attempt)).await;
        found.unwrap_or_default()
    }

    async fn send(
        &self,
        id: &EngagementId,
        (action, attempt): (&Action, Uuid),
        key: Option<&str>,
        (mut subject, mut held): (Subject, Held),
        outbound: &Outbound,
    ) -> Ran {
        let clock = self.clock();
        let deadline = Instant::now() + action.deadline;
        let mut ran = Ran::not_sent("the action has no steps".to_owned(), &subject);
        let mut captured: Vec<(FieldId, String)> = Vec::new();
        for (n, step) in action.steps.iter().enumerate() {
            let idempotency = action.idempotency_header.as_deref().zip(key);
            let out = (outbound, &*clock);
            let reply = attempt::send(step, idempotency, &subject, &held, &ran.around, out, deadline).await;
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
                Reply::Refused { reason, request_id, wait } => {
                    ran.request_id = request_id.or(ran.request_id);
                    ran.advice.extend(wait.map(|wait| {
                        format!("the provider asks to wait {} first", humantime::format_duration(wait))
                    }));
                    ran.end = definite(reason);
                    return ran;
                }
                // Whatever came of looking, nothing was changed by it.
                Reply::InDoubt { reason, request_id, body: _ } if step.only_looks() => {
                    ran.request_id = request_id.or(ran.request_id);
                    ran.end = definite(reason);
                    return ran;
                }
                Reply::InDoubt { reason, request_id, body } => {
                    ran.request_id = request_id.or(ran.request_id);
                    if let Some(body) = body {
                        let name = file_name("answer", attempt);
                        let body = Zeroizing::new(body.expose_secret().to_vec());
                        ran.advice.push(match self.keep(id, name, body).await {
                            Ok((source, _)) => format!("the whole answer is kept in {source}"),
                            Err(why) => format!("the answer could not be kept: {why}"),
                        });
                    }
                    ran.advice.push("look on the provider's side whether it happened".to_owned());
                    ran.end = ActionEnd::Unknown { reason };
                    return ran;
                }
                Reply::Accepted { values, captures, request_id } => {
                    ran.request_id = request_id.or(ran.request_id);
                    for (secret, value) in values {
                        let stored = self.store_value(id, attempt, (&secret, &value), &subject, &mut ran);
                        match stored.await {
                            Ok(source) => {
                                Arc::make_mut(&mut subject.secrets).insert(secret.clone(), source.clone());
                                held.hold(secret, source, value);
                            }
                            Err(reason) => {
                                ran.end = ActionEnd::Unknown { reason };
                                return ran;
                            }
                        }
                    }
                    captured.extend(fields_of(&captures, &subject));
                    ran.around.capture(captures);
                }
            }
        }
        let stored = ran.kept.iter().map(|k| (k.secret.clone(), k.source.clone())).collect();
        ran.end = ActionEnd::Done { captured, stored };
        ran
    }

    /// Keeps a value that came back and logs where it is; gives that. An error is the reason of an unknown
    /// outcome.
    async fn store_value(
        &self,
        id: &EngagementId,
        attempt: Uuid,
        (secret, value): (&SecretId, &SecretString),
        confirmed: &Subject,
        ran: &mut Ran,
    ) -> Result<SecretSource, String> {
        let value = Zeroizing::new(value.expose_secret().as_bytes().to_vec());
        let kept = self.keep(id, file_name(secret.as_str(), attempt), value).await;
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
            Ok(_) => Ok(source),
            Err(error) => {
                ran.advice.push(format!(
                    "the log does not know yet where secret {secret} is; golive secret {id} {secret} says it"
                ));
                Err(format!("the source of secret {secret} could not be logged: {error}"))
            }
        }
    }

    async fn keep(
        &self,
        id: &EngagementId,
        name: String,
        value: Zeroizing<Vec<u8>>,
    ) -> Result<(SecretSource, Place), String> {
        let Some(vault) = self.vault.clone() else {
            return Err("there is no folder for it".to_owned());
        };
        let id = id.clone();
        let kept = tokio::task::spawn_blocking(move || vault.keep(&id, &name, &value)).await;
        kept.map_err(|_| "golive is shutting down".to_owned())?.map_err(|e| e.to_string())
    }
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
fn text_when_done(action: &Action, engagement: &Engagement, around: &Surroundings<'_>) -> Option<String> {
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
