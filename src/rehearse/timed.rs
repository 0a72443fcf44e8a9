//! Signatures that cover the time: HMAC-SHA256 (RFC 2104) over `<time>.<body>`, in one header as
//! `t=<seconds since 1970>,v1=<64 hexadecimal characters>`. While a secret is being rotated there may be
//! several `v1`; one good one is enough.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::merchant::DeliveryOutcome;
use super::signing::{MAX_HEADER, MAX_SIGNATURES, TOLERANCE};

/// The value of the signature header for a body sent at a time.
pub(super) fn signature(secret: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let seconds = at.timestamp();
    let digest = mac(secret, seconds, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("t={seconds},v1={}", digest.unwrap_or_default())
}

/// HMAC takes a key of any length, so there always is one; the type does not say so.
fn mac(secret: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// What a delivery with this header and body is.
pub(super) fn judge(secret: &str, header: Option<&str>, body: &[u8], now: DateTime<Utc>) -> DeliveryOutcome {
    let Some(header) = header else {
        return DeliveryOutcome::Unsigned;
    };
    let Some(Signed { seconds, signatures }) = parse(header) else {
        return DeliveryOutcome::Malformed;
    };
    let good = |signature: &Vec<u8>| {
        mac(secret, seconds, body).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    };
    if !signatures.iter().any(good) {
        DeliveryOutcome::Wrong
    } else if seconds.abs_diff(now.timestamp()) > TOLERANCE {
        DeliveryOutcome::Stale
    } else {
        DeliveryOutcome::Accepted
    }
}

struct Signed {
    seconds: i64,
    signatures: Vec<Vec<u8>>,
}

fn parse(header: &str) -> Option<Signed> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let mut seconds = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=')? {
            ("t", value) if seconds.is_none() => seconds = Some(value.parse().ok()?),
            ("v1", value) if signatures.len() < MAX_SIGNATURES => signatures.push(hex::decode(value).ok()?),
            _ => return None,
        }
    }
    if signatures.is_empty() { None } else { Some(Signed { seconds: seconds?, signatures }) }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const SECRET: &str = "webhook_demo_a";
    const BODY: &[u8] = br#"{"event":"payment.approved"}"#;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    #[test]
    fn the_signature_is_the_hmac_of_time_dot_body() {
        // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac webhook_demo_a`.
        assert_eq!(
            signature(SECRET, now(), b"{}"),
            "t=1700000000,v1=8ded7e749ee78661b82fd5a00a8d0a8b3c904ad2fcc35db99895fb0ec0a59c92"
        );
    }

    #[test]
    fn an_unsigned_altered_or_unreadable_delivery_is_told_apart() {
        use DeliveryOutcome::{Accepted, Malformed, Unsigned, Wrong};
        let good = signature(SECRET, now(), BODY);
        let (time, hmac) = good.split_once(',').unwrap();
        for (header, body, outcome) in [
            (Some(good.clone()), BODY, Accepted),
            (None, BODY, Unsigned),
            (Some(good.clone()), b"{}", Wrong),
            (Some(signature("webhook_demo_c", now(), BODY)), BODY, Wrong),
            (Some(format!("t=1700000001,{hmac}")), BODY, Wrong),
            (Some(format!("{time},v1=00")), BODY, Wrong),
            (Some(time.to_owned()), BODY, Malformed),
            (Some(hmac.to_owned()), BODY, Malformed),
            (Some(format!("{time},v1=xyz")), BODY, Malformed),
            (Some(format!("{time},{time},{hmac}")), BODY, Malformed),
            (Some(String::new()), BODY, Malformed),
            (Some(format!("{time},{}", vec!["v1=00"; 90].join(","))), BODY, Malformed),
        ] {
            assert_eq!(judge(SECRET, header.as_deref(), body, now()), outcome, "{header:?}");
        }
    }

    #[test]
    fn a_delivery_signed_more_than_five_minutes_off_is_stale() {
        use DeliveryOutcome::{Accepted, Stale, Wrong};
        for (seconds, outcome) in [(-301, Stale), (-300, Accepted), (300, Accepted), (301, Stale)] {
            let header = signature(SECRET, now() + TimeDelta::seconds(seconds), BODY);
            assert_eq!(judge(SECRET, Some(&header), BODY, now()), outcome, "{seconds}");
        }
        let header = format!("t={},v1={}", i64::MIN, "00".repeat(32));
        assert_eq!(judge(SECRET, Some(&header), BODY, now()), Wrong);
    }

    #[test]
    fn while_a_secret_is_rotated_one_good_signature_is_enough() {
        let good = signature(SECRET, now(), BODY);
        let header = good.replace(",v1=", &format!(",v1={},v1=", "00".repeat(32)));
        assert_eq!(judge(SECRET, Some(&header), BODY, now()), DeliveryOutcome::Accepted);
    }
}
