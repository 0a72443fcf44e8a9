//! Checkout sessions and payment intents, and what the buyer does.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::answer::{Answer, Fault, Input};
use super::super::flint::Buyer;
use super::super::guard::Caller;
use super::super::money::Money;
use super::super::pay::link;
use super::super::provider::Provider;
use super::super::world::World;
use super::people::{NewCustomer, active, short, unprocessable};
use super::state::Checkout;
use crate::domain::digest::Digest;

const MAX_METADATA: usize = 20;

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/checkout/sessions", post(create))
        .route("/checkout/sessions/{id}", get(one))
        .route("/payment-intents", get(intents))
        .route("/payment-intents/{id}", get(intent))
}

/// What is asked for. A customer can be given by id, made along with it, or left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewCheckout {
    amount: u64,
    currency: String,
    success_url: Option<String>,
    cancel_url: Option<String>,
    customer_id: Option<String>,
    customer: Option<NewCustomer>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// What makes two requests the same.
#[derive(Serialize)]
struct Told<'b> {
    money: &'b Money,
    customer: &'b Option<String>,
    metadata: &'b BTreeMap<String, String>,
}

async fn create(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Input(body): Input<NewCheckout>,
) -> Result<Answer, Fault> {
    let money = Money { amount: body.amount, currency: body.currency };
    money.check()?;
    for text in [&body.success_url, &body.cancel_url].into_iter().flatten() {
        short(text)?;
    }
    if body.metadata.len() > MAX_METADATA {
        return Err(unprocessable("TOO_MUCH_METADATA", "Metadata has at most 20 entries"));
    }
    for text in body.metadata.iter().flat_map(|(key, value)| [key, value]) {
        short(text)?;
    }
    if let Some(customer) = &body.customer {
        customer.check()?;
        if body.customer_id.is_some() {
            return Err(unprocessable("TWO_CUSTOMERS", "Give customerId or customer, not both"));
        }
    }
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        let api = &mut state.merchant_api;
        let organization = active(api, &caller)?;
        let told = Told { money: &money, customer: &body.customer_id, metadata: &body.metadata };
        let request = Digest::of(&serde_json::to_vec(&told).unwrap_or_default());
        let reference = body.metadata.get("reference").cloned();
        let same = api.checkouts.iter().find(|(_, checkout)| {
            reference.is_some() && checkout.organization == organization && checkout.reference == reference
        });
        if let Some((id, checkout)) = same {
            if checkout.request == request {
                return Ok((shown(id, checkout), Vec::new()));
            }
            let message = "This reference was used for another session";
            return Err(Fault::new(StatusCode::CONFLICT, "REFERENCE_REUSED", message));
        }
        let customer = match (body.customer_id, body.customer) {
            (Some(id), _) => {
                if api.customers.get(&id).is_none_or(|c| c.organization != organization) {
                    let message = "There is no such customer";
                    return Err(Fault::new(StatusCode::NOT_FOUND, "CUSTOMER_NOT_FOUND", message));
                }
                Some(id)
            }
            (None, Some(customer)) => Some(api.customers.put(customer.of(&organization))),
            (None, None) => None,
        };
        let (status, payment, event) = match api.switches.buyer {
            Buyer::Pays => ("complete", "paid", Some("checkout.session.completed")),
            Buyer::Declined => ("failed", "failed", Some("checkout.session.failed")),
            Buyer::Waits | Buyer::Late => ("open", "unpaid", None),
        };
        let checkout = Checkout {
            organization,
            money,
            customer,
            status: "open",
            payment: "unpaid",
            reference,
            request,
            metadata: body.metadata,
            intent: format!("pi_rehearsal{}", api.checkouts.next_number()),
            link: link(Provider::MerchantApi, &headers, "{id}"),
        };
        let id = api.checkouts.put(checkout.clone());
        let answer = shown(&id, &checkout);
        let mut data = Value::Null;
        if let Some(checkout) = api.checkouts.get_mut(&id) {
            (checkout.status, checkout.payment) = (status, payment);
            data = shown(&id, checkout);
        }
        let hooks = state.hooks_of(Provider::MerchantApi);
        let parcels = event.map_or_else(Vec::new, |event| hooks.parcels(caller.mode, event, &id, &data, now));
        Ok((answer, parcels))
    })?;
    world.send_all(Provider::MerchantApi, parcels);
    Ok(Answer::new(answer))
}

async fn one(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let checkout = state.merchant_api.checkouts.get(&id).filter(|c| c.organization == organization);
        checkout.map(|checkout| Answer::new(shown(&id, checkout))).ok_or_else(|| {
            Fault::new(StatusCode::NOT_FOUND, "SESSION_NOT_FOUND", "There is no such checkout session")
        })
    })
}

async fn intent(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let found = state.merchant_api.checkouts.iter().find(|(_, c)| c.intent == id);
        found
            .filter(|(_, checkout)| checkout.organization == organization)
            .map(|(session, checkout)| Answer::new(intent_shown(session, checkout)))
            .ok_or_else(|| {
                let message = "There is no such payment intent";
                Fault::new(StatusCode::NOT_FOUND, "PAYMENT_INTENT_NOT_FOUND", message)
            })
    })
}

#[derive(Deserialize)]
struct About {
    #[serde(rename = "sessionId")]
    session_id: Option<String>,
}

async fn intents(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Query(about): Query<About>,
) -> Result<Answer, Fault> {
    world.state(|state| {
        let organization = active(&mut state.merchant_api, &caller)?;
        let wanted = |id: &str, checkout: &Checkout| {
            checkout.organization == organization && about.session_id.as_deref().is_none_or(|s| s == id)
        };
        let own = state.merchant_api.checkouts.iter().filter(|(id, checkout)| wanted(id, checkout));
        Ok(Answer::data(own.map(|(id, checkout)| intent_shown(id, checkout)).collect()))
    })
}

fn intent_shown(session: &str, checkout: &Checkout) -> Value {
    json!({
        "id": checkout.intent,
        "status": checkout.payment,
        "amount": checkout.money.amount,
        "currency": checkout.money.currency,
        "checkoutSessionId": session,
    })
}

fn shown(id: &str, checkout: &Checkout) -> Value {
    json!({
        "id": id,
        "sessionUrl": checkout.link.replace("{id}", id),
        "status": checkout.status,
        "paymentStatus": checkout.payment,
        "amount": checkout.money.amount,
        "currency": checkout.money.currency,
        "customerId": checkout.customer,
        "paymentIntentId": checkout.intent,
        "metadata": checkout.metadata,
    })
}
