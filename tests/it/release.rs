//! A release from the decision to the auditor, through the command line and `ssh-keygen`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::cli_bench::{Home, Said};

/// Everything done and signed, with no live check that could be stale.
fn ready() -> Home {
    let home = Home::with_acme();
    home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen", "--evidence", "scan-7.pdf"]);
    home.ok(&["tick", "acme", "site-up", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["tick", "acme", "button"]);
    home.ok(&["tick", "acme", "button", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["sign", "acme", "last", "--as", "lead"]);
    home
}

fn file(home: &Home, name: &str) -> String {
    home.path(name).to_str().unwrap().to_owned()
}

/// The program on a machine that has never seen the engagement: another home, no name, no store.
fn auditor(folder: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golive"));
    command.args(args).env_clear().env("GOLIVE_HOME", folder).stdin(Stdio::null());
    Said::of(command.output().unwrap())
}

#[test]
fn an_auditor_checks_a_release_without_a_store_and_with_ssh_keygen_alone() {
    let home = ready();
    let path = file(&home, "acme.release.json");
    let said = home.ok(&["release", "acme", "-o", &path]);
    assert!(said.contains("acme: go, decided by Dana Ruiz"), "{said}");

    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["", ".sig", ".allowed_signers"] {
        std::fs::copy(format!("{path}{name}"), elsewhere.path().join(format!("r.json{name}"))).unwrap();
    }
    let copy = elsewhere.path().join("r.json");
    let verified = auditor(elsewhere.path(), &["verify", copy.to_str().unwrap()]);
    assert_eq!((verified.code, verified.err.as_str()), (0, ""), "{verified:?}");
    assert!(verified.out.contains("go decided by Dana Ruiz as lead"), "{verified:?}");

    let principal = std::fs::read_to_string(format!("{path}.allowed_signers")).unwrap();
    let principal = principal.split(' ').next().unwrap();
    let keygen = |artefact: &Path| {
        Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", "golive-release", "-I", principal])
            .args(["-f", &format!("{path}.allowed_signers"), "-s", &format!("{path}.sig")])
            // The keys spoke for these people when they signed, whatever the clock of this machine says.
            .arg("-Overify-time=20261121090000Z")
            .stdin(std::fs::File::open(artefact).unwrap())
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(keygen(&copy));
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&copy, bytes).unwrap();
    assert!(!keygen(&copy));
    let refused = auditor(elsewhere.path(), &["verify", copy.to_str().unwrap()]);
    assert!([1, 2].contains(&refused.code), "{refused:?}");

    let whole = home.ok(&["verify", "acme", "--against", &path]);
    assert!(whole.contains("passes through event"), "{whole}");
}

#[test]
fn a_decision_made_twice_is_the_same_bytes_and_nothing_is_overwritten() {
    let home = ready();
    let (first, second) = (file(&home, "a.json"), file(&home, "b.json"));
    home.ok(&["release", "acme", "-o", &first]);
    let seq = home.json(&["status", "acme"])["seq"].clone();
    let again = home.json(&["release", "acme", "-o", &second]);
    assert_eq!(again["again"], true);
    home.ok(&["release", "acme", "-o", &first]);
    home.ok(&["release", "acme", "-o", &first, "--force"]);
    assert_eq!(home.json(&["status", "acme"])["seq"], seq);
    for ending in ["", ".sig", ".allowed_signers"] {
        let read = |path: &str| std::fs::read(format!("{path}{ending}")).unwrap();
        assert_eq!(read(&first), read(&second), "{ending}");
    }
    let taken = home.fails(2, &["release", "acme", "--no-go", "--reason", "wait", "-o", &first]);
    assert!(taken.contains("nothing was decided"), "{taken}");
    assert_eq!(home.json(&["status", "acme"])["seq"], seq);
}

#[test]
fn go_is_refused_while_the_last_gate_is_shut_and_a_no_go_lists_the_blockers() {
    let home = Home::with_acme();
    let path = file(&home, "r.json");
    let refused = home.fails(4, &["release", "acme", "-o", &path]);
    assert!(refused.contains("Papers are in (papers)"), "{refused}");
    assert!(!home.path("r.json").exists());
    home.fails(2, &["release", "acme", "-o", &path, "--no-go"]);
    home.ok(&["release", "acme", "-o", &path, "--no-go", "--reason", "papers are missing"]);
    let verified = home.run(&["verify", &path]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.out.contains("because: papers are missing"), "{verified:?}");
    let status = home.ok(&["status", "acme"]);
    assert!(status.contains("no-go decided by Dana Ruiz"), "{status}");
}

#[test]
fn places_that_cannot_be_written_to_are_found_before_anything_is_decided() {
    let home = ready();
    let seq = home.json(&["status", "acme"])["seq"].clone();
    let folder = file(&home, ".");
    let nowhere = file(&home, "no/r.json");
    let mine = home.write("mine.json", "mine");
    for path in [folder.as_str(), &nowhere, &mine, "/"] {
        home.fails(2, &["release", "acme", "-o", path]);
    }
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "mine");
    assert_eq!(home.json(&["status", "acme"])["seq"], seq);
}

#[test]
fn what_is_no_release_is_refused_without_a_panic() {
    let home = Home::new();
    let deep = "[".repeat(200_000);
    for text in
        ["", "{}", "null", "\u{1b}[2J", deep.as_str(), r#"{"payloadType":"x","payload":"","signatures":[]}"#]
    {
        let path = home.write("x.json", text);
        let error = home.fails(2, &["verify", &path]);
        assert!(error.contains("is no release"), "{error}");
        assert!(!error.contains('\u{1b}'));
    }
    home.fails(2, &["verify", "/dev/zero"]);
    home.fails(2, &["verify", "./nothing.json"]);
    home.fails(2, &["verify", "."]);
}
