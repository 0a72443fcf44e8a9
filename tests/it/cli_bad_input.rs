//! Files that cannot be used: told with their place, answered with exit code 2 or 5, and nothing written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::cli_bench::{Home, SMALL};

#[test]
fn a_runbook_with_a_fault_is_told_with_line_column_words_and_hint_and_begins_nothing() {
    let cases = [
        ("parse", SMALL.replacen("version = \"1\"", "version = ", 1), "this is no TOML"),
        (
            "unknown-key",
            SMALL.replacen("side = \"merchant\"", "side = \"merchant\"\ncolour = 1", 1),
            "colour",
        ),
        ("duplicate", SMALL.replacen("id = \"papers\"", "id = \"hello\"", 1), "hello"),
        ("owner", SMALL.replacen("owner = \"dev\"", "owner = \"dve\"", 1), "dve"),
        ("check", SMALL.replacen("use = \"site\"", "use = \"sight\"", 1), "sight"),
        ("field", SMALL.replacen("fields.site", "fields.sight", 1), "sight"),
        ("gate", SMALL.replacen("{ all = [\"dev\", \"lead\"] }", "{ all = [] }", 1), "all"),
    ];
    for (name, text, words) in cases {
        assert_ne!(text, SMALL, "{name} changes nothing");
        let home = Home::new();
        let file = home.write("broken.toml", text);
        let lint = home.run(&["lint", &file]);
        assert_eq!(lint.code, 2, "{name}: {lint:?}");
        assert!(lint.out.contains("broken.toml:"), "{name}: {lint:?}");
        assert!(lint.out.contains(words), "{name}: {lint:?}");
        let shapes = home.run(&["lint", &file, "--json"]);
        let faults: serde_json::Value = serde_json::from_str(&shapes.out).unwrap();
        let fault = &faults.as_array().unwrap()[0];
        assert!(fault["line"].as_u64().unwrap() > 0 && fault["column"].as_u64().unwrap() > 0, "{fault}");
        assert!(fault["hint"].is_string(), "{name}: {fault}");
        let new = home.fails(2, &["new", &file, "Acme"]);
        assert!(new.contains(words), "{name}: {new}");
        assert_eq!(home.ok(&["list"]), "", "{name}");
    }
}

#[test]
fn a_runbook_that_is_too_large_missing_or_no_file_is_refused() {
    let home = Home::new();
    let large = home.write("large.toml", format!("# {}\n{SMALL}", "x".repeat(1_100_000)));
    let said = home.run(&["lint", &large]);
    assert_eq!(said.code, 2);
    assert!(said.out.contains("1000000 bytes"), "{said:?}");
    home.fails(2, &["lint", "/nowhere/x.toml"]);
    home.fails(2, &["lint", home.path("").to_str().unwrap()]);
    home.fails(2, &["new", "/dev/zero", "X"]);
}

#[test]
fn a_good_runbook_is_called_good() {
    let home = Home::new();
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("checklists/paymentsai.toml");
    let said = home.ok(&["lint", bundled.to_str().unwrap()]);
    assert!(said.contains("good (paymentsai 2026.11, 6 stages, 42 items)"), "{said}");
}

#[test]
fn a_bad_configuration_is_told_with_its_place_and_nothing_is_done() {
    let home = Home::new();
    home.write("config.toml", "name = 'Dana'\nnmae = 'x'\n");
    let error = home.fails(2, &["new", "paymentsai", "Acme"]);
    assert!(error.contains("config.toml:2:1") && error.contains("did you mean 'name'?"), "{error}");
    assert!(!home.path("golive.db").exists());
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    for (what, bytes) in
        [("text", b"hello, I am no database, not even a small one".to_vec()), ("zeros", vec![0; 8192])]
    {
        let home = Home::new();
        home.write("golive.db", &bytes);
        for args in [&["list"][..], &["new", "paymentsai", "Acme"]] {
            let error = home.fails(5, args);
            assert!(error.contains("golive.db"), "{what}: {error}");
        }
        assert_eq!(fs::read(home.path("golive.db")).unwrap(), bytes, "{what}");
    }
}

#[test]
fn a_store_that_was_taken_away_is_not_taken_for_an_empty_one() {
    let home = Home::with_acme();
    for suffix in ["", "-wal", "-shm"] {
        let file = home.path(&format!("golive.db{suffix}"));
        // The last process may have tidied up the other two.
        assert!(fs::remove_file(file).is_ok() || !suffix.is_empty());
    }
    for args in [&["status", "acme"][..], &["note", "acme", "hello", "hi"]] {
        let error = home.fails(5, args);
        assert!(error.contains("the end was cut off"), "{error}");
    }
    let runbook = home.path("small.toml");
    home.fails(5, &["new", runbook.to_str().unwrap(), "Acme", "--id", "acme"]);
}

#[test]
fn a_store_cut_in_half_is_an_error() {
    let home = Home::with_acme();
    let path = home.path("golive.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, &bytes).unwrap();
    let _ = fs::remove_file(home.path("golive.db-wal"));
    let _ = fs::remove_file(home.path("golive.db-shm"));
    home.fails(5, &["status", "acme"]);
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let home = Home::with_acme();
    let key = home.path("identity/id_ed25519");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = home.fails(5, &["note", "acme", "hello", "hi"]);
    assert!(error.contains("chmod 600"), "{error}");
}

#[test]
fn a_store_in_a_folder_that_cannot_be_made_is_told() {
    let home = Home::new();
    home.write("file", "x");
    let inside = home.path("file/golive.db");
    home.fails(5, &["--store", inside.to_str().unwrap(), "list"]);
}
