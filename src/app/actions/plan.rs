//! What an action would do, for the person who is about to start it.

use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::app::{Act, App, AppError, Engagement, Refused};
use crate::checks::judge::Surroundings;
use crate::domain::action::Action;
use crate::domain::check::Method;
use crate::domain::command::{Acting, Command};
use crate::domain::decide;
use crate::domain::ids::{ActionId, EngagementId, MemberName, RoleId, SecretId};
use crate::domain::refusal::Refusal;
use crate::domain::secret::SecretSource;
use crate::domain::state::Standing;

/// What an action would do.
#[derive(Debug, Clone)]
pub struct ActionPlan {
    /// The engagement as it is.
    pub engagement: Engagement,
    /// The action.
    pub action: Action,
    /// The role that it is to be started in, if one was named.
    pub role: Option<RoleId>,
    /// What the person confirms.
    pub confirm: String,
    /// The requests, in order.
    pub requests: Vec<PlannedRequest>,
    /// The attempt before, if it may have been carried out.
    pub earlier: Option<Earlier>,
}

/// An attempt that may have been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Who started it.
    pub by: MemberName,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the next one carries the same idempotency key; if not, it may happen twice.
    pub same_key: bool,
    /// The files that it wrote on this machine.
    pub left: Vec<SecretSource>,
}

/// One request of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRequest {
    /// What the step is called.
    pub name: String,
    /// The method.
    pub method: Method,
    /// The address without its query; as it stands in the runbook when an earlier step decides on it.
    pub address: String,
    /// Scheme, host and port that it goes to, when they are known.
    pub origin: Option<String>,
    /// The secrets that go along and where they are.
    pub secrets: Vec<(SecretId, SecretSource)>,
    /// The secrets that come back.
    pub stores: Vec<SecretId>,
}

impl ActionPlan {
    /// Whether another plan would send the same: by the same runbook, from the same facts, with the same
    /// secrets to the same places.
    pub(super) fn does_the_same(&self, other: &Self) -> bool {
        let fields = |plan: &Self| -> Vec<Option<String>> {
            let facts = &plan.engagement.state.facts;
            self.action.needs.fields.iter().map(|field| facts.fields.get(field).cloned()).collect()
        };
        self.engagement.runbook.digest == other.engagement.runbook.digest
            && self.action.id == other.action.id
            && self.confirm == other.confirm
            && self.requests == other.requests
            && fields(self) == fields(other)
            && self.engagement.state.facts.decisions == other.engagement.state.facts.decisions
    }
}

impl App {
    /// What an action would do now. Refused as starting it would be; nothing is written.
    pub async fn plan_action(
        &self,
        id: &EngagementId,
        action: &ActionId,
        role: Option<RoleId>,
    ) -> Result<ActionPlan, AppError> {
        let engagement = self.load(id).await?;
        let command = Act::new(Command::IntendAction {
            action: action.clone(),
            attempt: Uuid::nil(),
            idempotency_key: "planned".to_owned(),
        });
        let acting = Acting { by: engagement.me(self), role: role.clone(), on_behalf_of: None };
        let (runbook, state) = (&engagement.runbook, &engagement.state);
        if let Err(refusal) = decide::decide(runbook, state, &acting, &command.command, self.now()) {
            let left = match refusal {
                Refusal::ActionInDoubt { .. } | Refusal::ActionUnderWay { .. } => {
                    self.left_by(&engagement, action).await
                }
                _ => Vec::new(),
            };
            let refused = Refused { refusal, engagement: Some(engagement), left };
            return Err(AppError::Refused(Box::new(refused)));
        }
        let Some(action) = runbook.actions.get(action).cloned() else {
            return Err(AppError::ShuttingDown);
        };
        let doubtful = state.standing(&action, self.now()) == Standing::Unknown;
        let earlier = match state.actions.get(&action.id).filter(|_| doubtful) {
            Some(last) => Some(Earlier {
                by: last.by.name.clone(),
                at: last.at,
                same_key: action.idempotency_header.is_some(),
                left: self.left_by(&engagement, &action.id).await,
            }),
            None => None,
        };
        Ok(ActionPlan { earlier, ..self.planned(&engagement, &action, role) })
    }

    /// What an action would do in an engagement as it is here.
    pub(super) fn planned(
        &self,
        engagement: &Engagement,
        action: &Action,
        role: Option<RoleId>,
    ) -> ActionPlan {
        let state = &engagement.state;
        let seen = self.subject(engagement);
        let around = Surroundings::new(&seen.context());
        let context = around.context();
        let requests = action.steps.iter().map(|step| {
            let request = &step.request;
            let url = request.url.render(&context).ok().and_then(|url| Url::parse(&url).ok());
            let origin = url.as_ref().map(|url| url.origin().ascii_serialization());
            let address = url.map_or_else(
                || request.url.source().to_owned(),
                |mut url| {
                    url.set_query(None);
                    url.set_fragment(None);
                    url.to_string()
                },
            );
            let source = |id: SecretId| state.secrets.get(&id).cloned().map(|source| (id, source));
            PlannedRequest {
                name: request.name.clone(),
                method: request.method,
                address,
                origin,
                secrets: request.secrets().into_iter().filter_map(source).collect(),
                stores: step.store.iter().map(|(id, _)| id.clone()).collect(),
            }
        });
        let requests = requests.collect();
        let confirm = action.confirm.render(&context).unwrap_or_else(|_| action.title.clone());
        let (engagement, action) = (engagement.clone(), action.clone());
        ActionPlan { engagement, action, role, confirm, requests, earlier: None }
    }
}

#[cfg(test)]
mod tests {
    use crate::app::actions::ActionFault;
    use crate::app::testing::{Bench, RUNBOOK, beginning, id};
    use crate::app::{Act, AppError, Beginning};
    use crate::domain::command::Command;

    const ACTION: &str = r#"
[[actions]]
id = "go"
title = "Go"
confirm = "Go?"
[[actions.steps]]
post = "{{ fields.url }}?silent={{ fields.silent }}"
expect = ["status == 200"]
[[fields]]
id = "silent"
label = "Silent"

[checks.answers]"#;

    #[tokio::test]
    async fn what_was_changed_after_it_was_shown_is_not_done() {
        let bench = Bench::new().await;
        let runbook = RUNBOOK.replacen("\n[checks.answers]", ACTION, 1).into_bytes();
        bench.app.begin(Beginning { runbook, ..beginning("Acme") }).await.unwrap();
        let set = async |value: &str| {
            let command = Command::SetField { field: "silent".parse().unwrap(), value: value.to_owned() };
            bench.app.execute(&id("acme"), Act::new(command)).await.unwrap();
        };
        set("no").await;
        let shown = bench.app.plan_action(&id("acme"), &"go".parse().unwrap(), None).await.unwrap();
        // A query is not shown, and still it is part of what was agreed to.
        set("yes").await;
        let refused = bench.app.run_action(shown.clone()).await;
        assert!(matches!(refused, Err(AppError::Action(ActionFault::Changed))), "{refused:?}");
        assert!(bench.app.load(&id("acme")).await.unwrap().state.actions.is_empty(), "not even intended");
        set("no").await;
        let ran = bench.app.run_action(shown).await.unwrap();
        assert!(matches!(ran.outcome, crate::domain::state::Outcome::Failed(_)), "nobody listens there");
    }
}
