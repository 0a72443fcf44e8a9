//! The state that all routes share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::merchant::{Delivery, KeyKind, Merchant};
use super::patch::{PatchError, merged};
use super::scenario::Scenario;
use super::seed::{Step, plot, seed};
use super::switches::Switches;
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
}

pub(super) struct State {
    scenario: Scenario,
    since: DateTime<Utc>,
    ahead: Vec<Step>,
    merchants: IndexMap<&'static str, Merchant>,
}

impl World {
    /// A world at the start of a scenario.
    pub fn new(scenario: Scenario, clock: Arc<dyn Clock>) -> Self {
        let state = Mutex::new(State::new(scenario, clock.now()));
        Self { shared: Arc::new(Shared { clock, state }) }
    }

    /// Starts a scenario from its beginning: all switches, keys and deliveries are as they were.
    pub fn load(&self, scenario: Scenario) {
        let now = self.now();
        self.with(|state| *state = State::new(scenario, now));
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
        let patch = patch.as_object().ok_or(PatchError::Shape)?;
        if let Some(key) = patch.keys().find(|key| *key != "merchants") {
            return Err(PatchError::unknown_switch(key));
        }
        let Some(changes) = patch.get("merchants") else {
            return Ok(());
        };
        let changes = changes.as_object().ok_or(PatchError::Shape)?;
        self.with(|state| {
            let mut after = Vec::with_capacity(changes.len());
            for (id, change) in changes {
                let merchant =
                    state.merchants.get(id.as_str()).ok_or_else(|| PatchError::unknown_organization(id))?;
                after.push((id, merged(merchant.switches(), change, &format!("merchants.{id}"))?));
            }
            for (id, switches) in after {
                if let Some(merchant) = state.merchants.get_mut(id.as_str()) {
                    merchant.switch(switches);
                }
            }
            Ok(())
        })
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
            json!({
                "scenario": state.scenario.word(),
                "plotStepsAhead": state.ahead.len(),
                "merchants": merchants,
                "about": about,
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
            let owner = state
                .merchants
                .values()
                .find_map(|m| m.kind_of(key).map(|kind| KeyOwner { kind, account_id: m.seed.account_id }));
            f(owner, state)
        })
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
    pub(super) account_id: &'static str,
}

impl State {
    fn new(scenario: Scenario, since: DateTime<Utc>) -> Self {
        let merchants = seed().iter().map(|seed| (seed.organization_id, Merchant::new(seed))).collect();
        Self { scenario, since, ahead: plot(scenario), merchants }
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

    /// The merchant of an account.
    pub(super) fn merchant_of(&mut self, account_id: &str) -> Option<&mut Merchant> {
        self.merchants.values_mut().find(|m| m.seed.account_id == account_id)
    }
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
