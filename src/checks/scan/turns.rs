//! Whose turn it is: few scans of files at once, and none that waits without end for one that hangs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::stream::Stop;

/// Scans of files at once; each has threads of its own.
const AT_ONCE: usize = 2;
/// Threads that may be left behind by scans of disks that never answer. With so many, no scan begins.
const MAX_LEFT: usize = 8;
/// How long a scan has to come to its end when its time is over.
const GRACE: Duration = Duration::from_millis(250);

/// The places that scans of files take turns for.
#[derive(Debug, Clone)]
pub struct Turns {
    places: Arc<Semaphore>,
    threads: Arc<Semaphore>,
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTurn {
    /// Other scans took all the time that there was.
    #[error("were not looked at: other scans did not end in time")]
    Waited,
    /// Too many scans hang.
    #[error("were not looked at: too many scans of disks that do not answer have not ended")]
    Stuck,
    /// It did not end, although it was asked to.
    #[error("could not be read in time")]
    Hangs,
}

/// Stops a scan whose run is given up.
struct Abandon(Stop);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.ask();
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(AT_ONCE, MAX_LEFT)
    }
}

impl Turns {
    fn new(at_once: usize, left: usize) -> Self {
        let places = |n| Arc::new(Semaphore::new(n));
        Self { places: places(at_once), threads: places(at_once + left) }
    }

    /// Does work that may block, when it is its turn. The deadline counts twice: for the wait, and from the
    /// beginning of the work, which is told when to stop. Work that does not stop is left behind, and the
    /// turn goes on to the next.
    pub async fn take<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&Stop) -> T + Send + 'static,
    ) -> Result<T, NoTurn> {
        let Ok(Ok(_place)) = timeout(deadline, self.places.acquire()).await else {
            return Err(NoTurn::Waited);
        };
        let Ok(thread) = Arc::clone(&self.threads).try_acquire_owned() else {
            return Err(NoTurn::Stuck);
        };
        let stop = Stop::at(Instant::now() + deadline);
        let _abandon = Abandon(stop.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _thread = thread;
            work(&stop)
        });
        // A disk that does not answer never looks at the clock.
        match timeout(deadline + GRACE, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) | Err(_) => Err(NoTurn::Hangs),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::checks::testing::PATIENCE;

    /// Work that hangs until the sender is gone.
    fn hanging() -> (mpsc::Sender<()>, impl FnOnce(&Stop) + Send + 'static) {
        let (end, wait) = mpsc::channel::<()>();
        (end, move |_: &Stop| assert!(wait.recv().is_err()))
    }

    #[tokio::test]
    async fn what_hangs_gives_its_turn_to_the_next_until_too_much_hangs() {
        let turns = Turns::new(1, 1);
        let (ends, works): (Vec<_>, Vec<_>) = [hanging(), hanging()].into_iter().unzip();
        for work in works {
            assert_eq!(turns.take(Duration::ZERO, work).await, Err(NoTurn::Hangs));
        }
        assert_eq!(turns.take(PATIENCE, |_| ()).await, Err(NoTurn::Stuck));
        drop(ends);
        while turns.take(PATIENCE, |_| ()).await == Err(NoTurn::Stuck) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_there_is_time() {
        let turns = Turns::new(1, 0);
        let _busy = turns.places.acquire().await.unwrap();
        assert_eq!(turns.take(Duration::ZERO, |_| ()).await, Err(NoTurn::Waited));
    }
}
