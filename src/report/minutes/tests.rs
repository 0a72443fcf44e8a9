//! The minutes of a small kickoff, and of one in which every text is hostile.

use chrono::NaiveDate;

use super::*;
use crate::domain::command::{Acting, Command};
use crate::domain::event::Event;
use crate::domain::ids::{DecisionId, FieldId, MemberName};
use crate::domain::testing::{World, author, item_id, name, role, tick};
use crate::domain::verdict::Verdict;

/// A kickoff: a decision proposed and agreed, another person, ticks of which one is undone, a remark.
fn world() -> (World, u64) {
    let mut world = World::new();
    world.tick("Dev", "form").unwrap();
    let since = world.state.head.seq;
    let descriptor = || DecisionId::new("descriptor").unwrap();
    world.act("Lea", &Command::Propose { decision: descriptor(), value: "ACME".into() }).unwrap();
    world.act("Lea", &Command::Confirm { decision: descriptor(), value: None }).unwrap();
    world.act("Lea", &Command::Assign { role: role("biz"), member: name("Zoe"), key: None }).unwrap();
    world.act("Lea", &Command::SetTarget { target: NaiveDate::from_ymd_opt(2024, 11, 1) }).unwrap();
    let url = FieldId::new("url").unwrap();
    world.act("Dev", &Command::SetField { field: url, value: "https://acme.example".into() }).unwrap();
    world.sees("kyc", Verdict::Pass, 1);
    let acting = Acting { on_behalf_of: Some(name("Dev")), ..Acting::new(author("Lea")) };
    world.act_as(&acting, &tick("cards")).unwrap();
    world.tick("Ada", "any").unwrap();
    world.act("Ada", &Command::Undo { seq: None }).unwrap();
    world.act("Lea", &Command::Note { item: None, text: "VAT number by Monday".into() }).unwrap();
    world
        .act("Dev", &Command::Note { item: Some(item_id("both")), text: "needs a second card".into() })
        .unwrap();
    (world, since)
}

fn minutes(world: &World, since: u64, present: &[MemberName]) -> Minutes {
    let events: Vec<&Event> = world.events.iter().map(|(event, _)| event).collect();
    let World { runbook, state, now, .. } = world;
    Minutes::new(&Source { runbook, state, events: &events, since, present, now: *now })
}

#[test]
fn minutes_as_markdown_and_as_html() {
    let (world, since) = world();
    let minutes = minutes(&world, since, &[name("Lea"), name("Dev")]);
    insta::assert_snapshot!("minutes.md", minutes.write(Format::Markdown).unwrap());
    insta::assert_snapshot!("minutes.html", minutes.write(Format::Html).unwrap());
}

#[test]
fn they_tell_what_happened_since_and_nothing_from_before() {
    let (world, since) = world();
    let minutes = minutes(&world, since, &[]);
    let signed: Vec<_> = minutes.signed.iter().map(|s| (s.what.as_str(), s.member.as_deref())).collect();
    assert_eq!(signed, [("Item kyc", None), ("Item cards (challenge, declined)", Some("Dev"))]);
    assert_eq!(minutes.signed[1].recorded_by.as_deref(), Some("Lea"));
    assert_eq!(minutes.roles, ["Zoe is BIZ"]);
    assert_eq!((minutes.decisions[0].standing, minutes.decisions[0].by.as_deref()), ("agreed", Some("Lea")));
    assert_eq!(minutes.points.len(), 2);
    assert_eq!(minutes.points[1].about.as_deref(), Some("Item both"));
    assert!(minutes.target_new);
}

#[test]
fn what_was_taken_back_is_not_told_as_done() {
    let (mut world, since) = world();
    world
        .act("Dev", &Command::Untick { item: item_id("cards"), part: None, reason: "too early".into() })
        .unwrap();
    let minutes = minutes(&world, since, &[]);
    assert!(minutes.signed.iter().all(|s| !s.what.contains("any") && !s.what.contains("cards")));
    assert_eq!(minutes.taken_back, ["Item cards: unticked, too early"]);
    let took: Vec<_> = minutes.took_part.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(took, ["Lea", "Dev", "Ada"]);
}

#[test]
fn a_meeting_in_which_nothing_happened_has_minutes_too() {
    let (world, _) = world();
    let last = world.state.head.seq;
    for since in [last, u64::MAX - 1] {
        let minutes = minutes(&world, since, &[]);
        assert!(minutes.signed.is_empty() && minutes.points.is_empty() && minutes.took_part.is_empty());
        assert!(minutes.write(Format::Markdown).unwrap().contains("Nobody wrote anything."));
    }
}

#[test]
fn they_are_the_same_whoever_writes_them() {
    let (world, since) = world();
    let twice = [(); 2].map(|()| minutes(&world, since, &[]).write(Format::Html).unwrap());
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn nothing_hostile_gets_through() {
    let hostile = "<script>alert(1)</script> | # [x](javascript:1) `c` \u{1b}[2J\u{202e} =1";
    let mut world = World::new();
    world.state.name = hostile.to_owned();
    world.runbook.title = hostile.to_owned();
    for role in world.runbook.roles.values_mut() {
        role.name = hostile.to_owned();
    }
    for decision in world.runbook.decisions.values_mut() {
        decision.title = hostile.to_owned();
    }
    let eve = MemberName::new("Eve <i>| x").unwrap();
    world.act("Lea", &Command::Assign { role: role("biz"), member: eve.clone(), key: None }).unwrap();
    world.act("Lea", &Command::Note { item: None, text: hostile.into() }).unwrap();
    let minutes = minutes(&world, 0, &[eve]);
    for format in [Format::Markdown, Format::Html] {
        let text = minutes.write(format).unwrap();
        assert!(!text.contains("<script>alert") && !text.contains("<i>"), "{text}");
        assert!(!text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text}");
    }
    let text = minutes.write(Format::Markdown).unwrap();
    assert!(text.contains("\\[x\\]") && text.contains("\\|"), "{text}");
}

#[test]
fn the_usual_name_has_the_engagement_and_the_day() {
    let id = EngagementId::new("acme").unwrap();
    assert_eq!(file_name(&id, NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()), "acme-kickoff-2026-11-21");
}
