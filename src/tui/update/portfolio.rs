//! The portfolio's acts.

use crate::tui::effect::Effect;
use crate::tui::keymap::Act;
use crate::tui::layout::{self, CurvePanel};
use crate::tui::model::engagement::Room;
use crate::tui::model::list::Move;
use crate::tui::model::portfolio::Reading;
use crate::tui::model::toast::Tone;
use crate::tui::model::{Model, Overview, Screen};

use super::{burn_up, rooms};

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::portfolio_rows(model.size, model.portfolio.curve).height)
        .saturating_sub(1)
        .max(1);
    match act {
        Act::Up => go(model, Move::Up(1)),
        Act::Down => go(model, Move::Down(1)),
        Act::PageUp => go(model, Move::Up(page)),
        Act::PageDown => go(model, Move::Down(page)),
        Act::First => go(model, Move::First),
        Act::Last => go(model, Move::Last),
        Act::Open => return open(model),
        Act::Back => return back(model),
        Act::Sort => model.portfolio.sort_next(),
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

fn open(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.portfolio.selected().map(|s| s.engagement.clone()) else {
        return Vec::new();
    };
    rooms::open(model, id, Room::Items)
}

fn back(model: &mut Model) -> Vec<Effect> {
    let effects = rooms::leave(model);
    model.screen = Screen::Overview;
    effects
}
