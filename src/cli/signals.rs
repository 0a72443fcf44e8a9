//! Being asked to end from outside.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, a closed terminal, or another process that asks this one to end.
const ASKING: [fn() -> SignalKind; 3] = [SignalKind::interrupt, SignalKind::hangup, SignalKind::terminate];

/// Listens for being asked to end. From its beginning on, these signals no longer end the process by
/// themselves: what must be taken down first can be.
pub(super) struct StopSignals(Vec<Signal>);

impl StopSignals {
    /// Begins to listen.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(ASKING.iter().map(|kind| signal(kind())).collect::<Result<_, _>>()?))
    }

    /// Returns when the process is asked to end, or was since [`StopSignals::listen`].
    pub(super) async fn asked(&mut self) {
        poll_fn(|context| {
            // All of them, as each must know whom to wake.
            let asked =
                self.0.iter_mut().filter_map(|s| s.poll_recv(context).is_ready().then_some(())).count();
            if asked > 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
