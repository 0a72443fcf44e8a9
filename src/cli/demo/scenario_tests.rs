//! What each scenario of the rehearsal does to the live checks of each runbook: the real checks, over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cast::{BIRCH, EVERYBODY};
use super::clock::StoryClock;
use super::errands::{self, Brought};
use super::headless::shop;
use super::play::Play;
use super::rig::Rig;
use crate::checks::outbound::Outbound;
use crate::domain::check::{Check, CheckKind};
use crate::domain::verdict::Verdict::{self, Fail, Pass, Pending, Unknown};
use crate::rehearse::{Provider, Scenario};

/// An engagement for which everything but business is known, and what was set up for it.
async fn opened<'r>(rig: &'r Rig, out: &Outbound, provider: Provider) -> (Play<'r>, Brought) {
    rig.let_the_world_turn(chrono::TimeDelta::zero());
    let Some(shop) = shop(provider) else {
        let mut play = Play::begin(rig, &BIRCH, None).await.unwrap();
        play.propose_all(&BIRCH.decisions).await.unwrap();
        play.confirm_all().await.unwrap();
        play.receive_stage_access(&BIRCH).await.unwrap();
        play.receive_live_ids(&BIRCH).await.unwrap();
        return (play, Brought::default());
    };
    let mut play = Play::open(rig, provider, shop.name, EVERYBODY.to_vec(), None, Vec::new()).await.unwrap();
    play.propose_any().await.unwrap();
    play.confirm_all().await.unwrap();
    let brought = errands::set_up(rig, out, provider).await.unwrap();
    play.take_in(&brought).await.unwrap();
    (play, brought)
}

/// An engagement and what it takes to do business in it.
struct Stage<'r> {
    rig: &'r Rig,
    out: Outbound,
    provider: Provider,
    play: Play<'r>,
    set_up: Brought,
}

impl Stage<'_> {
    /// Goes over to a scenario and does business in it; gives what every check says then.
    async fn under(&mut self, scenario: Scenario) -> BTreeMap<String, Verdict> {
        let world = self.rig.simulator.world();
        world.switch_to(scenario);
        world.finish_plot();
        let traded = errands::trade(self.rig, &self.out, self.provider, &self.set_up).await.unwrap();
        self.play.take_in(&traded).await.unwrap();
        world.all_sent().await;
        verdicts(&mut self.play).await
    }

    async fn all_is_well(&mut self) {
        let seen = self.under(Scenario::Happy).await;
        assert!(seen.values().all(|v| *v == Pass), "{seen:?}");
    }
}

/// What every check says, by its id.
async fn verdicts(play: &mut Play<'_>) -> BTreeMap<String, Verdict> {
    let looks = play.look(&play.all_checks()).await.unwrap();
    looks.into_iter().map(|look| (look.observation.check.to_string(), look.observation.verdict)).collect()
}

/// What a scenario does to the checks of a runbook. What is not named passes.
type Row = (Scenario, &'static [(&'static str, Verdict)]);

/// Scenarios that keep golive from asking, which says nothing of the merchant.
const OF_THE_NETWORK: [Scenario; 3] = [Scenario::RateLimited, Scenario::Slow, Scenario::Flaky];

/// Switches through the scenarios. All is well in between: nothing of a scenario is left by the next.
async fn expect(provider: Provider, rows: &[Row]) {
    let rig = Rig::set_up(Scenario::Happy, StoryClock::running()).await.unwrap();
    let out = Outbound::new().unwrap();
    let (play, set_up) = opened(&rig, &out, provider).await;
    let mut stage = Stage { rig: &rig, out, provider, play, set_up };
    let told: Vec<Scenario> = rows.iter().map(|(scenario, _)| *scenario).collect();
    let meant = |s: &Scenario| s.providers().contains(&provider) && !OF_THE_NETWORK.contains(s);
    for scenario in Scenario::ALL.into_iter().filter(meant) {
        assert!(scenario == Scenario::Happy || told.contains(&scenario), "{provider}: {scenario} has no row");
    }
    for (scenario, odd) in rows {
        stage.all_is_well().await;
        let seen = stage.under(*scenario).await;
        let not_passing: Vec<_> =
            seen.iter().filter(|(_, v)| **v != Pass).map(|(check, v)| (check.as_str(), *v)).collect();
        assert_eq!(not_passing, *odd, "{provider}, {}", scenario.word());
    }
    for (scenario, at_least) in [(Scenario::RateLimited, 2), (Scenario::Flaky, 1)] {
        stage.all_is_well().await;
        rig.simulator.world().switch_to(scenario);
        let seen = verdicts(&mut stage.play).await;
        assert!(seen.values().all(|v| matches!(v, Pass | Unknown)), "{provider}: {seen:?}");
        assert!(seen.values().filter(|v| **v == Unknown).count() >= at_least, "{provider}: {seen:?}");
    }
    stage.all_is_well().await;
    rig.simulator.world().switch_to(Scenario::Slow);
    slow(&rig, &stage.play).await;
    drop(stage);
    rig.take_down().await.unwrap();
}

/// One check of an API, with a deadline that the slow answer misses by far.
async fn slow(rig: &Rig, play: &Play<'_>) {
    let subject = rig.app.subject(&play.engagement);
    let of_the_api = |check: &&Check| {
        matches!(&check.kind, CheckKind::Http(steps) if steps.iter().any(|s| s.auth.is_some()))
            && check.configured(&subject.facts, &subject.secrets)
    };
    let check = subject.runbook.checks.values().find(of_the_api).expect("a check with a key");
    let hasty = Check { deadline: Duration::from_millis(150), ..check.clone() };
    let observation = rig.runner.run_once(&hasty, &subject).await;
    assert_eq!(observation.verdict, Unknown, "{}: {}", check.id, observation.summary);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paymentsai() {
    expect(
        Provider::PaymentsAi,
        &[
            (Scenario::KycPending, &[("kyc-approved", Pending), ("kyc-still-approved", Pending)]),
            (Scenario::PaymentsBlocked, &[]),
            (Scenario::PaymentFailed, &[]),
            (Scenario::WebhookDown, &[("webhook-alive", Unknown), ("webhook-verifies", Unknown)]),
            (Scenario::WebhookUnverified, &[("webhook-alive", Fail), ("webhook-verifies", Fail)]),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flint() {
    expect(
        Provider::Flint,
        &[
            (
                Scenario::KycPending,
                &[
                    ("order-paid", Fail),
                    ("payment-options", Fail),
                    ("payments-ready", Pending),
                    ("payouts-ready", Pending),
                    ("requirements-clear", Pending),
                ],
            ),
            (
                Scenario::PaymentsBlocked,
                &[
                    ("order-paid", Fail),
                    ("payment-options", Fail),
                    ("payments-ready", Fail),
                    ("requirements-clear", Fail),
                ],
            ),
            (Scenario::PayoutsBlocked, &[("payouts-ready", Fail), ("requirements-clear", Fail)]),
            (Scenario::PayoutsPending, &[("payouts-ready", Pending), ("requirements-clear", Pending)]),
            (
                Scenario::PastDue,
                &[
                    ("order-paid", Fail),
                    ("payment-options", Fail),
                    ("payments-ready", Fail),
                    ("payouts-ready", Fail),
                    ("requirements-clear", Fail),
                ],
            ),
            (Scenario::PaymentFailed, &[("order-paid", Fail)]),
            (
                // No answer is an error; every one says that it is of test mode.
                Scenario::WrongMode,
                &[
                    ("capabilities", Fail),
                    ("catalog-live", Fail),
                    ("coupon-live", Fail),
                    ("deliveries", Fail),
                    ("endpoint-registered", Fail),
                    ("events-subscribed", Fail),
                    ("live-mode", Fail),
                    ("onboarding", Fail),
                    ("order-paid", Fail),
                    ("payment-options", Fail),
                    ("payments-ready", Fail),
                    ("payouts-ready", Fail),
                    ("plan-live", Fail),
                    ("requirements-clear", Fail),
                ],
            ),
            (
                Scenario::WebhookDown,
                &[("deliveries", Fail), ("webhook-quick", Unknown), ("webhook-verifies", Unknown)],
            ),
            (Scenario::WebhookUnverified, &[("webhook-quick", Fail), ("webhook-verifies", Fail)]),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn billing_onboarding() {
    const INTERRUPTED: &[(&str, Verdict)] =
        &[("billing-active", Fail), ("payment-method", Fail), ("safe-to-resume", Fail)];
    expect(
        Provider::Billing,
        &[
            (Scenario::KycPending, &[("return-state", Pending)]),
            (Scenario::PastDue, &[("billing-active", Fail)]),
            (Scenario::PaymentFailed, INTERRUPTED),
            (Scenario::Dunning, INTERRUPTED),
            (
                Scenario::WebhookDown,
                &[("safe-to-resume", Fail), ("test-verification", Fail), ("webhook-verifies", Unknown)],
            ),
            (Scenario::WebhookUnverified, &[("webhook-verifies", Fail)]),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merchant_api() {
    expect(
        Provider::MerchantApi,
        &[
            (Scenario::PastDue, &[("session-paid", Pending)]),
            (Scenario::PaymentFailed, &[("session-exists", Fail), ("session-paid", Fail)]),
            (Scenario::WebhookDown, &[("webhook-verifies", Unknown)]),
            (Scenario::WebhookUnverified, &[("webhook-verifies", Fail)]),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invoice_link() {
    expect(
        Provider::InvoiceLink,
        &[
            (Scenario::PayoutsBlocked, &[("payout-sent", Fail)]),
            (Scenario::PayoutsPending, &[("payout-sent", Pending)]),
            (Scenario::PastDue, &[("invoice-paid", Fail), ("ledger-credit", Fail)]),
            (Scenario::PaymentFailed, &[("invoice-paid", Fail), ("ledger-credit", Fail)]),
            // What is made with the wrong key is there for it; what the right one made is not.
            (Scenario::WrongMode, &[("deposit-credited", Fail), ("static-address", Fail)]),
            (Scenario::WebhookDown, &[("webhook-verifies", Unknown)]),
            (Scenario::WebhookUnverified, &[("webhook-verifies", Fail)]),
        ],
    )
    .await;
}
