//! What the screens of all engagements ask for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::app::{Act, App, AppError, Told};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::domain::open_work::OpenWork;
use crate::domain::readiness::CheckLine;
use crate::tui::effect::RequestId;
use crate::tui::model::gathered::Read;
use crate::tui::msg::{Failed, More, Msg, News, RoleOffer};

use super::relay::summed;
use super::{Performer, failed};

impl Performer {
    /// All engagements: first as many as are in sight, and when they are drawn the rest.
    pub(super) fn load_portfolio(&mut self, request: RequestId, lines: u16) {
        let (app, out, told) = (self.app.clone(), self.out.clone(), Arc::clone(&self.told));
        let (first, mut drawn) = (self.first.clone(), self.drawn.subscribe());
        self.read(async move {
            if let Ok(page) = app.portfolio_page(0, lines.into()).await {
                let total = usize::try_from(page.total).unwrap_or(usize::MAX);
                let msg = Msg::Portfolio { request, answer: Ok(page.rows), more: More::ToCome { total } };
                drawn.mark_unchanged();
                // What is in sight comes first: the rest would take its processors until it is drawn.
                if out.send(msg).await.is_err() || drawn.changed().await.is_err() {
                    return;
                }
            }
            let answer = match app.portfolio().await {
                Ok(portfolio) => {
                    told.learn(&portfolio.rows);
                    for row in &portfolio.unreadable {
                        trouble(&out, &row.engagement, &row.error).await;
                    }
                    Ok(portfolio.rows)
                }
                Err(error) => Err(failed(error)),
            };
            let _ = out.send(Msg::Portfolio { request, answer, more: More::Complete }).await;
            first.given();
        });
    }

    /// What time has made of some engagements, told like any other change.
    pub(super) fn sum_up(&mut self, engagements: Vec<EngagementId>) {
        let (app, out, told) = (self.app.clone(), self.out.clone(), Arc::clone(&self.told));
        self.read(async move {
            for id in engagements {
                match app.load(&id).await {
                    Ok(engagement) => {
                        if summed(&app, &told, &out, &engagement, &[]).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => trouble(&out, &id, &error).await,
                }
            }
        });
    }

    /// What waits for the person at the screen in some engagements.
    pub(super) fn load_work(&mut self, request: RequestId, engagements: Vec<EngagementId>) {
        let out = self.out.clone();
        self.ask(|app| async move { Msg::Work { request, answer: work(&app, &out, engagements).await } });
    }

    /// How the live checks of some engagements stand.
    pub(super) fn load_all_checks(&mut self, request: RequestId, engagements: Vec<EngagementId>) {
        let out = self.out.clone();
        self.ask(|app| async move { Msg::Checks { request, answer: checks(&app, &out, engagements).await } });
    }
}

/// The roles that there are in some engagements.
pub(super) async fn roles(app: App, request: RequestId, engagements: Vec<EngagementId>) -> Msg {
    let answer = offers(&app, &engagements).await;
    Msg::Roles { request, engagements, answer }
}

/// Those of most engagements first.
async fn offers(app: &App, engagements: &[EngagementId]) -> Result<Vec<RoleOffer>, Failed> {
    let mut offers: Vec<RoleOffer> = Vec::new();
    for id in engagements {
        let engagement = app.load(id).await.map_err(failed)?;
        for role in engagement.runbook.roles.values() {
            match offers.iter_mut().find(|offer| offer.role == role.id) {
                Some(offer) => offer.within += 1,
                None => offers.push(RoleOffer { role: role.id.clone(), name: role.name.clone(), within: 1 }),
            }
        }
    }
    offers.sort_by_key(|offer| std::cmp::Reverse(offer.within));
    Ok(offers)
}

/// What waits for the person at the screen in some engagements, one after the other.
async fn work(
    app: &App,
    out: &mpsc::Sender<Msg>,
    engagements: Vec<EngagementId>,
) -> Vec<(EngagementId, Read<OpenWork>)> {
    let mut answer = Vec::with_capacity(engagements.len());
    for id in engagements {
        let read = or_trouble(out, &id, app.work_in(&id).await).await;
        answer.push((id, read));
    }
    answer
}

/// How the live checks of some engagements stand, one after the other.
async fn checks(
    app: &App,
    out: &mpsc::Sender<Msg>,
    engagements: Vec<EngagementId>,
) -> Vec<(EngagementId, Read<CheckLine>)> {
    let mut answer = Vec::with_capacity(engagements.len());
    for id in engagements {
        let read = or_trouble(out, &id, app.readiness_of(&id).await).await;
        answer.push((id, read));
    }
    answer
}

/// One that cannot be read has no lines, and people hear of it.
async fn or_trouble<T>(
    out: &mpsc::Sender<Msg>,
    id: &EngagementId,
    told: Result<Told<T>, AppError>,
) -> Read<T> {
    match told {
        Ok(Told { name, last_at, turns, lines, .. }) => Read { name, last_at, turns, lines },
        Err(error) => {
            trouble(out, id, &error).await;
            // Not to be asked for again and again.
            Read { name: id.to_string(), last_at: DateTime::<Utc>::MAX_UTC, turns: None, lines: Vec::new() }
        }
    }
}

async fn trouble(out: &mpsc::Sender<Msg>, id: &EngagementId, error: &AppError) {
    let said = format!("{id} cannot be read: {error}");
    let _ = out.send(Msg::News(News::Trouble(said))).await;
}

/// Writes a report on some engagements into a new file.
pub(super) async fn report(
    app: App,
    request: RequestId,
    engagements: Vec<EngagementId>,
    path: String,
) -> Msg {
    let written = app.write_overview(&engagements, path.as_ref()).await;
    let answer = written.map(|()| format!("The report is in {path}")).map_err(failed);
    Msg::Reported { request, answer }
}

/// Gives a role to a person in each of some engagements, and says of each what came of it.
pub(super) async fn assign(
    app: App,
    request: RequestId,
    engagements: Vec<EngagementId>,
    role: RoleId,
    member: MemberName,
) -> Msg {
    let mut answer = Vec::with_capacity(engagements.len());
    for id in engagements {
        let command = Command::Assign { role: role.clone(), member: member.clone(), key: None };
        let outcome = app.execute(&id, Act::new(command)).await;
        let outcome = outcome.map(|_| ()).map_err(|error| match error {
            AppError::Refused(refused) => refused.refusal.to_string(),
            other => other.to_string(),
        });
        answer.push((id, outcome));
    }
    Msg::AssignedMany { request, member, answer }
}
