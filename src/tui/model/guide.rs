//! Three steps for somebody who has never been here: open, tick and sign, ask why. One line at the bottom that
//! goes on as the person does; Escape ends it, and it is not shown again.

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
        let key = |act| model.key(act);
        let here = model.screen_context();
        let overview =
            matches!(here, Context::Portfolio | Context::Today | Context::MyWork | Context::AllChecks);
        Some(match self {
            Self::Open | Self::Tick | Self::Why if overview => {
                format!("1 of 3: choose a merchant and open it with {}", key(Act::Open))
            }
            Self::Open => return None,
            Self::Tick => {
                format!("2 of 3: {} ticks what is done, {} signs the stage", key(Act::Tick), key(Act::Sign))
            }
            Self::Why => format!("3 of 3: {} says why a stage is shut", key(Act::Why)),
            Self::Help => format!("3 of 3: {} shows every key", key(Act::Help)),
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
