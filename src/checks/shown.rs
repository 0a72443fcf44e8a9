//! Values from outside as a person may see them: short, harmless and without what looks like a key.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::paths::{Step, Words};
use crate::domain::text::SafeText;

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

/// Parts of names under which other systems return keys and tokens.
const SENSITIVE: [&str; 13] = [
    "token",
    "secret",
    "password",
    "passwd",
    "authorization",
    "cookie",
    "credential",
    "api_key",
    "api-key",
    "apikey",
    "privatekey",
    "private_key",
    "permanent",
];

/// Whether a value under this name is better not shown.
fn sensitive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SENSITIVE.iter().any(|part| name.contains(part))
}

/// The values that a condition reads: `json.status = "in_review", status = 200`.
pub fn actual(source: &str, context: &Value) -> String {
    let mut out = String::new();
    for path in Words::of(source).paths.iter().take(MAX_PATHS) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(path.words);
        let value = path.value(context);
        let hidden = path.steps.iter().any(|s| matches!(s, Step::Key(key) if sensitive(key)));
        match (value.kind(), hidden) {
            (ValueKind::Undefined, _) => out.push_str(" is not there"),
            (ValueKind::None, _) => out.push_str(" = null"),
            (_, true) => {
                out.push_str(" = ");
                out.push_str(COVERED);
            }
            (_, false) => {
                out.push_str(" = ");
                push(&mut out, &value, 0);
            }
        }
    }
    SafeText::clipped(&out, MAX_ACTUAL).into()
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

/// Any text, cut before it is made safe: the cost does not grow with what the other side sends.
pub fn clipped(text: &str, max: usize) -> String {
    let end = text.char_indices().nth(max + 1).map_or(text.len(), |(n, _)| n);
    SafeText::clipped(&text[..end], max).into()
}

/// Appends JSON until it is longer than anything that will be shown.
fn push(out: &mut String, value: &Value, depth: usize) {
    if depth > MAX_DEPTH || out.len() > MAX_ACTUAL * 4 {
        out.push('…');
        return;
    }
    match value.kind() {
        ValueKind::String => {
            let text = clipped(value.as_str().unwrap_or_default(), MAX_ACTUAL);
            let _ = write!(out, "\"{text}\"");
        }
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Map => {
            out.push('{');
            for (n, key) in value.try_iter().into_iter().flatten().enumerate() {
                if out.len() > MAX_ACTUAL * 4 {
                    break;
                }
                let name = key.as_str().map_or_else(|| key.to_string(), |k| clipped(k, MAX_ACTUAL));
                let _ = write!(out, "{}\"{name}\": ", if n > 0 { ", " } else { "" });
                let inner = value.get_item(&key).unwrap_or_default();
                if sensitive(&name) && !inner.is_none() {
                    out.push_str(COVERED);
                } else {
                    push(out, &inner, depth + 1);
                }
            }
            out.push('}');
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (n, inner) in value.try_iter().into_iter().flatten().enumerate() {
                if out.len() > MAX_ACTUAL * 4 {
                    break;
                }
                if n > 0 {
                    out.push_str(", ");
                }
                push(out, &inner, depth + 1);
            }
            out.push(']');
        }
        // Numbers; the rest does not come out of JSON. The set of kinds may grow with minijinja.
        _ => {
            let _ = write!(out, "{value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

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
    fn what_looks_like_a_key_is_covered() {
        let context =
            json(r#"{"data": {"permanentApiKey": "k-123", "name": "Acme", "access_token": "t-1"}}"#);
        assert_eq!(actual("json.data.permanentApiKey != ''", &context), "json.data.permanentApiKey = ••••");
        let whole = actual("json.data", &context);
        assert!(whole.contains("Acme") && !whole.contains("k-123") && !whole.contains("t-1"), "{whole}");
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
