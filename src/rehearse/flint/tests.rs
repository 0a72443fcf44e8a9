use axum::http::StatusCode;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::rehearse::testing::{Rig, code};
use crate::rehearse::{Axis, AxisStatus, Buyer, FLINT, Onboarding, Provider, Scenario, WebhookState};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;

fn live(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(FLINT.live_key)
}

async fn read(rig: &Rig, path: &str) -> (StatusCode, Value) {
    rig.json(live(rig.get(&format!("/flint/v1/{path}")))).await
}

async fn write(rig: &Rig, path: &str, body: Value) -> (StatusCode, Value) {
    rig.json(live(rig.post(&format!("/flint/v1/{path}"))).json(&body)).await
}

fn dollar() -> Value {
    json!({ "amount": 100, "currency": "USD" })
}

/// Registers the merchant's own endpoint and gives its id and secret.
async fn register(rig: &Rig) -> (String, String) {
    let url = rig.simulator().places(Provider::Flint).webhook;
    let (status, body) = write(rig, "webhook-endpoints", json!({ "url": url })).await;
    assert_eq!(status, CREATED, "{body}");
    let word = |key: &str| body["data"][key].as_str().unwrap().to_owned();
    (word("webhook_endpoint_id"), word("secret"))
}

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_or_without_its_scope_the_answer_is_no() {
    let rig = Rig::start(Scenario::Happy);
    for path in ["onboarding/state", "capabilities", "merchants/mer_rehearsal1/readiness", "settings"] {
        let path = format!("/flint/v1/{path}");
        let response = rig.get(&path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert!(!response.headers().contains_key("flint-mode"));
        let (status, body) = rig.json(rig.get(&path).bearer_auth("flint_live_other")).await;
        assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "invalid_key"));
        assert!(body["request_id"].as_str().unwrap().starts_with("req_"), "{body}");
    }
    let limited = rig.get("/flint/v1/webhook-events").bearer_auth(FLINT.limited_key);
    let (status, body) = rig.json(limited).await;
    assert_eq!((status, code(&body)), (StatusCode::FORBIDDEN, "insufficient_scope"));
    let allowed = rig.get("/flint/v1/capabilities").bearer_auth(FLINT.limited_key);
    assert_eq!(rig.json(allowed).await.0, OK);
}

#[tokio::test]
async fn every_answer_to_a_key_says_mode_and_merchant_also_a_refusal() {
    let rig = Rig::start(Scenario::Happy);
    for (key, mode) in [(FLINT.live_key, "live"), (FLINT.test_key, "test")] {
        for (path, status) in [("capabilities", OK), ("orders/ord_none", StatusCode::NOT_FOUND)] {
            let request = rig.get(&format!("/flint/v1/{path}")).bearer_auth(key);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["flint-mode"], mode);
            assert_eq!(response.headers()["flint-merchant-id"], FLINT.merchant_id);
            assert!(response.headers().contains_key("x-request-id"));
        }
    }
}

#[tokio::test]
async fn what_was_made_in_one_mode_is_not_there_in_the_other() {
    let rig = Rig::start(Scenario::Happy);
    for (path, mine, other) in [
        ("products", FLINT.live_product, FLINT.test_product),
        ("plans", FLINT.live_plan, FLINT.test_plan),
        ("coupons", FLINT.live_coupon, FLINT.test_coupon),
    ] {
        assert_eq!(read(&rig, &format!("{path}/{mine}")).await.0, OK);
        let (status, body) = read(&rig, &format!("{path}/{other}")).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "resource_not_found"));
        let (status, made) = write(&rig, path, json!({ "name": "Made again" })).await;
        assert_eq!(status, CREATED);
        let id = made["data"].as_object().unwrap().iter().find(|(k, _)| k.ends_with("_id")).unwrap().1;
        let path = format!("{path}/{}", id.as_str().unwrap());
        assert_eq!(read(&rig, &path).await.0, OK);
        let sandbox = rig.get(&format!("/flint/v1/{path}")).bearer_auth(FLINT.test_key);
        assert_eq!(rig.json(sandbox).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(write(&rig, "settings", json!({ "receipts": "none" })).await.1["data"]["receipts"], "none");
    let sandbox = rig.json(rig.get("/flint/v1/settings").bearer_auth(FLINT.test_key)).await.1;
    assert_eq!(sandbox["data"]["receipts"], "email");
}

#[tokio::test]
async fn readiness_has_two_axes_of_their_own() {
    let rig = Rig::start(Scenario::Happy);
    rig.world().set_flint(|s| s.payouts = Axis::not(AxisStatus::Blocked, "requirements_past_due"));
    rig.world().set_flint(|s| s.requirements.past_due = vec!["bank_account".to_owned()]);
    let (_, body) = read(&rig, "merchants/mer_rehearsal1/readiness").await;
    assert_eq!(body["data"]["payments"], json!({"status":"ready","status_reason":null,"next_actions":[]}));
    assert_eq!(body["data"]["payouts"]["status"], "blocked");
    assert_eq!(body["data"]["requirements"]["past_due"], json!(["bank_account"]));
    let (status, _) = read(&rig, "merchants/mer_other/readiness").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, options) =
        write(&rig, "payment-options/resolve", json!({ "amount_money": dollar(), "country": "US" })).await;
    assert_eq!(options["data"]["payment_options"].as_array().unwrap().len(), 3);
    rig.world().set_flint(|s| s.payments = Axis::not(AxisStatus::Blocked, "x"));
    let (_, options) =
        write(&rig, "payment-options/resolve", json!({ "amount_money": dollar(), "country": "US" })).await;
    assert_eq!(options["data"]["payment_options"], json!([]));
    assert_eq!(read(&rig, "capabilities").await.1["data"][0]["status"], "blocked");
}

#[tokio::test]
async fn onboarding_goes_step_by_step() {
    let rig = Rig::start(Scenario::Happy);
    rig.world().set_flint(|s| s.onboarding = Onboarding::BusinessProfile);
    for next in ["business_profile", "identity_verification", "bank_account"] {
        let (_, state) = read(&rig, "onboarding/state").await;
        assert_eq!(
            (&state["data"]["status"], &state["data"]["next_step"]),
            (&json!("in_progress"), &json!(next))
        );
        let (status, _) = write(&rig, "onboarding/advance", json!({ "step": "another" })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(write(&rig, "onboarding/advance", json!({ "step": next })).await.0, OK);
    }
    let (_, state) = read(&rig, "onboarding/state").await;
    assert_eq!((&state["data"]["status"], &state["data"]["next_step"]), (&json!("complete"), &Value::Null));
}

#[tokio::test]
async fn a_key_is_told_once_and_works_until_it_is_revoked() {
    let rig = Rig::start(Scenario::Happy);
    let (status, made) =
        write(&rig, "api-keys", json!({ "name": "checkout", "scopes": ["orders.write"] })).await;
    assert_eq!(status, CREATED);
    let key = made["data"]["secret_key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("flint_live_"));
    assert!(!read(&rig, "api-keys").await.1.to_string().contains(&key));
    let order = || rig.post("/flint/v1/orders").bearer_auth(&key).json(&json!({ "amount_money": dollar() }));
    assert_eq!(rig.json(order()).await.0, CREATED);
    let id = made["data"]["api_key_id"].as_str().unwrap();
    assert_eq!(write(&rig, &format!("api-keys/{id}/revoke"), json!({})).await.0, OK);
    assert_eq!(rig.json(order()).await.0, StatusCode::UNAUTHORIZED);
    let sandboxed = json!({ "name": "x", "sandbox_id": "sbx_1" });
    assert_eq!(write(&rig, "api-keys", sandboxed).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_another_body_is_refused() {
    let rig = Rig::start(Scenario::Happy);
    let order = |amount: u64, key: &str| {
        let body = json!({ "amount_money": { "amount": amount, "currency": "USD" } });
        live(rig.post("/flint/v1/orders")).header("idempotency-key", key).json(&body)
    };
    let first = rig.json(order(100, "one")).await.1["data"]["order_id"].clone();
    let again = order(100, "one").send().await.unwrap();
    assert_eq!(
        (again.status(), &again.headers()["idempotent-replayed"]),
        (CREATED, &"true".parse().unwrap())
    );
    assert_eq!(again.json::<Value>().await.unwrap()["data"]["order_id"], first);
    let (status, body) = rig.json(order(200, "one")).await;
    assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "idempotency_key_reused"));
    assert_ne!(rig.json(order(100, "two")).await.1["data"]["order_id"], first);
    // A refusal changed nothing, so the key is still free.
    assert_eq!(rig.json(order(0, "three")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rig.json(order(100, "three")).await.0, CREATED);
    let long = "k".repeat(256);
    assert_eq!(rig.json(order(100, &long)).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_order_is_paid_told_to_the_merchant_and_refunded_once() {
    let rig = Rig::start(Scenario::Happy);
    register(&rig).await;
    let (_, made) = write(&rig, "orders", json!({ "amount_money": dollar() })).await;
    assert_eq!(made["data"]["status"], "open");
    let id = made["data"]["order_id"].as_str().unwrap().to_owned();
    let page = rig.client().get(made["data"]["checkout_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(page.status(), OK);
    let (_, order) = read(&rig, &format!("orders/{id}")).await;
    assert_eq!(
        (&order["data"]["status"], &order["data"]["amount_due_money"]["amount"]),
        (&json!("paid"), &json!(0))
    );
    let refund = |amount: u64| {
        let money = json!({ "amount": amount, "currency": "USD" });
        write(
            &rig,
            "refunds",
            json!({ "order_id": id, "amount_money": money, "reason": "requested_by_customer" }),
        )
    };
    let (status, refunded) = refund(100).await;
    assert_eq!((status, &refunded["data"]["status"]), (CREATED, &json!("succeeded")));
    let (status, body) = refund(1).await;
    assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "refund_too_large"));
    rig.until("/m/flint/received", |body| {
        ["order.payment_succeeded", "refund.created"].iter().all(|kind| body.to_string().contains(kind))
    })
    .await;
}

#[tokio::test]
async fn the_buyer_decides_what_becomes_of_an_order() {
    let rig = Rig::start(Scenario::Happy);
    for (buyer, status) in
        [(Buyer::Declined, "payment_failed"), (Buyer::Waits, "open"), (Buyer::Late, "open")]
    {
        rig.world().set_flint(|s| s.buyer = buyer);
        let (_, made) = write(&rig, "orders", json!({ "amount_money": dollar() })).await;
        let path = format!("orders/{}", made["data"]["order_id"].as_str().unwrap());
        let order = read(&rig, &path).await.1;
        assert_eq!(
            (&order["data"]["status"], &order["data"]["amount_due_money"]["amount"]),
            (&json!(status), &json!(100))
        );
    }
    for body in [
        json!({"amount_money":{"amount":1.5,"currency":"USD"}}),
        json!({"amount_money":{"amount":-1,"currency":"USD"}}),
        json!({"amount_money":{"amount":1,"currency":"usd"}}),
    ] {
        assert_eq!(write(&rig, "orders", body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_synthetic_event_is_really_delivered_and_the_endpoint_verifies_it() {
    let rig = Rig::start(Scenario::Happy);
    let (id, secret) = register(&rig).await;
    assert!(!read(&rig, &format!("webhook-endpoints/{id}")).await.1.to_string().contains(&secret));
    assert!(!read(&rig, "webhook-endpoints").await.1.to_string().contains(&secret));
    let try_out = || {
        write(
            &rig,
            "webhook-endpoints/whep_rehearsal1/test-events",
            json!({ "event_type": "payment_intent.succeeded" }),
        )
    };
    let (status, body) = try_out().await;
    assert_eq!(status, OK);
    assert_eq!(
        (&body["data"]["attempt_status"], &body["data"]["status_code"]),
        (&json!("delivered"), &json!(200))
    );
    for (state, code) in [(WebhookState::Down, 503), (WebhookState::OtherSecret, 401)] {
        rig.world().set_shop(Provider::Flint, |shop| shop.webhook = state);
        let (_, body) = try_out().await;
        assert_eq!(
            (&body["data"]["attempt_status"], &body["data"]["status_code"]),
            (&json!("failed"), &json!(code))
        );
    }
    let (_, failed) = read(&rig, "webhook-events?status=failed").await;
    assert_eq!(failed["data"].as_array().unwrap().len(), 2, "{failed}");
    // An endpoint that takes an event is sent what it did not take before.
    rig.world().set_shop(Provider::Flint, |shop| shop.webhook = WebhookState::Unverified);
    assert_eq!(try_out().await.1["data"]["attempt_status"], "delivered");
    rig.world().all_sent().await;
    let (_, failed) = read(&rig, "webhook-events?status=failed").await;
    assert_eq!(failed["data"], json!([]));
    let events = read(&rig, "webhook-events").await.1["data"].clone();
    let tries: Vec<u64> =
        events.as_array().unwrap().iter().map(|e| e["attempt_number"].as_u64().unwrap()).collect();
    assert_eq!(tries, [1, 2, 2, 1]);
    let (_, received) = rig.json(rig.get("/m/flint/received")).await;
    let outcomes: Vec<&str> =
        received["data"].as_array().unwrap().iter().map(|r| r["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unverified", "unverified", "unverified", "wrong", "accepted"]);
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_refused_and_one_of_the_sandbox_is_not_there_in_live_mode() {
    let rig = Rig::start(Scenario::Happy);
    for url in ["https://example.com/hook", "http://127.0.0.1.example.com/", "file:///etc/passwd", "nonsense"]
    {
        let (status, _) = write(&rig, "webhook-endpoints", json!({ "url": url })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
    }
    let url = rig.simulator().places(Provider::Flint).webhook;
    let sandbox = rig.post("/flint/v1/webhook-endpoints").bearer_auth(FLINT.test_key);
    let made = rig.json(sandbox.json(&json!({ "url": url }))).await.1;
    let id = made["data"]["webhook_endpoint_id"].as_str().unwrap();
    assert_eq!(read(&rig, &format!("webhook-endpoints/{id}")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_that_comes_again_is_answered_and_not_taken_in_twice() {
    let rig = Rig::start(Scenario::Happy);
    let body = br#"{"type":"order.payment_succeeded"}"#;
    let headers = super::super::signing::Scheme::Standard.headers(
        FLINT.sandbox_webhook_secret,
        "whev_1",
        rig.world().now(),
        body,
    );
    for outcome in ["accepted", "duplicate"] {
        let mut request = rig.post("/m/flint/webhook").body(body.to_vec());
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        assert_eq!(rig.json(request).await.0, OK);
        let (_, received) = rig.json(rig.get("/m/flint/received")).await;
        assert_eq!(received["data"][0]["outcome"], outcome);
    }
}
