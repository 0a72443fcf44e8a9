//! Conditions and bodies for tests: few names and values, so that they meet often.

use proptest::prelude::*;

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// A value that a condition reads. One in five is not there, or seldom of use.
pub fn path() -> impl Strategy<Value = String> + Clone {
    let usual = one_of(&[
        "json.a",
        "json['b']",
        "json.list",
        "json.rows",
        "json",
        "status",
        "headers['mode']",
        "headers.mode",
        "elapsed_ms",
        "text",
        "fields.f",
    ]);
    let odd = one_of(&[
        "json.b.c",
        "json.list[0]",
        "json.list[1].a",
        "json.rows[0].a",
        "json.gone",
        "headers.gone",
        "headers",
        "fields.gone",
        "fields",
        "captures.x",
        "json.a[0]",
        "json.a.c",
    ]);
    prop_oneof![4 => usual, 1 => odd]
}

fn literal() -> impl Strategy<Value = String> + Clone {
    one_of(&[
        "'live'",
        "'live'",
        "\"a\"",
        "''",
        "1",
        "0",
        "-1",
        "200",
        "9007199254740993",
        "true",
        "false",
        "none",
        "[]",
        "[1, 'live']",
        "[true, none, 0]",
        "[200, [1]]",
        "'a\\n'",
        "1.5",
        "07",
    ])
}

fn value() -> impl Strategy<Value = String> + Clone {
    let plain = prop_oneof![3 => path(), 2 => literal()];
    let tests = one_of(&[
        " is defined",
        " is not defined",
        " is none",
        " is not none",
        " is string",
        " is boolean",
        " is sequence",
        " is mapping",
        " is true",
        " is false",
        " is startingwith('li')",
        " is endingwith 've'",
        " is eq('live')",
        " is ne(1)",
        " is in([1, 'live', true])",
        " is number",
        "|length",
        "|count",
        "|list",
        "|list|length",
        "|first",
        "|lower",
        "|default('live')",
        "|rejectattr('a', 'eq', 1)|list|length",
        "|selectattr('a', 'eq', 'live')|list",
        "|selectattr('a', 'in', [1, 'live'])|list|length",
        "|rejectattr('a')|list|length",
        "|selectattr('a', 'startingwith', 'l')|list|length",
        "|map(attribute='a')|list",
        "|selectattr('a', 'defined')|list|length",
        "|rejectattr('a', 'ne', true)|list",
    ]);
    prop_oneof![
        4 => plain.clone(),
        3 => (plain.clone(), tests).prop_map(|(value, test)| value + &test),
        1 => (path(), path()).prop_map(|(a, b)| format!("{a} + {b}")),
        1 => (path(), path()).prop_map(|(a, b)| format!("({a} + {b})|list|length")),
        1 => (path(), path()).prop_map(|(a, b)| format!("({a} + {b}) is sequence")),
    ]
}

/// A condition that the language accepts.
pub fn condition() -> impl Strategy<Value = String> {
    let usual = (path(), one_of(&["==", "!="]), literal());
    let any = (value(), one_of(&["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), value());
    let compared = prop_oneof![any, usual].prop_map(|(a, comparison, b)| format!("{a} {comparison} {b}"));
    prop_oneof![1 => value(), 4 => compared]
        .prop_recursive(2, 4, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) == ({b})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b}) and {a}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} if {b} else {a}")),
                inner.clone().prop_map(|a| format!("not {a}")),
                inner.prop_map(|a| format!("not ({a})")),
            ]
        })
        .prop_filter("it does not parse", |source| crate::domain::expression::Expression::new(source).is_ok())
}

fn json(depth: u32) -> impl Strategy<Value = String> {
    let leaf = one_of(&[
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "200",
        "1.0",
        "1.5",
        "0.0",
        "-0.0",
        "1e300",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "\"live\"",
        "\"live\"",
        "\"\"",
        "\"a\"",
        "\"l\\u0069ve\"",
        "\"\\u001b[2J\"",
        "[]",
        "{}",
    ]);
    leaf.prop_recursive(depth, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec((one_of(&["a", "c", "live", "\\u0061"]), inner), 0..3).prop_map(|all| {
                let all: Vec<_> =
                    all.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

/// A body: JSON with the names that conditions read.
pub fn body() -> impl Strategy<Value = String> {
    let rows = prop::collection::vec(json(0), 0..3)
        .prop_map(|all| all.into_iter().map(|a| format!("{{\"a\":{a}}}")).collect::<Vec<_>>().join(","));
    let list = prop::collection::vec(json(1), 0..3).prop_map(|all| all.join(","));
    (json(1), json(2), list, rows)
        .prop_map(|(a, b, list, rows)| format!(r#"{{"a":{a},"b":{b},"list":[{list}],"rows":[{rows}]}}"#))
}
