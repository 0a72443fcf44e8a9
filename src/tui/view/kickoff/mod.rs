//! The kickoff: one thing at a time in large type, for a screen that many look at.
//!
//! ```text
//! ┌ Agenda ────────── 24 min ┐┌ Decisions ──────────────────────────── 2 of 7 ┐
//! │ ✓ Who is here            ││                                               │
//! │ ▶ Decisions          1/7 ││   █▀▄ ▀▄▀ █▄ █  (large)                       │
//! │   ✓ Gateway model        ││                                               │
//! │ ▸ ◐ Dynamic descriptor   ││   What customers read on their statement      │
//! │   ○ Tax calculation      ││                                               │
//! │ ○ Facts             0/16 ││   > ACME SHOP BER·········       7 left       │
//! └──────────────────────────┘└───────────────────────────────────────────────┘
//! ```

mod agenda;
mod draft;
mod rows;

use ratatui::layout::Rect;

use crate::domain::text::SafeText;
use crate::tui::big::{Banner, Scale};
use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::kickoff::agenda::{Part, Point, Standing};
use crate::tui::model::kickoff::page::Row;
use crate::tui::width;
use crate::tui::words::time;

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

/// Columns from which on the agenda has room.
const WIDE: u16 = 100;

/// Where things stand on a page.
#[derive(Debug)]
struct Places {
    agenda: Option<Rect>,
    page: Rect,
    /// The inside of the page.
    inner: Rect,
    heading: Heading,
    hint: Vec<String>,
    /// The line above the rows.
    said: Rect,
    /// Rows, or what is typed.
    body: Rect,
    /// Screen rows that each row of the page has.
    pitch: u16,
}

#[derive(Debug)]
enum Heading {
    Large(Banner),
    Plain(String),
}

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    let places = places(model, engagement);
    let (look, theme) = (&model.look, &model.look.theme);
    if let Some(area) = places.agenda {
        agenda::draw(model, engagement, area, canvas);
    }
    let kickoff = &engagement.kickoff;
    let (title, right) = titles(model, engagement, places.agenda.is_none());
    pen::frame(canvas.buf, places.page, title, &right, theme.focus, look);
    canvas.regions.add(places.page, Target::Rows);
    let inner = places.inner;
    let mut y = match &places.heading {
        Heading::Large(banner) => {
            pen::banner(canvas.buf, inner, banner, theme.title, look);
            banner.rows()
        }
        Heading::Plain(text) => {
            Strip::new(canvas.buf, inner, look).put(text, theme.title);
            1
        }
    };
    if !places.hint.is_empty() {
        y += gap(inner);
    }
    for line in &places.hint {
        Strip::new(canvas.buf, pen::row(inner, y), look).put(line, theme.muted);
        y += 1;
    }
    if let Some(typed) = &kickoff.draft {
        draft::draw(model, engagement, typed, places.body, canvas);
        return;
    }
    if let Some((standing, said)) = kickoff.page.said.first() {
        let (sign, style) = agenda::sign(*standing, look);
        let style = if *standing == Standing::Open { theme.warn } else { style };
        Strip::new(canvas.buf, places.said, look).put(sign, style).put(" ", theme.text).put(said, theme.text);
    }
    rows::draw(model, engagement, places.body, places.pitch, canvas);
}

/// How many rows of the page are in sight.
pub(super) fn rows_in_sight(model: &Model, engagement: &Engagement) -> usize {
    let places = places(model, engagement);
    usize::from(places.body.height / places.pitch.max(1)).max(1)
}

/// The name of the part, and where in it the kickoff is.
fn titles(model: &Model, engagement: &Engagement, narrow: bool) -> (&'static str, String) {
    let kickoff = &engagement.kickoff;
    let Some(point) = kickoff.point() else {
        return ("Kickoff", String::new());
    };
    let parts = kickoff.agenda.parts();
    let Some((part, first, count)) = parts.iter().find(|(part, ..)| *part == point.part()) else {
        return ("Kickoff", String::new());
    };
    let mut right = if *count > 1 {
        format!("{} of {count}", kickoff.at + 1 - first)
    } else {
        let at = parts.iter().position(|(p, ..)| p == part).unwrap_or(0);
        if narrow { format!("part {} of {}", at + 1, parts.len()) } else { String::new() }
    };
    if narrow {
        let dot = model.look.glyphs.dot;
        right = format!("{right} {dot} {}", elapsed(model, engagement));
    }
    (part.title(), right)
}

/// How long the kickoff has gone on.
fn elapsed(model: &Model, engagement: &Engagement) -> String {
    engagement.kickoff.begun.map_or_else(
        || "not begun".to_owned(),
        |begun| {
            let span = model.now.up.saturating_sub(begun.up);
            time::length(chrono::TimeDelta::from_std(span).unwrap_or_default())
        },
    )
}

/// Empty rows between the parts of a page, where there is plenty of room.
fn gap(inner: Rect) -> usize {
    usize::from(inner.height >= 13)
}

fn places(model: &Model, engagement: &Engagement) -> Places {
    let body = layout::areas(model.size).body;
    let (agenda, page) = if model.size.width >= WIDE {
        let wide = (model.size.width / 4).clamp(28, 38);
        let left = Rect { width: wide, ..body };
        (Some(left), Rect { x: body.x + wide, width: body.width - wide, ..body })
    } else {
        (None, body)
    };
    let inside = layout::inside(page);
    let side = if page.width >= 60 { 3 } else { 1 };
    let top = u16::from(inside.height >= 13);
    let inner = Rect {
        x: inside.x.saturating_add(side),
        y: inside.y.saturating_add(top),
        width: inside.width.saturating_sub(side * 2),
        height: inside.height.saturating_sub(top),
    };
    let heading = heading(model, engagement, inner);
    let mut y = match &heading {
        Heading::Large(banner) => banner.rows(),
        Heading::Plain(_) => 1,
    };
    let hint = hint(model, engagement, inner);
    if !hint.is_empty() {
        y += gap(inner) + hint.len();
    }
    y += gap(inner);
    let said = pen::row(inner, y);
    let has_said = !engagement.kickoff.page.said.is_empty() && engagement.kickoff.draft.is_none();
    if has_said {
        y += 1 + gap(inner);
    }
    let down = u16::try_from(y).unwrap_or(u16::MAX).min(inner.height);
    let body = Rect { y: inner.y + down, height: inner.height - down, ..inner };
    let rows = &engagement.kickoff.page.rows;
    let airy = rows
        .iter()
        .any(|row| matches!(row, Row::Choice { .. } | Row::Subject { .. } | Row::Role(..) | Row::Summed(..)));
    let fits = rows.len() * 2 <= usize::from(body.height);
    let pitch = if airy && fits { 2 } else { 1 };
    Places { agenda, page, inner, heading, hint, said, body, pitch }
}

/// The heading, as large as there is room for with half of the page left for what is under it.
fn heading(model: &Model, engagement: &Engagement, inner: Rect) -> Heading {
    let title = headline(model, engagement);
    let (wide, high) = (usize::from(inner.width), usize::from(inner.height / 2));
    let scales: &[Scale] = match model.look.glyphs.halves {
        None => &[Scale::Full],
        Some(_) if model.size.width >= 150 && model.size.height >= 45 => &[Scale::Full, Scale::Half],
        Some(_) => &[Scale::Half],
    };
    let large = if inner.height >= 12 { Banner::fit(&title, wide, high, scales) } else { None };
    if let Some(banner) = large {
        return Heading::Large(banner);
    }
    let safe = SafeText::new(&title);
    let letters: Vec<String> = safe.as_str().to_uppercase().chars().map(String::from).collect();
    let spaced = letters.join(" ");
    let fits = inner.height >= 12 && width::width(&spaced) <= wide;
    Heading::Plain(if fits { spaced } else { title })
}

fn headline(model: &Model, engagement: &Engagement) -> String {
    match engagement.kickoff.point() {
        None => "Kickoff".to_owned(),
        Some(Point::People) => "Who is here?".to_owned(),
        Some(Point::Tick) => match engagement.assessment.current {
            Some(n) => format!("{n} {}", engagement.runbook.stages().get(n).map_or("", |s| s.title.as_str())),
            None => "All is done".to_owned(),
        },
        Some(Point::Plan) => {
            let today = model.look.zone.wall(model.now.at).date();
            let day = engagement.state.target.map(|day| format!("Live on {}", time::day(day, today)));
            day.unwrap_or_else(|| "Live on which day?".to_owned())
        }
        Some(point @ (Point::Decision(_) | Point::Field(_) | Point::Open)) => {
            point.title(&engagement.runbook).to_owned()
        }
        Some(Point::Summary) => "What we have".to_owned(),
    }
}

/// What to know about the page, in at most two lines.
fn hint(model: &Model, engagement: &Engagement, inner: Rect) -> Vec<String> {
    let lines = match inner.height {
        0..7 => 0,
        7..13 => 1,
        _ => 2,
    };
    let runbook = &engagement.runbook;
    let text = match engagement.kickoff.point() {
        None => return Vec::new(),
        Some(Point::People) => {
            let merchant = &engagement.state.name;
            let (name, here) = (model.key(Act::Open), model.key(Act::Mark));
            format!(
                "{merchant} with {}: {name} types a name, {here} says who is in the room.",
                runbook.provider
            )
        }
        Some(Point::Decision(id)) => match runbook.decisions.get(id).and_then(|d| d.hint.clone()) {
            Some(hint) => hint,
            None => return Vec::new(),
        },
        Some(Point::Field(id)) => match runbook.fields.get(id).and_then(|f| f.hint.clone()) {
            Some(hint) => hint,
            None => return Vec::new(),
        },
        Some(Point::Plan) => {
            format!("Suggested from the lead times of what is left; {} types the day.", model.key(Act::Open))
        }
        Some(Point::Tick) => {
            let (mark, tick) = (model.key(Act::Mark), model.key(Act::TickMarked));
            format!("What is true already: {mark} marks it, {tick} ticks all that is marked.")
        }
        Some(Point::Open) => {
            format!("What remains to be done, and by whom: {} writes a point down.", model.key(Act::Remark))
        }
        Some(Point::Summary) => {
            format!(
                "{} writes the minutes as Markdown and HTML into the current folder.",
                model.key(Act::Minutes)
            )
        }
    };
    let wide = usize::from(inner.width);
    if lines == 0 {
        return Vec::new();
    }
    width::wrap(SafeText::new(&text).as_str(), wide, lines, model.look.glyphs.ellipsis)
}

/// Whether an act is one of those that a person would do next on the page.
pub(super) fn offers(engagement: &Engagement, act: Act) -> bool {
    let Some(point) = engagement.kickoff.point() else {
        return true;
    };
    let part = point.part();
    match act {
        Act::Open => part != Part::Tick && part != Part::Summary,
        Act::Mark => part == Part::Tick || part == Part::People,
        Act::Confirm => part == Part::Decisions,
        Act::TickMarked | Act::NextSigner => part == Part::Tick,
        Act::UndoBulk => part == Part::Tick && !engagement.kickoff.ticked.is_empty(),
        Act::Minutes => part == Part::Summary || part == Part::Open,
        Act::Facts => part == Part::Decisions || part == Part::Fields,
        Act::Unassign | Act::Members => part == Part::People,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
