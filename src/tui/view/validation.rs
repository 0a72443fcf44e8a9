//! The go/no-go board: the verdict above, each criterion under its role below.
//!
//! ```text
//! ┌ Go/no-go ────────────────────────────────────────────── not decided ┐
//! │ ✗ NOT READY   31 proven · 6 signed · 1 waived · 4 missing · 2 stale │
//! └─────────────────────────────────────────────────────────────────────┘
//! ┌ Criteria ─────────────────────────────────────────────────── all 44 ┐
//! │ Developer · Lin Chen                                         5 of 7 │
//! │▸✓ Webhook verifies HMAC    check 'Webhook'            fresh, 2 min  │
//! │ ○ Card scenarios           not ticked: Developer (Lin Chen)         │
//! └─────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::assess::Status;
use crate::domain::backing::Backing;
use crate::domain::board::{About, Board, Criterion, Freshness, Ground};
use crate::domain::gate::GateStanding;
use crate::domain::ids::RoleId;
use crate::tui::glyphs::Glyphs;
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::search::Search;
use crate::tui::model::validation::{Filter, Row};
use crate::tui::search::Finder;
use crate::tui::theme::Theme;
use crate::tui::words::{blocker, owner, time};

use super::pen::{self, Strip};
use super::regions::Target;
use super::{Canvas, header};

/// Cells of the freshness.
const FRESH: usize = 17;
/// From so many cells on there is a column for the proof.
const WIDE: usize = 64;

pub(super) fn draw(model: &Model, engagement: &Engagement, canvas: &mut Canvas<'_>) {
    header::engagement(model, engagement, canvas.buf);
    let (above, below) = layout::board(model.size);
    verdict(model, engagement, above, canvas);
    criteria(model, engagement, below, canvas);
}

fn verdict(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let decided = match &engagement.state.decided {
        None => "not decided".to_owned(),
        Some(last) => {
            let since = if last.overtaken { ", things have changed since" } else { "" };
            let at = time::moment(last.at, model.now.at, look.zone);
            format!("{} by {}, {at}{since}", last.outcome, last.by.name)
        }
    };
    pen::frame(canvas.buf, area, "Go/no-go", &decided, theme.border, look);
    let inner = layout::inside(area);
    let mut strip = Strip::new(canvas.buf, pen::row(inner, 0), look);
    strip.skip(1);
    let board = &engagement.validation;
    let Some(made) = &board.board else {
        strip.put("reading what the checks said last", theme.muted);
        return;
    };
    let (sign, style) = match made.standing {
        GateStanding::Open => (glyphs.done, theme.good),
        GateStanding::Shut | GateStanding::BreakGlass => (glyphs.fail, theme.bad),
        GateStanding::Unknown => (glyphs.unknown, theme.warn),
    };
    strip.put(sign, style).put(" ", style).put(made.standing.verdict(), style).put("   ", theme.text);
    let between = format!(" {} ", glyphs.dot);
    let narrow = strip.room() < crate::tui::width::width(&made.counts.words(&between));
    let all = |_: &Ground| true;
    if !narrow {
        counts(made, all, &between, theme, &mut strip);
    } else if inner.height < 2 {
        // What matters of it.
        counts(made, |ground| !ground.holds(), &between, theme, &mut strip);
    }
    let mut strip = Strip::new(canvas.buf, pen::row(inner, 1), look);
    strip.skip(1);
    if let Some(run) = &board.run {
        let said =
            format!("{} running: {} of {} have answered", glyphs.live, run.total - run.left.len(), run.total);
        strip.put(&said, theme.busy);
    } else if narrow {
        counts(made, all, &between, theme, &mut strip);
    } else {
        strip.put(&waits(model, engagement, made), theme.muted);
    }
}

fn counts(
    made: &Board,
    which: impl Fn(&Ground) -> bool,
    between: &str,
    theme: &Theme,
    strip: &mut Strip<'_>,
) {
    let said = Ground::ALL.into_iter().filter(|g| made.counts.of(*g) > 0 && which(g));
    for (n, ground) in said.enumerate() {
        if n > 0 {
            strip.put(between, theme.muted);
        }
        strip.put(&format!("{} {}", made.counts.of(ground), ground.word()), colour(theme, ground));
    }
}

/// What is next: for whom it waits, or what to press.
fn waits(model: &Model, engagement: &Engagement, made: &Board) -> String {
    let name = |role: Option<&RoleId>| role.map_or("nobody", |r| engagement.runbook.role_name(r)).to_owned();
    let waits = engagement.validation.waits.iter();
    let said: Vec<String> = waits.map(|(role, n)| format!("{} ({n})", name(role.as_ref()))).collect();
    match made.standing {
        GateStanding::Open => {
            format!(
                "all stages are complete, all checks behind them fresh: decide{}",
                key(model, Act::Decide)
            )
        }
        GateStanding::Unknown => {
            format!("nothing is open, but passes are too old: run all checks{}", key(model, Act::Check))
        }
        GateStanding::Shut | GateStanding::BreakGlass => format!("waits for {}", said.join(", ")),
    }
}

/// " (g)": the key of an act of the board, where it has one.
fn key(model: &Model, act: Act) -> String {
    model.keys.key(Context::Validation, act).map_or_else(String::new, |key| format!(" ({})", key.name()))
}

fn criteria(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme) = (&model.look, &model.look.theme);
    let board = &engagement.validation;
    let all = board.board.as_ref().map_or(0, |b| b.criteria.len());
    let (title, right) = match board.filter {
        Filter::All => ("Criteria", format!("all {all}")),
        Filter::Open => ("Criteria that do not hold", format!("{} of {all}", board.shown)),
    };
    pen::frame(canvas.buf, area, title, &right, theme.focus, look);
    let inner = layout::inside(area);
    canvas.regions.add(inner, Target::Rows);
    if board.filter == Filter::Open && board.shown == 0 && all > 0 && model.query().is_empty() {
        let said = format!("Everything holds. All criteria{}", key(model, Act::Filter));
        let last = pen::row(inner, board.rows.len().min(usize::from(inner.height).saturating_sub(1)));
        Strip::new(canvas.buf, last, look).skip(3).put(&said, theme.muted);
    }
    let mut finder = model.search().and_then(Search::finder);
    if finder.is_some() && board.rows.is_empty() {
        Strip::new(canvas.buf, pen::row(inner, 0), look)
            .skip(3)
            .put("Nothing matches the search.", theme.muted);
    }
    for (n, at) in board.list.sight(board.rows.len(), usize::from(inner.height)).enumerate() {
        let row = pen::row(inner, n);
        match (&board.rows[at], board.criterion(at)) {
            (Row::Role(role, held, all), _) => {
                heading(
                    model,
                    engagement,
                    role.as_ref(),
                    (*held, *all),
                    &mut Strip::new(canvas.buf, row, look),
                );
            }
            (Row::Criterion(_), Some(criterion)) => {
                canvas.regions.add(row, Target::Row(at));
                let chosen = at == board.list.cursor;
                let strip = &mut Strip::new(canvas.buf, row, look);
                line(model, engagement, criterion, chosen, finder.as_mut(), strip);
            }
            (Row::Criterion(_), None) => {}
        }
    }
}

fn heading(
    model: &Model,
    engagement: &Engagement,
    role: Option<&RoleId>,
    (held, all): (usize, usize),
    strip: &mut Strip<'_>,
) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let said = format!("{held} of {all} hold");
    strip.skip_right(1).right(&said, if held == all { theme.good } else { theme.warn });
    strip.skip_right(1).skip(1);
    match role {
        Some(role) => {
            let people = owner::people(&engagement.state, role);
            strip.put(engagement.runbook.role_name(role), theme.title);
            strip.put(&format!(" {} {people}", glyphs.dot), theme.muted);
        }
        None => {
            strip.put("Nobody in particular", theme.title);
        }
    }
}

/// The colour of a ground: the sign and the word tell it as well.
fn colour(theme: &Theme, ground: Ground) -> Style {
    match ground {
        Ground::Proven | Ground::Signed => theme.good,
        Ground::Waived | Ground::NotApplicable => theme.muted,
        Ground::Missing => theme.text,
        Ground::Failing => theme.bad,
        Ground::Stale => theme.warn,
    }
}

/// The sign of a ground. The sign of what is done is for what is done.
pub(super) fn sign(glyphs: &Glyphs, criterion: &Criterion) -> &'static str {
    match criterion.ground {
        Ground::Proven | Ground::Signed => glyphs.done,
        Ground::Waived => glyphs.waived,
        Ground::NotApplicable => glyphs.not_applicable,
        Ground::Missing => glyphs.todo,
        Ground::Failing => glyphs.fail,
        Ground::Stale => match criterion.freshness {
            // A pass that is too old says nothing about now.
            Freshness::Old { .. } => glyphs.unknown,
            Freshness::Fresh { .. } | Freshness::Facts | Freshness::Current { .. } | Freshness::Nothing => {
                glyphs.status(Status::Stale)
            }
        },
    }
}

fn line(
    model: &Model,
    engagement: &Engagement,
    criterion: &Criterion,
    chosen: bool,
    finder: Option<&mut Finder>,
    strip: &mut Strip<'_>,
) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let style = colour(theme, criterion.ground);
    let title = if chosen {
        theme.cursor
    } else if criterion.ground.holds() {
        theme.muted
    } else {
        theme.text
    };
    strip.cells(glyphs.marker(chosen, true), 1, theme.focus);
    strip.cells(sign(glyphs, criterion), 1, style).skip(1);
    let room = strip.room();
    strip.skip_right(1);
    if room < WIDE {
        // The word alone: the proof opens with enter.
        strip.right(criterion.ground.word(), style);
        strip.skip_right(1);
        let cells = strip.room();
        strip.met(&criterion.title(&engagement.runbook), finder, cells, title, theme.hit);
        return;
    }
    let wide = room - FRESH - 3;
    let name = (wide * 9 / 20).max(24);
    strip.met(&criterion.title(&engagement.runbook), finder, name, title, theme.hit).skip(1);
    let proof = strip.room().saturating_sub(FRESH + 1);
    let said = match &criterion.open {
        // Who can do something about it stands above.
        Some(open) => blocker::why(&engagement.runbook, open),
        None => Backing::of(&engagement.runbook, &engagement.state, &criterion.about, model.now.at)
            .words(&engagement.runbook, criterion.ground),
    };
    let text = if criterion.ground.holds() { theme.muted } else { style };
    strip.cells(&said, proof, if chosen { theme.cursor } else { text }).skip(1);
    strip.cells(&fresh(model, engagement, criterion), FRESH, style);
}

/// "fresh, 2 min", "stale, 14 min", "signed 21 Nov", "until 12 Dec".
fn fresh(model: &Model, engagement: &Engagement, criterion: &Criterion) -> String {
    let (now, zone) = (model.now.at, model.look.zone);
    match (criterion.ground, criterion.freshness) {
        (Ground::Missing, _) => "missing".to_owned(),
        (Ground::Failing, _) => "failing".to_owned(),
        (Ground::NotApplicable, _) => "n/a".to_owned(),
        (_, Freshness::Fresh { passed, .. }) => {
            // Newer than the board where one pass followed the other.
            let newest = check_of(engagement, criterion).and_then(|seen| seen.last_pass);
            format!("fresh, {}", time::length(now - newest.unwrap_or(passed)))
        }
        (_, Freshness::Facts) => "fresh, by facts".to_owned(),
        (_, Freshness::Old { passed: Some(at) }) => format!("stale, {}", time::length(now - at)),
        (_, Freshness::Old { passed: None }) => "never passed".to_owned(),
        (_, Freshness::Current { until: Some(until) }) => {
            format!("until {}", time::day(zone.wall(until).date(), zone.wall(now).date()))
        }
        (_, Freshness::Current { until: None }) => {
            let backing = Backing::of(&engagement.runbook, &engagement.state, &criterion.about, now);
            let at = backing.approvals.iter().map(|a| a.at).chain(backing.tick.map(|t| t.at)).max();
            at.map_or_else(String::new, |at| format!("signed {}", time::moment(at, now, zone)))
        }
        (_, Freshness::Nothing) => criterion.ground.word().to_owned(),
    }
}

fn check_of<'a>(
    engagement: &'a Engagement,
    criterion: &Criterion,
) -> Option<&'a crate::tui::model::validation::Seen> {
    let About::Item(place) = &criterion.about else {
        return None;
    };
    let (item, _) = engagement.at(*place)?;
    engagement.validation.seen.get(&item.check.as_ref()?.check)
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
