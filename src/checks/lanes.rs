//! How many requests are under way at once, for each host and in all.
//!
//! A request begins in a prompt lane. One that is not answered within [`Limits::patience`] moves to a
//! slow lane and gives its place back: a host that hangs, or 20 hanging checks among 200, hold up the
//! others for a moment instead of until their deadlines. When the slow lanes are full too, it keeps its
//! place, so the number of open requests stays bounded.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{MutexGuard, Semaphore, SemaphorePermit};
use tokio::task::JoinError;
use tokio::time::{Instant, timeout, timeout_at};

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

#[derive(Debug)]
struct Lane {
    prompt: Semaphore,
    slow: Semaphore,
}

impl Lane {
    fn new(prompt: usize, slow: usize) -> Self {
        Self { prompt: Semaphore::new(prompt.max(1)), slow: Semaphore::new(slow) }
    }

    fn of(&self, speed: Speed) -> &Semaphore {
        match speed {
            Speed::Prompt => &self.prompt,
            Speed::Slow => &self.slow,
        }
    }
}

/// Which of the two lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speed {
    Prompt,
    Slow,
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
    hosts: Mutex<BTreeMap<Arc<str>, Arc<Lane>>>,
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
    pub async fn enter(&self, host: &str) -> Place<'_> {
        let (host, lane) = self.lane(host);
        // Semaphores that are never closed always give a permit, which the place gives back.
        let of_host = lane.prompt.acquire().await;
        let of_total = self.total.prompt.acquire().await;
        of_total.into_iter().chain(of_host).for_each(SemaphorePermit::forget);
        Place { host, lane, total: &self.total, speed: Speed::Prompt, patience: self.limits.patience }
    }

    fn lane(&self, host: &str) -> (Arc<str>, Arc<Lane>) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((host, lane)) = hosts.get_key_value(host) {
            return (Arc::clone(host), Arc::clone(lane));
        }
        if hosts.len() >= SWEEP_AT {
            hosts.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let host = Arc::<str>::from(host);
        let lane = Arc::new(Lane::new(self.limits.host, self.limits.host_slow));
        hosts.insert(Arc::clone(&host), Arc::clone(&lane));
        (host, lane)
    }
}

/// Works on a document of so many bytes: on a large one where no other task of this thread has to wait for it.
pub fn work<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let elsewhere = || Handle::try_current().is_ok_and(|h| h.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes > LARGE && elsewhere() { tokio::task::block_in_place(work) } else { work() }
}

/// A place in the lanes, given back when dropped.
#[derive(Debug)]
pub struct Place<'a> {
    host: Arc<str>,
    lane: Arc<Lane>,
    total: &'a Lane,
    /// In which lanes.
    speed: Speed,
    patience: Duration,
}

impl Place<'_> {
    /// The host whose lane this is.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Waits for an answer, and lets others pass when it takes long.
    pub async fn wait<T>(&mut self, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        match self.prompt(answer.as_mut()).await {
            Some(answer) => answer,
            None => answer.await,
        }
    }

    /// Waits for an answer until the deadline; none when it does not come in time.
    pub async fn wait_until<T>(&mut self, deadline: Instant, answer: impl Future<Output = T>) -> Option<T> {
        let mut answer = pin!(answer);
        // One clock at a time: nearly all answers come while the first runs.
        if Instant::now() + self.patience < deadline
            && let Some(answer) = self.prompt(answer.as_mut()).await
        {
            return Some(answer);
        }
        timeout_at(deadline, answer).await.ok()
    }

    /// The answer if it comes while it counts as prompt. Otherwise the place moves, if there is room.
    async fn prompt<T>(&mut self, answer: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        if self.speed == Speed::Slow {
            return None;
        }
        let prompt = timeout(self.patience, answer).await.ok();
        if prompt.is_none() {
            self.give_way();
        }
        prompt
    }

    fn give_way(&mut self) {
        if let (Ok(of_host), Ok(of_total)) = (self.lane.slow.try_acquire(), self.total.slow.try_acquire()) {
            of_host.forget();
            of_total.forget();
            self.give_back();
            self.speed = Speed::Slow;
        }
    }

    fn give_back(&self) {
        self.lane.of(self.speed).add_permits(1);
        self.total.of(self.speed).add_permits(1);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.give_back();
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_large_document_holds_up_no_other_task_of_the_thread() {
        let (began, begins) = tokio::sync::oneshot::channel();
        let (send, wait) = std::sync::mpsc::channel();
        let large = tokio::spawn(async move {
            began.send(()).unwrap();
            work(LARGE + 1, || wait.recv_timeout(Duration::from_secs(30)))
        });
        begins.await.unwrap();
        // On the one thread that works on the document.
        tokio::spawn(async move { send.send("other tasks go on").unwrap() }).await.unwrap();
        assert_eq!(large.await.unwrap(), Ok("other tasks go on"));
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
