//! The portfolio: one row for each engagement.
//!
//! ```text
//! ┌ Engagements ────────────────────────────────────────────────────────────────────────────┐
//! │  Merchant   Stages        Stage           Done   Waiting on           Quiet  Go-live    │
//! │▸✗Acme Ltd   ▓▓▓▓▓▓▒▒░░░░  Client testing  26/42  Developer: Lin Chen  2 d    12 Dec, 21 d│
//! └─────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Only the rows in sight are built. A narrow screen keeps the columns that matter most.

use chrono::NaiveDate;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::ids::MemberName;
use crate::domain::summary::{Summary, Waiting};
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::portfolio::Reading;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::chart;
use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

/// Cells of the bar of stages.
const BAR: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Merchant,
    Provider,
    Stages,
    Stage,
    Done,
    Waiting,
    Quiet,
    Checks,
    Target,
}

/// In the order in which they stand: heading, least width, share of what is left, and rank: a column of
/// a higher rank is left out first.
const COLUMNS: [(Column, &str, usize, usize, u8); 9] = [
    (Column::Merchant, "Merchant", 14, 3, 0),
    (Column::Provider, "Provider", 10, 1, 8),
    (Column::Stages, "Stages", BAR, 0, 1),
    (Column::Stage, "Stage", 18, 2, 5),
    (Column::Done, "Done", 7, 0, 2),
    (Column::Waiting, "Waiting on", 22, 4, 4),
    (Column::Quiet, "Quiet", 7, 0, 6),
    (Column::Checks, "Checks", 9, 0, 7),
    (Column::Target, "Go-live", 14, 0, 3),
];

pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    header::portfolio(model, canvas.buf);
    let (look, portfolio) = (&model.look, &model.portfolio);
    let (body, curve) = layout::portfolio(model.size, portfolio.curve);
    if let Some(area) = curve {
        burn_up(model, area, canvas);
    }
    let right = match portfolio.found() {
        0 => String::new(),
        n => format!("{} of {n}", portfolio.list.cursor + 1),
    };
    pen::frame(canvas.buf, body, "Engagements", &right, look.theme.border, look);
    canvas.regions.add(body, Target::Portfolio);

    let rows = layout::portfolio_rows(model.size, portfolio.curve);
    let columns = columns(usize::from(rows.width).saturating_sub(2));
    let heading = Rect { y: rows.y.saturating_sub(1), height: 1, ..rows };
    let mut strip = Strip::new(canvas.buf, heading, look);
    strip.skip(2);
    for (column, cells) in &columns {
        let title = COLUMNS.iter().find(|c| c.0 == *column).map_or("", |c| c.1);
        strip.cells(title, *cells, look.theme.muted).skip(1);
    }
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

/// What was done when, in the engagement under the cursor.
fn burn_up(model: &Model, area: Rect, canvas: &mut Canvas<'_>) {
    let look = &model.look;
    let Some(row) = model.portfolio.selected() else {
        pen::frame(canvas.buf, area, "Burn-up", "", look.theme.border, look);
        return;
    };
    pen::frame(canvas.buf, area, &row.name, "burn-up", look.theme.border, look);
    chart::of(model, &row.engagement, row.target, layout::inside(area), canvas.buf);
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
        (Reading::NotAsked | Reading::Asked(_) | Reading::Done, _) => vec!["Nothing matches the search."],
    };
    for (n, line) in lines.into_iter().enumerate() {
        Strip::new(canvas.buf, pen::row(rows, n + 1), &model.look).skip(3).put(line, theme.muted);
    }
}

/// The columns that fit into a width, with their cells. One cell stands between two of them.
fn columns(room: usize) -> Vec<(Column, usize)> {
    let mut ranked = COLUMNS;
    ranked.sort_by_key(|c| c.4);
    let mut used = 0;
    let kept: Vec<Column> = ranked
        .iter()
        .take_while(|(_, _, least, _, _)| {
            used += least + 1;
            used <= room + 1
        })
        .map(|c| c.0)
        .collect();
    let shown: Vec<_> = COLUMNS.iter().filter(|c| kept.contains(&c.0)).collect();
    let least: usize = shown.iter().map(|c| c.2 + 1).sum();
    let shares: usize = shown.iter().map(|c| c.3).sum();
    let left = (room + 1).saturating_sub(least);
    shown.iter().map(|c| (c.0, c.2 + (left * c.3).checked_div(shares).unwrap_or(0))).collect()
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
        let cursor = if self.chosen { glyphs.cursor } else { " " };
        let base = if self.chosen { theme.cursor } else { theme.text };
        strip.cells(cursor, 1, theme.focus);
        let (sign, style) = if summary.broken(self.model.now.at).next().is_some() {
            (glyphs.broken, theme.bad)
        } else if summary.regressed > 0 {
            (glyphs.fail, theme.bad)
        } else if summary.current.is_none() {
            (glyphs.done, theme.good)
        } else {
            (" ", theme.text)
        };
        strip.cells(sign, 1, style);
        for (column, cells) in columns {
            self.cell(*column, *cells, base, strip);
            strip.skip(1);
        }
    }

    fn cell(&self, column: Column, cells: usize, base: Style, strip: &mut Strip<'_>) {
        let (theme, summary) = (&self.look().theme, self.summary);
        let today = self.today;
        match column {
            Column::Merchant => {
                strip.hits(&summary.name, self.hits, cells, base, theme.hit);
            }
            Column::Provider => {
                strip.cells(&summary.provider, cells, theme.muted);
            }
            Column::Stages => self.bar(strip),
            Column::Stage => {
                if let Some(open) = summary.broken(self.model.now.at).next() {
                    let gate = open.stage.as_deref().unwrap_or("last gate");
                    strip.cells(&format!("BREAK-GLASS {gate}"), cells, theme.bad);
                    return;
                }
                let stage = summary.current.and_then(|n| summary.stages.get(n).map(|s| (n, s)));
                let said = stage.map_or_else(|| "live".to_owned(), |(n, s)| format!("{n} {}", s.title));
                strip.cells(&said, cells, base);
            }
            Column::Done => {
                let waived = if summary.waived > 0 { format!("+{}", summary.waived) } else { String::new() };
                strip.cells(&format!("{}/{}{waived}", summary.done, summary.total), cells, base);
            }
            Column::Waiting => {
                strip.cells(&waiting(&summary.waiting_on), cells, base);
            }
            Column::Quiet => {
                strip.cells(&time::length(self.model.now.at - summary.last_at), cells, theme.muted);
            }
            Column::Checks => self.lights(cells, strip),
            Column::Target => {
                let said = summary.target.map_or_else(String::new, |day| {
                    format!("{}, {}", time::day(day, today), time::days_left(day, today))
                });
                let late = summary.current.is_some() && summary.target.is_some_and(|day| day < today);
                strip.cells(&said, cells, if late { theme.bad } else { base });
            }
        }
    }

    /// A group of cells for each stage: done, in work, shut.
    fn bar(&self, strip: &mut Strip<'_>) {
        let (theme, glyphs) = (&self.look().theme, &self.look().glyphs);
        let stages = &self.summary.stages;
        let each = (BAR / stages.len().max(1)).clamp(1, 3);
        let mut left = BAR;
        for (n, stage) in stages.iter().take(BAR / each).enumerate() {
            left -= each;
            if stage.complete {
                strip.put(&glyphs.full.repeat(each), theme.good);
            } else if self.summary.current == Some(n) {
                let full = (stage.done * each).checked_div(stage.total).unwrap_or(0).min(each - 1);
                strip.put(&glyphs.full.repeat(full), theme.busy);
                strip.put(&glyphs.half.repeat(each - full), theme.busy);
            } else {
                strip.put(&glyphs.rest.repeat(each), theme.muted);
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
            strip.put(&format!("{sign}{count} "), style);
        }
        strip.cells("", cells.saturating_sub(usize::from(strip.x() - start)), theme.text);
    }
}

/// "Developer: Lin Chen +2": who must act first, and how many roles more.
fn waiting(on: &[Waiting]) -> String {
    let Some(first) = on.first() else {
        return String::new();
    };
    let people: Vec<_> = first.people.iter().map(MemberName::as_str).collect();
    let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
    let more = if on.len() > 1 { format!(" +{}", on.len() - 1) } else { String::new() };
    format!("{}: {people}{more}", first.role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_fit_at_every_width_and_the_merchant_stays() {
        for room in 34..500 {
            let columns = columns(room);
            let used: usize = columns.iter().map(|(_, cells)| cells + 1).sum();
            assert!(used <= room + 1, "{room}: {columns:?}");
            assert_eq!(columns[0].0, Column::Merchant);
        }
    }
}
