//! The result of a live check and what followed from it.

use serde::Serialize;

use crate::app::Change;
use crate::domain::ids::EngagementId;
use crate::domain::verdict::Observation;

/// One result of `golive check` and `golive watch`.
#[derive(Debug, Serialize)]
pub struct SeenJson<'a> {
    /// The engagement.
    pub engagement: &'a EngagementId,
    /// The result.
    pub observation: &'a Observation,
    /// What it changed.
    pub changes: Vec<ChangeJson>,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct ChangeJson {
    /// `settled`, `ticked`, `reopened` or `captured`.
    pub what: &'static str,
    /// The check, item or field.
    pub id: String,
}

impl From<&Change> for ChangeJson {
    fn from(change: &Change) -> Self {
        match change {
            Change::Settled(check, _) => Self { what: "settled", id: check.to_string() },
            Change::Ticked(item) => Self { what: "ticked", id: item.to_string() },
            Change::Reopened(item) => Self { what: "reopened", id: item.to_string() },
            Change::Captured(field) => Self { what: "captured", id: field.to_string() },
        }
    }
}
