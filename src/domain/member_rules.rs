//! The rules of members and their keys.

use chrono::{DateTime, TimeDelta, Utc};

use super::command::{Acting, Command, NewKey};
use super::event::{Author, Fact};
use super::ids::KeyFingerprint;
use super::refusal::Refusal;
use super::testing::*;
use super::validity::{NotValid, Validity};

fn key(text: &str, validity: Validity) -> NewKey {
    NewKey { validity, ..NewKey::new(KeyFingerprint::new(text), "ssh-ed25519 AAAA".to_owned()) }
}

fn until(at: DateTime<Utc>) -> Validity {
    Validity { from: None, until: Some(at) }
}

fn add(who: &str, key: NewKey) -> Command {
    Command::AddKey { member: name(who), key }
}

fn with_key(who: &str, key: &str) -> Acting {
    Acting::new(Author { name: name(who), key: KeyFingerprint::new(key) })
}

fn remove(who: &str) -> Command {
    Command::RemoveMember { member: name(who) }
}

#[test]
fn a_key_signs_within_its_limits_only() {
    let mut world = World::first_done();
    let (from, end) = (world.now + TimeDelta::days(1), world.now + TimeDelta::days(3));
    let limited = key("SHA256:second", Validity { from: Some(from), until: Some(end) });
    world.act("Lea", &add("Dev", limited)).unwrap();
    let dev = with_key("Dev", "SHA256:second");
    let early = Refusal::KeyNotValid { who: name("Dev"), why: NotValid::Early(from) };
    assert_eq!(world.act_as(&dev, &tick("any")), Err(early));
    world.pass(2);
    world.act_as(&dev, &tick("any")).unwrap();
    world.pass(1);
    let late = Refusal::KeyNotValid { who: name("Dev"), why: NotValid::Late(end) };
    assert_eq!(world.act_as(&dev, &tick("cards")), Err(late));
    assert_eq!(world.status("any"), super::assess::Status::Done, "what it signed in time stays signed");
}

#[test]
fn turning_the_clock_back_does_not_bring_a_key_back() {
    let mut world = World::first_done();
    let end = world.now + TimeDelta::days(1);
    world.act("Lea", &add("Dev", key("SHA256:second", until(end)))).unwrap();
    world.pass(2);
    world.act("Lea", &Command::Note { item: Some(item_id("form")), text: "later".into() }).unwrap();
    world.pass(-2);
    let refused = world.act_as(&with_key("Dev", "SHA256:second"), &tick("any"));
    assert!(matches!(refused, Err(Refusal::KeyNotValid { .. })), "{refused:?}");
}

#[test]
fn people_add_keys_for_themselves_and_leads_for_everybody() {
    let mut world = World::first_done();
    world.act("Dev", &add("Dev", key("SHA256:laptop", Validity::default()))).unwrap();
    world.act_as(&with_key("Dev", "SHA256:laptop"), &tick("any")).unwrap();
    let refused = world.act("Dev", &add("Ada", key("SHA256:other", Validity::default())));
    assert!(matches!(refused, Err(Refusal::NotLead { .. })), "{refused:?}");
    world.act("Lea", &add("Bo", key("SHA256:bo", Validity::default()))).unwrap();
    let stranger = add("Nobody", key("SHA256:x", Validity::default()));
    assert_eq!(world.act("Lea", &stranger), Err(Refusal::NoSuchMember(name("Nobody"))));
}

#[test]
fn a_key_that_ends_makes_none_that_lasts() {
    let mut world = World::first_done();
    let end = world.now + TimeDelta::days(5);
    world.act("Lea", &add("Dev", key("SHA256:short", until(end)))).unwrap();
    let dev = with_key("Dev", "SHA256:short");
    for longer in [Validity::default(), until(end + TimeDelta::seconds(1))] {
        for which in ["SHA256:more", "SHA256:short"] {
            let refused = world.act_as(&dev, &add("Dev", key(which, longer)));
            assert_eq!(refused, Err(Refusal::OutlivesKey), "{which} {longer:?}");
        }
    }
    world.act_as(&dev, &add("Dev", key("SHA256:more", until(end)))).unwrap();
}

#[test]
fn limits_change_when_a_key_is_added_again_with_others() {
    let mut world = World::first_done();
    let soon = until(world.now + TimeDelta::days(1));
    let dev = author("Dev").key;
    let again = |validity| NewKey { validity, ..NewKey::new(dev.clone(), "ssh-ed25519 AAAA".into()) };
    world.act("Lea", &add("Dev", again(soon))).unwrap();
    assert_eq!(world.act("Lea", &add("Dev", again(soon))), Err(Refusal::NoChange));
    let named =
        Command::Assign { role: role("dev"), member: name("Dev"), key: Some(again(Validity::default())) };
    assert_eq!(world.act("Lea", &named), Err(Refusal::NoChange), "naming a key lifts no limits");
    world.pass(2);
    assert!(world.tick("Dev", "any").is_err());
    world.act("Lea", &add("Dev", again(Validity::default()))).unwrap();
    world.tick("Dev", "any").unwrap();
}

#[test]
fn a_key_with_no_time_to_come_is_not_added() {
    let mut world = World::first_done();
    let now = world.now;
    for never in
        [until(now), Validity { from: Some(now + TimeDelta::days(2)), until: Some(now + TimeDelta::days(1)) }]
    {
        assert_eq!(world.act("Lea", &add("Bo", key("SHA256:bo", never))), Err(Refusal::NeverValid));
    }
}

#[test]
fn who_leaves_signs_nothing_more_and_what_they_signed_stays() {
    let mut world = World::first_done();
    assert!(matches!(world.act("Dev", &remove("Ada")), Err(Refusal::NotLead { .. })));
    assert_eq!(world.act("Lea", &remove("Dev")).unwrap(), [Fact::MemberRemoved { member: name("Dev") }]);
    assert_eq!(world.status("form"), super::assess::Status::Done);
    assert_eq!(world.tick("Dev", "any"), Err(Refusal::KeyRevoked));
    let of_dev = Acting { on_behalf_of: Some(name("Dev")), ..Acting::new(author("Lea")) };
    assert!(matches!(world.act_as(&of_dev, &tick("any")), Err(Refusal::NotYours { .. })));
    assert_eq!(world.act("Lea", &remove("Dev")), Err(Refusal::NoSuchMember(name("Dev"))));
    let back = |key| Command::Assign { role: role("dev"), member: name("Dev"), key: Some(key) };
    let old = NewKey::new(author("Dev").key, "ssh-ed25519 AAAA".into());
    assert_eq!(world.act("Lea", &back(old)), Err(Refusal::KeyRevoked));
    world.act("Lea", &back(key("SHA256:new", Validity::default()))).unwrap();
    world.act_as(&with_key("Dev", "SHA256:new"), &tick("any")).unwrap();
}

#[test]
fn the_last_lead_stays() {
    let mut world = World::first_done();
    let unassign = Command::Unassign { role: role("lead"), member: name("Lea") };
    let ends = add(
        "Lea",
        NewKey {
            validity: until(world.now + TimeDelta::days(1)),
            ..NewKey::new(author("Lea").key, "x".into())
        },
    );
    let acts = [unassign, remove("Lea"), Command::RevokeKey { key: author("Lea").key }];
    for act in &acts {
        assert_eq!(world.act("Lea", act), Err(Refusal::LastLead(name("Lea"))), "{act:?}");
    }
    // A lead without a key cannot change members, so that one does not count.
    let lead = |who: &str, key| Command::Assign { role: role("lead"), member: name(who), key };
    world.act("Lea", &lead("Bo", None)).unwrap();
    for act in &acts {
        assert_eq!(world.act("Lea", act), Err(Refusal::LastLead(name("Lea"))), "{act:?}");
    }
    world.act("Lea", &ends).unwrap();
    world.act("Lea", &lead("Ada", None)).unwrap();
    world.act("Lea", &remove("Lea")).unwrap();
    assert_eq!(world.act("Ada", &remove("Ada")), Err(Refusal::LastLead(name("Ada"))));
}

#[test]
fn a_key_is_not_early_for_the_clock_of_others_and_not_late_for_its_own() {
    let mut world = World::first_done();
    let from = world.now + TimeDelta::days(10);
    let later = key("SHA256:later", Validity { from: Some(from), until: None });
    world.act("Lea", &add("Dev", later)).unwrap();
    // Somebody whose clock is ahead does not make the key begin.
    world.pass(11);
    world.act("Lea", &Command::Note { item: Some(item_id("form")), text: "from the future".into() }).unwrap();
    world.pass(-11);
    let refused = world.act_as(&with_key("Dev", "SHA256:later"), &tick("any"));
    assert!(matches!(refused, Err(Refusal::KeyNotValid { why: NotValid::Early(_), .. })), "{refused:?}");
}

#[test]
fn nobody_writes_before_the_beginning_of_a_key_that_has_signed() {
    let mut world = World::first_done();
    let from = world.now + TimeDelta::days(10);
    let later = key("SHA256:later", Validity { from: Some(from), until: None });
    world.act("Lea", &add("Dev", later)).unwrap();
    world.pass(10);
    world.act_as(&with_key("Dev", "SHA256:later"), &tick("any")).unwrap();
    let seq = world.state.head.seq;
    assert_eq!(world.state.begun.map(|b| (b.seq, b.from)), Some((seq, from)));
    let note = Command::Note { item: Some(item_id("form")), text: "x".into() };
    // Clocks differ a little.
    world.now = from - super::validity::CLOCK_SKEW;
    world.act("Lea", &note).unwrap();
    world.now -= TimeDelta::seconds(1);
    assert_eq!(world.act("Lea", &note), Err(Refusal::ClockBehind { seq, from }));
}
