//! `[theme]`: a name, and colours of one's own.

use strum::IntoEnumIterator as _;
use toml::de::DeValue;

use super::{as_text, one_of};
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::read::{Named, Node, shape, spot, table};
use crate::runbook::suggest;
use crate::tui::theme::{Colour, Role, ThemeName};

shape! {
    /// `[theme]`
    struct RawTheme {
        "name" => name: &'a Node<'a>,
        "colours" => colours: Named<'a, &'a Node<'a>>,
    }
}

/// Reads a theme: its name alone, or a table.
pub(super) fn read(node: &Node<'_>, out: &mut Gathering<'_>) -> (Option<ThemeName>, Vec<(Role, Colour)>) {
    if as_text(node).is_some() {
        return (one_of(node, "colours", out), Vec::new());
    }
    let Some(raw) = table::<RawTheme<'_>>(node, out) else {
        return (None, Vec::new());
    };
    let mut colours = Vec::new();
    for (role, value) in raw.colours.map(|named| named.0).unwrap_or_default() {
        let Ok(known) = role.text.parse::<Role>() else {
            let hint = suggest::hint(role.text, || Role::iter().map(Role::name), out);
            out.push(
                Draft::error(role.at, format!("nothing is coloured as '{}'", role.text)).maybe_hint(hint),
            );
            continue;
        };
        colours.extend(colour(value, out).map(|colour| (known, colour)));
    }
    (raw.name.and_then(|name| one_of(name, "colours", out)), colours)
}

fn colour(node: &Node<'_>, out: &mut Gathering<'_>) -> Option<Colour> {
    let found = match node.get_ref() {
        DeValue::String(text) => Colour::named(text),
        DeValue::Integer(n) => u8::from_str_radix(n.as_str(), n.radix()).ok().map(Colour::Indexed),
        DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    };
    if found.is_none() {
        let near = as_text(node).and_then(|text| suggest::hint(text, Colour::names, out));
        let near = near.filter(|hint| hint.starts_with("did you mean"));
        let hint = near.unwrap_or_else(|| "such as \"#2e8b57\", \"bright-green\" or 42".to_owned());
        let message = "a colour is \"#RRGGBB\", one of the sixteen names, or a number from 0 to 255";
        out.push(Draft::error(spot(node), message).hint(hint));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::settings::tests::settings;
    use crate::tui::theme::Rgb;
    use ratatui::style::Color;

    #[test]
    fn a_theme_is_a_name_or_a_table_with_colours() {
        assert_eq!(settings("theme = 'colour-blind'").0.theme, Some(ThemeName::ColourBlind));
        let text = "[theme]\nname = 'light'\n[theme.colours]\ngood = '#2e8b57'\nbad = 'red'\nwarn = 42\n";
        let (read, faults) = settings(text);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(read.theme, Some(ThemeName::Light));
        let colours = [
            (Role::Good, Colour::Rgb(Rgb(0x2e, 0x8b, 0x57))),
            (Role::Bad, Colour::Named(Color::Red)),
            (Role::Warn, Colour::Indexed(42)),
        ];
        assert_eq!(read.colours, colours);
    }

    #[test]
    fn what_is_no_colour_is_told_with_its_place() {
        let text =
            "[theme]\nname = 'drak'\n[theme.colours]\ngod = 'red'\nbad = 'gren'\nwarn = 256\nkey = []\n";
        let told: Vec<_> = settings(text).1.into_iter().map(|f| (f.at.line, f.hint.unwrap())).collect();
        let hints: Vec<(usize, &str)> = told.iter().map(|(line, hint)| (*line, hint.as_str())).collect();
        let such = "such as \"#2e8b57\", \"bright-green\" or 42";
        assert_eq!(
            hints,
            [
                (2, "did you mean 'dark'?"),
                (4, "did you mean 'good'?"),
                (5, "did you mean 'green'?"),
                (6, such),
                (7, such)
            ]
        );
    }
}
