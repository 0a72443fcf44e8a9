//! The live part: checks that run while somebody watches, and what others append meanwhile.
//!
//! One task owns it all. Results of checks go through [`App::observe`] one after the other; whatever
//! moves a log, here or in another process, is read again and told. News go into a bounded channel: a
//! screen that does not take them holds the checks back, and loses nothing.
//!
//! Checks of stages that are still shut run too, at a fifth of their pace, so that a screen can show
//! what is ready early. When a stage opens, its checks run at once.
//!
//! Of its own accord it watches the most urgent [`MAX_WATCHED`]. What somebody opens or asks about beyond
//! those is a guest: it has a place beside them, and gives it up when it is closed or others need it.

mod desk;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{App, AppError, Change, Engagement};
use crate::checks::{NextRuns, Poller};
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;

use desk::Desk;

/// The most engagements that are watched without anybody looking at them; the most urgent ones, when all
/// are asked for.
pub const MAX_WATCHED: usize = 500;
/// Engagements that may be watched besides, because somebody opens them or asks for their checks. An open
/// one is never turned away.
pub const MAX_GUESTS: usize = 100;
/// Results and requests that may wait.
const WAITING: usize = 64;

/// Which engagements are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// These.
    Only(Vec<EngagementId>),
    /// All that have checks which can run, up to [`MAX_WATCHED`]; those too that come to it later.
    All,
}

/// How many engagements have a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Those that are watched without anybody looking.
    pub(super) own: usize,
    /// Those that somebody opened or asked about.
    pub(super) guests: usize,
}

/// What happened.
#[derive(Debug)]
pub enum LiveNews {
    /// A check of an engagement has a result; of one that somebody looks at, whichever process ran it.
    Observed {
        /// The engagement after it.
        engagement: Engagement,
        /// The result, with its streak.
        observation: Box<Observation>,
        /// What it changed; nothing on most days.
        changes: Vec<Change>,
    },
    /// A log moved, by this process or another. Comes for every engagement of the store, watched or
    /// not; not for what a result of this process's own checks has changed.
    Moved(Engagement),
    /// An engagement cannot be read, or a result cannot be kept.
    Trouble {
        /// The engagement; none when it is the store itself.
        engagement: Option<EngagementId>,
        /// Why.
        error: AppError,
    },
}

/// The live part is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing is being watched any more")]
pub struct Ended;

enum Order {
    Watch(EngagementId),
    Forget(EngagementId),
    CheckNow(EngagementId, Option<CheckId>),
    NextRuns(EngagementId, oneshot::Sender<NextRuns>),
}

/// A handle on the live part; dropping it ends everything.
#[derive(Debug)]
pub struct Live {
    orders: mpsc::Sender<Order>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Live {
    /// Starts watching. Whatever is appended from now on is told.
    pub async fn start(app: App, scope: Scope, news: mpsc::Sender<LiveNews>) -> Result<Self, AppError> {
        Self::start_after(app, scope, news, std::future::ready(())).await
    }

    /// Starts watching once `after` is over, such as the first frame of a screen, which is not to share the
    /// disk with anything. Whatever is appended from now on, even before that, is told.
    pub async fn start_after(
        app: App,
        scope: Scope,
        news: mpsc::Sender<LiveNews>,
        after: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self, AppError> {
        let places = Places { own: MAX_WATCHED, guests: MAX_GUESTS };
        Self::start_with(app, scope, news, after, places).await
    }

    pub(super) async fn start_with(
        app: App,
        scope: Scope,
        news: mpsc::Sender<LiveNews>,
        after: impl Future<Output = ()> + Send + 'static,
        places: Places,
    ) -> Result<Self, AppError> {
        let runner = app.runner()?;
        let position = app.shared.store.position().await?;
        let (orders, inbox) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let (sink, results) = mpsc::channel(WAITING);
        let poller = Poller::spawn(Arc::new(runner), sink);
        let desk = Desk::new(app, poller, news, places, position);
        let task = tokio::spawn(desk.work(scope, after, (inbox, results), stop.clone()));
        Ok(Self { orders, stop, task })
    }

    /// Watches an engagement that somebody has opened, for as long as it is not forgotten.
    pub async fn watch(&self, engagement: EngagementId) -> Result<(), Ended> {
        self.send(Order::Watch(engagement)).await
    }

    /// An engagement is open no longer: it is watched on only if it would be without anybody looking.
    pub async fn forget(&self, engagement: EngagementId) -> Result<(), Ended> {
        self.send(Order::Forget(engagement)).await
    }

    /// Runs a check now, or all of the engagement.
    pub async fn check_now(&self, engagement: EngagementId, check: Option<CheckId>) -> Result<(), Ended> {
        self.send(Order::CheckNow(engagement, check)).await
    }

    /// When each check of an engagement runs next; nothing of one that is not watched.
    pub async fn next_runs(&self, engagement: EngagementId) -> Result<NextRuns, Ended> {
        let (answer, asked) = oneshot::channel();
        self.send(Order::NextRuns(engagement, answer)).await?;
        asked.await.map_err(|_| Ended)
    }

    /// Ends everything and waits until nothing runs any more.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Its only other end is a panic of the task itself, which ends it as well.
        let _ = (&mut self.task).await;
    }

    async fn send(&self, order: Order) -> Result<(), Ended> {
        self.orders.send(order).await.map_err(|_| Ended)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
