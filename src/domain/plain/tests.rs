//! The plain form says what the engine says, or nothing.

use std::collections::BTreeMap;

use minijinja::value::ValueKind;
use minijinja::{Value, context};
use proptest::prelude::*;

use super::{Found, Names, Seen, generated};
use crate::domain::expression::Expression;
use crate::domain::json::Json;

struct Around;

impl Names for Around {
    fn text(&self, table: &str, name: &str) -> Option<&str> {
        (table == "fields" && name == "f").then_some("live")
    }
}

fn with<T>(body: &str, look: impl FnOnce(&Seen<'_>, &Value) -> T) -> T {
    let headers = BTreeMap::from([("mode".to_owned(), "live".to_owned())]);
    let json: Json<'_> = serde_json::from_str(body).unwrap();
    let seen = Seen {
        status: 200,
        headers: &headers,
        elapsed_ms: 12,
        json: Some(&json),
        text: Some(body),
        names: &Around,
    };
    let engine = context! {
        status => 200,
        headers => context! { mode => "live" },
        elapsed_ms => 12,
        json => serde_json::from_str::<Value>(body).unwrap(),
        text => body,
        fields => context! { f => "live" },
        captures => context! {},
    };
    look(&seen, &engine)
}

/// Whether both mean the same, kind and size included.
fn agree(found: Found<'_>, value: &Value) -> bool {
    let entries = || value.try_iter().map(Iterator::count).ok();
    match found {
        Found::Null => value.is_none(),
        Found::Bool(b) => value.kind() == ValueKind::Bool && value.is_true() == b,
        Found::Whole(n) => {
            value.is_integer() && value.kind() == ValueKind::Number && *value == Value::from(n)
        }
        Found::Float(n) => {
            !value.is_integer() && value.kind() == ValueKind::Number && *value == Value::from(n)
        }
        Found::Text(text) => value.as_str() == Some(text),
        Found::List(list) => value.kind() == ValueKind::Seq && value.len() == Some(list.len()),
        Found::Map(_) => {
            value.kind() == ValueKind::Map && found.size().is_none_or(|n| value.len() == Some(n))
        }
        Found::Entries(n) => value.kind() == ValueKind::Seq && value.len() == Some(n),
        Found::Joined(n) => entries() == Some(n),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_certain_is_what_the_engine_says(
        source in generated::condition(),
        body in generated::body(),
    ) {
        let condition = Expression::new(&source).unwrap();
        with(&body, |seen, engine| {
            let Some(plain) = condition.plain() else {
                return Ok(());
            };
            if let Some(found) = plain.value(seen) {
                let value = condition.value(engine);
                prop_assert!(
                    value.as_ref().is_ok_and(|v| agree(found, v)),
                    "{} of {}: {:?}, but the engine says {:?}", source, body, found, value
                );
            }
            if let Some(holds) = plain.holds(seen) {
                prop_assert_eq!(Ok(holds), condition.holds(engine), "{} of {}", source, body);
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_words_break_the_reading(source in "[a-z'\"\\[\\]().|\\\\ 0-9=<>!+é-]{0,60}") {
        let _ = super::Plain::of(&source);
    }
}

fn plain(source: &str) -> bool {
    Expression::new(source).unwrap().plain().is_some()
}

#[test]
fn the_conditions_of_the_checklists_are_plain() {
    for source in [
        "status == 200",
        "status in [200, 201]",
        "status == 401 or status == 403",
        "headers['flint-mode'] == 'live' and not json.data.requirements.past_due",
        "json.data.requirements.past_due if json.data.payouts.status != 'ready' else []",
        "json.data.requirements.past_due + json.data.requirements.currently_due",
        "json.data.next_step is not none",
        "json.data|length > 0",
        "json.merchant_id == fields.merchant_id",
        "json.checks | rejectattr('status', 'eq', 'pass') | list | length == 0",
        "json.version is startingwith('1.')",
        "json.data.requirements.pending_verification == []",
    ] {
        assert!(plain(source), "{source}");
    }
}

#[test]
fn what_may_mean_something_else_is_not_plain() {
    for source in [
        "1 < status < 300",
        "json.a.startswith('x')",
        "json.a == 1.5",
        "json.a|lower == 'x'",
        "json.a == 'a\\n'",
        "json.0.a == 1",
        "[1, 2][0] == 1",
        "json.list[-1] == 1",
        "json.a|selectattr('a.b', 'eq', 1)|list|length == 0",
        "json.a if json.b",
    ] {
        assert!(!plain(source), "{source}");
    }
    let deep = format!("{}status{} == 200", "(".repeat(40), ")".repeat(40));
    assert!(!plain(&deep));
}

#[test]
fn a_name_that_is_not_there_is_left_to_the_engine() {
    with(r#"{"a": {"b": 1}}"#, |seen, _| {
        let holds = |source| Expression::new(source).unwrap().plain().unwrap().holds(seen);
        assert_eq!(holds("json.a.b == 1"), Some(true));
        assert_eq!(holds("json.a.c == 1"), None);
        assert_eq!(holds("json.a.b == 1 or json.a.c == 1"), Some(true));
        assert_eq!(holds("json.a.b == 2 and json.a.c == 1"), Some(false));
        assert_eq!(holds("headers['gone'] == ''"), None);
        assert_eq!(holds("json.a.b in [json.gone, 1]"), None);
        assert_eq!(holds("json.a.b > 'x'"), None);
        assert_eq!(holds("json.a.b == true"), None);
    });
}

#[test]
fn most_of_what_is_generated_is_certain() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let certain = (0..500)
        .filter(|_| {
            let source = generated::condition().new_tree(&mut runner).unwrap().current();
            let body = generated::body().new_tree(&mut runner).unwrap().current();
            let condition = Expression::new(&source).unwrap();
            with(&body, |seen, _| condition.plain().is_some_and(|p| p.value(seen).is_some()))
        })
        .count();
    // A comparison that is never made would hold them together too.
    assert!(certain > 100, "{certain} of 500");
}
