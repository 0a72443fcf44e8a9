//! One item in full: labels on the left, what there is to say on the right.
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

mod check;

use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::assess::{ItemAssessment, Status, stale};
use crate::domain::blocker::{Why, item_blocker};
use crate::domain::event::{Event, Fact};
use crate::domain::runbook::{Item, Stage};
use crate::domain::state::{Approval, ItemState, Standing};
use crate::domain::text::SafeText;
use crate::tui::layout;
use crate::tui::look::Look;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel};
use crate::tui::width;
use crate::tui::words::{blocker, fact, owner, time};

use super::Canvas;
use super::pen::{self, Strip, Words};

/// Cells of a label with the space after it.
const LABEL: usize = 9;
/// Lines that one text may take up.
const LINES: usize = 6;
/// Remarks, pieces of evidence and lines of history that are shown.
const SHOWN: usize = 12;

pub(super) fn draw(model: &Model, engagement: &Engagement, area: Rect, canvas: &mut Canvas<'_>) {
    let (look, theme) = (&model.look, &model.look.theme);
    let focused = engagement.panel == Panel::Detail;
    let title = engagement.item().map_or("Detail", |(_, item)| item.title.as_str());
    let inner = layout::inside(area);
    let lines = lines(engagement, look, model.now.at, usize::from(inner.width));
    let height = usize::from(inner.height);
    let top = engagement.detail_top.min(lines.len().saturating_sub(height));
    let more = lines.len().saturating_sub(top + height);
    let right = if more > 0 { format!("{more} more") } else { String::new() };
    pen::frame(canvas.buf, area, title, &right, if focused { theme.focus } else { theme.border }, look);
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        Strip::new(canvas.buf, pen::row(inner, n), look).skip(1).words(line);
    }
}

/// The lines of the item under the cursor, for a panel of so many cells inside.
pub fn lines(engagement: &Engagement, look: &Look, now: DateTime<Utc>, cells: usize) -> Vec<Words> {
    let Some((place, item)) = engagement.item() else {
        return Vec::new();
    };
    let (Some(stage), Some((_, assessed))) =
        (engagement.runbook.stages().get(place.stage), engagement.at(place))
    else {
        return Vec::new();
    };
    let mut page = Page { look, now, cells: cells.saturating_sub(2), lines: Vec::new() };
    let state = engagement.state.item(item.id.as_str());
    // A title that the border had to cut is given in full.
    if width::width(&item.title) + 2 > page.cells {
        page.text(&item.title, look.theme.title);
    }
    let said = owner::with_people(&engagement.runbook, &engagement.state, &item.owner);
    page.labelled("Owner", &said, look.theme.text);
    status(&mut page, engagement, stage, item, assessed);
    check::write(&mut page, engagement, item, assessed);
    parts(&mut page, engagement, item, assessed);
    actions(&mut page, engagement, item);
    if let Some(hint) = &item.hint {
        page.labelled("Next", hint, look.theme.text);
    }
    demands(&mut page, item);
    if let Some(state) = state {
        asked(&mut page, state);
        evidence(&mut page, state);
        notes(&mut page, state);
        signatures(&mut page, engagement, item, state);
    }
    history(&mut page, engagement, item);
    page.lines
}

/// Lines that are being written.
struct Page<'a> {
    look: &'a Look,
    now: DateTime<Utc>,
    cells: usize,
    lines: Vec<Words>,
}

impl Page<'_> {
    /// A text over the whole width.
    fn text(&mut self, text: &str, style: Style) {
        for line in width::wrap(SafeText::new(text).as_str(), self.cells, LINES, self.look.glyphs.ellipsis) {
            self.lines.push(Words::new(line, style));
        }
    }

    /// A label, and a text beside it.
    fn labelled(&mut self, label: &str, text: &str, style: Style) {
        let room = self.cells.saturating_sub(LABEL);
        let wrapped = width::wrap(SafeText::new(text).as_str(), room, LINES, self.look.glyphs.ellipsis);
        for (n, line) in wrapped.into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            self.line(label, Words::default().and(line, style));
        }
    }

    /// A label, and a line beside it that is not wrapped.
    fn line(&mut self, label: &str, line: Words) {
        let label = width::fit(label, LABEL, self.look.glyphs.ellipsis);
        self.lines.push(Words::new(label, self.look.theme.muted).then(line));
    }

    /// A sign under a label, and a text beside it.
    fn marked(&mut self, label: &str, sign: &str, sign_style: Style, text: &str, style: Style) {
        let room = self.cells.saturating_sub(LABEL + 2);
        let wrapped = width::wrap(SafeText::new(text).as_str(), room, LINES, self.look.glyphs.ellipsis);
        for (n, line) in wrapped.into_iter().enumerate() {
            let (label, sign) = if n == 0 { (label, sign) } else { ("", " ") };
            let words = Words::new(sign, sign_style).and(" ", style).and(line, style);
            self.line(label, words);
        }
    }

    fn moment(&self, at: DateTime<Utc>) -> String {
        time::moment(at, self.now, self.look.zone)
    }
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
            let why = item_blocker(&engagement.state, stage, item, assessed);
            // That nobody has ticked it is what "to do" says, and who may stands above.
            if why.why != Why::NotTicked {
                said = format!("{said}; {}", blocker::reason(&engagement.runbook, &why));
            }
        }
    }
    if assessed.ready_early {
        said.push_str("; its check has passed ahead of its stage");
    }
    let style = theme.status(assessed.status);
    page.marked("Status", glyphs.status(assessed.status), style, &said, theme.text);
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

/// What the item asks for besides a tick.
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

fn demands(page: &mut Page<'_>, item: &Item) {
    let mut said = Vec::new();
    if item.self_signed {
        said.push("signed by the person, with a key of their own".to_owned());
    }
    if item.owner.with_required {
        said.push("a comment of everyone consulted".to_owned());
    }
    if item.independent {
        said.push("signed by another person than who attached the evidence".to_owned());
    }
    for demand in &item.evidence.demands {
        let hint = demand.hint.as_deref().unwrap_or(demand.kind.word());
        said.push(format!("evidence ({} {}): {hint}", demand.required, demand.kind.word()));
    }
    if item.evidence.required > 0 {
        let what = item.evidence.hint.as_deref().unwrap_or("a link or a reference");
        said.push(format!("evidence ({}): {what}", item.evidence.required));
    }
    if let Some(lead) = item.lead_time.and_then(|d| chrono::TimeDelta::from_std(d).ok()) {
        said.push(format!("usually takes {}", time::length(lead)));
    }
    if item.optional {
        said.push("optional: x says why it does not apply".to_owned());
    }
    if !said.is_empty() {
        let style = page.look.theme.muted;
        page.labelled("Needs", &said.join("; "), style);
    }
}

/// An exception that waits to be granted.
fn asked(page: &mut Page<'_>, state: &ItemState) {
    if let Some(request) = &state.requested {
        let until = page.moment(request.until);
        let (by, why) = (&request.asked.by.name, &request.asked.text);
        let said = format!("{by} asks for an exception until {until}: {why} (w grants it)");
        page.labelled("Waiver", &said, page.look.theme.warn);
    }
}

fn evidence(page: &mut Page<'_>, state: &ItemState) {
    let theme = page.look.theme;
    for (n, evidence) in state.evidence.iter().rev().take(SHOWN).enumerate() {
        let size = evidence.file.map_or_else(String::new, |f| format!("file of {} bytes, ", f.size));
        let said =
            format!("{} ({size}{}, {})", evidence.reference, evidence.by.name, page.moment(evidence.at));
        page.labelled(if n == 0 { "Evidence" } else { "" }, &said, theme.text);
    }
}

fn notes(page: &mut Page<'_>, state: &ItemState) {
    let theme = page.look.theme;
    for (n, note) in state.notes.iter().rev().take(SHOWN).enumerate() {
        let said = format!("{} {}: {}", page.moment(note.at), note.by.name, note.text);
        page.labelled(if n == 0 { "Notes" } else { "" }, &said, theme.text);
    }
}

fn signatures(page: &mut Page<'_>, engagement: &Engagement, item: &Item, state: &ItemState) {
    let theme = page.look.theme;
    let mut first = true;
    for (part, approvals) in &state.boxes {
        let title =
            part.as_ref().and_then(|p| item.parts.iter().find(|d| d.id == *p)).map(|p| p.title.as_str());
        for approval in approvals.iter().rev().take(SHOWN) {
            let mut said = signature(page, engagement, title, approval);
            let stale = stale(item, state, approval, page.now);
            if let Some(why) = &stale {
                said = format!("{said}; no longer counts: {why}");
            }
            let style = if stale.is_some() { theme.muted } else { theme.text };
            page.labelled(if first { "Signed" } else { "" }, &said, style);
            first = false;
        }
    }
    if let Some(proof) = &state.proven {
        let said = format!("by the check, {}: {}", page.moment(proof.at), proof.summary);
        page.labelled(if first { "Signed" } else { "" }, &said, theme.text);
    }
}

/// "Lin Chen as Developer, recorded by Dana Ruiz, 12:04".
fn signature(page: &Page<'_>, engagement: &Engagement, part: Option<&str>, approval: &Approval) -> String {
    let who = fact::signed(&engagement.runbook, &approval.by, &approval.signoff);
    let at = page.moment(approval.at);
    match part {
        Some(part) => format!("{part}: {who}, {at}"),
        None => format!("{who}, {at}"),
    }
}

fn history(page: &mut Page<'_>, engagement: &Engagement, item: &Item) {
    let theme = page.look.theme;
    let check = item.check.as_ref().map(|c| &c.check);
    let events = engagement.history.about(&item.id, check);
    // What a verdict did to the item says more than the verdict, which was written in the same moment.
    let told = |event: &&&Event| {
        !matches!(event.fact, Fact::CheckSettled { .. })
            || !events
                .iter()
                .any(|e| e.at == event.at && matches!(e.fact, Fact::Proven { .. } | Fact::Reopened { .. }))
    };
    for (n, event) in events.iter().filter(told).take(SHOWN).enumerate() {
        let said = format!("{} {}", page.moment(event.at), fact::about_item(&engagement.runbook, event));
        page.labelled(if n == 0 { "History" } else { "" }, &said, theme.muted);
    }
}
