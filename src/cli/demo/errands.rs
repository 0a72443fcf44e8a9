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
use crate::rehearse::{BILLING, FLINT, INVOICE_LINK, MERCHANT_API, Provider, ProviderUrls};

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

/// Runs the errands of a provider.
pub(super) async fn run(rig: &Rig, out: &Outbound, provider: Provider) -> Result<Brought, Trouble> {
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
    let dollar = json!({ "amount": 100, "currency": "USD" });
    let order = ask.post("/v1/orders", &json!({ "amount_money": dollar })).await?;
    let order = word(&order, "/data/order_id")?;
    let refund = json!({ "order_id": order, "amount_money": dollar, "reason": "requested_by_customer" });
    let refund = ask.post("/v1/refunds", &refund).await?;
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
            ("order_id", order),
            ("refund_amount", "100".to_owned()),
            ("refund_id", word(&refund, "/data/refund_id")?),
        ],
        variables: format!("FLINT_API_KEY={}\nFLINT_WEBHOOK_SECRET={secret}\n", FLINT.live_key),
        secrets: vec![
            ("live_key", FLINT.live_key.to_owned()),
            ("old_key", word(&old, "/data/secret_key")?),
            ("webhook_secret", secret),
        ],
    })
}

async fn billing(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let ask = Asking { out, api: &urls.api, key: BILLING.token };
    let endpoint = ask.post("/v1/billing/webhook-endpoints", &json!({ "url": urls.webhook })).await?;
    ask.post("/v1/billing/verifications", &json!({ "environment": "test" })).await?;
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
    let checkout = json!({
        "amount": 1250,
        "currency": "USD",
        "customerId": customer,
        "metadata": { "reference": "golive-demo-1" },
    });
    let checkout = ask.post("/checkout/sessions", &checkout).await?;
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
            ("payment_reference", "golive-demo-1".to_owned()),
            ("session_id", word(&checkout, "/id")?),
            ("session_url", word(&checkout, "/sessionUrl")?),
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

async fn invoice_link(out: &Outbound, urls: &ProviderUrls) -> Result<Brought, Trouble> {
    let ask = Asking { out, api: &urls.api, key: INVOICE_LINK.live_key };
    let endpoint = ask.post("/v1/webhook-endpoints", &json!({ "url": urls.webhook })).await?;
    let money = |amount: u64| json!({ "amount": amount, "currency": "USD" });
    let invoice = json!({ "amount_money": money(8_900), "reference": "golive-demo-1" });
    let invoice = ask.post("/v1/invoices", &invoice).await?;
    let rehearsed = Asking { out, api: &urls.api, key: INVOICE_LINK.test_key };
    let tried = json!({ "amount_money": money(100), "reference": "golive-demo-test" });
    let tried = rehearsed.post("/v1/invoices", &tried).await?;
    let payout = json!({ "amount_money": money(1_000), "destination": "bank account" });
    let payout = ask.post("/v1/payouts", &payout).await?;
    let place = word(&ask.post("/v1/static-addresses", &json!({ "label": "top-up" })).await?, "/id")?;
    let deposits = format!("/v1/static-addresses/{place}/deposits");
    let deposit = ask.post(&deposits, &json!({ "amount_money": money(500) })).await?;
    Ok(Brought {
        fields: vec![
            ("api_url", urls.api.clone()),
            ("currency", "USD".to_owned()),
            ("test_invoice_id", word(&tried, "/id")?),
            ("invoice_id", word(&invoice, "/id")?),
            ("checkout_url", word(&invoice, "/checkout_url")?),
            ("webhook_url", urls.webhook.clone()),
            ("payout_id", word(&payout, "/id")?),
            ("static_address_id", place),
            ("deposit_invoice_id", word(&deposit, "/id")?),
        ],
        secrets: vec![
            ("test_api_key", INVOICE_LINK.test_key.to_owned()),
            ("api_key", INVOICE_LINK.live_key.to_owned()),
            ("webhook_secret", word(&endpoint, "/data/secret")?),
        ],
        variables: format!("MERCHANT_API_KEY={}\n", INVOICE_LINK.live_key),
    })
}

/// Somebody with a key.
struct Asking<'a> {
    out: &'a Outbound,
    api: &'a str,
    key: &'a str,
}

impl Asking<'_> {
    /// Writes something. The idempotency key is the path: nothing is asked for twice.
    async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| Trouble::Story("a key of the rehearsal fits no header".to_owned()))
        };
        let mut key = value(&format!("Bearer {}", self.key))?;
        key.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (AUTHORIZATION, key),
            (HeaderName::from_static("idempotency-key"), value(path)?),
        ]);
        let request = Request {
            method: Method::Post,
            url: address(&format!("{}{path}", self.api))?,
            headers,
            body: Some(body.to_string().into_bytes()),
            follow: Follow::Never,
            max_body: MAX_BODY,
        };
        let (answer, _) = self.out.send(request, Instant::now() + PATIENCE).await?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if (200..300).contains(&answer.status) {
            return Ok(json);
        }
        let why = json.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        Err(Trouble::Story(format!("{path} was answered with {}: {why}", answer.status)))
    }
}

fn word(answer: &Value, at: &str) -> Result<String, Trouble> {
    let word = answer.pointer(at).and_then(Value::as_str).map(str::to_owned);
    word.ok_or_else(|| Trouble::Story(format!("the rehearsal's answer has no {at}")))
}
