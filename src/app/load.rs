//! Reading an engagement: from the log, row by row, believing nothing unseen.

use std::sync::Arc;

use super::App;
use super::engagement::Engagement;
use super::error::AppError;
use super::trust::{Believed, LogFault, Next, Signatures, tampered};
use crate::domain::digest::Digest;
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::nearest::nearest;
use crate::domain::runbook::Runbook;
use crate::domain::state::Begun;
use crate::store::Row;

/// Rows read at once. Bounds the memory that a log of a million events takes while it is read.
const PAGE: u32 = 4096;

impl App {
    /// Reads an engagement, or brings the one in memory forward by what was appended since.
    pub async fn load(&self, id: &EngagementId) -> Result<Engagement, AppError> {
        let shared = &self.shared;
        let known = shared.cache.engagement(id);
        let outcome = match &known {
            Some(engagement) => self.bring_forward(id, engagement).await,
            None => self.read_all(id).await,
        };
        match outcome {
            Ok(engagement) => {
                // A clock that is behind is no reason to forget what was read, nor to show it.
                if let Some(Begun { seq, from }) = engagement.state.not_begun(self.now()) {
                    return Err(tampered(id, seq, LogFault::NotBegun(from)).into());
                }
                shared.cache.keep(&engagement);
                shared.heads.put(id, engagement.state.head);
                Ok(engagement)
            }
            Err(error) => {
                // What was believed of this log was believed too early.
                shared.cache.forget(id);
                Err(error)
            }
        }
    }

    async fn bring_forward(&self, id: &EngagementId, known: &Engagement) -> Result<Engagement, AppError> {
        let head = known.state.head;
        // The last known row is read again: it shows whether the log still passes through it.
        let mut rows = self.shared.store.read_page(id, head.seq - 1, PAGE).await?;
        let full = rows.len() == PAGE as usize;
        match rows.first() {
            Some(row) if row.seq == head.seq && row.hash == head.hash => {}
            Some(row) if row.seq == head.seq => {
                return Err(tampered(id, head.seq, LogFault::Rewritten).into());
            }
            Some(_) | None => return Err(tampered(id, head.seq, LogFault::Cut).into()),
        }
        rows.remove(0);
        if rows.is_empty() {
            return Ok(known.clone());
        }
        let start =
            Believed { state: Some((*known.state).clone()), runbook: Some(Arc::clone(&known.runbook)) };
        self.believe(id, start, rows, full, Signatures::Check).await
    }

    async fn read_all(&self, id: &EngagementId) -> Result<Engagement, AppError> {
        let noted = self.shared.heads.get(id)?;
        let rows = self.shared.store.read_page(id, 0, PAGE).await?;
        if rows.is_empty() {
            if noted.seq > 0 {
                return Err(tampered(id, noted.seq, LogFault::Cut).into());
            }
            return Err(self.no_such(id).await?);
        }
        let full = rows.len() == PAGE as usize;
        self.believe(id, Believed::default(), rows, full, Signatures::CheckedUpTo(noted)).await
    }

    /// Believes the rows and all that come after them.
    async fn believe(
        &self,
        id: &EngagementId,
        mut so_far: Believed,
        mut rows: Vec<Row>,
        mut more: bool,
        signatures: Signatures,
    ) -> Result<Engagement, AppError> {
        loop {
            let id_there = id.clone();
            // Hashing and checking signatures of a long log takes longer than other tasks may wait.
            let work = tokio::task::spawn_blocking(move || {
                let next = so_far.rows(&id_there, rows, signatures);
                (so_far, next)
            });
            let (believed, next) = work.await.map_err(|_| AppError::ShuttingDown)?;
            so_far = believed;
            match next? {
                Next::Runbook(digest, rest) => {
                    so_far.runbook = Some(self.kept_runbook(id, &digest).await?);
                    rows = rest;
                }
                Next::Done if more => {
                    rows = self.shared.store.read_page(id, so_far.head().seq, PAGE).await?;
                    more = rows.len() == PAGE as usize;
                }
                Next::Done => break,
            }
        }
        signatures.settle(id, so_far.head())?;
        match so_far {
            Believed { state: Some(state), runbook: Some(runbook), .. } => {
                Ok(Engagement { runbook, state: Arc::new(state) })
            }
            Believed { .. } => Err(tampered(id, 1, LogFault::NotAnEvent).into()),
        }
    }

    /// A runbook that an engagement keeps.
    pub(super) async fn kept_runbook(
        &self,
        id: &EngagementId,
        digest: &Digest,
    ) -> Result<Arc<Runbook>, AppError> {
        if let Some(runbook) = self.shared.cache.runbook(digest) {
            return Ok(runbook);
        }
        let bytes = self.shared.store.get_runbook(digest).await?;
        // The store has checked the bytes against the digest.
        let loaded = crate::runbook::load_checked(id.as_str(), &bytes, *digest)
            .map_err(|faults| AppError::KeptRunbook { id: id.clone(), faults: Box::new(faults) })?;
        let runbook = Arc::new(loaded.runbook);
        self.shared.cache.keep_runbook(&runbook);
        Ok(runbook)
    }

    async fn no_such(&self, id: &EngagementId) -> Result<AppError, AppError> {
        let known = self.shared.store.heads().await?;
        let did_you_mean = nearest(id.as_str(), known.keys().map(EngagementId::as_str));
        Ok(AppError::NoSuchEngagement { id: id.clone(), did_you_mean })
    }
}

impl Signatures {
    /// Whether the log passed through the head that vouches for the signatures that were not checked.
    fn settle(self, id: &EngagementId, head: Head) -> Result<(), AppError> {
        match self {
            Self::CheckedUpTo(noted) if noted.seq > head.seq => {
                Err(tampered(id, noted.seq, LogFault::Cut).into())
            }
            Self::Check | Self::CheckedUpTo(_) => Ok(()),
        }
    }
}
