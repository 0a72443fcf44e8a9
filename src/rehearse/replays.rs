//! Idempotency keys: the answer to a request is kept under its key, and given again when the request
//! comes again.

use indexmap::IndexMap;

use super::answer::Answer;
use super::guard::Mode;
use super::provider::Provider;
use crate::domain::digest::Digest;

/// The longest key, in bytes.
pub(super) const MAX_KEY: usize = 255;
/// So many answers are kept; the oldest go first.
const MAX_KEPT: usize = 500;

/// Whose key: two merchants, or two modes, may use the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ReplayKey {
    pub(super) provider: Provider,
    pub(super) caller: String,
    pub(super) mode: Mode,
    pub(super) key: String,
}

/// The answers that were given.
#[derive(Debug, Default)]
pub(super) struct Replays(IndexMap<ReplayKey, Kept>);

#[derive(Debug, Clone)]
struct Kept {
    request: Digest,
    answer: Option<Answer>,
}

/// What a key says about a request.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// It is the first with this key.
    New,
    /// The one before is not answered yet.
    UnderWay,
    /// It was answered like this.
    Answered(Answer),
    /// The key was used for another request.
    Other,
}

impl Replays {
    /// Takes a key up for a request, or says what became of it before.
    pub(super) fn begin(&mut self, key: &ReplayKey, request: Digest) -> Known {
        match self.0.get(key) {
            Some(kept) if kept.request != request => Known::Other,
            Some(Kept { answer: Some(answer), .. }) => Known::Answered(answer.clone()),
            Some(Kept { answer: None, .. }) => Known::UnderWay,
            None => {
                if self.0.len() >= MAX_KEPT {
                    self.0.shift_remove_index(0);
                }
                self.0.insert(key.clone(), Kept { request, answer: None });
                Known::New
            }
        }
    }

    /// Keeps a good answer. A refusal changed nothing, so its key can be used again.
    pub(super) fn end(&mut self, key: &ReplayKey, answer: Option<Answer>) {
        match answer {
            Some(answer) => {
                if let Some(kept) = self.0.get_mut(key) {
                    kept.answer = Some(answer);
                }
            }
            None => {
                self.0.shift_remove(key);
            }
        }
    }
}
