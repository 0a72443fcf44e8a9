//! What the screen shows, as sentences.
//!
//! The screen is drawn as for anybody, on a buffer that nobody sees, and read back: the window on top, or
//! the panel that has the keys. So whatever a screen learns to show is said as well, and nothing has to be
//! described twice. Signs become words, bars and borders nothing.

use std::io;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::glyphs::UNICODE;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::view::regions::{Regions, Target};
use crate::tui::view::view;

use super::SIZE;

/// Lines that are read out of one panel at most.
const MAX_LINES: usize = 60;

/// Draws screens that nobody sees.
#[derive(Debug)]
pub struct Listener {
    terminal: Terminal<TestBackend>,
}

/// What there is to say of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speech {
    /// The line at the top: which screen, of whom, how far.
    pub place: String,
    /// The title of the window or panel that has the keys.
    pub title: String,
    /// Everything in it.
    pub lines: Vec<String>,
    /// The row under the cursor.
    pub row: Option<String>,
    /// What can be pressed there: the number of each row, and what stands for it.
    pub rows: Vec<Target>,
    /// What has just happened.
    pub toasts: Vec<String>,
    /// How many windows are open.
    pub windows: usize,
}

impl Listener {
    /// Something that can listen.
    pub fn new() -> io::Result<Self> {
        let terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).map_err(io::Error::other)?;
        Ok(Self { terminal })
    }

    /// What the screen says now.
    pub fn hear(&mut self, model: &Model) -> io::Result<Speech> {
        let mut regions = Regions::default();
        let drawn = self.terminal.draw(|frame| regions = view(model, frame)).map_err(io::Error::other)?;
        Ok(heard(model, drawn.buffer, &regions))
    }
}

fn heard(model: &Model, buf: &Buffer, regions: &Regions) -> Speech {
    let panel = focus(model, regions);
    let inside = layout::inside(panel);
    let rows = rows(regions, inside);
    let row = rows.iter().find(|(area, _)| has_cursor(buf, *area)).map(|(area, _)| said(buf, *area));
    let number = |y| rows.iter().position(|(area, _)| area.y == y);
    let mut lines: Vec<String> = (inside.top()..inside.bottom())
        .map(|y| (y, sentence(&text(buf, Rect { y, height: 1, ..inside }))))
        .filter(|(_, line)| !line.is_empty())
        .map(|(y, line)| number(y).map_or_else(|| line.clone(), |n| format!("{}. {line}", n + 1)))
        .collect();
    if lines.len() > MAX_LINES {
        let left = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("and {left} lines more"));
    }
    Speech {
        place: sentence(&text(buf, layout::areas(SIZE).header)),
        title: sentence(&title(&text(buf, Rect { height: 1, ..panel }))),
        lines,
        row,
        rows: rows.into_iter().map(|(_, target)| target).collect(),
        toasts: model.toasts.shown().map(|toast| sentence(&toast.text)).collect(),
        windows: model.popups.len(),
    }
}

/// The window on top, or the panel that has the keys.
fn focus(model: &Model, regions: &Regions) -> Rect {
    let mut found = layout::areas(SIZE).body;
    for (area, target) in regions.all() {
        match target {
            Target::Popup => found = *area,
            Target::Panel(panel) if model.popups.is_empty() && model.panel() == Some(*panel) => found = *area,
            _ => {}
        }
    }
    found
}

/// The rows that can be chosen in an area, each with all its lines.
fn rows(regions: &Regions, area: Rect) -> Vec<(Rect, Target)> {
    let mut rows: Vec<(Rect, Target)> = Vec::new();
    for (spot, target) in regions.all() {
        let row = matches!(
            target,
            Target::PortfolioRow(_) | Target::Row(_) | Target::PanelRow(..) | Target::PopupRow(_)
        );
        if !row || !area.contains(spot.as_position()) {
            continue;
        }
        match rows.last_mut() {
            Some((known, same)) if same == target => *known = known.union(*spot),
            _ => rows.push((*spot, target.clone())),
        }
    }
    rows
}

fn has_cursor(buf: &Buffer, area: Rect) -> bool {
    let first = (area.left()..area.right().min(area.left() + 3)).filter_map(|x| buf.cell((x, area.y)));
    first.into_iter().any(|cell| [UNICODE.cursor, UNICODE.resting].contains(&cell.symbol()))
}

fn said(buf: &Buffer, area: Rect) -> String {
    let lines = (area.top()..area.bottom()).map(|y| sentence(&text(buf, Rect { y, height: 1, ..area })));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn text(buf: &Buffer, row: Rect) -> String {
    (row.left()..row.right())
        .filter_map(|x| buf.cell((x, row.y)))
        .map(ratatui::buffer::Cell::symbol)
        .collect()
}

fn title(border: &str) -> String {
    let set = &UNICODE.border;
    let mut title = border.to_owned();
    for line in [set.top_left, set.top_right, set.horizontal_top] {
        title = title.replace(line, " ");
    }
    title
}

/// A line of cells as a sentence: signs in words, gaps as commas, no bars.
pub fn sentence(cells: &str) -> String {
    let mut words = String::with_capacity(cells.len());
    for sign in cells.chars() {
        match word(sign) {
            Some("") => words.push_str("  "),
            Some(word) => {
                words.push_str(word);
                words.push(' ');
            }
            None => words.push(sign),
        }
    }
    let pieces = words.split("  ").map(str::trim).filter(|piece| !piece.is_empty());
    pieces.collect::<Vec<_>>().join(", ")
}

/// The word for a sign; an empty one for what only pleases the eye.
fn word(sign: char) -> Option<&'static str> {
    let mut utf8 = [0; 4];
    let sign = &*sign.encode_utf8(&mut utf8);
    let g = &UNICODE;
    let words = [
        (g.done, "done"),
        (g.current, "in work"),
        (g.shut, "shut"),
        (g.todo, "open"),
        (g.partly, "partly done"),
        (g.fail, "failing"),
        (g.live, "checked live"),
        (g.pending, "pending"),
        (g.waived, "waived"),
        (g.not_applicable, "not applicable"),
        (g.rejected, "sent back"),
        (g.expired, "expiring"),
        (g.stale, "stale"),
        (g.early, "ready early"),
        (g.flash, "just changed"),
    ];
    if let Some((_, word)) = words.iter().find(|(known, _)| *known == sign) {
        return Some(word);
    }
    let silent = [g.cursor, g.resting, g.full, g.half, g.rest, g.dot];
    let border = [
        g.border.vertical_left,
        g.border.horizontal_top,
        g.border.top_left,
        g.border.top_right,
        g.border.bottom_left,
        g.border.bottom_right,
    ];
    // Charts, and letters made of blocks: what they say stands beside them.
    let drawn = sign.chars().all(|c| matches!(c, '\u{2580}'..='\u{259f}' | '\u{2800}'..='\u{28ff}'));
    let quiet = silent.contains(&sign) || g.spark.contains(&sign) || border.contains(&sign) || drawn;
    quiet.then_some("")
}

impl Speech {
    /// What is new, in the order in which it is said.
    pub fn after(&self, before: &Self) -> Vec<String> {
        let mut news: Vec<String> =
            self.toasts.iter().filter(|t| !before.toasts.contains(t)).map(|t| format!("Note: {t}")).collect();
        // "golive, Acme Ltd, ...": the second word says which screen it is.
        let screen = |speech: &Self| speech.place.split(", ").nth(1).map(str::to_owned);
        if self.windows == 0 && (screen(self) != screen(before) || before.windows > 0) {
            news.push(self.place.clone());
        }
        if self.windows > before.windows || (self.windows > 0 && self.title != before.title) {
            news.extend(self.all());
        } else if self.title != before.title || screen(self) != screen(before) {
            news.push(format!("{}: {}", self.title, self.here()));
        } else if self.row != before.row {
            news.push(self.here());
        } else if self.row.is_none() && self.lines != before.lines {
            news.extend(self.lines.iter().filter(|line| !before.lines.contains(line)).cloned());
        }
        news
    }

    /// The row under the cursor, or what there is instead.
    pub fn here(&self) -> String {
        match (&self.row, self.lines.first()) {
            (Some(row), _) => row.clone(),
            (None, Some(first)) => first.clone(),
            (None, None) => "nothing here".to_owned(),
        }
    }

    /// The whole panel or window.
    pub fn all(&self) -> Vec<String> {
        std::iter::once(self.title.clone()).chain(self.lines.iter().cloned()).collect()
    }
}
