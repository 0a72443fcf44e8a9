//! What each message does to the model, and what it asks of the world. No message waits for anything.

mod actions;
mod all_checks;
mod answers;
mod available;
mod burn_up;
mod capacity;
mod chronicle;
mod copies;
mod engagement;
mod exceptions;
mod facts;
mod kickoff;
mod many;
mod members;
mod mouse;
mod my_work;
mod newcomer;
mod popups;
mod portfolio;
mod readiness;
mod rooms;
mod search;
mod today;
mod typing;
mod upgrade;
mod validation;

pub use copies::link as is_link;

use super::effect::Effect;
use super::input::{Key, Size};
use super::keymap::{Act, Context};
use super::layout;
use super::model::engagement::{Panel, Room};
use super::model::palette::Palette;
use super::model::popup::{Help, Popup};
use super::model::{Model, Now};
use super::msg::Msg;
use super::view;

/// Handles one message, at once and to the end.
pub fn update(model: &mut Model, msg: Msg, now: Now) -> Vec<Effect> {
    model.now = now;
    model.progress.end(&msg);
    let mut effects = match msg {
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => typing::paste(model, &text),
        Msg::Press(target) => mouse::press(model, &target),
        Msg::Wheel(target, turn) => mouse::wheel(model, &target, turn),
        Msg::Resize(size) => resize(model, size),
        Msg::Due => due(model),
        Msg::Portfolio { request, answer, more } => answers::portfolio(model, request, answer, more),
        Msg::Opened { request, answer } => answers::opened(model, request, answer),
        Msg::History { engagement, answer, .. } => answers::history(model, &engagement, answer),
        Msg::Work { request, answer } => my_work::answered(model, request, answer),
        Msg::Checks { request, answer } => all_checks::answered(model, request, answer),
        Msg::Roles { request, engagements, answer } => many::roles(model, request, &engagements, answer),
        Msg::AssignedMany { member, answer, .. } => many::assigned(model, &member, answer),
        Msg::Reported { answer, .. } => many::reported(model, answer),
        Msg::BurnUp { request, engagement, answer } => burn_up::answered(model, request, engagement, answer),
        Msg::Recent { engagement, check, answer, .. } => answers::recent(model, &engagement, &check, answer),
        Msg::LogPage { request, engagement, answer } => chronicle::page(model, request, &engagement, answer),
        Msg::EventOpened { request, answer } => chronicle::opened(model, request, answer),
        Msg::Results { engagement, answer, .. } => readiness::results(model, &engagement, answer),
        Msg::NextRuns { request, engagement, answer } => {
            readiness::next_runs(model, request, &engagement, answer)
        }
        Msg::Executed { request, answer } => answers::executed(model, request, answer),
        Msg::Checked { request, answer } => answers::checked(model, request, answer),
        Msg::Bulked { request, answer } => kickoff::bulked(model, request, answer),
        Msg::MinutesWritten { request, answer } => kickoff::written(model, request, answer),
        Msg::Planned { request, answer } => actions::planned(model, request, answer),
        Msg::Ended { request, answer } => actions::ended(model, request, answer),
        Msg::NotCopied { text } => {
            copies::show(model, text);
            Vec::new()
        }
        Msg::Seen { request, answer } => validation::seen(model, request, answer),
        Msg::Attested { request, answer } => validation::attested(model, request, answer),
        Msg::Released { request, wish, answer } => validation::released(model, request, wish, answer),
        Msg::UpgradePlanned { request, answer } => upgrade::planned(model, request, answer),
        Msg::News(news) => answers::news(model, news),
    };
    today::refresh(model);
    settle(model);
    effects.extend(wanted(model));
    effects.extend(portfolio::wanted(model));
    effects.extend(portfolio::turned(model));
    effects.extend(validation::wanted(model));
    effects.extend(chronicle::wanted(model));
    effects.extend(readiness::wanted(model));
    effects.extend(my_work::wanted(model));
    effects.extend(all_checks::wanted(model));
    for effect in &effects {
        model.progress.begin(effect, now.up);
    }
    effects
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    let context = model.context();
    match model.keys.act(context, key) {
        Some(act) => on_act(model, act),
        None => typing::key(model, key),
    }
}

/// Does an act where the keys go now.
fn on_act(model: &mut Model, act: Act) -> Vec<Effect> {
    model.touch();
    let guided = newcomer::after(model, act);
    let mut effects = do_act(model, act);
    effects.extend(guided);
    effects
}

fn do_act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Quit => return vec![Effect::Quit],
        Act::Help => {
            let context = model.screen_context();
            let help = Help::of(context, &model.keys);
            model.push(Popup::Help(help));
            return Vec::new();
        }
        Act::Palette => {
            let palette = Palette::of(model, |act| available::why_not(model, act));
            model.push(Popup::Palette(palette));
            return Vec::new();
        }
        Act::ShowPortfolio
        | Act::ShowToday
        | Act::ShowEngagement
        | Act::ShowMyWork
        | Act::ShowKickoff
        | Act::ShowReadiness
        | Act::ShowValidation
        | Act::ShowHistory => return rooms::show(model, act),
        _ => {}
    }
    if !model.popups.is_empty() {
        return popups::act(model, act);
    }
    if let Some(effects) = search::act(model, act) {
        return effects;
    }
    match act {
        Act::Copy => {
            copies::copy(model);
            return Vec::new();
        }
        Act::OpenLink => {
            copies::open(model);
            return Vec::new();
        }
        _ => {}
    }
    match model.screen_context() {
        Context::Today => today::act(model, act),
        Context::MyWork => my_work::act(model, act),
        Context::AllChecks => all_checks::act(model, act),
        Context::Engagement => engagement::act(model, act),
        Context::Kickoff => kickoff::act(model, act),
        Context::Readiness => readiness::act(model, act),
        Context::Validation => validation::act(model, act),
        Context::History => chronicle::act(model, act),
        _ => portfolio::act(model, act),
    }
}

fn resize(model: &mut Model, size: Size) -> Vec<Effect> {
    if model.size != size {
        model.size = size;
        model.touch();
    }
    Vec::new()
}

/// Something was due to change by itself.
fn due(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    model.toasts.expire(now.up);
    portfolio::look_again(model);
    if let Some(engagement) = model.engagement_mut() {
        engagement.flashes.retain(|(_, until)| *until > now.up);
        if engagement.turns.is_some_and(|at| at <= now.at) {
            engagement.reassess(now.at);
        }
    }
    validation::due(model);
    readiness::due(model);
    all_checks::due(model);
    model.touch();
    Vec::new()
}

/// Keeps every cursor on its rows and in sight, whatever has just changed.
fn settle(model: &mut Model) {
    let size = model.size;
    let rows = usize::from(layout::portfolio_rows(size, model.portfolio.curve).height);
    let len = model.portfolio.len();
    model.portfolio.list.keep(len, rows);
    let rows = usize::from(layout::overview_rows(size).height);
    my_work::settle(model);
    all_checks::settle(model);
    model.today.rows.settle(rows);
    model.my_work.rows.settle(rows);
    model.all_checks.rows.settle(rows);
    let (now, look) = (model.now, model.look);
    if let Some(engagement) = model.engagement_mut() {
        let height =
            |which| layout::panel(size, engagement.panel, which).map_or(1, |r| usize::from(r.height));
        let (stages, items) = (height(Panel::Stages), height(Panel::Items));
        engagement.stages.keep(engagement.runbook.stages().len(), stages);
        engagement.rows.keep(items);
        if engagement.room == Room::Items {
            engagement.find_held();
        }
        // The detail is laid out again only when it is scrolled: it seldom is.
        if engagement.detail_top > 0
            && let Some(inner) = layout::panel(size, engagement.panel, Panel::Detail)
        {
            let lines = view::detail::lines(engagement, &look, now.at, usize::from(inner.width)).len();
            engagement.detail_top =
                engagement.detail_top.min(lines.saturating_sub(usize::from(inner.height)));
        }
    }
    kickoff::settle(model);
    validation::settle(model);
    readiness::settle(model);
    chronicle::settle(model);
    popups::settle(model);
    newcomer::settle(model);
}

/// The last results of the check under the cursor, when nobody has asked for them yet.
fn wanted(model: &mut Model) -> Option<Effect> {
    let engagement = model.engagement_mut()?;
    let check = engagement.item()?.1.check.as_ref()?.check.clone();

    if !engagement.asked.insert(check.clone()) {
        return None;
    }
    let engagement = engagement.id.clone();
    let request = model.request();
    Some(Effect::LoadRecent { request, engagement, check })
}

#[cfg(test)]
mod chronicle_tests;
#[cfg(test)]
mod everywhere_tests;
#[cfg(test)]
mod exception_tests;
#[cfg(test)]
mod keys_tests;
#[cfg(test)]
mod overview_tests;
#[cfg(test)]
mod readiness_tests;
#[cfg(test)]
mod tests;
