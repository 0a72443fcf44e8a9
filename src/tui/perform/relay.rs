//! What the live part has seen, as news for the screen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::app::live::LiveNews;
use crate::app::{App, Engagement};
use crate::domain::event::Event;
use crate::domain::ids::EngagementId;
use crate::tui::msg::{Change, Msg, News};

use super::snapshot;

/// Up to which event the screen has been told, of the engagements that it shows.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<EngagementId, u64>>);

impl Told {
    pub(super) fn shows(&self, id: &EngagementId, seq: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), seq);
    }

    pub(super) fn shows_no_longer(&self, id: &EngagementId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Moves on to `seq`; says from where, when the engagement is shown.
    fn move_on(&self, id: &EngagementId, seq: u64) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = told.get_mut(id)?;
        let before = *known;
        *known = before.max(seq);
        Some(before)
    }
}

/// The screen has gone.
pub(super) struct Gone;

/// Tells the screen what the live part has seen.
pub(super) async fn relay(
    app: &App,
    told: &Told,
    out: &mpsc::Sender<Msg>,
    news: LiveNews,
) -> Result<(), Gone> {
    let send = async |news| out.send(Msg::News(news)).await.map_err(|_| Gone);
    match news {
        LiveNews::Observed { engagement, observation, changes } => {
            let id = engagement.id().clone();
            send(News::Observed { engagement: id, observation }).await?;
            if !changes.is_empty() {
                // Each change is one event; they are the last ones.
                let before = engagement.state.head.seq.saturating_sub(changes.len() as u64);
                changed(app, told, out, &engagement, Some(before)).await?;
            }
            Ok(())
        }
        LiveNews::Moved(engagement) => changed(app, told, out, &engagement, None).await,
        LiveNews::Trouble { engagement, error } => {
            let whose = engagement.map_or_else(String::new, |id| format!("{id}: "));
            send(News::Trouble(format!("{whose}{error}"))).await
        }
    }
}

/// Tells that an engagement has changed: in full when it is shown, else in its line of the portfolio, and
/// what happened when it was a check that did it.
async fn changed(
    app: &App,
    told: &Told,
    out: &mpsc::Sender<Msg>,
    engagement: &Engagement,
    by_check_since: Option<u64>,
) -> Result<(), Gone> {
    let head = engagement.state.head.seq;
    let since = told.move_on(engagement.id(), head);
    let events = match since.or(by_check_since) {
        Some(seq) if seq < head => events_after(app, engagement, seq).await,
        Some(_) | None => Vec::new(),
    };
    if since.is_some() || !events.is_empty() {
        let change = Change { snapshot: snapshot(engagement), events };
        out.send(Msg::News(News::Changed(change))).await.map_err(|_| Gone)?;
    }
    let summary = Box::new(engagement.summary(app.now()));
    out.send(Msg::News(News::Summed(summary))).await.map_err(|_| Gone)
}

/// The events after a sequence number. News without words are better than none: what cannot be read
/// is told by whoever opens the engagement.
async fn events_after(app: &App, engagement: &Engagement, seq: u64) -> Vec<Event> {
    let records = app.history(engagement.id()).await.unwrap_or_default();
    records.into_iter().map(|r| r.event).filter(|e| e.seq > seq).collect()
}
