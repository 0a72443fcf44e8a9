//! The acts on one engagement.

use chrono::{DateTime, Utc};

use crate::domain::assess::Gate;
use crate::domain::blocker::{gate_blockers, stage_blockers};
use crate::domain::command::Command;
use crate::domain::ids::{CheckId, ItemId, PartId, RoleId};
use crate::domain::obstacle::obstacles;
use crate::domain::runbook::Item;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Panel, Pending};
use crate::tui::model::list::{List, Move};
use crate::tui::model::popup::{Popup, Purpose, Why};
use crate::tui::model::rows::Rows;
use crate::tui::model::search::Search;
use crate::tui::model::toast::Tone;

use super::actions;
use super::capacity;
use super::exceptions;
use super::popups;
use super::rooms;
use super::upgrade;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let Some(panel) = model.panel() else {
        return Vec::new();
    };
    let page = layout::panel(model.size, panel, panel).map_or(1, |r| usize::from(r.height));
    let page = page.saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        go(model, panel, to);
        return Vec::new();
    }
    match act {
        Act::Open => return open(model),
        Act::Back => return back(model),
        Act::NextPanel => focus(model, panel.next()),
        Act::PrevPanel => focus(model, panel.prev()),
        Act::Reload => return reload(model),
        Act::Tick => return tick(model),
        Act::Sign => return sign(model),
        Act::Check => return check(model),
        Act::Note => ask_about_item(model, "Note", "what should others know?", "", Purpose::Note),
        Act::Evidence => return exceptions::evidence(model),
        Act::Waive => return exceptions::waive(model),
        Act::BreakGlass => return exceptions::break_glass(model),
        Act::NotApplicable => {
            ask_about_item(model, "Not applicable", "why does it not apply?", "", Purpose::NotApplicable);
        }
        Act::Reject => ask_about_item(model, "Send back", "what is missing?", "", Purpose::Reject),
        Act::Undo => return undo(model),
        Act::Action => return actions::offer(model),
        Act::Why => why(model),
        Act::Upgrade => upgrade::ask(model),
        Act::Facts => model.push(Popup::Facts(List::default())),
        Act::Members => model.push(Popup::Members(List::default())),
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

/// Moves the cursor of a panel.
pub(super) fn go(model: &mut Model, panel: Panel, to: Move) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    match panel {
        Panel::Stages => {
            let before = engagement.stages.cursor;
            engagement.stages.go(to, engagement.runbook.stages().len());
            let stage = engagement.stages.cursor;
            if stage != before {
                engagement.search = None;
                engagement.show_stage(stage);
            }
        }
        Panel::Items => {
            let before = engagement.item().map(|(place, _)| place);
            engagement.rows.go(to);
            if engagement.item().map(|(place, _)| place) != before {
                engagement.detail_top = 0;
            }
        }
        Panel::Detail => {
            engagement.detail_top = match to {
                Move::Up(n) => engagement.detail_top.saturating_sub(n),
                Move::Down(n) => engagement.detail_top.saturating_add(n),
                Move::First => 0,
                // The last line there is: `settle` knows which.
                Move::Last => usize::MAX,
            };
        }
    }
}

fn focus(model: &mut Model, panel: Panel) {
    if let Some(engagement) = model.engagement_mut() {
        engagement.panel = panel;
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    if engagement.search.is_some() {
        take_found(model);
        return Vec::new();
    }
    engagement.panel = engagement.panel.next();
    Vec::new()
}

fn back(model: &mut Model) -> Vec<Effect> {
    let narrow = layout::panels(model.size, Panel::Stages).len() == 1;
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    if narrow && engagement.panel != Panel::Stages {
        engagement.panel = engagement.panel.prev();
        return Vec::new();
    }
    rooms::overview(model, model.overview)
}

/// Begins to search all items, from the one under the cursor.
pub(super) fn search(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let from = engagement.item().map(|(place, _)| place);
    engagement.search = Some(Search { from, ..Search::default() });
    engagement.rows = Rows::found(&engagement.runbook, "");
    if let Some(place) = from {
        engagement.rows.find(place);
    }
    engagement.panel = Panel::Items;
}

/// Goes to the item that a search has found.
pub(super) fn take_found(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    engagement.search = None;
    match engagement.item().map(|(place, _)| place) {
        Some(place) => engagement.jump(place),
        None => engagement.show_stage(engagement.stages.cursor),
    }
}

/// Goes back to where a search began.
pub(super) fn end_search(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    match engagement.search.take().and_then(|search| search.from) {
        Some(place) => engagement.jump(place),
        None => engagement.show_stage(engagement.stages.cursor),
    }
}

pub(super) fn reload(model: &mut Model) -> Vec<Effect> {
    let request = model.request();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: None });
    vec![Effect::Open { request, engagement: engagement.id.clone() }]
}

fn tick(model: &mut Model) -> Vec<Effect> {
    let Some((engagement, item)) = selected(model) else {
        return Vec::new();
    };
    let part: Option<PartId> = engagement.part().and_then(|n| item.parts.get(n)).map(|part| part.id.clone());
    let id = item.id.clone();
    if is_ticked(engagement, item, part.as_ref()) {
        let purpose = Purpose::Untick(id, part);
        let title = format!("Untick: {}", item.title);
        popups::ask(model, title, "why is it taken back?".to_owned(), "ticked by mistake", purpose);
        return Vec::new();
    }
    let roles: Vec<RoleId> = item.owner.signs.roles().into_iter().cloned().collect();
    let what = format!("Tick \"{}\"", item.title);
    let command = Command::Tick { item: id, part, note: None, evidence: Vec::new() };
    capacity::sign(model, &what, &command, &roles)
}

/// Whether the box under the cursor is ticked; a person's "not applicable" is taken back in the same way.
fn is_ticked(engagement: &Engagement, item: &Item, part: Option<&PartId>) -> bool {
    let state = engagement.state.item(item.id.as_str());
    if state.is_some_and(|s| s.not_applicable.is_some()) {
        return true;
    }
    let assessed = engagement.runbook.place(item.id.as_str()).and_then(|place| engagement.at(place));
    assessed.is_some_and(|(_, a)| {
        let mut boxes = a.boxes.iter().filter(|b| part.is_none() || b.part.as_ref() == part).peekable();
        boxes.peek().is_some() && boxes.all(|b| b.ticked)
    })
}

fn sign(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some((stage, _)) = engagement.stage() else {
        return Vec::new();
    };
    if stage.signoff.is_empty() {
        let said = format!("\"{}\" needs no signature: it is complete when its items are.", stage.title);
        model.toast(said, Tone::Plain);
        return Vec::new();
    }
    let what = format!("Sign stage {} {}", engagement.stages.cursor, stage.title);
    let (command, roles) = (Command::SignStage { stage: stage.id.clone() }, stage.signoff.clone());
    capacity::sign(model, &what, &command, &roles)
}

/// Runs the check of the item under the cursor, or all of the stage when the stages have the keys.
fn check(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let (checks, item): (Vec<CheckId>, _) = match engagement.panel {
        Panel::Stages => {
            let items = engagement.stage().map_or(&[][..], |(stage, _)| stage.items.as_slice());
            let mut checks: Vec<_> =
                items.iter().filter_map(|i| i.check.as_ref().map(|c| c.check.clone())).collect();
            checks.sort();
            checks.dedup();
            (checks, None)
        }
        Panel::Items | Panel::Detail => match engagement.item() {
            Some((_, item)) => (item.check.iter().map(|c| c.check.clone()).collect(), Some(item.id.clone())),
            None => (Vec::new(), None),
        },
    };
    run_checks(model, checks, item)
}

/// Runs checks now, those that can run; `item` is shown as busy until they do.
pub(super) fn run_checks(model: &mut Model, checks: Vec<CheckId>, item: Option<ItemId>) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    if checks.is_empty() {
        model.toast("There is no live check on it.", Tone::Plain);
        return Vec::new();
    }
    let ready: Vec<CheckId> = checks
        .into_iter()
        .filter(|id| {
            let check = engagement.runbook.checks.get(id);
            check.is_some_and(|c| c.configured(&engagement.state.facts, &engagement.state.secrets))
        })
        .collect();
    if ready.is_empty() {
        let said = format!("The check is not configured: fill in what it needs ({}).", model.key(Act::Facts));
        model.toast(said, Tone::Plain);
        return Vec::new();
    }
    let request = model.request();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item });
    engagement.started.extend(ready.iter().cloned());
    vec![Effect::RunChecks { request, engagement: engagement.id.clone(), checks: ready }]
}

pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let command = Command::Undo { seq: None };
    if let Err(refusal) = capacity::allowed(model, engagement, &Capacity::default(), &command) {
        capacity::refuse(model, &refusal);
        return Vec::new();
    }
    let Some((seq, _)) = engagement.state.undoable(&engagement.me.key) else {
        return Vec::new();
    };
    // By number, so that what is taken back is what the screen shows as the last, whatever happens meanwhile.
    capacity::execute(model, Capacity::default(), Command::Undo { seq: Some(seq) })
}

fn why(model: &mut Model) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    let at = engagement.stages.cursor;
    let Some((stage, assessed)) = engagement.stage() else {
        return;
    };
    let (runbook, state, assessment) = (&engagement.runbook, &engagement.state, &engagement.assessment);
    let (title, blockers) = match assessed.gate {
        Gate::Shut | Gate::Warned | Gate::BreakGlass => {
            let said = if assessed.gate == Gate::BreakGlass { "opened by BREAK-GLASS" } else { "shut" };
            let title = format!("Stage {at} {} is {said}: what is open before it", stage.title);
            (title, gate_blockers(runbook, state, assessment, at))
        }
        Gate::Open => {
            let title = format!("Stage {at} {}: what is open", stage.title);
            (title, stage_blockers(runbook, state, assessment, at))
        }
    };
    let mut words = exceptions::emergencies(engagement, model.now.at);
    words.extend(cannot(engagement, at, model.now.at));
    if blockers.is_empty() && words.is_empty() {
        model.toast(format!("Stage {at} {} is complete.", stage.title), Tone::Good);
        return;
    }
    model.push(Popup::Why(Why { title, words, blockers, list: List::default() }));
}

/// What the members there are cannot sign, in the stages up to one.
fn cannot(engagement: &Engagement, upto: usize, now: DateTime<Utc>) -> Vec<String> {
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let mut all = obstacles(runbook, state, &engagement.assessment, now);
    all.retain(|o| runbook.stage_index(o.stage.as_str()).is_some_and(|n| n <= upto));
    all.iter()
        .map(|o| format!("Cannot be opened by the members there are: {}.", o.why.words(runbook)))
        .collect()
}

fn selected(model: &Model) -> Option<(&Engagement, &Item)> {
    let engagement = model.engagement()?;
    engagement.item().map(|(_, item)| (engagement, item))
}

fn ask_about_item(
    model: &mut Model,
    word: &str,
    hint: &str,
    prefill: &str,
    purpose: impl FnOnce(crate::domain::ids::ItemId) -> Purpose,
) {
    let Some((_, item)) = selected(model) else {
        return;
    };
    let (title, purpose) = (format!("{word}: {}", item.title), purpose(item.id.clone()));
    popups::ask(model, title, hint.to_owned(), prefill, purpose);
}
