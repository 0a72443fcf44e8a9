//! The only file that puts text on the screen. Every text passes through [`SafeText`] here and is cut to
//! the cells it has, so that no view can forget either.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::{Block, Clear, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::text::SafeText;
use crate::tui::big::{Banner, Scale};
use crate::tui::look::Look;
use crate::tui::search::Finder;
use crate::tui::width;

/// Pieces of text with their styles: one line, not yet drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<(String, Style)>);

impl Words {
    /// A line of one piece.
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self(vec![(text.into(), style)])
    }

    /// Adds all pieces of another line.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds a piece.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, style: Style) -> Self {
        self.0.push((text.into(), style));
        self
    }
}

/// Where a text stands in the cells that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// One row of cells that is filled from the left, and from the right.
#[derive(Debug)]
pub struct Strip<'a> {
    buf: &'a mut Buffer,
    x: u16,
    end: u16,
    y: u16,
    ellipsis: &'static str,
}

impl<'a> Strip<'a> {
    /// The first row of an area. Outside the buffer it swallows everything.
    pub fn new(buf: &'a mut Buffer, area: Rect, look: &Look) -> Self {
        let area = area.intersection(buf.area);
        let end = if area.height == 0 { area.x } else { area.right() };
        Self { buf, x: area.x, end, y: area.y, ellipsis: look.glyphs.ellipsis }
    }

    /// Cells that are left.
    pub fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Where the next text goes.
    pub fn x(&self) -> u16 {
        self.x
    }

    /// Writes a text of [`plain`] letters into exactly so many cells, of which there are enough: cut, or with
    /// blanks before or after it.
    fn letters(&mut self, text: &str, cells: usize, side: Side, style: Style) -> &mut Self {
        if cells == 0 {
            return self;
        }
        let cut = text.len() > cells;
        let kept = if cut { cells - 1 } else { text.len() };
        let blanks = cells - kept - usize::from(cut);
        let before = if side == Side::Right { blanks } else { 0 };
        let start = self.buf.index_of(self.x, self.y);
        let Some(row) = self.buf.content.get_mut(start..start + cells) else {
            return self;
        };
        let letters =
            std::iter::repeat_n(b' ', before).chain(text.bytes().take(kept)).chain(std::iter::repeat(b' '));
        for (cell, letter) in row.iter_mut().zip(letters) {
            cell.set_char(char::from(letter)).set_style(style);
        }
        if let Some(last) = row.last_mut().filter(|_| cut) {
            last.set_symbol(self.ellipsis);
        }
        self.skip(u16::try_from(cells).unwrap_or(u16::MAX))
    }

    /// Writes a sign of one cell as often as it fits, at most `times`.
    pub fn signs(&mut self, sign: &'static str, times: usize, style: Style) -> &mut Self {
        let times = times.min(self.room());
        for _ in 0..times {
            if let Some(cell) = self.buf.cell_mut((self.x, self.y)) {
                cell.set_symbol(sign).set_style(style);
            }
            self.x += 1;
        }
        self
    }

    /// Writes as much as fits.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        if plain(text) {
            return self.letters(text, text.len().min(self.room()), Side::Left, style);
        }
        let text = width::cut(SafeText::new(text).as_str(), self.room(), self.ellipsis);
        (self.x, _) = self.buf.set_stringn(self.x, self.y, text, self.room(), style);
        self
    }

    /// Writes into exactly so many cells, from the left.
    pub fn cells(&mut self, text: &str, cells: usize, style: Style) -> &mut Self {
        let cells = cells.min(self.room());
        if plain(text) {
            return self.letters(text, cells, Side::Left, style);
        }
        let text = width::fit(SafeText::new(text).as_str(), cells, self.ellipsis);
        (self.x, _) = self.buf.set_stringn(self.x, self.y, text, cells, style);
        self
    }

    /// Writes into exactly so many cells, the letters of a search in a style of their own.
    pub fn hits(&mut self, text: &str, hits: &[usize], cells: usize, style: Style, hit: Style) -> &mut Self {
        if hits.is_empty() {
            return self.cells(text, cells, style);
        }
        let cells = cells.min(self.room());
        let text = width::fit(SafeText::new(text).as_str(), cells, self.ellipsis);
        for (n, grapheme) in text.graphemes(true).enumerate() {
            let style = if hits.binary_search(&n).is_ok() { style.patch(hit) } else { style };
            (self.x, _) = self.buf.set_stringn(self.x, self.y, grapheme, self.room(), style);
        }
        self
    }

    /// Writes into exactly so many cells, what a search has met in a style of its own.
    pub fn found(
        &mut self,
        text: &str,
        finder: Option<&mut Finder>,
        cells: usize,
        style: Style,
        hit: Style,
    ) -> &mut Self {
        let Some(finder) = finder else {
            return self.cells(text, cells, style);
        };
        // Found in what is shown: a sign for a control character is wider than the character.
        let safe = SafeText::new(text);
        let hits = finder.hits(safe.as_str());
        self.hits(safe.as_str(), &hits, cells, style, hit)
    }

    /// Writes into exactly so many cells, the text at their right end.
    pub fn cells_right(&mut self, text: &str, cells: usize, style: Style) -> &mut Self {
        let cells = cells.min(self.room());
        if plain(text) {
            return self.letters(text, cells, Side::Right, style);
        }
        let text = width::fit_right(SafeText::new(text).as_str(), cells, self.ellipsis);
        (self.x, _) = self.buf.set_stringn(self.x, self.y, text, cells, style);
        self
    }

    /// Writes at the right end, which moves to the left; nothing when it does not fit.
    pub fn right(&mut self, text: &str, style: Style) -> Option<Rect> {
        let text = SafeText::new(text);
        let wide = u16::try_from(width::width(text.as_str())).ok()?;
        if usize::from(wide) > self.room() {
            return None;
        }
        self.end -= wide;
        self.buf.set_stringn(self.end, self.y, text.as_str(), usize::from(wide), style);
        Some(Rect::new(self.end, self.y, wide, 1))
    }

    /// Leaves cells free.
    pub fn skip(&mut self, cells: u16) -> &mut Self {
        self.x = self.x.saturating_add(cells).min(self.end);
        self
    }

    /// Leaves cells free at the right end.
    pub fn skip_right(&mut self, cells: u16) -> &mut Self {
        self.end = self.end.saturating_sub(cells).max(self.x);
        self
    }

    /// Writes a line.
    pub fn words(&mut self, words: &Words) -> &mut Self {
        for (text, style) in &words.0 {
            self.put(text, *style);
        }
        self
    }
}

/// Whether a text is printable ASCII: safe as it is, and a cell for each byte. Most texts are, and a screen
/// is drawn in half the time when they are not taken apart into graphemes.
fn plain(text: &str) -> bool {
    text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// The outside of a panel: border, title on the left, words on the right of the same line.
pub fn frame(buf: &mut Buffer, area: Rect, title: &str, right: &str, border: Style, look: &Look) {
    Block::bordered().border_set(look.glyphs.border).border_style(border).render(area, buf);
    if area.width < 6 || area.height == 0 {
        return;
    }
    let inner = Rect { x: area.x + 1, width: area.width - 2, height: 1, ..area };
    let mut strip = Strip::new(buf, inner, look);
    if !right.is_empty() && width::width(right) + 12 < strip.room() {
        strip.right(&format!(" {right} "), look.theme.muted);
        strip.skip_right(1);
    }
    let room = strip.room().saturating_sub(2);
    let title = width::cut(SafeText::new(title).as_str(), room, look.glyphs.ellipsis);
    strip.put(" ", border).put(&title, look.theme.title).put(" ", border);
}

/// Large letters, from the upper left corner of an area.
pub fn banner(buf: &mut Buffer, area: Rect, banner: &Banner, style: Style, look: &Look) {
    let glyphs = &look.glyphs;
    let mut y = 0;
    for line in &banner.lines {
        let dot =
            |row: usize, x: usize| line.get(row).is_some_and(|dots| dots.as_bytes().get(x) == Some(&b'#'));
        for n in 0..banner.scale.rows() {
            let row = self::row(area, y + n);
            let mut strip = Strip::new(buf, row, look);
            for x in 0..line[0].len() {
                let symbol = match banner.scale {
                    Scale::Full if dot(n, x) => glyphs.block,
                    Scale::Full => " ",
                    Scale::Half => match (dot(n * 2, x), dot(n * 2 + 1, x), glyphs.halves) {
                        (false, false, _) => " ",
                        (true, true, _) | (_, _, None) => glyphs.block,
                        (true, false, Some([upper, _])) => upper,
                        (false, true, Some([_, lower])) => lower,
                    },
                };
                strip.put(symbol, style);
            }
        }
        y += banner.scale.rows() + 1;
    }
}

/// Wipes what lies under a window.
pub fn clear(buf: &mut Buffer, area: Rect) {
    Clear.render(area.intersection(buf.area), buf);
}

/// Lays what a theme has under everything below what has been drawn.
pub fn ground(buf: &mut Buffer, base: Style) {
    if base == Style::new() {
        return;
    }
    for cell in &mut buf.content {
        if let (Color::Reset, Some(fg)) = (cell.fg, base.fg) {
            cell.fg = fg;
        }
        if let (Color::Reset, Some(bg)) = (cell.bg, base.bg) {
            cell.bg = bg;
        }
    }
}

/// Row `n` of an area.
pub fn row(area: Rect, n: usize) -> Rect {
    let down = u16::try_from(n).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y.saturating_add(down), height: u16::from(down < area.height), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(draw: impl FnOnce(&mut Strip<'_>)) -> String {
        let area = Rect::new(0, 0, 10, 1);
        let mut buf = Buffer::empty(area);
        draw(&mut Strip::new(&mut buf, area, &Look::default()));
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn no_control_character_reaches_a_cell() {
        let row = drawn(|s| {
            s.put("a\u{1b}[2J\u{202e}b", Style::new());
        });
        assert_eq!(row, "a␛[2J⟨202…");
    }

    #[test]
    fn left_and_right_never_overlap() {
        let row = drawn(|s| {
            s.right("right", Style::new());
            s.put("a long text", Style::new());
        });
        assert_eq!(row, "a lo…right");
    }

    #[test]
    fn hits_are_marked_without_moving_the_text() {
        let row = drawn(|s| {
            s.hits("Acme Ltd", &[0, 5], 8, Style::new(), Style::new());
        });
        assert_eq!(row, "Acme Ltd  ");
    }

    #[test]
    fn a_hit_is_marked_where_it_is_shown() {
        let (area, hit) = (Rect::new(0, 0, 12, 1), Style::new().bold());
        let mut buf = Buffer::empty(area);
        let mut finder = Finder::new("end");
        Strip::new(&mut buf, area, &Look::default()).found(
            "\u{202e}end",
            Some(&mut finder),
            12,
            Style::new(),
            hit,
        );
        let marked: Vec<usize> = buf
            .content()
            .iter()
            .enumerate()
            .filter(|(_, c)| c.modifier == hit.add_modifier)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(marked, [6, 7, 8]);
    }

    #[test]
    fn only_this_file_puts_text_on_the_screen() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/view");
        let banned = ["set_string", "set_symbol", "Span::", "Line::", "Paragraph", "set_span", "set_line"];
        let entries = |dir: &std::path::Path| -> Vec<std::path::PathBuf> {
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
        };
        let within = |path: std::path::PathBuf| if path.is_dir() { entries(&path) } else { vec![path] };
        let files = entries(&dir).into_iter().flat_map(within);
        let mut seen = 0;
        for path in files.filter(|p| p.is_file() && p.file_name().is_some_and(|n| n != "pen.rs")) {
            let text = std::fs::read_to_string(&path).unwrap();
            seen += 1;
            for word in banned {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
        assert!(seen > 5);
    }
}
