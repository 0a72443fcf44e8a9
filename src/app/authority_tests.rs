//! What a member with a good key appends past golive, well chained and well signed: each fault that reading
//! the log finds in it.

use chrono::TimeDelta;

use super::authority::Unentitled;
use super::testing::{Bench, RUNBOOK, beginning, id, name, seen, tick};
use super::tests::{fault, forge, forge_in, tampered};
use super::trust::LogFault;
use super::{Act, App, Engagement};
use crate::domain::command::Command;
use crate::domain::event::{Covers, Fact, SignOff};
use crate::domain::verdict::Verdict;

/// The fault of a fact that somebody appends past golive to `acme` as `prepare` leaves it.
async fn fault_of(
    runbook: &str,
    prepare: impl AsyncFnOnce(&Bench, &App),
    fact: impl FnOnce(&Engagement) -> Fact,
) -> Option<Unentitled> {
    let bench = Bench::new().await;
    let beginning = super::Beginning { runbook: runbook.as_bytes().to_vec(), ..beginning("Acme") };
    bench.app.begin(beginning).await.unwrap();
    let lin = bench.person("Lin");
    bench.assign("dev", "Lin", Some(&lin)).await;
    let eve = bench.person("Eve");
    bench.assign("guest", "Eve", Some(&eve)).await;
    prepare(&bench, &lin).await;
    let engagement = bench.app.load(&id("acme")).await.unwrap();
    forge(&eve, fact(&engagement)).await;
    match bench.again().load(&id("acme")).await {
        Ok(_) => None,
        Err(error) => match &tampered(&error).fault {
            LogFault::Unentitled(unentitled) => Some(*unentitled),
            other => panic!("{other:?}"),
        },
    }
}

/// The runbook of the bench with what more there is to be entitled to.
fn rights() -> String {
    RUNBOOK
        .replace(
            "[checks.answers]",
            r#"[[roles]]
id = "guest"
name = "Guest"
side = "merchant"

[[fields]]
id = "org"
label = "Organization"
pattern = "^org_"

[checks.filled]
kind = "fields"
fields = ["org"]

[checks.answers]"#,
        )
        .replace(
            "[[stages]]\nid = \"second\"",
            r#"[[stages.items]]
id = "extra"
title = "Extra"
owner = "dev"
optional = true
[[stages.items]]
id = "alone"
title = "Alone"
owner = "guest"
self_signed = true
[[stages.items]]
id = "org-known"
title = "Organization"
owner = "dev"
check = { use = "filled", mode = "auto" }
[[stages.items]]
id = "looked-at"
title = "Looked at"
owner = "dev"
check = { use = "answers", mode = "assist" }

[[stages]]
id = "second""#,
        )
}

fn proven(engagement: &Engagement, item: &str, check: &str) -> Fact {
    let (_, found) = engagement.runbook.item(item).unwrap();
    let covers = Covers {
        runbook: engagement.runbook.digest,
        content: found.digest,
        evidence: Vec::new(),
        head: engagement.state.head,
    };
    let (item, check) = (item.parse().unwrap(), check.parse().unwrap());
    Fact::Proven { item, check, summary: "fine".into(), request_id: None, covers }
}

#[tokio::test]
async fn a_proof_is_believed_only_of_the_check_that_decides_and_has_passed() {
    let rights = rights();
    let fault = async |check: &'static str, verdict: Option<Verdict>, item: &'static str| {
        let settle = async |bench: &Bench, _: &App| {
            let Some(verdict) = verdict else { return };
            let settled = Fact::CheckSettled {
                check: check.parse().unwrap(),
                verdict,
                summary: "said so".into(),
                findings: Vec::new(),
                request_id: None,
            };
            forge(&bench.app, settled).await;
        };
        fault_of(&rights, settle, |engagement| proven(engagement, item, check)).await
    };
    let pass = Some(Verdict::Pass);
    assert_eq!(fault("answers", pass, "proof").await, None);
    assert_eq!(fault("answers", None, "proof").await, Some(Unentitled::NotProven));
    assert_eq!(fault("answers", Some(Verdict::Pending), "proof").await, Some(Unentitled::NotProven));
    assert_eq!(fault("filled", pass, "proof").await, Some(Unentitled::NotProven), "another check's");
    assert_eq!(fault("answers", pass, "looked-at").await, Some(Unentitled::NotProven), "it only helps");
    assert_eq!(fault("answers", pass, "hello").await, Some(Unentitled::NotProven), "no check decides it");
    assert_eq!(fault("filled", pass, "org-known").await, Some(Unentitled::NotProven), "anybody can look");
}

#[tokio::test]
async fn what_a_reviewer_sent_back_no_forged_proof_ticks() {
    let sent_back = async |bench: &Bench, _: &App| {
        bench.app.observe(&id("acme"), seen(&bench.app, Verdict::Pass)).await.unwrap();
        let reject = Command::Reject { item: "proof".parse().unwrap(), reason: "wrong".into() };
        bench.app.execute(&id("acme"), Act::new(reject)).await.unwrap();
    };
    let fault = fault_of(&rights(), sent_back, |e| proven(e, "proof", "answers")).await;
    assert_eq!(fault, Some(Unentitled::NotProven));
}

#[tokio::test]
async fn nobody_does_to_an_item_past_golive_what_takes_one_of_its_roles() {
    type Forged = fn(&Engagement) -> Fact;
    let forged: [(Forged, Unentitled); 7] = [
        (
            |_| Fact::Unticked { item: "hello".parse().unwrap(), parts: vec![], reason: "no".into() },
            Unentitled::NotYours,
        ),
        (|_| Fact::Rejected { item: "hello".parse().unwrap(), reason: "no".into() }, Unentitled::NotYours),
        (
            |_| Fact::MarkedNotApplicable { item: "extra".parse().unwrap(), reason: "no".into() },
            Unentitled::NotYours,
        ),
        (
            |_| Fact::MarkedNotApplicable { item: "alone".parse().unwrap(), reason: "no".into() },
            Unentitled::NotOptional,
        ),
        (
            |e| Fact::WaiverRequested {
                item: "extra".parse().unwrap(),
                reason: "no".into(),
                until: e.state.time + TimeDelta::days(9),
            },
            Unentitled::NotYours,
        ),
        (
            |e| Fact::WaiverRequested {
                item: "alone".parse().unwrap(),
                reason: "no".into(),
                until: e.state.time + TimeDelta::days(92),
            },
            Unentitled::WaiverTooLong,
        ),
        (
            |e| Fact::EvidenceRemoved {
                item: "hello".parse().unwrap(),
                digest: e.state.item("hello").unwrap().evidence[0].digest,
            },
            Unentitled::NotYours,
        ),
    ];
    for (n, (fact, expected)) in forged.into_iter().enumerate() {
        let attached = async |_: &Bench, lin: &App| {
            let add = Command::AddEvidence { item: "hello".parse().unwrap(), evidence: "run 7".into() };
            lin.execute(&id("acme"), Act::new(add)).await.unwrap();
            lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
        };
        assert_eq!(fault_of(&rights(), attached, fact).await, Some(expected), "fact {n}");
    }
}

#[tokio::test]
async fn a_field_has_no_value_out_of_its_form_whoever_writes_it() {
    for (field, value, expected) in [
        ("org", "org_1", None),
        ("org", "acct_1", Some(Unentitled::NotInForm)),
        ("org", " ", Some(Unentitled::NotInForm)),
        ("gone", "x", Some(Unentitled::NotInForm)),
    ] {
        let set = |_: &Engagement| Fact::FieldSet {
            field: field.parse().unwrap(),
            value: value.into(),
            captured_by: None,
        };
        assert_eq!(fault_of(&rights(), async |_, _| {}, set).await, expected, "{field} = {value}");
    }
}

#[tokio::test]
async fn a_lead_records_past_golive_no_approval_that_each_gives_alone() {
    let (bench, _) = Bench::with_acme().await;
    let runbook = rights();
    let other = super::Beginning { runbook: runbook.into_bytes(), ..beginning("Other") };
    let begun = bench.app.begin(super::Beginning { id: Some(id("other")), ..other }).await.unwrap();
    let assign = Command::Assign { role: "guest".parse().unwrap(), member: name("Eve"), key: None };
    bench.app.execute(begun.id(), Act::new(assign)).await.unwrap();
    let state = bench.app.load(begun.id()).await.unwrap();
    let (_, item) = state.runbook.item("alone").unwrap();
    let covers = Covers {
        runbook: state.runbook.digest,
        content: item.digest,
        evidence: Vec::new(),
        head: state.state.head,
    };
    let signoff = SignOff { role: "guest".parse().unwrap(), member: name("Eve"), covers };
    let fact = Fact::Ticked { item: item.id.clone(), parts: Vec::new(), signoff };
    forge_in(begun.id(), &bench.app, fact).await;
    let error = bench.again().load(begun.id()).await.unwrap_err();
    assert_eq!(tampered(&error).fault, LogFault::Unentitled(Unentitled::SelfSigned));
}

#[tokio::test]
async fn an_undo_that_golive_would_refuse_is_not_believed() {
    let (bench, lin) = Bench::with_acme().await;
    lin.execute(&id("acme"), Act::new(tick("hello"))).await.unwrap();
    let ticked = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
    let reject = Command::Reject { item: "hello".parse().unwrap(), reason: "not yet".into() };
    bench.app.execute(&id("acme"), Act::new(reject)).await.unwrap();
    forge(&lin, Fact::Undone { seq: ticked }).await;
    let expected = (ticked + 2, LogFault::Unentitled(Unentitled::NotUndoable));
    assert_eq!(fault(&bench.again()).await, expected);
}

#[tokio::test]
async fn a_waiver_that_has_ended_is_not_granted_past_golive() {
    let (bench, lin) = Bench::with_acme().await;
    let until = bench.app.now() + TimeDelta::days(2);
    let ask = Command::RequestWaiver { item: "hello".parse().unwrap(), reason: "later".into(), until };
    lin.execute(&id("acme"), Act::new(ask)).await.unwrap();
    let request = bench.app.load(&id("acme")).await.unwrap().state.head.seq;
    bench.clock.advance(TimeDelta::days(3));
    forge(&bench.app, Fact::WaiverGranted { item: "hello".parse().unwrap(), request }).await;
    assert_eq!(fault(&bench.again()).await, (request + 1, LogFault::Unentitled(Unentitled::WaiverTooLong)));
}
