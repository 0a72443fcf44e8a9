//! What must be fresh, asked again on the way: `gate --run`, `release --run`; and what is about to end.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::http::StatusCode;

use crate::cli_bench::{Home, SMALL, Said};

/// Half an hour after the clock of the other commands: longer than a check stays fresh.
const LATER: &str = "2026-11-21T09:30:00Z";

/// A website whose answer can be changed.
struct Site {
    address: SocketAddr,
    status: Arc<AtomicU16>,
}

impl Site {
    async fn new() -> Self {
        let status = Arc::new(AtomicU16::new(200));
        let answer = Arc::clone(&status);
        let app = axum::Router::new()
            .fallback(async move || StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap());
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, status }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Everything done and signed, the check of the website included.
    fn ready(&self) -> Home {
        let home = Home::with_acme();
        home.ok(&["set", "acme", &format!("site=http://{}/", self.address)]);
        home.ok(&["na", "acme", "hello", "--reason", "known for years"]);
        home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
        home.ok(&["check", "acme", "site-up"]);
        home.ok(&["tick", "acme", "button"]);
        home.ok(&["tick", "acme", "button", "--on-behalf-of", "Lin Chen"]);
        home.ok(&["sign", "acme", "last", "--as", "lead"]);
        home
    }
}

/// Runs the program beside the website, which needs the runtime's threads meanwhile.
fn beside<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

fn at(home: &Home, now: &str, args: &[&str]) -> Said {
    Said::of(home.command(args).env("GOLIVE_NOW", now).output().unwrap())
}

fn done(home: &Home) -> serde_json::Value {
    home.json(&["status", "acme"])["done"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_that_is_run_asks_what_is_not_fresh_again_and_opens_on_a_pass() {
    let site = Site::new().await;
    beside(|| {
        let home = site.ready();
        assert_eq!(home.run(&["gate", "acme"]).code, 0);
        let stale = at(&home, LATER, &["gate", "acme"]);
        assert_eq!(stale.code, 3, "{stale:?}");
        assert!(stale.out.contains("golive gate acme --run asks them again first"), "{stale:?}");
        let run = at(&home, LATER, &["gate", "acme", "--run", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!((run.code, &json["standing"]), (0, &"open".into()), "{run:?}");
        // What it learnt stays.
        assert_eq!(at(&home, LATER, &["gate", "acme"]).code, 0);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_that_is_run_stays_unknown_when_nobody_can_say_and_shuts_on_a_fail() {
    let site = Site::new().await;
    beside(|| {
        let home = site.ready();
        let before = done(&home);
        site.answers(503);
        let unknown = at(&home, LATER, &["gate", "acme", "--run"]);
        assert_eq!(unknown.code, 3, "{unknown:?}");
        assert_eq!(done(&home), before, "what nobody knows unticks nothing");
        site.answers(404);
        let shut = at(&home, LATER, &["gate", "acme", "--run"]);
        assert_eq!(shut.code, 1, "{shut:?}");
        assert!(shut.out.contains("Website answers"), "{shut:?}");
        assert_ne!(done(&home), before);
        site.answers(200);
        // The item is proven again; the stage behind it must be signed anew, as it changed under it.
        let run = at(&home, LATER, &["gate", "acme", "--stage", "last", "--run"]);
        assert_eq!(run.code, 0, "{run:?}");
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_is_run_asks_what_is_not_fresh_again_before_it_decides() {
    let site = Site::new().await;
    beside(|| {
        let home = site.ready();
        let path = home.path("r.json");
        let release = ["release", "acme", "-o", path.to_str().unwrap()];
        let run = [&release[..], &["--run"]].concat();
        let seq = || home.json(&["status", "acme"])["seq"].clone();
        let before = seq();
        let stale = at(&home, LATER, &release);
        assert_eq!(stale.code, 3, "{stale:?}");
        assert!(stale.err.contains("--run asks them again first"), "{stale:?}");
        site.answers(503);
        let unknown = at(&home, LATER, &run);
        assert_eq!(unknown.code, 3, "{unknown:?}");
        assert!(!path.exists());
        assert_eq!(seq(), before, "nothing was decided");
        site.answers(200);
        let said = at(&home, LATER, &run);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("acme: go, decided by Dana Ruiz at 2026-11-21 09:30:00"), "{said:?}");
        assert_eq!(home.run(&["verify", path.to_str().unwrap()]).code, 0);
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_is_run_is_refused_when_a_check_fails_meanwhile() {
    let site = Site::new().await;
    beside(|| {
        let home = site.ready();
        let path = home.path("r.json");
        site.answers(404);
        let refused = at(&home, LATER, &["release", "acme", "-o", path.to_str().unwrap(), "--run"]);
        assert_eq!(refused.code, 4, "{refused:?}");
        assert!(refused.err.contains("Website answers"), "{refused:?}");
        assert!(!path.exists());
        assert!(!home.ok(&["log", "acme"]).contains("decided"));
    });
}

#[test]
fn what_is_about_to_end_is_told_a_week_ahead_and_counts_until_then() {
    let text = SMALL.replacen(
        "owner = \"dev\"\noptional = true",
        "owner = \"dev\"\nvalid_for = \"30d\"\nwarn_before = \"7d\"",
        1,
    );
    let home = Home::new();
    let file = home.write("small.toml", text);
    home.ok(&["new", &file, "Acme Ltd", "--id", "acme"]);
    home.ok(&["assign", "acme", "dev", "Lin Chen"]);
    for item in ["hello", "papers", "site-up"] {
        home.ok(&["tick", "acme", item, "--on-behalf-of", "Lin Chen"]);
    }
    let soon = "soon to end: First contact (hello): its tick ends 2026-12-21";
    // The gate of a later stage, what holds it, and the status of a stage that shows other items.
    let all = [&["gate", "acme", "--stage", "last"][..], &["why", "acme"], &["status", "acme"]];
    for args in all {
        let early = at(&home, "2026-12-13T09:00:00Z", args);
        assert!(early.code == 0 && !early.out.contains("soon to end"), "{args:?}: {early:?}");
        let near = at(&home, "2026-12-14T09:00:00Z", args);
        assert!(near.code == 0 && near.out.contains(soon), "{args:?}: {near:?}");
        let over = at(&home, "2026-12-21T09:00:00Z", args);
        assert!(!over.out.contains("soon to end"), "{args:?}: {over:?}");
    }
    let json = |now: &str| -> serde_json::Value {
        serde_json::from_str(&at(&home, now, &["status", "acme", "--json"]).out).unwrap()
    };
    let hello = |now: &str| json(now)["stages"][0]["items"][0].clone();
    assert_eq!(hello("2026-12-13T09:00:00Z")["expires_soon"], false);
    assert_eq!(hello("2026-12-14T09:00:00Z")["expires_soon"], true);
    assert_eq!(hello("2026-12-21T09:00:00Z")["status"], "expired");
    assert_eq!(at(&home, "2026-12-21T09:00:00Z", &["gate", "acme", "--stage", "last"]).code, 1);
}
