//! The scenarios: how the world starts and what happens in it by itself.

use std::fmt;
use std::str::FromStr;

use super::provider::Provider;
use crate::domain::text::SafeText;

/// How the world starts and how it moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scenario {
    /// Everything is in order; the KYC review that is under way ends in an approval after a few seconds.
    #[default]
    Happy,
    /// As [`Scenario::Happy`], but the reviews never end.
    KycPending,
    /// Flint's account cannot charge, and says what is due.
    PaymentsBlocked,
    /// Charges work, and no money reaches the bank until something is settled.
    PayoutsBlocked,
    /// Charges work, and the money does not reach the bank yet.
    PayoutsPending,
    /// Something was due before now.
    PastDue,
    /// Payments are declined.
    PaymentFailed,
    /// Failed charges are tried again.
    Dunning,
    /// Production runs on a key of the test mode.
    WrongMode,
    /// The merchant's webhook endpoint is down.
    WebhookDown,
    /// The merchant's webhook endpoint takes events without verifying them.
    WebhookUnverified,
    /// Every request to a provider is answered with 429.
    RateLimited,
    /// Every answer of a provider comes too late.
    Slow,
    /// Every third request to a provider is answered with 503.
    Flaky,
}

impl Scenario {
    /// Every scenario there is.
    pub const ALL: [Self; 14] = [
        Self::Happy,
        Self::KycPending,
        Self::PaymentsBlocked,
        Self::PayoutsBlocked,
        Self::PayoutsPending,
        Self::PastDue,
        Self::PaymentFailed,
        Self::Dunning,
        Self::WrongMode,
        Self::WebhookDown,
        Self::WebhookUnverified,
        Self::RateLimited,
        Self::Slow,
        Self::Flaky,
    ];

    /// The word for it on the command line and in a URL.
    pub fn word(self) -> &'static str {
        match self {
            Self::Happy => "happy",
            Self::KycPending => "kyc-pending",
            Self::PaymentsBlocked => "payments-blocked",
            Self::PayoutsBlocked => "payouts-blocked",
            Self::PayoutsPending => "payouts-pending",
            Self::PastDue => "past-due",
            Self::PaymentFailed => "payment-failed",
            Self::Dunning => "dunning",
            Self::WrongMode => "wrong-mode",
            Self::WebhookDown => "webhook-down",
            Self::WebhookUnverified => "webhook-unverified",
            Self::RateLimited => "rate-limited",
            Self::Slow => "slow",
            Self::Flaky => "flaky",
        }
    }

    /// What it does, in one line.
    pub fn effect(self) -> &'static str {
        match self {
            Self::Happy => "everything in order; the KYC review under way ends after five seconds",
            Self::KycPending => "reviews never end: KYC, Flint's identity check, billing onboarding",
            Self::PaymentsBlocked => "Flint cannot charge, owners.verification is currently due",
            Self::PayoutsBlocked => {
                "charges work, payouts are blocked: Flint's external_account is currently due"
            }
            Self::PayoutsPending => "Flint and invoice link charge, but payouts wait for a review",
            Self::PastDue => "Flint is blocked, business_website is past due; billing too, buyers are late",
            Self::PaymentFailed => "cards are declined everywhere; billing's own charge failed",
            Self::Dunning => "billing tries failed charges again and pauses new verifications",
            Self::WrongMode => "live keys of Flint and invoice link run in test mode, without any error",
            Self::WebhookDown => "every merchant's webhook endpoint answers 503; missed events come again",
            Self::WebhookUnverified => "every merchant's webhook endpoint takes events unverified",
            Self::RateLimited => "every provider answers 429 until one has waited as Retry-After says",
            Self::Slow => "every provider does at once what it is asked, and says so after 45 seconds",
            Self::Flaky => "every provider answers every third request to a path with 503",
        }
    }

    /// Whose behaviour it changes.
    pub fn providers(self) -> &'static [Provider] {
        use Provider::{Billing, Flint, InvoiceLink, MerchantApi, PaymentsAi};
        match self {
            Self::Happy
            | Self::WebhookDown
            | Self::WebhookUnverified
            | Self::RateLimited
            | Self::Slow
            | Self::Flaky
            | Self::PaymentFailed => &Provider::ALL,
            Self::KycPending => &[PaymentsAi, Flint, Billing],
            Self::PaymentsBlocked => &[Flint],
            Self::PayoutsBlocked | Self::PayoutsPending | Self::WrongMode => &[Flint, InvoiceLink],
            Self::PastDue => &[Flint, Billing, MerchantApi, InvoiceLink],
            Self::Dunning => &[Billing],
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
        assert!(
            message.starts_with("no scenario is called 'sad␛[2J'; there are: happy, kyc-pending, "),
            "{message}"
        );
        let long = "x".repeat(10_000).parse::<Scenario>().unwrap_err().to_string();
        assert!(long.len() < 300, "{long}");
    }
}
