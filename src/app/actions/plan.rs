//! What an action would do, for the person who is about to start it.

use url::Url;
use uuid::Uuid;

use crate::app::plan::subject;
use crate::app::{Act, App, AppError, Engagement};
use crate::checks::judge::Surroundings;
use crate::domain::action::Action;
use crate::domain::check::Method;
use crate::domain::command::{Acting, Command};
use crate::domain::decide;
use crate::domain::ids::{ActionId, EngagementId, RoleId, SecretId};
use crate::domain::secret::SecretSource;

/// What an action would do.
#[derive(Debug, Clone)]
pub struct ActionPlan {
    /// The engagement as it is.
    pub engagement: Engagement,
    /// The action.
    pub action: Action,
    /// What the person confirms.
    pub confirm: String,
    /// The requests, in order.
    pub requests: Vec<PlannedRequest>,
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
        let acting = Acting { by: engagement.me(self), role, on_behalf_of: None };
        let (runbook, state) = (&engagement.runbook, &engagement.state);
        if let Err(refusal) = decide::decide(runbook, state, &acting, &command.command, self.now()) {
            return Err(AppError::refused(refusal, Some(engagement)));
        }
        let Some(action) = runbook.actions.get(action).cloned() else {
            return Err(AppError::ShuttingDown);
        };
        let seen = subject(&engagement, &acting.by.key);
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
        Ok(ActionPlan { engagement, action, confirm, requests })
    }
}
