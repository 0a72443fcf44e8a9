//! Who may do what when: every person with every command at every state of a gate, in their own engagement
//! and in one where their key speaks for nobody. What must come of a cell is told in [`actions`], from the
//! rules; here it is tried on a store, and the log looked at.

mod actions;
mod releases;
mod upgrades;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

use super::testing::{id, name};
use super::{Act, App, AppError, Beginning, Parts};
use crate::clock::FixedClock;
use crate::domain::command::{ActionEnd, Command, NewKey};
use crate::domain::ids::{KeyFingerprint, RoleId};
use crate::domain::verdict::Verdict;
use crate::identity::Key;
use crate::store::SqliteStore;
use actions::{Try, Want, item, seen, ticking};

const RUNBOOK: &str = include_str!("runbook.toml");
/// When all of it takes place.
const NOW: DateTime<Utc> = DateTime::from_timestamp_nanos(1_790_000_000_000_000_000);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Person {
    Lead,
    Dev,
    Qa,
    /// Developer and QA.
    Both,
    /// A member without a role.
    Onlooker,
    /// Somebody whose key nobody knows.
    Stranger,
    /// A developer whose key was revoked.
    Revoked,
    /// A developer who was taken off.
    Removed,
}

const PEOPLE: [Person; 8] = [
    Person::Lead,
    Person::Dev,
    Person::Qa,
    Person::Both,
    Person::Onlooker,
    Person::Stranger,
    Person::Revoked,
    Person::Removed,
];

impl Person {
    fn name(self) -> &'static str {
        match self {
            Self::Lead => "Dana",
            Self::Dev => "Lin",
            Self::Qa => "Max",
            Self::Both => "Ida",
            Self::Onlooker => "Olga",
            Self::Stranger => "Sven",
            Self::Revoked => "Rex",
            Self::Removed => "Gus",
        }
    }
}

/// How the gate of the stage stands in which everything is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    Shut,
    Open,
    /// Shut, but the runbook only warns.
    Warned,
    BrokenGlass,
    /// Everything in it is done; nobody has signed it.
    Ready,
    Complete,
}

const STATES: [State; 6] =
    [State::Shut, State::Open, State::Warned, State::BrokenGlass, State::Ready, State::Complete];

/// A folder with the store and everybody's key.
struct Place {
    dir: TempDir,
    app: App,
}

fn key(dir: &Path, of: &str) -> Arc<Key> {
    Arc::new(Key::open(&dir.join(of)).unwrap())
}

async fn open(dir: &Path, keys: &Path) -> App {
    let store = Arc::new(SqliteStore::open(&dir.join("golive.db")).await.unwrap());
    App::new(Parts {
        store,
        signer: key(keys, "Dana"),
        clock: Arc::new(FixedClock::new(NOW)),
        me: name("Dana"),
        heads: Some(dir.join("heads")),
    })
}

impl Place {
    fn app(&self, who: &str) -> App {
        self.app.used_by(name(who), key(self.dir.path(), who))
    }

    fn new_key(&self, of: &str) -> NewKey {
        let app = self.app(of);
        NewKey::new(app.signer.public().fingerprint().clone(), app.public_key())
    }

    fn key_of(&self, person: Person) -> KeyFingerprint {
        self.app(person.name()).signer.public().fingerprint().clone()
    }

    async fn does(&self, who: &str, command: Command) {
        let word = actions::word(&command);
        let done = self.app(who).execute(&id("acme"), Act::new(command)).await;
        done.unwrap_or_else(|e| panic!("{who}: {word}: {e:?}"));
    }

    /// A store with the engagement in a state, and with one of somebody else; and the number of the act that
    /// the developer can take back.
    async fn prepare(state: State) -> (Self, u64) {
        let dir = tempfile::tempdir().unwrap();
        let app = open(dir.path(), dir.path()).await;
        let place = Self { dir, app };
        let gate = if state == State::Warned { "gate = \"warn\"" } else { "gate = \"enforce\"" };
        let beginning = |name: &str| Beginning {
            runbook_name: "matrix.toml".to_owned(),
            runbook: RUNBOOK.replace("gate = \"enforce\"", gate).into_bytes(),
            id: None,
            name: name.to_owned(),
            target: None,
            fields: Vec::new(),
        };
        place.app("Dana").begin(beginning("Acme")).await.unwrap();
        place.app("Zoe").begin(beginning("Other")).await.unwrap();
        let role = |id: &str| RoleId::new(id).unwrap();
        for (who, what) in [
            ("Lin", "dev"),
            ("Max", "qa"),
            ("Ida", "dev"),
            ("Ida", "qa"),
            ("Olga", "dev"),
            ("Rex", "dev"),
            ("Gus", "dev"),
        ] {
            let key = Some(place.new_key(who));
            place.does("Dana", Command::Assign { role: role(what), member: name(who), key }).await;
        }
        place.does("Dana", Command::Unassign { role: role("dev"), member: name("Olga") }).await;
        place.does("Dana", Command::RevokeKey { key: place.key_of(Person::Revoked) }).await;
        place.does("Dana", Command::RemoveMember { member: name("Gus") }).await;

        let url = "http://127.0.0.1:9/".to_owned();
        place.does("Lin", Command::SetField { field: "url".parse().unwrap(), value: url }).await;
        let undo = place.app.load(&id("acme")).await.unwrap().state.head.seq;
        let until = NOW + TimeDelta::days(30);
        for (who, which) in [("Lin", "talk"), ("Dana", "every")] {
            let reason = "late".to_owned();
            place.does(who, Command::RequestWaiver { item: item(which), reason, until }).await;
        }
        let letter = Command::AddEvidence { item: item("talk"), evidence: "a letter".into() };
        place.does("Max", letter).await;
        let decision = "descriptor".parse().unwrap();
        place.does("Lin", Command::Propose { decision, value: "ACME".into() }).await;
        for action in ["hook", "exchange"] {
            let (action, attempt) = (action.parse().unwrap(), actions::attempt());
            let idempotency_key = "key-7".to_owned();
            place.does("Lin", Command::IntendAction { action, attempt, idempotency_key }).await;
        }
        let end = ActionEnd::Done { captured: Vec::new(), stored: Vec::new() };
        let (action, attempt) = ("exchange".parse().unwrap(), actions::attempt());
        place.does("Lin", Command::EndAction { action, attempt, end, request_id: None }).await;
        place.reach(state).await;
        (place, undo)
    }

    async fn reach(&self, state: State) {
        let work = || "work".parse().unwrap();
        self.reach_gate(state).await;
        // One of two signatures, in every state that lets it.
        if state != State::Shut {
            let act = Act::new(ticking("pair", &[])).in_role(Some(RoleId::new("dev").unwrap()));
            self.app("Ida").execute(&id("acme"), act).await.unwrap();
        }
        if matches!(state, State::Ready | State::Complete) {
            self.does("Max", ticking("pair", &[])).await;
        }
        if state == State::Complete {
            self.does("Dana", Command::SignStage { stage: work() }).await;
        }
    }

    async fn reach_gate(&self, state: State) {
        let work = || "work".parse().unwrap();
        match state {
            State::Shut | State::Warned => {}
            State::BrokenGlass => {
                let (reason, until) = ("the shop is down".to_owned(), NOW + TimeDelta::hours(4));
                self.does("Dana", Command::BreakGlass { stage: Some(work()), reason, until }).await;
            }
            State::Open => self.does("Lin", ticking("start", &[])).await,
            State::Ready | State::Complete => {
                self.does("Lin", ticking("start", &[])).await;
                self.does("Dana", seen("live", Verdict::Pass)).await;
                let owners =
                    ["solo", "every", "either", "talk", "apart", "mine", "maybe", "assist", "inform"];
                for one in owners {
                    self.does("Lin", ticking(one, &[])).await;
                }
                self.does("Lin", ticking("proof", &["ticket 7"])).await;
                for one in ["every", "apart", "peer"] {
                    self.does("Max", ticking(one, &[])).await;
                }
                self.does("Max", Command::Note { item: Some(item("talk")), text: "fine".into() }).await;
            }
        }
    }

    /// The same store in a folder of its own.
    fn copied(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.dir.path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name();
            let shared = name.to_string_lossy().ends_with("-shm");
            if file.file_type().unwrap().is_file() && !shared {
                std::fs::copy(file.path(), copy.path().join(name)).unwrap();
            }
        }
        copy
    }
}

/// What came of it, as the table tells it.
fn outcome(result: Result<usize, AppError>) -> Result<usize, String> {
    result.map_err(|error| match error {
        AppError::Refused(refused) => {
            format!("{:?}", refused.refusal).chars().take_while(char::is_ascii_alphanumeric).collect()
        }
        other => format!("{other:?}"),
    })
}

/// Tries one cell; what is wrong with it, if something is.
async fn cell(place: &Place, person: Person, engagement: &str, one: &Act, want: Want) -> Result<(), String> {
    let (app, id) = (place.app(person.name()), id(engagement));
    let head = app.load(&id).await.unwrap().state.head;
    match want {
        Want::No(why) => {
            let got = outcome(app.execute(&id, one.clone()).await.map(|done| done.events.len()));
            let after = place.app.shared.store.read_page(&id, head.seq - 1, 10).await.unwrap();
            if got != Err(why.to_owned()) || after.len() != 1 {
                return Err(format!("wanted {why}, got {got:?}, and {} rows more", after.len() - 1));
            }
        }
        Want::Yes => {
            // On a copy, so that the next cell finds the state as it was.
            let dir = place.copied();
            let writer = open(dir.path(), place.dir.path()).await;
            let writer = writer.used_by(name(person.name()), key(place.dir.path(), person.name()));
            let got = outcome(writer.execute(&id, one.clone()).await.map(|done| done.events.len()));
            let more = got.clone().map_err(|got| format!("wanted it accepted, got {got}"))?;
            // Another process believes all of it.
            let read = open(dir.path(), place.dir.path()).await.load(&id).await;
            let now = read.map_err(|e| format!("the log does not verify: {e}"))?.state.head.seq;
            if more == 0 || now != head.seq + more as u64 {
                return Err(format!("{more} events made, and the log went from {} to {now}", head.seq));
            }
        }
    }
    Ok(())
}

async fn state(state: State) -> (usize, BTreeSet<&'static str>, Vec<String>) {
    let (place, undo) = Place::prepare(state).await;
    let (mut cells, mut words, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for person in PEOPLE {
        for engagement in ["acme", "other"] {
            let tries = actions::all(person, |of| place.new_key(of), |p| place.key_of(p), undo);
            for Try { act, want } in tries {
                words.insert(actions::word(&act.command));
                let want = match person {
                    // Whoever is not a member learns nothing else.
                    _ if engagement == "other" => Want::No("NotAMember"),
                    Person::Stranger => Want::No("NotAMember"),
                    Person::Revoked | Person::Removed => Want::No("KeyRevoked"),
                    Person::Lead | Person::Dev | Person::Qa | Person::Both | Person::Onlooker => {
                        want(person, state)
                    }
                };
                cells += 1;
                if let Err(why) = cell(&place, person, engagement, &act, want).await {
                    wrong.push(format!("{state:?} {person:?} {engagement}: {:?}: {why}", act.command));
                }
            }
        }
    }
    let (more, bad) = upgrades::all(&place, state).await;
    cells += more;
    wrong.extend(bad);
    let report = place.app.verify(&id("acme")).await.unwrap();
    assert!(report.whole(), "{state:?}: the log that all was tried on is as it was");
    (cells, words, wrong)
}

#[test]
fn every_person_with_every_command_at_every_gate_gets_what_the_rules_say() {
    let states = STATES.map(|one| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(state(one))
        })
    });
    let (mut cells, mut words, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for one in states {
        let (more, tried, bad) = one.join().unwrap();
        cells += more;
        words.extend(tried);
        wrong.extend(bad);
    }
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(words.len(), actions::COMMANDS, "a command was never tried: {words:?}");
    assert!(cells > 5000, "{cells} cells");
}
