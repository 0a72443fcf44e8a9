//! A page and its scripts, as any visitor gets them: what is in them is public already.
//!
//! Shops load much of their code from other hosts. It is fetched as well, without credentials and over https
//! only: an address inside somebody's network has no certificate for a name outside.

use std::io::Read;
use std::time::Instant;

use globset::GlobSet;
use hyper::header::HeaderMap;
use scraper::Html;
use scraper::node::Element;
use url::Url;

use super::detect::Detector;
use super::stream::{Stop, Streamer};
use super::sweep::{Finding, Sweep, shown};
use super::unpack::{WithoutZeros, is_wide};
use crate::checks::answer::Answer;
use crate::checks::charset;
use crate::checks::document::{base, tree};
use crate::checks::outbound::{Follow, Request, address, same_site};
use crate::checks::page::MAX_PAGE;
use crate::checks::route::Route;
use crate::domain::check::Method;

/// The most scripts of a page.
const MAX_SCRIPTS: usize = 100;
/// The largest script, in bytes: bundles are larger than pages.
const MAX_SCRIPT: usize = 8 * 1024 * 1024;
/// All that is fetched, in bytes.
const MAX_TOTAL: u64 = 64 * 1024 * 1024;

/// Looks through a page and its scripts, those written into it included. Scripts of other sites are left out
/// if `skip` has a glob for their host and path.
pub async fn sweep(page: &str, skip: &GlobSet, route: &mut Route<'_>, detector: &Detector) -> Sweep {
    let mut sweep = Sweep::default();
    let url = match address(page) {
        Ok(url) => url,
        Err(e) => {
            sweep.not_read(shown(page, detector), e.to_string());
            return sweep;
        }
    };
    let Some((answer, at)) = fetch(url, MAX_PAGE, route, detector, &mut sweep).await else {
        return sweep;
    };
    let (deadline, page) = (route.deadline().map(tokio::time::Instant::into_std), at.clone());
    let scripts = tokio::task::spawn_blocking(move || scripts(&answer, &page, deadline)).await;
    let mut scripts = match scripts.unwrap_or_else(|_| Err("cannot be read".to_owned())) {
        Ok(scripts) => scripts,
        Err(why) => {
            sweep.not_read(name(&at, detector), format!("does not say which scripts it has: {why}"));
            return sweep;
        }
    };
    scripts.retain(|script| same_site(&at, script) || !skip.is_match(place(script)));
    if scripts.len() > MAX_SCRIPTS {
        let over = scripts.len() - MAX_SCRIPTS;
        sweep.not_read(name(&at, detector), format!("has {over} scripts more than are looked at"));
        scripts.truncate(MAX_SCRIPTS);
    }
    for script in scripts {
        if sweep.bytes > MAX_TOTAL {
            sweep.not_read(name(&script, detector), "was left out, there was too much before it");
            break;
        }
        if !same_site(&at, &script) && script.scheme() != "https" {
            sweep.not_read(name(&script, detector), "is of another site, and not to be had over https");
            continue;
        }
        let _ = fetch(script, MAX_SCRIPT, route, detector, &mut sweep).await;
    }
    sweep.sort();
    sweep
}

/// What a glob is compared with.
fn place(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

/// An address without what a question mark or a fragment adds: that may be a key.
fn name(url: &Url, detector: &Detector) -> crate::domain::text::SafeText {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    shown(url.as_str(), detector)
}

/// Fetches one file and looks through it; gives it and where it was found.
async fn fetch(
    url: Url,
    max_body: usize,
    route: &mut Route<'_>,
    detector: &Detector,
    sweep: &mut Sweep,
) -> Option<(Answer, Url)> {
    let source = name(&url, detector);
    let (headers, follow) = (HeaderMap::new(), Follow::SameSite);
    let request = Request { method: Method::Get, url, headers, body: None, follow, max_body };
    let (answer, at) = match route.ask(request).await {
        Ok(answered) => answered,
        Err(none) => {
            sweep.not_read(source, none.to_string());
            return None;
        }
    };
    if answer.status != 200 {
        sweep.not_read(source, format!("answers with status {}", answer.status));
        return None;
    }
    if let Some(how) = charset::packed(&answer) {
        let packed = charset::NoText::Packed(shown(how, detector).to_string());
        sweep.not_read(source, packed.to_string());
        return None;
    }
    let looking = detector.clone();
    // Some megabytes take a while: not on a thread that others are served by.
    let looked = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        let body = answer.body.as_slice();
        let mut wide = WithoutZeros(body);
        let mut plain = body;
        let stream: &mut dyn Read = if is_wide(body) { &mut wide } else { &mut plain };
        let keep = |place, label| found.push((place, label));
        let read = Streamer::default().run(stream, &looking, &Stop::default(), keep);
        (read, found, answer)
    });
    let Ok((Ok(bytes), found, answer)) = looked.await else {
        sweep.not_read(source, "cannot be looked at");
        return None;
    };
    sweep.files += 1;
    sweep.bytes += bytes;
    for (place, label) in found {
        sweep.found(Finding { source: source.clone(), place, label });
    }
    Some((answer, at))
}

/// The addresses of the scripts of a page, each once, in order; or why they are not known.
fn scripts(answer: &Answer, at: &Url, deadline: Option<Instant>) -> Result<Vec<Url>, String> {
    let text = charset::text(answer).map_err(|e| format!("it {e}"))?;
    let html = tree(&text, deadline).map_err(|e| e.to_string())?;
    let base = base(elements(&html, "base").find_map(|base| base.attr("href")), at);
    let mut found: Vec<Url> = Vec::new();
    for address_of in html.tree.nodes().filter_map(|node| script(node.value().as_element()?)) {
        let Ok(mut url) = base.join(address_of.trim()) else { continue };
        url.set_fragment(None);
        if address(url.as_str()).is_ok() && !found.contains(&url) {
            found.push(url);
        }
    }
    Ok(found)
}

fn elements<'a>(html: &'a Html, name: &'a str) -> impl Iterator<Item = &'a Element> {
    html.tree.nodes().filter_map(|node| node.value().as_element()).filter(move |e| e.name() == name)
}

/// The address of the code that an element loads. Style sheets and icons hold none; a module that is loaded
/// ahead does.
fn script(element: &Element) -> Option<&str> {
    let is = |name, word: &str| element.attr(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let rel = |word: &str| {
        let mut words = element.attr("rel").unwrap_or_default().split_ascii_whitespace();
        words.any(|w| w.eq_ignore_ascii_case(word))
    };
    match element.name() {
        "script" => element.attr("src").or(element.attr("href")),
        "link" if rel("modulepreload") || (rel("preload") && is("as", "script")) => element.attr("href"),
        _ => None,
    }
}
