//! A check of kind `webhook`: what is delivered, how it is signed, and what must be refused.

use std::time::Duration;

use indexmap::IndexMap;

use super::body;
use super::checks::Timing;
use super::http::{headers, is_token, sendable, starts_as_address};
use super::scope::{Place, template};
use super::words::{at_most, duration, one_of, required};
use crate::domain::check::Needs;
use crate::domain::expression::Template;
use crate::domain::ids::SecretId;
use crate::domain::runbook::Secret;
use crate::domain::webhook::{
    Algorithm, BadDelivery, CustomScheme, Encoding, Scheme, SecretForm, WebhookCheck,
};
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::Text;
use crate::runbook::shapes::{RawCheck, RawSignature, RawWebhook};

/// How long an endpoint may take when the author says nothing.
const WITHIN: Duration = Duration::from_secs(10);
/// The longest time that an endpoint may be given.
const MAX_WITHIN: Duration = Duration::from_mins(1);
/// What is stale when the author says nothing: the tolerance of both known schemes.
const TOLERANCE: Duration = Duration::from_mins(5);

#[derive(Clone, Copy)]
enum Word {
    StandardWebhooks,
    Stripe,
    Custom,
}

const SCHEMES: [(&str, Word); 3] =
    [("standard-webhooks", Word::StandardWebhooks), ("stripe", Word::Stripe), ("custom", Word::Custom)];
const FORMS: [(&str, SecretForm); 3] =
    [("text", SecretForm::Text), ("base64", SecretForm::Base64), ("hex", SecretForm::Hex)];
const ALGORITHMS: [(&str, Algorithm); 3] =
    [("hmac-sha256", Algorithm::Sha256), ("hmac-sha512", Algorithm::Sha512), ("hmac-sha1", Algorithm::Sha1)];
const ENCODINGS: [(&str, Encoding); 2] = [("hex", Encoding::Hex), ("base64", Encoding::Base64)];

/// Resolves the check.
pub(super) fn webhook(
    raw: RawWebhook<'_>,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<WebhookCheck> {
    let before = out.errors();
    let (at, broken) = (raw.at, raw.broken);
    let url = required(raw.url, "url", at, broken, out).and_then(|url| {
        starts_as_address(url, out);
        template(url, Place::Facts, known, &mut needs.fields, out)
    });
    let secret = required(raw.secret, "secret", at, broken, out);
    let secret = secret.and_then(|s| sendable(s, secrets, known, out));
    needs.secrets.extend(secret.clone());
    let word = required(raw.scheme, "scheme", at, broken, out);
    let word = word.and_then(|w| one_of(w, "scheme of webhooks", &SCHEMES, out));
    let body = match (raw.json, raw.body) {
        (Some(_), Some(body)) => {
            out.push(Draft::error(body.at, "a delivery has one of 'body' and 'json'").hint("remove one"));
            None
        }
        (Some(json), None) => body::json(json, Place::Delivery, known, &mut needs.fields, out),
        (None, body) => required(body, "json", at, broken, out)
            .and_then(|body| template(body, Place::Delivery, known, &mut needs.fields, out)),
    };
    let further = headers(raw.headers, Place::Delivery, known, &mut needs.fields, out);
    let scheme = word.and_then(|word| match (word, raw.signature) {
        (Word::Custom, Some(signature)) => custom(&signature, body.as_ref(), known, needs, out),
        (Word::Custom, None) => {
            out.push(
                Draft::error(at, "a custom scheme has no signature here")
                    .hint("[checks.x.signature] with header, algorithm, encoding, signed and value"),
            );
            None
        }
        (Word::StandardWebhooks | Word::Stripe, Some(signature)) => {
            out.push(
                Draft::error(signature.at, "only a custom scheme is spelled out")
                    .hint("scheme = \"custom\", or remove this"),
            );
            None
        }
        (Word::StandardWebhooks, None) => Some(Scheme::StandardWebhooks),
        (Word::Stripe, None) => Some(Scheme::Stripe),
    });
    let secret_form = form(raw.secret_form, word, out);
    let within = raw.within.and_then(|w| duration(w, Duration::from_millis(100), out));
    if let (Some(text), Some(within)) = (raw.within, within)
        && within > MAX_WITHIN
    {
        out.push(Draft::error(text.at, "an endpoint is given at most 1m"));
    }
    let tolerance = raw.tolerance.and_then(|t| duration(t, Duration::from_secs(1), out)).unwrap_or(TOLERANCE);
    let (url, scheme, body) = (url?, scheme?, body?);
    for (name, _) in &further {
        if names(&scheme).contains(&name.as_str()) {
            out.push(Draft::error(at, format!("the header '{name}' is the signature's own")));
        }
    }
    let refuse = refuse(raw.refuse, at, &scheme, &body, out);
    let check = WebhookCheck {
        url,
        secret: secret?,
        secret_form: secret_form?,
        scheme,
        headers: further,
        body,
        within: within.unwrap_or(WITHIN),
        refuse,
        tolerance,
    };
    (out.errors() == before).then_some(check)
}

/// What holds for the run as a whole when the author says nothing.
pub(super) fn timing(hook: &WebhookCheck, raw: &RawCheck<'_>, timing: &mut Timing, out: &mut Gathering<'_>) {
    match raw.deadline {
        // The good delivery, and then the bad ones a few at a time.
        None => timing.deadline = hook.within * 3,
        Some(text) if timing.deadline < hook.within => out.push(
            Draft::error(text.at, "the deadline of the run ends before the endpoint's own time")
                .hint("make it a few times as long as 'within', or leave it out"),
        ),
        Some(_) => {}
    }
}

fn form(text: Option<Text<'_>>, word: Option<Word>, out: &mut Gathering<'_>) -> Option<SecretForm> {
    match (text, word) {
        (None, Some(Word::StandardWebhooks)) => Some(SecretForm::Whsec),
        (None, Some(Word::Stripe | Word::Custom) | None) => Some(SecretForm::Text),
        (Some(text), Some(Word::StandardWebhooks | Word::Stripe)) => {
            out.push(
                Draft::error(text.at, "this scheme has a form of its own for secrets").hint("remove this"),
            );
            None
        }
        (Some(text), Some(Word::Custom) | None) => one_of(text, "form of a secret", &FORMS, out),
    }
}

fn custom(
    raw: &RawSignature<'_>,
    body: Option<&Template>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<Scheme> {
    let (at, broken) = (raw.at, raw.broken);
    let header = required(raw.header, "header", at, broken, out).and_then(|h| header_name(h, out));
    let algorithm = required(raw.algorithm, "algorithm", at, broken, out);
    let algorithm = algorithm.and_then(|a| one_of(a, "algorithm", &ALGORITHMS, out));
    let encoding = raw.encoding.map_or(Some(Encoding::Hex), |e| one_of(e, "encoding", &ENCODINGS, out));
    let signed_text = required(raw.signed, "signed", at, broken, out);
    let signed = signed_text.and_then(|s| template(s, Place::Signed, known, &mut needs.fields, out));
    let value_text = required(raw.value, "value", at, broken, out);
    let value = value_text.and_then(|v| template(v, Place::Signature, known, &mut needs.fields, out));
    let timestamp_header = raw.timestamp_header.map(|h| header_name(h, out));
    let id_header = raw.id_header.map(|h| header_name(h, out));
    let (signed, value) = (signed?, value?);
    if let Some(text) = signed_text.filter(|_| !signed.names().contains("body")) {
        out.push(
            Draft::error(text.at, "a signature that does not cover the body proves nothing about it")
                .hint("such as \"{{ timestamp }}.{{ body }}\""),
        );
    }
    if let Some(text) = value_text.filter(|_| !value.names().contains("signature")) {
        out.push(
            Draft::error(text.at, "the signature is not in its header")
                .hint("such as \"t={{ timestamp }},v1={{ signature }}\""),
        );
    }
    // Whoever verifies must be able to read what was signed.
    for (name, alone) in [("timestamp", &timestamp_header), ("id", &id_header)] {
        let told = alone.is_some()
            || value.names().contains(name)
            || body.is_some_and(|body| body.names().contains(name));
        if let Some(text) = signed_text.filter(|_| signed.names().contains(name) && !told) {
            let message = format!("the {name} is signed but not sent");
            out.push(Draft::error(text.at, message).hint(format!("{name}_header = \"x-...\" sends it")));
        }
    }
    Some(Scheme::Custom(Box::new(CustomScheme {
        header: header?,
        algorithm: algorithm?,
        encoding: encoding?,
        signed,
        value,
        timestamp_header: timestamp_header.map_or(Some(None), |h| h.map(Some))?,
        id_header: id_header.map_or(Some(None), |h| h.map(Some))?,
    })))
}

fn header_name(text: Text<'_>, out: &mut Gathering<'_>) -> Option<String> {
    let good = is_token(text.text);
    if !good {
        out.push(Draft::error(text.at, "this is no name of a header").hint("such as x-signature"));
    }
    good.then(|| text.text.to_ascii_lowercase())
}

/// The headers that a scheme sets.
fn names(scheme: &Scheme) -> Vec<&str> {
    match scheme {
        Scheme::StandardWebhooks => vec!["webhook-id", "webhook-timestamp", "webhook-signature"],
        Scheme::Stripe => vec!["stripe-signature"],
        Scheme::Custom(custom) => {
            [Some(&custom.header), custom.timestamp_header.as_ref(), custom.id_header.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect()
        }
    }
}

/// The bad deliveries: those that are named, or all that the scheme and the body can have.
fn refuse(
    raw: Option<Vec<Text<'_>>>,
    at: Span,
    scheme: &Scheme,
    body: &Template,
    out: &mut Gathering<'_>,
) -> Vec<BadDelivery> {
    let timed = match scheme {
        Scheme::StandardWebhooks | Scheme::Stripe => true,
        Scheme::Custom(custom) => custom.signed.names().contains("timestamp"),
    };
    let Some(mut named) = raw else {
        // Whether a body is JSON is only known when it is made; this is what it will be meant as.
        let json = body.source().trim_start().starts_with(['{', '[']);
        return BadDelivery::ALL
            .into_iter()
            .filter(|bad| match bad {
                BadDelivery::StaleTimestamp => timed,
                BadDelivery::Reserialised => json,
                BadDelivery::AlteredBody | BadDelivery::MissingSignature | BadDelivery::WrongSecret => true,
            })
            .collect();
    };
    at_most(&mut named, BadDelivery::ALL.len(), "bad deliveries", at, out);
    if named.is_empty() {
        out.push(
            Draft::warning(at, "nothing has to be refused, so an endpoint that verifies nothing passes")
                .hint("leave 'refuse' out for all"),
        );
    }
    let words = BadDelivery::ALL.map(|bad| (bad.word(), bad));
    let mut refuse = Vec::new();
    for text in named {
        let Some(bad) = one_of(text, "bad delivery", &words, out) else {
            continue;
        };
        if bad == BadDelivery::StaleTimestamp && !timed {
            out.push(
                Draft::error(text.at, "this signature covers no time, so nothing can be stale")
                    .hint("put {{ timestamp }} into 'signed', or leave this out"),
            );
        }
        if !refuse.contains(&bad) {
            refuse.push(bad);
        }
    }
    refuse
}
