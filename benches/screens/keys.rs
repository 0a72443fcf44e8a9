//! How long a key waits for its frame while checks report 1,000 times a second, at 200x60: over a runbook of
//! 10,000 items, and over a portfolio of 1,000 engagements whose lines change as often.
//!
//! `cargo bench --bench keys` prints p50, p99 and the longest wait of each in milliseconds, and how many reports a
//! second were taken in. The goal is a p99 of at most 16 ms, one frame of a screen at 60 Hz.
#![allow(clippy::expect_used, reason = "a benchmark with broken fixtures has nothing to measure")]
#![allow(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "numbers of a fixture are small")]
#![allow(clippy::print_stdout, reason = "what it measures is printed")]
#![allow(dead_code, reason = "each benchmark uses some of the fixture")]

#[path = "fixture.rs"]
mod fixture;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::{StreamExt as _, stream};
use golive::clock::FixedClock;
use golive::domain::ids::EngagementId;
use golive::tui::effect::Effect;
use golive::tui::input::{Input, Key};
use golive::tui::model::Model;
use golive::tui::msg::{Msg, News};
use golive::tui::run::{First, Perform, Watch, Wiring, run};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use fixture::{SIZE, now};

/// Reports a second.
const RATE: u32 = 1_000;
/// Keys that are pressed, one after the other.
const KEYS: usize = 1_000;
/// The sign of the row under the cursor: it moves with each key.
const CURSOR: &str = "▸";
/// Items of the runbook and engagements of the portfolio.
const ITEMS: usize = 10_000;
const ENGAGEMENTS: usize = 1_000;

/// Tells when a frame in which the cursor has moved has been written.
struct Timed {
    inner: TestBackend,
    moved: bool,
    told: mpsc::UnboundedSender<Instant>,
}

impl Backend for Timed {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let moved = &mut self.moved;
        self.inner.draw(content.inspect(|(_, _, cell)| *moved |= cell.symbol() == CURSOR))
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.inner.flush()?;
        if std::mem::take(&mut self.moved) {
            // Nobody waits any more once the last key has been drawn.
            let _ = self.told.send(Instant::now());
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear: ClearType) -> Result<(), Infallible> {
        self.inner.clear_region(clear)
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.inner.window_size()
    }
}

/// Nobody answers: what is measured is the screen.
struct Nobody;

impl Perform for Nobody {
    fn perform(&mut self, _: Effect) {}
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let items = |n: usize| {
        let at = now().at + TimeDelta::milliseconds(n as i64);
        let engagement = EngagementId::new("long").expect("a slug");
        let observation = Box::new(fixture::observation(n, ITEMS, at));
        News::Observed { engagement, observation }
    };
    let lines = fixture::summaries(ENGAGEMENTS);
    let rows = move |n: usize| {
        let mut line = lines[n % ENGAGEMENTS].clone();
        // It stays in its place: a cursor that moves with its row would pass for the answer to a key.
        line.lights[0] = n % 40;
        News::Summed(Box::new(line))
    };
    println!(
        "{:<30} {:>8} {:>8} {:>8} {:>10}",
        "1,000 reports a second", "p50 ms", "p99 ms", "max ms", "taken/s"
    );
    report("a runbook of 10,000 items", &runtime.block_on(measure(fixture::engagement(ITEMS), items)));
    report("a portfolio of 1,000", &runtime.block_on(measure(fixture::portfolio(ENGAGEMENTS), rows)));
}

/// What was measured.
struct Measured {
    waits: Vec<Duration>,
    reports: usize,
    took: Duration,
}

async fn measure(mut model: Model, news: impl Fn(usize) -> News + Send + 'static) -> Measured {
    let (told, mut frames) = mpsc::unbounded_channel();
    let (press, keys) = mpsc::unbounded_channel::<Input>();
    let (out, inbox) = mpsc::channel(256);
    let stop = CancellationToken::new();
    let started = Instant::now();
    let reporter = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE);
        let mut sent = 0;
        loop {
            tick.tick().await;
            if out.send(Msg::News(news(sent))).await.is_err() {
                return sent;
            }
            sent += 1;
        }
    });
    let person = {
        let stop = stop.clone();
        tokio::spawn(async move {
            // The first frame, which shows the cursor as well.
            frames.recv().await;
            let mut waits = Vec::with_capacity(KEYS);
            for n in 0..KEYS {
                while frames.try_recv().is_ok() {}
                let pressed = Instant::now();
                let key = if n % 2 == 0 { Key::Down } else { Key::Up };
                press.send(Input::Key(key)).expect("the screen runs");
                let Some(drawn): Option<Instant> = frames.recv().await else { break };
                waits.push(drawn.saturating_duration_since(pressed));
                // A fast typist, out of step with the reports.
                tokio::time::sleep(Duration::from_micros(4_300)).await;
            }
            stop.cancel();
            waits
        })
    };
    let input =
        Box::pin(stream::unfold(keys, async |mut keys| keys.recv().await.map(|key| (key, keys))).fuse());
    let backend = Timed { inner: TestBackend::new(SIZE.width, SIZE.height), moved: false, told };
    let mut terminal = Terminal::new(backend).expect("a test backend");
    let clock = FixedClock::new(now().at);
    let wiring = Wiring { input, inbox, perform: Nobody, watch: Watch::new(&clock), stop };
    run(&mut terminal, &mut model, First::Nothing, wiring).await.expect("a screen");
    let took = started.elapsed();
    let waits = person.await.expect("all keys were pressed");
    let reports = reporter.await.expect("all reports were made");
    Measured { waits, reports, took }
}

fn report(what: &str, measured: &Measured) {
    let mut waits = measured.waits.clone();
    waits.sort_unstable();
    let at = |share: f64| {
        let last = waits.len().saturating_sub(1);
        #[expect(
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation,
            reason = "a share of a small count"
        )]
        let n = (last as f64 * share).round() as usize;
        waits.get(n).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e3)
    };
    let rate = measured.reports as f64 / measured.took.as_secs_f64();
    println!("{what:<30} {:>8.2} {:>8.2} {:>8.2} {rate:>10.0}", at(0.5), at(0.99), at(1.0));
}
