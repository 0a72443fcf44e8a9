//! What the mouse can hit: made while drawing, asked when the mouse does something.

use ratatui::layout::{Position, Rect};

use crate::tui::keymap::Act;
use crate::tui::model::columns::Column;
use crate::tui::model::engagement::Panel;

/// Something that is drawn and can be hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The list of engagements.
    Portfolio,
    /// One of its rows.
    PortfolioRow(usize),
    /// The heading of one of its columns.
    Heading(Column),
    /// The rows of a screen that has one list.
    Rows,
    /// One of them.
    Row(usize),
    /// A point of the kickoff's agenda.
    Agenda(usize),
    /// A panel.
    Panel(Panel),
    /// A row of a panel.
    PanelRow(Panel, usize),
    /// A window.
    Popup,
    /// A row of a window.
    PopupRow(usize),
    /// What lies around the topmost window.
    Outside,
    /// A word that stands for an act.
    Act(Act),
}

/// What was drawn where; what was drawn later lies on top.
#[derive(Debug, Clone, Default)]
pub struct Regions(Vec<(Rect, Target)>);

impl Regions {
    /// Notes what was drawn.
    pub fn add(&mut self, area: Rect, target: Target) {
        self.0.push((area, target));
    }

    /// All that was drawn, in that order.
    pub fn all(&self) -> impl Iterator<Item = &(Rect, Target)> {
        self.0.iter()
    }

    /// What is at a cell.
    pub fn hit(&self, column: u16, row: u16) -> Option<&Target> {
        let at = Position::new(column, row);
        self.0.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, target)| target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_last_is_hit_first() {
        let mut regions = Regions::default();
        regions.add(Rect::new(0, 0, 10, 10), Target::Portfolio);
        regions.add(Rect::new(0, 3, 10, 1), Target::PortfolioRow(3));
        assert_eq!(regions.hit(5, 3), Some(&Target::PortfolioRow(3)));
        assert_eq!(regions.hit(5, 4), Some(&Target::Portfolio));
        assert_eq!(regions.hit(10, 3), None);
    }
}
