//! The list of all engagements: which rows there are, in which order, and which are shown.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::summary::{Summary, Waiting};
use crate::tui::effect::RequestId;
use crate::tui::layout::CurvePanel;
use crate::tui::search::Finder;

use super::columns::{Direction, Sort, order};
use super::filters::{Filter, Viewer};
use super::list::List;
use super::search::Search;

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
#[derive(Debug)]
pub struct Portfolio {
    rows: Vec<Summary>,
    /// How many there are in all, as far as is known before they have been read.
    expected: usize,
    places: HashMap<EngagementId, usize>,
    /// What a search looks at, one text for each row; made when first searched.
    texts: Vec<String>,
    /// Rows that the filters let through, in the order of [`Sort`].
    sorted: Vec<usize>,
    /// Rows that are shown, in order.
    shown: Vec<usize>,
    /// Grows with every change of the rows.
    version: u64,
    /// Up to when it has been asked what time made of the rows.
    turned: DateTime<Utc>,
    /// When time changes a row next, after that.
    turns: Option<DateTime<Utc>>,
    /// Rows that came while all of them are being read: newer than what is read.
    arrived: HashSet<EngagementId>,
    /// Who looks, and when.
    viewer: Viewer,
    sort: Sort,
    direction: Direction,
    filters: Vec<Filter>,
    /// Those that were chosen to do something with.
    picked: HashSet<EngagementId>,
    /// The question for an act on several, while its answer is waited for.
    pub many: Option<RequestId>,
    /// The cursor over the rows that are shown.
    pub list: List,
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
    /// An empty one, for somebody at a moment.
    pub fn new(viewer: Viewer) -> Self {
        Self {
            rows: Vec::new(),
            expected: 0,
            places: HashMap::new(),
            texts: Vec::new(),
            sorted: Vec::new(),
            shown: Vec::new(),
            version: 0,
            turned: viewer.at,
            turns: None,
            arrived: HashSet::new(),
            viewer,
            sort: Sort::default(),
            direction: Direction::default(),
            filters: Vec::new(),
            picked: HashSet::new(),
            many: None,
            list: List::default(),
            // Asked for with its key: drawn anew at every move of the cursor it would cost each key three times as much.
            curve: CurvePanel::Hidden,
            search: None,
            reading: Reading::default(),
            regressed: 0,
            broken_until: Vec::new(),
        }
    }

    /// How many engagements there are.
    pub fn total(&self) -> usize {
        self.rows.len().max(self.expected)
    }

    /// How many are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// How many there are under filters and search, those included that have yet to be read.
    pub fn found(&self) -> usize {
        if self.shown.len() == self.rows.len() { self.total() } else { self.shown.len() }
    }

    /// Whether none is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Grows with every change of the rows.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Who looks, and when.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// A row that is shown.
    pub fn row(&self, at: usize) -> Option<&Summary> {
        self.shown.get(at).and_then(|row| self.rows.get(*row))
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Summary> {
        self.row(self.list.cursor)
    }

    /// The row of an engagement, shown or not.
    pub fn of(&self, engagement: &EngagementId) -> Option<&Summary> {
        self.rows.get(*self.places.get(engagement)?)
    }

    /// All rows, in no order.
    pub fn all(&self) -> &[Summary] {
        &self.rows
    }

    /// All rows, the most urgent first.
    pub fn by_urgency(&self) -> Vec<&Summary> {
        let mut rows: Vec<&Summary> = self.rows.iter().collect();
        rows.sort_by(|a, b| order(Sort::Urgency, Direction::Usual, a, b));
        rows
    }

    /// Looks at the same rows at another moment.
    pub fn look_again(&mut self, viewer: Viewer) {
        self.viewer = viewer;
        if !self.filters.is_empty() {
            self.arrange_all();
        }
        self.version += 1;
    }

    /// All rows are asked for, at a moment.
    pub fn ask(&mut self, request: RequestId, at: DateTime<Utc>) {
        self.reading = Reading::Asked(request);
        // What time does to them from now on is not in the answer.
        self.turned = at;
        self.arrived.clear();
    }

    /// Takes the first of `expected` rows in, unless there are rows already: those are all.
    pub fn begin(&mut self, rows: Vec<Summary>, expected: usize) {
        if self.expected == 0 {
            self.take(rows, expected);
        }
    }

    /// Takes all rows in anew. What came in while they were read stays where it is newer.
    pub fn replace(&mut self, rows: Vec<Summary>) {
        let expected = rows.len();
        self.take(rows, expected);
        self.arrived.clear();
        self.expected = self.rows.len();
    }

    /// The cursor stays on its engagement.
    fn take(&mut self, mut rows: Vec<Summary>, expected: usize) {
        self.expected = expected;
        let selected = self.selected().map(|s| s.engagement.clone());
        let mut arrived: HashMap<EngagementId, Summary> =
            self.rows.drain(..).filter(|row| self.arrived.contains(&row.engagement)).map(keyed).collect();
        for row in &mut rows {
            // At the start there is none, and nothing is looked up for ten thousand rows.
            if arrived.is_empty() {
                break;
            }
            if let Some(newer) = arrived.remove(&row.engagement).filter(|other| other.last_at >= row.last_at)
            {
                *row = newer;
            }
        }
        rows.extend(arrived.into_values());
        self.places = rows.iter().enumerate().map(|(n, s)| (s.engagement.clone(), n)).collect();
        self.rows = rows;
        self.arrange(selected.as_ref());
    }

    /// When time changes a row next that nobody has asked about; none before all rows are there.
    pub fn turns(&self) -> Option<DateTime<Utc>> {
        self.turns.filter(|_| self.reading == Reading::Done)
    }

    /// The rows that time has changed since that was last asked.
    pub fn turned(&mut self, now: DateTime<Utc>) -> Vec<EngagementId> {
        if self.turns().is_none_or(|at| at > now) {
            return Vec::new();
        }
        let since = self.turned;
        let turned = |row: &&Summary| row.turns().is_some_and(|at| since < at && at <= now);
        let turned = self.rows.iter().filter(turned).map(|row| row.engagement.clone()).collect();
        self.turned = now;
        self.turns = next_turn(&self.rows, now);
        turned
    }

    /// Takes one row in; the cursor stays on its engagement. An older row than the one there is, is not.
    pub fn upsert(&mut self, row: Summary) -> bool {
        let selected = self.selected().map(|s| s.engagement.clone());
        if matches!(self.reading, Reading::Asked(_)) {
            self.arrived.insert(row.engagement.clone());
        }
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

    /// What the rows are sorted by.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Which way round they are sorted.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Sorts by something; by the same once more, the other way round.
    pub fn sort_by(&mut self, sort: Sort) {
        if self.sort == sort {
            self.direction = self.direction.other();
        } else {
            (self.sort, self.direction) = (sort, Direction::Usual);
        }
        self.arrange_all();
    }

    /// The filters that hold.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// Sets a filter, or takes it away.
    pub fn toggle(&mut self, filter: Filter) {
        match self.filters.iter().position(|f| *f == filter) {
            Some(at) => {
                self.filters.remove(at);
            }
            None => self.filters.push(filter),
        }
        self.arrange_all();
    }

    /// Takes all filters away; says whether there were any.
    pub fn unfilter(&mut self) -> bool {
        let any = !self.filters.is_empty();
        self.filters.clear();
        if any {
            self.arrange_all();
        }
        any
    }

    /// How many rows a filter alone lets through.
    pub fn count(&self, filter: Filter) -> usize {
        self.rows.iter().filter(|row| filter.lets(row, &self.viewer)).count()
    }

    /// Whether a row was chosen.
    pub fn is_picked(&self, engagement: &EngagementId) -> bool {
        self.picked.contains(engagement)
    }

    /// How many were chosen.
    pub fn picked(&self) -> usize {
        self.picked.len()
    }

    /// Chooses the row under the cursor, or no longer.
    pub fn pick(&mut self) {
        if let Some(id) = self.selected().map(|row| row.engagement.clone())
            && !self.picked.remove(&id)
        {
            self.picked.insert(id);
        }
    }

    /// Chooses all rows that are shown; none of them when all are chosen already.
    pub fn pick_all(&mut self) {
        let shown: Vec<EngagementId> = self
            .shown
            .iter()
            .filter_map(|row| self.rows.get(*row))
            .map(|row| row.engagement.clone())
            .collect();
        if shown.iter().all(|id| self.picked.contains(id)) {
            self.picked.retain(|id| !shown.contains(id));
        } else {
            self.picked.extend(shown);
        }
    }

    /// Chooses none; says whether any were.
    pub fn unpick(&mut self) -> bool {
        let any = !self.picked.is_empty();
        self.picked.clear();
        any
    }

    /// What an act on several is about: those that were chosen, in the order of the screen, else the one
    /// under the cursor.
    pub fn meant(&self) -> Vec<EngagementId> {
        if self.picked.is_empty() {
            return self.selected().map(|row| row.engagement.clone()).into_iter().collect();
        }
        let mut rows: Vec<&Summary> =
            self.rows.iter().filter(|row| self.is_picked(&row.engagement)).collect();
        rows.sort_by(|a, b| order(self.sort, self.direction, a, b));
        rows.into_iter().map(|row| row.engagement.clone()).collect()
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

    fn arrange_all(&mut self) {
        let selected = self.selected().map(|s| s.engagement.clone());
        self.arrange(selected.as_ref());
    }

    fn arrange(&mut self, selected: Option<&EngagementId>) {
        self.version += 1;
        self.texts.clear();
        self.turns = next_turn(&self.rows, self.turned);
        self.regressed = self.rows.iter().filter(|r| r.regressed > 0).count();
        self.broken_until =
            self.rows.iter().filter_map(|r| r.emergencies.iter().map(|e| e.until).max()).collect();
        let (rows, sort, direction) = (&self.rows, self.sort, self.direction);
        let lets = |row: &usize| self.filters.iter().all(|f| f.lets(&rows[*row], &self.viewer));
        self.sorted = (0..rows.len()).filter(lets).collect();
        self.sorted.sort_by(|a, b| order(sort, direction, &rows[*a], &rows[*b]));
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

fn keyed(row: Summary) -> (EngagementId, Summary) {
    (row.engagement.clone(), row)
}

/// When time changes one of the rows next.
fn next_turn(rows: &[Summary], after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    rows.iter().filter_map(Summary::turns).filter(|at| *at > after).min()
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

/// "Developer: Lin Chen +2": who must act first, and how many roles more.
pub fn waiting(on: &[Waiting]) -> String {
    let Some(first) = on.first() else {
        return String::new();
    };
    let people: Vec<_> = first.people.iter().map(MemberName::as_str).collect();
    let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
    let more = if on.len() > 1 { format!(" +{}", on.len() - 1) } else { String::new() };
    format!("{}: {people}{more}", first.role)
}
