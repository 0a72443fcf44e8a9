//! `[keys]`: other keys for acts, wherever they have keys or in one context.
//!
//! ```toml
//! [keys]
//! undo = "z"                        # wherever it has a key
//! "engagement.tick" = ["space", "t"] # there only
//! [keys.my_work]
//! open = "o"
//! ```

use std::collections::HashMap;

use strum::IntoEnumIterator as _;
use toml::de::DeValue;

use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::read::{Node, Text, as_table, spot, wrong};
use crate::runbook::suggest;
use crate::tui::input::Key;
use crate::tui::keymap::{Act, Clash, Context, Keymap, Wish, key_named};

/// Wishes that are read, at most: far more than there are acts.
const MAX_WISHES: usize = 1000;
/// Keys of one act, at most.
const MAX_KEYS: usize = 8;

/// Wishes with the places of their acts and keys.
#[derive(Default)]
struct Wishes {
    all: Vec<Wish>,
    /// Where each act stands, and each of its keys.
    places: Vec<(Span, Vec<Span>)>,
}

/// Reads `[keys]`.
pub(super) fn read(node: &Node<'_>, out: &mut Gathering<'_>) -> Keymap {
    let Some(entries) = as_table(node, out) else {
        return Keymap::default();
    };
    let before = out.errors();
    let mut wishes = Wishes::default();
    for (key, value) in entries {
        let name = Text { text: key.get_ref(), at: key.span().into() };
        if let DeValue::Table(acts) = value.get_ref() {
            let Some(context) = context(name.text, name.at, out) else {
                continue;
            };
            for (act, value) in acts {
                let act = Text { text: act.get_ref(), at: act.span().into() };
                wishes.add(Some(context), act, value, out);
            }
        } else if let Some((of, act)) = name.text.split_once('.') {
            if let Some(context) = context(of, name.at, out) {
                wishes.add(Some(context), Text { text: act, ..name }, value, out);
            }
        } else {
            wishes.add(None, name, value, out);
        }
    }
    // The parser sorts by key; of two wishes for one key the later in the file is at fault.
    let mut order: Vec<usize> = (0..wishes.all.len()).collect();
    order.sort_by_key(|n| wishes.places[*n].0.start);
    let all: Vec<Wish> = order.iter().map(|n| wishes.all[*n].clone()).collect();
    let places: Vec<_> = order.iter().map(|n| wishes.places[*n].clone()).collect();
    match Keymap::with(&all) {
        Ok(keymap) => keymap,
        Err(clashes) => {
            // A wish that could not be read is missed here, and what follows from that is no fault.
            if out.errors() == before {
                for clash in clashes {
                    out.push(told(&clash, &all, &places));
                }
            }
            Keymap::default()
        }
    }
}

impl Wishes {
    fn add(&mut self, context: Option<Context>, name: Text<'_>, value: &Node<'_>, out: &mut Gathering<'_>) {
        if self.all.len() >= MAX_WISHES {
            return;
        }
        let act = Act::iter().find(|act| act.name() == name.text);
        if act.is_none() {
            let hint = suggest::hint(name.text, || Act::iter().map(Act::name), out);
            out.push(Draft::error(name.at, format!("there is no act '{}'", name.text)).maybe_hint(hint));
        }
        let (Some(keys), Some(act)) = (keys(value, out), act) else {
            return;
        };
        let (keys, spans) = keys.into_iter().unzip();
        self.all.push(Wish { context, act, keys });
        self.places.push((name.at, spans));
    }
}

fn context(name: &str, at: Span, out: &mut Gathering<'_>) -> Option<Context> {
    let found = Context::ALL.into_iter().find(|context| context.name() == name);
    if found.is_none() {
        let hint = suggest::hint(name, || Context::ALL.into_iter().map(Context::name), out);
        out.push(Draft::error(at, format!("there is no screen '{name}'")).maybe_hint(hint));
    }
    found
}

/// One key, or a list of them; none when one of them is no key.
fn keys(value: &Node<'_>, out: &mut Gathering<'_>) -> Option<Vec<(Key, Span)>> {
    match value.get_ref() {
        DeValue::String(name) => Some(vec![(key(name, spot(value), out)?, spot(value))]),
        DeValue::Array(list) => {
            if list.len() > MAX_KEYS {
                out.push(Draft::error(spot(value), format!("an act has at most {MAX_KEYS} keys")));
                return None;
            }
            let mut keys: Vec<(Key, Span)> = Vec::new();
            let mut good = true;
            for node in list {
                let found = if let DeValue::String(name) = node.get_ref() {
                    key(name, spot(node), out)
                } else {
                    wrong(node, "the name of a key", out);
                    None
                };
                match found {
                    Some(key) if keys.iter().all(|(known, _)| *known != key) => keys.push((key, spot(node))),
                    Some(_) => {}
                    None => good = false,
                }
            }
            good.then_some(keys)
        }
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Table(_) => {
            wrong(value, "the name of a key, or a list of them,", out);
            None
        }
    }
}

fn key(name: &str, at: Span, out: &mut Gathering<'_>) -> Option<Key> {
    let found = key_named(name);
    if found.is_none() {
        let names: HashMap<Key, String> = Key::NAMED.into_iter().map(|key| (key, key.name())).collect();
        let near = suggest::hint(name, || names.values().map(String::as_str), out);
        let near = near.filter(|hint| hint.starts_with("did you mean"));
        let hint = near.unwrap_or_else(|| {
            "such as \"t\", \"space\", \"ctrl-t\", \"alt-t\", \"f5\" or \"pgdn\"".to_owned()
        });
        out.push(Draft::error(at, "this is no key").hint(hint));
    }
    found
}

/// A clash in words, where it stands.
fn told(clash: &Clash, wishes: &[Wish], places: &[(Span, Vec<Span>)]) -> Draft {
    let at = |wish: usize| places.get(wish).map(|(at, _)| *at).unwrap_or_default();
    let key_at = |wish: usize, key: usize| {
        places.get(wish).and_then(|(_, keys)| keys.get(key)).copied().unwrap_or_else(|| at(wish))
    };
    let act = |wish: usize| wishes.get(wish).map_or("", |w| w.act.name());
    let name = |wish: usize, key: usize| {
        wishes.get(wish).and_then(|w| w.keys.get(key)).map_or_else(String::new, |key| key.name())
    };
    match *clash {
        Clash::NotThere { wish } => {
            let context = wishes.get(wish).and_then(|w| w.context).map_or("", Context::name);
            Draft::error(at(wish), format!("'{}' is no act of '{context}'", act(wish)))
                .hint("golive config lists the acts of each screen")
        }
        Clash::Taken { wish, key, context, by, other } => {
            let message = format!("'{}' is '{}' in '{}' already", name(wish, key), by.name(), context.name());
            let draft = Draft::error(key_at(wish, key), message)
                .hint(format!("take another, or give '{}' another too", by.name()));
            match other {
                Some(other) => draft.related(at(other), "here"),
                None => draft,
            }
        }
        Clash::Letter { wish, key } => {
            let message = format!("'{}' is text there", name(wish, key));
            Draft::error(key_at(wish, key), message).hint("take a key with ctrl or alt, or a function key")
        }
        Clash::Reserved { wish, key } => {
            Draft::error(key_at(wish, key), "ctrl-c always leaves golive").hint("take another key")
        }
        Clash::NoWay { wish, context } => {
            let message = format!("nobody could '{}' in '{}' any more", act(wish), context.name());
            Draft::error(at(wish), message).hint("keep at least one key for it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::settings::tests::settings;

    #[test]
    fn keys_are_given_everywhere_or_in_one_context_in_three_spellings() {
        let text = "[keys]\nundo = 'z'\n'engagement.tick' = ['space', 't']\nmy_work.open = 'E'\n";
        let (read, faults) = settings(text);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(read.keys.act(Context::Kickoff, Key::Char('z')), Some(Act::Undo));
        assert_eq!(read.keys.act(Context::Engagement, Key::Char('t')), Some(Act::Tick));
        assert_eq!(read.keys.act(Context::MyWork, Key::Char('E')), Some(Act::Open));
        assert_eq!(read.keys.act(Context::Portfolio, Key::Char('E')), None);
    }

    #[test]
    fn every_fault_is_told_in_one_pass_with_its_place_and_a_hint() {
        let text = "[keys]\ntik = 't'\nsign = 'spcae'\n'engagment.note' = 'N'\nwhy = 3\n";
        let told: Vec<_> = settings(text).1.into_iter().map(|f| (f.at.line, f.words, f.hint)).collect();
        let hint = |text: &str| Some(text.to_owned());
        assert_eq!(told[0], (2, "tik".into(), hint("did you mean 'tick'?")));
        assert_eq!(told[1], (3, "'spcae'".into(), hint("did you mean 'space'?")));
        assert_eq!(told[2], (4, "'engagment.note'".into(), hint("did you mean 'engagement'?")));
        assert_eq!((told[3].0, told[3].1.as_str(), told.len()), (5, "3", 4));
    }

    #[test]
    fn clashes_stand_at_the_key_that_makes_them() {
        let text = "[keys]\ntick = ['t', 's']\nquit = []\n'input.open' = 'o'\nnote = 'ctrl-c'\n'portfolio.tick' = 'T'\n";
        let told: Vec<_> = settings(text).1.into_iter().map(|f| (f.at.line, f.words, f.message)).collect();
        let lines: Vec<usize> = told.iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6], "{told:?}");
        assert_eq!(
            (told[0].1.as_str(), told[0].2.as_str()),
            ("'s'", "'s' is 'sign' in 'engagement' already")
        );
        assert_eq!(
            (told[1].1.as_str(), told[1].2.as_str()),
            ("quit", "nobody could 'quit' in 'portfolio' any more")
        );
    }

    #[test]
    fn of_two_that_want_one_key_the_later_in_the_file_is_at_fault() {
        let faults = settings("[keys]\nsign = 'Z'\nnote = 'Z'\n").1;
        assert_eq!((faults.len(), faults[0].at.line), (1, 3), "{faults:?}");
        assert_eq!(faults[0].related.as_ref().map(|(at, _)| at.line), Some(2));
    }
}
