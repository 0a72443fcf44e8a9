//! What holds on every screen, in a real terminal: keys and themes of one's own, the newcomer's steps, copying.

use crate::screen_bench::Home;

fn configured(text: &str) -> Home {
    let home = Home::with_acme();
    std::fs::write(home.folder().join("config.toml"), text).expect("a file");
    home
}

#[test]
fn a_key_of_ones_own_ticks_and_the_footer_shows_it() {
    let home = configured("[keys]\n'engagement.tick' = 't'\n");
    let terminal = home.acme(120, 40);
    terminal.wait_for_text("t tick");
    terminal.send("t");
    terminal.wait_for_text("1 of 4");
    terminal.wait_for_text("u undo");
    terminal.send("u");
    terminal.wait_for_text("Taken back");
    terminal.wait_for_text("0 of 4");
}

#[test]
fn a_theme_without_colours_has_none_and_a_flag_brings_them_back() {
    let home = configured("theme = 'none'\n");
    let plain = home.portfolio(80, 24);
    assert!(!plain.screen().is_coloured());
    let coloured = home.screen().arg("--theme").arg("colour-blind").env("NO_COLOR", "1").size(80, 24).start();
    assert!(coloured.wait_for_text("Acme Ltd").is_coloured());
}

#[test]
fn a_newcomer_ticks_asks_why_and_finds_help_within_ten_keys_and_is_not_led_again() {
    let home = Home::with_acme();
    let mark = home.folder().join("guided");
    std::fs::remove_file(&mark).expect("a file");
    let terminal = home.portfolio(80, 24);
    for (shown, key) in [
        ("1 of 3: choose a merchant and open it with enter", "\r"),
        ("2 of 3: space ticks", " "),
        ("3 of 3: b says why", "b"),
        ("esc", "\x1b"),
        ("3 of 3: ? shows every key", "?"),
    ] {
        terminal.wait_for_text(shown);
        terminal.send(key);
    }
    terminal.wait_for_text("tick or untick");
    terminal.send("\x1b");
    terminal.wait_for("no window", |s| !s.text().contains("tick or untick"));
    terminal.send("q");
    assert!(terminal.wait_exit().success());
    assert!(mark.exists());
    let again = home.portfolio(80, 24);
    assert!(!again.screen().text().contains("1 of 3"));
}

#[test]
fn what_is_copied_reaches_the_terminal_between_two_frames() {
    let home = Home::with_acme();
    let terminal = home.acme(120, 40);
    terminal.send("y");
    terminal.wait_for_text("golive tick acme");
    terminal.send("\r");
    terminal.wait_for_text("Copied: ");
    assert!(terminal.wrote("\x1b]52;c;"));
    let output = terminal.output();
    let at = output.windows(7).position(|w| w == b"\x1b]52;c;").expect("the sequence");
    let before = &output[..at];
    let count = |mark: &[u8]| before.windows(mark.len()).filter(|w| *w == mark).count();
    assert_eq!(count(b"\x1b[?2026h"), count(b"\x1b[?2026l"), "inside a frame");
}
