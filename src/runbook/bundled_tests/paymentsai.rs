//! The bundled PaymentsAI runbook against its source: every stage, item, part and owner.

use super::{Table, bundled, rows, rows_of, share_backed};
use crate::domain::check::CheckKind;
use crate::domain::decision::{BadValue, DecisionKind};
use crate::domain::facts::Facts;
use crate::domain::ids::{DecisionId, FieldId};
use crate::domain::runbook::{CheckMode, Item, Runbook, Side};
use crate::domain::webhook::Scheme;

fn paymentsai() -> Runbook {
    bundled("paymentsai")
}

/// Items in order: how many parts, and who owns them as the source writes it: "X / Y" is either, "X + Y"
/// is both, "X, with Y" consults Y. The last stage has no owners of its own in the source: it says that
/// the merchant acts, with the Solution Architect.
const TABLE: Table<6> = [
    (
        "kyc",
        &[
            ("invited", 0, "consultant / partner"),
            ("joined", 0, "business"),
            ("kyc-submitted", 0, "business"),
            ("kyc-approved", 0, "compliance"),
        ],
    ),
    (
        "discovery",
        &[
            ("goals", 0, "business"),
            ("architecture", 0, "architect, with business"),
            ("matrix-reviewed", 0, "business, with architect"),
            ("kickoff-scheduled", 0, "business"),
            ("matrix-confirmed", 0, "business, with consultant architect ppo qa backend"),
        ],
    ),
    (
        "stage-access",
        &[
            ("access-delivered", 0, "consultant"),
            ("credentials-received", 3, "developer"),
            ("environment", 0, "developer"),
        ],
    ),
    (
        "testing",
        &[
            ("tokenization", 0, "developer"),
            ("customer", 0, "developer"),
            ("first-payment", 0, "developer"),
            ("webhook", 0, "developer"),
            ("card-scenarios", 4, "developer, with qa"),
        ],
    ),
    (
        "pre-production",
        &[
            ("security-scan", 0, "developer"),
            ("load-test", 0, "developer"),
            ("final-validation", 0, "developer + architect"),
            ("terms", 0, "business"),
            ("privacy", 0, "business"),
            ("refunds", 0, "business"),
            ("contacts", 0, "business"),
            ("currency-shown", 0, "business"),
            ("nothing-prohibited", 0, "business"),
            ("restricted-approved", 0, "business"),
        ],
    ),
    (
        "go-live",
        &[
            ("live-organization", 0, "business / developer, with architect"),
            ("live-account", 0, "business / developer, with architect"),
            ("permanent-key", 0, "business / developer, with architect"),
            ("payment-instrument", 0, "business / developer, with architect"),
            ("webhook-live", 0, "developer, with architect"),
            ("webhook-verified", 0, "developer, with architect"),
            ("keys-in-backend", 0, "developer, with architect"),
            ("alerting", 0, "developer, with architect"),
            ("monitoring-plan", 0, "developer, with architect"),
            ("kyc-still-approved", 0, "compliance, with architect"),
            ("policies-live", 0, "business, with architect"),
            ("contacts-live", 0, "business, with architect"),
            ("currency-live", 0, "business, with architect"),
            ("nothing-prohibited-live", 0, "business, with architect"),
            ("restricted-approved-live", 0, "business, with architect"),
        ],
    ),
];

#[test]
fn stages_items_parts_and_owners_are_those_of_the_source() {
    let runbook = paymentsai();
    assert_eq!(rows(&runbook), rows_of(&TABLE));
    assert_eq!(runbook.items().count(), 42);
}

#[test]
fn roles_are_on_their_sides_and_the_team_has_its_duties() {
    let runbook = paymentsai();
    let on = |side| runbook.roles.values().filter(move |r| r.side == side).map(|r| r.id.as_str());
    assert_eq!(on(Side::Merchant).collect::<Vec<_>>(), ["business", "developer", "partner"]);
    assert_eq!(
        on(Side::Provider).collect::<Vec<_>>(),
        ["consultant", "architect", "ppo", "qa", "backend", "compliance"]
    );
    for role in ["consultant", "architect", "ppo", "qa", "backend"] {
        assert!(runbook.roles[role].duty.is_some(), "{role}");
    }
    assert!(runbook.roles["consultant"].lead);
}

#[test]
fn production_has_ids_of_its_own_and_the_key_is_exchanged_for_them() {
    let runbook = paymentsai();
    let fields = |check: &str| match &runbook.checks[check].kind {
        CheckKind::Fields(fields) => fields.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{check} is {}", other.word()),
    };
    let (_, organization) = runbook.item("live-organization").unwrap();
    let (_, account) = runbook.item("live-account").unwrap();
    let used = |item: &Item| item.check.as_ref().unwrap().check.to_string();
    assert_eq!(fields(&used(organization)), ["live_organization_id"]);
    assert_eq!(fields(&used(account)), ["live_account_id"]);
    let exchange = &runbook.actions["exchange-key"].steps[0].request.url;
    assert!(exchange.names().contains("fields.live_account_id"));
    assert!(!exchange.names().contains("fields.account_id"));
}

#[test]
fn webhooks_are_proven_with_deliveries_and_a_get_or_a_lone_refusal_proves_nothing() {
    let runbook = paymentsai();
    for (item, check) in [
        ("webhook", "webhook-verifies"),
        ("webhook-live", "webhook-alive"),
        ("webhook-verified", "webhook-verifies"),
    ] {
        let (_, item) = runbook.item(item).unwrap();
        let used = item.check.as_ref().unwrap();
        assert_eq!(used.check.as_str(), check, "{}", item.id);
        assert_ne!(used.mode, CheckMode::Inform, "{}", item.id);
        let CheckKind::Webhook(check) = &runbook.checks[check].kind else { panic!("{check} is no webhook") };
        let Scheme::Custom(layout) = &check.scheme else { panic!("PaymentsAI has a layout of its own") };
        assert_eq!((layout.signed.source(), layout.value.source()), ("{{ body }}", "{{ signature }}"));
    }
}

#[test]
fn the_pages_of_the_shop_are_where_the_merchant_says() {
    let runbook = paymentsai();
    let page = |check: &str| match &runbook.checks[check].kind {
        CheckKind::Page(page) => page,
        other => panic!("{check} is {}", other.word()),
    };
    assert_eq!(page("checkout-currency").url.source(), "{{ fields.checkout_url }}");
    assert_eq!(page("prohibited").url.source(), "{{ fields.catalog_url }}");
    for check in ["terms-page", "policies"] {
        let terms = &page(check).links[0].pattern;
        for good in ["Terms and Conditions", "Terms & Conditions", "terms of service", "Terms", "/terms.html"]
        {
            assert!(terms.matches(good), "{check}: {good}");
        }
        for other in ["Terms of delivery", "/delivery-terms", "/terms-of-delivery", "In terms of price"] {
            assert!(!terms.matches(other), "{check}: {other}");
        }
    }
}

#[test]
fn two_thirds_of_the_items_are_proven_or_supported_by_a_check() {
    assert!(share_backed(&paymentsai()) >= 0.65);
}

#[test]
fn the_seven_decisions_have_their_rules() {
    let runbook = paymentsai();
    assert_eq!(runbook.decisions.len(), 7);
    let decide = |id: &str, value: &str, facts: &[(&str, &str)], confirming| {
        let mut known = Facts::default();
        for (field, text) in facts {
            known.fields.insert(FieldId::new(field).unwrap(), (*text).to_owned());
        }
        let id = DecisionId::new(id).unwrap();
        let decision = &runbook.decisions[&id];
        decision.accepts(value)?;
        let around = known.context(runbook.fields.keys(), runbook.decisions.keys());
        let own = minijinja::context! { value => decision.rule_value(value) };
        decision.check_rules(&minijinja::value::merge_maps([own, around]), confirming)
    };
    let ok = Ok(());
    assert_eq!(decide("descriptor", "AURORA BOOKS BERLIN 24", &[], true), ok);
    assert!(matches!(
        decide("descriptor", &"A".repeat(23), &[], false),
        Err(BadValue::TooLong { max: 22, .. })
    ));
    assert!(matches!(decide("descriptor", "AURORA*BOOKS", &[], false), Err(BadValue::Form(_))));
    for market in ["EU", "UK", "JP", "US,EU"] {
        assert!(decide("three_d_secure", "optional", &[("markets", market)], false).is_err(), "{market}");
        assert_eq!(decide("three_d_secure", "mandatory", &[("markets", market)], true), ok, "{market}");
    }
    assert_eq!(decide("three_d_secure", "optional", &[("markets", "US")], true), ok);
    assert!(decide("three_d_secure", "optional", &[], true).is_err(), "the markets decide");
    let (aoc, reason) = (("aoc_reference", "AoC 7"), ("bin_justification", "routing"));
    assert_eq!(decide("bin_exposure", "yes", &[], false), ok, "it may be proposed");
    assert!(decide("bin_exposure", "yes", &[aoc], true).is_err());
    assert!(decide("bin_exposure", "yes", &[reason], true).is_err());
    assert_eq!(decide("bin_exposure", "yes", &[aoc, reason], true), ok);
    assert_eq!(decide("bin_exposure", "no", &[], true), ok);
    assert_eq!(
        decide("express_methods", "apple-pay=required,google-pay=optional,paypal=optional", &[], true),
        ok
    );
    assert!(matches!(runbook.decisions["express_methods"].kind, DecisionKind::Each { .. }));
}

#[test]
fn fields_have_the_forms_that_the_source_gives() {
    let runbook = paymentsai();
    let fits = |field: &str, value: &str| runbook.fields[field].pattern.as_ref().unwrap().matches(value);
    assert!(fits("organization_id", "org_7f") && !fits("organization_id", "7f"));
    for good in ["https://staging-api.example.com", "http://127.0.0.1:4000/staging-api"] {
        assert!(fits("api_url", good), "{good}");
    }
    assert!(
        !fits("api_url", "https://api.example.com") && !fits("api_url", "https://staging-api.example.com/")
    );
    assert_eq!(runbook.fields["live_api_url"].default.as_deref(), Some("https://api.payments.ai"));
}
