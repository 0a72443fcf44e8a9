//! Damping: how many results in a row it takes before a verdict counts (DESIGN rule 7).

use crate::domain::verdict::Verdict;

/// The streak of a new verdict after what was seen before.
pub fn streak(before: Option<(Verdict, u32)>, verdict: Verdict) -> u32 {
    match before {
        Some((last, n)) if last == verdict => n.saturating_add(1),
        Some(_) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streak_grows_with_equal_verdicts_and_begins_anew_with_another() {
        assert_eq!(streak(None, Verdict::Pass), 1);
        assert_eq!(streak(Some((Verdict::Pass, 2)), Verdict::Pass), 3);
        assert_eq!(streak(Some((Verdict::Pass, 2)), Verdict::Unknown), 1);
        assert_eq!(streak(Some((Verdict::Fail, u32::MAX)), Verdict::Fail), u32::MAX);
    }
}
