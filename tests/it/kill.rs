//! Nothing that golive has acknowledged is lost when it is killed, at whatever moment.
//!
//! The victims are processes of their own: this test binary, started again with nothing but [`victim`] to
//! run. A victim opens the key and the store as golive does, appends remark after remark through
//! [`App`], and prints a line once an append has returned. SIGKILL cannot be caught, so what it leaves
//! behind is what a crash leaves behind.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use golive::app::{Act, App, AppError, Beginning, Parts};
use golive::clock::SystemClock;
use golive::domain::command::Command as Order;
use golive::domain::event::Fact;
use golive::domain::ids::{EngagementId, MemberName};
use golive::identity::Key;
use golive::store::SqliteStore;
use tokio::runtime::Runtime;

use crate::cli_bench::Home;

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
[[stages]]
id = "first"
title = "First"
[[stages.items]]
id = "hello"
title = "Hello"
owner = "lead"
"#;

/// Where a victim works; it is none without.
const FOLDER: &str = "GOLIVE_TEST_VICTIM_FOLDER";
/// Which engagement it writes to.
const ENGAGEMENT: &str = "GOLIVE_TEST_VICTIM_ENGAGEMENT";
/// What its remarks begin with.
const NAME: &str = "GOLIVE_TEST_VICTIM_NAME";
/// A victim that nobody kills ends by itself after so many remarks.
const MOST_REMARKS: u32 = 5_000;

/// Engagements one after the other; each with so many victims, two at a time.
const ROUNDS: usize = 10;
const VICTIMS: usize = 20;
const AT_A_TIME: usize = 2;
/// Folders in which the very first process is killed.
const FIRST_STARTS: usize = 24;
/// Nothing takes this long; whoever waits for it has found a fault.
const PATIENCE: Duration = Duration::from_mins(1);

/// When a victim is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was started: while it opens the store, mends it or begins to write.
    AfterStart(Duration),
    /// So long after its first acknowledgement: while it writes.
    AfterFirst(Duration),
}

impl Moment {
    fn start() -> Self {
        Self::AfterStart(Duration::from_micros(rand::random_range(0..80_000)))
    }

    fn any() -> Self {
        if rand::random_bool(0.4) {
            Self::start()
        } else {
            Self::AfterFirst(Duration::from_micros(rand::random_range(0..40_000)))
        }
    }
}

/// Remarks that were acknowledged, by their place in the log.
type Acknowledged = BTreeMap<u64, String>;

#[test]
fn two_hundred_kills_lose_no_acknowledged_event() {
    let (killed, writing) = kill_writers(ROUNDS);
    assert!(killed >= 200, "only {killed} were alive when they were killed");
    assert!(writing >= 80, "only {writing} had acknowledged anything when they were killed");
}

#[test]
fn a_migration_that_is_killed_is_done_by_the_next_one_and_loses_nothing() {
    kill_migrations(10);
}

#[test]
fn a_release_that_is_killed_leaves_all_of_it_or_nothing_usable() {
    kill_releases(10);
}

/// `make kills`: a thousand in all.
#[test]
#[ignore = "takes minutes: make kills"]
fn a_thousand_kills_lose_no_acknowledged_event() {
    let (killed, writing) = kill_writers(40);
    println!("{killed} killed, {writing} of them after their first acknowledgement");
    println!("{} of 100 killed before their migration was done", kill_migrations(100));
    println!("{} of 100 killed before their release was written", kill_releases(100));
}

/// Stores of the first schema, opened by processes that are killed meanwhile. Gives how many still had it
/// afterwards.
fn kill_migrations(kills: usize) -> usize {
    let mut unfinished = 0;
    for n in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut acknowledged) = Victim::start(folder.path(), "first", "old")
            .kill_at(Moment::AfterFirst(Duration::from_millis(5)));
        runtime().block_on(sql(
            folder.path(),
            "ALTER TABLE observations DROP COLUMN seal; ALTER TABLE passes DROP COLUMN seal; \
             ALTER TABLE portfolio DROP COLUMN seal; \
             DELETE FROM _sqlx_migrations WHERE version = 2; PRAGMA user_version = 1",
        ));
        let victim = Victim::start(folder.path(), "first", &format!("{n}"));
        // Nearer to the beginning than the others: a migration is short.
        let moment = Moment::AfterStart(Duration::from_micros(rand::random_range(0..30_000)));
        acknowledged.extend(victim.kill_at(moment).1);
        unfinished += usize::from(runtime().block_on(sql(folder.path(), "PRAGMA user_version")) == Some(1));
        expect_all(folder.path(), "first", &acknowledged);
        assert_eq!(runtime().block_on(sql(folder.path(), "PRAGMA user_version")), Some(2));
    }
    unfinished
}

/// Decisions that are killed on their way into the files. Gives how many had written no artefact.
fn kill_releases(kills: usize) -> usize {
    let home = Home::with_acme();
    let mut unfinished = 0;
    for n in 0..kills {
        let path = home.path(&format!("{n}.json"));
        let file = path.to_str().unwrap();
        let reason = format!("reason {n}");
        let release = ["release", "acme", "--no-go", "--reason", &reason, "-o", file];
        let mut child = home.command(&release).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(rand::random_range(0..120_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        if path.exists() {
            // The artefact comes last: what proves it is there already.
            home.ok(&["verify", file]);
            for ending in [".sig", ".allowed_signers"] {
                assert!(Path::new(&format!("{file}{ending}")).exists(), "{ending} of {n}");
            }
        } else {
            unfinished += 1;
        }
        home.ok(&release);
        home.ok(&["verify", file]);
    }
    assert_eq!(home.json(&["verify", "acme"])["whole"], true);
    unfinished
}

/// Runs SQL past golive. Gives the first number that comes of it, if one does.
async fn sql(folder: &Path, sql: &'static str) -> Option<i64> {
    use sqlx::{Connection as _, Executor as _, Row as _};
    let address = format!("sqlite:{}", folder.join("golive.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&address).await.unwrap();
    let row = connection.fetch_optional(sqlx::raw_sql(sql)).await.unwrap();
    connection.close().await.unwrap();
    row.and_then(|row| row.try_get::<i64, _>(0).ok())
}

/// Victims in pairs, so many rounds of them. Gives how many were killed, and how many of them while they wrote.
fn kill_writers(rounds: usize) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let (mut killed, mut writing) = (0, 0);
    for round in 0..rounds {
        let engagement = format!("round-{round}");
        let mut acknowledged = Acknowledged::new();
        for pair in 0..VICTIMS / AT_A_TIME {
            let victims: Vec<Victim> = (0..AT_A_TIME)
                .map(|n| Victim::start(folder.path(), &engagement, &format!("{round}-{pair}-{n}")))
                .collect();
            // Each in a thread of its own: the moments must not wait for one another.
            let kills: Vec<_> =
                victims.into_iter().map(|v| std::thread::spawn(move || v.kill_at(Moment::any()))).collect();
            for kill in kills {
                let (was_alive, remarks) = kill.join().unwrap();
                killed += usize::from(was_alive);
                writing += usize::from(!remarks.is_empty());
                for (seq, text) in remarks {
                    assert_eq!(acknowledged.insert(seq, text), None, "two events at place {seq}");
                }
            }
        }
        expect_all(folder.path(), &engagement, &acknowledged);
    }
    (killed, writing)
}

#[test]
fn a_first_start_that_is_killed_leaves_a_store_that_opens() {
    for n in 0..FIRST_STARTS {
        let folder = tempfile::tempdir().unwrap();
        let victim = Victim::start(folder.path(), "first", &format!("{n}"));
        let (_, acknowledged) = victim.kill_at(Moment::start());
        // Whoever comes next finds everything in order, and goes on where the first one was.
        let next = Victim::start(folder.path(), "first", "next");
        let (_, more) = next.kill_at(Moment::AfterFirst(Duration::ZERO));
        assert!(!more.is_empty(), "the next one could write");
        let both = acknowledged.into_iter().chain(more).collect();
        expect_all(folder.path(), "first", &both);
    }
}

/// What the victims run. Does nothing unless it is started as one.
#[test]
#[ignore = "runs in processes that the other tests start"]
fn victim() {
    let variable = |name| std::env::var(name).ok();
    let (Some(folder), Some(engagement), Some(name)) =
        (variable(FOLDER), variable(ENGAGEMENT), variable(NAME))
    else {
        return;
    };
    runtime().block_on(async {
        let app = open(Path::new(&folder)).await;
        let id = EngagementId::new(&engagement).unwrap();
        begin(&app, &id).await;
        let mut out = std::io::stdout();
        // The harness leaves its own line unfinished.
        writeln!(out).unwrap();
        for n in 0..MOST_REMARKS {
            let text = format!("{name}-{n}");
            let act = Act::new(Order::Note { item: "hello".parse().ok(), text: text.clone() });
            match app.execute(&id, act).await {
                Ok(done) => {
                    writeln!(out, "acknowledged {} {text}", done.events[0].seq).unwrap();
                    out.flush().unwrap();
                }
                // Nothing was written, and golive says so: the other one was always faster.
                Err(AppError::Contended { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
}

struct Victim {
    child: Child,
    lines: Receiver<(u64, String)>,
}

impl Victim {
    fn start(folder: &Path, engagement: &str, name: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kill::victim", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .envs([(ENGAGEMENT, engagement), (NAME, name)])
            .env(FOLDER, folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|n| n > 0) {
                if let Some(acknowledged) = acknowledgement(&line) {
                    let _ = sender.send(acknowledged);
                }
                line.clear();
            }
        });
        Self { child, lines }
    }

    /// Kills it at that moment. Gives whether it was alive until then, and what it had acknowledged.
    fn kill_at(mut self, moment: Moment) -> (bool, Acknowledged) {
        let mut acknowledged = Acknowledged::new();
        let wait = match moment {
            Moment::AfterStart(wait) => wait,
            Moment::AfterFirst(wait) => {
                let Ok((seq, text)) = self.lines.recv_timeout(PATIENCE) else {
                    panic!("it acknowledged nothing: {}", self.complaint());
                };
                acknowledged.insert(seq, text);
                wait
            }
        };
        // The one thing here that is not a condition to wait for: a moment that nothing marks.
        std::thread::sleep(wait);
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        let was_alive = status.signal() == Some(9);
        assert!(was_alive, "it ended by itself with {status}: {}", self.complaint());
        // Ends when the reader has seen the end of the pipe.
        acknowledged.extend(self.lines.iter());
        (was_alive, acknowledged)
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

/// Reads a line of a victim. Half a line acknowledges nothing.
fn acknowledgement(line: &str) -> Option<(u64, String)> {
    let (seq, text) = line.strip_suffix('\n')?.strip_prefix("acknowledged ")?.split_once(' ')?;
    Some((seq.parse().ok()?, text.to_owned()))
}

/// Opens the store as the next golive does: everything acknowledged is there, and the log is whole.
fn expect_all(folder: &Path, engagement: &str, acknowledged: &Acknowledged) {
    runtime().block_on(async {
        let app = open(folder).await;
        let id = EngagementId::new(engagement).unwrap();
        // Victims may all have been killed before there was anything.
        begin(&app, &id).await;
        let kept: Acknowledged = app
            .history(&id)
            .await
            .unwrap()
            .into_iter()
            .filter_map(|record| match record.event.fact {
                Fact::Noted { text, .. } => Some((record.event.seq, text)),
                _ => None,
            })
            .collect();
        for (seq, text) in acknowledged {
            assert_eq!(kept.get(seq), Some(text), "event {seq} of {engagement} was acknowledged");
        }
        let report = app.verify(&id).await.unwrap();
        assert!(report.whole(), "{:?}", report.faults);
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn open(folder: &Path) -> App {
    App::new(Parts {
        store: Arc::new(SqliteStore::open(&folder.join("golive.db")).await.unwrap()),
        signer: Arc::new(Key::open(&folder.join("identity")).unwrap()),
        clock: Arc::new(SystemClock),
        me: MemberName::new("Dana").unwrap(),
        heads: Some(folder.join("golive.db.heads")),
    })
}

/// Begins the engagement, unless somebody has.
async fn begin(app: &App, id: &EngagementId) {
    let beginning = Beginning {
        runbook_name: "small.toml".to_owned(),
        runbook: RUNBOOK.as_bytes().to_vec(),
        id: Some(id.clone()),
        name: "Acme".to_owned(),
        target: None,
        fields: Vec::new(),
    };
    match app.begin(beginning).await {
        Ok(_) | Err(AppError::Exists { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}
