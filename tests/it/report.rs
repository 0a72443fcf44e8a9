//! `golive report`, typed.

use crate::cli_bench::{Home, SMALL};

fn file(home: &Home, name: &str) -> String {
    home.path(name).to_str().unwrap().to_owned()
}

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path(name)).unwrap()
}

#[test]
fn a_report_is_printed_or_written_in_the_format_asked_for_or_that_of_the_file() {
    let home = Home::with_acme();
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    let printed = home.ok(&["report", "acme"]);
    assert!(printed.starts_with("# Going live: Acme Ltd\n"), "{printed}");
    assert!(
        printed.contains("signed by Lin Chen as Developer on 2026-11-21 09:00 UTC, recorded by Dana Ruiz")
    );
    let said = home.ok(&["report", "acme", "-o", &file(&home, "r.md")]);
    assert!(said.contains("how acme stood at 2026-11-21 09:00:00 UTC"), "{said}");
    assert_eq!(read(&home, "r.md"), printed);
    home.ok(&["report", "acme", "-o", &file(&home, "r.html")]);
    assert_eq!(read(&home, "r.html"), home.ok(&["report", "acme", "--format", "html"]));
    assert!(read(&home, "r.html").starts_with("<!DOCTYPE html>"));
    home.ok(&["report", "acme", "-o", &file(&home, "r.csv")]);
    assert!(read(&home, "r.csv").starts_with("\"engagement\",") && read(&home, "r.csv").ends_with("\r\n"));
    let json = home.json(&["report", "acme"]);
    assert_eq!(json["engagement"]["target"], "2026-12-12");
    assert_eq!(json, home.json(&["report", "acme"]), "the same twice");
    let said = home.json(&["report", "acme", "-o", &file(&home, "r.json")]);
    assert_eq!((&said["format"], &said["engagement"]), (&"json".into(), &"acme".into()));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&read(&home, "r.json")).unwrap(), json);
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let home = Home::with_acme();
    let mine = home.write("mine.md", "mine");
    let refused = home.fails(2, &["report", "acme", "-o", &mine]);
    assert!(refused.contains("is there already") && refused.contains("--force"), "{refused}");
    assert_eq!(read(&home, "mine.md"), "mine");
    home.ok(&["report", "acme", "-o", &mine, "--force"]);
    assert!(read(&home, "mine.md").starts_with("# Going live"));
    for nowhere in [file(&home, "."), file(&home, "no/r.md"), "/".to_owned()] {
        home.fails(2, &["report", "acme", "-o", &nowhere, "--force"]);
    }
    let left: Vec<_> = std::fs::read_dir(home.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".new")), "{left:?}");
    let wrong = home.run(&["report", "acme", "--format", "pdf"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert_eq!(home.run(&["report", "acme", "--force"]).code, 2, "there is nothing to replace");
    home.fails(2, &["report", "acmee"]);
}

#[test]
fn what_an_upgrade_showed_is_in_the_report_after_it() {
    let home = Home::with_acme();
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    let next =
        SMALL.replace("Papers are in", "All papers are in").replacen("version = \"1\"", "version = \"2\"", 1);
    let next = home.write("next.toml", next);
    let shown = home.ok(&["upgrade", "acme", "--to", &next, "--yes"]);
    let report = home.ok(&["report", "acme"]);
    for words in
        ["title: Papers are in, now All papers are in", "no longer counts: the tick of papers by Lin Chen"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
        assert!(report.contains(words), "{words}: {report}");
    }
    assert!(report.contains("### Version 1 to 2"), "{report}");
}

#[test]
fn a_log_that_was_tampered_with_has_no_report() {
    let home = Home::with_acme();
    for name in ["golive.db", "golive.db-wal", "golive.db-shm"] {
        // The last process to leave may have folded the log into the file.
        let _ = std::fs::remove_file(home.path(name));
    }
    let err = home.fails(5, &["report", "acme"]);
    assert!(err.contains("tampered"), "{err}");
}
