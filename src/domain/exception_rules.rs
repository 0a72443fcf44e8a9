//! Exceptions and evidence as tests: break-glass, rejection, waivers near their end, the review of another.

use chrono::TimeDelta;

use super::assess::{Gate, Status, stale};
use super::blocker::{Stale, Why, stage_blockers};
use super::command::{Acting, Command, NewEvidence};
use super::digest::Digest;
use super::event::Fact;
use super::evidence::{Demand, EvidenceKind, EvidenceRule, MAX_PIECES};
use super::ids::StageId;
use super::pattern::Pattern;
use super::refusal::Refusal;
use super::runbook::{Item, Runbook};
use super::testing::*;

fn stage(id: &str) -> StageId {
    StageId::new(id).unwrap()
}

fn break_glass(world: &World, id: Option<StageId>, hours: i64) -> Command {
    let until = world.now + TimeDelta::hours(hours);
    Command::BreakGlass { stage: id, reason: "the shop is down".into(), until }
}

/// The runbook with one item changed.
fn with(runbook: &Runbook, id: &str, change: impl Fn(&mut Item)) -> Runbook {
    let mut stages = runbook.stages().to_vec();
    let item = stages.iter_mut().flat_map(|s| &mut s.items).find(|i| i.id.as_str() == id).unwrap();
    change(item);
    runbook.with_stages(stages)
}

fn attach(item: &str, evidence: impl Into<NewEvidence>) -> Command {
    Command::AddEvidence { item: item_id(item), evidence: evidence.into() }
}

fn file(name: &str, bytes: &[u8]) -> NewEvidence {
    NewEvidence::File { name: name.into(), size: bytes.len() as u64, digest: Digest::of(bytes) }
}

#[test]
fn break_glass_opens_one_gate_for_a_time_and_completes_nothing() {
    let mut world = World::new();
    let before = world.assess();
    world.act("Lea", &break_glass(&world, Some(stage("second")), 2)).unwrap();
    let now = world.assess();
    assert_eq!((now.gate(1), now.gate(2), now.last_gate), (Gate::BreakGlass, Gate::Shut, Gate::Shut));
    assert_eq!((now.totals, now.current), (before.totals, before.current));
    assert!(now.stages.iter().all(|s| !s.complete));
    world.tick("Dev", "any").unwrap();
    world.now += TimeDelta::hours(2);
    assert_eq!(world.assess().gate(1), Gate::Shut, "it ends by itself");
    assert!(matches!(world.tick("Dev", "cards"), Err(Refusal::Shut { .. })));
    assert_eq!(world.status("any"), Status::Done, "what was signed meanwhile was signed");
}

#[test]
fn break_glass_takes_a_lead_a_reason_and_a_near_end() {
    let mut world = World::new();
    let ask = break_glass(&world, Some(stage("second")), 2);
    assert!(matches!(world.act("Dev", &ask), Err(Refusal::NotLead { .. })));
    for (hours, late) in [(0, false), (-1, false), (24 * 7 + 1, true)] {
        let refused = world.act("Lea", &break_glass(&world, Some(stage("second")), hours)).unwrap_err();
        assert_eq!(matches!(refused, Refusal::TooLong(_)), late, "{refused:?}");
        assert!(refused.is_usage());
    }
    let until = world.now + TimeDelta::hours(1);
    let silent = Command::BreakGlass { stage: Some(stage("second")), reason: "  ".into(), until };
    assert!(matches!(world.act("Lea", &silent), Err(Refusal::BadText { .. })));
    let open = break_glass(&world, Some(stage("first")), 2);
    assert_eq!(world.act("Lea", &open), Err(Refusal::AlreadyOpen(Some(stage("first")))));
    assert!(matches!(
        world.act("Lea", &break_glass(&world, Some(stage("secund")), 2)),
        Err(Refusal::NoSuch { did_you_mean: Some(near), .. }) if near == "second"
    ));
}

#[test]
fn an_emergency_ends_early_by_whoever_opened_it_or_by_a_lead_and_cannot_be_undone() {
    let mut world = World::new();
    let mend = |id| Command::MendGlass { stage: id, reason: "over".into() };
    assert_eq!(
        world.act("Lea", &mend(Some(stage("second")))),
        Err(Refusal::NotBroken(Some(stage("second"))))
    );
    world.act("Lea", &break_glass(&world, None, 2)).unwrap();
    assert_eq!(world.assess().last_gate, Gate::BreakGlass);
    assert_eq!(world.act("Lea", &Command::Undo { seq: None }), Err(Refusal::NothingToUndo));
    assert!(matches!(world.act("Dev", &mend(None)), Err(Refusal::NotLead { .. })));
    world.act("Lea", &mend(None)).unwrap();
    assert_eq!(world.assess().last_gate, Gate::Shut);
    assert_eq!(world.state.broken[&None].mended.as_ref().unwrap().text, "over");
    assert_eq!(world.act("Lea", &mend(None)), Err(Refusal::NotBroken(None)));
}

#[test]
fn a_passing_check_ticks_nothing_behind_a_broken_glass() {
    let mut world = World::first_done();
    world.act("Lea", &break_glass(&world, Some(stage("third")), 2)).unwrap();
    let facts = world.sees("ping", super::verdict::Verdict::Pass, 1);
    assert!(matches!(facts[..], [Fact::CheckSettled { .. }]), "{facts:?}");
}

#[test]
fn a_rejected_item_says_who_and_why_until_it_is_ticked_again() {
    let mut world = World::first_done();
    world.tick("Dev", "any").unwrap();
    world.act("Ada", &Command::Reject { item: item_id("any"), reason: "no proof".into() }).unwrap();
    let sent_back = Stale::SentBack { by: name("Ada"), reason: "no proof".into() };
    let blocker = |w: &World| {
        let all = stage_blockers(&w.runbook, &w.state, &w.assess(), 1);
        all.into_iter().find(|b| b.item == Some(item_id("any")))
    };
    assert_eq!(blocker(&world).unwrap().why, Why::Stale(sent_back.clone()));
    assert_eq!(blocker(&world).unwrap().reason(), "sent back by Ada: no proof");
    let (_, item) = world.runbook.item("any").unwrap();
    let done = &world.state.items["any"];
    assert_eq!(stale(item, &world.state, &done.boxes[&None][0], world.now), Some(sent_back));
    world.tick("Dev", "any").unwrap();
    assert_eq!(world.status("any"), Status::Done);
    assert_eq!(blocker(&world), None);
}

#[test]
fn a_waiver_warns_before_its_end() {
    let mut world = World::first_done();
    let until = world.now + TimeDelta::days(80);
    world
        .act("Dev", &Command::RequestWaiver { item: item_id("any"), reason: "later".into(), until })
        .unwrap();
    world.act("Lea", &Command::GrantWaiver { item: item_id("any") }).unwrap();
    let any = |w: &World| w.assess().stages[1].items[2].clone();
    assert_eq!((any(&world).expires, any(&world).expires_soon), (Some(until), false));
    world.pass(73);
    assert!(any(&world).expires_soon, "a week ahead");
    assert_eq!(any(&world).status, Status::Waived);
}

fn waived(world: &mut World, item: &str) {
    let until = world.now + TimeDelta::days(30);
    let ask = Command::RequestWaiver { item: item_id(item), reason: "later".into(), until };
    world.act("Dev", &ask).unwrap();
    world.act("Lea", &Command::GrantWaiver { item: item_id(item) }).unwrap();
}

fn revoke(item: &str) -> Command {
    Command::RevokeWaiver { item: item_id(item), reason: "it can be done now".into() }
}

#[test]
fn a_waiver_lasts_ninety_days_at_most_and_the_last_of_them_belongs_to_it() {
    let mut world = World::first_done();
    let end = |days: i64| (world.now + TimeDelta::days(days)).date_naive().and_hms_opt(23, 59, 59).unwrap();
    let [last, late] = [90, 91].map(|days| end(days).and_utc());
    let ask = |until| Command::RequestWaiver { item: item_id("any"), reason: "later".into(), until };
    let refused = world.act("Dev", &ask(late)).unwrap_err();
    assert!(matches!(refused, Refusal::TooLong(_)) && refused.is_usage(), "{refused:?}");
    world.act("Dev", &ask(last)).unwrap();
}

#[test]
fn a_waiver_that_is_revoked_holds_nothing_open_any_more_and_its_stage_is_signed_anew() {
    let mut world = World::first_done();
    waived(&mut world, "any");
    for (who, item) in
        [("Dev", "both"), ("Ada", "both"), ("Dev", "cards"), ("Dev", "extra"), ("Dev", "assist")]
    {
        world.tick(who, item).unwrap();
    }
    for who in ["Ada", "Lea"] {
        world.act(who, &Command::SignStage { stage: stage("second") }).unwrap();
    }
    assert_eq!((world.assess().gate(2), world.assess().totals.waived), (Gate::Open, 1));
    world.act("Lea", &revoke("any")).unwrap();
    assert_eq!((world.status("any"), world.assess().gate(2)), (Status::Todo, Gate::Shut));
    world.tick("Dev", "any").unwrap();
    assert_eq!(world.assess().gate(2), Gate::Shut, "who signed the stage signed it with a waiver in it");
    assert_eq!(world.act("Lea", &revoke("any")), Err(Refusal::NoWaiver(item_id("any"))));
}

#[test]
fn a_waiver_ends_by_who_asked_or_granted_or_a_lead_and_its_end_can_be_undone() {
    let mut world = World::first_done();
    waived(&mut world, "any");
    assert!(matches!(world.act("Ada", &revoke("any")), Err(Refusal::NotLead { .. })));
    let silent = Command::RevokeWaiver { item: item_id("any"), reason: " ".into() };
    assert!(matches!(world.act("Dev", &silent), Err(Refusal::BadText { .. })));
    world.act("Dev", &revoke("any")).unwrap();
    assert_eq!(world.status("any"), Status::Todo);
    // What was granted by two is not brought back by a third, nor granted again without being asked for.
    assert_eq!(
        world.act("Lea", &Command::GrantWaiver { item: item_id("any") }),
        Err(Refusal::NoWaiverAsked(item_id("any")))
    );
    assert!(matches!(world.act("Lea", &Command::Undo { seq: None }), Err(Refusal::ChangedSince { .. })));
    world.act("Dev", &Command::Undo { seq: None }).unwrap();
    assert_eq!(world.status("any"), Status::Waived);
    world.pass(31);
    assert_eq!(world.act("Lea", &revoke("any")), Err(Refusal::NoWaiver(item_id("any"))), "it is over");
}

#[test]
fn a_waiver_that_is_only_asked_for_is_withdrawn() {
    let mut world = World::first_done();
    let until = world.now + TimeDelta::days(30);
    let ask = Command::RequestWaiver { item: item_id("any"), reason: "later".into(), until };
    world.act("Dev", &ask).unwrap();
    assert!(matches!(world.act("Ada", &revoke("any")), Err(Refusal::NotLead { .. })));
    world.act("Dev", &revoke("any")).unwrap();
    assert_eq!(
        world.act("Lea", &Command::GrantWaiver { item: item_id("any") }),
        Err(Refusal::NoWaiverAsked(item_id("any")))
    );
}

#[test]
fn who_attached_the_evidence_does_not_sign_the_review_of_it() {
    let mut world = World::first_done();
    world.runbook = with(&world.runbook, "any", |item| item.independent = true);
    let own = |who: &str| Refusal::OwnEvidence { item: item_id("any"), who: name(who) };
    let with_own =
        Command::Tick { item: item_id("any"), part: None, note: None, evidence: vec!["mine".into()] };
    assert_eq!(world.act("Ada", &with_own), Err(own("Ada")));
    world.act("Dev", &attach("any", "the run")).unwrap();
    assert_eq!(world.tick("Dev", "any"), Err(own("Dev")));
    // Neither with the word of another person, nor for the author by another hand.
    let record = |by: &str, of: &str| Acting { on_behalf_of: Some(name(of)), ..Acting::new(author(by)) };
    assert_eq!(world.act_as(&record("Lea", "Dev"), &tick("any")), Err(own("Dev")));
    world.act("Lea", &attach("any", "hers")).unwrap();
    assert_eq!(world.act_as(&record("Lea", "Ada"), &tick("any")), Err(own("Ada")));
    world.tick("Ada", "any").unwrap();
    assert_eq!(world.status("any"), Status::Done);
}

#[test]
fn required_kinds_are_asked_for_by_name_and_a_file_is_a_file() {
    let mut world = World::second_done();
    let demand = |kind, pattern: Option<&str>, hint: Option<&str>| Demand {
        kind,
        required: 1,
        pattern: pattern.map(|p| Pattern::new(p).unwrap()),
        hint: hint.map(str::to_owned),
    };
    world.runbook = with(&world.runbook, "proof", |item| {
        item.evidence = EvidenceRule {
            demands: vec![
                demand(EvidenceKind::File, None, Some("the report")),
                demand(EvidenceKind::Id, Some("^pay_"), None),
            ],
            ..EvidenceRule::default()
        };
    });
    let Err(Refusal::EvidenceNeeded { left: 2, wanted, .. }) = world.tick("Dev", "proof") else { panic!() };
    assert_eq!(wanted, ["a file (the report)", "an id like ^pay_"]);
    world.act("Dev", &attach("proof", "pay_1")).unwrap();
    world.act("Dev", &attach("proof", file("../x\u{1b}.pdf", b"bytes"))).unwrap();
    let kept = &world.state.items["proof"].evidence[1];
    assert_eq!((kept.reference.as_str(), kept.digest), ("x_.pdf", Digest::of(b"bytes")));
    world.tick("Dev", "proof").unwrap();
    assert_eq!(world.status("proof"), Status::Done);
    let off = Command::RemoveEvidence { item: item_id("proof"), digest: Digest::of(b"bytes") };
    world.act("Ada", &off).unwrap_err();
    world.act("Dev", &off).unwrap();
    assert_eq!(world.status("proof"), Status::Stale);
    // The same bytes again: what was signed was still taken away meanwhile.
    world.act("Dev", &attach("proof", file("y.pdf", b"bytes"))).unwrap();
    assert_eq!(world.status("proof"), Status::Stale);
}

#[test]
fn the_pieces_of_an_item_are_bounded() {
    let mut world = World::first_done();
    for n in 0..MAX_PIECES {
        world.act("Dev", &attach("any", format!("piece {n}"))).unwrap();
    }
    assert_eq!(world.act("Dev", &attach("any", "more")), Err(Refusal::EvidenceFull(item_id("any"))));
    let with_more =
        Command::Tick { item: item_id("any"), part: None, note: None, evidence: vec!["x".into()] };
    assert_eq!(world.act("Dev", &with_more), Err(Refusal::EvidenceFull(item_id("any"))));
}

#[test]
fn an_upgrade_ends_the_exceptions_and_verdicts_that_it_names() {
    let mut world = World::first_done();
    let until = world.now + TimeDelta::days(80);
    for item in ["any", "both"] {
        let ask = Command::RequestWaiver { item: item_id(item), reason: "later".into(), until };
        world.act("Dev", &ask).unwrap();
        world.act("Lea", &Command::GrantWaiver { item: item_id(item) }).unwrap();
    }
    let upgraded = Fact::Upgraded {
        runbook: world.state.runbook.clone(),
        exceptions_ended: vec![item_id("any")],
        verdicts_ended: vec!["kyc".parse().unwrap()],
    };
    world.append(&author("Lea"), upgraded);
    assert_eq!((world.status("any"), world.status("both")), (Status::Todo, Status::Waived));
    assert!(!world.state.checks.contains_key("kyc"));
}
