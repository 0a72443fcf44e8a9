//! What can go wrong in a demo, as a failure of the whole run.

use std::time::Duration;

use crate::app::AppError;
use crate::checks::outbound::{BadAddress, NoAnswer, NoClient};
use crate::domain::ids::{BadId, BadName};
use crate::domain::secret::BadSource;
use crate::error::{Failure, Kind};
use crate::identity::IdentityError;
use crate::rehearse::{PatchError, RehearseError};
use crate::store::StoreError;
use crate::tui::perform::ScreenError;

use super::folder::FolderError;

/// What can go wrong in a demo.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// A use case failed where the story needs it to succeed.
    #[error(transparent)]
    App(#[from] AppError),
    /// No rehearsal.
    #[error(transparent)]
    Rehearse(#[from] RehearseError),
    /// A switch of the rehearsal is not there.
    #[error(transparent)]
    Switch(#[from] PatchError),
    /// No store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// No folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No requests.
    #[error(transparent)]
    Client(#[from] NoClient),
    /// The rehearsal has an address that cannot be asked.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The rehearsal does not answer.
    #[error("the rehearsal does not answer")]
    NoAnswer(#[from] NoAnswer),
    /// A name of the story is none.
    #[error(transparent)]
    Name(#[from] BadName),
    /// An id of the story is none.
    #[error(transparent)]
    Id(#[from] BadId),
    /// A source of a secret is none.
    #[error(transparent)]
    Source(#[from] BadSource),
    /// The terminal cannot be drawn on.
    #[error("the terminal cannot be used")]
    Screen(#[source] std::io::Error),
    /// The system does not tell when to end.
    #[error("golive cannot listen for being asked to end")]
    Signals(#[source] std::io::Error),
    /// The rules did something else than the story says.
    #[error("the story went another way: {0}")]
    Story(String),
    /// The wait is over and a stage is still not complete.
    #[error("stage {stage}, stood still for {}", humantime::format_duration(*wait))]
    StoodStill {
        /// Number and title.
        stage: String,
        /// How long.
        wait: Duration,
        /// What it waits for, with roles and people, one line each.
        waits: Vec<String>,
    },
    /// A person ended it.
    #[error("interrupted")]
    Interrupted,
}

impl Trouble {
    fn kind(&self) -> Kind {
        match self {
            Self::StoodStill { .. } | Self::Story(_) | Self::Interrupted => Kind::NotReady,
            Self::App(_)
            | Self::Rehearse(_)
            | Self::Switch(_)
            | Self::Store(_)
            | Self::Identity(_)
            | Self::Folder(_)
            | Self::Client(_)
            | Self::Address(_)
            | Self::NoAnswer(_)
            | Self::Name(_)
            | Self::Id(_)
            | Self::Source(_)
            | Self::Screen(_)
            | Self::Signals(_) => Kind::Store,
        }
    }
}

impl From<ScreenError> for Trouble {
    fn from(error: ScreenError) -> Self {
        match error {
            ScreenError::Terminal(error) => Self::Screen(error),
            ScreenError::App(error) => Self::App(error),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            // With the hints that every command gives.
            Trouble::App(error) => error.into(),
            Trouble::StoodStill { ref waits, .. } => {
                let hints = waits.clone();
                Self { hints, ..Self::new(trouble.kind(), trouble) }
            }
            other => Self::new(other.kind(), other),
        }
    }
}
