//! `golive rehearse` moved from outside, and its drill, as the compiled program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use golive::rehearse::{FLINT, Provider, Scenario, Simulator};
use rustix::process::Signal;

use crate::demo::Running;
use crate::screen_bench::Home;

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golive"));
    command.env_clear().env("HOME", home).env("LANG", "C.UTF-8").env("GOLIVE_NAME", "Dana Ruiz");
    command.args(arguments).current_dir(home).stdin(Stdio::piped());
    command
}

fn golive(home: &Path, arguments: &[&str], input: &str) -> (Output, String, String) {
    said_by(&mut command(home, arguments), input)
}

fn said_by(command: &mut Command, input: &str) -> (Output, String, String) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends without reading closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

fn simulator() -> (Simulator, String) {
    let simulator = Simulator::start("127.0.0.1:0".parse().unwrap(), Scenario::Happy).unwrap();
    let port = simulator.address().port().to_string();
    (simulator, port)
}

#[test]
fn a_rehearsal_that_runs_is_switched_from_another_terminal() {
    let home = tempfile::tempdir().unwrap();
    let (simulator, port) = simulator();
    let (output, out, err) = golive(home.path(), &["rehearse", "--switch", "past-due", "--port", &port], "");
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert_eq!(simulator.world().scenario(), Scenario::PastDue);
    drop(simulator);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (output, _, err) = golive(home.path(), &["rehearse", "--switch", "happy", "--port", &closed], "");
    assert_eq!(output.status.code(), Some(5), "{err}");
    assert!(err.contains("no rehearsal answers") && err.contains("golive rehearse"), "{err}");
}

#[test]
fn the_help_tells_every_scenario() {
    let home = tempfile::tempdir().unwrap();
    let (_, out, _) = golive(home.path(), &["rehearse", "--help"], "");
    for scenario in Scenario::ALL {
        assert!(out.contains(scenario.word()) && out.contains(scenario.effect()), "{scenario} in {out}");
    }
}

#[test]
fn a_drill_is_walked_through_and_recorded_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let (simulator, port) = simulator();
    simulator.world().switch_to(Scenario::PayoutsPending);
    let (output, out, err) = golive(home.path(), &["new", "paymentsai", "Elm Identity", "--id", "elm"], "");
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    let names = ["Ana: set the clock", "Ben", "Cleo", "Dana", "Eli", "Fay: new card", "Gus", "Hana"];
    let drill = ["rehearse", "--drill", "billing-interruption", "--engagement", "elm", "--port", &port];
    let (output, out, err) = golive(home.path(), &drill, &format!("{}\n", names.join("\n")));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    for said in ["Step 8 of 8", "payment_failed", "dunning", "8 steps in", "Fay: new card", "/site/paused"] {
        assert!(out.contains(said), "{said} in {out}");
    }
    // As it was found.
    assert_eq!(simulator.world().scenario(), Scenario::PayoutsPending);
    let (_, log, _) = golive(home.path(), &["log", "elm", "--json"], "");
    for said in ["Ana: set the clock", "Hana: led the review", "Billing was: dunning", "step 3 of 8"] {
        assert!(log.to_lowercase().contains(&said.to_lowercase()), "{said} in {log}");
    }
    let (output, _, err) = golive(home.path(), &["verify", "elm"], "");
    assert_eq!(output.status.code(), Some(0), "{err}");
}

#[test]
fn a_drill_that_is_broken_off_switches_back_and_says_so_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let (simulator, port) = simulator();
    simulator.world().switch_to(Scenario::KycPending);
    golive(home.path(), &["new", "billing-onboarding", "Elm Identity", "--id", "elm"], "");
    let drill = ["rehearse", "--drill", "billing-interruption", "--engagement", "elm", "--port", &port];
    let mut running = Running::start(&mut command(home.path(), &drill));
    running.say("Ana");
    running.wait_for("Step 2 of 8");
    running.wait_for("Who did it?");
    assert_eq!(simulator.world().scenario(), Scenario::PaymentFailed);
    assert_eq!(running.end(Signal::INT), Some(1));
    assert_eq!(simulator.world().scenario(), Scenario::KycPending);
    let (_, log, _) = golive(home.path(), &["log", "elm", "--json"], "");
    for said in ["begins", "Ana: started the interruption", "was broken off at step 2 of 8, Detect it"] {
        assert!(log.contains(said), "{said} in {log}");
    }
}

#[test]
fn a_drill_of_somebody_who_may_not_note_ends_before_its_first_step() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (simulator, port) = simulator();
    let store = home.path().join("golive.db");
    let new = ["new", "billing-onboarding", "Elm Identity", "--id", "elm"];
    let (output, _, err) = said_by(command(home.path(), &new).env("GOLIVE_STORE", &store), "");
    assert_eq!(output.status.code(), Some(0), "{err}");
    let drill = ["rehearse", "--drill", "billing-interruption", "--engagement", "elm", "--port", &port];
    let mut stranger = command(other.path(), &drill);
    stranger.env("GOLIVE_STORE", &store).env("GOLIVE_NAME", "Eve Moss");
    let (output, out, err) = said_by(&mut stranger, "Ana\n");
    assert_eq!(output.status.code(), Some(4), "{out}{err}");
    assert!(!out.contains("Step 1") && err.contains("Eve Moss"), "{out}{err}");
    assert_eq!(simulator.world().scenario(), Scenario::Happy);
}

#[test]
fn both_axes_of_flint_have_a_light_of_their_own_on_the_screen() {
    let home = Home::with_acme();
    let simulator = Simulator::start("127.0.0.1:0".parse().unwrap(), Scenario::PayoutsBlocked).unwrap();
    home.run(&["new", "flint", "Elm Goods", "--id", "elm"]);
    let api = format!("api_url={}", simulator.places(Provider::Flint).api);
    home.run(&["set", "elm", &api, &format!("live_merchant_id={}", FLINT.merchant_id)]);
    home.run(&["secret", "elm", "live_key", "--env", "FLINT_KEY"]);
    let screen = home.screen().env("FLINT_KEY", FLINT.live_key).arg("open").arg("elm");
    let terminal = screen.size(120, 40).start();
    terminal.wait_for_text("Elm Goods");
    terminal.send("5");
    let light = |text: &str, check: &str| {
        let row = text.lines().find(|line| line.contains(check)).unwrap_or_default().to_owned();
        row.split(check).next().unwrap_or_default().trim_matches([' ', '│', '▸']).to_owned()
    };
    let both = |payouts: &'static str| {
        terminal.wait_for(payouts, |screen| {
            let text = screen.text();
            let ran = text.lines().any(|line| line.contains("Payouts are ready") && line.contains(" ms "));
            light(&text, "Payments are ready") == "✓" && light(&text, "Payouts are ready") == payouts && ran
        })
    };
    // One failure is not believed yet.
    both("◌");
    terminal.send("C");
    both("✗");
    terminal.send("/Payouts are\r");
    terminal.wait_for_text("external_account is currently due");
}

#[test]
fn a_drill_without_questions_is_done_by_one_person_and_one_without_answers_fails_and_cleans_up() {
    let home = tempfile::tempdir().unwrap();
    let (simulator, port) = simulator();
    let drill = ["rehearse", "--drill", "billing-interruption", "--port", &port];
    let mut scripted = drill.to_vec();
    scripted.extend(["--yes", "--by", "Ana Lopez", "--json"]);
    let (output, out, err) = golive(home.path(), &scripted, "");
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    let summary: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["steps"].as_array().unwrap().len(), 8);
    assert_eq!(summary["steps"][4]["state"], "dunning");
    let (output, _, err) = golive(home.path(), &drill, "Ana\n");
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("Detect it"), "{err}");
    assert_eq!(simulator.world().scenario(), Scenario::Happy);
}
