//! Sends webhook events: real requests, to this machine only.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::time::Instant;

use super::hooks::{Attempt, Hooks, Parcel, is_loopback};
use super::provider::Provider;
use super::world::World;

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What events are sent with. The client is made for the first one: most worlds never send any.
#[derive(Debug, Default)]
pub(super) struct Courier(OnceLock<Option<Client>>);

impl Courier {
    /// Nothing when no client can be made on this machine; then no endpoint gets an answer.
    fn client(&self) -> Option<&Client> {
        let make = || {
            // The client wants a TLS provider even for plain HTTP; there may be one already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build().ok()
        };
        self.0.get_or_init(make).as_ref()
    }
}

impl World {
    /// Sends an event, and notes what came of it.
    pub(super) async fn send(&self, provider: Provider, parcel: Parcel) -> Attempt {
        let began = Instant::now();
        let status_code = self.status_of(&parcel).await;
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let attempt = Attempt { status_code, milliseconds };
        let now = self.now();
        let again = self.state(|state| state.hooks_of(provider).attempted(&parcel.event, attempt, now));
        self.send_all(provider, again);
        self.attempted().notify_waiters();
        attempt
    }

    /// Sends once more what no endpoint has taken.
    pub(super) fn send_again(&self) {
        let now = self.now();
        for provider in Provider::ALL {
            let parcels = self.state(|state| state.hooks_of(provider).again(None, now));
            self.send_all(provider, parcels);
        }
    }

    /// Returns when no event is on its way any more.
    pub async fn all_sent(&self) {
        loop {
            let attempted = self.attempted().notified();
            if !self.state(|state| state.hooks.values().any(Hooks::is_sending)) {
                return;
            }
            attempted.await;
        }
    }

    /// Sends events without waiting for them.
    pub(super) fn send_all(&self, provider: Provider, parcels: Vec<Parcel>) {
        for parcel in parcels {
            let world = self.clone();
            tokio::spawn(async move { world.send(provider, parcel).await });
        }
    }

    async fn status_of(&self, parcel: &Parcel) -> Option<u16> {
        if !is_loopback(&parcel.url) {
            return None;
        }
        let mut request = self.courier().client()?.post(parcel.url.clone()).body(parcel.body.clone());
        request = request.header("content-type", "application/json");
        for (name, value) in &parcel.headers {
            request = request.header(*name, value);
        }
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }
}
