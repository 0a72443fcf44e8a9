//! A page and its scripts, as any visitor gets them: what is in them is public already.

use std::sync::LazyLock;

use hyper::header::HeaderMap;
use regex::bytes::Regex;
use url::Url;

use super::detect::Detector;
use super::stream::{Stop, Streamer};
use super::sweep::{Finding, Sweep, shown};
use crate::checks::outbound::{Follow, Request, address, same_site};
use crate::checks::page::MAX_PAGE;
use crate::checks::route::Route;
use crate::domain::check::Method;

/// The most scripts of a page.
const MAX_SCRIPTS: usize = 50;
/// The largest script, in bytes: bundles are larger than pages.
const MAX_SCRIPT: usize = 8 * 1024 * 1024;
/// All that is fetched, in bytes.
const MAX_TOTAL: u64 = 64 * 1024 * 1024;

/// The address of a script, of a module that is loaded ahead, or of the page's base.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)<(?:(?P<base>base)|script|link)\b(?P<rest>[^>]*?)\b(?:src|href)\s*=\s*(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'|(?P<c>[^\s"'>]+))(?P<more>[^>]*)"#,
    )
    .ok()
});

/// Looks through a page and its scripts of the same site, those written into it included.
pub async fn sweep(page: &str, route: &mut Route<'_>, detector: &Detector) -> Sweep {
    let mut sweep = Sweep::default();
    let url = match address(page) {
        Ok(url) => url,
        Err(e) => {
            sweep.not_read(shown(page, detector), e.to_string());
            return sweep;
        }
    };
    let Some((body, at)) = fetch(url, MAX_PAGE, route, detector, &mut sweep).await else {
        return sweep;
    };
    let mut scripts = scripts(&body, &at);
    scripts.retain(|script| same_site(&at, script));
    if scripts.len() > MAX_SCRIPTS {
        let over = scripts.len() - MAX_SCRIPTS;
        sweep.not_read(shown(at.as_str(), detector), format!("has {over} scripts more than are looked at"));
        scripts.truncate(MAX_SCRIPTS);
    }
    for script in scripts {
        if sweep.bytes > MAX_TOTAL {
            sweep.not_read(name(&script, detector), "was left out, there was too much before it");
            break;
        }
        let _ = fetch(script, MAX_SCRIPT, route, detector, &mut sweep).await;
    }
    sweep.sort();
    sweep
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
) -> Option<(Vec<u8>, Url)> {
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
    let (body, looking) = (answer.body, detector.clone());
    // Some megabytes take a while: not on a thread that others are served by.
    let looked = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        let stop = Stop::default();
        let read = Streamer::default()
            .run(body.as_slice(), &looking, &stop, |place, label| found.push((place, label)));
        (read, found, body)
    });
    let Ok((Ok(bytes), found, body)) = looked.await else {
        sweep.not_read(source, "cannot be looked at");
        return None;
    };
    sweep.files += 1;
    sweep.bytes += bytes;
    for (place, label) in found {
        sweep.found(Finding { source: source.clone(), place, label });
    }
    Some((body, at))
}

/// The addresses of scripts, each once, in order.
fn scripts(page: &[u8], at: &Url) -> Vec<Url> {
    let mut base = at.clone();
    let mut found: Vec<Url> = Vec::new();
    for tag in ADDRESS.iter().flat_map(|regex| regex.captures_iter(page)) {
        let group = |name| tag.name(name).map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned());
        let Some(to) = ["a", "b", "c"].into_iter().find_map(group) else { continue };
        let Ok(mut url) = base.join(to.trim().replace("&amp;", "&").as_str()) else { continue };
        if group("base").is_some() {
            base = url;
            continue;
        }
        let around = format!("{} {}", group("rest").unwrap_or_default(), group("more").unwrap_or_default());
        let link = tag.get(0).is_some_and(|m| m.as_bytes()[1..].to_ascii_lowercase().starts_with(b"link"));
        // Style sheets and icons hold no code; a module that is loaded ahead does.
        let code = around.to_ascii_lowercase();
        if link && !(code.contains("modulepreload") || (code.contains("preload") && code.contains("script")))
        {
            continue;
        }
        url.set_fragment(None);
        if address(url.as_str()).is_ok() && !found.contains(&url) {
            found.push(url);
        }
    }
    found
}
