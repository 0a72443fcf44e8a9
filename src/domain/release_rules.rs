//! Who decides on going live, and when.

use super::command::{Acting, Command};
use super::event::Fact;
use super::fresh::Witnesses;
use super::ids::StageId;
use super::refusal::Refusal;
use super::release::{GoNoGo, deciders};
use super::testing::*;
use super::verdict::Verdict;

fn decide(outcome: GoNoGo, reason: Option<&str>) -> Command {
    Command::DecideGo { outcome, reason: reason.map(str::to_owned), seen: Witnesses::new() }
}

/// Everything done: the last gate is open.
fn ready() -> World {
    let mut world = World::second_done();
    let proof =
        Command::Tick { item: item_id("proof"), part: None, note: None, evidence: vec!["report 7".into()] };
    world.act("Dev", &proof).unwrap();
    world.act("Ada", &Command::Note { item: Some(item_id("advice")), text: "fine".into() }).unwrap();
    for item in ["review", "advice", "self"] {
        world.tick("Dev", item).unwrap();
    }
    world.sees("ping", Verdict::Pass, 1);
    assert!(world.assess().complete());
    world
}

#[test]
fn go_needs_an_open_last_gate_and_a_no_go_needs_a_reason() {
    let mut world = World::second_done();
    let refused = world.act("Lea", &decide(GoNoGo::Go, None)).unwrap_err();
    assert!(matches!(&refused, Refusal::NotReady { .. }) && refused.blockers().len() > 1, "{refused:?}");
    let refused = world.act("Lea", &decide(GoNoGo::NoGo, None)).unwrap_err();
    assert!(matches!(refused, Refusal::BadText { .. }), "{refused:?}");
    world.act("Lea", &decide(GoNoGo::NoGo, Some("not yet"))).unwrap();
    let decided = world.state.decided.clone().unwrap();
    assert_eq!((decided.outcome, decided.reason.as_deref()), (GoNoGo::NoGo, Some("not yet")));
    let mut world = ready();
    world.act("Lea", &decide(GoNoGo::Go, None)).unwrap();
    assert_eq!(world.state.decided.unwrap().outcome, GoNoGo::Go);
}

#[test]
fn only_a_lead_or_who_signs_the_last_stage_decides() {
    let mut world = ready();
    for who in ["Dev", "Ada"] {
        let refused = world.act(who, &decide(GoNoGo::Go, None)).unwrap_err();
        assert!(matches!(refused, Refusal::NotYours { .. }), "{who}: {refused:?}");
    }
    assert!(world.act("Stranger", &decide(GoNoGo::Go, None)).is_err());
    let acting = Acting { role: Some(role("dev")), ..Acting::new(author("Lea")) };
    assert!(matches!(world.act_as(&acting, &decide(GoNoGo::Go, None)), Err(Refusal::NotYours { .. })));
    assert_eq!(deciders(&world.runbook), [role("lead")]);
}

#[test]
fn the_same_decision_is_taken_once_until_something_bears_on_it() {
    let mut world = ready();
    world.act("Lea", &decide(GoNoGo::Go, None)).unwrap();
    let seq = world.state.head.seq;
    world.act("Ada", &Command::Note { item: Some(item_id("advice")), text: "hi".into() }).unwrap();
    world.act("Ada", &Command::Note { item: None, text: "hi".into() }).unwrap();
    let refused = world.act("Lea", &decide(GoNoGo::Go, None)).unwrap_err();
    assert!(matches!(refused, Refusal::DecidedAlready { seq: at, .. } if at == seq), "{refused:?}");
    world.act("Lea", &decide(GoNoGo::NoGo, Some("the bank called"))).unwrap();
    world.act("Lea", &decide(GoNoGo::Go, None)).unwrap();
    world.act("Dev", &Command::Reject { item: item_id("self"), reason: "look again".into() }).unwrap();
    world.tick("Dev", "self").unwrap();
    world.act("Lea", &decide(GoNoGo::Go, None)).unwrap();
}

#[test]
fn a_decision_covers_all_evidence_and_the_log_before_it_and_is_not_undone() {
    let mut world = ready();
    let head = world.state.head;
    let facts = world.act("Lea", &decide(GoNoGo::Go, None)).unwrap();
    let [Fact::GoDecided { covers, role: Some(held), .. }] = facts.as_slice() else { panic!("{facts:?}") };
    assert_eq!((covers.head, covers.evidence.len(), held), (head, 1, &role("lead")));
    let undone = world.act("Lea", &Command::Undo { seq: Some(head.seq + 1) }).unwrap_err();
    assert!(matches!(undone, Refusal::NothingToUndo), "{undone:?}");
    let sign = Command::SignStage { stage: StageId::new("second").unwrap() };
    assert!(world.act("Ada", &sign).is_err(), "the decision makes no stage sign-off stale");
}
