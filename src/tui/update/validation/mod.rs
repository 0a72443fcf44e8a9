//! The acts of the go/no-go board: what the checks said last is asked for, run again, opened; a decision
//! is taken in [`decide`].

mod decide;

pub(super) use decide::{NextAsk, decided, next, release, released};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::backing::Backing;
use crate::domain::board::{About, Board};
use crate::domain::ids::CheckId;
use crate::domain::verdict::Observation;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending, Room};
use crate::tui::model::list::Move;
use crate::tui::model::popup::{Popup, Sheet, SheetLine, Weight};
use crate::tui::model::toast::Tone;
use crate::tui::model::validation::{Filter, Reading, Run, Seen};
use crate::tui::msg::{Attestation, Failed};
use crate::tui::words::proof;

use super::{answers, engagement};

/// How much longer than the slowest check is allowed to take an answer is waited for.
const GRACE: Duration = Duration::from_secs(20);

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::board(model.size).1.height).saturating_sub(3).max(1);
    if let Some(to) = Move::of(act, page) {
        step(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => leave(model),
        Act::Open => return open(model),
        Act::GoToItem => {
            to_item(model);
            leave(model);
        }
        Act::Filter => filter(model),
        Act::Check => return run_all(model),
        Act::Decide => return decide::offer(model),
        Act::Reload => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.validation.reading = Reading::NotAsked;
            }
            return engagement::act(model, act);
        }
        Act::Undo | Act::Facts | Act::Members | Act::Upgrade => return engagement::act(model, act),
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

fn leave(model: &mut Model) {
    if let Some(engagement) = model.engagement_mut() {
        engagement.room = Room::Items;
    }
}

/// Moves to a criterion; the headings between are passed over.
pub(super) fn step(model: &mut Model, to: Move) {
    let Some(board) = model.engagement_mut().map(|e| &mut e.validation) else {
        return;
    };
    let (before, rows) = (board.list.cursor, board.rows.len());
    board.list.go(to, rows);
    let at = board.list.cursor;
    let is_criterion = |row: &usize| board.criterion(*row).is_some();
    let found = match to {
        Move::Up(_) | Move::Last => (0..=at).rev().find(is_criterion),
        Move::Down(_) | Move::First => (at..rows).find(is_criterion),
    };
    board.list.cursor = found.unwrap_or(before);
    // The heading of the first criterion comes into sight with it.
    if board.list.cursor == 1 {
        board.list.top = 0;
    }
}

fn filter(model: &mut Model) {
    if let Some(engagement) = model.engagement_mut() {
        let other = match engagement.validation.filter {
            Filter::All => Filter::Open,
            Filter::Open => Filter::All,
        };
        engagement.validation.filter(other);
    }
}

/// Puts the cursor of the items on what the criterion is about.
pub(super) fn to_item(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let about = engagement.validation.selected().map(|c| c.about.clone());
    match about {
        Some(About::Item(place)) => {
            engagement.search = None;
            engagement.jump(place);
        }
        Some(About::SignOff(stage, _)) => {
            engagement.search = None;
            engagement.show_stage(stage);
        }
        None => {}
    }
}

/// Opens the proof of a criterion, and has the events that it rests on looked at again.
fn open(model: &mut Model) -> Vec<Effect> {
    let request = model.request();
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some(criterion) = engagement.validation.selected() else {
        return Vec::new();
    };
    let mut lines = proof::lines(engagement, criterion, model.now.at, model.look.zone);
    let backing = Backing::of(&engagement.runbook, &engagement.state, &criterion.about, model.now.at);
    let events = backing.all_events();
    let mut sheet = Sheet::new(criterion.title(&engagement.runbook), Vec::new());
    let id = engagement.id.clone();
    let asks = !events.is_empty();
    if asks {
        sheet.waits = Some((request, lines.len()));
        lines.push(SheetLine::new("Verified", "looking at the whole log again", Weight::Muted));
    }
    sheet.lines = lines;
    model.push(Popup::Sheet(sheet));
    if asks { vec![Effect::Attest { request, engagement: id, events }] } else { Vec::new() }
}

/// A log was looked at again: what it is worth goes under the proof that asked for it.
pub(super) fn attested(
    model: &mut Model,
    request: RequestId,
    answer: Result<Attestation, Failed>,
) -> Vec<Effect> {
    let waits = |popup: &&mut Popup| match popup {
        Popup::Sheet(sheet) => sheet.waits.is_some_and(|(asked, _)| asked == request),
        _ => false,
    };
    let Some(Popup::Sheet(sheet)) = model.popups.iter_mut().find(waits) else {
        return Vec::new();
    };
    if let Some((_, from)) = sheet.waits.take() {
        sheet.lines.truncate(from);
    }
    match answer {
        Ok(attestation) => sheet.lines.extend(proof::verified(&attestation)),
        Err(Failed::Broken { what, hints }) => {
            let lines = std::iter::once(what).chain(hints);
            sheet.lines.extend(lines.map(|line| SheetLine::new("Verified", line, Weight::Bad)));
        }
        Err(Failed::Refused(refusal)) => {
            sheet.lines.push(SheetLine::new("Verified", refusal.to_string(), Weight::Bad));
        }
    }
    model.touch();
    Vec::new()
}

/// Runs every check that a go depends on.
fn run_all(model: &mut Model) -> Vec<Effect> {
    let (now, request) = (model.now, model.request());
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    if let Some(run) = &engagement.validation.run {
        let said = format!("{} of {} checks have answered so far.", run.total - run.left.len(), run.total);
        model.toast(said, Tone::Plain);
        return Vec::new();
    }
    let checks = checks(engagement);
    if checks.is_empty() {
        model.toast("No check that can run decides on anything here.", Tone::Plain);
        return Vec::new();
    }
    let deadlines = checks.iter().filter_map(|id| engagement.runbook.checks.get(id)).map(|c| c.deadline);
    let until = now.up + deadlines.max().unwrap_or_default() + GRACE;
    let left = checks.iter().cloned().collect();
    let run = Run { request, at: now.at, until, total: checks.len(), left, said: [0; 4] };
    engagement.validation.run = Some(run);
    engagement.pending.insert(request, Pending { item: None });
    vec![Effect::RunChecks { request, engagement: engagement.id.clone(), checks }]
}

fn checks(engagement: &Engagement) -> Vec<CheckId> {
    let of = |board: &Board| board.checks(&engagement.runbook, &engagement.assessment);
    engagement.validation.board.as_ref().map_or_else(Vec::new, of)
}

/// A check of the engagement that is shown has a result.
pub(super) fn observed(model: &mut Model, result: &Observation) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let board = &mut engagement.validation;
    board.observed(result);
    let Some(run) = &mut board.run else {
        return;
    };
    if run.take(result) && run.left.is_empty() {
        end(model);
    }
}

/// Ends a run: when all have answered, or nobody waits any longer.
pub(super) fn end(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let Some(run) = engagement.validation.run.take() else {
        return;
    };
    let mut said = run.words();
    if !run.left.is_empty() {
        let title = |id: &CheckId| {
            engagement.runbook.checks.get(id).map_or_else(|| id.to_string(), |c| c.title.clone())
        };
        let silent: Vec<String> = run.left.iter().map(title).collect();
        said = format!("{said}; no answer yet from {}", silent.join(", "));
    }
    let [_, failed, ..] = run.said;
    let passed = run.said.first() == Some(&run.total);
    let tone = match (passed, failed) {
        (true, _) => Tone::Good,
        (false, 0) => Tone::Plain,
        (false, _) => Tone::Bad,
    };
    model.toast(said, tone);
}

/// Time has passed: a run that nobody answers ends.
pub(super) fn due(model: &mut Model) {
    let up = model.now.up;
    let over = |e: &Engagement| e.validation.run.as_ref().is_some_and(|run| run.until <= up);
    if model.engagement().is_some_and(over) {
        end(model);
    }
}

/// What each check said last has come.
pub(super) fn seen(
    model: &mut Model,
    request: RequestId,
    answer: Result<BTreeMap<CheckId, Seen>, Failed>,
) -> Vec<Effect> {
    let asked = Reading::Asked(request);
    let Some(engagement) = model.engagement_mut().filter(|e| e.validation.reading == asked) else {
        return Vec::new();
    };
    match answer {
        Ok(all) => engagement.validation.know(all),
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// What the board lacks while it is shown. Whoever comes back to it sees what happened elsewhere meanwhile.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    let engagement = model.engagement_mut()?;
    match (engagement.room, engagement.validation.reading) {
        (Room::Validation, Reading::NotAsked) => {}
        (Room::Validation, Reading::Asked(_) | Reading::Known) => return None,
        (Room::Items | Room::Kickoff | Room::Readiness | Room::History, _) => {
            engagement.validation.reading = Reading::NotAsked;
            return None;
        }
    }
    let id = engagement.id.clone();
    let request = model.request();
    model.engagement_mut()?.validation.reading = Reading::Asked(request);
    Some(Effect::LoadSeen { request, engagement: id })
}

/// Brings the board up to date and its cursor onto its rows.
pub(super) fn settle(model: &mut Model) {
    let (now, size) = (model.now.at, model.size);
    let query = model.searches.query(Context::Validation).to_owned();
    let mut made = false;
    if let Some(engagement) = model.engagement_mut().filter(|e| e.room == Room::Validation) {
        let Engagement { validation, runbook, state, assessment, .. } = engagement;
        if validation.is_due(now) {
            validation.derive(runbook, state, assessment, now);
            made = true;
        }
        validation.find(&query);
        let height = usize::from(layout::inside(layout::board(size).1).height);
        validation.list.keep(validation.rows.len(), height);
    }
    if made {
        model.touch();
    }
}

#[cfg(test)]
mod tests;
