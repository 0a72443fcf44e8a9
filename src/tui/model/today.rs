//! What needs attention today: each engagement once, where it is most urgent, with the other reasons beside.

use chrono::{NaiveDate, TimeDelta};

use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::filters::{Viewer, WEEK_DAYS};
use super::grouped::Grouped;

/// Days within which a beginning counts as new.
const NEW_DAYS: i64 = 2;

/// Why an engagement needs attention, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A gate is held open in an emergency, or what was done is no longer.
    Broken,
    /// It should be live.
    Overdue,
    /// It is to be live today.
    DueToday,
    /// It is to be live this week, or the work that is left needs longer than there is.
    DueSoon,
    /// It waits for a role of mine.
    WaitsForMe,
    /// A tick or an exception ends soon.
    EndsSoon,
    /// It has just begun.
    New,
}

impl Reason {
    const ALL: [Self; 7] = [
        Self::Broken,
        Self::Overdue,
        Self::DueToday,
        Self::DueSoon,
        Self::WaitsForMe,
        Self::EndsSoon,
        Self::New,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Broken => "Broken",
            Self::Overdue => "Overdue",
            Self::DueToday => "Go-live today",
            Self::DueSoon => "Go-live this week, or too little time",
            Self::WaitsForMe => "Waiting for you",
            Self::EndsSoon => "Ending soon",
            Self::New => "Just begun",
        }
    }
}

/// One engagement that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which one.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// Why it stands where it stands.
    pub reason: Reason,
    /// All reasons in words.
    pub words: String,
    /// Who must act next.
    pub waiting: String,
}

/// Where the person is in what needs attention today.
#[derive(Debug, Clone, Default)]
pub struct Today {
    /// Which version of the portfolio the rows were made of.
    pub made_of: u64,
    /// What the rows were searched for; empty for nothing.
    pub query: String,
    /// The rows under their headings.
    pub rows: Grouped<Row>,
}

impl Today {
    /// Makes the rows anew, in the order in which they come.
    pub fn derive<'a>(&mut self, all: impl Iterator<Item = &'a Summary>, viewer: &Viewer) {
        let mut finder = Finder::new(&self.query);
        let mut met =
            |row: &Row| finder.score(&format!("{} {} {}", row.name, row.words, row.waiting)).is_some();
        let rows: Vec<Row> = all.filter_map(|summary| row(summary, viewer)).filter(|row| met(row)).collect();
        let groups = Reason::ALL.map(|reason| {
            (reason.title().to_owned(), rows.iter().filter(|row| row.reason == reason).cloned().collect())
        });
        self.rows.set(groups, |a, b| a.engagement == b.engagement);
    }
}

fn row(summary: &Summary, viewer: &Viewer) -> Option<Row> {
    let mut said: Vec<(Reason, String)> = Vec::new();
    let stage = summary.current.and_then(|n| summary.stages.get(n)).map(|stage| stage.title.as_str());
    if let Some(open) = summary.broken(viewer.at).next() {
        let gate = open.stage.as_deref().unwrap_or("last gate");
        said.push((Reason::Broken, format!("BREAK-GLASS {gate}, by {}", open.by)));
    }
    if summary.regressed > 0 {
        said.push((Reason::Broken, format!("{} regressed", summary.regressed)));
    }
    said.extend(due(summary, viewer.today));
    if summary.waits_for(&viewer.me) {
        let mine = summary.waiting_on.iter().filter(|waiting| waiting.people.contains(&viewer.me));
        let roles: Vec<String> =
            mine.map(|waiting| format!("{}: {} open", waiting.role, waiting.count)).collect();
        said.push((Reason::WaitsForMe, roles.join(", ")));
    }
    // Of one that is live as well: its weekly review is work like any other.
    if let Some(ends) = summary.pace.ends.as_ref().filter(|ends| ends.warns <= viewer.at) {
        let day = ends.at.date_naive();
        let left = time::days_left(day, viewer.today);
        said.push((
            Reason::EndsSoon,
            format!("{} ends {}, {left}", ends.title, time::day(day, viewer.today)),
        ));
    }
    if said.is_empty()
        && summary.current.is_some()
        && viewer.at - summary.opened_at < TimeDelta::days(NEW_DAYS)
    {
        said.push((Reason::New, "just begun".to_owned()));
    }
    let reason = said.iter().map(|(reason, _)| *reason).min()?;
    let mut words: Vec<String> = said.into_iter().map(|(_, words)| words).collect();
    words.extend(stage.map(|stage| format!("in {stage}")));
    Some(Row {
        engagement: summary.engagement.clone(),
        name: summary.name.clone(),
        reason,
        words: words.join(", "),
        waiting: super::portfolio::waiting(&summary.waiting_on),
    })
}

/// What the day of going live has to say.
fn due(summary: &Summary, today: NaiveDate) -> Option<(Reason, String)> {
    summary.current?;
    let target = summary.target?;
    let left = (target - today).num_days();
    let slack = summary.slack(today)?;
    let reason = match left {
        ..0 => Reason::Overdue,
        0 => Reason::DueToday,
        n if n < WEEK_DAYS || slack < 0 => Reason::DueSoon,
        _ => return None,
    };
    let mut words = match left {
        0 => "go-live today".to_owned(),
        _ => format!("go-live {}, {}", time::day(target, today), time::days_left(target, today)),
    };
    if slack < left {
        words = format!("{words}, slack {slack}");
    }
    Some((reason, words))
}
