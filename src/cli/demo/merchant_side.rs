//! What a merchant's own programs do in the demo: exchange a temporal key, deliver webhook events. Real
//! requests, through the client that the checks use.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::trouble::Trouble;
use crate::checks::outbound::{Follow, Outbound, Request, address};
use crate::domain::check::Method;
use crate::rehearse::{MerchantSeed, MerchantUrls, SIGNATURE_HEADER};

/// The longest answer that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// How long the rehearsal may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the provider says to an exchange.
#[derive(Debug)]
pub(super) enum Exchange {
    /// The permanent key, in the form of the header: account, key and id.
    Key(String),
    /// Status and the provider's words.
    Refused(u16, String),
}

/// Asks for the exchange of a temporal key for a permanent one.
pub(super) async fn exchange(
    out: &Outbound,
    urls: &MerchantUrls,
    seed: &MerchantSeed,
    temporal_key: &str,
    secret: &str,
) -> Result<Exchange, Trouble> {
    let url = format!("{}/v1/accounts/public-api/{}", urls.live_api, seed.account_id);
    let mut headers = json_headers();
    let mut key = header_value(&format!("ApiKey {temporal_key}"))?;
    key.set_sensitive(true);
    headers.insert(AUTHORIZATION, key);
    let body = json!({ "secret": secret }).to_string().into_bytes();
    let (status, answer) = send(out, Method::Patch, &url, headers, body).await?;
    let word = |name: &str| answer[name].as_str().map(str::to_owned);
    match (status, word("accountId"), word("apiKey"), word("apiKeyId")) {
        (200, Some(account), Some(key), Some(id)) => Ok(Exchange::Key(format!("{account}_{key}_{id}"))),
        _ => {
            Ok(Exchange::Refused(status, answer["error"]["message"].as_str().unwrap_or_default().to_owned()))
        }
    }
}

/// Delivers an event to the merchant's webhook endpoint and gives the status of the answer.
pub(super) async fn deliver(
    out: &Outbound,
    urls: &MerchantUrls,
    signature: &str,
    body: &[u8],
) -> Result<u16, Trouble> {
    let mut headers = json_headers();
    headers.insert(HeaderName::from_static(SIGNATURE_HEADER), header_value(signature)?);
    Ok(send(out, Method::Post, &urls.webhook, headers, body.to_vec()).await?.0)
}

async fn send(
    out: &Outbound,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<(u16, Value), Trouble> {
    let request = Request {
        method,
        url: address(url)?,
        headers,
        body: Some(body),
        follow: Follow::Never,
        max_body: MAX_BODY,
    };
    let (answer, _) = out.send(request, Instant::now() + PATIENCE).await?;
    let json = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    Ok((answer.status, json))
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn header_value(text: &str) -> Result<HeaderValue, Trouble> {
    HeaderValue::from_str(text)
        .map_err(|_| Trouble::Story("a key of the rehearsal fits no header".to_owned()))
}
