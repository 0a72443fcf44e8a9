//! What the screen asks of the world, as plain data. `update` only says so; `perform` does it.

use chrono::NaiveDate;

use crate::app::notify::Notice;
use crate::domain::command::Command;
use crate::domain::head::Head;
use crate::domain::ids::{ActionId, CheckId, EngagementId, ItemId, MemberName, RoleId};
use crate::domain::release::GoNoGo;

/// Numbers what was asked for, so that an answer finds its question and a late one is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestId(pub u64);

/// One thing to be done outside the screen. Answers come back as messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read the summaries of all engagements.
    LoadPortfolio {
        /// Which question.
        request: RequestId,
        /// How many lines the screen has: so many are wanted before the rest.
        lines: u16,
    },
    /// Make the lines of engagements anew that time has changed. They come as news.
    SumUp {
        /// Which engagements.
        engagements: Vec<EngagementId>,
    },
    /// Read an engagement, and tell of its changes from now on.
    Open {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Tell no more of an engagement's changes.
    Close {
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Read what happened in an engagement.
    LoadHistory {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Read how much was done on each day.
    LoadBurnUp {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Read what waits for the person at the screen in some engagements.
    LoadWork {
        /// Which question.
        request: RequestId,
        /// Which engagements.
        engagements: Vec<EngagementId>,
    },
    /// Read how the live checks of some engagements stand.
    LoadChecks {
        /// Which question.
        request: RequestId,
        /// Which engagements.
        engagements: Vec<EngagementId>,
    },
    /// Read which roles there are in some engagements.
    LoadRoles {
        /// Which question.
        request: RequestId,
        /// Which engagements.
        engagements: Vec<EngagementId>,
    },
    /// Give a role to a person in each of some engagements.
    AssignMany {
        /// Which question.
        request: RequestId,
        /// Which engagements.
        engagements: Vec<EngagementId>,
        /// Which role.
        role: RoleId,
        /// Who.
        member: MemberName,
    },
    /// Write a report on some engagements into a new file of this machine.
    WriteReport {
        /// Which question.
        request: RequestId,
        /// Which engagements.
        engagements: Vec<EngagementId>,
        /// The path that was typed.
        path: String,
    },
    /// Read the last results of a check.
    LoadRecent {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Which check.
        check: CheckId,
    },
    /// Read a page of the log.
    LoadLog {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Where the page ends.
        up_to: Head,
    },
    /// Read one event of the log, with its signature, and say what it is worth.
    OpenEvent {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Its number.
        seq: u64,
    },
    /// Read the last results of all checks of an engagement.
    LoadResults {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Ask when the checks of an engagement run next.
    LoadNextRuns {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Decide, sign and append. Carried out in the order in which they were asked for.
    Execute {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// In which role, for whom.
        capacity: Capacity,
        /// What.
        command: Command,
    },
    /// Decide, sign and append one after the other, each on its own, in turn with the other writes.
    ExecuteAll {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// In which role, for whom, and what.
        acts: Vec<(Capacity, Command)>,
    },
    /// Write the minutes of a kickoff into the current folder.
    WriteMinutes {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// The last event before the kickoff.
        since: u64,
        /// Who is in the room.
        here: Vec<MemberName>,
        /// The day for the names of the files.
        day: NaiveDate,
    },
    /// Keep the bytes of a file of this machine, and attach it.
    AttachFile {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Which item.
        item: ItemId,
        /// The path that was typed.
        path: String,
    },
    /// Run checks now.
    RunChecks {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Which checks.
        checks: Vec<CheckId>,
    },
    /// Say what an action would do. Nothing is sent.
    PlanAction {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Which action.
        action: ActionId,
    },
    /// Carry out an action as it was shown and confirmed, once.
    StartAction {
        /// Which question.
        request: RequestId,
        /// The question that the plan answered.
        plan: RequestId,
    },
    /// Put a text on the clipboard.
    Copy {
        /// The text.
        text: String,
    },
    /// Open a link that the person has confirmed.
    OpenLink {
        /// The link.
        url: String,
    },
    /// Tell somebody who is not looking, in the ways of their terminal.
    Ring {
        /// What.
        notice: Notice,
    },
    /// Remember that the person has seen the newcomer's steps.
    Guided,
    /// Read what each check said last.
    LoadSeen {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
    },
    /// Look at the whole log again, believing nothing, and tell of these events.
    Attest {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// Their sequence numbers.
        events: Vec<u64>,
    },
    /// Decide on going live and write the release. Carried out in turn with what is executed.
    Release {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// What is wished for.
        wish: ReleaseWish,
    },
    /// Say what going over to another version of the runbook would do. Nothing is written.
    PlanUpgrade {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// A file, or a runbook that comes with golive; the one of the same id when none is named.
        to: Option<String>,
    },
    /// Go over to what a plan showed. Carried out in turn with what is executed.
    Upgrade {
        /// Which question.
        request: RequestId,
        /// Which engagement.
        engagement: EngagementId,
        /// The question that the plan answered.
        plan: RequestId,
    },
    /// Leave.
    Quit,
}

/// A decision on going live that somebody wants, and where its release is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseWish {
    /// Go, or not.
    pub outcome: GoNoGo,
    /// Why; a no-go needs a reason.
    pub reason: Option<String>,
    /// The path that was typed.
    pub path: String,
    /// What becomes of files that are there.
    pub existing: Existing,
}

/// What becomes of other files that have the names of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay, and nothing is decided.
    Kept,
    /// They go.
    Replaced,
}

/// The capacity in which a person acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capacity {
    /// The role chosen; none when only one will do.
    pub role: Option<RoleId>,
    /// Whose approval is recorded; none for one's own.
    pub on_behalf_of: Option<MemberName>,
}
