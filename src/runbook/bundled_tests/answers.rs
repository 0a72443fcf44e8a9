//! What the checks of the bundled runbooks make of answers that only look good: another merchant's, a page in
//! place of JSON, a list that says nothing, a word in place of a truth. None of them may tick anything.

use minijinja::{Value, context};
use serde_json::{Value as Json, json};

use super::bundled;
use crate::checks::answer::Answer;
use crate::checks::judge::{Judgement, Surroundings, judge};
use crate::domain::check::{Check, CheckKind, HttpStep};
use crate::domain::runbook::Runbook;
use crate::domain::verdict::Verdict::{self, Fail, Pass, Pending, Unknown};

/// The steps of a check over HTTP.
pub(super) fn steps(check: &Check) -> &[HttpStep] {
    match &check.kind {
        CheckKind::Http(steps) => steps,
        other => panic!("{} is no http check: {}", check.id, other.word()),
    }
}

/// What a step of a check says of an answer. The facts are of fields and decisions; what is not named is
/// `mer_1`.
pub(super) fn judged(
    runbook: &Runbook,
    step: (&str, usize),
    facts: &[(&str, &str)],
    answer: &Answer,
) -> Judgement {
    let fact = |id: &str| {
        facts.iter().find(|(known, _)| *known == id).map_or("mer_1", |(_, value)| value).to_owned()
    };
    let fields = Value::from_pairs(runbook.fields.keys().map(|id| (id.as_str(), fact(id.as_str()))));
    let decisions = Value::from_pairs(runbook.decisions.keys().map(|id| (id.as_str(), fact(id.as_str()))));
    let around = Surroundings::new(&context! { fields, decisions });
    judge(&steps(&runbook.checks[step.0])[step.1], answer, &around)
}

/// An answer in live mode.
fn answer(status: u16, body: &str) -> Answer {
    let headers = [("flint-mode", "live"), ("flint-merchant-id", "mer_1")];
    Answer {
        status,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    }
}

/// A step of a check, the status and the body of an answer, and what must be said of it.
type Row = (&'static str, usize, u16, Json, Verdict);

fn expect(id: &str, facts: &[(&str, &str)], rows: &[Row]) {
    let runbook = bundled(id);
    for (check, step, status, body, verdict) in rows {
        let judged = judged(&runbook, (check, *step), facts, &answer(*status, &body.to_string()));
        assert_eq!(judged.verdict, *verdict, "{id}, {check}: {status} {body}: {}", judged.summary);
    }
}

/// A page of a login, of a proxy, of a maintenance: 200, and no answer of an API.
fn expect_no_page_to_pass(id: &str, steps: &[(&str, usize)]) {
    let runbook = bundled(id);
    for step in steps {
        let page = answer(200, "<!DOCTYPE html><title>Sign in</title><p>Please sign in</p>");
        assert_eq!(judged(&runbook, *step, &[], &page).verdict, Unknown, "{id}, {}", step.0);
    }
}

#[test]
fn flint_lists_nothing_but_has_disabled_the_account() {
    let readiness = |axis: &str, requirements: Json| {
        let axis = json!({ "status": axis, "status_reason": null, "next_actions": [] });
        json!({ "data": {
            "merchant_id": "mer_1", "payments": axis, "payouts": axis, "requirements": requirements,
        } })
    };
    let lists = |reason: Json, review: Json| {
        json!({
            "currently_due": [], "past_due": [], "eventually_due": [], "pending_verification": review,
            "disabled_reason": reason,
        })
    };
    let fraud = || lists(json!("rejected.fraud"), json!([]));
    let mut no_review = lists(json!(null), json!([]));
    no_review.as_object_mut().unwrap().remove("pending_verification");
    expect(
        "flint",
        &[],
        &[
            ("requirements-clear", 0, 200, readiness("ready", lists(json!(null), json!([]))), Pass),
            ("requirements-clear", 0, 200, readiness("ready", fraud()), Fail),
            (
                "requirements-clear",
                0,
                200,
                readiness("ready", lists(json!("rejected.fraud"), json!(["id"]))),
                Fail,
            ),
            ("requirements-clear", 0, 200, readiness("ready", no_review), Unknown),
            ("payments-ready", 0, 200, readiness("pending", fraud()), Fail),
            ("payouts-ready", 0, 200, readiness("pending", fraud()), Fail),
        ],
    );
    let other = |check| {
        let mut body = readiness("ready", lists(json!(null), json!([])));
        body["data"]["merchant_id"] = json!("mer_2");
        (check, 0, 200, body, Fail)
    };
    expect("flint", &[], &["payments-ready", "payouts-ready", "requirements-clear"].map(other));
}

#[test]
fn nobody_waits_for_flints_review_and_nobody_passes_with_a_step_left() {
    let state = |state: Json| json!({ "data": state });
    expect(
        "flint",
        &[],
        &[
            ("onboarding", 0, 200, state(json!({ "next_step": null, "status": "complete" })), Pass),
            ("onboarding", 0, 200, state(json!({ "next_step": "wait", "status": "in_review" })), Pass),
            (
                "onboarding",
                0,
                200,
                state(json!({ "next_step": "bank_account", "status": "in_progress" })),
                Fail,
            ),
            ("onboarding", 0, 200, state(json!({ "next_step": "passport", "status": "complete" })), Fail),
            ("onboarding", 0, 200, state(json!({ "next_step": "wait" })), Unknown),
            ("onboarding", 0, 200, state(json!({})), Unknown),
        ],
    );
}

#[test]
fn what_flint_lists_must_be_a_list_of_something_and_what_it_has_must_be_there() {
    let data = |data: Json| json!({ "data": data });
    let endpoint = |enabled: Json| data(json!({ "url": "mer_1", "enabled": enabled, "enabled_events": [] }));
    let order = |status: &str| data(json!({ "status": status, "amount_due_money": { "amount": 0 } }));
    expect(
        "flint",
        &[],
        &[
            ("deliveries", 0, 200, data(json!([])), Pass),
            ("deliveries", 0, 200, data(json!({})), Fail),
            ("deliveries", 0, 200, data(json!("")), Fail),
            ("capabilities", 0, 200, data(json!([{ "capability": "card_payments" }])), Pass),
            ("capabilities", 0, 200, data(json!([])), Fail),
            ("capabilities", 0, 200, data(json!(null)), Unknown),
            ("endpoint-registered", 0, 200, endpoint(json!(true)), Pass),
            ("endpoint-registered", 0, 200, endpoint(json!("false")), Fail),
            ("events-subscribed", 0, 200, endpoint(json!("false")), Fail),
            ("order-paid", 0, 200, order("refunded"), Pass),
            ("order-paid", 0, 200, order("open"), Fail),
            ("old-key-refused", 0, 401, json!({}), Pass),
            ("old-key-refused", 0, 200, data(json!([])), Fail),
            ("old-key-refused", 0, 403, json!({}), Unknown),
            ("plan-live", 0, 200, data(json!(null)), Fail),
        ],
    );
    expect_no_page_to_pass("flint", &[("catalog-live", 0), ("plan-live", 0), ("coupon-live", 0)]);
}

#[test]
fn the_account_of_stage_and_a_payment_instrument_that_is_none_are_not_those_of_production() {
    let facts = [
        ("account_id", "a1"),
        ("organization_id", "org_1"),
        ("live_account_id", "a2"),
        ("live_organization_id", "org_2"),
    ];
    let account = |id: &str, organization: &str, instrument: Json| json!({ "id": id, "organizationId": organization, "primaryPaymentInstrument": instrument });
    let card = json!({ "kind": "card", "last4": "4242" });
    expect(
        "paymentsai",
        &facts,
        &[
            ("live-account", 0, 200, account("a2", "org_2", json!(null)), Pass),
            ("live-account", 0, 200, account("a1", "org_1", json!(null)), Fail),
            ("live-account", 0, 200, account("a2", "org_1", json!(null)), Fail),
            ("payment-instrument", 0, 200, account("a2", "org_2", card.clone()), Pass),
            ("payment-instrument", 0, 200, account("a1", "org_1", card), Fail),
            ("payment-instrument", 0, 200, account("a2", "org_2", json!("")), Fail),
            ("payment-instrument", 0, 200, account("a2", "org_2", json!(false)), Fail),
            ("payment-instrument", 0, 200, account("a2", "org_2", json!(null)), Fail),
            ("kyc-still-approved", 0, 200, json!({ "organizationId": "org_2", "status": "approved" }), Pass),
            ("kyc-still-approved", 0, 200, json!({ "organizationId": "org_3", "status": "approved" }), Fail),
            (
                "kyc-still-approved",
                0,
                200,
                json!({ "organizationId": "org_2", "status": "in_review" }),
                Pending,
            ),
            ("kyc-still-approved", 0, 200, json!({ "organizationId": "org_3", "status": "in_review" }), Fail),
        ],
    );
}

#[test]
fn a_payment_method_is_the_default_in_truth_and_the_one_that_was_decided() {
    let method = |default: Json, kind: &str| {
        json!({
            "merchant_id": "mer_1",
            "payment_method": { "default": default, "kind": kind, "status": "validated" },
            "webhooks": { "failed": 0 },
        })
    };
    let verification = |reconciled: Json| json!({ "status": "completed", "reconciled": reconciled });
    expect(
        "billing-onboarding",
        &[("payment_method", "ach")],
        &[
            ("payment-method", 0, 200, method(json!(true), "ach"), Pass),
            ("payment-method", 0, 200, method(json!("false"), "ach"), Fail),
            ("payment-method", 0, 200, method(json!(true), "card"), Fail),
            ("safe-to-resume", 0, 200, method(json!(true), "ach"), Pass),
            ("safe-to-resume", 0, 200, method(json!("false"), "ach"), Fail),
            ("test-verification", 0, 200, verification(json!(true)), Pass),
            ("test-verification", 0, 200, verification(json!("no")), Fail),
        ],
    );
}

#[test]
fn the_merchant_api_is_reached_and_a_token_is_good_only_where_the_api_itself_says_so() {
    let no_organization =
        json!({ "error": { "code": "NO_ACTIVE_ORGANIZATION", "message": "None is active" } });
    let facts = [("organization_id", "org_1"), ("active_organization_id", "org_1")];
    let bad_request = json!({ "error": { "code": "BAD_REQUEST" } });
    let paid = |id: &str| json!({ "id": id, "status": "complete", "paymentStatus": "paid" });
    expect(
        "merchant-api",
        &facts,
        &[
            ("token-works", 0, 200, json!({ "data": [] }), Pass),
            ("token-works", 0, 400, no_organization.clone(), Pass),
            ("token-works", 0, 400, bad_request, Fail),
            ("api-reachable", 0, 401, json!({ "error": {} }), Pass),
            ("api-reachable", 0, 200, json!({ "data": [] }), Fail),
            ("organization-active", 0, 200, json!({ "data": [] }), Pass),
            ("organization-active", 0, 400, no_organization, Fail),
            ("server-to-server", 0, 200, json!({ "data": [] }), Pass),
            ("server-to-server", 1, 404, json!({}), Fail),
            ("session-paid", 0, 200, paid("mer_1"), Pass),
            ("session-paid", 0, 200, paid("cs_2"), Fail),
        ],
    );
    let other = [("organization_id", "org_1"), ("active_organization_id", "org_2")];
    expect("merchant-api", &other, &[("organization-active", 0, 200, json!({ "data": [] }), Fail)]);
    let pages =
        [("token-works", 0), ("organization-active", 0), ("server-to-server", 0), ("server-to-server", 1)];
    expect_no_page_to_pass("merchant-api", &pages);
    let nothing_there = answer(404, "<html><h1>404 Not Found</h1><hr>nginx</html>");
    let judged = judged(&bundled("merchant-api"), ("api-reachable", 0), &[], &nothing_there);
    assert_ne!(judged.verdict, Pass, "{}", judged.summary);
}

#[test]
fn the_invoice_the_payout_and_the_address_are_those_that_were_asked_for() {
    let rows = [
        ("invoice-paid", "paid"),
        ("deposit-credited", "paid"),
        ("payout-sent", "sent"),
        ("static-address", ""),
        ("invoice-exists", "pending"),
        ("test-invoice-exists", "pending"),
    ];
    let body = |id: &str, status: &str| json!({ "id": id, "status": status, "checkout_url": "https://pay.example/1" });
    for (check, status) in rows {
        let of_another = (check, 0, 200, body("of_another", status), Fail);
        expect("invoice-link", &[], &[(check, 0, 200, body("mer_1", status), Pass), of_another]);
    }
    let steps =
        ["test-key-works", "live-key-works", "static-address", "invoice-paid"].map(|check| (check, 0));
    expect_no_page_to_pass("invoice-link", &steps);
}
