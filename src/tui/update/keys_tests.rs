//! Every row of the keymap, pressed where it holds: something changes on the screen, something is asked for, or
//! words say why not.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::update;
use crate::domain::assess::assess;
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, FieldId};
use crate::domain::open_work::open_work;
use crate::domain::readiness;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::input::{Key, Size};
use crate::tui::keymap::{Act, Binding, Context, KEYMAP};
use crate::tui::model::Model;
use crate::tui::model::gathered::Read;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, Popup, Sheet, SheetLine, Weight};
use crate::tui::msg::Msg;
use crate::tui::testing::rooms::serve;
use crate::tui::testing::*;
use crate::tui::view::overview_tests::many;
use crate::tui::view::view;

/// So low that lists have pages.
const SIZE: Size = Size::new(100, 16);

/// Acme, with the field that its second check needs, and a long log.
fn acme() -> World {
    let mut world = World::acme();
    let field = FieldId::new("api_url").unwrap();
    world.run("Dana Ruiz", &Command::SetField { field, value: "https://acme.example".to_owned() });
    for n in 0..30 {
        let item = Some(item_id("cards"));
        world.run("Dana Ruiz", &Command::Note { item, text: format!("remark {n}") });
    }
    world
}

/// Answers what the screens of all engagements ask for, and asks nothing more.
fn serve_all(model: &mut Model, world: &World, effects: Vec<Effect>) {
    let (runbook, state) = (&world.runbook, &world.state);
    let work = open_work(runbook, state, &assess(runbook, state, noon()), &person("Lin Chen"));
    let checks = readiness::lines(runbook, state, &std::collections::BTreeMap::new());
    let read = |id: &EngagementId| (id.to_string(), noon());
    for effect in effects {
        let msg = match effect {
            Effect::LoadWork { request, engagements } => {
                let told = |id: EngagementId| {
                    let (name, last_at) = read(&id);
                    (id, Read { name, last_at, turns: None, lines: work.clone() })
                };
                Msg::Work { request, answer: engagements.into_iter().map(told).collect() }
            }
            Effect::LoadChecks { request, engagements } => {
                let told = |id: EngagementId| {
                    let (name, last_at) = read(&id);
                    (id, Read { name, last_at, turns: None, lines: checks.clone() })
                };
                Msg::Checks { request, answer: engagements.into_iter().map(told).collect() }
            }
            _ => continue,
        };
        update(model, msg, now());
    }
}

/// All engagements, enough of them for several pages.
fn overview(key: Option<char>) -> Model {
    let mut rows = many();
    for (n, row) in many().into_iter().enumerate() {
        for copy in 0..4 {
            let engagement = EngagementId::new(&format!("more-{n}-{copy}")).unwrap();
            rows.push(crate::domain::summary::Summary { engagement, ..row.clone() });
        }
    }
    let mut model = portfolio(SIZE, rows);
    let effects = press(&mut model, key.map(Key::Char));
    serve_all(&mut model, &acme(), effects);
    model
}

fn room(keys: &[Key]) -> Model {
    let world = acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    for key in keys {
        let effects = press(&mut model, [*key]);
        serve(&mut model, &world, effects);
    }
    model
}

fn choice() -> Choice {
    let deed = Deed::Copy("text".to_owned());
    Choice { label: "text".to_owned(), capacity: Capacity::default(), deed }
}

/// The screen that an act goes to.
fn goes_to(act: Act) -> Option<Context> {
    Some(match act {
        Act::ShowPortfolio => Context::Portfolio,
        Act::ShowToday => Context::Today,
        Act::ShowMyWork => Context::MyWork,
        Act::ShowEngagement => Context::Engagement,
        Act::ShowKickoff => Context::Kickoff,
        Act::ShowReadiness => Context::Readiness,
        Act::ShowValidation => Context::Validation,
        Act::ShowHistory => Context::History,
        _ => return None,
    })
}

/// A way to a screen.
type Way = Box<dyn Fn() -> Model>;

fn by_keys(keys: Vec<Key>) -> Way {
    Box::new(move || room(&keys))
}

/// A window over all engagements.
fn window(popup: Popup) -> Way {
    Box::new(move || {
        let mut model = overview(None);
        model.push(popup.clone());
        model
    })
}

/// Ways to screens on which the keys go there.
fn ways(context: Context) -> Vec<Way> {
    let letter = Key::Char;
    let long = || (0..60).map(|n| SheetLine::new("", format!("line {n}"), Weight::Plain)).collect();
    let sheet =
        |choice: Option<Choice>| Popup::Sheet(Sheet { choice, ..Sheet::new("Read".to_owned(), long()) });
    match context {
        Context::Portfolio => vec![Box::new(|| overview(None))],
        Context::Today => vec![Box::new(|| overview(Some('t')))],
        Context::MyWork => vec![Box::new(|| overview(Some('3')))],
        Context::AllChecks => vec![Box::new(|| overview(Some('5')))],
        Context::Engagement => vec![by_keys(Vec::new()), by_keys(vec![Key::Tab])],
        Context::Kickoff => {
            // Every point of the agenda.
            let on = |n: usize| std::iter::once(letter('4')).chain(std::iter::repeat_n(letter('n'), n));
            (0..12).map(|n| by_keys(on(n).collect())).collect()
        }
        Context::Readiness => vec![by_keys(vec![letter('5')])],
        Context::Validation => vec![Box::new(|| validated(SIZE, &acme(), "Dana Ruiz", 2))],
        Context::History => vec![by_keys(vec![letter('7')])],
        Context::Search => vec![Box::new(|| {
            let mut model = overview(None);
            press(&mut model, [Key::Char('/'), Key::Char('e')]);
            model
        })],
        Context::List => {
            let choices = (0..60).map(|_| choice()).collect();
            vec![window(Popup::Choose(Choose { title: "Which?".to_owned(), choices, list: List::default() }))]
        }
        Context::Reading => vec![window(sheet(None))],
        Context::Facts => vec![by_keys(vec![letter('d')])],
        Context::Members => vec![by_keys(vec![letter('m')])],
        Context::Help => vec![by_keys(vec![letter('?')])],
        Context::Palette => vec![by_keys(vec![letter(':')])],
        Context::Input => vec![by_keys(vec![Key::Tab, letter('n'), letter('x')])],
        Context::Draft => {
            // At a role that nobody has: names are offered.
            let assign = vec![letter('4'), letter('p'), Key::End, Key::Enter];
            vec![by_keys(vec![letter('4'), letter('i'), letter('x')]), by_keys(assign)]
        }
        Context::Confirm => {
            let question = "Sure?".to_owned();
            let confirm = Popup::Confirm(Confirm { question, words: Vec::new(), choice: choice() });
            vec![window(confirm), window(sheet(Some(choice())))]
        }
    }
}

fn drawn(model: &Model) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.size.width, model.size.height)).unwrap();
    terminal.draw(|frame| drop(view(model, frame))).unwrap();
    terminal.backend().buffer().clone()
}

/// Whether a key does anything where a screen stands.
fn does(model: &mut Model, key: Key) -> bool {
    let (before, toasts) = (drawn(model), model.toasts.shown().count());
    let effects = update(model, Msg::Key(key), now());
    !effects.is_empty() || model.toasts.shown().count() > toasts || drawn(model) != before
}

#[test]
fn every_row_of_the_keymap_does_something_where_it_holds_or_says_why_not() {
    // What a person may have done before: gone down, to the end, to the other panel, chosen, typed.
    let letter = Key::Char;
    let before: [&[Key]; 9] = [
        &[],
        &[Key::Down, Key::Down],
        &[Key::End],
        &[Key::PageDown],
        &[Key::Tab],
        &[Key::Tab, Key::Tab],
        &[letter(' ')],
        &[letter('f'), Key::Down, Key::Enter, Key::Esc],
        &[Key::Down],
    ];
    let mut dead = Vec::new();
    for context in Context::ALL {
        let ways = ways(context);
        assert_eq!(ways[0]().context(), context);
        let alive = |key: Key| {
            let tries = before.iter().flat_map(|first| ways.iter().map(move |way| (first, way)));
            tries.into_iter().any(|(first, way)| {
                let mut model = way();
                press(&mut model, first.iter().copied());
                model.context() == context && does(&mut model, key)
            })
        };
        // Whoever goes where they are stays there.
        let rows =
            KEYMAP.iter().filter(|row| row.contexts.contains(&context) && goes_to(row.act) != Some(context));
        for Binding { keys, act, .. } in rows {
            let still = keys.iter().filter(|key| !alive(**key));
            dead.extend(still.map(|key| format!("{context:?} {act:?} {}", key.name())));
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}
