//! The live part against the rehearsal: what a screen sees without anybody asking.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::sync::mpsc;

use super::live::{Live, LiveNews, Places, Scope};
use super::testing::{Bench, id, note};
use super::{App, Beginning, Change};
use crate::domain::verdict::Verdict;
use crate::rehearse::{KycStatus, Scenario, Simulator, seed};

/// Longer than anything takes on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

async fn until(news: &mut mpsc::Receiver<LiveNews>, mut wanted: impl FnMut(&LiveNews) -> bool) -> LiveNews {
    let mut others = Vec::new();
    let found = async {
        loop {
            match news.recv().await {
                Some(one) if wanted(&one) => return one,
                Some(LiveNews::Moved(engagement)) => others.push(format!("{} moved", engagement.id())),
                Some(LiveNews::Observed { engagement, changes, .. }) => {
                    others.push(format!("{} observed: {changes:?}", engagement.id()));
                }
                Some(other @ LiveNews::Trouble { .. }) => others.push(format!("{other:?}")),
                None => panic!("the live part ended"),
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.unwrap_or_else(|_| panic!("it never came; this did: {others:#?}"))
}

fn settled(news: &LiveNews, check: &str, wanted: Verdict) -> bool {
    matches!(news, LiveNews::Observed { changes, .. } if changes.iter().any(|c| matches!(c,
        Change::Settled(id, verdict) if id.as_str() == check && *verdict == wanted)))
}

fn ticked(news: &LiveNews, item: &str) -> bool {
    matches!(news, LiveNews::Observed { changes, .. } if changes.iter().any(|c| matches!(c,
        Change::Ticked(id) if id.as_str() == item)))
}

/// Birch & Bean, whose KYC review is under way, in an engagement of the PaymentsAI runbook.
async fn birch(app: &App, simulator: &Simulator) {
    let merchant = seed().iter().find(|m| m.organization_id == "org_demo_b").unwrap();
    let text = crate::runbook::find("paymentsai").unwrap().text;
    let beginning = Beginning {
        runbook_name: "paymentsai.toml".to_owned(),
        runbook: text.as_bytes().to_vec(),
        id: Some(id("birch")),
        name: merchant.name.to_owned(),
        target: None,
        fields: vec![("kyc_status_url".parse().unwrap(), simulator.urls(merchant).kyc_status)],
    };
    app.begin(beginning).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_ticks_by_itself_while_somebody_watches() {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let simulator = Simulator::start(anywhere, Scenario::KycPending).unwrap();
    let bench = Bench::new().await;
    birch(&bench.app, &simulator).await;
    let (sender, mut news) = mpsc::channel(8);
    let live = Live::start(bench.app.clone(), Scope::All, sender).await.unwrap();
    until(&mut news, |n| settled(n, "kyc-approved", Verdict::Pending)).await;
    simulator.world().set("org_demo_b", |s| s.kyc.status = KycStatus::Approved).unwrap();
    live.check_now(id("birch"), Some("kyc-approved".parse().unwrap())).await.unwrap();
    let told = until(&mut news, |n| ticked(n, "kyc-approved")).await;
    let LiveNews::Observed { engagement, .. } = told else { panic!("{told:?}") };
    assert!(engagement.state.item("kyc-approved").unwrap().proven.is_some());
    live.stop().await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_that_opens_has_its_checks_run_at_once() {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let simulator = Simulator::start(anywhere, Scenario::KycPending).unwrap();
    let bench = Bench::new().await;
    let runbook = super::testing::RUNBOOK
        .replace("every = \"5s\"", "every = \"1h\"")
        // The item with the check comes second, behind one that a person ticks.
        .replacen(
            "[[stages.items]]\nid = \"proof\"",
            "[[stages]]\nid = \"middle\"\ntitle = \"M\"\n[[stages.items]]\nid = \"proof\"",
            1,
        );
    let url = format!("{}/m/org_demo_a/site/", simulator.base_url());
    let beginning = Beginning {
        runbook: runbook.into_bytes(),
        fields: vec![("url".parse().unwrap(), url)],
        ..super::testing::beginning("Acme")
    };
    bench.app.begin(beginning).await.unwrap();
    bench.assign("dev", "Lin", None).await;
    let (sender, mut news) = mpsc::channel(8);
    let live = Live::start(bench.app.clone(), Scope::Only(vec![id("acme")]), sender).await.unwrap();
    live.check_now(id("acme"), None).await.unwrap();
    until(&mut news, |n| settled(n, "answers", Verdict::Pass)).await;
    let tick = super::Act::new(super::testing::tick("hello")).for_person(Some(super::testing::name("Lin")));
    bench.app.execute(&id("acme"), tick).await.unwrap();
    until(&mut news, |n| ticked(n, "proof")).await;
    live.stop().await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_appends_is_told() {
    let (bench, _) = Bench::with_acme().await;
    let (sender, mut news) = mpsc::channel(8);
    let live = Live::start(bench.app.clone(), Scope::Only(vec![id("acme")]), sender).await.unwrap();
    let done = bench.again().execute(&id("acme"), note("hi")).await.unwrap();
    let head = done.engagement.state.head;
    until(&mut news, |n| matches!(n, LiveNews::Moved(e) if e.state.head == head)).await;
    live.stop().await;
    assert!(news.recv().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_finds_out_is_told_to_whoever_looks_and_once() {
    let (bench, _) = Bench::with_acme().await;
    let (sender, mut news) = mpsc::channel(8);
    let live = Live::start(bench.app.clone(), Scope::Only(Vec::new()), sender).await.unwrap();
    live.watch(id("acme")).await.unwrap();
    // Orders are taken one after the other: now it is open.
    live.next_runs(id("acme")).await.unwrap();
    let found = |news: &LiveNews| match news {
        LiveNews::Observed { observation, .. } => observation.summary == "said so",
        LiveNews::Moved(_) | LiveNews::Trouble { .. } => false,
    };
    let other = bench.again();
    // Nothing that the log would tell: only the result is new.
    other.observe(&id("acme"), super::testing::seen(&other, Verdict::Unknown)).await.unwrap();
    until(&mut news, found).await;
    let done = other.execute(&id("acme"), note("hi")).await.unwrap();
    let head = done.engagement.state.head;
    let next =
        until(&mut news, |n| found(n) || matches!(n, LiveNews::Moved(e) if e.state.head == head)).await;
    assert!(matches!(next, LiveNews::Moved(_)), "told twice: {next:?}");
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engagement_that_cannot_be_read_is_told_and_the_others_go_on() {
    let (bench, _) = Bench::with_acme().await;
    bench.begin("Good").await;
    bench.sql("UPDATE events SET body = x'7b7d' WHERE engagement = 'acme' AND seq = 3").await;
    let (sender, mut news) = mpsc::channel(8);
    let both = Scope::Only(vec![id("acme"), id("good")]);
    let live = Live::start(bench.again(), both, sender).await.unwrap();
    until(&mut news, |n| matches!(n, LiveNews::Trouble { engagement: Some(e), .. } if *e == id("acme")))
        .await;
    until(
        &mut news,
        |n| matches!(n, LiveNews::Observed { engagement, .. } if *engagement.id() == id("good")),
    )
    .await;
    live.stop().await;
}

fn observed(news: &LiveNews, wanted: &str) -> bool {
    matches!(news, LiveNews::Observed { engagement, .. } if engagement.id().as_str() == wanted)
}

/// Whether the poller has anything to do with an engagement.
async fn is_watched(live: &Live, engagement: &str) -> bool {
    !live.next_runs(id(engagement)).await.unwrap().is_empty()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_open_or_asked_about_has_a_place_beyond_the_most_urgent_and_gives_it_back() {
    let bench = Bench::new().await;
    for name in ["A", "B", "C", "D"] {
        bench.begin(name).await;
    }
    let (sender, mut news) = mpsc::channel(64);
    let places = Places { own: 1, guests: 1 };
    let app = bench.app.clone();
    let live = Live::start_with(app, Scope::All, sender, std::future::ready(()), places).await.unwrap();
    until(&mut news, |n| observed(n, "a")).await;
    assert!(is_watched(&live, "a").await && !is_watched(&live, "b").await, "the most urgent only");
    live.watch(id("b")).await.unwrap();
    until(&mut news, |n| observed(n, "b")).await;
    // An open one is not turned away for others; one that was only asked about is.
    live.check_now(id("c"), None).await.unwrap();
    until(&mut news, |n| observed(n, "c")).await;
    live.check_now(id("d"), None).await.unwrap();
    until(&mut news, |n| observed(n, "d")).await;
    let mut watched = Vec::new();
    for engagement in ["a", "b", "c", "d"] {
        watched.push(is_watched(&live, engagement).await);
    }
    assert_eq!(watched, [true, true, false, true]);
    live.forget(id("b")).await.unwrap();
    assert!(!is_watched(&live, "b").await);
    // What is watched anyway stays when it is closed.
    live.watch(id("a")).await.unwrap();
    live.forget(id("a")).await.unwrap();
    assert!(is_watched(&live, "a").await);
    live.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engagement_that_is_begun_or_first_configured_later_is_watched_when_all_are() {
    let bench = Bench::new().await;
    let unconfigured = Beginning { fields: Vec::new(), ..super::testing::beginning("Early") };
    bench.app.begin(unconfigured).await.unwrap();
    let (sender, mut news) = mpsc::channel(64);
    let live = Live::start(bench.app.clone(), Scope::All, sender).await.unwrap();
    assert!(!is_watched(&live, "early").await);
    bench.begin("Late").await;
    until(&mut news, |n| observed(n, "late")).await;
    let url = "url".parse().unwrap();
    let set = super::Act::new(crate::domain::command::Command::SetField {
        field: url,
        value: "http://127.0.0.1:9/".to_owned(),
    });
    bench.app.execute(&id("early"), set).await.unwrap();
    until(&mut news, |n| observed(n, "early")).await;
    live.stop().await;
}
