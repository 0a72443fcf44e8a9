//! The portfolio's acts.

use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Act;
use crate::tui::layout::{self, CurvePanel};
use crate::tui::model::columns::{Direction, Sort};
use crate::tui::model::engagement::Room;
use crate::tui::model::filters::{Filter, Viewer};
use crate::tui::model::list::{List, Move};
use crate::tui::model::popup::{Choice, Choose, Deed, Popup};
use crate::tui::model::portfolio::Reading;
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview, Screen};

use super::{burn_up, many, rooms};

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::portfolio_rows(model.size, model.portfolio.curve).height)
        .saturating_sub(1)
        .max(1);
    if let Some(to) = Move::of(act, page) {
        go(model, to);
        return Vec::new();
    }
    match act {
        Act::Open => return open(model),
        Act::Back => return back(model),
        Act::Sort => choose_order(model),
        Act::Reverse => {
            let sort = model.portfolio.sort();
            model.portfolio.sort_by(sort);
        }
        Act::Filter => choose_filter(model, 0),
        Act::Pick => {
            model.portfolio.pick();
            go(model, Move::Down(1));
        }
        Act::PickAll => model.portfolio.pick_all(),
        Act::Assign => return many::assign(model),
        Act::Report => many::report(model),
        Act::Curve => toggle_curve(model),
        Act::Reload => return vec![model.load_portfolio()],
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

pub(super) fn go(model: &mut Model, to: Move) {
    let len = model.portfolio.len();
    model.portfolio.list.go(to, len);
}

/// Lets the person choose what the rows are sorted by.
fn choose_order(model: &mut Model) {
    let (now, direction) = (model.portfolio.sort(), model.portfolio.direction());
    let label = |sort: Sort| match (sort == now, direction) {
        (false, _) => format!("  {}", sort.words()),
        (true, Direction::Usual) => format!("{} {}", model.look.glyphs.usual, sort.words()),
        (true, Direction::Reversed) => format!("{} {}", model.look.glyphs.reversed, sort.words()),
    };
    let choices: Vec<Choice> = Sort::all().map(|sort| choice(label(sort), Deed::Sort(sort))).collect();
    let cursor = Sort::all().position(|sort| sort == now).unwrap_or(0);
    let title = "Sort by; the same again turns round".to_owned();
    model.push(Popup::Choose(Choose { title, choices, list: List { cursor, top: 0 } }));
}

/// Lets the person choose filters, one after the other.
fn choose_filter(model: &mut Model, cursor: usize) {
    let glyphs = model.look.glyphs;
    let portfolio = &model.portfolio;
    let label = |filter: Filter| {
        let sign = if portfolio.filters().contains(&filter) { glyphs.done } else { " " };
        let count = portfolio.count(filter);
        format!("{sign} {:<20} {count:>5}   {}", filter.word(), filter.words())
    };
    let choices: Vec<Choice> =
        Filter::ALL.into_iter().map(|filter| choice(label(filter), Deed::Filter(filter))).collect();
    let title = "Show only".to_owned();
    model.push(Popup::Choose(Choose { title, choices, list: List { cursor, top: 0 } }));
}

fn choice(label: String, deed: Deed) -> Choice {
    Choice { label, capacity: Capacity::default(), deed }
}

/// Sets a filter or takes it away; the window stays, for the next one.
pub(super) fn toggle(model: &mut Model, filter: Filter) {
    model.portfolio.toggle(filter);
    choose_filter(model, Filter::ALL.iter().position(|f| *f == filter).unwrap_or(0));
}

/// What filters see now.
pub(super) fn viewer(model: &Model) -> Viewer {
    let at = model.now.at;
    Viewer { me: model.me.name.clone(), at, today: model.look.zone.wall(at).date() }
}

/// Looks at the rows once more when time has passed that filters and the view of today tell apart.
pub(super) fn look_again(model: &mut Model) {
    let viewer = viewer(model);
    let before = model.portfolio.viewer();
    if viewer.today != before.today || viewer.at - before.at >= chrono::TimeDelta::hours(1) {
        model.portfolio.look_again(viewer);
    }
}

/// Shows the curve, or hides it.
fn toggle_curve(model: &mut Model) {
    let shown = layout::portfolio(model.size, model.portfolio.curve).1.is_some();
    model.portfolio.curve = if shown { CurvePanel::Hidden } else { CurvePanel::Shown };
    if !shown && layout::portfolio(model.size, model.portfolio.curve).1.is_none() {
        model.portfolio.curve = CurvePanel::WhereRoom;
        model.toast("The curve needs a higher or a wider screen.", Tone::Plain);
    }
}

/// The curve of the engagement under the cursor, when it is shown and not known.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    let shown = matches!(model.screen, Screen::Overview)
        && model.overview == Overview::Portfolio
        && layout::portfolio(model.size, model.portfolio.curve).1.is_some();
    // The rows first: nothing else may keep the disk busy until then.
    if !shown || model.portfolio.reading != Reading::Done {
        return None;
    }
    let id = model.portfolio.selected()?.engagement.clone();
    burn_up::want(model, &id)
}

/// The lines that time has changed, while lines are shown.
pub(super) fn turned(model: &mut Model) -> Option<Effect> {
    if !matches!(model.screen, Screen::Overview) {
        return None;
    }
    let engagements = model.portfolio.turned(model.now.at);
    (!engagements.is_empty()).then_some(Effect::SumUp { engagements })
}

fn open(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.portfolio.selected().map(|s| s.engagement.clone()) else {
        return Vec::new();
    };
    rooms::open(model, id, Room::Items)
}

/// One step back: the search, then what was chosen, then the filters.
fn back(model: &mut Model) -> Vec<Effect> {
    if matches!(model.screen, Screen::Overview) && (model.portfolio.unpick() || model.portfolio.unfilter()) {
        return Vec::new();
    }
    let effects = rooms::leave(model);
    model.screen = Screen::Overview;
    effects
}
