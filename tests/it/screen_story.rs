//! The compiled program as a person sees it.

use crate::screen_bench::Home;

#[test]
fn both_screens_at_two_sizes() {
    let home = Home::with_acme();
    for (columns, rows) in [(80, 24), (120, 40)] {
        let terminal = home.portfolio(columns, rows);
        terminal.wait_for("all to be read", |s| !s.text().contains("reading"));
        insta::assert_snapshot!(format!("portfolio-{columns}x{rows}"), terminal.screen().text());
        terminal.send("\r");
        let screen = terminal.wait_for("the history", |s| s.text().contains("0 of 4"));
        insta::assert_snapshot!(format!("engagement-{columns}x{rows}"), screen.text());
    }
}

#[test]
fn without_colour_and_in_ascii() {
    let home = Home::with_acme();
    let terminal =
        home.screen().arg("open").arg("acme").env("NO_COLOR", "1").env("LANG", "C").size(120, 40).start();
    let screen = terminal.wait_for_text("0 of 4");
    assert!(!screen.is_coloured());
    assert!(screen.text().is_ascii(), "{}", screen.text());
    insta::assert_snapshot!("engagement-ascii", screen.text());
}

#[test]
fn colour_is_used_where_it_is_wanted() {
    let home = Home::with_acme();
    assert!(home.acme(80, 24).screen().is_coloured());
}

#[test]
fn a_tick_on_the_screen_is_in_the_log() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    terminal.send(" ");
    terminal.wait_for_text("1 of 4");
    terminal.send("q");
    assert!(terminal.wait_exit().success());
    assert!(home.run(&["log", "acme"]).contains("ticked"));
}

#[test]
fn what_is_pressed_before_leaving_is_not_lost() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    terminal.send(" q");
    assert!(terminal.wait_exit().success());
    assert!(home.run(&["log", "acme"]).contains("ticked"));
}

#[test]
fn what_another_process_writes_appears_by_itself() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    home.run(&["note", "acme", "invited", "called them"]);
    terminal.wait_for_text("called them");
}

#[test]
fn a_refusal_names_who_it_waits_for() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    // The first stage that is shut.
    terminal.send("\x1b[Z");
    terminal.send("j");
    terminal.wait_for_text("1 Discovery ─");
    terminal.send("\t ");
    let screen = terminal.wait_for_text("is shut");
    assert!(screen.text().contains("KYC"), "{}", screen.text());
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    terminal.resize(40, 12);
    terminal.wait_for("one panel", |s| s.row(1).contains("Invitation") && !s.text().contains("Owner"));
    terminal.resize(20, 5);
    terminal.wait_for_text("golive needs 40x12");
    terminal.resize(200, 60);
    terminal.wait_for_text("Owner");
    terminal.send("q");
    assert!(terminal.wait_exit().success());
}

#[test]
fn the_mouse_picks_and_the_wheel_moves() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    // The third row of the items, then the wheel back up over them.
    terminal.send("\x1b[<0;40;5M");
    terminal.wait_for("the third item", |s| s.row(4).contains("▸○"));
    terminal.send("\x1b[<64;40;5M");
    terminal.wait_for("the first item", |s| s.row(2).contains("▸○"));
}

#[test]
fn help_is_there_and_goes() {
    let home = Home::with_acme();
    let terminal = home.portfolio(80, 24);
    terminal.send("?");
    terminal.wait_for_text("sort by urgency");
    terminal.send("\x1b");
    terminal.wait_for("no window", |s| !s.text().contains("sort by urgency"));
}
