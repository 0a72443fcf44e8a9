use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::domain::command::{Acting, Command, NewKey};
use crate::domain::ids::MemberName;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::input::{Key, Size};
use crate::tui::keymap::Context;
use crate::tui::model::kickoff::agenda::{Part, Point, Standing};
use crate::tui::model::kickoff::draft::Draft;
use crate::tui::model::kickoff::page::Row;
use crate::tui::model::popup::Popup;
use crate::tui::model::{Model, Now, Screen};
use crate::tui::msg::{Bulked, Failed, Msg, News};
use crate::tui::testing::*;
use crate::tui::update::update;
use crate::tui::view::view;

const SIZE: Size = Size::new(120, 40);

/// Acme with its kickoff shown, as Dana Ruiz, who leads.
fn shown() -> (World, Model) {
    shown_by("Dana Ruiz")
}

fn shown_by(who: &str) -> (World, Model) {
    let world = World::acme();
    let mut model = engaged(SIZE, &world, who);
    press(&mut model, [Key::Char('4')]);
    assert_eq!(model.context(), Context::Kickoff);
    (world, model)
}

/// An engagement with so many items of the developer Lin Chen, at the point at which they are ticked.
fn ticking(items: usize) -> (World, Model) {
    let mut world = World::new(long_runbook(items), "acme", "Acme Ltd");
    let key = NewKey::new(author("Lin Chen").key, "ssh-ed25519 BBBB".to_owned());
    world.run(
        "Dana Ruiz",
        &Command::Assign { role: role("developer"), member: person("Lin Chen"), key: Some(key) },
    );
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    press(&mut model, [Key::Char('4')]);
    go(&mut model, &Point::Tick);
    (world, model)
}

fn kickoff(model: &Model) -> &crate::tui::model::kickoff::Kickoff {
    &model.engagement().unwrap().kickoff
}

fn go(model: &mut Model, point: &Point) {
    let at = kickoff(model).agenda.points.iter().position(|p| p == point).unwrap();
    super::go_to(model, at);
    super::settle(model);
}

fn decision(id: &str) -> Point {
    Point::Decision(id.parse().unwrap())
}

fn draft(model: &Model) -> &Draft {
    kickoff(model).draft.as_ref().unwrap()
}

fn command(effects: &[Effect]) -> &Command {
    let [Effect::Execute { command, .. }] = effects else { panic!("{effects:?}") };
    command
}

fn toasts(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
}

fn news(model: &mut Model, world: &World, events: Vec<crate::domain::event::Event>) {
    update(model, Msg::News(News::Changed(world.change(events))), now());
}

#[test]
fn the_agenda_comes_from_the_runbook_and_is_walked_by_point_and_by_part() {
    let (_, mut model) = shown();
    let parts: Vec<Part> = kickoff(&model).agenda.parts().into_iter().map(|(part, ..)| part).collect();
    assert_eq!(
        parts,
        [Part::People, Part::Decisions, Part::Fields, Part::Plan, Part::Tick, Part::Open, Part::Summary]
    );
    super::go_to(&mut model, 0);
    for key in [Key::Char('n'), Key::Right, Key::PageDown, Key::Char(' ')] {
        let before = kickoff(&model).at;
        press(&mut model, [key]);
        assert_eq!(kickoff(&model).at, before + 1, "{key:?}");
    }
    for key in [Key::Char('p'), Key::Left, Key::PageUp] {
        let before = kickoff(&model).at;
        press(&mut model, [key]);
        assert_eq!(kickoff(&model).at, before - 1, "{key:?}");
    }
    let part = |model: &Model| kickoff(model).point().unwrap().part();
    super::go_to(&mut model, 0);
    press(&mut model, [Key::Tab, Key::Tab]);
    assert_eq!(part(&model), Part::Fields);
    press(&mut model, [Key::BackTab]);
    assert_eq!((part(&model), kickoff(&model).at), (Part::Decisions, 1));
    press(&mut model, [Key::Char('n'), Key::BackTab]);
    assert_eq!(kickoff(&model).at, 1, "first to the beginning of the part");
    press(&mut model, (0..50).map(|_| Key::Char('n')));
    assert_eq!(part(&model), Part::Summary);
}

#[test]
fn it_begins_at_the_first_open_point() {
    let (_, model) = shown();
    // Lin is the developer and Dana the architect, who sign in the stage in work.
    assert_eq!(kickoff(&model).point(), Some(&decision("gateway")));
    let young = World::new(runbook(), "acme", "Acme Ltd");
    let mut model = engaged(SIZE, &young, "Dana Ruiz");
    press(&mut model, [Key::Char('4')]);
    assert_eq!(kickoff(&model).point(), Some(&Point::People));
    assert_eq!(kickoff(&model).agenda.standing[0], Standing::Open);
}

#[test]
fn a_descriptor_counts_down_and_names_what_cannot_stand_in_it() {
    let (_, mut model) = shown();
    go(&mut model, &decision("descriptor"));
    press(&mut model, [Key::Enter]);
    assert_eq!(model.context(), Context::Draft);
    type_text(&mut model, "ACME SHOP BERLIN");
    assert_eq!((draft(&model).left, draft(&model).faults.len()), (Some(6), 0));
    type_text(&mut model, "*#");
    assert_eq!(draft(&model).faults, ["'*' '#' cannot stand in it"]);
    press(&mut model, [Key::Backspace, Key::Backspace]);
    type_text(&mut model, " and more");
    assert_eq!(draft(&model).left, Some(-3));
    assert_eq!(draft(&model).faults, ["3 too many"]);
    assert!(press(&mut model, [Key::Enter]).is_empty(), "refused while it is typed");
    assert!(kickoff(&model).draft.is_some());
    press(&mut model, (0..9).map(|_| Key::Backspace));
    let effects = press(&mut model, [Key::Enter]);
    let value = "ACME SHOP BERLIN".to_owned();
    assert_eq!(command(&effects), &Command::Propose { decision: "descriptor".parse().unwrap(), value });
    assert!(kickoff(&model).draft.is_none());
}

#[test]
fn what_is_typed_is_no_key_and_escape_takes_it_back() {
    let (_, mut model) = shown();
    go(&mut model, &decision("descriptor"));
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "quit npc 1");
    assert_eq!(draft(&model).text(), "quit npc 1");
    press(&mut model, [Key::Esc]);
    assert_eq!(model.context(), Context::Kickoff);
}

#[test]
fn a_choice_is_proposed_on_enter_and_agreed_by_a_further_key() {
    let (mut world, mut model) = shown();
    go(&mut model, &decision("gateway"));
    assert!(press(&mut model, [Key::Char('c')]).is_empty());
    assert_eq!(toasts(&model), ["Nothing is proposed yet: enter proposes."]);
    let effects = press(&mut model, [Key::Down, Key::Enter]);
    let proposed = command(&effects).clone();
    assert_eq!(proposed, Command::Propose { decision: "gateway".parse().unwrap(), value: "pai".into() });
    let events = world.run("Dana Ruiz", &proposed);
    news(&mut model, &world, events);
    assert_eq!(kickoff(&model).agenda.standing[1], Standing::Partly);
    let effects = press(&mut model, [Key::Char('c')]);
    let agreed = command(&effects).clone();
    assert_eq!(agreed, Command::Confirm { decision: "gateway".parse().unwrap(), value: None });
    let events = world.run("Dana Ruiz", &agreed);
    news(&mut model, &world, events);
    assert_eq!(kickoff(&model).agenda.standing[1], Standing::Settled);
    assert!(press(&mut model, [Key::Char('c')]).is_empty(), "agreed already");
}

#[test]
fn who_may_not_do_it_is_told_why_before_anything_is_typed() {
    let (_, mut model) = shown_by("Lin Chen");
    go(&mut model, &Point::People);
    press(&mut model, [Key::Enter]);
    assert!(kickoff(&model).draft.is_none());
    assert!(matches!(model.popups.last(), Some(Popup::Why(_))), "{:?}", model.popups);
}

#[test]
fn a_role_is_given_to_a_name_that_is_typed_or_offered() {
    let (_, mut model) = shown();
    go(&mut model, &Point::People);
    let at = kickoff(&model).page.rows.iter().position(|r| *r == Row::Role(role("qa"), None)).unwrap();
    press(&mut model, (0..at).map(|_| Key::Down));
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "om");
    assert_eq!(draft(&model).offered, [person("Omar Haddad")]);
    assert!(draft(&model).notes.is_empty());
    press(&mut model, [Key::Down]);
    assert!(draft(&model).notes.is_empty());
    let effects = press(&mut model, [Key::Enter]);
    let assign = |name: &str| Command::Assign { role: role("qa"), member: person(name), key: None };
    assert_eq!(command(&effects), &assign("Omar Haddad"));
    press(&mut model, [Key::Enter]);
    type_text(&mut model, "Ines Roth");
    assert_eq!(draft(&model).notes, ["joins with this role"]);
    assert_eq!(command(&press(&mut model, [Key::Enter])), &assign("Ines Roth"));
}

#[test]
fn who_is_here_is_marked_and_told_to_the_minutes() {
    let (_, mut model) = shown();
    go(&mut model, &Point::People);
    press(&mut model, [Key::Char(' ')]);
    let here: Vec<&MemberName> = kickoff(&model).here.iter().collect();
    assert_eq!(here.len(), 1);
    let effects = press(&mut model, [Key::Char('w')]);
    let [Effect::WriteMinutes { since, here, day, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((*since, here.len(), day.to_string().as_str()), (0, 1, "2026-11-21"));
}

#[test]
fn the_day_of_going_live_is_told_with_its_weekday_while_it_is_typed() {
    let (_, mut model) = shown();
    go(&mut model, &Point::Plan);
    press(&mut model, [Key::Enter]);
    assert_eq!(draft(&model).text(), "2026-12-12");
    press(&mut model, [Key::Ctrl('u')]);
    type_text(&mut model, "18 Dec");
    assert_eq!(draft(&model).notes, ["Friday, 18 December 2026, in 27 days"]);
    let effects = press(&mut model, [Key::Enter]);
    assert_eq!(command(&effects), &Command::SetTarget { target: "2026-12-18".parse().ok() });
    press(&mut model, [Key::Enter, Key::Ctrl('u')]);
    type_text(&mut model, "soon");
    assert!(press(&mut model, [Key::Enter]).is_empty());
    assert!(draft(&model).faults[0].contains("12 Dec"));
}

#[test]
fn an_open_point_is_written_down_from_any_page() {
    let (mut world, mut model) = shown();
    press(&mut model, [Key::Char('i')]);
    type_text(&mut model, "VAT number by Monday");
    let effects = press(&mut model, [Key::Enter]);
    let note = command(&effects).clone();
    assert_eq!(note, Command::Note { item: None, text: "VAT number by Monday".into() });
    let events = world.run("Dana Ruiz", &note);
    news(&mut model, &world, events);
    go(&mut model, &Point::Open);
    let text = |row: &Row| matches!(row, Row::Remark(None, _, text) if text == "VAT number by Monday");
    assert!(kickoff(&model).page.rows.iter().any(text));
}

#[test]
fn several_items_are_ticked_with_one_yes_and_taken_back_with_one_key() {
    let (mut world, mut model) = ticking(5);
    press(&mut model, [Key::Char(' '), Key::Char(' '), Key::Char(' '), Key::Char('k'), Key::Char('k')]);
    // The second mark is taken off again.
    press(&mut model, [Key::Char(' ')]);
    assert_eq!(kickoff(&model).marks.len(), 2);
    press(&mut model, [Key::Char('t')]);
    let Some(Popup::Confirm(confirm)) = model.popups.last() else { panic!("{:?}", model.popups) };
    assert_eq!(confirm.question, "Tick 2 items?");
    assert!(confirm.words[0].ends_with(": Lin Chen as Developer, recorded by you"), "{:?}", confirm.words);
    let effects = press(&mut model, [Key::Char('y')]);
    let [Effect::ExecuteAll { request, acts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let behalf = Capacity { role: Some(role("developer")), on_behalf_of: Some(person("Lin Chen")) };
    assert_eq!(acts.clone(), [(behalf.clone(), tick("i0")), (behalf, tick("i2"))]);
    let request = *request;
    let mut events = Vec::new();
    for (capacity, command) in acts.clone() {
        let acting = Acting {
            role: capacity.role,
            on_behalf_of: capacity.on_behalf_of,
            ..Acting::new(author("Dana Ruiz"))
        };
        events.extend(world.run_as(&acting, &command));
    }
    let answer = Bulked { change: Some(world.change(events)), failed: Vec::new() };
    update(&mut model, Msg::Bulked { request, answer }, now());
    assert_eq!(toasts(&model), ["2 ticked"]);
    assert!(kickoff(&model).marks.is_empty());
    let left: Vec<_> = kickoff(&model).page.rows.iter().collect();
    assert_eq!(left.len(), 3);
    let effects = press(&mut model, [Key::Char('U')]);
    let [Effect::ExecuteAll { acts, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let seq = world.state.head.seq;
    let undo = |seq| (Capacity::default(), Command::Undo { seq: Some(seq) });
    assert_eq!(acts.clone(), [undo(seq), undo(seq - 1)], "the last first");
    assert!(press(&mut model, [Key::Char('U')]).is_empty(), "once");
}

#[test]
fn what_was_refused_of_many_is_said_in_one_line() {
    let (world, mut model) = ticking(3);
    press(&mut model, [Key::Char(' '), Key::Char(' '), Key::Char('t')]);
    let effects = press(&mut model, [Key::Char('y')]);
    let [Effect::ExecuteAll { request, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let refused = Failed::Refused(Box::new(crate::domain::refusal::Refusal::AlreadyTicked));
    let answer = Bulked { change: Some(world.change(Vec::new())), failed: vec![refused.clone(), refused] };
    update(&mut model, Msg::Bulked { request: *request, answer }, now());
    assert_eq!(toasts(&model).len(), 1);
    assert!(toasts(&model)[0].starts_with("0 ticked, 2 not: "), "{:?}", toasts(&model));
}

#[test]
fn an_item_that_only_the_person_signs_is_not_marked_for_them() {
    let mut world = World::new(long_runbook(2), "acme", "Acme Ltd");
    let stages = {
        let mut stages = world.runbook.stages().to_vec();
        stages[0].items[0].self_signed = true;
        stages
    };
    world.runbook = std::sync::Arc::new(world.runbook.with_stages(stages));
    let key = NewKey::new(author("Lin Chen").key, "ssh-ed25519 BBBB".to_owned());
    world.run(
        "Dana Ruiz",
        &Command::Assign { role: role("developer"), member: person("Lin Chen"), key: Some(key) },
    );
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    press(&mut model, [Key::Char('4')]);
    go(&mut model, &Point::Tick);
    assert!(matches!(kickoff(&model).page.rows[0], Row::Item(_, Some("signed by the person alone"))));
    press(&mut model, [Key::Char(' ')]);
    assert!(kickoff(&model).marks.is_empty());
    let said = format!("{:?} {:?}", model.popups, toasts(&model));
    assert!(said.contains("key of their own"), "{said}");
}

#[test]
fn an_item_of_two_owners_takes_both_signatures_at_once() {
    let mut world = World::acme();
    world.run("Dana Ruiz", &Command::Untick { item: item_id("payment"), part: None, reason: "again".into() });
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    press(&mut model, [Key::Char('4')]);
    go(&mut model, &Point::Tick);
    let payment = world.runbook.place("payment").unwrap();
    let at =
        kickoff(&model).page.rows.iter().position(|r| matches!(r, Row::Item(p, _) if *p == payment)).unwrap();
    press(&mut model, (0..at).map(|_| Key::Down));
    press(&mut model, [Key::Char(' ')]);
    let labels: Vec<_> =
        kickoff(&model).marks[&item_id("payment")].iter().map(|s| s.label.as_str()).collect();
    assert_eq!(labels, ["Lin Chen as Developer, recorded by you", "Dana Ruiz as Solution Architect"]);
}

#[test]
fn another_person_of_the_role_can_be_taken() {
    let (mut world, mut model) = ticking(2);
    press(&mut model, [Key::Char(' '), Key::Up, Key::Char('o')]);
    assert_eq!(toasts(&model), ["Nobody else can sign it in the room."]);
    let assign = Command::Assign { role: role("developer"), member: person("Ines Roth"), key: None };
    let events = world.run("Dana Ruiz", &assign);
    news(&mut model, &world, events);
    press(&mut model, [Key::Char('o')]);
    assert_eq!(kickoff(&model).marks[&item_id("i0")][0].label, "Ines Roth as Developer, recorded by you");
    press(&mut model, [Key::Char('o')]);
    assert_eq!(kickoff(&model).marks[&item_id("i0")][0].label, "Lin Chen as Developer, recorded by you");
}

#[test]
fn time_runs_from_the_first_step_and_wakes_only_the_screen_that_shows_it() {
    let (_, mut model) = shown();
    model.toasts = crate::tui::model::toast::Toasts::default();
    assert_eq!(kickoff(&model).begun, None);
    press(&mut model, [Key::Char('n')]);
    let begun = kickoff(&model).begun.unwrap();
    assert_eq!(begun.seq, model.engagement().unwrap().state.head.seq);
    assert_eq!(model.wake(), Some(Duration::from_mins(1)));
    let later = Now { up: now().up + Duration::from_secs(90), ..now() };
    update(&mut model, Msg::Due, later);
    assert_eq!(model.wake(), Some(Duration::from_secs(30)));
    update(&mut model, Msg::Key(Key::Esc), later);
    let mut other = engaged(SIZE, &World::acme(), "Dana Ruiz");
    update(&mut other, Msg::Due, later);
    assert_eq!(model.wake(), other.wake(), "nothing wakes up elsewhere");
}

#[test]
fn leaving_in_the_middle_keeps_where_it_was() {
    let (world, mut model) = shown();
    go(&mut model, &Point::Plan);
    press(&mut model, [Key::Char('b'), Key::Char('2'), Key::Char('4')]);
    assert_eq!(kickoff(&model).point(), Some(&Point::Plan));
    let begun = kickoff(&model).begun;
    assert!(begun.is_some());
    press(&mut model, [Key::Char('1')]);
    assert!(matches!(model.screen, Screen::Overview));
    let effect = model.open(world.state.engagement.clone());
    let Effect::Open { request, .. } = effect else { panic!("{effect:?}") };
    update(&mut model, Msg::Opened { request, answer: Ok(world.snapshot()) }, now());
    press(&mut model, [Key::Char('4')]);
    assert_eq!((kickoff(&model).point(), kickoff(&model).begun), (Some(&Point::Plan), begun));
}

#[test]
fn the_minutes_tell_what_happened_since_it_was_begun() {
    let (_, mut model) = shown();
    press(&mut model, [Key::Char('b')]);
    let seq = model.engagement().unwrap().state.head.seq;
    let effects = press(&mut model, [Key::Char('w')]);
    let [Effect::WriteMinutes { request, since, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*since, seq);
    let answer = Ok(vec!["a.md".to_owned(), "a.html".to_owned()]);
    update(&mut model, Msg::MinutesWritten { request: *request, answer }, now());
    assert!(toasts(&model).contains(&"Minutes written: a.md and a.html".to_owned()));
    assert!(model.engagement().unwrap().pending.is_empty());
}

#[test]
fn whatever_is_pressed_on_any_page_can_be_drawn_and_left() {
    let keys = "npctoUxwibumd?:jkgG ".chars().map(Key::Char);
    let keys: Vec<Key> = keys.chain([Key::Enter, Key::Tab, Key::BackTab, Key::Esc, Key::Delete]).collect();
    for key in keys {
        let (_, mut model) = shown();
        for at in 0..kickoff(&model).agenda.points.len() {
            super::go_to(&mut model, at);
            press(&mut model, [key]);
            let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap();
            terminal.draw(|frame| drop(view(&model, frame))).unwrap();
            press(&mut model, [Key::Esc, Key::Esc, Key::Esc]);
            assert!(model.popups.is_empty() && model.context().is_screen(), "{key:?} on page {at}");
            if model.engagement().is_none() {
                (_, model) = shown();
            }
            press(&mut model, [Key::Char('4')]);
        }
    }
}
