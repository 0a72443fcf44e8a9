//! Conditions in their plain form, such as `json.data.status == 'ready'`, answered without the engine of
//! the language; and templates that only put in names.
//!
//! Most conditions compare a value of the answer with a literal. The engine needs the whole answer as
//! values of its own for that, which costs more than all else of a check. A [`Plain`] condition reads the
//! answer where it lies.
//!
//! It never says anything that the engine would not say: where it is not sure (a name that is not there,
//! kinds that do not belong together, numbers that a float cannot hold) it has no answer, and the engine
//! is asked. So it has no errors of its own, and needs to know only what values mean that are there.

mod eval;
mod parse;
mod template;

use super::paths::Step;
pub use eval::{Found, Names, Seen};
pub(super) use template::{Part, parts};

/// A condition in its plain form.
#[derive(Debug, PartialEq)]
pub struct Plain(Node);

impl Plain {
    /// Reads a condition that the language accepts; none when it is not of the plain form.
    pub(super) fn of(source: &str) -> Option<Self> {
        parse::condition(source).map(Self)
    }

    /// The value, when it is certain.
    pub fn value<'a>(&'a self, seen: &Seen<'a>) -> Option<Found<'a>> {
        eval::value(&self.0, seen)
    }

    /// Whether the condition holds, when it is certain.
    pub fn holds(&self, seen: &Seen<'_>) -> Option<bool> {
        self.value(seen)?.is_true()
    }
}

/// A piece of a condition.
#[derive(Debug, PartialEq)]
enum Node {
    Null,
    Bool(bool),
    Whole(i64),
    Text(String),
    List(Vec<Node>),
    Path {
        root: String,
        steps: Vec<Step>,
    },
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare(Box<(Node, Comparison, Node)>),
    /// Value, condition and the other value.
    Choice(Box<(Node, Node, Node)>),
    Test(Box<(Node, Test)>),
    Length(Box<Node>),
    AsList(Box<Node>),
    /// Entries whose member meets, or does not meet, a test.
    Picked(Box<Pick>),
    Sum(Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

#[derive(Debug, PartialEq)]
enum Test {
    Defined,
    Null,
    Text,
    Bool,
    List,
    Map,
    True,
    False,
    Equal(Node),
    Unequal(Node),
    In(Node),
    StartingWith(Node),
    EndingWith(Node),
}

#[derive(Debug, PartialEq)]
struct Pick {
    from: Node,
    member: String,
    test: Test,
    keep: bool,
}

#[cfg(test)]
pub(crate) mod generated;
#[cfg(test)]
mod tests;
