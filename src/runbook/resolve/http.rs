//! The steps of an `http` check, with their sugar: `get = …`, `bearer = …`, `json = { … }`.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::body;
use super::scope::{Place, expression, template};
use super::words::{at_most, id, required, title};
use crate::domain::check::{Auth, HttpStep, Listing, Method, Needs};
use crate::domain::expression::{Expression, Template};
use crate::domain::ids::{FieldId, SecretId};
use crate::domain::runbook::Secret;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::{Named, Text};
use crate::runbook::shapes::{OneOrMany, RawListings, RawStep};

const MAX_STEPS: usize = 20;
const MAX_CONDITIONS: usize = 50;
const MAX_PAIRS: usize = 50;
const MAX_LISTINGS: usize = 20;
/// Headers that golive or the connection itself sets.
pub(super) const RESERVED: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "upgrade",
];

/// The steps of one check. A check stores nothing: what comes back once is for an action.
pub(super) fn check_steps(
    raw: Vec<RawStep<'_>>,
    at: Span,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<Vec<HttpStep>> {
    for store in raw.iter().filter_map(|step| step.store.as_ref()) {
        let at = store.0.first().map_or(at, |(name, _)| name.at);
        out.push(
            Draft::error(at, "a check stores no secrets: it runs again and again")
                .hint("store belongs to a step of [[actions]]"),
        );
    }
    steps(raw, at, secrets, known, needs, out)
}

/// The steps of one check or action.
pub(super) fn steps(
    mut raw: Vec<RawStep<'_>>,
    at: Span,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<Vec<HttpStep>> {
    at_most(&mut raw, MAX_STEPS, "steps", at, out);
    if raw.is_empty() {
        out.push(Draft::error(at, "this check has no steps").hint("steps = [{ get = \"https://...\" }]"));
        return None;
    }
    let before = out.errors();
    let mut captures = Vec::new();
    let mut steps = Vec::new();
    for raw in raw {
        // What an earlier step captured is read as `captures.x`, which needs nothing; `fields.x` is what
        // the engagement had before the run, so it is needed even when a capture fills it afterwards.
        let at = raw.at;
        if let Some(step) = step(raw, &captures, secrets, known, &mut needs.fields, out) {
            let sent = step.secrets();
            let auth = step.auth.as_ref().map(|auth| &auth.secret);
            let inserted = sent.iter().filter(|id| Some(*id) != auth);
            inserted.for_each(|id| has_origins(id.as_str(), at, secrets, out));
            needs.secrets.extend(sent);
            captures.extend(step.capture.iter().map(|(name, _)| name.clone()));
            steps.push(step);
        }
    }
    (out.errors() == before).then_some(steps)
}

fn step(
    raw: RawStep<'_>,
    captures: &[String],
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<HttpStep> {
    let request = Place::Request(captures);
    let sent = Place::Sent(captures);
    let answer = Place::Answer(captures);
    let (method, target) = method(&raw, out)?;
    let url = template(target, request, known, needs, out);
    starts_as_address(target, out);
    let name = match raw.name {
        Some(name) => title(name, out),
        None => Some(step_name(method, target.text)),
    };
    let auth = auth(&raw, secrets, known, out);
    let body = match (raw.body, raw.json) {
        (Some(body), Some(_)) => {
            out.push(Draft::error(body.at, "a step has one of 'body' and 'json'").hint("remove one"));
            None
        }
        (Some(body), None) => template(body, sent, known, needs, out),
        (None, Some(json)) => body::json(json, sent, known, needs, out),
        (None, None) => None,
    };
    let headers = headers(raw.headers, sent, known, needs, out);
    let expect = conditions(raw.expect, raw.at, answer, known, needs, out);
    if expect.is_empty() && !raw.broken {
        out.push(
            Draft::warning(raw.at, "this step expects nothing, so almost any answer passes")
                .hint("expect = [\"status == 200\"]"),
        );
    }
    let pending = conditions(raw.pending, raw.at, answer, known, needs, out);
    let blocking = listings(raw.blocking, raw.at, answer, known, needs, out);
    let waiting = listings(raw.waiting, raw.at, answer, known, needs, out);
    let warning = listings(raw.warning, raw.at, answer, known, needs, out);
    let reason = raw.reason.and_then(|t| expression(t, answer, known, needs, out));
    let mut capture = raw.capture.map(|c| c.0).unwrap_or_default();
    at_most(&mut capture, MAX_PAIRS, "captures", raw.at, out);
    let capture = capture
        .into_iter()
        .filter_map(|(name, from)| {
            id(name, FieldId::new, out)?;
            // A capture that fills a field is a use of the field.
            known.fields.has(name.text);
            Some((name.text.to_owned(), expression(from, answer, known, needs, out)?))
        })
        .collect();
    Some(HttpStep {
        name: name?,
        method,
        url: url?,
        headers,
        auth,
        body,
        expect,
        pending,
        blocking,
        waiting,
        warning,
        reason,
        capture,
    })
}

/// Reports an address that cannot be one.
pub(super) fn starts_as_address(target: Text<'_>, out: &mut Gathering<'_>) {
    if !["{{", "https://", "http://"].iter().any(|start| target.text.starts_with(start)) {
        out.push(
            Draft::error(target.at, "an address starts with https://, http:// or a field")
                .hint("such as \"{{ fields.api_url }}/v1/accounts\""),
        );
    }
}

/// A secret that is there and may be sent somewhere.
pub(super) fn sendable(
    secret: Text<'_>,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<SecretId> {
    if !known.secrets.find(secret, out) {
        return None;
    }
    if secrets.get(secret.text).is_some_and(|s| s.origins.is_empty()) {
        let message = format!("the secret '{}' has no origins, so it may be sent nowhere", secret.text);
        out.push(
            Draft::error(secret.at, message)
                .hint("origins = [\"https://api.example.com\"] on the secret names where it may go"),
        );
    }
    SecretId::new(secret.text).ok()
}

fn method<'a>(raw: &RawStep<'a>, out: &mut Gathering<'_>) -> Option<(Method, Text<'a>)> {
    let given: Vec<_> = [
        (Method::Get, raw.get),
        (Method::Head, raw.head),
        (Method::Post, raw.post),
        (Method::Put, raw.put),
        (Method::Patch, raw.patch),
        (Method::Delete, raw.delete),
    ]
    .into_iter()
    .filter_map(|(method, target)| Some((method, target?)))
    .collect();
    let hint = "exactly one of get, head, post, put, patch, delete";
    match given[..] {
        [one] => Some(one),
        [] if raw.broken => None,
        [] => {
            out.push(Draft::error(raw.at, "this step sends no request").hint(hint));
            None
        }
        [_, second, ..] => {
            out.push(Draft::error(second.1.at, "this step sends more than one request").hint(hint));
            None
        }
    }
}

/// The method's word.
fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// The name of a step without one: method and path, the fields in it by their names.
fn step_name(method: Method, target: &str) -> String {
    let plain: String = target
        .replace("fields.", "")
        .replace("captures.", "")
        .replace("{{", "{")
        .replace("}}", "}")
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let from = plain.find("://").map_or(0, |n| n + 3);
    let path = plain[from..].find('/').map_or(plain.as_str(), |n| &plain[from + n..]);
    let short: String = path.chars().take(super::words::MAX_TITLE).collect();
    format!("{} {short}", word(method))
}

fn auth(
    raw: &RawStep<'_>,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Auth> {
    let (scheme, secret) = match (&raw.bearer, &raw.auth) {
        (Some(bearer), Some(_)) => {
            out.push(Draft::error(bearer.at, "a step has one of 'bearer' and 'auth'").hint("remove one"));
            return None;
        }
        (Some(bearer), None) => ("Bearer", *bearer),
        (None, Some(auth)) => {
            let scheme = required(auth.scheme, "scheme", auth.at, auth.broken, out);
            let secret = required(auth.secret, "secret", auth.at, auth.broken, out);
            let (scheme, secret) = (scheme?, secret?);
            if !is_token(scheme.text) {
                out.push(Draft::error(scheme.at, "a scheme is one word").hint("such as Bearer or ApiKey"));
            }
            (scheme.text, secret)
        }
        (None, None) => return None,
    };
    Some(Auth { scheme: scheme.to_owned(), secret: sendable(secret, secrets, known, out)? })
}

fn has_origins(id: &str, at: Span, secrets: &IndexMap<SecretId, Secret>, out: &mut Gathering<'_>) {
    if secrets.get(id).is_some_and(|s| s.origins.is_empty()) {
        let message = format!("the secret '{id}' has no origins, so it may be sent nowhere");
        out.push(
            Draft::error(at, message)
                .hint("origins = [\"https://api.example.com\"] on the secret names where it may go"),
        );
    }
}

/// Headers with templates, their names in lower case.
pub(super) fn headers(
    raw: Option<Named<'_, Text<'_>>>,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Vec<(String, Template)> {
    let mut pairs = raw.map(|h| h.0).unwrap_or_default();
    let at = pairs.first().map(|(name, _)| name.at).unwrap_or_default();
    at_most(&mut pairs, MAX_PAIRS, "headers", at, out);
    pairs
        .into_iter()
        .filter_map(|(name, value)| {
            let lower = name.text.to_ascii_lowercase();
            if RESERVED.contains(&lower.as_str()) {
                out.push(
                    Draft::error(name.at, format!("the header '{lower}' is not the runbook's to set"))
                        .hint("a secret is sent with 'bearer' or 'auth'"),
                );
                return None;
            }
            if !is_token(&lower) {
                out.push(Draft::error(name.at, "this is no name of a header"));
                return None;
            }
            Some((lower, template(value, place, known, needs, out)?))
        })
        .collect()
}

/// A token of RFC 9110, section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed)
}

fn conditions(
    raw: Option<OneOrMany<'_>>,
    at: Span,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Vec<Expression> {
    let mut list = raw.unwrap_or_default().0;
    at_most(&mut list, MAX_CONDITIONS, "conditions", at, out);
    list.into_iter()
        .filter_map(|text| {
            let condition = expression(text, place, known, needs, out)?;
            if condition.names().is_empty() {
                out.push(
                    Draft::error(text.at, "this condition looks at nothing, so it always says the same")
                        .hint("look at status, headers, json, text or elapsed_ms"),
                );
            }
            Some(condition)
        })
        .collect()
}

/// Lists of findings, in the author's order.
fn listings(
    raw: Option<RawListings<'_>>,
    at: Span,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Vec<Listing> {
    match raw {
        None => Vec::new(),
        Some(RawListings::One(entries)) => expression(entries, place, known, needs, out)
            .map(|entries| Listing { label: None, entries })
            .into_iter()
            .collect(),
        Some(RawListings::Labelled(Named(mut pairs))) => {
            at_most(&mut pairs, MAX_LISTINGS, "lists", at, out);
            pairs
                .into_iter()
                .filter_map(|(label, entries)| {
                    let label = title(label, out);
                    let entries = expression(entries, place, known, needs, out)?;
                    Some(Listing { label: Some(label?), entries })
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_name_is_named_by_method_and_path() {
        let name = |target| step_name(Method::Get, target);
        assert_eq!(name("{{ fields.api_url }}/v1/accounts/{{ fields.id }}"), "GET /v1/accounts/{id}");
        assert_eq!(name("https://example.com/a?b=c"), "GET /a?b=c");
        assert_eq!(name("{{ fields.status_url }}"), "GET {status_url}");
        assert_eq!(name("https://example.com"), "GET https://example.com");
    }
}
