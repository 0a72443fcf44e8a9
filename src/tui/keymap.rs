//! Which key does what: one table, and what a person's configuration makes of it. The footer, the `?` help,
//! the palette, what a key does and the tests are made from it.
//!
//! [`KEYMAP`] is the table: to add an act, add a row. A screen asks the [`Keymap`] of its model, never the
//! table: its keys may be others.

mod act;
mod bound;
mod context;
mod rebind;
mod table;

pub use act::Act;
pub use bound::{Bound, Keymap};
pub use context::Context;
pub use rebind::{Clash, Wish, key_named};
pub use table::{Binding, KEYMAP};

#[cfg(test)]
mod tests {
    use super::table::TYPING;
    use super::*;
    use crate::tui::input::Key::{Char, Ctrl};
    use std::collections::HashSet;
    use strum::IntoEnumIterator as _;

    fn rows(context: Context) -> impl Iterator<Item = &'static Binding> {
        KEYMAP.iter().filter(move |b| b.contexts.contains(&context))
    }

    #[test]
    fn no_key_is_bound_twice_in_one_context() {
        for context in Context::ALL {
            let mut seen = HashSet::new();
            for key in rows(context).flat_map(|b| b.keys) {
                assert!(seen.insert(*key), "{key:?} twice in {context:?}");
            }
        }
    }

    #[test]
    fn every_context_can_be_left_and_quit() {
        for context in Context::ALL {
            // The way out that everybody has is none of its own.
            let own = |b: &&Binding| b.keys != [Ctrl('c')];
            let out = if context.is_screen() { Act::Quit } else { Act::Back };
            assert!(rows(context).filter(own).any(|b| b.act == out), "{context:?}");
            assert_eq!(Keymap::default().act(context, Ctrl('c')), Some(Act::Quit));
        }
    }

    #[test]
    fn whoever_can_go_down_a_list_can_go_up_by_pages_and_to_its_ends() {
        for context in Context::ALL {
            let has = |act: Act| rows(context).any(|b| b.act == act);
            assert_eq!(has(Act::Up), has(Act::Down), "{context:?}");
            if !has(Act::Down) {
                continue;
            }
            assert!(has(Act::PageUp) && has(Act::PageDown), "{context:?}");
            // Where something is typed, Home and End are about what is typed.
            assert!(context.typing() || has(Act::First) && has(Act::Last), "{context:?}");
        }
    }

    #[test]
    fn typing_takes_no_letter_for_an_act() {
        for context in TYPING.iter().copied() {
            assert!(rows(context).flat_map(|b| b.keys).all(|k| !matches!(k, Char(_))));
        }
    }

    #[test]
    fn every_act_has_a_row() {
        let unbound: Vec<Act> = Act::iter().filter(|act| !KEYMAP.iter().any(|b| b.act == *act)).collect();
        assert!(unbound.is_empty(), "{unbound:?}");
    }

    #[test]
    fn help_is_one_short_line() {
        assert!(KEYMAP.iter().all(|b| !b.help.is_empty() && b.help.len() <= 50));
    }
}
