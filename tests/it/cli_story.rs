//! An engagement from its beginning to its last gate, typed.

use std::fmt::Write as _;

use crate::cli_bench::{Home, SMALL};

/// Runs commands one after the other and writes down what was typed and what came back.
fn transcript(home: &Home, lines: &[&[&str]]) -> String {
    let mut out = String::new();
    for args in lines {
        let said = home.run(args);
        writeln!(out, "$ golive {}\n{}{}[{}]\n", args.join(" "), said.out, said.err, said.code).unwrap();
    }
    out
}

#[test]
fn an_engagement_goes_from_its_beginning_to_an_open_last_gate() {
    let home = Home::new();
    let runbook = home.write("small.toml", SMALL);
    let story = transcript(
        &home,
        &[
            &["new", &runbook, "Acme Ltd", "--target", "2026-12-12"],
            &["assign", "acme-ltd", "dev", "Lin Chen"],
            &["list"],
            &["status", "acme-ltd"],
            &["why", "acme-ltd", "last"],
            &["tick", "acme-ltd", "button"],
            &[
                "tick",
                "acme-ltd",
                "papers/front",
                "--on-behalf-of",
                "Lin Chen",
                "--note",
                "looks good",
                "--evidence",
                "scan-7.pdf",
            ],
            &["tick", "acme-ltd", "papers", "--on-behalf-of", "Lin Chen"],
            &["untick", "acme-ltd", "papers/back"],
            &["undo", "acme-ltd"],
            &["na", "acme-ltd", "hello", "--reason", "known for years"],
            &["tick", "acme-ltd", "site-up", "--on-behalf-of", "Lin Chen"],
            &["gate", "acme-ltd", "--stage", "last"],
            &["tick", "acme-ltd", "button"],
            &["tick", "acme-ltd", "button", "--on-behalf-of", "Lin Chen"],
            &["gate", "acme-ltd"],
            &["sign", "acme-ltd", "last", "--as", "lead"],
            &["gate", "acme-ltd"],
            &["status", "acme-ltd"],
            &["log", "acme-ltd"],
            &["verify", "acme-ltd"],
        ],
    );
    home.settings().bind(|| insta::assert_snapshot!("story", story));
}

#[test]
fn fields_decisions_and_the_target_are_typed_facts() {
    let home = Home::with_acme();
    let facts = transcript(
        &home,
        &[
            &["set", "acme", "site=https://shop.example"],
            &["set", "acme", "site=shop"],
            &["secret", "acme", "key", "--env", "KEY"],
            &["secret", "acme", "key"],
            &["decide", "acme", "descriptor", "ACME SHOP"],
            &["decide", "acme", "descriptor", "ACME*SHOP"],
            &["decide", "acme", "descriptor", "--confirm"],
            &["target", "acme", "none"],
            &["target", "acme", "2027-01-15"],
            &["waive", "acme", "papers", "--reason", "on the way", "--until", "2026-12-01"],
            &["waive", "acme", "papers", "--grant"],
            &["reject", "acme", "papers", "--reason", "unreadable"],
            &["note", "acme", "papers", "called twice"],
            &["note", "acme", "--engagement", "the kickoff is on Monday"],
        ],
    );
    home.settings().bind(|| insta::assert_snapshot!("facts", facts));
}

#[test]
fn the_shapes_of_json_stay() {
    let home = Home::with_acme();
    home.ok(&["decide", "acme", "descriptor", "ACME"]);
    let mut shapes = String::new();
    for args in [
        &["status", "acme"][..],
        &["list"],
        &["why", "acme", "last"],
        &["log", "acme"],
        &["verify", "acme"],
        &["note", "acme", "hello", "hi"],
        &["whoami"],
        &["runbooks"],
    ] {
        writeln!(shapes, "$ golive {}\n{:#}\n", args.join(" "), home.json(args)).unwrap();
    }
    let gate = home.run(&["gate", "acme", "--json"]);
    write!(shapes, "$ golive gate acme [{}]\n{}", gate.code, gate.out).unwrap();
    home.settings().bind(|| insta::assert_snapshot!("json", shapes));
}

#[test]
fn a_gate_writes_a_report_for_pipelines() {
    let home = Home::with_acme();
    home.ok(&["na", "acme", "hello", "--reason", "known"]);
    let file = home.path("junit.xml");
    let said = home.run(&["gate", "acme", "--junit", file.to_str().unwrap()]);
    assert_eq!(said.code, 1);
    let report = std::fs::read_to_string(file).unwrap();
    home.settings().bind(|| insta::assert_snapshot!("junit", report));
}

#[test]
fn help_tells_every_command() {
    let home = Home::new();
    let help = home.ok(&["--help"]);
    home.settings().bind(|| insta::assert_snapshot!("help", help));
    assert!(home.ok(&["--version"]).starts_with("golive "));
}

#[test]
fn a_person_with_a_key_of_their_own_signs_alone() {
    let home = Home::with_acme();
    let lin = |args: &[&str]| {
        let mut command =
            home.command(&[&["--store", home.path("golive.db").to_str().unwrap()], args].concat());
        command.env("GOLIVE_HOME", home.path("lin")).env("GOLIVE_NAME", "Lin Chen");
        crate::cli_bench::Said::of(command.output().unwrap())
    };
    let refused = lin(&["tick", "acme", "hello"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("golive whoami"), "{refused:?}");
    let whoami: serde_json::Value = serde_json::from_str(&lin(&["whoami", "--json"]).out).unwrap();
    let key = home.write("lin.pub", whoami["public_key"].as_str().unwrap());
    home.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &key]);
    let ticked = lin(&["tick", "acme", "hello"]);
    assert_eq!((ticked.code, ticked.err.as_str()), (0, ""));
    let log = home.ok(&["log", "acme"]);
    assert!(log.contains("ticked First contact as Developer"), "{log}");
    let verified = home.json(&["verify", "acme"]);
    assert_eq!(verified["authors"]["Lin Chen"], 1);
}
