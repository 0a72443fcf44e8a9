//! The definition of an action: a request flow that a person starts, never the poller.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{HttpStep, Method, Needs};
use super::expression::{Expression, Template};
use super::ids::{ActionId, ItemId, SecretId};

/// The longest idempotency key, in bytes.
pub const MAX_KEY: usize = 100;

/// How long after its deadline an attempt without an end counts as broken off. Covers logging the end
/// and clocks of two machines that differ a little.
pub const GRACE: Duration = Duration::from_mins(1);

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its id in the runbook.
    pub id: ActionId,
    /// What it is called on screens.
    pub title: String,
    /// The item under which it is offered; its owners may start it, and its stage must be open.
    pub item: Option<ItemId>,
    /// What a person reads before anything is sent.
    pub confirm: Template,
    /// Whether it may be done again.
    pub repeat: Repeat,
    /// The header that carries the idempotency key.
    pub idempotency_header: Option<String>,
    /// The requests, one after the other.
    pub steps: Vec<ActionStep>,
    /// What is shown when it is done; secrets in it as `••••`.
    pub show: Option<Template>,
    /// What must be filled in before it can run.
    pub needs: Needs,
    /// The absolute deadline of all steps together.
    pub deadline: Duration,
}

/// Whether an action may be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Never after success, and after an unknown outcome only with the same idempotency key, unless a lead
    /// resets it. Where it stands for a tick that ends, it may be done again as that end draws near.
    Once,
    /// As often as people want; after an unknown outcome with the same idempotency key.
    Freely,
}

/// One request of an action.
#[derive(Debug, Clone)]
pub struct ActionStep {
    /// The request and what is expected of its answer.
    pub request: HttpStep,
    /// Secrets, and where in the answer their values are. They come back once.
    pub store: Vec<(SecretId, Expression)>,
}

impl ActionStep {
    /// Whether it changes nothing on the other side, however it ends (RFC 9110, section 9.2.1).
    pub fn only_looks(&self) -> bool {
        match self.request.method {
            Method::Get | Method::Head => self.store.is_empty(),
            Method::Post | Method::Put | Method::Patch | Method::Delete => false,
        }
    }
}

impl Action {
    /// Whether a person may start it again while nobody knows whether it was carried out.
    pub fn repeats_in_doubt(&self) -> bool {
        match self.repeat {
            Repeat::Freely => true,
            Repeat::Once => self.idempotency_header.is_some(),
        }
    }

    /// The secrets that come back.
    pub fn stored(&self) -> BTreeSet<&SecretId> {
        self.steps.iter().flat_map(|s| s.store.iter().map(|(id, _)| id)).collect()
    }
}
