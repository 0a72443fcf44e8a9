//! The list of all engagements: which rows there are, in which order, and which are shown.

use std::cmp::Ordering;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::tui::effect::RequestId;
use crate::tui::layout::CurvePanel;
use crate::tui::search::Finder;

use super::list::List;
use super::search::Search;

/// How the rows are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Regressed first, then the nearest target, then the longest quiet; live ones last.
    #[default]
    Urgency,
    /// By the merchant's name.
    Name,
    /// By the day of going live.
    Target,
    /// The longest quiet first.
    Quiet,
}

impl Sort {
    /// The next way.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Urgency => Self::Name,
            Self::Name => Self::Target,
            Self::Target => Self::Quiet,
            Self::Quiet => Self::Urgency,
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Urgency => "most urgent first",
            Self::Name => "by name",
            Self::Target => "by go-live date",
            Self::Quiet => "longest quiet first",
        }
    }
}

/// How far the reading of the rows is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    /// Nobody has asked yet.
    #[default]
    NotAsked,
    /// Asked, and not all is there yet.
    Asked(RequestId),
    /// All is there.
    Done,
}

/// All engagements.
#[derive(Debug, Default)]
pub struct Portfolio {
    rows: Vec<Summary>,
    /// How many there are in all, as far as is known before they have been read.
    expected: usize,
    places: HashMap<EngagementId, usize>,
    /// What a search looks at, one text for each row; made when first searched.
    texts: Vec<String>,
    /// Rows in the order of [`Sort`].
    sorted: Vec<usize>,
    /// Rows that are shown, in order.
    shown: Vec<usize>,
    /// The cursor over the rows that are shown.
    pub list: List,
    /// How they are sorted.
    pub sort: Sort,
    /// Whether the curve of the engagement under the cursor is shown.
    pub curve: CurvePanel,
    /// The search, if there is one.
    pub search: Option<Search>,
    /// How far the reading is.
    pub reading: Reading,
    /// How many have work that was done and is no longer.
    pub regressed: usize,
    /// When the last emergency ends, of each engagement that has had one nobody ended.
    pub broken_until: Vec<DateTime<Utc>>,
}

impl Portfolio {
    /// How many engagements there are.
    pub fn total(&self) -> usize {
        self.rows.len().max(self.expected)
    }

    /// How many are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// How many there are under the search, those included that have yet to be read.
    pub fn found(&self) -> usize {
        if self.shown.len() == self.rows.len() { self.total() } else { self.shown.len() }
    }

    /// Whether none is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// A row that is shown.
    pub fn row(&self, at: usize) -> Option<&Summary> {
        self.shown.get(at).and_then(|row| self.rows.get(*row))
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Summary> {
        self.row(self.list.cursor)
    }

    /// All rows, in no order.
    pub fn all(&self) -> &[Summary] {
        &self.rows
    }

    /// Takes all rows in anew, or the first of `expected`; the cursor stays on its engagement.
    pub fn replace(&mut self, rows: Vec<Summary>, expected: usize) {
        self.expected = expected;
        let selected = self.selected().map(|s| s.engagement.clone());
        self.places = rows.iter().enumerate().map(|(n, s)| (s.engagement.clone(), n)).collect();
        self.rows = rows;
        self.arrange(selected.as_ref());
    }

    /// Takes one row in; the cursor stays on its engagement. An older row than the one there is, is not.
    pub fn upsert(&mut self, row: Summary) -> bool {
        let selected = self.selected().map(|s| s.engagement.clone());
        match self.places.get(&row.engagement) {
            Some(at) if self.rows[*at] == row || self.rows[*at].last_at > row.last_at => return false,
            Some(at) => self.rows[*at] = row,
            None => {
                self.places.insert(row.engagement.clone(), self.rows.len());
                self.rows.push(row);
            }
        }
        self.arrange(selected.as_ref());
        true
    }

    /// Sorts in the next way.
    pub fn sort_next(&mut self) {
        let selected = self.selected().map(|s| s.engagement.clone());
        self.sort = self.sort.next();
        self.arrange(selected.as_ref());
    }

    /// Shows what the search has met. `Refined` says that the query only grew, so that what did not match
    /// before cannot match now.
    pub fn filter(&mut self, query: &str, change: QueryChange) {
        if query.trim().is_empty() {
            self.shown.clone_from(&self.sorted);
            return;
        }
        if self.texts.len() != self.rows.len() {
            self.texts = self.rows.iter().map(text).collect();
        }
        let among = match change {
            QueryChange::Refined => std::mem::take(&mut self.shown),
            QueryChange::Other => self.sorted.clone(),
        };
        let mut finder = Finder::new(query);
        let mut found: Vec<(u32, usize)> =
            among.into_iter().filter_map(|row| Some((finder.score(&self.texts[row])?, row))).collect();
        // A stable sort: equally good matches stay in the order of the screen.
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.shown = found.into_iter().map(|(_, row)| row).collect();
    }

    fn arrange(&mut self, selected: Option<&EngagementId>) {
        self.texts.clear();
        self.regressed = self.rows.iter().filter(|r| r.regressed > 0).count();
        self.broken_until =
            self.rows.iter().filter_map(|r| r.emergencies.iter().map(|e| e.until).max()).collect();
        let (rows, sort) = (&self.rows, self.sort);
        self.sorted = (0..rows.len()).collect();
        self.sorted.sort_by(|a, b| order(sort, &rows[*a], &rows[*b]));
        let query = self.search.as_ref().map_or_else(String::new, |s| s.query().to_owned());
        self.filter(&query, QueryChange::Other);
        let at = selected.and_then(|id| self.shown.iter().position(|row| self.rows[*row].engagement == *id));
        if let Some(at) = at {
            self.list.cursor = at;
        }
    }
}

/// How a query differs from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryChange {
    /// Something was added at its end.
    Refined,
    /// Anything else.
    Other,
}

fn text(row: &Summary) -> String {
    let mut text = format!("{} {}", row.name, row.provider);
    if let Some(stage) = row.current.and_then(|n| row.stages.get(n)) {
        text.push(' ');
        text.push_str(&stage.title);
    }
    for waiting in &row.waiting_on {
        text.push(' ');
        text.push_str(&waiting.role);
        for person in &waiting.people {
            text.push(' ');
            text.push_str(person.as_str());
        }
    }
    text
}

fn order(sort: Sort, a: &Summary, b: &Summary) -> Ordering {
    let by_name = || a.name.to_lowercase().cmp(&b.name.to_lowercase());
    // No date comes after every date.
    let by_target = || match (a.target, b.target) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let by_quiet = || a.last_at.cmp(&b.last_at);
    let live_last = || a.current.is_none().cmp(&b.current.is_none());
    let regressed_first = || (b.regressed > 0).cmp(&(a.regressed > 0));
    let chosen = match sort {
        Sort::Urgency => live_last().then_with(regressed_first).then_with(by_target).then_with(by_quiet),
        Sort::Name => by_name(),
        Sort::Target => live_last().then_with(by_target),
        Sort::Quiet => live_last().then_with(by_quiet),
    };
    chosen.then_with(|| a.engagement.cmp(&b.engagement))
}
