//! The corpora of the fuzz targets, replayed: what was found once is looked for in every run of the tests,
//! with no nightly toolchain.

use std::path::{Path, PathBuf};

use golive::domain::event::Event;
use golive::identity::{Key, PublicKey, Purpose, verify};

/// What each target does with some bytes; the targets themselves call nothing else.
#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// In the order of the alphabet.
const TARGETS: [&str; 5] = ["event", "evidence", "key", "runbook", "signature"];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().expect("a name in UTF-8")).collect();
    names.sort();
    names
}

/// A file of a corpus.
fn seed(target: &str, name: &str) -> Vec<u8> {
    std::fs::read(fuzz().join("corpus").join(target).join(name)).unwrap()
}

fn replay(target: &str, run: fn(&[u8])) {
    for name in names(&fuzz().join("corpus").join(target)) {
        let bytes = seed(target, &name);
        if let Err(panic) = std::panic::catch_unwind(|| run(&bytes)) {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            panic!("fuzz/corpus/{target}/{name}: {said}");
        }
    }
}

#[test]
fn the_corpus_of_runbooks_holds() {
    replay("runbook", targets::runbook);
}

#[test]
fn the_corpus_of_events_holds() {
    replay("event", targets::event);
}

#[test]
fn the_corpus_of_evidence_holds() {
    replay("evidence", targets::evidence);
}

#[test]
fn the_corpus_of_keys_holds() {
    replay("key", targets::key);
}

#[test]
fn the_corpus_of_signatures_holds() {
    replay("signature", targets::signature);
}

/// The seeds reach behind the first refusal: what is good in them is taken.
#[test]
fn the_good_seeds_are_good() {
    let text = |target, name| String::from_utf8(seed(target, name)).unwrap();
    let signer = verify(b"golive", &text("signature", "good"), Purpose::Event).unwrap();
    assert_eq!(signer.public, PublicKey::parse(&text("key", "public")).unwrap());
    let log = seed("event", "whole-log");
    for line in log.split(|b| *b == b'\n') {
        serde_json::from_slice::<Event>(line).unwrap();
    }
    for name in ["good.toml", "small.toml", "evidence.toml", "crlf.toml"] {
        golive::runbook::load(name, &seed("runbook", name)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    golive::files::write_private(&path, &seed("key", "private")).unwrap();
    Key::read(path).unwrap();
}

#[test]
fn every_target_has_a_file_a_corpus_and_its_replay() {
    let files: Vec<String> =
        names(&fuzz().join("fuzz_targets")).iter().map(|f| f.trim_end_matches(".rs").to_owned()).collect();
    assert_eq!(
        (names(&fuzz().join("corpus")), files),
        (TARGETS.map(str::to_owned).to_vec(), TARGETS.map(str::to_owned).to_vec())
    );
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let binaries = manifest.lines().filter(|line| *line == "[[bin]]").count();
    assert_eq!(binaries, TARGETS.len());
    assert!(TARGETS.iter().all(|name| manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\""))));
}
