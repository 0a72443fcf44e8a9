//! Releases: made, made again, refused, and every way in which one can be altered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::*;
use crate::app::testing::{Bench, id, note, seen, tick};
use crate::app::trust::LogFault;
use crate::app::{Act, App};
use crate::domain::command::Command;
use crate::domain::event::{Event, Fact, VERSION};
use crate::domain::head::Head;
use crate::domain::ids::ItemId;
use crate::domain::refusal::Refusal;
use crate::domain::release::GoNoGo;
use crate::domain::verdict::Verdict;
use crate::identity::{self, BadSignature, Purpose};
use crate::report::release::{Envelope, Statement, pae};
use crate::store::{AppendExtra, EventStore as _, NewRow};

fn go() -> Wish {
    Wish { outcome: GoNoGo::Go, reason: None, role: None }
}

fn no_go() -> Wish {
    Wish { outcome: GoNoGo::NoGo, reason: Some("not yet".to_owned()), role: None }
}

/// Everything done; the check of `proof` has passed now.
async fn ready() -> (Bench, App) {
    let (bench, lin) = Bench::with_acme().await;
    let acme = id("acme");
    let evidence =
        Command::AddEvidence { item: "hello".parse::<ItemId>().unwrap(), evidence: "mail 7".into() };
    lin.execute(&acme, Act::new(evidence)).await.unwrap();
    lin.execute(&acme, Act::new(tick("hello"))).await.unwrap();
    bench.app.observe(&acme, seen(&bench.app, Verdict::Pass)).await.unwrap();
    lin.execute(&acme, Act::new(tick("bye"))).await.unwrap();
    bench.app.execute(&acme, Act::new(tick("bye"))).await.unwrap();
    let sign = Command::SignStage { stage: "second".parse().unwrap() };
    bench.app.execute(&acme, Act::new(sign)).await.unwrap();
    (bench, lin)
}

/// By an auditor, long after.
fn check(parts: &ReleaseParts<'_>) -> Result<ReleaseCheck, NotARelease> {
    verify_release(parts, DateTime::<Utc>::MAX_UTC)
}

fn faults(files: &ReleaseFiles) -> Vec<ReleaseFault> {
    let parts = ReleaseParts {
        artefact: &files.artefact,
        signature: Some(files.signature.as_bytes()),
        allowed_signers: Some(files.allowed_signers.as_bytes()),
    };
    check(&parts).unwrap().faults
}

fn payload(files: &ReleaseFiles) -> Vec<u8> {
    Envelope::open(&files.artefact).unwrap().1
}

/// Puts other bytes into the envelope and signs all of it anew, as whoever holds that key could.
fn signed_by(app: &App, payload: &[u8], allowed_signers: &str) -> ReleaseFiles {
    let signature = app.signer.sign(Purpose::Release, &pae(payload)).unwrap();
    let envelope = Envelope::seal(payload, app.signer.public().fingerprint().as_str(), signature.as_str());
    let artefact = serde_json::to_vec(&envelope).unwrap();
    let signature = app.signer.sign(Purpose::Release, &artefact).unwrap().into();
    ReleaseFiles { artefact, signature, allowed_signers: allowed_signers.to_owned() }
}

/// The same release with its statement changed, signed anew by the decider.
fn altered(bench: &Bench, files: &ReleaseFiles, change: impl FnOnce(&mut Value)) -> ReleaseFiles {
    let mut statement: Value = serde_json::from_slice(&payload(files)).unwrap();
    change(&mut statement);
    // Through the type, so that the keys stand in their order again.
    let typed: Statement = serde_json::from_value(statement).unwrap();
    signed_by(&bench.app, &serde_json::to_vec(&typed).unwrap(), &files.allowed_signers)
}

#[tokio::test]
async fn a_release_is_good_and_says_what_the_engagement_came_to() {
    let (bench, _) = ready().await;
    let released = bench.app.release(&id("acme"), go()).await.unwrap();
    assert_eq!(faults(&released.files), []);
    let statement: Value = serde_json::from_slice(&payload(&released.files)).unwrap();
    let predicate = &statement["predicate"];
    assert_eq!(statement["subject"][0]["digest"]["sha256"], released.head.hash.to_string());
    assert_eq!(predicate["decision"]["by"]["name"], "Dana");
    assert_eq!(predicate["decision"]["role"], "lead");
    assert_eq!(predicate["complete"], true);
    assert_eq!(predicate["observations"][0]["check"], "answers");
    let items = &predicate["stages"][0]["items"];
    assert_eq!(items[0]["boxes"][0]["signatures"][0]["person"], "Lin");
    assert_eq!(items[0]["evidence"][0]["reference"], "mail 7");
    assert_eq!(items[1]["proof"]["summary"], "said so");
    assert_eq!(predicate["stages"][1]["signoffs"][0]["signature"]["person"], "Dana");
    assert_eq!(predicate["blockers"], serde_json::json!([]));
    assert_eq!(predicate["log"]["events"].as_array().unwrap().len() as u64, released.head.seq);
}

#[tokio::test]
async fn a_no_go_lists_what_held_the_gate_shut() {
    let (bench, _) = Bench::with_acme().await;
    let released = bench.app.release(&id("acme"), no_go()).await.unwrap();
    assert_eq!(faults(&released.files), []);
    let statement: Value = serde_json::from_slice(&payload(&released.files)).unwrap();
    let blockers = statement["predicate"]["blockers"].as_array().unwrap();
    assert!(blockers.iter().any(|b| b["item"] == "hello" && b["people"][0] == "Lin"), "{blockers:?}");
}

#[tokio::test]
async fn go_waits_for_fresh_checks_and_the_decision_for_somebody_who_may() {
    let (bench, lin) = ready().await;
    let refused = lin.release(&id("acme"), go()).await.unwrap_err();
    assert!(matches!(refused.refusal(), Some(Refusal::NotYours { .. })), "{refused}");
    bench.clock.advance(TimeDelta::minutes(11));
    let refused = bench.app.release(&id("acme"), go()).await.unwrap_err();
    assert!(
        matches!(refused.refusal(), Some(Refusal::NotFresh { blockers }) if blockers.len() == 1),
        "{refused}"
    );
    bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Pass)).await.unwrap();
    bench.app.release(&id("acme"), go()).await.unwrap();
}

#[tokio::test]
async fn the_same_decision_gives_the_same_bytes_whatever_came_after_and_only_to_the_decider() {
    let (bench, lin) = ready().await;
    let acme = id("acme");
    let first = bench.app.release(&acme, go()).await.unwrap();
    lin.execute(&acme, note("well done")).await.unwrap();
    bench.clock.advance(TimeDelta::days(3));
    let again = bench.again().release(&acme, go()).await.unwrap();
    assert!(again.again && !first.again);
    assert_eq!(again.files, first.files);
    let sela = bench.person("Sela");
    bench.assign("lead", "Sela", Some(&sela)).await;
    let refused = sela.release(&acme, go()).await.unwrap_err();
    assert!(matches!(refused.refusal(), Some(Refusal::DecidedAlready { .. })), "{refused}");
}

#[tokio::test]
async fn whatever_is_changed_in_a_statement_is_named_although_the_decider_signed_it() {
    let (bench, _) = ready().await;
    let files = bench.app.release(&id("acme"), go()).await.unwrap().files;
    let change = |path: &'static str, value: Value| {
        faults(&altered(&bench, &files, |statement| *statement.pointer_mut(path).unwrap() = value))
    };
    let differs = |place: &str| vec![ReleaseFault::Differs(place.to_owned())];
    let cases: [(&str, Value, &str); 9] = [
        ("/predicate/decision/outcome", "no_go".into(), "predicate.decision.outcome"),
        ("/predicate/decision/role", Value::Null, "predicate.decision.role"),
        ("/predicate/complete", false.into(), "predicate.complete"),
        ("/predicate/stages/0/items/0/status", "todo".into(), "predicate.stages[0].items[0].status"),
        (
            "/predicate/stages/0/items/0/boxes/0/signatures/0/person",
            "Eve".into(),
            "predicate.stages[0].items[0].boxes[0].signatures[0].person",
        ),
        ("/predicate/observations/0/summary", "fine".into(), "predicate.observations[0].summary"),
        ("/predicate/members", Value::Array(Vec::new()), "predicate.members"),
        ("/predicate/tool/version", "9".into(), "predicate.tool.version"),
        ("/subject/0/digest/sha256", "00".into(), "subject[0].digest.sha256"),
    ];
    for (path, value, place) in cases {
        assert_eq!(change(path, value), differs(place), "{path}");
    }
    let other_name = change("/predicate/decision/by/key", "SHA256:x".into());
    assert!(matches!(other_name[0], ReleaseFault::Differs(_)), "{other_name:?}");
    assert!(matches!(other_name[1], ReleaseFault::EnvelopeKey(_)), "{other_name:?}");
}

#[tokio::test]
async fn whatever_is_done_to_the_log_inside_is_named() {
    let (bench, _) = ready().await;
    let files = bench.app.release(&id("acme"), go()).await.unwrap().files;
    let log = |change: fn(&mut Vec<Value>)| {
        let files = altered(&bench, &files, |statement| {
            change(statement.pointer_mut("/predicate/log/events").unwrap().as_array_mut().unwrap());
        });
        faults(&files)
    };
    let at = |faults: &[ReleaseFault]| match &faults[0] {
        ReleaseFault::Event(fault) => fault.seq,
        other => panic!("{other:?}"),
    };
    assert_eq!(at(&log(|events| drop(events.remove(6)))), 7);
    assert_eq!(at(&log(|events| events.swap(4, 5))), 5);
    assert_eq!(at(&log(|events| events.insert(3, events[2].clone()))), 4);
    assert_eq!(at(&log(|events| events[8]["signature"] = events[7]["signature"].clone())), 9);
    assert_eq!(at(&log(|events| events[1]["body"] = "{}".into())), 2);
    let cut = log(|events| drop(events.pop()));
    assert!(matches!(&cut[0], ReleaseFault::Event(f) if f.fault == LogFault::ReleasedAndCut), "{cut:?}");
    let gone = log(Vec::clear);
    assert!(matches!(&gone[0], ReleaseFault::Event(f) if f.fault == LogFault::ReleasedAndCut), "{gone:?}");

    let toml = altered(&bench, &files, |statement| {
        let toml = statement.pointer_mut("/predicate/log/runbooks/0/toml").unwrap();
        *toml = toml.as_str().unwrap().replace("owner = \"dev\"", "owner = \"lead\"").into();
    });
    assert!(matches!(faults(&toml)[0], ReleaseFault::Runbook(_)));
    let more = altered(&bench, &files, |statement| {
        let runbooks = statement.pointer_mut("/predicate/log/runbooks").unwrap().as_array_mut().unwrap();
        runbooks.push(serde_json::json!({ "digest": "00", "toml": "" }));
    });
    assert_eq!(faults(&more), [ReleaseFault::Differs("predicate.log.runbooks".to_owned())]);
}

#[tokio::test]
async fn signatures_of_others_and_for_other_purposes_are_refused() {
    let (bench, lin) = ready().await;
    let files = bench.app.release(&id("acme"), go()).await.unwrap().files;
    let by_lin = signed_by(&lin, &payload(&files), &files.allowed_signers);
    let found = faults(&by_lin);
    assert!(matches!(found[..], [ReleaseFault::EnvelopeKey(_), ReleaseFault::SignatureKey(_)]), "{found:?}");
    let with = |change: &dyn Fn(&mut ReleaseFiles)| {
        let mut files = files.clone();
        change(&mut files);
        faults(&files)
    };
    let as_event = bench.app.signer.sign(Purpose::Event, &files.artefact).unwrap();
    assert_eq!(
        with(&|f| f.signature = as_event.as_str().to_owned()),
        [ReleaseFault::Signature(BadSignature::Namespace)]
    );
    assert_eq!(with(&|f| f.signature.push('x')), [ReleaseFault::Signature(BadSignature::Malformed)]);
    assert_eq!(with(&|f| f.allowed_signers.push('#')), [ReleaseFault::AllowedSigners]);
    // One more blank is another artefact, although it means the same.
    assert_eq!(with(&|f| f.artefact.push(b' ')), [ReleaseFault::Signature(BadSignature::Mismatch)]);
    let parts = ReleaseParts { artefact: &files.artefact, signature: None, allowed_signers: None };
    assert_eq!(check(&parts).unwrap().faults, [ReleaseFault::NoSignature]);
    let keyid = with(&|f| {
        let mut envelope: Value = serde_json::from_slice(&f.artefact).unwrap();
        envelope["signatures"][0]["keyid"] = "SHA256:x".into();
        let envelope: Envelope = serde_json::from_value(envelope).unwrap();
        f.artefact = serde_json::to_vec(&envelope).unwrap();
        f.signature = bench.app.signer.sign(Purpose::Release, &f.artefact).unwrap().into();
    });
    assert_eq!(keyid, [ReleaseFault::KeyId]);
}

#[tokio::test]
async fn those_who_may_sign_are_those_of_the_log_each_for_their_time() {
    let (bench, lin) = ready().await;
    let acme = id("acme");
    bench.clock.advance(TimeDelta::minutes(1));
    let revoke = Command::RevokeKey { key: lin.author().key };
    bench.app.execute(&acme, Act::new(revoke)).await.unwrap();
    let released = bench.app.release(&acme, go()).await.unwrap();
    assert_eq!(faults(&released.files), []);
    let lines: Vec<&str> = released.files.allowed_signers.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let ended = |line: &&&str| line.contains("valid-before=");
    let [of_lin] = lines.iter().filter(ended).collect::<Vec<_>>()[..] else { panic!("{lines:?}") };
    assert!(of_lin.contains(&lin.public_key()), "whose signatures are still in the log: {of_lin}");
    let before = identity::verify_time(bench.app.now());
    assert!(of_lin.contains(&format!("valid-before=\"{before}\"")), "{of_lin}");
}

#[tokio::test]
async fn a_statement_spelt_otherwise_or_with_more_in_it_is_refused() {
    let (bench, _) = ready().await;
    let files = bench.app.release(&id("acme"), go()).await.unwrap().files;
    let pretty: Value = serde_json::from_slice(&payload(&files)).unwrap();
    let pretty: Statement = serde_json::from_value(pretty).unwrap();
    let pretty = serde_json::to_vec_pretty(&pretty).unwrap();
    let respelt = signed_by(&bench.app, &pretty, &files.allowed_signers);
    assert_eq!(faults(&respelt), [ReleaseFault::Spelling]);
    let text = String::from_utf8(payload(&files)).unwrap();
    let more = text.replacen("{\"_type\"", "{\"more\":1,\"_type\"", 1);
    let twice = text.replacen("{\"_type\"", "{\"_type\":\"x\",\"_type\"", 1);
    let other = text.replacen("release/v1", "release/v2", 1);
    let read = |text: &str| {
        let files = signed_by(&bench.app, text.as_bytes(), "");
        let parts = ReleaseParts { artefact: &files.artefact, signature: None, allowed_signers: None };
        check(&parts).unwrap_err()
    };
    assert!(matches!(read(&more), NotARelease::Shape { .. }));
    assert!(matches!(read(&twice), NotARelease::Shape { .. }));
    assert!(matches!(read(&"[".repeat(100_000)), NotARelease::Shape { .. }));
    assert_eq!(read(&other), NotARelease::Type);
}

/// Writes a go past the rules, with a good signature and a good chain.
#[tokio::test]
async fn a_go_that_the_rules_would_have_refused_is_found() {
    let (bench, _) = Bench::with_acme().await;
    let acme = id("acme");
    bench.app.release(&acme, no_go()).await.unwrap();
    let engagement = bench.app.load(&acme).await.unwrap();
    let rows = bench.store.read(&acme, 0).await.unwrap();
    let last: Event = serde_json::from_slice(&rows.last().unwrap().body).unwrap();
    let Fact::GoDecided { role, seen, tool, mut covers, .. } = last.fact else { panic!() };
    let head: Head = engagement.state.head;
    covers.head = head;
    let fact = Fact::GoDecided { outcome: GoNoGo::Go, role, reason: None, seen, tool, covers };
    let event = Event {
        v: VERSION,
        engagement: acme.clone(),
        seq: head.seq + 1,
        prev: head.hash,
        id: uuid::Uuid::from_u128(7),
        at: bench.app.now(),
        by: bench.app.author(),
        fact,
    };
    let body = serde_json::to_vec(&event).unwrap();
    let signature = bench.app.signer.sign(Purpose::Event, &body).unwrap().into();
    let row = NewRow { id: event.id, body, signature };
    bench.store.append(&acme, &head, &[row], AppendExtra::default()).await.unwrap();
    let forged = bench.again().release(&acme, go()).await.unwrap();
    assert!(forged.again);
    assert_eq!(faults(&forged.files), [ReleaseFault::GateShut]);
}

#[tokio::test]
async fn no_byte_of_a_release_can_be_changed_unseen() {
    let (bench, _) = ready().await;
    let files = bench.app.release(&id("acme"), go()).await.unwrap().files;
    // Every place of the start, where the envelope's own keys are, and some of the long base64 behind.
    let places = (0..200).chain((200..files.artefact.len()).step_by(997));
    for at in places {
        let mut artefact = files.artefact.clone();
        artefact[at] ^= 1;
        let parts = ReleaseParts {
            artefact: &artefact,
            signature: Some(files.signature.as_bytes()),
            allowed_signers: None,
        };
        assert!(!check(&parts).is_ok_and(|check| check.whole()), "byte {at}");
    }
    for at in 0..files.signature.len() {
        let mut signature = files.signature.clone().into_bytes();
        signature[at] ^= 1;
        let parts =
            ReleaseParts { artefact: &files.artefact, signature: Some(&signature), allowed_signers: None };
        let found = check(&parts).unwrap().faults;
        assert!(!found.is_empty(), "byte {at} of the signature");
    }
    assert!(STANDARD.decode(Envelope::open(&files.artefact).unwrap().0.payload).is_ok());
}

/// The schema in `assets` is made from the types; set `GOLIVE_WRITE_SCHEMA` to write it anew.
#[tokio::test]
async fn real_releases_fit_the_schema_and_the_schema_fits_the_types() {
    let mut schema = serde_json::to_value(schemars::schema_for!(Statement)).unwrap();
    schema["$id"] = "https://golive.example/release/v1/schema.json".into();
    let text = format!("{schema:#}\n");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/release.schema.json");
    if std::env::var_os("GOLIVE_WRITE_SCHEMA").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "set GOLIVE_WRITE_SCHEMA to write it anew");

    let validator = jsonschema::validator_for(&schema).unwrap();
    let (bench, _) = Bench::with_acme().await;
    let shut = bench.app.release(&id("acme"), no_go()).await.unwrap();
    let (bench, _) = ready().await;
    let open = bench.app.release(&id("acme"), go()).await.unwrap();
    for released in [shut, open] {
        let statement: Value = serde_json::from_slice(&payload(&released.files)).unwrap();
        let errors: Vec<_> = validator.iter_errors(&statement).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        let mut more = statement.clone();
        more["predicate"]["stages"][0]["more"] = 1.into();
        assert!(!validator.is_valid(&more), "an unknown key is no release");
        let mut fewer = statement.clone();
        fewer["predicate"].as_object_mut().unwrap().remove("head");
        assert!(!validator.is_valid(&fewer), "a missing key is no release");
    }
}
