//! Deciding on going live, by every person at every state of the last gate, in their own engagement and in one
//! where their key speaks for nobody. Written from DESIGN rules 8 and 14's neighbours in `domain::release`: who
//! signs the last stage decides, and leads; go takes the last gate open and every check behind it fresh.

use chrono::TimeDelta;

use super::super::testing::{Bench, id, name, seen, tick};
use super::outcome;
use crate::app::release::{ReleaseParts, Wish, verify_release};
use crate::app::{Act, App};
use crate::domain::command::Command;
use crate::domain::release::GoNoGo;
use crate::domain::verdict::Verdict;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Shut,
    BrokenGlass,
    /// Open, and a check behind it has no fresh pass.
    Stale,
    Open,
    /// Open, and Dana has said go.
    Decided,
}

const STATES: [Last; 5] = [Last::Shut, Last::BrokenGlass, Last::Stale, Last::Open, Last::Decided];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Leads, and decided where somebody has.
    Lead,
    OtherLead,
    Dev,
    Onlooker,
    Stranger,
    Revoked,
    Removed,
}

const PEOPLE: [(Who, &str); 7] = [
    (Who::Lead, "Dana"),
    (Who::OtherLead, "Sela"),
    (Who::Dev, "Lin"),
    (Who::Onlooker, "Olga"),
    (Who::Stranger, "Sven"),
    (Who::Revoked, "Rex"),
    (Who::Removed, "Gus"),
];

/// Why it is refused; nothing when it is not.
fn refusal(who: Who, state: Last, own: bool, wish: GoNoGo) -> Option<&'static str> {
    match who {
        _ if !own => return Some("NotAMember"),
        Who::Stranger => return Some("NotAMember"),
        Who::Revoked | Who::Removed => return Some("KeyRevoked"),
        Who::Dev | Who::Onlooker => return Some("NotYours"),
        Who::Lead | Who::OtherLead => {}
    }
    match (wish, state) {
        (GoNoGo::NoGo, _) | (GoNoGo::Go, Last::Open) => None,
        (GoNoGo::Go, Last::Shut | Last::BrokenGlass) => Some("NotReady"),
        (GoNoGo::Go, Last::Stale) => Some("NotFresh"),
        // Whoever decided gets the same release once more; nobody else vouches for it.
        (GoNoGo::Go, Last::Decided) => (who != Who::Lead).then_some("DecidedAlready"),
    }
}

async fn prepare(state: Last) -> Bench {
    let (bench, lin) = Bench::with_acme().await;
    let acme = id("acme");
    let zoe = bench.person("Zoe");
    zoe.begin(super::super::testing::beginning("Other")).await.unwrap();
    for (who, role) in [("Sela", "lead"), ("Olga", "dev"), ("Rex", "lead"), ("Gus", "lead")] {
        let app = bench.person(who);
        bench.assign(role, who, Some(&app)).await;
    }
    let dana = |command| bench.app.execute(&acme, Act::new(command));
    dana(Command::Unassign { role: "dev".parse().unwrap(), member: name("Olga") }).await.unwrap();
    dana(Command::RevokeKey { key: bench.person("Rex").author().key }).await.unwrap();
    dana(Command::RemoveMember { member: name("Gus") }).await.unwrap();
    match state {
        Last::Shut => {}
        Last::BrokenGlass => {
            let until = bench.app.now() + TimeDelta::hours(4);
            dana(Command::BreakGlass { stage: None, reason: "the shop is down".into(), until })
                .await
                .unwrap();
        }
        Last::Stale | Last::Open | Last::Decided => {
            for item in ["hello", "bye"] {
                if item == "bye" {
                    bench.app.observe(&acme, seen(&bench.app, Verdict::Pass)).await.unwrap();
                }
                lin.execute(&acme, Act::new(tick(item))).await.unwrap();
            }
            dana(tick("bye")).await.unwrap();
            dana(Command::SignStage { stage: "second".parse().unwrap() }).await.unwrap();
        }
    }
    if state == Last::Stale {
        bench.clock.advance(TimeDelta::minutes(11));
    }
    if state == Last::Decided {
        bench.app.release(&acme, wish(GoNoGo::Go)).await.unwrap();
    }
    bench
}

fn wish(outcome: GoNoGo) -> Wish {
    let reason = (outcome == GoNoGo::NoGo).then(|| "not yet".to_owned());
    Wish { outcome, reason, role: None }
}

/// Whether a release was made, and one that an auditor may rely on.
async fn tried(app: &App, engagement: &str, outcome_wished: GoNoGo) -> Result<usize, String> {
    let released = app.release(&id(engagement), wish(outcome_wished)).await;
    outcome(released.map(|released| {
        let files = &released.files;
        let parts = ReleaseParts {
            artefact: &files.artefact,
            signature: Some(files.signature.as_bytes()),
            allowed_signers: Some(files.allowed_signers.as_bytes()),
        };
        let check = verify_release(&parts, app.now()).unwrap();
        assert!(check.whole(), "{:?}", check.faults);
        assert_eq!(check.outcome, outcome_wished);
        usize::from(!released.again)
    }))
}

async fn state(state: Last) -> Vec<String> {
    let mut wrong = Vec::new();
    for (who, called) in PEOPLE {
        for engagement in ["acme", "other"] {
            for wished in [GoNoGo::Go, GoNoGo::NoGo] {
                // A bench of its own: a decision bears on the next.
                let bench = prepare(state).await;
                let app = if called == "Dana" { bench.app.clone() } else { bench.person(called) };
                let before = bench.again().load(&id(engagement)).await.unwrap().state.head.seq;
                let got = tried(&app, engagement, wished).await;
                let after = bench.again().load(&id(engagement)).await.unwrap().state.head.seq;
                let written = usize::try_from(after - before).unwrap();
                let good = match (refusal(who, state, engagement == "acme", wished), &got) {
                    (None, Ok(events)) => written == *events && (*events == 1 || state == Last::Decided),
                    (Some(why), Err(got)) => why == got && written == 0,
                    (None, Err(_)) | (Some(_), Ok(_)) => false,
                };
                if !good {
                    wrong.push(format!("{state:?} {who:?} {engagement} {wished}: {got:?}, {written} events"));
                }
            }
        }
    }
    wrong
}

#[test]
fn every_person_deciding_at_every_last_gate_gets_what_the_rules_say() {
    let states = STATES.map(|one| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(state(one))
        })
    });
    let wrong: Vec<String> = states.into_iter().flat_map(|one| one.join().unwrap()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
