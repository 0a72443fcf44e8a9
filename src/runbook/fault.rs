//! What is wrong with a runbook, and where.

use std::fmt;
use std::ops::Range;

use crate::domain::text::SafeText;

/// The most faults kept; a file of nothing but faults must not become a report of megabytes.
pub const MAX_FAULTS: usize = 100;
/// The most characters of the words at fault that are kept.
const MAX_WORDS: usize = 60;
/// The most characters of a message or a hint that are kept.
const MAX_MESSAGE: usize = 400;

/// A place in the source, in bytes. Small, as every value of a large runbook has one; a file is far
/// smaller than four gigabytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let short = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: short(start), end: short(end) }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The runbook cannot be used.
    Error,
    /// It can be used, but its author probably meant something else.
    Warning,
}

impl Severity {
    /// The word for people and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The same place in bytes; always inside the file and on character boundaries.
    pub span: Range<usize>,
}

/// One thing that is wrong. All its texts are bounded and safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// The file as the caller named it.
    pub file: String,
    /// Where.
    pub at: Position,
    /// What is wrong.
    pub message: String,
    /// The words at fault.
    pub words: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Another place that has to do with it, such as the first of two equal ids, and what it is.
    pub related: Option<(Position, String)>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, .. } = self.at;
        write!(f, "{}:{line}:{column}: {}: {}", self.file, self.severity.word(), self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

/// Why a runbook cannot be loaded: every fault found in one pass, in the order of the file, at most
/// [`MAX_FAULTS`]. Errors and warnings; at least one error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if n == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A fault before its place is looked up.
pub(crate) struct Draft {
    severity: Severity,
    at: Span,
    message: String,
    hint: Option<String>,
    related: Option<(Span, &'static str)>,
}

impl Draft {
    pub(crate) fn error(at: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, at, message: message.into(), hint: None, related: None }
    }

    pub(crate) fn warning(at: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, message) }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    pub(crate) fn related(mut self, at: Span, label: &'static str) -> Self {
        self.related = Some((at, label));
        self
    }
}

/// Gathers the faults of one file.
pub(crate) struct Gathering<'a> {
    file: String,
    source: &'a [u8],
    faults: Vec<Fault>,
    errors: usize,
    /// How far from the beginning of the file the piece begins that is being read.
    shift: usize,
}

impl<'a> Gathering<'a> {
    pub(crate) fn new(file: &str, source: &'a [u8]) -> Self {
        let file = SafeText::clipped(file, 200).into();
        Self { file, source, faults: Vec::new(), errors: 0, shift: 0 }
    }

    /// Where something stands that was parsed there.
    pub(super) fn at(&self, range: Range<usize>) -> Span {
        Span::new(range.start + self.shift, range.end + self.shift)
    }

    /// Reads in a piece of the file that begins there.
    pub(super) fn from<T>(&mut self, start: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.shift, start);
        let done = read(self);
        self.shift = before;
        done
    }

    pub(crate) fn push(&mut self, draft: Draft) {
        if draft.severity == Severity::Error {
            self.errors += 1;
        }
        if self.full() {
            return;
        }
        let clip = |text: &str, max| String::from(SafeText::clipped(text, max));
        let at = self.position(draft.at);
        let words = String::from_utf8_lossy(&self.source[at.span.clone()]);
        let words = clip(words.lines().next().unwrap_or_default(), MAX_WORDS);
        self.faults.push(Fault {
            severity: draft.severity,
            file: self.file.clone(),
            message: clip(&draft.message, MAX_MESSAGE),
            words,
            hint: draft.hint.map(|hint| clip(&hint, MAX_MESSAGE)),
            related: draft.related.map(|(span, label)| (self.position(span), label.to_owned())),
            at,
        });
    }

    /// Whether further faults would not be kept; suggestions need not be looked for then.
    pub(crate) fn full(&self) -> bool {
        self.faults.len() >= MAX_FAULTS
    }

    pub(crate) fn failed(&self) -> bool {
        self.errors > 0
    }

    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// All faults in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|f| f.at.span.start);
        self.faults
    }

    fn position(&self, span: Span) -> Position {
        let (start, end) = (span.start as usize, span.end as usize);
        let start = char_start(self.source, start.min(self.source.len()));
        let end = char_start(self.source, end.clamp(start, self.source.len()));
        let before = &self.source[..start];
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let column = before[line_start..].iter().filter(|b| starts_char(**b)).count() + 1;
        let line = before.split(|b| *b == b'\n').count();
        Position { line, column, span: start..end }
    }
}

fn starts_char(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

fn char_start(source: &[u8], mut at: usize) -> usize {
    while at > 0 && at < source.len() && !starts_char(source[at]) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = "a = 1\nkö = 'é'".as_bytes();
        let mut gathering = Gathering::new("x.toml", source);
        gathering.push(Draft::error(Span::new(12, 16), "no"));
        let fault = &gathering.finish()[0];
        assert_eq!((fault.at.line, fault.at.column, fault.words.as_str()), (2, 6, "'é'"));
    }

    #[test]
    fn a_place_outside_of_the_file_is_moved_to_its_end() {
        let mut gathering = Gathering::new("x.toml", b"ab");
        gathering.push(Draft::error(Span::new(90, 80), "no"));
        assert_eq!(gathering.finish()[0].at.span, 2..2);
    }

    #[test]
    fn hostile_words_are_shown_not_sent() {
        let mut gathering = Gathering::new("a\u{1b}b", b"x\x1b[2J\x07");
        gathering.push(Draft::error(Span::new(0, 6), "bad \u{202e}"));
        let fault = &gathering.finish()[0];
        assert_eq!(fault.words, "x␛[2J␇");
        assert_eq!(fault.message, "bad ⟨202E⟩");
        assert_eq!(fault.file, "a␛b");
    }
}
