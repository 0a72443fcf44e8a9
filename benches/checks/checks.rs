//! For `make bench-checks`: golive's checks, the least that the usual libraries can do, and the server that
//! both ask. Each is a process of its own.
//!
//! - `checks serve`: answers every request with 600 bytes of JSON; prints its address
//! - `checks golive URL N AT_ONCE`: N checks through [`Runner`], conditions evaluated
//! - `checks floor URL N AT_ONCE`: N requests with reqwest and `serde_json`, the same facts compared in Rust
//!
//! The last two print `checks failed seconds`, the seconds without the start of the process.
#![allow(clippy::print_stdout, reason = "what it prints is what it is run for")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use golive::checks::consent::{Consents, Permit};
use golive::checks::{Limits, Runner, Subject};
use golive::clock::SystemClock;
use golive::domain::facts::Facts;
use golive::domain::verdict::Verdict;
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What the server answers: the shape of a health document.
const BODY: &str = r#"{"status":"pass","version":"1.14.2","uptime_s":86400,"region":"eu-west-1","checks":[
{"name":"database","status":"pass","observed":"2026-11-21T10:00:00Z","latency_ms":3,"note":"primary, two replicas"},
{"name":"queue","status":"pass","observed":"2026-11-21T10:00:00Z","latency_ms":1,"note":"depth 0, oldest 0 s"},
{"name":"acquirer","status":"pass","observed":"2026-11-21T10:00:00Z","latency_ms":42,"note":"both routes answer"},
{"name":"ledger","status":"pass","observed":"2026-11-21T10:00:00Z","latency_ms":5,"note":"balanced to the cent"}],
"request_id":"req_01JD9V4YB2S6W8"}"#;

/// The same five facts that the floor compares.
const RUNBOOK: &str = r#"
schema = 1
id = "measured"
title = "Checks to measure"
version = "1"
provider = "None"
[[roles]]
id = "developer"
name = "Developer"
side = "merchant"
lead = true
[checks.health]
kind = "http"
deadline = "30s"
[[checks.health.steps]]
get = "URL"
expect = [
  "status == 200",
  "json.status == 'pass'",
  "json.version is startingwith('1.')",
  "json.checks | length >= 4",
  "json.checks | rejectattr('status', 'eq', 'pass') | list | length == 0",
  "json.uptime_s > 0",
]
[[stages]]
id = "s"
title = "Stage"
[[stages.items]]
id = "i"
title = "Item"
owner = "developer"
check = { use = "health", mode = "inform" }
"#;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // What golive itself runs on.
    let shipped = || {
        tokio::runtime::Builder::new_multi_thread().worker_threads(golive::cli::WORKERS).enable_all().build()
    };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => runtime.block_on(serve()),
        ["golive", url, count, at_once] => shipped()?.block_on(golive(url, count.parse()?, at_once.parse()?)),
        ["floor", url, count, at_once] => runtime.block_on(floor(url, count.parse()?, at_once.parse()?)),
        _ => Err("usage: checks serve | checks golive|floor URL N AT_ONCE".into()),
    }
}

async fn serve() -> Outcome<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    let slow = || async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        ([(CONTENT_TYPE, "application/json")], BODY)
    };
    let routes = axum::Router::new()
        .route("/", get(|| async { ([(CONTENT_TYPE, "application/json")], BODY) }))
        .route("/slow", get(slow));
    Ok(axum::serve(listener, routes).await?)
}

/// Runs `one` so many times, so many of them at once, each lane a task, and prints how it went.
async fn race<F>(count: usize, at_once: usize, one: impl Fn() -> F + Clone + Send + 'static) -> Outcome<()>
where
    F: Future<Output = bool> + Send + 'static,
{
    let taken = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..at_once {
        let (taken, one) = (Arc::clone(&taken), one.clone());
        lanes.spawn(async move {
            let mut failed = 0;
            while taken.fetch_add(1, Ordering::Relaxed) < count {
                failed += usize::from(!one().await);
            }
            failed
        });
    }
    let mut failed = 0;
    while let Some(lane) = lanes.join_next().await {
        failed += lane?;
    }
    println!("{count} {failed} {:.4}", began.elapsed().as_secs_f64());
    Ok(())
}

async fn golive(url: &str, count: usize, at_once: usize) -> Outcome<()> {
    let runbook = golive::runbook::load("measured.toml", RUNBOOK.replace("URL", url).as_bytes())?.runbook;
    let check = Arc::new(runbook.checks.values().next().ok_or("no check")?.clone());
    let permit = Permit { engagement: "bench".parse()?, consents: Consents::default() };
    let (runbook, facts) = (Arc::new(runbook), Arc::new(Facts::default()));
    let subject = Subject { runbook, facts, secrets: Arc::default(), seq: 0, permit };
    let limits = Limits { host: at_once, total: at_once, ..Limits::default() };
    let runner = Arc::new(Runner::new(limits, Arc::new(SystemClock))?);
    let subject = Arc::new(subject);
    race(count, at_once, move || {
        let (runner, check, subject) = (Arc::clone(&runner), Arc::clone(&check), Arc::clone(&subject));
        async move { runner.run_once(&check, &subject).await.verdict == Verdict::Pass }
    })
    .await
}

async fn floor(url: &str, count: usize, at_once: usize) -> Outcome<()> {
    // The client insists on a provider even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        reqwest::Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(at_once).build()?;
    let url = Arc::<str>::from(url);
    race(count, at_once, move || {
        let (client, url) = (client.clone(), Arc::clone(&url));
        async move { asked(&client, &url).await.unwrap_or(false) }
    })
    .await
}

async fn asked(client: &reqwest::Client, url: &str) -> Result<bool, reqwest::Error> {
    let answer = client.get(url).send().await?;
    let ok = answer.status() == 200;
    let json: serde_json::Value = answer.json().await?;
    let parts = json["checks"].as_array().map_or(&[][..], Vec::as_slice);
    Ok(ok
        && json["status"] == "pass"
        && json["version"].as_str().is_some_and(|v| v.starts_with("1."))
        && parts.len() >= 4
        && parts.iter().all(|part| part["status"] == "pass")
        && json["uptime_s"].as_u64().is_some_and(|n| n > 0))
}
