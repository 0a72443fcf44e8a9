//! Onboarding, keys, readiness, capabilities and payment options.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Fault, Input};
use super::super::guard::{Caller, Mode};
use super::super::money::Money;
use super::super::seed::FLINT;
use super::super::world::World;
use super::state::{AxisStatus, MintedKey};

const MAX_SCOPES: usize = 50;
const MAX_TEXT: usize = 100;

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/v1/onboarding/state", get(onboarding))
        .route("/v1/onboarding/advance", post(advance))
        .route("/v1/api-keys", get(keys).post(mint))
        .route("/v1/api-keys/{id}/revoke", post(revoke))
        .route("/v1/merchants/{id}/readiness", get(readiness))
        .route("/v1/capabilities", get(capabilities))
        .route("/v1/payment-options/resolve", post(payment_options))
}

async fn onboarding(State(world): State<World>) -> Answer {
    world.state(|state| Answer::data(state.flint.switches.onboarding.shown()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    step: Option<String>,
}

async fn advance(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Advance>,
) -> Result<Answer, Fault> {
    caller.may("onboarding.write")?;
    let conflict = |code, message: &'static str| Err(Fault::new(StatusCode::CONFLICT, code, message));
    world.state(|state| {
        let onboarding = &mut state.flint.switches.onboarding;
        if body.step.is_some_and(|step| onboarding.next_step() != Some(step.as_str())) {
            return conflict("wrong_step", "Another step is next: see next_step");
        }
        let Some(further) = onboarding.advanced() else {
            return conflict("in_review", "Everything is handed in and being looked at");
        };
        *onboarding = further;
        Ok(Answer::data(onboarding.shown()))
    })
}

async fn keys(State(world): State<World>, Extension(caller): Extension<Caller>) -> Result<Answer, Fault> {
    caller.may("api_keys.read")?;
    Ok(world.state(|state| {
        let keys = state.flint.keys.iter().filter(|(_, key)| key.mode == caller.mode);
        Answer::data(keys.map(|(id, key)| shown(id, key)).collect())
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    sandbox_id: Option<String>,
}

async fn mint(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Mint>,
) -> Result<Answer, Fault> {
    caller.may("api_keys.write")?;
    let unprocessable =
        |code, message: &'static str| Fault::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    if caller.mode == Mode::Live && body.sandbox_id.is_some() {
        return Err(unprocessable("sandbox_in_live_mode", "A live caller gives no sandbox_id"));
    }
    let long = |text: &String| text.len() > MAX_TEXT;
    if long(&body.name) || body.scopes.len() > MAX_SCOPES || body.scopes.iter().any(long) {
        return Err(unprocessable("too_much", "Too many scopes, or too long a text"));
    }
    world.state(|state| {
        let n = state.flint.keys.next_number();
        let secret = format!("flint_{}_rehearsalminted{n}", caller.mode.word());
        let key = MintedKey {
            secret: secret.clone(),
            name: body.name,
            scopes: body.scopes,
            mode: caller.mode,
            revoked: false,
        };
        let id = state.flint.keys.put(key.clone());
        let mut told = shown(&id, &key);
        told["secret_key"] = Value::String(secret);
        Ok(Answer::created(told))
    })
}

async fn revoke(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("api_keys.write")?;
    world.state(|state| {
        let key = state.flint.keys.get_mut(&id).filter(|key| key.mode == caller.mode);
        let key = key.ok_or_else(|| unknown("api_key_not_found", "There is no such key in this mode"))?;
        key.revoked = true;
        Ok(Answer::data(shown(&id, key)))
    })
}

/// A key without what it opens with.
fn shown(id: &str, key: &MintedKey) -> Value {
    json!({
        "api_key_id": id,
        "name": key.name,
        "scopes": key.scopes,
        "mode": key.mode,
        "revoked": key.revoked,
        "merchant_id": FLINT.merchant_id,
    })
}

async fn readiness(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("merchants.read")?;
    if id != FLINT.merchant_id {
        return Err(unknown("merchant_not_found", "There is no such merchant for this key"));
    }
    let now = world.now();
    Ok(world.state(|state| {
        let switches = &state.flint.switches;
        Answer::data(json!({
            "merchant_id": FLINT.merchant_id,
            "business_name": FLINT.shop.name,
            "payments": switches.payments.shown(),
            "payouts": switches.payouts.shown(),
            "requirements": switches.requirements.shown(),
            "observed_at": now,
        }))
    }))
}

async fn capabilities(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
) -> Result<Answer, Fault> {
    caller.may("merchants.read")?;
    Ok(world.state(|state| {
        let switches = &state.flint.switches;
        let one = |name: &str, status: AxisStatus| json!({ "capability": name, "status": status });
        let (payments, payouts) = (switches.payments.status, switches.payouts.status);
        Answer::data(json!([
            one("card_payments", payments),
            one("wallet_payments", payments),
            one("bank_payouts", payouts),
            one("instant_payouts", payouts),
        ]))
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    amount_money: Money,
    country: String,
}

async fn payment_options(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Options>,
) -> Result<Answer, Fault> {
    caller.may("merchants.read")?;
    body.amount_money.check()?;
    if body.country.len() != 2 || !body.country.bytes().all(|b| b.is_ascii_uppercase()) {
        let message = "The country has two capital letters";
        return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "country_invalid", message));
    }
    Ok(world.state(|state| {
        let methods: &[&str] = match state.flint.switches.payments.status {
            AxisStatus::Ready => &["card", "apple_pay", "google_pay"],
            AxisStatus::Pending | AxisStatus::Blocked | AxisStatus::NotAvailable => &[],
        };
        Answer::data(json!({
            "amount_money": body.amount_money,
            "country": body.country,
            "payment_options": methods,
        }))
    }))
}

fn unknown(code: &'static str, message: &'static str) -> Fault {
    Fault::new(StatusCode::NOT_FOUND, code, message)
}
