//! Keys that are letters: what is typed into a search, a window or the palette.

use tui_input::{Input, InputRequest};

use crate::domain::decide::MAX_NOTE;
use crate::tui::effect::Effect;
use crate::tui::input::Key;
use crate::tui::model::Model;
use crate::tui::model::edits::Edits;
use crate::tui::model::popup::Popup;
use crate::tui::search::MAX_QUERY;

use super::{kickoff, popups, search};

/// A key that is no act.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let mut edits = turned(model);
    edit(model, |input, max| match key {
        Key::Ctrl('_' | 'z') => edits.back().map_or(Changed::No, |before| {
            *input = before;
            Changed::Yes
        }),
        _ => remembered(input, &mut edits, |input| press(input, key, max)),
    });
    model.edits = edits;
    Vec::new()
}

/// What is known of the line that is typed now.
fn turned(model: &mut Model) -> Edits {
    let mut edits = std::mem::take(&mut model.edits);
    edits.turn_to(model.popups.len(), model.context());
    edits
}

/// Changes a line, and remembers what it was if it is another then.
fn remembered(input: &mut Input, edits: &mut Edits, change: impl FnOnce(&mut Input) -> Changed) -> Changed {
    let before = input.clone();
    let changed = change(input);
    if input.value() != before.value() {
        edits.remember(before);
    }
    changed
}

/// A pasted text: one line of it.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut edits = turned(model);
    edit(model, |input, max| {
        remembered(input, &mut edits, |input| {
            let mut changed = Changed::No;
            for c in text.trim().chars() {
                let c = if c.is_control() { ' ' } else { c };
                if press(input, Key::Char(c), max) == Changed::Yes {
                    changed = Changed::Yes;
                }
            }
            changed
        })
    });
    model.edits = edits;
    Vec::new()
}

/// Whether an input is another than before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Yes,
    No,
}

/// Edits the input that the keys go to, if they go to one, and does what follows from it.
fn edit(model: &mut Model, change: impl FnOnce(&mut Input, usize) -> Changed) {
    if let Some(popup) = model.popups.last_mut() {
        let changed = match popup {
            Popup::Ask(ask) => change(&mut ask.input, MAX_NOTE),
            Popup::Help(help) => {
                let changed = change(&mut help.input, MAX_QUERY);
                if changed == Changed::Yes {
                    help.find(&model.keys);
                }
                changed
            }
            Popup::Palette(palette) => {
                let changed = change(&mut palette.input, MAX_QUERY);
                if changed == Changed::Yes {
                    palette.find();
                }
                changed
            }
            Popup::Why(_)
            | Popup::Choose(_)
            | Popup::Confirm(_)
            | Popup::Facts(_)
            | Popup::Members(_)
            | Popup::Event(_) => Changed::No,
        };
        if changed == Changed::Yes {
            popups::check_input(model);
            model.touch();
        }
        return;
    }
    if let Some(input) = kickoff::edit(model) {
        if change(input, MAX_NOTE) == Changed::Yes {
            kickoff::typed(model);
            model.touch();
        }
        return;
    }
    if search::edit(model, change) == Changed::Yes {
        model.touch();
    }
}

fn press(input: &mut Input, key: Key, max: usize) -> Changed {
    let request = match key {
        Key::Char(c) if input.value().chars().count() < max => InputRequest::InsertChar(c),
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left | Key::Ctrl('b') => InputRequest::GoToPrevChar,
        Key::Right | Key::Ctrl('f') => InputRequest::GoToNextChar,
        Key::WordLeft | Key::Alt('b') => InputRequest::GoToPrevWord,
        Key::WordRight | Key::Alt('f') => InputRequest::GoToNextWord,
        Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
        Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
        Key::Ctrl('w') | Key::WordBackspace => InputRequest::DeletePrevWord,
        Key::WordDelete | Key::Alt('d') => InputRequest::DeleteNextWord,
        Key::Ctrl('u') => InputRequest::DeleteFromStart,
        Key::Ctrl('k') => InputRequest::DeleteTillEnd,
        Key::Ctrl('y') => InputRequest::Yank,
        Key::Char(_)
        | Key::Ctrl(_)
        | Key::Alt(_)
        | Key::F(_)
        | Key::NewLine
        | Key::Enter
        | Key::Esc
        | Key::Tab
        | Key::BackTab
        | Key::Up
        | Key::Down
        | Key::PageUp
        | Key::PageDown => return Changed::No,
    };
    if input.handle(request).is_some() { Changed::Yes } else { Changed::No }
}
