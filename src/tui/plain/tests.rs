use std::sync::Arc;

use futures_util::stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::speech::sentence;
use super::*;
use crate::clock::FixedClock;
use crate::tui::look::Zone;
use crate::tui::msg::Failed;
use crate::tui::run::Watch;
use crate::tui::testing::{World, engaged, noon, portfolio};

/// Remembers what was asked for, and opens Acme Ltd when that is.
#[derive(Default)]
struct Fake {
    asked: Vec<Effect>,
    answers: Option<mpsc::Sender<Msg>>,
}

impl Perform for Fake {
    fn perform(&mut self, effect: Effect) {
        if let (Effect::Open { request, .. }, Some(out)) = (&effect, &self.answers) {
            let answer = Ok(World::acme().snapshot());
            out.try_send(Msg::Opened { request: *request, answer }).unwrap();
        }
        if let (Effect::Execute { request, .. }, Some(out)) = (&effect, &self.answers) {
            let answer = Err(Failed::Broken { what: "the disk is full".to_owned(), hints: Vec::new() });
            out.try_send(Msg::Executed { request: *request, answer }).unwrap();
        }
        self.asked.push(effect);
    }
}

/// What is said in answer to some lines, and what was asked for meanwhile.
async fn conversation(model: &mut Model, lines: &[&str]) -> (String, Vec<Effect>) {
    model.size = SIZE;
    model.look = look(Zone::Utc);
    let mut said = Vec::new();
    let mut fake = Fake::default();
    let (out, inbox) = mpsc::channel(16);
    fake.answers = Some(out);
    let clock = Arc::new(FixedClock::new(noon()));
    let input = stream::iter(lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
    let watch = Watch::new(clock.as_ref());
    let wiring = Wiring { input, inbox, perform: &mut fake, watch, stop: CancellationToken::new() };
    run(&mut said, model, Vec::new(), "", wiring).await.unwrap();
    (String::from_utf8(said).unwrap(), fake.asked)
}

fn acme() -> Model {
    engaged(SIZE, &World::acme(), "Dana Ruiz")
}

#[test]
fn signs_become_words_and_bars_nothing() {
    assert_eq!(
        sentence("│▸✗ Webhook verifies HMAC      Developer ↻│"),
        "failing, Webhook verifies HMAC, Developer checked live"
    );
    assert_eq!(sentence(" ▓▓▓▒░░  26/42 · go-live"), "26/42, go-live");
    assert_eq!(sentence("   "), "");
}

#[tokio::test]
async fn an_engagement_is_opened_from_the_portfolio_and_said_once() {
    let mut model = portfolio(SIZE, vec![World::acme().summary()]);
    let (said, asked) = conversation(&mut model, &["open"]).await;
    assert!(matches!(asked.first(), Some(Effect::Open { .. })), "{asked:?}");
    assert_eq!(said.matches("golive, Acme Ltd, ").count(), 1, "{said}");
    assert!(!said.contains(['│', '▸', '✓', '\u{1b}']), "{said}");
}

#[tokio::test]
async fn every_act_is_reached_by_key_and_by_name() {
    for line in ["n", "note", "make a remark"] {
        let mut model = acme();
        conversation(&mut model, &[line]).await;
        assert_eq!(model.context(), Context::Input, "{line}");
    }
}

#[tokio::test]
async fn a_line_is_the_text_that_is_asked_for_and_a_full_stop_cancels() {
    let mut model = acme();
    let (_, asked) = conversation(&mut model, &["note", "called them", "note", "."]).await;
    let notes: Vec<_> = asked.iter().filter(|e| matches!(e, Effect::Execute { .. })).collect();
    assert_eq!(notes.len(), 1, "{asked:?}");
    assert!(format!("{notes:?}").contains("called them"));
    assert!(model.popups.is_empty());
}

#[tokio::test]
async fn a_row_is_reached_by_its_number() {
    let mut model = acme();
    let before = model.engagement().unwrap().item().unwrap().0;
    let (said, _) = conversation(&mut model, &["row 1", "row 99"]).await;
    let after = model.engagement().unwrap().item().unwrap().0;
    assert_eq!((after.item, before.item > 0), (0, true), "{said}");
    assert!(said.contains("There is no row 99 here"), "{said}");
}

#[tokio::test]
async fn what_means_nothing_says_what_would() {
    let (said, asked) = conversation(&mut acme(), &["xyzzy", "s 0x"]).await;
    assert!(said.contains("Nothing here is called 'xyzzy'"), "{said}");
    assert!(asked.iter().all(|e| !matches!(e, Effect::Execute { .. })));
}

#[tokio::test]
async fn a_window_says_how_it_is_left() {
    let (said, _) = conversation(&mut acme(), &["why", "sign"]).await;
    assert!(said.contains("esc closes it"), "{said}");
}

#[tokio::test]
async fn every_screen_has_something_to_say() {
    for screen in ["2", "4", "5", "6", "7"] {
        let mut model = acme();
        let (said, _) = conversation(&mut model, &[screen, "read"]).await;
        assert!(said.lines().count() > 2, "{screen}: {said}");
        assert!(!said.contains('\u{1b}'));
    }
}

#[tokio::test]
async fn hostile_names_say_nothing_raw() {
    let mut summary = World::acme().summary();
    summary.name = "Evil\u{1b}]0;x\u{7}\u{202e}\nquit".to_owned();
    let mut model = portfolio(SIZE, vec![summary]);
    let (said, _) = conversation(&mut model, &["read"]).await;
    assert!(said.contains("Evil"), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    assert!(!said.contains('\u{202e}'));
}

#[tokio::test]
async fn neither_what_was_typed_nor_a_toast_is_said_raw() {
    let mut model = acme();
    model.toast("Evil\u{1b}[2J\u{202e}", crate::tui::model::toast::Tone::Plain);
    let (said, _) = conversation(&mut model, &["\u{1b}]0;x\u{7}", "row \u{1b}[2J"]).await;
    assert!(said.contains("Note: Evil"), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    assert!(!said.contains('\u{202e}'), "{said:?}");
}

#[tokio::test]
async fn a_line_that_only_resembles_an_act_does_nothing() {
    let (said, asked) = conversation(&mut acme(), &["tkutk"]).await;
    assert!(said.contains("Nothing here is called 'tkutk'"), "{said}");
    assert_eq!(asked.iter().filter(|e| matches!(e, Effect::Execute { .. })).count(), 0, "{asked:?}");
}
