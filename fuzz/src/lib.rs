//! What each fuzz target does with some bytes. `tests/it/corpus.rs` replays the corpora through the same
//! functions, so that a fault found once is looked for in every run of the tests.
//!
//! They panic when golive does, and when an answer of golive's is not what it promises.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use golive::domain::assess::assess;
use golive::domain::command::{Acting, Command, NewEvidence};
use golive::domain::decide::{self, MAX_REFERENCE};
use golive::domain::digest::Digest;
use golive::domain::event::{Author, Event, Fact, MAX_BODY, VERSION};
use golive::domain::evidence::{Piece, file_name};
use golive::domain::evolve::{Misfit, begin, evolve};
use golive::domain::head::Head;
use golive::domain::ids::{EngagementId, ItemId, MemberName};
use golive::domain::runbook::Runbook;
use golive::domain::state::State;
use golive::domain::summary::Summary;
use golive::identity::{FileKey, Key, NobodyToAsk, PublicKey, Purpose, Signer as _, verify};
use golive::report::release::{Envelope, pae};
use golive::runbook::load;
use uuid::Uuid;

/// A runbook that asks for evidence of every kind.
const RUNBOOK: &str = include_str!("../corpus/runbook/evidence.toml");
/// The public half of a key that signed nothing but [`MESSAGE`].
const KEY: &str = include_str!("../corpus/key/public");
/// The signature over [`MESSAGE`] as an event.
const SIGNED: &str = include_str!("../corpus/signature/good");
/// The signature over [`MESSAGE`] as a release.
const RELEASED: &str = include_str!("../corpus/signature/release");
/// What was signed.
const MESSAGE: &[u8] = b"golive";

/// Bytes of a runbook: an answer, and every fault of it inside the file and safe to show.
pub fn runbook(bytes: &[u8]) {
    match load("fuzz.toml", bytes) {
        Ok(loaded) => {
            assert!(loaded.runbook.items().count() > 0, "a runbook without items");
            assert_eq!(loaded.runbook.digest, Digest::of(bytes));
        }
        Err(faults) => {
            assert!(!faults.0.is_empty());
            for fault in &faults.0 {
                let span = &fault.at.span;
                assert!(span.start <= span.end && span.end <= bytes.len(), "{fault:?}");
                assert!(fault.at.line <= bytes.split(|b| *b == b'\n').count(), "{fault:?}");
            }
            let drawn = faults.render(bytes);
            assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
        }
    }
}

/// Bodies of events, one a line: each is read or refused, written again as it is, and the fold and all that
/// is derived from it bear whatever it says.
pub fn event(bytes: &[u8]) {
    let (runbook, mut state) = (&ENGAGEMENT.0, ENGAGEMENT.1.clone());
    for line in bytes.split(|b| *b == b'\n') {
        let Ok(mut event) = serde_json::from_slice::<Event>(line) else { continue };
        let written = serde_json::to_vec(&event).expect("what was read can be written");
        assert_eq!(serde_json::from_slice::<Event>(&written).expect("what was written can be read"), event);
        let head = Head::default().after(&written);
        let began = begin(&event, head);
        // An unsigned event gets no further than this; here it is taken for the next one all the same.
        (event.engagement, event.seq, event.prev) =
            (state.engagement.clone(), state.head.seq + 1, state.head.hash);
        let head = state.head.after(&written);
        let went_on = evolve(&mut state, &event, head);
        let opens = matches!(event.fact, Fact::Opened { .. });
        assert!(opens || began.is_err(), "it begins without a beginning");
        match went_on {
            Ok(()) => assert!(!opens && event.v <= VERSION),
            Err(Misfit::Newer { .. }) => assert!(event.v > VERSION),
            Err(Misfit::SecondBeginning(_)) => assert!(opens),
            Err(Misfit::OutOfTime(_)) => {}
            Err(other) => panic!("{other}"),
        }
        for now in [event.at, state.time, now()] {
            let assessment = assess(runbook, &state, now);
            let summary = Summary::new(runbook, &state, &assessment);
            assert!(serde_json::to_vec(&summary).is_ok());
        }
    }
}

/// A reference to evidence, or the name of a file: attached in bounds or refused, and never a path.
pub fn evidence(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let name = file_name(&text);
    assert!(!name.is_empty() && !name.starts_with('.') && name.chars().count() <= 120, "{name:?}");
    assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
    let (runbook, mut state) = (&ENGAGEMENT.0, ENGAGEMENT.1.clone());
    let file = NewEvidence::File { name: text.to_string(), size: 1, digest: Digest::of(bytes) };
    for new in [NewEvidence::Reference(text.to_string()), file] {
        let item = ItemId::new("papers").expect("an id");
        let command = Command::AddEvidence { item, evidence: new };
        let facts = decide::decide(runbook, &state, &Acting::new(author()), &command, now());
        for fact in facts.into_iter().flatten() {
            let Fact::EvidenceAdded { reference, .. } = &fact else { panic!("{fact:?}") };
            assert!(reference.chars().count() <= MAX_REFERENCE);
            let body = append(&mut state, fact);
            assert!(body.len() <= MAX_BODY);
        }
    }
    let (_, item) = runbook.item("papers").expect("the item");
    if let Some(attached) = state.item("papers") {
        let pieces: Vec<Piece<'_>> = attached.evidence.iter().map(Piece::from).collect();
        let lacking = item.evidence.lacking(&pieces);
        assert!(lacking.is_some_and(|l| l.left + pieces.len() >= item.evidence.least()), "{pieces:?}");
    }
    assess(runbook, &state, now());
}

/// A public key, and a file that may be a private one: read or refused, and whole when it is read.
pub fn key(bytes: &[u8]) {
    if let Ok(key) = PublicKey::parse(&String::from_utf8_lossy(bytes)) {
        let line = key.to_string();
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert_eq!(PublicKey::parse(&line).expect("its own line"), key);
        assert!(key.fingerprint().as_str().starts_with("SHA256:"));
    }
    let path = private_file(bytes);
    let own = Key::read(path.clone());
    if let Ok(key) = FileKey::read(path, Arc::new(NobodyToAsk)) {
        if let Ok(signature) = key.sign(Purpose::Event, MESSAGE) {
            let signer = verify(MESSAGE, signature.as_str(), Purpose::Event).expect("its own signature");
            assert_eq!(signer.public, *key.public());
        } else {
            assert!(own.is_err(), "it is locked");
        }
    }
}

/// An armoured signature, or a release that carries one: nothing is taken but what was signed.
pub fn signature(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (purpose, signed) in [(Purpose::Event, SIGNED), (Purpose::Release, RELEASED)] {
        if let Ok(signer) = verify(MESSAGE, &text, purpose) {
            assert_eq!(text, signed, "by {signer:?}");
        }
    }
    if let Ok((envelope, payload)) = Envelope::open(bytes) {
        for signature in &envelope.signatures {
            let _ = verify(&pae(&payload), &signature.armoured(), Purpose::Release);
        }
    }
}

/// An engagement that has begun, with one person in it.
static ENGAGEMENT: LazyLock<(Runbook, State)> = LazyLock::new(|| {
    let runbook = load("evidence.toml", RUNBOOK.as_bytes()).expect("a good runbook").runbook;
    let opened = decide::open(&runbook, "Acme", &author(), KEY.trim(), None, &[]).expect("it opens");
    let mut facts = opened.into_iter();
    let first = next(None, facts.next().expect("a beginning"));
    let body = serde_json::to_vec(&first).expect("an event");
    let mut state = begin(&first, Head::default().after(&body)).expect("a beginning");
    for fact in facts {
        append(&mut state, fact);
    }
    (runbook, state)
});

/// A file in a folder of this process that holds these bytes, readable by its owner only.
fn private_file(bytes: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
    let mut file = tempfile::NamedTempFile::new_in(FOLDER.path()).expect("a file");
    std::io::Write::write_all(&mut file, bytes).expect("a file");
    let path = FOLDER.path().join(format!("{:?}", std::thread::current().id()));
    file.persist(&path).expect("a file");
    path
}

/// The body of the event that this fact becomes.
fn append(state: &mut State, fact: Fact) -> Vec<u8> {
    let event = next(Some(state), fact);
    let body = serde_json::to_vec(&event).expect("an event");
    let head = state.head.after(&body);
    evolve(state, &event, head).expect("the next event");
    body
}

fn next(state: Option<&State>, fact: Fact) -> Event {
    let head = state.map_or_else(Head::default, |state| state.head);
    Event {
        v: VERSION,
        engagement: EngagementId::new("acme").expect("an id"),
        seq: head.seq + 1,
        prev: head.hash,
        id: Uuid::from_u128(u128::from(head.seq) + 1),
        at: now(),
        by: author(),
        fact,
    }
}

fn author() -> Author {
    let key = PublicKey::parse(KEY).expect("a public key").fingerprint().clone();
    Author { name: MemberName::new("Dana").expect("a name"), key }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}
