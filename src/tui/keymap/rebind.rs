//! What a person's wishes make of the table, and what is wrong with them.

use std::collections::HashMap;

use super::bound::{Bound, Keymap, RESERVED, table};
use super::{Act, Context};
use crate::tui::input::Key;

/// Other keys for an act, in one context or wherever it has keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Where; everywhere but where letters are text when not given.
    pub context: Option<Context>,
    /// What.
    pub act: Act,
    /// The keys; none takes them away.
    pub keys: Vec<Key>,
}

/// What is wrong with a wish. Wishes and their keys are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The act is none of the context's.
    NotThere {
        /// Which wish.
        wish: usize,
    },
    /// The key does something else there.
    Taken {
        /// Which wish.
        wish: usize,
        /// Which of its keys.
        key: usize,
        /// Where.
        context: Context,
        /// What it does.
        by: Act,
        /// The wish that gave it that, if one did.
        other: Option<usize>,
    },
    /// The key is a letter where letters are text.
    Letter {
        /// Which wish.
        wish: usize,
        /// Which of its keys.
        key: usize,
    },
    /// The key always leaves.
    Reserved {
        /// Which wish.
        wish: usize,
        /// Which of its keys.
        key: usize,
    },
    /// There would be no way out, or none to the help.
    NoWay {
        /// Which wish.
        wish: usize,
        /// Where.
        context: Context,
    },
}

impl Keymap {
    /// The table with wishes; a wish for one context wins over one for all. Everything that is wrong with
    /// them otherwise.
    pub fn with(wishes: &[Wish]) -> Result<Self, Vec<Clash>> {
        let mut clashes = Vec::new();
        for (n, wish) in wishes.iter().enumerate() {
            let there = match wish.context {
                Some(context) => table(context).iter().any(|row| row.act == wish.act && !row.reserved()),
                None => true,
            };
            if !there {
                clashes.push(Clash::NotThere { wish: n });
            }
            for (at, key) in wish.keys.iter().enumerate() {
                if *key == RESERVED {
                    clashes.push(Clash::Reserved { wish: n, key: at });
                } else if matches!(key, Key::Char(_)) && wish.context.is_some_and(Context::typing) {
                    clashes.push(Clash::Letter { wish: n, key: at });
                }
            }
        }
        let rows = Context::ALL.map(|context| rows(context, wishes, &mut clashes));
        if clashes.is_empty() { Ok(Self::of(rows)) } else { Err(clashes) }
    }
}

/// The rows of one context.
fn rows(context: Context, wishes: &[Wish], clashes: &mut Vec<Clash>) -> Vec<Bound> {
    let mut rows = table(context);
    // Which wish has given a row its keys.
    let mut given: Vec<Option<usize>> = vec![None; rows.len()];
    for local in [false, true] {
        for (n, wish) in wishes.iter().enumerate() {
            let here = if local {
                wish.context == Some(context)
            } else {
                wish.context.is_none() && !context.typing()
            };
            if !here {
                continue;
            }
            let mut first = true;
            for (row, given) in rows.iter_mut().zip(&mut given) {
                if row.act == wish.act && !row.reserved() {
                    row.keys = if first { wish.keys.clone() } else { Vec::new() };
                    *given = Some(n);
                    first = false;
                }
            }
        }
    }
    taken(context, &rows, &given, clashes);
    for (row, given) in rows.iter().zip(&given) {
        let way = matches!(row.act, Act::Back | Act::Quit | Act::Help | Act::Yes);
        let bound = rows.iter().any(|r| r.act == row.act && !r.reserved() && !r.keys.is_empty());
        if let (true, false, Some(wish)) = (way, bound, *given)
            && !clashes.iter().any(|c| matches!(c, Clash::NoWay { wish: w, .. } if *w == wish))
        {
            clashes.push(Clash::NoWay { wish, context });
        }
    }
    rows
}

/// Keys that would do two things. A wish is at fault, not the table; the later of two.
fn taken(context: Context, rows: &[Bound], given: &[Option<usize>], clashes: &mut Vec<Clash>) {
    let mut seen: HashMap<Key, usize> = HashMap::new();
    for (n, row) in rows.iter().enumerate() {
        for key in &row.keys {
            let Some(before) = seen.insert(*key, n) else {
                continue;
            };
            // The row of the wish at fault first.
            let (mine, other) = if given[n] >= given[before] { (n, before) } else { (before, n) };
            let Some(wish) = given[mine] else {
                continue;
            };
            let at = rows[mine].keys.iter().rposition(|k| k == key).unwrap_or(0);
            let told = clashes.iter().any(|c| {
                matches!(c, Clash::Taken { wish: w, key: k, .. } | Clash::Reserved { wish: w, key: k } if (*w, *k) == (wish, at))
            });
            if !told {
                let (by, other) = (rows[other].act, given[other].filter(|o| *o != wish));
                clashes.push(Clash::Taken { wish, key: at, context, by, other });
            }
        }
    }
}

/// The key with a name: the names that help and footer show, and a few that people know them by.
pub fn key_named(name: &str) -> Option<Key> {
    let mut chars = name.chars();
    if let (Some(one), None) = (chars.next(), chars.next()) {
        return (!one.is_control() && one != ' ').then_some(Key::Char(one));
    }
    let lower = name.to_ascii_lowercase();
    let name = lower.as_str();
    if let Some(plain) = Key::NAMED.into_iter().find(|key| key.name() == name) {
        return Some(plain);
    }
    let letter = |rest: &str| {
        let mut chars = rest.chars();
        chars.next().filter(|c| !c.is_control() && chars.next().is_none())
    };
    if let Some(rest) = name.strip_prefix("ctrl-") {
        return letter(rest).map(Key::Ctrl);
    }
    if let Some(rest) = name.strip_prefix("alt-") {
        return letter(rest).map(Key::Alt);
    }
    if let Some(number) = name.strip_prefix('f') {
        return number.parse().ok().filter(|n| (1..=12).contains(n)).map(Key::F);
    }
    match name {
        "return" => Some(Key::Enter),
        "escape" => Some(Key::Esc),
        "delete" => Some(Key::Delete),
        "pageup" => Some(Key::PageUp),
        "pagedown" => Some(Key::PageDown),
        "backtab" => Some(Key::BackTab),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(context: Option<Context>, act: Act, keys: &[Key]) -> Wish {
        Wish { context, act, keys: keys.to_vec() }
    }

    #[test]
    fn a_wish_for_one_context_wins_over_one_for_all() {
        let keymap = Keymap::with(&[
            wish(Some(Context::Engagement), Act::Undo, &[Key::Char('z')]),
            wish(None, Act::Undo, &[Key::F(9)]),
        ])
        .unwrap();
        assert_eq!(keymap.act(Context::Engagement, Key::Char('z')), Some(Act::Undo));
        assert_eq!(keymap.act(Context::Engagement, Key::F(9)), None);
        assert_eq!(keymap.act(Context::Kickoff, Key::F(9)), Some(Act::Undo));
        assert_eq!(keymap.act(Context::Kickoff, Key::Char('u')), None);
    }

    #[test]
    fn two_acts_can_change_places() {
        let keymap = Keymap::with(&[
            wish(None, Act::Tick, &[Key::Char('s')]),
            wish(None, Act::Sign, &[Key::Char(' ')]),
        ])
        .unwrap();
        assert_eq!(keymap.act(Context::Engagement, Key::Char('s')), Some(Act::Tick));
        assert_eq!(keymap.act(Context::Engagement, Key::Char(' ')), Some(Act::Sign));
    }

    #[test]
    fn a_key_that_does_something_already_is_refused_once() {
        let clashes = Keymap::with(&[wish(None, Act::Help, &[Key::F(1), Key::Char('q')])]).unwrap_err();
        let expected =
            Clash::Taken { wish: 0, key: 1, context: Context::Portfolio, by: Act::Quit, other: None };
        assert_eq!(clashes, [expected]);
    }

    #[test]
    fn of_two_wishes_for_one_key_the_later_is_at_fault() {
        let clashes =
            Keymap::with(&[wish(None, Act::Tick, &[Key::F(2)]), wish(None, Act::Sign, &[Key::F(2)])])
                .unwrap_err();
        assert!(
            matches!(clashes.as_slice(), [Clash::Taken { wish: 1, by: Act::Tick, other: Some(0), .. }]),
            "{clashes:?}"
        );
    }

    #[test]
    fn the_way_out_and_the_help_cannot_be_lost() {
        for act in [Act::Back, Act::Quit, Act::Help, Act::Yes] {
            let clashes = Keymap::with(&[wish(None, act, &[])]).unwrap_err();
            assert!(matches!(clashes.as_slice(), [Clash::NoWay { wish: 0, .. }]), "{act:?}: {clashes:?}");
        }
        let clashes = Keymap::with(&[wish(None, Act::Tick, &[Key::Ctrl('c')])]).unwrap_err();
        assert!(clashes.contains(&Clash::Reserved { wish: 0, key: 0 }), "{clashes:?}");
        assert!(Keymap::with(&[wish(None, Act::Note, &[])]).is_ok());
    }

    #[test]
    fn letters_stay_text_where_one_types() {
        let clashes = Keymap::with(&[wish(Some(Context::Input), Act::Open, &[Key::Char('o')])]).unwrap_err();
        assert_eq!(clashes, [Clash::Letter { wish: 0, key: 0 }]);
        let keymap = Keymap::with(&[wish(None, Act::Back, &[Key::Esc, Key::Char('h')])]).unwrap();
        assert_eq!(keymap.act(Context::Input, Key::Char('h')), None);
        assert_eq!(keymap.act(Context::Input, Key::Esc), Some(Act::Back));
    }

    #[test]
    fn an_act_that_a_context_does_not_have_is_refused() {
        let clashes =
            Keymap::with(&[wish(Some(Context::Portfolio), Act::Tick, &[Key::Char('t')])]).unwrap_err();
        assert_eq!(clashes, [Clash::NotThere { wish: 0 }]);
    }

    #[test]
    fn every_key_is_found_by_its_name() {
        let some = [Key::Char('?'), Key::Char('東'), Key::Ctrl('r'), Key::Alt('b'), Key::F(12)];
        for key in Key::NAMED.into_iter().chain(some) {
            assert_eq!(key_named(&key.name()), Some(key));
        }
        for name in ["", " ", "\u{1b}", "ctrl-", "ctrl-xx", "f0", "f13", "meh", "ctrl-\u{7}"] {
            assert_eq!(key_named(name), None, "{name:?}");
        }
    }
}
