//! The go/no-go board of one engagement: the criteria as rows, what the checks said last, and the checks
//! that are being run again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::assess::Assessment;
use crate::domain::board::{About, Board, Criterion};
use crate::domain::fresh::{Witness, Witnesses};
use crate::domain::ids::{CheckId, RoleId};
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::domain::verdict::{Observation, Verdict};
use crate::tui::effect::RequestId;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::list::List;

/// Where the person is on the board, and the board itself.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// The cursor over the rows.
    pub list: List,
    /// The rows in the order in which they are shown.
    pub rows: Vec<Row>,
    /// The board; none until it is known what the checks said last.
    pub board: Option<Board>,
    /// What each check said last.
    pub seen: BTreeMap<CheckId, Seen>,
    /// Which criteria are shown.
    pub filter: Filter,
    /// How far the board is read.
    pub reading: Reading,
    /// The checks that are being run again.
    pub run: Option<Run>,
    /// Whether something has changed that the board rests on.
    pub changed: bool,
    /// For which roles how many criteria wait; by role in the order of the board.
    pub waits: Vec<(Option<RoleId>, usize)>,
    /// How many criteria are shown.
    pub shown: usize,
    /// What the criteria are searched for; empty for nothing.
    query: String,
    /// What a search looks at, of each criterion.
    texts: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A role, with how many of its criteria hold and how many there are.
    Role(Option<RoleId>, usize, usize),
    /// A criterion, by its place on the board.
    Criterion(usize),
}

/// Which criteria are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that do not hold.
    Open,
}

/// How far it is known what the checks said last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    /// Nobody has asked since the board was opened.
    #[default]
    NotAsked,
    /// The answer is on its way.
    Asked(RequestId),
    /// It is known, and kept up to date.
    Known,
}

/// What a check said last.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its newest result.
    pub last: Observation,
    /// When it passed last, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
}

/// Checks that are being run again.
#[derive(Debug, Clone)]
pub struct Run {
    /// The question.
    pub request: RequestId,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Until when answers are waited for, since the start of the program.
    pub until: Duration,
    /// How many there are.
    pub total: usize,
    /// Those that have not answered yet.
    pub left: BTreeSet<CheckId>,
    /// How many said what: pass, fail, pending, unknown.
    pub said: [usize; 4],
}

impl Run {
    /// Takes a result in; says whether it was waited for.
    pub fn take(&mut self, result: &Observation) -> bool {
        if result.at < self.at || !self.left.remove(&result.check) {
            return false;
        }
        self.said[match result.verdict {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::Pending => 2,
            Verdict::Unknown => 3,
        }] += 1;
        true
    }

    /// "12 checks run: 11 pass, 1 fail".
    pub fn words(&self) -> String {
        let ran = self.total - self.left.len();
        let verdicts = [Verdict::Pass, Verdict::Fail, Verdict::Pending, Verdict::Unknown];
        let said = self.said.iter().zip(verdicts).filter(|(n, _)| **n > 0);
        let said: Vec<String> = said.map(|(n, verdict)| format!("{n} {}", verdict.word())).collect();
        let checks = if ran == 1 { "1 check run".to_owned() } else { format!("{ran} checks run") };
        if said.is_empty() { checks } else { format!("{checks}: {}", said.join(", ")) }
    }
}

impl Validation {
    /// Takes a newer result of a check in.
    pub fn observed(&mut self, result: &Observation) {
        let before = self.seen.get(&result.check);
        if before.is_some_and(|seen| seen.last.at > result.at) {
            return;
        }
        let passed = before.and_then(|seen| seen.last_pass);
        let last_pass = if result.verdict == Verdict::Pass { Some(result.at) } else { passed };
        // Where no pass is too old, one after the other moves nothing on the board but an age.
        let fresh = self.board.as_ref().is_some_and(|board| board.counts.stale == 0);
        let passes = |verdict| verdict == Verdict::Pass;
        let same = before.is_some_and(|seen| passes(seen.last.verdict)) && passes(result.verdict);
        self.changed |= !(fresh && same);
        self.seen.insert(result.check.clone(), Seen { last: result.clone(), last_pass });
    }

    /// Takes in what the store knows of the checks, where it is newer.
    pub fn know(&mut self, all: BTreeMap<CheckId, Seen>) {
        for (check, seen) in all {
            match self.seen.get_mut(&check) {
                Some(known) => {
                    known.last_pass = known.last_pass.max(seen.last_pass);
                    if known.last.at < seen.last.at {
                        known.last = seen.last;
                    }
                }
                None => {
                    self.seen.insert(check, seen);
                }
            }
        }
        self.reading = Reading::Known;
        self.changed = true;
    }

    /// The results as the rules want them.
    pub fn witnesses(&self) -> Witnesses {
        let witness = |(check, seen): (&CheckId, &Seen)| {
            (check.clone(), Witness::of(seen.last.clone(), seen.last_pass))
        };
        self.seen.iter().map(witness).collect()
    }

    /// Whether the board must be made anew.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let turned = self.board.as_ref().and_then(|b| b.turns).is_some_and(|at| at < now);
        (self.reading == Reading::Known || self.board.is_some()) && (self.changed || turned)
    }

    /// Makes the board anew. The cursor stays on its criterion.
    pub fn derive(&mut self, runbook: &Runbook, state: &State, assessment: &Assessment, now: DateTime<Utc>) {
        let at = self.selected().map(|c| c.about.clone());
        self.board = Some(Board::new(runbook, state, assessment, &self.witnesses(), now));
        let text = |c: &Criterion| {
            let role = c.role.as_ref().map_or("", |role| runbook.role_name(role));
            format!("{} {role} {}", c.title(runbook), c.ground.word())
        };
        self.texts = self.board.iter().flat_map(|board| &board.criteria).map(text).collect();
        self.changed = false;
        self.lay_out(at.as_ref());
    }

    /// Shows other criteria.
    pub fn filter(&mut self, filter: Filter) {
        let at = self.selected().map(|c| c.about.clone());
        self.filter = filter;
        self.lay_out(at.as_ref());
    }

    /// Shows only what a query meets.
    pub fn find(&mut self, query: &str) {
        if self.query != query {
            let at = self.selected().map(|c| c.about.clone());
            query.clone_into(&mut self.query);
            self.lay_out(at.as_ref());
        }
    }

    fn lay_out(&mut self, cursor: Option<&About>) {
        self.rows.clear();
        self.waits.clear();
        self.shown = 0;
        let Some(board) = &self.board else {
            return;
        };
        let mut heading: Option<usize> = None;
        let mut finder = Finder::new(&self.query);
        for (n, criterion) in board.criteria.iter().enumerate() {
            if self.texts.get(n).is_none_or(|text| finder.score(text).is_none()) {
                continue;
            }
            let holds = criterion.ground.holds();
            let same = |at: usize| matches!(&self.rows[at], Row::Role(role, ..) if *role == criterion.role);
            let at = heading.filter(|at| same(*at)).unwrap_or_else(|| {
                self.rows.push(Row::Role(criterion.role.clone(), 0, 0));
                self.rows.len() - 1
            });
            heading = Some(at);
            if let Row::Role(_, held, all) = &mut self.rows[at] {
                *held += usize::from(holds);
                *all += 1;
            }
            match self.filter {
                Filter::Open if holds => {}
                Filter::All | Filter::Open => {
                    self.rows.push(Row::Criterion(n));
                    self.shown += 1;
                }
            }
        }
        let open = |row: &Row| match row {
            Row::Role(role, held, all) if held < all => Some((role.clone(), all - held)),
            Row::Role(..) | Row::Criterion(_) => None,
        };
        self.waits.extend(self.rows.iter().filter_map(open));
        let is_criterion = |row: &Row| matches!(row, Row::Criterion(_));
        let about = |row: &Row| match row {
            Row::Criterion(n) => board.criteria.get(*n).map(|c| &c.about),
            Row::Role(..) => None,
        };
        let found = cursor.and_then(|wanted| self.rows.iter().position(|row| about(row) == Some(wanted)));
        let near = || {
            let from = self.list.cursor.min(self.rows.len());
            let down = self.rows[from..].iter().position(is_criterion).map(|n| from + n);
            down.or_else(|| self.rows[..from].iter().rposition(is_criterion))
        };
        self.list.cursor = found.or_else(near).unwrap_or(0);
    }

    /// The criterion under the cursor.
    pub fn selected(&self) -> Option<&Criterion> {
        self.criterion(self.list.cursor)
    }

    /// The criterion of a row.
    pub fn criterion(&self, row: usize) -> Option<&Criterion> {
        match self.rows.get(row)? {
            Row::Criterion(n) => self.board.as_ref()?.criteria.get(*n),
            Row::Role(..) => None,
        }
    }

    /// How long until something here reads differently by itself.
    pub fn wake(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        if self.reading != Reading::Known {
            return None;
        }
        let turns = self.board.as_ref().and_then(|b| b.turns);
        // The first moment after the end.
        let turns = turns.map(|at| (at - now).max(TimeDelta::zero()) + TimeDelta::milliseconds(1));
        let ages = self.seen.values().filter_map(|s| s.last_pass).map(|at| time::until_next(now - at));
        ages.chain(turns).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::{noon, observation};

    #[test]
    fn a_result_moves_the_last_pass_only_when_it_is_one() {
        let fresh = Board {
            standing: crate::domain::gate::GateStanding::Open,
            criteria: Vec::new(),
            counts: crate::domain::board::Counts::default(),
            turns: None,
        };
        let mut board = Validation { board: Some(fresh), ..Validation::default() };
        board.observed(&observation("api", Verdict::Pass, noon()));
        assert!(std::mem::take(&mut board.changed));
        let later = noon() + TimeDelta::minutes(1);
        board.observed(&observation("api", Verdict::Pass, later));
        assert!(!board.changed, "one pass after the other");
        board.observed(&observation("api", Verdict::Unknown, later + TimeDelta::minutes(1)));
        assert!(board.changed);
        let seen = board.seen.values().next().unwrap();
        assert_eq!((seen.last.verdict, seen.last_pass), (Verdict::Unknown, Some(later)));
        board.observed(&observation("api", Verdict::Fail, noon()));
        assert_eq!(board.seen.values().next().unwrap().last.verdict, Verdict::Unknown, "an older one");
    }

    #[test]
    fn a_run_is_summed_up_in_words_and_takes_only_what_it_asked_for() {
        let checks = ["a", "b", "c"].map(|id| id.parse().unwrap());
        let mut run = Run {
            request: RequestId(1),
            at: noon(),
            until: Duration::ZERO,
            total: 3,
            left: checks.into(),
            said: [0; 4],
        };
        assert!(!run.take(&observation("a", Verdict::Pass, noon() - TimeDelta::seconds(1))));
        assert!(run.take(&observation("a", Verdict::Pass, noon())));
        assert!(!run.take(&observation("a", Verdict::Pass, noon())));
        assert!(!run.take(&observation("x", Verdict::Pass, noon())));
        assert!(run.take(&observation("b", Verdict::Unknown, noon())));
        assert_eq!(run.words(), "2 checks run: 1 pass, 1 unknown");
        assert_eq!(run.left.len(), 1);
    }
}
