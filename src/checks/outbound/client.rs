//! The clients: connections that are kept, TLS with the roots of the system, HTTP/1.1 and HTTP/2.
//!
//! hyper takes interim answers (103, RFC 8297) without end; here the request is over after a few.
//!
//! hyper's client is used as it is. What a larger client puts around it (redirects, repetitions, cookies,
//! proxies) is what [`outbound`](super) must decide itself, and cost a third of a check.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

use tokio::sync::Notify;

use super::NoAnswer;
use super::paced::Connector;
use crate::checks::shown::clipped;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(90);
/// How long a connection is silent before it is tried, and how long between and how often.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;
/// The most interim answers before the answer.
const MAX_INTERIM: u32 = 10;
/// The longest reason of the network that is kept, in characters.
const MAX_REASON: usize = 120;

/// Whether connections are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reuse {
    /// They are. A request on one that breaks before the request left is sent on another.
    Yes,
    /// Each request has its own, and none is sent twice by itself.
    No,
}

/// A client for one kind of address.
#[derive(Debug, Clone)]
pub(super) enum Http {
    Plain(Client<Connector, Full<Bytes>>),
    Secure(Client<HttpsConnector<Connector>, Full<Bytes>>),
}

impl Http {
    /// For plain addresses.
    pub(super) fn plain(reuse: Reuse) -> Self {
        Self::Plain(builder(reuse).build(Connector(connector())))
    }

    /// For `https`. Reads the roots of the system, which blocks on the disk.
    pub(super) fn secure(reuse: Reuse) -> Result<Self, String> {
        // Without a provider for the process there is only one in the build.
        let provider = CryptoProvider::get_default()
            .map_or_else(|| Arc::new(rustls::crypto::ring::default_provider()), Arc::clone);
        let verifier =
            rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(|e| innermost(&e))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut below = connector();
        below.enforce_http(false);
        let mut connector = HttpsConnector::from((Connector(below), config));
        connector.enforce_https();
        Ok(Self::Secure(builder(reuse).build(connector)))
    }

    /// Sends a request and gives the head of the answer.
    pub(super) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let (interim, too_many) = (AtomicU32::new(0), Arc::new(Notify::new()));
        let notify = Arc::clone(&too_many);
        hyper::ext::on_informational(&mut request, move |_| {
            if interim.fetch_add(1, Ordering::Relaxed) == MAX_INTERIM {
                notify.notify_one();
            }
        });
        let answer = match self {
            Self::Plain(client) => client.request(request),
            Self::Secure(client) => client.request(request),
        };
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|error| {
                let why = innermost(&error);
                if error.is_connect() { NoAnswer::Connect(why) } else { NoAnswer::Broken(why) }
            }),
            () = too_many.notified() => Err(NoAnswer::Broken("only interim answers come".to_owned())),
        }
    }
}

fn builder(reuse: Reuse) -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.timer(TokioTimer::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE);
    match reuse {
        Reuse::Yes => {}
        Reuse::No => {
            builder.pool_max_idle_per_host(0).retry_canceled_requests(false);
        }
    }
    builder
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE));
    connector.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    connector
}

/// The innermost cause: the layers around it say less, and may hold what is not for a log.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    clipped(&cause.to_string(), MAX_REASON)
}
