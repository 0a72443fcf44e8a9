//! The bundled runbook of billing onboarding against its source: the gate before the key, who signs what,
//! recovery, hand-off and the weeks after.

use chrono::TimeDelta;

use super::{Table, bundled, groups, parts, rows, rows_of, share_backed, signoff};
use crate::domain::check::CheckKind;
use crate::domain::expression::Template;
use crate::domain::runbook::CheckMode;

const TABLE: Table<7> = [
    (
        "setup",
        &[
            ("gate", 0, "finance + engineering, with consultant"),
            ("entity", 0, "finance"),
            ("payment-method", 0, "finance"),
            ("responders", 3, "finance + engineering"),
            ("return-state", 0, "engineering"),
            ("test-verification", 2, "engineering, with finance"),
        ],
    ),
    (
        "activation",
        &[
            ("banner", 0, "engineering"),
            ("key-created", 0, "engineering"),
            ("interruption-rule", 3, "engineering, with finance"),
        ],
    ),
    (
        "mapping",
        &[
            ("environments", 0, "finance + engineering"),
            ("segmentation", 3, "finance, with engineering support"),
            ("policy-map", 0, "policy, with finance"),
            ("policy-approver", 0, "policy"),
            ("policy-review", 0, "policy, with product"),
            ("fallback-path", 0, "product, with policy"),
        ],
    ),
    (
        "recovery",
        &[
            ("incident-owner", 0, "finance + engineering"),
            ("remediation", 3, "finance + engineering, with support"),
            ("alerts", 0, "engineering, with finance"),
            ("state-monitored", 0, "finance / engineering"),
            ("runbooks", 0, "engineering"),
            ("recovery-tested", 0, "engineering, with finance support"),
            ("support-briefed", 0, "support, with product"),
            ("drill", 5, "support + trust, with engineering finance"),
        ],
    ),
    (
        "handoff",
        &[
            ("controlled-run", 2, "engineering"),
            ("mapping-verified", 0, "engineering"),
            ("reconciliation", 0, "finance / engineering"),
            ("visible", 2, "finance + engineering"),
            ("fallback-wording", 2, "product, with policy support"),
            ("record", 0, "consultant, with finance engineering"),
        ],
    ),
    (
        "rollout",
        &[
            ("readiness-review", 3, "finance + engineering + support"),
            ("billing-still-active", 0, "finance / engineering"),
        ],
    ),
    ("operation", &[("weekly-review", 0, "finance + engineering")]),
];

#[test]
fn stages_items_parts_and_owners_are_those_of_the_source() {
    assert_eq!(rows(&bundled("billing-onboarding")), rows_of(&TABLE));
}

#[test]
fn five_boxes_stand_before_the_key_and_three_in_the_hand_off() {
    let runbook = bundled("billing-onboarding");
    let count = |stage, group: &str| groups(&runbook, stage).into_iter().find(|(g, _)| g == group).unwrap().1;
    assert_eq!(count("setup", "Before the key"), 5);
    assert_eq!(count("handoff", "Quality of the hand-off"), 3);
    assert!(runbook.place("key-created").unwrap().stage > runbook.place("test-verification").unwrap().stage);
}

#[test]
fn finance_engineering_and_support_sign_where_the_source_wants_them() {
    let runbook = bundled("billing-onboarding");
    assert_eq!(signoff(&runbook, "setup"), ["finance", "engineering"]);
    assert_eq!(signoff(&runbook, "rollout"), ["finance", "engineering", "support"]);
    let (_, review) = runbook.item("readiness-review").unwrap();
    assert!(review.self_signed && review.owner.distinct, "each signs for themselves");
}

#[test]
fn the_three_billing_states_have_responders_and_are_drilled() {
    let runbook = bundled("billing-onboarding");
    let states = ["past-due", "payment-failure", "dunning"];
    assert_eq!(parts(&runbook, "responders"), states);
    assert_eq!(parts(&runbook, "drill")[..3], states);
    assert_eq!(parts(&runbook, "remediation"), ["resolves", "tells", "sees"]);
    assert_eq!(parts(&runbook, "interruption-rule"), ["payment-method", "mapping", "webhooks"]);
    assert_eq!(parts(&runbook, "readiness-review"), ["transitions", "messages", "handoff"]);
}

#[test]
fn the_weekly_review_lasts_a_week_and_shuts_nothing_after_it() {
    let runbook = bundled("billing-onboarding");
    let (_, weekly) = runbook.item("weekly-review").unwrap();
    assert_eq!(weekly.valid_for, Some(TimeDelta::days(7)));
    assert_eq!(runbook.place("weekly-review").unwrap().stage, runbook.stages().len() - 1);
}

#[test]
fn what_only_several_merchants_need_applies_to_them_alone() {
    let runbook = bundled("billing-onboarding");
    let conditional: Vec<&str> =
        runbook.items().filter(|(_, i)| i.applies_when.is_some()).map(|(_, i)| i.id.as_str()).collect();
    assert_eq!(conditional, ["segmentation", "policy-map", "policy-approver"]);
}

#[test]
fn the_banner_is_a_page_that_goes_and_holds_nothing_up() {
    let runbook = bundled("billing-onboarding");
    let (_, banner) = runbook.item("banner").unwrap();
    assert_eq!(banner.check.as_ref().map(|c| c.mode), Some(CheckMode::Inform));
    let CheckKind::Page(page) = &runbook.checks["banner"].kind else { panic!("it is a page") };
    let wanted: Vec<&str> = page.require.iter().map(Template::source).collect();
    assert_eq!(wanted, ["{{ fields.merchant_id }}", "Create API key"]);
}

#[test]
fn half_of_the_items_are_proven_or_supported_by_a_check() {
    assert!(share_backed(&bundled("billing-onboarding")) >= 0.5);
}

#[test]
fn the_live_key_is_made_once_and_kept_as_it_comes_back() {
    use crate::domain::action::Repeat;
    use crate::domain::ids::ItemId;
    let runbook = bundled("billing-onboarding");
    let action = &runbook.actions["create-key"];
    assert_eq!(action.repeat, Repeat::Once);
    assert!(action.idempotency_header.is_some());
    assert_eq!(action.item.as_ref().map(ItemId::as_str), Some("key-created"));
    let stored = action.stored();
    assert_eq!(stored.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["live_api_key"]);
}
