//! What each scenario means for each provider: every switch that scenarios move, set at once.
//!
//! A scenario sets all of them, so that switching from one to another leaves nothing of the first. What
//! was made in the world (keys, orders, endpoints) stays.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::billing::{BillingOnboarding, BillingState, BillingSwitches, PaymentMethod};
use super::flint::{Axis, AxisStatus, Buyer, FlintSwitches, Onboarding, Requirements};
use super::guard::Mode;
use super::hooks::Parcel;
use super::invoice_link::{InvoiceSwitches, PayoutState};
use super::provider::Provider;
use super::scenario::Scenario;
use super::seed::BILLING;
use super::switches::{Cards, WebhookState};
use super::weather::{Service, ServiceState};
use super::world::State;

/// Moves the switches of all providers. Gives the events that are to be sent because of it.
pub(super) fn set(state: &mut State, scenario: Scenario, now: DateTime<Utc>) -> Vec<Parcel> {
    let webhook = webhook(scenario);
    for merchant in state.merchants.values_mut() {
        let mut switches = merchant.switches().clone();
        switches.webhook = webhook;
        switches.cards = cards(scenario);
        merchant.switch(switches);
    }
    for shop in state.shops.values_mut() {
        shop.switches.webhook = webhook;
    }
    state.service = Service { state: service(scenario), ..state.service };
    state.flint.switches = flint(scenario);
    state.merchant_api.switches.buyer = buyer(scenario);
    state.invoices.switches = invoices(scenario);
    switch_billing(state, billing(scenario), now)
}

/// Moves the switches of billing, and says so to its webhook endpoints.
pub(super) fn switch_billing(state: &mut State, to: BillingSwitches, now: DateTime<Utc>) -> Vec<Parcel> {
    let Some(event) = state.billing.switch(to, now) else {
        return Vec::new();
    };
    let data = json!({ "merchant_id": BILLING.merchant_id, "state": state.billing.switches.state });
    state.hooks_of(Provider::Billing).parcels(Mode::Live, event, BILLING.merchant_id, &data, now)
}

fn webhook(scenario: Scenario) -> WebhookState {
    match scenario {
        Scenario::WebhookDown => WebhookState::Down,
        Scenario::WebhookUnverified => WebhookState::Unverified,
        Scenario::Happy
        | Scenario::KycPending
        | Scenario::PaymentsBlocked
        | Scenario::PayoutsBlocked
        | Scenario::PayoutsPending
        | Scenario::PastDue
        | Scenario::PaymentFailed
        | Scenario::Dunning
        | Scenario::WrongMode
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => WebhookState::Up,
    }
}

fn service(scenario: Scenario) -> ServiceState {
    match scenario {
        Scenario::RateLimited => ServiceState::Throttled,
        Scenario::Slow => ServiceState::Slow,
        Scenario::Flaky => ServiceState::Flaky,
        Scenario::Happy
        | Scenario::KycPending
        | Scenario::PaymentsBlocked
        | Scenario::PayoutsBlocked
        | Scenario::PayoutsPending
        | Scenario::PastDue
        | Scenario::PaymentFailed
        | Scenario::Dunning
        | Scenario::WrongMode
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified => ServiceState::Up,
    }
}

fn buyer(scenario: Scenario) -> Buyer {
    match scenario {
        Scenario::PaymentFailed => Buyer::Declined,
        Scenario::PastDue => Buyer::Late,
        Scenario::Happy
        | Scenario::KycPending
        | Scenario::PaymentsBlocked
        | Scenario::PayoutsBlocked
        | Scenario::PayoutsPending
        | Scenario::Dunning
        | Scenario::WrongMode
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => Buyer::Pays,
    }
}

fn cards(scenario: Scenario) -> Cards {
    match buyer(scenario) {
        Buyer::Declined => Cards::Declined,
        Buyer::Pays | Buyer::Waits | Buyer::Late => Cards::Approved,
    }
}

fn flint(scenario: Scenario) -> FlintSwitches {
    let good = FlintSwitches { buyer: buyer(scenario), ..FlintSwitches::default() };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match scenario {
        Scenario::KycPending => FlintSwitches {
            onboarding: Onboarding::InReview,
            payments: Axis::not(AxisStatus::Pending, "verification_pending"),
            payouts: Axis::not(AxisStatus::Pending, "verification_pending"),
            requirements: Requirements {
                pending_verification: words(&["identity_document"]),
                ..Requirements::default()
            },
            ..good
        },
        Scenario::PaymentsBlocked => FlintSwitches {
            payments: Axis::not(AxisStatus::Blocked, "requirements_currently_due"),
            requirements: Requirements {
                currently_due: words(&["owners.verification"]),
                eventually_due: words(&["tax_id"]),
                ..Requirements::default()
            },
            ..good
        },
        Scenario::PayoutsBlocked => FlintSwitches {
            payouts: Axis::not(AxisStatus::Blocked, "requirements_currently_due"),
            requirements: Requirements {
                currently_due: words(&["external_account"]),
                ..Requirements::default()
            },
            ..good
        },
        Scenario::PayoutsPending => FlintSwitches {
            payouts: Axis::not(AxisStatus::Pending, "bank_account_verification"),
            requirements: Requirements {
                pending_verification: words(&["bank_account"]),
                ..Requirements::default()
            },
            ..good
        },
        Scenario::PastDue => FlintSwitches {
            payments: Axis::not(AxisStatus::Blocked, "requirements_past_due"),
            payouts: Axis::not(AxisStatus::Blocked, "requirements_past_due"),
            requirements: Requirements {
                past_due: words(&["business_website"]),
                disabled_reason: Some("requirements_past_due".to_owned()),
                ..Requirements::default()
            },
            ..good
        },
        Scenario::WrongMode => FlintSwitches { live_keys_run_in: Mode::Test, ..good },
        Scenario::Happy
        | Scenario::PaymentFailed
        | Scenario::Dunning
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => good,
    }
}

fn billing(scenario: Scenario) -> BillingSwitches {
    let good = BillingSwitches::default();
    match scenario {
        Scenario::KycPending => BillingSwitches { onboarding: BillingOnboarding::InReview, ..good },
        Scenario::PastDue => BillingSwitches { state: BillingState::PastDue, ..good },
        Scenario::PaymentFailed => BillingSwitches {
            payment_method: PaymentMethod::Failed,
            state: BillingState::PaymentFailed,
            ..good
        },
        Scenario::Dunning => {
            BillingSwitches { payment_method: PaymentMethod::Failed, state: BillingState::Dunning, ..good }
        }
        Scenario::Happy
        | Scenario::PaymentsBlocked
        | Scenario::PayoutsBlocked
        | Scenario::PayoutsPending
        | Scenario::WrongMode
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => good,
    }
}

fn invoices(scenario: Scenario) -> InvoiceSwitches {
    let good = InvoiceSwitches { payer: buyer(scenario), ..InvoiceSwitches::default() };
    match scenario {
        Scenario::PayoutsBlocked => InvoiceSwitches { payouts: PayoutState::Blocked, ..good },
        Scenario::PayoutsPending => InvoiceSwitches { payouts: PayoutState::Pending, ..good },
        Scenario::WrongMode => InvoiceSwitches { live_keys_run_in: Mode::Test, ..good },
        Scenario::Happy
        | Scenario::KycPending
        | Scenario::PaymentsBlocked
        | Scenario::PastDue
        | Scenario::PaymentFailed
        | Scenario::Dunning
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => good,
    }
}
