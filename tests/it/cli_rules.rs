//! Exceptions, evidence, separation of duties and upgrades, typed.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::cli_bench::{Home, SMALL, Said};

/// The small runbook with one item changed.
fn edited(from: &str, to: &str) -> String {
    let text = SMALL.replacen(from, to, 1);
    assert_ne!(text, SMALL, "{from} is not in it");
    text
}

/// Acme on a runbook of its own.
fn acme(runbook: &str) -> Home {
    let home = Home::new();
    let file = home.write("small.toml", runbook);
    home.ok(&["new", &file, "Acme Ltd", "--id", "acme"]);
    home.ok(&["assign", "acme", "dev", "Lin Chen"]);
    home
}

/// Lin, with a key of her own, on the same store.
fn lin(home: &Home, args: &[&str]) -> Said {
    let store = home.path("golive.db");
    let mut command = home.command(&[&["--store", store.to_str().unwrap()], args].concat());
    command.env("GOLIVE_HOME", home.path("lin")).env("GOLIVE_NAME", "Lin Chen");
    Said::of(command.output().unwrap())
}

/// Gives Lin a key.
fn with_key(home: &Home) {
    let whoami: serde_json::Value = serde_json::from_str(&lin(home, &["whoami", "--json"]).out).unwrap();
    let key = home.write("lin.pub", whoami["public_key"].as_str().unwrap());
    home.ok(&["assign", "acme", "dev", "Lin Chen", "--key", &key]);
}

/// The same at another time.
fn at(home: &Home, now: &str, args: &[&str]) -> Said {
    Said::of(home.command(args).env("GOLIVE_NOW", now).output().unwrap())
}

#[test]
fn break_glass_is_named_by_every_command_and_never_ready() {
    let home = Home::with_acme();
    let err = home.fails(2, &["break-glass", "acme", "last", "--reason", "shop is down", "--until", "8days"]);
    assert!(err.contains("lasts until 2026-11-28"), "{err}");
    home.fails(2, &["break-glass", "acme", "lost", "--reason", "x", "--until", "4h"]);
    home.fails(4, &["break-glass", "acme", "first", "--reason", "x", "--until", "4h"]);
    let refused = lin(&home, &["break-glass", "acme", "last", "--reason", "x", "--until", "4h"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    for wrong in [
        &["break-glass", "acme", "last", "--reason", "x"][..],
        &["break-glass", "acme", "last", "--until", "4h"],
    ] {
        assert_eq!(home.run(wrong).code, 2, "an emergency has a reason and an end");
    }
    home.ok(&["break-glass", "acme", "last", "--reason", "shop is down", "--until", "4h"]);
    let said = "BREAK-GLASS";
    for args in
        [&["status", "acme"][..], &["why", "acme", "last"], &["why", "acme"], &["log", "acme"], &["list"]]
    {
        assert!(home.ok(args).contains(said), "{args:?}");
    }
    let gate = home.run(&["gate", "acme", "--stage", "last"]);
    assert_eq!(gate.code, 1, "{gate:?}");
    assert!(
        gate.out.contains("NOT READY; opened by BREAK-GLASS") && gate.out.contains("shop is down"),
        "{gate:?}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&home.run(&["gate", "acme", "--stage", "last", "--json"]).out).unwrap();
    assert_eq!(json["standing"], "break_glass");
    assert_eq!(json["emergencies"][0]["opened"]["text"], "shop is down");
    assert_eq!(home.json(&["status", "acme"])["stages"][1]["gate"], "break_glass");
    home.ok(&["tick", "acme", "button"]);
    assert_eq!(home.json(&["status", "acme"])["done"], 0, "nothing is done by it");

    let over = at(&home, "2026-11-21T13:00:00Z", &["status", "acme"]);
    assert!(!over.out.contains(said), "it ends by itself: {over:?}");
    let late = at(&home, "2026-11-21T13:00:00Z", &["list"]);
    assert!(!late.out.contains(said), "the portfolio's line was written while it held: {late:?}");
    home.ok(&["break-glass", "acme", "last", "--reason", "it is up again", "--end"]);
    assert!(!home.ok(&["status", "acme"]).contains(said));
    assert!(home.ok(&["log", "acme"]).contains("ended the break-glass"), "and stays in the log");
    home.fails(4, &["break-glass", "acme", "last", "--reason", "again", "--end"]);
    assert_eq!(home.json(&["verify", "acme"])["whole"], true);
}

#[test]
fn the_last_gate_opened_in_an_emergency_does_not_pass_for_ready() {
    let home = Home::with_acme();
    home.ok(&[
        "break-glass",
        "acme",
        "--last",
        "--reason",
        "launch tonight",
        "--until",
        "2026-11-22T09:00:00Z",
    ]);
    let gate = home.run(&["gate", "acme"]);
    assert_eq!(gate.code, 1);
    assert!(gate.out.contains("the last gate is NOT READY; opened by BREAK-GLASS"), "{gate:?}");
}

#[test]
fn a_rejected_item_says_who_and_why_until_it_is_ticked_again() {
    let home = Home::with_acme();
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    home.ok(&["reject", "acme", "papers", "--reason", "unreadable scan"]);
    for args in [&["status", "acme"][..], &["why", "acme"]] {
        let said = home.ok(args);
        assert!(said.contains("sent back by Dana Ruiz: unreadable scan"), "{args:?}: {said}");
    }
    let papers = &home.json(&["status", "acme"])["stages"][0]["items"][1];
    assert_eq!((&papers["rejected"]["by"], &papers["status"]), (&"Dana Ruiz".into(), &"rejected".into()));
    home.ok(&["tick", "acme", "papers", "--on-behalf-of", "Lin Chen"]);
    assert!(!home.ok(&["status", "acme"]).contains("unreadable"));
    assert!(home.ok(&["log", "acme"]).contains("unreadable scan"));
}

#[test]
fn what_is_waived_is_counted_apart_everywhere_and_warns_before_its_end() {
    let home = Home::with_acme();
    with_key(&home);
    assert_eq!(
        lin(&home, &["waive", "acme", "papers", "--reason", "on the way", "--until", "2026-12-21"]).code,
        0
    );
    home.ok(&["waive", "acme", "papers", "--grant"]);
    let status = home.ok(&["status", "acme"]);
    assert!(status.contains("0 of 4 items done; 1 waived"), "{status}");
    assert!(status.contains("0/3 +1 waived"), "{status}");
    assert!(status.contains("granted by Dana Ruiz, asked for by Lin Chen: on the way"), "{status}");
    assert!(!status.contains("SOON"), "{status}");
    assert!(home.ok(&["list"]).contains("0/4 +1 waived"));
    let json = home.json(&["status", "acme"]);
    assert_eq!(
        (&json["done"], &json["waived"], &json["stages"][0]["waived"]),
        (&0.into(), &1.into(), &1.into())
    );
    assert_eq!(home.json(&["list"])["engagements"][0]["stages"][0]["done"], 0);
    let near = at(&home, "2026-12-20T09:00:00Z", &["status", "acme"]);
    assert!(near.out.contains("SOON"), "{near:?}");
}

#[test]
fn a_waiver_ends_after_ninety_days_at_most_and_earlier_when_it_is_revoked() {
    let home = Home::with_acme();
    with_key(&home);
    let ask =
        |until: &str| lin(&home, &["waive", "acme", "papers", "--reason", "on the way", "--until", until]);
    let refused = ask("2027-02-20");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("lasts until 2027-02-19"), "{refused:?}");
    assert_eq!(ask("2027-02-19").code, 0);
    home.ok(&["waive", "acme", "papers", "--grant"]);
    let waived = |home: &Home| home.json(&["status", "acme"])["waived"].clone();
    assert_eq!(waived(&home), 1);
    for wrong in
        [&["--revoke"][..], &["--revoke", "--grant"], &["--revoke", "--reason", "x", "--until", "2026-12-01"]]
    {
        assert_eq!(home.run(&[&["waive", "acme", "papers"], wrong].concat()).code, 2, "{wrong:?}");
    }
    let said = home.ok(&["waive", "acme", "papers", "--revoke", "--reason", "they are in"]);
    assert!(said.contains("ended the exception for Papers are in: they are in"), "{said}");
    assert_eq!(waived(&home), 0);
    let again = home.fails(4, &["waive", "acme", "papers", "--revoke", "--reason", "they are in"]);
    assert!(again.contains("has no waiver that holds"), "{again}");
    home.ok(&["undo", "acme"]);
    assert_eq!(waived(&home), 1);
    assert_eq!(home.json(&["verify", "acme"])["whole"], true);
}

#[test]
fn a_gate_that_nobody_can_open_is_told_with_the_reason() {
    let text = edited(
        "owner = { all = [\"dev\", \"lead\"] }",
        "owner = { all = [\"dev\", \"lead\"] }\ndistinct = true",
    );
    let home = Home::new();
    let file = home.write("small.toml", text);
    home.ok(&["new", &file, "Acme Ltd", "--id", "acme"]);
    assert!(home.ok(&["status", "acme"]).contains("nobody holds Developer"));
    home.ok(&["assign", "acme", "dev", "Dana Ruiz"]);
    let said = "Developer and Lead must be different people, and both are Dana Ruiz";
    assert!(home.ok(&["status", "acme"]).contains(said));
    assert!(!home.ok(&["why", "acme", "first"]).contains(said), "not what holds this stage");
    assert!(home.ok(&["why", "acme", "last"]).contains(said));
    let told = home.json(&["status", "acme"])["obstacles"].to_string();
    assert!(told.contains(said) && told.contains("button"), "{told}");
}

const REVIEWED: &str = "owner = \"lead\"\nindependent = true\n\
    evidence = [{ kind = \"file\", hint = \"The report\" }, { kind = \"id\", pattern = \"^pay_\" }]";

#[test]
fn evidence_is_of_the_kinds_asked_for_and_reviewed_by_another_person() {
    let home = acme(&edited("owner = \"dev\"\noptional = true", REVIEWED));
    with_key(&home);
    let refused = home.fails(4, &["tick", "acme", "hello"]);
    assert!(refused.contains("a file (The report)") && refused.contains("an id like ^pay_"), "{refused}");
    let report = home.write("report.pdf", "all is well");
    let own = home.fails(4, &["tick", "acme", "hello", "--evidence", "pay_1", "--evidence-file", &report]);
    assert!(own.contains("Dana Ruiz has attached evidence"), "{own}");
    let added = lin(&home, &["evidence", "add", "acme", "hello", "pay_1", "--file", &report]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.out.contains("attached file report.pdf (11 bytes, SHA-256 "), "{added:?}");
    home.ok(&["tick", "acme", "hello"]);
    assert_eq!(home.json(&["status", "acme"])["stages"][0]["items"][0]["status"], "done");
    let list = home.json(&["evidence", "list", "acme", "hello"]);
    assert_eq!(
        (&list[1]["kind"], &list[1]["size"], &list[1]["item"]),
        (&"file".into(), &11.into(), &"hello".into())
    );

    let out = home.path("copy.pdf");
    home.ok(&["evidence", "export", "acme", "hello", "report.pdf", "-o", out.to_str().unwrap()]);
    assert_eq!(std::fs::read(&out).unwrap(), b"all is well");
    home.fails(5, &["evidence", "export", "acme", "hello", "report.pdf", "-o", out.to_str().unwrap()]);
    home.fails(2, &["evidence", "export", "acme", "hello", "pay_1"]);
    home.fails(2, &["evidence", "remove", "acme", "hello", "pay_2"]);
    assert_eq!(lin(&home, &["evidence", "remove", "acme", "hello", "pay_1"]).code, 0);
    let status = home.ok(&["status", "acme"]);
    assert!(status.contains("its evidence has changed since"), "{status}");
}

#[test]
fn files_of_evidence_that_are_missing_or_altered_are_found_by_verify() {
    let home = Home::with_acme();
    let report = home.write("report.pdf", "all is well");
    home.ok(&["evidence", "add", "acme", "hello", "--file", &report]);
    assert_eq!(home.json(&["verify", "acme"])["evidence"], serde_json::json!([]));
    let digest = home.json(&["evidence", "list", "acme"])[0]["digest"].as_str().unwrap().to_owned();
    let kept = home.path("golive.db.evidence").join(&digest[..2]).join(&digest);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    for (what, word) in [(Some("all is bad!"), "altered"), (None, "missing")] {
        match what {
            Some(bytes) => std::fs::write(&kept, bytes).unwrap(),
            None => std::fs::remove_file(&kept).unwrap(),
        }
        let said = home.run(&["verify", "acme"]);
        assert_eq!(said.code, 5, "{said:?}");
        assert!(said.out.contains("evidence 'report.pdf' of hello") && said.out.contains(word), "{said:?}");
        let out = home.path("out");
        home.fails(5, &["evidence", "export", "acme", "hello", &digest[..8], "-o", out.to_str().unwrap()]);
        assert!(!out.exists());
    }
    home.write("copy.pdf", "all is well");
    home.fails(4, &["evidence", "add", "acme", "hello", "--file", &report]);
    home.ok(&["verify", "acme"]);
}

#[test]
fn what_cannot_be_evidence_is_refused_and_nothing_is_written() {
    let home = Home::with_acme();
    home.write("secret", "x");
    home.write("empty", "");
    home.write("large", vec![0; 1024 * 1024 + 1]);
    home.write("config.toml", "evidence_max_mib = 1\n");
    symlink(home.path("secret"), home.path("link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(home.path("pipe")).status().unwrap().success());
    let before = home.json(&["status", "acme"])["seq"].clone();
    for name in ["link", "pipe", "empty", "large", ".", "/dev/zero"] {
        let path = home.path(name);
        let said = home.fails(2, &["evidence", "add", "acme", "hello", "--file", path.to_str().unwrap()]);
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    home.fails(5, &["evidence", "add", "acme", "hello", "--file", home.path("none").to_str().unwrap()]);
    home.fails(2, &["evidence", "add", "acme", "hallo", "text"]);
    home.fails(2, &["evidence", "add", "acme", "hello", &"x".repeat(1001)]);
    assert_eq!(home.json(&["status", "acme"])["seq"], before);
    let odd = home.write("odd\u{1b}[2J\u{202e}.pdf", "bytes");
    home.ok(&["evidence", "add", "acme", "hello", "--file", &odd]);
    assert_eq!(home.json(&["evidence", "list", "acme"])[0]["reference"], "odd__2J_.pdf");
    let zero = home.write("config.toml", "evidence_max_mib = 0\n");
    assert!(home.run(&["list"]).code == 2, "{zero}");
}

#[test]
fn an_upgrade_shows_what_is_different_asks_and_keeps_unchanged_ticks() {
    let home = Home::with_acme();
    for item in ["papers", "site-up"] {
        home.ok(&["tick", "acme", item, "--on-behalf-of", "Lin Chen"]);
    }
    let same = home.write("same.toml", SMALL);
    assert!(home.ok(&["upgrade", "acme", "--to", &same]).contains("nothing to do"));
    let text = edited("title = \"Papers are in\"", "title = \"All papers are in\"").replacen(
        "version = \"1\"",
        "version = \"2\"",
        1,
    ) + "\n[[stages.items]]\nid = \"cake\"\ntitle = \"There is cake\"\nowner = \"dev\"\n";
    let next = home.write("next.toml", text);
    let dry = home.ok(&["upgrade", "acme", "--to", &next, "--dry-run"]);
    for said in [
        "~ item papers (All papers are in)",
        "title: Papers are in, now All papers are in",
        "+ item cake (There is cake)",
        "no longer counts: the tick of papers by Lin Chen as Developer",
        "open again: papers",
        "Nothing was written",
    ] {
        assert!(dry.contains(said), "{said}: {dry}");
    }
    let asked = home.run(&["upgrade", "acme", "--to", &next]);
    assert_eq!(asked.code, 4, "nobody is there to agree: {asked:?}");
    assert_eq!(home.json(&["status", "acme"])["runbook_version"], "1");
    let json = home.json(&["upgrade", "acme", "--to", &next, "--yes"]);
    assert_eq!(
        (&json["outcome"], &json["consequences"]["lost"][0]["item"]),
        (&"upgraded".into(), &"papers".into())
    );
    let status = home.json(&["status", "acme"]);
    assert_eq!((&status["runbook_version"], &status["done"]), (&"2".into(), &1.into()));
    let papers = &status["stages"][0]["items"][1];
    assert_eq!(papers["stale"], "the item has changed in the runbook since");
    assert_eq!(home.json(&["verify", "acme"])["whole"], true);
    // Back again: what was signed under the first version was signed under these very words.
    home.ok(&["upgrade", "acme", "--to", &same, "--yes"]);
    assert_eq!(home.json(&["status", "acme"])["done"], 2);
}

#[test]
fn an_upgrade_that_would_open_a_gate_or_is_of_something_else_is_refused() {
    let home = Home::with_acme();
    let seq = home.json(&["status", "acme"])["seq"].clone();
    let warns =
        edited("id = \"last\"\ntitle = \"Launch\"", "id = \"last\"\ngate = \"warn\"\ntitle = \"Launch\"");
    let warns = home.write("warns.toml", warns);
    let refused = home.run(&["upgrade", "acme", "--to", &warns, "--yes"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("would open what is shut: Launch"), "{refused:?}");
    let other = home.write("other.toml", edited("id = \"small\"", "id = \"other\""));
    home.fails(2, &["upgrade", "acme", "--to", &other, "--yes"]);
    let broken = home.write("broken.toml", edited("owner = \"dev\"", "owner = \"dve\""));
    let said = home.fails(2, &["upgrade", "acme", "--to", &broken]);
    assert!(said.contains("dve"), "{said}");
    home.fails(2, &["upgrade", "acme", "--to", home.path("none.toml").to_str().unwrap()]);
    home.fails(2, &["upgrade", "acme"]);
    with_key(&home);
    let next = home.write("next.toml", edited("title = \"Launch\"", "title = \"The launch\""));
    let by_lin = lin(&home, &["upgrade", "acme", "--to", &next, "--yes"]);
    assert_eq!(by_lin.code, 4, "{by_lin:?}");
    let now = home.json(&["status", "acme"]);
    assert_eq!(now["seq"].as_u64(), seq.as_u64().map(|n| n + 1), "only the key was added");
}
