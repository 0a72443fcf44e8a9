//! What can be typed: the commands, and what all of them take. What one command takes stands in its own file.

mod values;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use strum::IntoEnumIterator as _;

pub use values::{
    Assignment, BadAssignment, BadMoment, BadSince, BoxName, Day, LogOrRelease, Moment, Several, Since, day,
};

use super::{
    action, assign, check, decide, demo, emergencies, evidence, except, gate, keys, lint, list, log, members,
    minutes, new, note, open, readiness, rehearse, release, report, scan, secret, set, sign, status, target,
    tick, trust, upgrade, validate, verify, watch, whoami, why, work,
};
use crate::domain::ids::{EngagementId, RoleId};
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
    Lint(lint::Lint),
    /// Begin an engagement
    New(new::New),
    /// List all engagements, or write them out as a table
    List(list::List),
    /// Show what waits for you, in all engagements: the most overdue first
    Work(work::Work),
    /// Show how the live checks stand, in all engagements or one: the failing ones first
    Readiness(readiness::Readiness),
    /// Show how an engagement stands
    Status(status::Arguments),
    /// Say what holds a stage shut, or what is open in the current one
    Why(why::Arguments),
    /// Show the people: roles, keys and their limits
    Members(One),
    /// Give a role to a person, in one engagement or several
    Assign(assign::Assign),
    /// Take a role from a person, in one engagement or several
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
    Set(set::Set),
    /// Say where the value of a secret is; the value itself is never kept
    ///
    /// On this machine that is your consent to send it to where it goes now, which is shown.
    Secret(secret::Arguments),
    /// Propose or confirm a decision
    Decide(decide::Decide),
    /// Tick an item, or one part of it: the sign-off of a role
    Tick(tick::Tick),
    /// Take a tick back
    Untick(tick::Untick),
    /// Say that an optional item does not apply
    Na(except::Reasoned),
    /// Send a done item back
    Reject(except::Reasoned),
    /// Ask for an exception, grant the one that was asked for, or end one
    ///
    /// An exception lasts 90 days at most; what takes longer is asked for again.
    Waive(except::Waive),
    /// Attach evidence to an item, list it, take it off, or write a file of it out again
    #[command(subcommand)]
    Evidence(evidence::EvidenceCommand),
    /// Open a shut gate in an emergency, for a time; for a lead
    ///
    /// A loud, signed event: status, why, gate, list, log and screen name it until it ends. Nothing is
    /// done by it, and `golive gate` still exits with 1.
    BreakGlass(emergencies::BreakGlass),
    /// Make a remark on an item, or on the engagement as a whole
    Note(note::Note),
    /// Set the day of going live, or leave it open
    Target(target::Target),
    /// Sign a stage as a whole
    Sign(sign::Sign),
    /// Take back one's own last act
    Undo(One),
    /// Run live checks once, or watch them
    Check(check::Arguments),
    /// Start an action of the runbook: shows what is sent where, asks, and sends it once
    ///
    /// Ctrl-C ends it until a request is about to leave; from then on it waits for the answer and logs it. What
    /// comes back once is told where it is even when the log cannot be written. Nothing is repeated by itself:
    /// after a lost answer this command, given again, sends what happens only once with the same idempotency
    /// key; where the runbook names no header for one, not before a lead has reset it.
    ///
    /// Exit codes: 0 carried out, 1 refused by the other side, 3 nobody knows whether it happened or it
    /// was not confirmed, 4 refused by a gate, a role or because it happens only once, 5 its end is not in
    /// the log.
    Run(action::RunAction),
    /// List the actions of the runbook and where each stands
    ///
    /// Of one whose outcome nobody knows it names the files on this machine in which something may be that
    /// came back.
    Actions(One),
    /// Let an action be started anew after success or an unknown outcome; for a lead
    ActionReset(action::ActionReset),
    /// Poll live checks and print what changes
    Watch(watch::Arguments),
    /// Look for keys, test-mode ids and card numbers in files and folders: 1 when there are any
    ///
    /// Says where and what kind of thing, never the thing. In a folder, what .gitignore names is left out;
    /// hidden files such as .env are not. 3 when something cannot be looked at.
    Scan(scan::Scan),
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
    Upgrade(upgrade::Upgrade),
    /// Ask whether a gate is open and everything behind it fresh: 0 open, 1 shut, 3 unknown
    Gate(gate::Arguments),
    /// Show the board of a go/no-go: every criterion, what proves it, how fresh: 0 ready, 1 not, 3 unknown
    ///
    /// The verdict is that of `golive gate`: READY when the last gate is open and every check behind it
    /// fresh. Each criterion stands under the role that it waits for, or that owns it.
    Validate(validate::Arguments),
    /// Print the log of an engagement, or one event of it down to its signature
    Log(log::Arguments),
    /// Say how an engagement stands and how each item of it is proven, for people without golive
    ///
    /// Gates, items, sign-offs with the reason why one is stale, exceptions, open points with who they
    /// wait for, decisions, people, and what each upgrade of the runbook changed. Never a secret.
    Report(report::Arguments),
    /// Write down what a meeting has brought: decisions, owners, what was ticked, open points, next dates
    ///
    /// Everything is taken from the log since an event or a moment, and from how things stand now.
    Minutes(minutes::Arguments),
    /// Check every event of a log, or a release: chain, signatures, rights
    ///
    /// What has a '/' or a '.' in it is the file of a release, anything else an engagement. A release is
    /// checked without a store: signatures, the log inside it, and that everything it says follows from
    /// that log. Exit codes: 0 good; for a release 1 with each fault named, 2 when it is none; for an
    /// engagement 5 with each fault named.
    Verify(verify::Arguments),
    /// Decide whether live traffic may flow, and write the release that proves it
    ///
    /// Go needs the last gate open and every live check behind it fresh; --no-go decides against it, with
    /// the blockers as they are. For those who sign the last stage, and for leads. Beside FILE come its
    /// signature (.sig) and, for ssh-keygen, those who may sign. The same decision again gives the same
    /// bytes. Exit codes: 3 when a check is not fresh, 4 when the gate or the role refuses.
    Release(release::Arguments),
    /// Print who could sign when, as ssh-keygen -Y verify reads it (`allowed_signers`)
    Signers(One),
    /// Show who you are: name, key, files, and the roles you hold
    Whoami(whoami::Whoami),
    /// Print the configuration as it counts: where it is, colours, notices, and every act with its keys
    Config,
    /// Open the screen on an engagement, or on the portfolio
    Open(open::Open),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }
}
