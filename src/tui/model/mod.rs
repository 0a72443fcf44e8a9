//! All that a screen knows. Changed by `update` only, read by `view` only.

pub mod all_checks;
pub mod batch;
pub mod burn_up;
pub mod chronicle;
pub mod columns;
pub mod edits;
pub mod engagement;
pub mod event_window;
pub mod filters;
pub mod gathered;
pub mod grouped;
pub mod guide;
pub mod history;
pub mod kickoff;
pub mod list;
pub mod my_work;
pub mod palette;
pub mod popup;
pub mod portfolio;
pub mod progress;
pub mod readiness;
pub mod rows;
pub mod search;
pub mod toast;
pub mod today;
pub mod validation;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::event::Author;
use crate::domain::ids::{EngagementId, ItemId};

use super::effect::{Effect, RequestId};
use super::input::{Key, Size};
use super::keymap::{Act, Context, Keymap};
use super::look::Look;
use super::words::time;

use all_checks::AllChecks;
use burn_up::BurnUps;
use edits::Edits;
use engagement::{Engagement, Panel, Room};
use filters::Viewer;
use guide::Guide;
use kickoff::Kickoff;
use my_work::MyWork;
use popup::Popup;
use portfolio::{Portfolio, Reading};
use progress::Progress;
use search::{Search, Searches, Typing};
use toast::{Toasts, Tone};
use today::Today;

/// The time, twice: on the clock, which may stand still or jump, and since the program's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// On the clock.
    pub at: DateTime<Utc>,
    /// Since the start.
    pub up: Duration,
}

/// Where a screen begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With all engagements.
    Portfolio,
    /// With one.
    Engagement(EngagementId),
}

/// The screens of all engagements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Overview {
    /// The list of all engagements.
    #[default]
    Portfolio,
    /// What needs attention today.
    Today,
    /// What waits for my roles, everywhere.
    MyWork,
    /// The live checks of all engagements.
    AllChecks,
}

/// The screen that is shown.
#[derive(Debug)]
pub enum Screen {
    /// All engagements; [`Model::overview`] says in which view.
    Overview,
    /// One engagement, being read; the overview is shown until then.
    Opening {
        /// The question.
        request: RequestId,
        /// Which one.
        engagement: EngagementId,
        /// In which room it will be shown.
        room: Room,
        /// On which item the cursor will stand; none for where work goes on.
        item: Option<ItemId>,
    },
    /// One engagement.
    Engagement(Box<Engagement>),
}

/// All that one person's screen knows.
#[derive(Debug)]
pub struct Model {
    /// Who sits at the screen, and the key that signs.
    pub me: Author,
    /// How it looks.
    pub look: Look,
    /// Which key does what.
    pub keys: Keymap,
    /// How large it is.
    pub size: Size,
    /// The time of the last message.
    pub now: Now,
    /// What is shown.
    pub screen: Screen,
    /// Which view of all engagements is shown, or lies under the engagement that is.
    pub overview: Overview,
    /// All engagements.
    pub portfolio: Portfolio,
    /// What needs attention today.
    pub today: Today,
    /// What waits for my roles.
    pub my_work: MyWork,
    /// The live checks of all engagements.
    pub all_checks: AllChecks,
    /// How much was done when, of engagements whose curve was shown.
    pub burn_ups: BurnUps,
    /// Where the kickoffs are of engagements that are not shown, the last shown last.
    pub kickoffs: Vec<(EngagementId, Kickoff)>,
    /// The searches of screens that keep none of their own.
    pub searches: Searches,
    /// The windows, the topmost last.
    pub popups: Vec<Popup>,
    /// What has just happened.
    pub toasts: Toasts,
    /// What the line that is typed was before.
    pub edits: Edits,
    /// What is under way.
    pub progress: Progress,
    /// How far a newcomer is; none for everybody else.
    pub guide: Option<Guide>,
    version: u64,
    requests: u64,
}

/// Windows that may lie over each other; more would not be understood by anybody.
const MAX_POPUPS: usize = 4;

impl Model {
    /// A screen of a size that has yet to be filled, and what it asks for first.
    pub fn new(me: Author, look: Look, size: Size, start: Start, now: Now) -> (Self, Vec<Effect>) {
        let viewer = Viewer { me: me.name.clone(), at: now.at, today: look.zone.wall(now.at).date() };
        let mut model = Self {
            me,
            look,
            keys: Keymap::default(),
            size,
            now,
            screen: Screen::Overview,
            overview: Overview::default(),
            portfolio: Portfolio::new(viewer),
            today: Today::default(),
            my_work: MyWork::default(),
            all_checks: AllChecks::default(),
            burn_ups: BurnUps::default(),
            kickoffs: Vec::new(),
            searches: Searches::default(),
            popups: Vec::new(),
            toasts: Toasts::default(),
            edits: Edits::default(),
            progress: Progress::default(),
            guide: None,
            version: 1,
            requests: 0,
        };
        let effects = match start {
            Start::Portfolio => vec![model.load_portfolio()],
            Start::Engagement(id) => vec![model.open(id)],
        };
        for effect in &effects {
            model.progress.begin(effect, now.up);
        }
        (model, effects)
    }

    /// Grows whenever something that is drawn has changed: an unchanged screen is not drawn again.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Says that something that is drawn has changed.
    pub fn touch(&mut self) {
        self.version += 1;
    }

    /// A number for the next question.
    pub fn request(&mut self) -> RequestId {
        self.requests += 1;
        RequestId(self.requests)
    }

    /// Asks for all engagements.
    pub fn load_portfolio(&mut self) -> Effect {
        let request = self.request();
        self.portfolio.ask(request, self.now.at);
        Effect::LoadPortfolio { request, lines: self.size.height }
    }

    /// Asks for one engagement, to be shown as its stages and items.
    pub fn open(&mut self, engagement: EngagementId) -> Effect {
        self.open_in(engagement, Room::default())
    }

    /// Asks for one engagement, to be shown in a room.
    pub fn open_in(&mut self, engagement: EngagementId, room: Room) -> Effect {
        self.open_at(engagement, room, None)
    }

    /// Asks for one engagement, to be shown in a room with the cursor on an item.
    pub fn open_at(&mut self, engagement: EngagementId, room: Room, item: Option<ItemId>) -> Effect {
        let request = self.request();
        self.screen = Screen::Opening { request, engagement: engagement.clone(), room, item };
        Effect::Open { request, engagement }
    }

    /// Where the keys go.
    pub fn context(&self) -> Context {
        if let Some(popup) = self.popups.last() {
            return popup.context();
        }
        if self.engagement().is_some_and(|e| e.room == Room::Kickoff && e.kickoff.draft.is_some()) {
            return Context::Draft;
        }
        match self.search() {
            Some(search) if search.typing == Typing::Yes => Context::Search,
            Some(_) | None => self.screen_context(),
        }
    }

    /// Where the keys go when no window is open and no search is typed.
    pub fn screen_context(&self) -> Context {
        match &self.screen {
            Screen::Engagement(engagement) => engagement.room.context(),
            Screen::Overview | Screen::Opening { .. } => match self.overview {
                Overview::Portfolio => Context::Portfolio,
                Overview::Today => Context::Today,
                Overview::MyWork => Context::MyWork,
                Overview::AllChecks => Context::AllChecks,
            },
        }
    }

    /// What stands on the key for an act of the screen, for words that name it. An act without a key is
    /// in the palette.
    pub fn key(&self, act: Act) -> String {
        let context = self.screen_context();
        let key = self.keys.key(context, act).or_else(|| self.keys.key(context, Act::Palette));
        key.map_or_else(String::new, Key::name)
    }

    /// The search of the screen that is shown, if there is one.
    pub fn search(&self) -> Option<&Search> {
        match self.screen_context() {
            Context::Portfolio => self.portfolio.search.as_ref(),
            Context::Engagement => self.engagement().and_then(|e| e.search.as_ref()),
            Context::History => self.engagement().and_then(|e| e.chronicle.search.as_ref()),
            other => self.searches.of(other),
        }
    }

    /// The same, to be changed.
    pub fn search_mut(&mut self) -> Option<&mut Search> {
        match self.screen_context() {
            Context::Portfolio => self.portfolio.search.as_mut(),
            Context::Engagement => self.engagement_mut().and_then(|e| e.search.as_mut()),
            Context::History => self.engagement_mut().and_then(|e| e.chronicle.search.as_mut()),
            other => self.searches.of_mut(other),
        }
    }

    /// What the screen is searched for; empty when for nothing.
    pub fn query(&self) -> &str {
        self.search().map_or("", Search::query)
    }

    /// Whether a view of all engagements is shown.
    pub fn shows(&self, overview: Overview) -> bool {
        self.overview == overview && matches!(self.screen, Screen::Overview)
    }

    /// The engagement that is shown.
    pub fn engagement(&self) -> Option<&Engagement> {
        match &self.screen {
            Screen::Engagement(engagement) => Some(engagement),
            Screen::Overview | Screen::Opening { .. } => None,
        }
    }

    /// The engagement that is shown, to be changed.
    pub fn engagement_mut(&mut self) -> Option<&mut Engagement> {
        match &mut self.screen {
            Screen::Engagement(engagement) => Some(engagement),
            Screen::Overview | Screen::Opening { .. } => None,
        }
    }

    /// Opens a window over the others.
    pub fn push(&mut self, popup: Popup) {
        if self.popups.len() < MAX_POPUPS {
            self.popups.push(popup);
        }
        self.touch();
    }

    /// Says something for a moment.
    pub fn toast(&mut self, text: impl Into<String>, tone: Tone) {
        let up = self.now.up;
        self.toasts.show(text.into(), tone, up);
        self.touch();
    }

    /// Whether an answer is awaited that will change what is shown.
    pub fn awaits(&self) -> bool {
        match &self.screen {
            Screen::Opening { .. } => true,
            Screen::Overview => matches!(self.portfolio.reading, Reading::Asked(_)),
            Screen::Engagement(engagement) => !engagement.pending.is_empty(),
        }
    }

    /// How long until something on the screen changes by itself; none when nothing will.
    pub fn wake(&self) -> Option<Duration> {
        let shown = self.toasts.next();
        let run = self.engagement().and_then(|e| e.validation.run.as_ref()).map(|run| run.until);
        let batch = self.engagement().and_then(|e| e.readiness.batch.as_ref()).map(|batch| batch.until);
        let everywhere = self.all_checks.batch.as_ref().map(|batch| batch.until);
        let flash = self.engagement().and_then(|e| e.flashes.iter().map(|(_, until)| *until).min());
        let busy = self.progress.next(self.now.up);
        let runs = self
            .engagement()
            .filter(|e| e.room == Room::Readiness && e.readiness.asking.is_none())
            .and_then(|e| e.readiness.ask_at);
        let by_start = [shown, flash, busy, run, batch, everywhere, runs]
            .into_iter()
            .flatten()
            .map(|until| until.saturating_sub(self.now.up));
        let by_clock = self.clock_wake().into_iter().filter_map(|wait| wait.to_std().ok());
        by_start.chain(by_clock).min()
    }

    /// How long until a text that tells an age reads differently, or time changes the assessment.
    fn clock_wake(&self) -> Option<TimeDelta> {
        let now = self.now.at;
        let Some(engagement) = self.engagement() else {
            // Days left and days quiet: once an hour is often enough.
            let hourly = (!self.portfolio.is_empty()).then(|| TimeDelta::hours(1));
            let turn = self.portfolio.turns().map(|at| (at - now).max(TimeDelta::zero()));
            return hourly.into_iter().chain(turn).min();
        };
        let turn = engagement.turns.map(|at| (at - now).max(TimeDelta::zero()));
        // The age of a verdict is told where the item is shown in full.
        let since = engagement
            .item()
            .filter(|_| engagement.room == Room::Items)
            .and_then(|(_, item)| item.check.as_ref())
            .and_then(|check| engagement.state.checks.get(&check.check))
            .map(|check| time::until_next(now - check.since));
        // The time that a kickoff has taken is told in minutes, and only while it is shown.
        let kickoff = engagement.kickoff.begun.filter(|_| engagement.room == Room::Kickoff).map(|begun| {
            let span = self.now.up.saturating_sub(begun.up);
            time::until_next(TimeDelta::from_std(span).unwrap_or_default())
        });
        let board = match engagement.room {
            Room::Validation => engagement.validation.wake(now),
            Room::Items | Room::Kickoff | Room::Readiness | Room::History => None,
        };
        let ages = readiness::clock_wake(engagement, now);
        [turn, since, kickoff, board, ages].into_iter().flatten().min()
    }

    /// The panel that has the keys.
    pub fn panel(&self) -> Option<Panel> {
        self.engagement().map(|e| e.panel)
    }
}
