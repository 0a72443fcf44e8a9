//! Which names a condition or a template may read, and the check that it reads no other.

use std::collections::BTreeSet;

use crate::domain::check::CheckKind;
use crate::domain::expression::{Expression, ExpressionError, Template};
use crate::domain::ids::{DecisionId, FieldId};
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::{Known, Names};
use crate::runbook::read::Text;
use crate::runbook::suggest;

/// Where a condition or template stands; decides what it can read beside `fields` and `decisions`.
#[derive(Clone, Copy)]
pub(super) enum Place<'c> {
    /// Facts alone.
    Facts,
    /// A rule of a decision: also `value`.
    Rule,
    /// The address of a request: also `captures` of the steps before.
    Request(&'c [String]),
    /// A header or the body of a request: also secrets, which are put in at the last moment.
    Sent(&'c [String]),
    /// What is shown when an action is done: `captures` of its steps, secrets covered.
    Shown(&'c [String]),
    /// A judgement of an answer: also the answer, and `captures` of the steps before.
    Answer(&'c [String]),
    /// A symptom: what any check sees.
    Symptom,
    /// A judgement of a file: also what is in it.
    File,
    /// A judgement of a program: also how it ended and what it said.
    Command,
    /// The body or a header of a webhook delivery: also its id and time.
    Delivery,
    /// What is signed of a delivery: also the body and where it goes.
    Signed,
    /// The header of its signature: also the signature.
    Signature,
}

/// What an answer consists of.
const ANSWER: [&str; 5] = ["status", "headers", "json", "text", "elapsed_ms"];

/// What is known of a page, a file, a program that ended, and a certificate.
const PAGE: [&str; 3] = ["status", "headers", "text"];
const FILE: [&str; 2] = ["data", "size"];
const COMMAND: [&str; 4] = ["exit", "stdout", "stderr", "json"];
const TLS: [&str; 2] = ["days_left", "issuer"];

/// What the troubleshooting sees of a check beside the facts.
pub(super) fn seen_of(kind: &CheckKind) -> &'static [&'static str] {
    match kind {
        CheckKind::Http(_) | CheckKind::Webhook(_) => &ANSWER,
        CheckKind::Page(_) => &PAGE,
        CheckKind::File(_) => &FILE,
        CheckKind::Command(_) => &COMMAND,
        CheckKind::Tls(_) => &TLS,
        CheckKind::Env(_) | CheckKind::Scan(_) | CheckKind::Fields(_) | CheckKind::Decisions(_) => &[],
    }
}

/// What is new with every webhook delivery.
const DELIVERY: [&str; 2] = ["id", "timestamp"];
/// What a signature of one may cover beside that.
const SIGNED: [&str; 3] = ["body", "url", "method"];

impl Place<'_> {
    fn roots(self) -> Vec<&'static str> {
        let mut roots = vec!["fields", "decisions"];
        match self {
            Self::Facts => {}
            Self::Rule => roots.push("value"),
            Self::Request(_) => roots.push("captures"),
            Self::Sent(_) | Self::Shown(_) => roots.extend(["captures", "secrets"]),
            Self::Answer(_) => roots.extend(ANSWER.into_iter().chain(["captures"])),
            Self::Symptom => roots.extend(ANSWER.into_iter().chain(FILE).chain(COMMAND).chain(TLS)),
            Self::File => roots.extend(FILE),
            Self::Command => roots.extend(COMMAND),
            Self::Delivery => roots.extend(DELIVERY),
            Self::Signed => roots.extend(DELIVERY.into_iter().chain(SIGNED)),
            Self::Signature => roots.extend(DELIVERY.into_iter().chain(SIGNED).chain(["signature"])),
        }
        roots
    }

    fn captures(self) -> &'static str {
        match self {
            Self::Request(_) | Self::Sent(_) | Self::Shown(_) | Self::Answer(_) => "captures",
            Self::Facts
            | Self::Rule
            | Self::Symptom
            | Self::File
            | Self::Command
            | Self::Delivery
            | Self::Signed
            | Self::Signature => "",
        }
    }
}

/// A condition whose names are all known. The fields that it reads go into `needs`.
pub(super) fn expression(
    text: Text<'_>,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<Expression> {
    let expression = compiled(text, Expression::new(text.text), out)?;
    names(text, &expression.names(), place, known, needs, out).then_some(expression)
}

/// A template whose names are all known. The fields that it reads go into `needs`.
pub(super) fn template(
    text: Text<'_>,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<Template> {
    let template = compiled(text, Template::new(text.text), out)?;
    if !template.only_inserts("secrets") {
        out.push(
            Draft::error(text.at, "a secret is put in as it is, with nothing around it inside the braces")
                .hint("write {{ secrets.name }}"),
        );
        return None;
    }
    names(text, &template.names(), place, known, needs, out).then_some(template)
}

fn compiled<T>(text: Text<'_>, made: Result<T, ExpressionError>, out: &mut Gathering<'_>) -> Option<T> {
    match made {
        Ok(made) => Some(made),
        Err(error) => {
            out.push(
                Draft::error(text.at, error.to_string())
                    .hint("conditions read like: status == 200 and json.state in ['a', 'b']"),
            );
            None
        }
    }
}

/// Whether every name is known; those that are not are reported.
fn names(
    text: Text<'_>,
    names: &BTreeSet<String>,
    place: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> bool {
    let before = out.errors();
    for name in names {
        let (root, member) = name.split_once('.').map_or((name.as_str(), None), |(r, m)| (r, Some(m)));
        match root {
            "secrets" if place.roots().contains(&root) => {
                fact(text, root, member, &mut known.secrets, out);
            }
            "secrets" => {
                let message = "a secret is never part of a text, an address or a condition";
                out.push(Draft::error(text.at, message).hint(
                    "send it with bearer = \"...\" or auth = { scheme = \"...\", secret = \"...\" }, \
                         in a header or in the body",
                ));
            }
            "fields" => {
                if fact(text, root, member, &mut known.fields, out)
                    && let Some(field) = member.and_then(|m| FieldId::new(m).ok())
                {
                    needs.insert(field);
                }
            }
            "decisions" => {
                if fact(text, root, member, &mut known.decisions, out)
                    && let Some(decision) = member.and_then(|m| DecisionId::new(m).ok())
                {
                    known.decisions_read.insert(decision);
                }
            }
            "captures" if place.captures() == root => captured(text, member, place, out),
            _ if place.roots().contains(&root) => {}
            _ => {
                let hint = suggest::hint(root, || place.roots().into_iter(), out);
                out.push(Draft::error(text.at, format!("'{root}' is not known here")).maybe_hint(hint));
            }
        }
    }
    out.errors() == before
}

fn fact(
    text: Text<'_>,
    root: &str,
    member: Option<&str>,
    known: &mut Names<'_>,
    out: &mut Gathering<'_>,
) -> bool {
    let Some(member) = member else {
        out.push(
            Draft::error(text.at, format!("'{root}' must be followed by the name that is meant"))
                .hint(format!("write {root}.name or {root}['name']")),
        );
        return false;
    };
    if known.has(member) {
        return true;
    }
    let first = member.split('.').next().unwrap_or(member);
    if known.has(first) {
        out.push(Draft::error(text.at, format!("{root}.{first} is a text and has no members")));
    } else if let Some(meant) = known.hyphened(first) {
        out.push(
            Draft::error(text.at, format!("{root}.{first} is not known; '-' is a minus sign here"))
                .hint(format!("write {root}['{meant}']")),
        );
    } else {
        known.missing(Text { text: first, at: text.at }, out);
    }
    false
}

fn captured(text: Text<'_>, member: Option<&str>, place: Place<'_>, out: &mut Gathering<'_>) {
    let captures = match place {
        Place::Request(captures)
        | Place::Sent(captures)
        | Place::Shown(captures)
        | Place::Answer(captures) => captures,
        Place::Facts
        | Place::Rule
        | Place::Symptom
        | Place::File
        | Place::Command
        | Place::Delivery
        | Place::Signed
        | Place::Signature => &[],
    };
    let name = member.map(|m| m.split('.').next().unwrap_or(m));
    if name.is_none_or(|name| !captures.iter().any(|c| c == name)) {
        let hint = suggest::hint(name.unwrap_or_default(), || captures.iter().map(String::as_str), out)
            .unwrap_or_else(|| "capture it in a step before this one".to_owned());
        out.push(Draft::error(text.at, "no step before this one captures that").hint(hint));
    }
}
