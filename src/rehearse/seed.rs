//! The merchants of the world and where each starts, so that the demo and the tests know every id.
//!
//! Merchant A is half-way, B waits for its KYC review, C is about to go live. What a scenario changes
//! about that, and what then happens by itself, is here too.

use chrono::TimeDelta;

use super::scenario::Scenario;
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
    /// Its processing account, the same on stage and in production.
    pub account_id: &'static str,
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

static MERCHANTS: [MerchantSeed; 3] = [
    MerchantSeed {
        name: "Aurora Books",
        organization_id: "org_demo_a",
        account_id: "acct_demo_a",
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

    /// What distinguishes this merchant's keys: the last part of its organisation id.
    pub(super) fn letter(&self) -> &'static str {
        self.organization_id.rsplit('_').next().unwrap_or_default()
    }
}

const UNDER_REVIEW: &str = "org_demo_b";
const ABOUT_TO_GO_LIVE: &str = "org_demo_c";

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
        Scenario::Happy => vec![Step { after: REVIEW, organization_id: UNDER_REVIEW, change: approve }],
        Scenario::KycPending => Vec::new(),
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
            .flat_map(|m| [m.organization_id, m.account_id, m.stage_key, m.temporal_key, m.webhook_secret])
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
