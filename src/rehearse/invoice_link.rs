//! Invoice link: an invoice with a payment link, balances and a ledger, payouts, static addresses. An
//! invoice needs an idempotency key, as its source says, and so does a payout, which moves money too; other
//! writes may have one. Every answer to a key says its mode.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, Fault, Input};
use super::flint::Buyer;
use super::guard::{Caller, Mode, guard, needs_idempotency_key};
use super::hook_routes;
use super::money::Money;
use super::pay::link;
use super::provider::Provider;
use super::seed::INVOICE_LINK;
use super::shelf::Shelf;
use super::world::World;

const MAX_TEXT: usize = 100;

/// Everything that can be switched about invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvoiceSwitches {
    /// What the payer of an invoice does.
    pub payer: Buyer,
    /// Whether payouts go through.
    pub payouts: PayoutState,
    /// The mode that live keys run in, as for Flint.
    pub live_keys_run_in: Mode,
}

/// Whether payouts go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// At once.
    Sent,
    /// They wait for a review.
    Pending,
    /// They stay where they are until something is settled.
    Blocked,
}

impl Default for InvoiceSwitches {
    fn default() -> Self {
        Self { payer: Buyer::Pays, payouts: PayoutState::Sent, live_keys_run_in: Mode::Live }
    }
}

#[derive(Debug, Clone)]
struct Invoice {
    mode: Mode,
    money: Money,
    reference: String,
    status: &'static str,
    /// Where the payer is sent; the id goes in when it is known.
    link: String,
}

#[derive(Debug, Clone)]
struct Entry {
    mode: Mode,
    kind: &'static str,
    money: Money,
    invoice: Option<String>,
}

#[derive(Debug, Clone)]
struct Payout {
    mode: Mode,
    money: Money,
    destination: String,
    status: PayoutState,
}

/// The provider's side of the world.
#[derive(Debug, Clone)]
pub(super) struct Invoices {
    pub(super) switches: InvoiceSwitches,
    made: Shelf<Invoice>,
    ledger: Shelf<Entry>,
    balances: IndexMap<(Mode, String), u64>,
    payouts: Shelf<Payout>,
    addresses: Shelf<(Mode, String)>,
}

/// What the provider keeps of a payment: one hundredth, rounded down.
fn fee(amount: u64) -> u64 {
    amount / 100
}

impl Invoices {
    pub(super) fn new() -> Self {
        Self {
            switches: InvoiceSwitches::default(),
            made: Shelf::new("inv"),
            ledger: Shelf::new("le"),
            balances: IndexMap::new(),
            payouts: Shelf::new("po"),
            addresses: Shelf::new("addr"),
        }
    }

    /// Whose key it is and what it may do.
    pub(super) fn caller(&self, key: &str) -> Option<Caller> {
        let live = self.switches.live_keys_run_in;
        let scopes = |scopes: &[&str]| Some(scopes.iter().map(|s| (*s).to_owned()).collect());
        let (key_id, mode, scopes) = if key == INVOICE_LINK.live_key {
            ("live", live, None)
        } else if key == INVOICE_LINK.test_key {
            ("test", Mode::Test, None)
        } else if key == INVOICE_LINK.limited_key {
            ("limited", live, scopes(&["invoices.write", "balances.read"]))
        } else {
            return None;
        };
        Some(Caller { key_id: key_id.to_owned(), mode, scopes })
    }

    /// How the payment of an invoice stands.
    pub(super) fn payment(&self, invoice: &str) -> Option<&'static str> {
        self.made.get(invoice).map(|invoice| invoice.status)
    }

    /// Money comes in: credited, less the fee.
    fn credit(&mut self, mode: Mode, money: &Money, invoice: &str) {
        let fee = fee(money.amount);
        let balance = self.balances.entry((mode, money.currency.clone())).or_default();
        *balance = balance.saturating_add(money.amount - fee);
        let entry = |kind, amount| Entry {
            mode,
            kind,
            money: Money { amount, currency: money.currency.clone() },
            invoice: Some(invoice.to_owned()),
        };
        self.ledger.put(entry("credit", money.amount));
        self.ledger.put(entry("fee", fee));
    }
}

/// The routes of the provider.
pub(super) fn routes(world: &World) -> Router<World> {
    let inner = Router::new()
        .route("/v1/api-keys/current", get(current_key))
        .route("/v1/invoices", post(create))
        .route("/v1/invoices/{id}", get(one))
        .route("/v1/balances", get(balances))
        .route("/v1/ledger", get(ledger))
        .route("/v1/payouts", post(pay_out))
        .route("/v1/payouts/{id}", get(payout))
        .route("/v1/static-addresses", post(make_address))
        .route("/v1/static-addresses/{id}", get(address))
        .route("/v1/static-addresses/{id}/deposits", post(deposit))
        .merge(hook_routes::routes(Provider::InvoiceLink, "/v1/webhook-endpoints", "/v1/webhook-events"))
        .route_layer(from_fn_with_state((world.clone(), Provider::InvoiceLink), guard));
    Router::new().nest("/invoice-link", inner)
}

async fn current_key(Extension(caller): Extension<Caller>) -> Answer {
    Answer::data(
        json!({ "mode": caller.mode, "scopes": caller.scopes.unwrap_or_else(|| vec!["*".to_owned()]) }),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvoice {
    amount_money: Money,
    #[serde(default)]
    reference: String,
}

async fn create(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Input(body): Input<NewInvoice>,
) -> Result<Answer, Fault> {
    caller.may("invoices.write")?;
    needs_idempotency_key(&headers)?;
    body.amount_money.check()?;
    short(&body.reference)?;
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        let NewInvoice { amount_money: money, reference } = body;
        let link = link(Provider::InvoiceLink, &headers, "{id}");
        let invoice = Invoice { mode: caller.mode, money: money.clone(), reference, status: "pending", link };
        let id = state.invoices.made.put(invoice.clone());
        let answer = shown(&id, &invoice);
        let (status, event) = match state.invoices.switches.payer {
            Buyer::Pays => ("paid", Some("invoice.paid")),
            Buyer::Waits => ("pending", None),
            Buyer::Late => ("overdue", Some("invoice.overdue")),
            Buyer::Declined => ("payment_failed", Some("invoice.payment_failed")),
        };
        if status == "paid" {
            state.invoices.credit(caller.mode, &money, &id);
        }
        let mut data = Value::Null;
        if let Some(invoice) = state.invoices.made.get_mut(&id) {
            invoice.status = status;
            data = shown(&id, invoice);
        }
        let hooks = state.hooks_of(Provider::InvoiceLink);
        let parcels = event.map_or_else(Vec::new, |event| hooks.parcels(caller.mode, event, &id, &data, now));
        (answer, parcels)
    });
    world.send_all(Provider::InvoiceLink, parcels);
    Ok(Answer::made(answer))
}

async fn one(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("invoices.read")?;
    world.state(|state| {
        let invoice = state.invoices.made.get(&id).filter(|invoice| invoice.mode == caller.mode);
        invoice
            .map(|invoice| Answer::new(shown(&id, invoice)))
            .ok_or_else(|| unknown("invoice_not_found", "There is no such invoice in this mode"))
    })
}

fn shown(id: &str, invoice: &Invoice) -> Value {
    json!({
        "id": id,
        "status": invoice.status,
        "amount_money": invoice.money,
        "reference": invoice.reference,
        "checkout_url": invoice.link.replace("{id}", id),
    })
}

async fn balances(State(world): State<World>, Extension(caller): Extension<Caller>) -> Result<Answer, Fault> {
    caller.may("balances.read")?;
    Ok(world.state(|state| {
        let own = state.invoices.balances.iter().filter(|((mode, _), _)| *mode == caller.mode);
        let one = |((_, currency), available): (&(Mode, String), &u64)| {
            json!({ "currency": currency, "available": available, "pending": 0 })
        };
        Answer::data(own.map(one).collect())
    }))
}

#[derive(Deserialize)]
struct About {
    invoice_id: Option<String>,
}

async fn ledger(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Query(about): Query<About>,
) -> Result<Answer, Fault> {
    caller.may("balances.read")?;
    Ok(world.state(|state| {
        let wanted = |entry: &Entry| {
            entry.mode == caller.mode && (about.invoice_id.is_none() || entry.invoice == about.invoice_id)
        };
        let entries = state.invoices.ledger.iter().filter(|(_, entry)| wanted(entry));
        let one = |(id, entry): (&str, &Entry)| {
            json!({
                "entry_id": id,
                "type": entry.kind,
                "amount_money": entry.money,
                "invoice_id": entry.invoice,
            })
        };
        Answer::data(entries.map(one).collect())
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPayout {
    amount_money: Money,
    destination: String,
}

async fn pay_out(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Input(body): Input<NewPayout>,
) -> Result<Answer, Fault> {
    caller.may("payouts.write")?;
    needs_idempotency_key(&headers)?;
    body.amount_money.check()?;
    short(&body.destination)?;
    world.state(|state| {
        let invoices = &mut state.invoices;
        let NewPayout { amount_money: money, destination } = body;
        let balance = invoices.balances.get_mut(&(caller.mode, money.currency.clone()));
        let Some(balance) = balance.filter(|balance| **balance >= money.amount) else {
            let message = "The balance does not hold that much";
            return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "insufficient_funds", message));
        };
        *balance -= money.amount;
        invoices.ledger.put(Entry { mode: caller.mode, kind: "payout", money: money.clone(), invoice: None });
        let payout = Payout { mode: caller.mode, money, destination, status: invoices.switches.payouts };
        let id = invoices.payouts.put(payout.clone());
        Ok(Answer::made(paid_out(&id, &payout)))
    })
}

async fn payout(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("payouts.read")?;
    world.state(|state| {
        let payout = state.invoices.payouts.get(&id).filter(|payout| payout.mode == caller.mode);
        payout
            .map(|payout| Answer::new(paid_out(&id, payout)))
            .ok_or_else(|| unknown("payout_not_found", "There is no such payout in this mode"))
    })
}

fn paid_out(id: &str, payout: &Payout) -> Value {
    json!({
        "id": id,
        "status": payout.status,
        "amount_money": payout.money,
        "destination": payout.destination,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAddress {
    label: String,
}

async fn make_address(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<NewAddress>,
) -> Result<Answer, Fault> {
    caller.may("static_addresses.write")?;
    short(&body.label)?;
    Ok(world.state(|state| {
        let id = state.invoices.addresses.put((caller.mode, body.label.clone()));
        Answer::made(address_shown(&id, &body.label))
    }))
}

async fn address(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("static_addresses.read")?;
    world.state(|state| {
        let address = state.invoices.addresses.get(&id).filter(|(mode, _)| *mode == caller.mode);
        address.map(|(_, label)| Answer::new(address_shown(&id, label))).ok_or_else(no_address)
    })
}

fn address_shown(id: &str, label: &str) -> Value {
    json!({ "id": id, "label": label, "address": format!("deposit-{id}") })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deposit {
    amount_money: Money,
}

/// A deposit arrives: the invoice for it is made by itself, paid.
async fn deposit(
    State(world): State<World>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Input(body): Input<Deposit>,
) -> Result<Answer, Fault> {
    caller.may("static_addresses.write")?;
    body.amount_money.check()?;
    let now = world.now();
    let (answer, parcels) = world.state(|state| {
        let address = state.invoices.addresses.get(&id).filter(|(mode, _)| *mode == caller.mode);
        let (_, label) = address.ok_or_else(no_address)?;
        let reference = format!("deposit to {label}");
        let link = link(Provider::InvoiceLink, &headers, "{id}");
        let invoice =
            Invoice { mode: caller.mode, money: body.amount_money, reference, status: "paid", link };
        let invoice_id = state.invoices.made.put(invoice.clone());
        state.invoices.credit(caller.mode, &invoice.money, &invoice_id);
        let answer = shown(&invoice_id, &invoice);
        let hooks = state.hooks_of(Provider::InvoiceLink);
        let parcels = hooks.parcels(caller.mode, "balance.credited", &invoice_id, &answer, now);
        Ok((answer, parcels))
    })?;
    world.send_all(Provider::InvoiceLink, parcels);
    Ok(Answer::made(answer))
}

fn short(text: &str) -> Result<(), Fault> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    let message = "A text has at most 100 characters";
    Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "text_too_long", message))
}

fn no_address() -> Fault {
    unknown("address_not_found", "There is no such address in this mode")
}

fn unknown(code: &'static str, message: &'static str) -> Fault {
    Fault::new(StatusCode::NOT_FOUND, code, message)
}
