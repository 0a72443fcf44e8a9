//! The use cases end to end, over a real store and real keys.

use std::fs;
use std::sync::Arc;

use chrono::TimeDelta;

use super::authority::Unentitled;
use super::testing::{Bench, beginning, id, name, note, seen, tick};
use super::trust::{LogFault, Tampered};
use super::{Act, App, AppError, Change, GateStanding};
use crate::domain::assess::Gate;
use crate::domain::command::{Command, NewKey};
use crate::domain::digest::Digest;
use crate::domain::event::{Covers, Event, Fact, SignOff};
use crate::domain::head::Head;
use crate::domain::ids::EngagementId;
use crate::domain::refusal::Refusal;
use crate::domain::validity::{NotValid, Validity};
use crate::domain::verdict::Verdict;
use crate::identity::{BadSignature, Key, Purpose};
use crate::store::{AppendExtra, NewRow};

pub(super) fn tampered(error: &AppError) -> &Tampered {
    match error {
        AppError::Tampered(tampered) => tampered,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn fault(app: &App) -> (u64, LogFault) {
    let error = app.load(&id("acme")).await.unwrap_err();
    (tampered(&error).seq, tampered(&error).fault.clone())
}

/// Ticks everything in `acme` but the last item.
async fn finish_first_stage(bench: &Bench, lin: &App) {
    lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
    bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Pass)).await.unwrap();
}

#[tokio::test]
async fn an_engagement_begins_with_its_opener_as_lead_and_is_read_again_by_another_process() {
    let bench = Bench::new().await;
    let begun = bench.begin("Acme Ltd").await;
    assert_eq!(begun.id().as_str(), "acme-ltd");
    let read = bench.again().load(begun.id()).await.unwrap();
    assert_eq!(read.state, begun.state);
    assert_eq!(read.state.head.seq, 4);
    assert!(read.state.holders(&"lead".parse().unwrap()).eq([&name("Dana")]));
}

#[tokio::test]
async fn a_second_engagement_of_the_same_name_gets_another_id_and_a_taken_id_is_refused() {
    let bench = Bench::new().await;
    bench.begin("Acme").await;
    assert_eq!(bench.begin("Acme").await.id().as_str(), "acme-2");
    let twice = bench.app.begin(super::Beginning { id: Some(id("acme")), ..beginning("Other") }).await;
    assert!(matches!(twice, Err(AppError::Exists { .. })), "{twice:?}");
}

#[tokio::test]
async fn an_unknown_engagement_is_answered_with_the_nearest_one() {
    let (bench, _) = Bench::with_acme().await;
    let error = bench.app.load(&id("amce")).await.unwrap_err();
    assert!(matches!(error, AppError::NoSuchEngagement { did_you_mean: Some(m), .. } if m == "acme"));
}

#[tokio::test]
async fn a_refusal_writes_nothing_and_names_the_engagement_it_is_about() {
    let (bench, lin) = Bench::with_acme().await;
    let before = bench.app.load(&id("acme")).await.unwrap().state.head;
    let error = lin.execute(&id("acme"), Act::new(tick("bye"))).await.unwrap_err();
    let AppError::Refused(refused) = error else { panic!("{error:?}") };
    assert!(matches!(refused.refusal, Refusal::Shut { .. }));
    assert!(refused.engagement.is_some());
    assert_eq!(bench.app.load(&id("acme")).await.unwrap().state.head, before);
}

#[tokio::test]
async fn a_key_that_speaks_for_nobody_writes_nothing() {
    let (bench, _) = Bench::with_acme().await;
    let stranger = bench.person("Mallory");
    let error = stranger.execute(&id("acme"), note("hi")).await.unwrap_err();
    assert!(matches!(error.refusal(), Some(Refusal::NotAMember { .. })));
}

#[tokio::test]
async fn what_one_process_appends_the_other_reads_on() {
    let (bench, _) = Bench::with_acme().await;
    let other = bench.again();
    let before = other.load(&id("acme")).await.unwrap();
    bench.app.execute(&id("acme"), note("hi")).await.unwrap();
    let after = other.load(&id("acme")).await.unwrap();
    assert_eq!(after.state.head.seq, before.state.head.seq + 1);
    assert_eq!(after.state, bench.app.load(&id("acme")).await.unwrap().state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_that_meet_decide_again_and_nothing_is_lost() {
    let (bench, _) = Bench::with_acme().await;
    let before = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
    let writers: Vec<_> = (0..3)
        .map(|w| {
            let app = bench.again();
            tokio::spawn(async move {
                for n in 0..8 {
                    app.execute(&id("acme"), note(&format!("{w}.{n}"))).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let state = bench.again().load(&id("acme")).await.unwrap().state;
    assert_eq!(state.head.seq, before + 24);
    assert_eq!(state.item("hello").unwrap().notes.len(), 24);
    assert!(bench.app.verify(&id("acme")).await.unwrap().whole());
}

#[tokio::test]
async fn a_pass_ticks_by_itself_and_a_fail_reopens() {
    let (bench, _) = Bench::with_acme().await;
    let app = &bench.app;
    let first = app.observe(&id("acme"), seen(app, Verdict::Pass)).await.unwrap();
    let answers = || "answers".parse().unwrap();
    let proof = || "proof".parse().unwrap();
    assert_eq!(first.changes, [Change::Settled(answers(), Verdict::Pass), Change::Ticked(proof())]);
    let again = app.observe(&id("acme"), seen(app, Verdict::Pass)).await.unwrap();
    assert_eq!((again.changes.len(), again.observation.streak), (0, 2));
    let unknown = app.observe(&id("acme"), seen(app, Verdict::Unknown)).await.unwrap();
    assert_eq!(unknown.changes, []);
    let fail = app.observe(&id("acme"), seen(app, Verdict::Fail)).await.unwrap();
    assert_eq!(fail.changes, [Change::Settled(answers(), Verdict::Fail), Change::Reopened(proof())]);
}

#[tokio::test]
async fn a_gate_is_shut_by_open_items_and_unknown_when_a_check_is_not_fresh() {
    let (bench, lin) = Bench::with_acme().await;
    let second = "second".parse().unwrap();
    let gate = async || bench.app.gate(&id("acme"), Some(&second)).await.unwrap();
    assert_eq!(gate().await.standing, GateStanding::Shut);
    finish_first_stage(&bench, &lin).await;
    assert_eq!(gate().await.standing, GateStanding::Open);
    bench.clock.advance(TimeDelta::minutes(11));
    let report = gate().await;
    assert_eq!((report.standing, report.not_fresh.len()), (GateStanding::Unknown, 1));
    // Everyday progress does not ask for freshness.
    let engagement = bench.app.load(&id("acme")).await.unwrap();
    assert_eq!(engagement.assess(bench.app.now()).gate(1), Gate::Open);
    bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Unknown)).await.unwrap();
    assert_eq!(gate().await.standing, GateStanding::Unknown);
    bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Pass)).await.unwrap();
    assert_eq!(gate().await.standing, GateStanding::Open);
}

#[tokio::test]
async fn a_fresh_pass_contradicted_by_a_pending_answer_does_not_open_the_gate() {
    let (bench, lin) = Bench::with_acme().await;
    finish_first_stage(&bench, &lin).await;
    bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Pending)).await.unwrap();
    let report = bench.app.gate(&id("acme"), Some(&"second".parse().unwrap())).await.unwrap();
    assert_ne!(report.standing, GateStanding::Open);
}

#[tokio::test]
async fn the_last_gate_takes_every_stage_and_its_sign_off() {
    let (bench, lin) = Bench::with_acme().await;
    finish_first_stage(&bench, &lin).await;
    let acme = id("acme");
    lin.execute(&acme, Act::new(tick("bye"))).await.unwrap();
    bench.app.execute(&acme, Act::new(tick("bye"))).await.unwrap();
    assert_eq!(bench.app.gate(&acme, None).await.unwrap().standing, GateStanding::Shut);
    let sign = Command::SignStage { stage: "second".parse().unwrap() };
    bench.app.execute(&acme, Act::new(sign)).await.unwrap();
    assert_eq!(bench.app.gate(&acme, None).await.unwrap().standing, GateStanding::Open);
    assert!(bench.app.verify(&acme).await.unwrap().whole());
}

#[tokio::test]
async fn the_portfolio_follows_each_append_and_is_made_again_from_the_logs() {
    let (bench, lin) = Bench::with_acme().await;
    lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
    let page = bench.app.portfolio_page(0, 10).await.unwrap();
    assert_eq!((page.total, page.rows[0].done), (1, 1));
    assert_eq!(page.rows[0], bench.app.summary(&id("acme")).await.unwrap());
    bench.sql("DELETE FROM portfolio").await;
    let again = bench.again().portfolio().await.unwrap();
    assert_eq!((again.rows, again.unreadable.len()), (page.rows, 0));
}

#[tokio::test]
async fn one_unreadable_engagement_does_not_hide_the_others() {
    let (bench, _) = Bench::with_acme().await;
    bench.begin("Good").await;
    bench
        .sql("UPDATE events SET body = x'7b7d' WHERE engagement = 'acme' AND seq = 3; DELETE FROM portfolio")
        .await;
    let portfolio = bench.again().portfolio().await.unwrap();
    assert_eq!(portfolio.rows.len(), 1);
    assert_eq!(portfolio.unreadable[0].engagement, id("acme"));
}

#[tokio::test]
async fn a_changed_body_makes_the_engagement_unbelievable() {
    let (bench, _) = Bench::with_acme().await;
    bench.sql("UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'Acme', 'Evil') AS BLOB) WHERE seq = 1").await;
    assert!(matches!(fault(&bench.again()).await, (1, LogFault::Chain(_))));
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!(report.faults[0].seq, 1);
}

#[tokio::test]
async fn a_cut_end_is_found_by_a_new_process_and_by_one_that_runs() {
    let (bench, _) = Bench::with_acme().await;
    bench.app.execute(&id("acme"), note("hi")).await.unwrap();
    let last = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
    bench.sql("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)").await;
    assert_eq!(fault(&bench.app).await, (last, LogFault::Cut));
    assert_eq!(fault(&bench.again()).await, (last, LogFault::Cut));
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!((report.faults[0].seq, &report.faults[0].fault), (last, &LogFault::Cut));
    // Only the file beside the store knows.
    fs::remove_file(bench.heads()).unwrap();
    assert!(bench.again().load(&id("acme")).await.is_ok());
}

#[tokio::test]
async fn a_log_that_was_taken_away_is_not_begun_anew() {
    let (bench, _) = Bench::with_acme().await;
    bench.sql("DELETE FROM events; DELETE FROM portfolio; DELETE FROM heads").await;
    assert!(matches!(fault(&bench.again()).await, (_, LogFault::Cut)));
    let wanted = super::Beginning { id: Some(id("acme")), ..beginning("Acme") };
    assert!(matches!(bench.again().begin(wanted).await, Err(AppError::Tampered(_))));
}

#[tokio::test]
async fn an_engagement_that_this_machine_has_seen_is_missed_in_the_list_when_it_is_gone() {
    let (bench, _) = Bench::with_acme().await;
    bench.begin("Other").await;
    bench.sql("DELETE FROM events WHERE engagement = 'acme'; DELETE FROM portfolio WHERE engagement = 'acme'; DELETE FROM heads WHERE engagement = 'acme'").await;
    let portfolio = bench.again().portfolio().await.unwrap();
    let listed: Vec<_> = portfolio.rows.iter().map(|row| row.engagement.as_str()).collect();
    assert_eq!(listed, ["other"]);
    assert_eq!(portfolio.unreadable[0].engagement, id("acme"));
    assert!(matches!(portfolio.unreadable[0].error, AppError::Tampered(_)));
}

#[tokio::test]
async fn a_swapped_signature_is_found_by_whoever_has_not_seen_the_event_and_by_verify() {
    let (bench, _) = Bench::with_acme().await;
    bench
        .sql("UPDATE events SET signature = (SELECT signature FROM events WHERE seq = 2) WHERE seq = 3")
        .await;
    let first_time = bench.someone("Dana", "dana", None);
    assert!(matches!(fault(&first_time).await, (3, LogFault::Signature(_))));
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!((report.faults.len(), report.faults[0].seq), (1, 3));
    assert_eq!(report.faults[0].name, Some(name("Dana")));
}

/// Appends a fact past golive, well chained and well signed, as a member who writes a program could.
pub(super) async fn forge(app: &App, fact: Fact) {
    forge_for(app, fact, Purpose::Event).await;
}

async fn forge_for(app: &App, fact: Fact, purpose: Purpose) {
    forge_row(&id("acme"), app, fact, purpose).await;
}

pub(super) async fn forge_in(engagement: &EngagementId, app: &App, fact: Fact) {
    forge_row(engagement, app, fact, Purpose::Event).await;
}

async fn forge_row(id: &EngagementId, app: &App, fact: Fact, purpose: Purpose) {
    let engagement = app.load(id).await.unwrap();
    let head = engagement.state.head;
    let event = Event {
        v: 1,
        engagement: id.clone(),
        seq: head.seq + 1,
        prev: head.hash,
        id: uuid::Uuid::now_v7(),
        at: app.now(),
        by: app.author(),
        fact,
    };
    let body = serde_json::to_vec(&event).unwrap();
    let signature = app.signer.sign(purpose, &body).unwrap().into();
    let row = NewRow { id: event.id, body, signature };
    app.shared.store.append(id, &head, &[row], AppendExtra::default()).await.unwrap();
}

#[tokio::test]
async fn a_member_who_writes_past_golive_gains_no_role_by_it() {
    let (bench, lin) = Bench::with_acme().await;
    forge(&lin, Fact::RoleAssigned { member: name("Lin"), role: "lead".parse().unwrap() }).await;
    let expected = (8, LogFault::Unentitled(Unentitled::NotLead));
    assert_eq!(fault(&bench.app).await, expected);
    assert_eq!(fault(&bench.again()).await, expected);
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!((report.faults[0].seq, &report.faults[0].name), (8, &Some(name("Lin"))));
}

#[tokio::test]
async fn a_sign_off_in_a_role_that_the_person_does_not_hold_is_not_believed() {
    let (bench, lin) = Bench::with_acme().await;
    let state = bench.app.load(&id("acme")).await.unwrap().state;
    let covers = Covers {
        runbook: state.runbook.digest,
        content: Digest::ZERO,
        evidence: Vec::new(),
        head: state.head,
    };
    let signoff = SignOff { role: "lead".parse().unwrap(), member: name("Lin"), covers };
    forge(&lin, Fact::StageSigned { stage: "second".parse().unwrap(), signoff }).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Unentitled(Unentitled::NotTheRole)));
}

#[tokio::test]
async fn a_member_who_writes_past_golive_changes_neither_the_runbook_nor_what_others_did() {
    let (bench, lin) = Bench::with_acme().await;
    let runbook = bench.app.load(&id("acme")).await.unwrap().state.runbook.clone();
    let upgraded = |runbook| Fact::Upgraded { runbook, exceptions_ended: vec![], verdicts_ended: vec![] };
    forge(&lin, upgraded(runbook)).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Unentitled(Unentitled::NotLead)));
    let (bench, lin) = Bench::with_acme().await;
    forge(&lin, Fact::Undone { seq: 2 }).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Unentitled(Unentitled::NotTheirs)));
}

#[tokio::test]
async fn a_gate_does_not_take_a_pass_at_another_address_and_says_what_has_changed() {
    let (bench, lin) = Bench::with_acme().await;
    finish_first_stage(&bench, &lin).await;
    let (acme, second) = (id("acme"), "second".parse().unwrap());
    let gate = async || bench.app.gate(&acme, Some(&second)).await.unwrap();
    assert_eq!(gate().await.standing, GateStanding::Open);
    bench.clock.advance(TimeDelta::minutes(1));
    let real = Command::SetField { field: "url".parse().unwrap(), value: "https://acme.example/".into() };
    bench.app.execute(&acme, Act::new(real)).await.unwrap();
    let report = gate().await;
    assert_eq!(report.standing, GateStanding::Unknown);
    assert_eq!(report.not_fresh[0].reason(), "check answers is not fresh: url changed since");
    assert_eq!(report.checks_to_run(), ["answers".parse().unwrap()]);
    bench.app.observe(&acme, seen(&bench.app, Verdict::Pass)).await.unwrap();
    assert_eq!(gate().await.standing, GateStanding::Open);
    assert!(bench.app.verify(&acme).await.unwrap().whole());
}

/// Lin with a second key, which ends in an hour.
async fn with_a_key_that_ends(bench: &Bench) -> (App, Validity) {
    let lin = bench.app.used_by(name("Lin"), Arc::new(Key::open(&bench.dir.path().join("short")).unwrap()));
    let validity = Validity { from: None, until: Some(bench.app.now() + TimeDelta::hours(1)) };
    let key = NewKey { validity, ..NewKey::new(lin.author().key, lin.public_key()) };
    bench.app.execute(&id("acme"), Act::new(Command::AddKey { member: name("Lin"), key })).await.unwrap();
    (lin, validity)
}

#[tokio::test]
async fn an_event_of_a_key_after_its_end_is_neither_written_nor_believed() {
    let (bench, _) = Bench::with_acme().await;
    let (lin, validity) = with_a_key_that_ends(&bench).await;
    lin.execute(&id("acme"), note("in time")).await.unwrap();
    bench.clock.advance(TimeDelta::hours(2));
    let why = NotValid::Late(validity.until.unwrap());
    let refused = lin.execute(&id("acme"), note("too late")).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::KeyNotValid { who: name("Lin"), why }));
    forge(&lin, Fact::Noted { item: "hello".parse().ok(), text: "too late".to_owned() }).await;
    let expected = (10, LogFault::Unentitled(Unentitled::KeyNotValid(why)));
    assert_eq!(fault(&bench.again()).await, expected);
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!((report.faults[0].seq, report.faults[0].fault.clone()), expected);
}

#[tokio::test]
async fn an_event_that_is_dated_back_is_judged_by_the_events_before_it() {
    let (bench, _) = Bench::with_acme().await;
    let (lin, validity) = with_a_key_that_ends(&bench).await;
    bench.clock.advance(TimeDelta::hours(2));
    bench.app.execute(&id("acme"), note("two hours on")).await.unwrap();
    bench.clock.advance(TimeDelta::hours(-2));
    forge(&lin, Fact::Noted { item: "hello".parse().ok(), text: "dated back".to_owned() }).await;
    let why = NotValid::Late(validity.until.unwrap());
    assert_eq!(fault(&bench.again()).await, (10, LogFault::Unentitled(Unentitled::KeyNotValid(why))));
}

#[tokio::test]
async fn a_member_who_writes_past_golive_makes_no_key_that_lasts_and_takes_nobody_off() {
    let (bench, _) = Bench::with_acme().await;
    let (lin, _) = with_a_key_that_ends(&bench).await;
    let other = bench.person("Other");
    let fact = Fact::KeyAdded {
        member: name("Lin"),
        key: other.author().key,
        public: other.public_key(),
        validity: Validity::default(),
    };
    forge(&lin, fact).await;
    assert_eq!(fault(&bench.again()).await, (9, LogFault::Unentitled(Unentitled::OutlivesKey)));
    let (bench, lin) = Bench::with_acme().await;
    forge(&lin, Fact::MemberRemoved { member: name("Dana") }).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Unentitled(Unentitled::NotLead)));
}

#[tokio::test]
async fn what_a_member_signed_stays_good_when_the_member_leaves() {
    let (bench, lin) = Bench::with_acme().await;
    lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
    let remove = Command::RemoveMember { member: name("Lin") };
    bench.app.execute(&id("acme"), Act::new(remove)).await.unwrap();
    let refused = lin.execute(&id("acme"), note("still here")).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::KeyRevoked));
    assert!(bench.again().verify(&id("acme")).await.unwrap().whole());
    forge(&lin, Fact::Noted { item: "hello".parse().ok(), text: "still here".to_owned() }).await;
    assert_eq!(fault(&bench.again()).await, (10, LogFault::Unentitled(Unentitled::NotAMember)));
}

#[tokio::test]
async fn whoever_was_a_member_looks_on_like_whoever_never_was() {
    let (bench, lin) = Bench::with_acme().await;
    let limited = bench.someone("Lin", "lin-limited", Some(bench.heads()));
    let validity = Validity { from: None, until: Some(bench.app.now() + TimeDelta::days(1)) };
    let key = NewKey {
        validity,
        ..NewKey::new(limited.signer.public().fingerprint().clone(), limited.public_key())
    };
    bench.app.execute(&id("acme"), Act::new(Command::AddKey { member: name("Lin"), key })).await.unwrap();
    bench.clock.advance(TimeDelta::days(2));
    let never = bench.person("Mallory");
    let remove = Command::RemoveMember { member: name("Lin") };
    let expired = limited.observe(&id("acme"), seen(&limited, Verdict::Fail)).await.unwrap();
    bench.app.execute(&id("acme"), Act::new(remove)).await.unwrap();
    let removed = lin.observe(&id("acme"), seen(&lin, Verdict::Fail)).await.unwrap();
    let stranger = never.observe(&id("acme"), seen(&never, Verdict::Fail)).await.unwrap();
    for looked_on in [expired, removed, stranger] {
        assert_eq!((looked_on.changes, looked_on.observation.verdict), (Vec::new(), Verdict::Fail));
    }
    assert_eq!(bench.app.recent(&id("acme"), &"answers".parse().unwrap(), 9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_event_that_was_signed_as_a_release_is_not_believed() {
    let (bench, lin) = Bench::with_acme().await;
    let fact = Fact::Noted { item: "hello".parse().ok(), text: "hi".to_owned() };
    forge_for(&lin, fact, Purpose::Release).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Signature(BadSignature::Namespace)));
}

#[tokio::test]
async fn an_event_of_a_key_that_was_no_members_is_not_believed() {
    let (bench, _) = Bench::with_acme().await;
    let mallory = bench.person("Mallory");
    forge(&mallory, Fact::Noted { item: "hello".parse().ok(), text: "hi".to_owned() }).await;
    assert_eq!(fault(&bench.again()).await, (8, LogFault::Unentitled(Unentitled::NotAMember)));
}

#[tokio::test]
async fn an_approval_that_covers_a_head_the_log_never_had_is_named_by_verify() {
    let (bench, lin) = Bench::with_acme().await;
    let state = bench.app.load(&id("acme")).await.unwrap().state;
    let head = Head { seq: 3, hash: Digest::of(b"other") };
    let covers = Covers { runbook: state.runbook.digest, content: Digest::ZERO, evidence: Vec::new(), head };
    let signoff = SignOff { role: "dev".parse().unwrap(), member: name("Lin"), covers };
    forge(&lin, Fact::Ticked { item: "hello".parse().unwrap(), parts: Vec::new(), signoff }).await;
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!(report.faults[0].fault, LogFault::ForeignHead);
}

#[tokio::test]
async fn a_line_of_the_portfolio_that_tells_another_story_is_named_by_verify() {
    let (bench, _) = Bench::with_acme().await;
    bench
        .sql("UPDATE portfolio SET summary = replace(summary, '\"name\":\"Acme\"', '\"name\":\"Evil\"')")
        .await;
    let report = bench.app.verify(&id("acme")).await.unwrap();
    assert_eq!(report.faults[0].fault, LogFault::OtherSummary);
}
