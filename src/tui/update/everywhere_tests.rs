//! What holds on every screen: search, keys of one's own, help, palette, undo, copying, the newcomer's steps.

use std::time::Duration;

use super::update;
use crate::app::notify::{Notice, Occasion};
use crate::domain::command::Command;
use crate::domain::verdict::Verdict;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::input::{Key, Size};
use crate::tui::keymap::{Act, Context, Keymap, Wish};
use crate::tui::model::engagement::Room;
use crate::tui::model::guide::Guide;
use crate::tui::model::popup::{Deed, Popup};
use crate::tui::model::{Model, Now};
use crate::tui::msg::{Failed, Msg, News};
use crate::tui::next::acts;
use crate::tui::testing::rooms::serve;
use crate::tui::testing::*;
use crate::tui::view::help::HelpRow;

const SIZE: Size = Size::new(120, 40);

fn acme() -> (World, Model) {
    let world = World::acme();
    let model = engaged(SIZE, &world, "Dana Ruiz");
    (world, model)
}

fn go_to(model: &mut Model, item: &str) {
    let engagement = model.engagement_mut().unwrap();
    let place = engagement.runbook.place(item).unwrap();
    engagement.jump(place);
}

fn toasts(model: &Model) -> Vec<String> {
    model.toasts.shown().map(|t| t.text.clone()).collect()
}

#[test]
fn a_tick_offers_its_undo_and_the_undo_says_what_was_taken_back() {
    let (mut world, _) = acme();
    let mut model = engaged(SIZE, &world, "Lin Chen");
    let request = RequestId(900);
    let events = world.run("Lin Chen", &tick("cards"));
    update(&mut model, Msg::Executed { request, answer: Ok(world.change(events)) }, now());
    assert_eq!(toasts(&model), ["Ticked: Card scenarios   u undo"]);
    let events = world.run("Lin Chen", &Command::Undo { seq: None });
    update(&mut model, Msg::Executed { request, answer: Ok(world.change(events)) }, now());
    assert_eq!(toasts(&model)[1], "Taken back: ticked, Card scenarios");
}

#[test]
fn a_search_belongs_to_its_screen_and_is_typed_accepted_and_ended_the_same_everywhere() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('/')]);
    press(&mut model, "hmac".chars().map(Key::Char));
    assert_eq!(model.query(), "hmac");
    press(&mut model, [Key::Esc]);
    assert!(model.search().is_none());
    model.engagement_mut().unwrap().room = Room::History;
    press(&mut model, [Key::Char('/')]);
    press(&mut model, "omar".chars().map(Key::Char));
    assert_eq!((model.query(), model.context()), ("omar", Context::Search));
    press(&mut model, [Key::Enter]);
    assert_eq!((model.query(), model.context()), ("omar", Context::History));
    press(&mut model, [Key::Esc]);
    assert_eq!((model.query(), model.context()), ("", Context::History));
}

#[test]
fn keys_of_ones_own_count_and_the_old_ones_do_not() {
    let (_, mut model) = acme();
    let wish = Wish { context: None, act: Act::Why, keys: vec![Key::F(4)] };
    model.keys = Keymap::with(&[wish]).unwrap();
    press(&mut model, [Key::Char('b')]);
    assert!(model.popups.is_empty());
    press(&mut model, [Key::F(4)]);
    assert!(matches!(model.popups.last(), Some(Popup::Why(_))));
}

#[test]
fn help_narrows_as_one_types() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('?')]);
    press(&mut model, "untick".chars().map(Key::Char));
    let Some(Popup::Help(help)) = model.popups.last() else { panic!() };
    let rows: Vec<_> = help.rows.iter().filter(|r| matches!(r, HelpRow::Keys(..))).collect();
    assert_eq!(rows.len(), 1, "{:?}", help.rows);
    press(&mut model, [Key::Esc]);
    assert!(model.popups.is_empty());
}

#[test]
fn the_palette_lists_acts_of_windows_and_of_other_screens_and_goes_there() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char(':')]);
    press(&mut model, "revoke".chars().map(Key::Char));
    press(&mut model, [Key::Enter]);
    assert!(matches!(model.popups.last(), Some(Popup::Members(_))));
    assert_eq!(toasts(&model), ["People: revoke a key of the person with R"]);
}

#[test]
fn the_palette_says_why_something_cannot_be_done() {
    let (_, mut model) = acme();
    go_to(&mut model, "tokenise");
    press(&mut model, [Key::Char(':')]);
    press(&mut model, "run the item".chars().map(Key::Char));
    assert!(press(&mut model, [Key::Enter]).is_empty());
    assert_eq!(toasts(&model), ["Not now: there is no live check on it."]);
}

#[test]
fn what_the_cursor_is_on_can_be_copied() {
    let (_, mut model) = acme();
    go_to(&mut model, "cards");
    press(&mut model, [Key::Char('y')]);
    let Some(Popup::Choose(choose)) = model.popups.last() else { panic!() };
    let labels: Vec<&str> = choose.choices.iter().map(|c| c.label.as_str()).collect();
    assert!(labels.iter().any(|l| l.ends_with("golive tick acme cards")), "{labels:?}");
    let effects = press(&mut model, [Key::Enter]);
    assert!(matches!(effects.as_slice(), [Effect::Copy { text }] if text == "cards"), "{effects:?}");
    update(&mut model, Msg::NotCopied { text: "cards".into() }, now());
    assert!(matches!(model.popups.last(), Some(Popup::Why(why)) if why.words.contains(&"cards".to_owned())));
}

#[test]
fn what_is_copied_is_one_line_that_a_shell_does_not_run_when_it_is_pasted() {
    let (mut world, _) = acme();
    world.state.name = "Acme\nrm -rf ~\r\u{1b}[201~".to_owned();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    press(&mut model, [Key::Char('y')]);
    let Some(Popup::Choose(choose)) = model.popups.last() else { panic!() };
    let copied: Vec<&String> = choose
        .choices
        .iter()
        .filter_map(|c| if let Deed::Copy(text) = &c.deed { Some(text) } else { None })
        .collect();
    assert!(copied.iter().any(|text| text.starts_with("Acme rm -rf ~")), "{copied:?}");
    assert!(copied.iter().all(|text| !text.chars().any(char::is_control)), "{copied:?}");
}

#[test]
fn a_link_is_shown_whole_before_it_is_opened() {
    let (mut world, _) = acme();
    let evidence = "see https://a.example/run?id=7".to_owned();
    world.run("Lin Chen", &Command::AddEvidence { item: item_id("cards"), evidence: evidence.into() });
    let mut model = engaged(SIZE, &world, "Lin Chen");
    go_to(&mut model, "cards");
    assert!(press(&mut model, [Key::Char('o')]).is_empty());
    let Some(Popup::Confirm(confirm)) = model.popups.last() else { panic!() };
    assert_eq!(confirm.words, ["https://a.example/run?id=7"]);
    let effects = press(&mut model, [Key::Char('y')]);
    assert!(matches!(effects.as_slice(), [Effect::OpenLink { url }] if url == "https://a.example/run?id=7"));
}

#[test]
fn a_newcomer_is_led_in_three_steps_and_only_once() {
    let world = World::acme();
    let mut model = portfolio(SIZE, vec![world.summary()]);
    model.guide = Some(Guide::default());
    let step = |model: &Model| model.guide.and_then(|guide| guide.words(model)).unwrap_or_default();
    assert!(step(&model).starts_with("1 of 3") && step(&model).ends_with("enter"), "{}", step(&model));
    let effects = press(&mut model, [Key::Enter]);
    let Some(Effect::Open { request, .. }) = effects.first().cloned() else { panic!("{effects:?}") };
    update(&mut model, Msg::Opened { request, answer: Ok(world.snapshot()) }, now());
    assert!(step(&model).starts_with("2 of 3: space ticks"), "{}", step(&model));
    press(&mut model, [Key::Char(' '), Key::Esc]);
    assert!(step(&model).starts_with("3 of 3: b says why"), "{}", step(&model));
    press(&mut model, [Key::Char('b'), Key::Esc]);
    assert!(step(&model).starts_with("3 of 3: ? shows"), "{}", step(&model));
    assert_eq!(press(&mut model, [Key::Char('?')]), [Effect::Guided]);
    assert_eq!(model.guide, None);
}

#[test]
fn escape_ends_the_newcomers_steps() {
    let (_, mut model) = acme();
    model.guide = Some(Guide::Tick);
    assert!(press(&mut model, [Key::Esc]).contains(&Effect::Guided));
    assert_eq!(model.guide, None);
}

#[test]
fn what_takes_long_is_spoken_of_and_what_is_quick_is_not() {
    let (_, mut model) = acme();
    let effects = press(&mut model, [Key::Char('n'), Key::Char('x'), Key::Enter]);
    let Some(Effect::Execute { request, .. }) = effects.first().cloned() else { panic!("{effects:?}") };
    let later = |millis| Now { up: now().up + Duration::from_millis(millis), ..now() };
    assert_eq!(model.progress.word(later(199).up), None);
    update(&mut model, Msg::Due, later(200));
    assert_eq!(model.progress.word(model.now.up), Some("writing"));
    let answer = Err(Failed::Broken { what: "no".into(), hints: Vec::new() });
    update(&mut model, Msg::Executed { request, answer }, later(300));
    assert_eq!(model.progress.word(later(9000).up), None);
}

#[test]
fn the_footer_begins_with_what_one_would_do_next() {
    let (mut world, mut model) = acme();
    go_to(&mut model, "webhook");
    assert_eq!(acts(&model)[..2], [Act::Check, Act::Tick]);
    go_to(&mut model, "answers");
    assert_eq!(acts(&model)[0], Act::Why);
    world.run("Lin Chen", &tick("cards"));
    world.observe("webhook", Verdict::Pass);
    assert_eq!(acts(&engaged(SIZE, &world, "Dana Ruiz"))[0], Act::Sign);
    assert!(!acts(&engaged(SIZE, &world, "Lin Chen")).contains(&Act::Sign));
}

#[test]
fn a_gate_that_opens_is_told_and_rung() {
    let (_, mut model) = acme();
    let id = model.engagement().unwrap().id.clone();
    let notice = Notice::new(Occasion::GateOpened, id, "Acme Ltd", "gate opened: stage 4");
    let effects = update(&mut model, Msg::News(News::Notice(notice.clone())), now());
    assert!(effects.contains(&Effect::Ring { notice }));
    assert_eq!(toasts(&model), ["gate opened: stage 4"]);
}

#[test]
fn a_line_is_edited_by_words_and_a_change_is_gone_back_over() {
    let (_, mut model) = acme();
    press(&mut model, [Key::Char('n')]);
    press(&mut model, "call Omar again".chars().map(Key::Char));
    let typed = |model: &Model| match model.popups.last() {
        Some(Popup::Ask(ask)) => ask.input.value().to_owned(),
        other => panic!("{other:?}"),
    };
    press(&mut model, [Key::WordBackspace]);
    assert_eq!(typed(&model), "call Omar ");
    press(&mut model, [Key::Ctrl('y')]);
    assert_eq!(typed(&model), "call Omar again");
    press(&mut model, [Key::Alt('b'), Key::WordLeft, Key::Ctrl('k')]);
    assert_eq!(typed(&model), "call ");
    press(&mut model, [Key::Ctrl('_')]);
    assert_eq!(typed(&model), "call Omar again");
    press(&mut model, [Key::Ctrl('z')]);
    assert_eq!(typed(&model), "call Omar ");
    update(&mut model, Msg::Paste("today".into()), now());
    press(&mut model, [Key::Ctrl('_')]);
    assert_eq!(typed(&model), "call Omar ");
}

/// A room of Acme's, everything read.
fn in_room(key: char) -> Model {
    let (world, mut model) = acme();
    let effects = press(&mut model, [Key::Char(key)]);
    serve(&mut model, &world, effects);
    model
}

#[test]
fn the_newcomers_line_promises_no_key_that_does_nothing_there() {
    let screens = || {
        let world = World::acme();
        let overviews = ["1", "t", "3", "5"].map(|keys| {
            let mut model = portfolio(SIZE, vec![world.summary()]);
            press(&mut model, keys.chars().map(Key::Char));
            model
        });
        overviews.into_iter().chain(['2', '4', '5', '6', '7'].map(in_room))
    };
    let steps = [Guide::Open, Guide::Tick, Guide::Why, Guide::Help];
    for (step, mut model) in steps.into_iter().flat_map(|step| screens().map(move |model| (step, model))) {
        model.guide = Some(step);
        let here = model.screen_context();
        let Some(words) = step.words(&model) else { continue };
        let promised = [("ticks", Act::Tick), ("signs", Act::Sign), ("says why", Act::Why)];
        for (word, act) in promised.into_iter().filter(|(word, _)| words.contains(word)) {
            assert!(model.keys.key(here, act).is_some(), "{here:?} has no key that {word}: {words}");
        }
        assert!(!words.contains(": :"), "{here:?}: {words}");
        let at_room = !matches!(here, Context::Engagement) && model.engagement().is_some();
        if at_room && matches!(step, Guide::Tick | Guide::Why) {
            assert!(words.contains("2 goes to the items"), "{here:?}: {words}");
        }
    }
    let mut model = acme().1;
    let none = Wish { context: None, act: Act::Why, keys: Vec::new() };
    model.keys = Keymap::with(&[none]).unwrap();
    assert_eq!(Guide::Why.words(&model).unwrap(), "3 of 3: : lists every act; ask why a stage is shut");
}

#[test]
fn what_waits_and_how_checks_stand_is_found_by_typing_and_stays_found_until_the_search_ends() {
    for (key, word, left) in [('5', "api", "api"), ('5', "proof webh", ""), ('5', "verifies hmac", "webhook")]
    {
        let mut model = in_room(key);
        press(&mut model, [Key::Char('/')]);
        type_text(&mut model, word);
        let rows = |model: &Model| {
            let rows = &model.engagement().unwrap().readiness.rows;
            rows.iter().map(|row| row.check.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(rows(&model), left, "{word}");
        press(&mut model, [Key::Enter]);
        assert_eq!((rows(&model).as_str(), model.context()), (left, Context::Readiness));
        press(&mut model, [Key::Esc]);
        assert_eq!((rows(&model).as_str(), model.context()), ("webhook api", Context::Readiness));
    }
    let mut model = validated(SIZE, &World::acme(), "Dana Ruiz", 2);
    let all = model.engagement().unwrap().validation.rows.len();
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "developer hmac");
    let board = &model.engagement().unwrap().validation;
    assert_eq!((board.shown, board.rows.len()), (1, 2), "one criterion under its role");
    assert!(board.selected().is_some());
    press(&mut model, [Key::Esc]);
    assert_eq!(model.engagement().unwrap().validation.rows.len(), all);
}

#[test]
fn a_search_of_a_room_does_not_follow_into_the_next_engagement() {
    let mut model = in_room('5');
    press(&mut model, [Key::Char('/')]);
    type_text(&mut model, "api");
    press(&mut model, [Key::Enter, Key::Char('1')]);
    let effects = model.open_in(World::acme().state.engagement.clone(), Room::Readiness);
    let Effect::Open { request, .. } = effects else { panic!("{effects:?}") };
    update(&mut model, Msg::Opened { request, answer: Ok(World::acme().snapshot()) }, now());
    assert_eq!((model.query(), model.engagement().unwrap().readiness.rows.len()), ("", 2));
}

#[test]
fn one_own_act_is_taken_back_from_every_room_and_from_the_windows_that_write() {
    for keys in ["2", "4", "5", "6", "7", "d", "m"] {
        let (mut world, _) = acme();
        world.run("Dana Ruiz", &Command::Note { item: None, text: "hi".to_owned() });
        let mut model = engaged(SIZE, &world, "Dana Ruiz");
        press(&mut model, keys.chars().map(Key::Char));
        let effects = press(&mut model, [Key::Char('u')]);
        let undone = |e: &Effect| matches!(e, Effect::Execute { command: Command::Undo { .. }, .. });
        assert!(effects.iter().any(undone), "{keys}: {effects:?}");
    }
}

#[test]
fn every_row_with_something_worth_copying_offers_it() {
    let offered = |mut model: Model, keys: &str| {
        press(&mut model, keys.chars().map(Key::Char));
        press(&mut model, [Key::Char('y')]);
        let Some(Popup::Choose(choose)) = model.popups.last() else { panic!("nothing after {keys}") };
        let texts = choose.choices.iter().filter_map(|choice| match &choice.deed {
            Deed::Copy(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect::<Vec<String>>()
    };
    for (room, keys, text) in [
        ('5', "", "golive check acme webhook"),
        ('5', "", "an altered body was accepted"),
        ('5', "", "req_7"),
        ('7', "", "golive log acme --event 21"),
        ('6', "", "testing"),
        ('2', "m", "Dana Ruiz"),
        ('2', "d", "gateway"),
    ] {
        let model = match room {
            '6' => validated(SIZE, &World::acme(), "Dana Ruiz", 2),
            other => in_room(other),
        };
        let texts = offered(model, keys);
        assert!(texts.iter().any(|t| t == text), "{text}: {texts:?}");
    }
}

#[test]
fn a_run_that_fails_or_is_not_answered_leaves_nothing_waiting() {
    let mut world = World::acme();
    let field = "api_url".parse().unwrap();
    world.run("Dana Ruiz", &Command::SetField { field, value: "https://acme.example".to_owned() });
    let begin = || {
        let mut model = engaged(SIZE, &world, "Dana Ruiz");
        let effects = press(&mut model, [Key::Char('5'), Key::Char('C')]);
        let run = effects.iter().find_map(|e| match e {
            Effect::RunChecks { request, .. } => Some(*request),
            _ => None,
        });
        (model, run.unwrap())
    };
    let (mut model, request) = begin();
    let answer = Err(Failed::Broken { what: "nothing is watched".into(), hints: Vec::new() });
    update(&mut model, Msg::Checked { request, answer }, now());
    let engagement = model.engagement().unwrap();
    assert!(engagement.readiness.batch.is_none() && engagement.started.is_empty());
    let (mut model, _) = begin();
    let until = model.engagement().unwrap().readiness.batch.as_ref().unwrap().until;
    assert!(model.wake().unwrap() + now().up <= until);
    update(&mut model, Msg::Due, Now { up: until, ..now() });
    let engagement = model.engagement().unwrap();
    assert!(engagement.readiness.batch.is_none() && engagement.started.is_empty());
    assert_eq!(toasts(&model), ["0 checks have run; no answer yet from 2"]);
}
