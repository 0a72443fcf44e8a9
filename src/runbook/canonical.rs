//! The content digest of an item: what a signature for it covers.
//!
//! It is made of the resolved values, each with its length before it, so that neither the formatting of
//! the file nor a comment changes it, and an upgrade can tell which items are the same. It covers the
//! whole definition of the item, who its roles are, and what makes its check pass: the check's requests,
//! expectations, thresholds and freshness, the form of the fields and the decisions that it looks at. How
//! often a check runs, its deadline and its title are left out: they change nothing of what was signed.

use std::num::NonZeroUsize;

use indexmap::IndexMap;

use super::known::Map;
use crate::domain::action::{Action, Repeat};
use crate::domain::check::{Check, CheckKind, DecisionStage, FileFormat, HttpStep, Listing, Method};
use crate::domain::decision::{Choice, Decision, DecisionKind};
use crate::domain::digest::Digest;
use crate::domain::expression::{Expression, Template};
use crate::domain::ids::{ActionId, CheckId, DecisionId, FieldId, ItemId, RoleId};
use crate::domain::owner::OwnerExpr;
use crate::domain::pattern::Pattern;
use crate::domain::runbook::{CheckMode, Field, Item, Role, Side, Stage};
use crate::domain::webhook::{Scheme, WebhookCheck};

/// Fewer items than this are digested quicker than a thread is started.
const MANY: usize = 2_000;

/// Makes digests of items. What many items share is digested once.
pub(super) struct Canonical<'r> {
    roles: Map<&'r str, Digest>,
    checks: Map<&'r str, Digest>,
    actions: Map<&'r ItemId, Vec<Digest>>,
}

impl<'r> Canonical<'r> {
    pub(super) fn new(
        roles: &'r IndexMap<RoleId, Role>,
        fields: &IndexMap<FieldId, Field>,
        decisions: &IndexMap<DecisionId, Decision>,
        checks: &'r IndexMap<CheckId, Check>,
        actions: &'r IndexMap<ActionId, Action>,
    ) -> Self {
        let roles = roles.values().map(|r| (r.id.as_str(), role(r))).collect();
        let checks = checks.values().map(|c| (c.id.as_str(), check(c, fields, decisions))).collect();
        let mut of_items: Map<&ItemId, Vec<Digest>> = Map::default();
        for one in actions.values() {
            if let Some(item) = &one.item {
                of_items.entry(item).or_default().push(action(one));
            }
        }
        Self { roles, checks, actions: of_items }
    }

    /// Gives every item its digest; of many items, some beside the others.
    pub(super) fn items(&self, stages: &mut [Stage]) {
        let mut items: Vec<&mut Item> = stages.iter_mut().flat_map(|s| &mut s.items).collect();
        // To ask how many there are takes reading several files.
        let threads = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(4);
        let threads = if items.len() < MANY { 1 } else { threads() };
        if threads == 1 {
            self.some(&mut items);
            return;
        }
        let share = items.len().div_ceil(threads);
        let (mine, others) = items.split_at_mut(share);
        std::thread::scope(|scope| {
            for some in others.chunks_mut(share) {
                scope.spawn(|| self.some(some));
            }
            self.some(mine);
        });
    }

    fn some(&self, items: &mut [&mut Item]) {
        let mut bytes = Bytes::default();
        for item in items {
            item.digest = self.item(item, &mut bytes);
        }
    }

    fn item(&self, item: &Item, out: &mut Bytes) -> Digest {
        out.0.clear();
        out.text("item1").text(item.id.as_str()).text(&item.title);
        out.maybe(item.group.as_deref()).maybe(item.hint.as_deref());
        out.count(item.parts.len());
        for part in &item.parts {
            out.text(part.id.as_str()).text(&part.title);
        }
        owner(&item.owner.signs, &self.roles, out);
        out.count(item.owner.with.len());
        for role in &item.owner.with {
            out.digest(self.roles.get(role.as_str()));
        }
        out.flag(item.owner.with_required).flag(item.owner.distinct);
        out.count(usize::from(item.check.is_some()));
        if let Some(check) = &item.check {
            out.text(match check.mode {
                CheckMode::Auto => "auto",
                CheckMode::Assist => "assist",
                CheckMode::Inform => "inform",
            });
            out.digest(self.checks.get(check.check.as_str()));
        }
        out.count(item.evidence.required).maybe(item.evidence.hint.as_deref());
        out.count(item.valid_for.map_or(0, |v| usize::try_from(v.num_seconds()).unwrap_or(usize::MAX)));
        out.count(usize::try_from(item.warn_before.num_seconds()).unwrap_or(usize::MAX));
        out.maybe(item.lead_time.map(|t| format!("{}", t.as_secs())).as_deref());
        out.maybe(item.applies_when.as_ref().map(Expression::source));
        out.flag(item.optional).flag(item.self_signed);
        out.maybe(item.reconfirms.as_ref().map(AsRef::as_ref));
        // Nothing at all for what an item does not have: it is the same item as before there were any.
        if item.independent {
            out.text("independent");
        }
        for demand in &item.evidence.demands {
            out.text("evidence").text(demand.kind.word()).count(demand.required);
            out.pattern(demand.pattern.as_ref()).maybe(demand.hint.as_deref());
        }
        // Nothing at all for an item without actions: it is the same item as before there were any.
        for action in self.actions.get(&item.id).into_iter().flatten() {
            out.text("action").digest(Some(action));
        }
        out.finish()
    }
}

/// Values one after the other, each with its length before it: seven bits a byte, the lowest first, the
/// highest bit of a byte set when more follow. Short, as an item is hashed in blocks of 64 bytes.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn count(&mut self, mut n: usize) -> &mut Self {
        loop {
            let low = u8::try_from(n & 0x7f).unwrap_or_default();
            n >>= 7;
            if n == 0 {
                self.0.push(low);
                return self;
            }
            self.0.push(low | 0x80);
        }
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.count(1).text(text),
            None => self.count(0),
        }
    }

    fn flag(&mut self, set: bool) -> &mut Self {
        self.0.push(u8::from(set));
        self
    }

    fn digest(&mut self, digest: Option<&Digest>) -> &mut Self {
        self.0.extend_from_slice(digest.unwrap_or(&Digest::ZERO).as_bytes());
        self
    }

    fn pattern(&mut self, pattern: Option<&Pattern>) -> &mut Self {
        self.maybe(pattern.map(Pattern::source))
    }

    fn list<T>(&mut self, list: &[T], each: impl for<'o> Fn(&'o mut Self, &T) -> &'o mut Self) -> &mut Self {
        self.count(list.len());
        for one in list {
            each(self, one);
        }
        self
    }

    fn expressions(&mut self, list: &[Expression]) -> &mut Self {
        self.list(list, |out, expression| out.text(expression.source()))
    }

    fn finish(&self) -> Digest {
        Digest::of(&self.0)
    }
}

fn owner(signs: &OwnerExpr, roles: &Map<&str, Digest>, out: &mut Bytes) {
    let (word, list) = match signs {
        OwnerExpr::Role(role) => {
            out.text("").digest(roles.get(role.as_str()));
            return;
        }
        OwnerExpr::All(list) => ("all", list),
        OwnerExpr::Any(list) => ("any", list),
    };
    out.text(word).count(list.len());
    for element in list {
        owner(element, roles, out);
    }
}

fn role(role: &Role) -> Digest {
    let side = match role.side {
        Side::Merchant => "merchant",
        Side::Provider => "provider",
    };
    let mut out = Bytes::default();
    out.text("role1").text(role.id.as_str()).text(&role.name).text(side).finish()
}

pub(super) fn check(
    check: &Check,
    fields: &IndexMap<FieldId, Field>,
    decisions: &IndexMap<DecisionId, Decision>,
) -> Digest {
    let mut out = Bytes::default();
    out.text("check1").text(check.id.as_str()).text(check.kind.word());
    out.count(usize::try_from(check.ttl.as_secs()).unwrap_or(usize::MAX));
    out.text(&check.after_passes.to_string()).text(&check.after_failures.to_string());
    match &check.kind {
        CheckKind::Http(steps) => {
            out.list(steps, step);
        }
        CheckKind::Page(page) => {
            out.text(page.url.source());
            out.list(&page.require, |out, text| out.text(text.source()));
            out.list(&page.forbid, |out, word| out.text(word));
            out.list(&page.links, |out, link| out.text(&link.purpose).text(link.pattern.source()));
            out.flag(page.mailto).flag(page.tel).maybe(page.currency.as_ref().map(Template::source));
        }
        CheckKind::Webhook(hook) => webhook(hook, &mut out),
        CheckKind::Env(env) => {
            out.maybe(env.file.as_ref().map(Template::source));
            out.list(&env.variables, |out, v| out.text(&v.name).pattern(v.pattern.as_ref()));
        }
        CheckKind::File(file) => {
            out.text(file.path.source()).maybe(file.format.map(FileFormat::word));
            out.text(&file.max_age.map_or(0, |age| age.as_secs()).to_string());
            out.expressions(&file.expect);
        }
        CheckKind::Tls(tls) => {
            out.text(tls.host.source()).text(&tls.days_left.to_string());
            out.maybe(tls.ca.as_ref().map(Template::source));
        }
        CheckKind::Scan(scan) => {
            out.list(&scan.paths, |out, path| out.text(path.source()));
            out.maybe(scan.site.as_ref().map(Template::source));
            out.list(&scan.find, |out, kind| out.text(kind.word()));
            out.list(&scan.patterns, |out, p| out.text(&p.name).text(p.pattern.source()));
            out.list(&scan.skip, |out, glob| out.text(glob));
        }
        CheckKind::Command(command) => {
            out.text(&command.program);
            out.list(&command.arguments, |out, argument| out.text(argument.source()));
            out.list(&command.env, |out, (name, value)| out.text(name).text(value.source()));
            out.expressions(&command.expect);
        }
        CheckKind::Fields(list) => {
            out.count(list.len());
            for id in list {
                out.text(id.as_str()).pattern(fields.get(id).and_then(|f| f.pattern.as_ref()));
            }
        }
        CheckKind::Decisions(wanted) => {
            out.text(match wanted.state {
                DecisionStage::Proposed => "proposed",
                DecisionStage::Confirmed => "confirmed",
            });
            let named = |d: &&Decision| wanted.decisions.is_empty() || wanted.decisions.contains(&d.id);
            decisions.values().filter(named).for_each(|d| decision(d, &mut out));
        }
    }
    out.finish()
}

/// What an action does; not how it is called or what is shown when it is done.
pub(super) fn action(action: &Action) -> Digest {
    let mut out = Bytes::default();
    out.text("action1").text(action.id.as_str()).text(action.confirm.source());
    out.flag(match action.repeat {
        Repeat::Once => true,
        Repeat::Freely => false,
    });
    out.maybe(action.idempotency_header.as_deref());
    out.list(&action.steps, |out, one| {
        step(out, &one.request);
        out.list(&one.store, |out, (secret, from)| out.text(secret.as_str()).text(from.source()))
    });
    out.finish()
}

fn step<'o>(out: &'o mut Bytes, step: &HttpStep) -> &'o mut Bytes {
    out.text(match step.method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    });
    out.text(&step.name).text(step.url.source()).count(step.headers.len());
    for (name, value) in &step.headers {
        out.text(name).text(value.source());
    }
    out.count(usize::from(step.auth.is_some()));
    if let Some(auth) = &step.auth {
        out.text(&auth.scheme).text(auth.secret.as_str());
    }
    out.maybe(step.body.as_ref().map(Template::source));
    out.expressions(&step.expect).expressions(&step.pending);
    for lists in [&step.blocking, &step.waiting, &step.warning] {
        listings(lists, out);
    }
    out.maybe(step.reason.as_ref().map(Expression::source));
    out.list(&step.capture, |out, (name, from)| out.text(name).text(from.source()))
}

fn webhook(hook: &WebhookCheck, out: &mut Bytes) {
    out.text(hook.url.source()).text(hook.secret.as_str()).text(hook.secret_form.word());
    out.text(hook.scheme.word());
    match &hook.scheme {
        Scheme::StandardWebhooks | Scheme::Stripe => {}
        Scheme::Custom(custom) => {
            out.text(&custom.header).text(custom.algorithm.word()).text(custom.encoding.word());
            out.text(custom.signed.source()).text(custom.value.source());
            out.maybe(custom.timestamp_header.as_deref()).maybe(custom.id_header.as_deref());
        }
    }
    out.list(&hook.headers, |out, (name, value)| out.text(name).text(value.source()));
    out.text(hook.body.source());
    out.list(&hook.refuse, |out, bad| out.text(bad.word()));
    for time in [hook.within, hook.tolerance] {
        out.count(usize::try_from(time.as_millis()).unwrap_or(usize::MAX));
    }
}

/// One list without a label counts as 1, lists with labels as one more than they are: a runbook from
/// before there were labels keeps its digests.
fn listings(lists: &[Listing], out: &mut Bytes) {
    match lists {
        [] => {
            out.count(0);
        }
        [Listing { label: None, entries }] => {
            out.count(1).text(entries.source());
        }
        labelled => {
            out.count(labelled.len() + 1);
            for list in labelled {
                out.maybe(list.label.as_deref()).text(list.entries.source());
            }
        }
    }
}

fn decision(decision: &Decision, out: &mut Bytes) {
    out.text(decision.id.as_str()).text(&decision.title);
    match &decision.kind {
        DecisionKind::Text { max_chars, pattern } => {
            out.text("text").count(max_chars.map_or(0, |n| n + 1)).pattern(pattern.as_ref());
        }
        DecisionKind::Choice { options } => {
            out.text("choice").list(options, choice);
        }
        DecisionKind::Each { subjects, options } => {
            out.text("each").list(subjects, choice).list(options, choice);
        }
    }
    out.list(&decision.rules, |out, rule| {
        out.maybe(rule.when.as_ref().map(Expression::source)).text(rule.must.source());
        out.text(&rule.because).flag(rule.on_confirm)
    });
}

fn choice<'o>(out: &'o mut Bytes, choice: &Choice) -> &'o mut Bytes {
    out.text(&choice.id).text(&choice.title)
}
