//! From facts to signed rows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::portfolio::stored_summary;
use super::trust::Believed;
use crate::domain::event::{Author, Event, Fact, MAX_BODY, VERSION};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::identity::Purpose;
use crate::store::{AppendExtra, NewRow};

/// Facts made ready to append: events with their rows, and what the engagement is after them.
pub(super) struct Ready {
    pub(super) events: Vec<Event>,
    pub(super) rows: Vec<NewRow>,
    pub(super) after: Engagement,
    pub(super) extra: AppendExtra,
}

/// What facts are turned into events with.
pub(super) struct Draft {
    pub(super) engagement: EngagementId,
    pub(super) by: Author,
    pub(super) at: DateTime<Utc>,
    pub(super) facts: Vec<Fact>,
    /// The state before; none for an engagement that begins.
    pub(super) before: Option<Arc<State>>,
    pub(super) runbook: Arc<Runbook>,
}

impl App {
    /// Numbers, chains, serialises and signs. The bytes that are signed here are the ones that are kept.
    pub(super) async fn make_ready(&self, draft: Draft) -> Result<Ready, AppError> {
        let signer = Arc::clone(&self.signer);
        let work = tokio::task::spawn_blocking(move || {
            let Draft { engagement, by, at, facts, before, runbook } = draft;
            let mut believed =
                Believed { state: before.map(Arc::unwrap_or_clone), runbook: Some(Arc::clone(&runbook)) };
            let (mut events, mut rows) = (Vec::new(), Vec::new());
            for fact in facts {
                let head = believed.head();
                let event = Event {
                    v: VERSION,
                    engagement: engagement.clone(),
                    seq: head.seq + 1,
                    prev: head.hash,
                    id: event_id(at),
                    at,
                    by: by.clone(),
                    fact,
                };
                let body = serde_json::to_vec(&event).map_err(AppError::Unwritable)?;
                // What is written must be read again: see `trust::parse`.
                if body.len() > MAX_BODY {
                    return Err(AppError::TooLarge(body.len()));
                }
                let signature = signer.sign(Purpose::Event, &body)?.into();
                let next: Head = head.after(&body);
                believed.evolve(&event, next)?;
                rows.push(NewRow { id: event.id, body, signature });
                events.push(event);
            }
            let Some(state) = believed.state else {
                return Err(AppError::ShuttingDown);
            };
            let after = Engagement { runbook, state: Arc::new(state) };
            let extra = AppendExtra { runbook: None, summary: Some(stored_summary(&after, at)?) };
            Ok(Ready { events, rows, after, extra })
        });
        work.await.map_err(|_| AppError::ShuttingDown)?
    }
}

/// A UUID version 7 with the time of the event, so that ids sort as events do.
fn event_id(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, at.timestamp_subsec_nanos()))
}
