//! What the merchant's own people do with the providers that have one merchant: real requests to the
//! rehearsal, whose answers fill the fields and secrets of the runbook.

use std::time::Duration;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::rig::Rig;
use super::trouble::Trouble;
use crate::checks::outbound::{Follow, Outbound, Request, address};
use crate::domain::check::Method;
use crate::rehearse::{
    BILLING, FLINT, INVOICE_LINK, MERCHANT_API, Provider, ProviderUrls, Scenario, ServiceState,
};

/// The longest answer that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// How long the rehearsal may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the errands brought: values of fields and of secrets, and the lines of the backend's environment.
#[derive(Debug, Default)]
pub(super) struct Brought {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) secrets: Vec<(&'static str, String)>,
    pub(super) variables: String,
}

/// All errands, as the scenario of the rehearsal has it: what they brought, in the order of time.
///
/// Keys and endpoints were made before the day of the scenario, else there would be nothing to look at; what is
/// bought and paid is bought and paid on that day.
pub(super) async fn run(rig: &Rig, out: &Outbound, provider: Provider) -> Result<[Brought; 2], Trouble> {
    let world = rig.simulator.world();
    let scenario = world.scenario();
    world.switch_to(Scenario::Happy);
    let set_up = set_up(rig, out, provider).await?;
    world.all_sent().await;
    // A key of the wrong mode finds what it made itself: business was done before it was deployed.
    let traded = if scenario == Scenario::WrongMode {
        let traded = business(rig, out, provider, &set_up).await?;
        world.switch_to(scenario);
        traded
    } else {
        world.switch_to(scenario);
        business(rig, out, provider, &set_up).await?
    };
    Ok([set_up, traded])
}

/// Business as the scenario has it, except for the network: people who pay are patient, and what they do comes
/// through.
async fn business(
    rig: &Rig,
    out: &Outbound,
    provider: Provider,
    known: &Brought,
) -> Result<Brought, Trouble> {
    let world = rig.simulator.world();
    let mut service = ServiceState::Up;
    world.set_service(|s| std::mem::swap(&mut s.state, &mut service));
    let traded = trade(rig, out, provider, known).await;
    world.all_sent().await;
    world.set_service(|s| s.state = service);
    traded
}

/// Sets up what there must be before anybody pays: keys, endpoints, an organization with a customer.
pub(super) async fn set_up(rig: &Rig, out: &Outbound, provider: Provider) -> Result<Brought, Trouble> {
    let urls = rig.simulator.places(provider);
    match provider {
        // Its story has them where they belong.
        Provider::PaymentsAi => Ok(Brought::default()),
        Provider::Flint => flint(out, &urls).await,
        Provider::Billing => billing(out, &urls).await,
        Provider::MerchantApi => merchant_api(out, &urls).await,
        Provider::InvoiceLink => invoice_link(out, &urls).await,
    }
}

/// Does business, as things stand at the provider's: an order, a session, an invoice, a payout. What is
/// refused is not brought. `known` is what was set up.
pub(super) async fn trade(
    rig: &Rig,
    out: &Outbound,
    provider: Provider,
    known: &Brought,
) -> Result<Brought, Trouble> {
    let urls = rig.simulator.places(provider);
    let fields = match provider {
        Provider::PaymentsAi => Vec::new(),
        Provider::Flint => flint_order(out, &urls).await?,
        Provider::Billing => verification(out, &urls).await?,
        Provider::MerchantApi => checkout(out, &urls, known).await?,
        Provider::InvoiceLink => invoice(out, &urls, known).await?,
    };
    Ok(Brought { fields, ..Brought::default() })
}

async fn flint(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let ask = Asking { out, api: &urls.api, key: FLINT.live_key };
    let events = [
        "order.payment_succeeded",
        "payment_intent.payment_failed",
        "refund.created",
        "dispute.created",
        "capability.updated",
    ];
    let endpoint = json!({ "url": urls.webhook, "enabled_events": events });
    let endpoint = ask.post("/v1/webhook-endpoints", &endpoint).await?;
    let id = word(&endpoint, "/data/webhook_endpoint_id")?;
    let trial = json!({ "event_type": "payment_intent.succeeded" });
    let trial = ask.post(&format!("/v1/webhook-endpoints/{id}/test-events"), &trial).await?;
    let secret = word(&endpoint, "/data/secret")?;
    let old = ask.post("/v1/api-keys", &json!({ "name": "Before the launch" })).await?;
    ask.post(&format!("/v1/api-keys/{}/revoke", word(&old, "/data/api_key_id")?), &json!({})).await?;
    Ok(Brought {
        fields: vec![
            ("api_url", urls.api.clone()),
            ("live_merchant_id", FLINT.merchant_id.to_owned()),
            ("country", "US".to_owned()),
            ("currency", "USD".to_owned()),
            ("website_url", urls.website.clone()),
            ("site_url", urls.website.clone()),
            ("webhook_url", urls.webhook.clone()),
            ("webhook_endpoint_id", id),
            ("test_delivery", word(&trial, "/data/attempt_status")?),
            ("product_id", FLINT.live_product.to_owned()),
            ("plan_id", FLINT.live_plan.to_owned()),
            ("coupon_id", FLINT.live_coupon.to_owned()),
            ("refund_amount", "100".to_owned()),
        ],
        variables: format!("FLINT_API_KEY={}\nFLINT_WEBHOOK_SECRET={secret}\n", FLINT.live_key),
        secrets: vec![
            ("live_key", FLINT.live_key.to_owned()),
            ("old_key", word(&old, "/data/secret_key")?),
            ("webhook_secret", secret),
        ],
    })
}

async fn flint_order(out: &Outbound, urls: &ProviderUrls) -> Result<Vec<(&'static str, String)>, Trouble> {
    let ask = Asking { out, api: &urls.api, key: FLINT.live_key };
    let dollar = json!({ "amount": 100, "currency": "USD" });
    let order = ask.post("/v1/orders", &json!({ "amount_money": dollar })).await?;
    let order = word(&order, "/data/order_id")?;
    let refund = json!({ "order_id": order, "amount_money": dollar, "reason": "requested_by_customer" });
    let mut fields = vec![("order_id", order)];
    if let Some(refund) = ask.unless_refused("/v1/refunds", &refund).await? {
        fields.push(("refund_id", word(&refund, "/data/refund_id")?));
    }
    Ok(fields)
}

async fn billing(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let ask = Asking { out, api: &urls.api, key: BILLING.token };
    let endpoint = ask.post("/v1/billing/webhook-endpoints", &json!({ "url": urls.webhook })).await?;
    let key = ask.post("/v1/billing/api-keys", &json!({ "name": "production" })).await?;
    Ok(Brought {
        fields: vec![
            ("billing_url", urls.api.clone()),
            ("api_url", urls.api.clone()),
            ("merchant_id", BILLING.merchant_id.to_owned()),
            ("legal_entity", BILLING.legal_entity.to_owned()),
            ("billing_contact", BILLING.contact_email.to_owned()),
            ("return_url", format!("{}/returned", urls.website)),
            ("fallback_url", format!("{}/paused", urls.website)),
            ("fallback_text", "New verifications are paused for a moment.".to_owned()),
            ("several_merchants", "no".to_owned()),
            ("webhook_url", urls.webhook.clone()),
        ],
        secrets: vec![
            ("dashboard_key", BILLING.token.to_owned()),
            ("live_api_key", word(&key, "/data/api_key")?),
            ("webhook_secret", word(&endpoint, "/data/secret")?),
        ],
        variables: String::new(),
    })
}

async fn verification(out: &Outbound, urls: &ProviderUrls) -> Result<Vec<(&'static str, String)>, Trouble> {
    let ask = Asking { out, api: &urls.api, key: BILLING.token };
    ask.unless_refused("/v1/billing/verifications", &json!({ "environment": "test" })).await?;
    Ok(Vec::new())
}

async fn merchant_api(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let sign_in = json!({ "email": MERCHANT_API.email, "password": MERCHANT_API.password });
    let nobody = Asking { out, api: &urls.api, key: "nobody" };
    let session = nobody.post("/authentication/sign-in/email", &sign_in).await?;
    let token = word(&session, "/token")?;
    let ask = Asking { out, api: &urls.api, key: &token };
    let organization = json!({ "name": MERCHANT_API.shop.name, "slug": "fern-market" });
    let organization = word(&ask.post("/authentication/organization/create", &organization).await?, "/id")?;
    let active = json!({ "organizationId": organization });
    let active = word(&ask.post("/authentication/organization/set-active", &active).await?, "/id")?;
    let customer = json!({ "email": "buyer@rehearsal.example", "name": "A buyer" });
    let customer = word(&ask.post("/customers", &customer).await?, "/id")?;
    let endpoint = ask.post("/webhooks", &json!({ "url": urls.webhook })).await?;
    Ok(Brought {
        fields: vec![
            ("api_url", urls.api.clone()),
            ("email", MERCHANT_API.email.to_owned()),
            ("user_name", MERCHANT_API.shop.name.to_owned()),
            ("user_id", word(&session, "/user/id")?),
            ("organization_name", MERCHANT_API.shop.name.to_owned()),
            ("organization_slug", "fern-market".to_owned()),
            ("organization_id", organization),
            ("active_organization_id", active),
            ("customer_id", customer),
            ("amount", "1250".to_owned()),
            ("currency", "USD".to_owned()),
            ("success_url", format!("{}/products", urls.website)),
            ("cancel_url", format!("{}/checkout", urls.website)),
            ("webhook_url", urls.webhook.clone()),
        ],
        secrets: vec![
            ("session_token", token.clone()),
            ("account_password", MERCHANT_API.password.to_owned()),
            ("password", MERCHANT_API.password.to_owned()),
            ("webhook_secret", word(&endpoint, "/data/secret")?),
        ],
        variables: String::new(),
    })
}

async fn checkout(
    out: &Outbound,
    urls: &ProviderUrls,
    known: &Brought,
) -> Result<Vec<(&'static str, String)>, Trouble> {
    let ask = Asking { out, api: &urls.api, key: known.secret("session_token")? };
    let reference = reference();
    let checkout = json!({
        "amount": 1250,
        "currency": "USD",
        "customerId": known.field("customer_id")?,
        "metadata": { "reference": reference },
    });
    let checkout = ask.post("/checkout/sessions", &checkout).await?;
    Ok(vec![
        ("payment_reference", reference),
        ("session_id", word(&checkout, "/id")?),
        ("session_url", word(&checkout, "/sessionUrl")?),
    ])
}

async fn invoice_link(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let ask = Asking { out, api: &urls.api, key: INVOICE_LINK.live_key };
    let endpoint = ask.post("/v1/webhook-endpoints", &json!({ "url": urls.webhook })).await?;
    let rehearsed = Asking { out, api: &urls.api, key: INVOICE_LINK.test_key };
    let tried =
        json!({ "amount_money": { "amount": 100, "currency": "USD" }, "reference": "golive-demo-test" });
    let tried = rehearsed.post("/v1/invoices", &tried).await?;
    let place = word(&ask.post("/v1/static-addresses", &json!({ "label": "top-up" })).await?, "/id")?;
    Ok(Brought {
        fields: vec![
            ("api_url", urls.api.clone()),
            ("currency", "USD".to_owned()),
            ("test_invoice_id", word(&tried, "/id")?),
            ("webhook_url", urls.webhook.clone()),
            ("static_address_id", place),
        ],
        secrets: vec![
            ("test_api_key", INVOICE_LINK.test_key.to_owned()),
            ("api_key", INVOICE_LINK.live_key.to_owned()),
            ("webhook_secret", word(&endpoint, "/data/secret")?),
        ],
        variables: format!("MERCHANT_API_KEY={}\n", INVOICE_LINK.live_key),
    })
}

async fn invoice(
    out: &Outbound,
    urls: &ProviderUrls,
    known: &Brought,
) -> Result<Vec<(&'static str, String)>, Trouble> {
    let ask = Asking { out, api: &urls.api, key: INVOICE_LINK.live_key };
    let money = |amount: u64| json!({ "amount": amount, "currency": "USD" });
    let invoice = json!({ "amount_money": money(8_900), "reference": reference() });
    let invoice = ask.post("/v1/invoices", &invoice).await?;
    let mut fields =
        vec![("invoice_id", word(&invoice, "/id")?), ("checkout_url", word(&invoice, "/checkout_url")?)];
    let payout = json!({ "amount_money": money(1_000), "destination": "bank account" });
    if let Some(payout) = ask.unless_refused("/v1/payouts", &payout).await? {
        fields.push(("payout_id", word(&payout, "/id")?));
    }
    let deposits = format!("/v1/static-addresses/{}/deposits", known.field("static_address_id")?);
    let deposit = json!({ "amount_money": money(500) });
    if let Some(deposit) = ask.unless_refused(&deposits, &deposit).await? {
        fields.push(("deposit_invoice_id", word(&deposit, "/id")?));
    }
    Ok(fields)
}

/// A reference that nothing else has.
fn reference() -> String {
    format!("golive-demo-{:08x}", rand::random::<u32>())
}

impl Brought {
    fn field(&self, name: &str) -> Result<&str, Trouble> {
        among(&self.fields, name)
    }

    fn secret(&self, name: &str) -> Result<&str, Trouble> {
        among(&self.secrets, name)
    }
}

fn among<'b>(brought: &'b [(&'static str, String)], name: &str) -> Result<&'b str, Trouble> {
    let found = brought.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    found.ok_or_else(|| Trouble::Story(format!("nobody brought {name}")))
}

/// Somebody with a key.
#[derive(Clone, Copy)]
struct Asking<'a> {
    out: &'a Outbound,
    api: &'a str,
    key: &'a str,
}

impl Asking<'_> {
    /// Writes something.
    async fn post(self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.write(path, body).await?.map_err(Trouble::Story)
    }

    /// Writes something that the provider may refuse as things stand.
    async fn unless_refused(self, path: &str, body: &Value) -> Result<Option<Value>, Trouble> {
        Ok(self.write(path, body).await?.ok())
    }

    /// The answer, or how it was refused. Every request has an idempotency key of its own.
    async fn write(self, path: &str, body: &Value) -> Result<Result<Value, String>, Trouble> {
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| Trouble::Story("a key of the rehearsal fits no header".to_owned()))
        };
        let mut key = value(&format!("Bearer {}", self.key))?;
        key.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (AUTHORIZATION, key),
            (HeaderName::from_static("idempotency-key"), value(&reference())?),
        ]);
        let request = Request {
            method: Method::Post,
            url: address(&format!("{}{path}", self.api))?,
            headers,
            body: Some(body.to_string().into_bytes().into()),
            follow: Follow::Never,
            max_body: MAX_BODY,
        };
        let (answer, _) = self.out.send(request, Instant::now() + PATIENCE).await?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if (200..300).contains(&answer.status) {
            return Ok(Ok(json));
        }
        let why = json.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        Ok(Err(format!("{path} was answered with {}: {why}", answer.status)))
    }
}

fn word(answer: &Value, at: &str) -> Result<String, Trouble> {
    let word = answer.pointer(at).and_then(Value::as_str).map(str::to_owned);
    word.ok_or_else(|| Trouble::Story(format!("the rehearsal's answer has no {at}")))
}
