use super::*;
use crate::domain::runbook::Place;
use crate::tui::glyphs::{ASCII, UNICODE};
use crate::tui::input::{Key, Size};
use crate::tui::testing::{World, engaged, long_runbook, noon, press, type_text, validated};
use crate::tui::theme::Theme;
use crate::tui::view::tests::{drawn, text};

const SMALL: Size = Size::new(80, 24);
const LARGE: Size = Size::new(120, 40);

#[test]
fn the_board_when_it_is_ready_and_when_passes_are_too_old() {
    insta::assert_snapshot!("ready", text(&validated(LARGE, &World::ready(), "Dana Ruiz", 3)));
    let mut old = validated(LARGE, &World::ready(), "Dana Ruiz", 30);
    insta::assert_snapshot!("unknown", text(&old));
    press(&mut old, [Key::Char('c')]);
    insta::assert_snapshot!("running", text(&old));
    press(&mut old, [Key::Char('f')]);
    insta::assert_snapshot!("open-only", text(&old));
}

#[test]
fn the_proof_and_the_windows_of_a_decision() {
    let mut model = validated(LARGE, &World::ready(), "Dana Ruiz", 3);
    press(&mut model, [Key::End, Key::Enter]);
    insta::assert_snapshot!("proof-of-a-signature", text(&model));
    press(&mut model, [Key::Esc, Key::Char('g'), Key::Enter]);
    type_text(&mut model, "all is well");
    let mut shown = vec![text(&model)];
    press(&mut model, [Key::Enter]);
    shown.push(text(&model));
    press(&mut model, [Key::Enter]);
    shown.push(text(&model));
    insta::assert_snapshot!("decision", shown.join("\n"));
}

#[test]
fn what_is_not_known_yet_is_not_shown_as_anything() {
    let mut model = engaged(SMALL, &World::ready(), "Dana Ruiz");
    press(&mut model, [Key::Char('6')]);
    let shown = text(&model);
    assert!(shown.contains("reading what the checks said last") && !shown.contains("READY"), "{shown}");
}

#[test]
fn only_what_is_done_has_the_sign_and_the_colour_of_what_is_done() {
    let at = noon();
    let freshness = [
        Freshness::Fresh { passed: at, until: at },
        Freshness::Old { passed: Some(at) },
        Freshness::Old { passed: None },
        Freshness::Facts,
        Freshness::Current { until: Some(at) },
        Freshness::Current { until: None },
        Freshness::Nothing,
    ];
    let dark = crate::tui::look::Look::default().theme;
    for ground in Ground::ALL {
        for freshness in freshness {
            let about = About::Item(Place { stage: 0, item: 0 });
            let criterion = Criterion { about, role: None, ground, freshness, open: None };
            for glyphs in [UNICODE, ASCII] {
                assert_eq!(sign(&glyphs, &criterion) == glyphs.done, ground.done(), "{criterion:?}");
            }
            assert_eq!(colour(&dark, ground) == dark.good, ground.done());
        }
    }
}

#[test]
fn nothing_on_the_board_is_told_by_colour_alone() {
    let coloured = validated(LARGE, &World::acme(), "Dana Ruiz", 3);
    let mut model = validated(LARGE, &World::acme(), "Dana Ruiz", 3);
    model.look.theme = Theme::PLAIN;
    assert_eq!(text(&coloured), text(&model));
}

#[test]
fn ten_thousand_criteria_are_drawn_as_far_as_they_are_in_sight() {
    let world = World::new(long_runbook(10_000), "long", "Long");
    let mut model = validated(Size::new(200, 60), &world, "Dana Ruiz", 3);
    press(&mut model, [Key::End]);
    let (_, regions) = drawn(&model);
    let hits = (0..60).filter(|y| matches!(regions.hit(80, *y), Some(Target::Row(_)))).count();
    assert_eq!(hits, 52);
    assert!(text(&model).contains("Item number 9999"));
}

#[test]
fn a_hostile_reason_leaves_nothing_raw_on_the_board_or_in_a_proof() {
    let mut world = World::ready();
    let item = crate::tui::testing::item_id("restricted");
    let hostile = "A\u{1b}]0;x\u{7}\u{202e}\u{200b}\u{9b}31m";
    let mut state = world.state.clone();
    state.items.get_mut(&item).unwrap().not_applicable.as_mut().unwrap().text = hostile.to_owned();
    world.state = state;
    let mut model = validated(LARGE, &world, "Dana Ruiz", 3);
    for _ in 0..30 {
        press(&mut model, [Key::Char('j'), Key::Enter]);
        let shown = text(&model);
        let raw = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!shown.contains(raw), "{shown:?}");
        press(&mut model, [Key::Esc]);
    }
}

#[test]
fn every_size_draws_with_and_without_a_window() {
    for (width, height) in [(1, 1), (40, 12), (41, 13), (63, 15), (66, 18), (80, 24), (500, 200)] {
        for minutes in [3, 30] {
            let mut model = validated(Size::new(width, height), &World::ready(), "Dana Ruiz", minutes);
            drawn(&model);
            for keys in [[Key::Enter, Key::Char('G')], [Key::Char('g'), Key::Enter]] {
                press(&mut model, keys);
                drawn(&model);
                press(&mut model, [Key::Esc]);
            }
        }
    }
}
