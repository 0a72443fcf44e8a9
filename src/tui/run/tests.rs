use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::stream;
use ratatui::backend::{ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size as CellSize};

use super::*;
use crate::clock::FixedClock;
use crate::tui::input::Key;
use crate::tui::model::Screen;
use crate::tui::testing::{World, empty, engaged, noon, portfolio};

const SIZE: Size = Size::new(80, 24);

/// A backend that counts its frames, and may be resized behind the model's back.
struct Counting {
    inner: TestBackend,
    frames: Rc<RefCell<usize>>,
}

impl Counting {
    fn terminal(width: u16, height: u16) -> (Terminal<Self>, Rc<RefCell<usize>>) {
        let frames = Rc::new(RefCell::new(0));
        let backend = Self { inner: TestBackend::new(width, height), frames: Rc::clone(&frames) };
        (Terminal::new(backend).unwrap(), frames)
    }
}

impl Backend for Counting {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        *self.frames.borrow_mut() += 1;
        self.inner.draw(content)
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

    fn size(&self) -> Result<CellSize, Infallible> {
        self.inner.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        self.inner.flush()
    }
}

/// Remembers what was asked for, and answers some of it at once.
#[derive(Default)]
struct Fake {
    asked: Vec<Effect>,
    answers: Option<mpsc::Sender<Msg>>,
    frames: Rc<RefCell<usize>>,
    /// How many frames there were each time that all was drawn.
    drawn: Vec<usize>,
}

impl Perform for Fake {
    fn perform(&mut self, effect: Effect) {
        if let (Effect::Open { request, .. }, Some(out)) = (&effect, &self.answers) {
            let answer = Ok(World::acme().snapshot());
            out.try_send(Msg::Opened { request: *request, answer }).unwrap();
        }
        self.asked.push(effect);
    }

    fn drawn(&mut self) {
        self.drawn.push(*self.frames.borrow());
    }
}

/// Runs a screen over some input and until that ends or something else ends it.
async fn over(
    model: &mut Model,
    input: impl Stream<Item = Input> + Unpin,
    fake: &mut Fake,
    stop: CancellationToken,
) -> (Ended, usize) {
    let (mut terminal, frames) = Counting::terminal(model.size.width, model.size.height);
    let (out, inbox) = mpsc::channel(16);
    fake.answers = Some(out);
    fake.frames = Rc::clone(&frames);
    let clock = Arc::new(FixedClock::new(noon()));
    let watch = Watch::new(clock.as_ref());
    let wiring = Wiring { input, inbox, perform: fake, watch, stop };
    let ended = run(&mut terminal, model, First::Nothing, wiring).await.unwrap();
    let frames = *frames.borrow();
    (ended, frames)
}

fn keys(keys: impl IntoIterator<Item = Key>) -> Vec<Input> {
    keys.into_iter().map(Input::Key).collect()
}

#[tokio::test]
async fn a_flood_of_keys_is_taken_in_before_one_draw() {
    let world = World::acme();
    let mut model = engaged(SIZE, &world, "Dana Ruiz");
    let flood = keys(std::iter::repeat_n([Key::Down, Key::Up], 100).flatten());
    let input = stream::iter(flood).chain(stream::pending());
    let mut fake = Fake::default();
    let stop = CancellationToken::new();
    let ended = {
        let stop_soon = stop.clone();
        let running = over(&mut model, input, &mut fake, stop);
        tokio::pin!(running);
        // Everything that is ready is done in a few polls; then the loop waits, and is told to stop.
        for _ in 0..8 {
            assert!(futures_util::poll!(running.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        stop_soon.cancel();
        running.await
    };
    assert_eq!(ended, (Ended::Stopped, 2));
}

#[tokio::test]
async fn nothing_is_drawn_while_nothing_changes() {
    let (mut model, _) = empty(SIZE);
    // Keys that mean nothing here.
    let input = stream::iter(keys([Key::Char('Z'), Key::Delete, Key::Ctrl('z')]));
    let (ended, frames) = over(&mut model, input, &mut Fake::default(), CancellationToken::new()).await;
    assert_eq!((ended, frames), (Ended::InputClosed, 1));
}

#[tokio::test]
async fn the_screen_ends_when_nobody_is_at_the_other_end() {
    let mut model = portfolio(SIZE, Vec::new());
    let input = stream::iter(Vec::new());
    let (ended, _) = over(&mut model, input, &mut Fake::default(), CancellationToken::new()).await;
    assert_eq!(ended, Ended::InputClosed);
}

#[tokio::test]
async fn what_is_asked_for_is_performed_and_its_answer_is_shown() {
    let mut model = portfolio(SIZE, vec![World::acme().summary()]);
    let mut fake = Fake::default();
    let stop = CancellationToken::new();
    let input = stream::iter(keys([Key::Enter])).chain(stream::pending());
    {
        let stop_soon = stop.clone();
        let running = over(&mut model, input, &mut fake, stop);
        tokio::pin!(running);
        for _ in 0..8 {
            assert!(futures_util::poll!(running.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
        stop_soon.cancel();
        running.await;
    }
    assert!(matches!(model.screen, Screen::Engagement(_)));
    assert!(matches!(fake.asked.first(), Some(Effect::Open { .. })));
    assert!(fake.asked.iter().any(|e| matches!(e, Effect::LoadHistory { .. })));
}

#[tokio::test]
async fn it_is_said_when_all_that_has_arrived_is_drawn() {
    let mut model = portfolio(SIZE, vec![World::acme().summary()]);
    let mut fake = Fake::default();
    let stop = CancellationToken::new();
    // A key that means nothing here.
    let input = stream::iter(keys([Key::Delete])).chain(stream::pending());
    {
        let stop_soon = stop.clone();
        let running = over(&mut model, input, &mut fake, stop);
        tokio::pin!(running);
        for _ in 0..4 {
            assert!(futures_util::poll!(running.as_mut()).is_pending());
        }
        stop_soon.cancel();
        running.await;
    }
    assert_eq!(fake.drawn, [1, 1], "after the first frame, and after the key that drew none");
}

#[tokio::test]
async fn the_first_frame_waits_for_the_first_answer() {
    let world = World::acme();
    let mut model = portfolio(SIZE, vec![world.summary()]);
    let Effect::Open { request, .. } = model.open(world.snapshot().state.engagement.clone()) else {
        panic!("opening asks for the engagement");
    };
    let (mut terminal, frames) = Counting::terminal(SIZE.width, SIZE.height);
    let (out, inbox) = mpsc::channel(1);
    out.try_send(Msg::Opened { request, answer: Ok(world.snapshot()) }).unwrap();
    let clock = FixedClock::new(noon());
    let wiring = Wiring {
        input: stream::iter(Vec::new()),
        inbox,
        perform: Fake::default(),
        watch: Watch::new(&clock),
        stop: CancellationToken::new(),
    };
    run(&mut terminal, &mut model, First::Answer, wiring).await.unwrap();
    assert!(matches!(model.screen, Screen::Engagement(_)));
    assert_eq!(*frames.borrow(), 0, "the end of the input came with the answer");
}

#[tokio::test]
async fn a_press_of_the_mouse_means_what_is_on_the_screen_then() {
    let rows = vec![World::acme().summary()];
    let mut model = portfolio(SIZE, rows);
    let mut fake = Fake::default();
    // The help opens over the row; the press that follows in the same batch closes it.
    let mut inputs = keys([Key::Char('?')]);
    inputs.push(Input::Mouse { kind: MouseKind::Press, column: 1, row: 3 });
    let input = stream::iter(inputs);
    over(&mut model, input, &mut fake, CancellationToken::new()).await;
    assert!(model.popups.is_empty());
    assert!(fake.asked.is_empty(), "{:?}", fake.asked);
}

#[tokio::test]
async fn the_backend_knows_the_size() {
    let mut model = portfolio(SIZE, Vec::new());
    model.size = Size::new(10, 10);
    let (mut terminal, _) = Counting::terminal(100, 30);
    let (_out, inbox) = mpsc::channel(1);
    let clock = FixedClock::new(noon());
    let wiring = Wiring {
        input: stream::iter(Vec::new()),
        inbox,
        perform: Fake::default(),
        watch: Watch::new(&clock),
        stop: CancellationToken::new(),
    };
    run(&mut terminal, &mut model, First::Nothing, wiring).await.unwrap();
    assert_eq!(model.size, Size::new(100, 30));
}

#[tokio::test]
async fn quitting_ends_the_loop_at_once() {
    let mut model = portfolio(SIZE, Vec::new());
    let input = stream::iter(keys([Key::Char('q'), Key::Char('?')]));
    let (ended, _) = over(&mut model, input, &mut Fake::default(), CancellationToken::new()).await;
    assert_eq!(ended, Ended::Quit);
    assert!(model.popups.is_empty());
}
