//! The value of a plain condition, read where the answer lies.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Comparison, Node, Pick, Test};
use crate::domain::json::Json;
use crate::domain::paths::{Path, Step};

/// A whole number up to here has a float of the same value.
const EXACT: u64 = 1 << 53;

/// The names around an answer, each with a text: `fields`, `decisions`, `captures`.
pub trait Names {
    /// The text under a name of a table; none when there is no such name.
    fn text(&self, table: &str, name: &str) -> Option<&str>;
}

/// What a condition sees of an answer, borrowed.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: &'a BTreeMap<String, String>,
    /// The time that it took, in milliseconds.
    pub elapsed_ms: u64,
    /// The body, when it is JSON.
    pub json: Option<&'a Json<'a>>,
    /// The body, when it is text.
    pub text: Option<&'a str>,
    /// Fields, decisions and captures.
    pub names: &'a dyn Names,
}

/// A value that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found<'a> {
    /// Nothing, said in so many words.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// A list of the answer.
    List(&'a [Json<'a>]),
    /// A map of the answer.
    Map(&'a Json<'a>),
    /// A list of the condition that so many entries are in; which ones is not known here.
    Entries(usize),
    /// Several lists as one, with so many entries. To the engine it is no list, and has no length.
    Joined(usize),
}

impl Seen<'_> {
    /// The value at a path that a scan of the words found.
    pub fn at(&self, path: &Path) -> Option<Found<'_>> {
        at(self, &path.root, &path.steps)
    }
}

impl Found<'_> {
    /// The number of entries, or of characters.
    pub fn size(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::List(list) => Some(list.len()),
            Self::Map(Json::Map(pairs)) => {
                // Equal names count once. Looking for them takes longer the more names there are.
                let unique = pairs.len() <= 32
                    && (1..pairs.len()).all(|n| pairs[..n].iter().all(|(name, _)| *name != pairs[n].0));
                unique.then_some(pairs.len())
            }
            Self::Entries(n) => Some(*n),
            Self::Null | Self::Bool(_) | Self::Whole(_) | Self::Float(_) | Self::Map(_) | Self::Joined(_) => {
                None
            }
        }
    }

    /// Whether a list that is made of it has no entries.
    pub fn lists_nothing(&self) -> bool {
        *self == Self::Joined(0) || self.is_true() == Some(false)
    }

    /// Whether it counts as true: empty is false.
    pub fn is_true(&self) -> Option<bool> {
        Some(match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Whole(n) => *n != 0,
            Self::Float(n) => *n != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(Json::Map(pairs)) => !pairs.is_empty(),
            Self::Map(_) | Self::Joined(_) => return None,
            Self::Entries(n) => *n > 0,
        })
    }
}

fn of<'a>(json: &'a Json<'a>) -> Option<Found<'a>> {
    Some(match json {
        Json::Null => Found::Null,
        Json::Bool(value) => Found::Bool(*value),
        Json::Whole(n) => Found::Whole(*n),
        Json::Float(n) => Found::Float(*n),
        // Rare, and no literal is as large.
        Json::Large(_) => return None,
        Json::Text(text) => Found::Text(text),
        Json::List(list) => Found::List(list),
        Json::Map(_) => Found::Map(json),
    })
}

fn at<'a>(seen: &Seen<'a>, root: &str, steps: &[Step]) -> Option<Found<'a>> {
    match (root, steps) {
        ("json", steps) => {
            let mut json = seen.json?;
            for step in steps {
                json = match (step, json) {
                    (Step::Key(key), json) => json.get(key)?,
                    (Step::Index(index), Json::List(list)) => list.get(*index)?,
                    (Step::Index(_), _) => return None,
                };
            }
            of(json)
        }
        ("status", []) => Some(Found::Whole(seen.status.into())),
        ("headers", [Step::Key(name)]) => seen.headers.get(name).map(|value| Found::Text(value)),
        ("elapsed_ms", []) => i64::try_from(seen.elapsed_ms).ok().map(Found::Whole),
        ("text", []) => seen.text.map(Found::Text),
        ("fields" | "decisions" | "captures", [Step::Key(name)]) => {
            seen.names.text(root, name).map(Found::Text)
        }
        _ => None,
    }
}

pub(super) fn value<'a>(node: &'a Node, seen: &Seen<'a>) -> Option<Found<'a>> {
    let truth = |node| value(node, seen)?.is_true();
    Some(match node {
        Node::Null => Found::Null,
        Node::Bool(value) => Found::Bool(*value),
        Node::Whole(n) => Found::Whole(*n),
        Node::Text(text) => Found::Text(text),
        // What is in it must have a value even where only its length counts.
        Node::List(items) if items.iter().all(|item| value(item, seen).is_some()) => {
            Found::Entries(items.len())
        }
        Node::List(_) => return None,
        Node::Path { root, steps } => at(seen, root, steps)?,
        Node::Not(inner) => Found::Bool(!truth(inner)?),
        // As the engine has it, the value that decides is the value of all.
        Node::And(parts) => decides(parts, seen, false)?,
        Node::Or(parts) => decides(parts, seen, true)?,
        Node::Compare(parts) => {
            let (left, comparison, right) = parts.as_ref();
            Found::Bool(compared(left, *comparison, right, seen)?)
        }
        Node::Choice(parts) => {
            let (one, condition, other) = parts.as_ref();
            value(if truth(condition)? { one } else { other }, seen)?
        }
        Node::Test(parts) => {
            let (tested, test) = parts.as_ref();
            Found::Bool(passes(value(tested, seen)?, test, seen)?)
        }
        Node::Length(inner) => Found::Whole(i64::try_from(value(inner, seen)?.size()?).ok()?),
        Node::AsList(inner) => match value(inner, seen)? {
            list @ (Found::List(_) | Found::Entries(_)) => list,
            Found::Joined(n) => Found::Entries(n),
            Found::Null
            | Found::Bool(_)
            | Found::Whole(_)
            | Found::Float(_)
            | Found::Text(_)
            | Found::Map(_) => return None,
        },
        Node::Picked(pick) => Found::Entries(picked(pick, seen)?),
        Node::Sum(parts) => {
            let mut all = 0;
            for part in parts {
                match value(part, seen)? {
                    Found::List(list) => all += list.len(),
                    Found::Entries(n) | Found::Joined(n) => all += n,
                    Found::Null
                    | Found::Bool(_)
                    | Found::Whole(_)
                    | Found::Float(_)
                    | Found::Text(_)
                    | Found::Map(_) => return None,
                }
            }
            Found::Joined(all)
        }
    })
}

/// The first value that counts as `deciding`, else the last one.
fn decides<'a>(parts: &'a [Node], seen: &Seen<'a>, deciding: bool) -> Option<Found<'a>> {
    let (last, before) = parts.split_last()?;
    for part in before {
        let found = value(part, seen)?;
        if found.is_true()? == deciding {
            return Some(found);
        }
    }
    value(last, seen)
}

fn compared<'a>(left: &'a Node, comparison: Comparison, right: &'a Node, seen: &Seen<'a>) -> Option<bool> {
    let one = value(left, seen)?;
    match comparison {
        Comparison::In => within(one, right, seen),
        Comparison::Equal => same(one, right, seen),
        Comparison::Unequal => same(one, right, seen).map(|same| !same),
        Comparison::Less => Some(order(one, value(right, seen)?)?.is_lt()),
        Comparison::LessOrEqual => Some(order(one, value(right, seen)?)?.is_le()),
        Comparison::Greater => Some(order(one, value(right, seen)?)?.is_gt()),
        Comparison::GreaterOrEqual => Some(order(one, value(right, seen)?)?.is_ge()),
    }
}

/// Whether a value equals what stands there.
fn same<'a>(one: Found<'a>, other: &'a Node, seen: &Seen<'a>) -> Option<bool> {
    match (one, other) {
        (Found::List(list), Node::List(items)) => {
            let mut all = list.len() == items.len();
            for (entry, item) in list.iter().zip(items) {
                all &= equal(of(entry)?, value(item, seen)?)?;
            }
            // An item without a value is an error even where the lengths differ.
            value(other, seen)?;
            Some(all)
        }
        _ => equal(one, value(other, seen)?),
    }
}

fn equal(one: Found<'_>, other: Found<'_>) -> Option<bool> {
    use Found::{Bool, Entries, Float, Joined, List, Map, Null, Text, Whole};
    Some(match (one, other) {
        (Null, Null) => true,
        (Bool(a), Bool(b)) => a == b,
        (Whole(a), Whole(b)) => a == b,
        (Text(a), Text(b)) => a == b,
        // A truth value is a number to the engine, and lists and maps are compared one by one.
        (Bool(_), Whole(_) | Float(_))
        | (Whole(_) | Float(_), Bool(_))
        | (List(_) | Map(_) | Entries(_) | Joined(_), List(_) | Map(_) | Entries(_) | Joined(_)) => {
            return None;
        }
        (Whole(_) | Float(_), Whole(_) | Float(_)) => order(one, other)?.is_eq(),
        (Null | Bool(_) | Whole(_) | Float(_) | Text(_) | List(_) | Map(_) | Entries(_) | Joined(_), _) => {
            false
        }
    })
}

/// The order of two texts or two numbers.
fn order(one: Found<'_>, other: Found<'_>) -> Option<Ordering> {
    use Found::{Float, Text, Whole};
    let float = |n: i64| (n.unsigned_abs() <= EXACT).then(|| exact(n));
    match (one, other) {
        (Text(a), Text(b)) => Some(a.cmp(b)),
        (Whole(a), Whole(b)) => Some(a.cmp(&b)),
        (Float(a), Float(b)) => a.partial_cmp(&b),
        (Float(a), Whole(b)) => a.partial_cmp(&float(b)?),
        (Whole(a), Float(b)) => float(a)?.partial_cmp(&b),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "only numbers up to 2^53 come here")]
fn exact(n: i64) -> f64 {
    n as f64
}

fn within<'a>(one: Found<'a>, container: &'a Node, seen: &Seen<'a>) -> Option<bool> {
    if let Node::List(items) = container {
        let mut found = false;
        for item in items {
            let item = value(item, seen)?;
            found = found || equal(item, one)?;
        }
        return Some(found);
    }
    match (one, value(container, seen)?) {
        (Found::Text(part), Found::Text(whole)) => Some(whole.contains(part)),
        (Found::Text(name), Found::Map(map)) => Some(map.get(name).is_some()),
        (one, Found::List(list)) => {
            for entry in list {
                if equal(of(entry)?, one)? {
                    return Some(true);
                }
            }
            Some(false)
        }
        _ => None,
    }
}

fn passes<'a>(tested: Found<'a>, test: &'a Test, seen: &Seen<'a>) -> Option<bool> {
    let texts = |other: &'a Node| match (tested, value(other, seen)?) {
        (Found::Text(text), Found::Text(part)) => Some((text, part)),
        _ => None,
    };
    Some(match test {
        Test::Defined => true,
        Test::Null => tested == Found::Null,
        Test::Text => matches!(tested, Found::Text(_)),
        Test::Bool => matches!(tested, Found::Bool(_)),
        Test::List if matches!(tested, Found::Joined(_)) => return None,
        Test::List => matches!(tested, Found::List(_) | Found::Entries(_)),
        Test::Map => matches!(tested, Found::Map(_)),
        Test::True => tested == Found::Bool(true),
        Test::False => tested == Found::Bool(false),
        Test::Equal(other) => same(tested, other, seen)?,
        Test::Unequal(other) => !same(tested, other, seen)?,
        Test::In(container) => within(tested, container, seen)?,
        Test::StartingWith(start) => texts(start).map(|(text, start)| text.starts_with(start))?,
        Test::EndingWith(end) => texts(end).map(|(text, end)| text.ends_with(end))?,
    })
}

/// How many entries are picked.
fn picked<'a>(pick: &'a Pick, seen: &Seen<'a>) -> Option<usize> {
    let Found::List(list) = value(&pick.from, seen)? else {
        return None;
    };
    let mut count = 0;
    for entry in list {
        let passes = passes(of(entry.get(&pick.member)?)?, &pick.test, seen)?;
        count += usize::from(passes == pick.keep);
    }
    Some(count)
}
