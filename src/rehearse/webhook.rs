//! A merchant's webhook endpoint: takes deliveries that are signed and fresh, refuses all others, and
//! tells what it took in. The merchants of PaymentsAI verify as below, the others as [`signing`] says.
//!
//! [`signing`]: super::signing
//!
//! The signature is over the bytes that were sent, `<time>.<body>`, with HMAC-SHA256 (RFC 2104), in the
//! header [`SIGNATURE_HEADER`]: `t=<seconds since 1970>,v1=<64 hexadecimal characters>`. While a secret
//! is being rotated there may be several `v1`; one good one is enough.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::answer::{Answer, Fault, Raw};
use super::merchant::{Delivery, DeliveryOutcome};
use super::shop::Received;
use super::signing::{delivery_id, standard_secret};
use super::switches::WebhookState;
use super::world::World;

/// The header of the signature.
pub const SIGNATURE_HEADER: &str = "x-pai-signature";

/// A delivery signed longer ago than this, or further in the future, is stale: five minutes, in seconds.
pub(super) const TOLERANCE: u64 = 300;
/// More signatures than this in one header are no rotation.
const MAX_SIGNATURES: usize = 4;
const MAX_HEADER: usize = 512;

/// The value of the signature header for a body sent at a time.
pub fn signature(secret: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let seconds = at.timestamp();
    let digest = mac(secret, seconds, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("t={seconds},v1={}", digest.unwrap_or_default())
}

/// HMAC takes a key of any length, so there always is one; the type does not say so.
fn mac(secret: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// What a delivery with this header and body is.
pub(super) fn judge(secret: &str, header: Option<&str>, body: &[u8], now: DateTime<Utc>) -> DeliveryOutcome {
    let Some(header) = header else {
        return DeliveryOutcome::Unsigned;
    };
    let Some(Signed { seconds, signatures }) = parse(header) else {
        return DeliveryOutcome::Malformed;
    };
    let good = |signature: &Vec<u8>| {
        mac(secret, seconds, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    };
    if !signatures.iter().any(good) {
        DeliveryOutcome::Wrong
    } else if seconds.abs_diff(now.timestamp()) > TOLERANCE {
        DeliveryOutcome::Stale
    } else {
        DeliveryOutcome::Accepted
    }
}

struct Signed {
    seconds: i64,
    signatures: Vec<Vec<u8>>,
}

fn parse(header: &str) -> Option<Signed> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let mut seconds = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", value) if seconds.is_none() => seconds = Some(value.parse().ok()?),
            ("v1", value) if signatures.len() < MAX_SIGNATURES => signatures.push(hex::decode(value).ok()?),
            _ => return None,
        }
    }
    if signatures.is_empty() { None } else { Some(Signed { seconds: seconds?, signatures }) }
}

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
            // A header that is no text is a header that cannot be read, not a missing one.
            let header = headers.get(SIGNATURE_HEADER).map(|value| value.to_str().unwrap_or_default());
            let outcome =
                outcome(merchant.switches().webhook, secret, |secret| judge(secret, header, &body, now))?;
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
    use chrono::TimeDelta;

    use super::*;
    use crate::rehearse::Scenario;
    use crate::rehearse::testing::{Rig, code};

    const SECRET: &str = "webhook_demo_a";
    const BODY: &str = r#"{"event":"payment.approved"}"#;

    fn delivery(rig: &Rig, header: Option<String>, body: &'static str) -> reqwest::RequestBuilder {
        let request = rig.post("/m/org_demo_a/webhook").body(body);
        match header {
            Some(header) => request.header(SIGNATURE_HEADER, header),
            None => request,
        }
    }

    #[test]
    fn the_signature_is_the_hmac_of_time_dot_body() {
        // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac webhook_demo_a`.
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(
            signature(SECRET, at, b"{}"),
            "t=1700000000,v1=8ded7e749ee78661b82fd5a00a8d0a8b3c904ad2fcc35db99895fb0ec0a59c92"
        );
    }

    #[tokio::test]
    async fn a_signed_delivery_is_accepted_and_kept() {
        let rig = Rig::start(Scenario::Happy);
        let header = signature(SECRET, rig.world().now(), BODY.as_bytes());
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
        let now = rig.world().now();
        let good = signature(SECRET, now, BODY.as_bytes());
        let (time, hmac) = good.split_once(',').unwrap();
        let later = (now + TimeDelta::seconds(1)).timestamp();
        for (header, body, word) in [
            (None, BODY, "signature_missing"),
            (Some(good.clone()), "{}", "signature_wrong"),
            (Some(signature("webhook_demo_c", now, BODY.as_bytes())), BODY, "signature_wrong"),
            (Some(format!("t={later},{hmac}")), BODY, "signature_wrong"),
            (Some(format!("{time},v1=00")), BODY, "signature_wrong"),
            (Some(time.to_owned()), BODY, "signature_malformed"),
            (Some(hmac.to_owned()), BODY, "signature_malformed"),
            (Some(format!("{time},v1=xyz")), BODY, "signature_malformed"),
            (Some(format!("{time},{time},{hmac}")), BODY, "signature_malformed"),
            (Some(String::new()), BODY, "signature_malformed"),
            (Some(format!("{time},{}", vec!["v1=00"; 90].join(","))), BODY, "signature_malformed"),
        ] {
            let (status, answer) = rig.json(delivery(&rig, header.clone(), body)).await;
            assert_eq!((status, code(&answer)), (StatusCode::UNAUTHORIZED, word), "{header:?}");
        }
        assert!(rig.world().deliveries("org_demo_a").iter().all(|d| d.body.is_empty()));
    }

    #[tokio::test]
    async fn a_delivery_signed_more_than_five_minutes_off_is_stale() {
        let rig = Rig::start(Scenario::Happy);
        let now = rig.world().now();
        for (seconds, status) in [
            (-301, StatusCode::UNAUTHORIZED),
            (-300, StatusCode::OK),
            (300, StatusCode::OK),
            (301, StatusCode::UNAUTHORIZED),
        ] {
            let header = signature(SECRET, now + TimeDelta::seconds(seconds), BODY.as_bytes());
            assert_eq!(rig.json(delivery(&rig, Some(header), BODY)).await.0, status, "{seconds}");
        }
        let header = format!("t={},v1={}", i64::MIN, "00".repeat(32));
        assert_eq!(rig.json(delivery(&rig, Some(header), BODY)).await.0, StatusCode::UNAUTHORIZED);
    }

    #[tokio::test]
    async fn while_a_secret_is_rotated_one_good_signature_is_enough() {
        let rig = Rig::start(Scenario::Happy);
        let good = signature(SECRET, rig.world().now(), BODY.as_bytes());
        let header = good.replace(",v1=", &format!(",v1={},v1=", "00".repeat(32)));
        assert_eq!(rig.json(delivery(&rig, Some(header), BODY)).await.0, StatusCode::OK);
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
