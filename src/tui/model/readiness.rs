//! The live checks of one engagement.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::checks::{NextRun, NextRuns};
use crate::domain::assess::Status;
use crate::domain::ids::CheckId;
use crate::domain::light::{Known, Light};
use crate::domain::runbook::{Place, Runbook};
use crate::tui::effect::RequestId;
use crate::tui::search::Finder;
use crate::tui::words::time;

use super::batch::Batch;
use super::engagement::{Engagement, Room};
use super::list::List;

/// How soon it is asked again when a check runs next, while one is running or overdue.
const SOON: Duration = Duration::from_secs(1);

/// Which checks are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    #[default]
    All,
    /// Those that fail.
    Failing,
    /// Those whose other side has yet to decide.
    Pending,
    /// Those of which nothing is known, for whatever reason.
    Unknown,
}

impl Wanted {
    /// The next choice.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Failing,
            Self::Failing => Self::Pending,
            Self::Pending => Self::Unknown,
            Self::Unknown => Self::All,
        }
    }

    /// Its word; none for all.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Failing => Some("failing"),
            Self::Pending => Some("pending"),
            Self::Unknown => Some("unknown"),
        }
    }

    /// Whether a light is shown.
    pub fn admits(self, light: Light) -> bool {
        match light {
            Light::Failing => matches!(self, Self::All | Self::Failing),
            Light::Pending => matches!(self, Self::All | Self::Pending),
            Light::Unknown | Light::NotRun | Light::NotConfigured => {
                matches!(self, Self::All | Self::Unknown)
            }
            Light::Passing | Light::Unused => self == Self::All,
        }
    }
}

/// Which half of the screen has the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Half {
    /// The checks.
    #[default]
    Checks,
    /// What is known of the one under the cursor.
    Details,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Which one.
    pub check: CheckId,
    /// How it stands.
    pub light: Light,
    /// The items that use it, in the order of the runbook.
    pub places: Vec<Place>,
}

/// Where the person is in the checks of one engagement.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    /// The cursor over the rows.
    pub list: List,
    /// Which half has the keys.
    pub half: Half,
    /// The first line of the details in sight.
    pub top: usize,
    /// Which checks are shown.
    pub wanted: Wanted,
    /// The checks that are shown.
    pub rows: Vec<CheckRow>,
    /// How many there are of each light, all checks counted.
    pub lights: HashMap<Light, usize>,
    /// When each check last passed, as far as it ever did.
    pub last_pass: HashMap<CheckId, DateTime<Utc>>,
    /// When each check runs next.
    pub next: NextRuns,
    /// What was started at once and is not over.
    pub batch: Option<Batch<CheckId>>,
    /// Whether the last results have been asked for.
    pub asked: bool,
    /// Whether what the rows are made from has changed.
    pub stale: bool,
    /// What the rows are searched for; empty for nothing.
    query: String,
    /// The question for the next runs that is under way.
    pub asking: Option<RequestId>,
    /// When to ask for them again, since the start.
    pub ask_at: Option<Duration>,
}

impl Readiness {
    /// The row under the cursor.
    pub fn selected(&self) -> Option<&CheckRow> {
        self.rows.get(self.list.cursor)
    }

    /// Shows only what a query meets.
    pub fn find(&mut self, query: &str) {
        if self.query != query {
            query.clone_into(&mut self.query);
            self.stale = true;
        }
    }

    /// Takes in when checks run next, and finds out when to ask again.
    pub fn take_next(&mut self, next: NextRuns, now: DateTime<Utc>, up: Duration) {
        let wait = |run: &NextRun| match run {
            NextRun::Running => Some(SOON),
            NextRun::At(at) => Some((*at - now).to_std().unwrap_or_default().max(SOON)),
            NextRun::WhenFactsChange => None,
        };
        self.ask_at = next.values().filter_map(wait).min().map(|wait| up.saturating_add(wait));
        self.next = next;
    }
}

/// Makes the rows anew, the cursor staying on its check.
pub fn refresh(engagement: &mut Engagement) {
    let mut all = rows(engagement);
    let readiness = &mut engagement.readiness;
    readiness.lights.clear();
    for row in &all {
        *readiness.lights.entry(row.light).or_default() += 1;
    }
    let mut finder = Finder::new(&readiness.query);
    let runbook = &engagement.runbook;
    all.retain(|row| readiness.wanted.admits(row.light) && finder.score(&text(runbook, row)).is_some());
    // The worst first; of one light, in the order of the runbook.
    all.sort_by_key(|row| row.light);
    // Whoever has not moved looks at the worst one; whoever has, at what they have moved to.
    let selected = readiness.selected().filter(|_| readiness.list.cursor > 0).map(|row| row.check.clone());
    readiness.rows = all;
    if let Some(at) = selected.and_then(|id| readiness.rows.iter().position(|row| row.check == id)) {
        readiness.list.cursor = at;
    }
    readiness.stale = false;
}

/// What a search looks at.
fn text(runbook: &Runbook, row: &CheckRow) -> String {
    let title = runbook.checks.get(&row.check).map_or("", |check| check.title.as_str());
    let items =
        row.places.iter().filter_map(|place| runbook.stages().get(place.stage)?.items.get(place.item));
    let items: Vec<&str> = items.map(|item| item.title.as_str()).collect();
    format!("{title} {} {} {}", row.check, row.light.word(), items.join(" "))
}

/// Every check of the runbook: those of items in the order of these, then those that none uses.
fn rows(engagement: &Engagement) -> Vec<CheckRow> {
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let mut places: HashMap<&CheckId, (Vec<Place>, bool)> = HashMap::new();
    let mut order: Vec<&CheckId> = Vec::new();
    for (stage, (s, assessed)) in runbook.stages().iter().zip(&engagement.assessment.stages).enumerate() {
        for (item, (i, assessed)) in s.items.iter().zip(&assessed.items).enumerate() {
            let Some(used) = &i.check else { continue };
            let (places, applies) = places.entry(&used.check).or_insert_with(|| {
                order.push(&used.check);
                (Vec::new(), false)
            });
            places.push(Place { stage, item });
            *applies |= assessed.status != Status::NotApplicable;
        }
    }
    order.extend(runbook.checks.keys().filter(|id| !places.contains_key(id)));
    let row = |id: &CheckId| {
        let check = runbook.checks.get(id)?;
        let (places, used) = places.get(id).cloned().unwrap_or_default();
        let light = Light::of(Known {
            used,
            inward: check.kind.looks_inward(),
            configured: check.configured(&state.facts, &state.secrets),
            settled: state.settled(check).map(|settled| settled.verdict),
            last: engagement.recent.get(id).and_then(|line| line.front()).map(|last| last.verdict),
        });
        Some(CheckRow { check: id.clone(), light, places })
    };
    order.into_iter().filter_map(row).collect()
}

/// How long until an age on the screen of checks reads differently; never on another screen.
pub fn clock_wake(engagement: &Engagement, now: DateTime<Utc>) -> Option<TimeDelta> {
    if engagement.room != Room::Readiness {
        return None;
    }
    let readiness = &engagement.readiness;
    let last = readiness.rows.iter().filter_map(|row| engagement.recent.get(&row.check)?.front());
    let last = last.map(|last| time::until_next_brief(now - last.at));
    let next = readiness.next.values().filter_map(|run| match run {
        NextRun::At(at) => Some(*at - now),
        NextRun::Running | NextRun::WhenFactsChange => None,
    });
    // What comes nearer changes within a minute at the latest.
    let next = next
        .map(|left| if left < TimeDelta::minutes(2) { TimeDelta::seconds(1) } else { TimeDelta::minutes(1) });
    last.chain(next).min()
}
