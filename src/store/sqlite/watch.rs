//! Notices what other processes wrote, without waking an idle program.
//!
//! SQLite counts commits: `PRAGMA data_version` on a connection of its own says whether anybody else
//! committed, in some 15 µs. What remains is when to ask. The system tells when the write-ahead log is
//! written to; but the commit shows a moment *later*, once the disk has it and the index, which is
//! shared memory and tells nobody, is moved on. So one word from the system is followed by questions
//! at growing intervals until the answer is yes. Where the system tells nothing, the question is asked
//! often enough for half a second.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::open::beside;
use crate::store::changes::Changes;

/// After a word from the system: how long to wait before each question.
const AFTER_A_WORD: [Duration; 11] = [
    Duration::from_millis(1),
    Duration::from_millis(3),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    // For a disk that takes as long as this for a commit.
    Duration::from_secs(5),
];

/// Without a word, when the watch begins: for a commit that was under way. None of them comes so late that an
/// idle program wakes up for it.
const AT_THE_START: &[Duration] = AFTER_A_WORD.split_last().unwrap().1;

/// Between two changes told: a busy poller elsewhere must not redraw a screen a thousand times a second.
const BETWEEN_CHANGES: Duration = Duration::from_millis(40);

/// The question is asked anyway, should the system have lost a word, which it does not on the file systems
/// that several processes can share a store on. Each time wakes some ten threads for a moment.
const ANYWAY: Duration = Duration::from_mins(1);

/// How often the question is asked where the system tells nothing.
const WITHOUT_WORDS: Duration = Duration::from_millis(400);

/// Starts the watch with the first subscriber and lets it end with the last.
#[derive(Debug)]
pub(super) struct Announcer {
    path: PathBuf,
    options: SqliteConnectOptions,
    running: Slot,
}

/// The running watch, if there is one. Held while one is started and while one decides to end, so that
/// nobody subscribes to a watch that is about to be gone.
type Slot = Arc<Mutex<Option<Arc<watch::Sender<u64>>>>>;

impl Announcer {
    pub(super) fn new(path: PathBuf, options: SqliteConnectOptions) -> Self {
        Self { path, options, running: Slot::default() }
    }

    pub(super) fn subscribe(&self) -> Changes {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = running.as_ref() {
            let mut receiver = sender.subscribe();
            receiver.mark_changed();
            return Changes::new(receiver);
        }
        let (sender, receiver) = watch::channel(0);
        let sender = Arc::new(sender);
        *running = Some(Arc::clone(&sender));
        let watch = Watch { options: self.options.clone(), sender, slot: Arc::clone(&self.running) };
        let log = beside(&self.path, "-wal");
        tokio::spawn(async move { watch.run(&log).await });
        Changes::new(receiver)
    }

    /// Does a watch run?
    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

struct Watch {
    options: SqliteConnectOptions,
    sender: Arc<watch::Sender<u64>>,
    slot: Slot,
}

impl Watch {
    async fn run(self, log: &Path) {
        loop {
            tokio::select! {
                () = self.sender.closed() => {}
                () = self.tell(log) => {}
            }
            let mut running = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
            if self.sender.receiver_count() == 0 {
                *running = None;
                return;
            }
        }
    }

    /// Tells of changes until the connection fails; then the next round makes a new one.
    async fn tell(&self, log: &Path) {
        let mut questions = match Questions::new(&self.options).await {
            Ok(questions) => questions,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be watched; trying again");
                tokio::time::sleep(WITHOUT_WORDS).await;
                return;
            }
        };
        // The connection has read, so the log is there, and stays while any connection is open.
        let words = Arc::new(Notify::new());
        let (_watcher, patience) = match listen(log, Arc::clone(&words)) {
            Ok(watcher) => (Some(watcher), ANYWAY),
            Err(error) => {
                tracing::info!(%error, "no file events here; the store is asked instead");
                (None, WITHOUT_WORDS)
            }
        };
        self.announce();
        // A commit whose bytes were written before anybody listened, and that shows only after what was just
        // announced has been read, has no word of its own.
        if self.announce_until_quiet(&mut questions, &words, AT_THE_START).await.is_err() {
            return;
        }
        loop {
            let word = timeout(patience, words.notified()).await.is_ok();
            let told = if word {
                self.announce_until_quiet(&mut questions, &words, &AFTER_A_WORD).await
            } else {
                questions.ask().await.map(|changed| {
                    if changed {
                        self.announce();
                    }
                })
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// Announces changes until a whole round of questions finds none. The word of one commit may come together
    /// with that of the commit before, which shows first: a change that was found answers no word for good.
    async fn announce_until_quiet(
        &self,
        questions: &mut Questions,
        words: &Notify,
        waits: &[Duration],
    ) -> Result<(), sqlx::Error> {
        while questions.ask_until_changed(words, waits).await? {
            self.announce();
            tokio::time::sleep(BETWEEN_CHANGES).await;
        }
        Ok(())
    }

    fn announce(&self) {
        self.sender.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Asks the system for a word whenever the file is written to.
fn listen(log: &Path, words: Arc<Notify>) -> notify::Result<notify::RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Opening and closing say nothing. What cannot be read counts as a word.
        if !matches!(event, Ok(notify::Event { kind: EventKind::Access(_), .. })) {
            words.notify_one();
        }
    })?;
    watcher.watch(log, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

struct Questions {
    connection: SqliteConnection,
    version: i64,
}

impl Questions {
    async fn new(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = options.connect().await?;
        sqlx::query("SELECT 1 FROM heads LIMIT 1").fetch_optional(&mut connection).await?;
        let version = data_version(&mut connection).await?;
        Ok(Self { connection, version })
    }

    /// Asks after each of the waits. Another word meanwhile is about another commit: the waits begin anew, or
    /// the last of them would pass before that one is seen.
    async fn ask_until_changed(&mut self, words: &Notify, waits: &[Duration]) -> Result<bool, sqlx::Error> {
        let mut left = waits.iter();
        while let Some(wait) = left.next() {
            let word = timeout(*wait, words.notified()).await.is_ok();
            if self.ask().await? {
                return Ok(true);
            }
            if word {
                left = waits.iter();
            }
        }
        Ok(false)
    }

    async fn ask(&mut self) -> Result<bool, sqlx::Error> {
        let version = data_version(&mut self.connection).await?;
        let changed = version != self.version;
        self.version = version;
        Ok(changed)
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    #[tokio::test]
    async fn a_word_during_a_wait_is_answered_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(dir.path().join("x.db")).create_if_missing(true);
        let mut other = options.connect().await.unwrap();
        sqlx::query("CREATE TABLE heads (seq INTEGER)").execute(&mut other).await.unwrap();
        let mut questions = Questions::new(&options).await.unwrap();
        let words = Notify::new();
        let hour = [Duration::from_hours(1)];
        let write = async {
            sqlx::query("INSERT INTO heads VALUES (1)").execute(&mut other).await.unwrap();
            words.notify_one();
        };
        let both = async { tokio::join!(questions.ask_until_changed(&words, &hour), write).0 };
        let answer = timeout(Duration::from_secs(30), both).await.expect("the hour is not waited for");
        assert!(answer.unwrap());
        other.close().await.unwrap();
    }
}
