//! The names that a runbook declares: who is declared where, and who is used.
//!
//! They are gathered before anything is resolved, so that a name may be used above its declaration, and
//! so that a role with a fault of its own does not make a fault of every item that names it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::fault::{Draft, Gathering, Span};
use toml::de::DeValue;

use super::read::{Node, Text};
use super::shapes::RawRunbook;
use super::suggest;
use crate::domain::ids::DecisionId;

/// The most regular expressions in one runbook: each may take a quarter of a megabyte.
const MAX_PATTERNS: usize = 200;

/// A map for the many look-ups of a large runbook. Its hash is seeded at random and several times faster
/// than the standard one, which matters at 10,000 items; every map here is bounded, so that nobody gains
/// much from names that collide.
pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The names of one kind.
pub(super) struct Names<'a> {
    /// What one of them is called.
    word: &'static str,
    places: Map<&'a str, (Span, Use)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Unused,
    Used,
}

impl<'a> Names<'a> {
    fn new(word: &'static str) -> Self {
        Self { word, places: Map::default() }
    }

    /// Takes note of a declaration; a second one of the same name is a fault.
    pub(super) fn declare(&mut self, name: Text<'a>, out: &mut Gathering<'_>) {
        match self.places.entry(name.text) {
            Entry::Vacant(free) => {
                free.insert((name.at, Use::Unused));
            }
            Entry::Occupied(taken) => {
                let message = format!("there are two {}s '{}'", self.word, name.text);
                out.push(
                    Draft::error(name.at, message)
                        .hint("give each an id of its own")
                        .related(taken.get().0, "the first is here"),
                );
            }
        }
    }

    /// Whether there is such a name, which then counts as used.
    pub(super) fn has(&mut self, name: &str) -> bool {
        self.places.get_mut(name).is_some_and(|(_, state)| {
            *state = Use::Used;
            true
        })
    }

    /// Reports a name that is not declared.
    pub(super) fn find(&mut self, name: Text<'_>, out: &mut Gathering<'_>) -> bool {
        self.has(name.text) || {
            self.missing(name, out);
            false
        }
    }

    /// Reports that there is no such name.
    pub(super) fn missing(&self, name: Text<'_>, out: &mut Gathering<'_>) {
        let hint = suggest::hint(name.text, || self.sorted().into_iter(), out);
        let message = format!("there is no {} '{}'", self.word, name.text);
        out.push(Draft::error(name.at, message).maybe_hint(hint));
    }

    /// A declared name that starts with `start` and goes on with a `-`.
    pub(super) fn hyphened(&self, start: &str) -> Option<&'a str> {
        self.sorted().into_iter().find(|n| n.strip_prefix(start).is_some_and(|rest| rest.starts_with('-')))
    }

    fn sorted(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.places.keys().copied().collect();
        names.sort_unstable();
        names
    }

    fn warn_unused(&self, hint: &'static str, out: &mut Gathering<'_>) {
        for (name, (at, _)) in self.places.iter().filter(|(_, (_, state))| *state == Use::Unused) {
            out.push(Draft::warning(*at, format!("the {} '{name}' is never used", self.word)).hint(hint));
        }
    }
}

/// The ids of a list of items, as far as they can be read.
fn ids_of<'a>(items: &'a Node<'a>) -> impl Iterator<Item = &'a str> {
    let list = match items.get_ref() {
        DeValue::Array(list) => Some(list),
        _ => None,
    };
    list.into_iter().flatten().filter_map(|item| match item.get_ref() {
        DeValue::Table(table) => match table.get("id")?.get_ref() {
            DeValue::String(id) => Some(id.as_ref()),
            _ => None,
        },
        _ => None,
    })
}

/// All names of a runbook but those of stages and items.
pub(super) struct Known<'a> {
    pub(super) roles: Names<'a>,
    pub(super) fields: Names<'a>,
    pub(super) secrets: Names<'a>,
    pub(super) decisions: Names<'a>,
    pub(super) checks: Names<'a>,
    pub(super) actions: Names<'a>,
    /// The items that an action may be offered under; gathered only when there are actions.
    pub(super) items: HashSet<&'a str, foldhash::fast::RandomState>,
    /// The decisions that conditions and templates read, since somebody took them from here.
    pub(super) decisions_read: BTreeSet<DecisionId>,
    patterns: usize,
}

impl<'a> Known<'a> {
    /// Gathers the names; duplicates are reported.
    pub(super) fn gather(raw: &RawRunbook<'a>, out: &mut Gathering<'_>) -> Self {
        let mut known = Self {
            roles: Names::new("role"),
            fields: Names::new("field"),
            secrets: Names::new("secret"),
            decisions: Names::new("decision"),
            checks: Names::new("check"),
            actions: Names::new("action"),
            items: HashSet::default(),
            decisions_read: BTreeSet::new(),
            patterns: 0,
        };
        let ids = raw.roles.iter().flatten().filter_map(|r| r.id);
        ids.for_each(|id| known.roles.declare(id, out));
        let ids = raw.fields.iter().flatten().filter_map(|r| r.id);
        ids.for_each(|id| known.fields.declare(id, out));
        let ids = raw.secrets.iter().flatten().filter_map(|r| r.id);
        ids.for_each(|id| known.secrets.declare(id, out));
        let ids = raw.decisions.iter().flatten().filter_map(|r| r.id);
        ids.for_each(|id| known.decisions.declare(id, out));
        let ids = raw.checks.iter().flat_map(|checks| &checks.0).map(|(id, _)| *id);
        ids.for_each(|id| known.checks.declare(id, out));
        let ids = raw.actions.iter().flatten().filter_map(|r| r.id);
        ids.for_each(|id| known.actions.declare(id, out));
        if raw.actions.is_some() {
            known.items.extend(raw.stages.iter().flatten().filter_map(|s| s.items).flat_map(ids_of));
        }
        known
    }

    /// Counts one more regular expression; `false` when there are too many.
    pub(super) fn one_more_pattern(&mut self, at: Span, out: &mut Gathering<'_>) -> bool {
        self.patterns += 1;
        if self.patterns == MAX_PATTERNS + 1 {
            out.push(Draft::error(at, format!("a runbook has at most {MAX_PATTERNS} patterns")));
        }
        self.patterns <= MAX_PATTERNS
    }

    /// Warns of what is declared for nothing.
    pub(super) fn warn_unused(&self, out: &mut Gathering<'_>) {
        self.roles.warn_unused("let it own, sign or be consulted on something, or remove it", out);
        self.fields.warn_unused("use it in a check or a condition, or remove it", out);
        self.secrets.warn_unused("send it with a step of a check, or remove it", out);
        self.checks.warn_unused("let an item use it, or remove it", out);
    }
}
