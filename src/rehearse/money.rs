//! Amounts as the providers take them.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::answer::Fault;

/// The largest amount, in the smallest unit of a currency.
const MAX_AMOUNT: u64 = 100_000_000;

/// An amount in the smallest unit of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Money {
    pub(super) amount: u64,
    pub(super) currency: String,
}

impl Money {
    /// Refuses an amount that nothing can cost.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let currency = self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase());
        if (1..=MAX_AMOUNT).contains(&self.amount) && currency {
            return Ok(());
        }
        let message =
            "An amount is a whole number of the smallest unit, above zero, in a currency such as USD";
        Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "amount_invalid", message))
    }
}
