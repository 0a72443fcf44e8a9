use super::update;
use crate::domain::command::Command;
use crate::domain::log_filter::LogKind;
use crate::tui::effect::Effect;
use crate::tui::input::{Key, Size};
use crate::tui::keymap::Context;
use crate::tui::model::Model;
use crate::tui::model::chronicle::{Chronicle, PAGE};
use crate::tui::model::engagement::Room;
use crate::tui::model::popup::Popup;
use crate::tui::msg::{Change, Failed, Msg, News};
use crate::tui::testing::rooms::{log_page, serve};
use crate::tui::testing::*;

const SIZE: Size = Size::new(120, 40);

/// The log of a world, read as far as the screen asks.
fn history(world: &World) -> Model {
    let mut model = engaged(SIZE, world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char('7')]);
    let left = serve(&mut model, world, effects);
    assert!(left.iter().all(|e| !matches!(e, Effect::LoadLog { .. })));
    model
}

fn chronicle(model: &Model) -> &Chronicle {
    &model.engagement().unwrap().chronicle
}

fn seqs(model: &Model) -> Vec<u64> {
    let chronicle = chronicle(model);
    (0..chronicle.len()).map(|at| chronicle.row(at).unwrap().seq).collect()
}

fn note(world: &mut World, text: &str) -> Change {
    let events =
        world.run("Lin Chen", &Command::Note { item: Some(item_id("cards")), text: text.to_owned() });
    world.change(events)
}

/// A world with so many remarks.
fn long(remarks: usize) -> World {
    let mut world = World::acme();
    for n in 0..remarks {
        note(&mut world, &format!("remark {n}"));
    }
    world
}

#[test]
fn the_log_is_shown_with_the_newest_on_top() {
    let world = World::acme();
    let model = history(&world);
    let mut all: Vec<u64> = world.events.iter().map(|e| e.seq).collect();
    all.reverse();
    assert_eq!(seqs(&model), all);
    assert_eq!(model.context(), Context::History);
}

#[test]
fn a_long_log_is_read_only_as_far_as_somebody_scrolls() {
    let world = long(3 * PAGE as usize);
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char('7')]);
    let pages = |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::LoadLog { .. })).count();
    assert_eq!(pages(&effects), 1);
    // Nothing more is asked for while a page is on its way, and nothing when the screen is full.
    assert_eq!(pages(&press(&mut model, [Key::Down, Key::PageDown])), 0);
    let left = serve(&mut model, &world, effects);
    assert_eq!((chronicle(&model).len(), pages(&left)), (PAGE as usize, 0));
    assert_eq!(pages(&press(&mut model, [Key::Down; 30])), 0);
    let effects = press(&mut model, [Key::End]);
    assert_eq!(pages(&effects), 1);
    serve(&mut model, &world, effects);
    assert_eq!(chronicle(&model).len(), 2 * PAGE as usize);
}

#[test]
fn what_happens_now_appears_on_top_and_the_row_under_the_cursor_stays() {
    let mut world = World::acme();
    let mut model = history(&world);
    let change = note(&mut world, "first");
    update(&mut model, Msg::News(News::Changed(change)), now());
    assert_eq!(seqs(&model)[0], world.state.head.seq);
    assert_eq!(chronicle(&model).list.cursor, 0, "who looks at the newest goes on looking at the newest");
    press(&mut model, [Key::Down, Key::Down]);
    let under = chronicle(&model).selected().unwrap().seq;
    let change = note(&mut world, "second");
    update(&mut model, Msg::News(News::Changed(change.clone())), now());
    update(&mut model, Msg::News(News::Changed(change)), now());
    assert_eq!(chronicle(&model).selected().unwrap().seq, under);
    assert_eq!(seqs(&model).len(), world.events.len(), "no event twice");
}

#[test]
fn what_happens_while_the_first_page_is_on_its_way_is_not_lost() {
    let mut world = World::acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let asked = press(&mut model, [Key::Char('7')]);
    let before = world.clone();
    let change = note(&mut world, "meanwhile");
    update(&mut model, Msg::News(News::Changed(change)), now());
    serve(&mut model, &before, asked);
    assert_eq!(seqs(&model).len(), world.events.len());
    assert_eq!(seqs(&model)[0], world.state.head.seq);
}

#[test]
fn an_event_that_was_not_told_has_the_log_read_again() {
    let mut world = World::acme();
    let mut model = history(&world);
    note(&mut world, "never told");
    let change = note(&mut world, "told");
    let effects = update(&mut model, Msg::News(News::Changed(change)), now());
    serve(&mut model, &world, effects);
    assert_eq!(seqs(&model).len(), world.events.len());
}

#[test]
fn a_filter_reads_on_until_the_screen_is_full_and_escape_takes_it_away() {
    let world = long(3 * PAGE as usize);
    let mut model = history(&world);
    press(&mut model, [Key::Char('f')]);
    let Some(Popup::Choose(choose)) = model.popups.last() else { panic!() };
    let people = choose.choices.iter().position(|c| c.label.contains("people")).unwrap();
    press(&mut model, vec![Key::Down; people]);
    let effects = press(&mut model, [Key::Enter]);
    serve(&mut model, &world, effects);
    assert_eq!(chronicle(&model).filter.kind, Some(LogKind::People));
    let first = World::acme();
    let people = first
        .events
        .iter()
        .filter(|e| ["member_added", "key_added", "role_assigned"].contains(&e.fact.word()));
    assert_eq!(seqs(&model).len(), people.count(), "all the way back to the beginning");
    let effects = press(&mut model, [Key::Esc]);
    serve(&mut model, &world, effects);
    assert!(chronicle(&model).filter.is_all());
    press(&mut model, [Key::Esc]);
    assert_eq!(model.engagement().unwrap().room, Room::Items);
}

#[test]
fn a_search_narrows_what_is_there_and_takes_what_comes_into_account() {
    let mut world = long(3);
    let mut model = history(&world);
    press(&mut model, [Key::Char('/')]);
    assert_eq!(model.context(), Context::Search);
    type_text(&mut model, "remark 1");
    assert_eq!(seqs(&model).len(), 1);
    press(&mut model, [Key::Backspace]);
    assert_eq!(seqs(&model).len(), 3);
    for text in ["remark 9", "something else"] {
        let change = note(&mut world, text);
        update(&mut model, Msg::News(News::Changed(change)), now());
    }
    assert_eq!(seqs(&model).len(), 4);
    press(&mut model, [Key::Enter]);
    assert_eq!(model.context(), Context::History);
    press(&mut model, [Key::Esc]);
    assert_eq!(seqs(&model).len(), world.events.len());
}

#[test]
fn an_event_is_opened_and_its_window_scrolls() {
    let world = World::acme();
    let mut model = history(&world);
    let effects = press(&mut model, [Key::Down, Key::Enter]);
    let Some(Effect::OpenEvent { seq, .. }) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(*seq, world.state.head.seq - 1);
    let Some(Popup::Event(window)) = model.popups.last() else { panic!() };
    assert!(window.opened.is_none());
    serve(&mut model, &world, effects);
    press(&mut model, [Key::End]);
    let Some(Popup::Event(window)) = model.popups.last() else { panic!() };
    assert_eq!(window.opened.as_ref().unwrap().event.seq, window.seq);
    press(&mut model, [Key::Esc]);
    assert!(model.popups.is_empty());
}

#[test]
fn an_event_that_comes_after_its_window_was_closed_opens_nothing() {
    let world = World::acme();
    let mut model = history(&world);
    let effects = press(&mut model, [Key::Enter, Key::Esc]);
    serve(&mut model, &world, effects);
    assert!(model.popups.is_empty());
}

#[test]
fn a_page_that_cannot_be_read_is_told_once_and_not_asked_for_again() {
    let world = World::acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char('7')]);
    let Some(Effect::LoadLog { request, engagement, .. }) = effects.last().cloned() else { panic!() };
    let answer = Err(Failed::Broken { what: "disk".into(), hints: Vec::new() });
    let effects = update(&mut model, Msg::LogPage { request, engagement, answer }, now());
    let asks = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::LoadLog { .. }));
    assert!(!asks(&effects));
    assert_eq!(model.toasts.shown().count(), 1);
    assert!(!asks(&press(&mut model, [Key::Down])));
    assert!(asks(&press(&mut model, [Key::Ctrl('r')])));
}

#[test]
fn an_answer_for_another_filter_is_dropped() {
    let world = World::acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let first = press(&mut model, [Key::Char('7')]);
    let Some(Effect::LoadLog { request, engagement, up_to }) = first.last().cloned() else { panic!() };
    let second = press(&mut model, [Key::Char('f'), Key::Down, Key::Enter]);
    let late = Msg::LogPage { request, engagement, answer: Ok(log_page(&world, up_to)) };
    update(&mut model, late, now());
    assert!(chronicle(&model).is_empty());
    serve(&mut model, &world, second);
    assert!(!chronicle(&model).is_empty());
}
