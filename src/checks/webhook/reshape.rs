//! A body that says something else, and the same JSON in other bytes: pure.

use serde_json::{Value, json};

/// The body with another content. JSON stays JSON, so that only the signature can give it away: the
/// first amount changes, else the first number, else something is added.
pub(super) fn altered(body: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(body) else {
        return format!("{body}0");
    };
    let changed = change_number(&mut value, true) || change_number(&mut value, false);
    if !changed {
        value = match value {
            Value::Object(mut members) => {
                members.insert("amount".to_owned(), json!(1));
                Value::Object(members)
            }
            Value::Array(mut list) => {
                list.push(json!(1));
                Value::Array(list)
            }
            Value::String(text) => Value::String(text + "0"),
            Value::Bool(set) => Value::Bool(!set),
            Value::Null | Value::Number(_) => json!(1),
        };
    }
    value.to_string()
}

/// Adds one to the first number; only to one that is called an amount when `amounts` is set.
fn change_number(value: &mut Value, amounts: bool) -> bool {
    match value {
        Value::Number(number) if !amounts => {
            let other = number.as_i64().and_then(|n| n.checked_add(1)).unwrap_or(1);
            *value = json!(other);
            true
        }
        Value::Object(members) => members.iter_mut().any(|(name, member)| {
            let amount = name.to_ascii_lowercase().contains("amount");
            change_number(member, amounts && !amount)
        }),
        Value::Array(list) => list.iter_mut().any(|member| change_number(member, amounts)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The same JSON with other white space: the order of keys and the way numbers are written stay, so that
/// whoever parses it and writes it anew gets the very bytes that were signed. `None` when it is no JSON.
pub(super) fn reserialised(body: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(body).ok()?;
    let compact = respaced(body, "", "", "");
    // With a line break at the end even `{}` and `1` are other bytes.
    Some(if compact == body { respaced(body, "\n", " ", "\n") } else { compact })
}

/// JSON with its own white space dropped and other put in: after an opening bracket or comma, after a
/// colon, and at the end.
fn respaced(body: &str, line: &str, space: &str, end: &str) -> String {
    let mut out = String::with_capacity(body.len() * 2);
    let (mut inside, mut escaped) = (false, false);
    for c in body.chars() {
        if inside {
            out.push(c);
            inside = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if !c.is_ascii_whitespace() {
            out.push(c);
            match c {
                '"' => inside = true,
                '{' | '[' | ',' => out.push_str(line),
                ':' => out.push_str(space),
                _ => {}
            }
        }
    }
    out.push_str(end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_altered_body_is_json_with_another_amount() {
        for (body, other) in [
            (r#"{"a":1,"total_amount":500}"#, r#"{"a":1,"total_amount":501}"#),
            (r#"{"data":[{"n":7}]}"#, r#"{"data":[{"n":8}]}"#),
            (r#"{"type":"paid"}"#, r#"{"type":"paid","amount":1}"#),
            (r#"["a"]"#, r#"["a",1]"#),
            ("true", "false"),
            ("9223372036854775807", "1"),
        ] {
            assert_eq!(parsed(&altered(body)), parsed(other), "{body}");
        }
        assert_eq!(altered("a=1&b=2"), "a=1&b=20");
    }

    #[test]
    fn a_reserialised_body_keeps_order_and_numbers() {
        assert_eq!(
            reserialised(r#"{"b":1.50,"a":["x, y","\"{"]}"#).unwrap(),
            "{\n\"b\": 1.50,\n\"a\": [\n\"x, y\",\n\"\\\"{\"]}\n"
        );
        assert_eq!(reserialised("{ \"a\" : 1 }").unwrap(), r#"{"a":1}"#);
        assert_eq!(reserialised("a=1"), None);
    }

    proptest! {
        #[test]
        fn it_is_the_same_json_in_other_bytes(
            members in proptest::collection::btree_map(".{0,8}", prop_oneof![".{0,8}", "[\\\\\"]{0,6}"], 0..5),
        ) {
            for body in [serde_json::to_string(&members).unwrap(), serde_json::to_string_pretty(&members).unwrap()] {
                let other = reserialised(&body).unwrap();
                prop_assert_ne!(&other, &body);
                prop_assert_eq!(parsed(&other), parsed(&body));
                prop_assert_ne!(parsed(&altered(&body)), parsed(&body));
            }
        }
    }
}
