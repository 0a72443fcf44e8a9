//! Asks for the passphrase of a key file: on the terminal, without showing what is typed.
//!
//! On the terminal of the process, whatever its standard input is: a passphrase is never taken from an
//! argument, a variable or a pipe. Signals from the keyboard are off meanwhile, so that Ctrl-C comes as a
//! character and the terminal is put right before the program ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::Path;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::files::shown;
use crate::identity::{AskPassphrase, NoPassphrase};

/// The longest passphrase, in bytes.
const MAX: usize = 1024;

/// The terminal of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal;

impl AskPassphrase for Terminal {
    fn ask(&self, key: &Path, again: bool) -> Result<Zeroizing<String>, NoPassphrase> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let mut tty = tty.map_err(|_| NoPassphrase::NoTerminal)?;
        // First, so that nothing typed early is seen.
        let quiet = Quiet::new(tty.try_clone().map_err(NoPassphrase::Terminal)?)?;
        let wrong = if again { "That is not it. " } else { "" };
        let told = write!(tty, "{wrong}Passphrase of {}: ", shown(key)).and_then(|()| tty.flush());
        let typed = told.map_err(NoPassphrase::Terminal).and_then(|()| read_line(&mut tty));
        drop(quiet);
        // Whoever is at the terminal sees where the line went; a closed one has nobody.
        let _ = tty.write_all(b"\n");
        typed
    }
}

/// A terminal that shows nothing of what is typed, until dropped.
struct Quiet {
    tty: File,
    before: Termios,
}

impl Quiet {
    fn new(tty: File) -> Result<Self, NoPassphrase> {
        let before = tcgetattr(&tty).map_err(|_| NoPassphrase::NoTerminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        quiet.special_codes[rustix::termios::SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[rustix::termios::SpecialCodeIndex::VTIME] = 0;
        let set = tcsetattr(&tty, OptionalActions::Flush, &quiet);
        set.map_err(|e| NoPassphrase::Terminal(e.into()))?;
        Ok(Self { tty, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
    }
}

/// Reads characters up to the end of the line, with the few keys that help somebody who sees nothing.
fn read_line(input: &mut impl Read) -> Result<Zeroizing<String>, NoPassphrase> {
    // Large enough from the start: growing would leave copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        match input.read(byte.as_mut_slice()) {
            Ok(0) => return Err(NoPassphrase::NotGiven),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(NoPassphrase::Terminal(e)),
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            // Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-\
            0x03 | 0x04 | 0x1a | 0x1c => return Err(NoPassphrase::NotGiven),
            // Ctrl-U
            0x15 => line.clear(),
            0x08 | 0x7f => while line.pop().is_some_and(|b| b & 0xc0 == 0x80) {},
            _ if line.len() == MAX => return Err(NoPassphrase::NotGiven),
            other => line.push(other),
        }
    }
    let text = std::str::from_utf8(&line).map_err(|_| NoPassphrase::NotGiven)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Option<String> {
        read_line(&mut &*bytes).ok().map(|line| line.to_string())
    }

    #[test]
    fn a_line_can_be_mended_and_given_up() {
        assert_eq!(typed(b"open sesame\rrest").as_deref(), Some("open sesame"));
        assert_eq!(typed(b"opem\x7fn\n").as_deref(), Some("open"));
        assert_eq!(typed("caf\u{e9}\u{7f}\u{7f}fe\n".as_bytes()).as_deref(), Some("cafe"));
        assert_eq!(typed(b"wrong\x15right\n").as_deref(), Some("right"));
        assert_eq!(typed(b"\x7f\x7fa\n").as_deref(), Some("a"));
        for given_up in [&b"open\x03"[..], b"open\x04", b"open", b"", b"\xff\n"] {
            assert_eq!(typed(given_up), None, "{given_up:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        assert_eq!(typed(&[b'a'; MAX + 1]), None);
    }
}
