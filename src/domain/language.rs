//! What the condition language leaves out of minijinja, so that no expression can eat the machine.
//!
//! Fuel counts instructions, not bytes: `'a' * 100000000`, `text ~ text ~ …` or `text|replace('', text)`
//! are a handful of instructions and gigabytes of memory. So the operators and filters that multiply
//! text are not part of the language: no `*`, no `~`, no blocks (`{% … %}`), few `+` and `|`, and only
//! the filters and tests listed here.

use std::ops::Range;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, filters, tests};

use super::order;

/// The most `+` in one expression: each can at most add the length of one value.
const MAX_PLUS: usize = 8;
/// The most filters in one expression.
const MAX_FILTERS: usize = 6;
/// The longest text between the parts of a `join`.
const MAX_SEPARATOR: usize = 64;

/// Filters of the language.
pub const FILTERS: [&str; 26] = [
    "abs",
    "bool",
    "count",
    "default",
    "first",
    "float",
    "int",
    "join",
    "jsontext",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "round",
    "select",
    "selectattr",
    "sort",
    "string",
    "trim",
    "upper",
    "urlencode",
];

/// Tests of the language, as in `x is defined`.
pub const TESTS: [&str; 17] = [
    "boolean",
    "defined",
    "endingwith",
    "eq",
    "equalto",
    "false",
    "float",
    "in",
    "integer",
    "mapping",
    "ne",
    "none",
    "number",
    "sequence",
    "startingwith",
    "string",
    "true",
];

/// A piece of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or a number.
    Word(&'a str),
    /// A string literal, without its quotes, escapes left as they are.
    Text(&'a str),
    /// Any other character.
    Mark(char),
}

/// Cuts an expression into words, string literals and marks, white space dropped. Never fails: what
/// minijinja would not parse gives tokens too.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    spans(source).into_iter().map(|(token, _)| token).collect()
}

/// The same, each with where it stands.
pub(super) fn spans(source: &str) -> Vec<(Token<'_>, Range<usize>)> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let at = source.len() - rest.len();
        let len = if c == '"' || c == '\'' {
            let end = text_end(rest, c);
            let inner = rest.get(1..end.saturating_sub(1).max(1)).unwrap_or_default();
            out.push((Token::Text(inner), at..at + end));
            end
        } else if c.is_alphanumeric() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push((Token::Word(&rest[..end]), at..at + end));
            end
        } else {
            if !c.is_whitespace() {
                out.push((Token::Mark(c), at..at + c.len_utf8()));
            }
            c.len_utf8()
        };
        rest = &rest[len..];
    }
    out
}

/// Where a string literal ends, its closing quote included; at the end of the source when open.
fn text_end(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    source.len()
}

/// The expressions of a template: what stands between `{{` and `}}`, in order.
pub(super) fn expressions(template: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let body = &rest[start + 2..];
        let end = expression_end(body);
        out.push(&body[..end]);
        rest = body.get(end + 2..).unwrap_or_default();
    }
    out
}

fn expression_end(body: &str) -> usize {
    let mut at = 0;
    while let Some(c) = body[at..].chars().next() {
        match c {
            '"' | '\'' => at += text_end(&body[at..], c),
            '}' if body[at..].starts_with("}}") => return at,
            _ => at += c.len_utf8(),
        }
    }
    body.len()
}

/// Why an expression is outside the language; `None` when it is inside.
pub(super) fn outside(expression: &str) -> Option<String> {
    let tokens = tokens(expression);
    let count = |mark| tokens.iter().filter(|t| **t == Token::Mark(mark)).count();
    if count('*') > 0 {
        return Some("'*' is not part of the language".to_owned());
    }
    if count('~') > 0 {
        return Some("'~' is not part of the language".to_owned());
    }
    if count('+') > MAX_PLUS {
        return Some(format!("more than {MAX_PLUS} '+' in one expression"));
    }
    if count('|') > MAX_FILTERS {
        return Some(format!("more than {MAX_FILTERS} filters in one expression"));
    }
    for (n, token) in tokens.iter().enumerate() {
        // `x.is` is a member of `x`, not a test.
        let member = n > 0 && tokens[n - 1] == Token::Mark('.');
        match (token, tokens.get(n + 1)) {
            (Token::Mark('|'), Some(Token::Word(name))) if !FILTERS.contains(name) => {
                return Some(format!("there is no filter '{name}'; there are {}", FILTERS.join(", ")));
            }
            (Token::Word("is"), Some(Token::Word(word))) if !member => {
                let name = match (*word, tokens.get(n + 2)) {
                    ("not", Some(Token::Word(name))) => name,
                    (name, _) => name,
                };
                if !TESTS.contains(&name) {
                    return Some(format!("there is no test '{name}'; there are {}", TESTS.join(", ")));
                }
            }
            _ => {}
        }
    }
    None
}

/// Members named by a constant subscript, `root['name']`, when *every* use of `root` in the expression
/// names its member by a dot or by a constant; `None` when one does not.
pub(super) fn constant_members(expression: &str, root: &str) -> Option<Vec<String>> {
    let tokens = tokens(expression);
    let mut members = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        if *token != Token::Word(root) || (n > 0 && tokens[n - 1] == Token::Mark('.')) {
            continue;
        }
        match (tokens.get(n + 1), tokens.get(n + 2), tokens.get(n + 3)) {
            (Some(Token::Mark('.')), _, _) => {}
            (Some(Token::Mark('[')), Some(Token::Text(name)), Some(Token::Mark(']'))) => {
                members.push((*name).to_owned());
            }
            _ => return None,
        }
    }
    Some(members)
}

/// The engine makes 0 of `null`; a number that an answer does not have has no value.
fn int(
    state: &State,
    value: &Value,
    default: Option<Value>,
    base: Option<u32>,
    kwargs: Kwargs,
) -> Result<Value, Error> {
    if default.is_none() && !kwargs.has("default") {
        some(value)?;
    }
    filters::int(state, value, default, base, kwargs)
}

/// As [`int`].
fn float(state: &State, value: &Value, default: Option<Value>, kwargs: Kwargs) -> Result<Value, Error> {
    if default.is_none() && !kwargs.has("default") {
        some(value)?;
    }
    filters::float(state, value, default, kwargs)
}

/// The engine takes `null` for less than every number: the greatest of a list with a gap is not known.
fn max(state: &State, value: Value, kwargs: Kwargs) -> Result<Value, Error> {
    value.try_iter()?.try_for_each(|entry| some(&entry))?;
    filters::max(state, value, kwargs)
}

/// As [`max`].
fn min(state: &State, value: Value, kwargs: Kwargs) -> Result<Value, Error> {
    value.try_iter()?.try_for_each(|entry| some(&entry))?;
    filters::min(state, value, kwargs)
}

fn some(value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Err(Error::new(ErrorKind::InvalidOperation, "null is no number"));
    }
    Ok(())
}

/// The engine: strict about undefined names, with fuel, and only the filters and tests above.
pub(super) fn environment(fuel: u64) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(fuel));
    order::add_to(&mut env);
    env.add_filter("abs", filters::abs);
    env.add_filter("bool", filters::bool);
    env.add_filter("count", filters::length);
    env.add_filter("default", filters::default);
    env.add_filter("first", filters::first);
    env.add_filter("float", float);
    env.add_filter("int", int);
    env.add_filter("join", join);
    env.add_filter("jsontext", json_text);
    env.add_filter("last", filters::last);
    env.add_filter("length", filters::length);
    env.add_filter("list", filters::list);
    env.add_filter("lower", filters::lower);
    env.add_filter("map", filters::map);
    env.add_filter("max", max);
    env.add_filter("min", min);
    env.add_filter("reject", filters::reject);
    env.add_filter("rejectattr", filters::rejectattr);
    env.add_filter("round", filters::round);
    env.add_filter("select", filters::select);
    env.add_filter("selectattr", filters::selectattr);
    env.add_filter("sort", filters::sort);
    env.add_filter("string", string);
    env.add_filter("trim", filters::trim);
    env.add_filter("upper", filters::upper);
    env.add_filter("urlencode", filters::urlencode);
    env.add_test("boolean", tests::is_boolean);
    env.add_test("defined", tests::is_defined);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("eq", tests::is_eq);
    env.add_test("equalto", tests::is_eq);
    env.add_test("false", tests::is_false);
    env.add_test("float", tests::is_float);
    env.add_test("in", tests::is_in);
    env.add_test("integer", tests::is_integer);
    env.add_test("mapping", tests::is_mapping);
    env.add_test("ne", tests::is_ne);
    env.add_test("none", tests::is_none);
    env.add_test("number", tests::is_number);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("string", tests::is_string);
    env.add_test("true", tests::is_true);
    env
}

/// A list as one text; the separator is short, or a list of many would multiply it.
fn join(state: &State, value: &Value, separator: Option<String>) -> Result<String, Error> {
    let separator = separator.unwrap_or_default();
    if separator.len() > MAX_SEPARATOR {
        return Err(too_long());
    }
    let parts = value.try_iter()?.map(|v| scalar(state, &v)).collect::<Result<Vec<_>, _>>()?;
    Ok(parts.join(&separator))
}

/// A number or a text as text. Lists and maps have none: their quoting doubles at every level.
fn string(state: &State, value: &Value) -> Result<String, Error> {
    scalar(state, value)
}

fn scalar(_state: &State, value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(value.to_string()),
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "only texts and numbers can be made text")),
    }
}

/// A text as it stands between the quotes of a JSON string.
fn json_text(state: &State, value: &Value) -> Result<String, Error> {
    let quoted = serde_json::Value::from(scalar(state, value)?).to_string();
    Ok(quoted[1..quoted.len() - 1].to_owned())
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the separator is too long")
}

#[cfg(test)]
mod tests_of_language {
    use super::*;

    #[test]
    fn every_filter_and_test_of_the_lists_is_there() {
        let env = environment(1000);
        for name in FILTERS {
            let result = env.compile_expression(&format!("x|{name}")).unwrap().eval(());
            assert!(result.err().is_none_or(|e| e.kind() != ErrorKind::UnknownFilter), "{name}");
        }
        for name in TESTS {
            let result = env.compile_expression(&format!("1 is {name}")).unwrap().eval(());
            assert!(result.err().is_none_or(|e| e.kind() != ErrorKind::UnknownTest), "{name}");
        }
    }

    #[test]
    fn marks_in_string_literals_do_not_count() {
        assert_eq!(outside(r#"text == 'a * b ~ c' and x == "\"*""#), None);
        assert!(outside("'a' * 9").is_some());
    }

    #[test]
    fn an_expression_ends_where_its_braces_close_outside_literals() {
        assert_eq!(expressions("a{{ x }}b{{ '}}' }}c{{ open"), [" x ", " '}}' ", " open"]);
    }
}
