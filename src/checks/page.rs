//! The `page` check: what a visitor finds on a merchant's web page. Each rule is one result.

use hyper::header::HeaderMap;
use minijinja::Value;
use url::Url;

use super::answer::Answer;
use super::document::{Document, Link};
use super::found;
use super::outbound::{Follow, NoAnswer, Request, address, same_site};
use super::outcome::{Outcome, result};
use super::route::Route;
use super::subject::Subject;
use super::wording;
use crate::domain::check::{LinkRule, Method, PageCheck};
use crate::domain::verdict::{StepResult, Verdict};

/// The largest page, in bytes: site builders write more than an API does.
pub const MAX_PAGE: usize = 4 * 1024 * 1024;

/// Reads the page and looks at every rule.
pub async fn run(page: &PageCheck, subject: &Subject, route: &mut Route<'_>) -> Outcome {
    let context = subject.context();
    let asked = page.url.render(&context).map_err(|e| format!("the address has no value: {e}"));
    let url = match asked.and_then(|text| address(&text).map_err(|e| e.to_string())) {
        Ok(url) => url,
        Err(why) => return Outcome::unknown(&why),
    };
    let (document, url, opened, mut seen) = match open(url, &context, route).await {
        Ok(opened) => opened,
        Err(outcome) => return *outcome,
    };
    let mut results = vec![opened];
    for text in &page.require {
        results.push(match text.render(&context) {
            Ok(text) => required(&document, &text),
            Err(e) => result(text.source(), Verdict::Unknown, "a text", &e.to_string()),
        });
    }
    results.extend(page.forbid.iter().map(|word| forbidden(&document, word)));
    if page.mailto {
        results.push(scheme(&document, "mailto", "an e-mail link"));
    }
    if page.tel {
        results.push(scheme(&document, "tel", "a telephone link"));
    }
    if let Some(code) = &page.currency {
        results.push(match code.render(&context) {
            Ok(code) => currency(&document, &code),
            Err(e) => result("currency", Verdict::Unknown, "a currency code", &e.to_string()),
        });
    }
    for rule in &page.links {
        results.push(link(rule, &document, &url, route).await);
    }
    seen.push(("text", Value::from(document.text())));
    Outcome::of(results, "the page has everything that is asked of it").seeing(found::context(&context, seen))
}

/// What conditions see of a page.
type Seen = Vec<(&'static str, Value)>;

fn get(url: Url) -> Request {
    let (headers, follow) = (HeaderMap::new(), Follow::SameSite);
    Request { method: Method::Get, url, headers, body: None, follow, max_body: MAX_PAGE }
}

/// The page, the address that it was found at, and the result of opening it; or why it says nothing.
async fn open(
    url: Url,
    facts: &Value,
    route: &mut Route<'_>,
) -> Result<(Document, Url, StepResult, Seen), Box<Outcome>> {
    const OPENS: &str = "the page opens";
    let unknown = |why: &str| {
        let results = vec![result("page", Verdict::Unknown, OPENS, why)];
        Box::new(Outcome { results, ..Outcome::unknown(why) })
    };
    let (answer, at) = route.ask(get(url)).await.map_err(|e| unknown(&e.to_string()))?;
    let (verdict, words) = standing(&answer);
    let headers =
        Value::from_pairs(answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let seen = vec![("status", Value::from(answer.status)), ("headers", headers)];
    if verdict == Verdict::Unknown {
        return Err(Box::new(unknown(&words).seeing(found::context(facts, seen))));
    }
    let opened = result("page", verdict, OPENS, &words);
    if verdict != Verdict::Pass {
        return Err(Box::new(Outcome::of(vec![opened], OPENS).seeing(found::context(facts, seen))));
    }
    let document = read(answer, route).await.map_err(|why| unknown(&why))?;
    if document.text().is_empty() {
        return Err(unknown("the page shows no text without running its scripts"));
    }
    Ok((document, at, opened, seen))
}

/// Parsing takes a while: not on a thread that others are served by.
async fn read(answer: Answer, route: &Route<'_>) -> Result<Document, String> {
    let deadline = route.deadline().map(tokio::time::Instant::into_std);
    let _turn = route.turn(answer.body.len()).await;
    tokio::task::spawn_blocking(move || Document::parse(&answer.body, deadline))
        .await
        .map_err(|_| "the page cannot be read".to_owned())?
        .map_err(|e| e.to_string())
}

/// What the status of a web page says.
fn standing(answer: &Answer) -> (Verdict, String) {
    let words = format!("status {}", answer.status);
    match answer.status {
        200 => (Verdict::Pass, words),
        300..=399 => {
            let to = answer.headers.get("location").map_or("nowhere", String::as_str);
            (Verdict::Fail, format!("{words}, leads off the site to {to}"))
        }
        // A guard against robots says nothing about what a visitor sees.
        401 | 403 | 429 | 500.. => (Verdict::Unknown, words),
        _ => (Verdict::Fail, words),
    }
}

fn judged(name: &str, good: bool, expected: &str, (yes, no): (&str, &str)) -> StepResult {
    let (verdict, actual) = if good { (Verdict::Pass, yes) } else { (Verdict::Fail, no) };
    result(name, verdict, expected, actual)
}

fn required(document: &Document, text: &str) -> StepResult {
    let good = wording::contains(document.text(), text);
    judged("text", good, &format!("“{text}” on the page"), ("there", "not there"))
}

fn forbidden(document: &Document, word: &str) -> StepResult {
    match wording::around_word(document.text(), word) {
        None => result("forbidden", Verdict::Pass, &format!("no “{word}”"), "not there"),
        Some(place) => result("forbidden", Verdict::Fail, &format!("no “{word}”"), &format!("…{place}…")),
    }
}

fn scheme(document: &Document, scheme: &str, expected: &str) -> StepResult {
    let good = document.links().iter().any(|l| {
        l.href
            .split_once(':')
            .is_some_and(|(s, rest)| s.trim().eq_ignore_ascii_case(scheme) && !rest.trim().is_empty())
    });
    judged(scheme, good, expected, ("there", "not there"))
}

fn currency(document: &Document, code: &str) -> StepResult {
    let good = wording::amount_in(document.text(), code);
    judged("currency", good, &format!("an amount in {code}"), ("there", "no amount beside the code"))
}

/// The links that serve a purpose, and whether the first that works has something to read.
async fn link(rule: &LinkRule, document: &Document, page: &Url, route: &mut Route<'_>) -> StepResult {
    /// Menus repeat a link; more different ones than this are not for one purpose.
    const MOST: usize = 3;
    let expected = format!("a link to {} that opens", rule.purpose);
    let matching = |l: &&Link| rule.pattern.matches(&l.text) || rule.pattern.matches(&l.href);
    let mut targets: Vec<Url> = Vec::new();
    let mut off_site = None;
    for link in document.links().iter().filter(matching) {
        let Some(mut url) = page.join(&link.href).ok().and_then(|u| address(u.as_str()).ok()) else {
            continue;
        };
        url.set_fragment(None);
        if !same_site(page, &url) {
            off_site = Some(format!("leads off the site to {}", url.host_str().unwrap_or_default()));
        } else if !targets.contains(&url) && targets.len() < MOST {
            targets.push(url);
        }
    }
    let mut last = match off_site {
        Some(why) => (Verdict::Fail, why),
        None => (Verdict::Fail, "no such link".to_owned()),
    };
    for target in targets {
        last = opens(target, page, document, route).await;
        if last.0 == Verdict::Pass {
            break;
        }
    }
    result(&rule.purpose, last.0, &expected, &last.1)
}

async fn opens(target: Url, page: &Url, document: &Document, route: &mut Route<'_>) -> (Verdict, String) {
    let path = target.path().to_owned();
    let here = {
        let mut page = page.clone();
        page.set_fragment(None);
        page == target
    };
    if here {
        // A one-page site: the link leads to a section of what has been read already.
        let good = !document.text().is_empty();
        return (if good { Verdict::Pass } else { Verdict::Fail }, format!("{path} is this page"));
    }
    let answer = match route.ask(get(target)).await {
        Ok((answer, _)) => answer,
        Err(NoAnswer::TooManyRedirects) => return (Verdict::Fail, format!("{path} redirects in a circle")),
        Err(none) => return (Verdict::Unknown, format!("{path}: {none}")),
    };
    let (verdict, words) = standing(&answer);
    if verdict != Verdict::Pass {
        return (verdict, format!("{path}: {words}"));
    }
    let kind = answer.headers.get("content-type").map(String::as_str).unwrap_or_default();
    if kind.starts_with("application/pdf") && !answer.body.is_empty() {
        return (Verdict::Pass, format!("{path}: a PDF document"));
    }
    match read(answer, route).await {
        Ok(document) if document.text().is_empty() => (Verdict::Fail, format!("{path} shows no text")),
        Ok(_) => (Verdict::Pass, path),
        Err(why) => (Verdict::Unknown, format!("{path}: {why}")),
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
