use chrono::TimeDelta;

use super::update;
use crate::domain::blocker::Blocker;
use crate::domain::command::{Acting, Command};
use crate::domain::ids::CheckId;
use crate::domain::refusal::Refusal;
use crate::domain::verdict::Verdict;
use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::input::{Key, Size};
use crate::tui::keymap::Context;
use crate::tui::model::engagement::{FLASH, Panel};
use crate::tui::model::popup::{Popup, member_rows};
use crate::tui::model::portfolio::Reading;
use crate::tui::model::toast::SHOWN;
use crate::tui::model::{Model, Now, Screen};
use crate::tui::msg::{Change, Failed, More, Msg, News};
use crate::tui::testing::*;
use crate::tui::view::detail;

const SIZE: Size = Size::new(120, 40);

fn acme() -> (World, Model) {
    let world = World::acme();
    let model = engaged(SIZE, &world, "Dana Ruiz");
    (world, model)
}

fn seen_by(who: &str) -> Model {
    engaged(SIZE, &World::acme(), who)
}

fn selected(model: &Model) -> &str {
    model.engagement().unwrap().item().unwrap().1.id.as_str()
}

fn go_to(model: &mut Model, item: &str) {
    let engagement = model.engagement_mut().unwrap();
    let place = engagement.runbook.place(item).unwrap();
    engagement.jump(place);
}

fn toasts(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
}

/// The one command that was asked for, and in which capacity.
fn executed(effects: &[Effect]) -> (&Capacity, &Command) {
    let found: Vec<_> = effects
        .iter()
        .filter_map(|e| match e {
            Effect::Execute { capacity, command, .. } => Some((capacity, command)),
            _ => None,
        })
        .collect();
    assert_eq!(found.len(), 1, "{effects:?}");
    found[0]
}

fn later(seconds: u64) -> Now {
    let now = now();
    let span = std::time::Duration::from_secs(seconds);
    Now { at: now.at + TimeDelta::seconds(i64::try_from(seconds).unwrap()), up: now.up + span }
}

fn summaries(names: &[(&str, i64, usize)]) -> Vec<crate::domain::summary::Summary> {
    let base = World::acme().summary();
    names
        .iter()
        .map(|(name, days, regressed)| crate::domain::summary::Summary {
            engagement: crate::domain::ids::EngagementId::new(&name.to_lowercase()).unwrap(),
            name: (*name).to_owned(),
            regressed: *regressed,
            target: Some(noon().date_naive() + TimeDelta::days(*days)),
            ..base.clone()
        })
        .collect()
}

fn shown(model: &Model) -> Vec<String> {
    (0..model.portfolio.len()).map(|n| model.portfolio.row(n).unwrap().name.clone()).collect()
}

// The portfolio

#[test]
fn the_most_urgent_comes_first() {
    let model = portfolio(SIZE, summaries(&[("Later", 40, 0), ("Soon", 3, 0), ("Broken", 90, 1)]));
    assert_eq!(shown(&model), ["Broken", "Soon", "Later"]);
}

#[test]
fn the_cursor_stays_on_its_engagement_when_rows_change_places() {
    let rows = summaries(&[("Later", 40, 0), ("Soon", 3, 0)]);
    let mut model = portfolio(SIZE, rows.clone());
    press(&mut model, [Key::Down]);
    assert_eq!(model.portfolio.selected().unwrap().name, "Later");
    let mut broken = rows[0].clone();
    broken.regressed = 1;
    update(&mut model, Msg::News(News::Summed(Box::new(broken))), now());
    assert_eq!(shown(&model), ["Later", "Soon"]);
    assert_eq!(model.portfolio.selected().unwrap().name, "Later");
}

#[test]
fn a_search_narrows_while_it_is_typed_and_escape_brings_all_back() {
    let mut model = portfolio(SIZE, summaries(&[("Acme", 1, 0), ("Bolt", 2, 0), ("Cedar", 3, 0)]));
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "bol");
    assert_eq!(shown(&model), ["Bolt"]);
    press(&mut model, [Key::Backspace, Key::Backspace, Key::Backspace]);
    assert_eq!(model.portfolio.len(), 3);
    type_text(&mut model, "ced");
    press(&mut model, [Key::Enter]);
    assert_eq!(model.context(), Context::Portfolio);
    assert_eq!(shown(&model), ["Cedar"]);
    press(&mut model, [Key::Esc]);
    assert_eq!(model.portfolio.len(), 3);
}

#[test]
fn enter_opens_the_engagement_under_the_cursor() {
    let mut model = portfolio(SIZE, summaries(&[("Acme", 1, 0)]));
    let effects = press(&mut model, [Key::Enter]);
    assert!(matches!(&effects[..], [Effect::Open { engagement, .. }] if engagement.as_str() == "acme"));
    assert!(matches!(model.screen, Screen::Opening { .. }));
}

#[test]
fn an_answer_to_a_question_that_was_given_up_is_dropped() {
    let mut model = portfolio(SIZE, summaries(&[("Acme", 1, 0)]));
    let effects = press(&mut model, [Key::Enter, Key::Esc]);
    let Effect::Open { request, .. } = effects[0] else { panic!() };
    assert!(matches!(effects[1], Effect::Close { .. }));
    update(&mut model, Msg::Opened { request, answer: Ok(World::acme().snapshot()) }, now());
    assert!(matches!(model.screen, Screen::Overview));
}

#[test]
fn an_older_portfolio_does_not_replace_the_one_asked_for_last() {
    let (mut model, effects) = empty(SIZE);
    let Effect::LoadPortfolio { request: old, .. } = effects[0] else { panic!() };
    press(&mut model, [Key::Ctrl('r')]);
    let answer = Ok(summaries(&[("Old", 1, 0)]));
    update(&mut model, Msg::Portfolio { request: old, answer, more: More::Complete }, now());
    assert_eq!(model.portfolio.total(), 0);
    assert!(matches!(model.portfolio.reading, Reading::Asked(r) if r != old));
}

#[test]
fn rows_that_come_in_two_pieces_are_shown_as_they_come() {
    let (mut model, effects) = empty(SIZE);
    let Effect::LoadPortfolio { request, .. } = effects[0] else { panic!() };
    let first = Ok(summaries(&[("Acme", 1, 0)]));
    update(&mut model, Msg::Portfolio { request, answer: first, more: More::ToCome { total: 2 } }, now());
    assert_eq!((model.portfolio.len(), model.portfolio.total()), (1, 2));
    let all = Ok(summaries(&[("Acme", 1, 0), ("Bolt", 2, 0)]));
    update(&mut model, Msg::Portfolio { request, answer: all, more: More::Complete }, now());
    assert_eq!((model.portfolio.len(), model.portfolio.reading), (2, Reading::Done));
}

// Moving about

#[test]
fn an_engagement_opens_on_the_first_open_item_of_its_current_stage() {
    let (_, model) = acme();
    assert_eq!(model.engagement().unwrap().stages.cursor, 3);
    assert_eq!(selected(&model), "webhook");
}

#[test]
fn the_cursor_passes_headings_and_stops_at_parts() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('g')]);
    assert_eq!(selected(&model), "tokenise");
    press(&mut model, [Key::Up]);
    assert_eq!(selected(&model), "tokenise");
    press(&mut model, [Key::Down, Key::Down, Key::Down]);
    assert_eq!(selected(&model), "webhook");
    press(&mut model, [Key::Down, Key::Down]);
    assert_eq!((selected(&model), model.engagement().unwrap().part()), ("cards", Some(0)));
}

#[test]
fn another_stage_shows_its_own_items() {
    let (_, mut model) = acme();
    press(&mut model, [Key::BackTab, Key::Down]);
    assert_eq!(model.engagement().unwrap().panel, Panel::Stages);
    assert_eq!(selected(&model), "answers");
}

#[test]
fn a_search_goes_over_all_stages_and_enter_goes_there() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "switch");
    press(&mut model, [Key::Enter]);
    assert_eq!(selected(&model), "switch");
    assert_eq!(model.engagement().unwrap().stages.cursor, 5);
}

#[test]
fn a_search_that_is_given_up_leaves_the_cursor_where_it_was() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "switch");
    press(&mut model, [Key::Esc]);
    assert_eq!((selected(&model), model.context()), ("webhook", Context::Engagement));
}

#[test]
fn escape_leaves_a_narrow_screen_panel_by_panel() {
    let mut model = engaged(Size::new(40, 12), &World::acme(), "Dana Ruiz");
    press(&mut model, [Key::Enter]);
    assert_eq!(model.panel(), Some(Panel::Detail));
    press(&mut model, [Key::Esc, Key::Esc]);
    assert_eq!(model.panel(), Some(Panel::Stages));
    let effects = press(&mut model, [Key::Esc]);
    assert!(matches!(effects[0], Effect::Close { .. }));
    assert!(matches!(effects[1], Effect::LoadPortfolio { .. }));
}

#[test]
fn the_detail_scrolls_no_further_than_its_last_line() {
    let mut model = engaged(Size::new(80, 14), &World::acme(), "Dana Ruiz");
    press(&mut model, [Key::Enter, Key::End]);
    let engagement = model.engagement().unwrap();
    let lines = detail::lines(engagement, &model.look, model.now.at, 38).len();
    assert_eq!(engagement.detail_top, lines - 10);
    press(&mut model, [Key::Home]);
    assert_eq!(model.engagement().unwrap().detail_top, 0);
}

// Ticking and signing

#[test]
fn an_owner_ticks_in_their_own_role() {
    let mut model = seen_by("Lin Chen");
    go_to(&mut model, "cards");
    let effects = press(&mut model, [Key::Char(' ')]);
    let (capacity, command) = executed(&effects);
    assert_eq!(*capacity, Capacity::default());
    assert_eq!(*command, tick("cards"));
}

#[test]
fn the_part_under_the_cursor_is_ticked_alone() {
    let mut model = seen_by("Lin Chen");
    go_to(&mut model, "cards");
    let effects = press(&mut model, [Key::Down, Key::Down, Key::Char(' ')]);
    let (_, command) = executed(&effects);
    assert!(matches!(command, Command::Tick { part: Some(part), .. } if part.as_str() == "declined"));
}

#[test]
fn a_lead_records_the_tick_of_the_one_who_holds_the_role() {
    let (_, mut model) = acme();
    go_to(&mut model, "cards");
    let effects = press(&mut model, [Key::Char(' ')]);
    let (capacity, _) = executed(&effects);
    assert_eq!(capacity.on_behalf_of, Some(person("Lin Chen")));
    assert_eq!(capacity.role, Some(role("developer")));
}

#[test]
fn a_lead_chooses_when_several_hold_the_role() {
    let (mut world, _) = acme();
    world.run("Dana Ruiz", &Command::Assign { role: role("developer"), member: person("Kim"), key: None });
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    go_to(&mut model, "cards");
    assert!(press(&mut model, [Key::Char(' ')]).is_empty());
    assert!(matches!(model.popups.last(), Some(Popup::Choose(c)) if c.choices.len() == 2));
    let effects = press(&mut model, [Key::Down, Key::Enter]);
    assert_eq!(executed(&effects).0.on_behalf_of, Some(person("Kim")));
}

#[test]
fn somebody_without_the_role_is_told_who_may() {
    let mut model = seen_by("Omar Haddad");
    go_to(&mut model, "cards");
    assert!(press(&mut model, [Key::Char(' ')]).is_empty());
    let Some(Popup::Why(why)) = model.popups.last() else { panic!() };
    assert!(why.words[1].contains("Developer may: Lin Chen"), "{:?}", why.words);
}

#[test]
fn a_tick_in_a_shut_stage_shows_the_blockers_and_enter_goes_to_one() {
    let mut model = seen_by("Lin Chen");
    go_to(&mut model, "switch");
    assert!(press(&mut model, [Key::Char(' ')]).is_empty());
    let Some(Popup::Why(why)) = model.popups.last() else { panic!() };
    assert!(why.words[0].contains("5 Go-live is shut"), "{:?}", why.words);
    let first: &Blocker = &why.blockers[0];
    assert_eq!(first.item, Some(item_id("webhook")));
    press(&mut model, [Key::Enter]);
    assert_eq!(selected(&model), "webhook");
}

#[test]
fn what_a_check_decides_is_not_ticked_by_hand() {
    let mut model = seen_by("Lin Chen");
    assert!(press(&mut model, [Key::Char(' ')]).is_empty());
    let Some(Popup::Why(why)) = model.popups.last() else { panic!() };
    assert!(why.words[1].contains("It says fail"), "{:?}", why.words);
}

#[test]
fn unticking_asks_why_and_offers_a_reason() {
    let mut model = seen_by("Lin Chen");
    go_to(&mut model, "tokenise");
    assert!(press(&mut model, [Key::Char(' ')]).is_empty());
    let effects = press(&mut model, [Key::Enter]);
    let (_, command) = executed(&effects);
    assert!(matches!(command, Command::Untick { reason, .. } if reason == "ticked by mistake"));
}

#[test]
fn a_stage_that_is_not_done_is_not_signed() {
    let (_, mut model) = acme();
    assert!(press(&mut model, [Key::Char('s')]).is_empty());
    let Some(Popup::Why(why)) = model.popups.last() else { panic!() };
    assert_eq!(why.blockers.len(), 2);
}

#[test]
fn a_stage_is_signed_at_once_as_a_signature_can_be_taken_back() {
    let (mut world, _) = acme();
    world.run("Lin Chen", &tick("cards"));
    world.observe("webhook", Verdict::Pass);
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char('s')]);
    assert!(matches!(executed(&effects).1, Command::SignStage { stage } if stage.as_str() == "testing"));
}

#[test]
fn undo_takes_back_the_last_act_at_once() {
    let (_, mut model) = acme();
    let seq = model.engagement().unwrap().state.undoable(&author("Dana Ruiz").key).unwrap().0;
    let effects = press(&mut model, [Key::Char('u')]);
    assert_eq!(*executed(&effects).1, Command::Undo { seq: Some(seq) });
}

// Windows

#[test]
fn a_remark_is_typed_and_sent() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('n')]);
    type_text(&mut model, "q means nothing here");
    let effects = press(&mut model, [Key::Enter]);
    let (_, command) = executed(&effects);
    assert_eq!(
        *command,
        Command::Note { item: Some(item_id("webhook")), text: "q means nothing here".into() }
    );
    assert!(model.popups.is_empty());
}

#[test]
fn an_empty_remark_is_kept_open_with_its_fault() {
    let (_, mut model) = acme();
    assert!(press(&mut model, [Key::Char('n'), Key::Enter]).is_empty());
    assert!(matches!(model.popups.last(), Some(Popup::Ask(ask)) if ask.fault.is_some()));
}

#[test]
fn the_rules_of_a_decision_are_told_while_it_is_typed() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('d'), Key::Down, Key::Enter]);
    type_text(&mut model, "ACME*SHOP");
    let Some(Popup::Ask(ask)) = model.popups.last() else { panic!() };
    assert!(ask.fault.as_deref().unwrap().contains("does not match"), "{:?}", ask.fault);
    press(&mut model, [Key::Ctrl('u')]);
    type_text(&mut model, "ACME SHOP");
    let effects = press(&mut model, [Key::Enter]);
    assert!(matches!(executed(&effects).1, Command::Propose { value, .. } if value == "ACME SHOP"));
    assert!(matches!(model.popups.last(), Some(Popup::Facts(_))));
}

#[test]
fn a_choice_is_chosen_from_its_options() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('d'), Key::Enter]);
    let effects = press(&mut model, [Key::Down, Key::Enter]);
    assert!(matches!(executed(&effects).1, Command::Propose { value, .. } if value == "pai"));
}

#[test]
fn a_role_is_given_to_a_person_by_name() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('m'), Key::End, Key::Enter]);
    type_text(&mut model, "Priya Nair");
    let effects = press(&mut model, [Key::Enter]);
    let (_, command) = executed(&effects);
    let expected = Command::Assign { role: role("qa"), member: person("Priya Nair"), key: None };
    assert_eq!(*command, expected);
}

#[test]
fn somebody_who_does_not_lead_is_told_so_before_typing() {
    let mut model = seen_by("Lin Chen");
    press(&mut model, [Key::Char('m'), Key::Enter]);
    assert!(matches!(model.popups.last(), Some(Popup::Why(_))));
}

/// On the row of a person in the window of people.
fn at_person(model: &mut Model, name: &str) {
    press(model, [Key::Char('m')]);
    let engagement = model.engagement().unwrap();
    let rows = member_rows(&engagement.runbook, &engagement.state);
    let at = rows.iter().position(|row| row.1.is_some_and(|n| n.as_str() == name)).unwrap();
    for _ in 0..at {
        press(model, [Key::Down]);
    }
}

#[test]
fn a_lead_brings_and_revokes_keys_and_takes_people_off() {
    let (_, mut model) = acme();
    at_person(&mut model, "Lin Chen");
    press(&mut model, [Key::Char('K')]);
    type_text(&mut model, "ssh-ed25519 nonsense");
    assert!(press(&mut model, [Key::Enter]).is_empty(), "what is no key is not taken");
    press(&mut model, [Key::Esc, Key::Char('K')]);
    type_text(&mut model, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti");
    let effects = press(&mut model, [Key::Enter]);
    let (_, command) = executed(&effects);
    assert!(matches!(command, Command::AddKey { member, .. } if *member == person("Lin Chen")));

    let (_, mut model) = acme();
    at_person(&mut model, "Lin Chen");
    let effects = press(&mut model, [Key::Char('R'), Key::Enter]);
    let (_, command) = executed(&effects);
    assert_eq!(*command, Command::RevokeKey { key: author("Lin Chen").key });

    let (_, mut model) = acme();
    at_person(&mut model, "Lin Chen");
    assert!(press(&mut model, [Key::Char('X')]).is_empty(), "asked first");
    let effects = press(&mut model, [Key::Char('y')]);
    let (_, command) = executed(&effects);
    assert_eq!(*command, Command::RemoveMember { member: person("Lin Chen") });
}

#[test]
fn the_last_lead_is_not_taken_off_and_others_change_nobody_elses_keys() {
    let (_, mut model) = acme();
    at_person(&mut model, "Dana Ruiz");
    press(&mut model, [Key::Char('X')]);
    assert_eq!(toasts(&model), ["Dana Ruiz is the last lead with a key; somebody else must lead first."]);
    for key in ['K', 'R', 'X'] {
        let mut model = seen_by("Lin Chen");
        at_person(&mut model, "Dana Ruiz");
        press(&mut model, [Key::Char(key)]);
        assert!(matches!(model.popups.last(), Some(Popup::Why(_))), "{key}");
    }
    let mut model = seen_by("Lin Chen");
    at_person(&mut model, "Lin Chen");
    press(&mut model, [Key::Char('K')]);
    assert!(matches!(model.popups.last(), Some(Popup::Ask(_))), "one's own keys are one's own");
}

#[test]
fn the_palette_does_what_it_names() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Ctrl('p')]);
    type_text(&mut model, "people and their");
    press(&mut model, [Key::Enter]);
    assert!(matches!(model.popups.last(), Some(Popup::Members(_))));
}

#[test]
fn a_paste_into_a_window_is_one_line_and_into_a_screen_is_nothing() {
    let (_, mut model) = acme();
    assert!(update(&mut model, Msg::Paste("q".into()), now()).is_empty());
    press(&mut model, [Key::Char('n')]);
    update(&mut model, Msg::Paste("two\nlines\u{1b}".into()), now());
    let Some(Popup::Ask(ask)) = model.popups.last() else { panic!() };
    assert_eq!(ask.input.value(), "two lines ");
}

// Answers and news

#[test]
fn a_check_is_run_at_once_and_its_result_is_told() {
    let (_, mut model) = acme();
    let effects = press(&mut model, [Key::Char('c')]);
    let webhook = CheckId::new("webhook").unwrap();
    assert!(matches!(&effects[..], [Effect::RunChecks { checks, .. }] if *checks == [webhook]));
    let observation = Box::new(observation("webhook", Verdict::Pass, noon()));
    let engagement = model.engagement().unwrap().id.clone();
    update(&mut model, Msg::News(News::Observed { engagement, observation }), now());
    assert_eq!(toasts(&model), ["Webhook: pass in 84 ms"]);
}

#[test]
fn a_check_that_lacks_a_field_is_not_run() {
    let (_, mut model) = acme();
    go_to(&mut model, "answers");
    let effects = press(&mut model, [Key::Char('c')]);
    assert!(!effects.iter().any(|e| matches!(e, Effect::RunChecks { .. })));
    assert!(toasts(&model)[0].contains("not configured"));
}

#[test]
fn news_change_the_screen_in_place_and_the_cursor_stays() {
    let (mut world, mut model) = acme();
    press(&mut model, [Key::Down]);
    assert_eq!(selected(&model), "cards");
    let events = world.observe("webhook", Verdict::Pass);
    let version = model.version();
    update(&mut model, Msg::News(News::Changed(world.change(events))), now());
    assert!(model.version() > version);
    assert_eq!(selected(&model), "cards");
    assert_eq!(toasts(&model), ["Webhook endpoint verifies HMAC: passed, ticked by itself"]);
    let engagement = model.engagement().unwrap();
    assert!(engagement.flashes(&item_id("webhook")));
    assert_eq!(engagement.assessment.stages[3].totals.done, 4);
}

#[test]
fn the_same_news_twice_is_told_once() {
    let (mut world, mut model) = acme();
    let events = world.observe("webhook", Verdict::Pass);
    let change = world.change(events);
    update(&mut model, Msg::News(News::Changed(change.clone())), now());
    let toasts_before = model.toasts.shown().count();
    update(&mut model, Msg::News(News::Changed(change)), later(1));
    assert_eq!(model.toasts.shown().count(), toasts_before);
    assert_eq!(model.toasts.next(), Some(now().up + SHOWN));
}

#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let (mut world, mut model) = acme();
    let before = world.snapshot();
    let events = world.observe("webhook", Verdict::Pass);
    update(&mut model, Msg::News(News::Changed(world.change(events))), now());
    let stale = Change { snapshot: before, events: Vec::new() };
    update(&mut model, Msg::News(News::Changed(stale)), now());
    assert_eq!(model.engagement().unwrap().state.head.seq, world.state.head.seq);
}

#[test]
fn news_of_another_engagement_says_whose_it_is() {
    let (_, mut model) = acme();
    let mut bolt = World::acme();
    bolt.state.engagement = crate::domain::ids::EngagementId::new("bolt").unwrap();
    bolt.state.name = "Bolt".into();
    let events = bolt.observe("webhook", Verdict::Pass);
    update(&mut model, Msg::News(News::Changed(bolt.change(events))), now());
    assert!(toasts(&model)[0].starts_with("Bolt: Webhook"));
    assert_eq!(model.engagement().unwrap().state.name, "Acme Ltd");
}

#[test]
fn a_write_that_failed_is_told_wherever_the_person_is_now() {
    let mut model = portfolio(SIZE, Vec::new());
    let refused = Failed::Refused(Box::new(Refusal::NothingToUndo));
    update(&mut model, Msg::Executed { request: RequestId(77), answer: Err(refused) }, now());
    assert_eq!(toasts(&model), ["there is nothing of yours to undo"]);
}

#[test]
fn an_answer_ends_what_was_under_way() {
    let (mut world, mut model) = acme();
    go_to(&mut model, "cards");
    let effects = press(&mut model, [Key::Char(' ')]);
    let Effect::Execute { request, .. } = effects[0] else { panic!() };
    assert!(model.engagement().unwrap().is_pending(&item_id("cards")));
    let acting = Acting { on_behalf_of: Some(person("Lin Chen")), ..Acting::new(author("Dana Ruiz")) };
    let events = world.run_as(&acting, &tick("cards"));
    update(&mut model, Msg::Executed { request, answer: Ok(world.change(events)) }, now());
    assert!(!model.engagement().unwrap().is_pending(&item_id("cards")));
    assert_eq!(
        toasts(&model),
        ["Card scenarios: 2 boxes ticked by Lin Chen as Developer, recorded by Dana Ruiz   u undo"]
    );
}

#[test]
fn results_of_a_check_are_asked_for_once() {
    let (_, mut model) = acme();
    let effects = press(&mut model, [Key::Down, Key::Up, Key::Down, Key::Up]);
    assert!(effects.is_empty(), "{effects:?}");
}

// Time

#[test]
fn nothing_wakes_a_screen_on_which_nothing_changes_by_itself() {
    let (model, _) = empty(SIZE);
    // Only to say that something is under way, once it takes long.
    assert_eq!(model.wake(), Some(crate::tui::model::progress::QUIET));
    let mut model = seen_by("Lin Chen");
    go_to(&mut model, "tokenise");
    assert_eq!(model.wake(), None);
}

#[test]
fn an_age_wakes_the_screen_when_it_reads_differently() {
    let (_, model) = acme();
    // The check fails since two minutes less a second.
    let wake = model.wake().unwrap();
    assert!(wake <= std::time::Duration::from_mins(1), "{wake:?}");
}

#[test]
fn a_toast_and_a_mark_go_when_their_time_is_over() {
    let (mut world, mut model) = acme();
    let events = world.observe("webhook", Verdict::Pass);
    update(&mut model, Msg::News(News::Changed(world.change(events))), now());
    update(&mut model, Msg::Due, later(FLASH.as_secs()));
    assert!(model.engagement().unwrap().flashes.is_empty());
    assert_eq!(model.toasts.shown().count(), 1);
    update(&mut model, Msg::Due, later(SHOWN.as_secs()));
    assert_eq!(model.toasts.shown().count(), 0);
}

#[test]
fn a_key_without_a_meaning_changes_nothing() {
    let (_, mut model) = acme();
    let version = model.version();
    assert!(press(&mut model, [Key::Char('Z'), Key::Ctrl('z'), Key::Delete]).is_empty());
    assert_eq!(model.version(), version);
}

#[test]
fn leaving_is_asked_for_from_everywhere() {
    let (_, mut model) = acme();
    assert_eq!(press(&mut model, [Key::Char('n'), Key::Ctrl('c')]), [Effect::Quit]);
}

// The curve

#[test]
fn the_curve_is_read_for_the_row_under_the_cursor_and_again_when_it_has_moved_on() {
    let mut model = portfolio(Size::new(200, 60), summaries(&[("Acme", 1, 0), ("Bolt", 2, 0)]));
    let asked = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|e| match e {
            Effect::LoadBurnUp { request, engagement } => Some((request, engagement)),
            _ => None,
        })
    };
    // Nothing is read until the curve is wanted, and then one after the other.
    assert!(asked(press(&mut model, [Key::Down, Key::Up])).is_none());
    let (first, acme) = asked(press(&mut model, [Key::Char('v')])).unwrap();
    assert!(asked(press(&mut model, [Key::Down])).is_none());
    let answer = |request, engagement| Msg::BurnUp { request, engagement, answer: Ok(Vec::new()) };
    let next = asked(update(&mut model, answer(first, acme), now()));
    let (request, bolt) = next.unwrap();
    assert_eq!(bolt.as_str(), "bolt");
    assert!(asked(update(&mut model, answer(request, bolt), now())).is_none());
    let mut moved = model.portfolio.selected().unwrap().clone();
    moved.last_at += TimeDelta::seconds(1);
    assert!(asked(update(&mut model, Msg::News(News::Summed(Box::new(moved))), now())).is_some());
    // And no more once it is hidden again.
    let mut model = portfolio(Size::new(80, 24), summaries(&[("Acme", 1, 0)]));
    assert!(asked(press(&mut model, [Key::Down])).is_none());
    assert!(asked(press(&mut model, [Key::Char('v')])).is_some());
    assert!(asked(press(&mut model, [Key::Char('v')])).is_none());
}
