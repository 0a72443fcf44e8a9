//! The board of a go/no-go on the command line.

use crate::cli_bench::Home;

#[test]
fn the_board_says_what_the_gate_says_and_what_each_criterion_rests_on() {
    let home = Home::with_acme();
    home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen", "--evidence", "scan-7.pdf"]);
    let said = home.run(&["validate", "acme"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(home.run(&["gate", "acme"]).code, 1);
    home.settings().bind(|| insta::assert_snapshot!("board-shut", said.out));

    home.ok(&["tick", "acme", "site-up", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["tick", "acme", "button"]);
    home.ok(&["tick", "acme", "button", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["sign", "acme", "last", "--as", "lead"]);
    let board = home.json(&["validate", "acme"]);
    assert_eq!((board["verdict"].as_str(), board["counts"]["signed"].as_u64()), (Some("READY"), Some(4)));
    for criterion in board["criteria"].as_array().unwrap() {
        assert_eq!(criterion["holds"], true);
        assert!(!criterion["proof"]["events"].as_array().unwrap().is_empty(), "{criterion}");
    }
    home.settings().bind(|| insta::assert_snapshot!("board-ready", home.ok(&["validate", "acme"])));
    assert_eq!(home.json(&["validate", "acme", "--open"])["criteria"].as_array().unwrap().len(), 0);
}

#[test]
fn a_check_that_nobody_can_ask_leaves_the_board_unknown_and_is_named() {
    let home = Home::with_acme();
    home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["tick", "acme", "site-up", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["tick", "acme", "button"]);
    home.ok(&["tick", "acme", "button", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["sign", "acme", "last", "--as", "lead"]);
    // From now on the check can run, and nobody answers.
    home.ok(&["set", "acme", "site=http://127.0.0.1:9/"]);
    for args in [&["validate", "acme"][..], &["validate", "acme", "--run"]] {
        let said = home.run(args);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(
            said.out.contains("UNKNOWN") && said.out.contains("check site has no fresh pass"),
            "{said:?}"
        );
    }
    let board = home.run(&["validate", "acme", "--json"]);
    let board: serde_json::Value = serde_json::from_str(&board.out).unwrap();
    assert_eq!((board["verdict"].as_str(), board["counts"]["stale"].as_u64()), (Some("UNKNOWN"), Some(1)));
}
