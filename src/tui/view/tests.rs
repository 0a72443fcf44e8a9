use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::regions::{Regions, Target};
use super::view;
use crate::domain::ids::MemberName;
use crate::domain::summary::Summary;
use crate::tui::glyphs::ASCII;
use crate::tui::input::{Key, Size};
use crate::tui::keymap::{Context, KEYMAP};
use crate::tui::model::Model;
use crate::tui::msg::Msg;
use crate::tui::testing::{World, engaged, long_runbook, now, portfolio, press};
use crate::tui::theme::Theme;
use crate::tui::update::update;

pub(super) fn drawn(model: &Model) -> (Terminal<TestBackend>, Regions) {
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    let mut regions = Regions::default();
    terminal.draw(|frame| regions = view(model, frame)).unwrap();
    (terminal, regions)
}

pub(super) fn text(model: &Model) -> String {
    let (terminal, _) = drawn(model);
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(crate::tui::width::width(symbol).max(1)).unwrap();
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

pub(super) fn plain(mut model: Model) -> Model {
    model.look.glyphs = ASCII;
    model.look.theme = Theme::PLAIN;
    model
}

pub(super) const SMALL: Size = Size::new(80, 24);
pub(super) const LARGE: Size = Size::new(120, 40);

fn three() -> Vec<Summary> {
    let acme = World::acme().summary();
    let mut live = acme.clone();
    live.engagement = crate::domain::ids::EngagementId::new("bolt").unwrap();
    live.name = "Bolt Bikes".into();
    live.current = None;
    live.regressed = 0;
    live.waiting_on.clear();
    live.stages.iter_mut().for_each(|s| s.complete = true);
    live.done = live.total;
    let mut young = World::new(crate::tui::testing::runbook(), "cedar", "Cedar & Sons").summary();
    young.target = None;
    vec![live, young, acme]
}

#[test]
fn windows_at_80_by_24() {
    let mut model = engaged(SMALL, &World::acme(), "Dana Ruiz");
    let mut shown = Vec::new();
    for keys in ["?", ":", "b", "d", "m", "n", " "] {
        press(&mut model, keys.chars().map(Key::Char));
        shown.push(text(&model));
        press(&mut model, [Key::Esc]);
        assert!(model.popups.is_empty(), "{keys}");
    }
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn help_lists_every_key_of_the_screen() {
    let model = engaged(Size::new(100, 200), &World::acme(), "Dana Ruiz");
    let mut model = model;
    press(&mut model, [Key::Char('?')]);
    let text = text(&model);
    for row in KEYMAP.iter().filter(|row| row.contexts.contains(&Context::Engagement)) {
        assert!(text.contains(row.help), "{}", row.help);
        assert!(text.contains(&row.keys[0].name()), "{}", row.keys[0].name());
    }
}

#[test]
fn nothing_is_told_by_colour_alone() {
    let coloured = text(&engaged(LARGE, &World::acme(), "Dana Ruiz"));
    let mut model = engaged(LARGE, &World::acme(), "Dana Ruiz");
    model.look.theme = Theme::PLAIN;
    assert_eq!(coloured, text(&model));
    let (terminal, _) = drawn(&model);
    let plain = terminal
        .backend()
        .buffer()
        .content()
        .iter()
        .all(|c| c.fg == ratatui::style::Color::Reset && c.bg == ratatui::style::Color::Reset);
    assert!(plain);
}

#[test]
fn hostile_names_leave_nothing_raw_on_the_screen() {
    let hostile =
        "A\u{1b}]0;x\u{7}\u{202e}\u{200b}\u{2028}\u{9b}31m東京e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";
    let mut world = World::acme();
    world.state.name = hostile.to_owned();
    let mut runbook = crate::tui::testing::runbook();
    runbook.provider = hostile.to_owned();
    for role in runbook.roles.values_mut() {
        role.name = hostile.to_owned();
    }
    world.runbook = std::sync::Arc::new(runbook);
    let mut row = world.summary();
    row.waiting_on[0].people = vec![MemberName::new("Eve\u{202e}nad").unwrap()];
    for model in [engaged(LARGE, &world, "Dana Ruiz"), portfolio(LARGE, vec![row])] {
        let text = text(&model);
        let raw = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{2028}".contains(c));
        assert!(!text.contains(raw), "{text:?}");
        assert!(text.contains("␛]0;x"), "{text}");
    }
}

#[test]
fn only_rows_in_sight_can_be_hit() {
    let world = World::new(long_runbook(10_000), "long", "Long");
    let model = engaged(Size::new(200, 60), &world, "Dana Ruiz");
    let (_, regions) = drawn(&model);
    let hits = (0..60).filter(|y| matches!(regions.hit(80, *y), Some(Target::PanelRow(_, _)))).count();
    // Headings lie between them: they cannot be chosen.
    assert_eq!(hits, 50);
}

#[test]
fn a_click_opens_what_is_drawn_there() {
    let mut model = portfolio(SMALL, three());
    let (_, regions) = drawn(&model);
    let target = regions.hit(10, 5).unwrap().clone();
    assert_eq!(target, Target::PortfolioRow(2));
    assert!(update(&mut model, Msg::Press(target.clone()), now()).is_empty());
    let effects = update(&mut model, Msg::Press(target), now());
    assert!(matches!(effects.as_slice(), [crate::tui::effect::Effect::Open { .. }]));
}

#[test]
fn the_smallest_and_the_largest_screens_draw() {
    for (width, height) in [(1, 1), (2, 1), (1, 9), (39, 11), (40, 12), (79, 24), (110, 13), (500, 200)] {
        let size = Size::new(width, height);
        drawn(&portfolio(size, three()));
        let mut model = engaged(size, &World::acme(), "Dana Ruiz");
        for key in ['?', 'b', 'd', 'm', ':'] {
            press(&mut model, [Key::Char(key)]);
            drawn(&model);
            press(&mut model, [Key::Esc]);
        }
    }
}

#[test]
fn a_buffer_of_another_size_than_the_model_thinks_draws() {
    let model = engaged(LARGE, &World::acme(), "Dana Ruiz");
    let mut terminal = Terminal::new(TestBackend::new(30, 7)).unwrap();
    terminal.draw(|frame| drop(view(&model, frame))).unwrap();
}
