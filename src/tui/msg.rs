//! What reaches the screen: input, the passing of time, answers, and news from elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::notify::Notice;
use crate::checks::NextRuns;
use crate::domain::burn_up::Point;
use crate::domain::digest::Digest;
use crate::domain::event::{Author, Event};
use crate::domain::head::Head;
use crate::domain::ids::{CheckId, EngagementId, MemberName, RoleId};
use crate::domain::open_work::OpenWork;
use crate::domain::readiness::CheckLine;
use crate::domain::refusal::Refusal;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::domain::summary::Summary;
use crate::domain::verdict::Observation;

use super::effect::{ReleaseWish, RequestId};
use super::input::{Input, Key, Size};
use super::model::gathered::Read;
use super::model::history::History;
use super::model::popup::Weight;
use super::model::validation::Seen;
use super::view::regions::Target;

/// One message. Each is handled at once and to the end; none waits for anything.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The mouse pressed something that is drawn.
    Press(Target),
    /// The mouse wheel turned over something that is drawn.
    Wheel(Target, Turn),
    /// The terminal has a new size.
    Resize(Size),
    /// Something on the screen is due to change by itself.
    Due,
    /// The summaries of all engagements, as many as are known yet.
    Portfolio {
        /// The question.
        request: RequestId,
        /// All that are known.
        answer: Result<Vec<Summary>, Failed>,
        /// Whether more will come with the same number.
        more: More,
    },
    /// An engagement was read.
    Opened {
        /// The question.
        request: RequestId,
        /// The engagement.
        answer: Result<Snapshot, Failed>,
    },
    /// What happened in an engagement.
    History {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// What is known of each item; an engagement is usable without.
        answer: Result<History, Failed>,
    },
    /// How much was done on each day.
    BurnUp {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// Its curve, oldest day first.
        answer: Result<Vec<Point>, Failed>,
    },
    /// What waits for the person at the screen in some engagements.
    Work {
        /// The question.
        request: RequestId,
        /// What waits in each of them.
        answer: Vec<(EngagementId, Read<OpenWork>)>,
    },
    /// How the live checks of some engagements stand.
    Checks {
        /// The question.
        request: RequestId,
        /// The checks of each of them.
        answer: Vec<(EngagementId, Read<CheckLine>)>,
    },
    /// Which roles there are in some engagements.
    Roles {
        /// The question.
        request: RequestId,
        /// The engagements.
        engagements: Vec<EngagementId>,
        /// The roles, those of most engagements first.
        answer: Result<Vec<RoleOffer>, Failed>,
    },
    /// A role was given to a person in some engagements, or not.
    AssignedMany {
        /// The question.
        request: RequestId,
        /// The person.
        member: MemberName,
        /// What came of it in each; why it was refused.
        answer: Vec<(EngagementId, Result<(), String>)>,
    },
    /// A report was written, or not.
    Reported {
        /// The question.
        request: RequestId,
        /// What was written where, in words.
        answer: Result<String, Failed>,
    },
    /// The last results of a check, newest first.
    Recent {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// The check.
        check: CheckId,
        /// The results.
        answer: Result<Vec<Observation>, Failed>,
    },
    /// A page of the log.
    LogPage {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// The page.
        answer: Result<LogPage, Failed>,
    },
    /// One event of the log was read.
    EventOpened {
        /// The question.
        request: RequestId,
        /// The event.
        answer: Result<Box<OpenedEvent>, Failed>,
    },
    /// The last results of all checks of an engagement.
    Results {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// What is known of each check that has run.
        answer: Result<Vec<CheckResults>, Failed>,
    },
    /// When the checks of an engagement run next.
    NextRuns {
        /// The question.
        request: RequestId,
        /// The engagement.
        engagement: EngagementId,
        /// Each check that is watched.
        answer: Result<NextRuns, Failed>,
    },
    /// A command was carried out, or not.
    Executed {
        /// The question.
        request: RequestId,
        /// What came of it.
        answer: Result<Change, Failed>,
    },
    /// Many commands were carried out in one go, or not.
    Bulked {
        /// The question.
        request: RequestId,
        /// What came of them.
        answer: Bulked,
    },
    /// The minutes of a kickoff were written, or not.
    MinutesWritten {
        /// The question.
        request: RequestId,
        /// The names of the files.
        answer: Result<Vec<String>, Failed>,
    },
    /// Checks were run; what they said comes as news.
    Checked {
        /// The question.
        request: RequestId,
        /// Whether they could be run.
        answer: Result<(), Failed>,
    },
    /// What an action would do.
    Planned {
        /// The question.
        request: RequestId,
        /// The plan.
        answer: Result<PlannedAction, Failed>,
    },
    /// An action was carried out, or not.
    Ended {
        /// The question.
        request: RequestId,
        /// What came of it.
        answer: Result<EndedAction, Failed>,
    },
    /// A text did not get to the clipboard.
    NotCopied {
        /// The text.
        text: String,
    },
    /// What each check of an engagement said last.
    Seen {
        /// The question.
        request: RequestId,
        /// By check.
        answer: Result<BTreeMap<CheckId, Seen>, Failed>,
    },
    /// A log was looked at again.
    Attested {
        /// The question.
        request: RequestId,
        /// What it is worth.
        answer: Result<Attestation, Failed>,
    },
    /// Going live was decided, or not.
    Released {
        /// The question.
        request: RequestId,
        /// What was wished for.
        wish: ReleaseWish,
        /// What came of it.
        answer: Result<Box<ReleasedAs>, NotReleased>,
    },
    /// What going over to another version of the runbook would do.
    UpgradePlanned {
        /// The question.
        request: RequestId,
        /// The plan.
        answer: Result<PlannedUpgrade, Failed>,
    },
    /// Something happened elsewhere.
    News(News),
}

/// What became of many commands, carried out one after the other.
#[derive(Debug, Clone)]
pub struct Bulked {
    /// The engagement after them, with all that happened; none when nothing did.
    pub change: Option<Change>,
    /// Why some of them were not carried out.
    pub failed: Vec<Failed>,
}

/// What a log is worth that was looked at from its first event to its last.
#[derive(Debug, Clone)]
pub struct Attestation {
    /// Its end.
    pub head: Head,
    /// What is wrong with it, a line each; nothing when it is what golive wrote.
    pub faults: Vec<String>,
    /// The events that were asked for.
    pub events: Vec<AttestedEvent>,
}

/// An event of such a log.
#[derive(Debug, Clone)]
pub struct AttestedEvent {
    /// Its sequence number.
    pub seq: u64,
    /// Who signed it, with which key.
    pub by: Author,
    /// Its hash.
    pub hash: Digest,
}

/// A decision whose release was written.
#[derive(Debug, Clone)]
pub struct ReleasedAs {
    /// Who decided.
    pub by: MemberName,
    /// The end of the log at the decision, its event included.
    pub head: Head,
    /// What was written: "written, with its signature and the allowed signers beside it".
    pub said: &'static str,
    /// The files: artefact, signature, allowed signers.
    pub files: [String; 3],
    /// Who decided, as the allowed signers name them.
    pub principal: String,
    /// The engagement after it.
    pub snapshot: Snapshot,
}

/// Why no release was written.
#[derive(Debug, Clone)]
pub enum NotReleased {
    /// Another file has the name; nothing was decided.
    Taken(String),
    /// It cannot be written there; nothing was decided.
    Place(String),
    /// It was refused, or went wrong.
    Failed(Failed),
}

/// What going over to another version of the runbook would do.
#[derive(Debug, Clone)]
pub enum PlannedUpgrade {
    /// Nothing: the engagement keeps this very runbook already.
    Nothing,
    /// The file is no runbook; its faults, as they are drawn elsewhere.
    Faulty(Vec<String>),
    /// The difference and what follows from it.
    Plan {
        /// A line each.
        lines: Vec<(Weight, String)>,
        /// Whether it would open a gate, which is refused.
        opens: bool,
    },
}

/// A page of the log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// The events, the newest first.
    pub events: Vec<Event>,
    /// Where the page before it ends; none at the beginning of the log.
    pub older: Option<Head>,
}

/// One event with all that stands behind it.
#[derive(Debug, Clone)]
pub struct OpenedEvent {
    /// The event.
    pub event: Event,
    /// Its hash.
    pub hash: Digest,
    /// The bytes that were hashed and signed, as text.
    pub body: String,
    /// The signature over them, armoured.
    pub signature: String,
    /// What the signature is for.
    pub namespace: &'static str,
    /// How many events the log has.
    pub last: u64,
    /// What is wrong with its place in the chain; none when nothing is.
    pub chain: Option<String>,
    /// What is wrong with its signature.
    pub signed: Option<String>,
    /// Why its author had no right to it.
    pub entitled: Option<String>,
}

/// What is known of a check.
#[derive(Debug, Clone)]
pub struct CheckResults {
    /// The check.
    pub check: CheckId,
    /// Its last results, the newest first.
    pub recent: Vec<Observation>,
    /// When it last passed, if it ever did.
    pub last_pass: Option<DateTime<Utc>>,
}

/// A role that can be given to a person in several engagements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleOffer {
    /// The role.
    pub role: RoleId,
    /// Its name in the first runbook that has it.
    pub name: String,
    /// How many of the engagements have it.
    pub within: usize,
}

/// What an action would do, in words.
#[derive(Debug, Clone)]
pub struct PlannedAction {
    /// Its title.
    pub title: String,
    /// What is confirmed and what would be sent where, a line each.
    pub words: Vec<String>,
}

/// What became of an action, in words.
#[derive(Debug, Clone)]
pub struct EndedAction {
    /// Its title.
    pub title: String,
    /// What became of it and what to do now, a line each.
    pub words: Vec<String>,
    /// The engagement after it.
    pub snapshot: Snapshot,
}

/// Whether an answer is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// More will come.
    ToCome {
        /// How many there are in all.
        total: usize,
    },
    /// That was all.
    Complete,
}

/// Which way the wheel turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Away from the person.
    Up,
    /// Towards the person.
    Down,
}

/// An engagement at one head of its log.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The runbook that it keeps.
    pub runbook: Arc<Runbook>,
    /// Its state.
    pub state: Arc<State>,
}

/// An engagement after something happened to it.
#[derive(Debug, Clone)]
pub struct Change {
    /// The engagement.
    pub snapshot: Snapshot,
    /// What happened.
    pub events: Vec<Event>,
}

/// What happened without being asked for from this screen.
#[derive(Debug, Clone)]
pub enum News {
    /// Events were written, by a check or by somebody else.
    Changed(Change),
    /// A check has a result.
    Observed {
        /// The engagement.
        engagement: EngagementId,
        /// The result.
        observation: Box<Observation>,
    },
    /// An engagement's line in the portfolio is another.
    Summed(Box<Summary>),
    /// Something to be told of even when nobody looks.
    Notice(Notice),
    /// Something that people must know went wrong behind the screen.
    Trouble(String),
}

/// Why something that was asked for was not done.
#[derive(Debug, Clone)]
pub enum Failed {
    /// The rules refuse it.
    Refused(Box<Refusal>),
    /// It could not be done.
    Broken {
        /// What went wrong.
        what: String,
        /// What to do about it.
        hints: Vec<String>,
    },
}

impl Msg {
    /// The message of an input that means the same wherever it happens; the mouse does not.
    pub fn of_input(input: Input) -> Option<Self> {
        match input {
            Input::Key(key) => Some(Self::Key(key)),
            Input::Paste(text) => Some(Self::Paste(text)),
            Input::Resize(size) => Some(Self::Resize(size)),
            Input::Mouse { .. } => None,
        }
    }
}
