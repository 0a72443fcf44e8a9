//! Checks that were started together, and how far they are.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;

use crate::domain::verdict::Verdict;

/// How long the next answer of all that is left is waited for: longer than a check may take, and a check
/// that the other side asked to wait with does not answer at all.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Checks that were started together; `K` names one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch<K: Eq + Hash> {
    /// Those that have not said anything yet.
    pub left: HashSet<K>,
    /// How many there were.
    pub total: usize,
    /// Until when the next answer is waited for, since the start of the program.
    pub until: Duration,
    /// How many said what: pass, fail, pending, unknown.
    said: [usize; 4],
}

impl<K: Eq + Hash> Batch<K> {
    /// Some that are started now.
    pub fn new(checks: impl IntoIterator<Item = K>, up: Duration) -> Self {
        let left: HashSet<K> = checks.into_iter().collect();
        Self { total: left.len(), left, until: up.saturating_add(PATIENCE), said: [0; 4] }
    }

    /// More that are started now.
    pub fn add(&mut self, checks: impl IntoIterator<Item = K>, up: Duration) {
        for check in checks {
            self.total += usize::from(self.left.insert(check));
        }
        self.until = up.saturating_add(PATIENCE);
    }

    /// Takes the result of one in; says whether it was one of these.
    pub fn take(&mut self, check: &K, verdict: Verdict, up: Duration) -> bool {
        let one_of_these = self.left.remove(check);
        if one_of_these {
            self.until = up.saturating_add(PATIENCE);
            self.said[match verdict {
                Verdict::Pass => 0,
                Verdict::Fail => 1,
                Verdict::Pending => 2,
                Verdict::Unknown => 3,
            }] += 1;
        }
        one_of_these
    }

    /// How many have said something.
    pub fn ran(&self) -> usize {
        self.total - self.left.len()
    }

    /// "13 checks have run: 12 pass, 1 fail", and how many have not answered.
    pub fn words(&self) -> String {
        let words = ["pass", "fail", "pending", "unknown"];
        let said = self.said.iter().zip(words).filter(|(n, _)| **n > 0);
        let said: Vec<String> = said.map(|(n, word)| format!("{n} {word}")).collect();
        let ran = match self.ran() {
            1 => "1 check has run".to_owned(),
            n => format!("{n} checks have run"),
        };
        let mut words = if said.is_empty() { ran } else { format!("{ran}: {}", said.join(", ")) };
        if !self.left.is_empty() {
            words = format!("{words}; no answer yet from {}", self.left.len());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_counts_each_of_its_checks_once_and_waits_anew_for_each_answer() {
        let second = Duration::from_secs(1);
        let mut batch = Batch::new(["a", "b"], Duration::ZERO);
        batch.add(["b", "c"], second);
        assert!(batch.take(&"a", Verdict::Pass, second * 9) && !batch.take(&"a", Verdict::Pass, second * 9));
        assert!(!batch.take(&"x", Verdict::Pass, second * 99));
        assert_eq!(batch.until, second * 9 + PATIENCE);
        assert!(batch.take(&"b", Verdict::Unknown, second * 9));
        assert_eq!(batch.words(), "2 checks have run: 1 pass, 1 unknown; no answer yet from 1");
    }
}
