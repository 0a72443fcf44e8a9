//! What a typed line stands for: a key, an act by its name, a row by its number, or the text that is asked for.

use crate::tui::input::Key;
use crate::tui::keymap::{Act, Bound};
use crate::tui::model::Model;
use crate::tui::msg::Msg;

use super::speech::Speech;
use super::{typed, typing};

/// How often one line may repeat a key.
const MAX_TIMES: usize = 1_000;
/// Acts that are named when a line could mean several.
const MAX_NAMED: usize = 5;

/// What a line comes down to.
#[derive(Debug, Clone)]
pub enum Said {
    /// Something to be done.
    Messages(Vec<Msg>),
    /// Say the row under the cursor again.
    Row,
    /// Read everything out.
    Read,
    /// Say which screen this is.
    Where,
    /// Say what can be typed.
    Help,
    /// It means nothing here; why, and what would.
    NotUnderstood(Vec<String>),
}

/// Understands a line. While a text is asked for, every line is that text, but for a full stop, which
/// cancels.
pub fn understand(model: &Model, speech: &Speech, line: &str) -> Said {
    let context = model.context();
    let line = line.trim();
    if typing(context) {
        return match line {
            "." => Said::Messages(vec![Msg::Key(Key::Esc)]),
            text => Said::Messages(typed(text)),
        };
    }
    match line {
        "" => return Said::Row,
        "read" => return Said::Read,
        "where" => return Said::Where,
        "help" | "?" => return Said::Help,
        // However many windows are open.
        "quit" => return Said::Messages(vec![Msg::Key(Key::Ctrl('c'))]),
        _ => {}
    }
    if let Some(row) = line.strip_prefix("row ").or_else(|| line.strip_prefix('#')) {
        return press(speech, row.trim());
    }
    let (word, times) = match line.rsplit_once(' ') {
        Some((word, times)) => match times.parse::<usize>() {
            Ok(times) => (word, times.clamp(1, MAX_TIMES)),
            Err(_) => (line, 1),
        },
        None => (line, 1),
    };
    let key = key(word).or_else(|| key(line));
    if let Some(key) = key.filter(|key| model.keys.act(context, *key).is_some()) {
        return Said::Messages(vec![Msg::Key(key); times]);
    }
    match by_name(model, line) {
        Said::NotUnderstood(mut lines) if speech.windows > 0 => {
            lines.push("A window is open, and only it listens: esc closes it.".to_owned());
            Said::NotUnderstood(lines)
        }
        said => said,
    }
}

/// A row by its number, counted from 1 as it is read.
fn press(speech: &Speech, number: &str) -> Said {
    let rows = speech.rows.len();
    match number.parse::<usize>().ok().and_then(|n| speech.rows.get(n.checked_sub(1)?)) {
        Some(target) => Said::Messages(vec![Msg::Press(target.clone())]),
        None => Said::NotUnderstood(vec![format!("There is no row {number} here; there are {rows}.")]),
    }
}

/// The key that a name stands for, as help writes it.
fn key(name: &str) -> Option<Key> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(Key::Char(letter));
    }
    let named = [
        Key::Char(' '),
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Delete,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
    ];
    let ctrl = ('a'..='z').map(Key::Ctrl);
    named.into_iter().chain(ctrl).find(|key| key.name() == name)
}

/// What can be done where the keys go now. The palette is for the eye: here, every act has its name.
fn rows(model: &Model) -> impl Iterator<Item = &Bound> {
    let rows = model.keys.rows(model.context()).iter();
    rows.filter(|row| row.act != Act::Palette && !row.keys.is_empty())
}

/// The act whose word in the footer the line is, or whose words in the help have the line in them.
fn by_name(model: &Model, line: &str) -> Said {
    let rows: Vec<&Bound> = rows(model).collect();
    let exact = rows.iter().find(|row| row.footer.is_some_and(|word| word.eq_ignore_ascii_case(line)));
    if let Some(key) = exact.and_then(|row| row.keys.first()) {
        return Said::Messages(vec![Msg::Key(*key)]);
    }
    // Only what was written in full letters: an act must not happen because a line resembles its name.
    let wanted = line.to_lowercase();
    let found: Vec<&Bound> = rows.into_iter().filter(|row| row.help.contains(&wanted)).collect();
    let started: Vec<&Bound> = found.iter().copied().filter(|row| row.help.starts_with(&wanted)).collect();
    match (found.as_slice(), started.as_slice()) {
        ([], _) => {
            Said::NotUnderstood(vec![format!("Nothing here is called '{line}'. Type help for what is.")])
        }
        ([row], _) | (_, [row]) => one(row),
        (several, _) => {
            let mut lines = vec![format!("'{line}' could mean:")];
            lines.extend(several.iter().take(MAX_NAMED).map(|row| said(row)));
            Said::NotUnderstood(lines)
        }
    }
}

fn one(row: &Bound) -> Said {
    Said::Messages(row.keys.first().map(|key| Msg::Key(*key)).into_iter().collect())
}

fn said(row: &Bound) -> String {
    let key = row.key();
    match row.footer {
        Some(word) if word != row.help => format!("{key}, or {word}: {}", row.help),
        Some(_) | None => format!("{key}: {}", row.help),
    }
}

/// What can be typed where the keys go now.
pub fn help(model: &Model) -> Vec<String> {
    let context = model.context();
    let mut lines = vec![format!("{}. Type a key, or what it does:", context.title())];
    lines.extend(rows(model).map(said));
    lines.push("row 3: go to the third row; again: open it. down 5: a key five times.".to_owned());
    lines.push(
        "An empty line says the row again. read: everything here. where: which screen this is.".to_owned(),
    );
    lines
}
