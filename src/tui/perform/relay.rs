//! What the live part has seen, as news for the screen.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::app::live::LiveNews;
use crate::app::notify::{Herald, Notice, Notifier};
use crate::app::{self, App, Engagement};
use crate::domain::event::Event;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::summary::Summary;
use crate::tui::msg::{Change, Msg, News};

use super::snapshot;

/// Up to which event the screen has been told, of the engagements that it shows; and what there is to tell a
/// person who is not looking.
#[derive(Debug)]
pub(super) struct Told {
    shown: Mutex<HashMap<EngagementId, u64>>,
    herald: Mutex<Herald>,
    notifier: Notifier,
}

impl Told {
    pub(super) fn new(me: MemberName, notifier: Notifier) -> Self {
        Self { shown: Mutex::default(), herald: Mutex::new(Herald::new(me)), notifier }
    }

    /// How engagements stand, to tell later what is new.
    pub(super) fn learn(&self, rows: &[Summary]) {
        let mut herald = self.herald.lock().unwrap_or_else(PoisonError::into_inner);
        for summary in rows {
            herald.learn(summary);
        }
    }

    /// What there is to tell of an engagement that has changed; told to programs and addresses at once.
    fn hear(&self, engagement: &Engagement, changes: &[app::Change], summary: &Summary) -> Vec<Notice> {
        let mut herald = self.herald.lock().unwrap_or_else(PoisonError::into_inner);
        let notices = herald.hear(engagement, changes, summary);
        for notice in &notices {
            self.notifier.tell(notice.clone());
        }
        notices
    }

    pub(super) fn shows(&self, id: &EngagementId, seq: u64) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), seq);
    }

    pub(super) fn shows_no_longer(&self, id: &EngagementId) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Moves on to `seq`; says from where, when the engagement is shown.
    fn move_on(&self, id: &EngagementId, seq: u64) -> Option<u64> {
        let mut told = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
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
                changed(app, told, out, &engagement, Some((before, &changes))).await?;
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
    by_check: Option<(u64, &[app::Change])>,
) -> Result<(), Gone> {
    let head = engagement.state.head.seq;
    let since = told.move_on(engagement.id(), head);
    let events = match since.or(by_check.map(|(seq, _)| seq)) {
        Some(seq) if seq < head => events_after(app, engagement, seq).await,
        Some(_) | None => Vec::new(),
    };
    if since.is_some() || !events.is_empty() {
        let change = Change { snapshot: snapshot(engagement), events };
        out.send(Msg::News(News::Changed(change))).await.map_err(|_| Gone)?;
    }
    let summary = Box::new(engagement.summary(app.now()));
    let notices = told.hear(engagement, by_check.map_or(&[], |(_, changes)| changes), &summary);
    for notice in notices {
        out.send(Msg::News(News::Notice(notice))).await.map_err(|_| Gone)?;
    }
    out.send(Msg::News(News::Summed(summary))).await.map_err(|_| Gone)
}

/// The events after a sequence number. News without words are better than none: what cannot be read
/// is told by whoever opens the engagement.
async fn events_after(app: &App, engagement: &Engagement, seq: u64) -> Vec<Event> {
    let records = app.history(engagement.id()).await.unwrap_or_default();
    records.into_iter().map(|r| r.event).filter(|e| e.seq > seq).collect()
}
