//! The rules of actions, each as a test.

use chrono::TimeDelta;
use uuid::Uuid;

use super::command::{ActionEnd, Command};
use super::event::{Event, Fact};
use super::ids::ActionId;
use super::refusal::Refusal;
use super::state::Standing;
use super::testing::*;

fn id(action: &str) -> ActionId {
    ActionId::new(action).unwrap()
}

fn intend(action: &str, attempt: u128) -> Command {
    let attempt = Uuid::from_u128(attempt);
    Command::IntendAction { action: id(action), attempt, idempotency_key: format!("key-{attempt}") }
}

fn end(action: &str, attempt: u128, end: ActionEnd) -> Command {
    Command::EndAction { action: id(action), attempt: Uuid::from_u128(attempt), end, request_id: None }
}

fn done() -> ActionEnd {
    ActionEnd::Done { captured: Vec::new(), stored: Vec::new() }
}

fn failed() -> ActionEnd {
    ActionEnd::Failed { reason: "refused".into() }
}

fn unknown() -> ActionEnd {
    ActionEnd::Unknown { reason: "lost".into() }
}

fn reset(action: &str) -> Command {
    Command::ResetAction { action: id(action), reason: "looked".into() }
}

fn key(facts: &[Fact]) -> &str {
    let [Fact::ActionIntended { idempotency_key, .. }] = facts else { panic!("{facts:?}") };
    idempotency_key
}

#[test]
fn an_action_of_an_item_in_a_shut_stage_is_refused_like_a_tick() {
    let mut world = World::new();
    assert!(matches!(world.act("Dev", &intend("exchange", 1)), Err(Refusal::Shut { .. })));
    let mut world = World::first_done();
    world.act("Dev", &intend("exchange", 1)).unwrap();
}

#[test]
fn only_an_owner_of_the_item_or_a_lead_starts_an_action() {
    let mut world = World::first_done();
    assert!(matches!(world.act("Ada", &intend("hook", 1)), Err(Refusal::NotYours { .. })));
    world.act("Lea", &intend("hook", 1)).unwrap();
    assert!(matches!(world.act("Nia", &intend("hook", 2)), Err(Refusal::NotAMember { .. })));
}

#[test]
fn nobody_starts_an_action_while_it_is_under_way() {
    let mut world = World::first_done();
    world.act("Dev", &intend("hook", 1)).unwrap();
    let Err(Refusal::ActionUnderWay { by, .. }) = world.act("Lea", &intend("hook", 2)) else { panic!() };
    assert_eq!(by, name("Dev"));
    assert!(matches!(world.act("Lea", &reset("hook")), Err(Refusal::ActionUnderWay { .. })));
}

#[test]
fn an_intent_without_an_end_is_an_unknown_outcome_once_its_deadline_is_over() {
    let mut world = World::first_done();
    world.act("Dev", &intend("exchange", 1)).unwrap();
    let action = world.runbook.actions["exchange"].clone();
    assert_eq!(world.state.standing(&action, world.now), Standing::UnderWay);
    world.now += TimeDelta::hours(1);
    assert_eq!(world.state.standing(&action, world.now), Standing::Unknown);
    let refused = world.act("Dev", &intend("exchange", 2));
    assert!(matches!(refused, Err(Refusal::ActionInDoubt { reason: None, .. })), "{refused:?}");
}

#[test]
fn what_happens_once_is_not_done_again_after_success_or_in_doubt_but_after_a_refusal() {
    for (ended, again) in [(done(), false), (unknown(), false), (failed(), true)] {
        let mut world = World::first_done();
        world.act("Dev", &intend("exchange", 1)).unwrap();
        world.act("Dev", &end("exchange", 1, ended.clone())).unwrap();
        world.pass(400);
        let outcome = world.act("Dev", &intend("exchange", 2));
        assert_eq!(outcome.is_ok(), again, "{ended:?}: {outcome:?}");
    }
}

#[test]
fn what_happens_once_is_tried_again_in_doubt_with_the_same_key_and_anew_with_another() {
    let mut world = World::first_done();
    world.runbook.actions["exchange"].idempotency_header = Some("idempotency-key".into());
    let first = key(&world.act("Dev", &intend("exchange", 1)).unwrap()).to_owned();
    world.act("Dev", &end("exchange", 1, unknown())).unwrap();
    assert_eq!(key(&world.act("Dev", &intend("exchange", 2)).unwrap()), first);
    // Broken off in the middle, it is in doubt as well.
    world.now += TimeDelta::hours(1);
    assert_eq!(key(&world.act("Dev", &intend("exchange", 3)).unwrap()), first);
    world.act("Dev", &end("exchange", 3, failed())).unwrap();
    world.act("Lea", &reset("exchange")).unwrap();
    assert_ne!(key(&world.act("Dev", &intend("exchange", 4)).unwrap()), first);
    world.act("Dev", &end("exchange", 4, done())).unwrap();
    assert!(matches!(world.act("Dev", &intend("exchange", 5)), Err(Refusal::ActionDone { .. })));
}

#[test]
fn a_lead_lets_it_be_started_anew_with_a_reason() {
    let mut world = World::first_done();
    assert_eq!(world.act("Lea", &reset("exchange")), Err(Refusal::NoChange));
    world.act("Dev", &intend("exchange", 1)).unwrap();
    world.act("Dev", &end("exchange", 1, unknown())).unwrap();
    assert!(matches!(world.act("Dev", &reset("exchange")), Err(Refusal::NotLead { .. })));
    let blank = Command::ResetAction { action: id("exchange"), reason: "  ".into() };
    assert!(matches!(world.act("Lea", &blank), Err(Refusal::BadText { .. })));
    world.act("Lea", &reset("exchange")).unwrap();
    let facts = world.act("Dev", &intend("exchange", 2)).unwrap();
    assert!(key(&facts).ends_with('2'), "a new start has a new key");
}

#[test]
fn a_retry_after_a_lost_answer_keeps_the_idempotency_key_and_any_other_start_has_a_new_one() {
    let mut world = World::first_done();
    let first = key(&world.act("Dev", &intend("hook", 1)).unwrap()).to_owned();
    world.act("Dev", &end("hook", 1, unknown())).unwrap();
    let second = key(&world.act("Lea", &intend("hook", 2)).unwrap()).to_owned();
    assert_eq!(first, second);
    world.act("Lea", &end("hook", 2, done())).unwrap();
    let third = key(&world.act("Dev", &intend("hook", 3)).unwrap()).to_owned();
    assert_ne!(first, third);
    world.act("Dev", &end("hook", 3, failed())).unwrap();
    assert_ne!(third, key(&world.act("Dev", &intend("hook", 4)).unwrap()));
}

#[test]
fn doubt_about_a_key_ends_with_an_answer_or_with_a_person_and_not_with_a_refused_retry() {
    let mut world = World::first_done();
    let first = key(&world.act("Dev", &intend("hook", 1)).unwrap()).to_owned();
    world.act("Dev", &end("hook", 1, unknown())).unwrap();
    for attempt in 2..5 {
        assert_eq!(key(&world.act("Dev", &intend("hook", attempt)).unwrap()), first, "attempt {attempt}");
        world.act("Dev", &end("hook", attempt, failed())).unwrap();
        let action = &world.runbook.actions["hook"];
        assert_eq!(world.state.standing(action, world.now), Standing::Unknown);
    }
    world.act("Lea", &reset("hook")).unwrap();
    assert_ne!(key(&world.act("Dev", &intend("hook", 5)).unwrap()), first);
    world.act("Dev", &end("hook", 5, failed())).unwrap();
    assert_eq!(world.state.standing(&world.runbook.actions["hook"], world.now), Standing::Failed);
}

#[test]
fn only_who_started_an_attempt_ends_it_and_only_once() {
    let mut world = World::first_done();
    world.act("Dev", &intend("hook", 1)).unwrap();
    for (who, attempt) in [("Lea", 1), ("Dev", 2)] {
        let refused = world.act(who, &end("hook", attempt, done()));
        assert_eq!(refused, Err(Refusal::ActionNotUnderWay(id("hook"))), "{who} {attempt}");
    }
    world.act("Dev", &end("hook", 1, failed())).unwrap();
    assert!(world.act("Dev", &end("hook", 1, done())).is_err());
}

#[test]
fn what_an_action_captured_fills_the_field_and_is_not_undone_with_a_key_press() {
    let mut world = World::first_done();
    world.act("Dev", &intend("hook", 1)).unwrap();
    let captured = vec![("url".parse().unwrap(), "https://a.example".to_owned())];
    let before = world.state.undoable(&author("Dev").key);
    world.act("Dev", &end("hook", 1, ActionEnd::Done { captured, stored: Vec::new() })).unwrap();
    assert_eq!(world.state.facts.fields["url"], "https://a.example");
    assert_eq!(world.state.undoable(&author("Dev").key), before);
}

#[test]
fn what_is_not_filled_in_is_named_before_anything_is_sent() {
    let mut world = World::first_done();
    let needs = &mut world.runbook.actions["hook"].needs;
    needs.fields.insert("url".parse().unwrap());
    needs.secrets.insert("key".parse().unwrap());
    let Err(Refusal::ActionNeeds { missing, .. }) = world.act("Dev", &intend("hook", 1)) else { panic!() };
    assert_eq!(missing, ["field url", "secret key"]);
}

#[test]
fn an_event_of_the_first_version_still_reads() {
    let old = r#"{"v":1,"engagement":"acme","seq":3,"prev":"0000000000000000000000000000000000000000000000000000000000000000","id":"01930000-0000-7000-8000-000000000000","at":"2026-01-01T00:00:00Z","by":{"name":"Dana","key":"SHA256:x"},"fact":{"secret_set":{"secret":"key","source":{"env":"KEY"}}}}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(event.fact.word(), "secret_set");
}
