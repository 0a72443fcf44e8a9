//! Telling a notice to a program of the person's own configuration: without a shell, with an end.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::Notice;

/// How long a program may take; then it is killed with its process group.
const DEADLINE: Duration = Duration::from_secs(5);

/// Runs it with title and text as its last arguments, and the notice as JSON on its standard input. Neither
/// argument begins with `-`, so that no name is taken for an option.
pub(super) async fn run(argv: &[String], notice: &Notice) -> std::io::Result<()> {
    run_within(argv, notice, DEADLINE).await
}

async fn run_within(argv: &[String], notice: &Notice, deadline: Duration) -> std::io::Result<()> {
    let [program, arguments @ ..] = argv else {
        return Ok(());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .arg(format!("golive: {}", notice.name))
        .arg(&notice.text)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let json = serde_json::to_vec(notice).unwrap_or_default();
    let told = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read it has what it needs in its arguments.
            let _ = stdin.write_all(&json).await;
        }
        child.wait().await
    };
    let ended = tokio::time::timeout(deadline, told).await;
    if let Some(group) = group {
        // Only fails when nobody is left in it.
        let _ = kill_process_group(group, Signal::KILL);
    }
    match ended {
        Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => Ok(()),
        Ok(Ok(status)) => Err(std::io::Error::other(format!("{program} ended with {status}"))),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::notify::Occasion;
    use crate::domain::ids::EngagementId;

    fn notice(name: &str) -> Notice {
        let id = EngagementId::new("acme").unwrap();
        Notice::new(Occasion::Regressed, id, name, "regressed: Webhook verifies HMAC")
    }

    /// A program that writes its arguments and its input into a file beside it.
    fn script(folder: &std::path::Path, more: &str) -> Vec<String> {
        let text = format!("printf '%s\\n' \"$@\" > '{0}/args'; cat > '{0}/input'; {more}", folder.display());
        ["sh", "-c", &text, "sh"].map(str::to_owned).to_vec()
    }

    #[tokio::test]
    async fn a_program_gets_title_and_text_as_arguments_and_the_notice_on_its_input() {
        let folder = tempfile::tempdir().unwrap();
        run(&script(folder.path(), ""), &notice("$(touch x); Acme")).await.unwrap();
        let arguments = std::fs::read_to_string(folder.path().join("args")).unwrap();
        assert_eq!(arguments, "golive: $(touch x); Acme\nregressed: Webhook verifies HMAC\n");
        let input: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("input")).unwrap()).unwrap();
        assert_eq!((&input["occasion"], &input["engagement"]), (&"regressed".into(), &"acme".into()));
    }

    #[tokio::test]
    async fn a_program_that_fails_or_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(run(&script(folder.path(), "exit 3"), &notice("Acme")).await.is_err());
        assert!(run(&["/nowhere/at/all".to_owned()], &notice("Acme")).await.is_err());
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_killed_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let argv =
            script(folder.path(), "sleep 600 & echo $! > child.pid.new; mv child.pid.new child.pid; wait");
        let argv: Vec<String> = argv
            .into_iter()
            .map(|w| w.replace("child.pid", &folder.path().join("pid").to_string_lossy()))
            .collect();
        let error = run_within(&argv, &notice("Acme"), Duration::from_secs(2)).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        let pid: i32 = std::fs::read_to_string(folder.path().join("pid")).unwrap().trim().parse().unwrap();
        let pid = Pid::from_raw(pid).unwrap();
        let gone = |pid| {
            // Gone, or dead and not yet collected by whoever adopted it.
            rustix::process::test_kill_process(pid).is_err()
                || std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
                    .is_ok_and(|stat| stat.contains(") Z "))
        };
        while !gone(pid) {
            tokio::task::yield_now().await;
        }
    }
}
