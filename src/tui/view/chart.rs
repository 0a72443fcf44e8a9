//! A curve over days: what is done, filled, under what applies, a line; today and the target day upright.
//!
//! ```text
//!  done 26 of 42
//!  42 ┤⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒┊⠒⠒⠒⠒⠒⠒┊
//!     │        ⣀⣤⣶⣿⣿┊      ┊
//!   0 ┤⣀⣠⣴⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿┊      ┊
//!      3 Oct      today  12 Dec
//! ```

use chrono::NaiveDate;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::burn_up::Point;
use crate::domain::ids::EngagementId;
use crate::tui::glyphs::Curve;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::width;
use crate::tui::words::time;

use super::pen::{self, Strip};

/// Cells of the scale on the left.
const SCALE: u16 = 5;
/// Rows that are not the curve: the words above, the days below.
const AROUND: u16 = 2;

/// A curve to be drawn.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    /// How things stood, oldest first.
    pub(super) points: &'a [Point],
    /// Today.
    pub(super) today: NaiveDate,
    /// The day of going live, if one is set.
    pub(super) target: Option<NaiveDate>,
}

/// Draws the curve of an engagement as far as it is known, with a cell free at either side.
pub(super) fn of(
    model: &Model,
    engagement: &EngagementId,
    target: Option<NaiveDate>,
    inner: Rect,
    buf: &mut ratatui::buffer::Buffer,
) {
    let look = &model.look;
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let said = match model.burn_ups.of(engagement) {
        Some(points) if !points.is_empty() => {
            let chart = Chart { points, today: model.now.at.date_naive(), target };
            return draw(buf, inner, &chart, look);
        }
        Some(_) => "It cannot be read.",
        None => "Reading.",
    };
    Strip::new(buf, inner, look).put(said, look.theme.muted);
}

/// Draws it into all of an area; nothing where there is no room for it.
pub(super) fn draw(buf: &mut ratatui::buffer::Buffer, area: Rect, chart: &Chart<'_>, look: &Look) {
    let (Some(first), Some(last)) = (chart.points.first(), chart.points.last()) else {
        return;
    };
    if area.height < AROUND + 2 || area.width < SCALE + 8 {
        return;
    }
    let theme = &look.theme;
    let mut strip = Strip::new(buf, pen::row(area, 0), look);
    strip.put(&format!("done {} of {}", last.done, last.total), theme.text);
    if last.waived > 0 {
        strip.put(&format!(", {} waived", last.waived), theme.warn);
    }
    let plot =
        Rect { x: area.x + SCALE, y: area.y + 1, width: area.width - SCALE, height: area.height - AROUND };
    let grid = Grid::new(chart, plot, look.glyphs.curve, first.day);
    for row in 0..plot.height {
        let label = match row {
            0 => grid.most.to_string(),
            n if n + 1 == plot.height => "0".to_owned(),
            _ => String::new(),
        };
        let line = Rect { height: 1, ..pen::row(area, usize::from(row) + 1) };
        let mut strip = Strip::new(buf, line, look);
        strip.cells_right(&label, usize::from(SCALE) - 1, theme.muted);
        strip.put(look.glyphs.border.vertical_left, theme.border);
        for (text, kind) in grid.row(row, look) {
            let style = match kind {
                Kind::Done => theme.good,
                Kind::Total | Kind::Empty => theme.muted,
                Kind::Today => theme.text,
                Kind::Target => theme.busy,
            };
            strip.put(&text, style);
        }
    }
    days(buf, pen::row(area, usize::from(area.height) - 1), &grid, chart, look);
}

/// The days under the curve: the first, today, the target. One that would lie on another is left out.
fn days(buf: &mut ratatui::buffer::Buffer, row: Rect, grid: &Grid<'_>, chart: &Chart<'_>, look: &Look) {
    let (start, end) = (usize::from(SCALE), usize::from(row.width));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut put = |text: &str, at: usize, style: Style| {
        let wide = width::width(text);
        // Centred under its line, inside the chart.
        let from = (start + at).saturating_sub(wide / 2).max(start).min(end.saturating_sub(wide));
        let to = from + wide;
        if taken.iter().all(|(a, b)| to < *a || from > *b) {
            let area = Rect { x: row.x + u16::try_from(from).unwrap_or(0), ..row };
            Strip::new(buf, area.intersection(row), look).put(text, style);
            taken.push((from, to));
        }
    };
    put("today", grid.cell(chart.today), look.theme.text);
    if let Some(target) = chart.target {
        put(&time::day(target, chart.today), grid.cell(target), look.theme.busy);
    }
    put(&time::day(grid.first, chart.today), 0, look.theme.muted);
}

/// What a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Done,
    Total,
    Today,
    Target,
}

/// Dots inside the cells of the curve.
struct Grid<'a> {
    chart: &'a Chart<'a>,
    first: NaiveDate,
    /// Days from the first to the last column.
    span: i64,
    width: usize,
    height: usize,
    most: usize,
    curve: Curve,
}

impl<'a> Grid<'a> {
    fn new(chart: &'a Chart<'a>, plot: Rect, curve: Curve, first: NaiveDate) -> Self {
        let ends = chart.points.iter().map(|p| p.day).chain([chart.today]).chain(chart.target);
        let last = ends.max().unwrap_or(first);
        let most = chart.points.iter().map(|p| p.total.max(p.done)).max().unwrap_or(0).max(1);
        Self {
            chart,
            first,
            span: (last - first).num_days().max(1),
            width: usize::from(plot.width),
            height: usize::from(plot.height),
            most,
            curve,
        }
    }

    /// Dots of a cell, across and up.
    fn dots(&self) -> (usize, usize) {
        match self.curve {
            Curve::Braille => (2, 4),
            Curve::Letters => (1, 1),
        }
    }

    /// The column of a day.
    fn cell(&self, day: NaiveDate) -> usize {
        let days = (day - self.first).num_days().clamp(0, self.span);
        let last = self.width.saturating_sub(1);
        usize::try_from(days * i64::try_from(last).unwrap_or(0) / self.span).unwrap_or(0).min(last)
    }

    /// How things stood at a column of dots; none before the beginning and after today.
    fn at(&self, dot: usize) -> Option<&Point> {
        if dot / self.dots().0 > self.cell(self.chart.today) {
            return None;
        }
        let dots = i64::try_from(self.width * self.dots().0).unwrap_or(1).max(2) - 1;
        let days = i64::try_from(dot).unwrap_or(0) * self.span / dots;
        let day = self.first.checked_add_signed(chrono::TimeDelta::try_days(days)?)?;
        let after = self.chart.points.partition_point(|p| p.day <= day);
        self.chart.points.get(after.checked_sub(1)?)
    }

    /// So many dots high is a number of items.
    fn dots_high(&self, items: usize) -> usize {
        let all = self.height * self.dots().1;
        let high = (items * all + self.most / 2) / self.most;
        if items > 0 { high.max(1) } else { 0 }
    }

    /// One row of cells, from the top, in runs of one kind.
    fn row(&self, row: u16, look: &Look) -> Vec<(String, Kind)> {
        let mut runs: Vec<(String, Kind)> = Vec::new();
        let above = self.height - 1 - usize::from(row);
        let today = self.cell(self.chart.today);
        let target = self.chart.target.map(|day| self.cell(day));
        let upright = look.glyphs.upright;
        for cell in 0..self.width {
            let (sign, kind) = if Some(cell) == target {
                (upright.to_owned(), Kind::Target)
            } else if cell == today {
                (upright.to_owned(), Kind::Today)
            } else {
                match self.curve {
                    Curve::Braille => self.braille(cell, above),
                    Curve::Letters => self.letter(cell, above),
                }
            };
            match runs.last_mut() {
                Some((text, last)) if *last == kind => text.push_str(&sign),
                Some(_) | None => runs.push((sign, kind)),
            }
        }
        runs
    }

    fn braille(&self, cell: usize, above: usize) -> (String, Kind) {
        // Unicode 16, chapter 21.1: dots 1 2 3 7 go down on the left, 4 5 6 8 on the right.
        const BITS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];
        let (mut bits, mut done) = (0, false);
        for (side, column) in BITS.iter().enumerate() {
            let Some(point) = self.at(cell * 2 + side) else { continue };
            let (full, line) = (self.dots_high(point.done), self.dots_high(point.total));
            for (up, bit) in column.iter().enumerate() {
                let dot = above * 4 + up + 1;
                if dot <= full {
                    bits |= bit;
                    done = true;
                } else if dot == line {
                    bits |= bit;
                }
            }
        }
        let sign = char::from_u32(0x2800 + bits).filter(|_| bits > 0).unwrap_or(' ');
        let kind = match (bits, done) {
            (0, _) => Kind::Empty,
            (_, true) => Kind::Done,
            (_, false) => Kind::Total,
        };
        (sign.to_string(), kind)
    }

    fn letter(&self, cell: usize, above: usize) -> (String, Kind) {
        let Some(point) = self.at(cell) else {
            return (" ".to_owned(), Kind::Empty);
        };
        if above < self.dots_high(point.done) {
            ("#".to_owned(), Kind::Done)
        } else if above + 1 == self.dots_high(point.total) {
            ("-".to_owned(), Kind::Total)
        } else {
            (" ".to_owned(), Kind::Empty)
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::tui::glyphs::ASCII;

    fn day(n: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, 3).unwrap() + chrono::TimeDelta::days(n)
    }

    fn points(days: i64) -> Vec<Point> {
        (0..=days)
            .map(|n| Point { day: day(n), done: usize::try_from(n / 2).unwrap(), waived: 0, total: 42 })
            .collect()
    }

    fn drawn(width: u16, height: u16, chart: &Chart<'_>, look: &Look) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area, chart, look);
        let rows = buf.content().chunks(usize::from(width));
        rows.map(|row| {
            let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned() + "\n"
        })
        .collect()
    }

    #[test]
    fn a_curve_in_braille_and_in_letters() {
        let points = points(49);
        let chart = Chart { points: &points, today: day(49), target: Some(day(70)) };
        let ascii = Look { glyphs: ASCII, ..Look::default() };
        let both = drawn(50, 10, &chart, &Look::default()) + &drawn(50, 10, &chart, &ascii);
        insta::assert_snapshot!(both);
        assert!(drawn(50, 10, &chart, &ascii).is_ascii());
    }

    #[test]
    fn every_size_and_every_span_of_days_draws() {
        for (days, target) in [(0, None), (0, Some(day(0))), (3, Some(day(-40))), (399, Some(day(9000)))] {
            let points = points(days);
            let chart = Chart { points: &points, today: day(days), target };
            for (width, height) in [(1, 1), (12, 3), (13, 4), (20, 5), (200, 60)] {
                drawn(width, height, &chart, &Look::default());
            }
        }
        let none = Chart { points: &[], today: day(0), target: None };
        assert_eq!(drawn(40, 8, &none, &Look::default()).trim(), "");
    }

    #[test]
    fn all_done_reaches_the_top_and_nothing_done_leaves_the_bottom_free() {
        let look = Look { glyphs: ASCII, ..Look::default() };
        let full = [Point { day: day(0), done: 5, waived: 0, total: 5 }];
        let chart = Chart { points: &full, today: day(3), target: None };
        assert_eq!(drawn(30, 8, &chart, &look).matches('#').count(), 24 * 6);
        let none = [Point { day: day(0), done: 0, waived: 0, total: 5 }];
        let chart = Chart { points: &none, today: day(3), target: None };
        assert_eq!(drawn(30, 8, &chart, &look).matches('#').count(), 0);
    }
}
