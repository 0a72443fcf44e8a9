//! What is refused, and how it is told.

use crate::cli_bench::Home;

#[test]
fn ticking_in_stage_one_before_kyc_is_approved_names_the_blocker_its_role_and_its_people() {
    let home = Home::new();
    home.ok(&["new", "paymentsai", "Acme", "--id", "acme"]);
    home.ok(&["assign", "acme", "business", "Ann Lee"]);
    home.ok(&["assign", "acme", "compliance", "Ida Berg"]);
    for item in ["invited", "joined", "kyc-submitted"] {
        let who = if item == "invited" { "Dana Ruiz" } else { "Ann Lee" };
        home.ok(&["tick", "acme", item, "--on-behalf-of", who]);
    }
    let before = home.json(&["status", "acme"])["seq"].clone();
    for item in ["goals", "architecture", "matrix-reviewed", "kickoff-scheduled", "matrix-confirmed"] {
        let error = home.fails(4, &["tick", "acme", item, "--on-behalf-of", "Ann Lee"]);
        assert!(error.contains("stage 'Discovery' (discovery) is shut"), "{error}");
        assert!(error.contains("KYC is approved (kyc-approved): not ticked"), "{error}");
        assert!(error.contains("waits for PAI Compliance (Ida Berg)"), "{error}");
    }
    assert_eq!(home.json(&["status", "acme"])["seq"], before);
    home.ok(&["tick", "acme", "kyc-approved", "--on-behalf-of", "Ida Berg"]);
    home.ok(&["tick", "acme", "goals", "--on-behalf-of", "Ann Lee"]);
}

#[test]
fn a_role_that_nobody_holds_is_told_with_how_to_fill_it() {
    let home = Home::with_acme();
    home.ok(&["unassign", "acme", "dev", "Lin Chen"]);
    let error = home.fails(4, &["tick", "acme", "hello"]);
    assert!(
        error.contains("it takes Developer, and nobody holds it yet: golive assign acme dev NAME"),
        "{error}"
    );
}

#[test]
fn a_role_that_the_user_does_not_hold_is_refused_with_the_people_who_do() {
    let home = Home::with_acme();
    let error = home.fails(4, &["tick", "acme", "hello"]);
    assert!(error.contains("Developer: Lin Chen"), "{error}");
    assert!(error.contains("--on-behalf-of"), "{error}");
}

#[test]
fn wrong_ids_are_answered_with_the_nearest_ones() {
    let home = Home::with_acme();
    let cases: [(&[&str], &str); 9] = [
        (&["status", "amce"], "did you mean 'acme'?"),
        (&["tick", "acme", "helo"], "did you mean 'hello'?"),
        (&["tick", "acme", "papers/fron"], "it has front, back"),
        (&["assign", "acme", "dve", "Lin"], "did you mean 'dev'?"),
        (&["set", "acme", "sit=https://x"], "did you mean 'site'?"),
        (&["decide", "acme", "descripto", "A"], "did you mean 'descriptor'?"),
        (&["gate", "acme", "--stage", "lats"], "did you mean 'last'?"),
        (&["check", "acme", "site-upp"], "did you mean 'site-up'?"),
        (&["new", "paymentai", "X"], "did you mean 'paymentsai'?"),
    ];
    for (args, hint) in cases {
        let error = home.fails(2, args);
        assert!(error.contains(hint), "{args:?}: {error}");
    }
}

#[test]
fn words_that_cannot_be_are_mistakes_of_usage() {
    let home = Home::with_acme();
    let long = "x".repeat(3000);
    let cases: [&[&str]; 16] = [
        &["frobnicate"],
        &["tick"],
        &["tick", "acme", "a/b/c"],
        &["status", "../etc"],
        &["set", "acme", "site"],
        &["target", "acme", "tomorrow"],
        &["waive", "acme", "papers", "--reason", "x", "--until", "2020-01-01"],
        &["note", "acme", "hello", " "],
        &["note", "acme", "--engagement", " "],
        &["note", "acme", "hello"],
        &["note", "acme", "hello", &long],
        &["assign", "acme", "dev", " "],
        &["secret", "acme", "key"],
        &["secret", "acme", "key", "--env", "sk=live"],
        &["--store", "postgres://localhost/x", "list"],
        &["--config", "/nowhere.toml", "list"],
    ];
    let before = home.json(&["status", "acme"])["seq"].clone();
    for args in cases {
        home.fails(2, args);
    }
    assert_eq!(home.json(&["status", "acme"])["seq"], before);
}

#[test]
fn hostile_text_never_reaches_the_terminal_raw() {
    let home = Home::with_acme();
    let hostile = "a\u{1b}[2J\u{9b}31m\u{7}\u{9d}\u{7f}\u{202e}b";
    let runbook = home.path("small.toml");
    home.ok(&["new", runbook.to_str().unwrap(), hostile, "--id", "evil"]);
    home.ok(&["note", "evil", "hello", hostile]);
    home.ok(&["assign", "evil", "dev", "Lin Chen"]);
    for args in [
        &["list"][..],
        &["status", "evil"],
        &["log", "evil"],
        &["list", "--json"],
        &["list", "--format", "json"],
        &["status", "evil", "--json"],
        &["log", "evil", "--json"],
        &["log", "evil", "--event", "5", "--json"],
        &["gate", "evil", "--json"],
        &["validate", "evil", "--json"],
        &["work", "--json"],
        &["report", "evil", "--format", "json"],
        &["note", "evil", "hello", hostile, "--json"],
        &["why", "evil"],
        &["tick", "evil", hostile],
        &["new", hostile, "X"],
        &["check", "evil", hostile],
        &["lint", hostile],
        &["--store", hostile, "status", "evil", hostile],
    ] {
        let said = home.run(args);
        for text in [&said.out, &said.err] {
            let raw = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(raw, None, "{args:?}: {text:?}");
        }
    }
    // The value is the same all the same.
    assert_eq!(home.json(&["status", "evil"])["name"], hostile);
    let log = home.ok(&["log", "evil", "--json"]);
    let note = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&log).unwrap()).unwrap();
    assert!(note.contains(&serde_json::to_string(hostile).unwrap()), "{note}");
}

#[test]
fn no_value_of_a_secret_is_kept_or_said() {
    let home = Home::new();
    home.ok(&["new", "paymentsai", "Acme", "--id", "acme"]);
    let file = home.write("key.txt", "stage_demo_hidden\n");
    home.ok(&["secret", "acme", "stage_api_key", "--file", &file]);
    for args in [&["log", "acme", "--json"][..], &["status", "acme", "--json"], &["-vv", "check", "acme"]] {
        let said = home.run(args);
        assert!(!(said.out + &said.err).contains("stage_demo_hidden"), "{args:?}");
    }
    let store = std::fs::read(home.path("golive.db")).unwrap();
    assert!(!String::from_utf8_lossy(&store).contains("stage_demo_hidden"));
}

#[test]
fn the_screen_needs_a_terminal_and_says_what_does_not() {
    let home = Home::with_acme();
    for args in [&[][..], &["open"], &["open", "acme"]] {
        let error = home.fails(2, args);
        assert!(error.contains("golive list"), "{error}");
    }
}
