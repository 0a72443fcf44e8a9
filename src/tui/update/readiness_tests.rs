use chrono::TimeDelta;

use super::update;
use crate::checks::NextRun;
use crate::domain::command::Command;
use crate::domain::ids::CheckId;
use crate::domain::light::Light;
use crate::domain::verdict::Verdict;
use crate::tui::effect::Effect;
use crate::tui::input::{Key, Size};
use crate::tui::model::engagement::Room;
use crate::tui::model::{Model, Now};
use crate::tui::msg::{Msg, News};
use crate::tui::testing::rooms::{results, serve};
use crate::tui::testing::*;

const SIZE: Size = Size::new(120, 40);

fn readiness(world: &World) -> Model {
    let mut model = engaged(SIZE, world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char('5')]);
    let left = serve(&mut model, world, effects);
    assert!(left.is_empty(), "{left:?}");
    model
}

fn rows(model: &Model) -> Vec<(&str, Light)> {
    model.engagement().unwrap().readiness.rows.iter().map(|r| (r.check.as_str(), r.light)).collect()
}

/// Acme, with the field that its second check needs.
fn configured() -> World {
    let mut world = World::acme();
    let field = "api_url".parse().unwrap();
    world.run("Dana Ruiz", &Command::SetField { field, value: "https://acme.example".to_owned() });
    world
}

fn observed(model: &mut Model, check: &str, verdict: Verdict, seconds: i64) -> Vec<Effect> {
    let engagement = model.engagement().unwrap().id.clone();
    let observation = Box::new(observation(check, verdict, noon() + TimeDelta::seconds(seconds)));
    update(model, Msg::News(News::Observed { engagement, observation }), now())
}

fn toasts(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
}

#[test]
fn every_check_is_shown_the_worst_first_and_then_in_the_order_of_its_items() {
    let model = readiness(&World::acme());
    assert_eq!(rows(&model), [("webhook", Light::Failing), ("api", Light::NotConfigured)]);
    let mut world = configured();
    assert_eq!(rows(&readiness(&world))[1], ("api", Light::NotRun));
    world.observe("webhook", Verdict::Pass);
    world.observe("api", Verdict::Fail);
    assert_eq!(rows(&readiness(&world)), [("api", Light::Failing), ("webhook", Light::Passing)]);
}

#[test]
fn what_is_known_is_asked_for_once() {
    let world = World::acme();
    let mut model = readiness(&world);
    assert!(press(&mut model, [Key::Down, Key::Up, Key::Char('2'), Key::Char('5')]).is_empty());
    let engagement = model.engagement().unwrap();
    assert_eq!(engagement.recent[&CheckId::new("webhook").unwrap()].len(), 4);
}

#[test]
fn a_filter_shows_failing_then_pending_then_unknown_ones() {
    let mut model = readiness(&World::acme());
    let mut shown = Vec::new();
    for _ in 0..4 {
        press(&mut model, [Key::Char('f')]);
        shown.push(rows(&model).iter().map(|r| r.0.to_owned()).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(shown, ["webhook", "", "api", "webhook api"]);
}

#[test]
fn the_cursor_stays_on_its_check_when_others_go() {
    let mut world = configured();
    let mut model = readiness(&world);
    press(&mut model, [Key::Down]);
    let events = world.observe("webhook", Verdict::Pass);
    update(&mut model, Msg::News(News::Changed(world.change(events))), now());
    let selected = model.engagement().unwrap().readiness.selected().unwrap();
    assert_eq!(selected.check.as_str(), "api");
    press(&mut model, [Key::Char('f'), Key::Char('f'), Key::Char('f')]);
    assert_eq!(rows(&model), [("api", Light::NotRun)]);
}

#[test]
fn a_check_is_run_alone_and_its_result_is_told() {
    let mut model = readiness(&configured());
    let effects = press(&mut model, [Key::Down, Key::Char('c')]);
    let [Effect::RunChecks { checks, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(checks, &[CheckId::new("api").unwrap()]);
    observed(&mut model, "api", Verdict::Pass, 1);
    assert_eq!(toasts(&model), ["API answers: pass in 84 ms"]);
}

#[test]
fn a_check_that_is_not_configured_is_not_run() {
    let mut model = readiness(&World::acme());
    assert!(press(&mut model, [Key::Down, Key::Char('c')]).is_empty());
    assert!(toasts(&model)[0].contains("not configured"), "{:?}", toasts(&model));
}

#[test]
fn all_are_run_at_once_and_told_when_the_last_has_ended() {
    let mut model = readiness(&configured());
    let effects = press(&mut model, [Key::Char('C')]);
    let [Effect::RunChecks { checks, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(checks.len(), 2);
    observed(&mut model, "api", Verdict::Pass, 1);
    assert!(toasts(&model).is_empty());
    observed(&mut model, "webhook", Verdict::Fail, 1);
    assert_eq!(toasts(&model), ["2 checks have run: 1 pass, 1 fail"]);
    assert!(model.engagement().unwrap().readiness.batch.is_none());
}

#[test]
fn enter_goes_to_the_item_of_the_check() {
    let mut model = readiness(&World::acme());
    press(&mut model, [Key::Enter]);
    let engagement = model.engagement().unwrap();
    assert_eq!(engagement.room, Room::Items);
    assert_eq!(engagement.item().unwrap().1.id.as_str(), "webhook");
}

#[test]
fn a_check_of_which_nothing_is_known_now_says_so_although_it_passed() {
    let mut world = World::acme();
    let events = world.observe("webhook", Verdict::Pass);
    let mut model = readiness(&world);
    update(&mut model, Msg::News(News::Changed(world.change(events))), now());
    observed(&mut model, "webhook", Verdict::Unknown, 1);
    assert_eq!(rows(&model)[0].1, Light::Unknown);
    observed(&mut model, "webhook", Verdict::Pass, 2);
    assert_eq!(rows(&model)[0].1, Light::Passing);
}

#[test]
fn what_comes_before_the_older_results_does_not_hide_them() {
    let world = World::acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let webhook = CheckId::new("webhook").unwrap();
    model.engagement_mut().unwrap().recent.clear();
    let asked = press(&mut model, [Key::Char('5')]);
    observed(&mut model, "webhook", Verdict::Pass, 5);
    serve(&mut model, &world, asked);
    let line = &model.engagement().unwrap().recent[&webhook];
    assert_eq!(line.len(), 1 + results("webhook").len());
    assert!(line.iter().is_sorted_by(|a, b| a.at > b.at));
    assert_eq!(model.engagement().unwrap().readiness.last_pass[&webhook], line[0].at);
}

#[test]
fn when_a_check_runs_next_is_asked_again_once_that_has_passed_or_a_result_came() {
    let mut model = readiness(&World::acme());
    let webhook = CheckId::new("webhook").unwrap();
    assert!(matches!(model.engagement().unwrap().readiness.next[&webhook], NextRun::At(_)));
    let runs =
        |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::LoadNextRuns { .. })).count();
    assert_eq!(runs(&press(&mut model, [Key::Down])), 0);
    let later = |seconds: u64| Now {
        at: noon() + TimeDelta::seconds(i64::try_from(seconds).unwrap()),
        up: now().up + std::time::Duration::from_secs(seconds),
    };
    assert_eq!(runs(&update(&mut model, Msg::Due, later(17))), 0);
    assert!(model.wake().unwrap() <= std::time::Duration::from_secs(1));
    assert_eq!(runs(&update(&mut model, Msg::Due, later(19))), 1);
    // One question at a time.
    assert_eq!(runs(&observed(&mut model, "webhook", Verdict::Pass, 20)), 0);
    let mut model = readiness(&World::acme());
    assert_eq!(runs(&observed(&mut model, "webhook", Verdict::Pass, 1)), 1);
}

#[test]
fn the_details_have_keys_of_their_own() {
    let mut model = readiness(&World::acme());
    press(&mut model, [Key::Tab, Key::Down]);
    let cursor = model.engagement().unwrap().readiness.list.cursor;
    assert_eq!(cursor, 0);
    press(&mut model, [Key::Esc, Key::Down]);
    assert_eq!(model.engagement().unwrap().readiness.list.cursor, 1);
    assert_eq!(model.engagement().unwrap().room, Room::Readiness);
}
