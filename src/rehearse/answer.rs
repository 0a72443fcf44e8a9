//! What every JSON answer has in common: a request id in the body and in a header, and one shape for
//! errors.
//!
//! Handlers give an [`Answer`] or a [`Fault`]; [`finish`] writes the id into it. Whatever refuses a
//! request before a handler sees it (no such route, wrong method, body too large) is given the same
//! shape there.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, Json, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::provider::Provider;

/// The largest body that is read, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// The longest that a request may take, a slow sender included.
const DEADLINE: Duration = Duration::from_secs(10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const HTML: &str = "text/html";

/// A good answer: a status and a JSON object, without its request id yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    status: StatusCode,
    body: Map<String, Value>,
    headers: HeaderMap,
}

impl Answer {
    /// Answers 200 with an object; anything else is put under `result`.
    pub(super) fn new(body: Value) -> Self {
        let body = match body {
            Value::Object(map) => map,
            other
            @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Map::from_iter([("result".to_owned(), other)])
            }
        };
        Self { status: StatusCode::OK, body, headers: HeaderMap::new() }
    }

    /// Answers 200 with something under `data`.
    pub(super) fn data(data: Value) -> Self {
        Self::new(Value::Object(Map::from_iter([("data".to_owned(), data)])))
    }

    /// Answers 201 with something under `data`.
    pub(super) fn created(data: Value) -> Self {
        Self { status: StatusCode::CREATED, ..Self::data(data) }
    }

    /// Answers 201 with an object.
    pub(super) fn made(object: Value) -> Self {
        Self { status: StatusCode::CREATED, ..Self::new(object) }
    }

    /// What a response says that waits for its request id; none for a refusal.
    pub(super) fn good(response: &Response) -> Option<Self> {
        let Unsent(body) =
            response.extensions().get::<Unsent>().filter(|_| response.status().is_success())?.clone();
        Some(Self { status: response.status(), body, headers: response.headers().clone() })
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.headers_mut().extend(self.headers);
        response.extensions_mut().insert(Unsent(self.body));
        response
    }
}

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Fault {
    /// A refusal with a code for programs and a message for people. The message must be safe to show.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    /// A 401 that says how to identify oneself (RFC 9110, section 11.6.1).
    pub(super) fn unauthorized(code: &'static str, message: &'static str, scheme: &'static str) -> Self {
        Self {
            header: Some((WWW_AUTHENTICATE, HeaderValue::from_static(scheme))),
            ..Self::new(StatusCode::UNAUTHORIZED, code, message)
        }
    }

    /// A 429 that says when to come back.
    pub(super) fn throttled(retry_after_seconds: u32) -> Self {
        Self {
            header: Some((RETRY_AFTER, HeaderValue::from(retry_after_seconds))),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
        }
    }

    /// A refusal that was made without words of ours.
    fn bare(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            other if other.is_server_error() => "internal",
            _ => "bad_request",
        };
        Self::new(status, code, status.canonical_reason().unwrap_or("Refused"))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        let error = json!({ "code": self.code, "message": self.message });
        response.extensions_mut().insert(Unsent(Map::from_iter([("error".to_owned(), error)])));
        response
    }
}

/// A body that waits for its request id.
#[derive(Clone)]
struct Unsent(Map<String, Value>);

/// Begins to carry a request out, and waits for its answer. It is carried out also when whoever asked has
/// left before.
pub(super) fn carried_out(
    work: impl Future<Output = Response> + Send + 'static,
) -> impl Future<Output = Response> {
    let under_way = tokio::spawn(work);
    async {
        under_way.await.unwrap_or_else(|_| Fault::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response())
    }
}

/// Ends a request that takes too long, such as one whose body never comes.
pub(super) async fn deadline(request: Request, next: Next) -> Response {
    tokio::time::timeout(DEADLINE, next.run(request)).await.unwrap_or_else(|_| {
        Fault::new(StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long").into_response()
    })
}

/// Gives every response its request id, and every refusal its shape.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    let id_key = Provider::request_id_key(request.uri().path());
    let mut response = next.run(request).await;
    let id = format!("req_{}", Uuid::now_v7().simple());
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if refused && response.extensions().get::<Unsent>().is_none() && !is_html(&response) {
        let worded = Fault::bare(status).into_response();
        if let Some(unsent) = worded.extensions().get::<Unsent>().cloned() {
            response.extensions_mut().insert(unsent);
        }
    }
    if let Some(Unsent(mut body)) = response.extensions_mut().remove::<Unsent>() {
        body.insert(id_key.to_owned(), Value::String(id.clone()));
        *response.body_mut() = Body::from(Value::Object(body).to_string());
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(HTML))
}

/// A JSON body. What is wrong with one is told without repeating any of it: it may hold a secret.
pub(super) struct Input<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(_)) => Err(Fault::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "wrong_shape",
                "The body is JSON, but not of the shape that this resource takes",
            )),
            Err(JsonRejection::JsonSyntaxError(_)) => {
                Err(Fault::new(StatusCode::BAD_REQUEST, "not_json", "The body is not JSON"))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Fault::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body must be sent as application/json",
            )),
            // The extractor's list of rejections is open-ended; the rest has a status of its own.
            Err(other) => Err(Fault::bare(other.status())),
        }
    }
}

/// A body as it came.
pub(super) struct Raw(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Self).map_err(|refused: BytesRejection| Fault::bare(refused.status()))
    }
}
