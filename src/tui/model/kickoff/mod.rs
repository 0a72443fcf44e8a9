//! The kickoff of one engagement: one thing at a time, for a screen that many look at.
//!
//! [`agenda`] says what comes after what, [`page`] what stands on the page that is shown, [`draft`] what is being
//! typed on it. Everything that is decided in the room is an ordinary event; what is kept here is only where the
//! kickoff is, who is there, and what is marked.

pub mod agenda;
pub mod draft;
pub mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::assess::Assessment;
use crate::domain::command::Command;
use crate::domain::ids::{ItemId, MemberName};
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::tui::effect::{Capacity, RequestId};

use super::list::List;
use agenda::{Agenda, Point};
use draft::Draft;
use page::{Page, Seat};

/// Where the kickoff is.
#[derive(Debug, Clone, Default)]
pub struct Kickoff {
    /// The cursor over the rows of the page.
    pub list: List,
    /// What comes after what.
    pub agenda: Agenda,
    /// Where it is in the agenda.
    pub at: usize,
    /// When it was begun; none while nobody has.
    pub begun: Option<Begun>,
    /// Who is in the room, as far as somebody has said so.
    pub here: BTreeSet<MemberName>,
    /// What is being typed on the page.
    pub draft: Option<Draft>,
    /// What is chosen for each subject of the decision that is shown, before it is proposed.
    pub chosen: BTreeMap<String, String>,
    /// What is marked to be ticked, with the signatures that it takes.
    pub marks: BTreeMap<ItemId, Vec<Signature>>,
    /// What is being ticked or taken back together.
    pub under_way: Option<(RequestId, Bulk)>,
    /// The events of what was ticked together last, oldest first.
    pub ticked: Vec<u64>,
    /// What stands on the page; made anew when something changes, not when it is drawn.
    pub page: Page,
    /// What the page was made for.
    made_for: Option<(u64, NaiveDate, usize, u64)>,
    /// Grows with every act in the room that changes the page and is no event.
    stamp: u64,
}

/// The beginning of a kickoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// When, on the clock.
    pub at: DateTime<Utc>,
    /// When, since the program's start.
    pub up: Duration,
    /// The last event before it.
    pub seq: u64,
}

/// One signature under one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// In which role, for whom.
    pub capacity: Capacity,
    /// The same in words.
    pub label: String,
    /// What is done.
    pub command: Command,
}

/// What is done to many things at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bulk {
    /// They are ticked.
    Tick,
    /// Their ticks are taken back.
    Undo,
}

impl Kickoff {
    /// The point that is shown.
    pub fn point(&self) -> Option<&Point> {
        self.agenda.points.get(self.at)
    }

    /// The last event before the kickoff; none at all when nobody has begun it.
    pub fn since(&self) -> u64 {
        self.begun.map_or(0, |b| b.seq)
    }

    /// Begins it, unless it was begun.
    pub fn begin(&mut self, begun: Begun) {
        self.begun.get_or_insert(begun);
        self.stamp();
    }

    /// Says that the page is to be made anew.
    pub fn stamp(&mut self) {
        self.stamp += 1;
    }

    /// Goes to a point.
    pub fn go(&mut self, at: usize) {
        let at = at.min(self.agenda.points.len().saturating_sub(1));
        if at != self.at {
            self.at = at;
            self.list = List::default();
            self.chosen.clear();
            self.draft = None;
        }
        self.stamp();
    }

    /// Makes agenda and page anew if they are of another state than this.
    pub fn refresh(&mut self, runbook: &Runbook, state: &State, assessment: &Assessment, seat: Seat<'_>) {
        if self.agenda.of != Some(runbook.digest) {
            let first = self.agenda.of.is_none();
            let shown = self.point().cloned();
            self.agenda = Agenda::new(runbook);
            // The same point under another version of the runbook; at first, the first open one.
            let again = shown.and_then(|point| self.agenda.points.iter().position(|p| *p == point));
            self.at = again.unwrap_or(0);
            if first && self.begun.is_none() {
                self.at = self.agenda.first_open(runbook, state, assessment);
            }
            self.made_for = None;
        }
        let wanted = (state.head.seq, seat.today, self.at, self.stamp);
        if self.made_for == Some(wanted) {
            return;
        }
        let settled = |item: &ItemId| {
            runbook
                .place(item.as_str())
                .is_none_or(|place| assessment.stages[place.stage].items[place.item].status.settled())
        };
        self.marks.retain(|item, _| !settled(item));
        self.here.retain(|name| state.members.get(name).is_some_and(|m| m.left_at.is_none()));
        self.agenda.refresh(runbook, state, assessment, self.since());
        self.page = Page::new(self, runbook, state, assessment, seat);
        let first = self.made_for.is_none_or(|(_, _, at, _)| at != self.at);
        if first {
            self.list.cursor = self.page.cursor;
        }
        self.made_for = Some(wanted);
    }
}
