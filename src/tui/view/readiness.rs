//! The live checks of one engagement: a row for each, and what is known of the one under the cursor.
//!
//! ```text
//! ┌ Readiness ──────────────────────────────────── 12 passing  1 failing ┐
//! │  Check                Kind  State          Latency    Last   Next     │
//! │▸✗Payments axis ready  http  failing 2 min  ▁▁▁▂▇▇▇ …  12 s   in 18 s  │
//! └───────────────────────────────────────────────────────────────────────┘
//! ┌ Payments axis ready ──────────────────────────────────────────────────┐
//! │ Items    ○ 3 Payments axis is ready                                   │
//! │ Check    ✗ failing for 2 min  ▁▁▁▂▇▇▇                                 │
//! └───────────────────────────────────────────────────────────────────────┘
//! ```

mod details;

use chrono::TimeDelta;
use ratatui::layout::Rect;

use crate::checks::NextRun;
use crate::domain::light::Light;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::readiness::{CheckRow, Half};
use crate::tui::model::search::Search;
use crate::tui::search::Finder;
use crate::tui::words::{fact, time};

use super::columns::{self, Column};
use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, check, header};

pub use details::lines;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Check,
    Kind,
    State,
    Recent,
    Latency,
    Last,
    Next,
    Item,
}

const COLUMNS: [Column<Cell>; 8] = [
    Column { cell: Cell::Check, heading: "Check", least: 16, share: 3, rank: 0 },
    Column { cell: Cell::Kind, heading: "Kind", least: 9, share: 0, rank: 6 },
    Column { cell: Cell::State, heading: "State", least: 15, share: 0, rank: 1 },
    Column { cell: Cell::Recent, heading: "Latency", least: 12, share: 1, rank: 4 },
    Column { cell: Cell::Latency, heading: "", least: 8, share: 0, rank: 5 },
    Column { cell: Cell::Last, heading: "Last", least: 7, share: 0, rank: 2 },
    Column { cell: Cell::Next, heading: "Next", least: 9, share: 0, rank: 3 },
    Column { cell: Cell::Item, heading: "Item", least: 18, share: 3, rank: 7 },
];

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    let (look, theme) = (&model.look, &model.look.theme);
    let areas = layout::readiness(model.size);
    let readiness = &engagement.readiness;
    let border = if readiness.half == Half::Checks { theme.focus } else { theme.border };
    pen::frame(canvas.buf, areas.list, &title(engagement), &counts(engagement), border, look);
    canvas.regions.add(areas.list, Target::Rows);

    let columns = columns::fit(&COLUMNS, usize::from(areas.rows.width).saturating_sub(3));
    let heading = Rect { y: areas.rows.y.saturating_sub(1), height: 1, ..areas.rows };
    let mut strip = Strip::new(canvas.buf, heading, look);
    strip.skip(3);
    columns::headings(&COLUMNS, &columns, &mut strip, theme.muted);
    if readiness.rows.is_empty() {
        let said = match readiness.wanted.word() {
            _ if !model.query().trim().is_empty() => "Nothing matches the search.".to_owned(),
            Some(word) => format!("No check is {word}."),
            None => "The runbook has no live checks.".to_owned(),
        };
        Strip::new(canvas.buf, pen::row(areas.rows, 0), look).skip(3).put(&said, theme.muted);
    }
    let mut finder = model.search().and_then(Search::finder);
    let sight = readiness.list.sight(readiness.rows.len(), usize::from(areas.rows.height));
    for (n, at) in sight.enumerate() {
        let Some(row) = readiness.rows.get(at) else { continue };
        let area = pen::row(areas.rows, n);
        let line = Line { model, engagement, row, chosen: at == readiness.list.cursor };
        line.draw(&columns, finder.as_mut(), &mut Strip::new(canvas.buf, area, look));
        canvas.regions.add(area, Target::Row(at));
    }
    if let Some(area) = areas.details {
        details::draw(model, engagement, area, canvas);
    }
}

fn title(engagement: &Engagement) -> String {
    let readiness = &engagement.readiness;
    let mut said = match readiness.wanted.word() {
        Some(word) => format!("Readiness: {word}"),
        None => "Readiness".to_owned(),
    };
    if let Some(batch) = &readiness.batch {
        said = format!("{said}, {} of {} have run", batch.ran(), batch.total);
    } else if !engagement.started.is_empty() {
        said = format!("{said}, {} running", engagement.started.len());
    }
    said
}

/// "12 passing, 1 failing": all checks, whatever is shown.
fn counts(engagement: &Engagement) -> String {
    let count = |light: Light| engagement.readiness.lights.get(&light).copied().unwrap_or(0);
    let said = Light::ALL.into_iter().filter(|light| count(*light) > 0);
    said.map(|light| format!("{} {}", count(light), light.word())).collect::<Vec<_>>().join(", ")
}

/// One check.
struct Line<'a> {
    model: &'a Model,
    engagement: &'a Engagement,
    row: &'a CheckRow,
    chosen: bool,
}

impl Line<'_> {
    fn draw(&self, columns: &[(Cell, usize)], mut finder: Option<&mut Finder>, strip: &mut Strip<'_>) {
        let (look, light) = (&self.model.look, self.row.light);
        let (theme, glyphs) = (&look.theme, &look.glyphs);
        let focused = self.engagement.readiness.half == Half::Checks;
        strip.cells(glyphs.marker(self.chosen, focused), 1, theme.focus);
        strip.cells(glyphs.light(light), 1, theme.light(light)).skip(1);
        for (cell, cells) in columns {
            self.cell(*cell, *cells, finder.as_deref_mut(), strip);
            strip.skip(1);
        }
    }

    fn cell(&self, cell: Cell, cells: usize, finder: Option<&mut Finder>, strip: &mut Strip<'_>) {
        let (look, now) = (&self.model.look, self.model.now.at);
        let theme = &look.theme;
        let base = if self.chosen { theme.cursor } else { theme.text };
        let Self { engagement, row, .. } = self;
        let Some(check) = engagement.runbook.checks.get(&row.check) else {
            return;
        };
        let last = engagement.recent.get(&row.check).and_then(|line| line.front());
        match cell {
            Cell::Check => {
                strip.met(&check.title, finder, cells, base, theme.hit);
            }
            Cell::Kind => {
                strip.cells(check.kind.word(), cells, theme.muted);
            }
            Cell::State => {
                let since = engagement.state.checks.get(&row.check).map(|settled| now - settled.since);
                let said = match (row.light, since) {
                    (Light::Passing | Light::Failing | Light::Pending, Some(since)) => {
                        format!("{} {}", row.light.word(), time::length(since))
                    }
                    (light, _) => light.word().to_owned(),
                };
                strip.cells(&said, cells, theme.light(row.light));
            }
            Cell::Recent => {
                let spark = check::spark(look, engagement, check, cells);
                let left = cells - spark.len();
                for (height, style) in spark {
                    strip.put(height, style);
                }
                strip.cells("", left, theme.text);
            }
            Cell::Latency => {
                let said = last.map_or_else(String::new, |last| format!("{} ms", last.latency_ms));
                strip.cells_right(&said, cells, theme.muted);
            }
            Cell::Last => {
                let said = last.map_or_else(String::new, |last| time::brief(now - last.at));
                strip.cells_right(&said, cells, theme.muted);
            }
            Cell::Next => {
                let next = engagement.readiness.next.get(&row.check);
                let running = next == Some(&NextRun::Running) || engagement.started.contains(&row.check);
                let said = if running { "running".to_owned() } else { next_words(next, now) };
                strip.cells_right(&said, cells, if running { theme.busy } else { theme.muted });
            }
            Cell::Item => {
                let item = row.places.first().and_then(|place| engagement.at(*place));
                let title = item.map_or("", |(item, _)| fact::item_title(&engagement.runbook, &item.id));
                let more = match row.places.len() {
                    0 | 1 => String::new(),
                    n => format!(" +{}", n - 1),
                };
                strip.met(&format!("{title}{more}"), finder, cells, theme.muted, theme.hit);
            }
        }
    }
}

/// "in 18 s", "now", "on change".
fn next_words(next: Option<&NextRun>, now: chrono::DateTime<chrono::Utc>) -> String {
    match next {
        None => String::new(),
        Some(NextRun::Running) => "running".to_owned(),
        Some(NextRun::WhenFactsChange) => "on change".to_owned(),
        Some(NextRun::At(at)) if *at - now < TimeDelta::seconds(1) => "now".to_owned(),
        Some(NextRun::At(at)) => format!("in {}", time::brief(*at - now)),
    }
}
