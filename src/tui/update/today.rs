//! The acts on what needs attention today.

use crate::tui::effect::Effect;
use crate::tui::keymap::{Act, Context};
use crate::tui::layout;
use crate::tui::model::engagement::Room;
use crate::tui::model::list::Move;
use crate::tui::model::{Model, Overview};

use super::rooms;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = usize::from(layout::overview_rows(model.size).height).saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        rooms::go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => return rooms::overview(model, Overview::Portfolio),
        Act::Open => {
            if let Some(id) = model.today.rows.selected().map(|row| row.engagement.clone()) {
                return rooms::open(model, id, Room::Items);
            }
        }
        Act::Reload => return vec![model.load_portfolio()],
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

/// Makes the rows anew when the portfolio is another than they were made of.
pub(super) fn refresh(model: &mut Model) {
    let version = model.portfolio.version();
    let query = model.searches.query(Context::Today);
    if model.overview != Overview::Today
        || (model.today.made_of, model.today.query.as_str()) == (version, query)
    {
        return;
    }
    model.today.made_of = version;
    query.clone_into(&mut model.today.query);
    let viewer = model.portfolio.viewer().clone();
    model.today.derive(model.portfolio.by_urgency().into_iter(), &viewer);
}
