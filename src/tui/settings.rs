//! What a person's configuration says about the screen: keys, colours, signs.
//!
//! The sections are read here and not in the application layer, which knows neither acts nor themes; their
//! faults are gathered with all others of the file.

mod keys;
mod theme;

use toml::de::DeValue;

use super::keymap::Keymap;
use super::look::Look;
use super::theme::{Background, Colour, Depth, Role, ThemeName};
use crate::app::setup::ScreenParts;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::read::{Node, Read as _, Text, shape, spot, table};
use crate::runbook::suggest;

/// Words of a command for the clipboard, at most.
const MAX_WORDS: usize = 32;

/// The signs that a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum GlyphSet {
    /// Unicode.
    Unicode,
    /// ASCII.
    Ascii,
}

/// What the configuration says about the screen.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The theme; what fits the background when not given.
    pub theme: Option<ThemeName>,
    /// Colours of one's own.
    pub colours: Vec<(Role, Colour)>,
    /// The signs; what the locale says when not given.
    pub glyphs: Option<GlyphSet>,
    /// Which key does what.
    pub keys: Keymap,
    /// A program that takes a copied text on its standard input, with its arguments.
    pub clipboard: Option<Vec<String>>,
}

shape! {
    /// `[clipboard]`
    struct RawClipboard {
        "command" => command: Vec<Text<'a>>,
    }
}

impl GlyphSet {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Settings {
    /// The theme that the environment or the configuration names.
    pub fn theme_named(&self, var: impl Fn(&str) -> Option<String>) -> Option<ThemeName> {
        var("GOLIVE_THEME").and_then(|name| name.parse().ok()).or(self.theme)
    }

    /// Reads the sections of the screen.
    pub(crate) fn read(parts: &ScreenParts<'_>, out: &mut Gathering<'_>) -> Self {
        let (theme, colours) = parts.theme.map(|node| theme::read(node, out)).unwrap_or_default();
        Self {
            theme,
            colours,
            glyphs: parts.glyphs.and_then(|node| one_of(node, "glyphs", out)),
            keys: parts.keys.map(|node| keys::read(node, out)).unwrap_or_default(),
            clipboard: parts.clipboard.and_then(|node| clipboard(node, out)),
        }
    }

    /// How the screen looks: what a flag or the environment names, then the configuration, then what the
    /// terminal is. Only a theme that was named by the flag is shown in spite of `NO_COLOR`.
    pub fn look(&self, named: Option<ThemeName>, var: impl Fn(&str) -> Option<String>) -> Look {
        let mut look = Look::from_env(&var);
        let background = Background::from_env(&var);
        let depth = match named {
            Some(_) => {
                let value = |name| var(name).unwrap_or_default();
                Depth::of_terminal(&value("TERM"), &value("COLORTERM"))
            }
            None => Depth::from_env(&var),
        };
        let usual = match background {
            Background::Dark => ThemeName::Dark,
            Background::Light => ThemeName::Light,
        };
        let name = named.or_else(|| self.theme_named(&var)).unwrap_or(usual);
        look.theme = name.theme(depth, background, &self.colours);
        match self.glyphs {
            Some(GlyphSet::Ascii) => look.glyphs = super::glyphs::ASCII,
            Some(GlyphSet::Unicode) => look.glyphs = super::glyphs::UNICODE,
            None => {}
        }
        look
    }
}

/// One of the names of an enum; what is none is told with the nearest.
fn one_of<T>(node: &Node<'_>, what: &str, out: &mut Gathering<'_>) -> Option<T>
where
    T: std::str::FromStr + strum::IntoEnumIterator + Into<&'static str>,
{
    let text = Text::read(node, out)?;
    let found = text.text.parse().ok();
    if found.is_none() {
        let hint = suggest::hint(text.text, || T::iter().map(Into::into), out);
        out.push(Draft::error(text.at, format!("there are no such {what}")).maybe_hint(hint));
    }
    found
}

fn clipboard(node: &Node<'_>, out: &mut Gathering<'_>) -> Option<Vec<String>> {
    let raw: RawClipboard<'_> = table(node, out)?;
    let words: Vec<String> = raw.command?.iter().map(|word| word.text.to_owned()).collect();
    let good = words.len() <= MAX_WORDS && words.first().is_some_and(|program| !program.is_empty());
    if !good {
        let message = format!("a command is a program and its arguments, at most {MAX_WORDS} words");
        out.push(
            Draft::error(spot(node), message)
                .hint("such as [\"wl-copy\"] or [\"xclip\", \"-sel\", \"clip\"]"),
        );
    }
    good.then_some(words)
}

/// What a value is when it is no text.
fn as_text<'a>(node: &'a Node<'a>) -> Option<&'a str> {
    match node.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::runbook::Fault;
    use crate::tui::theme::Theme;
    use toml::de::DeTable;

    /// The settings in a text, and what is wrong with it.
    pub(in crate::tui) fn settings(text: &str) -> (Settings, Vec<Fault>) {
        let (parsed, errors) = DeTable::parse_recoverable(text);
        assert!(errors.is_empty(), "{errors:?}");
        let get = |key: &str| parsed.get_ref().get(key);
        let parts = ScreenParts {
            theme: get("theme"),
            glyphs: get("glyphs"),
            keys: get("keys"),
            clipboard: get("clipboard"),
        };
        let mut out = Gathering::new("config.toml", text.as_bytes());
        let settings = Settings::read(&parts, &mut out);
        (settings, out.finish())
    }

    fn look(text: &str, named: Option<ThemeName>, vars: &[(&str, &str)]) -> Look {
        settings(text)
            .0
            .look(named, |name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_that_over_the_configuration() {
        let kitty = ("TERM", "xterm-kitty");
        let of = |name: ThemeName| name.theme(Depth::True, Background::Dark, &[]);
        let text = "theme = 'light'";
        assert_eq!(look(text, None, &[kitty]).theme, of(ThemeName::Light));
        let env = ("GOLIVE_THEME", "high-contrast");
        assert_eq!(look(text, None, &[kitty, env]).theme, of(ThemeName::HighContrast));
        let flag = Some(ThemeName::ColourBlind);
        assert_eq!(look(text, flag, &[kitty, env]).theme, of(ThemeName::ColourBlind));
        assert_eq!(look("", None, &[kitty]).theme, of(ThemeName::Dark));
        assert_eq!(look("", None, &[kitty, ("COLORFGBG", "0;15")]).theme, of(ThemeName::Light));
    }

    #[test]
    fn no_color_takes_the_colours_away_unless_a_flag_asks_for_them() {
        let plain = [("TERM", "xterm-kitty"), ("NO_COLOR", "1")];
        assert_eq!(look("theme = 'light'", None, &plain).theme, Theme::PLAIN);
        assert_ne!(look("", Some(ThemeName::Dark), &plain).theme, Theme::PLAIN);
        assert_eq!(look("", Some(ThemeName::None), &[("TERM", "xterm")]).theme, Theme::PLAIN);
    }

    #[test]
    fn signs_are_those_that_were_asked_for() {
        let utf8 = [("LANG", "C.UTF-8")];
        assert_eq!(look("glyphs = 'ascii'", None, &utf8).glyphs, crate::tui::glyphs::ASCII);
        assert_eq!(look("glyphs = 'unicode'", None, &[]).glyphs, crate::tui::glyphs::UNICODE);
        let faults = settings("glyphs = 'unicod'").1;
        assert_eq!(faults[0].hint.as_deref(), Some("did you mean 'unicode'?"));
    }

    #[test]
    fn a_clipboard_is_a_program_with_its_arguments() {
        let (good, faults) = settings("[clipboard]\ncommand = ['xclip', '-sel', 'clip']");
        assert!(faults.is_empty() && good.clipboard.unwrap().len() == 3);
        for bad in ["command = []", "command = ['']", "command = 'xclip'", "cmd = ['x']"] {
            assert_eq!(settings(&format!("[clipboard]\n{bad}")).1.len(), 1, "{bad}");
        }
    }
}
