//! The mouse: a press picks, a press on what is picked opens it, the wheel moves what it is over.

use crate::tui::effect::Effect;
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::columns::Sort;
use crate::tui::model::engagement::Panel;
use crate::tui::model::list::Move;
use crate::tui::msg::Turn;
use crate::tui::view::regions::Target;

use super::{engagement, kickoff, on_act, popups, portfolio, rooms};

/// Rows that one turn of the wheel moves.
const WHEEL: usize = 3;

pub(super) fn press(model: &mut Model, target: &Target) -> Vec<Effect> {
    model.touch();
    match target {
        Target::Act(act) => return on_act(model, *act),
        Target::Outside => {
            model.popups.pop();
        }
        Target::PopupRow(row) => {
            if popups::pick(model, *row) {
                return on_act(model, Act::Open);
            }
        }
        Target::PortfolioRow(row) => {
            if model.portfolio.list.cursor == *row {
                return on_act(model, Act::Open);
            }
            model.portfolio.list.cursor = *row;
        }
        Target::Heading(column) => model.portfolio.sort_by(Sort::By(*column)),
        Target::Panel(panel) => focus(model, *panel),
        Target::PanelRow(panel, row) => {
            focus(model, *panel);
            pick(model, *panel, *row);
        }
        Target::Agenda(point) => kickoff::go_to(model, *point),
        Target::Row(row) => {
            if let Some(list) = rooms::list(model) {
                if list.cursor == *row {
                    return on_act(model, Act::Open);
                }
                list.cursor = *row;
            }
        }
        Target::Popup | Target::Portfolio | Target::Rows => {}
    }
    Vec::new()
}

pub(super) fn wheel(model: &mut Model, target: &Target, turn: Turn) -> Vec<Effect> {
    let to = match turn {
        Turn::Up => Move::Up(WHEEL),
        Turn::Down => Move::Down(WHEEL),
    };
    match target {
        Target::Popup | Target::PopupRow(_) => popups::go(model, to),
        Target::Panel(panel) | Target::PanelRow(panel, _) => engagement::go(model, *panel, to),
        Target::Portfolio | Target::PortfolioRow(_) | Target::Heading(_) => portfolio::go(model, to),
        Target::Rows | Target::Row(_) => rooms::go(model, to),
        Target::Act(_) | Target::Agenda(_) | Target::Outside => return Vec::new(),
    }
    model.touch();
    Vec::new()
}

fn focus(model: &mut Model, panel: Panel) {
    if let Some(engagement) = model.engagement_mut() {
        engagement.panel = panel;
    }
}

fn pick(model: &mut Model, panel: Panel, row: usize) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    match panel {
        Panel::Stages => {
            engagement.search = None;
            engagement.show_stage(row);
        }
        Panel::Items => {
            let before = engagement.item().map(|(place, _)| place);
            if engagement.rows.pick(row) && engagement.item().map(|(place, _)| place) != before {
                engagement.detail_top = 0;
            }
        }
        Panel::Detail => {}
    }
}
