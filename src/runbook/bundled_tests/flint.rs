//! The bundled Flint runbook against its source: every step, list and table of it, and what its readiness
//! checks say of the answers that the source shows.

use serde_json::json;

use super::answers::{judged, steps};
use super::{Table, bundled, groups, parts, rows, rows_of, share_backed, signoff};
use crate::checks::answer::Answer;
use crate::checks::judge::Judgement;
use crate::domain::check::{Check, CheckKind, HttpStep};
use crate::domain::expression::{Expression, Template};
use crate::domain::runbook::{CheckMode, Runbook};
use crate::domain::verdict::{FindingKind, Verdict};

/// The five steps of the source with its checklist as the sixth stage.
const TABLE: Table<6> = [
    (
        "verification",
        &[
            ("modes", 5, "developer, with business"),
            ("path", 0, "business, with developer"),
            ("details", 3, "business"),
            ("onboarding-followed", 0, "developer, with business"),
        ],
    ),
    (
        "live-key",
        &[
            ("key-created", 0, "developer"),
            ("key-scopes", 0, "developer"),
            ("key-stored", 0, "developer"),
            ("rotation", 0, "developer"),
            ("merchant-id", 0, "developer"),
            ("smoke-test", 0, "developer"),
        ],
    ),
    (
        "ready",
        &[
            ("payments-ready", 0, "developer, with consultant"),
            ("payouts-ready", 0, "business, with consultant"),
            ("requirements", 0, "business, with consultant"),
            ("capabilities", 0, "developer"),
            ("payment-options", 0, "developer"),
        ],
    ),
    (
        "configuration",
        &[
            ("events-chosen", 0, "developer"),
            ("webhook-registered", 0, "developer"),
            ("webhook-secret", 0, "developer"),
            ("synthetic-event", 0, "developer"),
            ("ids-swept", 0, "developer"),
            ("catalog", 3, "developer, with business"),
            ("plans", 0, "developer, with business"),
            ("coupons", 0, "developer, with business"),
            ("settings", 2, "developer"),
        ],
    ),
    (
        "cutover",
        &[
            ("deployed", 0, "developer"),
            ("real-order", 0, "developer / business"),
            ("order-paid", 0, "developer"),
            ("webhook-arrived", 0, "developer"),
            ("refunded", 0, "developer"),
        ],
    ),
    (
        "checklist",
        &[
            ("keys-server-only", 0, "developer"),
            ("scopes-per-service", 0, "developer"),
            ("no-test-ids", 0, "developer"),
            ("old-keys-revoked", 0, "developer"),
            ("fulfilment", 0, "developer"),
            ("idempotency", 0, "developer"),
            ("amounts", 0, "developer"),
            ("declines", 0, "developer"),
            ("signatures", 0, "developer"),
            ("quick-answer", 0, "developer"),
            ("live-secret", 0, "developer"),
            ("deliveries-watched", 0, "operations"),
            ("request-ids", 0, "developer, with operations"),
            ("rate-limits", 0, "developer"),
            ("subscriptions", 0, "operations, with developer"),
        ],
    ),
];

#[test]
fn stages_items_parts_and_owners_are_those_of_the_source() {
    assert_eq!(rows(&bundled("flint")), rows_of(&TABLE));
}

#[test]
fn the_checklist_has_four_credentials_four_of_correctness_four_webhooks_and_three_operations() {
    let wanted = [("Credentials", 4), ("Correctness", 4), ("Webhooks", 4), ("Operations", 3)];
    let found = groups(&bundled("flint"), "checklist");
    assert_eq!(found, wanted.map(|(group, n)| (group.to_owned(), n)));
}

#[test]
fn what_changes_in_live_mode_is_the_table_of_the_source() {
    assert_eq!(parts(&bundled("flint"), "modes"), ["key", "data", "cards", "money", "webhooks"]);
}

#[test]
fn at_least_seventy_percent_of_the_items_are_proven_or_supported_by_a_check() {
    let share = share_backed(&bundled("flint"));
    assert!(share >= 0.7, "{share}");
}

#[test]
fn launch_day_has_six_rows_and_says_when_each_is_met() {
    let runbook = bundled("flint");
    assert_eq!(runbook.troubleshooting.len(), 6);
    let met = runbook.troubleshooting.iter().filter(|row| row.when.is_some());
    assert!(met.count() >= 5);
}

#[test]
fn each_stage_with_money_at_stake_is_signed_by_both_sides() {
    let runbook = bundled("flint");
    assert_eq!(signoff(&runbook, "ready"), ["developer", "consultant"]);
    assert_eq!(signoff(&runbook, "cutover"), ["developer", "consultant"]);
    assert_eq!(signoff(&runbook, "checklist"), ["developer", "operations", "consultant"]);
}

/// The checks that ask Flint with a key in use, not the merchant's own endpoint. The mode is told to a key, so
/// to a revoked one it is not.
fn checks_of_flint(runbook: &Runbook) -> impl Iterator<Item = &Check> {
    let asks_flint = |step: &HttpStep| step.url.source().starts_with("{{ fields.api_url }}");
    runbook
        .checks
        .values()
        .filter(|c| c.kind.word() == "http" && c.id.as_str() != "old-key-refused")
        .filter(move |c| steps(c).iter().any(asks_flint))
}

#[test]
fn every_answer_of_flint_must_be_of_live_mode() {
    let runbook = bundled("flint");
    assert!(checks_of_flint(&runbook).count() >= 10);
    for check in checks_of_flint(&runbook) {
        for step in steps(check) {
            assert!(
                step.expect.iter().any(|e| e.source() == "headers['flint-mode'] == 'live'"),
                "{}",
                check.id
            );
        }
    }
}

/// What a check says of an answer in a mode.
fn said(check: &str, mode: &str, body: &serde_json::Value) -> Judgement {
    let runbook = bundled("flint");
    let headers = [("flint-mode", mode), ("flint-merchant-id", "mer_7")];
    let answer = Answer {
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.to_string().into_bytes(),
        ..Answer::default()
    };
    judged(&runbook, (check, 0), &[], &answer)
}

fn readiness(payments: &str, payouts: &str, due: &[(&str, &str)]) -> serde_json::Value {
    let mut requirements = json!({
        "currently_due": [], "past_due": [], "eventually_due": [], "pending_verification": [],
        "disabled_reason": null,
    });
    for (list, entry) in due {
        requirements[*list] = json!([*entry]);
    }
    let axis = |status: &str| {
        let reason = if status == "ready" { json!(null) } else { json!("requirements_past_due") };
        json!({ "status": status, "status_reason": reason, "next_actions": [] })
    };
    json!({ "data": {
        "merchant_id": "mer_1", "payments": axis(payments), "payouts": axis(payouts), "requirements": requirements,
    } })
}

fn verdict(check: &str, body: &serde_json::Value) -> Verdict {
    said(check, "live", body).verdict
}

const AXES: [&str; 2] = ["payments-ready", "payouts-ready"];

#[test]
fn only_ready_is_good_and_a_status_that_nobody_knows_is_not() {
    for check in AXES {
        assert_eq!(verdict(check, &readiness("ready", "ready", &[])), Verdict::Pass, "{check}");
        for word in ["blocked", "not_available", "Ready", "ready_soon", ""] {
            assert_eq!(verdict(check, &readiness(word, word, &[])), Verdict::Fail, "{check} {word}");
        }
        assert_eq!(verdict(check, &readiness("pending", "pending", &[])), Verdict::Pending, "{check}");
    }
}

#[test]
fn a_ready_answer_to_a_test_key_is_not_ready_and_neither_is_a_pending_one() {
    for check in AXES {
        for status in ["ready", "pending"] {
            let judged = said(check, "test", &readiness(status, status, &[]));
            assert_eq!(judged.verdict, Verdict::Fail, "{check} {status}");
        }
    }
}

fn texts(judged: &Judgement, kind: FindingKind) -> Vec<&str> {
    judged.findings.iter().filter(|f| f.kind == kind).map(|f| f.text.as_str()).collect()
}

#[test]
fn ready_payments_and_blocked_payouts_are_two_lights() {
    let body = readiness("ready", "blocked", &[("past_due", "external_account")]);
    assert_eq!(verdict("payments-ready", &body), Verdict::Pass);
    let payouts = said("payouts-ready", "live", &body);
    assert_eq!(payouts.verdict, Verdict::Fail);
    assert_eq!(texts(&payouts, FindingKind::Blocking), ["external_account is past due"]);
    assert_eq!(verdict("requirements-clear", &body), Verdict::Fail);
}

#[test]
fn what_is_due_is_named_and_is_not_merely_pending() {
    for list in ["past_due", "currently_due"] {
        let body = readiness("pending", "pending", &[(list, "business_website")]);
        for check in AXES {
            let judged = said(check, "live", &body);
            assert_eq!(judged.verdict, Verdict::Fail, "{check} {list}");
            assert_eq!(texts(&judged, FindingKind::Blocking).len(), 1, "{check} {list}");
        }
        let both_ready = readiness("ready", "ready", &[(list, "business_website")]);
        assert_eq!(verdict("requirements-clear", &both_ready), Verdict::Fail, "{list}");
    }
}

#[test]
fn what_is_under_review_waits_and_what_is_due_later_only_warns() {
    let review = readiness("ready", "ready", &[("pending_verification", "passport")]);
    let judged = said("requirements-clear", "live", &review);
    assert_eq!(judged.verdict, Verdict::Pending);
    assert_eq!(texts(&judged, FindingKind::Waiting).len(), 1);
    let later = readiness("ready", "ready", &[("eventually_due", "tax_id")]);
    for check in ["payments-ready", "payouts-ready", "requirements-clear"] {
        let judged = said(check, "live", &later);
        assert_eq!(judged.verdict, Verdict::Pass, "{check}");
        assert_eq!(texts(&judged, FindingKind::Warning).len(), 1, "{check}");
    }
}

#[test]
fn the_merchant_id_is_taken_from_the_header() {
    let judged = said("live-mode", "live", &json!({ "data": [] }));
    assert_eq!(judged.verdict, Verdict::Pass);
    assert_eq!(judged.captures, [("live_merchant_id".to_owned(), "mer_7".to_owned())]);
    assert_eq!(said("live-mode", "test", &json!({ "data": [] })).verdict, Verdict::Fail);
}

#[test]
fn an_endpoint_without_the_five_events_says_which_it_lacks() {
    let endpoint = |events: &[&str]| {
        let body = json!({ "data": { "url": "mer_1", "enabled": true, "enabled_events": events } });
        let judged = said("endpoint-registered", "live", &body);
        assert_eq!(judged.verdict, Verdict::Pass);
        texts(&judged, FindingKind::Warning).len()
    };
    assert_eq!(endpoint(&["refund.created"]), 4);
    // No list is every event.
    assert_eq!(endpoint(&[]), 0);
}

#[test]
fn what_was_handed_in_before_there_is_a_key_stays_done_when_the_key_comes() {
    let runbook = bundled("flint");
    for item in ["details", "onboarding-followed"] {
        let (_, item) = runbook.item(item).unwrap();
        assert_eq!(item.check.as_ref().map(|c| c.mode), Some(CheckMode::Inform), "{}", item.id);
    }
}

#[test]
fn what_a_scan_or_a_name_cannot_show_is_signed_by_a_person_with_evidence() {
    let runbook = bundled("flint");
    for (item, required) in [("ids-swept", 1), ("no-test-ids", 1), ("deployed", 0), ("synthetic-event", 0)] {
        let (_, item) = runbook.item(item).unwrap();
        assert_eq!(item.check.as_ref().map(|c| c.mode), Some(CheckMode::Assist), "{}", item.id);
        assert!(item.evidence.hint.is_some() && item.evidence.required == required, "{}", item.id);
    }
    let CheckKind::Scan(scan) = &runbook.checks["no-test-mode"].kind else { panic!("it is a scan") };
    let swept: Vec<&str> = scan.paths.iter().map(Template::source).collect();
    assert_eq!(swept, ["{{ fields.config_dir }}", "{{ fields.env_file }}"]);
}

#[test]
fn an_order_is_settled_when_it_is_paid_and_nothing_is_outstanding() {
    let order = |status: &str, due: u32| json!({ "data": { "status": status, "amount_due_money": { "amount": due } } });
    assert_eq!(verdict("order-paid", &order("paid", 0)), Verdict::Pass);
    assert_eq!(verdict("order-paid", &order("paid", 1)), Verdict::Fail);
    assert_eq!(verdict("order-paid", &order("open", 0)), Verdict::Fail);
}

#[test]
fn what_flint_is_asked_to_do_is_started_by_a_person() {
    use crate::domain::action::Repeat;
    let runbook = bundled("flint");
    let ids: Vec<&str> = runbook.actions.keys().map(AsRef::as_ref).collect();
    assert_eq!(
        ids,
        ["advance-onboarding", "mint-key", "register-webhook", "send-test-event", "refund-order"]
    );
    for once in ["register-webhook", "refund-order"] {
        assert_eq!(runbook.actions[once].repeat, Repeat::Once, "{once}");
    }
    for retried in ["mint-key", "register-webhook", "refund-order"] {
        assert!(runbook.actions[retried].idempotency_header.is_some(), "{retried}");
    }
    let stored = runbook.actions["register-webhook"].stored();
    assert_eq!(stored.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["webhook_secret"]);
    for action in runbook.actions.values() {
        assert!(action.item.is_some(), "{}", action.id);
        for step in &action.steps {
            let expected = step.request.expect.iter();
            assert!(
                expected.map(Expression::source).any(|e| e == "headers['flint-mode'] == 'live'"),
                "{}",
                action.id
            );
        }
    }
}
