//! A walk without aim through every screen: whatever is pressed, at whatever size, the program goes on, and
//! nothing that comes from outside reaches the terminal raw.

use std::collections::VecDeque;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;

use super::gallery_tests::{Make, SCREENS};
use super::overview_tests;
use super::regions::Regions;
use super::tests::drawn;
use crate::domain::assess::assess;
use crate::domain::command::Acting;
use crate::domain::decide::decide;
use crate::domain::open_work::open_work;
use crate::domain::readiness;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::input::{Key, Size};
use crate::tui::keymap::KEYMAP;
use crate::tui::model::Model;
use crate::tui::model::gathered::Read;
use crate::tui::model::history::History;
use crate::tui::msg::{Failed, More, Msg, Turn};
use crate::tui::testing::rooms::{results, serve};
use crate::tui::testing::{World, now, person, seen};
use crate::tui::update::update;

/// A name that would clear the screen, fill the clipboard and turn the line round.
const HOSTILE: &str = "Ac\u{202e}me\u{1b}[2J\u{9b}2J\u{1b}]52;c;eA==\u{7}";

/// Steps of one walk.
const STEPS: usize = 100;

/// Walks: ten thousand steps in all, or as many as `GOLIVE_WALKS` says.
fn walks() -> ProptestConfig {
    let cases = std::env::var("GOLIVE_WALKS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[derive(Debug, Clone)]
enum Step {
    Key(Key),
    Type(String),
    Size(u16, u16),
    Click(u16, u16),
    Wheel(u16, u16, Turn),
    Paste(String),
    /// Everything that was asked for is answered.
    Answers,
}

fn keys() -> impl Strategy<Value = Key> {
    let bound: Vec<Key> = KEYMAP.iter().flat_map(|row| row.keys).copied().collect();
    let plain = vec![Key::Backspace, Key::Delete, Key::Left, Key::Right, Key::F(5), Key::Char('東')];
    prop_oneof![
        8 => select(bound),
        4 => select(vec![Key::Enter, Key::Esc, Key::Tab, Key::Up, Key::Down]),
        1 => select(plain),
        1 => proptest::char::range(' ', '~').prop_map(Key::Char),
    ]
}

/// Mostly sizes that people have, sometimes the smallest and the largest.
fn sizes() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        12 => (1_u16..=130, 1_u16..=45),
        3 => (1_u16..=220, 1_u16..=70),
        1 => (1_u16..=500, 1_u16..=200),
        1 => select(vec![(1, 1), (40, 12), (500, 200), (500, 1), (1, 200)]),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cell = || (0_u16..220, 0_u16..70);
    let step = prop_oneof![
        24 => keys().prop_map(Step::Key),
        2 => sizes().prop_map(|(w, h)| Step::Size(w, h)),
        3 => cell().prop_map(|(x, y)| Step::Click(x, y)),
        1 => (cell(), any::<bool>()).prop_map(|((x, y), up)| {
            Step::Wheel(x, y, if up { Turn::Up } else { Turn::Down })
        }),
        1 => "[ -~]{0,12}".prop_map(Step::Type),
        1 => prop_oneof![".{0,30}".boxed(), Just(HOSTILE.to_owned()).boxed()].prop_map(Step::Paste),
        6 => Just(Step::Answers),
    ];
    proptest::collection::vec(step, STEPS)
}

/// Somebody at a screen, with a log behind it.
struct Walker {
    model: Model,
    world: World,
    asked: Vec<Effect>,
    regions: Regions,
}

impl Walker {
    fn new(make: Make) -> Self {
        let mut world = World::acme();
        world.state.name = HOSTILE.to_owned();
        Self { model: make(Size::new(80, 24)), world, asked: Vec::new(), regions: Regions::default() }
    }

    fn tell(&mut self, msg: Msg) {
        let asked = update(&mut self.model, msg, now());
        self.asked.extend(asked);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Key(key) => self.tell(Msg::Key(key)),
            Step::Type(text) => text.chars().for_each(|c| self.tell(Msg::Key(Key::Char(c)))),
            Step::Paste(text) => self.tell(Msg::Paste(text)),
            Step::Size(width, height) => self.tell(Msg::Resize(Size::new(width, height))),
            Step::Click(x, y) => {
                if let Some(target) = self.regions.hit(x, y).cloned() {
                    self.tell(Msg::Press(target));
                }
            }
            Step::Wheel(x, y, turn) => {
                if let Some(target) = self.regions.hit(x, y).cloned() {
                    self.tell(Msg::Wheel(target, turn));
                }
            }
            Step::Answers => {
                let asked = std::mem::take(&mut self.asked);
                let mut left = VecDeque::from(serve(&mut self.model, &self.world, asked));
                // What follows from an answer is answered by the next step of this kind.
                while let Some(effect) = left.pop_front() {
                    for msg in answers(&mut self.world, effect) {
                        self.tell(msg);
                    }
                }
            }
        }
    }
}

/// What the application layer would say, over one engagement.
fn answers(world: &mut World, effect: Effect) -> Vec<Msg> {
    let id = world.state.engagement.clone();
    let nothing = || Failed::Broken { what: HOSTILE.to_owned(), hints: Vec::new() };
    let mut run = |capacity: Capacity, command| {
        world.at += TimeDelta::seconds(1);
        let Capacity { role, on_behalf_of } = capacity;
        let acting = Acting { role, on_behalf_of, ..Acting::new(crate::tui::testing::author("Dana Ruiz")) };
        match decide(&world.runbook, &world.state, &acting, &command, world.at) {
            Ok(facts) => {
                let events = world.append(&acting.by, facts);
                Ok(world.change(events))
            }
            Err(refusal) => Err(Failed::Refused(Box::new(refusal))),
        }
    };
    vec![match effect {
        Effect::LoadPortfolio { request, .. } => {
            let mut rows = overview_tests::many();
            for row in &mut rows {
                row.name.push_str(HOSTILE);
            }
            Msg::Portfolio { request, answer: Ok(rows), more: More::Complete }
        }
        Effect::Open { request, engagement } => {
            let answer = if engagement == id { Ok(world.snapshot()) } else { Err(nothing()) };
            Msg::Opened { request, answer }
        }
        Effect::LoadHistory { request, engagement } => {
            Msg::History { request, engagement, answer: Ok(History::of(world.events.clone())) }
        }
        Effect::LoadRecent { request, engagement, check } => {
            let answer = Ok(results(check.as_str()));
            Msg::Recent { request, engagement, check, answer }
        }
        Effect::LoadWork { request, engagements } => {
            let assessment = assess(&world.runbook, &world.state, world.at);
            let lines = open_work(&world.runbook, &world.state, &assessment, &person("Lin Chen"));
            let read = |lines| Read { name: HOSTILE.to_owned(), last_at: world.at, lines };
            let answer = engagements.into_iter().map(|id| (id, read(lines.clone()))).collect();
            Msg::Work { request, answer }
        }
        Effect::LoadChecks { request, engagements } => {
            let latest = results("webhook").into_iter().take(1).map(|o| (o.check.clone(), o)).collect();
            let lines = readiness::lines(&world.runbook, &world.state, &latest);
            let read = |lines| Read { name: HOSTILE.to_owned(), last_at: world.at, lines };
            let answer = engagements.into_iter().map(|id| (id, read(lines.clone()))).collect();
            Msg::Checks { request, answer }
        }
        Effect::LoadSeen { request, .. } => Msg::Seen { request, answer: Ok(seen(3)) },
        Effect::Execute { request, capacity, command, .. } => {
            Msg::Executed { request, answer: run(capacity, command) }
        }
        Effect::ExecuteAll { request, acts, .. } => {
            let mut bulked = crate::tui::msg::Bulked { change: None, failed: Vec::new() };
            for (capacity, command) in acts {
                match run(capacity, command) {
                    Ok(change) => bulked.change = Some(change),
                    Err(failed) => bulked.failed.push(failed),
                }
            }
            Msg::Bulked { request, answer: bulked }
        }
        Effect::PlanUpgrade { request, .. } => Msg::UpgradePlanned { request, answer: Err(nothing()) },
        Effect::WriteReport { request, .. } => Msg::Reported { request, answer: Err(nothing()) },
        Effect::Copy { text } => Msg::NotCopied { text },
        _ => return Vec::new(),
    }]
}

/// What makes a terminal do something, or turns the order of what follows.
fn raw(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

proptest! {
    #![proptest_config(walks())]

    #[test]
    fn a_walk_without_aim_ends_nowhere(screen in select(SCREENS.to_vec()), steps in steps()) {
        let mut walker = Walker::new(screen.1);
        for step in steps {
            walker.step(step);
            let (terminal, regions) = drawn(&walker.model);
            for cell in terminal.backend().buffer().content() {
                prop_assert!(!cell.symbol().contains(raw), "{:?}", cell.symbol());
            }
            walker.regions = regions;
        }
    }
}
