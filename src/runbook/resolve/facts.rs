//! Roles, fields, secrets and symptoms.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::scope::{Place, expression, seen_of, template};
use super::words::{at_most, id, number, pattern, prose, required, set, title};
use crate::domain::check::Check;
use crate::domain::expression::Expression;
use crate::domain::ids::{CheckId, FieldId, RoleId, SecretId};
use crate::domain::runbook::{Field, Role, Secret, SecretPolicy, Side, Symptom};
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::Count;
use crate::runbook::shapes::{RawField, RawPolicy, RawRole, RawSecret, RawSymptom};

const MAX_ROLES: usize = 64;
const MAX_FIELDS: usize = 500;
const MAX_SECRETS: usize = 100;
const MAX_ORIGINS: usize = 20;
const MAX_SYMPTOMS: usize = 200;
const MAX_CHARS: usize = 1000;
const MAX_REMEMBERED: usize = 24;

const SIDES: [(&str, Side); 2] = [("merchant", Side::Merchant), ("provider", Side::Provider)];

/// The roles, in the author's order.
pub(super) fn roles(mut raw: Vec<RawRole<'_>>, at: Span, out: &mut Gathering<'_>) -> IndexMap<RoleId, Role> {
    at_most(&mut raw, MAX_ROLES, "roles", at, out);
    if !raw.iter().any(|r| set(r.lead)) && !raw.is_empty() {
        out.push(
            Draft::warning(raw[0].at, "no role leads the engagement")
                .hint("lead = true on the role that assigns members and grants waivers"),
        );
    }
    raw.into_iter().filter_map(|r| role(&r, out)).map(|r| (r.id.clone(), r)).collect()
}

fn role(raw: &RawRole<'_>, out: &mut Gathering<'_>) -> Option<Role> {
    let key = required(raw.id, "id", raw.at, raw.broken, out);
    let name = required(raw.name, "name", raw.at, raw.broken, out);
    let side = required(raw.side, "side", raw.at, raw.broken, out);
    let duty = prose(raw.duty, out);
    let key = key.and_then(|k| id(k, RoleId::new, out));
    let name = name.and_then(|n| title(n, out));
    let side = side.and_then(|s| super::words::one_of(s, "side", &SIDES, out));
    Some(Role { id: key?, name: name?, side: side?, lead: set(raw.lead), duty })
}

/// The typed facts.
pub(super) fn fields(
    mut raw: Vec<RawField<'_>>,
    at: Span,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> IndexMap<FieldId, Field> {
    at_most(&mut raw, MAX_FIELDS, "fields", at, out);
    raw.into_iter().filter_map(|f| field(&f, known, out)).map(|f| (f.id.clone(), f)).collect()
}

fn field(raw: &RawField<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Field> {
    let key = required(raw.id, "id", raw.at, raw.broken, out);
    let label = required(raw.label, "label", raw.at, raw.broken, out);
    let key = key.and_then(|k| id(k, FieldId::new, out));
    let label = label.and_then(|l| title(l, out));
    let form = raw.pattern.and_then(|p| pattern(p, known, out));
    if let (Some(default), Some(form)) = (raw.default, &form)
        && !form.matches(default.text)
    {
        out.push(Draft::error(default.at, "the default is not in the form that 'pattern' asks for"));
    }
    let hint = prose(raw.hint, out);
    let default = prose(raw.default, out);
    Some(Field { id: key?, label: label?, pattern: form, hint, default })
}

/// The references to secrets.
pub(super) fn secrets(
    mut raw: Vec<RawSecret<'_>>,
    at: Span,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> IndexMap<SecretId, Secret> {
    at_most(&mut raw, MAX_SECRETS, "secrets", at, out);
    raw.into_iter().filter_map(|s| secret(s, known, out)).map(|s| (s.id.clone(), s)).collect()
}

fn secret(raw: RawSecret<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Secret> {
    let key = required(raw.id, "id", raw.at, raw.broken, out);
    let label = required(raw.label, "label", raw.at, raw.broken, out);
    let key = key.and_then(|k| id(k, SecretId::new, out));
    let label = label.and_then(|l| title(l, out));
    let form = raw.pattern.and_then(|p| pattern(p, known, out));
    let mut origins = raw.origins.unwrap_or_default();
    at_most(&mut origins, MAX_ORIGINS, "origins", raw.at, out);
    let mut fields = BTreeSet::new();
    let origins = origins
        .into_iter()
        .filter_map(|o| {
            let fixed = o.text.starts_with("https://") || o.text.starts_with("http://");
            if !fixed && !o.text.starts_with("{{") {
                out.push(
                    Draft::error(o.at, "an origin is a scheme and a host")
                        .hint("such as https://api.example.com or {{ fields.api_url }}"),
                );
                return None;
            }
            template(o, Place::Facts, known, &mut fields, out)
        })
        .collect();
    let policy = raw.policy.map(|p| policy(&p, out));
    let hint = prose(raw.hint, out);
    Some(Secret { id: key?, label: label?, pattern: form, origins, policy, hint })
}

/// The rules for a secret that people choose.
fn policy(raw: &RawPolicy<'_>, out: &mut Gathering<'_>) -> SecretPolicy {
    let mut rule =
        |count: Option<Count>, max, otherwise| count.and_then(|n| number(n, max, out)).unwrap_or(otherwise);
    let policy = SecretPolicy {
        min_chars: rule(raw.min_chars, MAX_CHARS, 0),
        max_chars: rule(raw.max_chars, MAX_CHARS, MAX_CHARS),
        upper: rule(raw.upper, MAX_CHARS, 0),
        alphanumeric: rule(raw.alphanumeric, MAX_CHARS, 0),
        not_last: rule(raw.not_last, MAX_REMEMBERED, 0),
    };
    let at = raw.max_chars.or(raw.min_chars).map_or(raw.at, |n| n.at);
    if policy.min_chars.max(policy.upper).max(policy.alphanumeric) > policy.max_chars {
        out.push(
            Draft::error(at, "no secret can keep this policy")
                .hint("max_chars is at least min_chars, upper and alphanumeric"),
        );
    }
    policy
}

/// Whether what a check sees has every value that a condition reads.
fn meets(when: &Expression, check: &Check) -> bool {
    let seen = seen_of(&check.kind);
    let names = when.names();
    let mut roots = names.iter().map(|name| name.split('.').next().unwrap_or(name));
    roots.all(|root| matches!(root, "fields" | "decisions") || seen.contains(&root))
}

/// The troubleshooting table.
pub(super) fn symptoms(
    mut raw: Vec<RawSymptom<'_>>,
    at: Span,
    all: &IndexMap<CheckId, Check>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Vec<Symptom> {
    at_most(&mut raw, MAX_SYMPTOMS, "rows of troubleshooting", at, out);
    raw.into_iter().filter_map(|s| symptom(s, all, known, out)).collect()
}

fn symptom(
    raw: RawSymptom<'_>,
    all: &IndexMap<CheckId, Check>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Symptom> {
    let symptom = required(raw.symptom, "symptom", raw.at, raw.broken, out);
    let cause = required(raw.cause, "cause", raw.at, raw.broken, out);
    let fix = required(raw.fix, "fix", raw.at, raw.broken, out);
    let (symptom, cause, fix) = (prose(symptom, out), prose(cause, out), prose(fix, out));
    let mut fields = BTreeSet::new();
    let (at, when) =
        (raw.when, raw.when.and_then(|w| expression(w, Place::Symptom, known, &mut fields, out)));
    let named = raw.checks.unwrap_or_default();
    let checks: Vec<_> = named
        .into_iter()
        .filter(|c| known.checks.find(*c, out))
        .filter_map(|c| CheckId::new(c.text).ok())
        .collect();
    if let (Some(at), Some(when)) = (at, &when)
        && !all.values().any(|check| (checks.is_empty() || checks.contains(&check.id)) && meets(when, check))
        && !out.failed()
    {
        out.push(
            Draft::warning(at.at, "no check that the row is for ever has these values, so it is never shown")
                .hint("a page has status, headers and text, a file data, a command exit, stdout and json"),
        );
    }
    Some(Symptom { symptom: symptom?, cause: cause?, fix: fix?, checks, when })
}
