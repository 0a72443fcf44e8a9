//! The bundled runbook of the merchant API against its source: six calls in order, three ways to give a
//! customer, five good practices.

use super::{Table, bundled, groups, rows, rows_of, share_backed};
use crate::domain::decision::DecisionKind;

const TABLE: Table<5> = [
    (
        "prerequisites",
        &[
            ("client", 0, "developer"),
            ("network", 0, "developer"),
            ("own-values", 0, "business / developer"),
            ("sandbox", 0, "developer, with consultant"),
            ("test-card", 0, "qa"),
        ],
    ),
    (
        "account",
        &[
            ("signed-up", 0, "business / developer"),
            ("signed-in", 0, "developer"),
            ("token-stored", 0, "developer"),
        ],
    ),
    (
        "organization",
        &[("organization-created", 0, "business / developer"), ("organization-active", 0, "developer")],
    ),
    (
        "checkout",
        &[
            ("customer-decided", 0, "business, with developer"),
            ("customer-created", 0, "developer"),
            ("amounts", 0, "developer"),
            ("session-created", 0, "developer"),
            ("session-without-customer", 0, "developer"),
            ("session-with-customer", 0, "developer"),
            ("redirect", 0, "developer"),
            ("test-payment", 0, "qa, with developer"),
        ],
    ),
    (
        "production",
        &[
            ("tokens-safe", 0, "developer"),
            ("webhooks", 0, "developer"),
            ("idempotency", 0, "developer"),
            ("smallest-unit", 0, "developer"),
            ("customer-options", 0, "business, with developer"),
            ("status-verified", 0, "developer"),
            ("server-flows", 0, "developer"),
        ],
    ),
];

#[test]
fn stages_items_parts_and_owners_are_those_of_the_source() {
    assert_eq!(rows(&bundled("merchant-api")), rows_of(&TABLE));
}

#[test]
fn the_six_calls_stand_in_their_order() {
    let runbook = bundled("merchant-api");
    let calls = [
        ("signed-up", "POST /authentication/sign-up/email"),
        ("signed-in", "POST /authentication/sign-in/email"),
        ("organization-created", "POST /authentication/organization/create"),
        ("organization-active", "POST /authentication/organization/set-active"),
        ("customer-created", "POST /customers"),
        ("session-created", "POST /checkout/sessions"),
    ];
    let places: Vec<_> = calls
        .iter()
        .map(|(item, call)| {
            let (_, found) = runbook.item(item).unwrap();
            assert!(found.hint.as_deref().unwrap().contains(call), "{item}");
            let place = runbook.place(item).unwrap();
            (place.stage, place.item)
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_session_gets_its_customer_in_one_of_three_ways() {
    let runbook = bundled("merchant-api");
    let DecisionKind::Choice { options } = &runbook.decisions["customer_mode"].kind else {
        panic!("it is a choice");
    };
    let ids: Vec<&str> = options.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(ids, ["existing", "none", "inline"]);
    for id in ids {
        let applies = format!("decisions.customer_mode == '{id}'");
        let items = runbook
            .items()
            .filter(|(_, i)| i.applies_when.as_ref().is_some_and(|condition| condition.source() == applies));
        assert_eq!(items.count(), 1, "{id}");
    }
}

#[test]
fn amounts_are_whole_numbers_of_the_smallest_unit() {
    let runbook = bundled("merchant-api");
    let amount = runbook.fields["amount"].pattern.as_ref().unwrap();
    assert!(amount.matches("1250"));
    for wrong in ["12.50", "0", "-5", "1,250", ""] {
        assert!(!amount.matches(wrong), "{wrong}");
    }
}

#[test]
fn five_good_practices_and_the_next_steps_are_there() {
    let found = groups(&bundled("merchant-api"), "production");
    // The third next step, webhooks, is one of the five practices as well.
    assert_eq!(found, [("Good practice".to_owned(), 5), ("Next steps".to_owned(), 2)]);
}

#[test]
fn the_test_card_is_told_and_the_chat_at_the_end_of_the_source_is_not() {
    let runbook = bundled("merchant-api");
    let hint = |item| runbook.item(item).unwrap().1.hint.clone().unwrap();
    assert!(hint("test-card").contains("4242 4242 4242 4242") && hint("test-card").contains("3 digits"));
    let text = super::super::find("merchant-api").unwrap().text.to_lowercase();
    assert!(!text.contains("postman") && !text.contains("quickstart"));
}

#[test]
fn most_items_are_proven_or_supported_by_a_check() {
    assert!(share_backed(&bundled("merchant-api")) >= 0.7);
}

#[test]
fn the_six_calls_are_actions_each_with_what_the_one_before_returned() {
    let runbook = bundled("merchant-api");
    let paths: Vec<String> = runbook
        .actions
        .values()
        .map(|a| a.steps[0].request.url.source().replace("{{ fields.api_url }}", ""))
        .collect();
    let sessions = ["/checkout/sessions"; 3];
    let calls = [
        "/authentication/sign-up/email",
        "/authentication/sign-in/email",
        "/authentication/organization/create",
        "/authentication/organization/set-active",
        "/customers",
    ];
    assert_eq!(paths, [&calls[..], &sessions[..]].concat());
    let captured = |action: &str| -> Vec<String> {
        runbook.actions[action].steps[0].request.capture.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(captured("create-organization"), ["organization_id"]);
    assert_eq!(captured("create-customer"), ["customer_id"]);
    assert_eq!(captured("create-session"), ["session_id", "session_url"]);
    let stored = runbook.actions["sign-in"].stored();
    assert_eq!(stored.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["session_token"]);
}
