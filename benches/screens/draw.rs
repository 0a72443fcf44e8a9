//! Drawing at 200x60: every screen of a runbook of 10,000 items and of a portfolio of 1,000 engagements, and
//! a key with the frame that follows it.
//!
//! `cargo bench --bench draw`
#![allow(clippy::expect_used, reason = "a benchmark with broken fixtures has nothing to measure")]
#![allow(clippy::cast_possible_wrap, reason = "numbers of a fixture are small")]
#![allow(dead_code, reason = "each benchmark uses some of the fixture")]

#[path = "fixture.rs"]
mod fixture;

use divan::Bencher;
use golive::tui::input::Key;
use golive::tui::model::Model;
use golive::tui::msg::Msg;
use golive::tui::update::update;
use golive::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use fixture::{SIZE, now};

fn main() {
    divan::main();
}

fn terminal() -> Terminal<TestBackend> {
    Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).expect("a test backend")
}

fn press(model: &mut Model, key: Key) {
    // What it asks for is nobody's to answer here.
    drop(update(model, Msg::Key(key), now()));
}

/// One frame of each screen of an engagement with 10,000 items.
#[divan::bench(args = ["2 items", "4 kickoff", "5 readiness", "6 validation", "7 history"])]
fn a_frame_of_an_engagement(bencher: Bencher, screen: &str) {
    let mut model = fixture::engagement(10_000);
    press(&mut model, Key::Char(screen.chars().next().unwrap_or('2')));
    let mut terminal = terminal();
    bencher.bench_local(|| terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area);
}

/// One frame of each screen of 1,000 engagements.
#[divan::bench(args = ["1 portfolio", "3 my work", "5 readiness"])]
fn a_frame_of_all_engagements(bencher: Bencher, screen: &str) {
    let mut model = fixture::portfolio(1_000);
    press(&mut model, Key::Char(screen.chars().next().unwrap_or('1')));
    let mut terminal = terminal();
    bencher.bench_local(|| terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area);
}

/// One key down, handled and drawn; back to the top before the end is reached.
#[divan::bench(args = [50, 10_000])]
fn a_key_and_its_frame(bencher: Bencher, items: usize) {
    let mut model = fixture::engagement(items);
    let mut terminal = terminal();
    let mut pressed = 0;
    bencher.bench_local(|| {
        pressed += 1;
        let key = if pressed % items == 0 { Key::Home } else { Key::Down };
        press(&mut model, key);
        terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area
    });
}

/// Two hundred keys and the one frame after them.
#[divan::bench]
fn two_hundred_keys_and_one_frame(bencher: Bencher) {
    let mut model = fixture::engagement(10_000);
    let mut terminal = terminal();
    bencher.bench_local(|| {
        press(&mut model, Key::Home);
        for _ in 0..200 {
            press(&mut model, Key::Down);
        }
        terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area
    });
}

/// What ratatui itself takes for a frame of that size in which nothing changes: the floor.
#[divan::bench]
fn an_empty_frame(bencher: Bencher) {
    let mut terminal = terminal();
    bencher.bench_local(|| terminal.draw(|_| ()).expect("a frame").area);
}
