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

use super::answer::snapshot;

/// Up to which event the screen has been told, of the engagements that it shows; and what there is to tell a
/// person who is not looking.
#[derive(Debug)]
pub(super) struct Told {
    shown: Mutex<HashMap<EngagementId, Upto>>,
    herald: Mutex<Herald>,
    notifier: Notifier,
}

/// Up to which event the screen has been told.
#[derive(Debug, Clone, Copy)]
enum Upto {
    /// It is still being opened; the last event that was heard of meanwhile.
    Opening(u64),
    /// This one.
    Told(u64),
}

/// Whether more was heard of an engagement than the screen was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing more.
    Nothing,
    /// There is more to tell.
    More,
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

    /// An engagement is being opened, or read again.
    pub(super) fn opens(&self, id: &EngagementId) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.entry(id.clone()).or_insert(Upto::Opening(0));
    }

    /// The screen has been given an engagement as it was after `seq`. One that was closed meanwhile stays
    /// closed, and one of which more was told is not told of it again.
    pub(super) fn shows(&self, id: &EngagementId, seq: u64) -> Heard {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(upto) = shown.get_mut(id) else {
            return Heard::Nothing;
        };
        let (told, heard) = match *upto {
            Upto::Opening(heard) => (seq, heard),
            Upto::Told(before) => (before.max(seq), 0),
        };
        *upto = Upto::Told(told);
        if heard > seq { Heard::More } else { Heard::Nothing }
    }

    /// An engagement could not be read. One that is shown stays.
    pub(super) fn fails(&self, id: &EngagementId) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(shown.get(id), Some(Upto::Opening(_))) {
            shown.remove(id);
        }
    }

    pub(super) fn closes(&self, id: &EngagementId) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Whether an engagement is shown, or will be.
    pub(super) fn is_open(&self, id: &EngagementId) -> bool {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    /// Moves on to `seq`; says from where, when the engagement is shown.
    fn move_on(&self, id: &EngagementId, seq: u64) -> Option<u64> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let upto = shown.get_mut(id)?;
        match *upto {
            Upto::Opening(heard) => {
                *upto = Upto::Opening(heard.max(seq));
                None
            }
            Upto::Told(before) => {
                *upto = Upto::Told(before.max(seq));
                Some(before)
            }
        }
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
pub(super) async fn changed(
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
    summed(app, told, out, engagement, by_check.map_or(&[], |(_, changes)| changes)).await
}

/// Tells how an engagement stands now, and whoever is not looking what has become of it.
pub(super) async fn summed(
    app: &App,
    told: &Told,
    out: &mpsc::Sender<Msg>,
    engagement: &Engagement,
    changes: &[app::Change],
) -> Result<(), Gone> {
    let summary = Box::new(engagement.summary(app.now()));
    let notices = told.hear(engagement, changes, &summary);
    for notice in notices {
        out.send(Msg::News(News::Notice(notice))).await.map_err(|_| Gone)?;
    }
    out.send(Msg::News(News::Summed(summary))).await.map_err(|_| Gone)
}

/// The events after a sequence number. News without words are better than none: what cannot be read
/// is told by whoever opens the engagement.
async fn events_after(app: &App, engagement: &Engagement, seq: u64) -> Vec<Event> {
    let records = app.history_since(engagement, seq).await.unwrap_or_default();
    records.into_iter().map(|r| r.event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::notify::Notify;

    fn told() -> (Told, EngagementId) {
        let me = MemberName::new("Dana").unwrap();
        (Told::new(me, Notifier::start(Notify::default())), EngagementId::new("acme").unwrap())
    }

    #[tokio::test]
    async fn what_is_closed_while_it_is_opened_stays_closed() {
        let (told, acme) = told();
        told.opens(&acme);
        told.closes(&acme);
        assert_eq!(told.shows(&acme, 7), Heard::Nothing);
        assert!(!told.is_open(&acme));
        assert_eq!(told.move_on(&acme, 8), None);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_open_only_if_it_was_shown_before() {
        let (told, acme) = told();
        told.opens(&acme);
        told.fails(&acme);
        assert!(!told.is_open(&acme));
        told.opens(&acme);
        told.shows(&acme, 7);
        told.fails(&acme);
        assert!(told.is_open(&acme));
    }

    #[tokio::test]
    async fn nothing_is_told_twice_and_nothing_is_missed() {
        let (told, acme) = told();
        told.opens(&acme);
        assert_eq!(told.move_on(&acme, 9), None, "nothing is shown yet that could be moved");
        assert_eq!(told.shows(&acme, 7), Heard::More);
        assert_eq!(told.move_on(&acme, 9), Some(7));
        // Read again, from a log that was read before the last event.
        told.opens(&acme);
        assert_eq!(told.shows(&acme, 8), Heard::Nothing);
        assert_eq!(told.move_on(&acme, 10), Some(9));
    }
}
