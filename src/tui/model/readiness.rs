//! The live checks of one engagement.

use super::list::List;

/// Where the person is in the checks of one engagement.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    /// The cursor over the checks.
    pub list: List,
}
