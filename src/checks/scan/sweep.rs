//! What a scan found and what it looked at. Memory is bounded whatever is found: what is over is counted.

use std::collections::BTreeMap;

use super::detect::{Detector, Label};
use super::stream::Place;
use crate::checks::outcome::{Outcome, result};
use crate::checks::shown::clipped;
use crate::domain::text::SafeText;
use crate::domain::verdict::{Finding as Named, FindingKind, Verdict};

/// The most findings that are kept; more are counted.
pub const MAX_FINDINGS: usize = 1000;
/// The most findings of one observation.
const MAX_NAMED: usize = 50;
/// The most names of what could not be looked at.
const MAX_UNREAD: usize = 100;
/// The most of them in one observation.
const MAX_UNREAD_NAMED: usize = 10;
/// The longest name of a file that is shown, in characters.
const MAX_NAME: usize = 160;

/// Something that was found: where, and what kind of thing, nothing of the thing itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file or address, harmless to show.
    pub source: SafeText,
    /// Where in it.
    pub place: Place,
    /// What it is.
    pub label: Label,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Place::Text { line, column } => write!(f, "{}:{line}:{column}", self.source),
            Place::Binary(offset) => write!(f, "{}, byte {offset}", self.source),
        }
    }
}

/// What could not be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file or address, harmless to show.
    pub source: SafeText,
    /// Why.
    pub why: Label,
}

/// The outcome of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sweep {
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub more: u64,
    /// What could not be looked at.
    pub unread: Vec<Unread>,
    /// How many more there were.
    pub more_unread: u64,
    /// Files and scripts that were looked at.
    pub files: u64,
    /// Bytes that were looked at.
    pub bytes: u64,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

/// A name as it may be shown: it may hold control characters, or the very key that is looked for.
pub fn shown(name: &str, detector: &Detector) -> SafeText {
    let covered = detector.cover(name);
    let length = covered.chars().count();
    if length <= MAX_NAME {
        return SafeText::clipped(&covered, MAX_NAME);
    }
    // The end of a path says more than its beginning.
    let end: String = covered.chars().skip(length - MAX_NAME + 1).collect();
    SafeText::clipped(&format!("…{end}"), MAX_NAME)
}

impl Sweep {
    /// Takes note of a finding.
    pub fn found(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Takes note of something that cannot be looked at.
    pub fn not_read(&mut self, source: SafeText, why: impl Into<Label>) {
        if self.unread.len() < MAX_UNREAD {
            self.unread.push(Unread { source, why: why.into() });
        } else {
            self.more_unread += 1;
        }
    }

    /// Adds what another scan found.
    pub fn add(&mut self, other: Self) {
        self.more += other.more;
        self.more_unread += other.more_unread;
        self.files += other.files;
        self.bytes += other.bytes;
        self.stopped |= other.stopped;
        other.findings.into_iter().for_each(|finding| self.found(finding));
        other.unread.into_iter().for_each(|unread| self.not_read(unread.source, unread.why));
    }

    /// Puts what was found in order: threads come back as they please.
    pub fn sort(&mut self) {
        self.findings.sort();
        self.unread.sort();
    }

    /// How much was looked at, in words.
    pub fn looked_at(&self) -> String {
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{} {files}, {}", self.files, size(self.bytes))
    }

    /// The outcome: a finding fails; what could not be looked at makes the rest unknown; nothing to look
    /// at is no pass.
    pub fn outcome(&self) -> Outcome {
        let mut results = Vec::new();
        let mut kinds: BTreeMap<&str, (usize, &Finding)> = BTreeMap::new();
        for finding in &self.findings {
            kinds.entry(&finding.label).or_insert((0, finding)).0 += 1;
        }
        for (label, (count, first)) in &kinds {
            let more = if self.more > 0 { " or more" } else { "" };
            let actual = format!("{count}{more}, first at {first}");
            results.push(result(label, Verdict::Fail, "none", &actual));
        }
        for unread in self.unread.iter().take(MAX_UNREAD_NAMED) {
            let actual = format!("{} {}", unread.source, unread.why);
            results.push(result("not looked at", Verdict::Unknown, "a file that can be read", &actual));
        }
        let unnamed = self.unread.len().saturating_sub(MAX_UNREAD_NAMED) as u64 + self.more_unread;
        if unnamed > 0 {
            let actual = format!("{unnamed} more");
            results.push(result("not looked at", Verdict::Unknown, "a file that can be read", &actual));
        }
        if self.stopped {
            let actual = format!("stopped after {}", self.looked_at());
            results.push(result("time", Verdict::Unknown, "an end before the deadline", &actual));
        }
        let looked = if self.files == 0 { Verdict::Unknown } else { Verdict::Pass };
        results.push(result("looked at", looked, "at least one file", &self.looked_at()));
        let mut outcome = Outcome::of(results, &format!("nothing found in {}", self.looked_at()));
        let name = |finding: &Finding| Named {
            kind: FindingKind::Blocking,
            text: clipped(&format!("{finding} {}", finding.label), 2 * MAX_NAME),
        };
        outcome.findings = self.findings.iter().take(MAX_NAMED).map(name).collect();
        outcome
    }
}

/// A number of bytes in words.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{} kB", tenths(1000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(source: &str, line: u64) -> Finding {
        let place = Place::Text { line, column: 3 };
        Finding { source: SafeText::new(source), place, label: "card number".into() }
    }

    #[test]
    fn a_finding_fails_and_names_the_place_and_the_kind() {
        let mut sweep = Sweep { files: 2, bytes: 1_234_567, ..Sweep::default() };
        sweep.found(finding("b.log", 7));
        sweep.found(finding("a.log", 9));
        sweep.not_read(SafeText::new("c.log"), "cannot be read");
        sweep.sort();
        let outcome = sweep.outcome();
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(outcome.summary, "card number: expected none, got 2, first at a.log:9:3");
        assert_eq!(outcome.findings[1].text, "b.log:7:3 card number");
        assert_eq!(sweep.looked_at(), "2 files, 1.2 MB");
    }

    #[test]
    fn only_a_scan_of_everything_passes() {
        let good = Sweep { files: 1, bytes: 5, ..Sweep::default() };
        assert_eq!(good.outcome().verdict, Verdict::Pass);
        assert_eq!(good.outcome().summary, "nothing found in 1 file, 5 bytes");
        let mut unread = good.clone();
        unread.not_read(SafeText::new("a\u{1b}.log"), "cannot be read");
        assert_eq!(unread.outcome().verdict, Verdict::Unknown);
        assert!(unread.outcome().summary.contains("a␛.log cannot be read"));
        assert_eq!(Sweep { stopped: true, ..good }.outcome().verdict, Verdict::Unknown);
        assert_eq!(Sweep::default().outcome().verdict, Verdict::Unknown);
    }

    #[test]
    fn what_is_over_is_counted_and_not_kept() {
        let mut sweep = Sweep { files: 1, ..Sweep::default() };
        for n in 0..5000 {
            sweep.found(finding("a.log", n));
            sweep.not_read(SafeText::new("b.log"), "cannot be read");
        }
        assert_eq!((sweep.findings.len(), sweep.more), (MAX_FINDINGS, 4000));
        let outcome = sweep.outcome();
        assert_eq!(outcome.findings.len(), MAX_NAMED);
        assert!(outcome.results[0].actual.starts_with("1000 or more"));
        assert!(outcome.results.iter().any(|r| r.actual == "4990 more"));
    }
}
