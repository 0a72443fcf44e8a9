//! The providers that the simulator stands in for, and where each has its place under the one address.

use std::fmt;

/// A provider of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// PaymentsAI: staged, with a review before everything else.
    PaymentsAi,
    /// Flint: readiness is an API.
    Flint,
    /// Billing onboarding: sign-off and recovery.
    Billing,
    /// Merchant API: six calls, each with what the one before gave.
    MerchantApi,
    /// Invoice link: a payment link with money at its end.
    InvoiceLink,
}

impl Provider {
    /// Every provider there is.
    pub const ALL: [Self; 5] =
        [Self::PaymentsAi, Self::Flint, Self::Billing, Self::MerchantApi, Self::InvoiceLink];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::PaymentsAi => "PaymentsAI",
            Self::Flint => "Flint",
            Self::Billing => "Billing onboarding",
            Self::MerchantApi => "Merchant API",
            Self::InvoiceLink => "Invoice link",
        }
    }

    /// The id of its runbook, which is also the first part of its paths.
    pub fn runbook(self) -> &'static str {
        match self {
            Self::PaymentsAi => "paymentsai",
            Self::Flint => "flint",
            Self::Billing => "billing-onboarding",
            Self::MerchantApi => "merchant-api",
            Self::InvoiceLink => "invoice-link",
        }
    }

    /// Whose API a path belongs to. The merchants' own side and the control panel are nobody's.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "kyc" | "staging-api" | "api" => Some(Self::PaymentsAi),
            other => Self::ALL.into_iter().find(|p| *p != Self::PaymentsAi && p.runbook() == other),
        }
    }

    /// The key under which an answer carries its request id.
    pub(super) fn request_id_key(path: &str) -> &'static str {
        match Self::of_path(path) {
            Some(Self::Flint | Self::Billing | Self::MerchantApi | Self::InvoiceLink) => "request_id",
            Some(Self::PaymentsAi) | None => "requestId",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_provider_it_begins_with() {
        assert_eq!(Provider::of_path("/flint/v1/orders"), Some(Provider::Flint));
        assert_eq!(Provider::of_path("/api/v1/accounts/x"), Some(Provider::PaymentsAi));
        for nobodys in ["/m/flint/webhook", "/_rehearse/state", "/", "/paymentsai/x", "/flinty/v1"] {
            assert_eq!(Provider::of_path(nobodys), None, "{nobodys}");
        }
    }
}
