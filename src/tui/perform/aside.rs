//! What goes to the terminal beside the frames: the bell, a notice, the clipboard. And programs of the person's
//! own machine: for the clipboard, and for links.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::app::notify::{Notice, Notify};
use crate::domain::text::SafeText;

/// How long a program for the clipboard may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The longest notice that a terminal is given, in characters.
const MAX_NOTICE: usize = 200;

/// The terminal, between two frames: nothing is written while one is being drawn, as both are done by the loop.
pub struct Aside {
    out: Box<dyn Write + Send>,
    takes: Takes,
}

impl std::fmt::Debug for Aside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aside").field("takes", &self.takes).finish_non_exhaustive()
    }
}

/// Whether a terminal is likely to take what is put on the clipboard. None says so; a few are known not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It may.
    Likely,
    /// It does not.
    No,
}

impl Takes {
    /// What is known of a terminal, by `TERM`.
    pub fn of_terminal(term: &str) -> Self {
        if matches!(term, "" | "linux" | "dumb") || term.starts_with("vt") { Self::No } else { Self::Likely }
    }
}

impl Aside {
    /// Beside the frames that go to the same place.
    pub fn new(out: Box<dyn Write + Send>, takes: Takes) -> Self {
        Self { out, takes }
    }

    /// Rings and shows a notice, as far as the configuration wants it.
    pub(super) fn ring(&mut self, notify: &Notify, notice: &Notice) {
        if !notify.events.contains(&notice.occasion) {
            return;
        }
        let mut bytes = Vec::new();
        if notify.osc9.is_on() {
            bytes.extend(osc9(&format!("golive: {}: {}", notice.name, notice.text)));
        }
        if notify.bell.is_on() {
            bytes.push(0x07);
        }
        self.write(&bytes);
    }

    /// Puts a text on the clipboard (OSC 52); says whether the terminal is likely to have taken it.
    pub(super) fn copy(&mut self, text: &str) -> Takes {
        if self.takes == Takes::Likely {
            self.write(&osc52(text));
        }
        self.takes
    }

    fn write(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            // A terminal that is gone is noticed by whoever reads from it.
            let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
        }
    }
}

/// A notice of the terminal's own. What ends it must not be in it: no control character is.
fn osc9(text: &str) -> Vec<u8> {
    let text = SafeText::clipped(text, MAX_NOTICE);
    // `9;4` and its like are orders to some terminals; a letter before it is none.
    format!("\x1b]9;{text}\x1b\\").into_bytes()
}

fn osc52(text: &str) -> Vec<u8> {
    format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).into_bytes()
}

/// Gives a text to a program, on its standard input.
pub(super) async fn give(argv: &[String], text: String) -> std::io::Result<()> {
    let [program, arguments @ ..] = argv else {
        return Err(std::io::ErrorKind::NotFound.into());
    };
    // Not killed when it stays: some serve the clipboard for as long as they hold it.
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let Some(mut stdin) = child.stdin.take() else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    let given = async {
        stdin.write_all(text.as_bytes()).await?;
        drop(stdin);
        child.wait().await
    };
    match tokio::time::timeout(DEADLINE, given).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(std::io::Error::other(format!("{program} ended with {status}"))),
        Ok(Err(error)) => Err(error),
        // It has what it needs.
        Err(_) => Ok(()),
    }
}

/// Opens a link with what the system has for it. Without a shell; the link is one argument and begins with its
/// scheme.
pub(super) async fn open_link(url: &str) -> std::io::Result<()> {
    if !crate::tui::update::is_link(url) {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut child = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    match tokio::time::timeout(DEADLINE, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(std::io::Error::other(format!("{program} found nothing to open it with"))),
        Ok(Err(error)) => Err(error),
        // The browser was started by it, and it waits for it.
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::notify::{Bell, Occasion};
    use crate::domain::ids::EngagementId;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Tape(Arc<Mutex<Vec<u8>>>);

    impl Write for Tape {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn notice(name: &str) -> Notice {
        Notice::new(Occasion::GateOpened, EngagementId::new("acme").unwrap(), name, "gate opened: stage 1")
    }

    fn rung(notify: &Notify, name: &str) -> String {
        let tape = Tape::default();
        Aside::new(Box::new(tape.clone()), Takes::Likely).ring(notify, &notice(name));
        String::from_utf8(tape.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_terminal_rings_only_when_it_was_asked_to_and_for_what() {
        let usual = Notify::default();
        assert_eq!(rung(&usual, "Acme"), "");
        let both = Notify { bell: Bell::On, osc9: Bell::On, ..usual };
        assert_eq!(rung(&both, "Acme"), "\x1b]9;golive: Acme: gate opened: stage 1\x1b\\\x07");
        let other = Notify { events: [Occasion::Ticked].into(), ..both };
        assert_eq!(rung(&other, "Acme"), "");
    }

    #[test]
    fn a_name_cannot_end_the_sequence_that_it_is_in() {
        let on = Notify { osc9: Bell::On, ..Notify::default() };
        let sent = rung(&on, "A\x1b\\\x1b]52;c;eA==\x07");
        assert_eq!(sent.matches('\x1b').count(), 2, "{sent:?}");
        assert!(!sent.contains('\x07'));
    }

    #[test]
    fn what_is_copied_is_encoded() {
        let tape = Tape::default();
        let mut aside = Aside::new(Box::new(tape.clone()), Takes::Likely);
        assert_eq!(aside.copy("golive tick acme"), Takes::Likely);
        assert_eq!(*tape.0.lock().unwrap(), b"\x1b]52;c;Z29saXZlIHRpY2sgYWNtZQ==\x1b\\");
        let mut console = Aside::new(Box::new(Tape::default()), Takes::of_terminal("linux"));
        assert_eq!(console.copy("x"), Takes::No);
    }

    #[tokio::test]
    async fn a_program_gets_the_text_on_its_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied");
        let script = format!("cat > '{}'", file.display());
        let argv = ["sh", "-c", &script].map(str::to_owned);
        give(&argv, "$(id) --x".to_owned()).await.unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "$(id) --x");
        assert!(give(&["/nowhere/at/all".to_owned()], String::new()).await.is_err());
    }

    #[tokio::test]
    async fn only_links_are_opened() {
        for bad in ["-x", "file:///etc/passwd", "javascript:alert(1)"] {
            assert!(open_link(bad).await.is_err());
        }
    }
}
