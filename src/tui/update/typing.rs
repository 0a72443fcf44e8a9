//! Keys that are letters: what is typed into a search, a window or the palette.

use tui_input::{Input, InputRequest};

use crate::domain::decide::MAX_NOTE;
use crate::tui::effect::Effect;
use crate::tui::input::Key;
use crate::tui::model::engagement::Room;
use crate::tui::model::popup::Popup;
use crate::tui::model::portfolio::QueryChange;
use crate::tui::model::rows::Rows;
use crate::tui::model::search::Typing;
use crate::tui::model::{Model, Overview, Screen};
use crate::tui::search::MAX_QUERY;

use super::{chronicle, kickoff, popups};

/// A key that is no act.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    edit(model, |input, max| press(input, key, max));
    Vec::new()
}

/// A pasted text: one line of it.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    edit(model, |input, max| {
        let mut changed = Changed::No;
        for c in text.trim().chars() {
            let c = if c.is_control() { ' ' } else { c };
            if press(input, Key::Char(c), max) == Changed::Yes {
                changed = Changed::Yes;
            }
        }
        changed
    });
    Vec::new()
}

/// Whether an input is another than before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changed {
    Yes,
    No,
}

/// Edits the input that the keys go to, if they go to one, and does what follows from it.
fn edit(model: &mut Model, change: impl FnOnce(&mut Input, usize) -> Changed) {
    if let Some(popup) = model.popups.last_mut() {
        let changed = match popup {
            Popup::Ask(ask) => change(&mut ask.input, MAX_NOTE),
            Popup::Palette(palette) => {
                let changed = change(&mut palette.input, MAX_QUERY);
                if changed == Changed::Yes {
                    palette.find(&model.keys);
                }
                changed
            }
            Popup::Help(_)
            | Popup::Why(_)
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
    let changed = match &mut model.screen {
        Screen::Engagement(engagement) if engagement.room == Room::Items => match &mut engagement.search {
            Some(search) if search.typing == Typing::Yes => {
                let changed = change(&mut search.input, MAX_QUERY);
                if changed == Changed::Yes {
                    engagement.rows = Rows::found(&engagement.runbook, search.query());
                }
                changed
            }
            Some(_) | None => Changed::No,
        },
        Screen::Engagement(engagement) if engagement.room == Room::History => {
            let chronicle = &mut engagement.chronicle;
            match &mut chronicle.search {
                Some(search) if search.typing == Typing::Yes => {
                    let before = search.query().to_owned();
                    let changed = change(&mut search.input, MAX_QUERY);
                    if changed == Changed::Yes && search.query() != before {
                        chronicle::searched(chronicle, &before);
                    }
                    changed
                }
                Some(_) | None => Changed::No,
            }
        }
        Screen::Engagement(_) => Changed::No,
        Screen::Overview | Screen::Opening { .. } if model.overview != Overview::Portfolio => Changed::No,
        Screen::Overview | Screen::Opening { .. } => {
            let portfolio = &mut model.portfolio;
            match &mut portfolio.search {
                Some(search) if search.typing == Typing::Yes => {
                    let before = search.query().to_owned();
                    let changed = change(&mut search.input, MAX_QUERY);
                    let query = search.query().to_owned();
                    if changed == Changed::Yes && query != before {
                        let grown = !before.is_empty() && query.starts_with(&before);
                        let how = if grown { QueryChange::Refined } else { QueryChange::Other };
                        portfolio.list.cursor = 0;
                        portfolio.filter(&query, how);
                    }
                    changed
                }
                Some(_) | None => Changed::No,
            }
        }
    };
    if changed == Changed::Yes {
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
