//! Columns that line up, by the width that text has on a screen.

use unicode_width::UnicodeWidthStr as _;

use super::out::{Out, Tone};
use crate::domain::text::SafeText;

/// A cell: safe text in a tone.
#[derive(Debug, Clone)]
pub struct Cell {
    text: SafeText,
    tone: Tone,
}

impl Cell {
    /// A cell without a tone.
    pub fn new(text: &str) -> Self {
        Self { text: SafeText::new(text), tone: Tone::Plain }
    }

    /// A cell cut to a number of characters.
    pub fn clipped(text: &str, max: usize) -> Self {
        Self { text: SafeText::clipped(text, max), tone: Tone::Plain }
    }

    /// In a tone.
    #[must_use]
    pub fn in_tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

/// Prints rows with two spaces between columns and nothing after the last.
pub fn print(out: &mut Out, indent: usize, rows: &[Vec<Cell>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.text.as_str().width()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    for row in rows {
        let last = row.iter().rposition(|c| !c.text.as_str().is_empty());
        let mut line = " ".repeat(indent);
        for (n, cell) in row.iter().enumerate().take(last.map_or(0, |l| l + 1)) {
            line.push_str(&out.paint(cell.tone, &cell.text));
            if Some(n) != last {
                let fill = widths[n].saturating_sub(cell.text.as_str().width());
                line.push_str(&" ".repeat(fill + 2));
            }
        }
        out.line(line);
    }
}
