//! The live checks of all engagements.

use std::collections::{HashMap, HashSet};

use crate::domain::ids::{CheckId, EngagementId};
use crate::domain::light::Light;
use crate::domain::readiness::CheckLine;
use crate::domain::verdict::Observation;
use crate::tui::effect::RequestId;
use crate::tui::search::Finder;

use super::batch::Batch;
use super::gathered::{Gathered, Gathering};
use super::grouped::{Entry, Grouped};

/// One check, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The engagement.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// The check.
    pub line: CheckLine,
}

/// Where the person is in the checks of all engagements.
#[derive(Debug, Default)]
pub struct AllChecks {
    /// What has been read.
    pub read: Gathered<CheckLine>,
    /// The rows that are shown, the failing ones first.
    pub rows: Grouped<Row>,
    /// Only checks that stand like this; none for all.
    pub only: Option<Light>,
    /// The checks that were started here and have not all answered.
    pub batch: Option<Batch<(EngagementId, CheckId)>>,
    /// The questions that started them.
    pub asked: HashSet<RequestId>,
    /// What the rows are searched for; empty for nothing.
    query: String,
    /// The lines of each engagement.
    places: HashMap<EngagementId, Vec<usize>>,
}

impl Gathering for AllChecks {
    type Line = CheckLine;

    fn read(&mut self) -> &mut Gathered<CheckLine> {
        &mut self.read
    }

    /// Failing first, and of those the longest.
    fn arrange(&mut self) {
        let mut finder = Finder::new(&self.query);
        let mut rows: Vec<Row> = self
            .read
            .known()
            .flat_map(|(id, read)| {
                let row = |line: &CheckLine| Row {
                    engagement: id.clone(),
                    name: read.name.clone(),
                    line: line.clone(),
                };
                read.lines.iter().map(row)
            })
            .filter(|row| self.only.is_none_or(|only| row.line.light() == only))
            .filter(|row| finder.score(&text(row)).is_some())
            .collect();
        rows.sort_by(|a, b| {
            let key = |row: &Row| (row.line.light(), row.line.since);
            key(a).cmp(&key(b)).then_with(|| (&a.name, &a.line.title).cmp(&(&b.name, &b.line.title)))
        });
        let mut rows = rows.into_iter().peekable();
        let groups: Vec<(String, Vec<Row>)> = Light::ALL
            .into_iter()
            .map(|light| {
                let mut of_light = Vec::new();
                while let Some(row) = rows.next_if(|row| row.line.light() == light) {
                    of_light.push(row);
                }
                (light.word().to_owned(), of_light)
            })
            .collect();
        self.rows.set(groups, |a, b| a.engagement == b.engagement && a.line.check == b.line.check);
        self.places.clear();
        for (at, line) in self.rows.lines().iter().enumerate() {
            if let Entry::Row(row) = line {
                self.places.entry(row.engagement.clone()).or_default().push(at);
            }
        }
    }
}

impl AllChecks {
    /// Shows only what a query meets.
    pub fn find(&mut self, query: &str) {
        if self.query != query {
            query.clone_into(&mut self.query);
            self.arrange();
        }
    }

    /// The checks that are shown, in their order.
    pub fn shown(&self) -> impl Iterator<Item = &Row> {
        self.rows.lines().iter().filter_map(|line| match line {
            Entry::Row(row) => Some(row),
            Entry::Head(..) => None,
        })
    }

    /// Takes a result in; says whether anything that is shown is another.
    pub fn observed(&mut self, engagement: &EngagementId, observation: &Observation) -> bool {
        let Some(read) = self.read.of_mut(engagement) else {
            return false;
        };
        let Some(line) = read.lines.iter_mut().find(|line| line.check == observation.check) else {
            return false;
        };
        if line.observed(observation) {
            self.arrange();
            return true;
        }
        let fresh = line.clone();
        let places = self.places.get(engagement).into_iter().flatten();
        for at in places {
            if let Some(row) = self.rows.row_mut(*at).filter(|row| row.line.check == observation.check) {
                row.line = fresh;
                return true;
            }
        }
        false
    }

    /// Shows only those that stand otherwise, in turn, and then all again.
    pub fn next_filter(&mut self) {
        self.only = match self.only {
            None => Light::ALL.first().copied(),
            Some(now) => {
                let at = Light::ALL.iter().position(|light| *light == now).unwrap_or(0);
                Light::ALL.get(at + 1).copied()
            }
        };
        self.arrange();
    }
}

/// What a search looks at.
fn text(row: &Row) -> String {
    let line = &row.line;
    format!("{} {} {} {} {}", line.title, row.name, line.check, line.light().word(), line.summary)
}
