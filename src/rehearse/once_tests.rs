//! Requests that are made once and answered twice, or not at all.

use std::net::TcpListener;

use axum::http::StatusCode;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::testing::Rig;
use super::{BILLING, FLINT, MERCHANT_API, Provider, Scenario, TemporalKey};

const REPLAYED: &str = "idempotent-replayed";

fn keyed(rig: &Rig, path: &str, key: &str, body: &Value) -> RequestBuilder {
    rig.post(path).bearer_auth(FLINT.live_key).header("idempotency-key", key).json(body)
}

fn order(rig: &Rig, key: &str) -> RequestBuilder {
    keyed(rig, "/flint/v1/orders", key, &json!({ "amount_money": { "amount": 777, "currency": "USD" } }))
}

fn is_replayed(response: &Response) -> bool {
    response.headers().get(REPLAYED).is_some_and(|value| value == "true")
}

async fn endpoint(rig: &Rig, path: &str, key: &str, url: &str) -> String {
    let made = rig.json(rig.post(path).bearer_auth(key).json(&json!({ "url": url }))).await.1;
    made["data"]["webhook_endpoint_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_slow_provider_is_asked_is_done_at_once_and_stays_done_when_the_client_leaves() {
    let rig = Rig::start(Scenario::Slow);
    let ordering = tokio::spawn(order(&rig, "slow").send());
    let exchange = rig.patch("/api/v1/accounts/public-api/acct_live_c");
    let exchange = exchange.header("authorization", "ApiKey temporal_demo_c_1");
    let exchanging = tokio::spawn(exchange.json(&json!({ "secret": "Rehearsal only 1" })).send());
    rig.until("/_rehearse/state", |state| state["merchants"]["org_demo_c"]["temporalKey"] == "used").await;
    rig.until_state(|state| state.flint.payment("ord_rehearsal1").is_some()).await;
    for under_way in [ordering, exchanging] {
        under_way.abort();
        assert!(under_way.await.unwrap_err().is_cancelled());
    }
    rig.world().switch_to(Scenario::Happy);
    let again = order(&rig, "slow").send().await.unwrap();
    assert_eq!((again.status(), is_replayed(&again)), (StatusCode::CREATED, true));
    assert_eq!(rig.world().switches("org_demo_c").unwrap().temporal_key, TemporalKey::Used);
}

#[tokio::test]
async fn a_client_that_leaves_during_a_test_event_finds_its_answer_later() {
    let rig = Rig::start(Scenario::Happy);
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let id = endpoint(&rig, "/flint/v1/webhook-endpoints", FLINT.live_key, &url).await;
    let path = format!("/flint/v1/webhook-endpoints/{id}/test-events");
    let trial = json!({ "event_type": "order.payment_succeeded" });
    let trying = tokio::spawn(keyed(&rig, &path, "try", &trial).send());
    rig.until_state(|state| state.hooks_of(Provider::Flint).is_sending()).await;
    trying.abort();
    assert!(trying.await.unwrap_err().is_cancelled());
    // Whoever waits for an answer there waits no longer.
    drop(silent);
    rig.world().all_sent().await;
    let mut again = keyed(&rig, &path, "try", &trial).send().await.unwrap();
    while again.status() == StatusCode::CONFLICT {
        again = keyed(&rig, &path, "try", &trial).send().await.unwrap();
    }
    assert!(is_replayed(&again));
    assert_eq!(again.json::<Value>().await.unwrap()["data"]["attempt_status"], "failed");
}

#[tokio::test]
async fn a_key_of_one_mode_is_another_in_the_other() {
    let rig = Rig::start(Scenario::WrongMode);
    let test = order(&rig, "first").send().await.unwrap();
    assert_eq!(test.headers()["flint-mode"], "test");
    rig.world().switch_to(Scenario::Happy);
    let live = order(&rig, "first").send().await.unwrap();
    assert!(!is_replayed(&live));
    let id = live.json::<Value>().await.unwrap()["data"]["order_id"].as_str().unwrap().to_owned();
    let read = rig.get(&format!("/flint/v1/orders/{id}")).bearer_auth(FLINT.live_key);
    assert_eq!(rig.json(read).await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_is_given_again_has_its_headers() {
    let rig = Rig::start(Scenario::Happy);
    let sign_in = || {
        let body = json!({ "email": MERCHANT_API.email, "password": MERCHANT_API.password });
        rig.post("/merchant-api/authentication/sign-in/email").header("idempotency-key", "in").json(&body)
    };
    let first = sign_in().send().await.unwrap();
    let again = sign_in().send().await.unwrap();
    assert_eq!((is_replayed(&first), is_replayed(&again)), (false, true));
    assert_eq!(again.headers()["set-auth-token"], first.headers()["set-auth-token"]);
}

#[tokio::test]
async fn an_endpoint_that_is_back_is_sent_what_it_missed() {
    let rig = Rig::start(Scenario::Happy);
    let url = |provider| rig.simulator().places(provider).webhook;
    endpoint(&rig, "/flint/v1/webhook-endpoints", FLINT.live_key, &url(Provider::Flint)).await;
    let billing = "/billing-onboarding/v1/billing/webhook-endpoints";
    endpoint(&rig, billing, BILLING.token, &url(Provider::Billing)).await;
    let failed = async || {
        let flint = rig.get("/flint/v1/webhook-events?status=failed").bearer_auth(FLINT.live_key);
        let path = format!("/billing-onboarding/v1/billing/merchants/{}", BILLING.merchant_id);
        let billing = rig.get(&path).bearer_auth(BILLING.token);
        let flint = rig.json(flint).await.1["data"].as_array().unwrap().len();
        (flint, rig.json(billing).await.1["webhooks"]["failed"].as_u64().unwrap())
    };
    rig.world().switch_to(Scenario::WebhookDown);
    rig.json(order(&rig, "down")).await;
    let session = json!({ "environment": "test" });
    let verification = rig.post("/billing-onboarding/v1/billing/verifications").bearer_auth(BILLING.token);
    rig.json(verification.json(&session)).await;
    rig.world().all_sent().await;
    assert_eq!(failed().await, (1, 1));
    rig.world().switch_to(Scenario::Happy);
    rig.world().all_sent().await;
    assert_eq!(failed().await, (0, 0));
    let events = rig.get("/flint/v1/webhook-events").bearer_auth(FLINT.live_key);
    assert_eq!(rig.json(events).await.1["data"][0]["attempt_number"], 2);
    let received = rig.json(rig.get("/m/flint/received")).await.1;
    assert_eq!(received["data"][0]["outcome"], "accepted");
}

#[tokio::test]
async fn variants_and_bundles_are_of_the_mode_they_were_made_in() {
    let rig = Rig::start(Scenario::Happy);
    for (path, id_key) in [("variants", "variant_id"), ("bundles", "bundle_id")] {
        let path = format!("/flint/v1/{path}");
        let made = rig.post(&path).bearer_auth(FLINT.live_key).json(&json!({ "name": "Large" }));
        let (status, made) = rig.json(made).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let path = format!("{path}/{}", made["data"][id_key].as_str().unwrap());
        for (key, status) in [(FLINT.live_key, StatusCode::OK), (FLINT.test_key, StatusCode::NOT_FOUND)] {
            assert_eq!(rig.json(rig.get(&path).bearer_auth(key)).await.0, status, "{path}");
        }
    }
}
