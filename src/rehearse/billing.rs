//! Billing onboarding. Its source names states and duties but no API, so this one is the stand-in's own:
//! onboarding, the states that billing can be in, the gate before keys, verification sessions that a bad
//! state pauses, the mapping of merchants to environments, alerts, and how recovery went.

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, Fault, Input};
use super::guard::{Caller, Mode, guard};
use super::hook_routes;
use super::provider::Provider;
use super::seed::BILLING;
use super::shelf::Shelf;
use super::world::{State, World};

const MAX_NAME: usize = 100;

/// Everything that can be switched about billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillingSwitches {
    /// How far the onboarding is.
    pub onboarding: BillingOnboarding,
    /// The default payment method.
    pub payment_method: PaymentMethod,
    /// The state of billing.
    pub state: BillingState,
}

/// How far the onboarding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingOnboarding {
    /// Something is still to be handed in.
    InProgress,
    /// It is being looked at.
    InReview,
    /// Done.
    Complete,
}

/// How the default payment method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// There is none.
    Missing,
    /// It was tried and works.
    Valid,
    /// The last charge did not go through.
    Failed,
}

/// The states that billing can be in. Only the first lets new sessions begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingState {
    /// Everything is paid.
    Active,
    /// An invoice was not paid in time.
    PastDue,
    /// A charge failed.
    PaymentFailed,
    /// Charges are tried again and reminders go out.
    Dunning,
}

impl BillingState {
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Active => None,
            Self::PastDue => Some("An invoice is past due"),
            Self::PaymentFailed => Some("The last charge failed"),
            Self::Dunning => Some("Charges are being tried again"),
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Active => "billing.recovered",
            Self::PastDue => "billing.past_due",
            Self::PaymentFailed => "billing.payment_failed",
            Self::Dunning => "billing.dunning",
        }
    }

    fn is_good(self) -> bool {
        match self {
            Self::Active => true,
            Self::PastDue | Self::PaymentFailed | Self::Dunning => false,
        }
    }
}

impl Default for BillingSwitches {
    fn default() -> Self {
        Self {
            onboarding: BillingOnboarding::Complete,
            payment_method: PaymentMethod::Valid,
            state: BillingState::Active,
        }
    }
}

/// Billing's side of the world.
#[derive(Debug, Clone)]
pub(super) struct Billing {
    pub(super) switches: BillingSwitches,
    since: Option<DateTime<Utc>>,
    interrupted: Option<DateTime<Utc>>,
    recovered: Option<DateTime<Utc>>,
    sessions: Shelf<String>,
    keys: Shelf<String>,
}

impl Billing {
    pub(super) fn new() -> Self {
        Self {
            switches: BillingSwitches::default(),
            since: None,
            interrupted: None,
            recovered: None,
            sessions: Shelf::new("ver"),
            keys: Shelf::new("bkey"),
        }
    }

    /// Moves the switches and notes when billing was interrupted and when it recovered. Gives the event
    /// to be sent when its state changed.
    pub(super) fn switch(&mut self, to: BillingSwitches, now: DateTime<Utc>) -> Option<&'static str> {
        let (before, after) = (self.switches.state, to.state);
        self.switches = to;
        if before == after {
            return None;
        }
        self.since = Some(now);
        match (before.is_good(), after.is_good()) {
            (true, false) => self.interrupted = Some(now),
            (false, true) => self.recovered = Some(now),
            (true, true) | (false, false) => {}
        }
        Some(after.event())
    }

    /// Whose key it is.
    pub(super) fn caller(&self, key: &str) -> Option<Caller> {
        let minted = self.keys.iter().find(|(_, minted)| *minted == key).map(|(id, _)| id);
        let key_id = if key == BILLING.token { Some("dashboard") } else { minted }?;
        Some(Caller { key_id: key_id.to_owned(), mode: Mode::Live, scopes: None })
    }

    fn eligible(&self) -> bool {
        self.switches.onboarding == BillingOnboarding::Complete
            && self.switches.payment_method == PaymentMethod::Valid
            && self.switches.state.is_good()
    }
}

/// The routes of the provider.
pub(super) fn routes(world: &World) -> Router<World> {
    let inner = Router::new()
        .route("/v1/billing/onboarding", get(onboarding))
        .route("/v1/billing/state", get(state))
        .route("/v1/billing/key", get(key))
        .route("/v1/billing/merchants", get(merchants))
        .route("/v1/billing/merchants/{id}", get(account))
        .route("/v1/billing/merchants/{id}/verifications/latest", get(latest))
        .route("/v1/billing/dashboards/{audience}", get(dashboard))
        .route("/v1/billing/alerts", get(alerts))
        .route("/v1/billing/recovery", get(recovery))
        .route("/v1/billing/api-keys", post(mint))
        .route("/v1/billing/verifications", post(verify))
        .route("/v1/billing/verifications/{id}", get(verification))
        .merge(hook_routes::routes(
            Provider::Billing,
            "/v1/billing/webhook-endpoints",
            "/v1/billing/webhook-events",
        ))
        .route_layer(from_fn_with_state((world.clone(), Provider::Billing), guard));
    Router::new().nest("/billing-onboarding", inner)
}

async fn onboarding(Shared(world): Shared<World>) -> Answer {
    world.state(|state| {
        let switches = &state.billing.switches;
        Answer::data(json!({
            "merchant_id": BILLING.merchant_id,
            "status": switches.onboarding,
            "legal_entity": { "name": BILLING.legal_entity, "country": "IE" },
            "billing_contact": { "name": BILLING.contact, "email": BILLING.contact_email },
            "default_payment_method": { "kind": "card", "status": switches.payment_method },
            "return_state": { "merchant_id": BILLING.merchant_id, "banner": "confirmed" },
        }))
    })
}

async fn state(Shared(world): Shared<World>) -> Answer {
    world.state(|state| {
        let billing = &state.billing;
        let good = billing.switches.state.is_good();
        Answer::data(json!({
            "merchant_id": BILLING.merchant_id,
            "state": billing.switches.state,
            "eligible": billing.eligible(),
            "new_sessions": if good { "allowed" } else { "paused" },
            "reason": billing.switches.state.reason(),
            "since": billing.since,
        }))
    })
}

async fn merchants() -> Answer {
    let one = |merchant: &str, environment: &str, region: &str| {
        json!({
            "merchant_id": merchant,
            "environment": environment,
            "products": ["verification"],
            "brand": BILLING.shop.name,
            "region": region,
            "policy": "identity-verification",
            "owner": "finance",
        })
    };
    Answer::data(json!([
        one(BILLING.merchant_id, "production", "EU"),
        one(BILLING.test_merchant_id, "test", "EU"),
    ]))
}

/// Everything about one merchant in one answer.
async fn account(Shared(world): Shared<World>, Path(id): Path<String>) -> Result<Answer, Fault> {
    own(&id)?;
    Ok(world.state(|state| {
        let switches = state.billing.switches.clone();
        let (usable, status) = match switches.payment_method {
            PaymentMethod::Missing => (false, "missing"),
            PaymentMethod::Valid => (true, "validated"),
            PaymentMethod::Failed => (true, "failed"),
        };
        let failed = state.hooks_of(Provider::Billing).events(Mode::Live).filter(|e| e.has_failed()).count();
        Answer::new(json!({
            "merchant_id": BILLING.merchant_id,
            "environment": "production",
            "legal_entity": BILLING.legal_entity,
            "billing_contact": BILLING.contact_email,
            "onboarding": switches.onboarding,
            "state": switches.state,
            "payment_method": { "default": usable, "kind": "card", "status": status },
            "webhooks": { "failed": failed },
        }))
    }))
}

async fn latest(Shared(world): Shared<World>, Path(id): Path<String>) -> Result<Answer, Fault> {
    own(&id)?;
    world.state(|state| {
        let newest = state.billing.sessions.iter().last().map(|(id, env)| (id.to_owned(), env.clone()));
        let (id, environment) = newest.ok_or_else(no_verification)?;
        let reconciled = is_reconciled(state, &id);
        Ok(Answer::new(session(&id, &environment, reconciled)))
    })
}

/// Whose key it is that asks.
async fn key(Extension(caller): Extension<Caller>) -> Answer {
    Answer::new(json!({
        "api_key_id": caller.key_id,
        "merchant_id": BILLING.merchant_id,
        "environment": "production",
    }))
}

fn own(id: &str) -> Result<(), Fault> {
    if id == BILLING.merchant_id {
        return Ok(());
    }
    let message = "There is no such merchant for this key";
    Err(Fault::new(StatusCode::NOT_FOUND, "merchant_not_found", message))
}

async fn dashboard(Shared(world): Shared<World>, Path(audience): Path<String>) -> Result<Answer, Fault> {
    if !["finance", "engineering", "support"].contains(&audience.as_str()) {
        let message = "There are dashboards for finance, engineering and support";
        return Err(Fault::new(StatusCode::NOT_FOUND, "dashboard_not_found", message));
    }
    Ok(world.state(|state| {
        let switches = &state.billing.switches;
        Answer::data(json!({
            "audience": audience,
            "onboarding_status": switches.onboarding,
            "billing_state": switches.state,
        }))
    }))
}

async fn alerts() -> Answer {
    let alert = |state: BillingState| {
        json!({
            "alert": state.event(),
            "enabled": true,
            "notifies": ["finance-operations", "platform-engineering"],
        })
    };
    let states = [BillingState::PastDue, BillingState::PaymentFailed, BillingState::Dunning];
    Answer::data(states.map(alert).to_vec().into())
}

async fn recovery(Shared(world): Shared<World>) -> Answer {
    world.state(|state| {
        let billing = &state.billing;
        Answer::data(json!({
            "ready": billing.switches.state.is_good(),
            "last_interruption": billing.interrupted,
            "last_recovered": billing.recovered,
        }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    name: String,
}

async fn mint(Shared(world): Shared<World>, Input(body): Input<Mint>) -> Result<Answer, Fault> {
    if body.name.is_empty() || body.name.len() > MAX_NAME {
        let message = "A name has 1 to 100 characters";
        return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "name_invalid", message));
    }
    world.state(|state| {
        if !state.billing.eligible() {
            let message = "Keys are given out once onboarding is complete and billing is in order";
            return Err(Fault::new(StatusCode::CONFLICT, "billing_not_ready", message));
        }
        let key = format!("billing_live_rehearsal{}", state.billing.keys.next_number());
        let id = state.billing.keys.put(key.clone());
        Ok(Answer::created(json!({
            "api_key_id": id,
            "api_key": key,
            "name": body.name,
            "merchant_id": BILLING.merchant_id,
        })))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSession {
    environment: Environment,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Environment {
    Test,
    Production,
}

impl Environment {
    fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

async fn verify(
    Shared(world): Shared<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<NewSession>,
) -> Result<Answer, Fault> {
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        if !state.billing.switches.state.is_good() {
            let message = "New verifications are paused until billing is in order again";
            return Err(Fault::new(StatusCode::PAYMENT_REQUIRED, "billing_paused", message));
        }
        let environment = body.environment.word();
        let id = state.billing.sessions.put(environment.to_owned());
        let answer = session(&id, environment, false);
        let hooks = state.hooks_of(Provider::Billing);
        Ok((answer.clone(), hooks.parcels(caller.mode, "verification.completed", &id, &answer, now)))
    })?;
    world.send_all(Provider::Billing, parcels);
    Ok(Answer::created(answer))
}

async fn verification(Shared(world): Shared<World>, Path(id): Path<String>) -> Result<Answer, Fault> {
    world.state(|state| {
        let reconciled = is_reconciled(state, &id);
        let environment = state.billing.sessions.get(&id).ok_or_else(no_verification)?;
        Ok(Answer::data(session(&id, environment, reconciled)))
    })
}

/// Whether the merchant's webhook endpoint has taken in the event about a session.
fn is_reconciled(state: &mut State, session: &str) -> bool {
    let mut events = state.hooks_of(Provider::Billing).events(Mode::Live);
    events.any(|event| event.object == session && event.is_delivered())
}

fn no_verification() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "verification_not_found", "There is no such verification")
}

fn session(id: &str, environment: &str, reconciled: bool) -> Value {
    json!({
        "verification_id": id,
        "status": "completed",
        "environment": environment,
        "merchant_id": BILLING.merchant_id,
        "reconciled": reconciled,
    })
}
