//! How a live check stands, in one word: the light that is shown for it.

use chrono::{DateTime, TimeDelta, Utc};

use super::check::Check;
use super::verdict::Verdict;

/// The light of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Light {
    /// It fails.
    Failing,
    /// The other side has yet to decide.
    Pending,
    /// Nothing could be said the last time.
    Unknown,
    /// It has never run, or has not settled on anything.
    NotRun,
    /// Fields or secrets that it needs are not filled in.
    NotConfigured,
    /// No item that applies uses it: it does not run.
    Unused,
    /// It passes.
    Passing,
}

/// What is known of a check at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether an item that applies uses it.
    pub used: bool,
    /// Whether it has what it needs to run.
    pub configured: bool,
    /// What it settled on.
    pub settled: Option<Verdict>,
    /// What it said last.
    pub last: Option<Verdict>,
}

impl Light {
    /// The light of what is known.
    pub fn of(known: Known) -> Self {
        if !known.used {
            return Self::Unused;
        }
        if !known.configured {
            return Self::NotConfigured;
        }
        if known.last == Some(Verdict::Unknown) {
            return Self::Unknown;
        }
        match known.settled {
            Some(Verdict::Pass) => Self::Passing,
            Some(Verdict::Fail) => Self::Failing,
            Some(Verdict::Pending) => Self::Pending,
            Some(Verdict::Unknown) => Self::Unknown,
            None => Self::NotRun,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::NotRun => "not run yet",
            Self::NotConfigured => "not configured",
            Self::Unused => "not used",
            Self::Passing => "passing",
        }
    }
}

/// Whether the last pass of a check still counts where freshness is demanded (DESIGN rule 8).
pub fn is_fresh(check: &Check, light: Light, last_pass: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    if check.kind.looks_inward() {
        return light == Light::Passing;
    }
    let ttl = TimeDelta::from_std(check.ttl).unwrap_or(TimeDelta::MAX);
    last_pass.is_some_and(|at| now.signed_duration_since(at).abs() <= ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(used: bool, configured: bool, settled: Option<Verdict>, last: Option<Verdict>) -> Light {
        Light::of(Known { used, configured, settled, last })
    }

    #[test]
    fn a_check_that_cannot_run_says_so_whatever_it_said_before() {
        let pass = Some(Verdict::Pass);
        assert_eq!(light(false, true, pass, pass), Light::Unused);
        assert_eq!(light(true, false, pass, pass), Light::NotConfigured);
    }

    #[test]
    fn the_light_is_what_was_settled_unless_nothing_is_known_now() {
        let (pass, fail) = (Some(Verdict::Pass), Some(Verdict::Fail));
        assert_eq!(light(true, true, pass, fail), Light::Passing, "one fail may be a flap");
        assert_eq!(light(true, true, pass, Some(Verdict::Unknown)), Light::Unknown);
        assert_eq!(light(true, true, None, pass), Light::NotRun);
        assert_eq!(light(true, true, Some(Verdict::Pending), None), Light::Pending);
    }
}
