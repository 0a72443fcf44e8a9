//! Bytes from a terminal to [`Input`].
//!
//! Not crossterm's event stream: its reader never leaves a loop when the terminal behind it is gone
//! (0.29, a read of 0 bytes or `EIO` is taken for "try again"), and it cannot be fed bytes from an SSH
//! channel. The parser is termina's, bounded here.

use termina::event::{Event, KeyCode, KeyEvent, KeyEventKind, Modifiers, MouseButton, MouseEventKind};

use super::input::{Input, Key, MouseKind, Size};

/// The longest paste that is taken, in bytes; no text that golive asks for is nearly as long.
const MAX_PASTE: usize = 64 * 1024;
/// The bytes that may lie unfinished in the parser. A sequence that never ends is thrown away.
const MAX_PENDING: usize = 256 * 1024;

/// Turns bytes into input, keeping what is not finished yet.
#[derive(Default)]
pub struct Decoder {
    parser: termina::Parser,
    pending: usize,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl Decoder {
    /// Takes the bytes of one read and appends what they mean.
    ///
    /// The end of a read ends an escape sequence that could be a lone Escape; terminals send a sequence
    /// in one piece. `filled` says that the read filled its buffer, so that the rest is still to come.
    pub fn feed(&mut self, bytes: &[u8], filled: bool, out: &mut Vec<Input>) {
        self.pending += bytes.len();
        self.parser.parse(bytes, filled);
        let before = out.len();
        while let Some(event) = self.parser.pop() {
            self.pending = 0;
            out.extend(input(event));
        }
        if out.len() == before && self.pending > MAX_PENDING {
            *self = Self::default();
        }
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(event) => key(event).map(Input::Key),
        Event::Paste(mut text) => {
            let mut end = text.len().min(MAX_PASTE);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            Some(Input::Paste(text))
        }
        Event::Mouse(event) => {
            let kind = match event.kind {
                MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                _ => return None,
            };
            Some(Input::Mouse { kind, column: event.column, row: event.row })
        }
        Event::WindowResized(size) => Some(Input::Resize(Size::new(size.cols, size.rows))),
        Event::FocusIn | Event::FocusOut | Event::Csi(_) | Event::Osc(_) | Event::Dcs(_) => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let with = |m| event.modifiers.contains(m);
    let (ctrl, alt, shift) = (with(Modifiers::CONTROL), with(Modifiers::ALT), with(Modifiers::SHIFT));
    // A chord golive has no word for must not pass as the plain key.
    if with(Modifiers::SUPER) || with(Modifiers::META) || with(Modifiers::HYPER) {
        return None;
    }
    let by_word = ctrl || alt;
    Some(match event.code {
        KeyCode::Char(_) if ctrl && alt => return None,
        KeyCode::Char(c) if alt => Key::Alt(c.to_ascii_lowercase()),
        // Without the kitty protocol, ctrl-h and ctrl-backspace are one byte, as are ctrl-_ and ctrl-7.
        KeyCode::Char('h') if ctrl => Key::WordBackspace,
        KeyCode::Char('7') if ctrl => Key::Ctrl('_'),
        KeyCode::Char(c) if ctrl => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter if by_word || shift => Key::NewLine,
        KeyCode::Enter => Key::Enter,
        KeyCode::Escape => Key::Esc,
        KeyCode::Tab if shift => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace if by_word => Key::WordBackspace,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete if by_word => Key::WordDelete,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left if by_word => Key::WordLeft,
        KeyCode::Left => Key::Left,
        KeyCode::Right if by_word => Key::WordRight,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Function(n) if (1..=12).contains(&n) => Key::F(n),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(bytes: &[u8]) -> Vec<Input> {
        let mut out = Vec::new();
        Decoder::default().feed(bytes, false, &mut out);
        out
    }

    #[test]
    fn keys_arrows_and_chords_are_told_apart() {
        let keys = fed(b"j\x1b[A\x10\r\x1b[Z");
        let expected = [Key::Char('j'), Key::Up, Key::Ctrl('p'), Key::Enter, Key::BackTab];
        assert_eq!(keys, expected.map(Input::Key));
    }

    #[test]
    fn chords_that_edit_are_told_apart_in_both_encodings() {
        let legacy = fed(b"\x1bb\x1b\x7f\x1b[1;3D\x1b[1;5C\x1b[3;5~\x1b\r\x1f\x08\x1bOP\n");
        let expected = [
            Key::Alt('b'),
            Key::WordBackspace,
            Key::WordLeft,
            Key::WordRight,
            Key::WordDelete,
            Key::NewLine,
            Key::Ctrl('_'),
            Key::WordBackspace,
            Key::F(1),
            Key::Ctrl('j'),
        ];
        assert_eq!(legacy, expected.map(Input::Key));
        let kitty = fed(b"\x1b[98;3u\x1b[127;5u\x1b[13;2u\x1b[95;5u\x1b[106;5u");
        let expected = [Key::Alt('b'), Key::WordBackspace, Key::NewLine, Key::Ctrl('_'), Key::Ctrl('j')];
        assert_eq!(kitty, expected.map(Input::Key));
    }

    #[test]
    fn a_lone_escape_is_the_escape_key() {
        assert_eq!(fed(b"\x1b"), [Input::Key(Key::Esc)]);
    }

    #[test]
    fn a_paste_is_one_text_and_no_keys() {
        assert_eq!(fed(b"\x1b[200~q\x1b[201~"), [Input::Paste("q".into())]);
    }

    #[test]
    fn the_wheel_and_the_main_button_are_heard() {
        let at = |kind| Input::Mouse { kind, column: 4, row: 2 };
        let heard = fed(b"\x1b[<0;5;3M\x1b[<64;5;3M\x1b[<65;5;3M\x1b[<35;5;3M");
        assert_eq!(heard, [at(MouseKind::Press), at(MouseKind::WheelUp), at(MouseKind::WheelDown)]);
    }

    #[test]
    fn what_never_ends_is_thrown_away() {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        decoder.feed(b"\x1b[200~", true, &mut out);
        for _ in 0..600 {
            decoder.feed(&[b'a'; 1024], true, &mut out);
        }
        assert!(decoder.pending <= MAX_PENDING + 1024);
        decoder.feed(b"\x1b[201~", false, &mut out);
        out.clear();
        decoder.feed(b"j", false, &mut out);
        assert_eq!(out, [Input::Key(Key::Char('j'))]);
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        proptest::proptest!(|(chunks in proptest::collection::vec(
            proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40), 0..20))| {
            let mut decoder = Decoder::default();
            let mut out = Vec::new();
            for chunk in chunks {
                decoder.feed(&chunk, false, &mut out);
            }
        });
    }
}
