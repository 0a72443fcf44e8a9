//! The acts on the screens of all engagements.

use chrono::TimeDelta;

use super::update;
use crate::domain::assess::assess;
use crate::domain::ids::EngagementId;
use crate::domain::light::Light;
use crate::domain::open_work::open_work;
use crate::domain::readiness;
use crate::domain::verdict::Verdict;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::{Key, Size};
use crate::tui::model::columns::{Column, Direction, Sort};
use crate::tui::model::engagement::Room;
use crate::tui::model::filters::Filter;
use crate::tui::model::gathered::Read;
use crate::tui::model::popup::Popup;
use crate::tui::model::{Model, Now, Overview, Screen};
use crate::tui::msg::{Msg, News, RoleOffer};
use crate::tui::testing::*;
use crate::tui::view::overview_tests::many;
use crate::tui::view::regions::Target;

const SIZE: Size = Size::new(120, 40);

fn screen() -> Model {
    portfolio(SIZE, many())
}

fn shown(model: &Model) -> Vec<&str> {
    (0..model.portfolio.len()).map(|n| model.portfolio.row(n).unwrap().engagement.as_str()).collect()
}

fn id(text: &str) -> EngagementId {
    EngagementId::new(text).unwrap()
}

// Order and filters

#[test]
fn a_heading_sorts_and_once_more_turns_round() {
    let mut model = screen();
    let click = |model: &mut Model| update(model, Msg::Press(Target::Heading(Column::Slack)), now());
    click(&mut model);
    assert_eq!(shown(&model)[..3], ["delta", "fox", "echo"], "the least slack first");
    click(&mut model);
    assert_eq!(model.portfolio.direction(), Direction::Reversed);
    let all = shown(&model);
    assert_eq!(all[all.len() - 2..], ["cedar", "bolt"], "no date and live stay last");
}

#[test]
fn every_column_sorts_both_ways_and_loses_no_row() {
    let mut model = screen();
    for sort in Sort::all() {
        for _ in 0..2 {
            model.portfolio.sort_by(sort);
            assert_eq!(shown(&model).len(), many().len(), "{sort:?}");
        }
    }
}

#[test]
fn the_window_of_orders_sorts() {
    let mut model = screen();
    press(&mut model, [Key::Char('o'), Key::Down, Key::Enter]);
    assert_eq!(model.portfolio.sort(), Sort::By(Column::Merchant));
    assert_eq!(shown(&model)[0], "acme");
    press(&mut model, [Key::Char('O')]);
    assert_eq!(model.portfolio.direction(), Direction::Reversed);
}

#[test]
fn filters_combine_and_each_lets_through_what_its_words_say() {
    let mut model = screen();
    let only = |model: &mut Model, filter: Filter| {
        model.portfolio.unfilter();
        model.portfolio.toggle(filter);
        let mut ids: Vec<String> = shown(model).into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(only(&mut model, Filter::WaitsForMe), ["echo", "gale"]);
    assert_eq!(only(&mut model, Filter::Stuck), ["delta"]);
    assert_eq!(only(&mut model, Filter::DueThisWeek), ["delta", "echo", "fox"]);
    assert_eq!(only(&mut model, Filter::Regressed), ["acme"]);
    assert_eq!(only(&mut model, Filter::BreakGlass), ["iris"]);
    assert_eq!(only(&mut model, Filter::ReadyForValidation), [""; 0], "what is live is past it");
    model.portfolio.unfilter();
    // The window stays open for the next one.
    press(&mut model, [Key::Char('f'), Key::Down, Key::Enter, Key::Down, Key::Down, Key::Enter, Key::Esc]);
    assert_eq!(model.portfolio.filters(), [Filter::WaitsForMe, Filter::DueThisWeek]);
    assert_eq!(shown(&model), ["echo"]);
}

#[test]
fn escape_ends_the_search_then_the_selection_then_the_filters() {
    let mut model = screen();
    model.portfolio.toggle(Filter::DueThisWeek);
    press(&mut model, [Key::Char(' '), Key::Char('/')]);
    type_text(&mut model, "delta");
    press(&mut model, [Key::Enter, Key::Esc]);
    assert_eq!((model.portfolio.picked(), shown(&model).len()), (1, 3));
    press(&mut model, [Key::Esc]);
    assert_eq!((model.portfolio.picked(), model.portfolio.filters().len()), (0, 1));
    press(&mut model, [Key::Esc]);
    assert_eq!(shown(&model).len(), many().len());
}

#[test]
fn what_is_stuck_is_seen_when_its_time_has_come() {
    let mut model = screen();
    model.portfolio.toggle(Filter::Stuck);
    assert_eq!(shown(&model).len(), 1);
    let week = Now { at: now().at + TimeDelta::days(8), ..now() };
    update(&mut model, Msg::Due, week);
    assert!(shown(&model).len() > 5);
}

// Several at once

#[test]
fn a_role_is_given_in_all_that_are_selected_after_role_and_person_are_asked() {
    let mut model = screen();
    press(&mut model, [Key::Char('f'), Key::Down, Key::Enter, Key::Esc, Key::Char('*')]);
    assert_eq!(model.portfolio.picked(), 2);
    let effects = press(&mut model, [Key::Char('a')]);
    let [Effect::LoadRoles { request, engagements }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(engagements.len(), 2);
    let offer = |id: &str, within| RoleOffer { role: role(id), name: id.to_owned(), within };
    let answer = Ok(vec![offer("developer", 2), offer("qa", 1)]);
    let (request, engagements) = (*request, engagements.clone());
    update(&mut model, Msg::Roles { request, engagements, answer }, now());
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "Lin Chen");
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::AssignMany { engagements, role, member, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((engagements.len(), role.as_str(), member.as_str()), (2, "developer", "Lin Chen"));
    let answer = vec![(id("echo"), Ok(())), (id("gale"), Err("only a lead may do this".to_owned()))];
    update(
        &mut model,
        Msg::AssignedMany { request: RequestId(99), member: person("Lin Chen"), answer },
        now(),
    );
    let Some(Popup::Why(why)) = model.popups.last() else { panic!() };
    assert!(why.words.iter().any(|words| words == "Gale Outdoor: only a lead may do this"), "{why:?}");
    assert_eq!(model.portfolio.picked(), 2, "what was refused can be tried again");
}

#[test]
fn without_a_selection_the_row_under_the_cursor_is_meant() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('a')]);
    let first = model.portfolio.selected().unwrap().engagement.clone();
    assert!(matches!(effects.as_slice(), [Effect::LoadRoles { engagements, .. }] if *engagements == [first]));
}

#[test]
fn roles_that_come_late_open_no_window_over_another_screen() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('a'), Key::Char('t')]);
    let Some(Effect::LoadRoles { request, engagements }) = effects.first().cloned() else { panic!() };
    let offers = vec![RoleOffer { role: role("qa"), name: "QA".to_owned(), within: 1 }];
    update(&mut model, Msg::Roles { request, engagements, answer: Ok(offers) }, now());
    assert!(model.popups.is_empty());
}

#[test]
fn a_report_asks_for_its_file() {
    let mut model = screen();
    press(&mut model, [Key::Char('*'), Key::Char('r')]);
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::WriteReport { engagements, path, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((engagements.len(), path.as_str()), (many().len(), "golive-2026-11-21.md"));
    update(&mut model, Msg::Reported { request: RequestId(99), answer: Ok("done".to_owned()) }, now());
    assert_eq!(model.portfolio.picked(), 0);
}

// Today

#[test]
fn each_engagement_stands_once_where_it_is_most_urgent() {
    let mut model = screen();
    press(&mut model, [Key::Char('t')]);
    let mut seen = Vec::new();
    for line in model.today.rows.lines() {
        match line {
            crate::tui::model::grouped::Entry::Head(title, _) => seen.push(title.clone()),
            crate::tui::model::grouped::Entry::Row(row) => seen.push(row.engagement.to_string()),
        }
    }
    let expected = [
        "Broken",
        "acme",
        "iris",
        "Overdue",
        "delta",
        "Go-live today",
        "echo",
        "Go-live this week, or too little time",
        "fox",
        "Waiting for you",
        "gale",
        "Ending soon",
        "hill",
        "Just begun",
        "cedar",
    ];
    assert_eq!(seen, expected);
    let effects = press(&mut model, [Key::Down, Key::Enter]);
    assert!(matches!(effects.as_slice(), [Effect::Open { engagement, .. }] if engagement.as_str() == "iris"));
}

// My work

/// What was asked for, answered with what waits for Lin in Acme.
fn work_answer(model: &mut Model, effects: &[Effect]) -> Vec<EngagementId> {
    let world = World::acme();
    let assessment = assess(&world.runbook, &world.state, noon());
    let lines = open_work(&world.runbook, &world.state, &assessment, &person("Lin Chen"));
    let mut asked = Vec::new();
    for effect in effects {
        let Effect::LoadWork { request, engagements } = effect else { continue };
        asked.extend(engagements.clone());
        let read = |id: &EngagementId| {
            let row = model.portfolio.of(id).unwrap();
            Read { name: row.name.clone(), last_at: row.last_at, lines: lines.clone() }
        };
        let answer = engagements.iter().map(|id| (id.clone(), read(id))).collect();
        update(model, Msg::Work { request: *request, answer }, now());
    }
    asked
}

#[test]
fn my_work_reads_only_what_may_wait_for_me_and_again_only_what_has_moved() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('3')]);
    let mut asked = work_answer(&mut model, &effects);
    asked.sort();
    assert_eq!(asked, [id("echo"), id("gale")]);
    assert!(press(&mut model, [Key::Down, Key::Up]).is_empty(), "a key reads nothing");
    let mut moved = model.portfolio.of(&id("gale")).unwrap().clone();
    moved.last_at += TimeDelta::seconds(1);
    let effects = update(&mut model, Msg::News(News::Summed(Box::new(moved))), now());
    assert_eq!(work_answer(&mut model, &effects), [id("gale")]);
    assert!(!model.my_work.read.is_reading());
}

#[test]
fn what_no_longer_waits_for_me_goes() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('3')]);
    work_answer(&mut model, &effects);
    let before = model.my_work.rows.rows();
    let mut done = model.portfolio.of(&id("gale")).unwrap().clone();
    done.last_at += TimeDelta::seconds(1);
    done.waiting_on.clear();
    update(&mut model, Msg::News(News::Summed(Box::new(done))), now());
    assert!(model.my_work.rows.rows() < before);
}

#[test]
fn enter_opens_the_engagement_at_the_item() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('3')]);
    work_answer(&mut model, &effects);
    press(&mut model, [Key::End]);
    let row = model.my_work.rows.selected().unwrap();
    let item = row.work.item.clone().unwrap();
    let effects = press(&mut model, [Key::Enter]);
    let Some(Effect::Open { request, .. }) = effects.first() else { panic!("{effects:?}") };
    update(&mut model, Msg::Opened { request: *request, answer: Ok(World::acme().snapshot()) }, now());
    let engagement = model.engagement().unwrap();
    assert_eq!((engagement.room, &engagement.item().unwrap().1.id), (Room::Items, &item));
    press(&mut model, [Key::Char('3')]);
    assert!(matches!(model.screen, Screen::Overview) && model.overview == Overview::MyWork);
}

// The checks of all

fn checks_answer(model: &mut Model, effects: &[Effect]) {
    let world = World::acme();
    for effect in effects {
        let Effect::LoadChecks { request, engagements } = effect else { continue };
        let lines = readiness::lines(&world.runbook, &world.state, &std::collections::BTreeMap::new());
        let read = |id: &EngagementId| {
            let row = model.portfolio.of(id).unwrap();
            let mut lines = lines.clone();
            if id.as_str() != "acme" {
                lines[0].settled = Some(Verdict::Pass);
            }
            Read { name: row.name.clone(), last_at: row.last_at, lines }
        };
        let answer = engagements.iter().map(|id| (id.clone(), read(id))).collect();
        update(model, Msg::Checks { request: *request, answer }, now());
    }
}

#[test]
fn failing_checks_come_first_and_a_filter_shows_one_kind() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('5')]);
    checks_answer(&mut model, &effects);
    let first = model.all_checks.rows.selected().unwrap();
    assert_eq!((first.engagement.as_str(), first.line.light()), ("acme", Light::Failing));
    let all = model.all_checks.rows.rows();
    press(&mut model, [Key::Char('f')]);
    assert_eq!(model.all_checks.rows.rows(), 1);
    press(&mut model, [Key::Esc]);
    assert_eq!(model.all_checks.rows.rows(), all);
    let effects = press(&mut model, [Key::Enter]);
    let [Effect::Open { engagement, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(engagement.as_str(), "acme");
    assert!(matches!(&model.screen, Screen::Opening { item: Some(item), .. } if item.as_str() == "webhook"));
}

#[test]
fn a_result_changes_the_row_that_is_shown_and_moves_it_when_nobody_can_say() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('5')]);
    checks_answer(&mut model, &effects);
    let observe = |model: &mut Model, whose: &str, verdict| {
        let observation = Box::new(observation("webhook", verdict, noon()));
        update(model, Msg::News(News::Observed { engagement: id(whose), observation }), now());
    };
    observe(&mut model, "acme", Verdict::Fail);
    let row = model.all_checks.rows.selected().unwrap();
    assert_eq!(row.line.last.unwrap().latency_ms, 84);
    observe(&mut model, "gale", Verdict::Unknown);
    press(&mut model, [Key::Down]);
    let row = model.all_checks.rows.selected().unwrap();
    assert_eq!((row.engagement.as_str(), row.line.light()), ("gale", Light::Unknown));
}
