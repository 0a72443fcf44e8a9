//! Rows under headings, with a cursor that passes the headings by.

use super::list::List;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry<T> {
    /// A heading, and how many rows stand under it.
    Head(String, usize),
    /// A row.
    Row(T),
}

/// Rows under headings.
#[derive(Debug, Clone)]
pub struct Grouped<T> {
    lines: Vec<Entry<T>>,
    /// The cursor over all lines; on a row whenever there is one.
    pub list: List,
    /// Where the cursor was last, to know which way it goes.
    was: usize,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Self { lines: Vec::new(), list: List::default(), was: 0 }
    }
}

impl<T> Grouped<T> {
    /// Takes groups in, those without rows left out; the cursor stays on the row that is the `same`.
    pub fn set(&mut self, groups: impl IntoIterator<Item = (String, Vec<T>)>, same: impl Fn(&T, &T) -> bool) {
        let before = self
            .lines
            .get_mut(self.list.cursor)
            .map(|line| std::mem::replace(line, Entry::Head(String::new(), 0)));
        self.lines.clear();
        for (title, rows) in groups {
            if !rows.is_empty() {
                self.lines.push(Entry::Head(title, rows.len()));
                self.lines.extend(rows.into_iter().map(Entry::Row));
            }
        }
        if let Some(Entry::Row(before)) = before {
            let at = self.lines.iter().position(|line| matches!(line, Entry::Row(row) if same(row, &before)));
            self.list.cursor = at.unwrap_or(self.list.cursor);
        }
        self.was = self.list.cursor;
    }

    /// All lines.
    pub fn lines(&self) -> &[Entry<T>] {
        &self.lines
    }

    /// How many rows there are, headings aside.
    pub fn rows(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line, Entry::Row(_))).count()
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&T> {
        match self.lines.get(self.list.cursor)? {
            Entry::Row(row) => Some(row),
            Entry::Head(..) => None,
        }
    }

    /// The row in a line, to be changed.
    pub fn row_mut(&mut self, at: usize) -> Option<&mut T> {
        match self.lines.get_mut(at)? {
            Entry::Row(row) => Some(row),
            Entry::Head(..) => None,
        }
    }

    /// Brings the cursor onto a row and into sight, and the heading above it with it where it fits.
    pub fn settle(&mut self, height: usize) {
        let last = self.lines.len().saturating_sub(1);
        let at = self.list.cursor.min(last);
        let is_row = |n: &usize| matches!(self.lines.get(*n), Some(Entry::Row(_)));
        let down = || (at..=last).find(is_row);
        let up = || (0..=at).rev().find(is_row);
        let found = if at < self.was { up().or_else(down) } else { down().or_else(up) };
        self.list.cursor = found.unwrap_or(0);
        self.was = self.list.cursor;
        self.list.keep(self.lines.len(), height);
        let top = self.list.top;
        let headed = top > 0 && matches!(self.lines.get(top - 1), Some(Entry::Head(..)));
        if height > 1 && top == self.list.cursor && headed {
            self.list.top -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::Move;
    use super::*;

    fn two_groups() -> Grouped<u8> {
        let mut grouped = Grouped::default();
        grouped.set(
            [("a".to_owned(), vec![1, 2]), ("none".to_owned(), vec![]), ("b".to_owned(), vec![3])],
            u8::eq,
        );
        grouped.settle(10);
        grouped
    }

    #[test]
    fn the_cursor_passes_headings_both_ways_and_stops_at_the_ends() {
        let mut grouped = two_groups();
        let mut seen = vec![*grouped.selected().unwrap()];
        for to in
            [Move::Down(1), Move::Down(1), Move::Down(1), Move::Up(1), Move::First, Move::Up(1), Move::Last]
        {
            grouped.list.go(to, usize::MAX);
            grouped.settle(10);
            seen.push(*grouped.selected().unwrap());
        }
        assert_eq!(seen, [1, 2, 3, 3, 2, 1, 1, 3]);
    }

    #[test]
    fn the_cursor_stays_on_its_row_when_others_come() {
        let mut grouped = two_groups();
        grouped.list.go(Move::Last, usize::MAX);
        grouped.settle(10);
        grouped.set([("b".to_owned(), vec![3]), ("c".to_owned(), vec![4, 5])], u8::eq);
        grouped.settle(10);
        assert_eq!(grouped.selected(), Some(&3));
        grouped.set(Vec::new(), u8::eq);
        grouped.settle(10);
        assert_eq!(grouped.selected(), None);
    }
}
