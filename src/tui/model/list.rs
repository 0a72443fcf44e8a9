//! A cursor over rows, and which of them are in sight.

use crate::tui::keymap::Act;

/// A cursor over the rows of a list. Rows are counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    /// The row under the cursor.
    pub cursor: usize,
    /// The first row in sight.
    pub top: usize,
}

/// How far a cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// So many rows up.
    Up(usize),
    /// So many rows down.
    Down(usize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Move {
    /// How far an act moves the cursor of a list that shows `page` rows more at each page; none when it is
    /// about something else.
    pub fn of(act: Act, page: usize) -> Option<Self> {
        match act {
            Act::Up => Some(Self::Up(1)),
            Act::Down => Some(Self::Down(1)),
            Act::PageUp => Some(Self::Up(page)),
            Act::PageDown => Some(Self::Down(page)),
            Act::First => Some(Self::First),
            Act::Last => Some(Self::Last),
            _ => None,
        }
    }
}

impl List {
    /// Moves the cursor, never beyond the rows there are.
    pub fn go(&mut self, to: Move, len: usize) {
        let last = len.saturating_sub(1);
        self.cursor = match to {
            Move::Up(n) => self.cursor.saturating_sub(n),
            Move::Down(n) => self.cursor.saturating_add(n),
            Move::First => 0,
            Move::Last => last,
        }
        .min(last);
    }

    /// Brings the cursor into sight, with as little scrolling as will do, in `height` rows.
    pub fn keep(&mut self, len: usize, height: usize) {
        let height = height.max(1);
        self.cursor = self.cursor.min(len.saturating_sub(1));
        self.top = self.top.min(len.saturating_sub(height)).min(self.cursor);
        if self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
    }

    /// The rows in sight.
    pub fn sight(&self, len: usize, height: usize) -> std::ops::Range<usize> {
        let top = self.top.min(len);
        top..len.min(top + height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_rows_there_are() {
        let mut list = List::default();
        list.go(Move::Down(100), 5);
        assert_eq!(list.cursor, 4);
        list.go(Move::Up(100), 5);
        assert_eq!(list.cursor, 0);
        list.go(Move::Last, 0);
        assert_eq!(list.cursor, 0);
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        proptest::proptest!(|(cursor in 0usize..50, top in 0usize..50, len in 0usize..40, height in 0usize..20)| {
            let mut list = List { cursor, top };
            list.keep(len, height);
            let sight = list.sight(len, height.max(1));
            proptest::prop_assert!(len == 0 || sight.contains(&list.cursor));
        });
    }

    #[test]
    fn no_empty_rows_are_shown_below_the_last_while_others_are_hidden_above() {
        let mut list = List { cursor: 9, top: 9 };
        list.keep(10, 4);
        assert_eq!(list.top, 6);
    }
}
