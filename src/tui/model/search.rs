//! A search that is being typed, or that still filters what is shown.

use tui_input::Input;

use crate::domain::runbook::Place;

/// A search over the rows of a screen.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What was typed.
    pub input: Input,
    /// Whether the keys still go to it.
    pub typing: Typing,
    /// The item that the cursor was on before, to go back to.
    pub from: Option<Place>,
}

/// Whether the keys go to the search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Typing {
    /// They do.
    #[default]
    Yes,
    /// The search was accepted: it filters, and the keys go to the rows.
    No,
}

impl Search {
    /// What was typed.
    pub fn query(&self) -> &str {
        self.input.value()
    }
}
