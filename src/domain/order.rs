//! Which of two values is the greater: only two numbers, or two texts, have an order.
//!
//! The engine orders values of all kinds: to it `null` is less than every number, and a list is greater. An
//! answer without the number that a condition is about would meet it, and open a gate. So the comparisons of a
//! condition are written anew before the engine sees them, as filters that have no value in such a case.

use std::cmp::Ordering;
use std::ops::Range;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use super::language::{Token, spans};

/// What a filter finds of two values.
type Filter = fn(&State, &Value, &Value) -> Result<bool, Error>;

/// The comparisons that ask for an order, each with a filter that no author can name.
const FILTERS: [(&str, &str, Filter); 4] = [
    ("<", "is_less", |_, one, other| order(one, other).map(Ordering::is_lt)),
    ("<=", "is_at_most", |_, one, other| order(one, other).map(Ordering::is_le)),
    (">", "is_more", |_, one, other| order(one, other).map(Ordering::is_gt)),
    (">=", "is_at_least", |_, one, other| order(one, other).map(Ordering::is_ge)),
];

/// Adds the filters.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    for (_, name, filter) in FILTERS {
        environment.add_filter(name, filter);
    }
}

fn order(one: &Value, other: &Value) -> Result<Ordering, Error> {
    if one.is_undefined() || other.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    let order = match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => Some(one.cmp(other)),
        _ if one.is_integer() && other.is_integer() => Some(one.cmp(other)),
        _ => finite(one).zip(finite(other)).and_then(|(one, other)| one.partial_cmp(&other)),
    };
    order.ok_or_else(|| {
        let why = format!("{} and {} have no order", kind(one), kind(other));
        Error::new(ErrorKind::InvalidOperation, why)
    })
}

fn finite(value: &Value) -> Option<f64> {
    let is_number = value.kind() == ValueKind::Number;
    is_number.then(|| f64::try_from(value.clone()).ok()).flatten().filter(|n| n.is_finite())
}

fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Number if finite(value).is_some() => "a number",
        ValueKind::Number => "what is no finite number",
        ValueKind::String => "a text",
        ValueKind::None => "null",
        ValueKind::Bool => "a truth value",
        ValueKind::Map => "a map",
        // The set of kinds may grow with minijinja.
        _ => "a list",
    }
}

/// What a token is to a comparison.
enum Place {
    Open,
    Close,
    Compares(&'static str),
    /// It binds less than a comparison.
    Cuts,
    Operand,
}

/// A condition that is longer than this when it is written anew is refused, in bytes. Of several comparisons in
/// a row the operands between them are written twice, and brackets within brackets twice as often each.
const MAX_WRITTEN: usize = 64 * 1024;

/// Why a condition is not written anew.
const TOO_MUCH: &str = "it compares too much at once: make several conditions of it";

/// A condition with its comparisons as filters; none when nothing in it asks for an order.
///
/// # Errors
/// What is wrong with it, in words, when its comparisons cannot all be written so.
pub(super) fn written_anew(source: &str) -> Result<Option<String>, &'static str> {
    let places = places(source);
    let asks = |place: &Place| matches!(place, Place::Compares(mark) if filter(mark).is_some());
    if !places.iter().any(|(place, _)| asks(place)) {
        return Ok(None);
    }
    rewritten(source, places).map_or(Err(TOO_MUCH), |anew| Ok(Some(anew)))
}

fn rewritten(source: &str, places: Vec<(Place, Range<usize>)>) -> Option<String> {
    let mut open = vec![Part::default()];
    let mut at = 0;
    for (place, span) in places {
        let text = source.get(at..span.end)?;
        at = span.end;
        match place {
            Place::Open => {
                open.last_mut()?.operand.push_str(text);
                open.push(Part::default());
            }
            Place::Close => {
                let inner = open.pop()?.written();
                let part = open.last_mut()?;
                part.operand.push_str(&inner);
                part.operand.push_str(text);
                if part.operand.len() > MAX_WRITTEN {
                    return None;
                }
            }
            Place::Compares(mark) => open.last_mut()?.compares(mark),
            Place::Cuts => open.last_mut()?.cut(text),
            Place::Operand => open.last_mut()?.operand.push_str(text),
        }
    }
    let whole = open.pop()?.written();
    open.is_empty().then_some(whole)
}

fn filter(mark: &str) -> Option<&'static str> {
    FILTERS.iter().find(|(of, ..)| *of == mark).map(|(_, name, _)| *name)
}

fn places(source: &str) -> Vec<(Place, Range<usize>)> {
    let mut places = Vec::new();
    let mut rest = spans(source).into_iter().peekable();
    while let Some((token, mut span)) = rest.next() {
        let mut equals = || {
            let then = rest.next_if(|(next, at)| *next == Token::Mark('=') && at.start == span.end)?;
            span.end = then.1.end;
            Some(())
        };
        let place = match token {
            Token::Mark('(' | '[' | '{') => Place::Open,
            Token::Mark(')' | ']' | '}') => Place::Close,
            Token::Mark('<') => Place::Compares(equals().map_or("<", |()| "<=")),
            Token::Mark('>') => Place::Compares(equals().map_or(">", |()| ">=")),
            Token::Mark('=') => equals().map_or(Place::Cuts, |()| Place::Compares("==")),
            Token::Mark('!') => equals().map_or(Place::Cuts, |()| Place::Compares("!=")),
            Token::Word("in") => Place::Compares("in"),
            Token::Word("not") => match rest.next_if(|(next, _)| *next == Token::Word("in")) {
                Some(within) => {
                    span.end = within.1.end;
                    Place::Compares("not in")
                }
                None => Place::Cuts,
            },
            Token::Word("and" | "or" | "if" | "else") | Token::Mark(',' | ':') => Place::Cuts,
            // A member, a filter or a test may have the name of any word.
            Token::Mark('.' | '|') | Token::Word("is") => {
                if token == Token::Word("is")
                    && let Some(not) = rest.next_if(|(next, _)| *next == Token::Word("not"))
                {
                    span.end = not.1.end;
                }
                if let Some(name) = rest.next_if(|(next, _)| matches!(next, Token::Word(_))) {
                    span.end = name.1.end;
                }
                Place::Operand
            }
            Token::Word(_) | Token::Text(_) | Token::Mark(_) => Place::Operand,
        };
        places.push((place, span));
    }
    places
}

/// What stands between two brackets, as far as it is read.
#[derive(Default)]
struct Part {
    written: String,
    /// What was compared, each with the mark behind it.
    compared: Vec<(String, &'static str)>,
    operand: String,
}

impl Part {
    fn compares(&mut self, mark: &'static str) {
        self.compared.push((std::mem::take(&mut self.operand), mark));
    }

    fn cut(&mut self, text: &str) {
        self.end();
        self.written.push_str(text);
    }

    fn written(mut self) -> String {
        self.end();
        self.written
    }

    /// Writes down the comparisons, of which each in a row of several must hold.
    fn end(&mut self) {
        let last = std::mem::take(&mut self.operand);
        let compared = std::mem::take(&mut self.compared);
        if compared.is_empty() {
            self.written.push_str(&last);
            return;
        }
        let others = compared.iter().skip(1).map(|(operand, _)| operand).chain([&last]);
        let pairs = compared.iter().zip(others).map(|((one, mark), other)| match filter(mark) {
            Some(name) => format!("({one})|{name}({other})"),
            None => format!("({one}) {mark} ({other})"),
        });
        let all: Vec<_> = pairs.collect();
        self.written.extend([" (", &all.join(" and "), ")"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::expression::{Expression, ExpressionError};
    use crate::domain::plain::generated;
    use minijinja::context;
    use proptest::prelude::*;

    fn engine(source: &str, context: &Value) -> Option<Value> {
        let engine = crate::domain::language::environment(50_000);
        engine.compile_expression(source).unwrap().eval(context.clone()).ok()
    }

    #[test]
    fn a_gap_in_an_answer_is_no_zero() {
        let answer = context! { n => (), list => [Some(1), None], good => [1, 2], text => "7" };
        for gap in ["n|int < 5", "n|float < 0.5", "list|max < 5", "list|min < 5"] {
            assert!(
                matches!(Expression::new(gap).unwrap().holds(&answer), Err(ExpressionError::NoValue(_))),
                "{gap}"
            );
        }
        for whole in ["n|int(0) < 5", "n|int(default=0) < 5", "good|max < 5", "good|min >= 1", "text|int > 6"]
        {
            assert!(Expression::new(whole).unwrap().holds(&answer).unwrap(), "{whole}");
        }
    }

    #[test]
    fn brackets_within_comparisons_of_comparisons_do_not_grow_without_bound() {
        let mut nested = "1".to_owned();
        for _ in 0..40 {
            nested = format!("0 < ({nested}) < 9");
        }
        assert_eq!(written_anew(&nested), Err(TOO_MUCH));
        assert!(matches!(Expression::new(&nested), Err(ExpressionError::Language(_))));
        assert!(Expression::new("0 < (0 < (1) < 9) < 9").is_ok());
    }

    #[test]
    fn comparisons_are_written_as_filters() {
        for (source, anew) in [
            ("a < 5", " ((a)|is_less( 5))"),
            ("not a.in<=5 and b", "not (( a.in)|is_at_most(5)) and b"),
            ("0 < a|length < 5", " ((0)|is_less( a|length) and ( a|length)|is_less( 5))"),
            ("f(a > 1, x=2)", "f( ((a)|is_more( 1)), x=2)"),
            ("a is not in [b >= 1]", "a is not in [ ((b)|is_at_least( 1))]"),
            ("1 if a == b < 'x < y' else 2", "1 if (( a) == ( b) and ( b)|is_less( 'x < y')) else 2"),
            ("a not in b > 1.5", " ((a) not in ( b) and ( b)|is_more( 1.5))"),
        ] {
            assert_eq!(written_anew(source).unwrap().as_deref(), Some(anew));
        }
        assert_eq!(written_anew("a == 'b < c' and x in [1]"), Ok(None));
    }

    #[test]
    fn a_number_that_a_float_cannot_hold_keeps_its_order() {
        let holds = |source: &str| Expression::new(source).unwrap().holds(&context! {});
        assert_eq!(holds("9007199254740993 > 9007199254740992"), Ok(true));
        assert_eq!(holds("-0.0 < 0"), Ok(false));
        assert_eq!(holds("'a' < 'b' <= 'b'"), Ok(true));
        assert_eq!(holds("1 < 2 < 2"), Ok(false));
    }

    proptest! {
        #[test]
        fn what_is_no_number_is_neither_less_nor_more_than_one(
            odd in prop::sample::select(vec![
                Value::from(()), Value::from(true), Value::from(""), Value::from("7"), Value::from(f64::NAN),
                Value::from(f64::INFINITY), Value::from(f64::NEG_INFINITY), Value::from(vec![1]),
                Value::from_pairs([("a", 1)]),
            ]),
            number in -1e12..1e12,
            mark in prop::sample::select(vec!["<", "<=", ">", ">="]),
        ) {
            let context = context! { odd, number };
            for source in [format!("odd {mark} number"), format!("number {mark} odd"), format!("odd {mark} 5 < 9")] {
                let found = Expression::new(&source).unwrap().holds(&context);
                prop_assert!(matches!(found, Err(ExpressionError::NoValue(_))), "{source}: {found:?}");
            }
        }

        #[test]
        fn where_there_is_an_order_it_is_that_of_the_engine(
            source in generated::condition(), body in generated::body()
        ) {
            let context = context! {
                status => 200,
                headers => context! { mode => "live" },
                elapsed_ms => 12,
                json => serde_json::from_str::<Value>(&body).unwrap(),
                text => body,
                fields => context! { f => "live" },
                captures => context! {},
            };
            if let Ok(value) = Expression::new(&source).unwrap().value(&context) {
                prop_assert_eq!(Some(value.to_string()), engine(&source, &context).map(|v| v.to_string()));
            }
        }
    }
}
