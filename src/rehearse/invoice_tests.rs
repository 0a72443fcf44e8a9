use axum::http::StatusCode;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::testing::{Rig, code};
use super::{INVOICE_LINK, Provider, Scenario};

fn keyed(rig: &Rig, path: &str, idempotency: &str, body: &Value) -> RequestBuilder {
    let request = rig.post(&format!("/invoice-link/v1/{path}")).bearer_auth(INVOICE_LINK.live_key);
    request.header("idempotency-key", idempotency).json(body)
}

async fn read(rig: &Rig, path: &str) -> Value {
    let request = rig.get(&format!("/invoice-link/v1/{path}")).bearer_auth(INVOICE_LINK.live_key);
    rig.json(request).await.1
}

fn money(amount: u64) -> Value {
    json!({ "amount_money": { "amount": amount, "currency": "USD" } })
}

async fn invoice(rig: &Rig, key: &str) -> Value {
    let (status, made) = rig.json(keyed(rig, "invoices", key, &money(8_900))).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

#[tokio::test]
async fn an_invoice_is_paid_through_its_link_credited_and_paid_out() {
    let rig = Rig::start(Scenario::Happy);
    let made = invoice(&rig, "first").await;
    assert_eq!(made["status"], "pending");
    let page = rig.client().get(made["checkout_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let id = made["id"].as_str().unwrap();
    assert_eq!(read(&rig, &format!("invoices/{id}")).await["status"], "paid");
    assert_eq!(read(&rig, "balances").await["data"][0]["available"], 8_811);
    let ledger = read(&rig, &format!("ledger?invoice_id={id}")).await;
    let kinds: Vec<&str> =
        ledger["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["credit", "fee"]);
    let out = json!({ "amount_money": { "amount": 8_000, "currency": "USD" }, "destination": "bank" });
    let (status, payout) = rig.json(keyed(&rig, "payouts", "out", &out)).await;
    assert_eq!((status, &payout["status"]), (StatusCode::CREATED, &json!("sent")));
    // The answer is repeated, the money is not moved again.
    rig.json(keyed(&rig, "payouts", "out", &out)).await;
    assert_eq!(read(&rig, "balances").await["data"][0]["available"], 811);
    let (status, body) = rig.json(keyed(&rig, "payouts", "more", &out)).await;
    assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "insufficient_funds"));
}

#[tokio::test]
async fn a_write_needs_an_idempotency_key_and_payouts_need_their_scope() {
    let rig = Rig::start(Scenario::Happy);
    for path in ["invoices", "payouts"] {
        let mut body = money(1);
        if path == "payouts" {
            body["destination"] = json!("bank");
        }
        let request = rig.post(&format!("/invoice-link/v1/{path}")).bearer_auth(INVOICE_LINK.live_key);
        let (status, body) = rig.json(request.json(&body)).await;
        assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, "idempotency_key_missing"));
    }
    let body = json!({ "amount_money": { "amount": 1, "currency": "USD" }, "destination": "bank" });
    let limited = rig.post("/invoice-link/v1/payouts").bearer_auth(INVOICE_LINK.limited_key);
    let (status, _) = rig.json(limited.header("idempotency-key", "x").json(&body)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for path in ["balances", "ledger", "invoices/x", "payouts/x", "api-keys/current"] {
        let (status, _) = rig.json(rig.get(&format!("/invoice-link/v1/{path}"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn modes_are_apart_and_every_answer_says_its_own() {
    let rig = Rig::start(Scenario::Happy);
    let id = invoice(&rig, "a").await["id"].as_str().unwrap().to_owned();
    let request = rig.get(&format!("/invoice-link/v1/invoices/{id}")).bearer_auth(INVOICE_LINK.test_key);
    let response = request.send().await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()["x-mode"]),
        (StatusCode::NOT_FOUND, &"test".parse().unwrap())
    );
    assert_eq!(read(&rig, "api-keys/current").await["data"]["mode"], "live");
    rig.world().load(Scenario::WrongMode);
    assert_eq!(read(&rig, "api-keys/current").await["data"]["mode"], "test");
}

#[tokio::test]
async fn a_deposit_to_a_static_address_makes_its_own_invoice() {
    let rig = Rig::start(Scenario::Happy);
    let (_, made) = rig.json(keyed(&rig, "static-addresses", "a", &json!({ "label": "top-up" }))).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(read(&rig, &format!("static-addresses/{id}")).await["label"], "top-up");
    let (status, paid) =
        rig.json(keyed(&rig, &format!("static-addresses/{id}/deposits"), "d", &money(500))).await;
    assert_eq!((status, &paid["status"]), (StatusCode::CREATED, &json!("paid")));
    let ledger = read(&rig, &format!("ledger?invoice_id={}", paid["id"].as_str().unwrap())).await;
    assert_eq!(ledger["data"][0]["type"], "credit");
}

#[tokio::test]
async fn scenarios_decide_what_becomes_of_invoices_and_payouts() {
    for (scenario, status) in [
        (Scenario::PastDue, "overdue"),
        (Scenario::PaymentFailed, "payment_failed"),
        (Scenario::Happy, "paid"),
    ] {
        let rig = Rig::start(scenario);
        let id = invoice(&rig, "a").await["id"].as_str().unwrap().to_owned();
        assert_eq!(read(&rig, &format!("invoices/{id}")).await["status"], status, "{scenario}");
    }
    let rig = Rig::start(Scenario::PayoutsPending);
    invoice(&rig, "a").await;
    let out = json!({ "amount_money": { "amount": 100, "currency": "USD" }, "destination": "bank" });
    let (_, payout) = rig.json(keyed(&rig, "payouts", "out", &out)).await;
    assert_eq!(payout["status"], "pending");
    let path = format!("payouts/{}", payout["id"].as_str().unwrap());
    assert_eq!(read(&rig, &path).await["status"], "pending");
}

#[tokio::test]
async fn the_merchant_verifies_the_event_of_a_payment() {
    let rig = Rig::start(Scenario::Happy);
    let url = rig.simulator().places(Provider::InvoiceLink).webhook;
    let (status, _) = rig.json(keyed(&rig, "webhook-endpoints", "w", &json!({ "url": url }))).await;
    assert_eq!(status, StatusCode::CREATED);
    let id = invoice(&rig, "a").await["id"].as_str().unwrap().to_owned();
    rig.until("/m/invoice-link/received", |body| {
        body["data"][0]["object_id"] == id.as_str() && body["data"][0]["outcome"] == "accepted"
    })
    .await;
    let (status, _) = rig.json(rig.post("/m/invoice-link/webhook").body("{}")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
