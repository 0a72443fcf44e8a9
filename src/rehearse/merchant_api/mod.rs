//! Merchant API: six calls in order, each using what the one before gave: an account, a session token, an
//! organisation, a customer, a checkout session.
//!
//! - [`state`]: accounts, organisations, customers, sessions
//! - [`people`]: signing up and in, organisations, customers
//! - [`checkout`]: sessions, payment intents, and what the buyer does

mod checkout;
mod people;
mod state;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::guard::{Caller, Mode, guard, once};
use super::hook_routes;
use super::provider::Provider;
use super::world::World;

pub(super) use state::MerchantApi;
pub use state::MerchantApiSwitches;

/// The routes of the provider. Signing up and in need no token.
pub(super) fn routes(world: &World) -> Router<World> {
    let open = people::open_routes().route_layer(from_fn_with_state(world.clone(), unguarded));
    let inner = Router::new()
        .merge(people::routes())
        .merge(checkout::routes())
        .merge(hook_routes::routes(Provider::MerchantApi, "/webhooks", "/webhook-events"))
        .route_layer(from_fn_with_state((world.clone(), Provider::MerchantApi), guard));
    Router::new().nest("/merchant-api", open.merge(inner))
}

/// Nobody is known yet, but the same request is answered as before all the same.
async fn unguarded(State(world): State<World>, request: Request, next: Next) -> Response {
    let nobody = Caller { key_id: "nobody".to_owned(), mode: Mode::Live, scopes: None };
    once(&world, Provider::MerchantApi, &nobody, request, next).await
}
