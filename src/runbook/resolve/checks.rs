//! Live checks: what all kinds share, and the kinds that send no requests of their own making.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

use super::scope::{Place, template};
use super::words::{at_least_one, at_most, caseless, duration, id, one_of, pattern, required, set, title};
use super::{command, file, http, scan, tls, webhook};
use crate::domain::check::{
    Check, CheckKind, DecisionStage, DecisionsCheck, EnvCheck, EnvVariable, LinkRule, Needs, PageCheck,
};
use crate::domain::expression::Template;
use crate::domain::ids::{CheckId, DecisionId, FieldId, SecretId};
use crate::domain::runbook::Secret;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::{Named, Node, Shape, Text, as_table, place, two_shapes};
use crate::runbook::shapes::{
    RawCheck, RawDecisionsCheck, RawEnv, RawFieldsCheck, RawHttp, RawLink, RawPage, RawVariable,
};

const MAX_CHECKS: usize = 1000;
const MAX_LISTED: usize = 200;
const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Page,
    Webhook,
    Env,
    File,
    Tls,
    Scan,
    Command,
    Fields,
    Decisions,
}

/// What holds for a kind of check when the author says nothing.
struct Usual {
    every: Duration,
    ttl: Duration,
    deadline: Duration,
}

impl Kind {
    /// An answer changes by the minute; a certificate by the day; what looks through files or runs a
    /// program takes a while, and the machine has other work.
    fn usual(self) -> Usual {
        let (every, ttl, deadline) = match self {
            Self::Http | Self::Page | Self::Env | Self::File | Self::Fields | Self::Decisions => {
                (60, 600, 10)
            }
            // Each run sends several deliveries to somebody else's machine.
            Self::Webhook => (300, 1800, 30),
            Self::Tls => (600, 3600, 10),
            Self::Scan => (600, 3600, 120),
            Self::Command => (600, 3600, 60),
        };
        let [every, ttl, deadline] = [every, ttl, deadline].map(Duration::from_secs);
        Usual { every, ttl, deadline }
    }
}

const KINDS: [(&str, Kind); 10] = [
    ("http", Kind::Http),
    ("page", Kind::Page),
    ("webhook", Kind::Webhook),
    ("env", Kind::Env),
    ("file", Kind::File),
    ("tls", Kind::Tls),
    ("scan", Kind::Scan),
    ("command", Kind::Command),
    ("fields", Kind::Fields),
    ("decisions", Kind::Decisions),
];

const STAGES: [(&str, DecisionStage); 2] =
    [("proposed", DecisionStage::Proposed), ("confirmed", DecisionStage::Confirmed)];

/// The checks, in the author's order.
pub(super) fn checks<'a>(
    raw: Named<'a, &'a Node<'a>>,
    at: Span,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'a>,
    out: &mut Gathering<'_>,
) -> IndexMap<CheckId, Check> {
    let mut named = raw.0;
    at_most(&mut named, MAX_CHECKS, "checks", at, out);
    named
        .into_iter()
        .filter_map(|(name, node)| check(name, node, secrets, known, out))
        .map(|check| (check.id.clone(), check))
        .collect()
}

fn check<'a>(
    name: Text<'a>,
    node: &'a Node<'a>,
    secrets: &IndexMap<SecretId, Secret>,
    known: &mut Known<'a>,
    out: &mut Gathering<'_>,
) -> Option<Check> {
    let key = id(name, CheckId::new, out);
    let at = place(node, out);
    let table = as_table(node, out)?;
    let Some(word) = table.get("kind") else {
        let kinds = KINDS.map(|(word, _)| word).join(", ");
        out.push(Draft::error(name.at, "'kind' is missing here").hint(format!("one of {kinds}")));
        return None;
    };
    let kind = kind(word, out)?;
    let usual = kind.usual();
    let mut needs = Needs::default();
    known.decisions_read.clear();
    let (common, kind) = match kind {
        Kind::Http => {
            let (common, raw) = shapes::<RawHttp<'_>>(table, at, out);
            let steps = required(raw.steps, "steps", at, raw.broken, out);
            let steps = steps.and_then(|s| http::check_steps(s, at, secrets, known, &mut needs, out));
            (common, steps.map(CheckKind::Http))
        }
        Kind::Page => {
            let (common, raw) = shapes(table, at, out);
            (common, page(raw, known, &mut needs, out).map(CheckKind::Page))
        }
        Kind::Webhook => {
            let (common, raw) = shapes(table, at, out);
            let hook = webhook::webhook(raw, secrets, known, &mut needs, out);
            (common, hook.map(|hook| CheckKind::Webhook(Box::new(hook))))
        }
        Kind::Env => {
            let (common, raw) = shapes(table, at, out);
            (common, env(raw, known, &mut needs, out).map(CheckKind::Env))
        }
        Kind::File => {
            let (common, raw) = shapes(table, at, out);
            (common, file::file(raw, known, &mut needs.fields, out).map(CheckKind::File))
        }
        Kind::Tls => {
            let (common, raw) = shapes(table, at, out);
            (common, tls::tls(&raw, known, &mut needs.fields, out).map(CheckKind::Tls))
        }
        Kind::Scan => {
            let (common, raw) = shapes(table, at, out);
            (common, scan::scan(raw, known, &mut needs.fields, out).map(CheckKind::Scan))
        }
        Kind::Command => {
            let (common, raw) = shapes(table, at, out);
            (common, command::command(raw, known, &mut needs.fields, out).map(CheckKind::Command))
        }
        Kind::Fields => {
            let (common, raw) = shapes::<RawFieldsCheck<'_>>(table, at, out);
            let list = required(raw.fields, "fields", at, raw.broken, out);
            (common, list.and_then(|l| fields(l, at, known, out)).map(CheckKind::Fields))
        }
        Kind::Decisions => {
            let (common, raw) = shapes(table, at, out);
            (common, decisions(raw, known, out).map(CheckKind::Decisions))
        }
    };
    needs.decisions = std::mem::take(&mut known.decisions_read);
    needs.origins = origins(&needs, secrets);
    let title = common.title.map_or_else(|| Some(name.text.to_owned()), |t| title(t, out));
    let mut timing = Timing::of(&common, &usual, out);
    if let Some(CheckKind::Webhook(hook)) = &kind {
        webhook::timing(hook, &common, &mut timing, out);
    }
    // Nothing that could flap lies between such a check and the facts.
    if common.after_failures.is_none() && kind.as_ref().is_some_and(CheckKind::looks_inward) {
        timing.after_failures = NonZeroU32::MIN;
    }
    Some(Check {
        id: key?,
        title: title?,
        kind: kind?,
        every: timing.every,
        ttl: timing.ttl,
        deadline: timing.deadline,
        after_passes: timing.after_passes,
        after_failures: timing.after_failures,
        needs,
    })
}

/// The fields that say where the secrets of a check may be sent.
fn origins(needs: &Needs, secrets: &IndexMap<SecretId, Secret>) -> BTreeSet<FieldId> {
    let origins = needs.secrets.iter().filter_map(|id| secrets.get(id)).flat_map(|secret| &secret.origins);
    let names = origins.filter(|origin| origin.source().contains('{')).flat_map(Template::names);
    names.filter_map(|name| FieldId::new(name.strip_prefix("fields.")?).ok()).collect()
}

fn shapes<'a, T: Shape<'a>>(table: &'a DeTable<'a>, at: Span, out: &mut Gathering<'_>) -> (RawCheck<'a>, T) {
    two_shapes(table, at, out)
}

fn kind(node: &Node<'_>, out: &mut Gathering<'_>) -> Option<Kind> {
    let DeValue::String(word) = node.get_ref() else {
        crate::runbook::read::wrong(node, "a text", out);
        return None;
    };
    one_of(Text { text: word, at: place(node, out) }, "kind of check", &KINDS, out)
}

pub(super) struct Timing {
    pub(super) every: Duration,
    pub(super) ttl: Duration,
    pub(super) deadline: Duration,
    after_passes: NonZeroU32,
    after_failures: NonZeroU32,
}

impl Timing {
    fn of(raw: &RawCheck<'_>, usual: &Usual, out: &mut Gathering<'_>) -> Self {
        let every = raw.every.and_then(|d| duration(d, SECOND, out)).unwrap_or(usual.every);
        let ttl = raw.ttl.and_then(|d| duration(d, SECOND, out)).unwrap_or(usual.ttl);
        let deadline =
            raw.deadline.and_then(|d| duration(d, Duration::from_millis(100), out)).unwrap_or(usual.deadline);
        let at = [raw.ttl, raw.every].into_iter().flatten().next().map_or(raw.at, |t| t.at);
        if ttl < every {
            out.push(
                Draft::warning(at, "a pass is stale before the check runs again: ttl is shorter than every")
                    .hint("make ttl a few times as long as every"),
            );
        }
        if let Some(long) = raw.deadline
            && deadline > Duration::from_mins(5)
        {
            out.push(Draft::error(long.at, "a deadline is at most 5m"));
        }
        let passes = raw.after_passes.and_then(|n| at_least_one(n, out)).unwrap_or(NonZeroU32::MIN);
        let twice = NonZeroU32::MIN.saturating_add(1);
        let failures = raw.after_failures.and_then(|n| at_least_one(n, out)).unwrap_or(twice);
        Self { every, ttl, deadline, after_passes: passes, after_failures: failures }
    }
}

fn page(
    raw: RawPage<'_>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<PageCheck> {
    let before = out.errors();
    let url = required(raw.url, "url", raw.at, raw.broken, out);
    let url = url.and_then(|u| template(u, Place::Request(&[]), known, &mut needs.fields, out));
    let mut require = raw.require.unwrap_or_default().0;
    let mut forbid = raw.forbid.unwrap_or_default().0;
    let mut links = raw.links.unwrap_or_default();
    at_most(&mut require, MAX_LISTED, "required texts", raw.at, out);
    at_most(&mut forbid, MAX_LISTED, "forbidden words", raw.at, out);
    at_most(&mut links, MAX_LISTED, "links", raw.at, out);
    let asks = !(require.is_empty() && forbid.is_empty() && links.is_empty() && raw.currency.is_none())
        || set(raw.mailto)
        || set(raw.tel);
    if !asks && !raw.broken {
        out.push(
            Draft::warning(raw.at, "this check asks nothing of the page but that it is there")
                .hint("require, forbid, links, mailto, tel or currency"),
        );
    }
    let require = require
        .into_iter()
        .filter_map(|t| template(t, Place::Facts, known, &mut needs.fields, out))
        .collect();
    let forbid = forbid.into_iter().filter_map(|word| title(word, out)).collect();
    let links = links.iter().filter_map(|l| link(l, known, out)).collect();
    let currency = raw.currency.and_then(|c| template(c, Place::Facts, known, &mut needs.fields, out));
    let (mailto, tel) = (set(raw.mailto), set(raw.tel));
    let page = PageCheck { url: url?, require, forbid, links, mailto, tel, currency };
    (out.errors() == before).then_some(page)
}

fn link(raw: &RawLink<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<LinkRule> {
    let purpose = required(raw.purpose, "purpose", raw.at, raw.broken, out);
    let form = required(raw.pattern, "pattern", raw.at, raw.broken, out);
    let purpose = purpose.and_then(|p| title(p, out));
    let pattern = form.and_then(|p| caseless(p, known, out));
    Some(LinkRule { purpose: purpose?, pattern: pattern? })
}

fn env(
    raw: RawEnv<'_>,
    known: &mut Known<'_>,
    needs: &mut Needs,
    out: &mut Gathering<'_>,
) -> Option<EnvCheck> {
    let before = out.errors();
    let file = raw.file.and_then(|f| template(f, Place::Facts, known, &mut needs.fields, out));
    let mut variables = required(raw.variables, "variables", raw.at, raw.broken, out)?;
    at_most(&mut variables, MAX_LISTED, "variables", raw.at, out);
    if variables.is_empty() && !raw.broken {
        out.push(Draft::error(raw.at, "this check names no variable").hint("{ name = \"API_KEY\" }"));
    }
    let variables = variables.iter().filter_map(|v| variable(v, known, out)).collect();
    (out.errors() == before).then_some(EnvCheck { file, variables })
}

fn variable(raw: &RawVariable<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<EnvVariable> {
    let name = required(raw.name, "name", raw.at, raw.broken, out)?;
    let pattern = raw.pattern.and_then(|p| pattern(p, known, out));
    let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let good = name.text.len() <= 128 && name.text.bytes().all(letters);
    if !good || !name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.push(
            Draft::error(name.at, "a variable has only ASCII letters, digits and '_'")
                .hint("such as API_URL"),
        );
        return None;
    }
    Some(EnvVariable { name: name.text.to_owned(), pattern })
}

fn fields(
    mut list: Vec<Text<'_>>,
    at: Span,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Vec<FieldId>> {
    at_most(&mut list, MAX_LISTED, "fields", at, out);
    if list.is_empty() {
        out.push(Draft::error(at, "this check names no field").hint("fields = [\"account_id\"]"));
        return None;
    }
    let all: Vec<_> = list
        .iter()
        .filter(|f| known.fields.find(**f, out))
        .filter_map(|f| FieldId::new(f.text).ok())
        .collect();
    (all.len() == list.len()).then_some(all)
}

fn decisions(
    raw: RawDecisionsCheck<'_>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<DecisionsCheck> {
    let state = required(raw.state, "state", raw.at, raw.broken, out);
    let state = state.and_then(|s| one_of(s, "state of a decision", &STAGES, out));
    let mut named = raw.decisions.unwrap_or_default();
    at_most(&mut named, MAX_LISTED, "decisions", raw.at, out);
    let decisions = named
        .into_iter()
        .filter(|d| known.decisions.find(*d, out))
        .filter_map(|d| DecisionId::new(d.text).ok())
        .collect();
    Some(DecisionsCheck { decisions, state: state? })
}
