//! The loop that drives a screen: wait, take in everything that waits, draw once.
//!
//! Generic over ratatui's backend and a stream of input, so that a terminal, a test and an SSH channel run
//! the same code. Nothing is drawn while nothing has changed, and nothing wakes up while nothing is due.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

use super::effect::Effect;
use super::input::{Input, MouseKind, Size};
use super::model::{Model, Now};
use super::msg::{Msg, Turn};
use super::update::update;
use super::view::regions::{Regions, Target};
use super::view::view;

/// Messages taken in before a draw, at most: a flood must not keep the screen from being drawn.
const MAX_BATCH: usize = 1024;

/// How long the first frame waits for the first answer.
const FIRST_ANSWER: Duration = Duration::from_millis(40);

/// Does what the screen asks for. Answers come back through the inbox, never from here: this must not
/// wait for anything.
pub trait Perform {
    /// Begins to do it.
    fn perform(&mut self, effect: Effect);

    /// All that has arrived is drawn: what would have been in the way may begin.
    fn drawn(&mut self) {}
}

impl<P: Perform> Perform for &mut P {
    fn perform(&mut self, effect: Effect) {
        (**self).perform(effect);
    }

    fn drawn(&mut self) {
        (**self).drawn();
    }
}

/// Why a screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person left.
    Quit,
    /// There is nobody at the other end any more.
    InputClosed,
    /// It was told to stop.
    Stopped,
}

/// The clock, and the time since the start.
pub struct Watch<'a> {
    clock: &'a dyn Clock,
    started: Instant,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("started", &self.started).finish_non_exhaustive()
    }
}

impl<'a> Watch<'a> {
    /// A watch that starts now.
    pub fn new(clock: &'a dyn Clock) -> Self {
        Self { clock, started: Instant::now() }
    }

    /// The time.
    pub fn now(&self) -> Now {
        Now { at: self.clock.now(), up: self.started.elapsed() }
    }
}

/// What a screen is run with.
pub struct Wiring<'a, S, P> {
    /// Input from the person.
    pub input: S,
    /// Answers and news.
    pub inbox: mpsc::Receiver<Msg>,
    /// Does what is asked for.
    pub perform: P,
    /// The time.
    pub watch: Watch<'a>,
    /// Ends the screen from outside.
    pub stop: CancellationToken,
}

impl<S, P> std::fmt::Debug for Wiring<'_, S, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiring").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// What the first frame waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// The answer to what the model asked for when it was made; whoever made it has passed that on.
    Answer,
    /// Nothing: there is something to show.
    Nothing,
}

/// Runs a screen until it ends.
pub async fn run<B, S, P>(
    terminal: &mut Terminal<B>,
    model: &mut Model,
    first: First,
    mut wiring: Wiring<'_, S, P>,
) -> Result<Ended, B::Error>
where
    B: Backend,
    S: Stream<Item = Input> + Unpin,
    P: Perform,
{
    let mut painter = Painter { drawn: 0, regions: Regions::default() };
    // What was asked for is mostly there before anybody could see that the screen is empty. Keys wait with
    // it: they mean what will be shown.
    let mut early = None;
    if first == First::Answer {
        tokio::select! {
            biased;
            () = wiring.stop.cancelled() => return Ok(Ended::Stopped),
            answer = tokio::time::timeout(FIRST_ANSWER, wiring.inbox.recv()) => {
                early = answer.ok().flatten().map(Arrived::Msg);
            }
        }
    }
    loop {
        let arrived = if let Some(arrived) = early.take() {
            Some(arrived)
        } else {
            painter.paint(terminal, model, &wiring.watch)?;
            wiring.perform.drawn();
            next(model, &mut wiring).await
        };
        let Some(woken_by) = arrived else {
            return Ok(if wiring.stop.is_cancelled() { Ended::Stopped } else { Ended::InputClosed });
        };
        let mut arrived = Some(woken_by);
        for _ in 0..MAX_BATCH {
            let Some(one) = arrived else {
                break;
            };
            if let Arrived::Closed = one {
                return Ok(Ended::InputClosed);
            }
            // A press means what is on the screen: what came before it is drawn first.
            if matches!(one, Arrived::Input(Input::Mouse { .. })) {
                painter.paint(terminal, model, &wiring.watch)?;
            }
            if let Some(msg) = painter.message(one) {
                for effect in update(model, msg, wiring.watch.now()) {
                    if effect == Effect::Quit {
                        return Ok(Ended::Quit);
                    }
                    wiring.perform.perform(effect);
                }
            }
            if wiring.stop.is_cancelled() {
                return Ok(Ended::Stopped);
            }
            arrived = waiting(&mut wiring).await;
        }
    }
}

/// What woke the loop up.
enum Arrived {
    Input(Input),
    Msg(Msg),
    Due,
    Closed,
}

/// Waits for whatever comes first; none when told to stop.
async fn next<S, P>(model: &Model, wiring: &mut Wiring<'_, S, P>) -> Option<Arrived>
where
    S: Stream<Item = Input> + Unpin,
{
    let due = async {
        match model.wake() {
            Some(wait) => tokio::time::sleep(wait).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = wiring.stop.cancelled() => None,
        input = wiring.input.next() => Some(input.map_or(Arrived::Closed, Arrived::Input)),
        Some(msg) = wiring.inbox.recv() => Some(Arrived::Msg(msg)),
        () = due => Some(Arrived::Due),
    }
}

/// What waits already, without waiting for more. Polled as the task itself, so that the wakers that the
/// streams keep are the ones that wake the loop.
async fn waiting<S, P>(wiring: &mut Wiring<'_, S, P>) -> Option<Arrived>
where
    S: Stream<Item = Input> + Unpin,
{
    poll_fn(|context| {
        if let Poll::Ready(input) = wiring.input.poll_next_unpin(context) {
            return Poll::Ready(Some(input.map_or(Arrived::Closed, Arrived::Input)));
        }
        if let Poll::Ready(Some(msg)) = wiring.inbox.poll_recv(context) {
            return Poll::Ready(Some(Arrived::Msg(msg)));
        }
        Poll::Ready(None)
    })
    .await
}

/// Draws when there is something new to draw, and knows what the mouse can hit.
struct Painter {
    drawn: u64,
    regions: Regions,
}

impl Painter {
    fn paint<B: Backend>(
        &mut self,
        terminal: &mut Terminal<B>,
        model: &mut Model,
        watch: &Watch<'_>,
    ) -> Result<(), B::Error> {
        if model.version() == self.drawn {
            return Ok(());
        }
        // The backend knows best how large it is: a message about it may still be on its way.
        let size = terminal.size()?;
        let size = Size::new(size.width, size.height);
        if size != model.size {
            update(model, Msg::Resize(size), watch.now());
        }
        terminal.draw(|frame| self.regions = view(model, frame))?;
        self.drawn = model.version();
        Ok(())
    }

    fn message(&self, arrived: Arrived) -> Option<Msg> {
        match arrived {
            Arrived::Msg(msg) => Some(msg),
            Arrived::Due => Some(Msg::Due),
            Arrived::Closed => None,
            Arrived::Input(Input::Mouse { kind, column, row }) => {
                let target: Target = self.regions.hit(column, row)?.clone();
                Some(match kind {
                    MouseKind::Press => Msg::Press(target),
                    MouseKind::WheelUp => Msg::Wheel(target, Turn::Up),
                    MouseKind::WheelDown => Msg::Wheel(target, Turn::Down),
                })
            }
            Arrived::Input(input) => Msg::of_input(input),
        }
    }
}

#[cfg(test)]
mod tests;
