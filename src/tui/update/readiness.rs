//! The acts on live checks.

use std::time::Duration;

use crate::checks::NextRuns;
use crate::domain::assess::Status;
use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::light::Light;
use crate::domain::verdict::Observation;
use crate::tui::effect::{Effect, RequestId};
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::batch::Batch;
use crate::tui::model::engagement::{Engagement, Room};
use crate::tui::model::list::Move;
use crate::tui::model::readiness::{Half, refresh};
use crate::tui::model::toast::Tone;
use crate::tui::msg::{CheckResults, Failed};
use crate::tui::view;

use super::{answers, engagement, rooms};

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = rows(model).saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => back(model),
        Act::NextPanel => focus(model, Half::Details),
        Act::PrevPanel => focus(model, Half::Checks),
        Act::Open => open(model),
        Act::Check => return check(model),
        Act::CheckAll => return check_all(model),
        Act::Filter => filter(model),
        Act::Reload => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.readiness.asked = false;
            }
            return rooms::everywhere(model, act);
        }
        other => return rooms::everywhere(model, other),
    }
    Vec::new()
}

fn rows(model: &Model) -> usize {
    usize::from(layout::readiness(model.size).rows.height)
}

fn go(model: &mut Model, to: Move) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let readiness = &mut engagement.readiness;
    match readiness.half {
        Half::Checks => {
            let before = readiness.list.cursor;
            readiness.list.go(to, readiness.rows.len());
            if readiness.list.cursor != before {
                readiness.top = 0;
            }
        }
        Half::Details => {
            readiness.top = match to {
                Move::Up(n) => readiness.top.saturating_sub(n),
                Move::Down(n) => readiness.top.saturating_add(n),
                Move::First => 0,
                // The last line there is: `settle` knows which.
                Move::Last => usize::MAX,
            };
        }
    }
}

fn focus(model: &mut Model, half: Half) {
    let details = layout::readiness(model.size).details.is_some();
    if !details {
        model.toast("The details need a higher screen.", Tone::Plain);
    }
    if let Some(engagement) = model.engagement_mut() {
        engagement.readiness.half = if details { half } else { Half::Checks };
    }
}

fn back(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    if engagement.readiness.half == Half::Details {
        engagement.readiness.half = Half::Checks;
    } else {
        engagement.room = Room::Items;
    }
}

fn filter(model: &mut Model) {
    if let Some(engagement) = model.engagement_mut() {
        let readiness = &mut engagement.readiness;
        readiness.wanted = readiness.wanted.next();
        readiness.stale = true;
        readiness.top = 0;
    }
}

/// Goes to the item of the check: the first that waits for something, else the first.
fn open(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let Some(row) = engagement.readiness.selected() else {
        return;
    };
    let waits = |place: &&_| engagement.at(**place).is_some_and(|(_, item)| !item.status.settled());
    let place = row.places.iter().find(waits).or(row.places.first()).copied();
    match place {
        Some(place) => {
            engagement.search = None;
            engagement.jump(place);
            engagement.room = Room::Items;
        }
        None => model.toast("No item uses this check.", Tone::Plain),
    }
}

fn check(model: &mut Model) -> Vec<Effect> {
    let Some(row) = model.engagement().and_then(|e| e.readiness.selected()) else {
        return Vec::new();
    };
    if row.light == Light::Unused {
        model.toast("No item that applies uses this check: it does not run.", Tone::Plain);
        return Vec::new();
    }
    let check = row.check.clone();
    engagement::run_checks(model, vec![check], None)
}

/// Runs all checks that can run; what they said is told once, when all have.
fn check_all(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let used = |id: &&CheckId| {
        let items = engagement.runbook.stages().iter().zip(&engagement.assessment.stages);
        let mut items = items.flat_map(|(s, a)| s.items.iter().zip(&a.items));
        items.any(|(item, assessed)| {
            item.check.as_ref().is_some_and(|c| c.check == **id) && assessed.status != Status::NotApplicable
        })
    };
    let all: Vec<CheckId> = engagement.runbook.checks.keys().filter(used).cloned().collect();
    let up = model.now.up;
    let effects = engagement::run_checks(model, all, None);
    if let (Some(Effect::RunChecks { checks, .. }), Some(engagement)) =
        (effects.first(), model.engagement_mut())
    {
        engagement.readiness.batch = Some(Batch::new(checks.iter().cloned(), up));
    }
    effects
}

/// What a result means to the checks that were started at once.
pub(super) enum OfAll {
    /// It is none of theirs.
    No,
    /// Others have yet to end: nothing is said.
    NotLast,
    /// It was the last: this is said of all of them.
    Last(String),
}

/// Takes a result in among the checks that were started at once.
pub(super) fn of_all(engagement: &mut Engagement, observation: &Observation, up: Duration) -> OfAll {
    let Some(batch) = engagement.readiness.batch.as_mut() else {
        return OfAll::No;
    };
    if !batch.take(&observation.check, observation.verdict, up) {
        return OfAll::No;
    }
    if !batch.left.is_empty() {
        return OfAll::NotLast;
    }
    let said = batch.words();
    engagement.readiness.batch = None;
    OfAll::Last(said)
}

/// Time has passed: checks that do not answer are waited for no longer.
pub(super) fn due(model: &mut Model) {
    let up = model.now.up;
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    if let Some(batch) = engagement.readiness.batch.take_if(|batch| batch.until <= up) {
        for check in &batch.left {
            engagement.started.remove(check);
        }
        model.toast(batch.words(), Tone::Plain);
    }
}

/// Makes the rows anew when that is needed, and keeps cursors on what there is.
pub(super) fn settle(model: &mut Model) {
    let (rows, areas) = (rows(model), layout::readiness(model.size));
    let (look, now) = (model.look, model.now.at);
    let query = model.searches.query(Context::Readiness).to_owned();
    let Some(engagement) = model.engagement_mut().filter(|e| e.room == Room::Readiness) else {
        return;
    };
    engagement.readiness.find(&query);
    if engagement.readiness.stale || engagement.readiness.lights.is_empty() {
        refresh(engagement);
    }
    let len = engagement.readiness.rows.len();
    engagement.readiness.list.keep(len, rows);
    // The details are laid out again only when they are scrolled: they seldom are.
    if engagement.readiness.top > 0
        && let Some(details) = areas.details
    {
        let inner = layout::inside(details);
        let lines = view::check_details(engagement, &look, now, usize::from(inner.width)).len();
        let last = lines.saturating_sub(usize::from(inner.height));
        engagement.readiness.top = engagement.readiness.top.min(last);
    }
}

/// What the screen of checks has yet to ask for.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    let now = model.now.up;
    let requests = [model.request(), model.request()];
    let Some(engagement) = model.engagement_mut().filter(|e| e.room == Room::Readiness) else {
        return Vec::new();
    };
    let id = engagement.id.clone();
    let readiness = &mut engagement.readiness;
    let mut effects = Vec::new();
    if !readiness.asked {
        readiness.asked = true;
        readiness.ask_at = Some(now);
        effects.push(Effect::LoadResults { request: requests[0], engagement: id.clone() });
    }
    if readiness.asking.is_none() && readiness.ask_at.is_some_and(|at| at <= now) {
        readiness.asking = Some(requests[1]);
        readiness.ask_at = None;
        effects.push(Effect::LoadNextRuns { request: requests[1], engagement: id });
    }
    effects
}

/// The last results of all checks were read.
pub(super) fn results(
    model: &mut Model,
    id: &EngagementId,
    answer: Result<Vec<CheckResults>, Failed>,
) -> Vec<Effect> {
    let Some(engagement) = model.engagement_mut().filter(|e| e.id == *id) else {
        return Vec::new();
    };
    match answer {
        Ok(all) => {
            for CheckResults { check, recent, last_pass } in all {
                engagement.recalled(&check, recent);
                if let Some(at) = last_pass {
                    engagement.passed(&check, at);
                }
                engagement.asked.insert(check);
            }
        }
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// It is known when checks run next.
pub(super) fn next_runs(
    model: &mut Model,
    request: RequestId,
    id: &EngagementId,
    answer: Result<NextRuns, Failed>,
) -> Vec<Effect> {
    let now = model.now;
    let waits = |e: &&mut Engagement| e.id == *id && e.readiness.asking == Some(request);
    let Some(engagement) = model.engagement_mut().filter(waits) else {
        return Vec::new();
    };
    let readiness = &mut engagement.readiness;
    readiness.asking = None;
    // Set when something was heard of while the answer was on its way.
    let again = readiness.ask_at;
    match answer {
        Ok(next) => {
            readiness.take_next(next, now.at, now.up);
            readiness.ask_at = [again, readiness.ask_at].into_iter().flatten().min();
        }
        Err(failed) => {
            readiness.ask_at = None;
            answers::tell(model, failed);
        }
    }
    model.touch();
    Vec::new()
}
