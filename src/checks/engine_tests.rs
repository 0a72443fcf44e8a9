//! Tests of the poller against a server on this machine.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::*;
use crate::checks::lanes::Limits;
use crate::checks::testing::{self, Bench, PATIENCE, Server, check, step};
use crate::clock::{Clock, FixedClock};
use crate::domain::check::CheckKind;

type Results = Receiver<(EngagementId, Observation)>;

fn acme() -> EngagementId {
    EngagementId::new("acme").unwrap()
}

/// A poller, and the results of its checks.
fn poller(room: usize) -> (PollerHandle, Results) {
    let limits = Limits { patience: Duration::from_millis(20), ..Limits::default() };
    let clock = Arc::new(FixedClock::new(DateTime::UNIX_EPOCH));
    let (sink, results) = mpsc::channel(room);
    (Poller::spawn(Arc::new(Runner::new(limits, clock).unwrap()), sink), results)
}

fn asks(id: &str, url: &str, every: Duration) -> Arc<Check> {
    Arc::new(Check { every, ..check(id, CheckKind::Http(vec![step(url, &["status == 200"])])) })
}

fn rarely(id: &str, url: &str) -> Arc<Check> {
    asks(id, url, Duration::from_hours(24))
}

fn looks(id: &str, field: &str) -> Arc<Check> {
    Arc::new(Check { every: Duration::from_hours(24), ..check(id, testing::fields(&[field])) })
}

fn watch(checks: Vec<Arc<Check>>, bench: Bench) -> Watch {
    Watch { checks, subject: bench.subject(), last: BTreeMap::new() }
}

async fn next(results: &mut Results) -> Observation {
    timeout(PATIENCE, results.recv()).await.expect("a result in time").expect("the poller runs").1
}

/// Waits until a check is under way.
async fn is_under_way(poller: &PollerHandle, check: &str) {
    let waits = async {
        loop {
            let (answer, runs) = oneshot::channel();
            poller.next_runs(acme(), answer).await.unwrap();
            if runs.await.unwrap()[&id(check)] == NextRun::Running {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waits).await.expect("it is under way");
}

fn id(text: &str) -> CheckId {
    CheckId::new(text).unwrap()
}

async fn site() -> Server {
    Server::start(|request| async move {
        match request.uri().path() {
            "/hang" => std::future::pending().await,
            "/busy" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")]).into_response(),
            _ => "ok".into_response(),
        }
    })
    .await
}

#[tokio::test]
async fn a_check_runs_again_and_again_and_its_streak_grows() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let often = asks("c", &site.url("/"), Duration::from_millis(1));
    poller.watch(acme(), watch(vec![often], Bench::new())).await.unwrap();
    for streak in 1..=3 {
        let result = next(&mut results).await;
        assert_eq!((result.verdict, result.streak), (Verdict::Pass, streak));
    }
    poller.stop().await;
}

#[tokio::test]
async fn a_streak_goes_on_from_the_last_known_result() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let mut begin = watch(vec![rarely("c", &site.url("/"))], Bench::new());
    let last = Observation { streak: 4, ..testing::observation("c", Verdict::Pass) };
    begin.last.insert(id("c"), last);
    poller.watch(acme(), begin).await.unwrap();
    // Its last result is fresh, so it is not due by itself.
    poller.check_now(acme(), None).await.unwrap();
    assert_eq!(next(&mut results).await.streak, 5);
}

#[tokio::test]
async fn hanging_checks_do_not_hold_up_the_others() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let checks = (0..200).map(|n| {
        let path = if n % 10 == 0 { "/hang" } else { "/" };
        rarely(&format!("c{n}"), &site.url(path))
    });
    poller.watch(acme(), watch(checks.collect(), Bench::new())).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < 180 {
        // The deadline of a hanging check is as long as this wait: its result cannot be among them.
        let result = next(&mut results).await;
        assert_eq!(result.verdict, Verdict::Pass, "{}", result.check);
        seen.insert(result.check);
    }
    poller.stop().await;
}

#[tokio::test]
async fn a_full_sink_loses_nothing_and_holds_up_no_order() {
    let (poller, mut results) = poller(1);
    let checks: Vec<_> = (0..20).map(|n| looks(&format!("c{n}"), "org")).collect();
    poller.watch(acme(), watch(checks, Bench::new().field("org", "x"))).await.unwrap();
    // More orders than wait in the channel: they are taken while nobody takes the results.
    for _ in 0..WAITING_ORDERS * 2 {
        timeout(PATIENCE, poller.check_now(acme(), None)).await.expect("orders are taken").unwrap();
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 20 {
        seen.insert(next(&mut results).await.check);
    }
    poller.stop().await;
}

#[tokio::test]
async fn whoever_asks_while_a_check_is_under_way_is_told_a_result_from_after_the_question() {
    let clock = Arc::new(FixedClock::new(DateTime::UNIX_EPOCH));
    let (sink, mut results) = mpsc::channel(1);
    let runner = Runner::new(Limits::default(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let poller = Poller::spawn(Arc::new(runner), sink.clone());
    // The sink is full: the check is under way for as long as nobody takes what is in it.
    sink.send((acme(), testing::observation("other", Verdict::Pass))).await.unwrap();
    let mut begin = watch(vec![looks("c", "org")], Bench::new().field("org", "x"));
    begin.last.insert(id("c"), Observation { streak: 9, ..testing::observation("c", Verdict::Fail) });
    poller.watch(acme(), begin).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    is_under_way(&poller, "c").await;
    clock.advance(TimeDelta::seconds(1));
    poller.check_now(acme(), None).await.unwrap();
    // Once this is answered, the order before it has been taken.
    is_under_way(&poller, "c").await;
    assert_eq!(next(&mut results).await.check, id("other"));
    assert_eq!(next(&mut results).await.at, DateTime::UNIX_EPOCH);
    let asked = next(&mut results).await;
    assert_eq!((asked.check, asked.at), (id("c"), DateTime::UNIX_EPOCH + TimeDelta::seconds(1)));
    poller.stop().await;
}

#[tokio::test]
async fn a_question_outlives_the_run_that_a_changed_fact_broke_off() {
    let (sink, mut results) = mpsc::channel(1);
    let clock = Arc::new(FixedClock::new(DateTime::UNIX_EPOCH));
    let poller = Poller::spawn(Arc::new(Runner::new(Limits::default(), clock).unwrap()), sink.clone());
    let of = |org: &str| watch(vec![looks("c", "org")], Bench::new().field("org", org));
    poller.watch(acme(), of("x")).await.unwrap();
    let first = next(&mut results).await;
    // The sink is full: what is asked for now stays under way.
    sink.send((acme(), testing::observation("other", Verdict::Pass))).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    is_under_way(&poller, "c").await;
    poller.watch(acme(), of("y")).await.unwrap();
    assert_eq!(next(&mut results).await.check, id("other"));
    // It says what it said before, and only whoever asked is told that.
    let asked = next(&mut results).await;
    assert_eq!((asked.check, asked.verdict, asked.summary), (first.check, first.verdict, first.summary));
    poller.stop().await;
}

#[tokio::test]
async fn a_check_runs_when_asked_but_not_before_the_other_side_allows() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let checks = vec![rarely("busy", &site.url("/busy")), rarely("free", &site.url("/"))];
    poller.watch(acme(), watch(checks, Bench::new())).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    let both = [next(&mut results).await.check, next(&mut results).await.check];
    assert_eq!(BTreeSet::from(both), BTreeSet::from([id("busy"), id("free")]));
    for _ in 0..3 {
        poller.check_now(acme(), None).await.unwrap();
        assert_eq!(next(&mut results).await.check, id("free"));
    }
    assert_eq!(site.asked().iter().filter(|(_, path, _)| path == "/busy").count(), 1);
}

#[tokio::test]
async fn a_changed_fact_runs_the_checks_that_read_it_and_no_other() {
    let (poller, mut results) = poller(8);
    let checks = || vec![looks("a", "org"), looks("b", "other")];
    let bench = |org: &str| Bench::new().field("org", org).field("other", "x");
    poller.watch(acme(), watch(checks(), bench(""))).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    next(&mut results).await;
    next(&mut results).await;
    // Nothing has changed: the next result is the one that is asked for.
    poller.watch(acme(), watch(checks(), bench(""))).await.unwrap();
    poller.check_now(acme(), Some(id("b"))).await.unwrap();
    assert_eq!(next(&mut results).await.check, id("b"));
    poller.watch(acme(), watch(checks(), bench("org_1"))).await.unwrap();
    let changed = next(&mut results).await;
    assert_eq!((changed.check, changed.verdict), (id("a"), Verdict::Pass));
    // Nor does the other check follow.
    for _ in 0..2 {
        poller.check_now(acme(), Some(id("a"))).await.unwrap();
        assert_eq!(next(&mut results).await.check, id("a"));
    }
}

#[tokio::test]
async fn what_looks_inward_is_heard_of_only_when_it_says_something_else() {
    let often = Duration::from_millis(1);
    let inward = || Arc::new(Check { every: often, ..check("c", testing::fields(&["org"])) });
    let (first, mut said) = poller(8);
    first.watch(acme(), watch(vec![inward()], Bench::new().field("org", ""))).await.unwrap();
    let said = next(&mut said).await;
    assert_eq!(said.verdict, Verdict::Fail);

    let (site, (poller, mut results)) = (site().await, poller(8));
    let begin = |org: &str| Watch {
        last: BTreeMap::from([(id("c"), said.clone())]),
        ..watch(vec![inward(), asks("clock", &site.url("/"), often)], Bench::new().field("org", org))
    };
    poller.watch(acme(), begin("")).await.unwrap();
    for _ in 0..5 {
        assert_eq!(next(&mut results).await.check, id("clock"), "nothing new to say");
    }
    poller.check_now(acme(), Some(id("c"))).await.unwrap();
    let asked = async |results: &mut Results| loop {
        let seen = next(results).await;
        if seen.check == id("c") {
            return seen.verdict;
        }
    };
    assert_eq!(asked(&mut results).await, Verdict::Fail, "whoever asks is told");
    poller.watch(acme(), begin("org_1")).await.unwrap();
    assert_eq!(asked(&mut results).await, Verdict::Pass);
}

#[tokio::test]
async fn a_forgotten_check_says_no_more() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let hanging = rarely("hang", &site.url("/hang"));
    poller.watch(acme(), watch(vec![hanging], Bench::new())).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    timeout(PATIENCE, async {
        while site.asked().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it is asked");
    poller.forget(acme()).await.unwrap();
    let other = EngagementId::new("other").unwrap();
    poller.watch(other.clone(), watch(vec![looks("c", "org")], Bench::new())).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    poller.check_now(other.clone(), None).await.unwrap();
    let (whose, _) = timeout(PATIENCE, results.recv()).await.unwrap().unwrap();
    assert_eq!(whose, other);
}

#[tokio::test]
async fn stopping_ends_even_what_hangs() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    poller.watch(acme(), watch(vec![rarely("hang", &site.url("/hang"))], Bench::new())).await.unwrap();
    poller.check_now(acme(), None).await.unwrap();
    timeout(PATIENCE / 2, poller.stop()).await.expect("it stops before the deadline of the check");
    assert!(results.recv().await.is_none());
}

#[tokio::test]
async fn without_a_listener_the_poller_ends() {
    let (poller, results) = poller(8);
    drop(results);
    timeout(PATIENCE, async {
        while poller.check_now(acme(), None).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("it ends");
}

/// Breaks the first time that it is asked, which is where a `Retry-After` is read.
struct BrokenOnce(AtomicBool);

impl Clock for BrokenOnce {
    fn now(&self) -> DateTime<Utc> {
        assert!(self.0.swap(true, Ordering::SeqCst), "broken on purpose");
        DateTime::UNIX_EPOCH
    }
}

#[tokio::test]
async fn a_check_that_breaks_is_unknown_and_breaks_nothing_else() {
    let site = site().await;
    let runner = Runner::new(Limits::default(), Arc::new(BrokenOnce(AtomicBool::new(false)))).unwrap();
    let busy = rarely("busy", &site.url("/busy"));
    let subject = Bench::new().subject();
    let broken = runner.run_once(&busy, &subject).await;
    assert_eq!(broken.verdict, Verdict::Unknown);
    assert!(broken.summary.contains("broke inside golive"), "{}", broken.summary);
    assert!(runner.run_once(&busy, &subject).await.summary.contains("429"));
}

#[tokio::test]
async fn the_next_run_of_each_check_can_be_asked_for() {
    let (site, (poller, mut results)) = (site().await, poller(8));
    let checks =
        vec![rarely("day", &site.url("/")), rarely("hang", &site.url("/hang")), looks("facts", "url")];
    poller.watch(acme(), watch(checks, Bench::new().field("url", "x"))).await.unwrap();
    let said = [next(&mut results).await.check, next(&mut results).await.check];
    assert!(said.contains(&id("day")) && said.contains(&id("facts")), "{said:?}");
    let asked = async || {
        let (answer, asked) = oneshot::channel();
        poller.next_runs(acme(), answer).await.unwrap();
        asked.await.unwrap()
    };
    // What was heard of is put down again a moment later.
    let settled = async {
        loop {
            let runs = asked().await;
            if ["day", "hang", "facts"].map(|c| runs[&id(c)] == NextRun::Running) == [false, true, false] {
                return runs;
            }
            tokio::task::yield_now().await;
        }
    };
    let runs = timeout(PATIENCE, settled).await.expect("they ended");
    assert_eq!(runs[&id("hang")], NextRun::Running);
    assert_eq!(runs[&id("facts")], NextRun::WhenFactsChange);
    let NextRun::At(at) = runs[&id("day")] else { panic!("{runs:?}") };
    let hours = (at - DateTime::UNIX_EPOCH).num_hours();
    assert!((20..28).contains(&hours), "{hours}");
    assert_eq!(runs.len(), 3);
}
