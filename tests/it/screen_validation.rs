//! The solution architect's work by keys alone: the board, the checks run again, go, and the release.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli_bench::{Home, NOW, SMALL};
use crate::terminal::{Launch, Terminal};

/// A website that is up when it is told to be.
async fn site(up: Arc<AtomicBool>) -> SocketAddr {
    let app = axum::Router::new().fallback(async move || {
        let status = if up.load(Ordering::SeqCst) { 200 } else { 503 };
        axum::http::StatusCode::from_u16(status).unwrap()
    });
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Everything done and signed; the only check has never passed, and is asked by itself once an hour.
fn done(address: SocketAddr) -> Home {
    let home = Home::new();
    let slow = SMALL.replace("every = \"5s\"\nttl = \"10m\"", "every = \"1h\"\nttl = \"2h\"");
    assert_ne!(slow, SMALL);
    let runbook = home.write("small.toml", slow);
    home.ok(&["new", &runbook, "Acme Ltd", "--id", "acme", "--target", "2026-12-12"]);
    home.ok(&["assign", "acme", "dev", "Lin Chen"]);
    home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen", "--evidence", "scan-7.pdf"]);
    home.ok(&["tick", "acme", "site-up", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["tick", "acme", "button"]);
    home.ok(&["tick", "acme", "button", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["sign", "acme", "last", "--as", "lead"]);
    home.ok(&["set", "acme", &format!("site=http://{address}/")]);
    home
}

fn screen(home: &Home) -> Terminal {
    let folder = home.path(".");
    let launch = Launch::new(env!("CARGO_BIN_EXE_golive")).home(&folder).arg("open").arg("acme");
    let launch = launch.env("GOLIVE_HOME", &folder).env("GOLIVE_NAME", "Dana Ruiz");
    launch.env("GOLIVE_NOW", NOW).env("TZ", "UTC").size(120, 40).start()
}

fn keygen(folder: &Path) -> bool {
    let beside = |ending: &str| folder.join(format!("acme.release.json{ending}"));
    let signers = std::fs::read_to_string(beside(".allowed_signers")).unwrap();
    let principal = signers.split(' ').next().unwrap();
    Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "golive-release", "-I", principal, "-f"])
        .arg(beside(".allowed_signers"))
        .arg("-s")
        .arg(beside(".sig"))
        .stdin(std::fs::File::open(beside("")).unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_go_is_decided_by_keys_alone_and_its_release_can_be_verified() {
    let up = Arc::new(AtomicBool::new(false));
    let address = site(Arc::clone(&up)).await;
    tokio::task::block_in_place(|| {
        let home = done(address);
        let terminal = screen(&home);
        terminal.wait_for_text("Preparation");
        terminal.send("6");
        let unknown = terminal.wait_for_text("? UNKNOWN");
        assert!(unknown.text().contains("never passed"), "{}", unknown.text());
        // A go is refused as long as nobody knows.
        terminal.send("g");
        terminal.wait_for_text("Go: live traffic may flow");
        terminal.send("\r");
        let refused = terminal.wait_for_text("Not possible");
        assert!(refused.text().contains("These must be run again"), "{}", refused.text());
        terminal.send("\x1b");
        terminal.wait_for("the board", |s| !s.text().contains("Not possible"));

        up.store(true, Ordering::SeqCst);
        terminal.send("c");
        terminal.wait_for_text("1 check run: 1 pass");
        let ready = terminal.wait_for_text("✓ READY");
        assert!(ready.text().contains("fresh, <1 min"), "{}", ready.text());
        terminal.send("\r");
        terminal.wait_for_text("chain, signatures and rights are good");
        terminal.send("\x1b");
        terminal.wait_for("the board", |s| !s.text().contains("rights are good"));

        terminal.send("g");
        terminal.wait_for_text("Go: live traffic may flow");
        terminal.send("\r");
        terminal.wait_for_text("Go: why?");
        terminal.send("all is well\r");
        terminal.wait_for_text("where does the release go?");
        terminal.send("\r");
        terminal.wait_for_text("Decide go for Acme Ltd?");
        terminal.send("y");
        terminal.wait_for_text("golive verify acme.release.json");
        terminal.send("\x1b");
        // Both keys at once would be another key.
        let after = terminal.wait_for("the board", |s| !s.text().contains("golive verify"));
        assert!(after.text().contains("go by Dana Ruiz"), "{}", after.text());
        terminal.send("q");
        assert!(terminal.wait_exit().success());

        let folder = home.path(".");
        let path = folder.join("acme.release.json");
        let verified = home.ok(&["verify", path.to_str().unwrap()]);
        assert!(verified.contains("go decided by Dana Ruiz as lead"), "{verified}");
        assert!(verified.contains("because: all is well"), "{verified}");
        assert!(keygen(&folder));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_shown_then_done_by_keys_alone() {
    let address = site(Arc::default()).await;
    tokio::task::block_in_place(|| {
        let home = done(address);
        let next = SMALL
            .replace("version = \"1\"", "version = \"2\"")
            .replace("every = \"5s\"\nttl = \"10m\"", "every = \"1h\"\nttl = \"2h\"")
            .replace("title = \"Papers are in\"", "title = \"Papers are in and checked\"");
        home.write("next.toml", next);
        let terminal = screen(&home);
        terminal.wait_for_text("Preparation");
        terminal.send("U");
        terminal.wait_for_text("Go over to another version of the runbook");
        terminal.send("next.toml\r");
        let plan = terminal.wait_for_text("Go over to it?");
        assert!(plan.text().contains("no longer counts: the tick of papers by Lin Chen"), "{}", plan.text());
        terminal.send("y");
        terminal.wait_for_text("went on with runbook version 2");
        terminal.send("q");
        assert!(terminal.wait_exit().success());
        assert!(home.ok(&["status", "acme"]).contains("version 2"));
    });
}
