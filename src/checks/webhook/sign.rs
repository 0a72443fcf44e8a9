//! Keys and signatures: pure. The bytes of a key are wiped when they are no longer needed.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::domain::webhook::{Algorithm, Encoding, SecretForm};

/// Base64 as people paste it, with or without the padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a key.
pub(super) type Key = Zeroizing<Vec<u8>>;

/// The secret is not written in its form. The reason never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not in the form '{}'", .0.word())]
pub(crate) struct BadForm(SecretForm);

/// The key in a secret.
pub(super) fn key(secret: &SecretString, form: SecretForm) -> Result<Key, BadForm> {
    let text = secret.expose_secret();
    let bytes = match form {
        SecretForm::Text => Some(text.as_bytes().to_vec()),
        SecretForm::Base64 => LENIENT.decode(text).ok(),
        SecretForm::Hex => hex::decode(text).ok(),
        SecretForm::Whsec => LENIENT.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok(),
    };
    bytes.filter(|bytes| !bytes.is_empty()).map(Zeroizing::new).ok_or(BadForm(form))
}

/// A key that nobody has.
pub(super) fn other_key() -> Key {
    Zeroizing::new(rand::random::<[u8; 32]>().to_vec())
}

/// The signature that Standard Webhooks has in its header (standardwebhooks.com), with a secret in its form.
pub(crate) fn standard_signature(
    secret: &SecretString,
    id: &str,
    timestamp: i64,
    body: &str,
) -> Result<String, BadForm> {
    let key = key(secret, SecretForm::Whsec)?;
    let signed = format!("{id}.{timestamp}.{body}");
    Ok(format!("v1,{}", encoded(Encoding::Base64, &hmac(Algorithm::Sha256, &key, signed.as_bytes()))))
}

/// The HMAC of `signed`, as bytes.
pub(super) fn hmac(algorithm: Algorithm, key: &[u8], signed: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Sha256 => of::<Hmac<Sha256>>(key, signed),
        Algorithm::Sha512 => of::<Hmac<Sha512>>(key, signed),
        Algorithm::Sha1 => of::<Hmac<Sha1>>(key, signed),
    }
}

/// HMAC takes a key of any length (RFC 2104), so there always is one; the type does not say so.
fn of<M: Mac + KeyInit>(key: &[u8], signed: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key)
        .map(|mac| mac.chain_update(signed).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// A signature as text.
pub(super) fn encoded(encoding: Encoding, signature: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex::encode(signature),
        Encoding::Base64 => general_purpose::STANDARD.encode(signature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_out_of_its_form() {
        let key = |text: &str, form| key(&SecretString::from(text), form).map(|k| k.to_vec());
        assert_eq!(key("abc", SecretForm::Text).unwrap(), b"abc");
        assert_eq!(key("YWJj", SecretForm::Base64).unwrap(), b"abc");
        assert_eq!(key("YWI=", SecretForm::Base64).unwrap(), b"ab");
        assert_eq!(key("YWI", SecretForm::Base64).unwrap(), b"ab");
        assert_eq!(key("616263", SecretForm::Hex).unwrap(), b"abc");
        assert_eq!(key("whsec_YWJj", SecretForm::Whsec).unwrap(), b"abc");
        assert_eq!(key("YWJj", SecretForm::Whsec).unwrap(), b"abc");
        for (text, form) in
            [("a!", SecretForm::Base64), ("xyz", SecretForm::Hex), ("whsec_", SecretForm::Whsec)]
        {
            let error = key(text, form).unwrap_err().to_string();
            assert!(!error.contains(text), "{error}");
        }
    }

    #[test]
    fn signatures_are_those_of_rfc_4231_and_rfc_2202() {
        let sign =
            |algorithm| encoded(Encoding::Hex, &hmac(algorithm, b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(sign(Algorithm::Sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(
            sign(Algorithm::Sha256),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(
            sign(Algorithm::Sha512)
                .starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554")
        );
    }
}
