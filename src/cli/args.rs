//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::{Parser, Subcommand};
use strum::IntoEnumIterator as _;

use super::{assign, demo, keys, log, members, rehearse, trust, whoami};
use crate::domain::ids::{
    ActionId, BadId, DecisionId, EngagementId, FieldId, ItemId, MemberName, PartId, RoleId, SecretId, StageId,
};
use crate::tui::theme::ThemeName;

/// Takes a merchant's payment integration from first contact to live traffic.
///
/// Without a command, opens the screen on the portfolio of all engagements.
#[derive(Debug, Parser)]
#[command(name = "golive", version, max_term_width = 100)]
pub struct Args {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The store.
    #[arg(
        long,
        global = true,
        value_name = "STORE",
        help = "The store: a path, or sqlite:PATH [env: GOLIVE_STORE]"
    )]
    pub store: Option<String>,
    /// The configuration.
    #[arg(long, global = true, value_name = "FILE", help = "The configuration [env: GOLIVE_CONFIG]")]
    pub config: Option<PathBuf>,
    /// The role to act in, when several would do
    #[arg(long = "as", global = true, value_name = "ROLE")]
    pub role: Option<RoleId>,
    /// Speak the screen in plain lines and take typed lines for keys, for screen readers and pipes
    #[arg(
        long,
        global = true,
        help = "The screen in plain lines, for screen readers and pipes [env: GOLIVE_PLAIN]"
    )]
    pub plain: bool,
    /// The colours of the screen.
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        value_parser = theme,
        help = "The colours of the screen: dark, light, high-contrast, colour-blind or none [env: GOLIVE_THEME]"
    )]
    pub theme: Option<ThemeName>,
    /// Print data as JSON, in a shape that stays
    #[arg(long, global = true)]
    pub json: bool,
    /// Say on standard error what goes on; twice says more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// Whether the screen is to be spoken in plain lines.
    pub fn plain(&self) -> bool {
        self.plain || std::env::var_os("GOLIVE_PLAIN").is_some_and(|value| !value.is_empty())
    }
}

fn theme(name: &str) -> Result<ThemeName, String> {
    name.parse().map_err(|_| {
        let names: Vec<&str> = ThemeName::iter().map(ThemeName::name).collect();
        format!("there are {}", names.join(", "))
    })
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the runbooks that come with golive
    Runbooks,
    /// Look for faults in runbooks
    Lint(Lint),
    /// Begin an engagement
    New(New),
    /// List all engagements, or write them out as a table
    List(List),
    /// Show what waits for you, in all engagements: the most overdue first
    Work(Work),
    /// Show how the live checks stand, in all engagements or one: the failing ones first
    Readiness(Readiness),
    /// Show how an engagement stands
    Status(Status),
    /// Say what holds a stage shut, or what is open in the current one
    Why(Why),
    /// Show the people: roles, keys and their limits
    Members(One),
    /// Give a role to a person, or take it away, in one engagement or several
    Assign(assign::Assign),
    /// Take a role from a person
    Unassign(assign::Unassign),
    /// Let a person sign with a further key, or give a key other limits
    ///
    /// A lead does it for everybody; you do it for yourself, with a key that ends no later than the one
    /// that signs for it.
    KeyAdd(keys::KeyAdd),
    /// Revoke a key: it signs nothing more, and what it signed stays
    KeyRevoke(keys::KeyRevoke),
    /// Take a person off, with all roles and keys; what they signed stays
    MemberRemove(members::MemberRemove),
    /// Fill in fields
    Set(Set),
    /// Say where the value of a secret is; the value itself is never kept
    Secret(Secret),
    /// Propose or confirm a decision
    Decide(Decide),
    /// Tick an item, or one part of it: the sign-off of a role
    Tick(Tick),
    /// Take a tick back
    Untick(Untick),
    /// Say that an optional item does not apply
    Na(Reasoned),
    /// Send a done item back
    Reject(Reasoned),
    /// Ask for an exception, grant the one that was asked for, or end one
    ///
    /// An exception lasts 90 days at most; what takes longer is asked for again.
    Waive(Waive),
    /// Attach evidence to an item, list it, take it off, or write a file of it out again
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Open a shut gate in an emergency, for a time; for a lead
    ///
    /// A loud, signed event: status, why, gate, list, log and screen name it until it ends. Nothing is
    /// done by it, and `golive gate` still exits with 1.
    BreakGlass(BreakGlass),
    /// Make a remark on an item, or on the engagement as a whole
    Note(Note),
    /// Set the day of going live, or leave it open
    Target(Target),
    /// Sign a stage as a whole
    Sign(Sign),
    /// Take back one's own last act
    Undo(One),
    /// Run live checks once, or watch them
    Check(Check),
    /// Start an action of the runbook: shows what is sent where, asks, and sends it once
    ///
    /// Exit codes: 0 carried out, 1 refused by the other side, 3 nobody knows whether it happened or it
    /// was not confirmed, 4 refused by a gate, a role or because it happens only once.
    Run(RunAction),
    /// List the actions of the runbook and where each stands
    Actions(One),
    /// Let an action be started anew after success or an unknown outcome; for a lead
    ActionReset(ActionReset),
    /// Poll live checks and print what changes
    Watch(Watch),
    /// Look for keys, test-mode ids and card numbers in files and folders: 1 when there are any
    ///
    /// Says where and what kind of thing, never the thing. In a folder, what .gitignore names is left out;
    /// hidden files such as .env are not. 3 when something cannot be looked at.
    Scan(Scan),
    /// Allow a runbook to run its programs, or an engagement to send its secrets, from this machine
    ///
    /// Shows the programs, each secret with where it is (never its value), who said so and every origin that
    /// it goes to, and asks. Programs count until the runbook changes by a single byte, a secret until its
    /// source or an origin changes. What you name or set yourself on this machine is agreed to already.
    Trust(trust::Arguments),
    /// Go over to another version of the runbook: shows what is different and what is lost, and asks
    ///
    /// Ticks of unchanged items stay. Exit codes: 0 done or nothing to do, 2 not a version of the same
    /// runbook, 4 not agreed, or a gate that was shut would open.
    Upgrade(Upgrade),
    /// Ask whether a gate is open and everything behind it fresh: 0 open, 1 shut, 3 unknown
    Gate(Gate),
    /// Show the board of a go/no-go: every criterion, what proves it, how fresh: 0 ready, 1 not, 3 unknown
    ///
    /// The verdict is that of `golive gate`: READY when the last gate is open and every check behind it
    /// fresh. Each criterion stands under the role that it waits for, or that owns it.
    Validate(Validate),
    /// Print the log of an engagement, or one event of it down to its signature
    Log(log::Arguments),
    /// Say how an engagement stands and how each item of it is proven, for people without golive
    ///
    /// Gates, items, sign-offs with the reason why one is stale, exceptions, open points with who they
    /// wait for, decisions, people, and what each upgrade of the runbook changed. Never a secret.
    Report(Report),
    /// Write down what a meeting has brought: decisions, owners, what was ticked, open points, next dates
    ///
    /// Everything is taken from the log since an event or a moment, and from how things stand now.
    Minutes(Minutes),
    /// Check every event of a log, or a release: chain, signatures, rights
    ///
    /// What has a '/' or a '.' in it is the file of a release, anything else an engagement. A release is
    /// checked without a store: signatures, the log inside it, and that everything it says follows from
    /// that log. Exit codes: 0 good; for a release 1 with each fault named, 2 when it is none; for an
    /// engagement 5 with each fault named.
    Verify(Verify),
    /// Decide whether live traffic may flow, and write the release that proves it
    ///
    /// Go needs the last gate open and every live check behind it fresh; --no-go decides against it, with
    /// the blockers as they are. For those who sign the last stage, and for leads. Beside FILE come its
    /// signature (.sig) and, for ssh-keygen, those who may sign. The same decision again gives the same
    /// bytes. Exit codes: 3 when a check is not fresh, 4 when the gate or the role refuses.
    Release(Release),
    /// Print who could sign when, as ssh-keygen -Y verify reads it (`allowed_signers`)
    Signers(One),
    /// Show who you are: name, key, files, and the roles you hold
    Whoami(whoami::Whoami),
    /// Print the configuration as it counts: where it is, colours, notices, and every act with its keys
    Config,
    /// Open the screen on an engagement, or on the portfolio
    Open(Open),
    /// See golive at work: three merchants on different stages, against a rehearsal
    ///
    /// Starts the rehearsal on this machine, makes a store in a temporary folder and opens the
    /// portfolio. Nothing leaves the machine, and nothing is left of it afterwards.
    Demo(demo::Args),
    /// Run a rehearsal of the providers to try things against, or hold a drill
    ///
    /// Serves the providers' endpoints and their merchants' websites and webhook endpoints to this
    /// machine only, says what to use, and runs until Ctrl-C. Its keys are fakes and work nowhere else.
    Rehearse(rehearse::Args),
}

/// An engagement.
#[derive(Debug, clap::Args)]
pub struct One {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
}

/// `golive lint`
#[derive(Debug, clap::Args)]
pub struct Lint {
    /// Runbooks in TOML
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// `golive new`
#[derive(Debug, clap::Args)]
pub struct New {
    /// A runbook that comes with golive, or a file
    pub runbook: String,
    /// The merchant's name
    pub name: String,
    /// The id; made from the name when there is none
    #[arg(long)]
    pub id: Option<EngagementId>,
    /// The value of a field, as often as needed
    #[arg(long = "set", value_name = "F=V")]
    pub fields: Vec<Assignment>,
    /// The day the merchant wants to be live, such as 2026-12-12
    #[arg(long, value_name = "DATE")]
    pub target: Option<NaiveDate>,
}

/// `golive status`
#[derive(Debug, clap::Args)]
pub struct Status {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose items are shown; the current one when none is named
    #[arg(long)]
    pub stage: Option<StageId>,
}

/// `golive why`
#[derive(Debug, clap::Args)]
pub struct Why {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage that is shut
    pub stage: Option<StageId>,
}

/// `golive list`
#[derive(Debug, clap::Args)]
pub struct List {
    /// Engagements; all when none is named
    #[arg(value_name = "ID")]
    pub engagements: Vec<EngagementId>,
    /// Write a table in this format; by the ending of FILE, else for people, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<ListFormat>,
    /// Where to write it, instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What a list is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    /// Markdown
    Md,
    /// A line for each engagement, for a spreadsheet
    Csv,
    /// JSON, in a shape that stays
    Json,
}

/// `golive work`
#[derive(Debug, clap::Args)]
pub struct Work {
    /// Only what waits for this role of yours
    #[arg(long = "role", id = "work_role", value_name = "ROLE")]
    pub role: Option<RoleId>,
}

/// `golive readiness`
#[derive(Debug, clap::Args)]
pub struct Readiness {
    /// The engagement; all when none is named
    #[arg(value_name = "ID")]
    pub engagement: Option<EngagementId>,
}

/// One engagement or several, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several(pub Vec<EngagementId>);

impl FromStr for Several {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let mut several = Vec::new();
        for id in text.split(',') {
            let id = EngagementId::new(id.trim())?;
            if !several.contains(&id) {
                several.push(id);
            }
        }
        Ok(Self(several))
    }
}

/// `golive set`
#[derive(Debug, clap::Args)]
pub struct Set {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Fields with their values
    #[arg(required = true, value_name = "F=V")]
    pub fields: Vec<Assignment>,
}

/// `golive secret`
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["variable", "file", "keyring", "command"]))]
pub struct Secret {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The secret
    pub secret: SecretId,
    /// The environment variable that holds it
    #[arg(long = "env", id = "variable", value_name = "V")]
    pub variable: Option<String>,
    /// The file that holds it and nothing else
    #[arg(long, value_name = "F")]
    pub file: Option<PathBuf>,
    /// The entry of the system's keyring that holds it [without a name: golive/ID.SECRET]; reading it
    /// needs a golive built with the feature `keyring`
    #[arg(long, num_args = 0..=1, value_name = "SERVICE/USER")]
    pub keyring: Option<Option<String>>,
    /// The program that prints it, with its arguments; runs without a shell, and only for the key that
    /// named it
    #[arg(long, num_args = 1.., allow_hyphen_values = true, value_name = "ARGV")]
    pub command: Vec<String>,
}

/// `golive decide`
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The decision
    pub decision: DecisionId,
    /// The value; the proposed one when confirming without
    #[arg(required_unless_present = "confirm")]
    pub value: Option<String>,
    /// Agree on it, which is for a lead to do
    #[arg(long)]
    pub confirm: bool,
}

/// `golive tick`
#[derive(Debug, clap::Args)]
pub struct Tick {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item, or one part of it
    #[arg(value_name = "ITEM[/PART]")]
    pub item: BoxName,
    /// The person in the room whose approval this is
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub on_behalf_of: Option<MemberName>,
    /// A remark to go with it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Evidence to attach: a text, a link or an id, as often as needed
    #[arg(long, value_name = "REF")]
    pub evidence: Vec<String>,
    /// A file to attach as evidence, as often as needed
    #[arg(long, value_name = "PATH")]
    pub evidence_file: Vec<PathBuf>,
}

/// `golive untick`
#[derive(Debug, clap::Args)]
pub struct Untick {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item, or one part of it
    #[arg(value_name = "ITEM[/PART]")]
    pub item: BoxName,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "ticked by mistake")]
    pub reason: String,
}

/// `golive na`, `golive reject`
#[derive(Debug, clap::Args)]
pub struct Reasoned {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `golive waive`
#[derive(Debug, clap::Args)]
pub struct Waive {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Why the exception is asked for, or ended
    #[arg(long, value_name = "TEXT", required_unless_present = "grant", conflicts_with = "grant")]
    pub reason: Option<String>,
    /// The last day of it, 90 days from now at most; 30 days from now when none is named
    #[arg(long, value_name = "DATE", conflicts_with = "grant")]
    pub until: Option<NaiveDate>,
    /// Grant the exception that somebody else has asked for
    #[arg(long)]
    pub grant: bool,
    /// End the exception before its time, or withdraw it when nobody has granted it yet
    #[arg(long, conflicts_with_all = ["grant", "until"])]
    pub revoke: bool,
}

/// `golive evidence`
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Attach texts, links, ids or files
    Add(EvidenceAdd),
    /// Show what is attached
    List(EvidenceList),
    /// Take a piece off: what was signed over it no longer counts
    Remove(EvidenceRemove),
    /// Write a file that is attached to a new file, once its bytes have been checked
    Export(EvidenceExport),
}

/// `golive evidence add`
#[derive(Debug, clap::Args)]
pub struct EvidenceAdd {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// Texts, links or ids
    #[arg(value_name = "REF", required_unless_present = "files")]
    pub references: Vec<String>,
    /// A file, as often as needed: its bytes are kept beside the store
    #[arg(long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,
}

/// `golive evidence list`
#[derive(Debug, clap::Args)]
pub struct EvidenceList {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item; all when none is named
    pub item: Option<ItemId>,
}

/// `golive evidence remove`
#[derive(Debug, clap::Args)]
pub struct EvidenceRemove {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// The beginning of its digest, or the reference itself
    pub which: String,
}

/// `golive evidence export`
#[derive(Debug, clap::Args)]
pub struct EvidenceExport {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    pub item: ItemId,
    /// The beginning of its digest, or the name of the file
    pub which: String,
    /// The new file; under its own name in this folder when none is named
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `golive break-glass`
#[derive(Debug, clap::Args)]
pub struct BreakGlass {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose gate is opened
    #[arg(required_unless_present = "last")]
    pub stage: Option<StageId>,
    /// The last gate, which leads to live traffic
    #[arg(long, conflicts_with = "stage")]
    pub last: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// When it ends, at most seven days from now: a length such as 4h, or a moment such as 2026-12-12T18:00:00Z
    #[arg(long, value_name = "TIME", required_unless_present = "end")]
    pub until: Option<Moment>,
    /// End it now
    #[arg(long, conflicts_with = "until")]
    pub end: bool,
}

/// `golive note`
#[derive(Debug, clap::Args)]
pub struct Note {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The item
    #[arg(required_unless_present = "whole")]
    pub item: Option<ItemId>,
    /// The remark
    #[arg(required_unless_present = "whole")]
    pub text: Option<String>,
    /// The remark, on the engagement as a whole
    #[arg(long = "engagement", value_name = "TEXT", conflicts_with_all = ["item", "text"])]
    pub whole: Option<String>,
}

/// `golive target`
#[derive(Debug, clap::Args)]
pub struct Target {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The day, such as 2026-12-12, or none
    pub date: Day,
}

/// `golive sign`
#[derive(Debug, clap::Args)]
pub struct Sign {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage
    pub stage: StageId,
    /// The person in the room whose approval this is
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub on_behalf_of: Option<MemberName>,
}

/// `golive run`
#[derive(Debug, clap::Args)]
pub struct RunAction {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The action
    pub action: ActionId,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `golive action-reset`
#[derive(Debug, clap::Args)]
pub struct ActionReset {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The action
    pub action: ActionId,
    /// What was found out, and why it may be started anew
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `golive check`
#[derive(Debug, clap::Args)]
pub struct Check {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Items or checks; all checks that can run when none is named
    #[arg(value_name = "ITEM")]
    pub items: Vec<String>,
    /// Go on until interrupted
    #[arg(long)]
    pub watch: bool,
}

/// `golive watch`
#[derive(Debug, clap::Args)]
pub struct Watch {
    /// Engagements
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub engagements: Vec<EngagementId>,
    /// All engagements that have checks which can run
    #[arg(long, conflicts_with = "engagements")]
    pub all: bool,
}

/// `golive upgrade`
#[derive(Debug, clap::Args)]
pub struct Upgrade {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The runbook: a file, or one that comes with golive; the one of the same id when none is named
    #[arg(long, value_name = "FILE")]
    pub to: Option<String>,
    /// Only show what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Agree that signatures are lost
    #[arg(long)]
    pub yes: bool,
}

/// `golive gate`
#[derive(Debug, clap::Args)]
pub struct Gate {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The stage whose gate is meant; the last gate, which leads to live traffic, when none is named
    #[arg(long)]
    pub stage: Option<StageId>,
    /// Run the checks that have no fresh pass first
    #[arg(long)]
    pub run: bool,
    /// Where to write a report for a pipeline, too.
    #[arg(long, value_name = "FILE", help = "Also write a JUnit report")]
    pub junit: Option<PathBuf>,
}

/// `golive validate`
#[derive(Debug, clap::Args)]
pub struct Validate {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Run every check that going live depends on first
    #[arg(long)]
    pub run: bool,
    /// Show only what does not hold
    #[arg(long)]
    pub open: bool,
}

/// `golive verify`
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// An engagement, or the file of a release
    #[arg(value_name = "ID|FILE")]
    pub target: LogOrRelease,
    /// A release that the engagement's log must pass through, as often as needed
    #[arg(long, value_name = "FILE")]
    pub against: Vec<PathBuf>,
}

/// `golive report`
#[derive(Debug, clap::Args)]
pub struct Report {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The format; by the ending of FILE, else md, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<ReportFormat>,
    /// Where to write it, instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Markdown
    Md,
    /// One HTML page that needs no other file, runs nothing and prints well
    Html,
    /// JSON, in a shape that stays
    Json,
    /// A line for each item and each sign-off, for a spreadsheet
    Csv,
}

/// `golive minutes`
#[derive(Debug, clap::Args)]
pub struct Minutes {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The last event before the meeting, the moment at which it began, or how long ago that was, such as 90min;
    /// everything when none is named
    #[arg(long, value_name = "SEQ|TIME")]
    pub since: Option<Since>,
    /// Somebody who was in the room; may be given several times
    #[arg(long, value_name = "NAME", value_parser = MemberName::new)]
    pub present: Vec<MemberName>,
    /// The format; by the ending of FILE, else md, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<MinutesFormat>,
    /// Where to write them, instead of printing them
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What minutes are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MinutesFormat {
    /// Markdown
    Md,
    /// One HTML page that needs no other file, runs nothing and prints well
    Html,
}

/// Where in a log something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// After an event.
    Event(u64),
    /// At a moment.
    At(DateTime<Utc>),
    /// So long ago.
    Ago(TimeDelta),
}

/// Why a text is no place in a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give the number of an event, a moment such as 2026-12-12T10:00:00Z, or how long ago, such as 90min")]
pub struct BadSince;

impl FromStr for Since {
    type Err = BadSince;

    fn from_str(text: &str) -> Result<Self, BadSince> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Event(seq));
        }
        match text.parse().map_err(|_| BadSince)? {
            Moment::At(at) => Ok(Self::At(at)),
            Moment::In(length) => Ok(Self::Ago(length)),
        }
    }
}

/// `golive release`
#[derive(Debug, clap::Args)]
pub struct Release {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// Where to write the release
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Decide that live traffic may not flow
    #[arg(long, requires = "reason")]
    pub no_go: bool,
    /// Why it was decided so
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Run the checks that have no fresh pass first
    #[arg(long)]
    pub run: bool,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

/// An engagement, or the file of a release: an id has neither '/' nor '.'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogOrRelease {
    /// An engagement.
    Engagement(EngagementId),
    /// A file.
    File(PathBuf),
}

impl FromStr for LogOrRelease {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.contains(['/', '.', std::path::MAIN_SEPARATOR]) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        EngagementId::new(text).map(Self::Engagement)
    }
}

/// `golive open`
#[derive(Debug, clap::Args)]
pub struct Open {
    /// The engagement; the portfolio when none is named
    #[arg(value_name = "ID")]
    pub engagement: Option<EngagementId>,
}

/// `golive scan`
#[derive(Debug, clap::Args)]
pub struct Scan {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to look for; everything when not given
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub find: Vec<ScanFor>,
    /// What to leave out of a folder, such as 'fixtures/**'
    #[arg(long, value_name = "GLOB")]
    pub skip: Vec<String>,
}

/// What a scan looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ScanFor {
    /// Secret keys
    Keys,
    /// Keys, ids and hosts of test mode
    TestMode,
    /// Card numbers
    Cards,
}

/// `field=value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The field.
    pub field: FieldId,
    /// Its value.
    pub value: String,
}

/// Why a text is no assignment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAssignment {
    /// There is no `=`.
    #[error("a field and its value are written as field=value")]
    NoEquals,
    /// What stands before it is no id.
    #[error(transparent)]
    Field(#[from] BadId),
}

impl FromStr for Assignment {
    type Err = BadAssignment;

    fn from_str(text: &str) -> Result<Self, BadAssignment> {
        let (field, value) = text.split_once('=').ok_or(BadAssignment::NoEquals)?;
        Ok(Self { field: FieldId::new(field)?, value: value.to_owned() })
    }
}

/// `item` or `item/part`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxName {
    /// The item.
    pub item: ItemId,
    /// The part, if one is named.
    pub part: Option<PartId>,
}

impl FromStr for BoxName {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (item, part) = match text.split_once('/') {
            Some((item, part)) => (item, Some(PartId::new(part)?)),
            None => (text, None),
        };
        Ok(Self { item: ItemId::new(item)?, part })
    }
}

/// A moment, or a length from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A moment.
    At(DateTime<Utc>),
    /// So long from now.
    In(TimeDelta),
}

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is a length such as 4h or 30min, or a moment such as 2026-12-12T18:00:00Z")]
pub struct BadMoment;

impl Moment {
    /// The moment that is meant; none when it is later than any that a clock can show.
    pub fn from(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::In(length) => now.checked_add_signed(length),
        }
    }
}

impl FromStr for Moment {
    type Err = BadMoment;

    fn from_str(text: &str) -> Result<Self, BadMoment> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        let length = humantime::parse_duration(text).map_err(|_| BadMoment)?;
        TimeDelta::from_std(length).map(Self::In).map_err(|_| BadMoment)
    }
}

/// A day, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Option<NaiveDate>);

impl FromStr for Day {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|day| Self(Some(day))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_box_is_an_item_or_a_part_of_one() {
        let parsed: BoxName = "cards/declined".parse().unwrap();
        assert_eq!((parsed.item.as_str(), parsed.part.unwrap().as_str()), ("cards", "declined"));
        assert!("cards/".parse::<BoxName>().is_err());
        assert!("a/b/c".parse::<BoxName>().is_err());
    }

    #[test]
    fn an_end_is_a_length_or_a_moment() {
        assert_eq!("4h".parse(), Ok(Moment::In(TimeDelta::hours(4))));
        assert_eq!(
            "2026-12-12T18:00:00+01:00".parse(),
            Ok(Moment::At("2026-12-12T17:00:00Z".parse().unwrap()))
        );
        for bad in ["", "4", "tomorrow", "-1h", "2026-12-12", "99999999999999999999y"] {
            assert_eq!(bad.parse::<Moment>(), Err(BadMoment), "{bad}");
        }
        let far: Moment = "400000y".parse().unwrap();
        assert_eq!(far.from(DateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn what_has_a_dot_or_a_slash_is_the_file_of_a_release() {
        for text in ["acme.json", "./acme", "/tmp/acme", "..", "a/b"] {
            assert_eq!(text.parse(), Ok(LogOrRelease::File(PathBuf::from(text))));
        }
        assert!(matches!("acme-2".parse(), Ok(LogOrRelease::Engagement(_))));
        assert!("acme 2".parse::<LogOrRelease>().is_err());
    }

    #[test]
    fn only_the_first_equals_sign_divides() {
        let parsed: Assignment = "url=https://x/?a=b".parse().unwrap();
        assert_eq!(parsed.value, "https://x/?a=b");
        assert_eq!("url".parse::<Assignment>(), Err(BadAssignment::NoEquals));
    }
}
