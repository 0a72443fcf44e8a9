//! The command line: the only writer to standard output and standard error.
//!
//! - [`args`]: what can be typed; one variant per command
//! - one file per command; each takes its arguments and a [`session::Session`]
//! - [`out`]: standard output, with colour where somebody looks, and no panic when nobody does
//! - [`failure`]: what an error of the library says, what to do about it, and how the process exits
//! - [`table`], [`words`], [`json`]: aligned columns, sentences for people, stable shapes for programs
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done or ready, 1 not
//! ready or a check failed, 2 usage or a bad file, 3 unknown or stale, 4 refused by a gate or for want
//! of a role, 5 the store, a file or the network.

mod action;
pub mod args;
mod assign;
mod check;
mod config;
mod decide;
pub mod demo;
mod done;
mod emergencies;
mod evidence;
mod except;
pub mod failure;
mod files;
mod found;
mod gate;
pub mod json;
mod keys;
mod lint;
mod list;
mod log;
mod members;
mod minutes;
mod new;
mod note;
mod obstacles;
mod open;
pub mod out;
mod passphrase;
mod plain;
mod readiness;
pub mod rehearse;
mod release;
mod report;
mod runbooks;
mod scan;
mod secret;
pub mod session;
mod set;
mod sign;
mod signals;
mod signers;
mod stages;
mod status;
pub mod table;
mod target;
mod tick;
mod trust;
mod undo;
mod upgrade;
mod validate;
mod verify;
mod watch;
mod whoami;
mod why;
mod withheld;
pub mod words;
mod work;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use args::{Args, Command};
use out::Out;
use session::Session;

use crate::domain::text::SafeText;
use crate::error::{Failure, Kind};

/// How a command that ran ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Done, or ready.
    Done,
    /// What was asked is answered, and the answer is no; the kind decides the exit code.
    Answered(Kind),
    /// A signal asked for the end, and the process is to end by it, so that whoever sent it can tell.
    Signal(i32),
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

/// Runs the program. The exit code is all that comes back; everything to be said has been said.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return misread(&error),
    };
    listen(args.global.verbose);
    let mut out = Out::new(args.global.json);
    let outcome = dispatch(args, &mut out);
    let written = out.finish();
    match outcome.and_then(|ending| written.map(|()| ending)) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Answered(kind)) => ExitCode::from(kind.exit_code()),
        Ok(Ending::Signal(signal)) => {
            crate::tui::terminal::die_of(signal);
            // Only if the signal is held back from this process.
            ExitCode::from(128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)))
        }
        Err(failure) => {
            out::complain(&failure);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

/// Help and version are data; everything else that clap has to say is a mistake of the user's.
fn misread(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader who has left has seen enough of the help.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => {
            out::complain_lines(&SafeText::lines(&error.render().to_string()));
            ExitCode::from(Kind::Usage.exit_code())
        }
    }
}

/// Sends golive's own traces to standard error when asked for.
fn listen(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "golive=debug",
        _ => "golive=trace,sqlx=debug",
    };
    // Only fails when a test has set a listener already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}

fn dispatch(args: Args, out: &mut Out) -> Result<Ending, Failure> {
    let Args { global, command } = args;
    let command = command.unwrap_or(Command::Open(open::Open { engagement: None }));
    // These need neither a store nor a name.
    match &command {
        Command::Runbooks => return runbooks::run(out),
        Command::Lint(args) => return lint::run(args, out),
        Command::Scan(args) => return scan::run(args, out),
        Command::Verify(verify::Arguments { target: args::LogOrRelease::File(path), .. }) => {
            return verify::release(path, out);
        }
        _ => {}
    }
    let runtime = runtime(&command)?;
    let outcome = runtime.block_on(async {
        match command {
            // It brings a store and people of its own.
            Command::Rehearse(args) => rehearse::run(&args, global, out).await,
            command => Box::pin(serve(command, &Session::new(global)?, out)).await,
        }
    });
    // What still runs in the background has nothing left to say.
    runtime.shutdown_background();
    outcome
}

async fn serve(command: Command, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    match command {
        Command::Runbooks => runbooks::run(out),
        Command::Lint(args) => lint::run(&args, out),
        Command::Scan(args) => scan::run(&args, out),
        Command::Trust(args) => trust::run(args, session, out).await,
        Command::New(args) => new::run(args, session, out).await,
        Command::List(args) => list::run(args, session, out).await,
        Command::Work(args) => work::run(args, session, out).await,
        Command::Readiness(args) => readiness::run(args, session, out).await,
        Command::Status(args) => status::run(args, session, out).await,
        Command::Why(args) => why::run(args, session, out).await,
        Command::Members(args) => members::list(args, session, out).await,
        Command::Assign(args) => assign::run(args, session, out).await,
        Command::Unassign(args) => assign::unassign(args, session, out).await,
        Command::KeyAdd(args) => keys::add(args, session, out).await,
        Command::KeyRevoke(args) => keys::revoke(args, session, out).await,
        Command::MemberRemove(args) => members::remove(args, session, out).await,
        Command::Set(args) => set::run(args, session, out).await,
        Command::Secret(args) => secret::run(args, session, out).await,
        Command::Decide(args) => decide::run(args, session, out).await,
        Command::Tick(args) => tick::tick(args, session, out).await,
        Command::Untick(args) => tick::untick(args, session, out).await,
        Command::Na(args) => except::not_applicable(args, session, out).await,
        Command::Reject(args) => except::reject(args, session, out).await,
        Command::Waive(args) => except::waive(args, session, out).await,
        Command::Evidence(command) => evidence::run(command, session, out).await,
        Command::BreakGlass(args) => emergencies::run(args, session, out).await,
        Command::Note(args) => note::run(args, session, out).await,
        Command::Target(args) => target::run(args, session, out).await,
        Command::Sign(args) => sign::run(args, session, out).await,
        Command::Undo(args) => undo::run(args, session, out).await,
        Command::Check(args) => check::run(args, session, out).await,
        Command::Run(args) => action::run(args, session, out).await,
        Command::Actions(args) => action::list(args, session, out).await,
        Command::ActionReset(args) => action::reset(args, session, out).await,
        Command::Watch(args) => watch::run(args, session, out).await,
        Command::Upgrade(args) => upgrade::run(args, session, out).await,
        Command::Gate(args) => gate::run(args, session, out).await,
        Command::Validate(args) => validate::run(args, session, out).await,
        Command::Log(args) => log::run(args, session, out).await,
        Command::Report(args) => report::run(args, session, out).await,
        Command::Minutes(args) => minutes::run(args, session, out).await,
        Command::Release(args) => release::run(args, session, out).await,
        Command::Verify(args) => verify::run(args, session, out).await,
        Command::Open(args) => open::run(args, session).await,
        Command::Signers(args) => signers::run(args, session, out).await,
        Command::Config => config::run(session, out),
        Command::Whoami(args) => whoami::run(args, session, out).await,
        Command::Demo(args) => Box::pin(demo::run(&args, session, out)).await,
        Command::Rehearse(args) => rehearse::run(&args, session.global.clone(), out).await,
    }
}

/// Threads beside the first for what goes on for a while. The first has the screen; one more has the checks and
/// their connections, which cost a fifth less where nothing is handed from one processor to another. What computes
/// for long, or waits for a disk, has threads of its own.
pub const WORKERS: usize = 1;

/// One thread is quickest to start and enough for one act; what lives on gets [`WORKERS`] more.
fn runtime(command: &Command) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match command {
        Command::Open(_)
        | Command::Watch(_)
        | Command::Check(_)
        | Command::Gate(_)
        | Command::Validate(_)
        | Command::Release(_)
        | Command::Demo(_) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(WORKERS);
            builder
        }
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build().map_err(|e| Failure::new(Kind::Store, e))
}
