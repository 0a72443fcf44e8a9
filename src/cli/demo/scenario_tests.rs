//! What each scenario of the rehearsal does to the live checks of each runbook: the real checks, over HTTP.

use std::collections::BTreeMap;

use super::cast::{BIRCH, EVERYBODY};
use super::clock::StoryClock;
use super::errands;
use super::headless::shop;
use super::play::Play;
use super::rig::Rig;
use crate::checks::outbound::Outbound;
use crate::domain::verdict::Verdict;
use crate::rehearse::{Provider, Scenario};

/// An engagement for which everything is known, against a rehearsal in which all is well.
async fn opened(rig: &Rig, provider: Provider) -> Play<'_> {
    rig.let_the_world_turn(chrono::TimeDelta::zero());
    let Some(shop) = shop(provider) else {
        let mut play = Play::begin(rig, &BIRCH, None).await.unwrap();
        play.receive_stage_access(&BIRCH).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn print_them() {
    for provider in Provider::ALL {
        let rig = Rig::set_up(Scenario::Happy, StoryClock::running()).await.unwrap();
        let mut play = opened(&rig, provider).await;
        let happy = verdicts(&mut play).await;
        println!("{provider}: {} checks {:?}", happy.len(), happy.iter().filter(|(_, v)| **v != Verdict::Pass).collect::<Vec<_>>());
        for scenario in Scenario::ALL {
            if scenario == Scenario::Slow { continue; }
            rig.simulator.world().switch_to(scenario);
            let now = verdicts(&mut play).await;
            let other: Vec<_> = now.iter().filter(|(c, v)| happy.get(*c) != Some(*v)).collect();
            println!("  {}: {other:?}", scenario.word());
        }
        drop(play);
        rig.take_down().await.unwrap();
    }
}
