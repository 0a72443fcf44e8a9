//! A store that somebody changed past golive: `golive verify` finds it, and says which event and what.

use std::path::Path;

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::cli_bench::Home;

/// Runs SQL past golive, as somebody with the file at hand would.
fn sql(store: &Path, sql: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&format!("sqlite:{}", store.display())).await.unwrap();
        for trigger in ["events_are_never_changed", "events_are_never_removed", "events_follow_each_other"] {
            let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER IF EXISTS {trigger}"));
            connection.execute(sqlx::raw_sql(drop)).await.unwrap();
        }
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Acme and Other, each with the same six events by the same people.
fn store() -> Home {
    let home = Home::with_acme();
    let runbook = home.path("small.toml").to_str().unwrap().to_owned();
    home.ok(&["new", &runbook, "Other", "--id", "other"]);
    home.ok(&["assign", "other", "dev", "Lin Chen"]);
    for id in ["acme", "other"] {
        home.ok(&["note", id, "papers", "one"]);
        home.ok(&["note", id, "papers", "two"]);
    }
    home.ok(&["verify", "acme"]);
    home
}

#[test]
fn a_store_that_was_changed_is_found_and_the_event_is_named() {
    let cases: [(&str, &'static str, &str); 9] = [
        (
            "flip in the body",
            "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'one', 'two') AS BLOB) \
             WHERE engagement = 'acme' AND seq = 7",
            "event 7",
        ),
        ("hash", "UPDATE events SET hash = zeroblob(32) WHERE engagement = 'acme' AND seq = 3", "event 3"),
        (
            "signature",
            "UPDATE events SET signature = (SELECT signature FROM events e WHERE e.engagement = 'acme' \
             AND e.seq = 4) WHERE engagement = 'acme' AND seq = 5",
            "event 5 of Dana Ruiz: its signature is not good",
        ),
        ("deleted", "DELETE FROM events WHERE engagement = 'acme' AND seq = 4", "event 4"),
        (
            "swapped",
            "UPDATE events SET seq = 99 WHERE engagement = 'acme' AND seq = 4; \
             UPDATE events SET seq = 4 WHERE engagement = 'acme' AND seq = 5; \
             UPDATE events SET seq = 5 WHERE engagement = 'acme' AND seq = 99",
            "event 4",
        ),
        (
            "spliced",
            "UPDATE events SET (hash, body, signature) = (SELECT hash, body, signature FROM events o \
             WHERE o.engagement = 'other' AND o.seq = 7) WHERE engagement = 'acme' AND seq = 7",
            "event 7",
        ),
        ("cut", "DELETE FROM events WHERE engagement = 'acme' AND seq = 8", "the end was cut off"),
        ("cut by five", "DELETE FROM events WHERE engagement = 'acme' AND seq > 3", "the end was cut off"),
        ("gone", "DELETE FROM events WHERE engagement = 'acme'", "the end was cut off"),
    ];
    for (what, change, named) in cases {
        let home = store();
        sql(&home.path("golive.db"), change);
        let said = home.run(&["verify", "acme"]);
        assert_eq!(said.code, 5, "{what}: {said:?}");
        let text = said.out + &said.err;
        assert!(text.contains(named), "{what}: {text}");
        // The head kept beside the store vouches for signatures that were good once; for nothing else.
        if what != "signature" {
            assert_eq!(home.run(&["status", "acme"]).code, 5, "{what}: nothing of it is shown");
            assert_eq!(home.run(&["gate", "acme"]).code, 5, "{what}: no gate opens");
        }
        let path = home.path("r.json");
        let release = ["release", "acme", "--no-go", "--reason", "wait", "-o", path.to_str().unwrap()];
        assert_eq!(home.run(&release).code, 5, "{what}: nothing is decided on it");
        assert!(!path.exists(), "{what}");
    }
}

#[test]
fn another_store_in_its_place_is_found_by_the_heads_beside_it_and_by_a_release() {
    let home = store();
    let release = home.path("r.json");
    let release = release.to_str().unwrap();
    home.ok(&["release", "acme", "-o", release, "--no-go", "--reason", "wait"]);
    let other = store();
    // The same person makes a store of the same name with another course of things.
    for file in ["golive.db", "golive.db-wal", "golive.db-shm"] {
        let _ = std::fs::remove_file(home.path(file));
        if other.path(file).exists() {
            std::fs::copy(other.path(file), home.path(file)).unwrap();
        }
    }
    let said = home.run(&["verify", "acme"]);
    assert_eq!(said.code, 5, "{said:?}");
    // Without the heads beside it only a release still tells.
    std::fs::remove_file(home.path("golive.db.heads")).unwrap();
    home.ok(&["verify", "acme"]);
    let said = home.run(&["verify", "acme", "--against", release]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.out.contains("a release was made"), "{said:?}");
}
