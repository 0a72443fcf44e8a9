//! How one person's screen looks: colours, signs, and the clock on the wall.

use chrono::{DateTime, Local, NaiveDateTime, Utc};

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::theme::{Background, Depth, Theme, ThemeName};

/// Colours, signs and time zone of one screen.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// Whose clock is shown.
    pub zone: Zone,
}

/// Whose clock is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// The machine's.
    Local,
    /// UTC, where the machine is not the person's own.
    Utc,
}

impl Zone {
    /// The time on the clock.
    pub fn wall(self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Local => at.with_timezone(&Local).naive_local(),
            Self::Utc => at.naive_utc(),
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::default(), glyphs: UNICODE, zone: Zone::Utc }
    }
}

impl Look {
    /// What the environment asks for: colours as far as the terminal shows any and its owner wants them, and
    /// Unicode signs unless the locale is not UTF-8 or `GOLIVE_ASCII` is set.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|v| !v.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        let ascii = set("GOLIVE_ASCII").is_some() || !utf8;
        Self {
            theme: ThemeName::Dark.theme(Depth::from_env(&var), Background::Dark, &[]),
            glyphs: if ascii { ASCII } else { UNICODE },
            zone: Zone::Local,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(vars: &[(&str, &str)]) -> Look {
        Look::from_env(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn no_color_takes_the_colours_away() {
        assert_eq!(look(&[("NO_COLOR", "1")]).theme, Theme::PLAIN);
        assert_eq!(look(&[("NO_COLOR", "")]).theme, Theme::default());
        assert_eq!(look(&[("TERM", "dumb")]).theme, Theme::PLAIN);
    }

    #[test]
    fn unicode_signs_want_a_utf8_locale() {
        assert_eq!(look(&[("LANG", "de_DE.UTF-8")]).glyphs, UNICODE);
        assert_eq!(look(&[("LANG", "C.utf8")]).glyphs, UNICODE);
        assert_eq!(look(&[("LANG", "C")]).glyphs, ASCII);
        assert_eq!(look(&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]).glyphs, ASCII);
        assert_eq!(look(&[("LANG", "de_DE.UTF-8"), ("GOLIVE_ASCII", "1")]).glyphs, ASCII);
    }
}
