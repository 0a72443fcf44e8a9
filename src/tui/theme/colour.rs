//! Colours, what a terminal can show of them, and how well they are told apart.

use ratatui::style::Color;

/// Red, green and blue, 0 to 255 each, as in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A colour that a person has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// A full colour.
    Rgb(Rgb),
    /// One of the 256 of xterm.
    Indexed(u8),
    /// One of the sixteen that the terminal's owner has chosen.
    Named(Color),
}

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All.
    True,
    /// The 256 of xterm.
    Indexed,
    /// Sixteen.
    Sixteen,
    /// None.
    None,
}

/// What is behind the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Background {
    /// Dark, or nobody knows.
    #[default]
    Dark,
    /// Light.
    Light,
}

/// The names of the sixteen, in the order of their numbers.
const NAMES: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, Rgb(0, 0, 0)),
    ("red", Color::Red, Rgb(205, 0, 0)),
    ("green", Color::Green, Rgb(0, 205, 0)),
    ("yellow", Color::Yellow, Rgb(205, 205, 0)),
    ("blue", Color::Blue, Rgb(0, 0, 238)),
    ("magenta", Color::Magenta, Rgb(205, 0, 205)),
    ("cyan", Color::Cyan, Rgb(0, 205, 205)),
    ("white", Color::Gray, Rgb(229, 229, 229)),
    ("bright-black", Color::DarkGray, Rgb(127, 127, 127)),
    ("bright-red", Color::LightRed, Rgb(255, 0, 0)),
    ("bright-green", Color::LightGreen, Rgb(0, 255, 0)),
    ("bright-yellow", Color::LightYellow, Rgb(255, 255, 0)),
    ("bright-blue", Color::LightBlue, Rgb(92, 92, 255)),
    ("bright-magenta", Color::LightMagenta, Rgb(255, 0, 255)),
    ("bright-cyan", Color::LightCyan, Rgb(0, 255, 255)),
    ("bright-white", Color::White, Rgb(255, 255, 255)),
];

/// Below this spread between red, green and blue a colour passes for a grey.
const MUTED: u8 = 40;

impl Colour {
    /// A colour as it is written: `#2e8b57`, or the name of one of the sixteen.
    pub fn named(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix('#') {
            let [r, g, b] = <[u8; 3]>::try_from(hex::decode(digits).ok()?).ok()?;
            return Some(Self::Rgb(Rgb(r, g, b)));
        }
        let text = if text == "gray" || text == "grey" { "bright-black" } else { text };
        NAMES.iter().find(|(name, ..)| *name == text).map(|(_, color, _)| Self::Named(*color))
    }

    /// The names of the sixteen.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, ..)| *name)
    }

    /// The nearest that a terminal can show; none when it shows no colours.
    pub fn shown(self, depth: Depth) -> Option<Color> {
        Some(match (self, depth) {
            (_, Depth::None) => return None,
            (Self::Named(color), _) => color,
            (Self::Rgb(Rgb(r, g, b)), Depth::True) => Color::Rgb(r, g, b),
            (Self::Rgb(rgb), Depth::Indexed) => Color::Indexed(rgb.indexed()),
            (Self::Rgb(rgb), Depth::Sixteen) => rgb.sixteen(),
            (Self::Indexed(n), Depth::True | Depth::Indexed) => Color::Indexed(n),
            (Self::Indexed(n), Depth::Sixteen) => Rgb::of_indexed(n).sixteen(),
        })
    }
}

impl Rgb {
    /// The nearest of the 256; never one of the first sixteen, which look different everywhere.
    pub fn indexed(self) -> u8 {
        // A colour stays one: what it tells apart is worth more than how bright it is.
        let near = (16..=255).filter(|n| self.spread() <= MUTED || Self::of_indexed(*n).spread() > 0);
        near.min_by_key(|n| self.distance(Self::of_indexed(*n))).unwrap_or(16)
    }

    /// The nearest of the sixteen as xterm shows them.
    fn sixteen(self) -> Color {
        let coloured = self.spread() > MUTED;
        let near = NAMES.iter().filter(|(.., rgb)| (rgb.spread() > MUTED) == coloured);
        near.min_by_key(|(.., rgb)| self.distance(*rgb)).map_or(Color::Reset, |(_, color, _)| *color)
    }

    /// How far it is from a grey.
    fn spread(self) -> u8 {
        let Self(r, g, b) = self;
        r.max(g).max(b) - r.min(g).min(b)
    }

    /// One of the 256 as xterm shows it: sixteen, a cube of six by six by six, and 24 shades of grey.
    pub fn of_indexed(n: u8) -> Self {
        let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match n {
            0..=15 => NAMES[usize::from(n)].2,
            16..=231 => {
                let n = n - 16;
                Self(step(n / 36), step(n / 6 % 6), step(n % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (n - 232);
                Self(grey, grey, grey)
            }
        }
    }

    /// How far two colours are apart, as the eye sees it, roughly: the "redmean" weights.
    fn distance(self, other: Self) -> i32 {
        let (r, g, b) = (
            i32::from(self.0) - i32::from(other.0),
            i32::from(self.1) - i32::from(other.1),
            i32::from(self.2) - i32::from(other.2),
        );
        let mean = i32::midpoint(i32::from(self.0), i32::from(other.0));
        (((512 + mean) * r * r) >> 8) + 4 * g * g + (((767 - mean) * b * b) >> 8)
    }

    /// Relative luminance (WCAG 2.2, "relative luminance"), from 0 to 1.
    fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

/// How well text is read on a background (WCAG 2.2, "contrast ratio"), from 1 to 21; 4.5 is enough.
pub fn contrast(text: Rgb, background: Rgb) -> f64 {
    let (a, b) = (text.luminance(), background.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What the environment says of a terminal.
impl Depth {
    /// How many colours the terminal shows, by `COLORTERM` and `TERM`. `NO_COLOR` (no-color.org), an empty
    /// `TERM`, `dumb`, and `CLICOLOR=0` mean none.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() || set("CLICOLOR").is_some_and(|value| value == "0") {
            return Self::None;
        }
        Self::of_terminal(&set("TERM").unwrap_or_default(), &set("COLORTERM").unwrap_or_default())
    }

    /// How many colours a terminal shows, whatever its owner wants.
    pub fn of_terminal(term: &str, colorterm: &str) -> Self {
        const FULL: [&str; 6] = ["direct", "kitty", "alacritty", "wezterm", "ghostty", "foot"];
        if term == "dumb" || term.ends_with("-m") || term.ends_with("-mono") || term.starts_with("vt") {
            return Self::None;
        }
        if matches!(colorterm, "truecolor" | "24bit") || FULL.iter().any(|name| term.contains(name)) {
            return Self::True;
        }
        if term.contains("256color") { Self::Indexed } else { Self::Sixteen }
    }
}

impl Background {
    /// What some terminals say in `COLORFGBG`, such as `0;15` for black on white.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let said = var("COLORFGBG").unwrap_or_default();
        match said.rsplit(';').next() {
            Some("7" | "15") => Self::Light,
            _ => Self::Dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(vars: &[(&str, &str)]) -> Depth {
        Depth::from_env(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn each_of_the_256_is_its_own_nearest() {
        for n in 16..=255 {
            let nearest = Rgb::of_indexed(n).indexed();
            assert_eq!(Rgb::of_indexed(nearest), Rgb::of_indexed(n), "{n}");
        }
    }

    #[test]
    fn each_of_the_sixteen_is_its_own_nearest() {
        for (name, color, rgb) in NAMES {
            assert_eq!(rgb.sixteen(), color, "{name}");
            assert_eq!(Colour::named(name), Some(Colour::Named(color)));
        }
    }

    #[test]
    fn a_nearest_colour_is_near() {
        proptest::proptest!(|(r: u8, g: u8, b: u8)| {
            let rgb = Rgb(r, g, b);
            let near = Rgb::of_indexed(rgb.indexed());
            // The most that any of all 16,777,216 is off.
            let off = |a: u8, b: u8| a.abs_diff(b);
            proptest::prop_assert!(off(near.0, r) <= 60 && off(near.1, g) <= 60 && off(near.2, b) <= 60);
        });
    }

    #[test]
    fn a_dull_red_is_not_shown_as_a_grey() {
        assert!(Rgb::of_indexed(Rgb(137, 47, 48).indexed()).spread() > MUTED);
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(white, white) - 1.0).abs() < 1e-9);
        // The grey that is the darkest to be read on white at 4.5 to 1.
        assert!(contrast(Rgb(0x76, 0x76, 0x76), white) >= 4.5);
        assert!(contrast(Rgb(0x77, 0x77, 0x77), white) < 4.5);
    }

    #[test]
    fn the_terminal_says_how_many_colours_it_shows() {
        for (vars, expected) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-kitty")], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[], Depth::Sixteen),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
            (&[("TERM", "vt100")], Depth::None),
            (&[("TERM", "xterm-mono")], Depth::None),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "")], Depth::True),
            (&[("TERM", "xterm"), ("CLICOLOR", "0")], Depth::None),
        ] {
            assert_eq!(depth(vars), expected, "{vars:?}");
        }
    }

    #[test]
    fn a_light_background_is_known_where_the_terminal_says_so() {
        let of = |said: &str| Background::from_env(|_| Some(said.to_owned()));
        assert_eq!((of("0;15"), of("0;default;7")), (Background::Light, Background::Light));
        assert_eq!((of("15;0"), of(""), of("7")), (Background::Dark, Background::Dark, Background::Light));
    }

    #[test]
    fn what_is_no_colour_is_none() {
        for text in ["", "#", "#12", "#12345", "#gggggg", "#1234567", "pink", "Red", "#ééé"] {
            assert_eq!(Colour::named(text), None, "{text}");
        }
    }
}
