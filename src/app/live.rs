//! The live part: checks that run while somebody watches, and what others append meanwhile.
//!
//! One task owns it all. Results of checks go through [`App::observe`] one after the other; whatever
//! moves a log, here or in another process, is read again and told. News go into a bounded channel: a
//! screen that does not take them holds the checks back, and loses nothing.
//!
//! Checks of stages that are still shut run too, at a fifth of their pace, so that a screen can show
//! what is ready early. When a stage opens, its checks run at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::plan::{Pace, opened, plan};
use super::{App, AppError, Change, Engagement};
use crate::checks::{NextRuns, Poller, PollerHandle, Watch};
use crate::domain::check::Check;
use crate::domain::digest::Digest;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;
use crate::store::{Changes, Position};

/// The most engagements that are watched at once; the most urgent ones, when all are asked for.
pub const MAX_WATCHED: usize = 500;
/// How much longer the checks of a shut stage wait.
const SHUT_PACE: u32 = 5;
/// Results and requests that may wait.
const WAITING: usize = 64;

/// Which engagements are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// These.
    Only(Vec<EngagementId>),
    /// All that have checks which can run, up to [`MAX_WATCHED`].
    All,
}

/// What happened.
#[derive(Debug)]
pub enum LiveNews {
    /// A check of an engagement has a result.
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
        let runner = app.runner()?;
        let position = app.shared.store.position().await?;
        let (orders, inbox) = mpsc::channel(WAITING);
        let stop = CancellationToken::new();
        let (sink, results) = mpsc::channel(WAITING);
        let desk = Desk {
            poller: Poller::spawn(Arc::new(runner), sink),
            app,
            news,
            watched: HashMap::new(),
            checks: HashMap::new(),
            position,
        };
        let task = tokio::spawn(desk.work(scope, after, (inbox, results), stop.clone()));
        Ok(Self { orders, stop, task })
    }

    /// Watches one more engagement.
    pub async fn watch(&self, engagement: EngagementId) -> Result<(), Ended> {
        self.send(Order::Watch(engagement)).await
    }

    /// Watches an engagement no longer.
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

/// A check at its own pace and at that of a shut stage.
struct Paced {
    open: Arc<Check>,
    shut: Arc<Check>,
}

struct Desk {
    app: App,
    poller: PollerHandle,
    news: mpsc::Sender<LiveNews>,
    /// What the poller was last told of each engagement.
    watched: HashMap<EngagementId, Engagement>,
    checks: HashMap<Digest, Arc<BTreeMap<CheckId, Paced>>>,
    position: Position,
}

/// Nobody takes the news any more, or the poller is gone: the end.
struct Over;

impl Desk {
    async fn work(
        mut self,
        scope: Scope,
        after: impl Future<Output = ()>,
        (inbox, results): (mpsc::Receiver<Order>, mpsc::Receiver<(EngagementId, Observation)>),
        stop: CancellationToken,
    ) {
        let stopped = stop.clone();
        tokio::select! {
            () = stopped.cancelled() => {}
            _ = async {
                after.await;
                // Subscribed before anything is read: what is appended in between is not missed.
                let changes = self.app.changes();
                self.serve(scope, changes, inbox, results).await
            } => {}
        }
        self.poller.stop().await;
    }

    async fn serve(
        &mut self,
        scope: Scope,
        mut changes: Changes,
        mut inbox: mpsc::Receiver<Order>,
        mut results: mpsc::Receiver<(EngagementId, Observation)>,
    ) -> Result<(), Over> {
        self.begin(scope).await?;
        // What was appended before anything was watched.
        self.moved().await?;
        loop {
            tokio::select! {
                Some((id, observation)) = results.recv() => self.observed(id, observation).await?,
                order = inbox.recv() => self.take(order.ok_or(Over)?).await?,
                changed = changes.next() => {
                    changed.map_err(|_| Over)?;
                    self.moved().await?;
                }
                () = self.news.closed() => return Err(Over),
            }
        }
    }

    async fn begin(&mut self, scope: Scope) -> Result<(), Over> {
        let ids = match scope {
            Scope::Only(ids) => ids,
            Scope::All => match self.app.with_checks(MAX_WATCHED).await {
                Ok(ids) => ids,
                Err(error) => return self.trouble(None, error).await,
            },
        };
        for id in ids.into_iter().take(MAX_WATCHED) {
            self.watch(id).await?;
        }
        Ok(())
    }

    async fn take(&mut self, order: Order) -> Result<(), Over> {
        match order {
            Order::Watch(id) if self.watched.len() < MAX_WATCHED => self.watch(id).await,
            Order::Watch(_) => Ok(()),
            Order::Forget(id) => {
                self.watched.remove(&id);
                self.poller.forget(id).await.map_err(|_| Over)
            }
            Order::CheckNow(id, check) => {
                if !self.watched.contains_key(&id) {
                    self.watch(id.clone()).await?;
                }
                self.poller.check_now(id, check).await.map_err(|_| Over)
            }
            Order::NextRuns(id, answer) => self.poller.next_runs(id, answer).await.map_err(|_| Over),
        }
    }

    async fn watch(&mut self, id: EngagementId) -> Result<(), Over> {
        match self.app.load(&id).await {
            Ok(engagement) => self.tell_poller(engagement).await,
            Err(error) => self.trouble(Some(id), error).await,
        }
    }

    async fn observed(&mut self, id: EngagementId, observation: Observation) -> Result<(), Over> {
        match self.app.observe(&id, observation).await {
            Ok(seen) => {
                if self.watched.contains_key(&id) {
                    self.tell_poller(seen.engagement.clone()).await?;
                }
                self.tell(LiveNews::Observed {
                    engagement: seen.engagement,
                    observation: Box::new(seen.observation),
                    changes: seen.changes,
                })
                .await
            }
            Err(error) => self.trouble(Some(id), error).await,
        }
    }

    async fn moved(&mut self) -> Result<(), Over> {
        let moved = match self.app.shared.store.moved_since(self.position).await {
            Ok(moved) => moved,
            Err(error) => return self.trouble(None, error.into()).await,
        };
        self.position = moved.position;
        for (id, head) in moved.heads {
            let known = self.watched.get(&id).map(|e| e.state.head);
            if known == Some(head) {
                continue;
            }
            match self.app.load(&id).await {
                Ok(engagement) => {
                    if known.is_some() {
                        self.tell_poller(engagement.clone()).await?;
                    }
                    self.tell(LiveNews::Moved(engagement)).await?;
                }
                Err(error) => self.trouble(Some(id), error).await?,
            }
        }
        Ok(())
    }

    /// Brings the poller up to date, and runs at once what a stage that has just opened waits for.
    async fn tell_poller(&mut self, engagement: Engagement) -> Result<(), Over> {
        let id = engagement.id().clone();
        let before = self.watched.get(&id).cloned();
        if before.as_ref().is_some_and(|b| b.state.head == engagement.state.head) {
            return Ok(());
        }
        let now = self.app.now();
        let assessment = engagement.assess(now);
        let plan = plan(&engagement, &assessment);
        let paced = self.paced(&engagement);
        let checks = plan
            .iter()
            .filter_map(|(check, pace)| {
                paced.get(check).map(|p| match pace {
                    Pace::Open => Arc::clone(&p.open),
                    Pace::Shut => Arc::clone(&p.shut),
                })
            })
            .collect();
        let subject = self.app.subject(&engagement);
        let last = if before.is_some() {
            BTreeMap::new()
        } else {
            let latest = self.app.latest(&id).await.unwrap_or_default();
            let known = latest.into_iter().map(|(check, latest)| (check, latest.observation));
            known.filter(|(check, last)| counts(&engagement, check, last)).collect()
        };
        self.poller.watch(id.clone(), Watch { checks, subject, last }).await.map_err(|_| Over)?;
        if let Some(before) = before {
            for check in opened(&engagement, &before.assess(now), &assessment) {
                if plan.contains_key(&check) {
                    self.poller.check_now(id.clone(), Some(check)).await.map_err(|_| Over)?;
                }
            }
        }
        self.watched.insert(id, engagement);
        Ok(())
    }

    fn paced(&mut self, engagement: &Engagement) -> Arc<BTreeMap<CheckId, Paced>> {
        let runbook = &engagement.runbook;
        let all = || {
            let paced = |check: &Check| {
                let slow = Check { every: check.every.saturating_mul(SHUT_PACE), ..check.clone() };
                Paced { open: Arc::new(check.clone()), shut: Arc::new(slow) }
            };
            Arc::new(runbook.checks.iter().map(|(id, check)| (id.clone(), paced(check))).collect())
        };
        Arc::clone(self.checks.entry(runbook.digest).or_insert_with(all))
    }

    async fn trouble(&self, engagement: Option<EngagementId>, error: AppError) -> Result<(), Over> {
        self.tell(LiveNews::Trouble { engagement, error }).await
    }

    async fn tell(&self, news: LiveNews) -> Result<(), Over> {
        self.news.send(news).await.map_err(|_| Over)
    }
}

/// Whether the log has what a result says, as far as the check is not asked again anyway: of a check that
/// looks inward, a result that a member never saw must be said again.
fn counts(engagement: &Engagement, check: &CheckId, last: &Observation) -> bool {
    let inward = engagement.runbook.checks.get(check).is_some_and(|c| c.kind.looks_inward());
    let settled = engagement.state.checks.get(check).map(|settled| settled.verdict);
    !inward || settled == Some(last.verdict)
}
