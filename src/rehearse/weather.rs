//! How the providers' APIs are reachable at the moment: all of them at once, as a network is.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::answer::Fault;
use super::provider::Provider;
use super::world::World;

/// So many paths are counted; then counting begins anew.
const MAX_PATHS: usize = 1024;

/// How the providers' APIs are reachable. The merchants' own side and the control panel always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// What happens to requests.
    pub state: ServiceState,
    /// How late an answer comes while the service is slow.
    pub slow_milliseconds: u32,
    /// What `Retry-After` says while requests are throttled.
    pub retry_after_seconds: u32,
}

/// What happens to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// They are answered.
    Up,
    /// 429 with `Retry-After`.
    Throttled,
    /// They are answered late.
    Slow,
    /// Of the requests to one path every second one is answered with 503.
    Flaky,
    /// 503.
    Down,
}

impl Default for Service {
    fn default() -> Self {
        // Longer than the deadline of any check that the bundled runbooks have.
        Self { state: ServiceState::Up, slow_milliseconds: 45_000, retry_after_seconds: 2 }
    }
}

/// What is counted for [`ServiceState::Flaky`].
#[derive(Debug, Default)]
pub(super) struct Counts(IndexMap<String, u64>);

impl Counts {
    /// The number of this request among those to its path, from 1.
    fn next(&mut self, path: &str) -> u64 {
        if self.0.len() >= MAX_PATHS && !self.0.contains_key(path) {
            self.0.clear();
        }
        let count = self.0.entry(path.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// What becomes of one request.
enum Fate {
    Answered,
    Late(Duration),
    Refused(Fault),
}

fn fate(service: Service, counts: &mut Counts, path: &str) -> Fate {
    let unavailable =
        || Fate::Refused(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service is down"));
    match service.state {
        ServiceState::Throttled => Fate::Refused(Fault::throttled(service.retry_after_seconds)),
        ServiceState::Slow => Fate::Late(Duration::from_millis(service.slow_milliseconds.into())),
        ServiceState::Down => unavailable(),
        ServiceState::Flaky if counts.next(path).is_multiple_of(2) => unavailable(),
        ServiceState::Up | ServiceState::Flaky => Fate::Answered,
    }
}

/// Lets a request through to a provider, or not, or late.
pub(super) async fn pass(State(world): State<World>, request: Request, next: Next) -> Response {
    if Provider::of_path(request.uri().path()).is_none() {
        return next.run(request).await;
    }
    let fate = world.state(|state| fate(state.service, &mut state.counts, request.uri().path()));
    match fate {
        Fate::Answered => next.run(request).await,
        Fate::Late(by) => {
            tokio::time::sleep(by).await;
            next.run(request).await
        }
        Fate::Refused(fault) => fault.into_response(),
    }
}
