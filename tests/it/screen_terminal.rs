//! The terminal is given back as it was found, whatever ends the screen.

use std::os::unix::process::ExitStatusExt as _;

use rustix::process::Signal;

use crate::screen_bench::Home;

#[test]
fn quitting_gives_the_terminal_back() {
    let home = Home::with_acme();
    let terminal = home.portfolio(80, 24);
    assert!(terminal.screen().is_alternate());
    assert!(!terminal.left_as_found());
    terminal.send("q");
    assert!(terminal.wait_exit().success());
    assert!(terminal.left_as_found());
}

#[test]
fn a_signal_gives_the_terminal_back_and_ends_the_program_by_itself() {
    let home = Home::with_acme();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let terminal = home.acme(80, 24);
        terminal.signal(signal);
        let status = terminal.wait_exit();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{signal:?}");
        assert!(terminal.left_as_found(), "{signal:?}");
    }
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let home = Home::with_acme();
    let mut terminal = home.portfolio(80, 24);
    terminal.hang_up();
    terminal.wait_exit();
}

#[test]
fn ctrl_c_leaves_from_inside_a_window() {
    let home = Home::with_acme();
    let terminal = home.acme(80, 24);
    terminal.send("n");
    terminal.wait_for_text("what should others know?");
    terminal.send("\x03");
    assert!(terminal.wait_exit().success());
    assert!(terminal.left_as_found());
}

#[test]
fn a_screen_without_a_terminal_is_refused_before_anything_is_written() {
    let home = Home::with_acme();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_golive"))
        .env_clear()
        .env("GOLIVE_NAME", "Dana Ruiz")
        .env("GOLIVE_HOME", home.folder())
        .output()
        .expect("golive runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
