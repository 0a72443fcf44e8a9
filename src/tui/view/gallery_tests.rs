//! Every screen, as it is drawn at every size and with both sets of signs.

use std::fmt::Write as _;

use ratatui::style::Color;

use super::tests::{drawn, plain, text};
use super::{overview_tests, room_tests};
use crate::tui::input::{Key, Size};
use crate::tui::model::Model;
use crate::tui::testing::{World, engaged, press, validated};

const SIZES: [Size; 4] = [Size::new(40, 12), Size::new(80, 24), Size::new(120, 40), Size::new(200, 60)];

/// How a screen comes about at a size.
pub(super) type Make = fn(Size) -> Model;

/// Every screen there is.
pub(super) const SCREENS: [(&str, Make); 9] = [
    ("portfolio", overview_tests::shown),
    ("today", overview_tests::today),
    ("my_work", overview_tests::my_work),
    ("all_checks", overview_tests::all_checks),
    ("items", |size| engaged(size, &World::acme(), "Dana Ruiz")),
    ("kickoff", |size| {
        let mut model = engaged(size, &World::acme(), "Dana Ruiz");
        press(&mut model, [Key::Char('4')]);
        model
    }),
    ("readiness", room_tests::readiness),
    ("validation", |size| validated(size, &World::acme(), "Dana Ruiz", 3)),
    ("history", room_tests::history),
];

fn in_all_sizes(make: impl Fn(Size) -> Model) -> String {
    SIZES.into_iter().fold(String::new(), |mut shown, size| {
        let _ = writeln!(shown, "{}x{}\n{}", size.width, size.height, text(&make(size)));
        shown
    })
}

#[test]
fn every_screen_in_every_size() {
    for (name, make) in SCREENS {
        insta::assert_snapshot!(name, in_all_sizes(make));
    }
}

#[test]
fn every_screen_in_every_size_in_ascii_without_colour() {
    for (name, make) in SCREENS {
        let shown = in_all_sizes(|size| plain(make(size)));
        // Names may be of any script; everything else is ASCII.
        let strange: String = shown.chars().filter(|c| !c.is_ascii() && !"É東京".contains(*c)).collect();
        assert_eq!(strange, "", "{name}");
        insta::assert_snapshot!(format!("{name}_plain"), shown);
    }
}

#[test]
fn without_colour_no_screen_has_any() {
    for (name, make) in SCREENS {
        let model = plain(make(Size::new(120, 40)));
        let (terminal, _) = drawn(&model);
        let coloured = terminal
            .backend()
            .buffer()
            .content()
            .iter()
            .find(|c| (c.fg, c.bg) != (Color::Reset, Color::Reset));
        assert_eq!(coloured, None, "{name}");
    }
}

#[test]
fn colour_tells_nothing_that_is_not_there_without_it() {
    for (name, make) in SCREENS {
        for size in SIZES {
            let mut bare = make(size);
            bare.look.theme = crate::tui::theme::Theme::PLAIN;
            assert_eq!(text(&bare), text(&make(size)), "{name}");
        }
    }
}
