//! Going over to another version of the runbook: only what was shown is done.

use std::sync::Arc;

use crate::app::upgrade::{self as app_upgrade, runbook_named};
use crate::app::{App, AppError, UpgradePlan};
use crate::domain::ids::EngagementId;
use crate::tui::effect::RequestId;
use crate::tui::model::popup::Weight;
use crate::tui::msg::{Failed, Msg, PlannedUpgrade};

use super::shown::Shown;
use super::{failed, failed_ref};

pub(super) async fn plan(
    app: App,
    shown: Arc<Shown<UpgradePlan>>,
    request: RequestId,
    id: EngagementId,
    to: Option<String>,
) -> Msg {
    Msg::UpgradePlanned { request, answer: planned(&app, &shown, request, &id, to).await }
}

async fn planned(
    app: &App,
    shown: &Shown<UpgradePlan>,
    request: RequestId,
    id: &EngagementId,
    to: Option<String>,
) -> Result<PlannedUpgrade, Failed> {
    let keeps = app.load(id).await.map_err(failed)?.runbook.id.clone();
    let local = app.local_files();
    let read = tokio::task::spawn_blocking(move || runbook_named(to.as_deref(), &keeps, local));
    let (name, bytes) = match read.await {
        Ok(Ok(named)) => named,
        Ok(Err(none)) => return Err(Failed::Broken { what: none.to_string(), hints: Vec::new() }),
        Err(_) => return Err(failed(AppError::ShuttingDown)),
    };
    let plan = match app.plan_upgrade(id, &name, bytes.clone()).await {
        Ok(plan) => plan,
        Err(AppError::Runbook(faults)) => {
            let drawn = faults.render(&bytes);
            return Ok(PlannedUpgrade::Faulty(drawn.lines().map(str::to_owned).collect()));
        }
        Err(error @ AppError::Refused(_)) => return Err(failed(error)),
        Err(other) => return Err(failed_ref(&other)),
    };
    if plan.nothing_to_do() {
        return Ok(PlannedUpgrade::Nothing);
    }
    let weight = |weight: app_upgrade::Weight| match weight {
        app_upgrade::Weight::Plain => Weight::Plain,
        app_upgrade::Weight::Again => Weight::Warn,
        app_upgrade::Weight::Lost => Weight::Bad,
    };
    let lines = plan.lines().into_iter().map(|(w, line)| (weight(w), line)).collect();
    let opens = !plan.consequences.opens.is_empty();
    shown.put(request, plan);
    Ok(PlannedUpgrade::Plan { lines, opens })
}
