//! The screen in plain lines: standard input and standard output in place of a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use futures_util::Stream;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Ending;
use super::signals::StopSignals;
use crate::app::App;
use crate::error::{Failure, Kind};
use crate::tui::model::Start;
use crate::tui::perform::{self, ScreenError};

/// The longest line that is taken; the rest of it is a line of its own.
const MAX_LINE: u64 = 64 * 1024;
/// Lines that may wait to be taken.
const WAITING: usize = 16;

/// Runs a session on standard input and output until the person leaves.
pub(super) async fn run(app: App, start: Start) -> Result<Ending, Failure> {
    let mut signals = StopSignals::listen().map_err(|e| Failure::new(Kind::Store, e))?;
    let prompt = if io::stdin().is_terminal() { "> " } else { "" };
    let stop = CancellationToken::new();
    let session = perform::open_plain(app, start, Box::pin(lines()), io::stdout(), prompt, stop.clone());
    tokio::pin!(session);
    let ended = tokio::select! {
        ended = &mut session => ended,
        () = signals.asked() => {
            stop.cancel();
            // Writes that are under way end first.
            session.await
        }
    };
    match ended {
        Ok(()) => Ok(Ending::Done),
        Err(ScreenError::App(error)) => Err(error.into()),
        // Whoever listened has left: nothing is lost by it.
        Err(ScreenError::Terminal(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Ending::Done),
        Err(error @ ScreenError::Terminal(_)) => Err(Failure::new(Kind::Store, error)),
    }
}

/// The lines of standard input. Read on a thread of its own, which is not waited for at the end: nobody
/// can take back a read that waits for a person.
pub(super) fn lines() -> impl Stream<Item = String> {
    let (send, receive) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            match (&mut input).take(MAX_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    stream::unfold(receive, async |mut receive| receive.recv().await.map(|line| (line, receive)))
}
