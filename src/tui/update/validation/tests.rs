use std::time::Duration;

use chrono::TimeDelta;

use crate::domain::board::Ground;
use crate::domain::digest::Digest;
use crate::domain::gate::GateStanding;
use crate::domain::head::Head;
use crate::domain::ids::ItemId;
use crate::domain::release::GoNoGo;
use crate::domain::verdict::Verdict;
use crate::tui::effect::{Effect, Existing, ReleaseWish};
use crate::tui::input::{Key, Size};
use crate::tui::model::engagement::Room;
use crate::tui::model::popup::{Popup, Weight};
use crate::tui::model::{Model, Now};
use crate::tui::msg::{
    Attestation, AttestedEvent, Failed, Msg, News, NotReleased, PlannedUpgrade, ReleasedAs,
};
use crate::tui::testing::*;
use crate::tui::update::update;

const SIZE: Size = Size::new(120, 40);

/// The board of an engagement whose checks said pass so many minutes ago.
fn board(world: &World, minutes: i64) -> Model {
    validated(SIZE, world, "Dana Ruiz", minutes)
}

fn standing(model: &Model) -> GateStanding {
    model.engagement().unwrap().validation.board.as_ref().unwrap().standing
}

fn said(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
}

fn result(model: &mut Model, check: &str, verdict: Verdict) {
    let observation = Box::new(observation(check, verdict, noon()));
    let engagement = model.engagement().unwrap().id.clone();
    update(model, Msg::News(News::Observed { engagement, observation }), now());
}

fn sheet(model: &Model) -> String {
    let Some(Popup::Sheet(sheet)) = model.popups.last() else { panic!("{:?}", model.popups) };
    let lines = sheet.lines.iter().map(|l| format!("{}|{}", l.label, l.text));
    std::iter::once(sheet.title.clone()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn title_under_cursor(model: &Model) -> String {
    let engagement = model.engagement().unwrap();
    engagement.validation.selected().unwrap().title(&engagement.runbook)
}

fn go_to(model: &mut Model, title: &str) {
    let rows = model.engagement().unwrap().validation.rows.len();
    for _ in 0..rows {
        if title_under_cursor(model) == title {
            return;
        }
        press(model, [Key::Char('j')]);
    }
    panic!("{title} is not on the board");
}

#[test]
fn whoever_comes_to_the_board_again_sees_what_the_checks_said_meanwhile() {
    let mut model = engaged(SIZE, &World::acme(), "Dana Ruiz");
    let first = press(&mut model, [Key::Char('6')]);
    let [Effect::LoadSeen { request, .. }] = first.as_slice() else { panic!("{first:?}") };
    assert!(model.engagement().unwrap().validation.board.is_none(), "nothing is said before it is known");
    update(&mut model, Msg::Seen { request: *request, answer: Ok(seen(3)) }, now());
    assert_eq!(standing(&model), GateStanding::Shut);
    press(&mut model, [Key::Esc]);
    assert_eq!(model.engagement().unwrap().room, Room::Items);
    assert!(matches!(press(&mut model, [Key::Char('6')]).as_slice(), [Effect::LoadSeen { .. }]));
    // The answer to the first question is of no use any more.
    update(&mut model, Msg::Seen { request: *request, answer: Ok(seen(99)) }, now());
    let checks = &model.engagement().unwrap().validation.seen;
    assert!(checks.values().all(|s| s.last_pass == Some(noon() - TimeDelta::minutes(3))));
}

#[test]
fn all_checks_are_run_again_counted_and_summed_up() {
    let mut model = board(&World::ready(), 30);
    assert_eq!(standing(&model), GateStanding::Unknown);
    let effects = press(&mut model, [Key::Char('c')]);
    let [Effect::RunChecks { checks, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(checks, &["webhook", "api"].map(|id| id.parse().unwrap()));
    assert!(press(&mut model, [Key::Char('c')]).is_empty());
    assert_eq!(said(&model), ["0 of 2 checks have answered so far."]);
    result(&mut model, "webhook", Verdict::Pass);
    assert_eq!(standing(&model), GateStanding::Unknown);
    assert!(model.engagement().unwrap().validation.run.is_some());
    result(&mut model, "api", Verdict::Pass);
    assert_eq!(standing(&model), GateStanding::Open);
    assert!(said(&model).contains(&"2 checks run: 2 pass".to_owned()), "{:?}", said(&model));
    assert!(model.engagement().unwrap().validation.run.is_none());
}

#[test]
fn a_check_that_never_answers_ends_the_run_and_is_named() {
    let mut model = board(&World::ready(), 30);
    press(&mut model, [Key::Char('c')]);
    result(&mut model, "webhook", Verdict::Unknown);
    let run = model.engagement().unwrap().validation.run.clone().unwrap();
    assert!(model.wake().is_some_and(|wake| wake <= run.until));
    let later = Now { up: run.until, ..now() };
    update(&mut model, Msg::Due, later);
    let said = said(&model);
    assert!(said.iter().any(|s| s == "1 check run: 1 unknown; no answer yet from API answers"), "{said:?}");
    assert_eq!(standing(&model), GateStanding::Unknown);
}

#[test]
fn a_pass_grows_old_while_somebody_looks() {
    let mut model = board(&World::ready(), 9);
    assert_eq!(standing(&model), GateStanding::Open);
    let wake = model.wake().unwrap();
    assert!(wake <= Duration::from_secs(61), "{wake:?}");
    let later = Now { at: noon() + TimeDelta::seconds(61), ..now() };
    update(&mut model, Msg::Due, later);
    assert_eq!(standing(&model), GateStanding::Unknown);
}

#[test]
fn only_what_does_not_hold_is_shown_when_asked_and_the_cursor_stays_on_its_criterion() {
    let mut model = board(&World::acme(), 1);
    let open = |model: &Model| {
        let board = &model.engagement().unwrap().validation;
        (0..board.rows.len()).filter_map(|n| board.criterion(n)).all(|c| !c.ground.holds())
    };
    assert!(!open(&model));
    while model.engagement().unwrap().validation.selected().is_none_or(|c| c.ground != Ground::Missing) {
        let before = model.engagement().unwrap().validation.list.cursor;
        press(&mut model, [Key::Char('j')]);
        assert_ne!(model.engagement().unwrap().validation.list.cursor, before, "there is something open");
    }
    let title = title_under_cursor(&model);
    press(&mut model, [Key::Char('f')]);
    assert!(open(&model));
    assert_eq!(title_under_cursor(&model), title);
    press(&mut model, [Key::Char('f')]);
    assert_eq!(title_under_cursor(&model), title);
    press(&mut model, [Key::Home, Key::Char('k')]);
    assert!(model.engagement().unwrap().validation.selected().is_some(), "never on a heading");
}

#[test]
fn o_and_2_go_to_the_item_and_a_refused_go_to_its_blocker() {
    for key in ['o', '2'] {
        let mut model = board(&World::acme(), 1);
        go_to(&mut model, "Card scenarios");
        press(&mut model, [Key::Char(key)]);
        let engagement = model.engagement().unwrap();
        assert_eq!(engagement.room, Room::Items);
        assert_eq!(engagement.item().unwrap().1.id.as_str(), "cards");
    }
    let mut model = board(&World::acme(), 1);
    press(&mut model, [Key::Char('g'), Key::Enter]);
    let Some(Popup::Why(why)) = model.popups.last() else { panic!("{:?}", model.popups) };
    assert_eq!(why.blockers[0].item, Some(ItemId::new("webhook").unwrap()));
    press(&mut model, [Key::Enter]);
    let engagement = model.engagement().unwrap();
    assert_eq!((engagement.room, engagement.item().unwrap().1.id.as_str()), (Room::Items, "webhook"));
}

#[test]
fn the_proof_of_a_criterion_opens_and_the_log_is_looked_at_again() {
    let mut model = board(&World::ready(), 2);
    go_to(&mut model, "API key is in place");
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::Attest { request, events, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let before = sheet(&model);
    for words in [
        "signed: Lin Chen as Developer",
        "key SHA256:Lin Chen",
        "covers runbook",
        "covers the log up to event",
        "looking at",
    ] {
        assert!(before.contains(words), "{words}: {before}");
    }
    let event = AttestedEvent { seq: events[0], by: author("Lin Chen"), hash: Digest::of(b"x") };
    let head = Head { seq: 30, hash: Digest::of(b"head") };
    let good = Attestation { head, faults: Vec::new(), events: vec![event] };
    update(&mut model, Msg::Attested { request: *request, answer: Ok(good) }, now());
    let after = sheet(&model);
    assert!(after.contains("all 30 events: chain, signatures and rights are good"), "{after}");
    assert!(after.contains(&format!("event {}: signature of Lin Chen", events[0])), "{after}");
    assert!(!after.contains("looking at"), "{after}");

    press(&mut model, [Key::Esc]);
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::Attest { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let bad = Attestation { head, faults: vec!["event 7: it was altered".into()], events: Vec::new() };
    update(&mut model, Msg::Attested { request: *request, answer: Ok(bad) }, now());
    assert!(sheet(&model).contains("NOT GOOD"), "{}", sheet(&model));
}

#[test]
fn the_proof_of_a_check_shows_each_step_and_how_long_it_counts() {
    let mut model = board(&World::ready(), 2);
    go_to(&mut model, "Webhook endpoint verifies HMAC");
    press(&mut model, [Key::Enter]);
    let said = sheet(&model);
    for words in [
        "passed 2 min ago, counts for 8 min more",
        "Step|pass altered body: 401, want 4xx, in 84 ms",
        "Ticked|by the check",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Everything up to the last question: go, no reason, the path as offered.
fn asked(model: &mut Model) -> Option<ReleaseWish> {
    assert!(press(model, [Key::Char('g'), Key::Enter]).is_empty());
    assert!(press(model, [Key::Enter]).is_empty(), "no reason");
    assert!(press(model, [Key::Enter]).is_empty(), "the file");
    let effects = press(model, [Key::Char('y')]);
    match effects.as_slice() {
        [Effect::Release { wish, .. }] => Some(wish.clone()),
        _ => None,
    }
}

#[test]
fn a_go_asks_why_and_where_and_once_more_and_shows_what_was_written() {
    let world = World::ready();
    let mut model = board(&world, 2);
    let wish = asked(&mut model).unwrap();
    let wanted = ReleaseWish {
        outcome: GoNoGo::Go,
        reason: None,
        path: "acme.release.json".into(),
        existing: Existing::Kept,
    };
    assert_eq!(wish, wanted);
    let request = *model.engagement().unwrap().pending.keys().next().unwrap();
    let done = ReleasedAs {
        by: person("Dana Ruiz"),
        head: Head { seq: 31, hash: Digest::of(b"head") },
        said: "written",
        files: ["a.json", "a.json.sig", "a.json.allowed_signers"].map(str::to_owned),
        principal: "SHA256:abc".into(),
        snapshot: world.snapshot(),
    };
    update(&mut model, Msg::Released { request, wish, answer: Ok(Box::new(done)) }, now());
    let said = sheet(&model);
    for words in
        ["Decided|go, decided by Dana Ruiz (event 31)", "a.json.sig", "golive verify a.json", "-I SHA256:abc"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_no_go_needs_a_reason_and_may_be_decided_while_the_gate_is_shut() {
    let mut model = board(&World::acme(), 2);
    press(&mut model, [Key::Char('g'), Key::Char('j'), Key::Enter, Key::Enter]);
    let Some(Popup::Ask(ask)) = model.popups.last() else { panic!("{:?}", model.popups) };
    assert!(ask.fault.is_some());
    type_text(&mut model, "the webhook is open");
    press(&mut model, [Key::Enter, Key::Enter]);
    let effects = press(&mut model, [Key::Char('y')]);
    let [Effect::Release { wish, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((wish.outcome, wish.reason.as_deref()), (GoNoGo::NoGo, Some("the webhook is open")));
}

#[test]
fn an_onlooker_cannot_decide_and_is_told_who_can() {
    let mut model = validated(SIZE, &World::ready(), "Eve", 2);
    press(&mut model, [Key::Char('g'), Key::Enter]);
    let Some(Popup::Why(why)) = model.popups.last() else { panic!("{:?}", model.popups) };
    assert!(why.words.iter().all(|w| !w.is_empty()), "{why:?}");
    assert!(!matches!(model.popups.last(), Some(Popup::Ask(_))));
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_a_yes_and_another_place_can_be_named() {
    let mut model = board(&World::ready(), 2);
    let wish = asked(&mut model).unwrap();
    let request = *model.engagement().unwrap().pending.keys().next().unwrap();
    let taken = Err(NotReleased::Taken("acme.release.json is there already".into()));
    update(&mut model, Msg::Released { request, wish: wish.clone(), answer: taken }, now());
    let effects = press(&mut model, [Key::Char('y')]);
    let [Effect::Release { request, wish: again, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*again, ReleaseWish { existing: Existing::Replaced, ..wish.clone() });
    let place = Err(NotReleased::Place("there is no folder x".into()));
    update(&mut model, Msg::Released { request: *request, wish, answer: place }, now());
    let Some(Popup::Ask(ask)) = model.popups.last() else { panic!("{:?}", model.popups) };
    assert_eq!(ask.fault.as_deref(), Some("there is no folder x; nothing was decided"));
    press(&mut model, [Key::Ctrl('u')]);
    type_text(&mut model, "other.json");
    press(&mut model, [Key::Enter]);
    let effects = press(&mut model, [Key::Char('y')]);
    assert!(matches!(effects.as_slice(), [Effect::Release { wish, .. }] if wish.path == "other.json"));
}

#[test]
fn a_decision_that_stands_gives_its_release_once_more() {
    let mut world = World::ready();
    let seen = board(&world, 2).engagement().unwrap().validation.witnesses();
    let command = crate::domain::command::Command::DecideGo { outcome: GoNoGo::Go, reason: None, seen };
    world.run("Dana Ruiz", &command);
    let mut model = board(&world, 2);
    assert!(asked(&mut model).is_some());
}

#[test]
fn an_upgrade_is_shown_before_it_is_asked_for_and_only_what_was_shown_is_done() {
    let mut model = engaged(SIZE, &World::acme(), "Dana Ruiz");
    press(&mut model, [Key::Char('U')]);
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::PlanUpgrade { request, to: None, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let lines =
        vec![(Weight::Bad, "  no longer counts: the tick of keys by Lin Chen as Developer".to_owned())];
    let plan = PlannedUpgrade::Plan { lines, opens: false };
    update(&mut model, Msg::UpgradePlanned { request: *request, answer: Ok(plan) }, now());
    assert!(sheet(&model).contains("no longer counts"), "{}", sheet(&model));
    let effects = press(&mut model, [Key::Char('y')]);
    assert!(matches!(effects.as_slice(), [Effect::Upgrade { plan, .. }] if plan == request), "{effects:?}");
}

#[test]
fn an_upgrade_that_would_open_a_gate_is_shown_and_not_offered() {
    let mut model = board(&World::acme(), 2);
    press(&mut model, [Key::Char('U')]);
    type_text(&mut model, "other.toml");
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::PlanUpgrade { request, to, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(to.as_deref(), Some("other.toml"));
    let plan = PlannedUpgrade::Plan { lines: Vec::new(), opens: true };
    update(&mut model, Msg::UpgradePlanned { request: *request, answer: Ok(plan) }, now());
    assert!(press(&mut model, [Key::Char('y')]).is_empty());
    assert!(press(&mut model, [Key::Enter]).is_empty());
    assert!(model.popups.is_empty());
}

#[test]
fn what_the_board_asked_for_and_cannot_be_had_is_told() {
    let mut model = board(&World::ready(), 30);
    let effects = press(&mut model, [Key::Char('c')]);
    let [Effect::RunChecks { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let broken = Failed::Broken { what: "nothing is being watched any more".into(), hints: Vec::new() };
    update(&mut model, Msg::Checked { request: *request, answer: Err(broken) }, now());
    assert!(model.engagement().unwrap().validation.run.is_none());
    assert!(said(&model).iter().any(|s| s.contains("watched")), "{:?}", said(&model));
}
