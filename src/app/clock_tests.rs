//! Events that are dated ahead, so that a key could be used before its time: by the clock of whoever reads, and
//! by what was written later.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::authority::Unentitled;
use super::testing::{Bench, id, name, note, tick};
use super::trust::LogFault;
use super::{Act, App, AppError, NamedFault};
use crate::domain::command::{Command, NewKey};
use crate::domain::event::{Event, Fact, VERSION};
use crate::domain::validity::{CLOCK_SKEW, Validity};
use crate::identity::Purpose;
use crate::store::{AppendExtra, EventStore as _, NewRow};

/// Acme, in which Lin has a second key that speaks for her in ten days, and that first moment.
async fn with_a_later_key() -> (Bench, App, DateTime<Utc>) {
    let (bench, _) = Bench::with_acme().await;
    let later = bench.someone("Lin", "lin-later", Some(bench.heads()));
    let from = bench.app.now() + TimeDelta::days(10);
    let validity = Validity { from: Some(from), until: None };
    let key =
        NewKey { validity, ..NewKey::new(later.signer.public().fingerprint().clone(), later.public_key()) };
    bench.app.execute(&id("acme"), Act::new(Command::AddKey { member: name("Lin"), key })).await.unwrap();
    (bench, later, from)
}

/// Lin sets her clock ahead, ticks with the later key, and sets it back; gives the number of the event.
async fn ticked_ahead() -> (Bench, u64, DateTime<Utc>) {
    let (bench, later, from) = with_a_later_key().await;
    bench.clock.advance(TimeDelta::days(10));
    let done = later.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
    bench.clock.advance(-TimeDelta::days(10));
    (bench, done.engagement.state.head.seq, from)
}

async fn faults(app: &App) -> Vec<NamedFault> {
    app.verify(&id("acme")).await.unwrap().faults
}

fn tampered(result: Result<impl Sized, AppError>) -> (u64, LogFault) {
    match result.err().expect("a log that is not believed") {
        AppError::Tampered(tampered) => (tampered.seq, tampered.fault),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_key_that_is_used_before_its_time_is_found_by_the_readers_clock_until_that_time_has_come() {
    let (bench, seq, from) = ticked_ahead().await;
    for app in [bench.again(), bench.app.clone()] {
        assert_eq!(tampered(app.load(&id("acme")).await), (seq, LogFault::NotBegun(from)));
        // Nobody writes behind it, so nothing contradicts it for good.
        assert_eq!(tampered(app.execute(&id("acme"), note("x")).await).0, seq);
        let named = faults(&app).await;
        assert_eq!(named.len(), 1, "{named:?}");
        assert_eq!((named[0].seq, named[0].name.clone()), (seq, Some(name("Lin"))));
        assert_eq!(named[0].fault, LogFault::NotBegun(from));
    }
    // Clocks of two machines differ a little.
    bench.clock.advance(TimeDelta::days(10) - CLOCK_SKEW - TimeDelta::seconds(1));
    assert_eq!(tampered(bench.again().load(&id("acme")).await).0, seq);
    bench.clock.advance(TimeDelta::seconds(1));
    bench.again().load(&id("acme")).await.unwrap();
    bench.again().execute(&id("acme"), note("x")).await.unwrap();
    assert_eq!(faults(&bench.again()).await, []);
}

/// Appends a note past the rules, with a good signature and a good chain.
async fn forge(bench: &Bench, app: &App, at: DateTime<Utc>) -> u64 {
    let acme = id("acme");
    let rows = bench.store.read(&acme, 0).await.unwrap();
    let last = rows.last().unwrap();
    let head = crate::domain::head::Head { seq: last.seq, hash: last.hash };
    let fact = Fact::Noted { item: Some("hello".parse().unwrap()), text: "x".into() };
    let by = crate::domain::event::Author { name: name("Dana"), key: app.author().key };
    let (engagement, seq) = (acme.clone(), head.seq + 1);
    let event = Event { v: VERSION, engagement, seq, prev: head.hash, id: Uuid::from_u128(9), at, by, fact };
    let body = serde_json::to_vec(&event).unwrap();
    let signature = app.signer.sign(Purpose::Event, &body).unwrap().into();
    let row = NewRow { id: event.id, body, signature };
    bench.store.append(&acme, &head, &[row], AppendExtra::default()).await.unwrap();
    seq
}

#[tokio::test]
async fn a_key_that_was_used_before_its_time_is_found_by_what_was_written_later() {
    let (bench, used, from) = ticked_ahead().await;
    let seq = forge(&bench, &bench.app, bench.app.now()).await;
    // Its time has come, and still the two contradict each other.
    bench.clock.advance(TimeDelta::days(20));
    let wanted = LogFault::Unentitled(Unentitled::NotBegun { seq: used, from });
    let named = faults(&bench.again()).await;
    assert_eq!(named.iter().map(|f| (f.seq, f.fault.clone())).collect::<Vec<_>>(), [(seq, wanted.clone())]);
    assert!(named[0].fault.to_string().contains(&format!("event {used} was signed with a key")), "{named:?}");
    assert_eq!(tampered(bench.again().load(&id("acme")).await), (seq, wanted));
}

#[tokio::test]
async fn an_event_a_little_earlier_than_the_beginning_of_the_key_before_it_is_no_contradiction() {
    let (bench, _, from) = ticked_ahead().await;
    forge(&bench, &bench.app, from - CLOCK_SKEW).await;
    bench.clock.advance(TimeDelta::days(20));
    assert_eq!(faults(&bench.again()).await, []);
}

#[tokio::test]
async fn a_clock_of_somebody_else_that_is_ahead_does_not_make_a_key_begin() {
    let (bench, later, _) = with_a_later_key().await;
    bench.clock.advance(TimeDelta::days(11));
    bench.app.execute(&id("acme"), note("from the future")).await.unwrap();
    bench.clock.advance(-TimeDelta::days(11));
    // With another key nothing is wrong: dates alone are anybody's word.
    bench.again().load(&id("acme")).await.unwrap();
    let refused = later.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap_err();
    assert!(refused.to_string().contains("is not valid before"), "{refused}");
}

#[tokio::test]
async fn a_key_whose_own_limits_are_changed_beside_a_role_signs_both_in_time() {
    let (bench, _) = Bench::with_acme().await;
    let spare = bench.someone("Dana", "spare", Some(bench.heads()));
    let new = |app: &App, validity| NewKey {
        validity,
        ..NewKey::new(app.signer.public().fingerprint().clone(), app.public_key())
    };
    let spare_key = new(&spare, Validity::default());
    bench
        .app
        .execute(&id("acme"), Act::new(Command::AddKey { member: name("Dana"), key: spare_key }))
        .await
        .unwrap();
    let from = Some(bench.app.now() + TimeDelta::days(1));
    let key = Some(new(&bench.app, Validity { from, until: None }));
    let assign = Command::Assign { role: "dev".parse().unwrap(), member: name("Dana"), key };
    bench.app.execute(&id("acme"), Act::new(assign)).await.unwrap();
    let again = bench.someone("Dana", "spare", Some(bench.heads()));
    assert_eq!(faults(&again).await, []);
    again.execute(&id("acme"), note("x")).await.unwrap();
}
