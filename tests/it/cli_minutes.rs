//! The minutes by the command line.

use crate::cli_bench::Home;

/// Acme with an agreed decision and a remark after event 7.
fn home() -> Home {
    let home = Home::with_acme();
    home.ok(&["decide", "acme", "descriptor", "ACME SHOP", "--confirm"]);
    home.ok(&["note", "acme", "--engagement", "VAT number by Monday"]);
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    home
}

#[test]
fn minutes_tell_what_happened_since_an_event_or_a_moment() {
    let home = home();
    let all = home.ok(&["minutes", "acme"]);
    assert!(all.contains("Lin Chen is Developer") && all.contains("VAT number by Monday"), "{all}");
    let seq = home.json(&["minutes", "acme"])["seq"].as_u64().unwrap();
    let last = (seq - 1).to_string();
    let late = home.ok(&["minutes", "acme", "--since", &last]);
    assert!(late.contains("Papers are in") && !late.contains("VAT number"), "{late}");
    let before = home.ok(&["minutes", "acme", "--since", "2026-11-21T08:59:00Z"]);
    assert!(before.contains("VAT number"), "{before}");
    let ahead = home.ok(&["minutes", "acme", "--since", "2026-11-21T09:01:00Z"]);
    assert!(ahead.contains("Nobody wrote anything"), "{ahead}");
    assert!(home.ok(&["minutes", "acme", "--since", "2h"]).contains("VAT number"));
}

#[test]
fn they_go_to_a_file_that_is_never_replaced_unasked() {
    let home = home();
    let path = home.path("minutes.html");
    let file = path.to_str().unwrap();
    home.ok(&["minutes", "acme", "-o", file, "--present", "Lin Chen"]);
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<h2>Present</h2>"), "{page}");
    assert!(home.fails(2, &["minutes", "acme", "-o", file]).contains("is there already"));
    home.ok(&["minutes", "acme", "-o", file, "--force", "--format", "md"]);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Minutes"));
}

#[test]
fn what_cannot_be_is_a_mistake_of_usage() {
    let home = home();
    home.fails(2, &["minutes", "acme", "--since", "yesterday"]);
    home.fails(2, &["minutes", "nobody"]);
    home.fails(2, &["minutes", "acme", "--present", "Eve\u{1b}[2J"]);
    assert!(home.fails(2, &["minutes", "acme", "--present", "Eve"]).contains("takes part"));
    home.fails(2, &["minutes", "acme", "-o", "/nowhere/m.md"]);
}

#[test]
fn hostile_names_come_through_as_text() {
    let home = Home::with_acme();
    let hostile = "<b>x</b> | [y](javascript:1) \u{202e}z";
    home.ok(&["new", home.path("small.toml").to_str().unwrap(), hostile, "--id", "evil"]);
    home.ok(&["assign", "evil", "dev", "Eve <i>nad</i>"]);
    home.ok(&["note", "evil", "--engagement", hostile]);
    for format in ["md", "html"] {
        let text = home.ok(&["minutes", "evil", "--format", format]);
        assert!(!text.contains("<b>") && !text.contains("<i>") && !text.contains('\u{202e}'), "{text}");
    }
}
