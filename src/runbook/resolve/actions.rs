//! Actions: what a person starts, as requests like those of a check.

use std::time::Duration;

use indexmap::IndexMap;

use super::http;
use super::scope::{Place, expression, template};
use super::words::{at_most, duration, id, required, set, title};
use crate::domain::action::{Action, ActionStep, Repeat};
use crate::domain::check::{HttpStep, Needs};
use crate::domain::expression::Expression;
use crate::domain::ids::{ActionId, ItemId, SecretId};
use crate::domain::runbook::Secret;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::{Named, Text};
use crate::runbook::shapes::{OneOrMany, RawAction, RawStep};

const MAX_ACTIONS: usize = 100;
const MAX_STORED: usize = 10;
const DEADLINE: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(5);

/// The actions, in the author's order.
pub(super) fn actions<'a>(
    mut raw: Vec<RawAction<'a>>,
    at: Span,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'a>,
    out: &mut Gathering<'_>,
) -> IndexMap<ActionId, Action> {
    at_most(&mut raw, MAX_ACTIONS, "actions", at, out);
    raw.into_iter()
        .filter_map(|a| action(a, secrets, known, out))
        .map(|action| (action.id.clone(), action))
        .collect()
}

fn action<'a>(
    raw: RawAction<'a>,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'a>,
    out: &mut Gathering<'_>,
) -> Option<Action> {
    let (at, broken) = (raw.at, raw.broken);
    let key = required(raw.id, "id", at, broken, out).and_then(|k| id(k, ActionId::new, out));
    let name = required(raw.title, "title", at, broken, out).and_then(|t| title(t, out));
    let item = raw.item.map(|i| item(i, known, out));
    let mut needs = Needs::default();
    let confirm = required(raw.confirm, "confirm", at, broken, out);
    let confirm = confirm.and_then(|c| template(c, Place::Facts, known, &mut needs.fields, out));
    let header = raw.idempotency_header.map(|h| header(h, out));
    let deadline = raw.deadline.and_then(|d| duration(d, Duration::from_secs(1), out)).unwrap_or(DEADLINE);
    if let Some(long) = raw.deadline
        && deadline > LONGEST
    {
        out.push(Draft::error(long.at, "a deadline is at most 5m"));
    }
    let mut steps = required(raw.steps, "steps", at, broken, out)?;
    for step in &steps {
        only_an_outcome(step, out);
    }
    let stores: Vec<_> = steps.iter_mut().map(|step| step.store.take()).collect();
    let requests = http::steps(steps, at, secrets, known, &mut needs, out)?;
    let captures: Vec<String> =
        requests.iter().flat_map(|r| r.capture.iter().map(|(name, _)| name.clone())).collect();
    let steps = stored(requests, stores, &mut needs, known, out);
    let mut shown = std::collections::BTreeSet::new();
    let show = raw.show.map(|s| template(s, Place::Shown(&captures), known, &mut shown, out));
    Some(Action {
        id: key?,
        title: name?,
        item: transposed(item)?,
        confirm: confirm?,
        repeat: if set(raw.once) { Repeat::Once } else { Repeat::Freely },
        idempotency_header: transposed(header)?,
        steps: steps?,
        show: transposed(show)?,
        needs,
        deadline,
    })
}

/// Nothing, or something without a fault.
#[allow(
    clippy::option_option,
    reason = "the outer one is whether it may be used, the inner one whether it is there"
)]
fn transposed<T>(given: Option<Option<T>>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
    }
}

fn item(name: Text<'_>, known: &Known<'_>, out: &mut Gathering<'_>) -> Option<ItemId> {
    if known.items.contains(name.text) {
        return ItemId::new(name.text).ok();
    }
    let hint = crate::runbook::suggest::hint(name.text, || known.items.iter().copied(), out);
    out.push(Draft::error(name.at, format!("there is no item '{}'", name.text)).maybe_hint(hint));
    None
}

fn header(name: Text<'_>, out: &mut Gathering<'_>) -> Option<String> {
    let lower = name.text.to_ascii_lowercase();
    if http::RESERVED.contains(&lower.as_str()) || !http::is_token(&lower) {
        out.push(
            Draft::error(name.at, "an idempotency key cannot go in this header")
                .hint("such as idempotency-key"),
        );
        return None;
    }
    Some(lower)
}

/// An action is carried out or it is not: what waits and what is outstanding is for a check.
fn only_an_outcome(step: &RawStep<'_>, out: &mut Gathering<'_>) {
    let lists = step.pending.as_ref().map(|OneOrMany(list)| list);
    let pending = lists.and_then(|list| list.first()).map(|text| ("pending", text.at));
    let others = [
        ("blocking", step.blocking.is_some()),
        ("waiting", step.waiting.is_some()),
        ("warning", step.warning.is_some()),
        ("reason", step.reason.is_some()),
    ];
    let given = others.into_iter().filter(|(_, given)| *given).map(|(word, _)| (word, step.at));
    for (word, at) in pending.into_iter().chain(given) {
        out.push(
            Draft::error(at, format!("a step of an action has no '{word}'"))
                .hint("a check looks at what is to come; an action has expect, capture and store"),
        );
    }
}

fn stored(
    requests: Vec<HttpStep>,
    stores: Vec<Option<Named<'_, Text<'_>>>>,
    needs: &mut Needs,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Vec<ActionStep>> {
    let before = out.errors();
    let mut captures: Vec<String> = Vec::new();
    let mut steps = Vec::new();
    let mut sent = std::collections::BTreeSet::new();
    for (request, raw) in requests.into_iter().zip(stores) {
        let mut named = raw.map(|s| s.0).unwrap_or_default();
        let at = named.first().map(|(name, _)| name.at).unwrap_or_default();
        at_most(&mut named, MAX_STORED, "stored values", at, out);
        sent.extend(request.secrets());
        let answer = Place::Answer(&captures);
        let mut store: Vec<(SecretId, Expression)> = Vec::new();
        for (name, from) in named {
            if !known.secrets.find(name, out) {
                continue;
            }
            if let (Some(from), Ok(secret)) =
                (expression(from, answer, known, &mut needs.fields, out), SecretId::new(name.text))
            {
                // What comes back is not needed before, unless it was sent to get it.
                if !sent.contains(&secret) {
                    needs.secrets.remove(&secret);
                }
                store.push((secret, from));
            }
        }
        captures.extend(request.capture.iter().map(|(name, _)| name.clone()));
        steps.push(ActionStep { request, store });
    }
    (out.errors() == before).then_some(steps)
}
