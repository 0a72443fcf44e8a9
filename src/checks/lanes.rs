//! How many requests are under way at once, for each host and in all.
//!
//! A request begins in a prompt lane. One that is not answered within [`Limits::patience`] moves to a
//! slow lane and gives its place back: a host that hangs, or 20 hanging checks among 200, hold up the
//! others for a moment instead of until their deadlines. When the slow lanes are full too, it keeps its
//! place, so the number of open requests stays bounded.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;
use tokio::time::sleep;

/// Bounds of the requests under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Prompt requests to one host.
    pub host: usize,
    /// Prompt requests in all.
    pub total: usize,
    /// Slow requests to one host.
    pub host_slow: usize,
    /// Slow requests in all.
    pub total_slow: usize,
    /// How long a request counts as prompt.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { host: 4, total: 32, host_slow: 64, total_slow: 512, patience: Duration::from_millis(500) }
    }
}

/// Hosts beyond this many are swept for ones with nothing under way.
const SWEEP_AT: usize = 1024;

#[derive(Debug, Clone)]
struct Lane {
    prompt: Arc<Semaphore>,
    slow: Arc<Semaphore>,
}

impl Lane {
    fn new(prompt: usize, slow: usize) -> Self {
        Self { prompt: Arc::new(Semaphore::new(prompt.max(1))), slow: Arc::new(Semaphore::new(slow)) }
    }
}

/// Reads of files at once. A disk that does not answer keeps its thread for ever: with as many of those, files
/// are not read any more, and everything else goes on.
const READS: usize = 2;
/// A document of more bytes is large.
pub const LARGE: usize = 64 * 1024;

/// Who makes values out of a large document: one after the other, as they take many times its size.
pub type Turn = tokio::sync::Mutex<()>;

/// The lanes of all hosts, and what there is one of on this machine.
#[derive(Debug)]
pub struct Lanes {
    limits: Limits,
    total: Lane,
    hosts: Mutex<HashMap<String, Lane>>,
    reads: Arc<Semaphore>,
    turn: Arc<Turn>,
}

impl Lanes {
    /// Empty lanes.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            total: Lane::new(limits.total, limits.total_slow),
            hosts: Mutex::default(),
            reads: Arc::new(Semaphore::new(READS)),
            turn: Arc::default(),
        }
    }

    /// Waits until it may make values of so many bytes; small documents do not wait.
    pub async fn turn(&self, bytes: usize) -> Option<MutexGuard<'_, ()>> {
        if bytes > LARGE { Some(self.turn.lock().await) } else { None }
    }

    /// Reads a file on a thread that may block. What is given up goes on there, and keeps its place.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Turn) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let (place, turn) = (Arc::clone(&self.reads).acquire_owned().await, Arc::clone(&self.turn));
        tokio::task::spawn_blocking(move || {
            let _place = place;
            read(&turn)
        })
        .await
    }

    /// Waits for a place. The host's place comes first, so that a crowd at one host does not hold
    /// places that other hosts could use.
    pub async fn enter(&self, host: &str) -> Place {
        let lane = self.lane(host);
        // Semaphores that are never closed always give a permit.
        let of_host = lane.prompt.clone().acquire_owned().await.ok();
        let of_total = self.total.prompt.clone().acquire_owned().await.ok();
        Place {
            host: host.to_owned(),
            held: (of_host, of_total),
            slow: Some((lane.slow, self.total.slow.clone())),
            patience: self.limits.patience,
        }
    }

    fn lane(&self, host: &str) -> Lane {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = hosts.get(host) {
            return lane.clone();
        }
        if hosts.len() >= SWEEP_AT {
            hosts.retain(|_, lane| Arc::strong_count(&lane.prompt) > 1 || Arc::strong_count(&lane.slow) > 1);
        }
        hosts
            .entry(host.to_owned())
            .or_insert_with(|| Lane::new(self.limits.host, self.limits.host_slow))
            .clone()
    }
}

/// A place in the lanes, given back when dropped.
#[derive(Debug)]
pub struct Place {
    host: String,
    held: (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>),
    /// Where to move when the answer takes long; none once moved.
    slow: Option<(Arc<Semaphore>, Arc<Semaphore>)>,
    patience: Duration,
}

impl Place {
    /// The host whose lane this is.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Waits for an answer, and lets others pass when it takes long.
    pub async fn wait<T>(&mut self, answer: impl Future<Output = T>) -> T {
        if self.slow.is_none() {
            return answer.await;
        }
        let mut answer = pin!(answer);
        tokio::select! {
            biased;
            out = &mut answer => return out,
            () = sleep(self.patience) => self.give_way(),
        }
        answer.await
    }

    fn give_way(&mut self) {
        let Some((of_host, of_total)) = &self.slow else {
            return;
        };
        if let (Ok(h), Ok(t)) = (of_host.clone().try_acquire_owned(), of_total.clone().try_acquire_owned()) {
            self.held = (Some(h), Some(t));
            self.slow = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{self, FutureExt};

    fn one_prompt(slow: usize) -> Lanes {
        Lanes::new(Limits {
            host: 1,
            total: 8,
            host_slow: slow,
            total_slow: slow,
            patience: Duration::from_millis(1),
        })
    }

    #[tokio::test]
    async fn reads_that_hang_hold_up_other_reads_and_nothing_else() {
        let lanes = Lanes::new(Limits::default());
        let (release, hang) = std::sync::mpsc::channel::<()>();
        let hang = Arc::new(Mutex::new(hang));
        for _ in 0..READS {
            let hang = Arc::clone(&hang);
            let hanging = lanes.read(move |_| drop(hang.lock().map(|hang| hang.recv())));
            assert!(hanging.now_or_never().is_none());
        }
        assert!(lanes.read(|_| ()).now_or_never().is_none());
        assert!(lanes.enter("a").now_or_never().is_some());
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        drop(release);
        lanes.read(|_| ()).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_host_does_not_hold_up_another() {
        let lanes = one_prompt(0);
        let _a = lanes.enter("a").await;
        assert!(lanes.enter("a").now_or_never().is_none());
        assert!(lanes.enter("b").now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_slow_request_lets_the_next_one_in() {
        let lanes = one_prompt(1);
        let mut first = lanes.enter("a").await;
        let hanging = first.wait(future::pending::<()>());
        let next = lanes.enter("a");
        tokio::select! {
            () = hanging => unreachable!("it never answers"),
            _place = next => {}
        }
    }

    #[tokio::test]
    async fn with_no_slow_place_left_it_keeps_its_own() {
        let lanes = one_prompt(0);
        let mut first = lanes.enter("a").await;
        first.give_way();
        assert!(lanes.enter("a").now_or_never().is_none());
        drop(first);
        assert!(lanes.enter("a").now_or_never().is_some());
    }
}
