//! A search that is being typed, or that still filters what is shown.
//!
//! How a screen joins in:
//! 1. its context goes into `SEARCHED` in the keymap, and the keys work;
//! 2. where it settles, its rows are derived anew when [`Searches::query`] is another than before;
//! 3. it draws texts with `Strip::met` and [`Search::finder`], and the hits are marked.
//!
//! Typing, accepting, ending and the line at the bottom are the same everywhere.

use tui_input::Input;

use crate::domain::runbook::Place;
use crate::tui::keymap::Context;
use crate::tui::search::Finder;

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

    /// What marks the hits; none while nothing is typed.
    pub fn finder(&self) -> Option<Finder> {
        (!self.query().trim().is_empty()).then(|| Finder::new(self.query()))
    }
}

/// The searches of the screens that keep none of their own, one for each.
#[derive(Debug, Clone, Default)]
pub struct Searches(Vec<(Context, Search)>);

impl Searches {
    /// The search of a screen.
    pub fn of(&self, context: Context) -> Option<&Search> {
        self.0.iter().find(|(of, _)| *of == context).map(|(_, search)| search)
    }

    /// What a screen is searched for; empty when for nothing.
    pub fn query(&self, context: Context) -> &str {
        self.of(context).map_or("", Search::query)
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, context: Context) -> Option<&mut Search> {
        self.0.iter_mut().find(|(of, _)| *of == context).map(|(_, search)| search)
    }

    /// Begins one.
    pub fn begin(&mut self, context: Context) {
        self.end(context);
        self.0.push((context, Search::default()));
    }

    /// Ends one; says whether there was one.
    pub fn end(&mut self, context: Context) -> bool {
        let before = self.0.len();
        self.0.retain(|(of, _)| *of != context);
        self.0.len() != before
    }
}
