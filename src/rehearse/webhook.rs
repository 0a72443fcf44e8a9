//! A merchant's webhook endpoint: takes deliveries that are signed, refuses all others, and tells what it
//! took in. How each provider signs, and what an endpoint makes of a delivery, is in [`signing`].
//!
//! [`signing`]: super::signing

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};

use super::answer::{Answer, Fault, Raw};
use super::merchant::{Delivery, DeliveryOutcome};
use super::provider::Provider;
use super::shop::Received;
use super::signing::{Scheme, delivery_id, standard_secret};
use super::switches::WebhookState;
use super::world::World;

/// The routes of the endpoint.
pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/m/{merchant}/webhook", get(health).post(receive))
        .route("/m/{merchant}/received", get(received))
}

async fn health(State(world): State<World>, Path(merchant): Path<String>) -> Result<Answer, Fault> {
    let state = world.state(|state| {
        let of_merchant = state.merchants.get(merchant.as_str()).map(|m| m.switches().webhook);
        of_merchant.or_else(|| state.shops.get(merchant.as_str()).map(|shop| shop.switches.webhook))
    });
    up(state.ok_or_else(nobody)?)?;
    Ok(Answer::new(json!({ "status": "ok" })))
}

/// What the merchant's own handler took in, newest first: its side of the story.
async fn received(State(world): State<World>, Path(merchant): Path<String>) -> Result<Answer, Fault> {
    world.state(|state| {
        let shop = state.shops.get(merchant.as_str()).ok_or_else(nobody)?;
        let mut told: Vec<Value> = shop.deliveries().map(told).collect();
        told.reverse();
        Ok(Answer::data(told.into()))
    })
}

fn told(received: &Received) -> Value {
    let body: Value = serde_json::from_slice(&received.delivery.body).unwrap_or(Value::Null);
    json!({
        "id": received.id,
        "type": body["type"],
        "object_id": body["object_id"],
        "outcome": received.delivery.outcome,
        "at": received.delivery.at,
    })
}

async fn receive(
    State(world): State<World>,
    Path(merchant): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Answer, Fault> {
    let now = world.now();
    world.state(|state| {
        if let Some(merchant) = state.merchants.get_mut(merchant.as_str()) {
            let secret = merchant.seed.webhook_secret;
            let outcome = outcome(merchant.switches().webhook, secret, |secret| {
                Scheme::of(Provider::PaymentsAi).judge(secret, &headers, &body, now)
            })?;
            merchant.delivered(Delivery { at: now, outcome, body: kept(outcome, &body) });
            return answer(outcome);
        }
        let shop = state.shops.get_mut(merchant.as_str()).ok_or_else(nobody)?;
        let id = delivery_id(&headers);
        let mut outcome = outcome(shop.switches.webhook, shop.secret(), |secret| {
            shop.scheme.judge(secret, &headers, &body, now)
        })?;
        if outcome == DeliveryOutcome::Accepted && id.as_deref().is_some_and(|id| shop.knows(id)) {
            outcome = DeliveryOutcome::Duplicate;
        }
        let delivery = Delivery { at: now, outcome, body: kept(outcome, &body) };
        shop.received(Received { delivery, id });
        answer(outcome)
    })
}

/// What becomes of a delivery at an endpoint in this state.
fn outcome(
    state: WebhookState,
    secret: &str,
    judge: impl FnOnce(&str) -> DeliveryOutcome,
) -> Result<DeliveryOutcome, Fault> {
    up(state)?;
    Ok(match state {
        WebhookState::Up | WebhookState::Down => judge(secret),
        WebhookState::Unverified => DeliveryOutcome::Unverified,
        WebhookState::OtherSecret => judge(&standard_secret("a secret of another endpoint")),
    })
}

/// What is kept of a body: nothing of one that was refused.
fn kept(outcome: DeliveryOutcome, body: &[u8]) -> Vec<u8> {
    match outcome {
        DeliveryOutcome::Accepted | DeliveryOutcome::Unverified | DeliveryOutcome::Duplicate => body.to_vec(),
        DeliveryOutcome::Unsigned
        | DeliveryOutcome::Malformed
        | DeliveryOutcome::Stale
        | DeliveryOutcome::Wrong => Vec::new(),
    }
}

fn answer(outcome: DeliveryOutcome) -> Result<Answer, Fault> {
    let (code, message) = match outcome {
        DeliveryOutcome::Accepted | DeliveryOutcome::Unverified => {
            return Ok(Answer::new(json!({ "received": true })));
        }
        DeliveryOutcome::Duplicate => {
            return Ok(Answer::new(json!({ "received": true, "duplicate": true })));
        }
        DeliveryOutcome::Unsigned => ("signature_missing", "The delivery is not signed"),
        DeliveryOutcome::Malformed => ("signature_malformed", "The signature cannot be read"),
        DeliveryOutcome::Stale => {
            ("signature_stale", "The delivery was not signed within five minutes of now")
        }
        DeliveryOutcome::Wrong => ("signature_wrong", "The signature does not match the body"),
    };
    Err(Fault::unauthorized(code, message, "Signature"))
}

fn up(state: WebhookState) -> Result<(), Fault> {
    match state {
        WebhookState::Up | WebhookState::Unverified | WebhookState::OtherSecret => Ok(()),
        WebhookState::Down => {
            Err(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The endpoint is down"))
        }
    }
}

fn nobody() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "organization_not_found", "There is no such organisation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::testing::{Rig, code};
    use crate::rehearse::{SIGNATURE_HEADER, Scenario, signature};

    const SECRET: &str = "webhook_demo_a";
    const BODY: &str = r#"{"event":"payment.approved"}"#;

    fn delivery(rig: &Rig, header: Option<String>, body: &'static str) -> reqwest::RequestBuilder {
        let request = rig.post("/m/org_demo_a/webhook").body(body);
        match header {
            Some(header) => request.header(SIGNATURE_HEADER, header),
            None => request,
        }
    }

    #[tokio::test]
    async fn a_signed_delivery_is_accepted_and_kept() {
        let rig = Rig::start(Scenario::Happy);
        let header = signature(SECRET, BODY.as_bytes());
        let (status, body) = rig.json(delivery(&rig, Some(header), BODY)).await;
        assert_eq!((status, &body["received"]), (StatusCode::OK, &json!(true)));
        let kept = rig.world().deliveries("org_demo_a");
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].outcome, kept[0].body.as_slice()), (DeliveryOutcome::Accepted, BODY.as_bytes()));
        assert!(rig.world().deliveries("org_demo_c").is_empty());
    }

    #[tokio::test]
    async fn an_unsigned_altered_or_unreadable_delivery_is_refused() {
        let rig = Rig::start(Scenario::Happy);
        let good = signature(SECRET, BODY.as_bytes());
        for (header, body, word) in [
            (None, BODY, "signature_missing"),
            (Some(good.clone()), "{}", "signature_wrong"),
            (Some(signature("webhook_demo_c", BODY.as_bytes())), BODY, "signature_wrong"),
            (Some("00".to_owned()), BODY, "signature_wrong"),
            (Some("xyz".to_owned()), BODY, "signature_malformed"),
            (Some(format!("v1={good}")), BODY, "signature_malformed"),
            (Some(String::new()), BODY, "signature_malformed"),
            (Some("00".repeat(600)), BODY, "signature_malformed"),
        ] {
            let (status, answer) = rig.json(delivery(&rig, header.clone(), body)).await;
            assert_eq!((status, code(&answer)), (StatusCode::UNAUTHORIZED, word), "{header:?}");
        }
        assert!(rig.world().deliveries("org_demo_a").iter().all(|d| d.body.is_empty()));
    }

    #[tokio::test]
    async fn health_follows_the_switch_of_that_merchant() {
        let rig = Rig::start(Scenario::Happy);
        assert_eq!(rig.json(rig.get("/m/org_demo_a/webhook")).await.0, StatusCode::OK);
        rig.world().set("org_demo_a", |s| s.webhook = WebhookState::Down).unwrap();
        assert_eq!(rig.json(rig.get("/m/org_demo_a/webhook")).await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(rig.json(delivery(&rig, None, BODY)).await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(rig.json(rig.get("/m/org_demo_c/webhook")).await.0, StatusCode::OK);
        assert_eq!(rig.json(rig.get("/m/org_nobody/webhook")).await.0, StatusCode::NOT_FOUND);
    }
}
