//! What comes from the person: keys, pastes, the mouse, a new size. A vocabulary of golive's own, so
//! that a terminal, a test and an SSH channel speak the same.

/// One thing that the person, or their terminal, did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeated while held.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The mouse did something at a cell, counted from 0.
    Mouse {
        /// What it did.
        kind: MouseKind,
        /// The cell's column.
        column: u16,
        /// The cell's row.
        row: u16,
    },
    /// The terminal has a new size.
    Resize(Size),
}

/// Columns and rows of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// A size.
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The main button went down.
    Press,
    /// The wheel turned away from the person.
    WheelUp,
    /// The wheel turned towards the person.
    WheelDown,
}

/// A key, with the modifiers that golive tells apart. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character.
    Char(char),
    /// A character with Ctrl, in lower case.
    Ctrl(char),
    /// A character with Alt.
    Alt(char),
    /// A function key, from 1.
    F(u8),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Arrow left with Ctrl or Alt: a word to the left.
    WordLeft,
    /// Arrow right with Ctrl or Alt: a word to the right.
    WordRight,
    /// Backspace with Ctrl or Alt: the word before.
    WordBackspace,
    /// Delete with Ctrl or Alt: the word after.
    WordDelete,
    /// Return with Alt, Shift or Ctrl: a new line.
    NewLine,
}

impl Key {
    /// Every key that is known by a name and not by its character.
    pub const NAMED: [Self; 20] = [
        Self::Char(' '),
        Self::Enter,
        Self::Esc,
        Self::Tab,
        Self::BackTab,
        Self::Backspace,
        Self::Delete,
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::Home,
        Self::End,
        Self::PageUp,
        Self::PageDown,
        Self::WordLeft,
        Self::WordRight,
        Self::WordBackspace,
        Self::WordDelete,
        Self::NewLine,
    ];

    /// What stands on the key, for help and footer.
    pub fn name(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("ctrl-{c}"),
            Self::Alt(c) => format!("alt-{c}"),
            Self::F(n) => format!("f{n}"),
            Self::Enter => "enter".to_owned(),
            Self::Esc => "esc".to_owned(),
            Self::Tab => "tab".to_owned(),
            Self::BackTab => "shift-tab".to_owned(),
            Self::Backspace => "backspace".to_owned(),
            Self::Delete => "del".to_owned(),
            Self::Up => "up".to_owned(),
            Self::Down => "down".to_owned(),
            Self::Left => "left".to_owned(),
            Self::Right => "right".to_owned(),
            Self::Home => "home".to_owned(),
            Self::End => "end".to_owned(),
            Self::PageUp => "pgup".to_owned(),
            Self::PageDown => "pgdn".to_owned(),
            Self::WordLeft => "ctrl-left".to_owned(),
            Self::WordRight => "ctrl-right".to_owned(),
            Self::WordBackspace => "ctrl-backspace".to_owned(),
            Self::WordDelete => "ctrl-del".to_owned(),
            Self::NewLine => "alt-enter".to_owned(),
        }
    }
}
