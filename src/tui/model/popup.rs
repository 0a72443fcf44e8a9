//! The windows that open over a screen. Each is a struct of its own; the topmost has the keys.

use chrono::{DateTime, TimeDelta, Utc};
use tui_input::Input;

use crate::domain::blocker::Blocker;
use crate::domain::command::{Command, NewKey};
use crate::domain::fresh::Witnesses;
use crate::domain::ids::{
    ActionId, DecisionId, EngagementId, FieldId, ItemId, MemberName, PartId, RoleId, SecretId, StageId,
};
use crate::domain::log_filter::LogFilter;
use crate::domain::release::GoNoGo;
use crate::domain::runbook::Runbook;
use crate::domain::state::State;
use crate::identity::PublicKey;
use crate::tui::effect::{Capacity, ReleaseWish, RequestId};
use crate::tui::keymap::{Context, Keymap};
use crate::tui::view::help::{self, HelpRow};

use super::columns::Sort;
use super::event_window::EventWindow;
use super::filters::Filter;
use super::list::List;
use super::palette::Palette;

/// A window.
#[derive(Debug, Clone)]
pub enum Popup {
    /// The keys of a screen.
    Help(Help),
    /// What holds a gate, or why something was refused.
    Why(Why),
    /// A text is asked for.
    Ask(Ask),
    /// One of several.
    Choose(Choose),
    /// Yes or no.
    Confirm(Confirm),
    /// Decisions, fields and secrets.
    Facts(List),
    /// The people.
    Members(List),
    /// Something to read, and a question at its end if there is one.
    Sheet(Sheet),
    /// One event of the log.
    Event(Box<EventWindow>),
    /// Every act by name.
    Palette(Palette),
}

impl Popup {
    /// Where the keys go while it is on top.
    pub fn context(&self) -> Context {
        match self {
            Self::Help(_) => Context::Help,
            Self::Event(_) | Self::Sheet(Sheet { choice: None, .. }) => Context::Reading,
            Self::Why(why) if why.blockers.is_empty() => Context::Reading,
            Self::Why(_) | Self::Choose(_) => Context::List,
            Self::Ask(_) => Context::Input,
            Self::Confirm(_) | Self::Sheet(Sheet { choice: Some(_), .. }) => Context::Confirm,
            Self::Facts(_) => Context::Facts,
            Self::Members(_) => Context::Members,
            Self::Palette(_) => Context::Palette,
        }
    }
}

/// The keys of a screen.
#[derive(Debug, Clone)]
pub struct Help {
    /// Which screen's.
    pub context: Context,
    /// What is typed.
    pub input: Input,
    /// The rows that it meets.
    pub rows: Vec<HelpRow>,
    /// The line at the top.
    pub list: List,
}

impl Help {
    /// The help of a screen.
    pub fn of(context: Context, keys: &Keymap) -> Self {
        let rows = help::rows(context, keys, "");
        Self { context, input: Input::default(), rows, list: List::default() }
    }

    /// Looks for what is typed.
    pub fn find(&mut self, keys: &Keymap) {
        self.rows = help::rows(self.context, keys, self.input.value());
        self.list = List::default();
    }
}

/// Words, and blockers below them.
#[derive(Debug, Clone)]
pub struct Why {
    /// The title.
    pub title: String,
    /// What there is to say.
    pub words: Vec<String>,
    /// What is open, if that is the reason.
    pub blockers: Vec<Blocker>,
    /// The cursor over the blockers.
    pub list: List,
}

/// Something to read, as long as it needs to be.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The title.
    pub title: String,
    /// What there is to read.
    pub lines: Vec<SheetLine>,
    /// The first line in sight.
    pub list: List,
    /// The answer that is waited for, and the line from which it stands.
    pub waits: Option<(RequestId, usize)>,
    /// What is done on yes, where that is asked.
    pub choice: Option<Choice>,
}

impl Sheet {
    /// Something to read.
    pub fn new(title: impl Into<String>, lines: Vec<SheetLine>) -> Self {
        Self { title: title.into(), lines, list: List::default(), waits: None, choice: None }
    }
}

/// One line of it, which may need several on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// What it is about; nothing where that is said above.
    pub label: String,
    /// The words.
    pub text: String,
    /// What they mean.
    pub weight: Weight,
}

impl SheetLine {
    /// A line with a label.
    pub fn new(label: impl Into<String>, text: impl Into<String>, weight: Weight) -> Self {
        Self { label: label.into(), text: text.into(), weight }
    }
}

/// What a line means: told by its words or its sign too, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Nothing special.
    Plain,
    /// Less important than what stands beside it.
    Muted,
    /// What the rest is about.
    Title,
    /// As it should be.
    Good,
    /// Wants attention.
    Warn,
    /// Wrong.
    Bad,
}

/// A text is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The title.
    pub title: String,
    /// What to write, in a line.
    pub hint: String,
    /// What is written so far.
    pub input: Input,
    /// What it is for.
    pub purpose: Purpose,
    /// Why the text will not do, as far as that is known while it is typed.
    pub fault: Option<String>,
}

/// What a text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A remark.
    Note(ItemId),
    /// Evidence.
    Evidence(ItemId),
    /// Why an item does not apply.
    NotApplicable(ItemId),
    /// Why an item is sent back.
    Reject(ItemId),
    /// Why an exception is asked for, and when it ends unless a day says otherwise.
    Waive(ItemId, DateTime<Utc>),
    /// How long, from this moment, and why a gate is opened in an emergency; none is the last gate.
    BreakGlass(Option<StageId>, DateTime<Utc>),
    /// Why an emergency is over.
    MendGlass(Option<StageId>),
    /// Why a tick is taken back.
    Untick(ItemId, Option<PartId>),
    /// The value of a field.
    Field(FieldId),
    /// The value of a decision.
    Decision(DecisionId),
    /// Who gets a role.
    Assign(RoleId),
    /// A public key of a person.
    Key(MemberName),
    /// Why a go or a no-go is decided, given what the checks said last.
    Decide(GoNoGo, Witnesses),
    /// Where the release of a decision is written.
    ReleaseTo(ReleaseWish, Witnesses),
    /// Which version of the runbook to go over to.
    UpgradeTo,
    /// Something about several engagements.
    Many(Many),
}

/// What a text is for that several engagements are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Many {
    /// Who gets a role in each of them.
    Assign(RoleId, Vec<EngagementId>),
    /// The file of a report on them.
    Report(Vec<EngagementId>),
}

impl Purpose {
    /// The command that follows from the text, if one does. A name that is none says why.
    pub fn command(&self, text: &str) -> Result<Option<Command>, String> {
        let text = text.to_owned();
        Ok(Some(match self {
            Self::Decide(outcome, seen) => {
                let reason = Some(text).filter(|t| *outcome == GoNoGo::NoGo || !t.trim().is_empty());
                Command::DecideGo { outcome: *outcome, reason, seen: seen.clone() }
            }
            Self::ReleaseTo(..) if text.trim().is_empty() => return Err("name a file".to_owned()),
            Self::ReleaseTo(wish, seen) => {
                let (outcome, reason) = (wish.outcome, wish.reason.clone());
                Command::DecideGo { outcome, reason, seen: seen.clone() }
            }
            Self::UpgradeTo => return Ok(None),
            Self::Note(item) => Command::Note { item: Some(item.clone()), text },
            Self::Evidence(item) => Command::AddEvidence { item: item.clone(), evidence: text.into() },
            Self::NotApplicable(item) => Command::MarkNotApplicable { item: item.clone(), reason: text },
            Self::Reject(item) => Command::Reject { item: item.clone(), reason: text },
            Self::Waive(item, usual) => {
                let (until, reason) = day_and_words(&text).unwrap_or((*usual, text.as_str()));
                Command::RequestWaiver { item: item.clone(), reason: reason.to_owned(), until }
            }
            Self::BreakGlass(stage, now) => {
                let wrong = || "first how long, then why: 4h the shop is down".to_owned();
                let (length, reason) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
                let length = humantime::parse_duration(length).map_err(|_| wrong())?;
                let length = TimeDelta::from_std(length).map_err(|_| wrong())?;
                let until = now.checked_add_signed(length).ok_or_else(wrong)?;
                Command::BreakGlass { stage: stage.clone(), reason: reason.to_owned(), until }
            }
            Self::MendGlass(stage) => Command::MendGlass { stage: stage.clone(), reason: text },
            Self::Untick(item, part) => {
                Command::Untick { item: item.clone(), part: part.clone(), reason: text }
            }
            Self::Field(field) => Command::SetField { field: field.clone(), value: text },
            Self::Decision(decision) => Command::Propose { decision: decision.clone(), value: text },
            Self::Many(_) => return Err("this is about several engagements".to_owned()),
            Self::Key(member) => {
                let key = PublicKey::parse(&text).map_err(|e| e.to_string())?;
                let key = NewKey::new(key.fingerprint().clone(), key.to_string());
                Command::AddKey { member: member.clone(), key }
            }
            Self::Assign(role) => {
                let member = MemberName::new(&text).map_err(|e| e.to_string())?;
                Command::Assign { role: role.clone(), member, key: None }
            }
        }))
    }
}

/// The end of the day that a text begins with, and the rest of it.
fn day_and_words(text: &str) -> Option<(DateTime<Utc>, &str)> {
    let (first, rest) = text.trim().split_once(char::is_whitespace)?;
    let day: chrono::NaiveDate = first.parse().ok()?;
    Some((day.and_hms_opt(23, 59, 59)?.and_utc(), rest))
}

/// One of several.
#[derive(Debug, Clone)]
pub struct Choose {
    /// The title.
    pub title: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// The cursor.
    pub list: List,
}

/// One thing that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// In which capacity.
    pub capacity: Capacity,
    /// What is done when it is chosen.
    pub deed: Deed,
}

/// What follows from a choice.
#[derive(Debug, Clone)]
pub enum Deed {
    /// An event of the engagement.
    Command(Command),
    /// A text is asked for.
    Ask {
        /// The title of the window.
        title: String,
        /// What to write.
        hint: String,
        /// What it is for.
        purpose: Purpose,
    },
    /// What an action would do is asked for, to be confirmed.
    Plan(ActionId),
    /// The action whose plan answered this question is started.
    Start(RequestId),
    /// All that is marked in the kickoff is ticked.
    TickMarked,
    /// A text is put on the clipboard.
    Copy(String),
    /// It is asked whether a link is to be opened.
    AskLink(String),
    /// A confirmed link is opened.
    OpenLink(String),
    /// Going live is decided, and the release written.
    Release(ReleaseWish),
    /// The engagement goes over to the runbook that was shown; the question that was answered with it.
    Upgrade(RequestId),
    /// The log shows only this.
    FilterLog(LogFilter),
    /// The portfolio is sorted by something.
    Sort(Sort),
    /// The portfolio is filtered, or no longer.
    Filter(Filter),
    /// A person is asked for, to have a role in several engagements.
    AssignMany(RoleId, Vec<EngagementId>),
}

/// A question.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The question.
    pub question: String,
    /// What follows from it, a line each.
    pub words: Vec<String>,
    /// What is done on yes.
    pub choice: Choice,
}

/// A row of the window of decisions and fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactRow<'a> {
    /// A decision.
    Decision(&'a DecisionId),
    /// A field.
    Field(&'a FieldId),
    /// A secret: only where it is, never what it is.
    Secret(&'a SecretId),
}

/// The rows of the window of decisions and fields.
pub fn fact_rows(runbook: &Runbook) -> Vec<FactRow<'_>> {
    let decisions = runbook.decisions.keys().map(FactRow::Decision);
    let fields = runbook.fields.keys().map(FactRow::Field);
    decisions.chain(fields).chain(runbook.secrets.keys().map(FactRow::Secret)).collect()
}

/// The rows of the window of people: each role with each of its holders, or with nobody.
pub fn member_rows<'a>(runbook: &'a Runbook, state: &'a State) -> Vec<(&'a RoleId, Option<&'a MemberName>)> {
    let mut rows = Vec::new();
    for role in runbook.roles.keys() {
        let before = rows.len();
        rows.extend(state.holders(role).map(|member| (role, Some(member))));
        if rows.len() == before {
            rows.push((role, None));
        }
    }
    rows
}
