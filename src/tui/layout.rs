//! Where things stand on a screen of a given size. Used to draw, and to know how many rows are in sight.
//!
//! | columns | engagement panels |
//! |---|---|
//! | 110 and more | stages, items and detail |
//! | 80 to 109 | two: stages and items, or items and detail |
//! | below 80 | the one that has the keys |

use ratatui::layout::Rect;

use super::input::Size;
use super::model::engagement::Panel;

/// The smallest screen that golive draws.
pub const SMALLEST: Size = Size::new(40, 12);

/// Header, body and footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// One line at the top.
    pub header: Rect,
    /// The panels.
    pub body: Rect,
    /// One line at the bottom.
    pub footer: Rect,
}

/// Whether a screen is too small to draw on.
pub fn too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// Header, body and footer of a screen.
pub fn areas(size: Size) -> Areas {
    let Size { width, height } = size;
    Areas {
        header: Rect::new(0, 0, width, 1),
        body: Rect::new(0, 1, width, height.saturating_sub(2)),
        footer: Rect::new(0, height.saturating_sub(1), width, 1),
    }
}

/// The panels of an engagement that are drawn, from left to right.
pub fn panels(size: Size, focus: Panel) -> Vec<(Panel, Rect)> {
    let body = areas(size).body;
    let split = |first: u16| {
        let (left, mut right) = (Rect { width: first, ..body }, body);
        right.x += first;
        right.width -= first;
        (left, right)
    };
    if size.width >= 110 {
        let (stages, rest) = split((size.width / 4).clamp(28, 40));
        // Titles are long; the detail wraps.
        let more = rest.width / 2 + rest.width / 20;
        let items = Rect { width: more, ..rest };
        let detail = Rect { x: rest.x + more, width: rest.width - more, ..rest };
        return vec![(Panel::Stages, stages), (Panel::Items, items), (Panel::Detail, detail)];
    }
    if size.width >= 80 {
        let (first, second, at) = match focus {
            Panel::Stages => (Panel::Stages, Panel::Items, 30),
            Panel::Items | Panel::Detail => (Panel::Items, Panel::Detail, size.width / 2),
        };
        let (left, right) = split(at);
        return vec![(first, left), (second, right)];
    }
    vec![(focus, body)]
}

/// The inside of a panel's border.
pub fn inside(panel: Rect) -> Rect {
    Rect {
        x: panel.x.saturating_add(1),
        y: panel.y.saturating_add(1),
        width: panel.width.saturating_sub(2),
        height: panel.height.saturating_sub(2),
    }
}

/// The inside of one of the engagement's panels; none when it is not drawn.
pub fn panel(size: Size, focus: Panel, which: Panel) -> Option<Rect> {
    panels(size, focus).into_iter().find(|(p, _)| *p == which).map(|(_, rect)| inside(rect))
}

/// Whether the curve of the engagement under the cursor is shown beside the portfolio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CurvePanel {
    /// Where there is room beside the list.
    #[default]
    WhereRoom,
    /// Also below the list.
    Shown,
    /// Nowhere.
    Hidden,
}

/// The list of the portfolio, and the panel of the curve where there is one: beside the list from 160
/// columns on, else below it.
pub fn portfolio(size: Size, curve: CurvePanel) -> (Rect, Option<Rect>) {
    let body = areas(size).body;
    let beside = size.width >= 160;
    match curve {
        CurvePanel::WhereRoom | CurvePanel::Shown if beside => {
            let wide = (body.width / 3).min(64);
            let list = Rect { width: body.width - wide, ..body };
            (list, Some(Rect { x: list.right(), width: wide, ..body }))
        }
        CurvePanel::Shown if body.height >= 18 => {
            let high = (body.height / 3).clamp(8, 14);
            let list = Rect { height: body.height - high, ..body };
            (list, Some(Rect { y: list.bottom(), height: high, ..body }))
        }
        CurvePanel::WhereRoom | CurvePanel::Shown | CurvePanel::Hidden => (body, None),
    }
}

/// The rows of the portfolio: the inside of its panel, below the headings of the columns.
pub fn portfolio_rows(size: Size, curve: CurvePanel) -> Rect {
    let inner = inside(portfolio(size, curve).0);
    Rect { y: inner.y.saturating_add(1), height: inner.height.saturating_sub(1), ..inner }
}

/// The rows of the other screens of all engagements: the inside of their panel.
pub fn overview_rows(size: Size) -> Rect {
    inside(areas(size).body)
}

/// A list with something beside it, or above or below it, where there is room for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The panel of the list.
    pub list: Rect,
    /// Where its rows go.
    pub rows: Rect,
    /// The other panel.
    pub details: Option<Rect>,
}

/// From this width on, two panels stand side by side.
const SIDE_BY_SIDE: u16 = 150;

/// The checks of an engagement: rows under headings, and what is known of one of them to the right or below.
pub fn readiness(size: Size) -> Split {
    let body = areas(size).body;
    let (list, details) = if size.width >= SIDE_BY_SIDE {
        let (left, right) = side_by_side(body, body.width / 20 * 11);
        (left, Some(right))
    } else if body.height >= 16 {
        let (top, bottom) = stacked(body, (body.height * 9 / 20).max(7));
        (top, Some(bottom))
    } else {
        (body, None)
    };
    let inner = inside(list);
    let rows = Rect { y: inner.y.saturating_add(1), height: inner.height.saturating_sub(1), ..inner };
    Split { list, rows, details }
}

/// From so many rows on, the log leaves room for the curve below it.
const CURVE_BELOW: u16 = 30;

/// The log of an engagement, and the curve of what was done to the right or below.
pub fn chronicle(size: Size, curve: CurvePanel) -> Split {
    let high = areas(size).body.height >= CURVE_BELOW;
    let curve = if curve == CurvePanel::WhereRoom && high { CurvePanel::Shown } else { curve };
    let (list, details) = portfolio(size, curve);
    Split { list, rows: inside(list), details }
}

fn side_by_side(area: Rect, first: u16) -> (Rect, Rect) {
    let first = first.min(area.width);
    (Rect { width: first, ..area }, Rect { x: area.x + first, width: area.width - first, ..area })
}

fn stacked(area: Rect, first: u16) -> (Rect, Rect) {
    let first = first.min(area.height);
    (Rect { height: first, ..area }, Rect { y: area.y + first, height: area.height - first, ..area })
}

/// A window in the middle for so many columns and rows of content, border aside.
pub fn window(size: Size, columns: u16, rows: u16) -> Rect {
    let width = columns.saturating_add(4).min(size.width.saturating_sub(2));
    let height = rows.saturating_add(2).min(size.height.saturating_sub(2));
    Rect { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height }
}

/// The width that windows have for their text.
pub fn window_text(size: Size) -> usize {
    usize::from(size.width.saturating_sub(6).min(72))
}

/// The rows of text that a window can show at most, one kept for its keys.
pub fn window_rows(size: Size) -> usize {
    usize::from(size.height.saturating_sub(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_fill_the_body_without_overlap_at_every_size() {
        for width in 1..500 {
            for focus in [Panel::Stages, Panel::Items, Panel::Detail] {
                let size = Size::new(width, 24);
                let panels = panels(size, focus);
                let sum: u16 = panels.iter().map(|(_, r)| r.width).sum();
                assert_eq!(sum, width);
                assert!(panels.windows(2).all(|p| p[0].1.right() == p[1].1.x));
                assert!(panels.iter().any(|(p, _)| *p == focus));
            }
        }
    }

    #[test]
    fn a_window_lies_inside_the_screen() {
        for (width, height) in [(1, 1), (2, 2), (40, 12), (500, 200)] {
            let window = window(Size::new(width, height), 100, 100);
            assert!(window.right() <= width && window.bottom() <= height);
        }
    }
}
