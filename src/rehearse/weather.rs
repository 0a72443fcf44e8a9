//! How the providers' APIs are reachable at the moment: all of them at once, as a network is.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::answer::{Fault, carried_out};
use super::provider::Provider;
use super::world::World;
use crate::domain::digest::Digest;

/// So many paths are counted, and so many askers remembered; then it begins anew.
const MAX_KEPT: usize = 1024;

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
    /// 429 with `Retry-After`; whoever waits that long and asks the same again is answered, once.
    Throttled,
    /// They are carried out at once and answered late.
    Slow,
    /// Of the requests to one path every third one is answered with 503, the second first.
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

/// What was asked since the scenario began, for [`ServiceState::Flaky`] and [`ServiceState::Throttled`].
#[derive(Debug, Default)]
pub(super) struct Asked {
    counts: IndexMap<String, u64>,
    free: IndexMap<Digest, DateTime<Utc>>,
}

impl Asked {
    /// The number of this request among those to its path, from 1.
    fn number(&mut self, path: &str) -> u64 {
        if self.counts.len() >= MAX_KEPT && !self.counts.contains_key(path) {
            self.counts.clear();
        }
        let count = self.counts.entry(path.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// How long a request must still wait; nothing when it has. At first there is nothing left of what may
    /// be asked.
    fn wait(&mut self, asker: Digest, between: TimeDelta, now: DateTime<Utc>) -> Option<TimeDelta> {
        if self.free.len() >= MAX_KEPT && !self.free.contains_key(&asker) {
            self.free.clear();
        }
        let free = self.free.entry(asker).or_insert(now + between);
        if *free > now {
            return Some(*free - now);
        }
        *free = now + between;
        None
    }
}

/// Who asks for what, without the key itself.
fn asker(method: &Method, path: &str, headers: &HeaderMap) -> Digest {
    let key = headers.get(AUTHORIZATION).map_or(&[][..], |key| key.as_bytes());
    Digest::of(&[method.as_str().as_bytes(), b" ", path.as_bytes(), b"\n", key].concat())
}

/// What becomes of one request.
enum Fate {
    Answered,
    Late(Duration),
    Refused(Fault),
}

fn fate(service: Service, asked: &mut Asked, request: &Request, now: DateTime<Utc>) -> Fate {
    let path = request.uri().path();
    let unavailable =
        || Fate::Refused(Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service is down"));
    match service.state {
        ServiceState::Throttled => {
            let asker = asker(request.method(), path, request.headers());
            let between = TimeDelta::seconds(service.retry_after_seconds.into());
            asked.wait(asker, between, now).map_or(Fate::Answered, |left| {
                // Whole seconds, none too few.
                let left = u32::try_from((left.num_milliseconds() + 999) / 1000);
                Fate::Refused(Fault::throttled(left.unwrap_or(service.retry_after_seconds)))
            })
        }
        ServiceState::Slow => Fate::Late(Duration::from_millis(service.slow_milliseconds.into())),
        ServiceState::Down => unavailable(),
        ServiceState::Flaky if asked.number(path) % 3 == 2 => unavailable(),
        ServiceState::Up | ServiceState::Flaky => Fate::Answered,
    }
}

/// Lets a request through to a provider, or not, or late.
pub(super) async fn pass(State(world): State<World>, request: Request, next: Next) -> Response {
    if Provider::of_path(request.uri().path()).is_none() {
        return next.run(request).await;
    }
    let now = world.now();
    let fate = world.state(|state| fate(state.service, &mut state.asked, &request, now));
    match fate {
        Fate::Answered => carried_out(next.run(request)).await,
        Fate::Late(by) => {
            let answer = carried_out(next.run(request));
            tokio::time::sleep(by).await;
            answer.await
        }
        Fate::Refused(fault) => fault.into_response(),
    }
}
