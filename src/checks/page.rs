//! The `page` check: what a visitor finds on a merchant's web page. Each rule is one result.

use hyper::header::HeaderMap;
use minijinja::Value;
use percent_encoding::percent_decode_str;
use url::Url;

use super::answer::Answer;
use super::charset;
use super::document::{Document, Link};
use super::found;
use super::lanes;
use super::outbound::{Follow, NoAnswer, Request, address, same_site};
use super::outcome::{Outcome, result};
use super::route::Route;
use super::subject::Subject;
use super::wording;
use crate::domain::check::{LinkRule, Method, PageCheck};
use crate::domain::verdict::{StepResult, Verdict};

/// The largest page, in bytes: site builders write more than an API does.
pub const MAX_PAGE: usize = 4 * 1024 * 1024;
/// Why what is not among the links may be on the page all the same.
const NOT_ALL: &str = "the page has more links than are read";

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
    results.extend(lanes::work(document.text().len(), || on_the_page(page, &document, &context)));
    for rule in &page.links {
        results.push(link(rule, &document, &url, route).await);
    }
    seen.push(("text", Value::from(document.text())));
    Outcome::of(results, "the page has everything that is asked of it").seeing(found::context(&context, seen))
}

/// What the rules say that ask nobody else.
fn on_the_page(page: &PageCheck, document: &Document, context: &Value) -> Vec<StepResult> {
    let mut results = Vec::new();
    for text in &page.require {
        results.push(match text.render(context) {
            Ok(text) => required(document, &text),
            Err(e) => result(text.source(), Verdict::Unknown, "a text", &e.to_string()),
        });
    }
    results.extend(page.forbid.iter().map(|word| forbidden(document, word)));
    if page.mailto {
        results.push(scheme(document, "mailto", "an e-mail link", is_mail));
    }
    if page.tel {
        results.push(scheme(document, "tel", "a telephone link", is_number));
    }
    if let Some(code) = &page.currency {
        results.push(match code.render(context) {
            Ok(code) => currency(document, &code),
            Err(e) => result("currency", Verdict::Unknown, "a currency code", &e.to_string()),
        });
    }
    results
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
    let _turn = route.turn(answer.body.len()).await.map_err(|none| none.to_string())?;
    let work = tokio::task::spawn_blocking(move || {
        let html = charset::text(&answer).map_err(|e| format!("the page {e}"))?;
        Document::parse(&html, deadline).map_err(|e| e.to_string())
    });
    work.await.map_err(|_| "the page cannot be read".to_owned())?
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

fn scheme(document: &Document, scheme: &str, expected: &str, is_one: fn(&str) -> bool) -> StepResult {
    let good = document.links().iter().filter_map(|l| l.href.as_deref()?.split_once(':')).any(|(s, rest)| {
        s.trim().eq_ignore_ascii_case(scheme) && is_one(&percent_decode_str(rest).decode_utf8_lossy())
    });
    if document.is_cut() && !good {
        return result(scheme, Verdict::Unknown, expected, NOT_ALL);
    }
    judged(scheme, good, expected, ("there", "not there"))
}

/// Whether a message can be sent there: the address may also be a field of its own.
fn is_mail(to: &str) -> bool {
    let (path, fields) = to.split_once('?').unwrap_or((to, ""));
    let field = |field: &str| field.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("to="));
    let named = fields.split('&').filter(|f| field(f)).map(|f| &f[3..]);
    [path].into_iter().chain(named).flat_map(|all| all.split(',')).any(|address| {
        address.trim().split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty())
    })
}

/// Whether a number can be called; the shortest are those of emergencies.
fn is_number(to: &str) -> bool {
    to.split([';', '?']).next().unwrap_or_default().chars().filter(char::is_ascii_digit).count() >= 3
}

fn currency(document: &Document, code: &str) -> StepResult {
    let good = wording::amount_in(document.text(), code);
    judged("currency", good, &format!("an amount in {code}"), ("there", "no amount beside the code"))
}

/// Where a link leads.
enum Leads {
    /// To no place: it is there to be filled in.
    Nowhere(String),
    /// To the page that it stands on, or to a section of it.
    Here(String),
    OffSite(String),
    To(Url),
}

/// Where a link of the page leads; nothing for one that opens no page.
fn leads(link: &Link, document: &Document, page: &Url) -> Option<Leads> {
    let nowhere = || Some(Leads::Nowhere("leads nowhere".to_owned()));
    let is_none = |section: &str| section.is_empty() || section.eq_ignore_ascii_case("top");
    let href = link.href.as_deref().unwrap_or_default();
    if href.is_empty() || href.strip_prefix('#').is_some_and(is_none) {
        return nowhere();
    }
    let mut url = document.base(page).join(href).ok().and_then(|url| address(url.as_str()).ok())?;
    let section = url.fragment().map(|s| percent_decode_str(s).decode_utf8_lossy().into_owned());
    url.set_fragment(None);
    let mut here = page.clone();
    here.set_fragment(None);
    if !same_site(page, &url) {
        let host = url.host_str().unwrap_or_default();
        return Some(Leads::OffSite(format!("leads off the site to {host}")));
    }
    match section {
        _ if url != here => Some(Leads::To(url)),
        Some(section) if is_none(&section) => nowhere(),
        Some(section) if !document.has(&section) => {
            Some(Leads::Nowhere(format!("leads nowhere: nothing on the page is called “{section}”")))
        }
        // A one-page site: the link leads to a section of what has been read already.
        Some(_) | None => Some(Leads::Here(format!("{} is this page", url.path()))),
    }
}

/// The links that serve a purpose, and whether the first that works has something to read.
async fn link(rule: &LinkRule, document: &Document, page: &Url, route: &mut Route<'_>) -> StepResult {
    /// Menus repeat a link; more different ones than this are not for one purpose.
    const MOST: usize = 3;
    let expected = format!("a link to {} that opens", rule.purpose);
    let matching = |l: &&Link| {
        rule.pattern.matches(&l.text) || l.href.as_deref().is_some_and(|href| rule.pattern.matches(href))
    };
    let mut targets: Vec<Url> = Vec::new();
    let mut last = (Verdict::Fail, "no such link".to_owned());
    for link in document.links().iter().filter(matching) {
        match leads(link, document, page) {
            Some(Leads::Here(words)) => return result(&rule.purpose, Verdict::Pass, &expected, &words),
            Some(Leads::Nowhere(why) | Leads::OffSite(why)) => last.1 = why,
            Some(Leads::To(url)) if !targets.contains(&url) && targets.len() < MOST => targets.push(url),
            Some(Leads::To(_)) | None => {}
        }
    }
    for target in targets {
        last = opens(target, route).await;
        if last.0 == Verdict::Pass {
            break;
        }
    }
    if document.is_cut() && last.0 == Verdict::Fail {
        last = (Verdict::Unknown, format!("{}; {NOT_ALL}", last.1));
    }
    result(&rule.purpose, last.0, &expected, &last.1)
}

async fn opens(target: Url, route: &mut Route<'_>) -> (Verdict, String) {
    let path = target.path().to_owned();
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
