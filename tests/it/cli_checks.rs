//! Live checks from the command line, against the rehearsal.

use std::net::{Ipv4Addr, SocketAddr};

use golive::rehearse::{Scenario, Simulator, seed};
use serde_json::json;

use crate::cli_bench::Home;

fn rehearsal() -> Simulator {
    Simulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Scenario::KycPending).unwrap()
}

/// Runs the program beside the rehearsal, which needs the runtime's threads meanwhile.
fn beside<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kyc_is_ticked_by_itself_when_the_provider_approves_it_and_reopened_when_it_does_not() {
    let simulator = rehearsal();
    let merchant = seed().iter().find(|m| m.organization_id == "org_demo_b").unwrap();
    let status_url = simulator.urls(merchant).kyc_status;
    let home = Home::new();
    let kyc = |status: &str| {
        simulator
            .world()
            .patch(&json!({ "merchants": { "org_demo_b": { "kyc": { "status": status } } } }))
            .unwrap();
    };
    let set = format!("kyc_status_url={status_url}");
    beside(|| {
        home.ok(&["new", "paymentsai", "Birch & Bean", "--id", "birch", "--set", &set]);
        home.ok(&["assign", "birch", "compliance", "Ida Berg"]);
    });
    let pending = beside(|| home.run(&["check", "birch"]));
    assert_eq!(pending.code, 1, "{pending:?}");
    assert!(pending.out.contains("pending"), "{pending:?}");
    let refused = beside(|| home.fails(4, &["tick", "birch", "goals"]));
    assert!(
        refused.contains("check kyc-approved says pending; waits for PAI Compliance (Ida Berg)"),
        "{refused}"
    );

    kyc("approved");
    let approved = beside(|| home.run(&["check", "birch", "kyc-approved"]));
    assert_eq!(approved.code, 0, "{approved:?}");
    assert!(approved.out.contains("ticked by itself: KYC is approved"), "{approved:?}");
    assert_eq!(beside(|| home.run(&["gate", "birch", "--stage", "discovery"])).code, 0);

    kyc("rejected");
    for _ in 0..2 {
        assert_eq!(beside(|| home.run(&["check", "birch", "kyc-approved"])).code, 1);
    }
    let shut = beside(|| home.run(&["gate", "birch", "--stage", "discovery"]));
    assert_eq!(shut.code, 1, "{shut:?}");
    simulator.stop().await;
    // Nobody answers: nothing can be said, and nothing changes.
    assert_eq!(home.run(&["check", "birch", "kyc-approved"]).code, 3);
    assert_eq!(home.run(&["gate", "birch", "--stage", "discovery"]).code, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_without_a_fresh_pass_is_unknown() {
    let simulator = rehearsal();
    let merchant = seed().iter().find(|m| m.organization_id == "org_demo_a").unwrap();
    let set = format!("kyc_status_url={}", simulator.urls(merchant).kyc_status);
    let home = Home::new();
    beside(|| {
        home.ok(&["new", "paymentsai", "Aurora", "--id", "aurora", "--set", &set]);
        home.ok(&["check", "aurora", "kyc-invited", "kyc-joined", "kyc-documents", "kyc-approved"]);
        assert_eq!(home.run(&["gate", "aurora", "--stage", "discovery"]).code, 0);
        let mut later = home.command(&["gate", "aurora", "--stage", "discovery"]);
        let said =
            crate::cli_bench::Said::of(later.env("GOLIVE_NOW", "2026-11-21T09:30:00Z").output().unwrap());
        assert_eq!(said.code, 3, "{said:?}");
        assert!(
            said.out.contains("unknown") && said.out.contains("last passed at 2026-11-21 09:00:00 UTC"),
            "{said:?}"
        );
    });
    simulator.stop().await;
}

/// A provider whose answers the runbook below asks about.
async fn readiness(body: &'static str) -> SocketAddr {
    let app = axum::Router::new().fallback(async move || ([("flint-mode", "test")], body));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

const READINESS: &str = r#"schema = 1
id = "ready"
title = "Ready"
version = "1"
provider = "Nobody"
[[roles]]
id = "dev"
name = "Developer"
side = "merchant"
lead = true
[[fields]]
id = "url"
label = "Address"
[checks.payments]
kind = "http"
after_failures = 1
[[checks.payments.steps]]
get = "{{ fields.url }}"
expect = ["json.payments == 'ready'"]
blocking = { "past due" = "json.past_due", "currently due" = "json.due" }
[[troubleshooting]]
symptom = "Payments succeed but no money moves"
cause = "A test key is in production"
fix = "Deploy the live key"
when = "headers['flint-mode'] == 'test'"
[[troubleshooting]]
symptom = "Nothing arrives"
cause = "The live key is another merchant's"
fix = "Deploy this merchant's key"
when = "headers['flint-mode'] == 'live'"
[[stages]]
id = "only"
title = "Only stage"
[[stages.items]]
id = "payments"
title = "Payments are ready"
owner = "dev"
check = { use = "payments", mode = "auto" }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_are_named_and_a_met_symptom_comes_with_its_fix() {
    let address =
        readiness(r#"{ "payments": "blocked", "past_due": ["business_website"], "due": ["iban"] }"#).await;
    let home = Home::new();
    let runbook = home.write("ready.toml", READINESS);
    let set = format!("url=http://{address}/");
    beside(|| {
        home.ok(&["new", &runbook, "Acme", "--set", &set]);
        let check = home.run(&["check", "acme"]);
        let status = home.ok(&["status", "acme"]);
        let why = home.ok(&["why", "acme"]);
        for said in [&check.out, &status, &why] {
            for words in [
                "outstanding: business_website is past due",
                "outstanding: iban is currently due",
                "cause: A test key is in production",
                "fix: Deploy the live key",
            ] {
                assert!(said.contains(words), "{words}: {said}");
            }
            assert!(!said.contains("another merchant's"), "{said}");
        }
        let cause = json!([{
            "symptom": "Payments succeed but no money moves",
            "cause": "A test key is in production",
            "fix": "Deploy the live key",
        }]);
        let status = home.json(&["status", "acme"]);
        let check = &status["stages"][0]["items"][0]["check"];
        assert_eq!(check["causes"], cause, "{status}");
        assert_eq!(check["findings"][1]["text"], "iban is currently due");
        assert_eq!(home.json(&["why", "acme"])[0]["causes"], cause);
        let seen: serde_json::Value =
            serde_json::from_str(&home.run(&["check", "acme", "--json"]).out).unwrap();
        assert_eq!(seen[0]["observation"]["causes"], cause, "{seen}");
    });
}
