//! The one owner of writes: takes them in the order in which they were asked for, and is waited for at the end.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;

use crate::app::{Act, App, Done, UpgradePlan};
use crate::domain::ids::EngagementId;
use crate::tui::effect::{ReleaseWish, RequestId};
use crate::tui::msg::{Change, Failed, Msg};

use super::answer::{broken, failed, snapshot};
use super::{board, kickoff};

/// Writes that may wait to be carried out: more than anybody presses while a disk is slow.
const WRITES: usize = 64;
/// How long writes have to end when the person leaves.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// A write that waits for its turn.
pub(super) struct Write {
    pub(super) request: RequestId,
    pub(super) engagement: EngagementId,
    pub(super) work: Work,
}

/// What is written.
pub(super) enum Work {
    /// What follows from a command.
    One(Act),
    /// What follows from several, one after the other.
    All(Vec<Act>),
    /// A decision on going live, with its release.
    Release(ReleaseWish),
    /// Another version of the runbook, as it was shown.
    Upgrade(Box<UpgradePlan>),
}

/// Carries a write out; the message that answers it.
async fn write(app: &App, Write { request, engagement, work }: Write) -> Msg {
    let change = |done: Done| Change { snapshot: snapshot(&done.engagement), events: done.events };
    match work {
        Work::One(act) => {
            let answer = app.execute(&engagement, act).await.map(change).map_err(failed);
            Msg::Executed { request, answer }
        }
        Work::All(acts) => {
            let answer = kickoff::all(app, &engagement, acts).await;
            Msg::Bulked { request, answer }
        }
        Work::Upgrade(plan) => {
            let answer = app.upgrade(*plan).await.map(change).map_err(failed);
            Msg::Executed { request, answer }
        }
        Work::Release(wish) => {
            let answer = board::release(app, &engagement, &wish).await;
            Msg::Released { request, wish, answer }
        }
    }
}

/// Carries writes out, one after the other.
pub(super) struct Writer {
    queue: mpsc::Sender<Write>,
    task: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(app: App, out: mpsc::Sender<Msg>) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Write>(WRITES);
        let task = tokio::spawn(async move {
            while let Some(wanted) = waiting.recv().await {
                let answer = write(&app, wanted).await;
                // A screen that has gone does not want the answer; the write counts all the same.
                let _ = out.send(answer).await;
            }
        });
        Self { queue, task }
    }

    /// Has something written, after all that was asked for before it.
    pub(super) fn write(&self, write: Write) -> Result<(), Failed> {
        self.queue.try_send(write).map_err(|why| {
            broken(match why {
                TrySendError::Full(_) => "too much is waiting to be written: this was not done",
                TrySendError::Closed(_) => "nothing can be written any more: this was not done",
            })
        })
    }

    /// The queue itself, for what can wait for a place in it.
    pub(super) fn queue(&self) -> mpsc::Sender<Write> {
        self.queue.clone()
    }

    /// Waits for the writes that were asked for. No copy of the queue may be left.
    pub(super) async fn finish(self) {
        drop(self.queue);
        let _ = tokio::time::timeout(LAST_WRITES, self.task).await;
    }
}
