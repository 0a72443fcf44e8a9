//! One engagement on the screen: where the person is in it, and what is known of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::assess::{Assessment, Gate, ItemAssessment, StageAssessment, assess};
use crate::domain::blocker::{Blocker, gate_blockers};
use crate::domain::event::Author;
use crate::domain::ids::{CheckId, EngagementId, ItemId, RoleId};
use crate::domain::runbook::{Item, Place, Runbook, Stage};
use crate::domain::state::State;
use crate::domain::verdict::{Observation, Verdict};
use crate::tui::effect::RequestId;
use crate::tui::keymap::Context;
use crate::tui::msg::Snapshot;

use super::chronicle::Chronicle;
use super::history::History;
use super::kickoff::Kickoff;
use super::list::List;
use super::readiness::Readiness;
use super::rows::{Row, Rows};
use super::search::Search;
use super::validation::Validation;

/// Results kept of one check: as many as a sparkline has cells.
pub const RECENT: usize = 32;
/// How long a row that has changed by itself is marked.
pub const FLASH: Duration = Duration::from_secs(3);

/// The screens of one engagement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Room {
    /// Stages, items and one item in full.
    #[default]
    Items,
    /// The presenter's view of the kickoff.
    Kickoff,
    /// The live checks.
    Readiness,
    /// The go/no-go board.
    Validation,
    /// The log.
    History,
}

impl Room {
    /// Where the keys go in it.
    pub fn context(self) -> Context {
        match self {
            Self::Items => Context::Engagement,
            Self::Kickoff => Context::Kickoff,
            Self::Readiness => Context::Readiness,
            Self::Validation => Context::Validation,
            Self::History => Context::History,
        }
    }
}

/// The panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Panel {
    /// The stages.
    Stages,
    /// The items of one stage.
    Items,
    /// One item in full.
    Detail,
}

impl Panel {
    /// The panel to the right; the last stays.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Stages => Self::Items,
            Self::Items | Self::Detail => Self::Detail,
        }
    }

    /// The panel to the left; the first stays.
    #[must_use]
    pub fn prev(self) -> Self {
        match self {
            Self::Detail => Self::Items,
            Self::Items | Self::Stages => Self::Stages,
        }
    }
}

/// Blockers of a gate that are named.
const HELD: usize = 5;

/// What holds a stage shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which stage.
    pub stage: usize,
    /// How many things.
    pub count: usize,
    /// The first of them.
    pub first: Vec<Blocker>,
}

/// What is being written or run, and for which item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The item that it is about, if it is about one.
    pub item: Option<ItemId>,
}

/// One engagement.
#[derive(Debug)]
pub struct Engagement {
    /// Which one.
    pub id: EngagementId,
    /// The runbook that it keeps.
    pub runbook: Arc<Runbook>,
    /// Its state.
    pub state: Arc<State>,
    /// The state at a moment; made anew only when the state changes or a tick expires.
    pub assessment: Assessment,
    /// When time alone changes the assessment next.
    pub turns: Option<DateTime<Utc>>,
    /// Who the person at the screen is here: the member that the key speaks for.
    pub me: Author,
    /// The roles of the person at the screen; none for an onlooker.
    pub my_roles: Vec<RoleId>,
    /// Which of its screens is shown.
    pub room: Room,
    /// The presenter's view.
    pub kickoff: Kickoff,
    /// The live checks.
    pub readiness: Readiness,
    /// The go/no-go board.
    pub validation: Validation,
    /// The log.
    pub chronicle: Chronicle,
    /// The cursor over the stages.
    pub stages: List,
    /// The rows of the items panel.
    pub rows: Rows,
    /// Which panel has the keys.
    pub panel: Panel,
    /// The first line of the detail in sight.
    pub detail_top: usize,
    /// The search over all items, if there is one.
    pub search: Option<Search>,
    /// What happened, once it has been read.
    pub history: History,
    /// The last results of checks, newest first.
    pub recent: HashMap<CheckId, VecDeque<Observation>>,
    /// Checks whose results have been asked for.
    pub asked: HashSet<CheckId>,
    /// Checks that the person has started, whose results are told when they come.
    pub started: HashSet<CheckId>,
    /// What is under way.
    pub pending: HashMap<RequestId, Pending>,
    /// What holds a stage shut, once it has been asked.
    pub held: Option<Held>,
    /// Items that have just changed by themselves, and until when that is shown.
    pub flashes: Vec<(ItemId, Duration)>,
}

impl Engagement {
    /// The screen of an engagement, with the cursor on the first open item of the current stage.
    pub fn new(snapshot: Snapshot, me: &Author, now: DateTime<Utc>) -> Self {
        let Snapshot { runbook, state } = snapshot;
        let assessment = assess(&runbook, &state, now);
        let last = runbook.stages().len().saturating_sub(1);
        let stage = assessment.current.unwrap_or(last);
        let mut rows = Rows::of_stage(&runbook, stage);
        let open =
            assessment.stages.get(stage).and_then(|s| s.items.iter().position(|item| !item.status.settled()));
        if let Some(item) = open {
            rows.find(Place { stage, item });
        }
        let (me, my_roles) = member(&runbook, &state, me);
        Self {
            id: state.engagement.clone(),
            turns: next_turn(&runbook, &state, &assessment, now),
            runbook,
            state,
            assessment,
            me,
            my_roles,
            room: Room::default(),
            kickoff: Kickoff::default(),
            readiness: Readiness::default(),
            validation: Validation::default(),
            chronicle: Chronicle::default(),
            stages: List { cursor: stage, top: 0 },
            rows,
            panel: Panel::Items,
            detail_top: 0,
            search: None,
            history: History::default(),
            recent: HashMap::new(),
            asked: HashSet::new(),
            started: HashSet::new(),
            pending: HashMap::new(),
            held: None,
            flashes: Vec::new(),
        }
    }

    /// Takes a newer state in; one that is older than what is shown is not. The cursor stays.
    pub fn take(&mut self, snapshot: Snapshot, me: &Author, now: DateTime<Utc>) -> bool {
        if snapshot.state.engagement != self.id || snapshot.state.head.seq < self.state.head.seq {
            return false;
        }
        let other_runbook = snapshot.runbook.digest != self.runbook.digest;
        let selected = self.item().map(|(_, item)| item.id.clone());
        self.runbook = snapshot.runbook;
        self.state = snapshot.state;
        self.reassess(now);
        (self.me, self.my_roles) = member(&self.runbook, &self.state, me);
        if other_runbook {
            self.search = None;
            match selected.and_then(|id| self.runbook.place(id.as_str())) {
                Some(place) => self.jump(place),
                None => self.show_stage(self.stages.cursor),
            }
        }
        true
    }

    /// Assesses anew, for what depends on the time of day.
    pub fn reassess(&mut self, now: DateTime<Utc>) {
        self.assessment = assess(&self.runbook, &self.state, now);
        self.turns = next_turn(&self.runbook, &self.state, &self.assessment, now);
        self.readiness.stale = true;
        self.held = None;
    }

    /// Shows the rows of a stage.
    pub fn show_stage(&mut self, stage: usize) {
        let stage = stage.min(self.runbook.stages().len().saturating_sub(1));
        self.stages.cursor = stage;
        self.rows = Rows::of_stage(&self.runbook, stage);
        self.detail_top = 0;
    }

    /// Goes to an item, wherever it is.
    pub fn jump(&mut self, place: Place) {
        self.show_stage(place.stage);
        self.rows.find(place);
        self.panel = Panel::Items;
    }

    /// The stage under the cursor, with how it stands.
    pub fn stage(&self) -> Option<(&Stage, &StageAssessment)> {
        let at = self.stages.cursor;
        Some((self.runbook.stages().get(at)?, self.assessment.stages.get(at)?))
    }

    /// The item under the cursor.
    pub fn item(&self) -> Option<(Place, &Item)> {
        let place = self.rows.selected()?.item()?;
        Some((place, self.at(place)?.0))
    }

    /// The part under the cursor.
    pub fn part(&self) -> Option<usize> {
        match self.rows.selected()? {
            Row::Part(_, part) => Some(part),
            Row::Item(_) | Row::Group(_) => None,
        }
    }

    /// An item with how it stands.
    pub fn at(&self, place: Place) -> Option<(&Item, &ItemAssessment)> {
        let item = self.runbook.stages().get(place.stage)?.items.get(place.item)?;
        Some((item, self.assessment.stages.get(place.stage)?.items.get(place.item)?))
    }

    /// Whether the person leads here.
    pub fn leads(&self) -> bool {
        let mut leads = self.runbook.roles.values().filter(|r| r.lead).peekable();
        if leads.peek().is_none() {
            return self.state.opener.name == self.me.name;
        }
        leads.any(|r| self.my_roles.contains(&r.id))
    }

    /// How many stages are shut.
    pub fn shut(&self) -> usize {
        self.assessment.stages.iter().filter(|s| s.gate == Gate::Shut).count()
    }

    /// Whether something about an item is under way.
    pub fn is_pending(&self, item: &ItemId) -> bool {
        self.pending.values().any(|p| p.item.as_ref() == Some(item))
    }

    /// Whether an item is marked as just changed.
    pub fn flashes(&self, item: &ItemId) -> bool {
        self.flashes.iter().any(|(id, _)| id == item)
    }

    /// Takes a result of a check in.
    pub fn observed(&mut self, observation: Observation) {
        self.readiness.stale = true;
        if observation.verdict == Verdict::Pass {
            self.passed(&observation.check, observation.at);
        }
        let line = self.recent.entry(observation.check.clone()).or_default();
        if line.front().is_some_and(|last| last.at >= observation.at) {
            return;
        }
        line.push_front(observation);
        line.truncate(RECENT);
    }

    /// Takes older results of a check in, the newest first. What has come in meanwhile stays.
    pub fn recalled(&mut self, check: &CheckId, observations: Vec<Observation>) {
        self.readiness.stale = true;
        let pass = observations.iter().find(|o| o.verdict == Verdict::Pass).map(|o| o.at);
        let line = self.recent.entry(check.clone()).or_default();
        let oldest = line.back().map(|o| o.at);
        let older = observations.into_iter().filter(|o| oldest.is_none_or(|at| o.at < at));
        line.extend(older);
        line.truncate(RECENT);
        if let Some(at) = pass {
            self.passed(check, at);
        }
    }

    /// A check is known to have passed at a moment.
    pub fn passed(&mut self, check: &CheckId, at: DateTime<Utc>) {
        let last = self.readiness.last_pass.entry(check.clone()).or_insert(at);
        *last = at.max(*last);
    }

    /// What holds the stage under the cursor shut; nothing of one that is open.
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.stage == self.stages.cursor)
    }

    /// Finds out what holds the stage under the cursor, unless that is known: it takes time in proportion
    /// to all items, which a frame must not.
    pub fn find_held(&mut self) {
        let stage = self.stages.cursor;
        if self.held().is_some() {
            return;
        }
        let blockers = match self.assessment.gate(stage) {
            Gate::Open => Vec::new(),
            Gate::Shut | Gate::Warned | Gate::BreakGlass => {
                gate_blockers(&self.runbook, &self.state, &self.assessment, stage)
            }
        };
        let count = blockers.len();
        self.held = Some(Held { stage, count, first: blockers.into_iter().take(HELD).collect() });
    }
}

/// The member that the key speaks for, and that member's roles in the runbook's order. A key that speaks
/// for nobody leaves the person an onlooker under the name they go by.
fn member(runbook: &Runbook, state: &State, me: &Author) -> (Author, Vec<RoleId>) {
    let Some((name, member)) = state.member_of_key(&me.key) else {
        return (me.clone(), Vec::new());
    };
    let roles = runbook.roles.keys().filter(|r| member.roles.contains(*r)).cloned().collect();
    (Author { name: name.clone(), key: me.key.clone() }, roles)
}

/// The next moment at which a tick expires or is near enough to it to warn, or a waiver ends.
fn next_turn(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let items =
        runbook.stages().iter().zip(&assessment.stages).flat_map(|(s, a)| s.items.iter().zip(&a.items));
    let ticks = items.flat_map(|(_, a)| [a.warns, a.expires]).flatten();
    let broken = state.broken.values().filter(|glass| glass.mended.is_none()).map(|glass| glass.until);
    let waivers = state.items.values().filter_map(|i| i.waiver.as_ref().map(|w| w.request.until));
    ticks.chain(waivers).chain(broken).filter(|at| *at > now).min()
}
