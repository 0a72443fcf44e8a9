//! Bytes of a TOML file to a runbook, or to all that is wrong with it.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;

use toml::de::{DeTable, Error};

use super::fault::{Draft, Fault, Faults, Gathering, Span};
use super::pieces::{Cut, Parsed, Queue, Rest};
use super::read::entries;
use super::resolve;
use super::shapes::RawRunbook;
use crate::domain::digest::Digest;
use crate::domain::runbook::Runbook;

/// The largest runbook, in bytes.
pub const MAX_BYTES: usize = 1_000_000;
/// Up to this many bytes, a file that does not parse is parsed on for further faults; a larger one could
/// be nothing but faults, a record for each byte.
const MAX_RECOVERED: usize = 100_000;
/// A file of more bytes than this has parsed into very many pieces.
const MANY: usize = 100_000;
/// How large the pieces are, in bytes, that a file of very many is parsed in: so small that the first is soon
/// there, so large that there are not many.
const PIECE: usize = 48 * 1024;
/// The most faults reported of a file that does not parse: the later ones mostly follow from the first.
const MAX_PARSE_FAULTS: usize = 10;

/// A runbook that can be used.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The runbook.
    pub runbook: Runbook,
    /// What its author probably meant otherwise.
    pub warnings: Vec<Fault>,
}

/// Loads a runbook. `name` is what the file is called in messages.
pub fn load(name: &str, bytes: &[u8]) -> Result<Loaded, Faults> {
    load_with(name, bytes, None)
}

/// Loads a runbook whose bytes have just been checked against this digest.
pub fn load_checked(name: &str, bytes: &[u8], digest: Digest) -> Result<Loaded, Faults> {
    load_with(name, bytes, Some(digest))
}

fn load_with(name: &str, bytes: &[u8], digest: Option<Digest>) -> Result<Loaded, Faults> {
    let beside = bytes.len() > MANY && thread::available_parallelism().is_ok_and(|n| n > NonZeroUsize::MIN);
    let in_pieces = if beside { in_pieces(name, bytes, digest, PIECE) } else { None };
    loaded(in_pieces.unwrap_or_else(|| in_one(name, bytes, digest)))
}

fn loaded((runbook, out): (Option<Runbook>, Gathering<'_>)) -> Result<Loaded, Faults> {
    let failed = out.failed();
    let faults = out.finish();
    match runbook {
        Some(runbook) if !failed => Ok(Loaded { runbook, warnings: faults }),
        Some(_) | None => Err(Faults(faults)),
    }
}

/// Loads in pieces, two of them at a time; none when the file must be read in one to tell what is in it.
fn in_pieces<'b>(
    name: &str,
    bytes: &'b [u8],
    digest: Option<Digest>,
    size: usize,
) -> Option<(Option<Runbook>, Gathering<'b>)> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_BYTES)?;
    let cut = Cut::new(text, size)?;
    keep_freed_memory();
    let queue = Queue::new(text, cut.pieces());
    let (done, arrived) = mpsc::channel();
    thread::scope(|scope| {
        // Where there is no thread to be had, this one does all the work.
        let queue = &queue;
        let beside = thread::Builder::new().spawn_scoped(scope, move || queue.work(&done));
        let around = Parsed::of(cut.around(text)).ok();
        let rest = around.as_ref().and_then(|around| Rest::new(&cut, around.table(), queue, arrived));
        let mut out = Gathering::new(name, bytes);
        let runbook = around.as_ref().zip(rest.as_ref()).and_then(|(around, rest)| {
            let raw: RawRunbook<'_> = entries(around.table(), first_line(text), &mut out);
            let digest = digest.unwrap_or_else(|| Digest::of(bytes));
            resolve::runbook(raw, Some(rest), digest, &mut out)
        });
        queue.stop();
        // Had it panicked, its pieces would be missing.
        let _ = beside.map(thread::ScopedJoinHandle::join);
        let good = rest.filter(|rest| !rest.misjudged())?;
        let parsed = (around, good.into_parsed());
        throw_away(parsed);
        Some((runbook, out))
    })
}

fn in_one<'b>(name: &str, bytes: &'b [u8], digest: Option<Digest>) -> (Option<Runbook>, Gathering<'b>) {
    let mut out = Gathering::new(name, bytes);
    let runbook = parse(bytes, digest, &mut out);
    (runbook, out)
}

/// Where the whole file stands.
fn first_line(text: &str) -> Span {
    Span::new(0, text.find('\n').unwrap_or(text.len()))
}

/// Giving back some hundred thousand pieces takes a tenth of the whole time, and nobody waits for it. Where
/// there is no thread to be had it happens here.
fn throw_away(parsed: impl Send + 'static) {
    let _ = thread::Builder::new().spawn(move || drop(parsed));
}

fn parse(bytes: &[u8], digest: Option<Digest>, out: &mut Gathering<'_>) -> Option<Runbook> {
    if bytes.len() > MAX_BYTES {
        let message = format!("a runbook has at most {MAX_BYTES} bytes; this one has {}", bytes.len());
        let rest = Span::new(MAX_BYTES, MAX_BYTES);
        out.push(Draft::error(rest, message).hint("split it in several runbooks"));
        return None;
    }
    if bytes.len() > MANY {
        keep_freed_memory();
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let start = error.valid_up_to();
            let end = start + error.error_len().unwrap_or(1);
            out.push(
                Draft::error(Span::new(start, end), "this is not UTF-8 text")
                    .hint("a runbook is a TOML file; save it as UTF-8"),
            );
            return None;
        }
    };
    let (digest, parsed) = thread::scope(|scope| {
        let made = (digest.is_none() && bytes.len() > MANY).then(|| scope.spawn(|| Digest::of(bytes)));
        let parsed = Parsed::of(text.to_owned());
        // A thread that ended by a panic has no digest; it is made here instead.
        let made = made.and_then(|made| made.join().ok());
        (digest.or(made).unwrap_or_else(|| Digest::of(bytes)), parsed)
    });
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(first) => {
            report(text, first, out);
            return None;
        }
    };
    let raw: RawRunbook<'_> = entries(parsed.table(), first_line(text), out);
    let runbook = resolve::runbook(raw, None, digest, out);
    if text.len() > MANY {
        throw_away(parsed);
    }
    runbook
}

/// The C library gives freed memory back to the system piece by piece and asks for it again with the next
/// step, which is a tenth of the time that a large runbook takes. It stops doing so for pieces up to the size
/// of the largest one that was ever freed; this one is never touched, so it takes no memory.
fn keep_freed_memory() {
    const LARGEST: usize = 31 * 1024 * 1024;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST)));
}

fn report(text: &str, first: Error, out: &mut Gathering<'_>) {
    let faults = if text.len() <= MAX_RECOVERED { DeTable::parse_recoverable(text).1 } else { Vec::new() };
    let faults = if faults.is_empty() { vec![first] } else { faults };
    for fault in faults.into_iter().take(MAX_PARSE_FAULTS) {
        let at = fault.span().map(Span::from).unwrap_or_default();
        // Only the parser's message: its Display draws the line as it is, control characters and all.
        out.push(
            Draft::error(at, format!("this is no TOML: {}", fault.message()))
                .hint("texts stand in quotes, lists in [ ], and every key stands once in its table"),
        );
    }
}

#[cfg(test)]
#[path = "load_in_pieces_tests.rs"]
mod in_pieces_tests;
