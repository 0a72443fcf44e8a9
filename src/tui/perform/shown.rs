//! What was shown last, kept until the person says yes: only that is done.

use std::sync::{Mutex, PoisonError};

use crate::tui::effect::RequestId;

/// The plan that was shown last.
#[derive(Debug)]
pub(super) struct Shown<T>(Mutex<Option<(RequestId, Box<T>)>>);

impl<T> Default for Shown<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Shown<T> {
    /// Keeps the plan that answers a question.
    pub(super) fn put(&self, request: RequestId, plan: T) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = Some((request, Box::new(plan)));
    }

    /// The plan that answered a question, once.
    pub(super) fn take(&self, request: RequestId) -> Option<Box<T>> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.take_if(|(answered, _)| *answered == request).map(|(_, plan)| plan)
    }
}
