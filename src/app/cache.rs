//! What this process has read and believed already.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::engagement::Engagement;
use crate::domain::digest::Digest;
use crate::domain::ids::EngagementId;
use crate::domain::runbook::Runbook;

/// Engagements kept in memory. A consultant has some hundred; a rebuild of a portfolio of ten
/// thousand must not keep them all.
const MAX_ENGAGEMENTS: usize = 256;
/// Runbooks kept in memory.
const MAX_RUNBOOKS: usize = 64;

/// Engagements by id and runbooks by digest.
#[derive(Default)]
pub(super) struct Cache {
    engagements: Mutex<HashMap<EngagementId, Engagement>>,
    runbooks: Mutex<HashMap<Digest, Arc<Runbook>>>,
}

impl Cache {
    pub(super) fn engagement(&self, id: &EngagementId) -> Option<Engagement> {
        self.engagements.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Keeps an engagement, unless one further along is kept already.
    pub(super) fn keep(&self, engagement: &Engagement) {
        let mut kept = self.engagements.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.get(engagement.id()).is_some_and(|k| k.state.head.seq > engagement.state.head.seq) {
            return;
        }
        if kept.len() >= MAX_ENGAGEMENTS && !kept.contains_key(engagement.id()) {
            // Any one will do: it is read again when it is asked for.
            if let Some(other) = kept.keys().next().cloned() {
                kept.remove(&other);
            }
        }
        kept.insert(engagement.id().clone(), engagement.clone());
    }

    pub(super) fn forget(&self, id: &EngagementId) {
        self.engagements.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    pub(super) fn runbook(&self, digest: &Digest) -> Option<Arc<Runbook>> {
        self.runbooks.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    pub(super) fn keep_runbook(&self, runbook: &Arc<Runbook>) {
        let mut kept = self.runbooks.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_RUNBOOKS {
            kept.clear();
        }
        kept.insert(runbook.digest, Arc::clone(runbook));
    }
}
