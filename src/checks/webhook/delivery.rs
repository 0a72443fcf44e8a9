//! Making one delivery, good or bad in one way.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use minijinja::Value;
use url::Url;

use super::reshape::{altered, reserialised};
use super::sign::{self, Key};
use crate::checks::answer::MAX_BODY;
use crate::checks::echo::Echo;
use crate::checks::outbound::{Follow, Request};
use crate::domain::check::Method;
use crate::domain::expression::{ExpressionError, Template};
use crate::domain::webhook::{Algorithm, BadDelivery, Encoding, Scheme, WebhookCheck};

/// How far beyond the tolerance a stale delivery lies, so that clocks that differ a little agree on it.
const BEYOND: Duration = Duration::from_mins(1);

/// What all deliveries of a run share.
pub(super) struct Plan<'a> {
    pub(super) check: &'a WebhookCheck,
    pub(super) url: Url,
    pub(super) key: Key,
    /// The secret, as it may come back.
    pub(super) echo: Echo,
    /// `fields` and `decisions`.
    pub(super) facts: Value,
}

/// A delivery as templates see it.
struct Parts {
    id: String,
    timestamp: i64,
    body: String,
}

impl Plan<'_> {
    /// A delivery with an id of its own, ready to leave. The error is for people.
    pub(super) fn delivery(&self, bad: Option<BadDelivery>, now: DateTime<Utc>) -> Result<Request, String> {
        let id = format!("msg_golive{}", hex::encode(rand::random::<[u8; 12]>()));
        let timestamp = match bad {
            Some(BadDelivery::StaleTimestamp) => self.stale(now),
            None
            | Some(
                BadDelivery::AlteredBody
                | BadDelivery::MissingSignature
                | BadDelivery::WrongSecret
                | BadDelivery::Reserialised,
            ) => now.timestamp(),
        };
        let around = self.context(&[("id", Value::from(id.as_str())), ("timestamp", Value::from(timestamp))]);
        let body = render(&self.check.body, &around, "the body")?;
        let sent = match bad {
            Some(BadDelivery::AlteredBody) => altered(&body),
            Some(BadDelivery::Reserialised) => {
                reserialised(&body).ok_or("the body is not JSON, so it has no other form")?
            }
            None
            | Some(BadDelivery::MissingSignature | BadDelivery::WrongSecret | BadDelivery::StaleTimestamp) => {
                body.clone()
            }
        };
        let mut headers = HeaderMap::new();
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&sent).is_ok();
        if is_json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, template) in &self.check.headers {
            let value = render(template, &around, &format!("header {name}"))?;
            put(&mut headers, name, &value)?;
        }
        let signer = match bad {
            Some(BadDelivery::WrongSecret) => Some(sign::other_key()),
            Some(BadDelivery::MissingSignature) => None,
            None
            | Some(BadDelivery::AlteredBody | BadDelivery::StaleTimestamp | BadDelivery::Reserialised) => {
                Some(self.key.clone())
            }
        };
        self.signed(&Parts { id, timestamp, body }, signer.as_ref(), &mut headers)?;
        Ok(Request {
            method: Method::Post,
            url: self.url.clone(),
            headers,
            body: Some(sent.into_bytes().into()),
            follow: Follow::Never,
            max_body: MAX_BODY,
        })
    }

    fn stale(&self, now: DateTime<Utc>) -> i64 {
        let age = self.check.tolerance.saturating_add(BEYOND);
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        now.checked_sub_signed(age).unwrap_or(DateTime::UNIX_EPOCH).timestamp()
    }

    /// Adds the headers of the scheme. Without a key all but the signature.
    fn signed(&self, parts: &Parts, key: Option<&Key>, headers: &mut HeaderMap) -> Result<(), String> {
        let Parts { id, timestamp, body } = parts;
        let hmac = |algorithm, encoding, signed: &str| {
            key.map(|key| sign::encoded(encoding, &sign::hmac(algorithm, key, signed.as_bytes())))
        };
        match &self.check.scheme {
            Scheme::StandardWebhooks => {
                put(headers, "webhook-id", id)?;
                put(headers, "webhook-timestamp", &timestamp.to_string())?;
                let signed = format!("{id}.{timestamp}.{body}");
                if let Some(signature) = hmac(Algorithm::Sha256, Encoding::Base64, &signed) {
                    put(headers, "webhook-signature", &format!("v1,{signature}"))?;
                }
            }
            Scheme::Stripe => {
                let signed = format!("{timestamp}.{body}");
                if let Some(signature) = hmac(Algorithm::Sha256, Encoding::Hex, &signed) {
                    put(headers, "stripe-signature", &format!("t={timestamp},v1={signature}"))?;
                }
            }
            Scheme::Custom(custom) => {
                let mut seen = vec![
                    ("id", Value::from(id.as_str())),
                    ("timestamp", Value::from(*timestamp)),
                    ("body", Value::from(body.as_str())),
                    ("url", Value::from(self.url.as_str())),
                    ("method", Value::from("POST")),
                ];
                if let Some(name) = &custom.id_header {
                    put(headers, name, id)?;
                }
                if let Some(name) = &custom.timestamp_header {
                    put(headers, name, &timestamp.to_string())?;
                }
                let signed = render(&custom.signed, &self.context(&seen), "what is signed")?;
                if let Some(signature) = hmac(custom.algorithm, custom.encoding, &signed) {
                    seen.push(("signature", Value::from(signature)));
                    let value = render(&custom.value, &self.context(&seen), "the signature's header")?;
                    put(headers, &custom.header, &value)?;
                }
            }
        }
        Ok(())
    }

    fn context(&self, more: &[(&'static str, Value)]) -> Value {
        let facts = ["fields", "decisions"].map(|name| (name, self.facts.get_attr(name).unwrap_or_default()));
        Value::from_pairs(facts.into_iter().chain(more.iter().cloned()))
    }
}

fn render(template: &Template, context: &Value, what: &str) -> Result<String, String> {
    template.render(context).map_err(|e: ExpressionError| format!("{what} has no value: {e}"))
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let bad = || format!("header {name} cannot be sent");
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
    value.set_sensitive(true);
    headers.insert(key, value);
    Ok(())
}
