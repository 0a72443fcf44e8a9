//! What each scenario of the rehearsal does to the live checks of each runbook: the real checks, over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cast::{BIRCH, EVERYBODY};
use super::clock::StoryClock;
use super::errands;
use super::headless::shop;
use super::play::Play;
use super::rig::Rig;
use crate::checks::outbound::Outbound;
use crate::domain::check::{Check, CheckKind};
use crate::domain::verdict::Verdict::{self, Fail, Pass, Pending, Unknown};
use crate::rehearse::{Provider, Scenario};

/// An engagement for which everything is known, against a rehearsal in which all is well.
async fn opened(rig: &Rig, provider: Provider) -> Play<'_> {
    rig.let_the_world_turn(chrono::TimeDelta::zero());
    let Some(shop) = shop(provider) else {
        let mut play = Play::begin(rig, &BIRCH, None).await.unwrap();
        play.propose_all(&BIRCH.decisions).await.unwrap();
        play.confirm_all().await.unwrap();
        play.receive_stage_access(&BIRCH).await.unwrap();
        play.receive_live_ids(&BIRCH).await.unwrap();
        return play;
    };
    let mut play = Play::open(rig, provider, shop.name, EVERYBODY.to_vec(), None, Vec::new()).await.unwrap();
    play.propose_any().await.unwrap();
    play.confirm_all().await.unwrap();
    let brought = errands::run(rig, &Outbound::new().unwrap(), provider).await.unwrap();
    play.take_in(&brought).await.unwrap();
    play
}

/// What every check says, by its id.
async fn verdicts(play: &mut Play<'_>) -> BTreeMap<String, Verdict> {
    let looks = play.look(&play.all_checks()).await.unwrap();
    looks.into_iter().map(|look| (look.observation.check.to_string(), look.observation.verdict)).collect()
}

/// What a scenario does to the checks of a runbook. What is not named passes.
type Row = (Scenario, &'static [(&'static str, Verdict)]);

/// Switches through the scenarios. All is well in between: nothing of a scenario is left by the next.
async fn expect(provider: Provider, rows: &[Row]) {
    let rig = Rig::set_up(Scenario::Happy, StoryClock::running()).await.unwrap();
    let mut play = opened(&rig, provider).await;
    for (scenario, odd) in rows {
        all_is_well(&rig, &mut play).await;
        rig.simulator.world().switch_to(*scenario);
        let seen = verdicts(&mut play).await;
        let not_passing: Vec<_> =
            seen.iter().filter(|(_, v)| **v != Pass).map(|(check, v)| (check.as_str(), *v)).collect();
        assert_eq!(not_passing, *odd, "{provider}, {}", scenario.word());
    }
    // What keeps golive from asking says nothing of the merchant.
    for scenario in [Scenario::RateLimited, Scenario::Flaky] {
        all_is_well(&rig, &mut play).await;
        rig.simulator.world().switch_to(scenario);
        let seen = verdicts(&mut play).await;
        assert!(seen.values().all(|v| matches!(v, Pass | Unknown)), "{provider}: {seen:?}");
        assert!(seen.values().filter(|v| **v == Unknown).count() >= 2, "{provider}: {seen:?}");
    }
    all_is_well(&rig, &mut play).await;
    rig.simulator.world().switch_to(Scenario::Slow);
    slow(&rig, &play).await;
    drop(play);
    rig.take_down().await.unwrap();
}

async fn all_is_well(rig: &Rig, play: &mut Play<'_>) {
    rig.simulator.world().switch_to(Scenario::Happy);
    rig.simulator.world().finish_plot();
    let seen = verdicts(play).await;
    assert!(seen.values().all(|v| *v == Pass), "{seen:?}");
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
                    ("payment-options", Fail),
                    ("payments-ready", Pending),
                    ("payouts-ready", Pending),
                    ("requirements-clear", Pending),
                ],
            ),
            (
                Scenario::PaymentsBlocked,
                &[("payment-options", Fail), ("payments-ready", Fail), ("requirements-clear", Fail)],
            ),
            (Scenario::PayoutsPending, &[("payouts-ready", Pending), ("requirements-clear", Pending)]),
            (
                Scenario::PastDue,
                &[
                    ("payment-options", Fail),
                    ("payments-ready", Fail),
                    ("payouts-ready", Fail),
                    ("requirements-clear", Fail),
                ],
            ),
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
            (Scenario::WebhookDown, &[("webhook-quick", Unknown), ("webhook-verifies", Unknown)]),
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
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merchant_api() {
    expect(
        Provider::MerchantApi,
        &[
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
            (
                // Nothing in an answer tells the mode: what was made in test mode has its own balance.
                Scenario::WrongMode,
                &[
                    ("deposit-credited", Fail),
                    ("invoice-exists", Fail),
                    ("invoice-paid", Fail),
                    ("ledger-credit", Fail),
                    ("payout-sent", Fail),
                    ("static-address", Fail),
                ],
            ),
            (Scenario::WebhookDown, &[("webhook-verifies", Unknown)]),
            (Scenario::WebhookUnverified, &[("webhook-verifies", Fail)]),
        ],
    )
    .await;
}
