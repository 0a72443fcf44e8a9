//! Orders, what their buyer does, and refunds.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Fault, Input};
use super::super::guard::Caller;
use super::super::money::Money;
use super::super::pay::link;
use super::super::provider::Provider;
use super::super::world::World;
use super::state::{AxisStatus, Buyer, Order};

const MAX_REASON: usize = 100;

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/v1/orders", post(create))
        .route("/v1/orders/{id}", get(one))
        .route("/v1/refunds", post(refund))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    amount_money: Money,
    #[serde(default)]
    reference: Option<String>,
}

async fn create(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Input(body): Input<NewOrder>,
) -> Result<Answer, Fault> {
    caller.may("orders.write")?;
    body.amount_money.check()?;
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        let Money { amount, currency } = body.amount_money;
        let order = Order { mode: caller.mode, amount, currency, status: "open", refunded: 0 };
        let id = state.flint.orders.put(order.clone());
        let mut answer = shown(&id, &order);
        answer["checkout_url"] = link(Provider::Flint, &headers, &id).into();
        answer["reference"] = body.reference.map_or(Value::Null, Value::String);
        let can_pay = state.flint.switches.payments.status == AxisStatus::Ready;
        let outcome = match state.flint.switches.buyer {
            Buyer::Pays if can_pay => Some(("paid", "order.payment_succeeded")),
            Buyer::Declined => Some(("payment_failed", "payment_intent.payment_failed")),
            // Without payment methods a buyer can only wait.
            Buyer::Pays | Buyer::Waits | Buyer::Late => None,
        };
        let mut parcels = Vec::new();
        if let Some((status, event)) = outcome
            && let Some(order) = state.flint.orders.get_mut(&id)
        {
            order.status = status;
            let data = shown(&id, order);
            parcels = state.hooks_of(Provider::Flint).parcels(caller.mode, event, &id, &data, now);
        }
        (answer, parcels)
    });
    world.send_all(Provider::Flint, parcels);
    Ok(Answer::created(answer))
}

async fn one(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("orders.read")?;
    world.state(|state| {
        let order = state.flint.orders.get(&id).filter(|order| order.mode == caller.mode);
        order.map(|order| Answer::data(shown(&id, order))).ok_or_else(no_order)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRefund {
    order_id: String,
    amount_money: Money,
    #[serde(default)]
    reason: String,
}

async fn refund(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<NewRefund>,
) -> Result<Answer, Fault> {
    caller.may("refunds.write")?;
    body.amount_money.check()?;
    let refused = |code, message: &'static str| Fault::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    if body.reason.len() > MAX_REASON {
        return Err(refused("reason_too_long", "The reason has at most 100 characters"));
    }
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        let order = state.flint.orders.get_mut(&body.order_id).filter(|order| order.mode == caller.mode);
        let order = order.ok_or_else(no_order)?;
        if !order.was_paid() {
            return Err(refused("order_not_paid", "Only what was paid can be refunded"));
        }
        if order.currency != body.amount_money.currency {
            return Err(refused("currency_mismatch", "The order has another currency"));
        }
        if body.amount_money.amount > order.amount - order.refunded {
            return Err(refused("refund_too_large", "More than what is left of the order"));
        }
        order.refunded += body.amount_money.amount;
        order.status = if order.refunded == order.amount { "refunded" } else { "partially_refunded" };
        let id = state.flint.refunds.put((body.order_id.clone(), body.amount_money.amount));
        let answer = json!({
            "refund_id": id,
            "order_id": body.order_id,
            "amount_money": body.amount_money,
            "reason": body.reason,
            "status": "succeeded",
        });
        let hooks = state.hooks_of(Provider::Flint);
        let parcels = hooks.parcels(caller.mode, "refund.created", &body.order_id, &answer, now);
        Ok((answer, parcels))
    })?;
    world.send_all(Provider::Flint, parcels);
    Ok(Answer::created(answer))
}

fn shown(id: &str, order: &Order) -> Value {
    let money = |amount: u64| json!({ "amount": amount, "currency": order.currency });
    let outstanding = if order.was_paid() { 0 } else { order.amount };
    json!({
        "order_id": id,
        "status": order.status,
        "amount_money": money(order.amount),
        "amount_due_money": money(outstanding),
        "refunded_money": money(order.refunded),
    })
}

fn no_order() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "order_not_found", "There is no such order in this mode")
}
