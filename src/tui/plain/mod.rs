//! golive without a screen: the same program for people who listen to it, and for terminals that can only
//! print lines.
//!
//! The model, the acts and the rules are those of the screen. Only the two ends differ: a line that is
//! typed stands for keys ([`mod@line`]), and what the screen would show is said in sentences ([`speech`]),
//! once, when it is new. Nothing is drawn, moved or coloured, so that a screen reader reads each line once and
//! in order, and a pipe can stand in for the person.

pub mod line;
pub mod speech;

use std::io::{self, Write};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};

use crate::domain::text::SafeText;

use super::effect::Effect;
use super::input::{Key, Size};
use super::keymap::Context;
use super::look::Look;
use super::model::Model;
use super::msg::Msg;
use super::run::{Ended, Perform, Wiring};
use super::update::update;

use line::{Said, understand};
use speech::{Listener, Speech};

/// The size of the screen that is spoken: so wide that nothing is cut, so high that little has to be
/// scrolled.
pub const SIZE: Size = Size::new(240, 160);

/// The longest line that is said: more than the screen that is spoken is wide.
const MAX_LINE: usize = 2_000;

/// How long a line waits for what the one before it has asked for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a plain session looks like, whatever the terminal can: each sign is known, none is coloured.
pub fn look(zone: super::look::Zone) -> Look {
    Look { theme: super::theme::Theme::PLAIN, glyphs: super::glyphs::UNICODE, zone }
}

/// Runs a session until the person leaves or the input ends. `prompt` is written before each line that is
/// awaited; empty for a pipe.
pub async fn run<W, S, P>(
    out: &mut W,
    model: &mut Model,
    effects: Vec<Effect>,
    prompt: &str,
    mut wiring: Wiring<'_, S, P>,
) -> io::Result<Ended>
where
    W: Write,
    S: Stream<Item = String> + Unpin,
    P: Perform,
{
    let mut session =
        Session { listener: Listener::new()?, last: Speech::default(), prompt, prompted: false };
    writeln!(out, "golive, in plain lines. Type help for what can be typed here, quit to leave.")?;
    for effect in effects {
        wiring.perform.perform(effect);
    }
    // Until then a line waits for the answers to the one before it: it means what will be said.
    let mut patience = Some(tokio::time::Instant::now() + PATIENCE);
    loop {
        if !model.awaits() {
            patience = None;
        }
        if patience.is_none() {
            session.tell_and_ask(out, model)?;
            wiring.perform.drawn();
        }
        let due = async {
            match model.wake() {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        let over = async {
            match patience {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let messages = tokio::select! {
            biased;
            () = wiring.stop.cancelled() => return Ok(Ended::Stopped),
            Some(msg) = wiring.inbox.recv() => vec![msg],
            typed = wiring.input.next(), if patience.is_none() => {
                let Some(typed) = typed else {
                    return Ok(Ended::InputClosed);
                };
                session.prompted = false;
                patience = Some(tokio::time::Instant::now() + PATIENCE);
                session.answer(out, model, &typed)?
            }
            () = due => vec![Msg::Due],
            () = over => {
                patience = None;
                continue;
            }
        };
        for msg in messages {
            for effect in update(model, msg, wiring.watch.now()) {
                if effect == Effect::Quit {
                    return Ok(Ended::Quit);
                }
                wiring.perform.perform(effect);
            }
        }
    }
}

/// What has been said so far.
struct Session<'a> {
    listener: Listener,
    last: Speech,
    prompt: &'a str,
    prompted: bool,
}

impl Session<'_> {
    /// Says what is new, and then asks for a line, once.
    fn tell_and_ask<W: Write>(&mut self, out: &mut W, model: &Model) -> io::Result<()> {
        let speech = self.listener.hear(model)?;
        let news = speech.after(&self.last);
        self.last = speech;
        if !news.is_empty() && self.prompted && !self.prompt.is_empty() {
            // The news begin on a line of their own, below the prompt that stands there.
            writeln!(out)?;
            self.prompted = false;
        }
        say(out, &news)?;
        if !self.prompted {
            self.prompted = true;
            write!(out, "{}", self.prompt)?;
        }
        out.flush()
    }

    /// What a line that was typed comes down to; a question about the screen is answered at once.
    fn answer<W: Write>(&mut self, out: &mut W, model: &Model, typed: &str) -> io::Result<Vec<Msg>> {
        let lines = match understand(model, &self.last, typed) {
            Said::Messages(messages) => return Ok(messages),
            Said::Row => vec![self.last.here()],
            Said::Read => self.last.all(),
            Said::Where => vec![self.last.place.clone()],
            Said::Help => line::help(model),
            Said::NotUnderstood(lines) => lines,
        };
        say(out, &lines)?;
        Ok(Vec::new())
    }
}

/// The only place that writes what comes from outside: names, notes, and what was typed.
fn say<W: Write>(out: &mut W, lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{}", SafeText::clipped(line, MAX_LINE)))
}

/// The keys that leave what a person is typing.
pub(crate) fn typing(context: Context) -> bool {
    matches!(context, Context::Input | Context::Search | Context::Palette | Context::Help)
}

/// A text as the keys that type it, the old text taken away first.
pub(crate) fn typed(text: &str) -> Vec<Msg> {
    vec![Msg::Key(Key::End), Msg::Key(Key::Ctrl('u')), Msg::Paste(text.to_owned()), Msg::Key(Key::Enter)]
}

#[cfg(test)]
mod tests;
