//! What waits for the roles of the person at the screen, in all engagements.

use std::cmp::Ordering;

use crate::domain::ids::EngagementId;
use crate::domain::open_work::OpenWork;
use crate::tui::search::Finder;

use super::gathered::{Gathered, Gathering};
use super::grouped::Grouped;

/// One thing that waits, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The engagement.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// What waits.
    pub work: OpenWork,
}

/// Where the person is in what waits for them.
#[derive(Debug, Default)]
pub struct MyWork {
    /// What has been read.
    pub read: Gathered<OpenWork>,
    /// The rows, under a heading for each role.
    pub rows: Grouped<Row>,
    /// What they are searched for; empty for nothing.
    query: String,
}

impl MyWork {
    /// Shows only what a query meets.
    pub fn find(&mut self, query: &str) {
        if self.query != query {
            query.clone_into(&mut self.query);
            self.arrange();
        }
    }
}

impl Gathering for MyWork {
    type Line = OpenWork;

    fn read(&mut self) -> &mut Gathered<OpenWork> {
        &mut self.read
    }

    /// By role, and in each the most overdue first; first the role that has it.
    fn arrange(&mut self) {
        let mut finder = Finder::new(&self.query);
        let mut rows: Vec<Row> = self
            .read
            .known()
            .flat_map(|(id, read)| {
                let row = |work: &OpenWork| Row {
                    engagement: id.clone(),
                    name: read.name.clone(),
                    work: work.clone(),
                };
                read.lines.iter().map(row)
            })
            .filter(|row| finder.score(&text(row)).is_some())
            .collect();
        rows.sort_by(order);
        let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
        for row in rows {
            match groups.iter_mut().find(|(title, _)| *title == row.work.role_name) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((row.work.role_name.clone(), vec![row])),
            }
        }
        self.rows.set(groups, |a, b| {
            a.engagement == b.engagement && a.work.stage == b.work.stage && a.work.item == b.work.item
        });
    }
}

/// What a search looks at.
fn text(row: &Row) -> String {
    let work = &row.work;
    format!("{} {} {} {} {}", work.title, row.name, work.stage_title, work.role_name, work.cause.word())
}

/// The most overdue first: the day to begin, none after every day; then what has waited longest.
fn order(a: &Row, b: &Row) -> Ordering {
    let day = match (a.work.begin_by, b.work.begin_by) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let stable = || (&a.engagement, &a.work.title).cmp(&(&b.engagement, &b.work.title));
    day.then(a.work.since.cmp(&b.work.since)).then_with(stable)
}
