//! A consultant holds a whole kickoff by keys alone; what came of it is read from the log by the command line.

use crate::screen_bench::Home;
use crate::terminal::Terminal;

const ENTER: &str = "\r";
const ESC: &str = "\x1b";

/// The kickoff of Acme, at its first page.
fn begun(home: &Home, columns: u16, rows: u16) -> Terminal {
    let terminal = home.screen().home(home.folder()).arg("open").arg("acme").size(columns, rows).start();
    terminal.wait_for_text("0 Invitation and KYC");
    terminal.send("4");
    terminal.wait_for_text("Who is here");
    terminal
}

#[test]
fn a_whole_kickoff_by_keys_alone() {
    let home = Home::with_acme();
    let terminal = begun(&home, 120, 40);

    // People: the business role is the first row, PAI Compliance one of the last.
    terminal.send(ENTER);
    terminal.wait_for_text("Who is Business?");
    terminal.send("Omar Haddad");
    terminal.wait_for_text("joins with this role");
    terminal.send(ENTER);
    terminal.wait_for("Omar in his role", |s| s.text().contains("✓ Omar Haddad"));
    terminal.send("G");
    terminal.send(ENTER);
    terminal.wait_for_text("Who is PAI Compliance?");
    terminal.send("Ines Roth\r");
    terminal.wait_for("Ines in her role", |s| s.text().contains("✓ Ines Roth"));
    terminal.send(" ");
    terminal.wait_for_text("(here)");

    // Decisions: a choice, and a descriptor that is too long while it is typed.
    terminal.send("n");
    terminal.wait_for_text("Default PAI gateway");
    terminal.send(ENTER);
    terminal.wait_for_text("proposed");
    terminal.send("c");
    terminal.wait_for_text("agreed");
    terminal.send("n");
    terminal.wait_for_text("at most 22 characters");
    terminal.send(ENTER);
    terminal.wait_for_text("22 left");
    terminal.send("ACME SHOP BER");
    terminal.wait_for_text("9 left");
    terminal.send("* IN GERMANY");
    let screen = terminal.wait_for_text("3 too many");
    assert!(screen.text().contains("'*' cannot stand in it"), "{}", screen.text());
    terminal.send(ENTER);
    terminal.send("\x15ACME SHOP");
    terminal.wait_for_text("13 left");
    terminal.send(ENTER);
    terminal.wait_for_text("when it is agreed in the room");
    terminal.send("c");
    terminal.wait_for("agreed", |s| s.text().contains("✓ agreed"));

    // 3-D Secure follows the markets, which are a fact.
    terminal.send("nnn");
    terminal.wait_for_text("Where the merchant asks for it");
    terminal.send("c");
    terminal.wait_for_text("Nothing is proposed yet");
    terminal.send("n".repeat(16));
    terminal.wait_for_text("Where the customers are");
    terminal.send(ENTER);
    terminal.send("EU,MARS");
    terminal.wait_for_text("does not match");
    terminal.send("\x15EU,US\r");
    terminal.wait_for_text("filled in");
    terminal.send("p".repeat(16));
    let screen = terminal.wait_for_text("PSD2 SCA");
    assert!(screen.text().contains("not possible"), "{}", screen.text());
    terminal.send(ENTER);
    terminal.wait_for_text("proposed");

    // The day of going live.
    terminal.send("\t\t");
    terminal.wait_for_text("Suggested from the lead times");
    terminal.send(ENTER);
    terminal.send("\x1518 Dec");
    terminal.wait_for_text("Friday, 18 December 2026");
    terminal.send(ENTER);
    terminal.wait_for("the day is set", |s| !s.text().contains("> 18 Dec"));

    // What is true already is ticked together, taken back together, and ticked again.
    terminal.send("\t");
    terminal.wait_for_text("[ ]");
    terminal.send("  ");
    terminal.wait_for("two marks", |s| s.text().matches("[x]").count() == 2);
    terminal.send("t");
    terminal.wait_for_text("Tick 2 items?");
    terminal.send("y");
    terminal.wait_for_text("2 ticked");
    terminal.send("U");
    terminal.wait_for_text("2 taken back");
    terminal.send("g");
    terminal.send("  t");
    terminal.wait_for_text("Tick 2 items?");
    terminal.send("y");
    terminal.wait_for("ticked again", |s| s.text().contains("2 ticked"));

    // An open point, and the minutes.
    terminal.send("i");
    terminal.wait_for_text("Open point");
    terminal.send("VAT number by Monday");
    terminal.send(ENTER);
    terminal.send("n");
    terminal.wait_for_text("What remains to be done");
    terminal.wait_for_text("VAT number by Monday");
    terminal.send("w");
    terminal.wait_for_text("acme-kickoff-2026-11-21.md and acme-kickoff-2026-11-21.html");
    terminal.send("w");
    terminal.wait_for_text("acme-kickoff-2026-11-21-2.md");
    terminal.send(ESC);
    terminal.wait_for_text("KYC form and documents");
    terminal.send("q");
    assert!(terminal.wait_exit().success());

    let log = home.run(&["log", "acme"]);
    for said in [
        "Omar Haddad is Business",
        "Ines Roth is PAI Compliance",
        "confirmed 'default' for gateway_model",
        "confirmed 'ACME SHOP' for descriptor",
        "set markets to 'EU,US'",
        "set the target to 2026-12-18",
        "noted: VAT number by Monday",
    ] {
        assert!(log.contains(said), "{said}:\n{log}");
    }
    assert!(!log.contains("SHOP BER"), "what was too long was never written");
    assert_eq!(log.matches(" back").count(), 2, "{log}");
    assert_eq!(log.matches("ticked ").count(), 4, "{log}");
    assert!(log.contains("for Omar Haddad as Business"), "{log}");
    assert!(home.run(&["verify", "acme"]).contains("every one good"));

    let minutes = std::fs::read_to_string(home.folder().join("acme-kickoff-2026-11-21.md")).unwrap();
    for said in [
        "Ines Roth",
        "ACME SHOP",
        "VAT number by Monday",
        "Friday, 18 December 2026",
        "recorded by Dana Ruiz",
    ] {
        assert!(minutes.contains(said), "{said}:\n{minutes}");
    }
    assert!(!minutes.contains("Lin Chen is Developer"), "that was before:\n{minutes}");
    let page = std::fs::read_to_string(home.folder().join("acme-kickoff-2026-11-21.html")).unwrap();
    assert!(page.contains("VAT number by Monday"));
    assert!(home.run(&["minutes", "acme", "--since", "5"]).contains("VAT number by Monday"));
}

#[test]
fn a_kickoff_on_a_small_screen_is_usable() {
    let home = Home::with_acme();
    let terminal = begun(&home, 40, 12);
    terminal.send("n");
    terminal.wait_for_text("Default PAI gateway");
    terminal.send(ENTER);
    terminal.wait_for_text("proposed");
    terminal.send("1");
    terminal.wait_for_text("1 of 1");
    terminal.send(ENTER);
    terminal.wait_for_text("Invitation");
    terminal.send("4");
    // Where it was before.
    terminal.wait_for_text("Default PAI gateway");
}
