//! How a live screen learns that there is something new.

use tokio::sync::watch;

/// Tells that the store changed: an append or an observation, of this process or another.
///
/// The first change comes as soon as the watch stands, so that nothing is lost between reading and
/// watching: subscribe, wait, read, wait, read. Many changes at once come as one. Nobody watches the
/// store, and nothing wakes up, once every `Changes` of it is dropped.
#[derive(Debug)]
pub struct Changes(watch::Receiver<u64>);

/// The store stopped watching, such as at shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store is no longer watched")]
pub struct WatchEnded;

impl Changes {
    pub(super) fn new(receiver: watch::Receiver<u64>) -> Self {
        Self(receiver)
    }

    /// Waits for the next change. May be dropped and called again without losing one.
    pub async fn next(&mut self) -> Result<(), WatchEnded> {
        self.0.changed().await.map_err(|_| WatchEnded)
    }
}
