//! What waits for the roles of the person at the screen, in all engagements.

use super::list::List;

/// Where the person is in what waits for them.
#[derive(Debug, Clone, Default)]
pub struct MyWork {
    /// The cursor over the rows.
    pub list: List,
}
