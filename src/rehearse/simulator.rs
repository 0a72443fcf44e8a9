//! Starting and stopping the simulator.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt as _;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::answer::{MAX_BODY, deadline, finish};
use super::provider::Provider;
use super::scenario::Scenario;
use super::seed::MerchantSeed;
use super::world::World;
use super::{
    billing, control, flint, guard, invoice_link, merchant_api, pay, paymentsai, site, weather, webhook,
};
use crate::clock::{Clock, SystemClock};

/// How long requests under way may go on after a stop.
const GRACE: Duration = Duration::from_secs(1);

/// Why the simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// The address is reachable from elsewhere.
    #[error("the simulator listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The machine gives no thread or no event loop.
    #[error("cannot start the simulator")]
    Start(#[source] io::Error),
}

/// A running simulator. Dropping it stops it.
///
/// It runs on a thread and a runtime of its own: it can be started from anywhere, it does not wait for
/// whatever else the program does, and when its runtime ends so does every connection, however slow its
/// other side is.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    world: World,
    stop: CancellationToken,
    stopped: Option<oneshot::Receiver<()>>,
}

/// What to tell golive about a merchant of the simulator. No URL ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantUrls {
    /// Where its KYC status is.
    pub kyc_status: String,
    /// The provider's API on stage; holds `staging-api`. `/v1/accounts/…` goes behind it.
    pub stage_api: String,
    /// The provider's API in production. `/v1/accounts/…` goes behind it.
    pub live_api: String,
    /// Its website. `/checkout` and `/products` go behind it.
    pub website: String,
    /// Its webhook endpoint.
    pub webhook: String,
}

/// What to tell golive about a provider that has one merchant. No URL ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUrls {
    /// The provider's API.
    pub api: String,
    /// The merchant's website. `/checkout` and `/products` go behind it.
    pub website: String,
    /// The merchant's webhook endpoint.
    pub webhook: String,
    /// What the merchant's webhook handler took in.
    pub received: String,
}

impl Simulator {
    /// Starts on a loopback address; port 0 takes any that is free. When this returns, it answers.
    pub fn start(address: SocketAddr, scenario: Scenario) -> Result<Self, RehearseError> {
        Self::start_at(address, scenario, Arc::new(SystemClock))
    }

    /// Starts with a clock of the caller's: the plot and the age of signatures go by it.
    pub fn start_at(
        address: SocketAddr,
        scenario: Scenario,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RehearseError> {
        if !address.ip().is_loopback() {
            return Err(RehearseError::NotLoopback(address));
        }
        let listen = |source| RehearseError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let world = World::new(scenario, clock);
        let app = router(world.clone());
        let stop = CancellationToken::new();
        let (started, is_started) = mpsc::sync_channel(1);
        let (ended, stopped) = oneshot::channel();
        let token = stop.clone();
        std::thread::Builder::new()
            .name("rehearse".to_owned())
            .spawn(move || {
                run(listener, app, &token, &started);
                // Nobody listens when the simulator was dropped.
                let _ = ended.send(());
            })
            .map_err(RehearseError::Start)?;
        match is_started.recv() {
            Ok(Ok(())) => Ok(Self { address, world, stop, stopped: Some(stopped) }),
            Ok(Err(error)) => Err(RehearseError::Start(error)),
            Err(_) => Err(RehearseError::Start(io::Error::other("it ended at once"))),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for URLs, such as `http://127.0.0.1:4010`; no slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What to tell golive about a merchant.
    pub fn urls(&self, merchant: &MerchantSeed) -> MerchantUrls {
        let base = self.base_url();
        let id = merchant.organization_id;
        MerchantUrls {
            kyc_status: format!("{base}/kyc/{id}"),
            stage_api: format!("{base}/staging-api"),
            live_api: format!("{base}/api"),
            website: format!("{base}/m/{id}/site"),
            webhook: format!("{base}/m/{id}/webhook"),
        }
    }

    /// What to tell golive about the merchant of a provider that has one.
    pub fn places(&self, provider: Provider) -> ProviderUrls {
        let base = self.base_url();
        let id = provider.runbook();
        ProviderUrls {
            api: format!("{base}/{id}"),
            website: format!("{base}/m/{id}/site"),
            webhook: format!("{base}/m/{id}/webhook"),
            received: format!("{base}/m/{id}/received"),
        }
    }

    /// The state, to look at and to switch.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Stops: takes no more connections, lets requests under way end, and cuts those that do not within
    /// a second. When this returns, the port is free.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(stopped) = self.stopped.take() {
            // An error says that the thread is gone already.
            let _ = stopped.await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// All rooms of the simulator as one service.
fn router(world: World) -> Router {
    Router::new()
        .merge(paymentsai::routes())
        .merge(flint::routes(&world))
        .merge(billing::routes(&world))
        .merge(merchant_api::routes(&world))
        .merge(invoice_link::routes(&world))
        .merge(pay::routes())
        .merge(site::routes())
        .merge(webhook::routes())
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(deadline))
        .layer(from_fn_with_state(world.clone(), weather::pass))
        .layer(from_fn_with_state(world.clone(), guard::say_whose))
        .layer(from_fn(finish))
        .with_state(world)
}

/// The thread of the simulator, from its start to its end.
fn run(
    listener: TcpListener,
    app: Router,
    stop: &CancellationToken,
    started: &mpsc::SyncSender<Result<(), io::Error>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let _ = started.send(Ok(()));
        // Small answers must not wait to be sent together; if the socket refuses, they do.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let served = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
        let cut = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            _ = served.into_future() => {}
            () = cut => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use axum::http::StatusCode;

    use super::*;
    use crate::rehearse::seed;
    use crate::rehearse::testing::{Rig, code};

    const ANY: &str = "127.0.0.1:0";

    #[test]
    fn an_address_that_others_can_reach_is_refused() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80", "[::ffff:127.0.0.1]:0"] {
            let refused = Simulator::start(address.parse().unwrap(), Scenario::Happy).unwrap_err();
            assert!(matches!(refused, RehearseError::NotLoopback(_)), "{address}: {refused}");
        }
    }

    #[test]
    fn a_port_in_use_is_refused_with_its_address() {
        let first = Simulator::start(ANY.parse().unwrap(), Scenario::Happy).unwrap();
        let refused = Simulator::start(first.address(), Scenario::Happy).unwrap_err();
        assert!(refused.to_string().contains(&first.address().to_string()), "{refused}");
    }

    #[tokio::test]
    async fn after_a_stop_the_port_is_free() {
        let simulator = Simulator::start(ANY.parse().unwrap(), Scenario::Happy).unwrap();
        let address = simulator.address();
        simulator.stop().await;
        assert!(TcpStream::connect(address).is_err());
    }

    #[tokio::test]
    async fn a_request_that_never_ends_does_not_hold_up_the_stop() {
        let simulator = Simulator::start(ANY.parse().unwrap(), Scenario::Happy).unwrap();
        let mut stream = TcpStream::connect(simulator.address()).unwrap();
        stream.write_all(b"POST /m/org_demo_a/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Le").unwrap();
        simulator.stop().await;
        // Cut off: the end of the stream or a reset, but no waiting for more.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty(), "{rest:?}");
    }

    #[test]
    fn dropping_it_stops_it_within_or_outside_a_runtime() {
        let thread_ends = |mut simulator: Simulator| {
            let stopped = simulator.stopped.take().unwrap();
            drop(simulator);
            stopped
        };
        let outside = Simulator::start(ANY.parse().unwrap(), Scenario::Happy).unwrap();
        assert!(thread_ends(outside).blocking_recv().is_ok());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let inside = Simulator::start(ANY.parse().unwrap(), Scenario::Happy).unwrap();
            assert!(thread_ends(inside).await.is_ok());
        });
    }

    #[tokio::test]
    async fn every_url_of_a_merchant_answers() {
        let rig = Rig::start(Scenario::Happy);
        for merchant in seed() {
            let urls = rig.simulator().urls(merchant);
            assert!(urls.stage_api.contains("staging-api") && !urls.live_api.contains("staging"));
            for url in [urls.kyc_status, urls.website, urls.webhook] {
                assert_eq!(rig.client().get(&url).send().await.unwrap().status(), StatusCode::OK, "{url}");
            }
            let account = format!("{}/v1/accounts/{}", urls.stage_api, merchant.account_id);
            let request = rig.client().get(account);
            let request = request.header("authorization", format!("ApiKey {}", merchant.stage_key));
            assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
        }
    }

    #[tokio::test]
    async fn every_answer_has_a_request_id_of_its_own_in_the_header_and_the_body() {
        let rig = Rig::start(Scenario::Happy);
        let mut ids = BTreeSet::new();
        let requests = [
            (rig.get("/kyc/org_demo_a"), StatusCode::OK),
            (rig.get("/_rehearse/state"), StatusCode::OK),
            (rig.get("/kyc/org_nobody"), StatusCode::NOT_FOUND),
            (rig.get("/nowhere"), StatusCode::NOT_FOUND),
            (rig.get("/kyc/%FF"), StatusCode::BAD_REQUEST),
            (rig.post("/kyc/org_demo_a"), StatusCode::METHOD_NOT_ALLOWED),
            (rig.post("/m/org_demo_a/webhook").body("x".repeat(MAX_BODY + 1)), StatusCode::PAYLOAD_TOO_LARGE),
        ];
        let count = requests.len();
        for (request, status) in requests {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/json");
            let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body: serde_json::Value = response.json().await.unwrap();
            assert_eq!(body["requestId"], id.as_str());
            assert_eq!(code(&body).is_empty(), status == StatusCode::OK, "{body}");
            ids.insert(id);
        }
        assert_eq!(ids.len(), count);
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_the_right_ones() {
        let rig = Rig::start(Scenario::Happy);
        let response = rig.post("/kyc/org_demo_a").send().await.unwrap();
        assert_eq!(response.headers()["allow"], "GET,HEAD");
    }
}
