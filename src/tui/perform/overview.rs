//! What the screens of all engagements ask for.

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::app::{Act, App, AppError, Told};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::domain::open_work::OpenWork;
use crate::domain::readiness::CheckLine;
use crate::tui::model::gathered::Read;
use crate::tui::msg::{Failed, Msg, News, RoleOffer};

use super::failed;

/// The roles that there are in some engagements, those of most engagements first.
pub(super) async fn roles(app: &App, engagements: &[EngagementId]) -> Result<Vec<RoleOffer>, Failed> {
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
pub(super) async fn work(
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
pub(super) async fn checks(
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
        Ok(Told { name, last_at, lines, .. }) => Read { name, last_at, lines },
        Err(error) => {
            let said = format!("{id} cannot be read: {error}");
            let _ = out.send(Msg::News(News::Trouble(said))).await;
            // Not to be asked for again and again.
            Read { name: id.to_string(), last_at: DateTime::<Utc>::MAX_UTC, lines: Vec::new() }
        }
    }
}

/// Gives a role to a person in each of some engagements, and says of each what came of it.
pub(super) async fn assign(
    app: &App,
    engagements: Vec<EngagementId>,
    role: &RoleId,
    member: &MemberName,
) -> Vec<(EngagementId, Result<(), String>)> {
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
    answer
}
