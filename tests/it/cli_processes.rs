//! Several processes, and readers who leave.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::cli_bench::Home;

#[test]
fn two_processes_on_one_store_see_each_others_events() {
    let home = Home::with_acme();
    let writers: Vec<_> = (0..6)
        .map(|n| {
            let text = format!("note {n}");
            home.command(&["note", "acme", "hello", &text]).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let log = home.ok(&["log", "acme"]);
    assert!((0..6).all(|n| log.contains(&format!("note {n}"))), "{log}");
    assert!(home.json(&["verify", "acme"])["whole"].as_bool().unwrap());
}

#[test]
fn a_watching_process_tells_what_another_one_appends_and_ends_when_told() {
    let home = Home::with_acme();
    let mut watch = home
        .command(&["watch", "acme", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(watch.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("watching"), "{line}");
    home.ok(&["note", "acme", "hello", "hi"]);
    let seq = home.json(&["status", "acme"])["seq"].as_u64().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let told: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((told["engagement"].as_str(), told["seq"].as_u64()), (Some("acme"), Some(seq)));
    let pid = pid_of(&watch);
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(watch.wait().unwrap().success());
}

fn pid_of(child: &std::process::Child) -> String {
    child.id().to_string()
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let home = Home::with_acme();
    for n in 0..3 {
        home.ok(&["note", "acme", "hello", &format!("{n} {}", "x".repeat(1900))]);
    }
    let mut log = home
        .command(&["log", "acme", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(log.stdout.take());
    let mut said = String::new();
    log.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((log.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn output_that_does_not_fit_anywhere_is_an_error() {
    let home = Home::with_acme();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said = home.command(&["log", "acme"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let said = said.wait_with_output().unwrap();
    assert_eq!(said.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&said.stderr).starts_with("error: "));
}
