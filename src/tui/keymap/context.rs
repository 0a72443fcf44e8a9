//! Where a person can do it.

use super::table::{SCREENS, TYPING};

/// Where the keys go. The configuration knows each by its name in `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Context {
    /// The list of all engagements.
    Portfolio,
    /// What needs attention today.
    Today,
    /// What waits for my roles, everywhere.
    MyWork,
    /// The live checks of all engagements.
    AllChecks,
    /// One engagement: its stages and items.
    Engagement,
    /// The presenter's view of one engagement.
    Kickoff,
    /// The live checks of one engagement.
    Readiness,
    /// The go/no-go board of one engagement.
    Validation,
    /// The log of one engagement.
    History,
    /// Typing a search on a screen.
    Search,
    /// A window with rows to take one from.
    List,
    /// A window with something to read.
    Reading,
    /// The window of decisions and fields.
    Facts,
    /// The window of people.
    Members,
    /// The help: typing over lines to read.
    Help,
    /// The palette: typing over a list.
    Palette,
    /// Typing into a window.
    Input,
    /// Typing on a page of the kickoff.
    Draft,
    /// A question.
    Confirm,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 19] = [
        Self::Portfolio,
        Self::Today,
        Self::MyWork,
        Self::AllChecks,
        Self::Engagement,
        Self::Kickoff,
        Self::Readiness,
        Self::Validation,
        Self::History,
        Self::Search,
        Self::List,
        Self::Reading,
        Self::Facts,
        Self::Members,
        Self::Help,
        Self::Palette,
        Self::Input,
        Self::Draft,
        Self::Confirm,
    ];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is a screen, and no window or text over one.
    pub fn is_screen(self) -> bool {
        SCREENS.contains(&self)
    }

    /// Whether letters are text there.
    pub fn typing(self) -> bool {
        TYPING.contains(&self)
    }

    /// Its name in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Portfolio => "Portfolio",
            Self::Today => "Today",
            Self::MyWork => "My work",
            Self::AllChecks => "Readiness of all",
            Self::Engagement => "Engagement",
            Self::Kickoff => "Kickoff",
            Self::Readiness => "Readiness",
            Self::Validation => "Validation",
            Self::History => "History",
            Self::Search => "While searching",
            Self::List => "In a window",
            Self::Reading => "While reading",
            Self::Facts => "Decisions and fields",
            Self::Members => "People",
            Self::Help => "In this help",
            Self::Palette => "In the palette",
            Self::Input => "While typing",
            Self::Draft => "While typing in the kickoff",
            Self::Confirm => "At a question",
        }
    }
}
