//! How fast the rules are: folding a log, assessing a large runbook.
//!
//! `cargo bench --bench rules`
#![allow(clippy::expect_used, reason = "a benchmark with broken fixtures has nothing to measure")]

use chrono::{DateTime, TimeDelta};
use divan::counter::ItemsCount;
use golive::domain::assess::assess;
use golive::domain::digest::Digest;
use golive::domain::event::{Author, Covers, Event, Fact, RunbookRef, SignOff, VERSION};
use golive::domain::evolve::{begin, evolve};
use golive::domain::head::Head;
use golive::domain::ids::{EngagementId, ItemId, KeyFingerprint, MemberName, RoleId, RunbookId};
use golive::domain::runbook::Runbook;
use golive::domain::state::State;
use uuid::Uuid;

const EVENTS: usize = 100_000;
const ITEMS: usize = 10_000;

fn main() {
    divan::main();
}

/// A runbook of 10,000 items in ten stages.
fn runbook() -> Runbook {
    use std::fmt::Write as _;
    let mut toml = String::from(
        "schema = 1\nid = \"large\"\ntitle = \"Large\"\nversion = \"1\"\nprovider = \"Bench\"\n\
         [[roles]]\nid = \"dev\"\nname = \"Developer\"\nside = \"merchant\"\nlead = true\n",
    );
    for n in 0..ITEMS {
        if n % 1000 == 0 {
            let stage = n / 1000;
            let _ = write!(toml, "[[stages]]\nid = \"s{stage}\"\ntitle = \"Stage {stage}\"\n");
        }
        let _ =
            write!(toml, "[[stages.items]]\nid = \"i{n:05}\"\ntitle = \"Item {n:05}\"\nowner = \"dev\"\n");
    }
    golive::runbook::load("large.toml", toml.as_bytes()).expect("a sound runbook").runbook
}

/// The bytes of a log: members, then ticks, remarks and unticks over the items, round and round.
fn log(runbook: &Runbook) -> Vec<Vec<u8>> {
    let by =
        Author { name: MemberName::new("Dana").expect("a name"), key: KeyFingerprint::new("SHA256:bench") };
    let role = RoleId::new("dev").expect("a slug");
    let items: Vec<(ItemId, Digest)> = runbook.items().map(|(_, i)| (i.id.clone(), i.digest)).collect();
    let mut head = Head::default();
    let mut bodies = Vec::with_capacity(EVENTS);
    for n in 0..EVENTS {
        let (item, content) = items[n % items.len()].clone();
        let covers = Covers { runbook: runbook.digest, content, evidence: vec![], head };
        let reference = || RunbookRef {
            id: RunbookId::new("large").expect("a slug"),
            version: "1".into(),
            digest: runbook.digest,
        };
        let fact = match n {
            0 => Fact::Opened { name: "Bench".into(), runbook: reference(), target: None, fields: vec![] },
            1 => Fact::MemberAdded { member: by.name.clone() },
            2 => Fact::RoleAssigned { member: by.name.clone(), role: role.clone() },
            _ if n % 7 == 0 => Fact::Noted { item: Some(item), text: "looked at it again".into() },
            _ if n % 11 == 0 => Fact::Unticked { item, parts: vec![], reason: "by mistake".into() },
            _ => {
                let signoff = SignOff { role: role.clone(), member: by.name.clone(), covers };
                Fact::Ticked { item, parts: vec![], signoff }
            }
        };
        let event = Event {
            v: VERSION,
            engagement: EngagementId::new("bench").expect("a slug"),
            seq: head.seq + 1,
            prev: head.hash,
            id: Uuid::from_u128(n as u128),
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(n).expect("a small number")),
            by: by.clone(),
            fact,
        };
        let body = serde_json::to_vec(&event).expect("an event is JSON");
        head = head.after(&body);
        bodies.push(body);
    }
    bodies
}

/// Reads, hashes and folds every event: what opening an engagement costs without the store.
fn fold(bodies: &[Vec<u8>]) -> State {
    let mut state: Option<State> = None;
    let mut head = Head::default();
    for body in bodies {
        let event: Event = serde_json::from_slice(body).expect("an event");
        head = head.after(body);
        match &mut state {
            None => state = Some(begin(&event, head).expect("a beginning")),
            Some(state) => evolve(state, &event, head).expect("the next event"),
        }
    }
    state.expect("at least one event")
}

#[divan::bench(sample_count = 10)]
fn fold_100_000_events(bencher: divan::Bencher) {
    let bodies = log(&runbook());
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| fold(&bodies));
}

#[divan::bench(sample_count = 50)]
fn assess_10_000_items(bencher: divan::Bencher) {
    let runbook = runbook();
    let state = fold(&log(&runbook));
    let now = state.last_at;
    bencher.counter(ItemsCount::new(ITEMS)).bench_local(|| assess(&runbook, &state, now));
}
