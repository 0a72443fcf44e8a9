//! The merchants of the world and where each starts, so that the demo and the tests know every id.
//!
//! Merchant A is half-way, B waits for its KYC review, C is about to go live. What a scenario changes
//! about that, and what then happens by itself, is here too.

use chrono::TimeDelta;

use super::provider::Provider;
use super::scenario::Scenario;
use super::shop::Storefront;
use super::switches::{
    ApiService, Currency, Documents, Instrument, InstrumentKind, Invitation, Kyc, KycStatus, PageState,
    ProhibitedItem, Site, Switches, TemporalKey, WebhookState,
};

/// One merchant of the world. Every key in it is a fake and works nowhere but here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantSeed {
    /// Its name.
    pub name: &'static str,
    /// Its organisation.
    pub organization_id: &'static str,
    /// Its processing account on stage.
    pub account_id: &'static str,
    /// Its processing account in production, which the Solution Architect tells at go-live.
    pub live_account_id: &'static str,
    /// The stage API key, ready to use.
    pub stage_key: &'static str,
    /// The first single-use key for the production exchange.
    pub temporal_key: &'static str,
    /// What deliveries to its webhook endpoint are signed with.
    pub webhook_secret: &'static str,
    /// The ISO 4217 code of its currency; of one with two decimals.
    pub currency: &'static str,
    /// Where its customers write to.
    pub email: &'static str,
    /// Where its customers call; from the range that is kept for fiction.
    pub phone: &'static str,
    /// What it sells.
    pub products: &'static [Product],
}

/// Something that a merchant sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// Its name.
    pub name: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// Its price in hundredths of the currency.
    pub cents: u32,
}

/// The merchant of a provider that has one, as its customers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopSeed {
    /// Its name.
    pub name: &'static str,
    /// What the provider calls it.
    pub account: &'static str,
    /// The ISO 4217 code of its currency; of one with two decimals.
    pub currency: &'static str,
    /// Where its customers write to.
    pub email: &'static str,
    /// Where its customers call; from the range that is kept for fiction.
    pub phone: &'static str,
    /// What it sells.
    pub products: &'static [Product],
}

impl ShopSeed {
    /// What its website is made of.
    pub(super) fn storefront(&self, path: &'static str) -> Storefront {
        let Self { name, account, currency, email, phone, products } = *self;
        Storefront { path, name, account, currency, email, phone, products }
    }
}

/// Flint's merchant. Every key is a fake and works nowhere but here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlintSeed {
    /// The merchant.
    pub shop: ShopSeed,
    /// Its id.
    pub merchant_id: &'static str,
    /// A key for live mode that may do everything.
    pub live_key: &'static str,
    /// A key for a sandbox.
    pub test_key: &'static str,
    /// A key for live mode that may read readiness and nothing else.
    pub limited_key: &'static str,
    /// What the endpoint that was registered while testing signs with.
    pub sandbox_webhook_secret: &'static str,
    /// A product that exists in live mode.
    pub live_product: &'static str,
    /// A plan that exists in live mode.
    pub live_plan: &'static str,
    /// A coupon that exists in live mode.
    pub live_coupon: &'static str,
    /// A product that exists in the sandbox.
    pub test_product: &'static str,
    /// A plan that exists in the sandbox.
    pub test_plan: &'static str,
    /// A coupon that exists in the sandbox.
    pub test_coupon: &'static str,
}

/// The merchant of billing onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillingSeed {
    /// The merchant.
    pub shop: ShopSeed,
    /// Its id in production.
    pub merchant_id: &'static str,
    /// Its id for tests.
    pub test_merchant_id: &'static str,
    /// What opens the API before there is a key.
    pub token: &'static str,
    /// Who owns the invoices.
    pub legal_entity: &'static str,
    /// Who is written to about them.
    pub contact: &'static str,
    /// Where to.
    pub contact_email: &'static str,
    /// What its webhook endpoint verifies with before another one is registered.
    pub webhook_secret: &'static str,
}

/// The merchant of the merchant API, who has an account already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantApiSeed {
    /// The merchant.
    pub shop: ShopSeed,
    /// The address of the account.
    pub email: &'static str,
    /// Its password.
    pub password: &'static str,
    /// What its webhook endpoint verifies with before another one is registered.
    pub webhook_secret: &'static str,
}

/// The merchant of invoice link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceLinkSeed {
    /// The merchant.
    pub shop: ShopSeed,
    /// A key for live mode that may do everything.
    pub live_key: &'static str,
    /// A key for test mode.
    pub test_key: &'static str,
    /// A key for live mode without payouts.
    pub limited_key: &'static str,
    /// What its webhook endpoint verifies with before another one is registered.
    pub webhook_secret: &'static str,
}

/// The merchant of Flint.
pub static FLINT: FlintSeed = FlintSeed {
    shop: ShopSeed {
        name: "Dune Ceramics",
        account: "mer_rehearsal1",
        currency: "USD",
        email: "studio@dune-ceramics.example",
        phone: "+1-202-555-0104",
        products: &[
            Product { name: "Tea bowl", about: "Stoneware, ash glaze.", cents: 4_800 },
            Product { name: "Serving plate", about: "Wide and flat, for four.", cents: 7_200 },
        ],
    },
    merchant_id: "mer_rehearsal1",
    live_key: "flint_live_rehearsal0001",
    test_key: "flint_test_rehearsal0001",
    limited_key: "flint_live_rehearsal0002",
    sandbox_webhook_secret: "whsec_c2FuZGJveC1vZi10aGUtcmVoZWFyc2FsLTAwMDE=",
    live_product: "prod_rehearsallive1",
    live_plan: "plan_rehearsallive1",
    live_coupon: "coup_rehearsallive1",
    test_product: "prod_rehearsaltest1",
    test_plan: "plan_rehearsaltest1",
    test_coupon: "coup_rehearsaltest1",
};

/// The merchant of billing onboarding.
pub static BILLING: BillingSeed = BillingSeed {
    shop: ShopSeed {
        name: "Elm Identity",
        account: "mrc_rehearsal1",
        currency: "EUR",
        email: "hello@elm-identity.example",
        phone: "+1-202-555-0105",
        products: &[Product { name: "Verification", about: "One person, one document.", cents: 150 }],
    },
    merchant_id: "mrc_rehearsal1",
    test_merchant_id: "mrc_rehearsaltest1",
    token: "billing_rehearsal_token",
    legal_entity: "Elm Identity Ltd",
    contact: "Accounts payable",
    contact_email: "invoices@elm-identity.example",
    webhook_secret: "whsec_YmlsbGluZy1vZi10aGUtcmVoZWFyc2FsLTAwMDE=",
};

/// The merchant of the merchant API.
pub static MERCHANT_API: MerchantApiSeed = MerchantApiSeed {
    shop: ShopSeed {
        name: "Fern Market",
        account: "merchant@rehearsal.example",
        currency: "USD",
        email: "care@fern-market.example",
        phone: "+1-202-555-0106",
        products: &[Product { name: "Fern", about: "In a clay pot.", cents: 1_900 }],
    },
    email: "merchant@rehearsal.example",
    password: "Rehearsal-only-2026",
    webhook_secret: "merchant_api_rehearsal_hook",
};

/// The merchant of invoice link.
pub static INVOICE_LINK: InvoiceLinkSeed = InvoiceLinkSeed {
    shop: ShopSeed {
        name: "Garnet Travel",
        account: "garnet-travel",
        currency: "USD",
        email: "desk@garnet-travel.example",
        phone: "+1-202-555-0107",
        products: &[Product { name: "Day trip", about: "By boat, with lunch.", cents: 8_900 }],
    },
    live_key: "ilk_live_rehearsal0001",
    test_key: "ilk_test_rehearsal0001",
    limited_key: "ilk_live_rehearsal0002",
    webhook_secret: "invoice_link_rehearsal_hook",
};

/// The merchant of a provider that has one, and what its webhook endpoint verifies with at first.
pub(super) fn shop(provider: Provider) -> Option<(&'static ShopSeed, &'static str)> {
    match provider {
        Provider::PaymentsAi => None,
        Provider::Flint => Some((&FLINT.shop, FLINT.sandbox_webhook_secret)),
        Provider::Billing => Some((&BILLING.shop, BILLING.webhook_secret)),
        Provider::MerchantApi => Some((&MERCHANT_API.shop, MERCHANT_API.webhook_secret)),
        Provider::InvoiceLink => Some((&INVOICE_LINK.shop, INVOICE_LINK.webhook_secret)),
    }
}

static MERCHANTS: [MerchantSeed; 3] = [
    MerchantSeed {
        name: "Aurora Books",
        organization_id: "org_demo_a",
        account_id: "acct_demo_a",
        live_account_id: "acct_live_a",
        stage_key: "stage_demo_a",
        temporal_key: "temporal_demo_a_1",
        webhook_secret: "webhook_demo_a",
        currency: "EUR",
        email: "help@aurora-books.example",
        phone: "+1-202-555-0101",
        products: &[
            Product { name: "Field atlas", about: "Maps of the north, bound in linen.", cents: 3_450 },
            Product { name: "Winter reader", about: "Twelve stories for long evenings.", cents: 1_890 },
            Product { name: "Reading lamp", about: "Warm light, folds flat.", cents: 4_200 },
        ],
    },
    MerchantSeed {
        name: "Birch & Bean",
        organization_id: "org_demo_b",
        account_id: "acct_demo_b",
        live_account_id: "acct_live_b",
        stage_key: "stage_demo_b",
        temporal_key: "temporal_demo_b_1",
        webhook_secret: "webhook_demo_b",
        currency: "USD",
        email: "hello@birch-and-bean.example",
        phone: "+1-202-555-0102",
        products: &[
            Product { name: "House blend", about: "A kilogram of whole beans.", cents: 2_600 },
            Product { name: "Pour-over set", about: "Glass, steel and forty filters.", cents: 5_900 },
            Product { name: "Monthly box", about: "Two new roasts on the first.", cents: 3_100 },
        ],
    },
    MerchantSeed {
        name: "Cobalt Cycles",
        organization_id: "org_demo_c",
        account_id: "acct_demo_c",
        live_account_id: "acct_live_c",
        stage_key: "stage_demo_c",
        temporal_key: "temporal_demo_c_1",
        webhook_secret: "webhook_demo_c",
        currency: "GBP",
        email: "workshop@cobalt-cycles.example",
        phone: "+1-202-555-0103",
        products: &[
            Product { name: "City frame", about: "Steel, three sizes, painted by hand.", cents: 48_000 },
            Product { name: "Front light", about: "Charges from the hub.", cents: 3_900 },
            Product { name: "Spring service", about: "An hour on the stand.", cents: 6_500 },
        ],
    },
];

/// The merchants of the world: one half-way, one that waits for its KYC review, one about to go live.
pub fn seed() -> &'static [MerchantSeed] {
    &MERCHANTS
}

impl MerchantSeed {
    /// Where this merchant starts.
    pub(super) fn switches(&self) -> Switches {
        let kyc = if self.organization_id == UNDER_REVIEW {
            Kyc {
                invitation: Invitation::Accepted,
                documents: Documents::Submitted,
                status: KycStatus::InReview,
                reason: Some("The documents are being reviewed".to_owned()),
            }
        } else {
            Kyc {
                invitation: Invitation::Accepted,
                documents: Documents::Submitted,
                status: KycStatus::Approved,
                reason: None,
            }
        };
        let instrument = (self.organization_id == ABOUT_TO_GO_LIVE)
            .then(|| Instrument { kind: InstrumentKind::Card, last4: "4242".to_owned() });
        Switches {
            kyc,
            api: ApiService::Up,
            temporal_key: TemporalKey::Unused,
            primary_payment_instrument: instrument,
            site: Site {
                terms: PageState::Present,
                privacy: PageState::Present,
                refund: PageState::Present,
                contact: PageState::Present,
                currency: Currency::Shown,
                prohibited_item: ProhibitedItem::Absent,
            },
            webhook: WebhookState::Up,
        }
    }

    /// What its website is made of.
    pub(super) fn storefront(&self) -> Storefront {
        Storefront {
            path: self.organization_id,
            name: self.name,
            account: self.account_id,
            currency: self.currency,
            email: self.email,
            phone: self.phone,
            products: self.products,
        }
    }

    /// What distinguishes this merchant's keys: the last part of its organisation id.
    pub(super) fn letter(&self) -> &'static str {
        self.organization_id.rsplit('_').next().unwrap_or_default()
    }
}

const UNDER_REVIEW: &str = "org_demo_b";
const ABOUT_TO_GO_LIVE: &str = "org_demo_c";

/// Whether the review of a merchant is under way at the start of a scenario.
pub(super) fn is_under_review(organization_id: &str) -> bool {
    organization_id == UNDER_REVIEW
}

/// How long the KYC review takes in [`Scenario::Happy`]: long enough to see it pending.
const REVIEW: TimeDelta = TimeDelta::seconds(5);

/// One thing that happens by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// How long after the start of the scenario.
    pub(super) after: TimeDelta,
    /// To whom.
    pub(super) organization_id: &'static str,
    /// What.
    pub(super) change: fn(&mut Switches),
}

/// What happens by itself in a scenario, in order of time.
pub(super) fn plot(scenario: Scenario) -> Vec<Step> {
    match scenario {
        Scenario::KycPending => Vec::new(),
        Scenario::Happy
        | Scenario::PaymentsBlocked
        | Scenario::PayoutsPending
        | Scenario::PastDue
        | Scenario::PaymentFailed
        | Scenario::Dunning
        | Scenario::WrongMode
        | Scenario::WebhookDown
        | Scenario::WebhookUnverified
        | Scenario::RateLimited
        | Scenario::Slow
        | Scenario::Flaky => {
            vec![Step { after: REVIEW, organization_id: UNDER_REVIEW, change: approve }]
        }
    }
}

/// Ends a review, unless a person has decided otherwise in the meantime.
fn approve(switches: &mut Switches) {
    if switches.kyc.status == KycStatus::InReview {
        switches.kyc.status = KycStatus::Approved;
        switches.kyc.reason = None;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_merchants_share_an_id_or_a_key() {
        let words: Vec<&str> = seed()
            .iter()
            .flat_map(|m| [m.organization_id, m.account_id, m.live_account_id, m.stage_key, m.temporal_key])
            .chain(seed().iter().map(|m| m.webhook_secret))
            .collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        assert!(seed().iter().all(|m| m.organization_id.starts_with("org_")));
    }

    #[test]
    fn the_end_of_a_review_does_not_overrule_a_person() {
        let mut switches = MERCHANTS[1].switches();
        assert_eq!(switches.kyc.status, KycStatus::InReview);
        switches.kyc.status = KycStatus::Rejected;
        approve(&mut switches);
        assert_eq!(switches.kyc.status, KycStatus::Rejected);
    }
}
