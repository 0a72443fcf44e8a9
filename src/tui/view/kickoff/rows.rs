//! The rows of a page.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::check::DecisionStage;
use crate::domain::decision::DecisionKind;
use crate::domain::runbook::Place;
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::engagement::Engagement;
use crate::tui::model::kickoff::agenda::Point;
use crate::tui::model::kickoff::page::Row;
use crate::tui::view::Canvas;
use crate::tui::view::pen::{self, Strip};
use crate::tui::view::regions::Target;
use crate::tui::words::{fact, owner, time};

/// What every row is drawn with.
struct Ground<'a> {
    model: &'a Model,
    engagement: &'a Engagement,
    /// Cells of the first column.
    first: usize,
    /// Whether each row has a second line below it.
    airy: bool,
}

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, pitch: u16, canvas: &mut Canvas<'_>) {
    let kickoff = &engagement.kickoff;
    if kickoff.page.rows.is_empty() {
        value(model, engagement, area, canvas);
        return;
    }
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let wide = usize::from(area.width);
    let first = match kickoff.point() {
        Some(Point::Tick) => (wide * 11 / 20).saturating_sub(2),
        Some(Point::Open) => wide,
        Some(Point::Summary) => 14,
        Some(_) | None => (wide * 2 / 5).clamp(8, 36),
    };
    let ground = Ground { model, engagement, first, airy: pitch > 1 };
    let sight = usize::from(area.height / pitch.max(1));
    for (n, at) in kickoff.list.sight(kickoff.page.rows.len(), sight).enumerate() {
        let chosen = at == kickoff.list.cursor;
        let down = n * usize::from(pitch);
        let row = pen::row(area, down);
        let below = (pitch > 1).then(|| pen::row(area, down + 1));
        let mut strip = Strip::new(canvas.buf, row, look);
        strip.cells(glyphs.marker(chosen, true), 1, theme.focus).skip(1);
        let style = if chosen { theme.cursor } else { theme.text };
        let more = one(&ground, &kickoff.page.rows[at], style, &mut strip);
        if let Some((text, style)) = more {
            match below {
                Some(below) => {
                    Strip::new(canvas.buf, below, look).skip(4).put(&text, style);
                }
                None => {
                    strip.skip(2).put(&text, style);
                }
            }
        }
        canvas.regions.add(row, Target::Row(at));
        if let Some(below) = below {
            canvas.regions.add(below, Target::Row(at));
        }
    }
}

/// Draws one row; what goes below it, where there is room for that.
fn one(ground: &Ground<'_>, row: &Row, style: Style, strip: &mut Strip<'_>) -> Option<(String, Style)> {
    let (theme, glyphs) = (&ground.model.look.theme, &ground.model.look.glyphs);
    let engagement = ground.engagement;
    let runbook = &engagement.runbook;
    match row {
        Row::Role(role, member) => {
            strip.cells(runbook.role_name(role), ground.first, style).skip(1);
            match member {
                None => {
                    strip.put(glyphs.todo, theme.text).put(" nobody yet", theme.warn);
                }
                Some(member) => {
                    let here = engagement.kickoff.here.contains(member);
                    strip.put(glyphs.done, theme.good).put(" ", theme.text).put(member.as_str(), style);
                    if here {
                        strip.put(" (here)", theme.good);
                    }
                    let key = engagement.state.members.get(member).is_some_and(|m| !m.keys.is_empty());
                    if !key {
                        strip.put("  no key: others record", theme.muted);
                    }
                }
            }
            // Who somebody is matters more than what the role is for.
            let duty = runbook.roles.get(role).and_then(|r| r.duty.clone()).filter(|_| ground.airy);
            duty.map(|duty| (duty, theme.muted))
        }
        Row::Choice { title, stands, against, before, .. } => {
            let (sign, sign_style, word) = match (stands, against) {
                (Some(DecisionStage::Confirmed), _) => (glyphs.done, theme.good, " agreed"),
                (Some(DecisionStage::Proposed), _) => (glyphs.partly, theme.busy, " proposed"),
                (None, Some(_)) => (glyphs.fail, theme.bad, " not possible"),
                (None, None) => (glyphs.todo, theme.text, ""),
            };
            strip.put(sign, sign_style).put(" ", theme.text).put(title, style).put("  ", theme.text);
            strip.put(word.trim_start(), sign_style);
            match (against, before) {
                (Some(why), _) => Some((why.clone(), theme.bad)),
                (None, Some(why)) => Some((format!("before it is agreed: {why}"), theme.warn)),
                (None, None) => None,
            }
        }
        Row::Subject { title, options, chosen, .. } => {
            strip.cells(title, ground.first.min(24), style).skip(1);
            for (n, option) in options.iter().enumerate() {
                let (open, close) = if n == *chosen { ("[", "]") } else { (" ", " ") };
                let style = if n == *chosen { theme.title } else { theme.muted };
                strip.put(open, style).put(option, style).put(close, style).skip(1);
            }
            None
        }
        Row::Propose(value) => {
            let (sign, sign_style, word) = match engagement.kickoff.point() {
                Some(Point::Decision(id)) => match engagement.state.facts.decisions.get(id) {
                    Some((now, DecisionStage::Confirmed)) if now == value => {
                        (glyphs.done, theme.good, "agreed")
                    }
                    Some((now, DecisionStage::Proposed)) if now == value => {
                        (glyphs.partly, theme.busy, "proposed")
                    }
                    Some(_) | None => (glyphs.todo, theme.text, "propose this"),
                },
                Some(_) | None => (glyphs.todo, theme.text, "propose this"),
            };
            strip.put(sign, sign_style).put(" ", theme.text).put(word, style);
            None
        }
        Row::Stage(n, plan) => {
            let stage = runbook.stages().get(*n)?;
            let assessed = engagement.assessment.stages.get(*n);
            let (gate, complete) =
                assessed.map_or((crate::domain::assess::Gate::Shut, false), |a| (a.gate, a.complete));
            strip.put(glyphs.stage(gate, complete), if complete { theme.good } else { theme.text }).skip(1);
            strip.cells(&format!("{n} {}", stage.title), ground.first.saturating_sub(2), style).skip(1);
            let today = ground.model.look.zone.wall(ground.model.now.at).date();
            let by = match plan.by {
                Some(day) => format!("by {}", time::day(day, today)),
                None => "complete".to_owned(),
            };
            let late = plan.by.is_some_and(|day| day < today);
            strip.cells(&by, 14, if late { theme.bad } else { theme.text }).skip(1);
            strip.put(&owners(engagement, *n), theme.muted);
            None
        }
        Row::Item(place, why_not) => {
            item(ground, *place, *why_not, style, strip);
            None
        }
        Row::Remark(item, by, text) => {
            strip.put(glyphs.dot, theme.busy).put(" ", theme.text).put(text, style);
            let about = item.as_ref().map(|item| format!(" on {}", fact::item_title(runbook, item)));
            strip.put(&format!("  {by}{}", about.unwrap_or_default()), theme.muted);
            None
        }
        Row::Missing(text) => {
            strip.put(glyphs.todo, theme.warn).put(" ", theme.text).put(text, theme.muted);
            None
        }
        Row::Summed(standing, what, how) => {
            let (sign, sign_style) = super::agenda::sign(*standing, &ground.model.look);
            strip
                .put(sign, sign_style)
                .put(" ", theme.text)
                .cells(what, ground.first, style)
                .put(how, theme.text);
            None
        }
    }
}

/// An item: marked or not, and who signs, or why nobody can in the room.
fn item(ground: &Ground<'_>, place: Place, why_not: Option<&str>, style: Style, strip: &mut Strip<'_>) {
    let (theme, glyphs) = (&ground.model.look.theme, &ground.model.look.glyphs);
    let engagement = ground.engagement;
    let Some((item, assessed)) = engagement.at(place) else {
        return;
    };
    let marked = engagement.kickoff.marks.get(&item.id);
    let mark = match (marked, why_not) {
        (Some(_), _) => "[x]",
        (None, None) => "[ ]",
        (None, Some(_)) => "   ",
    };
    let title_style = if why_not.is_some() { theme.muted.patch(style) } else { style };
    strip.put(mark, if marked.is_some() { theme.good } else { theme.text }).skip(1);
    strip.put(glyphs.status(assessed.status), theme.status(assessed.status)).skip(1);
    strip.cells(&item.title, ground.first.saturating_sub(6), title_style).skip(2);
    match (marked, why_not) {
        (Some(signatures), _) => {
            let labels: Vec<&str> = signatures.iter().map(|s| s.label.as_str()).collect();
            strip.put(&labels.join("; "), theme.text);
        }
        (None, Some(why)) => {
            strip.put(why, theme.muted);
        }
        (None, None) => {
            let said = owner::with_people(&engagement.runbook, &engagement.state, &item.owner);
            strip.put(&said, theme.muted);
        }
    }
}

/// Who signs in a stage, each role once, with those who hold it.
fn owners(engagement: &Engagement, stage: usize) -> String {
    let Some(stage) = engagement.runbook.stages().get(stage) else {
        return String::new();
    };
    let mut roles = Vec::new();
    // What is drawn is one line: the roles of the first items say who it is about.
    for item in stage.items.iter().take(50) {
        for role in item.owner.signs.roles() {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
    }
    for role in &stage.signoff {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let said: Vec<String> = roles
        .iter()
        .map(|role| format!("{} ({})", runbook.role_name(role), owner::people(state, role)))
        .collect();
    said.join(", ")
}

/// The value of a page that has no rows: a text that is decided on, or a field.
fn value(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme, glyphs) = (&model.look, &model.look.theme, &model.look.glyphs);
    let facts = &engagement.state.facts;
    let (sign, style, text, word) = match engagement.kickoff.point() {
        Some(Point::Decision(id)) => match facts.decisions.get(id) {
            Some((value, DecisionStage::Confirmed)) => (glyphs.done, theme.good, value.as_str(), "agreed"),
            Some((value, DecisionStage::Proposed)) => (glyphs.partly, theme.busy, value.as_str(), "proposed"),
            None => (glyphs.todo, theme.text, "", "not decided"),
        },
        Some(Point::Field(id)) => match facts.fields.get(id).filter(|v| !v.is_empty()) {
            Some(value) if engagement.state.captured.contains(id) => {
                (glyphs.done, theme.good, value.as_str(), "filled in by a check")
            }
            Some(value) => (glyphs.done, theme.good, value.as_str(), "filled in"),
            None => (glyphs.todo, theme.text, "", "not known yet"),
        },
        Some(Point::Tick) => (glyphs.done, theme.good, "", "nothing is left to tick in the open stages"),
        Some(Point::Open) => (glyphs.done, theme.good, "", "nothing is open"),
        Some(Point::People | Point::Plan | Point::Summary) | None => return,
    };
    let key = |act| model.key(act);
    let word = match word {
        "proposed" => format!("proposed: {} when it is agreed in the room", key(Act::Confirm)),
        "not decided" | "not known yet" => format!("{word}: {} types it", key(Act::Open)),
        said => said.to_owned(),
    };
    let mut y = 0;
    if !text.is_empty() {
        Strip::new(canvas.buf, pen::row(area, y), look).put("  ", theme.text).put(text, theme.title);
        y += if area.height >= 4 { 2 } else { 1 };
    }
    Strip::new(canvas.buf, pen::row(area, y), look)
        .put(sign, style)
        .put(" ", theme.text)
        .put(&word, theme.muted);
    let left = engagement.kickoff.point().and_then(|point| match point {
        Point::Decision(id) => match &engagement.runbook.decisions.get(id)?.kind {
            DecisionKind::Text { max_chars: Some(max), .. } => Some(*max),
            DecisionKind::Text { max_chars: None, .. }
            | DecisionKind::Choice { .. }
            | DecisionKind::Each { .. } => None,
        },
        Point::People | Point::Field(_) | Point::Plan | Point::Tick | Point::Open | Point::Summary => None,
    });
    if let Some(max) = left.filter(|_| text.is_empty()) {
        let said = format!("at most {max} characters");
        Strip::new(canvas.buf, pen::row(area, y + 1), look).skip(2).put(&said, theme.muted);
    }
}
