//! Whole days by keys alone: the consultant's morning over 200 merchants, and a merchant's own day. The kickoff
//! itself stands in `kickoff.rs`, the architect's validation in `screen_validation.rs`.

use tempfile::TempDir;

use crate::screen_bench::Home;

const ENTER: &str = "\r";

#[test]
fn a_consultant_finds_who_is_stuck_among_two_hundred_and_opens_the_kickoff() {
    let home = Home::with_acme();
    for n in 1..200 {
        home.run(&["new", "paymentsai", &format!("Merchant {n}"), "--target", "2027-06-30"]);
    }
    let terminal = home.screen().size(160, 40).start();
    terminal.wait_for("all merchants", |s| s.text().contains("200 engagements"));
    // Who is due next stands first, with whom they wait for and for how long.
    let screen = terminal.wait_for_text("Acme Ltd");
    let text = screen.text();
    let acme =
        text.lines().find(|line| line.contains("Acme Ltd") && line.contains("0/42")).unwrap_or_default();
    assert!(acme.contains("Integration Consultant") && acme.contains("<1m"), "{acme}\n{text}");
    terminal.send("/");
    terminal.send("merchant 17");
    terminal.wait_for("few are left", |s| s.text().contains("Merchant 17") && !s.text().contains("Acme Ltd"));
    terminal.send("\x1b");
    terminal.wait_for_text("Acme Ltd");
    terminal.send("/");
    terminal.send("acme");
    terminal.wait_for("Acme alone", |s| s.text().contains("Acme Ltd") && !s.text().contains("Merchant 1"));
    terminal.send(ENTER);
    terminal.send(ENTER);
    terminal.wait_for_text("0 Invitation and KYC");
    terminal.send("4");
    terminal.wait_for_text("Who is here");
    terminal.send("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn a_merchant_sees_what_is_theirs_and_why_a_stage_is_shut() {
    let home = Home::with_acme();
    // Lin Chen has a machine of their own, and a key of their own.
    let lin = TempDir::new().expect("a folder");
    let store = std::fs::read_dir(home.folder()).expect("a folder");
    let store = store.flatten().map(|f| f.path()).find(|f| f.extension().is_some_and(|e| e == "db"));
    let store = store.expect("a store");
    let screen = || {
        home.screen()
            .env("GOLIVE_HOME", lin.path())
            .env("GOLIVE_STORE", &store)
            .env("GOLIVE_NAME", "Lin Chen")
    };
    let me = std::process::Command::new(env!("CARGO_BIN_EXE_golive"))
        .args(["whoami", "--json"])
        .env_clear()
        .env("GOLIVE_HOME", lin.path())
        .env("GOLIVE_STORE", &store)
        .env("GOLIVE_NAME", "Lin Chen")
        .output()
        .expect("golive runs");
    let me: serde_json::Value = serde_json::from_slice(&me.stdout).expect("JSON");
    let key = lin.path().join("lin.pub");
    std::fs::write(&key, me["public_key"].as_str().unwrap_or_default()).expect("a file");
    home.run(&["assign", "acme", "business", "Lin Chen", "--key", &key.display().to_string()]);

    let terminal = screen().arg("open").arg("acme").size(120, 40).start();
    let text = terminal.wait_for_text("0 Invitation and KYC").text();
    assert!(text.contains("Lin Chen"), "{text}");
    // What is theirs.
    terminal.send("3");
    let text = terminal.wait_for("what waits for Lin", |s| s.text().contains("My work")).text();
    assert!(!text.contains("PAI Compliance:"), "{text}");
    terminal.send("1");
    terminal.wait_for_text("1 of 1");
    terminal.send(ENTER);
    terminal.wait_for_text("0 Invitation and KYC");
    // Why a stage is shut, and what the provider owes.
    terminal.send("\x1b[Z");
    terminal.send("j");
    terminal.wait_for_text("1 Discovery ─");
    terminal.send("b");
    let text = terminal.wait_for_text("is shut").text();
    assert!(text.contains("PAI Compliance"), "{text}");
    terminal.send("\x1b");
    terminal.wait_for("the window has gone", |s| !s.text().contains("is shut: what is open"));
    terminal.send("q");
    assert!(terminal.wait_exit().success());
}
