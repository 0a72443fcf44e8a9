//! Tests of page checks against a small website on this machine.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};

use super::*;
use crate::checks::schedule::Pace;
use crate::checks::testing::{Bench, Server, check, runner};
use crate::domain::check::CheckKind;
use crate::domain::expression::Template;
use crate::domain::pattern::Pattern;
use crate::domain::verdict::Observation;

const HOME: &str = "<head><title>Acme</title><script>lorem</script></head><h1>Acme  Ltd</h1>\
    <p>Socks for 12.00 EUR. Our latest offer.</p><a href='mailto:help@acme.example'>Mail</a>\
    <a href='tel:+49301'>Call</a><a href='/terms'>Terms of use</a><a href='/privacy#top'>Data</a>\
    <a href='/refund'>Refund</a><a href='/empty'>Shipping</a><a href='/broken'>Cookies</a>\
    <a href='http://elsewhere.example/imprint'>Imprint</a><a href='/moved'>Legal</a>\
    <a href='/away'>Contact</a><a href='/price.pdf'>Prices</a><a href='javascript:x()'>Odd</a>";

async fn site() -> Server {
    Server::start(|request| async move {
        let page = |html: &'static str| Html(html).into_response();
        let moved = |to: &'static str| (StatusCode::FOUND, [("location", to)]).into_response();
        match request.uri().path() {
            "/" => page(HOME),
            "/terms" | "/privacy" => page("<p>The small print"),
            "/empty" => page("<script>render()</script><div></div>"),
            "/broken" => StatusCode::BAD_GATEWAY.into_response(),
            "/list" => page("<p>Read <a href='/busy'>more"),
            "/busy" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "120")]).into_response(),
            "/guarded" => StatusCode::FORBIDDEN.into_response(),
            "/moved" => moved("/terms"),
            "/away" => moved("http://elsewhere.example/"),
            "/price.pdf" => ([("content-type", "application/pdf")], "%PDF").into_response(),
            "/nested" => Html("<div>".repeat(30_000)).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await
}

fn rules(url: &str) -> PageCheck {
    PageCheck {
        url: Template::new(url).unwrap(),
        require: vec![],
        forbid: vec![],
        links: vec![],
        mailto: false,
        tel: false,
        currency: None,
    }
}

fn links(rules: &mut PageCheck, patterns: &[&str]) {
    rules.links = patterns
        .iter()
        .map(|p| LinkRule { purpose: (*p).to_owned(), pattern: Pattern::caseless(p).unwrap() })
        .collect();
}

async fn look(rules: PageCheck) -> Observation {
    let subject = Bench::new().field("name", "ACME ltd").subject();
    runner().run_once(&check("page", CheckKind::Page(rules)), &subject).await
}

fn said(observation: &Observation) -> Vec<(Verdict, &str)> {
    observation.steps.iter().map(|s| (s.verdict, s.actual.as_str())).collect()
}

#[tokio::test]
async fn a_good_page_passes_with_a_result_for_each_rule() {
    let site = site().await;
    let mut good = rules(&site.url("/"));
    good.require = vec![Template::new("{{ fields.name }}").unwrap()];
    good.forbid = vec!["lorem".to_owned(), "test".to_owned()];
    (good.mailto, good.tel) = (true, true);
    good.currency = Some(Template::new("EUR").unwrap());
    links(&mut good, &["terms", "privacy", "legal", "prices"]);
    let observation = look(good).await;
    assert_eq!(observation.verdict, Verdict::Pass, "{observation:?}");
    assert_eq!(observation.steps.len(), 1 + 1 + 2 + 2 + 1 + 4);
}

#[tokio::test]
async fn what_is_missing_or_forbidden_fails() {
    let site = site().await;
    let mut bad = rules(&site.url("/terms"));
    bad.require = vec![Template::new("Acme Ltd").unwrap()];
    bad.forbid = vec!["small print".to_owned()];
    (bad.mailto, bad.tel) = (true, true);
    bad.currency = Some(Template::new("EUR").unwrap());
    let observation = look(bad).await;
    assert_eq!(observation.verdict, Verdict::Fail);
    assert!(observation.steps[1..].iter().all(|s| s.verdict == Verdict::Fail), "{observation:?}");
}

#[tokio::test]
async fn a_link_must_open_something_to_read_on_the_site() {
    let site = site().await;
    let mut bad = rules(&site.url("/"));
    links(&mut bad, &["imprint", "refund", "shipping", "cookies", "contact", "jobs"]);
    let observation = look(bad).await;
    assert_eq!(
        said(&observation)[1..],
        [
            (Verdict::Fail, "leads off the site to elsewhere.example"),
            (Verdict::Fail, "/refund: status 404"),
            (Verdict::Fail, "/empty shows no text"),
            (Verdict::Unknown, "/broken: status 502"),
            (Verdict::Fail, "/away: status 302, leads off the site to http://elsewhere.example/"),
            (Verdict::Fail, "no such link"),
        ]
    );
}

#[tokio::test]
async fn a_page_that_does_not_open_fails_and_one_that_is_guarded_is_unknown() {
    let site = site().await;
    for (path, verdict) in [
        ("/gone", Verdict::Fail),
        ("/away", Verdict::Fail),
        ("/guarded", Verdict::Unknown),
        ("/broken", Verdict::Unknown),
        ("/empty", Verdict::Unknown),
        ("/nested", Verdict::Unknown),
    ] {
        assert_eq!(look(rules(&site.url(path))).await.verdict, verdict, "{path}");
    }
    assert_eq!(look(rules("javascript:alert(1)")).await.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_link_that_asks_to_wait_is_waited_for() {
    let site = site().await;
    let mut busy = rules(&site.url("/list"));
    links(&mut busy, &["more"]);
    let (observation, pace) =
        runner().run(&check("page", CheckKind::Page(busy)), &Bench::new().subject()).await;
    assert_eq!(observation.verdict, Verdict::Unknown, "{observation:?}");
    assert_eq!(pace, Pace::NotBefore(std::time::Duration::from_mins(2)));
}

#[test]
fn only_what_blocks_robots_or_is_broken_is_unknown() {
    let standing = |status| standing(&Answer { status, ..Answer::default() }).0;
    for status in [401, 403, 429, 500, 503] {
        assert_eq!(standing(status), Verdict::Unknown);
    }
    assert_eq!((standing(404), standing(410), standing(200)), (Verdict::Fail, Verdict::Fail, Verdict::Pass));
}
