//! The runbook as a value that cannot be wrong: every id it names exists, every pattern and condition
//! compiles. Only the runbook layer makes one, from TOML, and it reports every fault it finds.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use indexmap::IndexMap;

use super::action::{Action, ActionStep};
use super::check::Check;
use super::decision::Decision;
use super::digest::Digest;
use super::evidence::EvidenceRule;
use super::expression::Expression;
use super::ids::{
    ActionId, CheckId, DecisionId, FieldId, ItemId, PartId, RoleId, RunbookId, SecretId, StageId,
};
use super::owner::Owner;
use super::pattern::Pattern;

/// A staged runbook.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// Its id, such as `paymentsai`.
    pub id: RunbookId,
    /// Its title.
    pub title: String,
    /// The author's version, free text.
    pub version: String,
    /// The payment provider.
    pub provider: String,
    /// Where its facts come from.
    pub source: Option<String>,
    /// The SHA-256 of the TOML bytes.
    pub digest: Digest,
    /// The roles, in the author's order.
    pub roles: IndexMap<RoleId, Role>,
    /// The typed facts.
    pub fields: IndexMap<FieldId, Field>,
    /// The references to secrets.
    pub secrets: IndexMap<SecretId, Secret>,
    /// The decision matrix.
    pub decisions: IndexMap<DecisionId, Decision>,
    /// The live checks.
    pub checks: IndexMap<CheckId, Check>,
    /// The actions, in the author's order.
    pub actions: IndexMap<ActionId, Action>,
    /// What to do about known symptoms.
    pub troubleshooting: Vec<Symptom>,
    stages: Vec<Stage>,
    places: HashMap<ItemId, Place, foldhash::fast::RandomState>,
}

/// Everything of a runbook but its stages, so that the index of items is always made.
#[derive(Debug, Clone)]
pub struct Header {
    /// See [`Runbook::id`].
    pub id: RunbookId,
    /// See [`Runbook::title`].
    pub title: String,
    /// See [`Runbook::version`].
    pub version: String,
    /// See [`Runbook::provider`].
    pub provider: String,
    /// See [`Runbook::source`].
    pub source: Option<String>,
    /// See [`Runbook::digest`].
    pub digest: Digest,
    /// See [`Runbook::roles`].
    pub roles: IndexMap<RoleId, Role>,
    /// See [`Runbook::fields`].
    pub fields: IndexMap<FieldId, Field>,
    /// See [`Runbook::secrets`].
    pub secrets: IndexMap<SecretId, Secret>,
    /// See [`Runbook::decisions`].
    pub decisions: IndexMap<DecisionId, Decision>,
    /// See [`Runbook::checks`].
    pub checks: IndexMap<CheckId, Check>,
    /// See [`Runbook::actions`].
    pub actions: IndexMap<ActionId, Action>,
    /// See [`Runbook::troubleshooting`].
    pub troubleshooting: Vec<Symptom>,
}

/// Where an item stands in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Index of the stage in [`Runbook::stages`].
    pub stage: usize,
    /// Index of the item in [`Stage::items`].
    pub item: usize,
}

impl Runbook {
    /// Puts a runbook together. Item ids must be unique; of two equal ones the later cannot be found.
    pub fn new(header: Header, mut stages: Vec<Stage>) -> Self {
        // Room for all at once: growing step by step costs as much again at 10,000 items.
        let mut places = HashMap::with_capacity_and_hasher(
            stages.iter().map(|s| s.items.len()).sum(),
            foldhash::fast::RandomState::default(),
        );
        let found = stages.iter().enumerate().flat_map(|(stage, s)| {
            s.items.iter().enumerate().map(move |(item, i)| (i.id.clone(), Place { stage, item }))
        });
        places.extend(found);
        let Header {
            id,
            title,
            version,
            provider,
            source,
            digest,
            roles,
            fields,
            secrets,
            decisions,
            checks,
            actions,
            troubleshooting,
        } = header;
        for item in stages.iter_mut().flat_map(|stage| &mut stage.items) {
            item.actions.clear();
        }
        // What only looks renews nothing.
        let changing = actions
            .values()
            .filter(|action| action.steps.is_empty() || !action.steps.iter().all(ActionStep::only_looks));
        for action in changing {
            if let Some(place) = action.item.as_ref().and_then(|item| places.get(item)) {
                stages[place.stage].items[place.item].actions.push(action.id.clone());
            }
        }
        Self {
            id,
            title,
            version,
            provider,
            source,
            digest,
            roles,
            fields,
            secrets,
            decisions,
            checks,
            actions,
            troubleshooting,
            stages,
            places,
        }
    }

    /// The stages, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Where an item stands.
    pub fn place(&self, item: &str) -> Option<Place> {
        self.places.get(item).copied()
    }

    /// An item with its stage.
    pub fn item(&self, item: &str) -> Option<(&Stage, &Item)> {
        let place = self.place(item)?;
        let stage = &self.stages[place.stage];
        Some((stage, &stage.items[place.item]))
    }

    /// The index of a stage.
    pub fn stage_index(&self, stage: &str) -> Option<usize> {
        self.stages.iter().position(|s| s.id.as_str() == stage)
    }

    /// All items, in order, with the index of their stage.
    pub fn items(&self) -> impl Iterator<Item = (usize, &Item)> {
        self.stages.iter().enumerate().flat_map(|(n, s)| s.items.iter().map(move |i| (n, i)))
    }

    /// The items that a check proves.
    pub fn items_of_check<'a>(&'a self, check: &'a str) -> impl Iterator<Item = (usize, &'a Item)> {
        self.items().filter(move |(_, i)| i.check.as_ref().is_some_and(|c| c.check.as_str() == check))
    }

    /// The actions offered under an item.
    pub fn actions_of_item<'a>(&'a self, item: &'a str) -> impl Iterator<Item = &'a Action> {
        self.actions.values().filter(move |a| a.item.as_ref().is_some_and(|i| i.as_str() == item))
    }

    /// The role's name for people; the id when there is no such role.
    pub fn role_name<'a>(&'a self, role: &'a RoleId) -> &'a str {
        self.roles.get(role).map_or(role.as_str(), |r| r.name.as_str())
    }
}

/// A slot that people hold in an engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name for people.
    pub name: String,
    /// Whose side it is on.
    pub side: Side,
    /// Whether it assigns members, grants waivers and records for people in the room.
    pub lead: bool,
    /// What it is there for.
    pub duty: Option<String>,
}

/// The two sides of an engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The merchant who goes live.
    Merchant,
    /// The payment provider.
    Provider,
}

/// A typed fact about an engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// Its name for people.
    pub label: String,
    /// The form of a good value.
    pub pattern: Option<Pattern>,
    /// Where to find it.
    pub hint: Option<String>,
    /// The value it starts with.
    pub default: Option<String>,
}

/// A reference to a secret; the value is never in golive's hands for longer than a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its id.
    pub id: SecretId,
    /// Its name for people.
    pub label: String,
    /// The form of a good value.
    pub pattern: Option<Pattern>,
    /// The origins it may be sent to; may hold `{{ fields.… }}`. None at all: sent nowhere.
    pub origins: Vec<super::expression::Template>,
    /// What a value must be before it is sent by an action.
    pub policy: Option<SecretPolicy>,
    /// Where to find it.
    pub hint: Option<String>,
}

/// The rules for a secret that people choose themselves. Zero means that a rule is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretPolicy {
    /// The fewest characters.
    pub min_chars: usize,
    /// The most characters.
    pub max_chars: usize,
    /// The fewest upper-case letters.
    pub upper: usize,
    /// The fewest letters and digits.
    pub alphanumeric: usize,
    /// So many values back, none may come again.
    pub not_last: usize,
}

/// A row of a troubleshooting table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    /// What a person sees.
    pub symptom: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// The checks under which it is shown; all when empty.
    pub checks: Vec<CheckId>,
    /// When a check's answer meets it.
    pub when: Option<Expression>,
}

/// A stage, shut until every stage before it is complete.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// Its title without a number.
    pub title: String,
    /// What it is for.
    pub hint: Option<String>,
    /// What happens when someone ticks in it while it is shut.
    pub gate: GateMode,
    /// The roles that sign the stage as a whole.
    pub signoff: Vec<RoleId>,
    /// Whether the stage must be signed by different people.
    pub distinct: bool,
    /// What is to be done, in order.
    pub items: Vec<Item>,
}

/// What a shut stage does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GateMode {
    /// Refuse.
    Enforce,
    /// Let it pass with a warning.
    Warn,
}

/// One thing to be done.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id, unique in the runbook.
    pub id: ItemId,
    /// What is to be done.
    pub title: String,
    /// The heading it stands under.
    pub group: Option<String>,
    /// How to do it.
    pub hint: Option<String>,
    /// Sub-boxes; none for an item that is one box.
    pub parts: Vec<Part>,
    /// Who signs.
    pub owner: Owner,
    /// The live check that proves it.
    pub check: Option<ItemCheck>,
    /// What must be attached.
    pub evidence: EvidenceRule,
    /// How long a tick holds; of an item with actions, from when one was carried out ([`super::renewal`]).
    pub valid_for: Option<TimeDelta>,
    /// How long before the end of `valid_for` to warn.
    pub warn_before: TimeDelta,
    /// How long it usually takes from the day it is started.
    pub lead_time: Option<Duration>,
    /// When it applies at all.
    pub applies_when: Option<Expression>,
    /// Whether a person may mark it not applicable.
    pub optional: bool,
    /// Whether nobody may record it for somebody else.
    pub self_signed: bool,
    /// Whether nobody signs it who attached any of its evidence: the review of another person.
    pub independent: bool,
    /// The earlier item that it confirms again.
    pub reconfirms: Option<ItemId>,
    /// The actions under it that change something on the other side; [`Runbook::new`] fills them in.
    pub actions: Vec<ActionId>,
    /// The digest of all that a signature for it covers: its definition and its check's.
    pub digest: Digest,
}

impl Item {
    /// Whether a pass of that check ticks it by itself.
    pub fn proven_by(&self, check: &CheckId) -> bool {
        self.check.as_ref().is_some_and(|used| used.mode == CheckMode::Auto && used.check == *check)
    }

    /// The boxes of the item: one for each part, or the item's own.
    pub fn boxes(&self) -> impl Iterator<Item = Option<&PartId>> {
        let own = self.parts.is_empty().then_some(None);
        own.into_iter().chain(self.parts.iter().map(|p| Some(&p.id)))
    }
}

/// A sub-box of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its id, unique in the item.
    pub id: PartId,
    /// What is to be done.
    pub title: String,
}

/// Which check proves an item, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCheck {
    /// The check.
    pub check: CheckId,
    /// What its pass does.
    pub mode: CheckMode,
}

/// What the pass of a check does for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum CheckMode {
    /// A pass ticks the item by itself.
    Auto,
    /// A pass is needed, and an owner signs.
    Assist,
    /// Shown only.
    Inform,
}
