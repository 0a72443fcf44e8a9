//! Every person with every command that writes, at every state of a gate, in their own engagement and in one of
//! somebody else's, typed: the exit code says whose it is to do, and of what was refused nothing is in the log.
//! The application's own matrix tries the reasons; this one shows that the command line passes the same answers
//! on. What must come of a cell is written from DESIGN section 2.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use golive::domain::ids::EngagementId;
use golive::store::{EventStore as _, SqliteStore};

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

[checks.site]
kind = "http"
[[checks.site.steps]]
get = "{{ fields.site }}"
expect = ["status == 200"]

[[actions]]
id = "hook"
title = "Hook"
item = "start"
confirm = "Sure?"
steps = [{ post = "{{ fields.site }}", expect = ["status == 200"] }]
[[actions]]
id = "once"
title = "Once"
item = "start"
confirm = "Sure?"
once = true
steps = [{ post = "{{ fields.site }}", expect = ["status == 200"] }]
[[actions]]
id = "fire"
title = "Fire"
item = "launch"
confirm = "Sure?"
steps = [{ post = "{{ fields.site }}", expect = ["status == 200"] }]

[[stages]]
id = "first"
title = "First"
items = [
  { id = "start", title = "Start", owner = "dev" },
  { id = "maybe", title = "Maybe", owner = "dev", optional = true },
  { id = "late", title = "Late", owner = "dev" },
  { id = "undone", title = "Undone", owner = "dev" },
  { id = "done", title = "Done", owner = "dev" },
  { id = "up", title = "Up", owner = "dev", check = { use = "site", mode = "auto" } },
]

[[stages]]
id = "last"
title = "Last"
gate = "enforce"
signoff = ["lead"]
items = [{ id = "launch", title = "Launch", owner = "dev" }]
"#;

const LEAD: u8 = 1;
const DEV: u8 = 2;
const QA: u8 = 4;
const BOTH: u8 = 8;
const ONLOOKER: u8 = 16;
const MEMBERS: u8 = LEAD | DEV | QA | BOTH | ONLOOKER;
const DEVS: u8 = DEV | BOTH;
const OWNERS: u8 = LEAD | DEVS;
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

/// How the gate of the last stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Shut,
    /// Shut, but the runbook only warns.
    Warned,
    BrokenGlass,
    Open,
    /// All of the last stage is done, and nobody has signed it.
    Ready,
    Complete,
}

use State::{BrokenGlass, Complete, Open, Ready, Shut, Warned};

const STATES: [State; 6] = [Shut, Warned, BrokenGlass, Open, Ready, Complete];

impl State {
    /// Whether the first stage is complete.
    fn first_done(self) -> bool {
        matches!(self, Open | Ready | Complete)
    }
}

/// What must come of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    /// It is done, and in the log.
    Done,
    /// It is refused, and nothing is in the log.
    Refused,
    /// It is answered, and nothing is in the log: whoever takes no part, or no longer, may look at what a check
    /// says.
    Looked,
}

impl Want {
    fn of(person: (&str, &str, u8), line: &str, whose: u8) -> Self {
        match whose & person.2 {
            NOBODY if line.starts_with("check ") => Self::Looked,
            NOBODY => Self::Refused,
            _ => Self::Done,
        }
    }
}

/// Who may do it.
#[derive(Clone, Copy)]
enum Whose {
    /// These, in every state.
    Of(u8),
    /// These, in this state.
    In(fn(State) -> u8),
}

use Whose::{In, Of};

/// What is typed, and whose it is to do. `{me}` is the person's own name, `{extra}` the file of a key that nobody
/// has, `{ida}` the fingerprint of one that somebody has, `{next}` another version of the runbook, `{out}` a new
/// file.
const ACTS: [(&str, Whose); 43] = [
    ("note acme start hello", Of(MEMBERS)),
    ("note acme --engagement hello", Of(MEMBERS)),
    ("set acme site=http://127.0.0.1:9/", Of(MEMBERS)),
    ("secret acme key --env KEY", Of(MEMBERS)),
    ("decide acme name ACME-2", Of(MEMBERS)),
    ("decide acme name --confirm", Of(LEAD)),
    ("target acme 2026-12-24", Of(LEAD)),
    ("evidence add acme late letter", Of(MEMBERS)),
    ("evidence remove acme start photo", Of(OWNERS)),
    ("tick acme start", In(|s| if s.first_done() { NOBODY } else { DEVS })),
    ("tick acme late --evidence letter --note fine", In(|s| if s.first_done() { NOBODY } else { DEVS })),
    ("tick acme done", Of(NOBODY)),
    ("tick acme launch", In(|s| if matches!(s, Open | Warned | BrokenGlass) { DEVS } else { NOBODY })),
    ("untick acme done", Of(OWNERS)),
    ("untick acme launch", In(|s| if matches!(s, Ready | Complete) { OWNERS } else { NOBODY })),
    ("reject acme undone --reason unclear", Of(OWNERS)),
    (
        "reject acme launch --reason unclear",
        In(|s| if matches!(s, Ready | Complete) { OWNERS } else { NOBODY }),
    ),
    ("sign acme last", In(|s| if s == Ready { LEAD } else { NOBODY })),
    ("na acme maybe --reason none", In(|s| if s.first_done() { NOBODY } else { OWNERS })),
    ("na acme late --reason none", Of(NOBODY)),
    ("waive acme late --reason later", Of(OWNERS)),
    ("waive acme undone --grant", Of(LEAD)),
    // Lin has asked for it.
    ("waive acme undone --revoke --reason done", Of(LEAD | DEV)),
    ("waive acme late --revoke --reason done", Of(NOBODY)),
    (
        "break-glass acme last --reason down --until 4h",
        In(|s| if matches!(s, Shut | BrokenGlass) { LEAD } else { NOBODY }),
    ),
    ("break-glass acme first --reason down --until 4h", Of(NOBODY)),
    ("break-glass acme --last --reason down --until 4h", In(|s| if s == Complete { NOBODY } else { LEAD })),
    ("break-glass acme last --reason up --end", In(|s| if s == BrokenGlass { LEAD } else { NOBODY })),
    ("assign acme qa Nina", Of(LEAD)),
    ("unassign acme dev Ida\u{a0}Berg", Of(LEAD)),
    ("member-remove acme Dana\u{a0}Ruiz", Of(NOBODY)),
    ("member-remove acme Olga\u{a0}Sand", Of(LEAD)),
    ("key-add acme {me} {extra}", Of(MEMBERS)),
    ("key-add acme Olga\u{a0}Sand {extra}", Of(LEAD | ONLOOKER)),
    ("key-revoke acme {ida}", Of(LEAD | BOTH)),
    ("run acme hook --yes", Of(OWNERS)),
    ("run acme once --yes", Of(NOBODY)),
    ("run acme fire --yes", In(|s| if s == Shut { NOBODY } else { OWNERS })),
    ("action-reset acme once --reason looked", Of(LEAD)),
    ("check acme up", Of(MEMBERS)),
    ("upgrade acme --to {next} --yes", Of(LEAD)),
    ("release acme -o {out}", In(|s| if s == Complete { LEAD } else { NOBODY })),
    ("release acme -o {out} --no-go --reason wait", Of(LEAD)),
];

/// Whose last act can be taken back by them: Lin's always, Dana's when it was to sign.
const UNDO: (&str, Whose) = ("undo acme", In(|s| if s == Complete { LEAD | DEV } else { DEV }));

/// Answers 200 to everything, for as long as the process lives.
fn website() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            });
        }
    });
    format!("http://{address}/")
}

/// A store in a state, with the homes of all people beside it.
struct Stage {
    home: Home,
    /// The fingerprint of Ida's key.
    ida: String,
}

/// One person on a store; a space in a name is typed as one that does not break.
fn types(store: &Path, keys: &Path, (name, folder, _): (&str, &str, u8), line: &str) -> Said {
    let words: Vec<String> = line.split(' ').map(|word| word.replace('\u{a0}', " ")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = command(&keys.join(folder), &words);
    command.env("GOLIVE_NAME", name).env("GOLIVE_STORE", store.join("golive.db"));
    Said::of(command.output().unwrap())
}

impl Stage {
    fn keys(&self) -> PathBuf {
        self.home.path("")
    }

    fn does(&self, person: usize, line: &str) -> String {
        let said = types(&self.keys(), &self.keys(), PEOPLE[person], line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        said.out
    }

    fn prepared(state: State, site: &str) -> Self {
        let mut stage = Self { home: Home::new(), ida: String::new() };
        let gate = if state == Warned { "gate = \"warn\"" } else { "gate = \"enforce\"" };
        let text = RUNBOOK.replace("gate = \"enforce\"", gate);
        let runbook = stage.home.write("small.toml", &text);
        stage.home.write("next.toml", text.replace("title = \"Late\"", "title = \"Very late\""));
        stage.does(0, &format!("new {runbook} Acme --id acme"));
        stage.people();
        stage.does(1, &format!("set acme site={site}"));
        stage.does(1, "evidence add acme start photo");
        stage.does(1, "decide acme name ACME");
        stage.does(1, "run acme once --yes");
        stage.does(1, "waive acme undone --reason later");
        for item in ["done", "undone"] {
            stage.does(1, &format!("tick acme {item}"));
        }
        stage.reach(state);
        // Somebody else's, in which nobody of acme takes part.
        let zoe = ("Zoe Lind", "zoe", NOBODY);
        for line in [
            format!("new {runbook} Other --id other"),
            "assign other dev Zoe\u{a0}Lind".to_owned(),
            format!("set other site={site}"),
            "evidence add other start photo".to_owned(),
        ] {
            let said = types(&stage.keys(), &stage.keys(), zoe, &line);
            assert_eq!(said.code, 0, "{line}: {said:?}");
        }
        stage
    }

    fn people(&mut self) {
        let own = |stage: &Self, n: usize| -> serde_json::Value {
            serde_json::from_str(&stage.does(n, "whoami --json")).unwrap()
        };
        for (n, (name, folder, _)) in PEOPLE.iter().enumerate().skip(1) {
            let me = own(self, n);
            let key = self.home.write(&format!("{folder}.pub"), me["public_key"].as_str().unwrap());
            let print = me["fingerprint"].as_str().unwrap();
            let roles: &[&str] = match *folder {
                "max" => &["qa"],
                "ida" => &["dev", "qa"],
                "sven" => &[],
                _ => &["dev"],
            };
            for role in roles {
                self.does(0, &format!("assign acme {role} {} --key {key}", name.replace(' ', "\u{a0}")));
            }
            if *folder == "rex" {
                self.does(0, &format!("key-revoke acme {print}"));
            }
            if *folder == "ida" {
                print.clone_into(&mut self.ida);
            }
        }
        let extra = types(&self.keys(), &self.keys(), ("Extra", "extra", NOBODY), "whoami --json");
        let extra: serde_json::Value = serde_json::from_str(&extra.out).unwrap();
        self.home.write("extra.pub", extra["public_key"].as_str().unwrap());
        self.does(0, "unassign acme dev Olga\u{a0}Sand");
        self.does(0, "member-remove acme Gus\u{a0}Pine");
    }

    fn reach(&self, state: State) {
        if state == BrokenGlass {
            self.does(0, "break-glass acme last --reason down --until 4h");
        }
        if state.first_done() {
            for line in ["tick acme start", "na acme maybe --reason none", "tick acme late", "check acme up"]
            {
                self.does(1, line);
            }
        }
        if matches!(state, Ready | Complete) {
            self.does(1, "tick acme launch");
        }
        if state == Complete {
            self.does(0, "sign acme last");
        }
    }

    fn verifies(&self, store: &Path) -> bool {
        types(store, &self.keys(), PEOPLE[0], "verify acme").code == 0
    }

    /// Tries one cell on a copy; what is wrong with it, if something is.
    fn cell(&self, person: (&str, &str, u8), line: &str, want: Want) -> Option<String> {
        let store = tempfile::tempdir().unwrap();
        copy(&self.keys(), store.path());
        let engagement = line.split(' ').find(|word| ["acme", "other"].contains(word)).unwrap();
        let before = length(store.path(), engagement);
        let out = store.path().join("out.json");
        let typed = line
            .replace("{me}", &person.0.replace(' ', "\u{a0}"))
            .replace("{extra}", self.home.path("extra.pub").to_str().unwrap())
            .replace("{ida}", &self.ida)
            .replace("{next}", self.home.path("next.toml").to_str().unwrap())
            .replace("{out}", out.to_str().unwrap());
        let said = types(store.path(), &self.keys(), person, &typed);
        let after = length(store.path(), engagement);
        let good = match want {
            // A check that says what it said before is nothing new.
            Want::Done if line.starts_with("check ") => said.code == 0,
            Want::Done => said.code == 0 && after > before && self.verifies(store.path()),
            Want::Refused => {
                said.code == 4 && said.err.starts_with("error: ") && !out.exists() && after == before
            }
            Want::Looked => said.code == 0 && after == before,
        };
        (!good).then(|| format!("{}: golive {line}: {before} to {after} events, {said:?}", person.0))
    }
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name();
        let of_the_store =
            name.to_string_lossy().starts_with("golive.db") && !name.to_string_lossy().ends_with("-shm");
        if of_the_store && file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), to.join(name)).unwrap();
        }
    }
}

/// How many events the log has.
fn length(store: &Path, engagement: &str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&store.join("golive.db")).await.unwrap();
        store.heads().await.unwrap()[&engagement.parse::<EngagementId>().unwrap()].seq
    })
}

/// Every person with every command at one state; how many cells, and which are wrong.
fn tried(state: State, site: &str) -> (usize, Vec<String>) {
    let stage = Stage::prepared(state, site);
    let mut cells = Vec::new();
    for person in PEOPLE {
        for (line, whose) in ACTS.into_iter().chain([UNDO]) {
            let whose = match whose {
                Of(whose) => whose,
                In(whose) => whose(state),
            };
            cells.push((person, line.to_owned(), Want::of(person, line, whose)));
            // How the other engagement stands is the same in all states.
            if state == Shut {
                let line = line.replace("acme", "other");
                let want = Want::of(person, &line, NOBODY);
                cells.push((person, line, want));
            }
        }
    }
    let (next, wrong) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((person, line, want)) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Some(why) = stage.cell(*person, line, *want) {
                        wrong.lock().unwrap().push(format!("{state:?}: {why}"));
                    }
                }
            });
        }
    });
    (cells.len(), wrong.into_inner().unwrap())
}

#[test]
fn every_person_with_every_command_at_every_gate_leaves_with_the_code_of_the_rules() {
    let site = website();
    let (mut cells, mut wrong) = (0, Vec::new());
    for state in STATES {
        let (more, bad) = tried(state, &site);
        cells += more;
        wrong.extend(bad);
    }
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 2000, "{cells} cells");
}

#[test]
fn a_gate_is_told_to_everybody_who_reads_the_store() {
    let site = website();
    for (state, code) in [(Shut, 1), (Warned, 1), (BrokenGlass, 1), (Open, 0), (Complete, 0)] {
        let stage = Stage::prepared(state, &site);
        for person in [PEOPLE[0], PEOPLE[4], PEOPLE[5]] {
            let said = types(&stage.keys(), &stage.keys(), person, "gate acme --stage last");
            assert_eq!(said.code, code, "{state:?} {}: {said:?}", person.0);
        }
    }
}
