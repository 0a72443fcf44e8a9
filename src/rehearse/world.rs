//! The state that all routes share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::billing::Billing;
use super::courier::Courier;
use super::flint::{Flint, FlintSwitches};
use super::guard::Caller;
use super::hooks::{Hooks, Parcel};
use super::invoice_link::Invoices;
use super::merchant::{Delivery, KeyKind, Merchant};
use super::merchant_api::MerchantApi;
use super::patch::{PatchError, merged};
use super::provider::Provider;
use super::replays::Replays;
use super::scenario::Scenario;
use super::scenes;
use super::seed::{FLINT, MerchantSeed, Step, plot, seed, shop};
use super::shop::{Shop, ShopSwitches, Storefront};
use super::switches::{Site, Switches};
use super::weather::{Counts, Service};
use crate::clock::Clock;

/// The state that all routes share: cheap to clone, and every clone is the same world.
///
/// The plot of the scenario needs no task of its own: whoever looks at the world first makes what is
/// due happen. So what is seen depends on the clock alone, and a clock that stands makes a world that
/// stands.
#[derive(Clone)]
pub struct World {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    courier: Courier,
}

pub(super) struct State {
    scenario: Scenario,
    since: DateTime<Utc>,
    ahead: Vec<Step>,
    /// The merchants of PaymentsAI, by organisation.
    pub(super) merchants: IndexMap<&'static str, Merchant>,
    /// The merchants' own side for the other providers, by runbook.
    pub(super) shops: IndexMap<&'static str, Shop>,
    /// How the providers are reachable.
    pub(super) service: Service,
    pub(super) counts: Counts,
    pub(super) flint: Flint,
    pub(super) billing: Billing,
    pub(super) merchant_api: MerchantApi,
    pub(super) invoices: Invoices,
    pub(super) hooks: IndexMap<Provider, Hooks>,
    pub(super) replays: Replays,
}

impl World {
    /// A world at the start of a scenario.
    pub fn new(scenario: Scenario, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::new(State::new(scenario, clock.now()));
        Self { shared: Arc::new(Shared { clock, state, courier: Courier::default() }) }
    }

    /// Starts a scenario from its beginning: all switches, keys and deliveries are as they were.
    pub fn load(&self, scenario: Scenario) {
        let now = self.now();
        self.with(|state| *state = State::new(scenario, now));
    }

    /// Goes over to a scenario: its switches are set and its plot begins, and what was made stays. Must be
    /// called within a runtime when a merchant may have registered an endpoint for billing's events.
    pub fn switch_to(&self, scenario: Scenario) {
        let now = self.now();
        let parcels = self.with(|state| {
            state.scenario = scenario;
            state.since = now;
            state.ahead = plot(scenario);
            for merchant in state.merchants.values_mut() {
                merchant.review_again(scenario);
            }
            scenes::set(state, scenario, now)
        });
        self.send_all(Provider::Billing, parcels);
    }

    /// Moves Flint's switches.
    pub fn set_flint(&self, change: impl FnOnce(&mut FlintSwitches)) {
        self.with(|state| change(&mut state.flint.switches));
    }

    /// Moves the switches of how the providers are reachable.
    pub fn set_service(&self, change: impl FnOnce(&mut Service)) {
        self.with(|state| change(&mut state.service));
    }

    /// Moves the switches of the merchant's own side for a provider that has one merchant.
    pub fn set_shop(&self, provider: Provider, change: impl FnOnce(&mut ShopSwitches)) {
        self.with(|state| {
            if let Some(shop) = state.shops.get_mut(provider.runbook()) {
                change(&mut shop.switches);
            }
        });
    }

    /// The scenario that was started last.
    pub fn scenario(&self) -> Scenario {
        self.with(|state| state.scenario)
    }

    /// The switches of a merchant, if there is such an organisation.
    pub fn switches(&self, organization_id: &str) -> Option<Switches> {
        self.with(|state| state.merchants.get(organization_id).map(|m| m.switches().clone()))
    }

    /// Moves switches of one merchant.
    pub fn set(&self, organization_id: &str, change: impl FnOnce(&mut Switches)) -> Result<(), PatchError> {
        self.with(|state| {
            let merchant = state
                .merchants
                .get_mut(organization_id)
                .ok_or_else(|| PatchError::unknown_organization(organization_id))?;
            let mut switches = merchant.switches().clone();
            change(&mut switches);
            merchant.switch(switches);
            Ok(())
        })
    }

    /// Moves switches by a JSON merge patch of the form of [`World::snapshot`]: all of it or nothing.
    pub fn patch(&self, patch: &Value) -> Result<(), PatchError> {
        let now = self.now();
        let parcels = self.with(|state| patched(state, patch, now))?;
        self.send_all(Provider::Billing, parcels);
        Ok(())
    }

    /// Makes everything that the scenario has in store happen now.
    pub fn finish_plot(&self) {
        self.with(|state| state.advance(DateTime::<Utc>::MAX_UTC));
    }

    /// The temporal key that a merchant can exchange now, if there is one.
    pub fn temporal_key(&self, organization_id: &str) -> Option<String> {
        self.with(|state| state.merchants.get(organization_id).and_then(Merchant::temporal_key))
    }

    /// The last deliveries to a merchant's webhook endpoint, oldest first.
    pub fn deliveries(&self, organization_id: &str) -> Vec<Delivery> {
        self.with(|state| {
            state.merchants.get(organization_id).map_or_else(Vec::new, |m| m.deliveries().cloned().collect())
        })
    }

    /// The scenario, what it still has in store, and every merchant with its switches. No keys.
    pub fn snapshot(&self) -> Value {
        self.with(|state| {
            let merchants: serde_json::Map<String, Value> =
                state.merchants.iter().map(|(id, m)| ((*id).to_owned(), json!(m.switches()))).collect();
            let about: serde_json::Map<String, Value> = state
                .merchants
                .iter()
                .map(|(id, m)| {
                    let deliveries: Vec<&Delivery> = m.deliveries().collect();
                    let about = json!({
                        "name": m.seed.name,
                        "accountId": m.seed.account_id,
                        "deliveries": deliveries,
                    });
                    ((*id).to_owned(), about)
                })
                .collect();
            let shops: serde_json::Map<String, Value> =
                state.shops.iter().map(|(id, shop)| ((*id).to_owned(), json!(shop.switches))).collect();
            json!({
                "scenario": state.scenario.word(),
                "plotStepsAhead": state.ahead.len(),
                "merchants": merchants,
                "about": about,
                "service": state.service,
                "flint": state.flint.switches,
                "billing": state.billing.switches,
                "merchantApi": state.merchant_api.switches,
                "invoiceLink": state.invoices.switches,
                "shops": shops,
            })
        })
    }

    /// The time in the world.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Looks at one merchant, or changes it.
    pub(super) fn merchant<R>(&self, organization_id: &str, f: impl FnOnce(&mut Merchant) -> R) -> Option<R> {
        self.with(|state| state.merchants.get_mut(organization_id).map(f))
    }

    /// Looks at the merchant of an account with what a key, from whomever, is good for.
    pub(super) fn account<R>(&self, key: &str, f: impl FnOnce(Option<KeyOwner>, &mut State) -> R) -> R {
        self.with(|state| {
            let owner = state.merchants.values().find_map(|m| {
                m.kind_of(key).map(|kind| KeyOwner { kind, organization_id: m.seed.organization_id })
            });
            f(owner, state)
        })
    }

    /// Looks at the state, or changes it.
    pub(super) fn state<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        self.with(f)
    }

    /// The website of a merchant, whichever provider it has.
    pub(super) fn site(&self, merchant: &str) -> Option<(Storefront, Site)> {
        self.with(|state| {
            let of_merchant =
                state.merchants.get(merchant).map(|m| (m.seed.storefront(), m.switches().site.clone()));
            of_merchant.or_else(|| {
                let (path, shop) = state.shops.get_key_value(merchant)?;
                Some((shop.seed.storefront(path), shop.switches.site.clone()))
            })
        })
    }

    /// What webhook events are sent with.
    pub(super) fn courier(&self) -> &Courier {
        &self.shared.courier
    }

    /// The one way to the state: what is due happens first, and the lock is never held longer than `f`.
    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        let now = self.now();
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(now);
        f(&mut state)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("scenario", &self.scenario()).finish_non_exhaustive()
    }
}

/// Whose a key is and what it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyOwner {
    pub(super) kind: KeyKind,
    pub(super) organization_id: &'static str,
}

impl State {
    fn new(scenario: Scenario, since: DateTime<Utc>) -> Self {
        let merchants = seed().iter().map(|seed| (seed.organization_id, Merchant::new(seed))).collect();
        let shops = Provider::ALL.into_iter().filter_map(|provider| {
            let (seed, secret) = shop(provider)?;
            Some((provider.runbook(), Shop::new(provider, seed, secret)))
        });
        let mut state = Self {
            scenario,
            since,
            ahead: plot(scenario),
            merchants,
            shops: shops.collect(),
            service: Service::default(),
            counts: Counts::default(),
            flint: Flint::new(),
            billing: Billing::new(),
            merchant_api: MerchantApi::new(),
            invoices: Invoices::new(),
            hooks: Provider::ALL.into_iter().map(|p| (p, Hooks::new(p))).collect(),
            replays: Replays::default(),
        };
        // Nobody has registered an endpoint yet, so nothing is sent.
        scenes::set(&mut state, scenario, since);
        state
    }

    /// The endpoints and events of a provider.
    pub(super) fn hooks_of(&mut self, provider: Provider) -> &mut Hooks {
        self.hooks.entry(provider).or_insert_with(|| Hooks::new(provider))
    }

    /// Whose key or token it is; nothing when it opens nothing.
    pub(super) fn caller(&self, provider: Provider, key: &str) -> Option<Caller> {
        match provider {
            // Its keys are not bearer keys.
            Provider::PaymentsAi => None,
            Provider::Flint => self.flint.caller(key),
            Provider::Billing => self.billing.caller(key),
            Provider::MerchantApi => self.merchant_api.caller(key),
            Provider::InvoiceLink => self.invoices.caller(key),
        }
    }

    /// What every answer to a caller says.
    pub(super) fn said_of(provider: Provider, caller: &Caller) -> Vec<(&'static str, String)> {
        let mode = caller.mode.word().to_owned();
        match provider {
            Provider::Flint => {
                vec![("flint-mode", mode), ("flint-merchant-id", FLINT.merchant_id.to_owned())]
            }
            Provider::InvoiceLink => vec![("x-mode", mode)],
            Provider::PaymentsAi | Provider::Billing | Provider::MerchantApi => Vec::new(),
        }
    }

    fn advance(&mut self, now: DateTime<Utc>) {
        let passed = now - self.since;
        while let Some(step) = self.ahead.first().copied()
            && step.after <= passed
        {
            self.ahead.remove(0);
            if let Some(merchant) = self.merchants.get_mut(step.organization_id) {
                let mut switches = merchant.switches().clone();
                (step.change)(&mut switches);
                merchant.switch(switches);
            }
        }
    }

    /// The merchant that is found by what it starts with, such as its account.
    pub(super) fn merchant_where(&mut self, is: impl Fn(&MerchantSeed) -> bool) -> Option<&mut Merchant> {
        self.merchants.values_mut().find(|m| is(m.seed))
    }
}

/// Moves the switches that a patch names, all of them or none, and gives the events to be sent for it.
fn patched(state: &mut State, patch: &Value, now: DateTime<Utc>) -> Result<Vec<Parcel>, PatchError> {
    let patch = patch.as_object().ok_or(PatchError::Shape)?;
    let known = ["merchants", "service", "flint", "billing", "merchantApi", "invoiceLink", "shops"];
    if let Some(key) = patch.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(PatchError::unknown_switch(key));
    }
    let nothing = Value::Object(serde_json::Map::new());
    let part = |key: &str| patch.get(key).unwrap_or(&nothing);
    let mut merchants = Vec::new();
    for (id, change) in part("merchants").as_object().ok_or(PatchError::Shape)? {
        let merchant =
            state.merchants.get(id.as_str()).ok_or_else(|| PatchError::unknown_organization(id))?;
        merchants.push((id, merged(merchant.switches(), change, &format!("merchants.{id}"))?));
    }
    let mut shops = Vec::new();
    for (id, change) in part("shops").as_object().ok_or(PatchError::Shape)? {
        let at = format!("shops.{id}");
        let shop = state.shops.get(id.as_str()).ok_or_else(|| PatchError::unknown_switch(&at))?;
        shops.push((id, merged(&shop.switches, change, &at)?));
    }
    let service = merged(&state.service, part("service"), "service")?;
    let flint = merged(&state.flint.switches, part("flint"), "flint")?;
    let billing = merged(&state.billing.switches, part("billing"), "billing")?;
    let merchant_api = merged(&state.merchant_api.switches, part("merchantApi"), "merchantApi")?;
    let invoices = merged(&state.invoices.switches, part("invoiceLink"), "invoiceLink")?;
    // Nothing can go wrong any more.
    for (id, switches) in merchants {
        if let Some(merchant) = state.merchants.get_mut(id.as_str()) {
            merchant.switch(switches);
        }
    }
    for (id, switches) in shops {
        if let Some(shop) = state.shops.get_mut(id.as_str()) {
            shop.switches = switches;
        }
    }
    state.service = service;
    state.flint.switches = flint;
    state.merchant_api.switches = merchant_api;
    state.invoices.switches = invoices;
    Ok(scenes::switch_billing(state, billing, now))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::clock::FixedClock;
    use crate::rehearse::{KycStatus, PageState};

    fn world(scenario: Scenario) -> (World, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::new(DateTime::UNIX_EPOCH));
        (World::new(scenario, clock.clone()), clock)
    }

    fn kyc(world: &World, id: &str) -> KycStatus {
        world.switches(id).unwrap().kyc.status
    }

    #[test]
    fn the_review_ends_by_itself_when_its_time_has_come() {
        let (world, clock) = world(Scenario::Happy);
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::InReview);
        clock.advance(TimeDelta::milliseconds(4_999));
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::InReview);
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::Approved);
        assert_eq!(world.switches("org_demo_b").unwrap().kyc.reason, None);
    }

    #[test]
    fn with_kyc_pending_the_review_never_ends() {
        let (world, clock) = world(Scenario::KycPending);
        clock.advance(TimeDelta::days(365));
        world.finish_plot();
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::InReview);
    }

    #[test]
    fn the_plot_can_be_finished_at_once() {
        let (world, _clock) = world(Scenario::Happy);
        world.finish_plot();
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::Approved);
        assert_eq!(world.snapshot()["plotStepsAhead"], 0);
    }

    #[test]
    fn a_scenario_starts_from_its_beginning() {
        let (world, clock) = world(Scenario::Happy);
        clock.advance(TimeDelta::minutes(1));
        world.set("org_demo_a", |s| s.site.terms = PageState::Absent).unwrap();
        world.load(Scenario::Happy);
        assert_eq!(world.switches("org_demo_a").unwrap().site.terms, PageState::Present);
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::InReview);
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(kyc(&world, "org_demo_b"), KycStatus::Approved);
    }

    #[test]
    fn a_patch_with_one_fault_changes_nothing() {
        let (world, _clock) = world(Scenario::Happy);
        let before = world.snapshot();
        for patch in [
            json!({ "merchants": { "org_demo_a": { "webhook": "down" }, "org_nobody": {} } }),
            json!({ "merchants": { "org_demo_a": { "webhook": "down" }, "org_demo_c": { "webhok": "down" } } }),
            json!({ "merchants": { "org_demo_a": { "webhook": "down" } }, "scenario": "happy" }),
            json!({ "merchants": [] }),
            json!(null),
        ] {
            assert!(world.patch(&patch).is_err(), "{patch}");
            assert_eq!(world.snapshot(), before);
        }
        world.patch(&json!({ "merchants": { "org_demo_a": { "webhook": "down" } } })).unwrap();
        assert_ne!(world.snapshot(), before);
    }

    #[test]
    fn what_the_snapshot_says_of_the_merchants_can_be_patched_back() {
        let (world, _clock) = world(Scenario::Happy);
        let before = world.snapshot();
        world.set("org_demo_c", |s| s.site.refund = PageState::Broken).unwrap();
        world.patch(&json!({ "merchants": before["merchants"] })).unwrap();
        assert_eq!(world.snapshot(), before);
    }

    #[test]
    fn the_snapshot_holds_no_key() {
        let (world, _clock) = world(Scenario::Happy);
        let text = world.snapshot().to_string();
        for seed in seed() {
            for key in [seed.stage_key, seed.temporal_key, seed.webhook_secret] {
                assert!(!text.contains(key));
            }
        }
    }
}
