//! The bundled runbook of the invoice payment link against its source: six steps, five surfaces, and a rail
//! of its own for deposits.

use super::{Table, bundled, parts, rows, rows_of, share_backed};
use crate::domain::facts::Facts;
use crate::domain::ids::DecisionId;

const TABLE: Table<5> = [
    (
        "keys",
        &[
            ("guides", 8, "developer"),
            ("test-key", 0, "developer"),
            ("live-key", 0, "developer, with business"),
            ("keys-on-backend", 0, "developer"),
            ("key-configured", 0, "developer"),
        ],
    ),
    (
        "invoice",
        &[
            ("test-invoice", 0, "developer"),
            ("invoice-created", 0, "developer"),
            ("idempotency", 0, "developer"),
            ("payer-sent", 0, "developer"),
        ],
    ),
    (
        "fulfilment",
        &[
            ("source-decided", 0, "business / developer"),
            ("webhook-verified", 0, "developer"),
            ("status-check", 0, "developer"),
            ("paid", 0, "developer"),
            ("backend-decides", 0, "developer, with business"),
        ],
    ),
    (
        "money",
        &[
            ("balances", 0, "finance, with developer"),
            ("ledger", 0, "finance"),
            ("reconciled", 5, "finance, with developer"),
            ("payout-code", 0, "developer, with finance"),
            ("payout", 0, "finance, with developer"),
        ],
    ),
    (
        "static-addresses",
        &[
            ("static-decided", 0, "business, with developer"),
            ("static-address", 0, "developer"),
            ("deposit-credited", 0, "developer, with finance"),
            ("credit-after-checks", 2, "developer, with finance"),
        ],
    ),
];

#[test]
fn stages_items_parts_and_owners_are_those_of_the_source() {
    assert_eq!(rows(&bundled("invoice-link")), rows_of(&TABLE));
}

#[test]
fn the_pages_of_the_path_and_the_entries_of_the_ledger_are_all_there() {
    let runbook = bundled("invoice-link");
    assert_eq!(parts(&runbook, "guides").len(), 8);
    assert_eq!(parts(&runbook, "reconciled"), ["credits", "fees", "payouts", "reversals", "late-deposits"]);
    assert_eq!(parts(&runbook, "credit-after-checks"), ["invoice-status", "balance-events"]);
}

#[test]
fn the_six_steps_of_the_path_stand_in_their_order() {
    let runbook = bundled("invoice-link");
    let steps = ["live-key", "test-invoice", "invoice-created", "payer-sent", "paid", "ledger", "payout"];
    let places = steps.map(|item| {
        let place = runbook.place(item).unwrap();
        (place.stage, place.item)
    });
    assert!(places.is_sorted(), "{places:?}");
}

/// The items that apply with these decisions.
fn applying(decided: &[(&str, &str)]) -> Vec<String> {
    let runbook = bundled("invoice-link");
    let mut facts = Facts::default();
    for (decision, value) in decided {
        let stage = crate::domain::check::DecisionStage::Confirmed;
        facts.decisions.insert(DecisionId::new(decision).unwrap(), ((*value).to_owned(), stage));
    }
    let context = facts.context(runbook.fields.keys(), runbook.decisions.keys());
    let applies = |condition: &crate::domain::expression::Expression| condition.holds(&context).unwrap();
    runbook
        .items()
        .filter(|(_, item)| item.applies_when.as_ref().is_some_and(applies))
        .map(|(_, item)| item.id.to_string())
        .collect()
}

#[test]
fn fulfilment_is_confirmed_by_webhook_or_status_and_never_by_neither() {
    let confirmed_by = |value| applying(&[("fulfilment_source", value)]);
    assert_eq!(confirmed_by("webhook"), ["webhook-verified"]);
    assert_eq!(confirmed_by("status"), ["status-check"]);
    assert_eq!(confirmed_by("both"), ["webhook-verified", "status-check"]);
}

#[test]
fn static_addresses_are_a_rail_of_their_own() {
    let of_deposits = |value| {
        let mut items = applying(&[("fulfilment_source", "both"), ("static_addresses", value)]);
        items.retain(|item| !["webhook-verified", "status-check"].contains(&item.as_str()));
        items
    };
    assert_eq!(of_deposits("yes"), ["static-address", "deposit-credited", "credit-after-checks"]);
    assert!(of_deposits("no").is_empty());
}

#[test]
fn most_items_are_proven_or_supported_by_a_check() {
    assert!(share_backed(&bundled("invoice-link")) >= 0.65);
}

#[test]
fn what_moves_money_has_an_idempotency_key() {
    let runbook = bundled("invoice-link");
    for action in ["create-test-invoice", "create-invoice", "create-payout"] {
        assert!(runbook.actions[action].idempotency_header.is_some(), "{action}");
    }
    let capture = &runbook.actions["create-invoice"].steps[0].request.capture;
    assert!(capture.iter().any(|(name, _)| name == "checkout_url"));
}
