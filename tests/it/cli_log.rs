//! `golive log`: filters, and one event down to its signature.

use crate::cli_bench::{Home, SMALL};

fn acme() -> Home {
    let home = Home::new();
    let runbook = home.write("small.toml", SMALL);
    home.ok(&["new", &runbook, "Acme", "--id", "acme"]);
    home.ok(&["assign", "acme", "dev", "Lin Chen"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["note", "acme", "papers", "as discussed"]);
    home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
    home
}

#[test]
fn filters_leave_what_was_asked_for() {
    let home = acme();
    let lines = |args: &[&str]| home.ok(&[&["log", "acme"], args].concat()).lines().count();
    let all = lines(&[]);
    assert!(all > 6);
    assert_eq!(lines(&["--kind", "notes"]), 1);
    assert_eq!(lines(&["--item", "papers"]), 2);
    assert_eq!(lines(&["--by", "Lin Chen", "--kind", "ticks"]), 1);
    assert_eq!(lines(&["--kind", "actions"]), 0);
    let json: serde_json::Value =
        serde_json::from_str(&home.ok(&["log", "acme", "--item", "papers", "--json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[test]
fn a_filter_for_what_is_not_there_is_a_usage_fault_with_the_nearest() {
    let home = acme();
    for (args, near) in
        [(["--item", "paper"], "papers"), (["--by", "Lin Chan"], "Lin Chen"), (["--kind", "note"], "notes")]
    {
        let said = home.run(&[&["log", "acme"][..], &args].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains(near), "{}", said.err);
    }
}

#[test]
fn an_event_is_opened_to_bytes_that_hash_and_verify() {
    let home = acme();
    let text = home.ok(&["log", "acme", "--event", "3"]);
    for word in
        ["event 3 of", "chain      good", "signature  good", "right      good", "-----END SSH SIGNATURE-----"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&home.ok(&["log", "acme", "--event", "3", "--json"])).unwrap();
    assert_eq!((&json["good"], &json["event"]["seq"]), (&true.into(), &3.into()));
    let body: serde_json::Value = serde_json::from_str(json["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, json["event"]);
    assert_eq!(home.run(&["log", "acme", "--event", "0"]).code, 2);
    assert_eq!(home.run(&["log", "acme", "--event", "9999"]).code, 2);
}
