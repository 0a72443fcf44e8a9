//! The signs of the screen, in Unicode and in ASCII. Every state has a sign of its own in both, so that
//! nothing is told by colour alone.

use ratatui::symbols::border;

use crate::domain::assess::{Gate, Status};
use crate::domain::light::Light;
use crate::domain::verdict::Verdict;

/// What a curve is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// Eight dots in each cell.
    Braille,
    /// A letter in each cell.
    Letters,
}

/// One set of signs, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Done, passed, signed.
    pub done: &'static str,
    /// The stage in work.
    pub current: &'static str,
    /// A shut stage.
    pub shut: &'static str,
    /// To do.
    pub todo: &'static str,
    /// Partly done.
    pub partly: &'static str,
    /// Failed, regressed.
    pub fail: &'static str,
    /// A live check is on it.
    pub live: &'static str,
    /// A verdict is being waited for.
    pub pending: &'static str,
    /// Nothing can be said.
    pub unknown: &'static str,
    /// A shut stage that was opened in an emergency.
    pub broken: &'static str,
    /// Excepted for a time.
    pub waived: &'static str,
    /// Does not apply.
    pub not_applicable: &'static str,
    /// Sent back by a reviewer.
    pub rejected: &'static str,
    /// Its time is over.
    pub expired: &'static str,
    /// Signed, then changed.
    pub stale: &'static str,
    /// Passed although its stage is shut.
    pub early: &'static str,
    /// The row under the cursor.
    pub cursor: &'static str,
    /// The row under the cursor of a panel that does not have the keys.
    pub resting: &'static str,
    /// A row that has just changed by itself.
    pub flash: &'static str,
    /// A row that was chosen to do something with.
    pub picked: &'static str,
    /// Sorted by this column.
    pub usual: &'static str,
    /// Sorted by this column, the other way round.
    pub reversed: &'static str,
    /// A filled cell of a bar.
    pub full: &'static str,
    /// A cell of the stage in work.
    pub half: &'static str,
    /// An empty cell of a bar.
    pub rest: &'static str,
    /// What stands for a cut text.
    pub ellipsis: &'static str,
    /// A dot of a large letter that fills a cell.
    pub block: &'static str,
    /// Dots that fill the upper and the lower half of a cell, where there are such.
    pub halves: Option<[&'static str; 2]>,
    /// Between words of one line.
    pub dot: &'static str,
    /// Heights of a sparkline, lowest first.
    pub spark: [&'static str; 7],
    /// What a curve is drawn with.
    pub curve: Curve,
    /// A day in a curve, upright.
    pub upright: &'static str,
    /// The border of a panel.
    pub border: border::Set<'static>,
}

/// For terminals that show Unicode.
pub const UNICODE: Glyphs = Glyphs {
    done: "✓",
    current: "▶",
    shut: "⊘",
    todo: "○",
    partly: "◐",
    fail: "✗",
    live: "↻",
    pending: "◌",
    unknown: "?",
    broken: "!",
    waived: "≈",
    not_applicable: "–",
    rejected: "↩",
    expired: "⧗",
    stale: "≠",
    early: "◇",
    cursor: "▸",
    resting: "▹",
    flash: "✦",
    picked: "●",
    usual: "▾",
    reversed: "▴",
    full: "▓",
    half: "▒",
    rest: "░",
    ellipsis: "…",
    block: "█",
    halves: Some(["▀", "▄"]),
    dot: "·",
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇"],
    curve: Curve::Braille,
    upright: "┊",
    border: border::PLAIN,
};

/// For terminals, fonts and logs that do not.
pub const ASCII: Glyphs = Glyphs {
    done: "x",
    current: ">",
    shut: "-",
    todo: ".",
    partly: "/",
    fail: "!",
    live: "@",
    pending: "~",
    unknown: "?",
    broken: "B",
    waived: "w",
    not_applicable: "n",
    rejected: "<",
    expired: "e",
    stale: "s",
    early: "+",
    cursor: ">",
    resting: ")",
    flash: "*",
    picked: "*",
    usual: "v",
    reversed: "^",
    full: "#",
    half: "=",
    rest: ".",
    ellipsis: "~",
    block: "#",
    halves: None,
    dot: "-",
    spark: ["_", ".", "-", "=", "+", "*", "#"],
    curve: Curve::Letters,
    upright: ":",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

impl Glyphs {
    /// The first cell of a row: whether it is the chosen one, and whether its panel has the keys.
    pub fn marker(&self, chosen: bool, focused: bool) -> &'static str {
        match (chosen, focused) {
            (false, _) => " ",
            (true, true) => self.cursor,
            (true, false) => self.resting,
        }
    }

    /// The sign of an item's status.
    pub fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Done => self.done,
            Status::Waived => self.waived,
            Status::NotApplicable => self.not_applicable,
            Status::Todo => self.todo,
            Status::Partly => self.partly,
            Status::Regressed => self.fail,
            Status::Rejected => self.rejected,
            Status::Expired => self.expired,
            Status::Stale => self.stale,
        }
    }

    /// The sign of a stage.
    pub fn stage(&self, gate: Gate, complete: bool) -> &'static str {
        match (gate, complete) {
            (Gate::Open, true) => self.done,
            (Gate::BreakGlass, _) => self.broken,
            (Gate::Open | Gate::Warned, _) => self.current,
            (Gate::Shut, _) => self.shut,
        }
    }

    /// The sign of a check's light.
    pub fn light(&self, light: Light) -> &'static str {
        match light {
            Light::Passing => self.done,
            Light::Failing => self.fail,
            Light::Pending | Light::NotRun => self.pending,
            Light::Unknown => self.unknown,
            Light::NotConfigured => self.todo,
            Light::Unused => self.not_applicable,
        }
    }

    /// The sign of a verdict.
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Pass => self.done,
            Verdict::Fail => self.fail,
            Verdict::Pending => self.pending,
            Verdict::Unknown => self.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    fn all(g: &Glyphs) -> Vec<&'static str> {
        let mut all = vec![
            g.done,
            g.current,
            g.shut,
            g.todo,
            g.partly,
            g.fail,
            g.live,
            g.pending,
            g.unknown,
            g.broken,
            g.waived,
            g.not_applicable,
            g.rejected,
            g.expired,
            g.stale,
            g.early,
            g.cursor,
            g.resting,
            g.flash,
            g.full,
            g.half,
            g.rest,
            g.ellipsis,
            g.block,
            g.dot,
            g.upright,
            g.picked,
            g.usual,
            g.reversed,
        ];
        all.extend(g.halves.into_iter().flatten());
        all.extend(g.spark);
        let b = g.border;
        all.extend([b.top_left, b.top_right, b.vertical_left, b.horizontal_top]);
        all
    }

    #[test]
    fn every_sign_is_one_cell_wide() {
        assert!(all(&UNICODE).iter().chain(&all(&ASCII)).all(|g| g.width() == 1));
    }

    #[test]
    fn the_ascii_set_is_ascii() {
        assert!(all(&ASCII).iter().all(|g| g.is_ascii()));
    }

    #[test]
    fn no_two_statuses_share_a_sign() {
        use Status::{Done, Expired, NotApplicable, Partly, Regressed, Rejected, Stale, Todo, Waived};
        for set in [UNICODE, ASCII] {
            let signs: std::collections::HashSet<_> =
                [Done, Waived, NotApplicable, Todo, Partly, Regressed, Rejected, Expired, Stale]
                    .map(|s| set.status(s))
                    .into();
            assert_eq!(signs.len(), 9);
        }
    }
}
