//! A program in a terminal of its own: a pty, a terminal emulator reading it, and waits that end the
//! moment their condition holds.
//!
//! ```ignore
//! let mut terminal = Launch::new(env!("CARGO_BIN_EXE_golive")).arg("demo").home(dir.path()).start();
//! terminal.wait_for_text("Acme Ltd");
//! terminal.send("j");
//! terminal.wait_for("the second row is chosen", |screen| screen.row(4).contains('▸'));
//! terminal.signal(Signal::TERM);
//! assert_eq!(terminal.wait_exit().code(), Some(0));
//! assert!(terminal.left_as_found());
//! ```

use std::ffi::OsStr;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Pty, open};
use rustix::event::{PollFd, PollFlags, poll};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use rustix::termios::tcgetattr;

/// How long a wait may take before the test has failed. Far above what anything needs, because the
/// machine may be busy; no test waits for it when all is well.
const PATIENCE: Duration = Duration::from_mins(1);

/// A pty's master is opened before it is marked close-on-exec, so two spawns at once could leave one
/// child holding the other's terminal open.
static ONE_SPAWN_AT_A_TIME: Mutex<()> = Mutex::new(());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has at least one row and column")
}

/// A program about to be started. It inherits nothing from the developer's environment but `PATH`.
#[must_use]
pub struct Launch {
    command: Command,
    columns: u16,
    rows: u16,
}

impl Launch {
    /// A program without arguments in a terminal of 80 columns and 24 rows.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.env_clear().env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self { command, columns: 80, rows: 24 }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives it a home of its own, where every XDG folder lies too, and starts it there.
    pub fn home(mut self, folder: &Path) -> Self {
        self.command.env("HOME", folder).current_dir(folder);
        self
    }

    /// Sets the size of the terminal.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        (self.columns, self.rows) = (columns, rows);
        self
    }

    /// Starts it.
    pub fn start(self) -> Terminal {
        let spawning = locked(&ONE_SPAWN_AT_A_TIME);
        let (pty, pts) = open().expect("a pty");
        pty.resize(Size::new(self.rows, self.columns)).expect("a size");
        let found = LineSettings::of(&pty);
        let mut child =
            pty_process::blocking::Command::from(self.command).spawn(pts).expect("the program starts");
        let (woken, waker) = std::io::pipe().expect("a pipe");
        drop(spawning);

        let pid = Pid::from_child(&child);
        let shared = Arc::new(Shared::new(self.columns, self.rows));
        let pty = Arc::new(pty);
        let reader = {
            let (pty, shared) = (Arc::clone(&pty), Arc::clone(&shared));
            std::thread::spawn(move || shared.read(&pty, &woken))
        };
        let waiter = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                let status = child.wait().expect("a child of ours");
                shared.change(|seen| seen.status = Some(status));
            })
        };
        Terminal {
            pty: Some(pty),
            waker: Some(waker),
            reader: Some(reader),
            waiter: Some(waiter),
            shared,
            pid,
            found,
        }
    }
}

/// A running program and its terminal. Dropping it kills the program.
pub struct Terminal {
    pty: Option<Arc<Pty>>,
    waker: Option<PipeWriter>,
    reader: Option<JoinHandle<()>>,
    waiter: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    pid: Pid,
    found: LineSettings,
}

impl Terminal {
    /// Waits until the screen is as wanted, and gives it; panics with the screen when it never is.
    pub fn wait_for(&self, wanted: &str, mut holds: impl FnMut(&Screen) -> bool) -> Screen {
        let mut last = None;
        self.wait_until(wanted, |seen| {
            let screen = Screen(seen.emulator.screen().clone());
            let done = holds(&screen);
            last = Some(screen);
            done
        });
        last.expect("looked at least once")
    }

    /// Waits until a text stands on the screen.
    pub fn wait_for_text(&self, text: &str) -> Screen {
        self.wait_for(&format!("{text:?} on the screen"), |screen| screen.text().contains(text))
    }

    /// Waits until the program has ended and all it wrote has been read.
    pub fn wait_exit(&self) -> ExitStatus {
        let mut status = None;
        self.wait_until("the program to end", |seen| {
            status = seen.status;
            status.is_some() && seen.closed
        });
        status.expect("waited for it")
    }

    fn wait_until(&self, wanted: &str, mut holds: impl FnMut(&Seen) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut seen = locked(&self.shared.seen);
        while !holds(&seen) {
            let left = end.saturating_duration_since(Instant::now());
            // Once all is read and the child is gone, nothing can change any more.
            let over = seen.closed && seen.status.is_some();
            if left.is_zero() || over {
                let (status, text) = (seen.status, Screen(seen.emulator.screen().clone()).text());
                drop(seen);
                panic!("waited in vain for {wanted}; program: {status:?}; screen:\n{text}");
            }
            seen = self.shared.changed.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The screen as it is now.
    pub fn screen(&self) -> Screen {
        Screen(locked(&self.shared.seen).emulator.screen().clone())
    }

    /// Types.
    pub fn send(&self, keys: impl AsRef<[u8]>) {
        self.pty().write_all(keys.as_ref()).expect("the terminal takes keys");
    }

    /// Changes the size; the program is told by `SIGWINCH`.
    pub fn resize(&self, columns: u16, rows: u16) {
        // The emulator first, so that what the program draws for the new size meets a screen of that size.
        self.shared.change(|seen| seen.emulator.set_size(cells(rows), cells(columns)));
        self.pty().resize(Size::new(rows, columns)).expect("a size");
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the program runs");
    }

    /// Closes the terminal as a closed window does: the program gets `SIGHUP` and then only errors.
    pub fn hang_up(&mut self) {
        drop(self.waker.take());
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
        // The reader's was the only other handle, so this one closes the pty.
        self.pty = None;
    }

    /// All the bytes the program has written so far.
    pub fn output(&self) -> Vec<u8> {
        locked(&self.shared.seen).output.clone()
    }

    /// Whether the program wrote these bytes, such as `\x1b[?1049l`.
    pub fn wrote(&self, bytes: impl AsRef<[u8]>) -> bool {
        let bytes = bytes.as_ref();
        locked(&self.shared.seen).output.windows(bytes.len()).any(|w| w == bytes)
    }

    /// Whether the terminal is as it was before the program: the same line settings, the main screen, the
    /// cursor shown, no mouse reports, no bracketed paste.
    pub fn left_as_found(&self) -> bool {
        let screen = self.screen();
        LineSettings::of(self.pty()) == self.found && screen.is_plain()
    }

    fn pty(&self) -> &Pty {
        self.pty.as_ref().expect("the terminal was hung up")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if locked(&self.shared.seen).status.is_none() {
            // It may end by itself just now, which is as good.
            let _ = kill_process(self.pid, Signal::KILL);
        }
        drop(self.waker.take());
        for thread in [self.waiter.take(), self.reader.take()].into_iter().flatten() {
            let _ = thread.join();
        }
    }
}

/// What has been seen of the program.
struct Seen {
    emulator: vt100::Parser,
    /// A frame whose end has not come yet; a terminal shows nothing of it.
    begun: Vec<u8>,
    output: Vec<u8>,
    status: Option<ExitStatus>,
    closed: bool,
}

impl Seen {
    /// Shows what has come, up to the last frame that is not whole yet (synchronized output, mode 2026).
    fn show(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let last = |mark: &[u8]| self.begun.windows(mark.len()).rposition(|w| w == mark);
        let whole = match (last(b"\x1b[?2026h"), last(b"\x1b[?2026l")) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            _ => self.begun.len(),
        };
        self.emulator.process(&self.begun[..whole]);
        self.begun.drain(..whole);
    }
}

struct Shared {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Shared {
    fn new(columns: u16, rows: u16) -> Self {
        let emulator = vt100::Parser::new(cells(rows), cells(columns), 0);
        let seen = Seen { emulator, begun: Vec::new(), output: Vec::new(), status: None, closed: false };
        Self { seen: Mutex::new(seen), changed: Condvar::new() }
    }

    fn change(&self, how: impl FnOnce(&mut Seen)) {
        how(&mut locked(&self.seen));
        self.changed.notify_all();
    }

    /// Reads until every handle on the other side is closed, or until the waker is dropped.
    fn read(&self, mut pty: &Pty, woken: &PipeReader) {
        let mut chunk = [0; 1 << 13];
        loop {
            let mut ends = [PollFd::new(pty, PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
            if poll(&mut ends, None).is_err() {
                continue; // interrupted by a signal
            }
            if !ends[1].revents().is_empty() {
                break;
            }
            // Linux answers EIO, others end of file, when the last handle on the program's side is closed.
            let Ok(n @ 1..) = pty.read(&mut chunk) else { break };
            self.change(|seen| {
                seen.output.extend_from_slice(&chunk[..n]);
                seen.show(&chunk[..n]);
            });
        }
        self.change(|seen| seen.closed = true);
    }
}

/// What stands on the screen.
pub struct Screen(vt100::Screen);

impl Screen {
    /// The rows without their trailing spaces, one a line.
    pub fn text(&self) -> String {
        let rows: Vec<String> = (0..self.size().1).map(|n| self.row(n)).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// One row, counted from 0, without trailing spaces.
    pub fn row(&self, n: u16) -> String {
        let (columns, _) = self.size();
        let row = self.0.rows(0, columns).nth(usize::from(n)).unwrap_or_default();
        row.trim_end().to_owned()
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.0.size();
        (columns.get(), rows.get())
    }

    /// Whether any cell has a colour of its own.
    pub fn is_coloured(&self) -> bool {
        let (columns, rows) = self.size();
        let plain = |c: vt100::Color| c == vt100::Color::Default;
        (0..rows)
            .flat_map(|r| (0..columns).map(move |c| (r, c)))
            .filter_map(|(r, c)| self.0.cell(r, c))
            .any(|cell| !plain(cell.fgcolor()) || !plain(cell.bgcolor()))
    }

    /// Whether the program has gone to the alternate screen.
    pub fn is_alternate(&self) -> bool {
        self.0.alternate_screen()
    }

    fn is_plain(&self) -> bool {
        !self.is_alternate()
            && !self.0.hide_cursor()
            && !self.0.bracketed_paste()
            && self.0.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }
}

/// The settings of the line that a raw mode changes.
#[derive(Debug, PartialEq)]
struct LineSettings(String);

impl LineSettings {
    fn of(pty: &Pty) -> Self {
        let t = tcgetattr(pty).expect("a terminal");
        Self(format!(
            "{:?}",
            (t.input_modes, t.output_modes, t.control_modes, t.local_modes, t.special_codes)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Terminal {
        Launch::new("/bin/sh").arg("-c").arg(script).start()
    }

    #[test]
    fn keys_arrive_and_what_they_do_is_seen() {
        let terminal = Launch::new("/bin/cat").start();
        terminal.send("hello\r");
        terminal.wait_for("the echo and cat's answer", |s| s.row(0) == "hello" && s.row(1) == "hello");
        terminal.send(b"\x04");
        assert_eq!(terminal.wait_exit().code(), Some(0));
    }

    #[test]
    fn all_that_a_program_wrote_is_kept_after_its_end() {
        let terminal = shell("printf '\\033[?1049h\\033[31mred\\033[0m'; printf '\\033[?1049lbye'; exit 3");
        assert_eq!(terminal.wait_exit().code(), Some(3));
        assert_eq!(terminal.screen().text(), "bye");
        assert!(!terminal.screen().is_coloured());
        assert!(terminal.wrote("\x1b[?1049l"));
        assert!(!terminal.wrote("\x1b[?25l"));
        assert_eq!(terminal.output(), b"\x1b[?1049h\x1b[31mred\x1b[0m\x1b[?1049lbye");
    }

    #[test]
    fn a_frame_is_seen_whole_or_not_at_all() {
        let terminal = shell("stty -echo; printf 'old\\r\\033[?2026hne'; read -r _; printf 'w\\033[?2026l'");
        terminal.wait_until("half a frame", |seen| seen.output.ends_with(b"ne"));
        assert_eq!(terminal.screen().text(), "old");
        terminal.send("\r");
        terminal.wait_for_text("new");
    }

    #[test]
    fn a_program_starts_at_the_size_and_in_the_environment_it_is_given() {
        let home = tempfile::tempdir().unwrap();
        let script = "stty size; echo \"$HOME\" \"$TERM\" \"$EXTRA\" \"${CARGO_MANIFEST_DIR-none}\"";
        let launch = Launch::new("/bin/sh").arg("-c").arg(script).size(120, 40).home(home.path());
        let terminal = launch.env("EXTRA", "more").start();
        terminal.wait_exit();
        assert_eq!(terminal.screen().row(0), "40 120");
        assert_eq!(terminal.screen().row(1), format!("{} xterm-256color more none", home.path().display()));
    }

    #[test]
    fn a_program_is_told_of_a_new_size() {
        let terminal = shell("trap 'stty size' WINCH; echo ready; while :; do read -r line; done");
        terminal.wait_for_text("ready");
        terminal.resize(100, 30);
        let screen = terminal.wait_for_text("30 100");
        assert_eq!(screen.size(), (100, 30));
    }

    #[test]
    fn a_signal_ends_a_program_and_says_so() {
        let terminal = shell("echo ready; exec cat");
        terminal.wait_for_text("ready");
        terminal.signal(Signal::KILL);
        assert_eq!(terminal.wait_exit().signal(), Some(Signal::KILL.as_raw()));
    }

    #[test]
    fn a_terminal_left_raw_or_on_the_other_screen_is_noticed() {
        let tidy = "saved=$(stty -g); stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?25h\\033[?1049l'; stty \"$saved\"";
        for (script, restored) in [
            (tidy, true),
            ("stty raw -echo", false),
            ("stty intr ^B", false),
            ("printf '\\033[?1049h'", false),
            ("printf '\\033[?25l'", false),
            ("printf '\\033[?1000h'", false),
            ("printf '\\033[?2004h'", false),
        ] {
            let terminal = shell(script);
            terminal.wait_exit();
            assert_eq!(terminal.left_as_found(), restored, "{script}");
        }
    }

    #[test]
    fn hanging_up_reaches_the_program() {
        let notes = tempfile::tempdir().unwrap();
        let script =
            "trap 'echo hung up > note; exit 7' HUP; echo ready; while :; do read -r line || exit 8; done";
        let mut terminal = Launch::new("/bin/sh").arg("-c").arg(script).home(notes.path()).start();
        terminal.wait_for_text("ready");
        terminal.hang_up();
        assert_eq!(terminal.wait_exit().code(), Some(7));
        assert_eq!(std::fs::read_to_string(notes.path().join("note")).unwrap(), "hung up\n");
    }

    #[test]
    #[should_panic(
        expected = "never\" on the screen; program: Some(ExitStatus(unix_wait_status(0))); screen:\nover"
    )]
    fn a_wait_in_vain_ends_with_the_screen() {
        shell("echo over").wait_for_text("never");
    }
}
