//! The screens of the log and of the checks, and the details of an engagement.

use super::tests::{LARGE, SMALL, drawn, text};
use crate::domain::verdict::Verdict;
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::testing::rooms::serve;
use crate::tui::testing::{World, engaged, press, type_text};

const WIDE: Size = Size::new(200, 60);

fn room(size: Size, world: &World, key: char) -> Model {
    let mut model = engaged(size, world, "Dana Ruiz");
    let effects = press(&mut model, [Key::Char(key)]);
    serve(&mut model, world, effects);
    model
}

pub(super) fn history(size: Size) -> Model {
    room(size, &World::acme(), '7')
}

pub(super) fn readiness(size: Size) -> Model {
    room(size, &World::acme(), '5')
}

#[test]
fn the_curve_can_be_shown_below_a_short_log_and_hidden() {
    let world = World::acme();
    let mut model = history(SMALL);
    let effects = press(&mut model, [Key::Char('v')]);
    serve(&mut model, &world, effects);
    insta::assert_snapshot!(text(&model));
    press(&mut model, [Key::Char('v')]);
    assert_eq!(text(&model), text(&history(SMALL)));
}

#[test]
fn a_search_in_the_log_marks_what_it_has_met_in_every_column() {
    let mut model = history(LARGE);
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "lin ticked");
    let (terminal, _) = drawn(&model);
    let hit = model.look.theme.hit;
    let marked: String = terminal
        .backend()
        .buffer()
        .content()
        .iter()
        .filter(|cell| Some(cell.fg) == hit.fg && cell.modifier.contains(hit.add_modifier))
        .map(ratatui::buffer::Cell::symbol)
        .collect();
    assert!(marked.starts_with("Linticked"), "{marked}");
}

#[test]
fn an_event_at_80_by_24() {
    let mut model = history(SMALL);
    let effects = press(&mut model, [Key::Enter]);
    serve(&mut model, &World::acme(), effects);
    let top = text(&model);
    press(&mut model, [Key::End]);
    insta::assert_snapshot!(format!("{top}\n{}", text(&model)));
}

#[test]
fn an_event_that_is_not_good_says_so() {
    let world = World::acme();
    let mut model = history(LARGE);
    let effects = press(&mut model, [Key::Enter]);
    serve(&mut model, &world, effects);
    if let Some(crate::tui::model::popup::Popup::Event(window)) = model.popups.last_mut() {
        window.opened.as_mut().unwrap().signed = Some("its signature is not good".to_owned());
    }
    assert!(text(&model).contains("NOT GOOD: its signature is not good"));
}

#[test]
fn a_stage_in_full_when_the_stages_have_the_keys() {
    let mut model = engaged(LARGE, &World::acme(), "Dana Ruiz");
    press(&mut model, [Key::BackTab]);
    let current = text(&model);
    press(&mut model, [Key::Down]);
    insta::assert_snapshot!(format!("{current}\n{}", text(&model)));
}

#[test]
fn an_item_of_a_shut_stage_says_what_holds_it_and_what_is_ready_early() {
    let mut world = World::acme();
    let field = "api_url".parse().unwrap();
    let value = "https://acme.example".to_owned();
    world.run("Dana Ruiz", &crate::domain::command::Command::SetField { field, value });
    world.observe("api", Verdict::Pass);
    let mut model = engaged(WIDE, &world, "Dana Ruiz");
    press(&mut model, [Key::BackTab, Key::Down, Key::Tab]);
    insta::assert_snapshot!(text(&model));
}

#[test]
fn every_room_draws_at_every_size() {
    for (width, height) in [(1, 1), (40, 12), (41, 13), (79, 17), (110, 18), (149, 22), (150, 23), (500, 200)]
    {
        for key in ['5', '7'] {
            let mut model = room(Size::new(width, height), &World::acme(), key);
            drawn(&model);
            press(&mut model, [Key::End, Key::Char('f'), Key::Down, Key::Enter, Key::Tab, Key::Down]);
            drawn(&model);
        }
    }
}
