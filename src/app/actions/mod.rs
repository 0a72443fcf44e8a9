//! Actions: a request flow that a person starts, with everything around it that must not go wrong.
//!
//! 1. [`plan_action`](super::App::plan_action) says what would be sent where, and refuses what the rules
//!    refuse.
//! 2. [`run_action`](super::App::run_action) takes that plan, which a person has confirmed, makes it anew and
//!    compares: only what was shown is done. It reads the secrets, looks at their policy and at the place where
//!    values that come back would be kept: whatever can be refused is refused before anything has left.
//! 3. The intent is logged. Whatever happens from here on, the log knows that it may have happened. What
//!    others wrote just before it is compared as well. Secrets under a policy count as used from here on,
//!    unless they are definitely refused.
//! 4. Each request leaves once. A value that comes back is kept ([`Vault`]), read back and compared, and
//!    its source logged, before the next request.
//! 5. The end is logged: done, refused, or nobody knows. Nothing is ever repeated by itself. An end that cannot
//!    be logged is told in full; what an attempt without an end has kept is found by its name.

mod plan;
mod policy;
mod ready;
mod run;
mod vault;
mod words;

pub use plan::{ActionPlan, Earlier, PlannedRequest};
pub use policy::BrokenRule;
pub use ready::ReadyAction;
pub use run::{ActionReport, Kept, Unlogged};
pub use vault::Vault;
pub use words::left_line;

use crate::checks::consent::Withheld;
use crate::domain::ids::SecretId;

/// Why an action was not started, or is not in the log as it ended. Nothing was sent, unless it says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionFault {
    /// A secret has no value that could be sent.
    #[error("secret {id}: {why}; nothing was sent")]
    Secret {
        /// The secret.
        id: SecretId,
        /// Why, without the value.
        why: String,
    },
    /// Nobody on this machine agreed to send a secret there.
    #[error("secret {id} {why}; nothing was sent")]
    Withheld {
        /// The secret.
        id: SecretId,
        /// Why.
        why: Withheld,
    },
    /// Somebody changed what it would do after it was shown.
    #[error("it is no longer what was shown; nothing was sent")]
    Changed,
    /// A secret breaks a rule of its policy.
    #[error("secret {id} {rule}; nothing was sent")]
    Policy {
        /// The secret.
        id: SecretId,
        /// The rule.
        rule: BrokenRule,
    },
    /// What comes back could not be kept.
    #[error("the value that comes back could not be kept: {0}; nothing was sent")]
    NoPlace(String),
    /// The request was sent, and how it ended could not be logged.
    #[error("the action was started, and how it ended could not be logged: {}", .0.why)]
    NotLogged(Box<Unlogged>),
}
