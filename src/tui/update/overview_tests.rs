//! The acts on the screens of all engagements.

use chrono::TimeDelta;

use super::update;
use crate::domain::assess::assess;
use crate::domain::ids::EngagementId;
use crate::domain::light::Light;
use crate::domain::open_work::open_work;
use crate::domain::pace::Ends;
use crate::domain::readiness;
use crate::domain::verdict::Verdict;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::{Key, Size};
use crate::tui::model::columns::{Column, Direction, Sort};
use crate::tui::model::engagement::Room;
use crate::tui::model::filters::Filter;
use crate::tui::model::gathered::Read;
use crate::tui::model::grouped::Entry;
use crate::tui::model::popup::Popup;
use crate::tui::model::{Model, Now, Overview, Screen};
use crate::tui::msg::{Failed, More, Msg, News, RoleOffer};
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

fn toasts(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
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
            Read { name: row.name.clone(), last_at: row.last_at, turns: None, lines: lines.clone() }
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
            Read { name: row.name.clone(), last_at: row.last_at, turns: None, lines }
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

#[test]
fn a_check_is_run_from_the_list_of_all_and_what_it_said_is_told() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('5')]);
    checks_answer(&mut model, &effects);
    let effects = press(&mut model, [Key::Char('c')]);
    let [Effect::RunChecks { engagement, checks, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((engagement.as_str(), checks[0].as_str(), checks.len()), ("acme", "webhook", 1));
    let observation = Box::new(observation("webhook", Verdict::Pass, noon()));
    update(&mut model, Msg::News(News::Observed { engagement: id("acme"), observation }), now());
    assert_eq!(toasts(&model), ["Acme Ltd, Webhook: pass in 84 ms"]);
    assert!(model.all_checks.batch.is_none());
}

#[test]
fn all_checks_that_are_shown_are_run_at_once_and_told_of_once() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('5')]);
    checks_answer(&mut model, &effects);
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "webhook");
    press(&mut model, [Key::Enter]);
    let effects = press(&mut model, [Key::Char('C')]);
    let shown = model.all_checks.rows.rows();
    let mut asked = Vec::new();
    for effect in &effects {
        let Effect::RunChecks { request, engagement, checks } = effect else { panic!("{effect:?}") };
        assert_eq!(checks.len(), 1, "those whose fields are missing cannot run");
        asked.push((*request, engagement.clone()));
    }
    assert_eq!((asked.len(), toasts(&model)), (shown, vec![format!("{shown} checks are running.")]));
    for (request, engagement) in asked {
        update(&mut model, Msg::Checked { request, answer: Ok(()) }, now());
        let observation = Box::new(observation("webhook", Verdict::Pass, noon()));
        update(&mut model, Msg::News(News::Observed { engagement, observation }), now());
    }
    assert_eq!(toasts(&model).last().unwrap(), &format!("{shown} checks have run: {shown} pass"));
    assert!(model.all_checks.batch.is_none() && model.all_checks.asked.is_empty());
    // A run that cannot begin is no longer waited for.
    let effects = press(&mut model, [Key::Char('c')]);
    let [Effect::RunChecks { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let answer = Err(Failed::Broken { what: "nothing is watched".into(), hints: Vec::new() });
    update(&mut model, Msg::Checked { request: *request, answer }, now());
    assert!(model.all_checks.batch.is_none());
}

#[test]
fn my_work_and_today_are_found_by_typing() {
    let mut model = screen();
    let effects = press(&mut model, [Key::Char('3')]);
    work_answer(&mut model, &effects);
    let all = model.my_work.rows.rows();
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "gale hmac");
    assert_eq!(
        (model.my_work.rows.rows(), model.my_work.rows.selected().unwrap().engagement.as_str()),
        (1, "gale")
    );
    press(&mut model, [Key::Enter, Key::Esc]);
    assert_eq!(model.my_work.rows.rows(), all);
    assert_eq!(model.my_work.rows.selected().unwrap().engagement.as_str(), "gale", "the cursor stays on it");
    press(&mut model, [Key::Esc, Key::Char('t'), Key::Char('/')]);
    type_text(&mut model, "delta");
    assert_eq!(model.today.rows.rows(), 1);
}

// Time

/// Bolt, which is live, and whose weekly review ends in two days.
fn ending() -> (Model, Now) {
    let mut rows = many();
    let at = now().at + TimeDelta::days(2);
    let bolt = rows.iter_mut().find(|row| row.engagement.as_str() == "bolt").unwrap();
    bolt.pace.ends = Some(Ends { title: "Weekly review".to_owned(), warns: at - TimeDelta::days(7), at });
    let soon = rows.iter_mut().find(|row| row.engagement.as_str() == "gale").unwrap();
    soon.pace.ends = Some(Ends { title: "Rotation".to_owned(), warns: at, at: at + TimeDelta::days(9) });
    rows.retain(|row| row.engagement.as_str() != "hill");
    (portfolio(SIZE, rows), Now { at, ..now() })
}

#[test]
fn an_open_screen_turns_over_at_the_moment_at_which_a_tick_ends_and_is_idle_until_then() {
    let (mut model, end) = ending();
    let hour = std::time::Duration::from_hours(1);
    assert_eq!(model.wake(), Some(hour), "days left and nothing else");
    let early = Now { at: end.at - TimeDelta::minutes(5), ..end };
    assert_eq!(update(&mut model, Msg::Due, early), []);
    assert_eq!(model.wake(), Some(hour / 12));
    let bolt = Effect::SumUp { engagements: vec![id("bolt")] };
    assert_eq!(update(&mut model, Msg::Due, end), [bolt]);
    // Asked once, whatever becomes of it.
    assert_eq!(update(&mut model, Msg::Due, end), []);
    assert_eq!(model.wake(), Some(hour));
    let mut turned = model.portfolio.of(&id("bolt")).unwrap().clone();
    (turned.current, turned.pace.ends) = (Some(0), None);
    update(&mut model, Msg::News(News::Summed(Box::new(turned))), end);
    assert_eq!(model.portfolio.of(&id("bolt")).unwrap().current, Some(0));
}

#[test]
fn what_ends_while_an_engagement_is_shown_is_asked_about_when_all_are_shown_again() {
    let (mut model, end) = ending();
    let effects = update(&mut model, Msg::Key(Key::Enter), now());
    let Some(Effect::Open { request, .. }) = effects.first() else { panic!("{effects:?}") };
    update(&mut model, Msg::Opened { request: *request, answer: Ok(World::acme().snapshot()) }, now());
    assert!(!update(&mut model, Msg::Due, end).iter().any(|e| matches!(e, Effect::SumUp { .. })));
    let effects = update(&mut model, Msg::Key(Key::Char('1')), end);
    assert!(effects.iter().any(|e| matches!(e, Effect::SumUp { .. })), "{effects:?}");
}

#[test]
fn what_is_live_needs_attention_when_its_review_ends() {
    let (mut model, _) = ending();
    press(&mut model, [Key::Char('t')]);
    let found = model.today.rows.lines().iter().any(|line| match line {
        Entry::Row(row) => row.engagement.as_str() == "bolt" && row.words.contains("Weekly review ends"),
        Entry::Head(..) => false,
    });
    assert!(found);
}

#[test]
fn my_work_is_read_again_when_time_has_changed_it() {
    let (mut model, end) = ending();
    let effects = press(&mut model, [Key::Char('3')]);
    let Some(Effect::LoadWork { request, engagements }) = effects.first() else { panic!("{effects:?}") };
    let read = |id: &EngagementId| {
        let row = model.portfolio.of(id).unwrap();
        let turns = (id.as_str() == "gale").then_some(end.at);
        (id.clone(), Read { name: row.name.clone(), last_at: row.last_at, turns, lines: Vec::new() })
    };
    let answer = engagements.iter().map(read).collect();
    update(&mut model, Msg::Work { request: *request, answer }, now());
    let mut turned = model.portfolio.of(&id("gale")).unwrap().clone();
    turned.pace.ends = None;
    let effects = update(&mut model, Msg::News(News::Summed(Box::new(turned))), end);
    let again =
        |e: &Effect| matches!(e, Effect::LoadWork { engagements, .. } if *engagements == [id("gale")]);
    assert!(effects.iter().any(again), "{effects:?}");
}

// Reading everything again

fn reload(model: &mut Model) -> RequestId {
    let effects = press(model, [Key::Ctrl('r')]);
    let Some(Effect::LoadPortfolio { request, .. }) = effects.first() else { panic!("{effects:?}") };
    *request
}

#[test]
fn reading_again_leaves_the_cursor_where_it_is() {
    let mut model = screen();
    press(&mut model, [Key::End]);
    let last = model.portfolio.selected().unwrap().engagement.clone();
    let request = reload(&mut model);
    let first: Vec<_> = many().into_iter().take(2).collect();
    let total = many().len();
    update(&mut model, Msg::Portfolio { request, answer: Ok(first), more: More::ToCome { total } }, now());
    assert_eq!(shown(&model).len(), total, "what is there is all there is");
    update(&mut model, Msg::Portfolio { request, answer: Ok(many()), more: More::Complete }, now());
    assert_eq!(model.portfolio.selected().unwrap().engagement, last);
}

#[test]
fn what_came_while_everything_was_read_again_stays_and_what_has_gone_goes() {
    let mut model = screen();
    let request = reload(&mut model);
    let mut newer = model.portfolio.of(&id("gale")).unwrap().clone();
    newer.last_at += TimeDelta::seconds(1);
    newer.done += 1;
    let begun = crate::domain::summary::Summary { engagement: id("new"), ..newer.clone() };
    for row in [newer.clone(), begun] {
        update(&mut model, Msg::News(News::Summed(Box::new(row))), now());
    }
    let answer: Vec<_> = many().into_iter().filter(|row| row.engagement != id("fox")).collect();
    let total = answer.len() + 1;
    update(&mut model, Msg::Portfolio { request, answer: Ok(answer), more: More::Complete }, now());
    assert_eq!(model.portfolio.of(&id("gale")), Some(&newer));
    assert!(model.portfolio.of(&id("new")).is_some() && model.portfolio.of(&id("fox")).is_none());
    assert_eq!(model.portfolio.total(), total);
}
