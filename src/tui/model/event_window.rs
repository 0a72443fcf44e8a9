//! One event of the log, opened: what it says, its bytes, its signature, and what both are worth now.

use crate::tui::effect::RequestId;
use crate::tui::msg::OpenedEvent;

use super::list::List;

/// The window of one event.
#[derive(Debug, Clone)]
pub struct EventWindow {
    /// Its number.
    pub seq: u64,
    /// The question that it waits for.
    pub request: RequestId,
    /// The event, once it has been read.
    pub opened: Option<Box<OpenedEvent>>,
    /// The line at the top.
    pub list: List,
}
