//! Tests of programs that are run for real.

use std::sync::Arc;

use super::*;
use crate::checks::lanes::Limits;
use crate::checks::runner::Runner;
use crate::checks::testing::{Bench, PATIENCE, check, expressions};
use crate::checks::trusted::TrustList;
use crate::clock::SystemClock;
use crate::domain::check::CheckKind;
use crate::domain::expression::Template;
use crate::domain::verdict::Observation;

struct Shell {
    folder: tempfile::TempDir,
    commands: Commands,
}

impl Shell {
    /// With the runbook of the bench trusted.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let list = TrustList::new(folder.path().join("trusted"));
        let here = std::env::current_dir().unwrap();
        list.add(&Bench::new().subject().runbook.digest, &here, "bench").unwrap();
        Self { folder, commands: Commands::Trusted(list) }
    }

    async fn run(&self, command: CommandCheck, deadline: Duration) -> Observation {
        let subject = Bench::new().field("account", "org_1").field("option", "--all").subject();
        let runner = Runner::new(Limits::default(), Arc::new(SystemClock)).unwrap();
        let mut check = check("command", CheckKind::Command(command));
        check.deadline = deadline;
        runner.commands(self.commands.clone()).run_once(&check, &subject).await
    }

    async fn script(&self, script: &str, expect: &[&str]) -> Observation {
        self.run(shell(script, expect), PATIENCE).await
    }
}

fn shell(script: &str, expect: &[&str]) -> CommandCheck {
    let arguments = ["-c", script].iter().map(|a| Template::new(a).unwrap()).collect();
    CommandCheck { program: "/bin/sh".to_owned(), arguments, env: vec![], expect: expressions(expect) }
}

#[tokio::test]
async fn what_a_program_says_is_judged() {
    let shell = Shell::new();
    let good =
        shell.script("echo '{\"n\": 3}'; echo hm >&2", &["exit == 0 and json.n == 3", "'hm' in stderr"]);
    let good = good.await;
    assert_eq!((good.verdict, good.summary.as_str()), (Verdict::Pass, "/bin/sh ended with exit code 0"));
    let bad = shell.script("echo no route >&2; exit 3", &["exit == 0"]).await;
    assert_eq!(bad.verdict, Verdict::Fail);
    assert_eq!(bad.steps[0].actual, "exit = 3; it said: no route");
    let no_json = shell.script("echo {", &["json.n == 3"]).await;
    assert_eq!(no_json.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_program_gets_a_small_environment_and_nothing_to_read() {
    let shell = Shell::new();
    let mut command =
        super::tests::shell("env; cat", &["'ACCOUNT=org_1' in stdout", "'CARGO' not in stdout"]);
    command.env.push(("ACCOUNT".to_owned(), Template::new("{{ fields.account }}").unwrap()));
    let seen = shell.run(command, PATIENCE).await;
    assert_eq!(seen.verdict, Verdict::Pass, "{seen:?}");
}

#[tokio::test]
async fn arguments_are_not_taken_apart_and_a_field_is_no_option() {
    let shell = Shell::new();
    let with = |argument: &str| CommandCheck {
        program: "printf".to_owned(),
        arguments: ["%s|", argument].iter().map(|a| Template::new(a).unwrap()).collect(),
        env: vec![],
        expect: expressions(&["stdout == '$(id) ; org_1|'"]),
    };
    assert_eq!(shell.run(with("$(id) ; {{ fields.account }}"), PATIENCE).await.verdict, Verdict::Pass);
    let option = shell.run(with("{{ fields.option }}"), PATIENCE).await;
    assert!(option.verdict == Verdict::Unknown && option.summary.contains("begins with '-'"), "{option:?}");
}

#[tokio::test]
async fn long_output_is_cut_and_does_not_hold_the_program_up() {
    let shell = Shell::new();
    let script = "head -c 1000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero >&2";
    let seen = shell.script(script, &["exit == 0", "stdout|length == 65536"]).await;
    assert_eq!(seen.verdict, Verdict::Pass, "{seen:?}");
}

#[tokio::test]
async fn at_its_deadline_a_program_is_killed_with_all_that_it_started() {
    let shell = Shell::new();
    let pids = shell.folder.path().join("pids");
    let script = format!(
        "sleep 1000 & echo $! > '{0}.new'; echo $$ >> '{0}.new'; mv '{0}.new' '{0}'; wait",
        pids.display()
    );
    // Long enough for a loaded machine to write the two numbers.
    let seen = shell.run(super::tests::shell(&script, &["exit == 0"]), Duration::from_secs(5)).await;
    assert_eq!(seen.verdict, Verdict::Unknown);
    assert!(seen.summary.contains("killed at its deadline, after 5s"), "{}", seen.summary);
    for pid in std::fs::read_to_string(&pids).unwrap().lines() {
        assert!(gone(pid).await, "{pid}");
    }
}

/// Waits until a process is gone, or dead and not yet waited for by whoever inherited it.
async fn gone(pid: &str) -> bool {
    for _ in 0..3000 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.rsplit(')').next().is_none_or(|rest| rest.trim().is_empty() || rest.trim().starts_with('Z')) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    let shell = Shell::new();
    let seen = shell.script("sleep 1000 & echo $!", &["exit == 0 and stdout == ''"]).await;
    let pid = seen.steps[0].actual.split("stdout = \"").nth(1).unwrap();
    let pid: String = pid.chars().take_while(char::is_ascii_digit).collect();
    assert!(gone(&pid).await, "{seen:?}");
}

#[tokio::test]
async fn a_signal_and_a_program_that_is_not_there_say_nothing() {
    let shell = Shell::new();
    let seen = shell.script("kill -9 $$", &["exit == 0"]).await;
    assert!(seen.verdict == Verdict::Unknown && seen.summary.contains("signal 9"), "{seen:?}");
    let none =
        CommandCheck { program: "/no/such/program".to_owned(), ..super::tests::shell("", &["exit == 0"]) };
    let seen = shell.run(none, PATIENCE).await;
    assert!(seen.verdict == Verdict::Unknown && seen.summary.contains("cannot be started"), "{seen:?}");
}

#[tokio::test]
async fn nothing_runs_unless_the_runbook_is_trusted() {
    let mut shell = Shell::new();
    let mark = shell.folder.path().join("ran");
    let script = format!("touch '{}'", mark.display());
    let empty = TrustList::new(shell.folder.path().join("none"));
    for (commands, said) in
        [(Commands::Forbidden, "do not run here"), (Commands::Trusted(empty), "golive trust bench")]
    {
        shell.commands = commands;
        let seen = shell.script(&script, &["exit == 0"]).await;
        assert_eq!(seen.verdict, Verdict::Unknown);
        assert!(
            seen.summary.starts_with("not configured: ") && seen.summary.contains(said),
            "{}",
            seen.summary
        );
        assert!(!mark.exists());
    }
}

#[tokio::test]
async fn what_a_program_prints_is_not_shown_when_it_is_a_key() {
    let shell = Shell::new();
    let key = ["sk_live_", "51Hx9Qa2ZkLmN0pRsTuV"].concat();
    let seen =
        shell.script(&format!("echo {key}; echo {key} >&2; exit 1"), &["exit == 0 and stdout == ''"]).await;
    assert_eq!(seen.verdict, Verdict::Fail);
    assert!(!format!("{seen:?}").contains("51Hx9"), "{seen:?}");
}
