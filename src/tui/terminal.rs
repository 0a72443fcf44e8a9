//! The one owner of the terminal. Whatever happens, it is left as it was: on a normal end, a panic,
//! SIGTERM, SIGHUP, SIGINT, SIGQUIT and a closed pty, within a second.
//!
//! Two threads, none of them a task, so that they work while the program is stuck:
//! - one reads the terminal's bytes. When nobody is at the other end any more, its stream ends.
//! - one waits for signals. It asks the loop to stop; if the program has not ended by itself soon after, it
//!   restores the terminal and lets the signal do what it does by default, so that whoever sent it sees
//!   the program die of it. There is no exit in the middle of anything.
//!
//! All writing goes through a descriptor of its own: a lock that a stuck thread holds on the standard
//! output must not keep the terminal from being restored.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::Stream;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::decode::Decoder;
use super::input::{Input, Size};

/// Alternate screen, presses and wheel of the mouse in their SGR form, bracketed paste, no cursor. Motion
/// is not asked for: a moving mouse would wake the program up for nothing.
///
/// And every letter in the cell it is written to (BDSM off, ECMA-48 8.3.58 and the recommendation of the
/// freedesktop terminal working group): a terminal that reorders whole lines would carry a right-to-left name
/// across a border into the name beside it. Terminals that never reorder ignore it. Isolates (FSI, PDI) are not
/// sent: most terminals have no such thing and show them, or count a cell for each.
const ENTER: &[u8] = b"\x1b[8l\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?25l";
/// The same, backwards, and the colours as they were; first the end of a frame cut short.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?1049l\x1b[8h";

/// How long the program has after a signal to end by itself.
const GRACE: Duration = Duration::from_millis(700);
/// How long the restoring may take when nobody reads what it writes.
const RESTORING: Duration = Duration::from_millis(150);
/// Input that may wait.
const WAITING: usize = 1024;
/// Bytes read at once.
const READ: usize = 4096;
/// A frame of a large screen fits, so that it is written in one piece.
const FRAME: usize = 128 * 1024;

/// The start of a frame that the terminal shows only once all of it is there; others ignore it.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
/// Its end.
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// A terminal that golive draws on.
pub type Screen = Terminal<CrosstermBackend<Frames<BufWriter<File>>>>;

/// What ratatui writes for a frame in which no cell has changed.
const UNCHANGED: &[u8] = b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m\x1b[?25l";

/// Marks what is written between two flushes as one frame, so that half of it is never seen; a frame that
/// changes nothing is not written at all.
#[derive(Debug)]
pub struct Frames<W> {
    out: W,
    open: bool,
    /// How much of [`UNCHANGED`] the frame consists of so far.
    held: usize,
}

impl<W: io::Write> Frames<W> {
    /// Frames for whatever takes bytes.
    pub const fn new(out: W) -> Self {
        Self { out, open: false, held: 0 }
    }
}

impl<W: io::Write> io::Write for Frames<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if !self.open {
            if UNCHANGED[self.held..].starts_with(bytes) {
                self.held += bytes.len();
                return Ok(bytes.len());
            }
            self.out.write_all(BEGIN_FRAME)?;
            self.open = true;
            self.out.write_all(&UNCHANGED[..std::mem::take(&mut self.held)])?;
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.held = 0;
        if self.open {
            self.out.write_all(END_FRAME)?;
            self.open = false;
        }
        self.out.flush()
    }
}

/// The terminal, while golive has it. Dropping it gives it back.
#[derive(Debug)]
pub struct Owned {
    guard: Guard,
    /// To draw on.
    pub screen: Screen,
    /// What the person does.
    pub input: TerminalInput,
    /// Ends the loop when a signal or a panic asks for it.
    pub stop: CancellationToken,
}

impl Owned {
    /// Takes the terminal over.
    pub fn take() -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("the screen needs a terminal to draw on"));
        }
        let keys = if io::stdin().is_terminal() {
            File::from(io::stdin().as_fd().try_clone_to_owned()?)
        } else {
            File::open("/dev/tty")?
        };
        let draw = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let stop = CancellationToken::new();
        let (send, receive) = mpsc::channel(WAITING);
        // Before anything is changed: from here on every way out restores.
        let guard = Guard { leave: Arc::new(Leave::new(draw.try_clone()?)) };
        guard.watch_signals(&stop, send.downgrade())?;
        guard.watch_panics(&stop);
        // The theme has decided on colours; the library would take them away once more under NO_COLOR.
        crossterm::style::force_color_output(true);
        crossterm::terminal::enable_raw_mode()?;
        let mut raw = draw.try_clone()?;
        raw.write_all(ENTER)?;
        let backend = CrosstermBackend::new(Frames::new(BufWriter::with_capacity(FRAME, draw)));
        let screen = Terminal::new(backend)?;
        thread::Builder::new().name("keys".to_owned()).spawn(move || read(keys, &send))?;
        Ok(Self { guard, screen, input: TerminalInput(receive), stop })
    }

    /// A way to the terminal beside the frames, for the one who draws them: what is written there must not come
    /// while a frame is drawn.
    pub fn aside(&self) -> io::Result<File> {
        self.guard.leave.tty.try_clone()
    }

    /// Gives the terminal back, and says which signal asked for it, if one did: the program must then end
    /// by [`die_of`] it once it has tidied up.
    pub fn give_back(self) -> Option<i32> {
        let leave = Arc::clone(&self.guard.leave);
        drop(self);
        match leave.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }
}

/// Ends the process in the way a signal does by default.
pub fn die_of(signal: i32) {
    // It fails only for signals that cannot be caught, and those never came this way.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Input of the terminal as a stream; it ends when the terminal is gone.
#[derive(Debug)]
pub struct TerminalInput(mpsc::Receiver<Input>);

impl Stream for TerminalInput {
    type Item = Input;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Input>> {
        self.0.poll_recv(context)
    }
}

/// Reads until there is nothing left to read from.
fn read(mut keys: File, send: &mpsc::Sender<Input>) {
    let mut decoder = Decoder::default();
    let mut buffer = [0; READ];
    let mut inputs = Vec::new();
    loop {
        let count = match keys.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            // A closed pty answers with an error, not with an end.
            Err(_) => break,
        };
        decoder.feed(&buffer[..count], count == READ, &mut inputs);
        for input in inputs.drain(..) {
            if send.blocking_send(input).is_err() {
                return;
            }
        }
    }
}

/// Restores the terminal once, whoever comes first.
#[derive(Debug)]
struct Leave {
    tty: File,
    begun: AtomicBool,
    /// The signal that asked for the end; 0 for none.
    signal: AtomicI32,
    /// Whether the terminal has been given back, for whoever waits for it.
    gone: Mutex<bool>,
    changed: Condvar,
}

impl Leave {
    fn new(tty: File) -> Self {
        Self {
            tty,
            begun: AtomicBool::new(false),
            signal: AtomicI32::new(0),
            gone: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    fn restore(&self) {
        if self.begun.swap(true, Ordering::SeqCst) {
            return;
        }
        // The mode first: it never waits for a reader, as writing may.
        let _ = crossterm::terminal::disable_raw_mode();
        let _ = (&self.tty).write_all(LEAVE);
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits until the terminal has been given back, at most so long.
    fn wait(&self, at_most: Duration) -> bool {
        let gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(gone, at_most, |gone| !*gone);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Restores when dropped.
#[derive(Debug)]
struct Guard {
    leave: Arc<Leave>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.leave.restore();
    }
}

impl Guard {
    /// Lives as long as the process: after the screen has gone, a signal does what it does by default. It
    /// does not keep the input open, which ends with the thread that reads.
    fn watch_signals(&self, stop: &CancellationToken, send: mpsc::WeakSender<Input>) -> io::Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH])?;
        let (leave, stop) = (Arc::clone(&self.leave), stop.clone());
        let watch = move || {
            for signal in signals.forever() {
                if signal == SIGWINCH {
                    let size = crossterm::terminal::size().map(|(w, h)| Size::new(w, h));
                    // When the queue is full the loop is about to draw, and asks for the size itself.
                    if let (Ok(size), Some(send)) = (size, send.upgrade()) {
                        let _ = send.try_send(Input::Resize(size));
                    }
                    continue;
                }
                if leave.wait(Duration::ZERO) {
                    die_of(signal);
                    continue;
                }
                let since = Instant::now();
                leave.signal.store(signal, Ordering::SeqCst);
                stop.cancel();
                if !leave.wait(GRACE) {
                    let stuck = Arc::clone(&leave);
                    let helper = thread::Builder::new().spawn(move || stuck.restore());
                    if helper.is_ok() {
                        leave.wait(RESTORING);
                    }
                }
                // Whoever tidies up now has the rest of the grace.
                thread::sleep(GRACE.saturating_sub(since.elapsed()));
                die_of(signal);
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(watch)?;
        Ok(())
    }

    /// Restores before the message of a panic is printed, and ends the loop: a panic of a task behind the
    /// screen would else be drawn over.
    fn watch_panics(&self, stop: &CancellationToken) {
        let (leave, stop) = (Arc::clone(&self.leave), stop.clone());
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave.restore();
            stop.cancel();
            before(panic);
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_marked_from_its_first_byte_to_its_flush_and_nothing_else_is() {
        let mut frames = Frames::new(Vec::new());
        frames.flush().unwrap();
        frames.write_all(b"one ").unwrap();
        frames.write_all(b"frame").unwrap();
        frames.flush().unwrap();
        frames.flush().unwrap();
        frames.write_all(b"two").unwrap();
        frames.flush().unwrap();
        assert_eq!(frames.out, b"\x1b[?2026hone frame\x1b[?2026l\x1b[?2026htwo\x1b[?2026l");
    }

    #[test]
    fn a_frame_that_changes_nothing_is_not_written() {
        let mut bytes = Vec::new();
        let fixed = ratatui::Viewport::Fixed(ratatui::layout::Rect::new(0, 0, 8, 1));
        let options = ratatui::TerminalOptions { viewport: fixed };
        let backend = CrosstermBackend::new(Frames::new(&mut bytes));
        let mut screen = Terminal::with_options(backend, options).unwrap();
        for text in ["same", "same", "same", "other"] {
            screen.draw(|frame| frame.render_widget(text, frame.area())).unwrap();
        }
        drop(screen);
        let frames = bytes.windows(BEGIN_FRAME.len()).filter(|w| *w == BEGIN_FRAME).count();
        // The third shows the cursor again, at the end.
        assert_eq!(frames, 3, "{}", String::from_utf8_lossy(&bytes));
    }
}
