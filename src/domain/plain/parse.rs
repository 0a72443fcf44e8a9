//! From the words of a condition to its plain form.
//!
//! Only what the engine has compiled comes here, so nothing is checked that the engine has checked. What
//! is not known for certain to mean the same here is not plain.

use super::{Comparison, Node, Pick, Test};
use crate::domain::language::{Token, tokens};
use crate::domain::paths::{ROOTS, Step};

/// Deeper conditions are not plain.
const MAX_DEPTH: usize = 24;

pub(super) fn condition(source: &str) -> Option<Node> {
    let mut words = Words { tokens: tokens(source), at: 0, depth: 0 };
    let node = words.choice()?;
    words.next().is_none().then_some(node)
}

struct Words<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    depth: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Goes past a token if it is the next one.
    fn skip(&mut self, token: Token<'_>) -> bool {
        let there = self.peek() == Some(token);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip(Token::Word(word))
    }

    fn mark(&mut self, mark: char) -> bool {
        self.skip(Token::Mark(mark))
    }

    /// `a if b else c`
    fn choice(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = self.any()?;
        let node = if self.word("if") {
            let condition = self.any()?;
            // Without another value it may have none.
            if !self.word("else") {
                return None;
            }
            Node::Choice(Box::new((value, condition, self.choice()?)))
        } else {
            value
        };
        self.depth -= 1;
        Some(node)
    }

    /// `a or b`
    fn any(&mut self) -> Option<Node> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        one_or(parts, Node::Or)
    }

    /// `a and b`
    fn all(&mut self) -> Option<Node> {
        let mut parts = vec![self.not()?];
        while self.word("and") {
            parts.push(self.not()?);
        }
        one_or(parts, Node::And)
    }

    /// `not a`
    fn not(&mut self) -> Option<Node> {
        let mut times = 0;
        while self.word("not") {
            times += 1;
        }
        if times > MAX_DEPTH {
            return None;
        }
        let node = self.compared()?;
        Some((0..times).fold(node, |node, _| Node::Not(Box::new(node))))
    }

    /// `a == b`; a chain such as `1 < a < 3` is not plain.
    fn compared(&mut self) -> Option<Node> {
        let left = self.sum()?;
        let Some((comparison, negated)) = self.comparison()? else {
            return Some(left);
        };
        let right = self.sum()?;
        if self.comparison()?.is_some() {
            return None;
        }
        let node = Node::Compare(Box::new((left, comparison, right)));
        Some(if negated { Node::Not(Box::new(node)) } else { node })
    }

    /// A comparison, and whether it is denied. The outer none: not plain.
    #[expect(clippy::option_option, reason = "nothing there and nothing plain there are different")]
    fn comparison(&mut self) -> Option<Option<(Comparison, bool)>> {
        let found = match self.peek() {
            Some(Token::Mark('=')) => (self.mark('=') && self.mark('=')).then_some(Comparison::Equal)?,
            Some(Token::Mark('!')) => (self.mark('!') && self.mark('=')).then_some(Comparison::Unequal)?,
            Some(Token::Mark('<')) => {
                self.at += 1;
                if self.mark('=') { Comparison::LessOrEqual } else { Comparison::Less }
            }
            Some(Token::Mark('>')) => {
                self.at += 1;
                if self.mark('=') { Comparison::GreaterOrEqual } else { Comparison::Greater }
            }
            Some(Token::Word("in")) => {
                self.at += 1;
                Comparison::In
            }
            Some(Token::Word("not")) => {
                self.at += 1;
                return self.word("in").then_some(Some((Comparison::In, true)));
            }
            Some(Token::Word(_) | Token::Text(_) | Token::Mark(_)) | None => return Some(None),
        };
        Some(Some((found, false)))
    }

    /// `a + b`
    fn sum(&mut self) -> Option<Node> {
        let mut parts = vec![self.filtered()?];
        while self.mark('+') {
            parts.push(self.filtered()?);
        }
        one_or(parts, Node::Sum)
    }

    /// A value with its filters and tests behind it.
    fn filtered(&mut self) -> Option<Node> {
        let mut node = self.operand()?;
        loop {
            if self.mark('|') {
                node = self.filter(node)?;
            } else if self.word("is") {
                let negated = self.word("not");
                let test = self.test()?;
                let tested = Node::Test(Box::new((node, test)));
                node = if negated { Node::Not(Box::new(tested)) } else { tested };
            } else {
                return Some(node);
            }
        }
    }

    fn filter(&mut self, node: Node) -> Option<Node> {
        let Some(Token::Word(name)) = self.next() else {
            return None;
        };
        match name {
            "length" | "count" => self.without_arguments(Node::Length(Box::new(node))),
            "list" => self.without_arguments(Node::AsList(Box::new(node))),
            "selectattr" | "rejectattr" => self.picked(node, name == "selectattr"),
            _ => None,
        }
    }

    fn without_arguments(&self, node: Node) -> Option<Node> {
        (!matches!(self.peek(), Some(Token::Mark('(' | '.')))).then_some(node)
    }

    /// `selectattr('name', 'test', value)`
    fn picked(&mut self, from: Node, keep: bool) -> Option<Node> {
        let member = self.mark('(').then(|| self.text()).flatten()?;
        // A dotted name is a path, and a number an index.
        if member.contains('.') || member.parse::<usize>().is_ok() {
            return None;
        }
        let name = self.mark(',').then(|| self.text()).flatten()?;
        let argument = if self.mark(',') { Some(self.choice()?) } else { None };
        let test = self.mark(')').then(|| test(name, argument)).flatten()?;
        Some(Node::Picked(Box::new(Pick { from, member: member.to_owned(), test, keep })))
    }

    /// What follows `is` or `is not`.
    fn test(&mut self) -> Option<Test> {
        let Some(Token::Word(name)) = self.next() else {
            return None;
        };
        let argument = match self.peek() {
            Some(Token::Mark('(')) => {
                self.at += 1;
                let argument = self.choice()?;
                self.mark(')').then_some(Some(argument))?
            }
            Some(Token::Text(_)) => Some(self.operand()?),
            // Any other word or mark may begin an argument that has no brackets around it.
            Some(
                Token::Word("and" | "or" | "else" | "is")
                | Token::Mark(')' | ']' | ',' | '=' | '!' | '<' | '>' | '|'),
            )
            | None => None,
            Some(Token::Word(_) | Token::Mark(_)) => return None,
        };
        test(name, argument)
    }

    /// A literal, a path, or a condition in brackets.
    fn operand(&mut self) -> Option<Node> {
        let (node, is_path) = match self.next()? {
            Token::Text(text) => (Node::Text(unescaped(text)?.to_owned()), false),
            Token::Word("true" | "True") => (Node::Bool(true), false),
            Token::Word("false" | "False") => (Node::Bool(false), false),
            Token::Word("none" | "None") => (Node::Null, false),
            Token::Word(word) if is_number(word) => (Node::Whole(word.parse().ok()?), false),
            Token::Word(root) if ROOTS.contains(&root) => (self.path(root)?, true),
            Token::Mark('-') => match self.next()? {
                Token::Word(word) if is_number(word) => (Node::Whole(-word.parse::<i64>().ok()?), false),
                Token::Word(_) | Token::Text(_) | Token::Mark(_) => return None,
            },
            Token::Mark('(') => {
                let inner = self.choice()?;
                (self.mark(')').then_some(inner)?, false)
            }
            Token::Mark('[') => (self.list()?, false),
            Token::Word(_) | Token::Mark(_) => return None,
        };
        // A member of a literal, a fraction, a call.
        let goes_on = match self.peek() {
            Some(Token::Mark('(')) => true,
            Some(Token::Mark('.' | '[')) => !is_path,
            Some(Token::Word(_) | Token::Text(_) | Token::Mark(_)) | None => false,
        };
        (!goes_on).then_some(node)
    }

    fn list(&mut self) -> Option<Node> {
        let mut items = Vec::new();
        while !self.mark(']') {
            if !items.is_empty() && !self.mark(',') {
                return None;
            }
            items.push(self.choice()?);
        }
        Some(Node::List(items))
    }

    fn path(&mut self, root: &str) -> Option<Node> {
        let mut steps = Vec::new();
        loop {
            if self.mark('.') {
                match self.next()? {
                    Token::Word(name) if is_name(name) => steps.push(Step::Key(name.to_owned())),
                    Token::Word(_) | Token::Text(_) | Token::Mark(_) => return None,
                }
            } else if self.mark('[') {
                steps.push(match self.next()? {
                    Token::Text(name) => Step::Key(unescaped(name)?.to_owned()),
                    Token::Word(index) if is_number(index) => Step::Index(index.parse().ok()?),
                    Token::Word(_) | Token::Mark(_) => return None,
                });
                if !self.mark(']') {
                    return None;
                }
            } else {
                return Some(Node::Path { root: root.to_owned(), steps });
            }
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        match self.next()? {
            Token::Text(text) => unescaped(text),
            Token::Word(_) | Token::Mark(_) => None,
        }
    }
}

fn one_or(mut parts: Vec<Node>, many: impl Fn(Vec<Node>) -> Node) -> Option<Node> {
    if parts.len() > 1 { Some(many(parts)) } else { parts.pop() }
}

fn test(name: &str, argument: Option<Node>) -> Option<Test> {
    match (name, argument) {
        ("defined", None) => Some(Test::Defined),
        ("none", None) => Some(Test::Null),
        ("string", None) => Some(Test::Text),
        ("boolean", None) => Some(Test::Bool),
        ("sequence", None) => Some(Test::List),
        ("mapping", None) => Some(Test::Map),
        ("true", None) => Some(Test::True),
        ("false", None) => Some(Test::False),
        ("eq" | "equalto", Some(other)) => Some(Test::Equal(other)),
        ("ne", Some(other)) => Some(Test::Unequal(other)),
        ("in", Some(other)) => Some(Test::In(other)),
        ("startingwith", Some(other)) => Some(Test::StartingWith(other)),
        ("endingwith", Some(other)) => Some(Test::EndingWith(other)),
        _ => None,
    }
}

/// A text without escapes, as it stands.
fn unescaped(text: &str) -> Option<&str> {
    (!text.contains('\\')).then_some(text)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
