//! The colours of each theme, and the background that they are chosen for.

use ratatui::style::{Color, Modifier, Style};

use super::Theme;
use super::colour::{Colour, Depth, Rgb};

/// What a colour is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumIter, strum::EnumString,
)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text that stands back.
    Muted,
    /// Titles.
    Title,
    /// Keys.
    Key,
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Wants attention.
    Warn,
    /// In work.
    Busy,
    /// Borders.
    Border,
    /// The border of what has the keys.
    Focus,
    /// The row under the cursor.
    Cursor,
    /// What a search has met.
    Hit,
}

impl Role {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A full colour, and the one of sixteen that stands for it.
#[derive(Debug, Clone, Copy)]
struct Shade(Rgb, Color);

const fn shade(r: u8, g: u8, b: u8, sixteen: Color) -> Shade {
    Shade(Rgb(r, g, b), sixteen)
}

/// Whether the background is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    /// The terminal's own stays.
    No,
    /// Over all of the screen.
    Yes,
}

/// The colours of a theme. No colour is the terminal's own.
#[derive(Debug)]
pub struct Palette {
    /// The background that the colours are chosen for.
    background: Rgb,
    paint: Paint,
    text: Option<Shade>,
    muted: Option<Shade>,
    title: Option<Shade>,
    key: Option<Shade>,
    good: Option<Shade>,
    bad: Option<Shade>,
    warn: Option<Shade>,
    busy: Option<Shade>,
    border: Option<Shade>,
    focus: Option<Shade>,
    cursor: Option<Shade>,
    hit: Option<Shade>,
}

/// For dark backgrounds up to a dark grey.
pub(super) static DARK: Palette = Palette {
    background: Rgb(0x22, 0x22, 0x26),
    paint: Paint::No,
    text: None,
    muted: Some(shade(0x96, 0x9c, 0xa8, Color::DarkGray)),
    title: None,
    key: Some(shade(0x62, 0xc5, 0xd8, Color::Cyan)),
    good: Some(shade(0x7f, 0xc9, 0x7f, Color::Green)),
    bad: Some(shade(0xff, 0x7b, 0x72, Color::Red)),
    warn: Some(shade(0xe3, 0xb3, 0x41, Color::Yellow)),
    busy: Some(shade(0x6c, 0xb6, 0xff, Color::Cyan)),
    border: Some(shade(0x8a, 0x91, 0x9e, Color::DarkGray)),
    focus: Some(shade(0x62, 0xc5, 0xd8, Color::Cyan)),
    cursor: None,
    hit: Some(shade(0xff, 0xd8, 0x66, Color::Yellow)),
};

/// For light backgrounds down to a light grey.
pub(super) static LIGHT: Palette = Palette {
    background: Rgb(0xf6, 0xf6, 0xf6),
    paint: Paint::No,
    text: None,
    muted: Some(shade(0x5f, 0x66, 0x70, Color::DarkGray)),
    title: None,
    key: Some(shade(0x0b, 0x5c, 0xad, Color::Blue)),
    good: Some(shade(0x1a, 0x6b, 0x2f, Color::Green)),
    bad: Some(shade(0xb3, 0x1d, 0x28, Color::Red)),
    warn: Some(shade(0x86, 0x4a, 0x00, Color::Magenta)),
    busy: Some(shade(0x0b, 0x5c, 0xad, Color::Blue)),
    border: Some(shade(0x6a, 0x70, 0x78, Color::DarkGray)),
    focus: Some(shade(0x0b, 0x5c, 0xad, Color::Blue)),
    cursor: None,
    hit: Some(shade(0x8a, 0x1f, 0x8a, Color::Magenta)),
};

/// Paints its own background, so that it is the same everywhere.
pub(super) static HIGH_CONTRAST: Palette = Palette {
    background: Rgb(0, 0, 0),
    paint: Paint::Yes,
    text: Some(shade(0xff, 0xff, 0xff, Color::White)),
    muted: Some(shade(0xd8, 0xd8, 0xd8, Color::Gray)),
    title: Some(shade(0xff, 0xff, 0xff, Color::White)),
    key: Some(shade(0x00, 0xff, 0xff, Color::LightCyan)),
    good: Some(shade(0x5f, 0xff, 0x5f, Color::LightGreen)),
    bad: Some(shade(0xff, 0x87, 0x87, Color::LightRed)),
    warn: Some(shade(0xff, 0xff, 0x00, Color::LightYellow)),
    busy: Some(shade(0x5f, 0xd7, 0xff, Color::LightCyan)),
    border: Some(shade(0xff, 0xff, 0xff, Color::White)),
    focus: Some(shade(0xff, 0xff, 0x00, Color::LightYellow)),
    cursor: Some(shade(0xff, 0xff, 0x00, Color::LightYellow)),
    hit: Some(shade(0xff, 0xff, 0x00, Color::LightYellow)),
};

/// The blue and the orange are those of Okabe and Ito's palette, made lighter for a dark background.
pub(super) static COLOUR_BLIND: Palette = Palette {
    key: Some(shade(0xc5, 0xc9, 0xf5, Color::White)),
    good: Some(shade(0x56, 0xb4, 0xe9, Color::LightBlue)),
    bad: Some(shade(0xff, 0xa0, 0x47, Color::LightYellow)),
    warn: Some(shade(0xf0, 0xe4, 0x42, Color::Yellow)),
    busy: Some(shade(0xc5, 0xc9, 0xf5, Color::White)),
    focus: Some(shade(0xff, 0xff, 0xff, Color::White)),
    hit: Some(shade(0xf0, 0xe4, 0x42, Color::Yellow)),
    ..DARK_BASE
};

/// The same for light backgrounds.
pub(super) static COLOUR_BLIND_LIGHT: Palette = Palette {
    key: Some(shade(0x33, 0x33, 0x66, Color::Black)),
    good: Some(shade(0x00, 0x5f, 0x9e, Color::Blue)),
    bad: Some(shade(0x9a, 0x40, 0x00, Color::Red)),
    warn: Some(shade(0x6f, 0x5a, 0x00, Color::Yellow)),
    busy: Some(shade(0x33, 0x33, 0x66, Color::Black)),
    focus: Some(shade(0x11, 0x11, 0x11, Color::Black)),
    hit: Some(shade(0x6f, 0x5a, 0x00, Color::Yellow)),
    ..LIGHT_BASE
};

/// What themes for dark backgrounds share.
const DARK_BASE: Palette = Palette {
    background: Rgb(0x22, 0x22, 0x26),
    paint: Paint::No,
    text: None,
    muted: Some(shade(0x96, 0x9c, 0xa8, Color::DarkGray)),
    title: None,
    key: None,
    good: None,
    bad: None,
    warn: None,
    busy: None,
    border: Some(shade(0x8a, 0x91, 0x9e, Color::DarkGray)),
    focus: None,
    cursor: None,
    hit: None,
};

/// What themes for light backgrounds share.
const LIGHT_BASE: Palette = Palette {
    background: Rgb(0xf6, 0xf6, 0xf6),
    muted: Some(shade(0x5f, 0x66, 0x70, Color::DarkGray)),
    border: Some(shade(0x6a, 0x70, 0x78, Color::DarkGray)),
    ..DARK_BASE
};

impl Palette {
    fn shade(&self, role: Role) -> Option<Shade> {
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

    /// The theme on a terminal, with colours that a person has set; the last for a role counts.
    pub(super) fn theme(&self, depth: Depth, changes: &[(Role, Colour)]) -> Theme {
        if depth == Depth::None {
            return Theme::PLAIN;
        }
        let shown = |Shade(rgb, sixteen): Shade| match depth {
            Depth::Sixteen => Some(sixteen),
            Depth::True | Depth::Indexed | Depth::None => Colour::Rgb(rgb).shown(depth),
        };
        let style = |role: Role| {
            let change = changes.iter().rev().find(|(of, _)| *of == role);
            let color = match change {
                Some((_, colour)) => colour.shown(depth),
                None => self.shade(role).and_then(shown),
            };
            let style = color.map_or_else(Style::new, |color| Style::new().fg(color));
            match role {
                Role::Title | Role::Bad | Role::Cursor => style.add_modifier(Modifier::BOLD),
                Role::Hit => style.add_modifier(Modifier::UNDERLINED),
                Role::Text
                | Role::Muted
                | Role::Key
                | Role::Good
                | Role::Warn
                | Role::Busy
                | Role::Border
                | Role::Focus => style,
            }
        };
        let base = match (self.paint, depth) {
            (Paint::No, _) => Style::new(),
            (Paint::Yes, Depth::Sixteen) => style(Role::Text).bg(Color::Black),
            (Paint::Yes, _) => {
                let background = Colour::Rgb(self.background).shown(depth);
                background.map_or_else(Style::new, |color| style(Role::Text).bg(color))
            }
        };
        Theme {
            base,
            text: style(Role::Text),
            muted: style(Role::Muted),
            title: style(Role::Title),
            key: style(Role::Key),
            good: style(Role::Good),
            bad: style(Role::Bad),
            warn: style(Role::Warn),
            busy: style(Role::Busy),
            border: style(Role::Border),
            focus: style(Role::Focus),
            cursor: style(Role::Cursor),
            hit: style(Role::Hit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::contrast;
    use strum::IntoEnumIterator as _;

    const ALL: [(&str, &Palette, f64); 5] = [
        ("dark", &DARK, 4.5),
        ("light", &LIGHT, 4.5),
        ("high contrast", &HIGH_CONTRAST, 7.0),
        ("colour-blind", &COLOUR_BLIND, 4.5),
        ("colour-blind, light", &COLOUR_BLIND_LIGHT, 4.5),
    ];

    #[test]
    fn every_colour_can_be_read_on_the_background_it_is_for() {
        for (name, palette, least) in ALL {
            for role in Role::iter() {
                let Some(Shade(rgb, _)) = palette.shade(role) else {
                    continue;
                };
                let near = Rgb::of_indexed(rgb.indexed());
                for (depth, shown) in [("full", rgb), ("256", near)] {
                    let contrast = contrast(shown, palette.background);
                    assert!(contrast >= least, "{name}, {role:?} in {depth}: {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn what_tells_states_apart_differs_in_every_depth() {
        for (name, palette, _) in ALL {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
                let theme = palette.theme(depth, &[]);
                let told: std::collections::HashSet<_> =
                    [theme.good.fg, theme.bad.fg, theme.warn.fg, theme.busy.fg].into();
                assert_eq!(told.len(), 4, "{name} {depth:?}");
            }
        }
    }

    #[test]
    fn only_the_theme_that_is_the_same_everywhere_paints_the_background() {
        for (name, palette, _) in ALL {
            let painted = palette.theme(Depth::True, &[]).base.bg.is_some();
            assert_eq!(painted, name == "high contrast", "{name}");
        }
    }
}
