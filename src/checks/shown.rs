//! Values from outside as a person may see them: short, harmless and without what looks like a key.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::domain::paths::{Path, Step, Words};
use crate::domain::plain::{Found, Seen};
use crate::domain::text::{SafeText, is_plain};

/// The longest `actual`, in characters.
pub const MAX_ACTUAL: usize = 200;
/// The longest summary of an observation, in characters.
pub const MAX_SUMMARY: usize = 300;
/// What stands in place of a value that must not be seen.
pub const COVERED: &str = "••••";

/// Values deeper than this are shown as `…`.
const MAX_DEPTH: usize = 6;
/// More values of one condition are not shown.
const MAX_PATHS: usize = 6;

/// Words of names under which other systems return what must not be seen.
const SENSITIVE: [&str; 13] = [
    "token",
    "tokens",
    "secret",
    "secrets",
    "password",
    "passwd",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "apikey",
    "privatekey",
];
/// With these before it, a `key` is one that opens something.
const KEYS: [&str; 6] = ["api", "access", "private", "secret", "permanent", "temporal"];

/// One of these is in every ASCII name that is better not shown.
const STEMS: [&str; 7] = ["token", "secret", "passw", "auth", "cookie", "credential", "key"];

/// Whether a name holds one of [`STEMS`], in upper or lower case.
fn holds_stem(name: &[u8]) -> bool {
    // Their first letters rule most places out.
    let first = |byte: &u8| matches!(byte.to_ascii_lowercase(), b'a' | b'c' | b'k' | b'p' | b's' | b't');
    let begins = |rest: &[u8], stem: &str| {
        rest.get(..stem.len()).is_some_and(|part| part.eq_ignore_ascii_case(stem.as_bytes()))
    };
    let places = name.iter().enumerate().filter(|(_, byte)| first(byte));
    places.map(|(at, _)| &name[at..]).any(|rest| STEMS.iter().any(|stem| begins(rest, stem)))
}

/// Whether a text under this name is better not shown: `access_token` and `permanentApiKey`, but not
/// `tokenization`.
fn sensitive(name: &str) -> bool {
    // Most names have none of the letters; an answer has hundreds of names.
    if name.is_ascii() && !holds_stem(name.as_bytes()) {
        return false;
    }
    let words = words(name);
    words.iter().any(|w| SENSITIVE.contains(&w.as_str()))
        || words.windows(2).any(|pair| KEYS.contains(&pair[0].as_str()) && pair[1].starts_with("key"))
}

/// The words of a name in `snake_case`, `kebab-case` or `camelCase`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (lower_before && c.is_uppercase());
        lower_before = c.is_lowercase();
        if begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// The values that a condition reads: `json.status = "in_review", status = 200`. Of a list or a map whose
/// condition is met only the size is told: nobody looks for anything in it.
pub fn actual(words: &Words, context: &Value, met: bool) -> String {
    let told = |path: &Path| {
        let value = path.value(context);
        Some(if value.is_undefined() {
            Told::Missing
        } else {
            match value.len().filter(|_| met && value.as_str().is_none()) {
                Some(n) => Told::Entries(n),
                None => Told::Value(value),
            }
        })
    };
    named(words, told).unwrap_or_default()
}

/// The same of a condition that is met, when what it reads is certain.
pub fn met(words: &Words, seen: &Seen<'_>) -> Option<String> {
    named(words, |path| {
        let found = seen.at(path)?;
        Some(match found {
            Found::Null => Told::Value(Value::from(())),
            Found::Bool(value) => Told::Value(Value::from(value)),
            Found::Whole(n) => Told::Value(Value::from(n)),
            Found::Float(n) => Told::Value(Value::from(n)),
            Found::Text(text) => Told::Text(text),
            Found::List(_) | Found::Map(_) | Found::Entries(_) | Found::Joined(_) => {
                Told::Entries(found.size()?)
            }
        })
    })
}

/// What is told of a value.
enum Told<'a> {
    Missing,
    Entries(usize),
    Text(&'a str),
    Value(Value),
}

/// Names and values; none as soon as one value is not certain.
fn named<'a>(words: &Words, told: impl Fn(&Path) -> Option<Told<'a>>) -> Option<String> {
    let mut out = String::with_capacity(64);
    for path in words.paths.iter().take(MAX_PATHS) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(&path.words);
        let hidden = || path.steps.iter().any(|s| matches!(s, Step::Key(key) if sensitive(key)));
        match told(path)? {
            Told::Missing => out.push_str(" is not there"),
            Told::Entries(1) => out.push_str(" = 1 entry"),
            Told::Entries(n) => {
                out.push_str(" = ");
                out.push_str(&n.to_string());
                out.push_str(" entries");
            }
            Told::Text(_) if hidden() => {
                out.push_str(" = ");
                out.push_str(COVERED);
            }
            Told::Text(text) => {
                out.push_str(" = ");
                push_text(&mut out, text);
            }
            Told::Value(value) => {
                out.push_str(" = ");
                push_unless(hidden(), &mut out, &value, 0);
            }
        }
    }
    Some(if fits(&out, MAX_ACTUAL) { out } else { SafeText::clipped(&out, MAX_ACTUAL).into() })
}

/// One value: a text as it is, anything else as JSON.
pub fn value(value: &Value, max: usize) -> String {
    if let Some(text) = value.as_str() {
        return clipped(text, max);
    }
    let mut out = String::new();
    push(&mut out, value, 0);
    clipped(&out, max)
}

/// Whether a text is short and harmless as it is, as nearly all are.
fn fits(text: &str, max: usize) -> bool {
    text.len() <= max && is_plain(text)
}

/// Any text, cut before it is made safe: the cost does not grow with what the other side sends.
pub fn clipped(text: &str, max: usize) -> String {
    if text.len() <= max {
        return SafeText::clipped(text, max).into();
    }
    let end = text.char_indices().nth(max + 1).map_or(text.len(), |(n, _)| n);
    SafeText::clipped(&text[..end], max).into()
}

/// Covers a value that is hidden. Whether it is there at all, or a flag, gives nothing away.
fn push_unless(hidden: bool, out: &mut String, value: &Value, depth: usize) {
    if hidden && !matches!(value.kind(), ValueKind::None | ValueKind::Bool) {
        out.push_str(COVERED);
    } else {
        push(out, value, depth);
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    if fits(text, MAX_ACTUAL) {
        out.push_str(text);
    } else {
        out.push_str(&clipped(text, MAX_ACTUAL));
    }
    out.push('"');
}

/// Whether there is more than anything that will be shown.
fn full(out: &str) -> bool {
    out.len() > MAX_ACTUAL && out.chars().nth(MAX_ACTUAL).is_some()
}

/// A whole number that is written as one.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().filter(|_| value.is_integer())
}

/// Appends JSON until it is longer than anything that will be shown.
fn push(out: &mut String, value: &Value, depth: usize) {
    if depth > MAX_DEPTH || full(out) {
        out.push('…');
        return;
    }
    match value.kind() {
        ValueKind::String => push_text(out, value.as_str().unwrap_or_default()),
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Map => {
            out.push('{');
            let object = value.as_object();
            for (n, (key, inner)) in
                object.and_then(minijinja::value::DynObject::try_iter_pairs).into_iter().flatten().enumerate()
            {
                if full(out) {
                    break;
                }
                let name = key.as_str().map_or_else(|| key.to_string(), |k| clipped(k, MAX_ACTUAL));
                out.push_str(if n > 0 { ", \"" } else { "\"" });
                out.push_str(&name);
                out.push_str("\": ");
                push_unless(sensitive(&name), out, &inner, depth + 1);
            }
            out.push('}');
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (n, inner) in value.try_iter().into_iter().flatten().enumerate() {
                if full(out) {
                    break;
                }
                if n > 0 {
                    out.push_str(", ");
                }
                push(out, &inner, depth + 1);
            }
            out.push(']');
        }
        ValueKind::Number if let Some(n) = whole(value) => out.push_str(&n.to_string()),
        // Other numbers; the rest does not come out of JSON. The set of kinds may grow with minijinja.
        _ => {
            let _ = write!(out, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn every_stem_is_found_wherever_it_stands() {
        for stem in STEMS {
            assert!(holds_stem(stem.to_uppercase().as_bytes()) && holds_stem(format!("x{stem}").as_bytes()));
            assert!(!holds_stem(&stem.as_bytes()[..stem.len() - 1]), "{stem}");
        }
    }

    fn actual(source: &str, context: &Value) -> String {
        super::actual(&Words::of(source), context, false)
    }

    fn json(text: &str) -> Value {
        context! { json => serde_json::from_str::<Value>(text).unwrap(), status => 200 }
    }

    #[test]
    fn the_values_of_a_condition_are_named() {
        let context = json(r#"{"status": "in_review", "n": [1, null, true]}"#);
        assert_eq!(
            actual("json.status == 'x' and status == 1", &context),
            r#"json.status = "in_review", status = 200"#
        );
        assert_eq!(
            actual("json.n and json.gone", &context),
            "json.n = [1, null, true], json.gone is not there"
        );
    }

    #[test]
    fn of_a_list_that_is_as_it_should_be_only_the_size_is_told() {
        let context = json(r#"{"n": [1, 2], "m": {"a": 1}, "s": "abc"}"#);
        let words = Words::of("json.n and json.m and json.s");
        assert_eq!(
            super::actual(&words, &context, true),
            r#"json.n = 2 entries, json.m = 1 entry, json.s = "abc""#
        );
    }

    #[test]
    fn what_looks_like_a_key_is_covered() {
        let context =
            json(r#"{"data": {"permanentApiKey": "k-123", "name": "Acme", "access_token": "t-1"}}"#);
        assert_eq!(actual("json.data.permanentApiKey != ''", &context), "json.data.permanentApiKey = ••••");
        let whole = actual("json.data", &context);
        assert!(whole.contains("Acme") && !whole.contains("k-123") && !whole.contains("t-1"), "{whole}");
        for name in ["access_token", "permanentApiKey", "set-cookie", "clientSecret", "apiKeyId"] {
            assert!(sensitive(name), "{name}");
        }
        for name in ["tokenization", "status", "keyboard", "monkey", "public_key"] {
            assert!(!sensitive(name), "{name}");
        }
        let flag = json(r#"{"password": true, "token": null}"#);
        assert_eq!(actual("json.password or json.token", &flag), "json.password = true, json.token = null");
    }

    #[test]
    fn hostile_values_are_short_and_harmless() {
        let context = json(&format!(r#"{{"a": "\u001b[2J{}", "b": {}}}"#, "x".repeat(5000), "9".repeat(300)));
        let text = actual("json.a == 1 or json.b == 1", &context);
        assert!(text.chars().count() <= MAX_ACTUAL);
        assert!(text.starts_with("json.a = \"␛[2Jxxx"));
        let deep = json(&format!("{}{}", "[".repeat(100), "]".repeat(100)));
        assert!(actual("json == 1", &deep).contains('…'));
    }
}
