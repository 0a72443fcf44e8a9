//! Whole days by keys alone: the consultant's over 200 merchants, a merchant's, and an architect's. The kickoff
//! itself stands in `kickoff.rs`, what an architect meets on the way to a decision in `screen_validation.rs`.

use tempfile::TempDir;

use crate::screen_bench::Home;
use crate::terminal::Launch;

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
    // Not a word of it that stands elsewhere as well: an Escape before the window is there closes nothing.
    let text = terminal.wait_for_text("is shut: what is open").text();
    assert!(text.contains("PAI Compliance"), "{text}");
    terminal.send("\x1b");
    terminal.wait_for("the window has gone", |s| !s.text().contains("is shut: what is open"));
    terminal.send("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn an_architect_takes_a_merchant_of_the_rehearsal_live() {
    let home = TempDir::new().expect("a folder");
    let launch = Launch::new(env!("CARGO_BIN_EXE_golive")).arg("demo").home(home.path());
    let terminal = launch.size(160, 45).start();
    terminal.wait_for_text("Cobalt Cycles");
    terminal.send(ENTER);
    terminal.wait_for_text("11 of 14");
    // What is left is ticked by those in the room; each refusal leads to the next.
    for done in ["12 of 14", "13 of 14", "14 of 14"] {
        terminal.send("s");
        terminal.wait_for_text("cannot be signed");
        terminal.send(ENTER);
        terminal.wait_for("the window has gone", |s| !s.text().contains("cannot be signed"));
        terminal.send(" ");
        terminal.wait_for_text(done);
    }
    terminal.send("s");
    terminal.wait_for_text("every stage is complete");
    // The board, after every live check has been run again against the simulator.
    terminal.send("6");
    terminal.wait_for_text("Go/no-go");
    terminal.send("c");
    terminal.wait_for_text("checks run: ");
    terminal.wait_for_text("✓ READY");
    terminal.send(ENTER);
    terminal.wait_for_text("chain, signatures and rights are");
    terminal.send("\x1b");
    terminal.wait_for("the board", |s| !s.text().contains("signatures and rights"));
    terminal.send("g");
    terminal.wait_for_text("Go: live traffic may flow");
    terminal.send(ENTER);
    terminal.wait_for_text("Go: why?");
    terminal.send("all is proven\r");
    terminal.wait_for_text("where does the release go?");
    terminal.send("\x15");
    let release = home.path().join("cobalt.release.json");
    terminal.send(release.display().to_string());
    terminal.send(ENTER);
    terminal.wait_for_text("Decide go for Cobalt Cycles?");
    terminal.send("y");
    terminal.wait_for_text("golive verify");
    terminal.send("\x1b");
    terminal.wait_for("the board", |s| !s.text().contains("golive verify"));
    terminal.send("q");
    assert!(terminal.wait_exit().success());
    // Somebody else, with nothing but the file.
    let elsewhere = TempDir::new().expect("a folder");
    let verified = std::process::Command::new(env!("CARGO_BIN_EXE_golive"))
        .arg("verify")
        .arg(&release)
        .env_clear()
        .env("GOLIVE_HOME", elsewhere.path())
        .output()
        .expect("golive runs");
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success() && said.contains("because: all is proven"), "{said}");
}
