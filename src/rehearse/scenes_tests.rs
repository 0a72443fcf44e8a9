use std::sync::Arc;

use axum::http::StatusCode;
use chrono::DateTime;
use serde_json::{Value, json};

use super::testing::{Rig, code};
use super::{FLINT, Provider, Scenario, ServiceState, WebhookState, World};
use crate::clock::FixedClock;

async fn readiness(rig: &Rig) -> Value {
    let path = format!("/flint/v1/merchants/{}/readiness", FLINT.merchant_id);
    rig.json(rig.get(&path).bearer_auth(FLINT.live_key)).await.1["data"].clone()
}

#[tokio::test]
async fn each_scenario_shows_in_the_readiness_of_flint() {
    for (scenario, payments, payouts, list, entry) in [
        (Scenario::Happy, "ready", "ready", "past_due", None),
        (Scenario::KycPending, "pending", "pending", "pending_verification", Some("identity_document")),
        (Scenario::PaymentsBlocked, "blocked", "ready", "currently_due", Some("owners.verification")),
        (Scenario::PayoutsBlocked, "ready", "blocked", "currently_due", Some("external_account")),
        (Scenario::PayoutsPending, "ready", "pending", "pending_verification", Some("bank_account")),
        (Scenario::PastDue, "blocked", "blocked", "past_due", Some("business_website")),
    ] {
        let rig = Rig::start(scenario);
        let data = readiness(&rig).await;
        assert_eq!(
            (&data["payments"]["status"], &data["payouts"]["status"]),
            (&json!(payments), &json!(payouts))
        );
        assert_eq!(data["requirements"][list].get(0).and_then(Value::as_str), entry, "{scenario}");
        assert_eq!(data["payments"]["status_reason"].is_null(), payments == "ready");
    }
}

#[tokio::test]
async fn in_the_wrong_mode_nothing_fails_but_the_mode_says_so() {
    let rig = Rig::start(Scenario::WrongMode);
    let response = rig.get("/flint/v1/capabilities").bearer_auth(FLINT.live_key).send().await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()["flint-mode"]),
        (StatusCode::OK, &"test".parse().unwrap())
    );
}

#[tokio::test]
async fn when_rate_limited_every_provider_says_when_to_come_back_and_the_merchants_answer() {
    let rig = Rig::start(Scenario::RateLimited);
    for provider in Provider::ALL {
        let path = if provider == Provider::PaymentsAi { "kyc/org_demo_a" } else { provider.runbook() };
        let response = rig.get(&format!("/{path}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{provider}");
        assert_eq!(response.headers()["retry-after"], "2");
        assert!(response.headers().contains_key("x-request-id"));
    }
    for path in ["/m/flint/site", "/m/org_demo_a/webhook", "/m/flint/webhook"] {
        assert_eq!(rig.get(path).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_rate_limit_lets_through_who_has_waited_and_says_the_mode_all_the_while() {
    let rig = Rig::start(Scenario::RateLimited);
    let ask = || rig.get("/flint/v1/capabilities").bearer_auth(FLINT.live_key).send();
    for (seconds, status, left) in
        [(0, 429, Some("2")), (1, 429, Some("1")), (1, 200, None), (0, 429, Some("2")), (2, 200, None)]
    {
        rig.clock().advance(chrono::TimeDelta::seconds(seconds));
        let answer = ask().await.unwrap();
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), retry_after), (status, left));
        assert_eq!(answer.headers()["flint-mode"], "live");
    }
    // Somebody else has not waited for it.
    let other = rig.get("/flint/v1/capabilities").bearer_auth(FLINT.test_key).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(other.headers()["flint-mode"], "test");
}

#[tokio::test]
async fn the_mode_is_said_where_no_route_is() {
    let rig = Rig::start(Scenario::Happy);
    let nowhere = rig.get("/flint/v1/nothing").bearer_auth(FLINT.live_key).send().await.unwrap();
    assert_eq!((nowhere.status(), &nowhere.headers()["flint-mode"]), (StatusCode::NOT_FOUND, &live()));
    let nobody = rig.get("/flint/v1/nothing").send().await.unwrap();
    assert!(!nobody.headers().contains_key("flint-mode"));
}

fn live() -> axum::http::HeaderValue {
    axum::http::HeaderValue::from_static("live")
}

#[test]
fn a_scenario_changes_those_providers_that_it_names() {
    let parts = |scenario| {
        let world = World::new(scenario, Arc::new(FixedClock::new(DateTime::UNIX_EPOCH)));
        world.finish_plot();
        let snapshot = world.snapshot();
        let of_all = json!([snapshot["service"], snapshot["shops"]]);
        let own = [
            (Provider::PaymentsAi, "merchants"),
            (Provider::Flint, "flint"),
            (Provider::Billing, "billing"),
            (Provider::MerchantApi, "merchantApi"),
            (Provider::InvoiceLink, "invoiceLink"),
        ];
        own.map(|(provider, part)| (provider, json!([snapshot[part], of_all])))
    };
    let happy = parts(Scenario::Happy);
    for scenario in Scenario::ALL.into_iter().filter(|scenario| *scenario != Scenario::Happy) {
        let changed = parts(scenario).into_iter().zip(&happy).filter(|(now, then)| now.1 != then.1);
        let changed: Vec<Provider> = changed.map(|((provider, _), _)| provider).collect();
        assert_eq!(changed, scenario.providers(), "{scenario}");
    }
}

#[tokio::test]
async fn when_flaky_every_third_request_to_a_path_fails() {
    let rig = Rig::start(Scenario::Flaky);
    for path in ["/kyc/org_demo_a", "/kyc/org_demo_c"] {
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(rig.json(rig.get(path)).await.0.as_u16());
        }
        assert_eq!(seen, [200, 503, 200, 200, 503, 200], "{path}");
    }
}

#[tokio::test]
async fn when_slow_an_answer_comes_late_and_in_full() {
    let rig = Rig::start(Scenario::Slow);
    // Far longer than the patience of the client, on however busy a machine.
    rig.world().set_service(|service| service.slow_milliseconds = 60_000);
    let patience = std::time::Duration::from_millis(100);
    assert!(rig.get("/kyc/org_demo_a").timeout(patience).send().await.unwrap_err().is_timeout());
    rig.world().set_service(|service| service.slow_milliseconds = 1);
    assert_eq!(rig.json(rig.get("/kyc/org_demo_a")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn webhook_scenarios_reach_every_merchant() {
    for (scenario, status) in
        [(Scenario::WebhookDown, 503), (Scenario::WebhookUnverified, 200), (Scenario::Happy, 401)]
    {
        let rig = Rig::start(scenario);
        for merchant in ["org_demo_a", "flint", "billing-onboarding", "merchant-api", "invoice-link"] {
            let unsigned = rig.post(&format!("/m/{merchant}/webhook")).body("{}");
            assert_eq!(rig.json(unsigned).await.0.as_u16(), status, "{scenario}, {merchant}");
        }
    }
}

#[tokio::test]
async fn going_over_to_a_scenario_keeps_what_was_made_and_leaves_nothing_of_the_one_before() {
    let rig = Rig::start(Scenario::Happy);
    let happy = rig.world().snapshot();
    let order = json!({ "amount_money": { "amount": 1, "currency": "USD" } });
    let made = rig.json(rig.post("/flint/v1/orders").bearer_auth(FLINT.live_key).json(&order)).await.1;
    for scenario in Scenario::ALL {
        let (status, body) = rig.json(rig.post(&format!("/_rehearse/switch/{scenario}"))).await;
        assert_eq!((status, &body["scenario"]), (StatusCode::OK, &json!(scenario.word())));
    }
    rig.world().switch_to(Scenario::Happy);
    rig.world().finish_plot();
    let after = rig.world().snapshot();
    for part in ["service", "flint", "billing", "merchantApi", "invoiceLink", "shops"] {
        assert_eq!(after[part], happy[part], "{part}");
    }
    assert_eq!(after["merchants"]["org_demo_b"]["kyc"]["status"], "approved");
    let path = format!("/flint/v1/orders/{}", made["data"]["order_id"].as_str().unwrap());
    assert_eq!(rig.json(rig.get(&path).bearer_auth(FLINT.live_key)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn every_provider_can_be_switched_by_a_patch_or_not_at_all() {
    let rig = Rig::start(Scenario::Happy);
    let patch = json!({
        "flint": { "payouts": { "status": "blocked", "statusReason": "x" } },
        "shops": { "flint": { "webhook": "other_secret" } },
        "service": { "state": "down" },
    });
    rig.world().patch(&patch).unwrap();
    let snapshot = rig.world().snapshot();
    assert_eq!(snapshot["flint"]["payouts"]["status"], "blocked");
    assert_eq!(snapshot["shops"]["flint"]["webhook"], json!(WebhookState::OtherSecret));
    assert_eq!(snapshot["service"]["state"], json!(ServiceState::Down));
    for wrong in [
        json!({ "flint": { "payments": { "status": "fine" } }, "service": { "state": "up" } }),
        json!({ "shops": { "nobody": {} }, "service": { "state": "up" } }),
        json!({ "billing": { "state": "rich" }, "service": { "state": "up" } }),
    ] {
        let (status, body) = rig.json(rig.post("/_rehearse/state").json(&wrong)).await;
        assert_eq!((status, code(&body)), (StatusCode::UNPROCESSABLE_ENTITY, "bad_patch"));
        assert_eq!(rig.world().snapshot(), snapshot);
    }
}

#[test]
fn no_answer_of_the_control_panel_holds_a_key() {
    let rig = Rig::start(Scenario::Happy);
    let text = rig.world().snapshot().to_string();
    for key in
        [FLINT.live_key, FLINT.sandbox_webhook_secret, super::BILLING.token, super::MERCHANT_API.password]
    {
        assert!(!text.contains(key));
    }
}
