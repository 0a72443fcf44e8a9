//! Every person with every command that writes, typed: exit code 0 when it is theirs to do, 4 when it is not,
//! and nothing in the log of what was refused. The application's own matrix tries every state of a gate; this
//! one shows that the command line passes the same answers on.

use std::path::Path;

use crate::cli_bench::{Home, Said, command};

const RUNBOOK: &str = r#"
schema = 1
id = "small"
title = "Small"
version = "1"
provider = "Test"
roles = [
  { id = "lead", name = "Lead", side = "provider", lead = true },
  { id = "dev", name = "Developer", side = "merchant" },
  { id = "qa", name = "QA", side = "merchant" },
]
fields = [{ id = "site", label = "Website" }]
secrets = [{ id = "key", label = "Key", origins = ["https://example.com"] }]
decisions = [{ id = "name", title = "Name", kind = "text", max_chars = 22 }]

[[stages]]
id = "first"
title = "First"
items = [
  { id = "start", title = "Start", owner = "dev" },
  { id = "maybe", title = "Maybe", owner = "dev", optional = true },
  { id = "late", title = "Late", owner = "dev" },
  { id = "undone", title = "Undone", owner = "dev" },
  { id = "done", title = "Done", owner = "dev" },
]

[[stages]]
id = "last"
title = "Last"
signoff = ["lead"]
items = [{ id = "launch", title = "Launch", owner = "dev" }]
"#;

const LEAD: u8 = 1;
const DEV: u8 = 2;
const QA: u8 = 4;
const BOTH: u8 = 8;
const ONLOOKER: u8 = 16;
const MEMBERS: u8 = LEAD | DEV | QA | BOTH | ONLOOKER;
const OWNERS: u8 = LEAD | DEV | BOTH;
const NOBODY: u8 = 0;

/// The name, the folder of the key, and who it is; the last three are no members any more, or never were.
const PEOPLE: [(&str, &str, u8); 8] = [
    ("Dana Ruiz", "dana", LEAD),
    ("Lin Chen", "lin", DEV),
    ("Max Roe", "max", QA),
    ("Ida Berg", "ida", BOTH),
    ("Olga Sand", "olga", ONLOOKER),
    ("Sven Dahl", "sven", NOBODY),
    ("Rex Hale", "rex", NOBODY),
    ("Gus Pine", "gus", NOBODY),
];

/// What is typed, one after the other, and whose it is to do.
const ACTS: [(&str, u8); 27] = [
    ("note acme start hello", MEMBERS),
    ("note acme --engagement hello", MEMBERS),
    ("set acme site=https://acme.example", MEMBERS),
    ("secret acme key --env KEY", MEMBERS),
    ("decide acme name ACME-2", MEMBERS),
    ("decide acme name --confirm", LEAD),
    ("target acme 2026-12-24", LEAD),
    ("evidence add acme late letter", MEMBERS),
    ("tick acme launch", NOBODY),
    ("sign acme last", NOBODY),
    ("tick acme start", DEV | BOTH),
    ("tick acme done", NOBODY),
    ("untick acme done", OWNERS),
    ("reject acme undone --reason unclear", OWNERS),
    ("na acme maybe --reason none", OWNERS),
    ("na acme late --reason none", NOBODY),
    ("waive acme late --reason later", OWNERS),
    ("waive acme undone --grant", LEAD),
    ("break-glass acme last --reason down --until 4h", LEAD),
    ("break-glass acme first --reason down --until 4h", NOBODY),
    ("break-glass acme last --reason up --end", LEAD),
    ("evidence remove acme start photo", LEAD | DEV | BOTH),
    ("assign acme qa Nina", LEAD),
    ("unassign acme dev Ida\u{a0}Berg", LEAD),
    ("member-remove acme Dana\u{a0}Ruiz", NOBODY),
    ("member-remove acme Olga\u{a0}Sand", LEAD),
    ("undo acme", NOBODY),
];

/// One person on the store of a home; a space in a name is typed as one that does not break.
fn types(store: &Path, keys: &Path, (name, folder, _): (&str, &str, u8), line: &str) -> Said {
    let words: Vec<String> = line.split(' ').map(|word| word.replace('\u{a0}', " ")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = command(&keys.join(folder), &words);
    command.env("GOLIVE_NAME", name).env("GOLIVE_STORE", store.join("golive.db"));
    Said::of(command.output().unwrap())
}

fn prepared() -> Home {
    let home = Home::new();
    let (store, runbook) = (home.path(""), home.write("small.toml", RUNBOOK));
    let does = |person: usize, line: &str| {
        let said = types(&store, &store, PEOPLE[person], line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        said.out
    };
    does(0, &format!("new {runbook} Acme --id acme"));
    for (n, (name, folder, _)) in PEOPLE.iter().enumerate().skip(1) {
        let me: serde_json::Value = serde_json::from_str(&does(n, "whoami --json")).unwrap();
        let key = home.write(&format!("{folder}.pub"), me["public_key"].as_str().unwrap());
        let roles: &[&str] = match *folder {
            "max" => &["qa"],
            "ida" => &["dev", "qa"],
            "sven" => &[],
            _ => &["dev"],
        };
        for role in roles {
            does(0, &format!("assign acme {role} {} --key {key}", name.replace(' ', "\u{a0}")));
        }
        if *folder == "rex" {
            does(0, &format!("key-revoke acme {}", me["fingerprint"].as_str().unwrap()));
        }
    }
    does(0, "unassign acme dev Olga\u{a0}Sand");
    does(0, "member-remove acme Gus\u{a0}Pine");
    does(1, "evidence add acme start photo");
    does(1, "decide acme name ACME");
    does(1, "tick acme done");
    does(1, "tick acme undone");
    does(1, "waive acme undone --reason later");
    home
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// How many events the log has, and whether it verifies.
fn log(store: &Path, keys: &Path) -> (usize, i32) {
    let lines = types(store, keys, PEOPLE[0], "log acme --json");
    let events: serde_json::Value = serde_json::from_str(&lines.out).unwrap();
    let events = events.as_array().or_else(|| events["events"].as_array()).unwrap().len();
    (events, types(store, keys, PEOPLE[0], "verify acme").code)
}

#[test]
fn every_person_with_every_command_leaves_with_the_code_of_the_rules() {
    let home = prepared();
    let keys = home.path("");
    std::thread::scope(|scope| {
        for person in PEOPLE {
            let keys = &keys;
            scope.spawn(move || {
                let store = tempfile::tempdir().unwrap();
                copy(keys, store.path());
                let (before, _) = log(store.path(), keys);
                let mut accepted = 0;
                for (line, whose) in ACTS {
                    let theirs = whose & person.2 != 0;
                    // What a person did last can be taken back by them, in a stage that is open.
                    let theirs = theirs || (line == "undo acme" && person.2 & MEMBERS != 0);
                    let said = types(store.path(), keys, person, line);
                    let wanted = if theirs { 0 } else { 4 };
                    assert_eq!(said.code, wanted, "{}: golive {line}: {said:?}", person.0);
                    assert!(theirs || (said.out.is_empty() && said.err.starts_with("error: ")), "{said:?}");
                    accepted += usize::from(theirs);
                }
                let (after, code) = log(store.path(), keys);
                assert_eq!(code, 0, "the log of {} verifies", person.0);
                assert!((after > before) == (accepted > 0), "{}: {before} to {after}", person.0);
            });
        }
    });
}
