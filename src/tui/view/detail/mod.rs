//! One item in full, or the stage when the stages have the keys: labels on the left, what there is to say
//! on the right.
//!
//! ```text
//! ┌ Webhook endpoint verifies HMAC ──────────┐
//! │ Owner    Developer, with QA Specialist   │
//! │ Check    ✗ failing for 2 min  ▁▁▁▂▇▇▇    │
//! │   ✓ signed event     200 in 84 ms        │
//! │   ✗ altered body     200, want 4xx       │
//! │ Next     verify against the raw body     │
//! │ History  12:04 regressed · 11:58 passed  │
//! └──────────────────────────────────────────┘
//! ```

mod people;
mod record;
mod stage;

use chrono::{DateTime, Utc};
use ratatui::layout::Rect;

use crate::domain::assess::{Gate, ItemAssessment, Status};
use crate::domain::blocker::{Why, item_blocker};
use crate::domain::runbook::{Item, Stage};
use crate::domain::state::Standing;
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel};
use crate::tui::width;
use crate::tui::words::{blocker, check as check_words};

use super::page::Page;
use super::pen::{self, Strip, Words};
use super::{Canvas, check};

/// Remarks, pieces of evidence and lines of history that are shown.
const SHOWN: usize = 12;

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme) = (&model.look, &model.look.theme);
    let focused = engagement.panel == Panel::Detail;
    let title = match engagement.panel {
        Panel::Stages => engagement.stage().map(|(stage, _)| stage.title.as_str()),
        Panel::Items | Panel::Detail => engagement.item().map(|(_, item)| item.title.as_str()),
    };
    let inner = layout::inside(area);
    let lines = lines(engagement, look, model.now.at, usize::from(inner.width));
    let height = usize::from(inner.height);
    let top = engagement.detail_top.min(lines.len().saturating_sub(height));
    let more = lines.len().saturating_sub(top + height);
    let right = if more > 0 { format!("{more} more") } else { String::new() };
    let border = if focused { theme.focus } else { theme.border };
    pen::frame(canvas.buf, area, title.unwrap_or("Detail"), &right, border, look);
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        Strip::new(canvas.buf, pen::row(inner, n), look).skip(1).words(line);
    }
}

/// The lines of what the cursor is on, for a panel of so many cells inside.
pub fn lines(engagement: &Engagement, look: &Look, now: DateTime<Utc>, cells: usize) -> Vec<Words> {
    let mut page = Page::new(look, now, cells);
    match engagement.panel {
        Panel::Stages => stage::write(&mut page, engagement),
        Panel::Items | Panel::Detail => item(&mut page, engagement),
    }
    page.lines
}

fn item(page: &mut Page<'_>, engagement: &Engagement) {
    let Some((place, item)) = engagement.item() else {
        return;
    };
    let (Some(stage), Some((_, assessed))) =
        (engagement.runbook.stages().get(place.stage), engagement.at(place))
    else {
        return;
    };
    let state = engagement.state.item(item.id.as_str());
    // A title that the border had to cut is given in full.
    if width::width(&item.title) + 2 > page.cells {
        page.text(&item.title, page.look.theme.title);
    }
    people::owners(page, engagement, &item.owner);
    status(page, engagement, stage, item, assessed);
    held(page, engagement, place.stage);
    live(page, engagement, item, assessed);
    parts(page, engagement, item, assessed);
    actions(page, engagement, item);
    if let Some(hint) = &item.hint {
        page.labelled("Next", hint, page.look.theme.text);
    }
    record::demands(page, item);
    if let Some(state) = state {
        record::asked(page, state);
        record::evidence(page, state);
        record::notes(page, state);
        people::signatures(page, engagement, item, state);
    }
    record::history(page, engagement, item);
    // Last: what is to be done about the item comes before what people are there for.
    people::duties(page, engagement, &item.owner);
}

fn status(
    page: &mut Page<'_>,
    engagement: &Engagement,
    stage: &Stage,
    item: &Item,
    assessed: &ItemAssessment,
) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let state = engagement.state.item(item.id.as_str());
    let mut said = assessed.status.word().to_owned();
    match assessed.status {
        Status::Done => {
            if let Some(end) = assessed.expires {
                said = format!("done, until {}", page.moment(end));
            }
        }
        Status::Waived => {
            if let Some(waiver) = state.and_then(|s| s.waiver.as_ref()) {
                let until = page.moment(waiver.request.until);
                let soon = if assessed.expires_soon { "SOON OVER: " } else { "" };
                said = format!(
                    "{soon}waived until {until} by {}: {}",
                    waiver.granted_by.name, waiver.request.asked.text
                );
            }
        }
        Status::NotApplicable => {
            if let Some(remark) = state.and_then(|s| s.not_applicable.as_ref()) {
                said = format!("not applicable, says {}: {}", remark.by.name, remark.text);
            }
        }
        Status::Rejected => {
            if let Some(remark) = state.and_then(|s| s.rejected.as_ref()) {
                said = format!("sent back by {}: {}", remark.by.name, remark.text);
            }
        }
        Status::Todo | Status::Partly | Status::Regressed | Status::Expired | Status::Stale => {
            let why = item_blocker(&engagement.runbook, &engagement.state, stage, item, assessed);
            // That nobody has ticked it is what "to do" says, and who may stands above.
            if why.why != Why::NotTicked {
                said = format!("{said}; {}", blocker::reason(&engagement.runbook, &why));
            }
        }
    }
    if assessed.ready_early {
        said.push_str("; ready early: its check passes ahead of its stage");
    }
    let style = theme.status(assessed.status);
    page.marked("Status", glyphs.status(assessed.status), style, &said, theme.text);
}

/// What holds the stage of an item shut. A shut stage can be read, and work in it can be prepared.
fn held(page: &mut Page<'_>, engagement: &Engagement, stage: usize) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let (sign, style, said) = match engagement.assessment.gate(stage) {
        Gate::Open => return,
        Gate::Shut => (glyphs.shut, theme.warn, "shut"),
        Gate::Warned => (glyphs.current, theme.warn, "open with a warning"),
        Gate::BreakGlass => (glyphs.broken, theme.bad, "opened by BREAK-GLASS"),
    };
    let said = match engagement.held().filter(|held| held.stage == stage).map(|held| held.count) {
        Some(1) => format!("{said}; 1 thing before it is open"),
        Some(n) => format!("{said}; {n} things before it are open"),
        None => said.to_owned(),
    };
    page.marked("Stage", sign, style, &said, theme.text);
    let first = engagement.held().filter(|held| held.stage == stage).and_then(|held| held.first.first());
    if let Some(first) = first {
        let subject = blocker::subject(&engagement.runbook, first);
        let said = format!("first {subject}: {}", blocker::reason(&engagement.runbook, first));
        page.labelled("", &said, theme.muted);
    }
}

/// The live check of the item.
fn live(page: &mut Page<'_>, engagement: &Engagement, item: &Item, assessed: &ItemAssessment) {
    let Some(used) = &item.check else {
        return;
    };
    let Some(known) = engagement.runbook.checks.get(&used.check) else {
        return;
    };
    check::write(page, engagement, known, assessed.configured == Some(true));
    page.labelled("", check_words::means(used.mode), page.look.theme.muted);
}

fn parts(page: &mut Page<'_>, engagement: &Engagement, item: &Item, assessed: &ItemAssessment) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    for (n, (part, state)) in item.parts.iter().zip(&assessed.boxes).enumerate() {
        let (sign, style) = if state.ticked { (glyphs.done, theme.good) } else { (glyphs.todo, theme.text) };
        let mut said = part.title.clone();
        if !state.ticked && !state.signed.is_empty() {
            let roles: Vec<_> = state.signed.iter().map(|r| engagement.runbook.role_name(r)).collect();
            said = format!("{said} (signed: {})", roles.join(", "));
        }
        page.marked(if n == 0 { "Parts" } else { "" }, sign, style, &said, theme.text);
    }
}

/// What can be started here, and how far it is.
fn actions(page: &mut Page<'_>, engagement: &Engagement, item: &Item) {
    let here = engagement.runbook.actions.values().filter(|action| action.item.as_ref() == Some(&item.id));
    for (n, action) in here.enumerate() {
        let standing = match engagement.state.standing(action, page.now) {
            Standing::Fresh => "a starts it",
            Standing::UnderWay => "under way",
            Standing::Done => "done",
            Standing::Failed => "not carried out; a starts it again",
            Standing::Unknown => "outcome unknown: look on the provider's side",
        };
        let text = format!("{} ({standing})", action.title);
        page.labelled(if n == 0 { "Action" } else { "" }, &text, page.look.theme.text);
    }
}
