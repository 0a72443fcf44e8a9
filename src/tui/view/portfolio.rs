//! The portfolio: one row for each engagement.
//!
//! ```text
//! ┌ Engagements ──────────────────────────────────────────────────────── stuck · mine ── 1 of 12 ┐
//! │  Merchant        Stages  Done   Waiting on             In  Checks   Go-live ▴      Slack      │
//! │▸✗Acme Ltd        ▓▓▓▒░░  26/42  Developer: Lin Chen   9 d  ✓4 ✗1    12 Dec, 21 d       4      │
//! └───────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Only the rows in sight are built. A narrow screen keeps the columns that matter most; the merchant keeps
//! room for a name at every width.

use chrono::NaiveDate;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::release::GoNoGo;
use crate::domain::summary::Summary;
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::columns::{Column, Direction, Sort};
use crate::tui::model::portfolio::{Reading, waiting};
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::chart;
use super::pen::{self, Strip, Words};
use super::regions::Target;
use super::{Canvas, header};

/// How a column is laid out.
struct Plan {
    column: Column,
    /// Its cells at least.
    least: usize,
    /// Its cells where there is room for columns that matter less.
    good: usize,
    /// Its cells at most.
    most: usize,
    /// Its share of what is left.
    share: usize,
    /// A column of a higher rank is left out first.
    rank: u8,
}

const fn plan(column: Column, [least, good, most]: [usize; 3], share: usize, rank: u8) -> Plan {
    Plan { column, least, good, most, share, rank }
}

/// In the order in which they stand.
const COLUMNS: [Plan; 11] = [
    plan(Column::Merchant, [19, 28, 48], 3, 0),
    plan(Column::Provider, [10, 10, 20], 1, 9),
    plan(Column::Stages, [6, 12, 12], 3, 6),
    plan(Column::Stage, [14, 20, 30], 2, 8),
    plan(Column::Done, [7, 7, 9], 0, 1),
    plan(Column::Waiting, [14, 26, 48], 3, 3),
    plan(Column::Days, [4, 4, 4], 0, 5),
    plan(Column::Checks, [9, 9, 12], 0, 7),
    plan(Column::Target, [12, 13, 18], 1, 2),
    plan(Column::Slack, [6, 6, 6], 0, 4),
    plan(Column::Quiet, [6, 6, 8], 0, 10),
];

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::portfolio(model, canvas.buf);
    let (look, portfolio) = (&model.look, &model.portfolio);
    let (body, curve) = layout::portfolio(model.size, portfolio.curve);
    if let Some(area) = curve {
        burn_up(model, area, canvas);
    }
    pen::frame(canvas.buf, body, "Engagements", &right(model), look.theme.border, look);
    canvas.regions.add(body, Target::Portfolio);

    let rows = layout::portfolio_rows(model.size, portfolio.curve);
    // One cell stays free before the border.
    let columns = columns(usize::from(rows.width).saturating_sub(usize::from(MARKS) + 1));
    headings(model, &columns, Rect { y: rows.y.saturating_sub(1), height: 1, ..rows }, canvas);
    if portfolio.is_empty() {
        empty(model, rows, canvas);
        return;
    }
    let today = look.zone.wall(model.now.at).date();
    let mut finder =
        portfolio.search.as_ref().filter(|s| !s.query().is_empty()).map(|s| Finder::new(s.query()));
    for (n, at) in portfolio.list.sight(portfolio.len(), usize::from(rows.height)).enumerate() {
        let Some(summary) = portfolio.row(at) else {
            continue;
        };
        let area = pen::row(rows, n);
        let hits = finder.as_mut().map_or_else(Vec::new, |f| f.hits(&summary.name));
        let line = Line { model, summary, today, hits: &hits, chosen: at == portfolio.list.cursor };
        line.draw(&columns, &mut Strip::new(canvas.buf, area, look));
        canvas.regions.add(area, Target::PortfolioRow(at));
    }
}

/// Cells before the columns: the cursor, the mark of a chosen row, the state.
const MARKS: u16 = 3;

/// The filters that hold, and where the cursor is.
fn right(model: &Model) -> String {
    let portfolio = &model.portfolio;
    let mut said: Vec<String> = portfolio.filters().iter().map(|f| format!("[{}]", f.word())).collect();
    if portfolio.found() > 0 {
        said.push(format!("{} of {}", portfolio.list.cursor + 1, portfolio.found()));
    }
    said.join(" ")
}

/// The headings, each of which sorts; the one that is sorted by says so.
fn headings(model: &Model, columns: &[(Column, usize)], row: Rect, canvas: &mut Canvas<'_>) {
    let (look, portfolio) = (&model.look, &model.portfolio);
    let theme = &look.theme;
    let mut x = row.x + MARKS;
    for (column, cells) in columns {
        let wide = u16::try_from(*cells).unwrap_or(u16::MAX);
        let spot = Rect { x, width: wide, ..row }.intersection(row);
        let sorted = portfolio.sort() == Sort::By(*column);
        let sign = match portfolio.direction() {
            Direction::Usual => look.glyphs.usual,
            Direction::Reversed => look.glyphs.reversed,
        };
        let title = column.title();
        let (text, style) = if sorted {
            (format!("{}{sign}", title.get(..cells.saturating_sub(1)).unwrap_or(title)), theme.title)
        } else {
            (title.to_owned(), theme.muted)
        };
        let mut strip = Strip::new(canvas.buf, spot, look);
        if numeric(*column) {
            strip.cells_right(&text, *cells, style);
        } else {
            strip.cells(&text, *cells, style);
        }
        canvas.regions.add(spot, Target::Heading(*column));
        x = x.saturating_add(wide).saturating_add(1);
    }
}

/// Whether a column stands at the right of its cells.
fn numeric(column: Column) -> bool {
    matches!(column, Column::Days | Column::Slack | Column::Quiet)
}

/// Rows of a curve beside the list.
const HIGH: u16 = 16;

/// What else there is to say of an engagement: the stage, the time left, who must act.
fn more(model: &Model, row: &Summary) -> Vec<Words> {
    let theme = &model.look.theme;
    let today = model.portfolio.viewer().today;
    let mut lines = Vec::new();
    if let Some((n, stage)) = row.current.and_then(|n| Some((n, row.stages.get(n)?))) {
        let since = time::length(model.now.at - row.pace.since);
        let said = format!("{n} {}, {}/{}, for {since}", stage.title, stage.done, stage.total);
        lines.push(Words::new("Stage     ", theme.muted).and(said, theme.text));
    }
    if let Some(slack) = row.slack(today) {
        let style = if slack < 0 { theme.bad } else { theme.text };
        let said = format!("{slack} d; what is open needs {} d", row.pace.lead_days);
        lines.push(Words::new("Slack     ", theme.muted).and(said, style));
    }
    if let Some(ends) = row.pace.ends.as_ref().filter(|_| row.current.is_some()) {
        let day = ends.at.date_naive();
        let said = format!("{} {}, {}", ends.title, time::day(day, today), time::days_left(day, today));
        lines.push(Words::new("Ends      ", theme.muted).and(said, theme.text));
    }
    for (n, on) in row.waiting_on.iter().enumerate() {
        let label = if n == 0 { "Waits for " } else { "          " };
        let said = format!("{}, {} open", waiting(std::slice::from_ref(on)), on.count);
        lines.push(Words::new(label, theme.muted).and(said, theme.text));
    }
    lines
}

/// What was done when, in the engagement under the cursor.
fn burn_up(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let look = &model.look;
    let Some(row) = model.portfolio.selected() else {
        pen::frame(canvas.buf, area, "Burn-up", "", look.theme.border, look);
        return;
    };
    pen::frame(canvas.buf, area, &row.name, "burn-up", look.theme.border, look);
    let inner = layout::inside(area);
    // A curve that is too high says no more; what it waits for stands below it.
    let high = if inner.height > HIGH + 4 { HIGH } else { inner.height };
    chart::of(model, &row.engagement, row.target, Rect { height: high, ..inner }, canvas.buf);
    if model.burn_ups.of(&row.engagement).is_some_and(|points| !points.is_empty()) {
        let below = Rect {
            x: inner.x + 1,
            y: inner.y + high,
            width: inner.width.saturating_sub(2),
            height: inner.height - high,
        };
        for (n, words) in more(model, row).into_iter().enumerate() {
            Strip::new(canvas.buf, pen::row(below, n + 1), look).words(&words);
        }
    }
}

fn empty(model: &Model, rows: Rect, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let lines = match (model.portfolio.reading, model.portfolio.total()) {
        (Reading::NotAsked | Reading::Asked(_), 0) => vec!["Reading all engagements."],
        (Reading::Done, 0) => {
            vec![
                "No engagements yet.",
                "Begin one with: golive new RUNBOOK NAME",
                "or look around with: golive demo",
            ]
        }
        (Reading::NotAsked | Reading::Asked(_) | Reading::Done, _)
            if model.portfolio.filters().is_empty() =>
        {
            vec!["Nothing matches the search."]
        }
        (Reading::NotAsked | Reading::Asked(_) | Reading::Done, _) => {
            vec!["Nothing passes the filters.", "Esc takes them away."]
        }
    };
    for (n, line) in lines.into_iter().enumerate() {
        Strip::new(canvas.buf, pen::row(rows, n + 1), &model.look).skip(3).put(line, theme.muted);
    }
}

/// The last rank of those columns that are shown as soon as they fit at all; others wait until these have
/// good room.
const ESSENTIAL: u8 = 6;

/// The columns that fit into a width, with their cells. One cell stands between two of them.
fn columns(room: usize) -> Vec<(Column, usize)> {
    let mut ranked: Vec<&Plan> = COLUMNS.iter().collect();
    ranked.sort_by_key(|plan| plan.rank);
    let mut last = 0;
    for (n, plan) in ranked.iter().enumerate() {
        let before = ranked.iter().take(n);
        let taken: usize = if plan.rank > ESSENTIAL {
            before.map(|plan| plan.good + 1).sum()
        } else {
            before.map(|plan| plan.least + 1).sum()
        };
        if taken + plan.least > room {
            break;
        }
        last = plan.rank;
    }
    let shown: Vec<&Plan> = COLUMNS.iter().filter(|plan| plan.rank <= last).collect();
    let mut cells: Vec<usize> = shown.iter().map(|plan| plan.least).collect();
    let mut left = (room + 1).saturating_sub(cells.iter().sum::<usize>() + cells.len());
    // A few cells for each in turn, so that no column waits for another: first to good room, then to all.
    for limit in [|plan: &Plan| plan.good, |plan: &Plan| plan.most] {
        while left > 0 {
            let before = left;
            for (plan, cells) in shown.iter().zip(&mut cells) {
                let more = plan.share.min(limit(plan).saturating_sub(*cells)).min(left);
                *cells += more;
                left -= more;
            }
            if left == before {
                break;
            }
        }
    }
    shown.iter().zip(cells).map(|(plan, cells)| (plan.column, cells)).collect()
}

/// One engagement.
struct Line<'a> {
    model: &'a Model,
    summary: &'a Summary,
    today: NaiveDate,
    hits: &'a [usize],
    chosen: bool,
}

impl Line<'_> {
    fn look(&self) -> &Look {
        &self.model.look
    }

    fn draw(&self, columns: &[(Column, usize)], strip: &mut Strip<'_>) {
        let (theme, glyphs) = (&self.look().theme, &self.look().glyphs);
        let summary = self.summary;
        let base = if self.chosen { theme.cursor } else { theme.text };
        strip.signs(glyphs.marker(self.chosen, true), 1, theme.focus);
        let picked = self.model.portfolio.is_picked(&summary.engagement);
        strip.signs(if picked { glyphs.picked } else { " " }, 1, theme.key);
        let (sign, style) = if summary.broken(self.model.now.at).next().is_some() {
            (glyphs.broken, theme.bad)
        } else if summary.regressed > 0 {
            (glyphs.fail, theme.bad)
        } else if summary.current.is_none() {
            (glyphs.done, theme.good)
        } else {
            (" ", theme.text)
        };
        strip.signs(sign, 1, style);
        for (column, cells) in columns {
            self.cell(*column, *cells, base, strip);
            strip.skip(1);
        }
    }

    fn cell(&self, column: Column, cells: usize, base: Style, strip: &mut Strip<'_>) {
        let (theme, summary) = (&self.look().theme, self.summary);
        match column {
            Column::Merchant => {
                strip.hits(&summary.name, self.hits, cells, base, theme.hit);
            }
            Column::Provider => {
                strip.cells(&summary.provider, cells, theme.muted);
            }
            Column::Stages => self.bar(cells, strip),
            Column::Stage => self.stage(cells, base, strip),
            Column::Done => {
                let waived = if summary.waived > 0 { format!("+{}", summary.waived) } else { String::new() };
                strip.cells(&format!("{}/{}{waived}", summary.done, summary.total), cells, base);
            }
            Column::Waiting => {
                strip.cells(&waiting(&summary.waiting_on), cells, base);
            }
            Column::Days => {
                let said = match summary.current {
                    Some(_) => time::length(self.model.now.at - summary.pace.since).replace(" min", "m"),
                    None => String::new(),
                };
                strip.cells_right(&said, cells, base);
            }
            Column::Quiet => {
                strip.cells_right(&time::length(self.model.now.at - summary.last_at), cells, theme.muted);
            }
            Column::Checks => self.lights(cells, strip),
            Column::Target => self.target(cells, base, strip),
            Column::Slack => {
                let slack = summary.slack(self.today);
                let style = match slack {
                    Some(..0) => theme.bad,
                    Some(0..=2) => theme.warn,
                    Some(3..) | None => base,
                };
                strip.cells_right(&slack.map_or_else(String::new, |days| days.to_string()), cells, style);
            }
        }
    }

    fn stage(&self, cells: usize, base: Style, strip: &mut Strip<'_>) {
        let (theme, summary) = (&self.look().theme, self.summary);
        if let Some(open) = summary.broken(self.model.now.at).next() {
            let gate = open.stage.as_deref().unwrap_or("last gate");
            strip.cells(&format!("BREAK-GLASS {gate}"), cells, theme.bad);
            return;
        }
        let stage = summary.current.and_then(|n| summary.stages.get(n).map(|s| (n, s)));
        let said = match (stage, summary.pace.decided) {
            (Some((n, stage)), _) => format!("{n} {}", stage.title),
            (None, Some(GoNoGo::Go)) => "live".to_owned(),
            (None, Some(GoNoGo::NoGo)) => "no-go".to_owned(),
            (None, None) => "complete, no decision".to_owned(),
        };
        strip.cells(&said, cells, base);
    }

    fn target(&self, cells: usize, base: Style, strip: &mut Strip<'_>) {
        let (theme, summary, today) = (&self.look().theme, self.summary, self.today);
        let Some(day) = summary.target else {
            strip.cells("", cells, base);
            return;
        };
        let on = time::day(day, today);
        let full = format!("{on}, {}", time::days_left(day, today));
        // A sign is shorter than a word, and a day without its distance better than half of it.
        let said = if full.len() <= cells { full } else { format!("{on}, {} d", (day - today).num_days()) };
        let said = if said.len() <= cells { said } else { on };
        let late = summary.current.is_some() && day < today;
        strip.cells(&said, cells, if late { theme.bad } else { base });
    }

    /// A group of cells for each stage: done, in work, shut.
    fn bar(&self, cells: usize, strip: &mut Strip<'_>) {
        let (theme, glyphs) = (&self.look().theme, &self.look().glyphs);
        let stages = &self.summary.stages;
        let each = (cells / stages.len().max(1)).clamp(1, 3);
        let mut left = cells;
        for (n, stage) in stages.iter().take(cells / each).enumerate() {
            left -= each;
            if stage.complete {
                strip.signs(glyphs.full, each, theme.good);
            } else if self.summary.current == Some(n) {
                let full = (stage.done * each).checked_div(stage.total).unwrap_or(0).min(each - 1);
                strip.signs(glyphs.full, full, theme.busy).signs(glyphs.half, each - full, theme.busy);
            } else {
                strip.signs(glyphs.rest, each, theme.muted);
            }
        }
        strip.cells("", left, theme.text);
    }

    /// Settled checks, each kind with its sign: passing, failing, pending.
    fn lights(&self, cells: usize, strip: &mut Strip<'_>) {
        let (theme, glyphs) = (&self.look().theme, &self.look().glyphs);
        let [pass, fail, pending] = self.summary.lights;
        let start = strip.x();
        let lights = [
            (pass, glyphs.done, theme.good),
            (fail, glyphs.fail, theme.bad),
            (pending, glyphs.pending, theme.warn),
        ];
        for (count, sign, style) in lights.into_iter().filter(|l| l.0 > 0) {
            let count = count.to_string();
            let room = cells.saturating_sub(usize::from(strip.x() - start));
            if count.len() < room {
                // The last one's blank is that between the columns.
                let blank = usize::from(count.len() + 1 < room);
                strip.signs(sign, 1, style).put(&count, style).signs(" ", blank, style);
            }
        }
        strip.cells("", cells.saturating_sub(usize::from(strip.x() - start)), theme.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_fit_at_every_width_and_the_merchant_keeps_its_room() {
        for room in 34..500 {
            let columns = columns(room);
            let used: usize = columns.iter().map(|(_, cells)| cells + 1).sum();
            assert!(used <= room + 1, "{room}: {columns:?}");
            assert_eq!(columns[0].0, Column::Merchant);
            assert!(columns[0].1 >= 19, "{room}: {columns:?}");
        }
    }

    #[test]
    fn what_matters_most_is_shown_at_80_columns() {
        let shown: Vec<Column> = columns(74).into_iter().map(|(column, _)| column).collect();
        for column in [Column::Done, Column::Waiting, Column::Days, Column::Target, Column::Slack] {
            assert!(shown.contains(&column), "{column:?}");
        }
    }
}
