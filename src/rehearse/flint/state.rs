//! What can be switched about Flint, and what was made there.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::guard::{Caller, Mode};
use super::super::seed::FLINT;
use super::super::shelf::Shelf;
use super::catalogue::Kind;

/// Everything that can be switched about Flint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlintSwitches {
    /// How far the verification of the account is.
    pub onboarding: Onboarding,
    /// Whether the account can charge.
    pub payments: Axis,
    /// Whether money reaches the bank.
    pub payouts: Axis,
    /// What is outstanding.
    pub requirements: Requirements,
    /// The mode that live keys run in: [`Mode::Test`] stands for a deployment that holds a test key,
    /// which no error betrays.
    pub live_keys_run_in: Mode,
    /// What the buyer of an order does.
    pub buyer: Buyer,
}

/// How far the verification of an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onboarding {
    /// The business profile is next.
    BusinessProfile,
    /// The identity verification is next.
    IdentityVerification,
    /// The bank account is next.
    BankAccount,
    /// Everything was handed in and is being looked at.
    InReview,
    /// Done.
    Complete,
}

impl Onboarding {
    const STEPS: [&str; 3] = ["business_profile", "identity_verification", "bank_account"];

    /// How many steps were handed in.
    fn behind(self) -> usize {
        match self {
            Self::BusinessProfile => 0,
            Self::IdentityVerification => 1,
            Self::BankAccount => 2,
            Self::InReview | Self::Complete => 3,
        }
    }

    /// What is next.
    pub(super) fn next_step(self) -> Option<&'static str> {
        Self::STEPS.get(self.behind()).copied()
    }

    /// One step further; nothing can be handed in during a review.
    pub(super) fn advanced(self) -> Option<Self> {
        match self {
            Self::BusinessProfile => Some(Self::IdentityVerification),
            Self::IdentityVerification => Some(Self::BankAccount),
            Self::BankAccount | Self::Complete => Some(Self::Complete),
            Self::InReview => None,
        }
    }

    pub(super) fn shown(self) -> Value {
        let status = match self {
            Self::BusinessProfile | Self::IdentityVerification | Self::BankAccount => "in_progress",
            Self::InReview => "in_review",
            Self::Complete => "complete",
        };
        json!({
            "status": status,
            "next_step": self.next_step(),
            "completed_steps": Self::STEPS[..self.behind()],
        })
    }
}

/// One of the two questions that readiness answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Axis {
    /// The answer.
    pub status: AxisStatus,
    /// Why it is not ready.
    pub status_reason: Option<String>,
}

impl Axis {
    /// Ready.
    pub(in crate::rehearse) fn ready() -> Self {
        Self { status: AxisStatus::Ready, status_reason: None }
    }

    /// Something else, and why.
    pub(in crate::rehearse) fn not(status: AxisStatus, reason: &str) -> Self {
        Self { status, status_reason: Some(reason.to_owned()) }
    }

    pub(super) fn shown(&self) -> Value {
        json!({ "status": self.status, "status_reason": self.status_reason, "next_actions": [] })
    }
}

/// The answers that there are. Only the first is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisStatus {
    /// It works.
    Ready,
    /// It is being looked at.
    Pending,
    /// Something must be done first.
    Blocked,
    /// The account does not have it.
    NotAvailable,
}

/// What is outstanding, by urgency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requirements {
    /// Needs action now.
    pub currently_due: Vec<String>,
    /// Needed action before now.
    pub past_due: Vec<String>,
    /// Does not block yet.
    pub eventually_due: Vec<String>,
    /// Handed in and being looked at.
    pub pending_verification: Vec<String>,
    /// Why the account is restricted.
    pub disabled_reason: Option<String>,
}

impl Requirements {
    pub(super) fn shown(&self) -> Value {
        json!({
            "currently_due": self.currently_due,
            "past_due": self.past_due,
            "eventually_due": self.eventually_due,
            "pending_verification": self.pending_verification,
            "disabled_reason": self.disabled_reason,
        })
    }
}

/// What a buyer does who is given something to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Buyer {
    /// Pays at once.
    Pays,
    /// Does not pay yet.
    Waits,
    /// Has not paid in time.
    Late,
    /// Tries, and the card is declined.
    Declined,
}

impl Default for FlintSwitches {
    fn default() -> Self {
        Self {
            onboarding: Onboarding::Complete,
            payments: Axis::ready(),
            payouts: Axis::ready(),
            requirements: Requirements::default(),
            live_keys_run_in: Mode::Live,
            buyer: Buyer::Pays,
        }
    }
}

/// An order.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) mode: Mode,
    pub(super) amount: u64,
    pub(super) currency: String,
    pub(super) status: &'static str,
    pub(super) refunded: u64,
}

impl Order {
    /// Whether it was paid, whatever was given back since.
    pub(super) fn was_paid(&self) -> bool {
        matches!(self.status, "paid" | "partially_refunded" | "refunded")
    }
}

/// A key that was made over the API.
#[derive(Debug, Clone)]
pub(super) struct MintedKey {
    pub(super) secret: String,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) mode: Mode,
    pub(super) revoked: bool,
}

/// Flint's side of the world.
#[derive(Debug, Clone)]
pub(in crate::rehearse) struct Flint {
    pub(in crate::rehearse) switches: FlintSwitches,
    pub(super) orders: Shelf<Order>,
    pub(super) refunds: Shelf<(String, u64)>,
    pub(super) keys: Shelf<MintedKey>,
    pub(super) things: Shelf<(Kind, Mode, String)>,
    pub(super) settings: [(Mode, Value); 2],
}

impl Flint {
    pub(in crate::rehearse) fn new() -> Self {
        let mut things = Shelf::new("thing");
        for (kind, live, test) in [
            (Kind::Product, FLINT.live_product, FLINT.test_product),
            (Kind::Plan, FLINT.live_plan, FLINT.test_plan),
            (Kind::Coupon, FLINT.live_coupon, FLINT.test_coupon),
        ] {
            things.place(live, (kind, Mode::Live, "Made in live mode".to_owned()));
            things.place(test, (kind, Mode::Test, "Made in a sandbox".to_owned()));
        }
        let settings = json!({ "receipts": "email", "processing": "automatic" });
        Self {
            switches: FlintSwitches::default(),
            orders: Shelf::new("ord"),
            refunds: Shelf::new("rfnd"),
            keys: Shelf::new("key"),
            things,
            settings: [(Mode::Live, settings.clone()), (Mode::Test, settings)],
        }
    }

    /// How the payment of an order stands.
    pub(in crate::rehearse) fn payment(&self, order: &str) -> Option<&'static str> {
        self.orders.get(order).map(|order| order.status)
    }

    /// Whose key it is and what it may do.
    pub(in crate::rehearse) fn caller(&self, key: &str) -> Option<Caller> {
        let live = self.switches.live_keys_run_in;
        let caller = |key_id: &str, mode, scopes| Some(Caller { key_id: key_id.to_owned(), mode, scopes });
        if key == FLINT.live_key {
            return caller("key_live", live, None);
        }
        if key == FLINT.test_key {
            return caller("key_test", Mode::Test, None);
        }
        if key == FLINT.limited_key {
            return caller("key_limited", live, Some(vec!["merchants.read".to_owned()]));
        }
        let (id, minted) = self.keys.iter().find(|(_, minted)| minted.secret == key && !minted.revoked)?;
        let mode = match minted.mode {
            Mode::Live => live,
            Mode::Test => Mode::Test,
        };
        caller(id, mode, (!minted.scopes.is_empty()).then(|| minted.scopes.clone()))
    }
}
