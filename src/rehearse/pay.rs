//! The pages that a payment link leads to: nothing to type, they say what became of the payment.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use super::control::is_here;
use super::provider::Provider;
use super::world::World;

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/flint/pay/{id}", get(flint))
        .route("/merchant-api/pay/{id}", get(merchant_api))
        .route("/invoice-link/pay/{id}", get(invoice_link))
}

/// The address of the page for something to be paid, under the name by which the simulator was asked.
pub(super) fn link(provider: Provider, headers: &HeaderMap, id: &str) -> String {
    format!("{}/{}/pay/{id}", base(headers), provider.runbook())
}

/// The address under which the simulator was asked.
pub(super) fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).filter(|host| is_here(host));
    format!("http://{}", host.unwrap_or("localhost"))
}

async fn flint(State(world): State<World>, Path(id): Path<String>) -> Response {
    page(world.state(|state| state.flint.payment(&id)))
}

async fn merchant_api(State(world): State<World>, Path(id): Path<String>) -> Response {
    page(world.state(|state| state.merchant_api.payment(&id)))
}

async fn invoice_link(State(world): State<World>, Path(id): Path<String>) -> Response {
    page(world.state(|state| state.invoices.payment(&id)))
}

/// Both words are the simulator's own, so nothing needs escaping.
fn page(status: Option<&'static str>) -> Response {
    let html = |text: &str| {
        Html(format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Payment</title></head>\n\
             <body><h1>Payment</h1>\n<p>{text}</p></body>\n</html>\n"
        ))
    };
    match status {
        Some(status) => html(&format!("This payment is: {status}")).into_response(),
        None => (StatusCode::NOT_FOUND, html("There is nothing to pay here")).into_response(),
    }
}
