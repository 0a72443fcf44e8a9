//! Three steps for somebody who has never been here: open, tick and sign, ask why. One line at the bottom that
//! goes on as the person does; Escape ends it, and it is not shown again.

use crate::tui::input::Key;
use crate::tui::keymap::{Act, Context};

use super::Model;

/// How far a newcomer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Guide {
    /// An engagement is to be opened.
    #[default]
    Open,
    /// Something is to be ticked or signed.
    Tick,
    /// It is to be asked what holds a stage shut.
    Why,
    /// Help is to be found.
    Help,
}

impl Guide {
    /// The next step after an act; none when the act is not the one that is waited for.
    pub fn after(self, act: Act) -> Option<Step> {
        match (self, act) {
            (Self::Open, Act::Open | Act::ShowEngagement) => Some(Step::On(Self::Tick)),
            (Self::Tick, Act::Tick | Act::Sign) => Some(Step::On(Self::Why)),
            (Self::Tick | Self::Why, Act::Why) => Some(Step::On(Self::Help)),
            (_, Act::Help) => Some(Step::Over),
            _ => None,
        }
    }

    /// The line, with the keys that the person has. Short enough for a screen of 80 columns.
    pub fn words(self, model: &Model) -> Option<String> {
        let here = model.screen_context();
        // An act that has its own key elsewhere only, or none at all, cannot be promised here.
        let own = |act| model.keys.key(here, act).map(Key::name);
        let items = |step: &str, what: &str| match own(Act::ShowEngagement) {
            Some(key) if here != Context::Engagement => format!("{step}: {key} goes to the items, to {what}"),
            Some(_) | None => format!("{step}: {} lists every act; {what}", model.key(Act::Palette)),
        };
        let overview =
            matches!(here, Context::Portfolio | Context::Today | Context::MyWork | Context::AllChecks);
        Some(match self {
            Self::Open | Self::Tick | Self::Why if overview => {
                format!("1 of 3: choose a merchant and open it with {}", model.key(Act::Open))
            }
            Self::Open => return None,
            Self::Tick => match (own(Act::Tick), own(Act::Sign)) {
                (Some(tick), Some(sign)) => {
                    format!("2 of 3: {tick} ticks what is done, {sign} signs the stage")
                }
                (Some(tick), None) => format!("2 of 3: {tick} ticks what is done"),
                (None, _) => items("2 of 3", "tick what is done"),
            },
            Self::Why => match own(Act::Why) {
                Some(why) => format!("3 of 3: {why} says why a stage is shut"),
                None => items("3 of 3", "ask why a stage is shut"),
            },
            Self::Help => format!("3 of 3: {} shows every key", model.key(Act::Help)),
        })
    }
}

/// Where a newcomer goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// With the next step.
    On(Guide),
    /// Without a guide.
    Over,
}
