//! The one way out: requests with bounds on where they go, how long they take and what comes back.
//!
//! - Only `http` and `https`, and no `user:password@` in an address.
//! - Redirects are followed by this file, as the client follows none: never with credentials, otherwise only
//!   where [`Follow`] allows, at most [`MAX_REDIRECTS`]. One that is not followed is the answer.
//! - One absolute deadline covers name lookup, connection, every redirect and the last byte.
//! - The size limit counts decompressed bytes as they arrive, so a small bomb does not become large.
//! - Bodies that are held at once share 16 MB: a larger one waits for the others, within its deadline.
//! - Proxy variables of the environment are ignored: a check must ask the address that it names, and a
//!   key must not pass through a machine that the runbook does not name.

mod body;
mod client;
mod paced;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Response, Uri};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use url::Url;
use zeroize::Zeroizing;

use self::client::{Http, Reuse};
use super::answer::Answer;
use crate::domain::check::Method;

/// The most redirects of one request.
pub const MAX_REDIRECTS: usize = 5;
/// The most bytes of all larger bodies that are held at once.
const MAX_HELD: usize = 16 * 1024 * 1024;
/// The longest address, in bytes.
const MAX_URL: usize = 8 * 1024;
/// The most addresses that are kept parsed.
const MAX_PARSED: usize = 256;
/// What golive calls itself.
const NAME: &str = concat!("golive/", env!("CARGO_PKG_VERSION"));

/// Where a redirect may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Nowhere: the redirect is the answer.
    Never,
    /// To the same scheme, host and port.
    SameOrigin,
    /// To the same web site, so that `http://shop.example` may become `https://www.shop.example`.
    SameSite,
}

/// A request that is ready to leave. Its `Debug` shows the size of the body: there may be a secret in it.
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to, from [`address`].
    pub url: Url,
    /// All headers but those of the client itself.
    pub headers: HeaderMap,
    /// The body, zeroised when it is done with. What the HTTP and TLS libraries copy of it on its way is not.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Which redirects are followed.
    pub follow: Follow,
    /// The longest body that is accepted, in bytes after decompression.
    pub max_body: usize,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.as_ref().map(|body| body.len()))
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The deadline of the run passed.
    #[error("no answer in time")]
    TimedOut,
    /// No connection, or no secure one.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The answer broke off or is no HTTP.
    #[error("the answer cannot be read: {0}")]
    Broken(String),
    /// More than the accepted size.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// More than [`MAX_REDIRECTS`].
    #[error("more than {MAX_REDIRECTS} redirects")]
    TooManyRedirects,
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not a URL.
    #[error("the address is not a URL")]
    NotUrl,
    /// Longer than 8 KiB.
    #[error("the address is longer than {MAX_URL} bytes")]
    TooLong,
    /// Neither http nor https.
    #[error("the address is neither http nor https")]
    Scheme,
    /// A name or password in the address.
    #[error("the address holds a user name or password")]
    UserInfo,
}

/// The TLS roots of the system cannot be used, or the client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made: {0}")]
pub struct NoClient(String);

/// Checks an address.
pub fn address(text: &str) -> Result<Url, BadAddress> {
    if text.len() > MAX_URL {
        return Err(BadAddress::TooLong);
    }
    admissible(Url::parse(text.trim()).map_err(|_| BadAddress::NotUrl)?)
}

fn admissible(url: Url) -> Result<Url, BadAddress> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BadAddress::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress::UserInfo);
    }
    Ok(url)
}

/// Whether two addresses belong to one web site: the same host apart from `www.`, or one below the
/// other, and the same port unless both have the usual one of their scheme. Below a public suffix, such as
/// `com` or that of a host of shops, live strangers.
pub fn same_site(a: &Url, b: &Url) -> bool {
    let (Some(host_a), Some(host_b)) = (a.host_str(), b.host_str()) else {
        return false;
    };
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (bare_a, bare_b) = (bare(host_a), bare(host_b));
    let below = |low: &str, high: &str| {
        let is_below = low.strip_suffix(high).is_some_and(|rest| rest.ends_with('.'));
        is_below && psl::suffix_str(high) != Some(high)
    };
    let hosts = bare_a == bare_b || below(&bare_a, &bare_b) || below(&bare_b, &bare_a);
    hosts && a.port() == b.port()
}

impl Follow {
    fn allows(self, from: &Url, to: &Url) -> bool {
        match self {
            Self::Never => false,
            Self::SameOrigin => from.origin() == to.origin(),
            // A page asked for over https is not read over plain http.
            Self::SameSite => same_site(from, to) && !(from.scheme() == "https" && to.scheme() == "http"),
        }
    }
}

/// The shared clients: one for plain addresses, and one that knows the system's TLS roots. Reading those
/// takes tens of milliseconds, so it is done with the first address that needs them and never makes a
/// screen wait for its first frame.
#[derive(Debug, Clone)]
pub struct Outbound {
    plain: Http,
    secure: Arc<OnceCell<Http>>,
    reuse: Reuse,
    room: Arc<Semaphore>,
    /// What [`address`] made of a text: the same few are asked again and again, and parsing one takes as long as
    /// reading a third of a usual answer.
    parsed: Arc<Mutex<BTreeMap<String, Url>>>,
}

impl Outbound {
    /// Makes the clients. Installs rustls' ring provider for the process if there is none yet.
    pub fn new() -> Result<Self, NoClient> {
        Ok(Self::with(Reuse::Yes))
    }

    /// A client for requests that must not happen twice: each has a connection of its own, as one that is
    /// used again may break off with nobody knowing why, and the client repeats nothing by itself.
    pub fn for_actions() -> Result<Self, NoClient> {
        Ok(Self::with(Reuse::No))
    }

    fn with(reuse: Reuse) -> Self {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Only fails when another thread was faster, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let room = Arc::new(Semaphore::new(MAX_HELD));
        Self { plain: Http::plain(reuse), secure: Arc::default(), reuse, room, parsed: Arc::default() }
    }

    /// Checks an address, as [`address`] does.
    pub fn address(&self, text: String) -> Result<Url, BadAddress> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = parsed.get(&text) {
            return Ok(url.clone());
        }
        let url = address(&text)?;
        if parsed.len() >= MAX_PARSED {
            parsed.clear();
        }
        parsed.insert(text, url.clone());
        Ok(url)
    }

    async fn client_for(&self, url: &Url) -> Result<&Http, NoAnswer> {
        if url.scheme() == "http" {
            return Ok(&self.plain);
        }
        let make = || async {
            let reuse = self.reuse;
            let made = tokio::task::spawn_blocking(move || Http::secure(reuse)).await;
            made.unwrap_or_else(|_| Err("golive is ending".to_owned())).map_err(NoClient)
        };
        let secure = self.secure.get_or_try_init(make).await;
        secure.map_err(|e: NoClient| NoAnswer::Connect(e.to_string()))
    }

    /// Sends a request and reads the answer, until the deadline. Gives the address that answered.
    pub async fn send(&self, request: Request, deadline: Instant) -> Result<(Answer, Url), NoAnswer> {
        timeout_at(deadline, self.follow(request)).await.unwrap_or(Err(NoAnswer::TimedOut))
    }

    /// The same, for whoever sets a deadline around it.
    pub async fn follow(&self, mut request: Request) -> Result<(Answer, Url), NoAnswer> {
        let started = Instant::now();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.once(&request).await?;
            if let Some(url) = next_hop(&request, &response) {
                request.url = url;
            } else {
                let mut answer = read(response, request.max_body, &self.room).await?;
                answer.elapsed = started.elapsed();
                return Ok((answer, request.url));
            }
        }
        Err(NoAnswer::TooManyRedirects)
    }

    async fn once(&self, request: &Request) -> Result<Response<Incoming>, NoAnswer> {
        let client = self.client_for(&request.url).await?;
        let broken = |why: &str| NoAnswer::Broken(why.to_owned());
        let uri = Uri::try_from(request.url.as_str()).map_err(|_| broken("the address cannot be sent"))?;
        let body = request.body.clone().map_or_else(Full::default, |body| Full::new(Bytes::from_owner(body)));
        let mut asked = hyper::Request::new(body);
        *asked.method_mut() = method(request.method);
        *asked.uri_mut() = uri;
        let headers = asked.headers_mut();
        headers.clone_from(&request.headers);
        for (name, usual) in [(ACCEPT, "*/*"), (ACCEPT_ENCODING, body::ENCODING), (USER_AGENT, NAME)] {
            headers.entry(name).or_insert_with(|| HeaderValue::from_static(usual));
        }
        client.send(asked).await
    }
}

fn method(method: Method) -> hyper::Method {
    match method {
        Method::Get => hyper::Method::GET,
        Method::Head => hyper::Method::HEAD,
        Method::Post => hyper::Method::POST,
        Method::Put => hyper::Method::PUT,
        Method::Patch => hyper::Method::PATCH,
        Method::Delete => hyper::Method::DELETE,
    }
}

/// Where a redirect leads, if it is one and may be followed.
fn next_hop(request: &Request, response: &Response<Incoming>) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    if !is_redirect || !matches!(request.method, Method::Get | Method::Head) {
        return None;
    }
    // Some servers write letters into it that should have been percent-encoded; browsers follow.
    let location = str::from_utf8(response.headers().get(LOCATION)?.as_bytes()).ok()?;
    let url = admissible(request.url.join(location).ok()?).ok()?;
    request.follow.allows(&request.url, &url).then_some(url)
}

async fn read(response: Response<Incoming>, max: usize, room: &Arc<Semaphore>) -> Result<Answer, NoAnswer> {
    let (mut head, body) = response.into_parts();
    let (body, room) = body::read(&mut head.headers, body, max, room).await?;
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push_str(", ");
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    Ok(Answer { status: head.status.as_u16(), headers, body, room, ..Answer::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_plain_web_addresses_are_asked() {
        assert!(address(" https://shop.example/a ").is_ok());
        assert_eq!(address("ftp://shop.example"), Err(BadAddress::Scheme));
        assert_eq!(address("file:///etc/passwd"), Err(BadAddress::Scheme));
        assert_eq!(address("https://u:p@shop.example"), Err(BadAddress::UserInfo));
        assert_eq!(address("https://u@shop.example"), Err(BadAddress::UserInfo));
        assert_eq!(address("shop.example"), Err(BadAddress::NotUrl));
        assert_eq!(address(&format!("https://a/{}", "x".repeat(MAX_URL))), Err(BadAddress::TooLong));
    }

    #[test]
    fn an_address_that_was_parsed_before_is_the_same_and_a_bad_one_stays_bad() {
        let outbound = Outbound::new().unwrap();
        for n in (0..MAX_PARSED * 2).chain(0..4) {
            let text = format!(" https://shop{n}.example/a?b=c ");
            assert_eq!(outbound.address(text.clone()), address(&text));
            assert!(outbound.parsed.lock().unwrap().len() <= MAX_PARSED);
        }
        for _ in 0..2 {
            assert_eq!(outbound.address("ftp://shop.example".to_owned()), Err(BadAddress::Scheme));
        }
    }

    #[test]
    fn a_site_is_a_host_with_what_is_below_it() {
        let shop = url("https://www.shop.example/");
        assert!(same_site(&shop, &url("http://shop.example/a")));
        assert!(same_site(&shop, &url("https://legal.shop.example/")));
        assert!(!same_site(&shop, &url("https://shop.example.evil/")));
        assert!(!same_site(&shop, &url("https://notshop.example/")));
        assert!(!same_site(&shop, &url("https://shop.example:8443/")));
        assert!(!same_site(&url("http://localhost:1"), &url("http://localhost:2")));
        for suffix in ["https://myshopify.com/", "https://co.uk/", "https://example/", "https://github.io/"] {
            let mut below = url(suffix);
            below.set_host(Some(&format!("acme.{}", below.host_str().unwrap()))).unwrap();
            assert!(!same_site(&below, &url(suffix)) && same_site(&below, &below), "{suffix}");
        }
    }

    #[test]
    fn a_redirect_never_drops_from_https_to_http() {
        let (secure, plain) = (url("https://shop.example/"), url("http://shop.example/"));
        assert!(Follow::SameSite.allows(&plain, &secure));
        assert!(!Follow::SameSite.allows(&secure, &plain));
        assert!(!Follow::SameOrigin.allows(&plain, &secure));
    }
}
