//! The merchant's own side for the providers that have one merchant each: a website, and a webhook
//! endpoint that verifies what it is sent.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::merchant::{Delivery, DeliveryOutcome};
use super::provider::Provider;
use super::seed::{Product, ShopSeed};
use super::signing::Scheme;
use super::switches::{Currency, PageState, ProhibitedItem, Site, WebhookState};

/// So many deliveries are kept; the oldest go first.
const KEPT_DELIVERIES: usize = 50;

/// What can be switched about the merchant's own side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShopSwitches {
    /// The website.
    pub site: Site,
    /// The webhook endpoint.
    pub webhook: WebhookState,
}

/// The merchant's own side.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) seed: &'static ShopSeed,
    pub(super) scheme: Scheme,
    pub(super) switches: ShopSwitches,
    secret: String,
    deliveries: VecDeque<Received>,
}

/// One request to the webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Received {
    /// When it came, what became of it, and the body of a good one.
    pub(super) delivery: Delivery,
    /// The id that its sender gave it.
    pub(super) id: Option<String>,
}

impl Shop {
    pub(super) fn new(provider: Provider, seed: &'static ShopSeed, sandbox_secret: &str) -> Self {
        let site = Site {
            terms: PageState::Present,
            privacy: PageState::Present,
            refund: PageState::Present,
            contact: PageState::Present,
            currency: Currency::Shown,
            prohibited_item: ProhibitedItem::Absent,
        };
        Self {
            seed,
            scheme: Scheme::of(provider),
            switches: ShopSwitches { site, webhook: WebhookState::Up },
            secret: sandbox_secret.to_owned(),
            deliveries: VecDeque::new(),
        }
    }

    /// The secret that the endpoint verifies with.
    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// Takes the secret of a newly registered endpoint into use, as a merchant does who deploys it.
    pub(super) fn deploy(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret);
    }

    /// Whether a delivery with this id was taken in before.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.deliveries.iter().any(|received| {
            received.id.as_deref() == Some(id) && received.delivery.outcome == DeliveryOutcome::Accepted
        })
    }

    /// Notes a delivery, and forgets the oldest when there are too many.
    pub(super) fn received(&mut self, received: Received) {
        if self.deliveries.len() == KEPT_DELIVERIES {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(received);
    }

    /// The deliveries, oldest first.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Received> {
        self.deliveries.iter()
    }
}

/// What the website of a merchant is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storefront {
    /// What distinguishes its addresses.
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    /// What the provider calls it.
    pub(super) account: &'static str,
    pub(super) currency: &'static str,
    pub(super) email: &'static str,
    pub(super) phone: &'static str,
    pub(super) products: &'static [Product],
}
