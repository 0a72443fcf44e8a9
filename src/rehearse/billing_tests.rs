use axum::http::StatusCode;
use serde_json::{Value, json};

use super::testing::{Rig, code};
use super::{BILLING, Provider, Scenario};

async fn read(rig: &Rig, path: &str) -> Value {
    let (status, body) =
        rig.json(rig.get(&format!("/billing-onboarding/v1/billing/{path}")).bearer_auth(BILLING.token)).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn write(rig: &Rig, path: &str, body: Value) -> (StatusCode, Value) {
    let request = rig.post(&format!("/billing-onboarding/v1/billing/{path}"));
    rig.json(request.bearer_auth(BILLING.token).json(&body)).await
}

#[tokio::test]
async fn a_key_comes_out_only_while_onboarding_is_complete_and_billing_in_order() {
    let rig = Rig::start(Scenario::Happy);
    let (status, made) = write(&rig, "api-keys", json!({ "name": "live" })).await;
    assert_eq!(status, StatusCode::CREATED);
    let key = made["data"]["api_key"].as_str().unwrap();
    let request = rig.get("/billing-onboarding/v1/billing/key").bearer_auth(key);
    let (_, whose) = rig.json(request).await;
    assert_eq!(
        (&whose["merchant_id"], &whose["environment"]),
        (&json!(BILLING.merchant_id), &json!("production"))
    );
    for scenario in [Scenario::KycPending, Scenario::PastDue, Scenario::PaymentFailed, Scenario::Dunning] {
        rig.world().load(scenario);
        let (status, body) = write(&rig, "api-keys", json!({ "name": "live" })).await;
        assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "billing_not_ready"), "{scenario}");
    }
}

#[tokio::test]
async fn a_bad_state_pauses_verifications_and_is_told_the_same_to_everybody() {
    let rig = Rig::start(Scenario::Happy);
    for (scenario, word) in [
        (Scenario::PastDue, "past_due"),
        (Scenario::PaymentFailed, "payment_failed"),
        (Scenario::Dunning, "dunning"),
    ] {
        rig.world().load(scenario);
        let (status, body) = write(&rig, "verifications", json!({ "environment": "production" })).await;
        assert_eq!((status, code(&body)), (StatusCode::PAYMENT_REQUIRED, "billing_paused"));
        let state = read(&rig, "state").await;
        assert_eq!(
            (&state["data"]["state"], &state["data"]["new_sessions"]),
            (&json!(word), &json!("paused"))
        );
        for audience in ["finance", "engineering", "support"] {
            let board = read(&rig, &format!("dashboards/{audience}")).await;
            assert_eq!(board["data"]["billing_state"], word);
        }
        assert_eq!(read(&rig, "merchants/mrc_rehearsal1").await["state"], word);
    }
}

#[tokio::test]
async fn a_verification_is_reconciled_once_the_merchant_has_its_event() {
    let rig = Rig::start(Scenario::Happy);
    let (_, made) = write(&rig, "verifications", json!({ "environment": "test" })).await;
    let id = made["data"]["verification_id"].as_str().unwrap().to_owned();
    assert_eq!(read(&rig, &format!("verifications/{id}")).await["data"]["reconciled"], false);
    let url = rig.simulator().places(Provider::Billing).webhook;
    assert_eq!(write(&rig, "webhook-endpoints", json!({ "url": url })).await.0, StatusCode::CREATED);
    write(&rig, "verifications", json!({ "environment": "test" })).await;
    rig.until("/m/billing-onboarding/received", |body| body["data"][0]["outcome"] == "accepted").await;
    let latest = "/billing-onboarding/v1/billing/merchants/mrc_rehearsal1/verifications/latest";
    rig.until_with(latest, BILLING.token, |body| body["reconciled"] == true).await;
}

#[tokio::test]
async fn an_interruption_and_its_end_are_noted_and_sent_to_the_merchant() {
    let rig = Rig::start(Scenario::Happy);
    let url = rig.simulator().places(Provider::Billing).webhook;
    write(&rig, "webhook-endpoints", json!({ "url": url })).await;
    for scenario in ["payment-failed", "dunning", "happy"] {
        let (status, body) = rig.json(rig.post(&format!("/_rehearse/switch/{scenario}"))).await;
        assert_eq!((status, &body["scenario"]), (StatusCode::OK, &json!(scenario)));
    }
    let recovery = read(&rig, "recovery").await;
    assert!(
        recovery["data"]["last_interruption"].is_string() && recovery["data"]["last_recovered"].is_string()
    );
    rig.until("/m/billing-onboarding/received", |body| {
        ["billing.payment_failed", "billing.dunning", "billing.recovered"]
            .iter()
            .all(|kind| body.to_string().contains(kind))
    })
    .await;
    assert_eq!(read(&rig, "webhook-events?status=failed").await["data"], json!([]));
}

#[tokio::test]
async fn the_facts_of_onboarding_are_there_and_only_for_its_key() {
    let rig = Rig::start(Scenario::Happy);
    let onboarding = read(&rig, "onboarding").await;
    assert_eq!(onboarding["data"]["return_state"]["merchant_id"], BILLING.merchant_id);
    assert_eq!(read(&rig, "merchants").await["data"].as_array().unwrap().len(), 2);
    assert_eq!(read(&rig, "alerts").await["data"].as_array().unwrap().len(), 3);
    for path in ["onboarding", "state", "merchants", "alerts", "recovery", "dashboards/finance"] {
        let (status, _) = rig.json(rig.get(&format!("/billing-onboarding/v1/billing/{path}"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for (page, words) in
        [("returned", BILLING.merchant_id), ("paused", "Neue Prüfungen sind kurz angehalten")]
    {
        let html = rig.get(&format!("/m/billing-onboarding/site/{page}")).send().await.unwrap();
        assert!(html.text().await.unwrap().contains(words), "{page}");
    }
}
