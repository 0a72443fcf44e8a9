//! One merchant of the world: its switches, its keys and what its webhook endpoint was sent.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::scenario::Scenario;
use super::secret_policy::{BadSecret, PastSecrets};
use super::seed::{MerchantSeed, is_under_review};
use super::switches::{Switches, TemporalKey};

/// So many deliveries are kept for each merchant; the oldest go first.
const KEPT_DELIVERIES: usize = 50;

/// One request to a merchant's webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// When it came.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// What was delivered; empty when it was refused.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// Signed as it should be.
    Accepted,
    /// No signature.
    Unsigned,
    /// A signature header that cannot be read.
    Malformed,
    /// Signed too long ago, or in the future.
    Stale,
    /// Signed with another secret, or altered on the way.
    Wrong,
    /// Taken without a look at its signature.
    Unverified,
    /// Signed as it should be, and taken in before: answered, not acted upon again.
    Duplicate,
}

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// The stage environment.
    Stage,
    /// The production exchange, once.
    Temporal,
    /// The production environment.
    Production,
}

/// What the exchange gives out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProductionKey {
    pub(super) api_key: String,
    pub(super) api_key_id: String,
}

/// One merchant.
#[derive(Debug, Clone)]
pub(super) struct Merchant {
    pub(super) seed: &'static MerchantSeed,
    switches: Switches,
    temporal_keys: u32,
    exchanges: u32,
    production: Option<ProductionKey>,
    secrets: PastSecrets,
    deliveries: VecDeque<Delivery>,
}

impl Merchant {
    /// A merchant where it starts.
    pub(super) fn new(seed: &'static MerchantSeed) -> Self {
        Self {
            seed,
            switches: seed.switches(),
            temporal_keys: 1,
            exchanges: 0,
            production: None,
            secrets: PastSecrets::default(),
            deliveries: VecDeque::new(),
        }
    }

    pub(super) fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Moves the switches. A temporal key that goes from used to unused is another one.
    pub(super) fn switch(&mut self, to: Switches) {
        match (self.switches.temporal_key, to.temporal_key) {
            (TemporalKey::Used, TemporalKey::Unused) => self.temporal_keys += 1,
            (TemporalKey::Unused, TemporalKey::Unused | TemporalKey::Used)
            | (TemporalKey::Used, TemporalKey::Used) => {}
        }
        self.switches = to;
    }

    /// Where the review stands when a scenario is gone over to: a review that never ends begins again, and
    /// any other ends by the plot.
    pub(super) fn review_again(&mut self, scenario: Scenario) {
        if scenario == Scenario::KycPending && is_under_review(self.seed.organization_id) {
            self.switches.kyc = self.seed.switches().kyc;
        }
    }

    /// The key that the exchange takes now; none when it was used up.
    pub(super) fn temporal_key(&self) -> Option<String> {
        match self.switches.temporal_key {
            TemporalKey::Unused => {
                Some(format!("temporal_demo_{}_{}", self.seed.letter(), self.temporal_keys))
            }
            TemporalKey::Used => None,
        }
    }

    /// What a key is good for; nothing when it is not one of this merchant's, or no longer.
    pub(super) fn kind_of(&self, key: &str) -> Option<KeyKind> {
        if key == self.seed.stage_key {
            Some(KeyKind::Stage)
        } else if self.temporal_key().is_some_and(|temporal| temporal == key) {
            Some(KeyKind::Temporal)
        } else if self.production.as_ref().is_some_and(|p| p.in_header_form(self.seed.live_account_id) == key)
        {
            Some(KeyKind::Production)
        } else {
            None
        }
    }

    /// Trades the temporal key for a production key. A refused secret does not use it up.
    pub(super) fn exchange(&mut self, secret: &str) -> Result<ProductionKey, BadSecret> {
        self.secrets.check(secret)?;
        self.secrets.remember(secret);
        self.switches.temporal_key = TemporalKey::Used;
        self.exchanges += 1;
        // Letters and digits only: the underscore is what separates the three parts in the header.
        let key = ProductionKey {
            api_key: format!("livedemo{}{}", self.seed.letter(), self.exchanges),
            api_key_id: format!("keydemo{}{}", self.seed.letter(), self.exchanges),
        };
        self.production = Some(key.clone());
        Ok(key)
    }

    /// Notes a delivery, and forgets the oldest when there are too many.
    pub(super) fn delivered(&mut self, delivery: Delivery) {
        if self.deliveries.len() == KEPT_DELIVERIES {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(delivery);
    }

    /// The deliveries, oldest first.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter()
    }
}

impl ProductionKey {
    /// The form of the `Authorization` header: `<accountId>_<apiKey>_<apiKeyId>`.
    fn in_header_form(&self, account_id: &str) -> String {
        format!("{account_id}_{}_{}", self.api_key, self.api_key_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::seed;

    #[test]
    fn the_first_temporal_key_is_the_one_of_the_seed() {
        for seed in seed() {
            assert_eq!(Merchant::new(seed).temporal_key().as_deref(), Some(seed.temporal_key));
        }
    }

    #[test]
    fn only_the_last_deliveries_are_kept() {
        let mut merchant = Merchant::new(&seed()[0]);
        for n in 0..=KEPT_DELIVERIES {
            let body = n.to_string().into_bytes();
            merchant.delivered(Delivery {
                at: DateTime::UNIX_EPOCH,
                outcome: DeliveryOutcome::Accepted,
                body,
            });
        }
        assert_eq!(merchant.deliveries().count(), KEPT_DELIVERIES);
        assert_eq!(merchant.deliveries().next().unwrap().body, b"1");
    }

    #[test]
    fn a_second_exchange_replaces_the_first_production_key() {
        let mut merchant = Merchant::new(&seed()[0]);
        let first = merchant.exchange("First Secret 1").unwrap().in_header_form("acct_live_a");
        assert_eq!(merchant.kind_of(&first), Some(KeyKind::Production));
        assert_eq!(merchant.kind_of("temporal_demo_a_1"), None);
        let again = Switches { temporal_key: TemporalKey::Unused, ..merchant.switches().clone() };
        merchant.switch(again);
        assert_eq!(merchant.kind_of("temporal_demo_a_2"), Some(KeyKind::Temporal));
        assert_eq!(merchant.kind_of("temporal_demo_a_1"), None);
        merchant.exchange("Second Secret 2").unwrap();
        assert_eq!(merchant.kind_of(&first), None);
    }
}
