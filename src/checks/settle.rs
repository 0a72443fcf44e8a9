//! Damping: how many results in a row it takes before a verdict counts (DESIGN rule 7).

use crate::domain::check::Check;
use crate::domain::verdict::{Observation, Verdict};

/// The streak of a new verdict after what was seen before.
pub fn streak(before: Option<(Verdict, u32)>, verdict: Verdict) -> u32 {
    match before {
        Some((last, n)) if last == verdict => n.saturating_add(1),
        Some(_) | None => 1,
    }
}

/// Whether an observation counts: enough passes or fails in a row. Pending counts at once; unknown
/// never does, because it says nothing.
pub fn settles(check: &Check, observation: &Observation) -> bool {
    match observation.verdict {
        Verdict::Pass => observation.streak >= check.after_passes.get(),
        Verdict::Fail => observation.streak >= check.after_failures.get(),
        Verdict::Pending => true,
        Verdict::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing;

    #[test]
    fn a_streak_grows_with_equal_verdicts_and_begins_anew_with_another() {
        assert_eq!(streak(None, Verdict::Pass), 1);
        assert_eq!(streak(Some((Verdict::Pass, 2)), Verdict::Pass), 3);
        assert_eq!(streak(Some((Verdict::Pass, 2)), Verdict::Unknown), 1);
        assert_eq!(streak(Some((Verdict::Fail, u32::MAX)), Verdict::Fail), u32::MAX);
    }

    #[test]
    fn thresholds_damp_passes_and_fails_but_unknown_never_counts() {
        let mut check = testing::check("c", testing::fields(&[]));
        check.after_failures = 2.try_into().unwrap();
        let seen = |verdict, streak| Observation { streak, ..testing::observation("c", verdict) };
        assert!(settles(&check, &seen(Verdict::Pass, 1)));
        assert!(!settles(&check, &seen(Verdict::Fail, 1)));
        assert!(settles(&check, &seen(Verdict::Fail, 2)));
        assert!(!settles(&check, &seen(Verdict::Unknown, 99)));
    }
}
