//! The task of the live part: which engagements are watched, and what becomes of results and of logs that
//! move.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::plan::{Pace, opened, plan};
use super::super::{App, AppError, Engagement};
use super::{LiveNews, Order, Places, Scope};
use crate::checks::{PollerHandle, Watch};
use crate::domain::check::Check;
use crate::domain::digest::Digest;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::Observation;
use crate::store::{Changes, Position};

/// How much longer the checks of a shut stage wait.
const SHUT_PACE: u32 = 5;

/// A check at its own pace and at that of a shut stage.
struct Paced {
    open: Arc<Check>,
    shut: Arc<Check>,
}

pub(super) struct Desk {
    app: App,
    poller: PollerHandle,
    news: mpsc::Sender<LiveNews>,
    places: Places,
    /// Whether every engagement with checks that can run is watched, as far as there are places.
    takes_all: bool,
    /// What the poller was last told of each engagement.
    watched: HashMap<EngagementId, Engagement>,
    /// Those that somebody looks at.
    open: HashSet<EngagementId>,
    /// Those that are watched only because somebody opened them or asked, the first of them first.
    guests: VecDeque<EngagementId>,
    /// The newest results that were told, or were there already, of those that somebody looks at.
    told: HashMap<EngagementId, BTreeMap<CheckId, DateTime<Utc>>>,
    checks: HashMap<Digest, Arc<BTreeMap<CheckId, Paced>>>,
    position: Position,
}

/// Nobody takes the news any more, or the poller is gone: the end.
struct Over;

impl Desk {
    /// One that watches nothing yet. What moves after `position` is told.
    pub(super) fn new(
        app: App,
        poller: PollerHandle,
        news: mpsc::Sender<LiveNews>,
        places: Places,
        position: Position,
    ) -> Self {
        Self {
            app,
            poller,
            news,
            places,
            takes_all: false,
            watched: HashMap::new(),
            open: HashSet::new(),
            guests: VecDeque::new(),
            told: HashMap::new(),
            checks: HashMap::new(),
            position,
        }
    }

    pub(super) async fn work(
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
        self.takes_all = scope == Scope::All;
        let ids = match scope {
            Scope::Only(ids) => ids,
            Scope::All => match self.app.with_checks(self.places.own).await {
                Ok(ids) => ids,
                Err(error) => return self.trouble(None, error).await,
            },
        };
        for id in ids.into_iter().take(self.places.own) {
            self.watch(id).await?;
        }
        Ok(())
    }

    async fn take(&mut self, order: Order) -> Result<(), Over> {
        match order {
            Order::Watch(id) => {
                self.open.insert(id.clone());
                let newest = self.newest(&id).await.into_iter().map(|(check, seen)| (check, seen.at));
                let newest = newest.collect();
                self.told.insert(id.clone(), newest);
                self.host(id).await
            }
            Order::Forget(id) => {
                self.open.remove(&id);
                self.told.remove(&id);
                self.see_off(&id).await
            }
            Order::CheckNow(id, check) => {
                self.host(id.clone()).await?;
                self.poller.check_now(id, check).await.map_err(|_| Over)
            }
            Order::NextRuns(id, answer) => self.poller.next_runs(id, answer).await.map_err(|_| Over),
        }
    }

    /// Watches an engagement as a guest, unless it is watched already. The first guest that nobody looks at
    /// makes room.
    async fn host(&mut self, id: EngagementId) -> Result<(), Over> {
        if self.watched.contains_key(&id) {
            return Ok(());
        }
        if self.guests.len() >= self.places.guests
            && let Some(first) = self.guests.iter().find(|guest| !self.open.contains(*guest)).cloned()
        {
            self.see_off(&first).await?;
        }
        self.guests.push_back(id.clone());
        self.watch(id).await
    }

    /// Watches a guest no longer, unless it would be watched without being one.
    async fn see_off(&mut self, id: &EngagementId) -> Result<(), Over> {
        let Some(at) = self.guests.iter().position(|guest| guest == id) else {
            return Ok(());
        };
        self.guests.remove(at);
        if self.watched.get(id).is_some_and(|engagement| self.belongs(engagement)) {
            return Ok(());
        }
        self.watched.remove(id);
        self.poller.forget(id.clone()).await.map_err(|_| Over)
    }

    /// Whether an engagement is to be watched without anybody looking, and has a place.
    fn belongs(&self, engagement: &Engagement) -> bool {
        let guests = self.guests.iter().filter(|guest| self.watched.contains_key(*guest)).count();
        let others = self.watched.keys().filter(|id| *id != engagement.id()).count() - guests;
        self.takes_all
            && others < self.places.own
            && !plan(engagement, &engagement.assess(self.app.now())).is_empty()
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
                if let Some(told) = self.told.get_mut(&id) {
                    told.insert(seen.observation.check.clone(), seen.observation.at);
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
                    if known.is_some() || self.belongs(&engagement) {
                        self.tell_poller(engagement.clone()).await?;
                    }
                    self.tell(LiveNews::Moved(engagement)).await?;
                }
                Err(error) => self.trouble(Some(id), error).await?,
            }
        }
        let open: Vec<EngagementId> = self.told.keys().cloned().collect();
        for id in open {
            self.seen_elsewhere(&id).await?;
        }
        Ok(())
    }

    /// Tells the results that others have kept since: whoever looks at an engagement sees one light, whichever
    /// process ran the check.
    async fn seen_elsewhere(&mut self, id: &EngagementId) -> Result<(), Over> {
        let newest = self.newest(id).await;
        let Some(told) = self.told.get_mut(id) else { return Ok(()) };
        let newer: Vec<Observation> = newest
            .into_iter()
            .filter(|(check, seen)| told.insert(check.clone(), seen.at).is_none_or(|at| at < seen.at))
            .map(|(_, seen)| seen)
            .collect();
        if newer.is_empty() {
            return Ok(());
        }
        let engagement = match self.app.load(id).await {
            Ok(engagement) => engagement,
            Err(error) => return self.trouble(Some(id.clone()), error).await,
        };
        for observation in newer {
            let (engagement, observation) = (engagement.clone(), Box::new(observation));
            self.tell(LiveNews::Observed { engagement, observation, changes: Vec::new() }).await?;
        }
        Ok(())
    }

    /// The newest result of each check; none that cannot be read, which then only says less.
    async fn newest(&self, id: &EngagementId) -> BTreeMap<CheckId, Observation> {
        let latest = self.app.latest(id).await.unwrap_or_default();
        latest.into_iter().map(|(check, latest)| (check, latest.observation)).collect()
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
            let known = self.newest(&id).await.into_iter();
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
