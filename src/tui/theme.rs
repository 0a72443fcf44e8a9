//! The roles of colour. Only the sixteen colours that a terminal's owner has chosen, so that any palette
//! stays readable, and none at all under `NO_COLOR`: signs and words tell every state by themselves.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::assess::Status;
use crate::domain::light::Light;
use crate::domain::verdict::Verdict;

/// What each role looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Text that stands back: labels, headings of groups, people.
    pub muted: Style,
    /// Titles.
    pub title: Style,
    /// Keys in footer and help.
    pub key: Style,
    /// Good: done, passing, open.
    pub good: Style,
    /// Bad: failing, regressed.
    pub bad: Style,
    /// Wants attention: due soon, sent back, pending.
    pub warn: Style,
    /// In work: the current stage, the live mark.
    pub busy: Style,
    /// The border of a panel.
    pub border: Style,
    /// The border of the panel that has the keys.
    pub focus: Style,
    /// The row under the cursor, in the panel that has the keys.
    pub cursor: Style,
    /// Letters that a search has met.
    pub hit: Style,
}

const fn fg(color: Color) -> Style {
    Style::new().fg(color)
}

impl Theme {
    /// For dark backgrounds; the default.
    pub const DARK: Self = Self {
        text: Style::new(),
        muted: fg(Color::DarkGray),
        title: Style::new().add_modifier(Modifier::BOLD),
        key: fg(Color::Cyan),
        good: fg(Color::Green),
        bad: fg(Color::Red).add_modifier(Modifier::BOLD),
        warn: fg(Color::Yellow),
        busy: fg(Color::Cyan),
        border: fg(Color::DarkGray),
        focus: fg(Color::Cyan),
        cursor: Style::new().add_modifier(Modifier::BOLD),
        hit: fg(Color::Yellow).add_modifier(Modifier::UNDERLINED),
    };

    /// For light backgrounds.
    pub const LIGHT: Self = Self {
        warn: fg(Color::Magenta),
        key: fg(Color::Blue),
        busy: fg(Color::Blue),
        focus: fg(Color::Blue),
        hit: fg(Color::Magenta).add_modifier(Modifier::UNDERLINED),
        ..Self::DARK
    };

    /// No colour at all.
    pub const PLAIN: Self = Self {
        text: Style::new(),
        muted: Style::new().add_modifier(Modifier::DIM),
        title: Style::new().add_modifier(Modifier::BOLD),
        key: Style::new().add_modifier(Modifier::BOLD),
        good: Style::new(),
        bad: Style::new().add_modifier(Modifier::BOLD),
        warn: Style::new(),
        busy: Style::new(),
        border: Style::new().add_modifier(Modifier::DIM),
        focus: Style::new(),
        cursor: Style::new().add_modifier(Modifier::BOLD),
        hit: Style::new().add_modifier(Modifier::UNDERLINED),
    };

    /// The colour of an item's status.
    pub fn status(&self, status: Status) -> Style {
        match status {
            Status::Done => self.good,
            Status::Waived | Status::NotApplicable => self.muted,
            Status::Todo => self.text,
            Status::Partly => self.busy,
            Status::Regressed => self.bad,
            Status::Rejected | Status::Expired | Status::Stale => self.warn,
        }
    }

    /// The colour of a check's light.
    pub fn light(&self, light: Light) -> Style {
        match light {
            Light::Passing => self.good,
            Light::Failing => self.bad,
            Light::Pending | Light::Unknown => self.warn,
            Light::NotRun | Light::NotConfigured | Light::Unused => self.muted,
        }
    }

    /// The colour of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Pass => self.good,
            Verdict::Fail => self.bad,
            Verdict::Pending => self.warn,
            Verdict::Unknown => self.muted,
        }
    }
}
