//! The poller: runs the checks of many engagements when they are due, for as long as it lives.
//!
//! One task owns the agenda and sleeps until the next check is due or someone asks for something; each
//! run is a task of its own. A run hands its observation to the sink itself, so a full sink makes that
//! one check wait (it is not run again before its result is taken) and nothing else. What is under way
//! at once is bounded by [`Lanes`](super::lanes::Lanes).
//!
//! A check that looks inward runs when it is first watched and when a fact that it reads changes, and is
//! heard of only when it says something else than before: five hundred engagements at rest cost nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::runner::Runner;
use super::schedule::{self, Agenda, Pace};
use super::settle;
use super::subject::Subject;
use crate::domain::check::Check;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::verdict::{Observation, Verdict};

/// Requests to the poller that may wait to be taken up.
const WAITING_ORDERS: usize = 64;

/// The live checks of one engagement.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The checks to run; the runbook's, without those of items that do not apply.
    pub checks: Vec<Arc<Check>>,
    /// The engagement as it is now.
    pub subject: Subject,
    /// The last known results: a fresh one is not asked for again at once, and streaks go on.
    pub last: BTreeMap<CheckId, Observation>,
}

/// Where results go.
pub type Sink = mpsc::Sender<(EngagementId, Observation)>;

type Key = (EngagementId, CheckId);

/// When a check runs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// It runs now.
    Running,
    /// At this moment, if nobody asks for it sooner.
    At(DateTime<Utc>),
    /// When a fact that it reads changes.
    WhenFactsChange,
}

/// When each check of an engagement runs next; a check that is not watched has no entry.
pub type NextRuns = BTreeMap<CheckId, NextRun>;

enum Order {
    Watch(EngagementId, Box<Watch>),
    Forget(EngagementId),
    Now(EngagementId, Option<CheckId>),
    Runs(EngagementId, oneshot::Sender<NextRuns>),
}

/// The poller is gone: it was stopped, or nobody takes its results any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the poller has stopped")]
pub struct Stopped;

/// The poller. Dropping all handles stops it.
#[derive(Debug)]
pub struct Poller;

impl Poller {
    /// Starts a poller on the current runtime.
    pub fn spawn(runner: Arc<Runner>, sink: Sink) -> PollerHandle {
        let (orders, inbox) = mpsc::channel(WAITING_ORDERS);
        let stop = CancellationToken::new();
        let desk = Desk {
            runner,
            sink,
            began: Instant::now(),
            agenda: Agenda::default(),
            entries: HashMap::new(),
            runs: JoinSet::new(),
        };
        let task = tokio::spawn(desk.work(inbox, stop.clone()));
        PollerHandle { orders, stop, task }
    }
}

/// What others ask the poller for.
#[derive(Debug)]
pub struct PollerHandle {
    orders: mpsc::Sender<Order>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl PollerHandle {
    /// Sets the checks of an engagement. Checks that read something that has changed run at once;
    /// those that do not keep their times.
    pub async fn watch(&self, engagement: EngagementId, watch: Watch) -> Result<(), Stopped> {
        self.send(Order::Watch(engagement, Box::new(watch))).await
    }

    /// Ends the checks of an engagement; what is under way is dropped.
    pub async fn forget(&self, engagement: EngagementId) -> Result<(), Stopped> {
        self.send(Order::Forget(engagement)).await
    }

    /// Runs a check now, or all of the engagement, and tells what comes of it even if it is nothing new. One
    /// that is under way is run again only when its result turns out to be older than the question; one that
    /// the other side asked to wait with waits.
    pub async fn check_now(&self, engagement: EngagementId, check: Option<CheckId>) -> Result<(), Stopped> {
        self.send(Order::Now(engagement, check)).await
    }

    /// Answers when each check of an engagement runs next.
    pub async fn next_runs(
        &self,
        engagement: EngagementId,
        answer: oneshot::Sender<NextRuns>,
    ) -> Result<(), Stopped> {
        self.send(Order::Runs(engagement, answer)).await
    }

    /// Stops the poller and waits until nothing of it runs.
    pub async fn stop(self) {
        self.stop.cancel();
        // Its only other end is a panic of the poller itself, which ends it as well.
        let _ = self.task.await;
    }

    async fn send(&self, order: Order) -> Result<(), Stopped> {
        self.orders.send(order).await.map_err(|_| Stopped)
    }
}

struct Entry {
    check: Arc<Check>,
    subject: Subject,
    before: Option<Said>,
    /// When somebody asked for a result that has not been told since.
    asked: Option<DateTime<Utc>>,
    /// No run before this, whoever asks: the other side said so.
    not_before: Option<Duration>,
    run: Option<AbortHandle>,
}

/// What a check said last.
#[derive(Debug, Clone)]
struct Said {
    verdict: Verdict,
    streak: u32,
    summary: String,
}

impl Said {
    fn of(observation: &Observation) -> Self {
        let Observation { verdict, streak, summary, .. } = observation;
        Self { verdict: *verdict, streak: *streak, summary: summary.clone() }
    }

    /// Whether a check that looks inward has nothing to add before the facts change.
    fn is_final(&self, check: &Check) -> bool {
        let enough = check.after_passes.max(check.after_failures).get();
        check.kind.looks_inward() && self.verdict != Verdict::Unknown && self.streak >= enough
    }
}

struct Done {
    key: Key,
    run: tokio::task::Id,
    said: Said,
    pace: Pace,
    /// The question that the run was begun for.
    asked: Option<DateTime<Utc>>,
    told: Told,
}

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It went out, and is of this moment.
    At(DateTime<Utc>),
    /// It was nothing new.
    Nothing,
    /// Nobody takes results any more.
    NoOne,
}

impl Done {
    /// Whether whoever asked at this moment has been told a result from after it. A run that was begun for
    /// the question answers it whatever the clock says, so that a clock set back makes no check run for ever.
    fn answers(&self, asked: DateTime<Utc>) -> bool {
        match self.told {
            Told::At(at) => at >= asked || self.asked == Some(asked),
            Told::Nothing | Told::NoOne => false,
        }
    }
}

/// The poller's own task.
struct Desk {
    runner: Arc<Runner>,
    sink: Sink,
    began: Instant,
    agenda: Agenda<Key>,
    entries: HashMap<EngagementId, BTreeMap<CheckId, Entry>>,
    runs: JoinSet<Done>,
}

impl Desk {
    async fn work(mut self, mut inbox: mpsc::Receiver<Order>, stop: CancellationToken) {
        loop {
            let wake = self.agenda.wake_at().map(|at| self.began + at);
            tokio::select! {
                () = stop.cancelled() => break,
                order = inbox.recv() => match order {
                    Some(order) => self.take(order),
                    None => break,
                },
                Some(done) = self.runs.join_next() => match done {
                    Ok(done) if done.told == Told::NoOne => break,
                    Ok(done) => self.finish(done),
                    // Aborted because its check changed, which has put it on the agenda anew. Panics
                    // are caught where the check runs.
                    Err(_) => {}
                },
                () = sleep_until(wake.unwrap_or(self.began)), if wake.is_some() => self.start_due(),
                // Without this a poller that watches nothing would outlive its listener.
                () = self.sink.closed() => break,
            }
        }
        self.runs.shutdown().await;
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Watch(engagement, watch) => self.watch(&engagement, *watch),
            Order::Forget(engagement) => self.keep_only(&engagement, &BTreeSet::new()),
            Order::Now(engagement, check) => self.run_now(&engagement, check.as_ref()),
            Order::Runs(engagement, answer) => {
                // Whoever asked may have gone.
                let _ = answer.send(self.next_runs(&engagement));
            }
        }
    }

    fn watch(&mut self, engagement: &EngagementId, watch: Watch) {
        self.keep_only(engagement, &watch.checks.iter().map(|c| c.id.clone()).collect());
        let now = self.now();
        let clock_now = self.runner.clock().now();
        let Self { entries, agenda, .. } = self;
        let entries = entries.entry(engagement.clone()).or_default();
        for check in watch.checks {
            let key = (engagement.clone(), check.id.clone());
            if let Some(entry) = entries.get_mut(&check.id) {
                let changed = entry.subject.differs_for(&watch.subject, &check);
                entry.subject = watch.subject.clone();
                entry.check = check;
                if changed {
                    // What it would say is about facts that are no longer so.
                    if let Some(run) = entry.run.take() {
                        run.abort();
                    }
                    agenda.set(key, entry.not_before.map_or(now, |at| at.max(now)));
                }
            } else {
                let last = watch.last.get(&check.id);
                // Facts may have changed while nobody looked, however fresh the last result is.
                let of_old = last.filter(|_| !check.kind.looks_inward());
                let age = of_old.map(|o| clock_now.signed_duration_since(o.at).to_std().unwrap_or_default());
                let wait = schedule::first(check.every, age, rand::random());
                agenda.set(key, now.saturating_add(wait));
                let entry = Entry {
                    subject: watch.subject.clone(),
                    before: last.map(Said::of),
                    asked: None,
                    not_before: None,
                    run: None,
                    check,
                };
                entries.insert(entry.check.id.clone(), entry);
            }
        }
    }

    fn keep_only(&mut self, engagement: &EngagementId, checks: &BTreeSet<CheckId>) {
        let Some(entries) = self.entries.get_mut(engagement) else {
            return;
        };
        let agenda = &mut self.agenda;
        entries.retain(|id, entry| {
            let keep = checks.contains(id);
            if !keep {
                agenda.remove(&(engagement.clone(), id.clone()));
                if let Some(run) = entry.run.take() {
                    run.abort();
                }
            }
            keep
        });
        if entries.is_empty() {
            self.entries.remove(engagement);
        }
    }

    fn run_now(&mut self, engagement: &EngagementId, check: Option<&CheckId>) {
        let (now, asked) = (self.now(), self.runner.clock().now());
        let Some(entries) = self.entries.get_mut(engagement) else {
            return;
        };
        for (id, entry) in entries.iter_mut().filter(|(id, _)| check.is_none_or(|c| c == *id)) {
            entry.asked = Some(asked);
            if entry.run.is_none() {
                let at = entry.not_before.map_or(now, |earliest| earliest.max(now));
                self.agenda.set((engagement.clone(), id.clone()), at);
            }
        }
    }

    fn next_runs(&self, engagement: &EngagementId) -> NextRuns {
        let (now, clock_now) = (self.now(), self.runner.clock().now());
        let entries = self.entries.get(engagement).into_iter().flatten();
        let next = |id: &CheckId, entry: &Entry| {
            if entry.run.is_some() {
                return NextRun::Running;
            }
            match self.agenda.when(&(engagement.clone(), id.clone())) {
                Some(at) => {
                    let wait = TimeDelta::from_std(at.saturating_sub(now)).unwrap_or(TimeDelta::MAX);
                    NextRun::At(clock_now.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC))
                }
                None => NextRun::WhenFactsChange,
            }
        };
        entries.map(|(id, entry)| (id.clone(), next(id, entry))).collect()
    }

    fn start_due(&mut self) {
        for key in self.agenda.due(self.now()) {
            let Some(entry) = self.entries.get_mut(&key.0).and_then(|e| e.get_mut(&key.1)) else {
                continue;
            };
            let run = run(
                key,
                Arc::clone(&self.runner),
                Arc::clone(&entry.check),
                entry.subject.clone(),
                entry.before.clone(),
                entry.asked,
                self.sink.clone(),
            );
            entry.run = Some(self.runs.spawn(run));
        }
    }

    fn finish(&mut self, done: Done) {
        let now = self.now();
        let Some(entry) = self.entries.get_mut(&done.key.0).and_then(|e| e.get_mut(&done.key.1)) else {
            return;
        };
        let answered = entry.asked.is_some_and(|asked| done.answers(asked));
        let last = entry.before.insert(done.said);
        if entry.run.as_ref().is_none_or(|run| run.id() != done.run) {
            // It was replaced at the very moment that it ended; the new run is on the agenda. What it told is of
            // facts that have changed, and answers nobody.
            return;
        }
        entry.run = None;
        if answered {
            entry.asked = None;
        }
        let pace = match done.pace {
            Pace::BackOff(_) => Pace::BackOff(last.streak),
            Pace::Regular | Pace::NotBefore(_) => done.pace,
        };
        entry.not_before = match pace {
            Pace::NotBefore(wait) => Some(now.saturating_add(wait)),
            Pace::Regular | Pace::BackOff(_) => None,
        };
        if entry.asked.is_some() {
            // The question came after what has just been told.
            self.agenda.set(done.key, entry.not_before.unwrap_or(now));
            return;
        }
        if last.is_final(&entry.check) {
            return;
        }
        let wait = schedule::next(entry.check.every, pace, rand::random());
        self.agenda.set(done.key, now.saturating_add(wait));
    }
}

async fn run(
    key: Key,
    runner: Arc<Runner>,
    check: Arc<Check>,
    subject: Subject,
    before: Option<Said>,
    asked: Option<DateTime<Utc>>,
    sink: Sink,
) -> Done {
    let (mut observation, pace) = runner.run(&check, &subject).await;
    let last = before.as_ref().map(|said| (said.verdict, said.streak));
    observation.streak = settle::streak(last, observation.verdict);
    let said = Said::of(&observation);
    // Facts that say what they said: no news, and nothing to write down.
    let known = asked.is_none()
        && before
            .is_some_and(|b| b.is_final(&check) && b.verdict == said.verdict && b.summary == said.summary);
    let at = observation.at;
    let told = if known {
        Told::Nothing
    } else if sink.send((key.0.clone(), observation)).await.is_ok() {
        Told::At(at)
    } else {
        Told::NoOne
    };
    Done { key, run: tokio::task::id(), said, pace, asked, told }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
