//! The log of one engagement, as a screen of its own.

use super::list::List;

/// Where the person is in the log.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    /// The cursor over the rows.
    pub list: List,
}
