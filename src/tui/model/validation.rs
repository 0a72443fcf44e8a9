//! The go/no-go board of one engagement.

use super::list::List;

/// Where the person is on the board.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// The cursor over the rows.
    pub list: List,
}
