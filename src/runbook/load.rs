//! Bytes of a TOML file to a runbook, or to all that is wrong with it.

use self_cell::self_cell;
use toml::Spanned;
use toml::de::{DeTable, Error};

use super::fault::{Draft, Fault, Faults, Gathering, Span};
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
    let mut out = Gathering::new(name, bytes);
    let runbook = parse(bytes, &mut out);
    let failed = out.failed();
    let faults = out.finish();
    match runbook {
        Some(runbook) if !failed => Ok(Loaded { runbook, warnings: faults }),
        Some(_) | None => Err(Faults(faults)),
    }
}

fn parse(bytes: &[u8], out: &mut Gathering<'_>) -> Option<Runbook> {
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
    let (digest, parsed) = std::thread::scope(|scope| {
        let digest = (bytes.len() > MANY).then(|| scope.spawn(|| Digest::of(bytes)));
        let parsed = Parsed::try_new(text.to_owned(), |text| DeTable::parse(text));
        // A thread that ended by a panic has no digest; it is made here instead.
        let digest = digest.and_then(|d| d.join().ok()).unwrap_or_else(|| Digest::of(bytes));
        (digest, parsed)
    });
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(first) => {
            report(text, first, out);
            return None;
        }
    };
    let start = Span::new(0, text.find('\n').unwrap_or(text.len()));
    let raw: RawRunbook<'_> = entries(parsed.borrow_dependent().get_ref(), start, out);
    let runbook = resolve::runbook(raw, digest, out);
    if text.len() > MANY {
        // Giving back some hundred thousand pieces takes a tenth of the whole time, and nobody waits for it.
        // Where there is no thread to be had it happens here.
        let _ = std::thread::Builder::new().spawn(move || drop(parsed));
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

type Table<'a> = Spanned<DeTable<'a>>;

self_cell!(
    /// A text with what was parsed from it, so that both can go elsewhere.
    struct Parsed {
        owner: String,
        #[covariant]
        dependent: Table,
    }
);

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
