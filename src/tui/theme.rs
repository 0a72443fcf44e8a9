//! The roles of colour, and what each looks like in a theme on a terminal.
//!
//! A theme is a palette of full colours for a background that it assumes. What a terminal can show of them is
//! worked out once, when the screen opens: all of it, the nearest of 256, or those of the sixteen that its
//! owner has chosen. Under `NO_COLOR` there are none: signs and words tell every state by themselves.

mod colour;
mod palettes;

pub use colour::{Background, Colour, Depth, Rgb, contrast};
pub use palettes::{Palette, Role};

use ratatui::style::{Modifier, Style};

use crate::domain::assess::Status;
use crate::domain::light::Light;
use crate::domain::verdict::Verdict;

/// What each role looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// What lies under everything; mostly what the terminal has there.
    pub base: Style,
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

/// The themes that a person can name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter, strum::EnumString,
)]
#[strum(serialize_all = "kebab-case")]
pub enum ThemeName {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// White on black, painted over whatever the background is.
    HighContrast,
    /// Good is blue and bad is orange, which nearly everybody tells apart.
    ColourBlind,
    /// No colours at all.
    None,
}

impl ThemeName {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The theme on a terminal. `changes` are the colours that a person has set.
    pub fn theme(self, depth: Depth, background: Background, changes: &[(Role, Colour)]) -> Theme {
        let palette = match (self, background) {
            (Self::None, _) => return Theme::PLAIN,
            (Self::Dark, _) => &palettes::DARK,
            (Self::Light, _) => &palettes::LIGHT,
            (Self::HighContrast, _) => &palettes::HIGH_CONTRAST,
            (Self::ColourBlind, Background::Dark) => &palettes::COLOUR_BLIND,
            (Self::ColourBlind, Background::Light) => &palettes::COLOUR_BLIND_LIGHT,
        };
        palette.theme(depth, changes)
    }
}

impl Theme {
    /// No colour at all.
    pub const PLAIN: Self = Self {
        base: Style::new(),
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

    /// What a role looks like.
    pub fn of(&self, role: Role) -> Style {
        match role {
            Role::Text => self.text,
            Role::Muted => self.muted,
            Role::Title => self.title,
            Role::Key => self.key,
            Role::Good => self.good,
            Role::Bad => self.bad,
            Role::Warn => self.warn,
            Role::Busy => self.busy,
            Role::Border => self.border,
            Role::Focus => self.focus,
            Role::Cursor => self.cursor,
            Role::Hit => self.hit,
        }
    }

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

impl Default for Theme {
    /// For dark backgrounds, in the sixteen colours that the terminal's owner has chosen.
    fn default() -> Self {
        ThemeName::Dark.theme(Depth::Sixteen, Background::Dark, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;
    use strum::IntoEnumIterator as _;

    #[test]
    fn every_theme_is_found_by_its_name() {
        for name in ThemeName::iter() {
            assert_eq!(name.name().parse(), Ok(name));
        }
        assert_eq!(ThemeName::ColourBlind.name(), "colour-blind");
    }

    #[test]
    fn nothing_is_coloured_without_colours() {
        for name in ThemeName::iter() {
            let theme = name.theme(Depth::None, Background::Dark, &[(Role::Good, Colour::Indexed(3))]);
            assert_eq!(theme, Theme::PLAIN);
        }
    }

    #[test]
    fn a_colour_of_ones_own_reaches_its_role_as_far_as_the_terminal_can_show_it() {
        let sea = [(Role::Good, Colour::Rgb(Rgb(0x2e, 0x8b, 0x57)))];
        let good = |depth| ThemeName::Dark.theme(depth, Background::Dark, &sea).good.fg;
        assert_eq!(good(Depth::True), Some(Color::Rgb(0x2e, 0x8b, 0x57)));
        assert_eq!(good(Depth::Indexed), Some(Color::Indexed(29)));
        assert_eq!(good(Depth::Sixteen), Some(Color::Green));
    }

    #[test]
    fn good_and_bad_are_blue_and_orange_for_the_colour_blind() {
        for background in [Background::Dark, Background::Light] {
            let theme = ThemeName::ColourBlind.theme(Depth::True, background, &[]);
            let (Some(Color::Rgb(r, _, b)), Some(Color::Rgb(or, og, ob))) = (theme.good.fg, theme.bad.fg)
            else {
                panic!("{theme:?}");
            };
            assert!(b > r && or > og && og > ob, "{theme:?}");
        }
    }
}
