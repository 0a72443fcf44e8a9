//! Webhook endpoints as every provider has them: registered with a secret that is told once, tried with a
//! synthetic event, and the events that were sent.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::answer::{Answer, Fault, Input};
use super::guard::{Caller, Mode};
use super::hooks::{Endpoint, Event, is_loopback};
use super::provider::Provider;
use super::world::World;

const MAX_EVENTS: usize = 50;
const MAX_TEXT: usize = 200;

/// The routes, below where the provider has them.
pub(super) fn routes(provider: Provider, at: &str, events_at: &str) -> Router<World> {
    Router::new()
        .route(at, post(register).get(list))
        .route(&format!("{at}/{{id}}"), get(one))
        .route(&format!("{at}/{{id}}/test-events"), post(try_out))
        .route(events_at, get(events))
        .layer(Extension(provider))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    url: String,
    #[serde(default)]
    enabled_events: Vec<String>,
    #[serde(default)]
    description: String,
}

async fn register(
    State(world): State<World>,
    Extension(provider): Extension<Provider>,
    Extension(caller): Extension<Caller>,
    Input(body): Input<Registration>,
) -> Result<Answer, Fault> {
    caller.may("webhooks.write")?;
    let unprocessable =
        |code, message: &'static str| Fault::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    let url = Url::parse(&body.url).map_err(|_| unprocessable("url_invalid", "The address is not a URL"))?;
    if !is_loopback(&url) {
        return Err(unprocessable("url_not_loopback", "The rehearsal delivers to this machine only"));
    }
    let long = |text: &String| text.len() > MAX_TEXT;
    if body.enabled_events.len() > MAX_EVENTS
        || body.enabled_events.iter().any(long)
        || long(&body.description)
    {
        return Err(unprocessable("too_much", "Too many event types, or too long a text"));
    }
    world.state(|state| {
        let hooks = state.hooks_of(provider);
        let (id, secret) = hooks.register(url.clone(), body.enabled_events, body.description, caller.mode);
        let Some(endpoint) = hooks.endpoint(&id, caller.mode).cloned() else {
            return Err(unknown());
        };
        // The stand-in of the merchant deploys what its new live endpoint is signed with.
        if caller.mode == Mode::Live
            && let Some(shop) = state.shops.get_mut(provider.runbook())
            && url.path() == format!("/m/{}/webhook", provider.runbook())
        {
            shop.deploy(&secret);
        }
        let mut shown = told(&id, &endpoint);
        shown["secret"] = Value::String(secret);
        Ok(Answer::created(shown))
    })
}

async fn list(
    State(world): State<World>,
    Extension(provider): Extension<Provider>,
    Extension(caller): Extension<Caller>,
) -> Result<Answer, Fault> {
    caller.may("webhooks.read")?;
    Ok(world.state(|state| {
        let hooks = state.hooks_of(provider);
        let endpoints: Vec<Value> = hooks.endpoints(caller.mode).map(|(id, e)| told(id, e)).collect();
        Answer::data(endpoints.into())
    }))
}

async fn one(
    State(world): State<World>,
    Extension(provider): Extension<Provider>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Fault> {
    caller.may("webhooks.read")?;
    world.state(|state| {
        let hooks = state.hooks_of(provider);
        hooks.endpoint(&id, caller.mode).map(|e| Answer::data(told(&id, e))).ok_or_else(unknown)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    event_type: String,
}

async fn try_out(
    State(world): State<World>,
    Extension(provider): Extension<Provider>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Input(body): Input<Trial>,
) -> Result<Answer, Fault> {
    caller.may("webhooks.write")?;
    if body.event_type.is_empty() || body.event_type.len() > MAX_TEXT {
        let message = "An event type has 1 to 200 characters";
        return Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "event_type_invalid", message));
    }
    let now = world.now();
    let parcel = world
        .state(|state| {
            let hooks = state.hooks_of(provider);
            hooks.endpoint(&id, caller.mode)?;
            hooks.parcel(&id, &body.event_type, "synthetic", &json!({ "synthetic": true }), now)
        })
        .ok_or_else(unknown)?;
    let event = parcel.event.clone();
    let attempt = world.send(provider, parcel).await;
    Ok(Answer::data(json!({
        "webhook_event_id": event,
        "event_status": attempt.word(),
        "attempt_status": attempt.word(),
        "attempt_number": 1,
        "status_code": attempt.status_code,
        "duration_milliseconds": attempt.milliseconds,
    })))
}

#[derive(Deserialize)]
struct Wanted {
    status: Option<String>,
}

async fn events(
    State(world): State<World>,
    Extension(provider): Extension<Provider>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { status }): Query<Wanted>,
) -> Result<Answer, Fault> {
    caller.may("webhooks.read")?;
    Ok(world.state(|state| {
        let hooks = state.hooks_of(provider);
        let wanted = |event: &&Event| status.as_deref().is_none_or(|status| word(event) == status);
        let events: Vec<Value> = hooks.events(caller.mode).filter(wanted).map(shown).collect();
        Answer::data(events.into())
    }))
}

fn word(event: &Event) -> &'static str {
    event.attempt.map_or("pending", super::hooks::Attempt::word)
}

fn shown(event: &Event) -> Value {
    json!({
        "webhook_event_id": event.id,
        "webhook_endpoint_id": event.endpoint,
        "event_type": event.kind,
        "object_id": event.object,
        "status": word(event),
        "attempt_number": event.attempts,
        "status_code": event.attempt.and_then(|attempt| attempt.status_code),
        "created_at": event.at,
    })
}

/// An endpoint without its secret.
fn told(id: &str, endpoint: &Endpoint) -> Value {
    json!({
        "webhook_endpoint_id": id,
        "url": endpoint.url.as_str(),
        "enabled_events": endpoint.events,
        "description": endpoint.description,
        "enabled": true,
    })
}

fn unknown() -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "webhook_endpoint_not_found", "There is no such endpoint in this mode")
}
