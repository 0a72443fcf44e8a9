//! The provider simulator: stand-ins for a provider's endpoints and for a merchant's website and
//! webhook endpoint, on loopback, for rehearsals, the demo and tests.
//!
//! A [`Simulator`] serves one [`World`]: a few merchants ([`seed()`]) whose state is a set of
//! [`Switches`]. Switches are moved in process through the world, over HTTP under `/_rehearse`, or by
//! the plot of the [`Scenario`], which moves by itself as time goes by.
//!
//! | path | what it stands for | file |
//! |---|---|---|
//! | `/kyc/{org}`, `/staging-api/…`, `/api/…` | PaymentsAI | `paymentsai` |
//! | `/flint/v1/…` | Flint | `flint` |
//! | `/billing-onboarding/v1/billing/…` | billing onboarding | `billing` |
//! | `/merchant-api/…` | the merchant API | `merchant_api` |
//! | `/invoice-link/v1/…` | invoice link | `invoice_link` |
//! | `/{provider}/pay/{id}` | where a payment link leads | `pay` |
//! | `/m/{merchant}/site/…` | the merchant's website | `site` |
//! | `/m/{merchant}/webhook`, `/m/{merchant}/received` | the merchant's webhook endpoint | `webhook` |
//! | `/_rehearse/…` | the control panel | `control` |
//!
//! PaymentsAI has three merchants, each by its organisation; every other provider has one, by the id of
//! its runbook. What a scenario does to each of them is in `scenes`.
//!
//! A request passes, from the outside in: `answer::finish` (request id, one shape for errors), `weather`
//! (throttled, slow, flaky), `answer::deadline`, and for providers with bearer keys `guard` (who asks, in
//! which mode, idempotency keys). A further provider adds its file, its routes in `simulator::router`, and
//! its place in `Provider` and `scenes`. Every key is a fake that says so, nothing listens anywhere but on
//! loopback, and no event is sent anywhere else.

mod answer;
mod billing;
mod control;
mod courier;
mod flint;
mod guard;
mod hook_routes;
mod hooks;
mod invoice_link;
mod merchant;
mod merchant_api;
mod money;
mod patch;
mod pay;
mod paymentsai;
mod provider;
mod replays;
mod scenario;
mod scenes;
mod secret_policy;
mod seed;
mod shelf;
mod shop;
mod signing;
mod simulator;
mod site;
mod site_html;
mod switches;
mod timed;
mod weather;
mod webhook;
mod world;

#[cfg(test)]
mod billing_tests;
#[cfg(test)]
mod invoice_tests;
#[cfg(test)]
mod scenes_tests;
#[cfg(test)]
mod testing;

pub use billing::{BillingOnboarding, BillingState, BillingSwitches, PaymentMethod};
pub use flint::{Axis, AxisStatus, Buyer, FlintSwitches, Onboarding, Requirements};
pub use guard::Mode;
pub use invoice_link::{InvoiceSwitches, PayoutState};
pub use merchant::{Delivery, DeliveryOutcome};
pub use merchant_api::MerchantApiSwitches;
pub use patch::PatchError;
pub use provider::Provider;
pub use scenario::{Scenario, UnknownScenario};
pub use secret_policy::{MAX_SECRET, MIN_SECRET, REMEMBERED_SECRETS};
pub use seed::{
    BILLING, BillingSeed, FLINT, FlintSeed, INVOICE_LINK, InvoiceLinkSeed, MERCHANT_API, MerchantApiSeed,
    MerchantSeed, Product, ShopSeed, seed,
};
pub use shop::ShopSwitches;
pub use signing::{SIGNATURE_HEADER, TIMED_HEADER, signature};
pub use simulator::{MerchantUrls, ProviderUrls, RehearseError, Simulator};
pub use switches::{
    ApiService, Currency, Documents, Instrument, InstrumentKind, Invitation, Kyc, KycStatus, PageState,
    ProhibitedItem, Site, Switches, TemporalKey, WebhookState,
};
pub use weather::{Service, ServiceState};
pub use world::World;
