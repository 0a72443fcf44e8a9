//! The acts on the checks of all engagements.

use crate::app::live::MAX_GUESTS;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::readiness::CheckLine;
use crate::domain::summary::Summary;
use crate::domain::verdict::{Observation, Verdict};
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::all_checks::Row;
use crate::tui::model::batch::Batch;
use crate::tui::model::engagement::Room;
use crate::tui::model::gathered::{Gathering as _, Read};
use crate::tui::model::list::Move;
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview};

use super::rooms;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::overview_rows(model.size).height).saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        rooms::go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back if model.all_checks.only.is_some() => {
            model.all_checks.only = None;
            model.all_checks.arrange();
        }
        Act::Back => return rooms::overview(model, Overview::Portfolio),
        Act::Filter => model.all_checks.next_filter(),
        Act::Check => {
            let row = model.all_checks.rows.selected().cloned();
            return run(model, row.into_iter().collect());
        }
        Act::CheckAll => {
            let rows = model.all_checks.shown().cloned().collect();
            return run(model, rows);
        }
        Act::Open => {
            if let Some(row) = model.all_checks.rows.selected() {
                let (id, item) = (row.engagement.clone(), row.line.item.clone());
                return rooms::open_at(model, id, Room::Items, item);
            }
        }
        Act::Reload => {
            model.all_checks.read.forget();
            return vec![model.load_portfolio()];
        }
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

/// Runs checks now: those of their engagements that can run.
fn run(model: &mut Model, rows: Vec<Row>) -> Vec<Effect> {
    let mut by_engagement: Vec<(EngagementId, Vec<CheckId>)> = Vec::new();
    for Row { engagement, line, .. } in rows {
        // One that no item uses does not run.
        if !line.configured || line.item.is_none() {
            continue;
        }
        match by_engagement.iter_mut().find(|(id, _)| *id == engagement) {
            Some((_, checks)) => checks.push(line.check),
            None => by_engagement.push((engagement, vec![line.check])),
        }
    }
    let count: usize = by_engagement.iter().map(|(_, checks)| checks.len()).sum();
    if by_engagement.len() > MAX_GUESTS {
        let said = format!(
            "These are checks of {} engagements; {MAX_GUESTS} at most run at once: {} or {} shows fewer.",
            by_engagement.len(),
            model.key(Act::Search),
            model.key(Act::Filter)
        );
        model.toast(said, Tone::Plain);
        return Vec::new();
    }
    match count {
        0 => {
            model.toast("No check here can run: fields are missing, or no item uses it.", Tone::Plain);
            return Vec::new();
        }
        1 => {}
        n => model.toast(format!("{n} checks are running."), Tone::Plain),
    }
    let up = model.now.up;
    let started: Vec<_> = by_engagement
        .iter()
        .flat_map(|(id, checks)| checks.iter().map(|check| (id.clone(), check.clone())))
        .collect();
    match &mut model.all_checks.batch {
        Some(batch) => batch.add(started, up),
        None => model.all_checks.batch = Some(Batch::new(started, up)),
    }
    let mut effects = Vec::with_capacity(by_engagement.len());
    for (engagement, checks) in by_engagement {
        let request = model.request();
        model.all_checks.asked.insert(request);
        effects.push(Effect::RunChecks { request, engagement, checks });
    }
    effects
}

/// A check has a result, perhaps one that was started here: what they said is told once, when all have.
pub(super) fn ran(model: &mut Model, engagement: &EngagementId, observation: &Observation) {
    let up = model.now.up;
    let Some(batch) = &mut model.all_checks.batch else {
        return;
    };
    let key = (engagement.clone(), observation.check.clone());
    if !batch.take(&key, observation.verdict, up) {
        return;
    }
    model.touch();
    let Some(batch) = model.all_checks.batch.take_if(|batch| batch.left.is_empty()) else {
        return;
    };
    let row = model.all_checks.read.of(engagement);
    let line = row.and_then(|read| read.lines.iter().find(|line| line.check == observation.check));
    let said = match (batch.total, row, line) {
        (1, Some(read), Some(line)) => {
            let word = observation.verdict.word();
            format!("{}, {}: {word} in {} ms", read.name, line.title, observation.latency_ms)
        }
        _ => batch.words(),
    };
    let tone = match (batch.total, observation.verdict) {
        (1, Verdict::Pass) => Tone::Good,
        (1, Verdict::Fail) => Tone::Bad,
        _ => Tone::Plain,
    };
    model.toast(said, tone);
}

/// Time has passed: checks that do not answer are waited for no longer.
pub(super) fn due(model: &mut Model) {
    let up = model.now.up;
    if let Some(batch) = model.all_checks.batch.take_if(|batch| batch.until <= up) {
        model.toast(batch.words(), Tone::Plain);
    }
}

/// Shows what the search of the screen has met.
pub(super) fn settle(model: &mut Model) {
    model.all_checks.find(model.searches.query(Context::AllChecks));
}

/// What is to be read for the screen, while it is shown.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    if !model.shows(Overview::AllChecks) {
        return None;
    }
    if model.all_checks.look(&model.portfolio, model.now.at, Summary::has_checks) {
        model.touch();
    }
    let request = model.request();
    let (request, engagements) = model.all_checks.read.next(request)?;
    Some(Effect::LoadChecks { request, engagements })
}

pub(super) fn answered(
    model: &mut Model,
    request: RequestId,
    answer: Vec<(EngagementId, Read<CheckLine>)>,
) -> Vec<Effect> {
    if model.all_checks.take(request, answer) {
        model.touch();
    }
    Vec::new()
}
