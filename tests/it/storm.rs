//! Many processes write to one engagement at once, and what each was told is in the log: once, in its order.
//!
//! The writers are processes of their own: this test binary, started again with nothing but [`writer`] to run.
//! Each acts as a person with a key of their own, writes remarks, ticks and unticks boxes that the others tick
//! as well, signs, takes back, and prints a line for every event that it was told of.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use golive::app::{Act, App, AppError, Beginning, Parts};
use golive::clock::SystemClock;
use golive::domain::assess::{Gate, assess};
use golive::domain::command::{Command, NewKey};
use golive::domain::event::{Event, Fact};
use golive::domain::evolve::{begin, evolve};
use golive::domain::head::Head;
use golive::domain::ids::{EngagementId, ItemId, MemberName};
use golive::identity::{Key, Signer as _};
use golive::store::SqliteStore;
use rand::RngExt as _;
use uuid::Uuid;

const RUNBOOK: &str = r#"
schema = 1
id = "storm"
title = "Storm"
version = "1"
provider = "Test"
[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true
[[roles]]
id = "dev"
name = "Developer"
side = "merchant"
[[stages]]
id = "first"
title = "First"
signoff = ["lead"]
[[stages.items]]
id = "ours"
title = "Everybody ticks this one"
owner = "dev"
[[stages.items]]
id = "theirs"
title = "The leads tick this one"
owner = "lead"
[[stages]]
id = "second"
title = "Second"
[[stages.items]]
id = "beyond"
title = "Behind the gate"
owner = { any = ["dev", "lead"] }
"#;

const FOLDER: &str = "GOLIVE_TEST_STORM_FOLDER";
const NAME: &str = "GOLIVE_TEST_STORM_NAME";
const EVENTS: &str = "GOLIVE_TEST_STORM_EVENTS";
/// Acts for each event that is to come of them: many are refused, as somebody else was faster.
const ACTS_PER_EVENT: usize = 50;
/// Nothing takes this long; whoever waits for it has found a fault.
const PATIENCE: Duration = Duration::from_mins(10);
/// The longest that anybody may wait for one act in the whole storm.
const LONGEST: Duration = Duration::from_secs(5);

#[test]
fn eight_processes_that_write_at_once_lose_and_double_nothing() {
    storm(8, 40);
}

#[test]
fn sixteen_processes_that_write_at_once_lose_and_double_nothing() {
    storm(16, 10);
}

/// `make storm`. The one run that looks at times: it has the machine to itself.
#[test]
#[ignore = "takes minutes: make storm"]
fn whole_storms_lose_and_double_nothing_and_nobody_waits_long() {
    for (processes, events) in [(8, 500), (32, 100)] {
        let told = storm(processes, events);
        println!("{processes} processes, {events} events each: {told:?}");
        assert!(told.longest < LONGEST, "{told:?}");
    }
}

/// What came of a storm.
#[derive(Debug, Default)]
struct Told {
    /// Events in the log.
    events: usize,
    /// Acts that were refused, as the rules say.
    refused: usize,
    /// Ticks behind the gate, each while it was open.
    beyond: usize,
    /// The longest that one act took.
    longest: Duration,
    /// From the first start to the last end.
    took: Duration,
}

fn storm(processes: usize, events: usize) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..processes).map(|n| format!("P{n}")).collect();
    runtime().block_on(prepare(folder.path(), &names));
    let began = Instant::now();
    let mut writers: Vec<Writer> =
        names.iter().map(|name| Writer::start(folder.path(), name, events)).collect();
    for writer in &mut writers {
        writer.wait_until_ready();
    }
    // All at once: each begins when its input ends.
    for writer in &mut writers {
        drop(writer.child.stdin.take());
    }
    let mut told = Told::default();
    let mut acknowledged: HashMap<String, Vec<(u64, Uuid)>> = HashMap::new();
    for (name, writer) in names.iter().zip(writers) {
        let end = writer.end();
        assert!(end.events.len() >= events, "{name} wrote {} events", end.events.len());
        told.refused += end.refused;
        told.longest = told.longest.max(end.longest);
        acknowledged.insert(name.clone(), end.events);
    }
    told.took = began.elapsed();
    runtime().block_on(check(folder.path(), &acknowledged, &mut told));
    told
}

/// Everything acknowledged is in the log once and in its order, and nothing else is.
async fn check(folder: &Path, acknowledged: &HashMap<String, Vec<(u64, Uuid)>>, told: &mut Told) {
    let app = open(folder, "Dana").await;
    let report = app.verify(&id()).await.unwrap();
    assert!(report.whole(), "{:?}", report.faults);
    let records = app.history(&id()).await.unwrap();
    let events: Vec<Event> = records.into_iter().map(|record| record.event).collect();
    told.events = events.len();
    let mut written: BTreeMap<String, Vec<(u64, Uuid)>> = BTreeMap::new();
    for (n, event) in events.iter().enumerate() {
        assert_eq!(event.seq, n as u64 + 1);
        if event.by.name.as_str() != "Dana" {
            written.entry(event.by.name.to_string()).or_default().push((event.seq, event.id));
        }
    }
    for (name, told) in acknowledged {
        assert!(told.is_sorted_by(|a, b| a.0 < b.0), "{name} was told in another order");
        assert_eq!(written.get(name), Some(told), "what {name} was told, and what is in the log");
    }
    told.beyond = gates_held(&app, &events).await;
}

/// How often somebody ticked behind the gate; it was open each time, as the log before it says.
async fn gates_held(app: &App, events: &[Event]) -> usize {
    let engagement = app.load(&id()).await.unwrap();
    let last = engagement.state.head.hash;
    let hashes = events.iter().skip(1).map(|event| event.prev).chain([last]);
    let mut events = events.iter().zip(hashes);
    let (first, hash) = events.next().unwrap();
    let mut state = begin(first, Head { seq: 1, hash }).unwrap();
    let mut beyond = 0;
    for (event, hash) in events {
        if matches!(&event.fact, Fact::Ticked { item, .. } if item.as_str() == "beyond") {
            let gate = assess(&engagement.runbook, &state, event.at).gate(1);
            assert_eq!(gate, Gate::Open, "event {} ticks behind it", event.seq);
            beyond += 1;
        }
        evolve(&mut state, event, Head { seq: event.seq, hash }).unwrap();
    }
    assert_eq!(state, *engagement.state);
    beyond
}

/// What a writer runs. Does nothing unless it is started as one.
#[test]
#[ignore = "runs in processes that the other tests start"]
fn writer() {
    let variable = |name| std::env::var(name).ok();
    let (Some(folder), Some(name), Some(events)) = (variable(FOLDER), variable(NAME), variable(EVENTS))
    else {
        return;
    };
    let events: usize = events.parse().unwrap();
    let mut out = std::io::stdout();
    // The harness leaves its own line unfinished.
    writeln!(out).unwrap();
    runtime().block_on(async {
        let app = open(Path::new(&folder), &name).await;
        app.load(&id()).await.unwrap();
        writeln!(out, "ready").unwrap();
        out.flush().unwrap();
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        let (mut written, mut refused, mut longest) = (0, 0, Duration::ZERO);
        for n in 0..events * ACTS_PER_EVENT {
            let began = Instant::now();
            let done = app.execute(&id(), Act::new(next(&name, n))).await;
            longest = longest.max(began.elapsed());
            match done {
                Ok(done) => {
                    written += done.events.len();
                    for event in done.events {
                        writeln!(out, "event {} {}", event.seq, event.id).unwrap();
                    }
                    out.flush().unwrap();
                }
                Err(AppError::Refused(_)) => refused += 1,
                Err(error) => panic!("{error}"),
            }
            if written >= events {
                break;
            }
        }
        writeln!(out, "end {refused} {}", longest.as_micros()).unwrap();
    });
}

/// What somebody does next, whether or not it can be done.
fn next(name: &str, n: usize) -> Command {
    let item = |id: &str| ItemId::new(id).unwrap();
    let tick = |id: &str| Command::Tick { item: item(id), part: None, note: None, evidence: Vec::new() };
    match rand::random_range(0..100) {
        0..50 => Command::Note { item: Some(item("ours")), text: format!("{name}-{n}") },
        50..60 => tick("ours"),
        60..70 => tick("theirs"),
        70..80 => Command::SignStage { stage: "first".parse().unwrap() },
        80..90 => tick("beyond"),
        90..96 => {
            let which = if rand::rng().random_bool(0.5) { "ours" } else { "beyond" };
            Command::Untick { item: item(which), part: None, reason: "again".to_owned() }
        }
        _ => Command::Undo { seq: None },
    }
}

struct Writer {
    child: Child,
    lines: Receiver<String>,
}

/// What a writer said.
struct End {
    events: Vec<(u64, Uuid)>,
    refused: usize,
    longest: Duration,
}

impl Writer {
    fn start(folder: &Path, name: &str, events: usize) -> Self {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["storm::writer", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .envs([(NAME, name), (EVENTS, &events.to_string())])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => panic!("{error}: {}", self.complaint()),
        }
    }

    fn wait_until_ready(&mut self) {
        while self.line() != "ready" {}
    }

    fn end(mut self) -> End {
        let mut end = End { events: Vec::new(), refused: 0, longest: Duration::ZERO };
        loop {
            let line = self.line();
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["event", seq, id] => end.events.push((seq.parse().unwrap(), id.parse().unwrap())),
                ["end", refused, longest] => {
                    end.refused = refused.parse().unwrap();
                    end.longest = Duration::from_micros(longest.parse().unwrap());
                    break;
                }
                _ => {}
            }
        }
        assert!(self.child.wait().unwrap().success());
        end
    }

    fn complaint(&mut self) -> String {
        let _ = self.child.kill();
        let mut text = String::new();
        if let Some(stderr) = self.child.stderr.take() {
            let _ = stderr.take(10_000).read_to_string(&mut text);
        }
        text
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Begins the engagement, with every person in it: every fourth is a lead, the others are developers.
async fn prepare(folder: &Path, names: &[String]) {
    let app = open(folder, "Dana").await;
    let beginning = Beginning {
        runbook_name: "storm.toml".to_owned(),
        runbook: RUNBOOK.as_bytes().to_vec(),
        id: Some(id()),
        name: "Acme".to_owned(),
        target: None,
        fields: Vec::new(),
    };
    app.begin(beginning).await.unwrap();
    for (n, name) in names.iter().enumerate() {
        let key = Key::open(&keys(folder, name)).unwrap();
        let key = NewKey::new(key.public().fingerprint().clone(), key.public().to_string());
        let role = if n % 4 == 0 { "lead" } else { "dev" }.parse().unwrap();
        let assign = Command::Assign { role, member: MemberName::new(name).unwrap(), key: Some(key) };
        app.execute(&id(), Act::new(assign)).await.unwrap();
    }
}

async fn open(folder: &Path, name: &str) -> App {
    App::new(Parts {
        store: Arc::new(SqliteStore::open(&folder.join("golive.db")).await.unwrap()),
        signer: Arc::new(Key::open(&keys(folder, name)).unwrap()),
        clock: Arc::new(SystemClock),
        me: MemberName::new(name).unwrap(),
        heads: Some(folder.join("golive.db.heads")),
    })
}

fn keys(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("keys-{name}"))
}

fn id() -> EngagementId {
    EngagementId::new("acme").unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
