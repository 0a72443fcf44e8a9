//! What the application layer says, in the words of the screen.

use std::sync::Arc;

use crate::app::actions::{ActionFault, ActionPlan, left_line};
use crate::app::{App, AppError, Engagement};
use crate::domain::ids::{ActionId, CheckId, EngagementId};
use crate::tui::effect::RequestId;
use crate::tui::model::engagement::RECENT;
use crate::tui::model::history::History;
use crate::tui::msg::{EndedAction, Failed, Msg, PlannedAction, Snapshot};

use super::shown::Shown;

/// What happened in an engagement.
pub(super) async fn history(app: App, request: RequestId, engagement: EngagementId) -> Msg {
    let answer = app.history(&engagement).await.map_err(failed);
    let answer = answer.map(|records| History::of(records.into_iter().map(|r| r.event)));
    Msg::History { request, engagement, answer }
}

/// How much was done when.
pub(super) async fn burn_up(app: App, request: RequestId, engagement: EngagementId) -> Msg {
    let answer = app.burn_up(&engagement).await.map_err(failed);
    Msg::BurnUp { request, engagement, answer }
}

/// The last results of a check.
pub(super) async fn recent(app: App, request: RequestId, engagement: EngagementId, check: CheckId) -> Msg {
    let limit = u32::try_from(RECENT).unwrap_or(u32::MAX);
    let answer = app.recent(&engagement, &check, limit).await.map_err(failed);
    Msg::Recent { request, engagement, check, answer }
}

/// What an action would do; the plan is kept until the person says yes.
pub(super) async fn plan(
    app: App,
    planned: Arc<Shown<ActionPlan>>,
    request: RequestId,
    engagement: EngagementId,
    action: ActionId,
) -> Msg {
    let answer = app.plan_action(&engagement, &action, None).await.map_err(failed);
    let answer = answer.map(|plan| {
        let told = PlannedAction { title: plan.action.title.clone(), words: plan.lines() };
        planned.put(request, plan);
        told
    });
    Msg::Planned { request, answer }
}

/// What became of an action that was carried out as it was shown.
pub(super) async fn act(app: App, request: RequestId, shown: Option<Box<ActionPlan>>) -> Msg {
    let answer = match shown {
        Some(plan) => carry_out(&app, *plan).await,
        None => Err(planned_anew()),
    };
    Msg::Ended { request, answer }
}

async fn carry_out(app: &App, shown: ActionPlan) -> Result<EndedAction, Failed> {
    let action = shown.action.clone();
    let report = app.run_action(shown).await.map_err(failed)?;
    let (title, words) = (action.title.clone(), report.lines(&action));
    Ok(EndedAction { title, words, snapshot: snapshot(&report.engagement) })
}

/// What was shown is no longer what would be done.
pub(super) fn planned_anew() -> Failed {
    broken("another plan was made since: look at it again")
}

/// What went wrong, with nothing to do about it.
pub(super) fn broken(what: impl Into<String>) -> Failed {
    Failed::Broken { what: what.into(), hints: Vec::new() }
}

pub(super) fn snapshot(engagement: &Engagement) -> Snapshot {
    Snapshot { runbook: Arc::clone(&engagement.runbook), state: Arc::clone(&engagement.state) }
}

pub(super) fn failed(error: AppError) -> Failed {
    match error {
        AppError::Refused(refused) if refused.left.is_empty() => Failed::Refused(Box::new(refused.refusal)),
        AppError::Refused(refused) => {
            let hints = refused.left.iter().map(left_line).collect();
            Failed::Broken { what: refused.refusal.to_string(), hints }
        }
        other => failed_ref(&other),
    }
}

pub(super) fn failed_ref(error: &AppError) -> Failed {
    let mut what = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        what.push_str(": ");
        what.push_str(&inner.to_string());
        cause = inner.source();
    }
    let hints = match error {
        AppError::NoSuchEngagement { did_you_mean: Some(nearest), .. } => {
            vec![format!("Did you mean '{nearest}'?")]
        }
        AppError::Action(ActionFault::NotLogged(told)) => told.lines(),
        AppError::Tampered(_) => {
            vec!["Nothing of it is shown. golive verify tells what is wrong with its log.".to_owned()]
        }
        _ => Vec::new(),
    };
    Failed::Broken { what, hints }
}
