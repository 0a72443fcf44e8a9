//! Looking through a stream of any length in constant memory, lines of any length included.
//!
//! One buffer of fixed size moves over the stream. What begins near its end is left for the next turn, when
//! what follows is there to tell what it is; a little of what went before stays in front.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::detect::{Detector, Hit, LOOKBACK, Label, REACH};

/// The size of the buffer, in bytes: all that a stream takes.
pub const BUFFER: usize = 512 * 1024;
/// A zero byte this early says that a file is no text.
const HEAD: usize = 8 * 1024;

/// Where in a file something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a text: line and column, in bytes, both from 1.
    Text {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
    /// In anything else: how many bytes stand before it.
    Binary(u64),
}

/// Says when to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Stop {
    /// Stops at the deadline, or when asked.
    pub fn at(deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..Self::default() }
    }

    /// Asks for the end.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn now(&self) -> bool {
        self.asked.load(Ordering::Relaxed) || self.deadline.is_some_and(|d| Instant::now() > d)
    }
}

/// What moves over streams, one after the other.
#[derive(Debug)]
pub struct Streamer {
    buffer: Box<[u8]>,
    hits: Vec<Hit>,
}

impl Default for Streamer {
    fn default() -> Self {
        Self { buffer: vec![0; BUFFER].into_boxed_slice(), hits: Vec::new() }
    }
}

impl Streamer {
    /// Looks through a stream, to its end or until it is to stop; gives the number of bytes looked at.
    pub fn run(
        &mut self,
        mut stream: impl Read,
        detector: &Detector,
        stop: &Stop,
        mut found: impl FnMut(Place, Label),
    ) -> io::Result<u64> {
        let mut lines = Lines::default();
        let (mut filled, mut from, mut total) = (0, 0, 0_u64);
        loop {
            let (read, fault) = fill(&mut stream, &mut self.buffer[filled..], stop);
            filled += read;
            total += read as u64;
            let bytes = &self.buffer[..filled];
            let ended = filled < self.buffer.len();
            if lines.offset == 0 {
                lines.binary = memchr::memchr(0, &bytes[..bytes.len().min(HEAD)]).is_some();
            }
            let to = if ended { filled } else { filled - REACH };
            detector.find(bytes, from, to, &mut self.hits);
            for hit in self.hits.drain(..) {
                found(lines.place(bytes, hit.start), hit.label);
                from = from.max(hit.end);
            }
            // What came before a fault has been looked at all the same.
            if let Some(fault) = fault {
                return Err(fault);
            }
            if ended || stop.now() {
                return Ok(total);
            }
            let kept = to - LOOKBACK;
            lines.pass(bytes, kept);
            self.buffer.copy_within(kept..filled, 0);
            filled -= kept;
            from = from.max(to).min(kept + filled) - kept;
        }
    }
}

/// Fills the buffer, unless the stream ends, breaks or is to stop before; gives how much of it is filled.
pub(super) fn fill(stream: &mut impl Read, buffer: &mut [u8], stop: &Stop) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() != ErrorKind::Interrupted => return (filled, Some(e)),
            Err(_) if stop.now() => break,
            Err(_) => {}
        }
    }
    (filled, None)
}

/// Counts lines, no byte twice.
#[derive(Debug, Default)]
struct Lines {
    binary: bool,
    /// Bytes of the stream before the buffer.
    offset: u64,
    /// Up to where in the buffer lines are counted.
    counted: usize,
    /// Lines that ended before there.
    ended: u64,
    /// Where in the stream the line begins that is there.
    began: u64,
}

impl Lines {
    fn count(&mut self, bytes: &[u8], to: usize) {
        let part = bytes.get(self.counted..to).unwrap_or_default();
        self.ended += memchr::memchr_iter(b'\n', part).count() as u64;
        if let Some(last) = memchr::memrchr(b'\n', part) {
            self.began = self.offset + (self.counted + last + 1) as u64;
        }
        self.counted = self.counted.max(to);
    }

    fn place(&mut self, bytes: &[u8], at: usize) -> Place {
        let position = self.offset + at as u64;
        if self.binary {
            return Place::Binary(position);
        }
        self.count(bytes, at);
        Place::Text { line: self.ended + 1, column: position - self.began + 1 }
    }

    /// The first `kept` bytes leave the buffer.
    fn pass(&mut self, bytes: &[u8], kept: usize) {
        self.count(bytes, kept);
        self.counted -= kept;
        self.offset += kept as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::ScanKind;

    fn places(stream: impl Read) -> (Vec<(Place, String)>, u64) {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let mut found = Vec::new();
        let mut streamer = Streamer::default();
        let total = streamer
            .run(stream, &detector, &Stop::default(), |place, label| found.push((place, label.into_owned())))
            .unwrap();
        assert_eq!(streamer.buffer.len(), BUFFER, "the buffer never grows");
        (found, total)
    }

    fn at(line: u64, column: u64) -> Place {
        Place::Text { line, column }
    }

    const CARD: &str = "4242424242424242";

    #[test]
    fn what_is_found_has_its_line_and_column() {
        let (found, total) = places(format!("a\nbc {CARD}\n{CARD}").as_bytes());
        let only: Vec<Place> = found.iter().map(|(place, _)| *place).collect();
        assert_eq!(only, [at(2, 4), at(3, 1)]);
        assert_eq!(total, 38);
    }

    #[test]
    fn a_file_that_is_no_text_is_looked_at_byte_by_byte() {
        let (found, _) = places(format!("\0\0\n\n {CARD} ").as_bytes());
        assert_eq!(found[0].0, Place::Binary(5));
    }

    /// Wherever the buffer happens to end, everything is found once.
    #[test]
    fn nothing_is_lost_or_found_twice_where_the_buffer_ends() {
        for before in (BUFFER - REACH - 40)..(BUFFER - REACH + 10) {
            let text = [&"x\n".repeat(before / 2), &" ".repeat(before % 2), CARD, "\n", CARD].concat();
            let (found, _) = places(text.as_bytes());
            assert_eq!(found.len(), 2, "{before}");
            assert_eq!(found[0].0, at(before as u64 / 2 + 1, before as u64 % 2 + 1));
        }
        for before in (BUFFER - 40)..(BUFFER + 10) {
            let (found, _) = places([&" ".repeat(before), CARD].concat().as_bytes());
            assert_eq!(found, [(at(1, before as u64 + 1), "test card number".to_owned())]);
        }
    }

    /// Gives some bytes at a time, as a pipe does.
    struct Trickle<R>(R);

    impl<R: Read> Read for Trickle<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(1000);
            self.0.read(&mut buffer[..most])
        }
    }

    #[test]
    fn one_line_of_64_megabytes_takes_one_buffer() {
        const LENGTH: u64 = 64 * 1024 * 1024;
        let line = io::repeat(b'x').take(LENGTH).chain(&b" 4242424242424242 "[..]);
        let (found, total) = places(Trickle(line));
        assert_eq!(found, [(at(1, LENGTH + 2), "test card number".to_owned())]);
        assert_eq!(total, LENGTH + 18);
    }

    #[test]
    fn what_came_before_a_fault_is_looked_at() {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let mut found = Vec::new();
        let torn = CARD.as_bytes().chain(Faulty);
        let read = Streamer::default().run(torn, &detector, &Stop::default(), |place, _| found.push(place));
        assert_eq!((read.map_err(|e| e.kind()), found), (Err(ErrorKind::InvalidData), vec![at(1, 1)]));
    }

    struct Faulty;

    impl Read for Faulty {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::InvalidData.into())
        }
    }

    /// Gives nothing for ever, as an unpacker of zeros does.
    struct Idle;

    impl Read for Idle {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::Interrupted.into())
        }
    }

    #[test]
    fn it_stops_where_nothing_comes() {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let stop = Stop::at(Instant::now());
        assert_eq!(Streamer::default().run(Idle, &detector, &stop, |_, _| {}).unwrap(), 0);
    }

    #[test]
    fn it_stops_when_asked() {
        let detector = Detector::new(&ScanKind::ALL, &[]).unwrap();
        let stop = Stop::default();
        stop.ask();
        let total = Streamer::default().run(io::repeat(b'x'), &detector, &stop, |_, _| {}).unwrap();
        assert_eq!(total, BUFFER as u64);
    }
}
