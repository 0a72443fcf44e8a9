//! A large document, parsed in pieces beside each other.
//!
//! Parsing takes most of the time that a large runbook takes, and most of such a runbook is long lists of
//! items. Where there are only `[[stages.items]]` headers up to the next stage, the list is cut at some of
//! them: each piece parses to a list of items by itself, and what stands around them parses without them to
//! the same as with them. While one thread parses pieces the other already resolves the first ones.
//!
//! Whether a line is a header, or stands in a text of several lines, only the parser knows. If it is none,
//! then the piece before it ends within that text and does not parse, or a text of what stands around goes on
//! over the gap, which is looked for. Whenever anything is not as expected the document is parsed again in one,
//! which also says what is wrong with it.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use self_cell::self_cell;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The header of an item.
const ITEM: &str = "[[stages.items]]";
/// The header of a stage.
const STAGE: &str = "[[stages]]";

type Table<'a> = Spanned<DeTable<'a>>;

self_cell!(
    /// A text with what was parsed from it, so that both can go elsewhere.
    pub(super) struct Parsed {
        owner: String,
        #[covariant]
        dependent: Table,
    }
);

impl Parsed {
    pub(super) fn of(text: String) -> Result<Self, toml::de::Error> {
        Self::try_new(text, |text| DeTable::parse(text))
    }

    pub(super) fn table(&self) -> &DeTable<'_> {
        self.borrow_dependent().get_ref()
    }

    /// The items, if this is a list of items and nothing else.
    fn items(&self) -> Option<&DeArray<'_>> {
        let only = |table: &'_ DeTable<'_>| table.len() == 1;
        let root = self.table();
        let stages = root.get("stages").filter(|_| only(root))?.get_ref();
        let DeValue::Table(stages) = stages else { return None };
        match stages.get("items").filter(|_| only(stages))?.get_ref() {
            DeValue::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// A stretch of a document that is nothing but items.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    /// Where the one item before it begins that is left to what stands around, as the start of the list.
    first: usize,
    /// All others.
    rest: Range<usize>,
    /// The pieces of the others.
    pieces: Range<usize>,
}

/// How a document is cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    runs: Vec<Run>,
    pieces: Vec<Range<usize>>,
}

impl Cut {
    /// Cuts a document in pieces of about so many bytes; none when there is nothing to be gained.
    pub(super) fn new(text: &str, size: usize) -> Option<Self> {
        let mut cut = Self::default();
        let mut items = Vec::new();
        for (start, header) in headers(text) {
            if header == ITEM {
                items.push(start);
                continue;
            }
            if header == STAGE {
                cut.run(&items, start, size);
            }
            items.clear();
        }
        cut.run(&items, text.len(), size);
        (!cut.pieces.is_empty()).then_some(cut)
    }

    fn run(&mut self, items: &[usize], end: usize, size: usize) {
        let [first, rest @ ..] = items else { return };
        let Some(start) = rest.first().copied().filter(|start| end - start >= 2 * size) else { return };
        let before = self.pieces.len();
        let mut from = start;
        for at in rest.iter().copied().filter(|at| end - at >= size) {
            if at - from >= size {
                self.pieces.push(from..at);
                from = at;
            }
        }
        self.pieces.push(from..end);
        self.runs.push(Run { first: *first, rest: start..end, pieces: before..self.pieces.len() });
    }

    /// What stands around the pieces, everything at its place.
    pub(super) fn around(&self, text: &str) -> String {
        let end = match self.runs.last() {
            Some(last) if last.rest.end == text.len() => last.rest.start,
            Some(_) | None => text.len(),
        };
        let mut around = String::with_capacity(end);
        for run in &self.runs {
            around.push_str(&text[around.len()..run.rest.start]);
            if run.rest.end <= end {
                around.extend(std::iter::repeat_n(' ', run.rest.len()));
            }
        }
        around.push_str(&text[around.len()..end]);
        around
    }

    pub(super) fn pieces(&self) -> &[Range<usize>] {
        &self.pieces
    }

    /// Which pieces go on with the items of each stage, if what stands around has parsed to what was expected.
    fn stages(&self, around: &DeTable<'_>) -> Option<Vec<(usize, Range<usize>)>> {
        if self.runs.iter().any(|run| goes_over(around, run.rest.start)) {
            return None;
        }
        let DeValue::Array(stages) = around.get("stages")?.get_ref() else { return None };
        let begins = |stage: &Spanned<DeValue<'_>>| {
            let DeValue::Table(stage) = stage.get_ref() else { return None };
            let DeValue::Array(items) = stage.get("items")?.get_ref() else { return None };
            Some(items.last()?.span().start)
        };
        let starts: Vec<Option<usize>> = stages.iter().map(begins).collect();
        let of = |run: &Run| {
            let stage = starts.iter().position(|start| *start == Some(run.first))?;
            Some((stage, run.pieces.clone()))
        };
        self.runs.iter().map(of).collect()
    }
}

/// The lines that may be headers, and where each begins. A header stands at the beginning of its line.
fn headers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'[', bytes).filter_map(move |at| {
        let blank = bytes[..at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let start = at - blank;
        if start > 0 && bytes[start - 1] != b'\n' {
            return None;
        }
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len);
        Some((at, text[at..end].trim_end()))
    })
}

/// Whether a text or another single value begins before a place and ends after it.
fn goes_over(table: &DeTable<'_>, at: usize) -> bool {
    fn value(one: &Spanned<DeValue<'_>>, at: usize) -> bool {
        match one.get_ref() {
            DeValue::Table(table) => goes_over(table, at),
            DeValue::Array(list) => list.iter().any(|one| value(one, at)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => one.span().start < at && at < one.span().end,
        }
    }
    table.iter().any(|(_, one)| value(one, at))
}

/// The pieces of a document in the making. Two threads take the next one each until there are none left.
pub(super) struct Queue<'t> {
    text: &'t str,
    pieces: &'t [Range<usize>],
    next: AtomicUsize,
}

/// One of the pieces with its number; none when it did not parse.
type Done = (usize, Option<Parsed>);

impl<'t> Queue<'t> {
    pub(super) fn new(text: &'t str, pieces: &'t [Range<usize>]) -> Self {
        Self { text, pieces, next: AtomicUsize::new(0) }
    }

    fn take(&self) -> Option<Done> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let piece = self.pieces.get(n)?;
        Some((n, Parsed::of(self.text[piece.clone()].to_owned()).ok()))
    }

    /// Nobody wants any more.
    pub(super) fn stop(&self) {
        self.next.store(self.pieces.len(), Ordering::Relaxed);
    }

    /// Parses pieces until there are none left.
    pub(super) fn work(&self, done: &Sender<Done>) {
        while let Some(one) = self.take() {
            if done.send(one).is_err() {
                return;
            }
        }
    }
}

/// The items that what stands around lacks, for whoever reads them in order.
pub(super) struct Rest<'t> {
    queue: &'t Queue<'t>,
    arrived: Receiver<Done>,
    parsed: Vec<OnceCell<Parsed>>,
    stages: Vec<(usize, Range<usize>)>,
    misjudged: Cell<bool>,
}

impl<'t> Rest<'t> {
    /// `around` is what stands around; `arrived` brings what the other thread parses. None when that shows
    /// that the document cannot be read in pieces.
    pub(super) fn new(
        cut: &Cut,
        around: &DeTable<'_>,
        queue: &'t Queue<'t>,
        arrived: Receiver<Done>,
    ) -> Option<Self> {
        // What is offered under items asks for all of them before any is read.
        if around.contains_key("actions") {
            return None;
        }
        let stages = cut.stages(around)?;
        let parsed = (0..queue.pieces.len()).map(|_| OnceCell::new()).collect();
        Some(Self { queue, arrived, parsed, stages, misjudged: Cell::new(false) })
    }

    /// The pieces that go on with the items of a stage.
    pub(super) fn of_stage(&self, stage: usize) -> Range<usize> {
        self.stages.iter().find(|(n, _)| *n == stage).map_or(0..0, |(_, pieces)| pieces.clone())
    }

    /// How far from the beginning of the document a piece begins, and its items; none when it is not what it
    /// was taken for.
    pub(super) fn items(&self, piece: usize) -> Option<(usize, &DeArray<'_>)> {
        let items = self.parsed(piece).and_then(Parsed::items);
        self.misjudged.set(self.misjudged.get() || items.is_none());
        Some((self.queue.pieces.get(piece)?.start, items?))
    }

    fn parsed(&self, piece: usize) -> Option<&Parsed> {
        let place = self.parsed.get(piece)?;
        while place.get().is_none() {
            let arrived = self.arrived.try_recv().ok().or_else(|| self.queue.take());
            // Nothing has come and nothing is left: the other thread has the last ones in hand.
            let (n, parsed) = arrived.or_else(|| self.arrived.recv().ok())?;
            self.parsed.get(n)?.set(parsed?).ok()?;
        }
        place.get()
    }

    /// Whether a piece was not what it was taken for: then the document is to be parsed in one.
    pub(super) fn misjudged(&self) -> bool {
        self.misjudged.get()
    }

    /// All that has been parsed, for whoever throws it away.
    pub(super) fn into_parsed(self) -> Vec<OnceCell<Parsed>> {
        self.parsed
    }
}
