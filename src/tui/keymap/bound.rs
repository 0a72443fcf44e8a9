//! The keys of one person: the table, with what their configuration changes.

use std::sync::Arc;

use super::{Act, Context, KEYMAP};
use crate::tui::input::Key;

/// A row of the table with the keys that it has for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Keys that do it, the one to show first. Empty when the person has taken them away.
    pub keys: Vec<Key>,
    /// What they do.
    pub act: Act,
    /// The same in words, one line.
    pub help: &'static str,
    /// The word in the footer, if it stands there.
    pub footer: Option<&'static str>,
}

impl Bound {
    /// What stands on the key to show; empty when there is none.
    pub fn key(&self) -> String {
        self.keys.first().map_or_else(String::new, |key| key.name())
    }

    /// Whether it is the way out that nobody can take away.
    pub(super) fn reserved(&self) -> bool {
        self.keys == [RESERVED]
    }

    /// Whether the palette offers it: all that do more than move.
    fn offered(&self) -> bool {
        match self.act {
            Act::Up
            | Act::Down
            | Act::PageUp
            | Act::PageDown
            | Act::First
            | Act::Last
            | Act::Palette
            | Act::Yes => false,
            // Once is enough.
            Act::Quit => !self.reserved(),
            _ => true,
        }
    }
}

/// The key that leaves from everywhere, whatever the configuration says.
pub(super) const RESERVED: Key = Key::Ctrl('c');

/// Which key does what for one person. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap(Arc<[Vec<Bound>; Context::ALL.len()]>);

impl Default for Keymap {
    fn default() -> Self {
        Self::of(Context::ALL.map(table))
    }
}

/// The rows of one context as they come.
pub(super) fn table(context: Context) -> Vec<Bound> {
    let rows = KEYMAP.iter().filter(|row| row.contexts.contains(&context));
    rows.map(|row| Bound { keys: row.keys.to_vec(), act: row.act, help: row.help, footer: row.footer })
        .collect()
}

impl Keymap {
    /// The rows of each context, in the order of [`Context::ALL`].
    pub(super) fn of(rows: [Vec<Bound>; Context::ALL.len()]) -> Self {
        Self(Arc::new(rows))
    }

    /// The rows of a context, in the order of the table.
    pub fn rows(&self, context: Context) -> &[Bound] {
        self.0.get(context as usize).map_or(&[], Vec::as_slice)
    }

    /// What a key does in a context.
    pub fn act(&self, context: Context, key: Key) -> Option<Act> {
        self.rows(context).iter().find(|row| row.keys.contains(&key)).map(|row| row.act)
    }

    /// The key to show for an act in a context.
    pub fn key(&self, context: Context, act: Act) -> Option<Key> {
        self.rows(context).iter().filter(|row| row.act == act).find_map(|row| row.keys.first().copied())
    }

    /// The acts that the palette offers on a screen: all that do more than move.
    pub fn offered(&self, context: Context) -> impl Iterator<Item = &Bound> {
        self.rows(context).iter().filter(|row| row.offered())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_numbered_in_their_order() {
        for (n, context) in Context::ALL.into_iter().enumerate() {
            assert_eq!(context as usize, n, "{context:?}");
        }
    }

    #[test]
    fn the_palette_offers_leaving_once_and_no_moves() {
        let keymap = Keymap::default();
        let offered: Vec<Act> = keymap.offered(Context::Engagement).map(|row| row.act).collect();
        assert_eq!(offered.iter().filter(|act| **act == Act::Quit).count(), 1);
        assert!(!offered.contains(&Act::Down) && offered.contains(&Act::Tick));
    }
}
