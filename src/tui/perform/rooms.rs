//! What the screens of the log and of the checks ask for.

use std::sync::Arc;

use crate::app::Exhibit;
use crate::app::trust::LogFault;
use crate::domain::head::Head;
use crate::domain::ids::{CheckId, EngagementId};
use crate::identity::Purpose;
use crate::tui::effect::RequestId;
use crate::tui::model::chronicle::PAGE;
use crate::tui::model::engagement::RECENT;
use crate::tui::msg::{CheckResults, LogPage, Msg, OpenedEvent};

use super::answer::broken;
use super::{Performer, failed};

impl Performer {
    /// A page of the log.
    pub(super) fn load_log(&mut self, request: RequestId, engagement: EngagementId, up_to: Head) {
        self.ask(|app| async move {
            let page = app.log_page(&engagement, up_to, PAGE).await.map_err(failed);
            let answer = page.map(|page| LogPage {
                events: page.records.into_iter().map(|record| record.event).collect(),
                older: page.older,
            });
            Msg::LogPage { request, engagement, answer }
        });
    }

    /// One event, and what it is worth now.
    pub(super) fn open_event(&mut self, request: RequestId, engagement: EngagementId, seq: u64) {
        self.ask(|app| async move {
            let answer = app.exhibit(&engagement, seq).await.map_err(failed);
            let answer = answer.map(|exhibit| Box::new(opened(exhibit)));
            Msg::EventOpened { request, answer }
        });
    }

    /// What is known of every check that has run.
    pub(super) fn load_checks(&mut self, request: RequestId, engagement: EngagementId) {
        let limit = u32::try_from(RECENT).unwrap_or(u32::MAX);
        self.ask(move |app| async move {
            let read = async {
                let mut all = Vec::new();
                for (check, latest) in app.latest(&engagement).await? {
                    let recent = app.recent(&engagement, &check, limit).await?;
                    all.push(CheckResults { check, recent, last_pass: latest.last_pass });
                }
                Ok(all)
            };
            let answer = read.await.map_err(failed);
            Msg::Results { request, engagement, answer }
        });
    }

    /// Runs checks now. What they say comes as news.
    pub(super) fn run_checks(&mut self, request: RequestId, engagement: EngagementId, checks: Vec<CheckId>) {
        let live = Arc::clone(&self.live);
        self.ask(|_| async move {
            let mut answer = Ok(());
            for check in checks {
                if let Err(ended) = live.check_now(engagement.clone(), Some(check)).await {
                    answer = Err(broken(ended.to_string()));
                }
            }
            Msg::Checked { request, answer }
        });
    }

    /// When the checks run next.
    pub(super) fn load_next_runs(&mut self, request: RequestId, engagement: EngagementId) {
        let live = Arc::clone(&self.live);
        self.ask(|_| async move {
            let runs = live.next_runs(engagement.clone()).await;
            let answer = runs.map_err(|ended| broken(ended.to_string()));
            Msg::NextRuns { request, engagement, answer }
        });
    }
}

fn opened(exhibit: Exhibit) -> OpenedEvent {
    let fault = |answer: Result<(), LogFault>| answer.err().map(|fault| fault.to_string());
    OpenedEvent {
        event: exhibit.record.event,
        hash: exhibit.record.hash,
        body: String::from_utf8_lossy(&exhibit.body).into_owned(),
        signature: exhibit.signature,
        namespace: Purpose::Event.namespace(),
        last: exhibit.last,
        chain: fault(exhibit.chain),
        signed: fault(exhibit.signed),
        entitled: fault(exhibit.entitled),
    }
}
