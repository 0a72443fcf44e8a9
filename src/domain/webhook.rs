//! The definition of a `webhook` check: what is delivered, how it is signed, what must be refused.

use std::time::Duration;

use super::expression::Template;
use super::ids::SecretId;

/// A webhook endpoint that must accept what is signed and refuse what is not.
#[derive(Debug, Clone)]
pub struct WebhookCheck {
    /// Where deliveries go, with POST.
    pub url: Template,
    /// What they are signed with.
    pub secret: SecretId,
    /// How the bytes of the key come out of the secret.
    pub secret_form: SecretForm,
    /// How they are signed.
    pub scheme: Scheme,
    /// Further headers.
    pub headers: Vec<(String, Template)>,
    /// What is delivered; sees `id` and `timestamp` of the delivery.
    pub body: Template,
    /// A good delivery must be answered in this time.
    pub within: Duration,
    /// The deliveries that must be refused, each sent once.
    pub refuse: Vec<BadDelivery>,
    /// A delivery signed longer ago than this is stale.
    pub tolerance: Duration,
}

/// How the bytes of a key are written down in its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretForm {
    /// The text itself is the key.
    Text,
    /// Base64, with or without padding.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// `whsec_` and base64, as Standard Webhooks has it.
    Whsec,
}

impl SecretForm {
    /// The word of the runbook format; `whsec` is implied by its scheme.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Whsec => "whsec",
        }
    }
}

/// How a delivery is signed.
#[derive(Debug, Clone)]
pub enum Scheme {
    /// The Standard Webhooks specification: `webhook-id`, `webhook-timestamp` and
    /// `webhook-signature: v1,<base64>` over `id.timestamp.body`.
    StandardWebhooks,
    /// Stripe's: `Stripe-Signature: t=<time>,v1=<hex>` over `time.body`.
    Stripe,
    /// Any other with an HMAC.
    Custom(Box<CustomScheme>),
}

impl Scheme {
    /// The word of the runbook format.
    pub fn word(&self) -> &'static str {
        match self {
            Self::StandardWebhooks => "standard-webhooks",
            Self::Stripe => "stripe",
            Self::Custom(_) => "custom",
        }
    }
}

/// The layout of a signature that is neither of the known schemes.
#[derive(Debug, Clone)]
pub struct CustomScheme {
    /// The header of the signature, in lower case.
    pub header: String,
    /// The hash of the HMAC.
    pub algorithm: Algorithm,
    /// How the HMAC is written.
    pub encoding: Encoding,
    /// What is signed; sees `id`, `timestamp`, `body`, `url` and `method`.
    pub signed: Template,
    /// The value of the header; sees `signature` too.
    pub value: Template,
    /// A header for the time on its own.
    pub timestamp_header: Option<String>,
    /// A header for the id.
    pub id_header: Option<String>,
}

/// The hash of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA-256
    Sha256,
    /// HMAC-SHA-512
    Sha512,
    /// HMAC-SHA-1, which older providers still use.
    Sha1,
}

impl Algorithm {
    /// The word of the runbook format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "hmac-sha256",
            Self::Sha512 => "hmac-sha512",
            Self::Sha1 => "hmac-sha1",
        }
    }
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits in lower case.
    Hex,
    /// Base64 with padding.
    Base64,
}

impl Encoding {
    /// The word of the runbook format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

/// A delivery that an endpoint must refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadDelivery {
    /// The body was changed after it was signed.
    AlteredBody,
    /// There is no signature.
    MissingSignature,
    /// Signed with another key.
    WrongSecret,
    /// Signed properly, but too long ago.
    StaleTimestamp,
    /// The same JSON in other bytes than were signed.
    Reserialised,
}

impl BadDelivery {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::AlteredBody,
        Self::MissingSignature,
        Self::WrongSecret,
        Self::StaleTimestamp,
        Self::Reserialised,
    ];

    /// The word of the runbook format.
    pub fn word(self) -> &'static str {
        match self {
            Self::AlteredBody => "altered-body",
            Self::MissingSignature => "missing-signature",
            Self::WrongSecret => "wrong-secret",
            Self::StaleTimestamp => "stale-timestamp",
            Self::Reserialised => "reserialised",
        }
    }

    /// What it is called on screens.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlteredBody => "altered body",
            Self::MissingSignature => "missing signature",
            Self::WrongSecret => "wrong secret",
            Self::StaleTimestamp => "stale timestamp",
            Self::Reserialised => "re-serialised JSON",
        }
    }
}
