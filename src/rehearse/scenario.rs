//! The scenarios: how the world starts and what happens in it by itself.

use std::fmt;
use std::str::FromStr;

use crate::domain::text::SafeText;

/// How the world starts and how it moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scenario {
    /// Everything is in order; the KYC review that is under way ends in an approval after a few seconds.
    #[default]
    Happy,
    /// As [`Scenario::Happy`], but the KYC review never ends.
    KycPending,
}

impl Scenario {
    /// Every scenario there is.
    pub const ALL: [Self; 2] = [Self::Happy, Self::KycPending];

    /// The word for it on the command line and in a URL.
    pub fn word(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::KycPending => "kyc-pending",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no scenario is called '{word}'; there are: {}", Scenario::ALL.map(Scenario::word).join(", "))]
pub struct UnknownScenario {
    /// The word, safe to show and cut to a bounded length.
    pub word: SafeText,
}

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.word() == word)
            .ok_or_else(|| UnknownScenario { word: SafeText::clipped(word, 40) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_found_by_its_word() {
        for scenario in Scenario::ALL {
            assert_eq!(scenario.word().parse(), Ok(scenario));
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let message = "sad\u{1b}[2J".parse::<Scenario>().unwrap_err().to_string();
        assert_eq!(message, "no scenario is called 'sad␛[2J'; there are: happy, kyc-pending");
        let long = "x".repeat(10_000).parse::<Scenario>().unwrap_err().to_string();
        assert!(long.len() < 200, "{long}");
    }
}
