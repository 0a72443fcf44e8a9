//! The kickoff of one engagement: one thing at a time, for a screen that many look at.

use super::list::List;

/// Where the kickoff is.
#[derive(Debug, Clone, Default)]
pub struct Kickoff {
    /// The cursor over the rows.
    pub list: List,
}
