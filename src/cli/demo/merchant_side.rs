//! What a merchant's own programs do in the demo: deliver webhook events. Real
//! requests, through the client that the checks use.

use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::time::Instant;

use super::trouble::Trouble;
use crate::checks::outbound::{Follow, Outbound, Request, address};
use crate::domain::check::Method;
use crate::rehearse::{MerchantUrls, SIGNATURE_HEADER};

/// The longest answer that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// How long the rehearsal may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

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
        body: Some(body.into()),
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
