//! The windows.
//!
//! ```text
//! ┌ Stage 4 Pre-production is shut: what is open before it ┐
//! │ ▸ Webhook verifies HMAC                                │
//! │     check 'webhook' says fail: Developer (Lin Chen)    │
//! │ enter take  esc close                                  │
//! └────────────────────────────────────────────────────────┘
//! ```

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::Input;

use crate::domain::check::DecisionStage;
use crate::domain::decision::DecisionKind;
use crate::domain::secret::SecretSource;
use crate::domain::text::SafeText;
use crate::tui::keymap;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::list::List;
use crate::tui::model::palette::{Entry, Palette};
use crate::tui::model::popup::{Ask, Confirm, FactRow, Help, Popup, Why, fact_rows, member_rows};
use crate::tui::search::Finder;
use crate::tui::width;
use crate::tui::words::blocker;

use super::pen::{self, Strip, Words};
use super::regions::Target;
use super::windows::{self, Window};
use super::{Canvas, event_window, help};

/// Lines of text that a window shows above its rows.
const TEXT: usize = 8;

pub(super) fn draw(model: &Model, popup: &Popup, canvas: &mut Canvas<'_>) {
    let top = model.popups.last().is_some_and(|last| std::ptr::eq(last, popup));
    match popup {
        Popup::Help(help) => keys(model, help, top, canvas),
        Popup::Why(why) => why_window(model, why, canvas),
        Popup::Ask(ask) => ask_window(model, ask, top, canvas),
        Popup::Choose(choose) => {
            let rows: Vec<Words> =
                choose.choices.iter().map(|c| Words::new(&*c.label, model.look.theme.text)).collect();
            list(model, popup, &choose.title, &choose.list, &rows, canvas);
        }
        Popup::Confirm(confirm) => confirm_window(model, confirm, canvas),
        Popup::Facts(cursor) => {
            let rows = model.engagement().map_or_else(Vec::new, |e| facts(model, e));
            list(model, popup, "Decisions and fields", cursor, &rows, canvas);
        }
        Popup::Members(cursor) => {
            let rows = model.engagement().map_or_else(Vec::new, |e| members(model, e));
            list(model, popup, "People", cursor, &rows, canvas);
        }
        Popup::Event(event) => event_window::draw(model, event, canvas),
        Popup::Palette(palette) => palette_window(model, palette, top, canvas),
    }
}

/// How many rows of a window are in sight.
pub(super) fn rows_in_sight(model: &Model, popup: &Popup) -> usize {
    match popup {
        // Each blocker takes two lines.
        Popup::Why(why) => (windows::in_sight(model, why_text(model, why).len()) / 2).max(1),
        Popup::Palette(_) | Popup::Help(_) => windows::in_sight(model, 1),
        Popup::Choose(_) | Popup::Facts(_) | Popup::Members(_) | Popup::Event(_) => {
            windows::in_sight(model, 0)
        }
        Popup::Ask(_) | Popup::Confirm(_) => 1,
    }
}

fn wrapped(model: &Model, text: &str, lines: usize, style: Style) -> Vec<Words> {
    let cells = layout::window_text(model.size);
    let wrapped = width::wrap(SafeText::new(text).as_str(), cells, lines, model.look.glyphs.ellipsis);
    wrapped.into_iter().map(|line| Words::new(line, style)).collect()
}

fn keys(model: &Model, help: &Help, top: bool, canvas: &mut Canvas<'_>) {
    let text = vec![Words::default()];
    let window = Window { title: "Keys", context: keymap::Context::Help, text, rows: help.rows.len().max(1) };
    let drawn = windows::open(model, &window, canvas);
    input(model, &help.input, pen::row(drawn.text, 0), top, canvas);
    if help.rows.is_empty() {
        Strip::new(canvas.buf, drawn.rows, &model.look).put("No key does that.", model.look.theme.muted);
    }
    let query = help.input.value();
    let mut finder = (!query.trim().is_empty()).then(|| Finder::new(query));
    let sight = usize::from(drawn.rows.height);
    for (n, row) in help.rows.iter().skip(help.list.top).take(sight).enumerate() {
        let mut strip = Strip::new(canvas.buf, pen::row(drawn.rows, n), &model.look);
        help::draw(row, finder.as_mut(), &model.look, &mut strip);
    }
}

fn why_text(model: &Model, why: &Why) -> Vec<Words> {
    let style = model.look.theme.text;
    let mut lines: Vec<Words> = why.words.iter().flat_map(|text| wrapped(model, text, 3, style)).collect();
    lines.truncate(TEXT.min(layout::window_rows(model.size).saturating_sub(2)));
    lines
}

fn why_window(model: &Model, why: &Why, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let text = why_text(model, why);
    let context = if why.blockers.is_empty() { keymap::Context::Reading } else { keymap::Context::List };
    let window = Window { title: &why.title, context, text, rows: why.blockers.len() * 2 };
    let drawn = windows::open(model, &window, canvas);
    let Some(engagement) = model.engagement() else {
        return;
    };
    let sight = rows_in_sight(model, &Popup::Why(why.clone()));
    for (n, at) in why.list.sight(why.blockers.len(), sight).enumerate() {
        let blocker = &why.blockers[at];
        let chosen = at == why.list.cursor;
        let cursor = if chosen { glyphs.cursor } else { " " };
        let (first, second) = (pen::row(drawn.rows, n * 2), pen::row(drawn.rows, n * 2 + 1));
        let title = if chosen { theme.cursor } else { theme.text };
        let mut strip = Strip::new(canvas.buf, first, look);
        strip.cells(cursor, 1, theme.focus).skip(1);
        strip.put(blocker::subject(&engagement.runbook, blocker), title);
        let mut strip = Strip::new(canvas.buf, second, look);
        strip.skip(4).put(&blocker::reason(&engagement.runbook, blocker), theme.muted);
        canvas.regions.add(first, Target::PopupRow(at));
        canvas.regions.add(second, Target::PopupRow(at));
    }
}

fn ask_window(model: &Model, ask: &Ask, top: bool, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let mut text = wrapped(model, &ask.hint, 3, theme.muted);
    let input_at = text.len();
    text.push(Words::default());
    match &ask.fault {
        Some(fault) => {
            let said = format!("{} {fault}", model.look.glyphs.fail);
            text.extend(wrapped(model, &said, 3, theme.bad));
        }
        None => text.push(Words::default()),
    }
    let window = Window { title: &ask.title, context: keymap::Context::Input, text, rows: 0 };
    let drawn = windows::open(model, &window, canvas);
    input(model, &ask.input, pen::row(drawn.text, input_at), top, canvas);
}

/// A line that is being typed, its end in sight, with the terminal's cursor in it.
fn input(model: &Model, input: &Input, row: Rect, top: bool, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let mut strip = Strip::new(canvas.buf, row, &model.look);
    strip.put("> ", theme.key);
    let room = strip.room().max(2);
    let scroll = input.visual_scroll(room - 1);
    let mut skipped = 0;
    let shown: String = input
        .value()
        .chars()
        .skip_while(|c| {
            let before = skipped;
            skipped += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            before < scroll
        })
        .collect();
    if top {
        let at = input.visual_cursor().max(scroll) - scroll;
        let x = strip.x().saturating_add(u16::try_from(at).unwrap_or(u16::MAX));
        canvas.caret = Some(Position::new(x.min(row.right().saturating_sub(1)), row.y));
    }
    Strip::new(canvas.buf, Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row }, &model.look)
        .put(&shown, theme.text);
}

fn confirm_window(model: &Model, confirm: &Confirm, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let mut text = wrapped(model, &confirm.question, 3, theme.title);
    text.extend(confirm.words.iter().flat_map(|line| wrapped(model, line, 2, theme.text)));
    text.push(Words::default());
    let window = Window { title: "Sure?", context: keymap::Context::Confirm, text, rows: 0 };
    windows::open(model, &window, canvas);
}

fn list(model: &Model, popup: &Popup, title: &str, cursor: &List, rows: &[Words], canvas: &mut Canvas<'_>) {
    let window = Window { title, context: popup.context(), text: Vec::new(), rows: rows.len() };
    let drawn = windows::open(model, &window, canvas);
    draw_rows(model, cursor, rows, drawn.rows, canvas);
}

fn draw_rows(model: &Model, cursor: &List, rows: &[Words], area: Rect, canvas: &mut Canvas<'_>) {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    for (n, at) in cursor.sight(rows.len(), usize::from(area.height)).enumerate() {
        let row = pen::row(area, n);
        let mark = if at == cursor.cursor { glyphs.cursor } else { " " };
        let mut strip = Strip::new(canvas.buf, row, &model.look);
        strip.cells(mark, 1, theme.focus).skip(1).words(&rows[at]);
        canvas.regions.add(row, Target::PopupRow(at));
    }
}

fn palette_window(model: &Model, palette: &Palette, top: bool, canvas: &mut Canvas<'_>) {
    let theme = &model.look.theme;
    let line = |entry: &Entry| {
        let text = if entry.why_not.is_some() { theme.muted } else { theme.text };
        let words = Words::new(format!("{:<10}", entry.key), theme.key).and(entry.help, text);
        match (&entry.why_not, entry.place) {
            (Some(why), _) => words.and(format!("  ({why})"), theme.muted),
            (None, Some(place)) => words.and(format!("  {place}"), theme.muted),
            (None, None) => words,
        }
    };
    let rows: Vec<Words> = palette.found.iter().filter_map(|at| palette.entries.get(*at)).map(line).collect();
    let text = vec![Words::default()];
    let window = Window { title: "What to do", context: keymap::Context::Palette, text, rows: rows.len() };
    let drawn = windows::open(model, &window, canvas);
    input(model, &palette.input, pen::row(drawn.text, 0), top, canvas);
    draw_rows(model, &palette.list, &rows, drawn.rows, canvas);
}

/// The cells of the names in the windows of facts and people.
fn name_cells(model: &Model) -> usize {
    (layout::window_text(model.size) * 2 / 5).clamp(8, 26)
}

fn facts(model: &Model, engagement: &Engagement) -> Vec<Words> {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let name = |text: &str| width::fit(text, name_cells(model), glyphs.ellipsis) + " ";
    let line = |sign: &str, style: Style, title: &str, value: String, value_style: Style| {
        Words::new(sign, style).and(" ", theme.text).and(name(title), theme.text).and(value, value_style)
    };
    let open = |what: &str| (glyphs.todo, theme.text, what.to_owned(), theme.muted);
    fact_rows(runbook)
        .into_iter()
        .map(|row| match row {
            FactRow::Decision(id) => {
                let decision = runbook.decisions.get(id);
                let title = decision.map_or(id.as_str(), |d| d.title.as_str());
                let (sign, style, said, said_style) = match state.facts.decisions.get(id) {
                    Some((value, stage)) => {
                        let said = decision.map_or_else(|| value.clone(), |d| option_title(&d.kind, value));
                        match stage {
                            DecisionStage::Confirmed => (glyphs.done, theme.good, said, theme.text),
                            DecisionStage::Proposed => {
                                (glyphs.partly, theme.busy, format!("{said} (proposed)"), theme.text)
                            }
                        }
                    }
                    None => open("open"),
                };
                line(sign, style, title, said, said_style)
            }
            FactRow::Field(id) => {
                let title = runbook.fields.get(id).map_or(id.as_str(), |f| f.label.as_str());
                let (sign, style, said, said_style) = match state.facts.fields.get(id) {
                    Some(value) if !value.is_empty() => {
                        let from = if state.captured.contains(id) { " (from a check)" } else { "" };
                        (glyphs.done, theme.good, format!("{value}{from}"), theme.text)
                    }
                    Some(_) | None => open("not filled in"),
                };
                line(sign, style, title, said, said_style)
            }
            FactRow::Secret(id) => {
                let title = runbook.secrets.get(id).map_or(id.as_str(), |s| s.label.as_str());
                let (sign, style, said, said_style) = match state.secrets.get(id) {
                    Some(SecretSource::Env(name)) => {
                        (glyphs.done, theme.good, format!("in the variable {name}"), theme.text)
                    }
                    Some(SecretSource::File(path)) => {
                        (glyphs.done, theme.good, format!("in the file {path}"), theme.text)
                    }
                    Some(SecretSource::Command(argv)) => {
                        (glyphs.done, theme.good, format!("printed by {}", argv.join(" ")), theme.text)
                    }
                    Some(SecretSource::Keyring { service, user }) => {
                        (glyphs.done, theme.good, format!("in the keyring as {service}/{user}"), theme.text)
                    }
                    None => open("nowhere yet"),
                };
                line(sign, style, title, said, said_style)
            }
        })
        .collect()
}

/// The title of an option, for values that are ids.
fn option_title(kind: &DecisionKind, value: &str) -> String {
    match kind {
        DecisionKind::Choice { options } => {
            options.iter().find(|o| o.id == value).map_or_else(|| value.to_owned(), |o| o.title.clone())
        }
        DecisionKind::Text { .. } | DecisionKind::Each { .. } => value.to_owned(),
    }
}

fn members(model: &Model, engagement: &Engagement) -> Vec<Words> {
    let (theme, glyphs) = (&model.look.theme, &model.look.glyphs);
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    member_rows(runbook, state)
        .into_iter()
        .map(|(role, member)| {
            let name = width::fit(runbook.role_name(role), name_cells(model), glyphs.ellipsis);
            let words = Words::new(name + " ", theme.muted);
            match member {
                Some(member) => {
                    let own_key = state.members.get(member).is_some_and(|m| !m.keys.is_empty());
                    let key = if own_key { "" } else { " (no key: others record)" };
                    words.and(member.to_string(), theme.text).and(key, theme.muted)
                }
                None => words.and("nobody yet", theme.warn),
            }
        })
        .collect()
}
