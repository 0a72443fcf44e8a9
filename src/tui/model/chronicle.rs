//! The log of one engagement, as a screen of its own: the newest on top, read page by page as far as
//! somebody scrolls, or as far as a filter needs to fill the screen.
//!
//! Only lines that the filter admits are kept, and of each only what is drawn. Another filter begins at the
//! head again.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::domain::event::{Event, Fact};
use crate::domain::head::Head;
use crate::domain::ids::{ItemId, MemberName};
use crate::domain::log_filter::LogFilter;
use crate::domain::runbook::Runbook;
use crate::domain::sentence::sentence;
use crate::domain::state::State;
use crate::tui::effect::RequestId;
use crate::tui::layout::CurvePanel;
use crate::tui::search::Finder;

use super::list::List;
use super::search::Search;

/// Events of one page: a screenful on the largest screen, many times over.
pub const PAGE: u32 = 500;
/// Characters of a line that are kept; the event itself can be opened.
const MAX_SAID: usize = 400;

/// What kind of news a line is; each has a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Something is done, or passes.
    Good,
    /// Something broke, or a gate was broken.
    Bad,
    /// Something was taken or sent back.
    Back,
    /// Anything else.
    Plain,
}

/// One event in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub who: MemberName,
    /// The name of the role in which it was signed, or which the person holds now.
    pub role: String,
    /// Whether a live check did it, and the person only ran golive.
    pub by_check: bool,
    /// What happened.
    pub said: String,
    /// What kind of news it is.
    pub mark: Mark,
    /// The item that it is about.
    pub item: Option<ItemId>,
}

impl Line {
    /// The line of an event.
    pub fn new(runbook: &Runbook, state: &State, event: &Event) -> Self {
        let mut said = sentence(runbook, event);
        if let Some((end, _)) = said.char_indices().nth(MAX_SAID) {
            said.truncate(end);
        }
        Self {
            seq: event.seq,
            at: event.at,
            who: event.by.name.clone(),
            by_check: by_check(&event.fact),
            role: role(runbook, state, event),
            said,
            mark: mark(&event.fact),
            item: event.fact.item().cloned(),
        }
    }
}

/// The role in which an event was signed; else the first that its author holds now.
fn role(runbook: &Runbook, state: &State, event: &Event) -> String {
    if by_check(&event.fact) {
        return "live check".to_owned();
    }
    let signed = match &event.fact {
        Fact::Ticked { signoff, .. } | Fact::StageSigned { signoff, .. }
            if signoff.member == event.by.name =>
        {
            Some(&signoff.role)
        }
        Fact::GoDecided { role, .. } => role.as_ref(),
        _ => None,
    };
    let held = || {
        let member = state.members.get(&event.by.name)?;
        runbook.roles.keys().find(|role| member.roles.contains(*role))
    };
    signed.or_else(held).map_or_else(String::new, |role| runbook.role_name(role).to_owned())
}

/// Whether a check did it. Such an event is signed by whoever's golive ran the check.
fn by_check(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Proven { .. }
            | Fact::Reopened { .. }
            | Fact::CheckSettled { .. }
            | Fact::FieldSet { captured_by: Some(_), .. }
    )
}

fn mark(fact: &Fact) -> Mark {
    use crate::domain::release::GoNoGo;
    use crate::domain::verdict::Verdict;
    match fact {
        Fact::Ticked { .. }
        | Fact::StageSigned { .. }
        | Fact::Proven { .. }
        | Fact::CheckSettled { verdict: Verdict::Pass, .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::WaiverGranted { .. }
        | Fact::ActionDone { .. }
        | Fact::GoDecided { outcome: GoNoGo::Go, .. } => Mark::Good,
        Fact::Reopened { .. }
        | Fact::CheckSettled { verdict: Verdict::Fail, .. }
        | Fact::GlassBroken { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::GoDecided { outcome: GoNoGo::NoGo, .. } => Mark::Bad,
        Fact::Unticked { .. }
        | Fact::Rejected { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::Undone { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleRemoved { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::ActionReset { .. } => Mark::Back,
        Fact::Opened { .. }
        | Fact::MemberAdded { .. }
        | Fact::KeyAdded { .. }
        | Fact::RoleAssigned { .. }
        | Fact::FieldSet { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::CheckSettled { verdict: Verdict::Pending | Verdict::Unknown, .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverRequested { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::GlassMended { .. }
        | Fact::Noted { .. }
        | Fact::TargetSet { .. }
        | Fact::Upgraded { .. }
        | Fact::ActionIntended { .. } => Mark::Plain,
    }
}

/// What lies before the lines that are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Older {
    /// Nothing has been read yet.
    #[default]
    Unread,
    /// A page that ends here.
    From(Head),
    /// A page that cannot be read; only a fresh start asks again.
    Broken,
    /// Nothing: the first event is known.
    Nothing,
}

/// Where the person is in the log.
#[derive(Debug, Clone, Default)]
pub struct Chronicle {
    /// The cursor over the rows that are shown.
    pub list: List,
    /// Which events are wanted.
    pub filter: LogFilter,
    /// The search, if there is one.
    pub search: Option<Search>,
    /// Where the curve of what was done is shown.
    pub curve: CurvePanel,
    /// The question for a page that is under way.
    pub asked: Option<RequestId>,
    lines: VecDeque<Line>,
    /// The numbers of the lines that a search has met, the newest first; none without a search.
    met: Option<VecDeque<u64>>,
    older: Older,
    /// The last event that has been looked at, admitted or not.
    newest: u64,
}

impl Chronicle {
    /// How many rows are shown.
    pub fn len(&self) -> usize {
        self.met.as_ref().map_or(self.lines.len(), VecDeque::len)
    }

    /// Whether none is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row that is shown.
    pub fn row(&self, at: usize) -> Option<&Line> {
        let Some(met) = &self.met else {
            return self.lines.get(at);
        };
        let seq = *met.get(at)?;
        // The newest first: numbers fall.
        let found = self.lines.partition_point(|line| line.seq > seq);
        self.lines.get(found).filter(|line| line.seq == seq)
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Line> {
        self.row(self.list.cursor)
    }

    /// What lies before the lines that are kept.
    pub fn older(&self) -> Older {
        self.older
    }

    /// Begins at the head again, with another filter.
    pub fn restart(&mut self, filter: LogFilter) {
        let search = self.search.take();
        *self = Self { filter, search, curve: self.curve, ..Self::default() };
        self.meet();
    }

    /// Where the next page ends, when one is wanted to fill `height` rows below the first in sight, and
    /// none is under way.
    pub fn wanted(&self, head: Head, height: usize) -> Option<Head> {
        if self.asked.is_some() {
            return None;
        }
        match self.older {
            Older::Unread => Some(head),
            Older::From(head) => (self.len() < self.list.top + height * 2).then_some(head),
            Older::Broken | Older::Nothing => None,
        }
    }

    /// A page was asked for.
    pub fn ask(&mut self, request: RequestId, up_to: Head) {
        self.asked = Some(request);
        self.newest = self.newest.max(up_to.seq);
    }

    /// Takes a page in that was asked for. `events` come with the newest first.
    pub fn page(&mut self, runbook: &Runbook, state: &State, events: &[Event], older: Option<Head>) {
        self.older = older.map_or(Older::Nothing, Older::From);
        let mut finder = self.finder();
        for event in events.iter().filter(|event| self.filter.admits(runbook, event)) {
            let line = Line::new(runbook, state, event);
            if let Some(met) = &mut self.met
                && meets(finder.as_mut(), &line)
            {
                met.push_back(line.seq);
            }
            self.lines.push_back(line);
        }
    }

    /// Takes what has just happened, the oldest first. The row under the cursor stays under it, unless it is
    /// the newest: then the cursor stays on the newest.
    pub fn news(&mut self, runbook: &Runbook, state: &State, events: &[Event]) {
        if self.older == Older::Unread && self.asked.is_none() {
            return;
        }
        let at_top = self.list.cursor == 0;
        let before = self.len();
        let mut finder = self.finder();
        for event in events {
            if event.seq <= self.newest {
                continue;
            }
            if event.seq > self.newest + 1 {
                // Something was not told: all is read again.
                return self.restart(self.filter.clone());
            }
            self.newest = event.seq;
            if !self.filter.admits(runbook, event) {
                continue;
            }
            let line = Line::new(runbook, state, event);
            if let Some(met) = &mut self.met
                && meets(finder.as_mut(), &line)
            {
                met.push_front(line.seq);
            }
            self.lines.push_front(line);
        }
        let added = self.len() - before;
        if !at_top {
            self.list.cursor += added;
            self.list.top += added;
        }
    }

    /// A page could not be read.
    pub fn broken(&mut self) {
        self.older = Older::Broken;
    }

    /// Looks for what the search says now, among the lines that are kept.
    pub fn meet(&mut self) {
        self.met = self.finder().map(|mut finder| {
            let hit = self.lines.iter().filter(|line| finder.score(&searched(line)).is_some());
            hit.map(|line| line.seq).collect()
        });
        self.list = List::default();
    }

    /// The same for a search that has only become longer: what was not met before is not now.
    pub fn meet_again(&mut self) {
        let (Some(mut finder), Some(met)) = (self.finder(), self.met.take()) else {
            return self.meet();
        };
        let line = |seq: u64| self.lines.get(self.lines.partition_point(|line| line.seq > seq));
        let still = met.into_iter().filter(|seq| line(*seq).is_some_and(|l| meets(Some(&mut finder), l)));
        self.met = Some(still.collect());
        self.list = List::default();
    }

    fn finder(&self) -> Option<Finder> {
        self.search.as_ref().map(Search::query).filter(|query| !query.trim().is_empty()).map(Finder::new)
    }
}

fn meets(finder: Option<&mut Finder>, line: &Line) -> bool {
    finder.is_none_or(|finder| finder.score(&searched(line)).is_some())
}

/// What a search looks at.
fn searched(line: &Line) -> String {
    format!("{} {} {}", line.who, line.role, line.said)
}
