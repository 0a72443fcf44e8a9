//! Lines of words for a panel that tells of one thing: labels on the left, what there is to say on the right.

use chrono::{DateTime, Utc};
use ratatui::style::Style;

use crate::domain::text::SafeText;
use crate::tui::look::Look;
use crate::tui::width;
use crate::tui::words::time;

use super::pen::Words;

/// Cells of a label with the space after it.
pub(super) const LABEL: usize = 9;
/// Lines that one text may take up.
const LINES: usize = 6;

/// Lines that are being written.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// How it looks.
    pub(super) look: &'a Look,
    /// The time.
    pub(super) now: DateTime<Utc>,
    /// Cells of a line.
    pub(super) cells: usize,
    /// What has been written.
    pub(super) lines: Vec<Words>,
}

impl<'a> Page<'a> {
    /// An empty page for a panel of so many cells inside.
    pub(super) fn new(look: &'a Look, now: DateTime<Utc>, cells: usize) -> Self {
        Self { look, now, cells: cells.saturating_sub(2), lines: Vec::new() }
    }

    /// A text over the whole width.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        for line in width::wrap(SafeText::new(text).as_str(), self.cells, LINES, self.look.glyphs.ellipsis) {
            self.lines.push(Words::new(line, style));
        }
    }

    /// A label, and a text beside it.
    pub(super) fn labelled(&mut self, label: &str, text: &str, style: Style) {
        let room = self.cells.saturating_sub(LABEL);
        let wrapped = width::wrap(SafeText::new(text).as_str(), room, LINES, self.look.glyphs.ellipsis);
        for (n, line) in wrapped.into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            self.line(label, Words::default().and(line, style));
        }
    }

    /// A label, and a line beside it that is not wrapped.
    pub(super) fn line(&mut self, label: &str, line: Words) {
        let label = width::fit(label, LABEL, self.look.glyphs.ellipsis);
        self.lines.push(Words::new(label, self.look.theme.muted).then(line));
    }

    /// A sign under a label, and a text beside it.
    pub(super) fn marked(&mut self, label: &str, sign: &str, sign_style: Style, text: &str, style: Style) {
        let room = self.cells.saturating_sub(LABEL + 2);
        let wrapped = width::wrap(SafeText::new(text).as_str(), room, LINES, self.look.glyphs.ellipsis);
        for (n, line) in wrapped.into_iter().enumerate() {
            let (label, sign) = if n == 0 { (label, sign) } else { ("", " ") };
            let words = Words::new(sign, sign_style).and(" ", style).and(line, style);
            self.line(label, words);
        }
    }

    /// A text in at most so many lines of so many cells.
    pub(super) fn wrapped(&self, text: &str, cells: usize, lines: usize) -> Vec<String> {
        width::wrap(SafeText::new(text).as_str(), cells, lines, self.look.glyphs.ellipsis)
    }

    /// A moment, as short as it can be told today.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        time::moment(at, self.now, self.look.zone)
    }
}
