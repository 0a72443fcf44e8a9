//! How webhook events are signed, as those who send and those who verify them see it.
//!
//! - [`Scheme::Standard`]: Standard Webhooks. HMAC-SHA256 over `<id>.<time>.<body>`, base64, in the header
//!   `webhook-signature` as `v1,<signature>`, with `webhook-id` and `webhook-timestamp` beside it. The
//!   secret is base64 behind `whsec_`.
//! - [`Scheme::Timed`]: HMAC-SHA256 over `<time>.<body>`, in one header: `t=<seconds>,v1=<hexadecimal>`.
//! - [`Scheme::Body`]: HMAC-SHA256 over the body alone, in hexadecimal digits. It covers no time, so nothing
//!   can be stale.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::merchant::DeliveryOutcome;
use super::provider::Provider;
use super::timed;

const PREFIX: &str = "whsec_";
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
/// The header of PaymentsAI's signature.
pub const SIGNATURE_HEADER: &str = "x-pai-signature";
/// The header of the timed scheme.
pub const TIMED_HEADER: &str = "x-webhook-signature";
/// A delivery signed longer ago than this, or further in the future, is stale: five minutes, in seconds.
pub(super) const TOLERANCE: u64 = 300;
/// More signatures than this in one header are no rotation.
pub(super) const MAX_SIGNATURES: usize = 4;
pub(super) const MAX_HEADER: usize = 512;

/// A way to sign events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Standard Webhooks.
    Standard,
    /// Time and signature in one header.
    Timed,
    /// The signature of the body alone.
    Body,
}

impl Scheme {
    /// How a provider signs.
    pub(super) fn of(provider: Provider) -> Self {
        match provider {
            Provider::Flint | Provider::Billing => Self::Standard,
            Provider::MerchantApi | Provider::InvoiceLink => Self::Timed,
            Provider::PaymentsAi => Self::Body,
        }
    }

    /// The headers of a delivery.
    pub(super) fn headers(
        self,
        secret: &str,
        id: &str,
        at: DateTime<Utc>,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        match self {
            Self::Standard => {
                let seconds = at.timestamp();
                let signature = standard_mac(secret, id, seconds, body)
                    .map(|mac| STANDARD.encode(mac.finalize().into_bytes()))
                    .unwrap_or_default();
                vec![
                    (ID, id.to_owned()),
                    (TIMESTAMP, seconds.to_string()),
                    (SIGNATURE, format!("v1,{signature}")),
                ]
            }
            Self::Timed => vec![(TIMED_HEADER, timed::signature(secret, at, body))],
            Self::Body => vec![(SIGNATURE_HEADER, signature(secret, body))],
        }
    }

    /// What a delivery is, and the id that its sender gave it.
    pub(super) fn judge(
        self,
        secret: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> DeliveryOutcome {
        // A header that is no text is a header that cannot be read, not a missing one.
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        match self {
            Self::Timed => timed::judge(secret, header(TIMED_HEADER), body, now),
            Self::Body => of_body(secret, header(SIGNATURE_HEADER), body),
            Self::Standard => match (header(ID), header(TIMESTAMP), header(SIGNATURE)) {
                (Some(id), Some(time), Some(signatures)) => standard(secret, id, time, signatures, body, now),
                _ => DeliveryOutcome::Unsigned,
            },
        }
    }
}

/// The HMAC-SHA256 of a body, as PaymentsAI puts it into [`SIGNATURE_HEADER`].
pub fn signature(secret: &str, body: &[u8]) -> String {
    let digest = body_mac(secret, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    digest.unwrap_or_default()
}

fn of_body(secret: &str, header: Option<&str>, body: &[u8]) -> DeliveryOutcome {
    let Some(header) = header else {
        return DeliveryOutcome::Unsigned;
    };
    let signature = Some(header).filter(|header| !header.is_empty() && header.len() <= MAX_HEADER);
    let Some(Ok(signature)) = signature.map(hex::decode) else {
        return DeliveryOutcome::Malformed;
    };
    if body_mac(secret, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok()) {
        DeliveryOutcome::Accepted
    } else {
        DeliveryOutcome::Wrong
    }
}

/// HMAC takes a key of any length, so there always is one; the type does not say so.
fn body_mac(secret: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

/// The id that the sender gave to a delivery.
pub(super) fn delivery_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(ID)?.to_str().ok()?;
    (id.len() <= MAX_HEADER).then(|| id.to_owned())
}

/// A secret that looks like those of Standard Webhooks, from any words.
pub(super) fn standard_secret(words: &str) -> String {
    format!("{PREFIX}{}", STANDARD.encode(crate::domain::digest::Digest::of(words.as_bytes()).as_bytes()))
}

fn standard(
    secret: &str,
    id: &str,
    time: &str,
    signatures: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> DeliveryOutcome {
    if id.is_empty() || id.len() > MAX_HEADER || signatures.len() > MAX_HEADER {
        return DeliveryOutcome::Malformed;
    }
    let Ok(seconds) = time.parse::<i64>() else {
        return DeliveryOutcome::Malformed;
    };
    let mut read = Vec::new();
    for signature in signatures.split(' ').take(MAX_SIGNATURES) {
        match signature.split_once(',').map(|(version, signature)| (version, STANDARD.decode(signature))) {
            Some(("v1", Ok(bytes))) => read.push(bytes),
            // Signatures of other versions stand beside those that are understood.
            Some((_, _)) => {}
            None => return DeliveryOutcome::Malformed,
        }
    }
    if read.is_empty() {
        return DeliveryOutcome::Malformed;
    }
    let good = |signature: &Vec<u8>| {
        standard_mac(secret, id, seconds, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    };
    if !read.iter().any(good) {
        DeliveryOutcome::Wrong
    } else if seconds.abs_diff(now.timestamp()) > TOLERANCE {
        DeliveryOutcome::Stale
    } else {
        DeliveryOutcome::Accepted
    }
}

fn standard_mac(secret: &str, id: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    #[test]
    fn a_signature_of_the_body_is_its_hmac_in_hexadecimal_digits() {
        // printf '{}' | openssl dgst -sha256 -hmac webhook_demo_a
        assert_eq!(signature("webhook_demo_a", b"{}"), OF_BODY);
    }

    const OF_BODY: &str = "5897c640d594677a7d87f5bef780e5c80af983d235f0786f1d3f8bb1a1b2a310";

    fn signed(at: DateTime<Utc>, body: &[u8]) -> HeaderMap {
        let headers = Scheme::Standard.headers(SECRET, "msg_1", at, body);
        headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_standard_signature_is_the_hmac_of_id_time_and_body() {
        // printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -binary \
        //   -mac HMAC -macopt hexkey:$(printf 'C2FVsBQIhrscChlQIMV+b5sSYspob7oD' | base64 -d | xxd -p) | base64
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let headers = signed(at, b"{}");
        assert_eq!(headers["webhook-timestamp"], "1700000000");
        assert_eq!(headers["webhook-signature"], EXPECTED);
    }

    const EXPECTED: &str = "v1,V5A7hCtzs1KTtYSvRi7DZobR0xbcjWhCBMIKhQUk6k0=";

    #[test]
    fn what_was_altered_left_out_or_sent_late_is_told_apart() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let judge =
            |headers: &HeaderMap, body: &[u8], now| Scheme::Standard.judge(SECRET, headers, body, now);
        let good = signed(at, b"{}");
        assert_eq!(judge(&good, b"{}", at), DeliveryOutcome::Accepted);
        assert_eq!(judge(&good, b"{ }", at), DeliveryOutcome::Wrong);
        assert_eq!(judge(&HeaderMap::new(), b"{}", at), DeliveryOutcome::Unsigned);
        let late = at + chrono::TimeDelta::seconds(301);
        assert_eq!(judge(&good, b"{}", late), DeliveryOutcome::Stale);
        for (name, value) in
            [("webhook-id", "msg_2"), ("webhook-timestamp", "1700000001"), ("webhook-signature", "v1,AAAA")]
        {
            let mut changed = good.clone();
            changed.insert(name, value.parse().unwrap());
            assert_eq!(judge(&changed, b"{}", at), DeliveryOutcome::Wrong, "{name}");
        }
        for (name, value) in
            [("webhook-timestamp", "soon"), ("webhook-signature", "v1"), ("webhook-signature", "v2,AAAA")]
        {
            let mut changed = good.clone();
            changed.insert(name, value.parse().unwrap());
            assert_eq!(judge(&changed, b"{}", at), DeliveryOutcome::Malformed, "{name}");
        }
        let other = Scheme::Standard.judge(&standard_secret("other"), &good, b"{}", at);
        assert_eq!(other, DeliveryOutcome::Wrong);
    }
}
