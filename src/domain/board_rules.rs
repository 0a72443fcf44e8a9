//! What the board of a go/no-go may say.

use chrono::{DateTime, TimeDelta, Utc};

use super::assess::assess;
use super::backing::Backing;
use super::blocker::{Stale, Why};
use super::board::{About, Board, Criterion, Freshness, Ground};
use super::check::CheckKind;
use super::command::Command;
use super::fresh::{Witness, Witnesses};
use super::gate::{GateStanding, ask_gate};
use super::ids::StageId;
use super::runbook::Runbook;
use super::state::State;
use super::testing::*;
use super::verdict::Verdict;

/// The same runbook, whose checks look outside.
pub fn outward(runbook: &Runbook) -> Runbook {
    let mut runbook = runbook.clone();
    for check in runbook.checks.values_mut() {
        check.kind = CheckKind::Http(Vec::new());
    }
    runbook
}

/// Results of the checks: that many minutes old, and none where there is no number.
pub fn witnesses(runbook: &Runbook, now: DateTime<Utc>, age: impl Fn(usize) -> Option<i64>) -> Witnesses {
    let all = runbook.checks.keys().enumerate();
    all.filter_map(|(n, check)| {
        let at = now - TimeDelta::minutes(age(n)?);
        let witness = Witness {
            check: check.clone(),
            verdict: Verdict::Pass,
            at,
            last_pass: Some(at),
            summary: String::new(),
            request_id: None,
        };
        Some((check.clone(), witness))
    })
    .collect()
}

/// Whether the board is one with the gate, and shows nothing as done that has nothing to show.
pub fn sound(runbook: &Runbook, state: &State, seen: &Witnesses, now: DateTime<Utc>) -> Result<(), String> {
    let assessment = assess(runbook, state, now);
    let board = Board::new(runbook, state, &assessment, seen, now);
    let gate = ask_gate(runbook, state, &assessment, runbook.stages().len(), seen, now);
    let wrong = |said: String| Err(format!("the board: {said}"));
    if board.standing != gate.standing {
        return wrong(format!("{:?}, the gate {:?}", board.standing, gate.standing));
    }
    let all_hold = board.criteria.iter().all(|c| c.ground.holds());
    if all_hold != (gate.standing == GateStanding::Open) {
        return wrong(format!("everything holds: {all_hold}, the gate is {:?}", gate.standing));
    }
    let old = board.criteria.iter().filter(|c| matches!(c.freshness, Freshness::Old { .. })).count();
    if old != gate.not_fresh.len() {
        return wrong(format!("{old} old checks, the gate has {}", gate.not_fresh.len()));
    }
    let expected = runbook.stages().iter().map(|s| s.items.len() + s.signoff.len()).sum::<usize>();
    let counted = Ground::ALL.iter().map(|g| board.counts.of(*g)).sum::<usize>();
    if (board.criteria.len(), counted) != (expected, expected) {
        return wrong(format!("{} criteria, {counted} counted, of {expected}", board.criteria.len()));
    }
    for criterion in &board.criteria {
        if criterion.ground.holds() != criterion.open.is_none() {
            return wrong(format!("{criterion:?} says what is open, or does not"));
        }
        let backing = Backing::of(runbook, state, &criterion.about, now);
        let shown = !backing.approvals.is_empty() || backing.tick.is_some();
        if criterion.ground.done() && (!shown || backing.events().is_empty()) {
            return wrong(format!("{criterion:?} is done with nothing to show"));
        }
        if criterion.ground == Ground::Waived && backing.waiver.is_none() {
            return wrong(format!("{criterion:?} is waived by nobody"));
        }
        if let Freshness::Fresh { .. } = criterion.freshness
            && backing.check.is_none_or(|check| seen.get(check).is_none_or(|w| w.last_pass.is_none()))
        {
            return wrong(format!("{criterion:?} is fresh without a pass"));
        }
    }
    Ok(())
}

fn board(world: &World, seen: &Witnesses) -> Board {
    sound(&world.runbook, &world.state, seen, world.now).unwrap();
    Board::new(&world.runbook, &world.state, &world.assess(), seen, world.now)
}

fn of<'a>(world: &World, board: &'a Board, item: &str) -> &'a Criterion {
    let about = About::Item(world.runbook.place(item).unwrap());
    board.criteria.iter().find(|c| c.about == about).unwrap()
}

#[test]
fn a_criterion_says_what_it_rests_on() {
    let mut world = World::first_done();
    world.runbook = outward(&world.runbook);
    let seen = witnesses(&world.runbook, world.now, |_| Some(2));
    let board = board(&world, &seen);
    assert_eq!(board.standing, GateStanding::Shut);
    let kyc = of(&world, &board, "kyc");
    let passed = world.now - TimeDelta::minutes(2);
    let until = passed + TimeDelta::minutes(10);
    assert_eq!((kyc.ground, kyc.freshness), (Ground::Proven, Freshness::Fresh { passed, until }));
    assert_eq!(board.turns, Some(until));
    assert_eq!(of(&world, &board, "form").ground, Ground::Signed);
    assert_eq!(of(&world, &board, "both").ground, Ground::Missing);
    assert_eq!(of(&world, &board, "eu").ground, Ground::NotApplicable);
    assert_eq!(board.counts.words(", "), "1 proven, 1 signed, 1 not applicable, 12 missing");
}

#[test]
fn a_pass_that_is_too_old_counts_as_stale_and_not_as_done() {
    let mut world = World::first_done();
    world.runbook = outward(&world.runbook);
    let seen = witnesses(&world.runbook, world.now, |_| Some(11));
    let board = board(&world, &seen);
    let kyc = of(&world, &board, "kyc");
    assert_eq!(kyc.ground, Ground::Stale);
    assert!(
        matches!(kyc.open.as_ref().map(|b| &b.why), Some(Why::NotFresh(check, Some(_))) if check.as_str() == "kyc")
    );
    assert_eq!(board.checks(&world.runbook, &world.assess()), ["kyc", "ping"].map(|id| id.parse().unwrap()));
}

#[test]
fn a_criterion_stands_under_the_role_that_it_waits_for() {
    let mut world = World::first_done();
    let none = Witnesses::new();
    let role_of = |world: &World| of(world, &board(world, &none), "both").role.clone();
    assert_eq!(role_of(&world), Some(role("dev")));
    world.tick("Dev", "both").unwrap();
    assert_eq!(role_of(&world), Some(role("arch")));
    world.tick("Ada", "both").unwrap();
    assert_eq!(role_of(&world), Some(role("dev")));
    let roles: Vec<_> = board(&world, &none).criteria.iter().map(|c| c.role.clone().unwrap()).collect();
    let mut sorted = roles.clone();
    sorted.sort_by_key(|r| world.runbook.roles.get_index_of(r));
    assert_eq!(roles, sorted);
}

#[test]
fn a_stage_that_the_same_person_signs_twice_is_not_signed() {
    let mut world = World::first_done();
    let mut stages = world.runbook.stages().to_vec();
    stages[1].distinct = true;
    world.runbook = world.runbook.with_stages(stages);
    let world = {
        let mut done = World::second_done();
        done.runbook = world.runbook;
        done
    };
    // Ada and Lea are two people: signed.
    let both = board(&world, &Witnesses::new());
    let signed = |b: &Board| {
        b.criteria
            .iter()
            .filter(|c| matches!(c.about, About::SignOff(..)) && c.ground == Ground::Signed)
            .count()
    };
    assert_eq!(signed(&both), 2);
    let mut same = world;
    let second: StageId = "second".parse().unwrap();
    let approvals = same.state.stages.get_mut(&second).unwrap();
    let first = approvals[0].clone();
    for approval in approvals.iter_mut() {
        approval.signoff.member = first.signoff.member.clone();
        approval.by = first.by.clone();
    }
    let one = board(&same, &Witnesses::new());
    assert_eq!(signed(&one), 0);
    assert!(one.criteria.iter().any(|c| c.open.as_ref().is_some_and(|b| b.why == Why::SamePerson)));
}

#[test]
fn what_was_signed_and_has_changed_is_stale_with_the_reason() {
    let mut world = World::second_done();
    let again = Command::Reject { item: item_id("any"), reason: "look again".into() };
    world.act("Ada", &again).unwrap();
    let board = board(&world, &Witnesses::new());
    let stale: Vec<_> = board.criteria.iter().filter(|c| c.ground == Ground::Stale).collect();
    assert_eq!(stale.len(), 2);
    for criterion in stale {
        let why = criterion.open.as_ref().map(|b| b.why.clone());
        assert_eq!(why, Some(Why::Stale(Stale::ItemChanged(item_id("any")))));
    }
    let any = of(&world, &board, "any");
    assert_eq!(any.ground, Ground::Missing);
    assert!(any.open.as_ref().is_some_and(|b| b.reason().contains("look again")));
}
