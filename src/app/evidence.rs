//! Files as evidence: kept beside the store before the log speaks of them, and looked at again.

use std::path::PathBuf;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use crate::domain::command::NewEvidence;
use crate::domain::digest::Digest;
use crate::domain::ids::ItemId;
use crate::store::{EvidenceError, EvidenceFolder, KeptFile};

/// Whether the user may name files of this machine to be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LocalFiles {
    /// The user sits at this machine.
    Allowed,
    /// The user is somewhere else, as on a server: a path would name a file that is not theirs.
    #[default]
    Refused,
}

/// A file of evidence that is not what the log says it is.
#[derive(Debug)]
pub struct EvidenceFault {
    /// The item that it is attached to.
    pub item: ItemId,
    /// Its name in the log.
    pub name: String,
    /// Its digest in the log.
    pub digest: Digest,
    /// Missing, altered or unreadable.
    pub fault: EvidenceError,
}

impl App {
    /// The same application with a folder for files of evidence.
    #[must_use]
    pub fn keeping_evidence(self, folder: EvidenceFolder, local: LocalFiles) -> Self {
        Self { evidence: Some(folder), local_files: local, ..self }
    }

    /// Keeps the bytes of a file of this machine, so that it can be attached. The log does not know of it
    /// yet: a process that ends here leaves bytes that nobody asks for, never a line without its bytes.
    pub async fn keep_file(&self, path: PathBuf) -> Result<NewEvidence, AppError> {
        let folder = self.evidence.clone().filter(|_| self.local_files == LocalFiles::Allowed);
        let folder = folder.ok_or(AppError::NoLocalFiles)?;
        let work = tokio::task::spawn_blocking(move || {
            let KeptFile { digest, size } = folder.keep(&path)?;
            let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            Ok::<_, EvidenceError>(NewEvidence::File { name, size, digest })
        });
        Ok(work.await.map_err(|_| AppError::ShuttingDown)??)
    }

    /// Writes the bytes of a file that is attached to a new file of this machine.
    pub async fn export_file(&self, digest: Digest, size: u64, to: PathBuf) -> Result<(), AppError> {
        let folder = self.evidence.clone().filter(|_| self.local_files == LocalFiles::Allowed);
        let folder = folder.ok_or(AppError::NoLocalFiles)?;
        let work = tokio::task::spawn_blocking(move || folder.export(&digest, size, &to));
        Ok(work.await.map_err(|_| AppError::ShuttingDown)??)
    }

    /// The files that an engagement's log speaks of and that are not there as they were.
    pub async fn evidence_faults(&self, engagement: &Engagement) -> Result<Vec<EvidenceFault>, AppError> {
        let mut attached: Vec<(ItemId, String, Digest, u64)> = Vec::new();
        for (item, state) in &engagement.state.items {
            for piece in &state.evidence {
                if let Some(file) = piece.file {
                    attached.push((item.clone(), piece.reference.clone(), piece.digest, file.size));
                }
            }
        }
        attached.sort();
        let folder = self.evidence.clone();
        let work = tokio::task::spawn_blocking(move || {
            let look = |digest: &Digest, size| match &folder {
                Some(folder) => folder.check(digest, size),
                None => Err(EvidenceError::Missing(*digest)),
            };
            let faults = attached.into_iter().filter_map(|(item, name, digest, size)| {
                let fault = look(&digest, size).err()?;
                Some(EvidenceFault { item, name, digest, fault })
            });
            faults.collect()
        });
        work.await.map_err(|_| AppError::ShuttingDown)
    }
}
