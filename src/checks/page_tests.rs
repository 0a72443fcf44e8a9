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
            "/shop/based" => page(
                "<base href='/'><p>Shop <a href='terms'>Terms</a><a href='#'>Refund</a>",
            ),
            "/one" => page(
                "<p>One <a href='#terms'>Terms</a><p id=terms>Terms <a href='#refund'>Refund</a>\
                 <a href=''>Shipping</a><a href='#top'>Privacy</a><a>Imprint</a><a href='/one#'>Cookies</a>\
                 <a href='#%C3%A4'>Legal</a><p id='ä'><a href='mailto:?subject=x'>a</a><a href='tel:abc'>b</a>",
            ),
            "/many" => Html("<a href='/empty'>x</a>".repeat(2_001)).into_response(),
            "/latin" => ([("content-type", "text/html; charset=iso-8859-1")], &b"Caf\xe9"[..]).into_response(),
            "/packed" => ([("content-encoding", "br")], "Café").into_response(),
            "/umlaut" => moved("/größe"),
            "/gr%C3%B6%C3%9Fe" => page("<p>Size"),
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
async fn a_link_that_is_to_be_filled_in_serves_no_purpose() {
    let site = site().await;
    let mut one = rules(&site.url("/one"));
    (one.mailto, one.tel) = (true, true);
    links(&mut one, &["terms", "legal", "refund", "shipping", "privacy", "imprint", "cookies"]);
    let observation = look(one).await;
    assert_eq!(
        said(&observation)[1..],
        [
            (Verdict::Fail, "not there"),
            (Verdict::Fail, "not there"),
            (Verdict::Pass, "/one is this page"),
            (Verdict::Pass, "/one is this page"),
            (Verdict::Fail, "leads nowhere: nothing on the page is called “refund”"),
            (Verdict::Fail, "leads nowhere"),
            (Verdict::Fail, "leads nowhere"),
            (Verdict::Fail, "leads nowhere"),
            (Verdict::Fail, "leads nowhere"),
        ]
    );
    let mut based = rules(&site.url("/shop/based"));
    links(&mut based, &["terms", "refund"]);
    let observation = look(based).await;
    assert_eq!(said(&observation)[1..], [(Verdict::Pass, "/terms"), (Verdict::Fail, "leads nowhere")]);
}

#[tokio::test]
async fn what_was_not_read_to_its_end_or_cannot_be_read_is_unknown() {
    let site = site().await;
    let mut many = rules(&site.url("/many"));
    (many.mailto, many.tel) = (true, true);
    links(&mut many, &["terms", "empty"]);
    let observation = look(many).await;
    assert_eq!(
        said(&observation)[1..],
        [
            (Verdict::Unknown, "the page has more links than are read"),
            (Verdict::Unknown, "the page has more links than are read"),
            (Verdict::Unknown, "no such link; the page has more links than are read"),
            (Verdict::Unknown, "/empty shows no text; the page has more links than are read"),
        ]
    );
    let packed = look(rules(&site.url("/packed"))).await;
    assert_eq!(packed.verdict, Verdict::Unknown);
    assert_eq!(packed.summary, "the page is packed as br, which cannot be looked into");
}

#[tokio::test]
async fn other_letters_than_ascii_are_read() {
    let site = site().await;
    let mut latin = rules(&site.url("/latin"));
    latin.require = vec![Template::new("Café").unwrap()];
    assert_eq!(look(latin).await.verdict, Verdict::Pass);
    assert_eq!(look(rules(&site.url("/umlaut"))).await.verdict, Verdict::Pass);
}

#[test]
fn a_message_has_an_address_and_a_call_a_number() {
    for good in ["help@acme.example", "a@b,c@d?subject=x", "?subject=x&TO=help@acme.example"] {
        assert!(is_mail(good), "{good}");
    }
    for bad in ["", "?subject=x", "acme.example", "@acme.example", "help@"] {
        assert!(!is_mail(bad), "{bad}");
    }
    assert!(is_number("+49 (30) 1") && is_number("112") && is_number("1-800-SOCKS;ext=5"));
    assert!(!(is_number("abc") || is_number("") || is_number("+;ext=555")));
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
