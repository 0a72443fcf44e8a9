//! Deciding, and writing the release where somebody wants it: what can be known to fail is found before
//! anything is decided.

use std::path::{Path, PathBuf};

use super::files::{NotWritten, Written};
use super::make::{Released, Wish};
use crate::app::{App, AppError, LocalFiles};
use crate::domain::ids::EngagementId;

/// What becomes of other files that have the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// They stay, and nothing is written.
    #[default]
    Kept,
    /// They go.
    Replaced,
}

/// Why no release was written.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// It could not have been written there; nothing was decided.
    #[error(transparent)]
    Place(NotWritten),
    /// It was not decided, or the files could not be made.
    #[error(transparent)]
    App(#[from] AppError),
    /// It is decided, and the files could not be written.
    #[error("{fault}")]
    DecidedOnly {
        /// The decision.
        released: Box<Released>,
        /// Why they could not.
        fault: NotWritten,
    },
}

impl NotPublished {
    /// What to do about it, in a sentence, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Place(_) => Some("nothing was decided".to_owned()),
            Self::App(_) => None,
            Self::DecidedOnly { released, .. } => Some(format!(
                "{} is decided (event {}); golive release {} -o FILE makes its files again",
                released.outcome,
                released.head.seq,
                released.engagement.id()
            )),
        }
    }
}

impl App {
    /// Whether a release could be written there, as far as can be known before it is decided. The very
    /// release that the wish asks for once more may be there.
    pub async fn may_publish(
        &self,
        id: &EngagementId,
        wish: &Wish,
        path: &Path,
        existing: Existing,
    ) -> Result<(), NotPublished> {
        if self.local_files == LocalFiles::Refused {
            return Err(AppError::NoLocalFiles.into());
        }
        can_be_written(path).map_err(NotPublished::Place)?;
        let engagement = self.load(id).await?;
        let taken = existing == Existing::Kept && path.symlink_metadata().is_ok();
        if taken && wish.stands(&engagement).is_none() {
            return Err(NotPublished::Place(NotWritten::Taken(path.to_owned())));
        }
        Ok(())
    }

    /// Decides on going live and writes the release with its two files beside it.
    pub async fn publish(
        &self,
        id: &EngagementId,
        wish: Wish,
        path: PathBuf,
        existing: Existing,
    ) -> Result<(Released, Written), NotPublished> {
        self.may_publish(id, &wish, &path, existing).await?;
        let released = self.release(id, wish).await?;
        let files = released.files.clone();
        let work = tokio::task::spawn_blocking(move || files.write(&path, existing == Existing::Replaced));
        match work.await.map_err(|_| AppError::ShuttingDown)? {
            Ok(written) => Ok((released, written)),
            Err(fault) => Err(NotPublished::DecidedOnly { released: Box::new(released), fault }),
        }
    }

    /// Whether the user may name files of this machine.
    pub fn local_files(&self) -> LocalFiles {
        self.local_files
    }
}

fn can_be_written(path: &Path) -> Result<(), NotWritten> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.file_name().is_none() || path.is_dir() {
        return Err(NotWritten::NoName(path.to_owned()));
    }
    if !folder.is_dir() {
        return Err(NotWritten::NoFolder(folder.to_owned()));
    }
    Ok(())
}
