//! What a line was before it was changed, to go back to.

use tui_input::Input;

use crate::tui::keymap::Context;

/// Changes that can be gone back over.
const MAX: usize = 200;

/// The earlier forms of the line that is being typed.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// Which line: how many windows lie under it, and where the keys go.
    of: Option<(usize, Context)>,
    past: Vec<Input>,
}

impl Edits {
    /// Turns to a line; what is known of another is forgotten.
    pub fn turn_to(&mut self, windows: usize, context: Context) {
        if self.of != Some((windows, context)) {
            self.of = Some((windows, context));
            self.past.clear();
        }
    }

    /// Remembers a line before it is changed.
    pub fn remember(&mut self, before: Input) {
        if self.past.len() == MAX {
            self.past.remove(0);
        }
        self.past.push(before);
    }

    /// The line before its last change.
    pub fn back(&mut self) -> Option<Input> {
        self.past.pop()
    }
}
