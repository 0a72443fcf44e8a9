//! Flint: one host and one API for both modes, readiness and onboarding as resources, webhook endpoints
//! whose secret is told once. Every answer to a key says the mode it ran in and whose key it was.
//!
//! - [`state`]: what can be switched, and what was made
//! - [`account`]: onboarding, keys, readiness, capabilities, payment options
//! - [`orders`]: orders, their payment, refunds
//! - [`catalogue`]: what is referenced by id and exists in one mode only: products, plans, coupons, settings

mod account;
mod catalogue;
mod orders;
mod state;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::guard::guard;
use super::hook_routes;
use super::provider::Provider;
use super::world::World;

pub(super) use state::Flint;
pub use state::{Axis, AxisStatus, Buyer, FlintSwitches, Onboarding, Requirements};

/// The routes of the provider.
pub(super) fn routes(world: &World) -> Router<World> {
    let inner = Router::new()
        .merge(account::routes())
        .merge(orders::routes())
        .merge(catalogue::routes())
        .merge(hook_routes::routes(Provider::Flint, "/v1/webhook-endpoints", "/v1/webhook-events"))
        .route_layer(from_fn_with_state((world.clone(), Provider::Flint), guard));
    Router::new().nest("/flint", inner)
}
