//! `golive demo` and `golive rehearse`, as the compiled program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::terminal::Launch;

/// Nothing takes this long; whoever waits for it has found a fault.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, with a home and a folder for temporary files of its own.
fn golive(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golive"));
    let temporary = home.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    command.env_clear().env("HOME", home).env("TMPDIR", temporary).env("LANG", "C.UTF-8").current_dir(home);
    command.stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

/// Everything below the home but the folder for temporary files itself.
fn left_behind(home: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.push(path.strip_prefix(home).unwrap().display().to_string());
        }
    }
    found.retain(|path| path != "tmp");
    found
}

#[test]
fn a_demo_without_a_screen_goes_through_every_stage_and_opens_the_last_gate() {
    let home = tempfile::tempdir().unwrap();
    let (output, out, err) = output(golive(home.path()).args(["demo", "--headless"]));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert_eq!(err, "");
    for stage in
        ["Invitation and KYC", "Discovery", "Stage access", "Client testing", "Pre-production", "Go-live"]
    {
        assert!(out.contains(stage), "{stage} in {out}");
    }
    for n in 0..6 {
        assert!(out.contains(&format!("Stage {n} is complete")), "stage {n} in {out}");
    }
    assert!(out.contains("Last gate: open"), "{out}");
    let refused = out.split_once("refused").unwrap().1;
    for named in ["(discovery) is shut", "KYC is approved", "PAI", "Compliance (Ines Moreau)"] {
        assert!(refused.contains(named), "{named} in {out}");
    }
    assert_eq!(left_behind(home.path()), Vec::<String>::new());
}

#[test]
fn every_runbook_can_be_gone_through_to_its_last_gate() {
    for (runbook, stages) in
        [("flint", 6), ("billing-onboarding", 7), ("merchant-api", 5), ("invoice-link", 5)]
    {
        let home = tempfile::tempdir().unwrap();
        let (output, out, err) =
            output(golive(home.path()).args(["demo", "--headless", "--runbook", runbook]));
        assert_eq!(output.status.code(), Some(0), "{runbook}: {out}{err}");
        for n in 0..stages {
            assert!(out.contains(&format!("Stage {n} is complete")), "{runbook}, stage {n} in {out}");
        }
        assert!(out.contains("Last gate: open"), "{runbook}: {out}");
        assert_eq!(left_behind(home.path()), Vec::<String>::new());
    }
}

#[test]
fn the_demo_opens_an_engagement_of_the_runbook_that_is_named_on_any_day() {
    for (runbook, scenario, merchant, light) in [
        ("flint", "webhook-down", "Dune Ceramics", ""),
        ("billing-onboarding", "happy", "Elm Identity", "✓ The criteria"),
        ("merchant-api", "slow", "Fern Market", ""),
        ("invoice-link", "happy", "Garnet Travel", "✓ The live key"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let launch = Launch::new(env!("CARGO_BIN_EXE_golive")).home(home.path()).size(160, 45);
        let launch = launch.arg("demo").arg("--runbook").arg(runbook).arg("--scenario").arg(scenario);
        let terminal = launch.start();
        terminal.wait_for_text(&format!("{merchant} · "));
        terminal.send("5");
        terminal.wait_for("its lights", |s| s.text().contains("Readiness") && s.text().contains(light));
        // The others are there as well, whatever their days were like.
        terminal.send("1");
        terminal
            .wait_for("the portfolio", |s| s.text().contains("4 engagements") && s.text().contains(merchant));
        terminal.send("q");
        assert!(terminal.wait_exit().success(), "{runbook}, {scenario}");
    }
}

#[test]
fn blocked_payments_keep_flints_gate_shut_and_say_what_is_due() {
    let home = tempfile::tempdir().unwrap();
    let scenario =
        ["demo", "--headless", "--runbook", "flint", "--scenario", "payments-blocked", "--wait", "1s"];
    let (output, out, err) = output(golive(home.path()).args(scenario));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    let words: Vec<&str> = out.split_whitespace().collect();
    let words = words.join(" ");
    for said in ["by itself ✓ Payouts axis is ready", "check ✗ Payments are ready: fail"] {
        assert!(words.contains(said), "{said} in {out}");
    }
    assert!(words.contains("owners.verification is currently due"), "{out}{err}");
    assert!(!out.contains("Last gate: open"), "{out}");
}

/// What a demo that does not get through says, all in one line, and its complaint.
fn stood_still(runbook: &str, scenario: &str) -> (String, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = golive(home.path());
    // PaymentsAI's review takes five seconds.
    let wait = if runbook == "paymentsai" { "8s" } else { "1s" };
    command.args(["demo", "--headless", "--runbook", runbook, "--scenario", scenario, "--wait", wait]);
    let (output, out, err) = output(&mut command);
    assert_eq!(output.status.code(), Some(1), "{runbook}, {scenario}: {out}{err}");
    assert!(out.contains("Last gate: shut"), "{runbook}, {scenario}: {out}{err}");
    assert!(!err.contains("another way"), "{runbook}, {scenario}: {err}");
    assert_eq!(left_behind(home.path()), Vec::<String>::new());
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (one_line(&out), one_line(&err))
}

#[test]
fn flints_payments_are_ready_while_its_payouts_are_blocked_and_the_gate_stays_shut() {
    let (out, err) = stood_still("flint", "payouts-blocked");
    for said in ["by itself ✓ Payments axis is ready", "check ✗ Payouts are ready: fail"] {
        assert!(out.contains(said), "{said} in {out}");
    }
    assert!(out.contains("external_account is currently due"), "{out}");
    assert!(err.contains("Payouts axis is ready"), "{err}");
}

#[test]
fn what_is_not_paid_opens_no_gate() {
    for (runbook, scenario, says) in [
        ("flint", "payment-failed", "The order was paid, nothing is outstanding: fail"),
        ("merchant-api", "payment-failed", "The session is paid: fail"),
        ("merchant-api", "past-due", "The session is paid: pending"),
        ("invoice-link", "payment-failed", "The server sees the invoice as paid: fail"),
        ("invoice-link", "past-due", "The server sees the invoice as paid: fail"),
        ("invoice-link", "wrong-mode", "The invoice exists: fail"),
        ("invoice-link", "payouts-pending", "The payout was sent: pending"),
        ("invoice-link", "payouts-blocked", "The payout was sent: fail"),
    ] {
        let (out, _) = stood_still(runbook, scenario);
        assert!(out.contains(says), "{runbook}, {scenario}: {says} in {out}");
    }
}

#[test]
fn an_endpoint_that_is_down_or_verifies_nothing_opens_no_gate() {
    for (scenario, answers) in [("webhook-down", (503, 503)), ("webhook-unverified", (200, 200))] {
        let (out, err) = stood_still("paymentsai", scenario);
        let said =
            format!("A signed event was answered with {}, an altered one with {}", answers.0, answers.1);
        assert!(out.contains(&said), "{out}");
        assert!(err.contains("stage 3, Client testing"), "{err}");
        for runbook in ["flint", "billing-onboarding", "merchant-api", "invoice-link"] {
            stood_still(runbook, scenario);
        }
    }
}

#[test]
fn a_demo_whose_kyc_never_ends_says_who_it_waits_for_and_fails() {
    let home = tempfile::tempdir().unwrap();
    let mut command = golive(home.path());
    command.args(["demo", "--headless", "--scenario", "kyc-pending", "--wait", "1s"]);
    let (output, out, err) = output(&mut command);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("Last gate: shut"), "{out}");
    assert!(!out.contains("Stage 0 is complete"), "{out}");
    for named in ["KYC is approved", "pending", "PAI Compliance (Ines Moreau)"] {
        assert!(err.contains(named), "{named} in {err}");
    }
    assert_eq!(left_behind(home.path()), Vec::<String>::new());
}

#[test]
fn a_portfolio_that_nobody_touches_ticks_by_itself_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let mut running = Running::start(golive(home.path()).arg("demo"));
    for line in ["Cobalt Cycles: stage 5", "Aurora Books: stage 3", "Birch & Bean: stage 0"] {
        running.wait_for(line);
    }
    running.wait_for("by itself");
    assert_eq!(running.end(Signal::INT), Some(0));
    assert_eq!(left_behind(home.path()), Vec::<String>::new());
}

#[test]
fn a_demo_that_is_interrupted_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let mut running =
        Running::start(golive(home.path()).args(["demo", "--headless", "--scenario", "kyc-pending"]));
    running.wait_for("waits");
    assert_eq!(running.end(Signal::TERM), Some(1));
    assert_eq!(left_behind(home.path()), Vec::<String>::new());
}

#[test]
fn a_rehearsal_answers_until_it_is_asked_to_end() {
    let home = tempfile::tempdir().unwrap();
    let mut running = Running::start(golive(home.path()).args(["rehearse", "--port", "0"]));
    let first = running.wait_for("answers on http://127.0.0.1:");
    let address = first.split("http://").nth(1).unwrap().split(',').next().unwrap();
    running.wait_for("org_demo_c");
    assert!(std::net::TcpStream::connect(address).is_ok(), "{address}");
    assert_eq!(running.end(Signal::TERM), Some(0));
    assert!(std::net::TcpStream::connect(address).is_err(), "{address}");
}

/// A program whose lines are read as they come.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// Types a line.
    pub fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line that holds a text.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(_) => {
                    let mut complaint = String::new();
                    let _ = self.child.kill();
                    let _ = self.child.stderr.take().unwrap().read_to_string(&mut complaint);
                    panic!("no '{text}': {complaint}");
                }
            }
        }
    }

    /// Asks it to end, and gives its exit code.
    pub fn end(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        // Waiting for it would close it, and an end of all input is another reason to end.
        let _open = self.child.stdin.take();
        self.child.wait().unwrap().code()
    }
}
