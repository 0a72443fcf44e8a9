//! What stands before the routes of a provider that takes bearer keys: who asks, in which mode, and
//! whether the same was asked before.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Fault, MAX_BODY, carried_out};
use super::provider::Provider;
use super::replays::{Known, MAX_KEY, ReplayKey};
use super::world::{State, World};
use crate::domain::digest::Digest;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const SCHEME: &str = "Bearer";

/// The data plane that a request runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real money.
    Live,
    /// Nothing moves.
    Test,
}

impl Mode {
    /// The word for it in headers and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// Which key it is, not the key itself.
    pub(super) key_id: String,
    /// The data plane.
    pub(super) mode: Mode,
    /// What the key may do; nothing said is everything.
    pub(super) scopes: Option<Vec<String>>,
}

impl Caller {
    /// Refuses when the key may not do this. A `.write` scope includes its `.read`.
    pub(super) fn may(&self, scope: &'static str) -> Result<(), Fault> {
        let Some(scopes) = &self.scopes else {
            return Ok(());
        };
        let writes = scope.strip_suffix(".read").map(|what| format!("{what}.write"));
        if scopes.iter().any(|held| held == scope || Some(held) == writes.as_ref()) {
            Ok(())
        } else {
            let message = format!("This key does not have the scope {scope}");
            Err(Fault::new(StatusCode::FORBIDDEN, "insufficient_scope", message))
        }
    }
}

/// The key of an `Authorization: Bearer …` header. Never shown.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Fault> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let message = "A key is needed: Authorization: Bearer …";
        return Err(Fault::unauthorized("missing_key", message, SCHEME));
    };
    header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
        .map(|(_, key)| key.trim())
        .filter(|key| !key.is_empty())
        .ok_or_else(|| {
            let message = "The header must read: Authorization: Bearer …";
            Fault::unauthorized("bad_authorization", message, SCHEME)
        })
}

/// A key that nobody has.
pub(super) fn unknown_key() -> Fault {
    Fault::unauthorized("invalid_key", "This key is not known, or was revoked", SCHEME)
}

/// Says on every answer to a known key what its provider says of it, such as the mode: on refusals too, and
/// where no route is.
pub(super) async fn say_whose(Shared(world): Shared<World>, request: Request, next: Next) -> Response {
    let said = Provider::of_path(request.uri().path())
        .and_then(|provider| {
            let key = bearer(request.headers()).ok()?;
            let caller = world.state(|state| state.caller(provider, key))?;
            Some(State::said_of(provider, &caller))
        })
        .unwrap_or_default();
    let mut response = next.run(request).await;
    for (name, value) in said {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Lets a request through with its [`Caller`], and answers a repeated request as the first one.
pub(super) async fn guard(
    Shared((world, provider)): Shared<(World, Provider)>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = bearer(request.headers())
        .and_then(|key| world.state(|state| state.caller(provider, key)).ok_or_else(unknown_key));
    let caller = match caller {
        Ok(caller) => caller,
        Err(fault) => return fault.into_response(),
    };
    request.extensions_mut().insert(caller.clone());
    once(&world, provider, &caller, request, next).await
}

/// Runs a request, unless its idempotency key says that it ran already.
pub(super) async fn once(
    world: &World,
    provider: Provider,
    caller: &Caller,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = request.headers().get(IDEMPOTENCY_KEY).cloned() else {
        return next.run(request).await;
    };
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let Some(key) = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= MAX_KEY) else {
        let message = "An idempotency key has 1 to 255 visible characters";
        return Fault::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", message).into_response();
    };
    let key = ReplayKey { provider, caller: caller.key_id.clone(), mode: caller.mode, key: key.to_owned() };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let message = "The body is too large";
        return Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).into_response();
    };
    let mut told = parts.uri.path().as_bytes().to_vec();
    told.push(b'\n');
    told.extend_from_slice(&body);
    match world.state(|state| state.replays.begin(&key, Digest::of(&told))) {
        Known::New => {}
        Known::UnderWay => {
            let message = "A request with this idempotency key is under way";
            return Fault::new(StatusCode::CONFLICT, "idempotency_key_in_use", message).into_response();
        }
        Known::Other => {
            let message = "This idempotency key was used for another request";
            return Fault::new(StatusCode::CONFLICT, "idempotency_key_reused", message).into_response();
        }
        Known::Answered(answer) => {
            return answer.with(REPLAYED, HeaderValue::from_static("true")).into_response();
        }
    }
    let world = world.clone();
    carried_out(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        world.state(|state| state.replays.end(&key, Answer::good(&response)));
        response
    })
    .await
}

/// Refuses a write without an idempotency key, where a provider insists on one.
pub(super) fn needs_idempotency_key(headers: &HeaderMap) -> Result<(), Fault> {
    if headers.contains_key(IDEMPOTENCY_KEY) {
        Ok(())
    } else {
        let message = "This request needs an Idempotency-Key header";
        Err(Fault::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", message))
    }
}
