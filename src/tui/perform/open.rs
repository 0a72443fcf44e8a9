//! Taking the terminal, or a pipe, and giving it back: a screen from its first frame to its last.

use std::io;
use std::path::PathBuf;

use futures_util::Stream;
use tokio_util::sync::CancellationToken;

use crate::app::notify::Notify;
use crate::app::{App, AppError};
use crate::tui::keymap::Keymap;
use crate::tui::look::{Look, Zone};
use crate::tui::model::guide::Guide;
use crate::tui::model::{Model, Start};
use crate::tui::plain;
use crate::tui::run::{Ended, First, Perform as _, Watch, Wiring, run};
use crate::tui::terminal::Owned;

use super::{Aside, Performer, Takes};

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The terminal cannot be taken or drawn on.
    #[error("the terminal cannot be used")]
    Terminal(#[from] std::io::Error),
    /// Nothing can be watched.
    #[error(transparent)]
    App(#[from] AppError),
}

/// How a screen on the terminal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The person left, or there was nobody left at the terminal.
    Left,
    /// A signal asked for it: once everything is tidied up the process must end by
    /// [`die_of`](crate::tui::terminal::die_of) it, within half a second.
    Signal(i32),
    /// Something behind the screen panicked; its message has been printed.
    Panicked,
}

/// How a screen is set up for a person.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// How it looks.
    pub look: Look,
    /// Which key does what.
    pub keys: Keymap,
    /// What the person is told when they do not look.
    pub notify: Notify,
    /// A program that takes a copied text.
    pub clipboard: Option<Vec<String>>,
    /// Whether the newcomer's steps are shown.
    pub guide: Guiding,
    /// What the terminal is called, by `TERM`.
    pub terminal: String,
}

/// Whether the newcomer's steps are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Guiding {
    /// They have been seen, or there is nobody new.
    #[default]
    Off,
    /// They are shown; when they have been seen, this file says so from then on.
    Until(PathBuf),
    /// They are shown, and nothing is kept of it.
    Always,
}

impl Guiding {
    /// Shown until this file is there.
    pub fn until(mark: PathBuf) -> Self {
        if mark.exists() { Self::Off } else { Self::Until(mark) }
    }
}

/// Shows the screen on this process's terminal until it ends, with live checks behind it. Must be called
/// inside a runtime with several threads, after a TLS provider is installed.
pub async fn open(app: App, start: Start, manner: Manner) -> Result<Outcome, ScreenError> {
    let clock = app.clock();
    let watch = Watch::new(clock.as_ref());
    let (width, height) = crossterm::terminal::size()?;
    let size = crate::tui::input::Size::new(width, height);
    let (mut model, effects) = Model::new(app.author(), manner.look, size, start, watch.now());
    model.keys = manner.keys;
    model.guide = (manner.guide != Guiding::Off).then(Guide::default);
    let notify = manner.notify;
    // What is to be shown is read while the terminal is taken.
    let begun = tokio::spawn(async move {
        let (mut performer, inbox) = Performer::start(app, notify).await?;
        for effect in effects {
            performer.perform(effect);
        }
        Ok::<_, AppError>((performer, inbox))
    });
    let mut owned = Owned::take()?;
    let (mut performer, inbox) = begun.await.map_err(|_| AppError::ShuttingDown)??;
    performer.aside = Some(Aside::new(Box::new(owned.aside()?), Takes::of_terminal(&manner.terminal)));
    (performer.clipboard, performer.guide) = (manner.clipboard, manner.guide);
    let stop = owned.stop.clone();
    let wiring = Wiring { input: &mut owned.input, inbox, perform: &mut performer, watch, stop };
    let ended = run(&mut owned.screen, &mut model, First::Answer, wiring).await;
    // The terminal first: whatever the rest takes, the person has their prompt back.
    let signal = owned.give_back();
    performer.finish().await;
    match (signal, ended) {
        (Some(signal), _) => Ok(Outcome::Signal(signal)),
        (None, Ok(Ended::Quit | Ended::InputClosed)) => Ok(Outcome::Left),
        (None, Ok(Ended::Stopped)) => Ok(Outcome::Panicked),
        (None, Err(error)) => Err(error.into()),
    }
}

/// Speaks the screen in plain lines until the person leaves, the input ends or `stop` is cancelled, with live
/// checks behind it. Must be called inside a runtime with several threads.
pub async fn open_plain<W, S>(
    app: App,
    start: Start,
    input: S,
    mut out: W,
    prompt: &str,
    stop: CancellationToken,
) -> Result<(), ScreenError>
where
    W: io::Write,
    S: Stream<Item = String> + Unpin,
{
    let clock = app.clock();
    let (mut performer, inbox) = Performer::start(app.clone(), Notify::default()).await?;
    let watch = Watch::new(clock.as_ref());
    let (mut model, effects) =
        Model::new(app.author(), plain::look(Zone::Local), plain::SIZE, start, watch.now());
    let wiring = Wiring { input, inbox, perform: &mut performer, watch, stop };
    let ended = plain::run(&mut out, &mut model, effects, prompt, wiring).await;
    performer.finish().await;
    ended?;
    Ok(())
}
