//! Trying again while another process writes.
//!
//! SQLite itself waits up to [`BUSY_TIMEOUT`] for the lock. Its waiting is not fair, so under many
//! writers one of them can lose every round; a few more tries at times of their own give it a chance.

use std::time::Duration;

use crate::store::error::StoreError;

/// How long SQLite waits for a lock, each time it is asked for one.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a transaction is begun before the person is told that the store is locked.
const TRIES: u32 = 4;

/// Counts the tries of one operation.
#[derive(Debug, Default)]
pub(super) struct Patience {
    tries: u32,
}

impl Patience {
    /// Is this failure worth another try? If so, waits a little, a different time for everybody.
    pub(super) async fn try_again_after(&mut self, error: &StoreError) -> bool {
        self.tries += 1;
        let busy = matches!(error, StoreError::Busy { .. });
        if !busy || self.tries >= TRIES {
            return false;
        }
        let most = 20_u64 << self.tries;
        tokio::time::sleep(Duration::from_millis(rand::random_range(1..=most))).await;
        true
    }
}
