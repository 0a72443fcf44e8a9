use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::rehearse::testing::{Rig, code};
use crate::rehearse::{MERCHANT_API, Provider, Scenario};

async fn post(rig: &Rig, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    rig.json(rig.post(&format!("/merchant-api/{path}")).bearer_auth(token).json(&body)).await
}

async fn get(rig: &Rig, token: &str, path: &str) -> (StatusCode, Value) {
    rig.json(rig.get(&format!("/merchant-api/{path}")).bearer_auth(token)).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The first four calls of the source; gives the token.
async fn up_to_the_organisation(rig: &Rig) -> String {
    let account = json!({ "email": "new@rehearsal.example", "password": "long enough", "name": "New" });
    let (status, made) =
        rig.json(rig.post("/merchant-api/authentication/sign-up/email").json(&account)).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let sign_in = json!({ "email": "new@rehearsal.example", "password": "long enough" });
    let response =
        rig.post("/merchant-api/authentication/sign-in/email").json(&sign_in).send().await.unwrap();
    let header = response.headers()["set-auth-token"].to_str().unwrap().to_owned();
    let token = text(&response.json::<Value>().await.unwrap()["token"]);
    assert_eq!(header, token);
    let organization = json!({ "name": "New shop", "slug": "new-shop" });
    let made = post(rig, &token, "authentication/organization/create", organization).await.1;
    let active = json!({ "organizationId": made["id"] });
    assert_eq!(post(rig, &token, "authentication/organization/set-active", active).await.0, StatusCode::OK);
    token
}

#[tokio::test]
async fn the_six_calls_each_use_what_the_one_before_gave() {
    let rig = Rig::start(Scenario::Happy);
    let token = up_to_the_organisation(&rig).await;
    let (_, customer) = post(&rig, &token, "customers", json!({ "email": "c@shop.example" })).await;
    let id = text(&customer["id"]);
    assert_eq!(get(&rig, &token, &format!("customers/{id}")).await.1["customer"]["email"], "c@shop.example");
    assert_eq!(get(&rig, &token, "customers").await.1["data"].as_array().unwrap().len(), 1);
    let session = json!({ "amount": 1250, "currency": "USD", "customerId": id });
    let (_, made) = post(&rig, &token, "checkout/sessions", session).await;
    assert_eq!(made["status"], "open");
    let page = rig.client().get(text(&made["sessionUrl"])).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let session = text(&made["id"]);
    let (_, after) = get(&rig, &token, &format!("checkout/sessions/{session}")).await;
    assert_eq!((&after["status"], &after["paymentStatus"]), (&json!("complete"), &json!("paid")));
    let (_, intents) = get(&rig, &token, &format!("payment-intents?sessionId={session}")).await;
    assert_eq!(intents["data"][0]["status"], "paid");
    let intent = text(&intents["data"][0]["id"]);
    assert_eq!(get(&rig, &token, &format!("payment-intents/{intent}")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_customer_can_be_given_made_along_or_left_out() {
    let rig = Rig::start(Scenario::Happy);
    let token = up_to_the_organisation(&rig).await;
    let inline = json!({ "amount": 1, "currency": "USD", "customer": { "email": "i@shop.example" } });
    let made = post(&rig, &token, "checkout/sessions", inline).await.1;
    assert_eq!(
        get(&rig, &token, &format!("customers/{}", text(&made["customerId"]))).await.0,
        StatusCode::OK
    );
    let without = json!({ "amount": 1, "currency": "USD" });
    assert_eq!(post(&rig, &token, "checkout/sessions", without).await.1["customerId"], Value::Null);
    assert_eq!(get(&rig, &token, "customers").await.1["data"].as_array().unwrap().len(), 1);
    let unknown = json!({ "amount": 1, "currency": "USD", "customerId": "cus_none" });
    assert_eq!(post(&rig, &token, "checkout/sessions", unknown).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reference_that_comes_again_makes_no_second_session() {
    let rig = Rig::start(Scenario::Happy);
    let token = up_to_the_organisation(&rig).await;
    let session = |amount: u64| {
        let body = json!({ "amount": amount, "currency": "USD", "metadata": { "reference": "order-1" } });
        post(&rig, &token, "checkout/sessions", body)
    };
    let first = session(100).await.1;
    assert_eq!(session(100).await.1["id"], first["id"]);
    let (status, body) = session(200).await;
    assert_eq!((status, code(&body)), (StatusCode::CONFLICT, "REFERENCE_REUSED"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let rig = Rig::start(Scenario::Happy);
    for path in ["customers", "checkout/sessions/none", "payment-intents"] {
        let (status, _) = rig.json(rig.get(&format!("/merchant-api/{path}"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let sign_in = |password: &str| {
        let body = json!({ "email": MERCHANT_API.email, "password": password });
        rig.json(rig.post("/merchant-api/authentication/sign-in/email").json(&body))
    };
    let (status, body) = sign_in("wrong").await;
    assert_eq!((status, code(&body)), (StatusCode::UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD"));
    let token = text(&sign_in(MERCHANT_API.password).await.1["token"]);
    let (status, body) = get(&rig, &token, "customers").await;
    assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, "NO_ACTIVE_ORGANIZATION"));
    let twice = json!({ "email": MERCHANT_API.email, "password": "long enough" });
    let (status, _) = rig.json(rig.post("/merchant-api/authentication/sign-up/email").json(&twice)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = up_to_the_organisation(&rig).await;
    let foreign = json!({ "organizationId": "org_rehearsal1" });
    let (status, _) = post(&rig, &token, "authentication/organization/set-active", foreign).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for amount in [json!(0), json!(12.5), json!(-3), json!("12")] {
        let body = json!({ "amount": amount, "currency": "USD" });
        let (status, _) = post(&rig, &other, "checkout/sessions", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{amount}");
    }
}

#[tokio::test]
async fn a_declined_card_ends_the_session_and_the_merchant_hears_of_it() {
    let rig = Rig::start(Scenario::PaymentFailed);
    let token = up_to_the_organisation(&rig).await;
    let url = rig.simulator().places(Provider::MerchantApi).webhook;
    assert_eq!(post(&rig, &token, "webhooks", json!({ "url": url })).await.0, StatusCode::CREATED);
    let made = post(&rig, &token, "checkout/sessions", json!({ "amount": 1, "currency": "USD" })).await.1;
    let path = format!("checkout/sessions/{}", text(&made["id"]));
    assert_eq!(get(&rig, &token, &path).await.1["paymentStatus"], "failed");
    rig.until("/m/merchant-api/received", |body| body["data"][0]["outcome"] == "accepted").await;
}
