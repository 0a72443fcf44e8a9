//! What the tests of the routes share: a simulator on a free port, and a client for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::http::StatusCode;
use chrono::DateTime;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::world::State;
use super::{Scenario, Simulator, World};
use crate::clock::FixedClock;

/// So often is something looked at that comes about by itself; each look is a request of its own.
const MOST_LOOKS: usize = 20_000;

/// A simulator whose clock stands until the test moves it.
pub(super) struct Rig {
    simulator: Simulator,
    client: Client,
    clock: Arc<FixedClock>,
}

impl Rig {
    pub(super) fn start(scenario: Scenario) -> Self {
        // The client wants a TLS provider even for plain HTTP; another test may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(FixedClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap()));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let simulator = Simulator::start_at(address, scenario, clock.clone()).unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { simulator, client, clock }
    }

    pub(super) fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    pub(super) fn world(&self) -> &World {
        self.simulator.world()
    }

    pub(super) fn clock(&self) -> &FixedClock {
        &self.clock
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(super) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub(super) fn patch(&self, path: &str) -> RequestBuilder {
        self.client.patch(self.url(path))
    }

    pub(super) async fn json(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// Asks until the answer is as wanted; something that runs on its own brings that about.
    pub(super) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) {
        self.until_with(path, "nobody", wanted).await;
    }

    /// Looks at the state until it is as wanted. Each look follows a request, so that others get their turn.
    pub(super) async fn until_state(&self, wanted: impl Fn(&mut State) -> bool) {
        for _ in 0..MOST_LOOKS {
            self.json(self.get("/_rehearse/state")).await;
            if self.world().state(&wanted) {
                return;
            }
        }
        panic!("the state never was as wanted");
    }

    /// The same with a key.
    pub(super) async fn until_with(&self, path: &str, key: &str, wanted: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        for _ in 0..MOST_LOOKS {
            last = self.json(self.get(path).bearer_auth(key)).await.1;
            if wanted(&last) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never was as wanted: {last}");
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.base_url())
    }
}

/// The code of an error answer; empty when it is none.
pub(super) fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

/// The message of an error answer; empty when it is none.
pub(super) fn message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap_or_default()
}
