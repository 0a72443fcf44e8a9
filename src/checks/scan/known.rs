//! The forms of keys that payment providers and their neighbours give out.
//!
//! A form begins with an anchor, a short text that all its keys share, so that one pass over the bytes finds
//! every place worth a closer look. What follows the anchor must look like a key: long enough, of the right
//! letters, and not the row of x that stands in a manual.

use crate::domain::check::ScanKind::{self, Keys, TestMode};

/// The letters of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Letters and digits.
    Plain,
    /// Capital letters and digits.
    Capital,
    /// Letters, digits, `_` and `-`.
    Token,
    /// As in base64.
    Base64,
}

impl Letters {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Plain => byte.is_ascii_alphanumeric(),
            Self::Capital => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-'),
        }
    }
}

/// A form of key: what it is called, what it counts as, and what follows its anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) label: &'static str,
    pub(super) counts_as: &'static [ScanKind],
    pub(super) letters: Letters,
    /// At least so many letters follow.
    pub(super) least: usize,
}

const fn form(label: &'static str, counts_as: &'static [ScanKind], letters: Letters, least: usize) -> Form {
    Form { label, counts_as, letters, least }
}

/// What an anchor leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    /// The key follows at once.
    Key(Form),
    /// `_live_` and `_test_`: the word before tells whose key it is.
    Mode(&'static [(&'static str, Option<Form>)], Form),
    /// A host of test mode; nothing needs to follow.
    TestHost,
    /// The name of a variable or member: a key is assigned to it.
    Name,
    /// What introduces a key in a header.
    Header,
    /// What does so only behind the name of the header: it is a common word.
    Word,
    /// The first line of a private key.
    Pem,
}

const KEY: &[ScanKind] = &[Keys];
const TEST_KEY: &[ScanKind] = &[Keys, TestMode];
const TEST_ID: &[ScanKind] = &[TestMode];

const LIVE: &[(&str, Option<Form>)] = &[
    ("sk", Some(form("Stripe live secret key", KEY, Letters::Plain, 16))),
    ("rk", Some(form("Stripe live restricted key", KEY, Letters::Plain, 16))),
    ("flint", Some(form("Flint live key", KEY, Letters::Plain, 8))),
    ("rzp", Some(form("Razorpay live key", KEY, Letters::Plain, 14))),
    // Meant to be seen by everyone.
    ("pk", None),
];
const TEST: &[(&str, Option<Form>)] = &[
    ("sk", Some(form("Stripe test secret key", TEST_KEY, Letters::Plain, 16))),
    ("rk", Some(form("Stripe test restricted key", TEST_KEY, Letters::Plain, 16))),
    ("pk", Some(form("Stripe test publishable key", TEST_ID, Letters::Plain, 16))),
    ("flint", Some(form("Flint test key", TEST_KEY, Letters::Plain, 8))),
    ("rzp", Some(form("Razorpay test key", TEST_KEY, Letters::Plain, 14))),
    ("cs", Some(form("Stripe test checkout session", TEST_ID, Letters::Plain, 16))),
];

/// Every anchor. None is the beginning of another.
pub(super) const ANCHORS: &[(&str, Anchor)] = &[
    ("_live_", Anchor::Mode(LIVE, form("live-mode key", KEY, Letters::Plain, 20))),
    ("_test_", Anchor::Mode(TEST, form("test-mode id", TEST_ID, Letters::Plain, 14))),
    ("whsec_", Anchor::Key(form("webhook signing secret", KEY, Letters::Base64, 24))),
    ("sq0csp-", Anchor::Key(form("Square application secret", KEY, Letters::Token, 30))),
    ("sq0atp-", Anchor::Key(form("Square access token", KEY, Letters::Token, 22))),
    ("$production$", Anchor::Key(form("Braintree access token", KEY, Letters::Plain, 16))),
    ("$sandbox$", Anchor::Key(form("Braintree sandbox token", TEST_KEY, Letters::Plain, 16))),
    ("AKIA", Anchor::Key(form("AWS access key id", KEY, Letters::Capital, 16))),
    ("ASIA", Anchor::Key(form("AWS access key id", KEY, Letters::Capital, 16))),
    ("AIza", Anchor::Key(form("Google API key", KEY, Letters::Token, 35))),
    ("ghp_", Anchor::Key(form("GitHub token", KEY, Letters::Plain, 36))),
    ("gho_", Anchor::Key(form("GitHub token", KEY, Letters::Plain, 36))),
    ("ghs_", Anchor::Key(form("GitHub token", KEY, Letters::Plain, 36))),
    ("github_pat_", Anchor::Key(form("GitHub token", KEY, Letters::Token, 40))),
    ("glpat-", Anchor::Key(form("GitLab token", KEY, Letters::Token, 20))),
    ("xoxb-", Anchor::Key(form("Slack token", KEY, Letters::Token, 20))),
    ("xoxp-", Anchor::Key(form("Slack token", KEY, Letters::Token, 20))),
    ("shpat_", Anchor::Key(form("Shopify access token", KEY, Letters::Plain, 32))),
    ("npm_", Anchor::Key(form("npm token", KEY, Letters::Plain, 36))),
    ("-----BEGIN ", Anchor::Pem),
    ("staging-api", Anchor::TestHost),
    ("sandbox-api", Anchor::TestHost),
    ("api.sandbox.", Anchor::TestHost),
    ("api-m.sandbox.", Anchor::TestHost),
    ("Bearer", Anchor::Header),
    ("bearer", Anchor::Header),
    ("BEARER", Anchor::Header),
    ("ApiKey", Anchor::Header),
    ("Basic", Anchor::Word),
    ("basic", Anchor::Word),
    ("api_key", Anchor::Name),
    ("API_KEY", Anchor::Name),
    ("apiKey", Anchor::Name),
    ("api-key", Anchor::Name),
    ("Api-Key", Anchor::Name),
    ("apikey", Anchor::Name),
    ("secret_key", Anchor::Name),
    ("SECRET_KEY", Anchor::Name),
    ("secretKey", Anchor::Name),
    ("client_secret", Anchor::Name),
    ("CLIENT_SECRET", Anchor::Name),
    ("clientSecret", Anchor::Name),
    ("access_token", Anchor::Name),
    ("ACCESS_TOKEN", Anchor::Name),
    ("accessToken", Anchor::Name),
    ("auth_token", Anchor::Name),
    ("AUTH_TOKEN", Anchor::Name),
];
