//! One run's way out: its place among the others and its one deadline, over all its requests.

use std::time::Duration;

use tokio::sync::MutexGuard;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::answer::Answer;
use super::lanes::{Lanes, Place};
use super::outbound::{NoAnswer, Outbound, Request};
use super::outcome::Outcome;
use super::retry_after;
use super::schedule::Pace;
use crate::clock::Clock;

/// The way out of one run.
pub struct Route<'a> {
    outbound: &'a Outbound,
    lanes: &'a Lanes,
    budget: Duration,
    deadline: Option<Instant>,
    place: Option<Place<'a>>,
    clock: &'a dyn Clock,
    /// The longest that anybody asked for.
    wait: Option<Duration>,
}

impl<'a> Route<'a> {
    /// A way out that closes `budget` after the first request got its place: a run does not time out
    /// because others are ahead of it.
    pub fn new(outbound: &'a Outbound, lanes: &'a Lanes, budget: Duration, clock: &'a dyn Clock) -> Self {
        Self { outbound, lanes, budget, deadline: None, place: None, clock, wait: None }
    }

    /// What carries the requests.
    pub fn outbound(&self) -> &'a Outbound {
        self.outbound
    }

    /// When the run must be over; none before the first request.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Sends a request within the deadline of the run.
    pub async fn ask(&mut self, request: Request) -> Result<(Answer, Url), NoAnswer> {
        let host = request.url.host_str().unwrap_or_default();
        let mut place = match self.place.take() {
            Some(place) if place.host() == host => place,
            // The old place goes before the new one is asked for: no two runs wait for each other.
            Some(_) | None => self.enter(host).await?,
        };
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + self.budget);
        let answer = place.wait_until(deadline, self.outbound.follow(request)).await;
        let answer = answer.unwrap_or(Err(NoAnswer::TimedOut));
        self.place = Some(place);
        if let Ok((answer, _)) = &answer {
            self.wait = self.wait.max(retry_after::of(answer, self.clock));
        }
        answer
    }

    /// Prepares a request, such as by reading a secret, within the budget of the run. Waiting for a place does not
    /// count, but this does.
    pub async fn within<T>(&mut self, work: impl Future<Output = T>) -> Result<T, NoAnswer> {
        let began = Instant::now();
        let done = timeout_at(self.deadline.unwrap_or(began + self.budget), work).await;
        self.budget = self.budget.saturating_sub(began.elapsed());
        done.map_err(|_| NoAnswer::TimedOut)
    }

    /// Waits until it may make values of so many bytes.
    pub async fn turn(&self, bytes: usize) -> Result<Option<MutexGuard<'_, ()>>, NoAnswer> {
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + self.budget);
        timeout_at(deadline, self.lanes.turn(bytes)).await.map_err(|_| NoAnswer::TimedOut)
    }

    /// What comes of the run when somebody that it asked wants to be left alone for a while.
    pub fn paced(&self, outcome: Outcome) -> Outcome {
        Outcome { pace: self.wait.map_or(outcome.pace, Pace::NotBefore), ..outcome }
    }

    /// Does something with a host that is no request, within the deadline of the run.
    pub async fn reach<T>(&mut self, host: &str, work: impl Future<Output = T>) -> Result<T, NoAnswer> {
        self.place = None;
        let mut place = self.enter(host).await?;
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + self.budget);
        place.wait_until(deadline, work).await.ok_or(NoAnswer::TimedOut)
    }

    /// Another way out within the same deadline, for what is sent at the same time.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { place: None, ..*self }
    }

    /// Gives the place back, when what follows goes other ways.
    pub fn leave(&mut self) {
        self.place = None;
    }

    async fn enter(&self, host: &str) -> Result<Place<'a>, NoAnswer> {
        match self.deadline {
            None => Ok(self.lanes.enter(host).await),
            Some(deadline) => {
                timeout_at(deadline, self.lanes.enter(host)).await.map_err(|_| NoAnswer::TimedOut)
            }
        }
    }
}
