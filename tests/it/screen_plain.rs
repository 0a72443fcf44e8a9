//! The program for people who listen to it: lines in, lines out, no terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::screen_bench::Home;

/// What golive says to some lines.
fn session(home: &Home, arguments: &[&str], lines: &str) -> String {
    let mut golive = Command::new(env!("CARGO_BIN_EXE_golive"))
        .args(arguments)
        .env_clear()
        .envs([("GOLIVE_NAME", "Dana Ruiz"), ("GOLIVE_NOW", "2026-11-21T12:06:00Z"), ("TZ", "UTC")])
        .env("GOLIVE_HOME", home.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("golive starts");
    let mut input = golive.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("it listens");
    drop(input);
    let output = golive.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_day_in_plain_lines() {
    let home = Home::with_acme();
    let said = session(&home, &["--plain"], "open\ntick\ndown\nnote\nthey have the papers\n2\nquit\n");
    assert!(said.contains("Acme Ltd"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    let log = home.run(&["log", "acme"]);
    assert!(log.contains("ticked"), "{log}");
    assert!(log.contains("they have the papers"), "{log}");
}

#[test]
fn a_shut_stage_says_what_holds_it() {
    let home = Home::with_acme();
    let said = session(&home, &["open", "acme", "--plain"], "shift-tab\ndown\nwhy\n");
    assert!(said.contains("1 Discovery is shut"), "{said}");
    assert!(said.contains("PAI Compliance"), "{said}");
}

#[test]
fn what_was_asked_for_is_done_although_the_input_ends() {
    let home = Home::with_acme();
    session(&home, &["open", "acme", "--plain"], "tick");
    assert!(home.run(&["log", "acme"]).contains("ticked"));
}
