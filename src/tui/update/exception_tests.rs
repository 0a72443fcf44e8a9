//! Waivers, break-glass and evidence, pressed and drawn.

use chrono::TimeDelta;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::domain::command::{Command, NewEvidence};
use crate::domain::digest::Digest;
use crate::domain::ids::StageId;
use crate::tui::effect::Effect;
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::testing::*;
use crate::tui::theme::Theme;
use crate::tui::view::{detail, view};

const SIZE: Size = Size::new(120, 40);
const NARROW: Size = Size::new(40, 12);

fn at(model: &mut Model, item: &str) {
    let engagement = model.engagement_mut().unwrap();
    let place = engagement.runbook.place(item).unwrap();
    engagement.jump(place);
}

fn typed(model: &mut Model, key: char, text: &str) -> Vec<Effect> {
    press(model, [Key::Char(key)]);
    type_text(model, text);
    press(model, [Key::Enter])
}

fn command(effects: &[Effect]) -> Command {
    match effects {
        [Effect::Execute { command, .. }] => command.clone(),
        other => panic!("{other:?}"),
    }
}

/// What is on the screen, without colour.
fn text(model: &mut Model) -> String {
    model.look.theme = Theme::PLAIN;
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    terminal.draw(|frame| drop(view(model, frame))).unwrap();
    terminal.backend().to_string()
}

/// The detail of the item under the cursor, wide enough that nothing is wrapped.
fn detail_of(model: &Model) -> String {
    let engagement = model.engagement().unwrap();
    format!("{:?}", detail::lines(engagement, &model.look, model.now.at, 300))
}

fn glass(world: &mut World, stage: Option<&str>) {
    let stage = stage.map(|s| StageId::new(s).unwrap());
    let until = world.at + TimeDelta::hours(6);
    world.run("Dana Ruiz", &Command::BreakGlass { stage, reason: "the shop is down".into(), until });
}

#[test]
fn an_exception_is_asked_for_with_a_day_or_for_thirty() {
    for (said, until, reason) in [
        ("on the way", noon() + TimeDelta::days(30), "on the way"),
        ("2026-12-01 on the way", "2026-12-01T23:59:59Z".parse().unwrap(), "on the way"),
    ] {
        let mut model = engaged(SIZE, &World::acme(), "Lin Chen");
        at(&mut model, "cards");
        let asked = command(&typed(&mut model, 'w', said));
        let wanted = Command::RequestWaiver { item: item_id("cards"), reason: reason.into(), until };
        assert_eq!(asked, wanted);
    }
}

#[test]
fn an_exception_that_somebody_else_asks_for_is_shown_and_granted_on_yes() {
    let mut world = World::acme();
    let until = world.at + TimeDelta::days(9);
    let ask = Command::RequestWaiver { item: item_id("cards"), reason: "on the way".into(), until };
    world.run("Lin Chen", &ask);
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    at(&mut model, "cards");
    assert!(detail_of(&model).contains("Lin Chen asks for an exception until"));
    assert_eq!(press(&mut model, [Key::Char('w')]), []);
    assert!(text(&mut model).contains("on the way"));
    let granted = command(&press(&mut model, [Key::Char('y')]));
    assert_eq!(granted, Command::GrantWaiver { item: item_id("cards") });
    world.run("Dana Ruiz", &granted);
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let shown = text(&mut model);
    assert!(shown.contains("+1 waived") && shown.contains("3 of 5 +1 waived"), "{shown}");
}

#[test]
fn break_glass_takes_a_length_and_a_reason_and_is_never_pressed_by_accident() {
    let mut model = engaged(SIZE, &World::acme(), "Dana Ruiz");
    at(&mut model, "switch");
    assert_eq!(press(&mut model, [Key::Char('!'), Key::Enter]), [], "first which gate");
    type_text(&mut model, "now");
    assert_eq!(press(&mut model, [Key::Enter]), []);
    assert!(text(&mut model).contains("first how long, then why"));
    type_text(&mut model, " please");
    assert_eq!(press(&mut model, [Key::Enter]), []);
    press(&mut model, [Key::Esc]);
    press(&mut model, [Key::Char('!'), Key::Enter]);
    type_text(&mut model, "4h the shop is down");
    let until = noon() + TimeDelta::hours(4);
    let broken = command(&press(&mut model, [Key::Enter]));
    let stage = Some(StageId::new("golive").unwrap());
    assert_eq!(broken, Command::BreakGlass { stage, reason: "the shop is down".into(), until });
    let mut model = engaged(SIZE, &World::acme(), "Lin Chen");
    at(&mut model, "switch");
    press(&mut model, [Key::Char('!'), Key::Enter]);
    assert!(text(&mut model).contains("lead"), "who is no lead is told so before typing");
}

#[test]
fn an_emergency_is_in_words_on_every_screen_and_can_be_ended() {
    let mut world = World::acme();
    glass(&mut world, Some("golive"));
    for size in [SIZE, NARROW] {
        assert!(text(&mut engaged(size, &world, "Lin Chen")).contains("BREAK-GLASS"), "{size:?}");
        assert!(text(&mut portfolio(size, vec![world.summary()])).contains("BREAK-GLASS"), "{size:?}");
    }
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    at(&mut model, "switch");
    press(&mut model, [Key::Char('b')]);
    let why = text(&mut model);
    assert!(why.contains("opened by BREAK-GLASS") && why.contains("the shop is down"), "{why}");
    press(&mut model, [Key::Esc, Key::Char('!'), Key::Enter]);
    type_text(&mut model, "it is up again");
    let stage = Some(StageId::new("golive").unwrap());
    let ended = command(&press(&mut model, [Key::Enter]));
    assert_eq!(ended, Command::MendGlass { stage, reason: "it is up again".into() });
}

#[test]
fn who_is_missing_is_told_where_the_gate_is_shut() {
    let mut world = World::acme();
    let lin = Command::Unassign { role: role("developer"), member: person("Lin Chen") };
    world.run("Dana Ruiz", &lin);
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    at(&mut model, "switch");
    press(&mut model, [Key::Char('b')]);
    assert!(text(&mut model).contains("Cannot be opened by the members there are: nobody holds Developer."));
}

#[test]
fn evidence_is_a_text_or_a_file_and_can_be_taken_off() {
    let mut world = World::acme();
    let mut model = engaged(SIZE, &world, "Lin Chen");
    at(&mut model, "cards");
    let attached = command(&typed(&mut model, 'e', "https://ci.example/1"));
    assert_eq!(
        attached,
        Command::AddEvidence { item: item_id("cards"), evidence: "https://ci.example/1".into() }
    );
    let effects = typed(&mut model, 'e', "@/tmp/report.pdf");
    let path = |e: &Effect| match e {
        Effect::AttachFile { path, item, .. } => Some((path.clone(), item.clone())),
        _ => None,
    };
    assert_eq!(effects.iter().find_map(path), Some(("/tmp/report.pdf".into(), item_id("cards"))));
    let file = NewEvidence::File { name: "report.pdf".into(), size: 11, digest: Digest::of(b"all is well") };
    world.run("Lin Chen", &Command::AddEvidence { item: item_id("cards"), evidence: file });
    let mut model = engaged(SIZE, &world, "Lin Chen");
    at(&mut model, "cards");
    assert!(detail_of(&model).contains("report.pdf (file of 11 bytes"));
    press(&mut model, [Key::Char('e'), Key::Char('j')]);
    let removed = command(&press(&mut model, [Key::Enter]));
    assert_eq!(
        removed,
        Command::RemoveEvidence { item: item_id("cards"), digest: Digest::of(b"all is well") }
    );
}

#[test]
fn a_signature_that_no_longer_counts_says_why() {
    let mut world = World::acme();
    let command = Command::Reject { item: item_id("customer"), reason: "wrong account".into() };
    world.run("Dana Ruiz", &command);
    let mut model = engaged(SIZE, &world, "Lin Chen");
    at(&mut model, "customer");
    let shown = detail_of(&model);
    assert!(shown.contains("no longer counts: sent back by Dana Ruiz: wrong account"), "{shown}");
}
