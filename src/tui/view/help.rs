//! The keys of a screen, made from the keymap, those of all others, and what the signs mean.

use crate::domain::assess::Status;
use crate::tui::keymap::{Context, Keymap};
use crate::tui::look::Look;
use crate::tui::search::Finder;

use super::pen::Strip;

/// Cells for the keys.
const KEYS: usize = 18;

/// One row of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpRow {
    /// A heading.
    Title(&'static str),
    /// Keys and what they do.
    Keys(String, &'static str),
    /// A status, with its sign.
    Sign(Status),
    /// Nothing.
    Gap,
}

/// The statuses whose signs are explained.
const SIGNS: [Status; 9] = [
    Status::Done,
    Status::Todo,
    Status::Partly,
    Status::Regressed,
    Status::Rejected,
    Status::Expired,
    Status::Stale,
    Status::Waived,
    Status::NotApplicable,
];

/// The rows of a screen's help that a query meets: its own keys first, the signs, then the keys of windows, of
/// typing and of the other screens.
pub fn rows(context: Context, keys: &Keymap, query: &str) -> Vec<HelpRow> {
    let mut finder = Finder::new(query);
    let mut out = Vec::new();
    let mut group = |title: &'static str, rows: Vec<HelpRow>| {
        if rows.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.push(HelpRow::Gap);
        }
        out.push(HelpRow::Title(title));
        out.extend(rows);
    };
    let mut bound = |context: Context| -> Vec<HelpRow> {
        keys.rows(context)
            .iter()
            .filter(|row| !row.keys.is_empty())
            .map(|row| {
                let names: Vec<_> = row.keys.iter().map(|key| key.name()).collect();
                (names.join(" "), row.help)
            })
            .filter(|(names, help)| finder.score(&format!("{names} {help} {}", context.title())).is_some())
            .map(|(names, help)| HelpRow::Keys(names, help))
            .collect()
    };
    let first = bound(context);
    group(context.title(), first);
    let mut finder = Finder::new(query);
    let signs = SIGNS.into_iter().filter(|s| finder.score(&format!("{} signs", s.word())).is_some());
    group("Signs", signs.map(HelpRow::Sign).collect());
    // Windows and typing before the screens where one is not.
    let (windows, screens): (Vec<Context>, Vec<Context>) =
        Context::ALL.into_iter().filter(|other| *other != context).partition(|other| !other.is_screen());
    for other in windows.into_iter().chain(screens) {
        let rows = bound(other);
        group(other.title(), rows);
    }
    out
}

/// Draws a row, with what a search has met.
pub(super) fn draw(row: &HelpRow, finder: Option<&mut Finder>, look: &Look, strip: &mut Strip<'_>) {
    let theme = &look.theme;
    match row {
        HelpRow::Title(title) => {
            strip.put(title, theme.title);
        }
        HelpRow::Keys(keys, help) => {
            strip.skip(2).cells(keys, KEYS, theme.key);
            let room = strip.room();
            strip.found(help, finder, room, theme.text, theme.hit);
        }
        HelpRow::Sign(status) => {
            strip.skip(2).cells(look.glyphs.status(*status), KEYS, theme.status(*status));
            let room = strip.room();
            strip.found(status.word(), finder, room, theme.text, theme.hit);
        }
        HelpRow::Gap => {}
    }
}
