//! What concerns several engagements, from the command line: lists as tables, a role in many, what waits for
//! somebody, how all checks stand.

use crate::cli_bench::Home;

/// Two engagements, the second without its developer.
fn two() -> Home {
    let home = Home::with_acme();
    let runbook = home.path("small.toml");
    home.ok(&["new", runbook.to_str().unwrap(), "Bolt | Bikes", "--id", "bolt"]);
    home
}

#[test]
fn a_list_is_written_as_a_table_into_a_file_that_is_never_replaced_unasked() {
    let home = two();
    let markdown = home.ok(&["list", "--format", "md"]);
    assert!(
        markdown.contains("| acme | Acme Ltd | Test | 0 Preparation | 0 | 4 | under way |"),
        "{markdown}"
    );
    assert!(markdown.contains("Bolt \\| Bikes"), "{markdown}");
    let one = home.ok(&["list", "bolt", "--format", "csv"]);
    assert_eq!(one.lines().count(), 2, "{one}");
    let file = home.path("all.json");
    let path = file.to_str().unwrap();
    home.ok(&["list", "-o", path]);
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["engagements"].as_array().unwrap().len(), 2);
    assert!(home.fails(2, &["list", "-o", path]).contains("is there already"));
    home.ok(&["list", "bolt", "-o", path, "--force"]);
    assert!(home.fails(2, &["list", "bolk"]).contains("bolt"), "names the nearest");
}

#[test]
fn a_role_is_given_in_several_and_one_refusal_stops_no_other() {
    let home = two();
    let said = home.ok(&["assign", "acme,bolt", "dev", "Ann Other"]);
    assert!(said.ends_with("done in 2 engagements\n"), "{said}");
    let again = home.run(&["assign", "bolt,nowhere,acme", "dev", "Eve Third"]);
    assert!(again.out.ends_with("done in 2 engagements, not in 1\n"), "{again:?}");
    assert!(again.err.contains("nowhere"), "{again:?}");
    assert_ne!(again.code, 0);
    let shown = home.ok(&["members", "acme"]);
    assert!(shown.contains("Ann Other") && shown.contains("Eve Third"), "{shown}");
    home.fails(2, &["assign", "acme,,bolt", "dev", "Ann Other"]);
}

#[test]
fn what_waits_for_me_is_told_by_role_and_goes_when_it_is_done() {
    let home = two();
    assert!(home.ok(&["work"]).starts_with("nothing waits for"), "the developers must act first");
    home.ok(&["assign", "acme,bolt", "dev", "Dana Ruiz"]);
    let all = home.json(&["work"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(all[0]["engagement"], "acme", "what has a target comes first");
    assert_eq!(all[0]["begin_by"], "2026-12-12");
    assert_eq!(home.json(&["work", "--role", "lead"]).as_array().unwrap().len(), 0);
    home.ok(&["tick", "acme", "hello"]);
    let left = home.ok(&["work"]);
    assert!(left.starts_with("Developer\n"), "{left}");
    assert!(!left.lines().any(|line| line.contains("acme") && line.contains("hello")), "{left}");
}

#[test]
fn the_checks_of_all_and_of_one() {
    let home = two();
    home.ok(&["set", "bolt", "site=http://127.0.0.1:1/"]);
    home.run(&["check", "bolt"]);
    let all = home.json(&["readiness"]);
    let lights: Vec<&str> = all.as_array().unwrap().iter().map(|c| c["light"].as_str().unwrap()).collect();
    assert_eq!(lights, ["unknown"], "{all}");
    let one = home.json(&["readiness", "acme"]);
    assert_eq!(one[0]["light"], "not_configured");
    let said = home.ok(&["readiness"]);
    assert!(said.contains("bolt") && said.contains("unknown") && said.contains("last run"), "{said}");
}
