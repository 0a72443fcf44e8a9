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
//! | `/m/{org}/site/…` | the merchant's website | `site` |
//! | `/m/{org}/webhook` | the merchant's webhook endpoint | `webhook` |
//! | `/_rehearse/…` | the control panel | `control` |
//!
//! A provider is one file of routes over the world; a further one adds its file here, its routes in
//! `simulator::router` and its switches in `switches`. Every key is a fake that says so, and nothing
//! listens anywhere but on loopback.

mod answer;
mod control;
mod merchant;
mod patch;
mod paymentsai;
mod scenario;
mod secret_policy;
mod seed;
mod simulator;
mod site;
mod site_html;
mod switches;
mod webhook;
mod world;

#[cfg(test)]
mod testing;

pub use merchant::{Delivery, DeliveryOutcome};
pub use patch::PatchError;
pub use scenario::{Scenario, UnknownScenario};
pub use secret_policy::{MAX_SECRET, MIN_SECRET, REMEMBERED_SECRETS};
pub use seed::{MerchantSeed, Product, seed};
pub use simulator::{MerchantUrls, RehearseError, Simulator};
pub use switches::{
    ApiService, Currency, Documents, Instrument, InstrumentKind, Invitation, Kyc, KycStatus, PageState,
    ProhibitedItem, Site, Switches, TemporalKey, WebhookState,
};
pub use webhook::{SIGNATURE_HEADER, signature};
pub use world::World;
