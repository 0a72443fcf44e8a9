//! The acts in a window.

use tui_input::Input;

use crate::domain::blocker::Blocker;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Act;
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::engagement::Room;
use crate::tui::model::list::{List, Move};
use crate::tui::model::popup::{
    Ask, Choice, Confirm, Deed, Many, Popup, Purpose, Sheet, fact_rows, member_rows,
};
use crate::tui::model::toast::Tone;
use crate::tui::view;

use super::validation::{self, NextAsk};
use super::{
    actions, capacity, chronicle, copies, engagement, exceptions, facts, kickoff, many, members, portfolio,
    upgrade,
};

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = page(model);
    if let Some(to) = Move::of(act, page) {
        go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => {
            model.popups.pop();
        }
        Act::Open => return open(model),
        Act::Yes => {
            return match model.popups.pop() {
                Some(
                    Popup::Confirm(Confirm { choice, .. }) | Popup::Sheet(Sheet { choice: Some(choice), .. }),
                ) => run(model, choice),
                Some(_) | None => Vec::new(),
            };
        }
        Act::Confirm => return facts::agree(model),
        Act::Assign => facts::assign(model),
        Act::Unassign => facts::unassign(model),
        Act::Undo => return engagement::undo(model),
        Act::Copy => copies::copy(model),
        Act::AddKey => members::add_key(model),
        Act::RevokeKey => members::revoke(model),
        Act::RemoveMember => members::remove(model),
        // The keymap binds no other act in a window.
        _ => {}
    }
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    let Some(popup) = model.popups.pop() else {
        return Vec::new();
    };
    match popup {
        Popup::Help(_) | Popup::Event(_) => Vec::new(),
        Popup::Why(why) => {
            let blocker = why.blockers.get(why.list.cursor).cloned();
            if let Some(blocker) = blocker {
                jump(model, &blocker);
            }
            Vec::new()
        }
        Popup::Choose(choose) => {
            let chosen = choose.choices.into_iter().nth(choose.list.cursor);
            chosen.map_or_else(Vec::new, |choice| run(model, choice))
        }
        Popup::Palette(palette) => {
            let Some(entry) = palette.selected().cloned() else {
                return Vec::new();
            };
            match (entry.why_not, entry.place) {
                (Some(why), _) => {
                    model.toast(format!("Not now: {why}."), Tone::Plain);
                    Vec::new()
                }
                (None, None) => super::on_act(model, entry.act),
                (None, Some(place)) => {
                    let effects = super::on_act(model, entry.act);
                    let with =
                        if entry.key.is_empty() { String::new() } else { format!(" with {}", entry.key) };
                    model.toast(format!("{place}: {}{with}", entry.help), Tone::Plain);
                    effects
                }
            }
        }
        Popup::Ask(ask) => accept(model, ask),
        Popup::Facts(list) => {
            model.popups.push(Popup::Facts(list));
            facts::change(model);
            Vec::new()
        }
        Popup::Members(list) => {
            model.popups.push(Popup::Members(list));
            facts::assign(model);
            Vec::new()
        }
        Popup::Confirm(confirm) => run(model, confirm.choice),
        Popup::Sheet(sheet) => sheet.choice.map_or_else(Vec::new, |choice| run(model, choice)),
    }
}

/// Does what was chosen.
pub(super) fn run(model: &mut Model, choice: Choice) -> Vec<Effect> {
    let Choice { capacity, deed, .. } = choice;
    let command = match deed {
        Deed::Command(command) => command,
        Deed::Ask { title, hint, purpose } => {
            ask(model, title, hint, "", purpose);
            return Vec::new();
        }
        Deed::Copy(text) => return copies::take(model, text),
        Deed::AskLink(link) => {
            copies::ask(model, link);
            return Vec::new();
        }
        Deed::OpenLink(url) => return vec![Effect::OpenLink { url }],
        Deed::Plan(action) => return actions::plan(model, action),
        Deed::Start(plan) => return actions::start(model, plan),
        Deed::TickMarked => return kickoff::tick_marked(model),
        Deed::Release(wish) => return validation::release(model, wish),
        Deed::Upgrade(plan) => return upgrade::go(model, plan),
        Deed::FilterLog(filter) => {
            chronicle::filter(model, filter);
            return Vec::new();
        }
        Deed::Sort(sort) => {
            model.portfolio.sort_by(sort);
            return Vec::new();
        }
        Deed::Filter(filter) => {
            portfolio::toggle(model, filter);
            return Vec::new();
        }
        Deed::AssignMany(role, engagements) => {
            let title = format!("Who is {role} in {}?", many::counted(engagements.len()));
            let hint = "the person's name".to_owned();
            many::ask(model, title, hint, String::new(), Many::Assign(role, engagements));
            return Vec::new();
        }
    };
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    // The rules once more: the engagement may have changed under the window.
    if let Err(refusal) = capacity::allowed(model, engagement, &capacity, &command) {
        capacity::refuse(model, &refusal);
        return Vec::new();
    }
    capacity::execute(model, capacity, command)
}

/// Goes to what a blocker is about.
fn jump(model: &mut Model, blocker: &Blocker) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    engagement.search = None;
    engagement.room = Room::Items;
    if let Some(place) = blocker.item.as_ref().and_then(|id| engagement.runbook.place(id.as_str())) {
        engagement.jump(place);
    } else if let Some(stage) = engagement.runbook.stage_index(blocker.stage.as_str()) {
        engagement.show_stage(stage);
    }
}

/// Opens a window for a text, unless the rules would refuse it whatever the text.
pub(super) fn ask(model: &mut Model, title: String, hint: String, prefill: &str, purpose: Purpose) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    let try_text = match (&purpose, prefill) {
        (Purpose::BreakGlass(..), "") => "1h -",
        (_, "") => "-",
        (_, prefill) => prefill,
    };
    if let Ok(Some(command)) = purpose.command(try_text)
        && let Err(refusal) = capacity::allowed(model, engagement, &Capacity::default(), &command)
        && !refusal.is_usage()
        && refusal != crate::domain::refusal::Refusal::NoChange
    {
        capacity::refuse(model, &refusal);
        return;
    }
    let input = Input::new(prefill.to_owned());
    model.push(Popup::Ask(Ask { title, hint, input, purpose, fault: None }));
}

/// Says, while a text is typed, why it will not do. A text that is only just begun is left alone.
pub(super) fn check_input(model: &mut Model) {
    let Some(Popup::Ask(ask)) = model.popups.last() else {
        return;
    };
    let fault = if ask.input.value().trim().is_empty() { None } else { fault(model, ask) };
    if let Some(Popup::Ask(ask)) = model.popups.last_mut() {
        ask.fault = fault;
    }
}

fn fault(model: &Model, ask: &Ask) -> Option<String> {
    if let Purpose::Many(many) = &ask.purpose {
        return many::fault(many, ask.input.value());
    }
    let engagement = model.engagement()?;
    let command = match ask.purpose.command(ask.input.value()) {
        Ok(Some(command)) => command,
        Ok(None) => return None,
        Err(fault) => return Some(fault),
    };
    if validation::decided(engagement, ask) {
        return None;
    }
    match capacity::allowed(model, engagement, &Capacity::default(), &command) {
        Ok(()) => None,
        Err(refusal) => Some(match refusal {
            crate::domain::refusal::Refusal::BadValue { why, .. } => why.to_string(),
            other => other.to_string(),
        }),
    }
}

fn accept(model: &mut Model, ask: Ask) -> Vec<Effect> {
    if let Some(fault) = fault(model, &ask) {
        model.popups.push(Popup::Ask(Ask { fault: Some(fault), ..ask }));
        return Vec::new();
    }
    if let Purpose::Many(many) = ask.purpose {
        return many::accept(model, many, ask.input.value());
    }
    if let (Purpose::Evidence(item), Some(path)) = (&ask.purpose, ask.input.value().trim().strip_prefix('@'))
    {
        return exceptions::attach(model, item.clone(), path.to_owned());
    }
    if ask.purpose == Purpose::UpgradeTo {
        return upgrade::plan(model, ask.input.value());
    }
    let ask = match validation::next(model, ask) {
        NextAsk::Taken(effects) => return effects,
        NextAsk::None(ask) => *ask,
    };
    match ask.purpose.command(ask.input.value()) {
        Ok(Some(command)) => capacity::execute(model, Capacity::default(), command),
        Ok(None) | Err(_) => Vec::new(),
    }
}

/// Moves the cursor of the topmost window.
pub(super) fn go(model: &mut Model, to: Move) {
    let len = len(model);
    if let Some(list) = list(model) {
        list.go(to, len);
    }
}

/// Puts the cursor of the topmost window on a row; says whether it was there already.
pub(super) fn pick(model: &mut Model, row: usize) -> bool {
    let len = len(model);
    let Some(list) = list(model) else {
        return false;
    };
    let there = list.cursor == row;
    list.cursor = row.min(len.saturating_sub(1));
    there
}

fn list(model: &mut Model) -> Option<&mut List> {
    match model.popups.last_mut()? {
        Popup::Help(help) => Some(&mut help.list),
        Popup::Event(window) => Some(&mut window.list),
        Popup::Why(why) => Some(&mut why.list),
        Popup::Choose(choose) => Some(&mut choose.list),
        Popup::Facts(list) | Popup::Members(list) => Some(list),
        Popup::Palette(palette) => Some(&mut palette.list),
        Popup::Sheet(sheet) => Some(&mut sheet.list),
        Popup::Ask(_) | Popup::Confirm(_) => None,
    }
}

/// How many rows the topmost window has for its cursor.
fn len(model: &Model) -> usize {
    let Some(popup) = model.popups.last() else {
        return 0;
    };
    match popup {
        // The cursor of the help is its first line in sight.
        Popup::Help(help) => (help.rows.len() + 2).saturating_sub(layout::window_rows(model.size)),
        // So is the cursor of a sheet.
        Popup::Sheet(sheet) => {
            (view::sheet::lines(model, sheet).len() + 1).saturating_sub(view::popup_rows(model, popup))
        }
        Popup::Event(window) => {
            (view::event_lines(model, window).len() + 1).saturating_sub(layout::window_rows(model.size))
        }
        Popup::Why(why) => why.blockers.len(),
        Popup::Choose(choose) => choose.choices.len(),
        Popup::Facts(_) => model.engagement().map_or(0, |e| fact_rows(&e.runbook).len()),
        Popup::Members(_) => model.engagement().map_or(0, |e| member_rows(&e.runbook, &e.state).len()),
        Popup::Palette(palette) => palette.found.len(),
        Popup::Ask(_) | Popup::Confirm(_) => 0,
    }
}

fn page(model: &Model) -> usize {
    model.popups.last().map_or(1, |p| view::popup_rows(model, p)).saturating_sub(1).max(1)
}

pub(super) fn settle(model: &mut Model) {
    let (len, rows) = (len(model), model.popups.last().map_or(1, |p| view::popup_rows(model, p)));
    // Where there is nothing to choose, the cursor is the first line in sight.
    let is_text = matches!(model.popups.last(), Some(Popup::Help(_) | Popup::Sheet(_) | Popup::Event(_)));
    if let Some(list) = list(model) {
        if is_text {
            list.cursor = list.cursor.min(len.saturating_sub(1));
            list.top = list.cursor;
        } else {
            list.keep(len, rows);
        }
    }
}
