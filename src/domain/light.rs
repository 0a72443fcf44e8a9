//! How a live check stands, in one word: the light that is shown for it.

use serde::Serialize;

use super::verdict::Verdict;

/// The light of a check, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// It settled on failing.
    Failing,
    /// Nobody can say now, whatever it settled on before.
    Unknown,
    /// The other side has yet to decide.
    Pending,
    /// It has never run, or has not settled on anything of the facts as they are.
    NotRun,
    /// It settled on passing.
    Passing,
    /// Fields or secrets that it needs are not filled in, or those that it looks at.
    NotConfigured,
    /// No item that applies uses it: it does not run.
    Unused,
}

/// What is known of a check at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether an item that applies uses it.
    pub used: bool,
    /// Whether it looks at the engagement itself: then a fail says that something is still to be filled in.
    pub inward: bool,
    /// Whether it has what it needs to run.
    pub configured: bool,
    /// What it settled on of the facts as they are.
    pub settled: Option<Verdict>,
    /// What it said last.
    pub last: Option<Verdict>,
}

impl Light {
    /// Every light, the worst first.
    pub const ALL: [Self; 7] = [
        Self::Failing,
        Self::Unknown,
        Self::Pending,
        Self::NotRun,
        Self::Passing,
        Self::NotConfigured,
        Self::Unused,
    ];

    /// The light of what is known. A fail stays one until it passes, even while nobody can say.
    pub fn of(known: Known) -> Self {
        if !known.used {
            return Self::Unused;
        }
        if !known.configured || known.inward && known.settled == Some(Verdict::Fail) {
            return Self::NotConfigured;
        }
        match (known.settled, known.last) {
            (Some(Verdict::Fail), _) => Self::Failing,
            (_, Some(Verdict::Unknown)) | (Some(Verdict::Unknown), _) => Self::Unknown,
            (Some(Verdict::Pass), _) => Self::Passing,
            (Some(Verdict::Pending), _) => Self::Pending,
            (None, _) => Self::NotRun,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::NotRun => "not settled",
            Self::NotConfigured => "not configured",
            Self::Unused => "not used",
            Self::Passing => "passing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(used: bool, configured: bool, settled: Option<Verdict>, last: Option<Verdict>) -> Light {
        Light::of(Known { used, inward: false, configured, settled, last })
    }

    #[test]
    fn a_check_that_cannot_run_says_so_whatever_it_said_before() {
        let pass = Some(Verdict::Pass);
        assert_eq!(light(false, true, pass, pass), Light::Unused);
        assert_eq!(light(true, false, pass, pass), Light::NotConfigured);
        assert_eq!(light(true, false, Some(Verdict::Fail), None), Light::NotConfigured);
    }

    #[test]
    fn what_is_still_to_be_filled_in_is_no_alarm() {
        let known =
            Known { used: true, inward: true, configured: true, settled: Some(Verdict::Fail), last: None };
        assert_eq!(Light::of(known), Light::NotConfigured);
        assert_eq!(Light::of(Known { inward: false, ..known }), Light::Failing);
        assert_eq!(Light::of(Known { settled: Some(Verdict::Pass), ..known }), Light::Passing);
    }

    #[test]
    fn the_light_is_what_was_settled_unless_nothing_is_known_now() {
        let (pass, fail) = (Some(Verdict::Pass), Some(Verdict::Fail));
        assert_eq!(light(true, true, pass, fail), Light::Passing, "one fail may be a flap");
        assert_eq!(light(true, true, pass, Some(Verdict::Unknown)), Light::Unknown);
        assert_eq!(
            light(true, true, fail, Some(Verdict::Unknown)),
            Light::Failing,
            "nobody has seen it mended"
        );
        assert_eq!(light(true, true, None, pass), Light::NotRun);
        assert_eq!(light(true, true, Some(Verdict::Pending), None), Light::Pending);
    }
}
