//! The rows of the items panel: headings, items, and the parts of items.

use crate::domain::runbook::{Place, Runbook};
use crate::tui::search::Finder;

use super::list::{List, Move};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The heading of a group; the place of its first item.
    Group(Place),
    /// An item.
    Item(Place),
    /// A part of an item, by its index.
    Part(Place, usize),
}

impl Row {
    /// The item that the row belongs to; none for a heading.
    pub fn item(self) -> Option<Place> {
        match self {
            Self::Group(_) => None,
            Self::Item(place) | Self::Part(place, _) => Some(place),
        }
    }
}

/// The rows of one stage, or those that a search has met, with a cursor that never rests on a heading.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    all: Vec<Row>,
    /// The cursor.
    pub list: List,
}

impl Rows {
    /// The rows of a stage. Parts always have rows of their own, so that nothing jumps when the cursor
    /// passes an item that has some.
    pub fn of_stage(runbook: &Runbook, stage: usize) -> Self {
        let items = runbook.stages().get(stage).map_or(&[][..], |s| s.items.as_slice());
        let mut all = Vec::with_capacity(items.len() + 8);
        let mut group = None;
        for (n, item) in items.iter().enumerate() {
            let place = Place { stage, item: n };
            if item.group != group {
                group.clone_from(&item.group);
                if group.is_some() {
                    all.push(Row::Group(place));
                }
            }
            all.push(Row::Item(place));
            all.extend((0..item.parts.len()).map(|part| Row::Part(place, part)));
        }
        let mut rows = Self { all, list: List::default() };
        rows.go(Move::First);
        rows
    }

    /// The items of the whole runbook whose title the query meets, in the order of the runbook.
    pub fn found(runbook: &Runbook, query: &str) -> Self {
        let mut finder = Finder::new(query);
        let all = runbook
            .stages()
            .iter()
            .enumerate()
            .flat_map(|(stage, s)| {
                s.items.iter().enumerate().map(move |(item, i)| (Place { stage, item }, i))
            })
            .filter(|(_, item)| finder.score(&item.title).is_some())
            .map(|(place, _)| Row::Item(place))
            .collect();
        Self { all, list: List::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// One row.
    pub fn get(&self, at: usize) -> Option<Row> {
        self.all.get(at).copied()
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<Row> {
        self.get(self.list.cursor)
    }

    /// Moves the cursor; from a heading it goes on, in the same direction if there is a row.
    pub fn go(&mut self, to: Move) {
        self.list.go(to, self.all.len());
        let onward = match to {
            Move::Up(_) | Move::Last => Move::Up(1),
            Move::Down(_) | Move::First => Move::Down(1),
        };
        for step in [onward, Move::Down(1)] {
            if matches!(self.selected(), Some(Row::Group(_))) {
                self.list.go(step, self.all.len());
            }
        }
    }

    /// Puts the cursor on a row, if it is not a heading.
    pub fn pick(&mut self, at: usize) -> bool {
        let good = self.get(at).is_some_and(|row| row.item().is_some());
        if good {
            self.list.cursor = at;
        }
        good
    }

    /// Puts the cursor on an item.
    pub fn find(&mut self, place: Place) {
        if let Some(at) = self.all.iter().position(|row| *row == Row::Item(place)) {
            self.list.cursor = at;
        }
    }

    /// Brings the cursor into sight, and the heading above it with it when the cursor is at the top.
    pub fn keep(&mut self, height: usize) {
        self.list.keep(self.all.len(), height);
        let top = self.list.top;
        if height > 1
            && top == self.list.cursor
            && top > 0
            && matches!(self.get(top - 1), Some(Row::Group(_)))
        {
            self.list.top -= 1;
        }
    }
}
