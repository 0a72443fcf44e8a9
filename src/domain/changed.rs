//! When the facts that checks look at last changed: a verdict says nothing of facts that came after it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::check::Needs;
use super::ids::{DecisionId, FieldId, SecretId};

/// The last change of each field, secret and decision whose value was ever another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    fields: BTreeMap<FieldId, Moment>,
    secrets: BTreeMap<SecretId, Moment>,
    decisions: BTreeMap<DecisionId, Moment>,
    /// The newest of all: whatever was said after it, was said of the facts as they are.
    last: u64,
    /// The last event that put another version of the runbook in place.
    runbook: u64,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The sequence number of the event.
    pub seq: u64,
    /// When, by its author's clock.
    pub at: DateTime<Utc>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A field.
    Field(FieldId),
    /// Where a secret is.
    Secret(SecretId),
    /// The value of a decision.
    Decision(DecisionId),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(id) => id.fmt(f),
            Self::Secret(id) => id.fmt(f),
            Self::Decision(id) => id.fmt(f),
        }
    }
}

impl Changed {
    pub(super) fn field(&mut self, id: &FieldId, at: Moment) {
        self.fields.insert(id.clone(), at);
        self.last = at.seq;
    }

    pub(super) fn secret(&mut self, id: &SecretId, at: Moment) {
        self.secrets.insert(id.clone(), at);
        self.last = at.seq;
    }

    pub(super) fn decision(&mut self, id: &DecisionId, at: Moment) {
        self.decisions.insert(id.clone(), at);
        self.last = at.seq;
    }

    pub(super) fn runbook(&mut self, seq: u64) {
        self.runbook = seq;
    }

    /// Whether a run that began at an event is about something else by now: the facts, or the check itself.
    pub fn overtakes(&self, seq: u64, needs: &Needs) -> bool {
        self.runbook > seq || self.after(seq, needs)
    }

    /// Whether any of what a check looks at changed after an event.
    pub fn after(&self, seq: u64, needs: &Needs) -> bool {
        // Nothing at all changed since most verdicts.
        self.last > seq && self.moments(needs).any(|moment| moment.seq > seq)
    }

    /// What changed last of all that a check looks at, and when.
    pub fn newest(&self, needs: &Needs) -> Option<(Thing, Moment)> {
        let newest = self.moments(needs).max_by_key(|moment| moment.seq)?;
        // One event changes one thing, or the fields that one answer filled.
        let is = |moment: Option<&Moment>| moment == Some(&newest);
        let mut fields = needs.fields.iter().chain(&needs.origins);
        let field = fields.find(|id| is(self.fields.get(*id))).cloned().map(Thing::Field);
        let secret = || needs.secrets.iter().find(|id| is(self.secrets.get(*id))).cloned().map(Thing::Secret);
        let decision = || needs.decisions.iter().find(|id| is(self.decisions.get(*id))).cloned();
        let thing = field.or_else(secret).or_else(|| decision().map(Thing::Decision))?;
        Some((thing, newest))
    }

    fn moments(&self, needs: &Needs) -> impl Iterator<Item = Moment> {
        let fields = needs.fields.iter().chain(&needs.origins).filter_map(|id| self.fields.get(id));
        let secrets = needs.secrets.iter().filter_map(|id| self.secrets.get(id));
        let decisions = needs.decisions.iter().filter_map(|id| self.decisions.get(id));
        fields.chain(secrets).chain(decisions).copied()
    }
}
