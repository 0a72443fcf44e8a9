//! One flipped bit after the other in what a store consists of: the file, its write-ahead log, the heads beside it
//! and the folder of evidence.
//!
//! Whatever the bit was, golive refuses the store, names what is damaged, or shows exactly what it showed
//! before. It never panics, never shows a store as empty, and never opens a gate that was not open.

use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use golive::app::{Act, App, AppError, Beginning, GateStanding, LocalFiles, Parts};
use golive::clock::FixedClock;
use golive::domain::command::{Command, NewEvidence};
use golive::domain::ids::{EngagementId, MemberName};
use golive::domain::state::State;
use golive::domain::summary::Summary;
use golive::domain::verdict::{Observation, Verdict};
use golive::identity::Key;
use golive::store::{EvidenceFolder, SqliteStore};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const RUNBOOK: &str = r#"
schema = 1
id = "small"
title = "Small"
version = "1"
provider = "Test"
[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true
[[fields]]
id = "url"
label = "URL"
[checks.answers]
kind = "http"
every = "5s"
ttl = "10m"
[[checks.answers.steps]]
get = "{{ fields.url }}"
expect = ["status == 200"]
[[stages]]
id = "first"
title = "First"
[[stages.items]]
id = "papers"
title = "Papers are in"
owner = "lead"
evidence = [{ kind = "file" }]
[[stages.items]]
id = "answers"
title = "It answers"
owner = "lead"
check = { use = "answers", mode = "auto" }
[[stages]]
id = "last"
title = "Last"
signoff = ["lead"]
[[stages.items]]
id = "button"
title = "Button"
owner = "lead"
"#;

const STORE: &str = "golive.db";
const LOG: &str = "golive.db-wal";
const HEADS: &str = "golive.db.heads";
const EVIDENCE: &str = "golive.db.evidence";
/// Ready, its last gate open; ready but for a check that is too old; at its beginning; begun last, so that it
/// stands in the write-ahead log alone.
const ENGAGEMENTS: [&str; 4] = ["open", "old", "shut", "new"];
/// Nothing takes this long; whoever waits for it has found a fault.
const PATIENCE: Duration = Duration::from_mins(2);
/// The most failures that are told of one run.
const TOLD: usize = 20;

#[test]
fn three_hundred_flipped_bits_open_no_gate_and_hide_nothing() {
    let told = campaign(300, 20_261_121);
    assert!(told.refused > 0 && told.detected > 30 && told.without_effect > 30, "{told:?}");
}

/// `make flips`, which says how many and prints what came of them.
#[test]
#[ignore = "takes minutes: make flips"]
fn many_flipped_bits_open_no_gate_and_hide_nothing() {
    let number = |name: &str, usual: u64| {
        std::env::var(name).ok().map_or(usual, |text| text.parse().expect("a number"))
    };
    let (flips, seed) = (number("GOLIVE_TEST_FLIPS", 10_000), number("GOLIVE_TEST_SEED", rand::random()));
    println!("{flips} flips from seed {seed}");
    println!("{:?}", campaign(flips, seed));
}

/// What came of the flips.
#[derive(Debug, Default)]
struct Told {
    /// The store was not opened, or nothing could be listed.
    refused: usize,
    /// It was, and golive named what is damaged.
    detected: usize,
    /// A result of a check counts as missing: a gate is shut that was open, nothing else.
    stricter: usize,
    /// Everything is as before.
    without_effect: usize,
}

/// What a person sees of a store.
#[derive(Debug, PartialEq)]
struct View {
    /// The lines, and the engagements that are named as unreadable.
    list: (Vec<Summary>, Vec<String>),
    engagements: BTreeMap<String, Result<Seen, String>>,
}

#[derive(Debug, PartialEq)]
struct Seen {
    state: State,
    gates: Vec<GateStanding>,
    recent: Vec<Observation>,
    /// What `verify` names.
    faults: Vec<String>,
}

/// A store as files, and what it shows.
struct Original {
    keys: PathBuf,
    files: Vec<(String, Vec<u8>)>,
    shows: View,
}

fn campaign(flips: u64, seed: u64) -> Told {
    let keys = tempfile::tempdir().unwrap();
    let originals = [original(keys.path(), Folded::No), original(keys.path(), Folded::Yes)];
    let mut random = StdRng::seed_from_u64(seed);
    let mut told = Told::default();
    let mut failures = Vec::new();
    for (n, original) in (0..flips).zip(originals.iter().cycle()) {
        let (name, at, bit) = choose(&original.files, &mut random);
        if let Err(fault) = flip(original, (&name, at, bit), &mut told) {
            failures.push(format!("flip {n}, bit {bit} of byte {at} of {name}: {fault}"));
            if failures.len() == TOLD {
                break;
            }
        }
    }
    assert!(failures.is_empty(), "seed {seed}, {told:?}:\n{}", failures.join("\n"));
    told
}

/// A bit somewhere, more often where few bits hold much: at the beginnings of pages, and in the small files.
fn choose(files: &[(String, Vec<u8>)], random: &mut StdRng) -> (String, usize, u32) {
    let (name, bytes) = &files[random.random_range(0..files.len())];
    let mut at = random.random_range(0..bytes.len());
    if random.random_bool(0.2) {
        at = (at / 4096 * 4096 + random.random_range(0..120)).min(bytes.len() - 1);
    }
    (name.clone(), at, random.random_range(0..8))
}

fn flip(original: &Original, (name, at, bit): (&str, usize, u32), told: &mut Told) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in &original.files {
        let mut bytes = bytes.clone();
        if file == name {
            bytes[at] ^= 1 << bit;
        }
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let look = || {
        runtime()
            .block_on(async { tokio::time::timeout(PATIENCE, look(folder.path(), &original.keys)).await })
    };
    match std::panic::catch_unwind(AssertUnwindSafe(look)) {
        Err(_) => Err("it panicked".to_owned()),
        Ok(Err(_)) => Err("it did not come to an end".to_owned()),
        Ok(Ok(Err(AppError::ShuttingDown))) => Err("a task panicked".to_owned()),
        Ok(Ok(Err(_))) => {
            told.refused += 1;
            Ok(())
        }
        Ok(Ok(Ok(view))) => judge(&original.shows, &view, told),
    }
}

/// Whether what is shown of a damaged store is right, or golive says where it is not.
fn judge(before: &View, now: &View, told: &mut Told) -> Result<(), String> {
    let (rows, unreadable) = &now.list;
    if rows.is_empty() && unreadable.is_empty() {
        return Err("the store seems empty".to_owned());
    }
    let mut detected = !unreadable.is_empty();
    let mut stricter = false;
    for id in ENGAGEMENTS {
        let was = before.engagements[id].as_ref().expect("the original is whole");
        let listed = rows.iter().find(|row| row.engagement.as_str() == id);
        let line = before.list.0.iter().find(|row| row.engagement.as_str() == id);
        let named = unreadable.iter().any(|u| u == id);
        let is = match &now.engagements[id] {
            Err(error) if error.contains("no engagement") => return Err(format!("{id} is gone: {error}")),
            Err(error) if error.contains("shutting down") => return Err(format!("{id}: a task panicked")),
            Err(error) if listed.is_none() && !named => {
                return Err(format!("{id} is not listed, and cannot be opened: {error}"));
            }
            Err(_) => {
                detected = true;
                continue;
            }
            Ok(is) => is,
        };
        if is.state != was.state {
            return Err(format!("{id} is shown otherwise than it is"));
        }
        for (was, is) in was.gates.iter().zip(&is.gates) {
            match (was, is) {
                (was, is) if was == is => {}
                (GateStanding::Open, GateStanding::Unknown) => stricter = true,
                (was, is) => return Err(format!("a gate of {id} was {was:?} and is {is:?}")),
            }
        }
        if is.recent.iter().any(|seen| !was.recent.contains(seen)) {
            return Err(format!("a result of {id} is one that never was"));
        }
        stricter |= is.recent.len() < was.recent.len();
        if !is.faults.is_empty() {
            detected = true;
        } else if listed != line && !named {
            return Err(format!("{id} is listed as {listed:?}, and nothing says that this is wrong"));
        }
    }
    let order = |rows: &[Summary]| rows.iter().map(|row| row.engagement.to_string()).collect::<Vec<_>>();
    if !detected && order(rows) != order(&before.list.0) {
        return Err("the list is in another order".to_owned());
    }
    match (detected, stricter) {
        (true, _) => told.detected += 1,
        (false, true) => told.stricter += 1,
        (false, false) => told.without_effect += 1,
    }
    Ok(())
}

/// Opens a store as the next golive does and looks at everything in it.
async fn look(folder: &Path, keys: &Path) -> Result<View, AppError> {
    let (app, store) = open(folder, keys, noon()).await?;
    let shown = async {
        let portfolio = app.portfolio().await?;
        let mut engagements = BTreeMap::new();
        for name in ENGAGEMENTS {
            let seen = match look_at(&app, &id(name)).await {
                Ok(seen) => Ok(seen),
                Err(AppError::ShuttingDown) => return Err(AppError::ShuttingDown),
                Err(error) => Err(error.to_string()),
            };
            engagements.insert(name.to_owned(), seen);
        }
        let unreadable = portfolio.unreadable.iter().map(|u| u.engagement.to_string()).collect();
        Ok(View { list: (portfolio.rows, unreadable), engagements })
    };
    let shown = shown.await;
    store.close().await;
    shown
}

async fn look_at(app: &App, id: &EngagementId) -> Result<Seen, AppError> {
    let engagement = app.load(id).await?;
    let mut gates = Vec::new();
    for stage in [Some("first"), Some("last"), None] {
        let stage = stage.map(|s| s.parse().expect("an id"));
        gates.push(app.gate(id, stage.as_ref()).await?.standing);
    }
    let recent = app.recent(id, &"answers".parse().expect("an id"), 10).await?;
    app.history(id).await?;
    let report = app.verify(id).await?;
    let mut faults: Vec<String> = report.faults.iter().map(|fault| fault.fault.to_string()).collect();
    let evidence = app.evidence_faults(&engagement).await?;
    faults.extend(evidence.iter().map(|fault| fault.fault.to_string()));
    Ok(Seen { state: (*engagement.state).clone(), gates, recent, faults })
}

/// Whether the write-ahead log was folded into the file: with one, whole pages of the file are out of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folded {
    Yes,
    No,
}

fn original(keys: &Path, folded: Folded) -> Original {
    let folder = tempfile::tempdir().unwrap();
    let files = runtime().block_on(async {
        // What was closed stands in the file, what was not in the write-ahead log.
        let early = noon() - TimeDelta::days(30);
        let (app, store) = open(folder.path(), keys, early).await.unwrap();
        for name in ["open", "old", "shut"] {
            begin(&app, name).await;
        }
        fill(&app, "old", folder.path()).await;
        store.close().await;
        let (app, store) = open(folder.path(), keys, noon()).await.unwrap();
        fill(&app, "open", folder.path()).await;
        act(&app, "shut", Command::Note { item: Some(item("papers")), text: "still waiting".to_owned() })
            .await;
        begin(&app, "new").await;
        app.portfolio().await.unwrap();
        if folded == Folded::Yes {
            store.close().await;
            return read(folder.path());
        }
        let files = read(folder.path());
        store.close().await;
        files
    });
    assert_eq!(files.iter().any(|(name, _)| name == LOG), folded == Folded::No);
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        let path = copy.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let shows = runtime().block_on(look(copy.path(), keys)).unwrap();
    let gates = |name: &str| shows.engagements[name].as_ref().unwrap().gates.clone();
    assert_eq!(gates("open").last(), Some(&GateStanding::Open));
    assert_eq!(gates("old").last(), Some(&GateStanding::Unknown));
    assert_eq!(gates("shut").last(), Some(&GateStanding::Shut));
    assert!(shows.engagements.values().all(|seen| seen.as_ref().unwrap().faults.is_empty()));
    Original { keys: keys.to_owned(), files, shows }
}

/// The files that a store consists of. What SQLite shares between processes it makes anew.
fn read(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = vec![STORE.to_owned(), LOG.to_owned(), HEADS.to_owned()];
    names.retain(|name| folder.join(name).exists());
    for shelf in fs::read_dir(folder.join(EVIDENCE)).unwrap().map(|e| e.unwrap().path()) {
        for file in fs::read_dir(shelf).unwrap().map(|e| e.unwrap().path()) {
            names.push(file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
        }
    }
    names.sort();
    let files: Vec<_> = names.into_iter().map(|n| (n.clone(), fs::read(folder.join(&n)).unwrap())).collect();
    assert!(files.len() >= 3 && files.iter().all(|(_, bytes)| !bytes.is_empty()));
    files
}

/// Everything done and signed.
async fn fill(app: &App, name: &str, folder: &Path) {
    let source = folder.join("report.pdf");
    fs::write(&source, "the report").unwrap();
    let evidence: NewEvidence = app.keep_file(source.clone()).await.unwrap();
    fs::remove_file(source).unwrap();
    act(app, name, Command::AddEvidence { item: item("papers"), evidence }).await;
    tick(app, name, "papers").await;
    app.observe(&id(name), passed(app.now())).await.unwrap();
    tick(app, name, "button").await;
    act(app, name, Command::SignStage { stage: "last".parse().unwrap() }).await;
}

async fn tick(app: &App, name: &str, what: &str) {
    let command = Command::Tick { item: item(what), part: None, note: None, evidence: Vec::new() };
    act(app, name, command).await;
}

async fn act(app: &App, name: &str, command: Command) {
    app.execute(&id(name), Act::new(command)).await.unwrap();
}

async fn begin(app: &App, name: &str) {
    let beginning = Beginning {
        runbook_name: "small.toml".to_owned(),
        runbook: RUNBOOK.as_bytes().to_vec(),
        id: Some(id(name)),
        name: format!("{name} Ltd"),
        target: None,
        fields: vec![("url".parse().unwrap(), "http://127.0.0.1:9/".to_owned())],
    };
    app.begin(beginning).await.unwrap();
}

async fn open(folder: &Path, keys: &Path, at: DateTime<Utc>) -> Result<(App, Arc<SqliteStore>), AppError> {
    let store = Arc::new(SqliteStore::open(&folder.join(STORE)).await?);
    let app = App::new(Parts {
        store: store.clone(),
        signer: Arc::new(Key::open(keys).unwrap()),
        clock: Arc::new(FixedClock::new(at)),
        me: MemberName::new("Dana").unwrap(),
        heads: Some(folder.join(HEADS)),
    });
    let evidence = EvidenceFolder::new(folder.join(EVIDENCE), 1_000);
    Ok((app.keeping_evidence(evidence, LocalFiles::Allowed), store))
}

fn passed(at: DateTime<Utc>) -> Observation {
    Observation {
        check: "answers".parse().unwrap(),
        verdict: Verdict::Pass,
        at,
        latency_ms: 3,
        summary: "it answered".to_owned(),
        steps: Vec::new(),
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: None,
        captured: BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn id(name: &str) -> EngagementId {
    EngagementId::new(name).unwrap()
}

fn item(name: &str) -> golive::domain::ids::ItemId {
    name.parse().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
