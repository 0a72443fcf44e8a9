//! The tree: stages, items and parts.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use chrono::TimeDelta;
use indexmap::IndexMap;
use minijinja::Value;
use toml::de::{DeArray, DeValue};

use super::evidence::{evidence, reviewed};
use super::owners::{Roles, owner, role};
use super::scope::{Place, expression};
use super::words::{at_most, duration, id, one_of, prose, required, set, title};
use crate::domain::check::Check;
use crate::domain::digest::Digest;
use crate::domain::expression::Expression;
use crate::domain::ids::{CheckId, ItemId, PartId, RoleId, StageId};
use crate::domain::runbook::{CheckMode, GateMode, Item, ItemCheck, Part, Role, Stage};
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::{Known, Map};
use crate::runbook::pieces::Rest;
use crate::runbook::read::{Node, Read, Text, as_list, place};
use crate::runbook::shapes::{RawChoice, RawItem, RawItemCheck, RawStage};

const MAX_STAGES: usize = 64;
/// The most items of a runbook, all stages together.
const MAX_ITEMS: usize = 20_000;
const MAX_PARTS: usize = 64;
/// The longest warning before a tick expires, unless the runbook says otherwise.
const WARN_BEFORE: TimeDelta = TimeDelta::days(7);
const MINUTE: Duration = Duration::from_mins(1);

const GATES: [(&str, GateMode); 2] = [("enforce", GateMode::Enforce), ("warn", GateMode::Warn)];
const MODES: [(&str, CheckMode); 3] =
    [("auto", CheckMode::Auto), ("assist", CheckMode::Assist), ("inform", CheckMode::Inform)];

/// What items refer to.
pub(super) struct Tree<'r, 'a> {
    pub(super) roles: Roles<'r>,
    pub(super) checks: &'r IndexMap<CheckId, Check>,
    pub(super) known: &'r mut Known<'a>,
    /// Items so far, with where their id stands.
    items: Map<&'a str, Span>,
    /// The items that were parsed apart.
    rest: Option<&'a Rest<'a>>,
    /// Whether the limit on items was reported.
    too_many: bool,
}

impl<'r, 'a> Tree<'r, 'a> {
    pub(super) fn new(
        roles: &'r IndexMap<RoleId, Role>,
        checks: &'r IndexMap<CheckId, Check>,
        known: &'r mut Known<'a>,
        rest: Option<&'a Rest<'a>>,
    ) -> Self {
        let roles = roles.keys().map(|id| (id.as_str(), id)).collect();
        Self { roles, checks, known, items: Map::default(), rest, too_many: false }
    }

    /// The stages, in order.
    pub(super) fn stages(
        &mut self,
        mut raw: Vec<RawStage<'a>>,
        at: Span,
        out: &mut Gathering<'_>,
    ) -> Vec<Stage> {
        at_most(&mut raw, MAX_STAGES, "stages", at, out);
        if raw.is_empty() {
            out.push(Draft::error(at, "a runbook has at least one stage").hint("add [[stages]]"));
        }
        let mut ids: Map<&str, Span> = Map::default();
        for text in raw.iter().filter_map(|s| s.id) {
            if let Some(first) = ids.insert(text.text, text.at) {
                out.push(
                    Draft::error(text.at, format!("there are two stages '{}'", text.text))
                        .hint("give each an id of its own")
                        .related(first, "the first is here"),
                );
            }
        }
        let count = |stage: &RawStage<'_>| match stage.items.map(Node::get_ref) {
            Some(DeValue::Array(items)) => items.len(),
            Some(_) | None => 0,
        };
        self.items.reserve(raw.iter().map(count).sum::<usize>().min(MAX_ITEMS));
        raw.into_iter().enumerate().filter_map(|(n, stage)| self.stage(n, stage, out)).collect()
    }

    fn stage(&mut self, number: usize, raw: RawStage<'a>, out: &mut Gathering<'_>) -> Option<Stage> {
        let key = required(raw.id, "id", raw.at, raw.broken, out);
        let name = required(raw.title, "title", raw.at, raw.broken, out);
        let key = key.and_then(|k| id(k, StageId::new, out));
        let name = name.and_then(|t| title(t, out));
        let hint = prose(raw.hint, out);
        let gate = raw.gate.map_or(Some(GateMode::Enforce), |g| one_of(g, "gate", &GATES, out));
        let named = raw.signoff.unwrap_or_default();
        for (n, text) in named.iter().enumerate() {
            if named[..n].iter().any(|other| other.text == text.text) {
                let message = format!("'{}' would have to sign the stage twice", text.text);
                out.push(Draft::error(text.at, message).hint("name each role once"));
            }
        }
        if let Some(flag) = raw.distinct
            && flag.set
            && named.len() < 2
        {
            out.push(
                Draft::warning(flag.at, "'distinct' says nothing when fewer than two roles sign the stage")
                    .hint("name the roles in 'signoff'"),
            );
        }
        let signoff = named.iter().filter_map(|r| role(*r, &self.roles, self.known, out)).collect();
        let items = match raw.items {
            Some(list) => self.items(number, list, out)?,
            None => Vec::new(),
        };
        if items.is_empty() && !raw.broken && raw.items.is_none_or(is_empty_list) {
            out.push(
                Draft::error(raw.at, "this stage has no items, so there is nothing to complete")
                    .hint("add [[stages.items]] under it"),
            );
        }
        Some(Stage { id: key?, title: name?, hint, gate: gate?, signoff, distinct: set(raw.distinct), items })
    }

    fn items(&mut self, stage: usize, list: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Vec<Item>> {
        let mut list = List { titles: HashSet::default(), items: Vec::new(), nodes: as_list(list, out)? };
        list.reserve(list.nodes.len());
        self.listed(&mut list, out);
        if let Some(rest) = self.rest {
            let pieces = rest.of_stage(stage);
            let end = pieces.end;
            for piece in pieces {
                // The caller asks whether they were all there.
                let Some((start, nodes)) = rest.items(piece) else { break };
                list.nodes = nodes;
                // As if all pieces that are left were like this one.
                list.reserve(nodes.len() * (end - piece));
                out.from(start, |out| self.listed(&mut list, out));
            }
        }
        Some(list.items)
    }

    fn listed(&mut self, list: &mut List<'a>, out: &mut Gathering<'_>) {
        for node in list.nodes {
            if self.items.len() >= MAX_ITEMS {
                if !self.too_many {
                    let message = format!("a runbook has at most {MAX_ITEMS} items");
                    out.push(Draft::error(place(node, out), message));
                }
                self.too_many = true;
                break;
            }
            let Some(mut raw) = RawItem::read(node, out) else { continue };
            if let Some(text) = raw.title
                && !list.titles.insert(text.text)
            {
                out.push(
                    Draft::warning(text.at, "another item of this stage has the same title")
                        .hint("people tell items apart by their titles"),
                );
            }
            list.items.extend(self.item(&mut raw, out));
        }
    }

    fn item(&mut self, raw: &mut RawItem<'a>, out: &mut Gathering<'_>) -> Option<Item> {
        let at = raw.at;
        let key = required(raw.id, "id", at, raw.broken, out);
        let reconfirms = raw.reconfirms.and_then(|text| self.earlier(text, out));
        if let Some(text) = key {
            self.declare(text, out);
        }
        let name = required(raw.title, "title", at, raw.broken, out);
        let key = key.and_then(|k| id(k, ItemId::new, out));
        let name = name.and_then(|t| title(t, out));
        let group = raw.group.and_then(|g| title(g, out));
        let hint = prose(raw.hint, out);
        let parts = parts(raw.parts.take().unwrap_or_default(), at, out);
        let owner = owner(raw, &self.roles, self.known, out);
        let check = raw.check.take().and_then(|c| self.item_check(&c, set(raw.self_signed), out));
        let evidence = raw.evidence.take().map(|e| evidence(e, self.known, out)).unwrap_or_default();
        reviewed(raw, check.as_ref(), &evidence, out);
        let (valid_for, warn_before) = validity(raw, out);
        let lead_time = raw.lead_time.and_then(|d| duration(d, MINUTE, out));
        let applies_when = raw.applies_when.and_then(|text| self.applies(text, out));
        Some(Item {
            id: key?,
            title: name?,
            group,
            hint,
            parts,
            owner: owner?,
            check,
            evidence,
            valid_for,
            warn_before,
            lead_time,
            applies_when,
            optional: set(raw.optional),
            self_signed: set(raw.self_signed),
            independent: set(raw.independent),
            reconfirms,
            actions: Vec::new(),
            digest: Digest::ZERO,
        })
    }

    fn declare(&mut self, text: Text<'a>, out: &mut Gathering<'_>) {
        match self.items.entry(text.text) {
            Entry::Vacant(free) => {
                free.insert(text.at);
            }
            Entry::Occupied(taken) => out.push(
                Draft::error(text.at, format!("there are two items '{}'", text.text))
                    .hint("an item's id is unique in the whole runbook")
                    .related(*taken.get(), "the first is here"),
            ),
        }
    }

    /// An item that stands before this one.
    fn earlier(&self, text: Text<'_>, out: &mut Gathering<'_>) -> Option<ItemId> {
        if self.items.contains_key(text.text) {
            return ItemId::new(text.text).ok();
        }
        let known = || self.items.keys().copied();
        let hint = crate::runbook::suggest::hint(text.text, known, out).filter(|h| h.starts_with("did"));
        out.push(Draft::error(text.at, format!("there is no item '{}' before this one", text.text)).hint(
            hint.unwrap_or_else(|| "'reconfirms' names an item of the same or an earlier stage".into()),
        ));
        None
    }

    fn item_check(
        &mut self,
        raw: &RawItemCheck<'_>,
        self_signed: bool,
        out: &mut Gathering<'_>,
    ) -> Option<ItemCheck> {
        let named = required(raw.check, "use", raw.at, raw.broken, out);
        let mode = required(raw.mode, "mode", raw.at, raw.broken, out);
        let mode = mode.and_then(|m| one_of(m, "mode of a check", &MODES, out));
        let named = named.filter(|c| self.known.checks.find(*c, out))?;
        if self_signed && mode == Some(CheckMode::Auto) {
            out.push(
                Draft::error(raw.at, "nobody signs an item that its check ticks by itself")
                    .hint("take away self_signed, or use mode = \"assist\""),
            );
        }
        // A check that is declared with a fault has been reported where it is declared.
        let check = self.checks.get_key_value(named.text).map(|(id, _)| id.clone());
        Some(ItemCheck { check: check?, mode: mode? })
    }

    fn applies(&mut self, text: Text<'_>, out: &mut Gathering<'_>) -> Option<Expression> {
        let mut fields = BTreeSet::new();
        let condition = expression(text, Place::Facts, self.known, &mut fields, out)?;
        if condition.names().is_empty() {
            let always = condition.holds(&Value::UNDEFINED).unwrap_or(false);
            out.push(if always {
                Draft::warning(text.at, "this condition always holds").hint("leave 'applies_when' out")
            } else {
                Draft::error(text.at, "this condition never holds, so the item would never apply")
                    .hint("look at fields.x or decisions.x")
            });
        }
        Some(condition)
    }
}

/// The items of one stage.
struct List<'a> {
    titles: HashSet<&'a str, foldhash::fast::RandomState>,
    items: Vec<Item>,
    /// The next ones as they were parsed.
    nodes: &'a DeArray<'a>,
}

impl List<'_> {
    /// Makes room for so many more, as far as there may be that many.
    fn reserve(&mut self, more: usize) {
        let more = more.min(MAX_ITEMS.saturating_sub(self.items.len()));
        self.titles.reserve(more);
        self.items.reserve(more);
    }
}

fn is_empty_list(node: &Node<'_>) -> bool {
    matches!(node.get_ref(), DeValue::Array(list) if list.is_empty())
}

fn parts(mut raw: Vec<RawChoice<'_>>, at: Span, out: &mut Gathering<'_>) -> Vec<Part> {
    at_most(&mut raw, MAX_PARTS, "parts", at, out);
    let mut seen: Map<&str, Span> = Map::default();
    let mut parts = Vec::with_capacity(raw.len());
    for raw in raw {
        let key = required(raw.id, "id", raw.at, raw.broken, out);
        let name = required(raw.title, "title", raw.at, raw.broken, out);
        let (Some(text), Some(name)) = (key, name) else { continue };
        if let Some(first) = seen.insert(text.text, text.at) {
            out.push(
                Draft::error(text.at, format!("there are two parts '{}' in this item", text.text))
                    .hint("give each an id of its own")
                    .related(first, "the first is here"),
            );
        }
        if let (Some(id), Some(title)) = (id(text, PartId::new, out), title(name, out)) {
            parts.push(Part { id, title });
        }
    }
    parts
}

/// How long a tick holds, and how long before its end to warn: a week, or a tenth of a shorter time.
fn validity(raw: &RawItem<'_>, out: &mut Gathering<'_>) -> (Option<TimeDelta>, TimeDelta) {
    let mut delta = |text: Option<Text<'_>>| {
        let duration = text.and_then(|t| duration(t, MINUTE, out))?;
        TimeDelta::from_std(duration).ok()
    };
    let valid_for = delta(raw.valid_for);
    let warn_before = delta(raw.warn_before);
    if let Some(text) = raw.warn_before {
        if raw.valid_for.is_none() {
            out.push(
                Draft::warning(text.at, "'warn_before' says nothing without 'valid_for'").hint("remove it"),
            );
        } else if valid_for.is_some() && warn_before >= valid_for {
            out.push(
                Draft::warning(text.at, "the warning would come as soon as the item is done")
                    .hint("make warn_before shorter than valid_for"),
            );
        }
    }
    let usual = valid_for.map_or(WARN_BEFORE, |v| (v / 10).min(WARN_BEFORE));
    (valid_for, warn_before.unwrap_or(usual))
}
