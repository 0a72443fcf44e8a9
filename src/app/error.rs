//! Why a use case did not do what was asked.

use std::io;
use std::path::PathBuf;

use super::engagement::Engagement;
use super::trust::Tampered;
use crate::checks::consent::ConsentError;
use crate::checks::outbound::NoClient;
use crate::domain::evolve::Misfit;
use crate::domain::ids::{BadId, EngagementId};
use crate::domain::refusal::Refusal;
use crate::domain::secret::SecretSource;
use crate::domain::text::SafeText;
use crate::identity::IdentityError;
use crate::runbook::Faults;
use crate::store::{EvidenceError, StoreError};

/// Why a use case failed. What to do about it is for the edge to say; everything it needs is here.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule of the engagement says no.
    #[error("{}", .0.refusal)]
    Refused(Box<Refused>),
    /// The store has no such engagement.
    #[error("there is no engagement '{id}'")]
    NoSuchEngagement {
        /// What was asked for.
        id: EngagementId,
        /// The nearest there is.
        did_you_mean: Option<String>,
    },
    /// The log has no event of that number.
    #[error("the log of '{id}' has no event {seq}")]
    NoSuchEvent {
        /// The engagement.
        id: EngagementId,
        /// What was asked for.
        seq: u64,
        /// The last there is; the first is 1.
        last: u64,
    },
    /// The id is taken.
    #[error("there is an engagement '{id}' already")]
    Exists {
        /// The id.
        id: EngagementId,
    },
    /// The runbook cannot be used.
    #[error("the runbook cannot be used: {0}")]
    Runbook(#[source] Box<Faults>),
    /// The runbook that an engagement keeps cannot be read by this golive.
    #[error("the runbook that engagement '{id}' keeps cannot be read by this golive: {faults}")]
    KeptRunbook {
        /// The engagement.
        id: EngagementId,
        /// Why.
        faults: Box<Faults>,
    },
    /// The log is not what golive wrote. Nothing of it is believed.
    #[error(transparent)]
    Tampered(Box<Tampered>),
    /// Others appended again and again in between.
    #[error("engagement '{id}' is being changed by others all the time; nothing was written")]
    Contended {
        /// The engagement.
        id: EngagementId,
    },
    /// The file that remembers heads cannot be read.
    #[error("the file {} cannot be read", SafeText::clipped(&.path.to_string_lossy(), 300))]
    Heads {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The id of an engagement cannot be one.
    #[error(transparent)]
    BadId(#[from] BadId),
    /// The rules made a fact that does not continue the log: a fault of golive's; nothing was written.
    #[error("the new event does not fit the log; nothing was written")]
    Misfit(#[from] Misfit),
    /// An event could not be written as JSON.
    #[error("an event could not be written")]
    Unwritable(#[source] serde_json::Error),
    /// An action was not started, or its end is not in the log.
    #[error(transparent)]
    Action(#[from] super::actions::ActionFault),
    /// What may be sent from this machine cannot be read or written.
    #[error(transparent)]
    Consents(#[from] ConsentError),
    /// Checks cannot reach out.
    #[error(transparent)]
    NoClient(#[from] NoClient),
    /// The process is about to end.
    #[error("golive is shutting down")]
    ShuttingDown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be kept as evidence, or not be given back.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Somebody signed between the plan of an upgrade and the upgrade.
    #[error("somebody signed in '{id}' in the meantime, and that would be lost as well; nothing was written")]
    UpgradeChanged {
        /// The engagement.
        id: EngagementId,
    },
    /// Files of this machine are not the user's to name.
    #[error("files cannot be attached or written from here")]
    NoLocalFiles,
    /// A file cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    NotWritten {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// An event would be larger than any that golive reads.
    #[error("an event would have {0} bytes, more than golive reads; nothing was written")]
    TooLarge(usize),
    /// The key failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// A refusal with what it is about, so that ids can be told as titles and roles as people.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The engagement as it was when it refused; none when it was still to begin.
    pub engagement: Option<Engagement>,
    /// Files on this machine that belong to it: what an action kept whose end nobody knows.
    pub left: Vec<SecretSource>,
}

impl AppError {
    pub(super) fn refused(refusal: Refusal, engagement: Option<Engagement>) -> Self {
        Self::Refused(Box::new(Refused { refusal, engagement, left: Vec::new() }))
    }

    /// The refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Refused(refused) = self { Some(&refused.refusal) } else { None }
    }
}

impl From<Tampered> for AppError {
    fn from(tampered: Tampered) -> Self {
        Self::Tampered(Box::new(tampered))
    }
}
