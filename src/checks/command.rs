//! The `command` check: a program whose verdict counts, run without a shell.
//!
//! It runs only when a person has trusted this very runbook on this machine ([`super::trusted`]), and where
//! golive was started; a program that is named relative to that folder only where it was trusted. It gets
//! `PATH`, `HOME` and `LANG` and what the runbook gives it, nothing to read, and at its deadline it is killed
//! with its process group: with all that it started and that did not leave it. A program that cannot be started,
//! is killed or ends by a signal says nothing: unknown.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use minijinja::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};

use super::echo::Echo;
use super::found;
use super::group::Group;
use super::lanes::Lanes;
use super::outcome::{Outcome, result};
use super::schedule::Pace;
use super::shown::{MAX_ACTUAL, clipped};
use super::subject::Subject;
use super::trusted::Commands;
use crate::domain::check::CommandCheck;
use crate::domain::json;
use crate::domain::verdict::Verdict;

/// The most output that is kept of each stream, in bytes; the rest is read and dropped.
pub const MAX_OUTPUT: usize = 64 * 1024;
/// What a program is told of golive's own environment.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];
/// How long the output of what a killed program left behind is waited for.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs the program, if it may run, and judges what it says.
pub async fn run(
    check: &CommandCheck,
    subject: &Subject,
    commands: &Commands,
    programs: &Lanes,
    budget: Duration,
) -> Outcome {
    let deadline = Instant::now() + budget;
    // The list of what is trusted is on a disk.
    let (asked, by, list) = (check.clone(), subject.clone(), commands.clone());
    let allowed = timeout_at(deadline, programs.read(move |_| allowed(&asked, &by, &list))).await;
    let Ok(Ok(allowed)) = allowed else {
        return Outcome::unknown("the list of trusted runbooks could not be read in time");
    };
    if let Err(why) = allowed {
        // Nothing is asked of anyone, so there is no reason to wait longer each time.
        return Outcome { pace: Pace::Regular, ..Outcome::unknown(&format!("not configured: {why}")) };
    }
    let context = subject.context();
    let mut command = match prepared(check, &context) {
        Ok(command) => command,
        Err(why) => return Outcome::unknown(&why),
    };
    let shown = clipped(&check.program, MAX_ACTUAL / 2);
    let secrets = Arc::clone(&subject.secrets);
    let Ok(Ok(near)) = timeout_at(deadline, programs.read(move |_| Echo::nearby(&secrets))).await else {
        return Outcome::unknown("the secrets that it may print could not be read in time");
    };
    // One that takes long lets the next one begin.
    let Ok(mut place) = timeout_at(deadline, programs.enter("")).await else {
        return Outcome::unknown(&format!("{shown} could not be started in time: others are running"));
    };
    let ended = match place.wait(execute(&mut command, deadline)).await {
        Ok(ended) => ended,
        Err(e) => return Outcome::unknown(&format!("{shown} cannot be started: {}", e.kind())),
    };
    found::covered(judged(check, &shown, &ended, budget, &context, &near))
}

fn allowed(check: &CommandCheck, subject: &Subject, commands: &Commands) -> Result<(), String> {
    match commands {
        Commands::Forbidden => Err("programs of a runbook do not run here".to_owned()),
        Commands::Trusted(list) => match list.find(&subject.runbook.digest) {
            Ok(Some(trusted)) => runs_in(&check.program, &trusted.folder),
            Ok(None) => Err(format!(
                "this runbook may not run programs on this machine yet; golive trust {} shows them and asks",
                subject.runbook.id
            )),
            Err(e) => Err(e.to_string()),
        },
    }
}

/// Whether the words name the same program here as where they were trusted.
fn runs_in(program: &str, folder: &Path) -> Result<(), String> {
    let relative = program.contains('/') && !program.starts_with('/');
    if !relative || std::env::current_dir().is_ok_and(|here| here == folder) {
        return Ok(());
    }
    let trusted = clipped(&folder.to_string_lossy(), MAX_ACTUAL / 2);
    Err(format!("{} is trusted for {trusted}", clipped(program, MAX_ACTUAL / 4)))
}

fn prepared(check: &CommandCheck, context: &Value) -> Result<Command, String> {
    let mut command = Command::new(&check.program);
    command.env_clear();
    command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    for argument in &check.arguments {
        let value = argument.render(context).map_err(|e| format!("an argument has no value: {e}"))?;
        // What a field holds is a value, never an option that the author did not write.
        if value.starts_with('-') && argument.source().starts_with("{{") {
            return Err("an argument from a field begins with '-', which the program would obey".to_owned());
        }
        command.arg(without_zero(value)?);
    }
    for (name, value) in &check.env {
        let value = value.render(context).map_err(|e| format!("the variable {name} has no value: {e}"))?;
        command.env(name, without_zero(value)?);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    Ok(command)
}

fn without_zero(value: String) -> Result<String, String> {
    if value.contains('\0') { Err("an argument holds a zero byte".to_owned()) } else { Ok(value) }
}

/// How a program ended and what it said.
struct Ended {
    /// None at the deadline.
    status: Option<ExitStatus>,
    stdout: Output,
    stderr: Output,
}

/// The beginning of an output.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    cut: bool,
}

async fn execute(command: &mut Command, deadline: Instant) -> std::io::Result<Ended> {
    let mut child = command.spawn()?;
    let mut group = Group::led_by(child.id());
    let (mut stdout, mut stderr) = (Output::default(), Output::default());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let status = {
        let reading = async { tokio::join!(read(out, &mut stdout), read(err, &mut stderr)) };
        tokio::pin!(reading);
        let mut drained = false;
        let ended = timeout_at(deadline, async {
            loop {
                tokio::select! {
                    status = child.wait() => return status,
                    _ = &mut reading, if !drained => drained = true,
                }
            }
        })
        .await;
        // What it started and left behind ends with it; that also closes the pipes.
        group.kill();
        if !drained {
            // Something that left the group may hold them open.
            let _ = timeout_at(Instant::now() + AFTERWARDS, reading).await;
        }
        match ended {
            Ok(status) => Some(status?),
            Err(_) => None,
        }
    };
    Ok(Ended { status, stdout, stderr })
}

/// Reads to the end, so that the program is not held up, and keeps the beginning.
async fn read(pipe: Option<impl AsyncRead + Unpin>, output: &mut Output) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(n @ 1..) = pipe.read(&mut buffer).await {
        let room = MAX_OUTPUT - output.bytes.len();
        output.bytes.extend_from_slice(&buffer[..n.min(room)]);
        output.cut |= n > room;
    }
}

fn judged(
    check: &CommandCheck,
    shown: &str,
    ended: &Ended,
    deadline: Duration,
    facts: &Value,
    echo: &Echo,
) -> Outcome {
    let text = |output: &Output| {
        let text = String::from_utf8_lossy(&output.bytes);
        echo.cover(&text).unwrap_or_else(|| text.into_owned())
    };
    let (stdout, stderr) = (text(&ended.stdout), text(&ended.stderr));
    let last = last_line(&stderr);
    let Some(status) = ended.status else {
        let after = humantime::format_duration(deadline);
        let actual = format!("killed at its deadline, after {after}{last}");
        return Outcome::of(vec![result(shown, Verdict::Unknown, "an end", &actual)], "");
    };
    let Some(exit) = status.code() else {
        let signal = status.signal().unwrap_or_default();
        let actual = format!("ended by signal {signal}{last}");
        return Outcome::of(vec![result(shown, Verdict::Unknown, "an exit code", &actual)], "");
    };
    let mut found =
        vec![("exit", Value::from(exit)), ("stdout", Value::from(stdout)), ("stderr", Value::from(stderr))];
    // Half of an output is no JSON, and an undefined name is unknown, not failed.
    if !ended.stdout.cut
        && let Ok(stdout) = str::from_utf8(&ended.stdout.bytes)
        && let Ok(mut json) = json::read(stdout)
    {
        echo.cover_json(&mut json);
        found.push(("json", Value::from(json)));
    }
    let context = found::context(facts, found);
    let mut results = found::judge(shown, &check.expect, &context);
    for result in results.iter_mut().filter(|r| r.verdict != Verdict::Pass) {
        result.actual = clipped(&format!("{}{last}", result.actual), MAX_ACTUAL);
    }
    Outcome::of(results, &format!("{shown} ended with exit code {exit}")).seeing(context)
}

/// What a program said last on standard error: usually why.
fn last_line(stderr: &str) -> String {
    let last = stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
    last.map_or_else(String::new, |line| format!("; it said: {}", clipped(line, MAX_ACTUAL / 2)))
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
