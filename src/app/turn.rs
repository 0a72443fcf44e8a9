//! Taking turns with other processes, once two have met.
//!
//! An append states the head that it saw, and whoever was slower decides again. That alone is right and not
//! fair: among many who write without a break, somebody could be the slower one each time. So whoever was
//! slower once waits for a lock beside the store, which one process holds at a time, and whoever begins
//! while it is held waits until it is free: one who has just won is quicker at the next event than one who
//! must read it first, and would win for ever. The lock is a courtesy: without it, or when its holder takes
//! long (a key that asks for a touch), golive goes on as if there were none. A process that dies lets go.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

/// How long anybody waits for a turn before going on without.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest between two looks, in microseconds; each is a random part of it.
const LOOK: u64 = 3_000;

/// Somebody's turn; over when it is dropped.
pub(super) struct Turn {
    /// Closing it lets go of the lock.
    _lock: File,
}

/// Waits for a turn; none when there is no place for the lock, or no patience left.
pub(super) async fn wait(place: Option<&Path>) -> Option<Turn> {
    taken(place, File::try_lock).await
}

/// Waits until nobody has a turn, as long as patience lasts.
pub(super) async fn others(place: Option<&Path>) {
    drop(taken(place, File::try_lock_shared).await);
}

async fn taken(place: Option<&Path>, lock: fn(&File) -> Result<(), TryLockError>) -> Option<Turn> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(place?).ok()?;
    let until = Instant::now() + PATIENCE;
    loop {
        match lock(&file) {
            Ok(()) => return Some(Turn { _lock: file }),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_micros(rand::random_range(0..LOOK))).await;
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_has_the_turn_until_it_is_dropped_and_nobody_waits_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.heads");
        assert!(wait(None).await.is_none());
        others(Some(&path)).await;
        let first = wait(Some(&path)).await;
        assert!(first.is_some());
        assert!(wait(Some(&path)).await.is_none(), "it goes on without");
        let (second, ()) = tokio::join!(wait(Some(&path)), async { drop(first) });
        assert!(second.is_some());
    }
}
