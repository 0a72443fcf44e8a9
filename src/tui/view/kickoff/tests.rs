use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::domain::command::{Command, NewKey};
use crate::tui::glyphs::ASCII;
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::model::kickoff::agenda::Point;
use crate::tui::testing::*;
use crate::tui::theme::Theme;
use crate::tui::view::regions::{Regions, Target};
use crate::tui::view::view;

const SIZES: [Size; 4] = [Size::new(80, 24), Size::new(120, 40), Size::new(200, 60), Size::new(40, 12)];

fn drawn(model: &Model) -> (String, Regions) {
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    let mut regions = Regions::default();
    terminal.draw(|frame| regions = view(model, frame)).unwrap();
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
    (out, regions)
}

/// Acme before anything was decided, in its first stage.
fn young() -> World {
    let mut world = World::new(runbook(), "acme", "Acme Ltd");
    let key = NewKey::new(author("Lin Chen").key, "ssh-ed25519 BBBB".to_owned());
    let assign = |who: &str, what: &str, key| Command::Assign { role: role(what), member: person(who), key };
    world.run("Dana Ruiz", &assign("Lin Chen", "developer", Some(key)));
    world.run("Dana Ruiz", &assign("Omar Haddad", "business", None));
    world
}

fn shown(size: Size, world: &World) -> Model {
    let mut model = engaged(size, world, "Dana Ruiz");
    press(&mut model, [Key::Char('4')]);
    model
}

fn go(model: &mut Model, point: &Point) {
    let points = &model.engagement().unwrap().kickoff.agenda.points;
    let at = points.iter().position(|p| p == point).unwrap();
    crate::tui::update::update(model, crate::tui::msg::Msg::Press(Target::Agenda(at)), now());
}

fn descriptor() -> Point {
    Point::Decision("descriptor".parse().unwrap())
}

/// The pages of a kickoff, one under the other, on a screen of a size.
fn pages(size: Size, look: impl Fn(&mut Model)) -> String {
    let world = young();
    let mut model = shown(size, &world);
    look(&mut model);
    let mut out = Vec::new();
    go(&mut model, &Point::People);
    press(&mut model, [Key::Char(' ')]);
    out.push(drawn(&model).0);
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "om");
    out.push(drawn(&model).0);
    press(&mut model, [Key::Esc]);
    go(&mut model, &Point::Decision("gateway".parse().unwrap()));
    out.push(drawn(&model).0);
    go(&mut model, &descriptor());
    out.push(drawn(&model).0);
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "ACME SHOP");
    out.push(drawn(&model).0);
    type_text(&mut model, "* BERLIN AND MORE");
    out.push(drawn(&model).0);
    press(&mut model, [Key::Esc]);
    go(&mut model, &Point::Field("api_url".parse().unwrap()));
    out.push(drawn(&model).0);
    go(&mut model, &Point::Plan);
    out.push(drawn(&model).0);
    go(&mut model, &Point::Tick);
    press(&mut model, [Key::Char(' ')]);
    out.push(drawn(&model).0);
    press(&mut model, [Key::Char('t')]);
    out.push(drawn(&model).0);
    press(&mut model, [Key::Char('n')]);
    go(&mut model, &Point::Open);
    out.push(drawn(&model).0);
    go(&mut model, &Point::Summary);
    out.push(drawn(&model).0);
    out.join("\n")
}

#[test]
fn the_kickoff_at_80_by_24() {
    insta::assert_snapshot!(pages(SIZES[0], |_| {}));
}

#[test]
fn the_kickoff_at_120_by_40() {
    insta::assert_snapshot!(pages(SIZES[1], |_| {}));
}

#[test]
fn the_kickoff_at_200_by_60() {
    insta::assert_snapshot!(pages(SIZES[2], |_| {}));
}

#[test]
fn the_kickoff_at_40_by_12() {
    insta::assert_snapshot!(pages(SIZES[3], |_| {}));
}

#[test]
fn the_kickoff_in_ascii_without_colour() {
    let text = pages(SIZES[1], |model| {
        model.look.glyphs = ASCII;
        model.look.theme = Theme::PLAIN;
    });
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_in_it_is_told_by_colour_alone() {
    let coloured = pages(SIZES[1], |_| {});
    assert_eq!(coloured, pages(SIZES[1], |model| model.look.theme = Theme::PLAIN));
}

#[test]
fn a_name_that_cannot_be_drawn_large_is_drawn_plain_and_safe() {
    let mut world = young();
    let mut runbook = runbook();
    runbook.decisions[0].title = "東京 \u{1b}]0;x\u{7}\u{202e} decision".to_owned();
    world.runbook = std::sync::Arc::new(runbook);
    world.state.name = "A\u{1b}[2J\u{202e}".to_owned();
    for size in SIZES {
        let mut model = shown(size, &world);
        for at in [0, 1] {
            crate::tui::update::update(&mut model, crate::tui::msg::Msg::Press(Target::Agenda(at)), now());
            let (text, _) = drawn(&model);
            let raw = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!text.contains(raw), "{text:?}");
        }
    }
}

#[test]
fn every_size_draws_every_page() {
    let world = young();
    for (width, height) in [(1, 1), (40, 12), (41, 13), (59, 12), (100, 12), (99, 70), (500, 200)] {
        let mut model = shown(Size::new(width, height), &world);
        for at in 0..model.engagement().unwrap().kickoff.agenda.points.len() {
            crate::tui::update::update(&mut model, crate::tui::msg::Msg::Press(Target::Agenda(at)), now());
            drawn(&model);
            press(&mut model, [Key::Enter]);
            type_text(&mut model, &"wide 東京 ".repeat(30));
            drawn(&model);
            press(&mut model, [Key::Esc]);
            crate::tui::update::update(&mut model, crate::tui::msg::Msg::Key(Key::Char('4')), now());
        }
    }
}

#[test]
fn a_click_on_the_agenda_goes_there() {
    let mut model = shown(SIZES[1], &young());
    let (text, regions) = drawn(&model);
    let row = text.lines().position(|line| line.contains("Open points")).unwrap();
    let target = regions.hit(5, u16::try_from(row).unwrap()).unwrap().clone();
    crate::tui::update::update(&mut model, crate::tui::msg::Msg::Press(target), now());
    assert_eq!(model.engagement().unwrap().kickoff.point(), Some(&Point::Open));
}

#[test]
fn only_rows_in_sight_can_be_hit_however_many_there_are() {
    let mut model = shown(SIZES[1], &World::new(long_runbook(10_000), "long", "Long"));
    go(&mut model, &Point::Tick);
    press(&mut model, [Key::Char('G')]);
    let (text, regions) = drawn(&model);
    let hits = (0..40).filter(|y| matches!(regions.hit(80, *y), Some(Target::Row(_)))).count();
    assert!((5..40).contains(&hits), "{text}");
}
