//! A log of 500 events in a real store, changed in every way at every event: all of it is found, and named.
//!
//! `golive verify` judges with [`Log::walk`], and so do these tests. Only the reading of a row is remembered by
//! its exact bytes: each signature is checked once, a changed one anew.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::testing::{Bench, id, note, seen, tick};
use super::trust::LogFault;
use super::verify::{LogReport, NamedFault};
use super::walk::{Log, Runbooks, read};
use super::{Act, App};
use crate::domain::command::{Command, NewKey};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::head::Head;
use crate::domain::ids::{EngagementId, MemberName};
use crate::domain::verdict::Verdict;
use crate::store::{EventStore as _, Fault, Row};

const EVENTS: usize = 500;

type Reading = (Vec<u8>, String, uuid::Uuid);

/// A whole log, and what judges changed ones.
struct Court {
    id: EngagementId,
    rows: Vec<Row>,
    head: Head,
    runbooks: Runbooks,
    read: RefCell<HashMap<Reading, Result<Event, LogFault>>>,
}

impl Court {
    async fn new(bench: &Bench, id: &EngagementId) -> Self {
        let rows = bench.store.read(id, 0).await.unwrap();
        let (runbooks, missing) = bench.app.runbooks_of(id, &rows).await;
        assert!(missing.is_none());
        let last = rows.last().unwrap();
        let head = Head { seq: last.seq, hash: last.hash };
        Self { id: id.clone(), rows, head, runbooks, read: RefCell::default() }
    }

    fn judge(&self, rows: &[Row]) -> LogReport {
        let seen = [(self.head, LogFault::Cut, LogFault::Rewritten)];
        let remember = |row: &Row| {
            let key = (row.body.clone(), row.signature.clone(), row.id);
            self.read.borrow_mut().entry(key).or_insert_with(|| read(row)).clone()
        };
        let log = Log {
            id: &self.id,
            rows,
            seen: &seen,
            runbooks: &self.runbooks,
            now: DateTime::<Utc>::MAX_UTC,
            read: &remember,
        };
        log.walk().report
    }

    /// The first fault of a log that was changed.
    fn first(&self, change: impl FnOnce(&mut Vec<Row>)) -> NamedFault {
        let mut rows = self.rows.clone();
        change(&mut rows);
        let report = self.judge(&rows);
        report.faults.into_iter().next().expect("a change that was not found")
    }

    fn author(&self, at: usize) -> Option<MemberName> {
        serde_json::from_slice::<Event>(&self.rows[at].body).ok().map(|event| event.by.name)
    }
}

/// Acme with 500 events by three people, and Other with as many by the same ones: notes, ticks taken and given,
/// checks that settle this way and that, roles, signatures.
async fn five_hundred() -> (Bench, Court, Vec<Row>) {
    let (bench, lin) = Bench::with_acme().await;
    bench.begin("Other").await;
    let key = NewKey::new(lin.signer.public().fingerprint().clone(), lin.public_key());
    let assign = Command::Assign {
        role: "dev".parse().unwrap(),
        member: MemberName::new("Lin").unwrap(),
        key: Some(key),
    };
    bench.app.execute(&id("other"), Act::new(assign)).await.unwrap();
    for engagement in ["acme", "other"] {
        fill(&bench, &lin, &id(engagement)).await;
    }
    let court = Court::new(&bench, &id("acme")).await;
    let other = bench.store.read(&id("other"), 0).await.unwrap();
    assert_eq!((court.rows.len(), other.len()), (EVENTS, EVENTS));
    assert!(court.judge(&court.rows).whole());
    (bench, court, other)
}

async fn fill(bench: &Bench, lin: &App, id: &EngagementId) {
    let untick = || Command::Untick { item: "hello".parse().unwrap(), part: None, reason: "again".into() };
    for round in 0.. {
        let left = EVENTS - usize::try_from(bench.app.load(id).await.unwrap().state.head.seq).unwrap();
        // A round of ticks and checks has up to seven events.
        if left < 8 {
            for n in 0..left {
                bench.app.execute(id, note(&format!("the end {n}"))).await.unwrap();
            }
            return;
        }
        lin.execute(id, Act::new(tick("hello"))).await.unwrap();
        bench.app.observe(id, seen(&bench.app, Verdict::Pass)).await.unwrap();
        lin.execute(id, note(&format!("round {round}"))).await.unwrap();
        bench.app.observe(id, seen(&bench.app, Verdict::Fail)).await.unwrap();
        lin.execute(id, Act::new(untick())).await.unwrap();
    }
}

/// Numbers and chains rows anew, as a forger without keys could.
fn rechained(rows: &mut [Row]) {
    let mut head = Head::default();
    for row in rows {
        head = head.after(&row.body);
        (row.seq, row.hash) = (head.seq, head.hash);
    }
}

#[tokio::test]
async fn every_change_to_every_event_of_a_long_log_is_found_and_named() {
    let (_bench, court, other) = five_hundred().await;
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for at in 0..EVENTS {
        let seq = at as u64 + 1;
        let mut is = |what: &'static str, found: &NamedFault, seq: u64, fault: &dyn Fn(&LogFault) -> bool| {
            assert!(found.seq == seq && fault(&found.fault), "{what} at {at}: {found:?}");
            *named.entry(what).or_default() += 1;
        };
        let chain = |wanted: &'static [Fault]| move |fault: &LogFault| matches!(fault, LogFault::Chain(found) if wanted.contains(found));
        let place = (at * 7919) % court.rows[at].body.len();
        let flipped = court.first(|rows| rows[at].body[place] ^= 1 << (at % 8));
        is("flip in the body", &flipped, seq, &chain(&[Fault::Altered]));
        let hash = court.first(|rows| {
            let mut bytes = *rows[at].hash.as_bytes();
            bytes[at % 32] ^= 1 << (at % 8);
            rows[at].hash = Digest::from_slice(&bytes).unwrap();
        });
        is("flip in the hash", &hash, seq, &chain(&[Fault::Altered]));
        // One place of the armour each; over the log all of them.
        let place = at % court.rows[at].signature.len();
        let signature = court.first(|rows| {
            let mut bytes = rows[at].signature.clone().into_bytes();
            bytes[place] ^= 1;
            rows[at].signature = String::from_utf8(bytes).unwrap();
        });
        is("flip in the signature", &signature, seq, &|f| {
            matches!(f, LogFault::Signature(_) | LogFault::OtherKey)
        });
        assert_eq!(signature.name, court.author(at), "whose event it was is said");

        let deleted = court.first(|rows| drop(rows.remove(at)));
        if at + 1 < EVENTS {
            is("deleted", &deleted, seq, &chain(&[Fault::Missing]));
            let swapped = court.first(|rows| rows.swap(at, at + 1));
            is("swapped with the next", &swapped, seq, &chain(&[Fault::OutOfOrder]));
            let renumbered = court.first(|rows| {
                rows.swap(at, at + 1);
                (rows[at].seq, rows[at + 1].seq) = (seq, seq + 1);
            });
            is("swapped and renumbered", &renumbered, seq, &chain(&[Fault::Swapped]));
        } else {
            is("deleted at the end", &deleted, seq, &|f| *f == LogFault::Cut);
        }
        let doubled = court.first(|rows| rows.insert(at + 1, rows[at].clone()));
        is("duplicated", &doubled, seq + 1, &chain(&[Fault::Repeated]));
        let from = (at + EVENTS / 2) % EVENTS;
        let inserted = court.first(|rows| {
            rows.insert(at, rows[from].clone());
            for (n, row) in (1..).zip(rows.iter_mut()) {
                row.seq = n;
            }
        });
        is(
            "a copy of another put in",
            &inserted,
            seq,
            &chain(&[Fault::Inserted, Fault::Altered, Fault::Spliced]),
        );
        let spliced = court.first(|rows| rows[at] = other[at].clone());
        let spliced_in = chain(&[Fault::Altered, Fault::Spliced, Fault::Inserted]);
        // Nothing comes before the first event that it could fail to follow; what it says gives it away.
        let is_spliced = |f: &LogFault| if at == 0 { *f == LogFault::OtherEngagement } else { spliced_in(f) };
        is("spliced", &spliced, seq, &is_spliced);
    }
    assert!(named.values().all(|n| *n == EVENTS || *n == EVENTS - 1 || *n == 1), "{named:?}");
    assert_eq!(named.len(), 10, "{named:?}");
}

#[tokio::test]
async fn a_forger_who_makes_the_chain_fit_again_is_found_by_what_was_signed() {
    let (_bench, court, other) = five_hundred().await;
    for at in (0..EVENTS).step_by(7).chain([EVENTS - 1]) {
        let seq = at as u64 + 1;
        let found = court.first(|rows| {
            let place = rows[at].body.len() / 2;
            rows[at].body[place] ^= 1;
            rechained(rows);
        });
        assert_eq!(found.seq, seq, "{found:?}");
        let found = court.first(|rows| {
            rows[at] = other[at].clone();
            rechained(rows);
        });
        assert_eq!((found.seq, &found.fault), (seq, &LogFault::OtherEngagement));
        let found = court.first(|rows| {
            rows.remove(at);
            rechained(rows);
        });
        assert_eq!(found.seq, seq, "{found:?}");
        let found = court.first(|rows| {
            rows.insert(at, rows[at].clone());
            rechained(rows);
        });
        assert_eq!(found.seq, seq + 1, "{found:?}");
    }
}

#[tokio::test]
async fn a_log_that_was_cut_taken_away_or_exchanged_is_found_by_the_head_kept_elsewhere() {
    let (_bench, court, other) = five_hundred().await;
    for cut in (1..=10).chain([EVENTS]) {
        let found = court.first(|rows| rows.truncate(EVENTS - cut));
        assert_eq!((found.seq, found.fault), (EVENTS as u64, LogFault::Cut), "{cut} cut off");
    }
    // Another whole log of the same length by the same people.
    let found = court.first(|rows| *rows = other.clone());
    assert_eq!(found.fault, LogFault::OtherEngagement);
    // The head alone tells a log of this very engagement that went another way.
    let (bench, lin) = Bench::with_acme().await;
    fill(&bench, &lin, &id("acme")).await;
    let swapped = Court::new(&bench, &id("acme")).await;
    let court = Court { head: court.head, ..swapped };
    assert_eq!(court.first(|_| ()).fault, LogFault::Rewritten);
}
