//! Drawing a runbook of 10,000 items at 200x60: a key and the frame that follows it.
//!
//! `cargo bench --bench draw`
#![allow(clippy::expect_used, reason = "a benchmark with broken fixtures has nothing to measure")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use divan::Bencher;
use golive::domain::digest::Digest;
use golive::domain::event::{Author, Event, Fact, RunbookRef, VERSION};
use golive::domain::evolve::begin;
use golive::domain::head::Head;
use golive::domain::ids::{EngagementId, KeyFingerprint, MemberName};
use golive::domain::runbook::Runbook;
use golive::tui::effect::Effect;
use golive::tui::input::{Key, Size};
use golive::tui::look::Look;
use golive::tui::model::{Model, Now, Start};
use golive::tui::msg::{Msg, Snapshot};
use golive::tui::update::update;
use golive::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use uuid::Uuid;

fn main() {
    divan::main();
}

const SIZE: Size = Size::new(200, 60);

fn now() -> Now {
    Now { at: DateTime::UNIX_EPOCH + TimeDelta::days(20_000), up: Duration::from_secs(1) }
}

/// A runbook of so many items in one stage, under headings.
fn runbook(items: usize) -> Runbook {
    use std::fmt::Write as _;
    let mut toml = String::from(
        "schema = 1\nid = \"long\"\ntitle = \"Long\"\nversion = \"1\"\nprovider = \"Bench\"\n\
         [[roles]]\nid = \"dev\"\nname = \"Developer\"\nside = \"merchant\"\nlead = true\n\
         [[stages]]\nid = \"all\"\ntitle = \"Everything\"\n",
    );
    for n in 0..items {
        let group = n / 10;
        let _ = write!(
            toml,
            "[[stages.items]]\nid=\"i{n}\"\ngroup=\"{group}\"\ntitle=\"Item {n} is in place\"\nowner=\"dev\"\n"
        );
    }
    golive::runbook::load("long.toml", toml.as_bytes()).expect("a runbook").runbook
}

fn screen(items: usize) -> Model {
    let runbook = runbook(items);
    let me = Author {
        name: MemberName::new("Dana Ruiz").expect("a name"),
        key: KeyFingerprint::new("SHA256:dana"),
    };
    let event = Event {
        v: VERSION,
        engagement: EngagementId::new("long").expect("a slug"),
        seq: 1,
        prev: Digest::ZERO,
        id: Uuid::from_u128(1),
        at: now().at,
        by: me.clone(),
        fact: Fact::Opened {
            name: "Long".to_owned(),
            runbook: RunbookRef {
                id: runbook.id.clone(),
                version: runbook.version.clone(),
                digest: runbook.digest,
            },
            target: None,
            fields: Vec::new(),
        },
    };
    let state = begin(&event, Head { seq: 1, hash: Digest::of(b"1") }).expect("a first event");
    let start = Start::Engagement(event.engagement.clone());
    let (mut model, effects) = Model::new(me, Look::default(), SIZE, start, now());
    let Some(Effect::Open { request, .. }) = effects.first() else {
        return model;
    };
    let snapshot = Snapshot { runbook: Arc::new(runbook), state: Arc::new(state) };
    update(&mut model, Msg::Opened { request: *request, answer: Ok(snapshot) }, now());
    model
}

/// One key down, handled and drawn; back to the top before the end is reached.
#[divan::bench(args = [50, 10_000])]
fn a_key_and_its_frame(bencher: Bencher, items: usize) {
    let mut model = screen(items);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).expect("a test backend");
    let mut pressed = 0;
    bencher.bench_local(|| {
        pressed += 1;
        let key = if pressed % items == 0 { Key::Home } else { Key::Down };
        update(&mut model, Msg::Key(key), now());
        terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area
    });
}

/// Two hundred keys and the one frame after them.
#[divan::bench]
fn two_hundred_keys_and_one_frame(bencher: Bencher) {
    let mut model = screen(10_000);
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).expect("a test backend");
    bencher.bench_local(|| {
        update(&mut model, Msg::Key(Key::Home), now());
        for _ in 0..200 {
            update(&mut model, Msg::Key(Key::Down), now());
        }
        terminal.draw(|frame| drop(view(&model, frame))).expect("a frame").area
    });
}

/// What ratatui itself takes for a frame of that size in which one row changes: the floor.
#[divan::bench]
fn an_empty_frame(bencher: Bencher) {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).expect("a test backend");
    bencher.bench_local(|| terminal.draw(|_| ()).expect("a frame").area);
}
