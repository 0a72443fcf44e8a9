//! Columns that fit: a narrow screen keeps those that matter most, a wide one gives what is left to those
//! that can use it.

use ratatui::style::Style;

use super::pen::Strip;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<C> {
    /// What stands in it.
    pub(super) cell: C,
    /// What stands above it.
    pub(super) heading: &'static str,
    /// The cells that it needs.
    pub(super) least: usize,
    /// Its share of what is left.
    pub(super) share: usize,
    /// A column of a higher rank is left out first.
    pub(super) rank: u8,
}

/// The columns that fit into a width, in their order, with their cells. One cell stands between two.
pub(super) fn fit<C: Copy>(columns: &[Column<C>], room: usize) -> Vec<(C, usize)> {
    let mut ranked: Vec<&Column<C>> = columns.iter().collect();
    ranked.sort_by_key(|column| column.rank);
    let mut used = 0;
    let fits = |column: &&&Column<C>| {
        used += column.least + 1;
        used <= room + 1
    };
    let last = ranked.iter().take_while(fits).map(|column| column.rank).max();
    let shown: Vec<_> =
        columns.iter().filter(|column| last.is_some_and(|rank| column.rank <= rank)).collect();
    let least: usize = shown.iter().map(|column| column.least + 1).sum();
    let shares: usize = shown.iter().map(|column| column.share).sum();
    let left = (room + 1).saturating_sub(least);
    let cells = |column: &&Column<C>| column.least + (left * column.share).checked_div(shares).unwrap_or(0);
    shown.iter().map(|column| (column.cell, cells(column))).collect()
}

/// Writes the headings of the columns that are shown.
pub(super) fn headings<C: Copy + PartialEq>(
    columns: &[Column<C>],
    shown: &[(C, usize)],
    strip: &mut Strip<'_>,
    style: Style,
) {
    for (cell, cells) in shown {
        let heading = columns.iter().find(|column| column.cell == *cell).map_or("", |c| c.heading);
        strip.cells(heading, *cells, style).skip(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_at_every_width_in_their_order_and_the_first_rank_stays() {
        let columns = [('a', 10, 3, 0), ('b', 8, 0, 2), ('c', 12, 1, 1)]
            .map(|(cell, least, share, rank)| Column { cell, heading: "", least, share, rank });
        for room in 10..200 {
            let shown = fit(&columns, room);
            let used: usize = shown.iter().map(|(_, cells)| cells + 1).sum();
            assert!(used <= room + 1, "{room}: {shown:?}");
            assert_eq!(shown[0].0, 'a');
            assert!(shown.is_sorted_by_key(|(cell, _)| *cell));
        }
        assert_eq!(fit(&columns, 10), [('a', 10)]);
        assert_eq!(fit(&columns, 34), [('a', 11), ('b', 8), ('c', 12)]);
    }
}
