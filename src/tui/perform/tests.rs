//! What is done for a screen that is left at once.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::app::{Beginning, LocalFiles, Parts};
use crate::clock::FixedClock;
use crate::domain::event::Fact;
use crate::domain::ids::MemberName;
use crate::identity::Key;
use crate::store::{EvidenceFolder, SqliteStore};

const RUNBOOK: &str = r#"
schema = 1
id = "small"
title = "Small"
version = "1"
provider = "Test"
[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true
[[stages]]
id = "first"
title = "First"
[[stages.items]]
id = "hello"
title = "Hello"
owner = "lead"
valid_for = "7d"
"#;

/// Acme, which Dana leads, and the time there.
async fn acme(folder: &std::path::Path) -> (App, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(DateTime::from_timestamp(1_790_000_000, 0).unwrap()));
    let app = App::new(Parts {
        store: Arc::new(SqliteStore::open(&folder.join("golive.db")).await.unwrap()),
        signer: Arc::new(Key::open(&folder.join("dana")).unwrap()),
        clock: clock.clone(),
        me: MemberName::new("Dana").unwrap(),
        heads: None,
    });
    let evidence = EvidenceFolder::new(folder.join("evidence"), 1 << 20);
    let app = app.keeping_evidence(evidence, LocalFiles::Allowed);
    let beginning = Beginning {
        runbook_name: "small.toml".to_owned(),
        runbook: RUNBOOK.as_bytes().to_vec(),
        id: None,
        name: "Acme".to_owned(),
        target: None,
        fields: Vec::new(),
    };
    app.begin(beginning).await.unwrap();
    (app, clock)
}

#[tokio::test]
async fn what_time_has_made_of_an_engagement_comes_as_news() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = acme(folder.path()).await;
    let id = EngagementId::new("acme").unwrap();
    let item = "hello".parse().unwrap();
    let tick = Command::Tick { item, part: None, note: None, evidence: Vec::new() };
    app.execute(&id, Act::new(tick)).await.unwrap();
    let (mut performer, mut inbox) = Performer::start(app, Notify::default()).await.unwrap();
    let mut summed = async || {
        performer.perform(Effect::SumUp { engagements: vec![id.clone()] });
        loop {
            if let Some(Msg::News(News::Summed(summary))) = inbox.recv().await {
                return summary.current;
            }
        }
    };
    assert_eq!(summed().await, None);
    clock.advance(TimeDelta::days(8));
    assert_eq!(summed().await, Some(0));
    performer.finish().await;
}

#[tokio::test]
async fn what_was_asked_for_before_leaving_is_done_although_nobody_is_there_to_hear_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = acme(folder.path()).await;
    let id = EngagementId::new("acme").unwrap();
    let (mut performer, inbox) = Performer::start(app.clone(), Notify::default()).await.unwrap();
    let (report, proof) = (folder.path().join("report.md"), folder.path().join("proof.bin"));
    // Longer than the time between two keys to copy and to hash.
    std::fs::write(&proof, vec![7; 1 << 19]).unwrap();
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    performer.perform(Effect::WriteReport {
        request: RequestId(1),
        engagements: vec![id.clone()],
        path: text(&report),
    });
    performer.perform(Effect::AttachFile {
        request: RequestId(2),
        engagement: id.clone(),
        item: "hello".parse().unwrap(),
        path: text(&proof),
    });
    drop(inbox);
    performer.finish().await;
    assert!(report.exists());
    let log = app.history(&id).await.unwrap();
    assert!(log.iter().any(|record| matches!(record.event.fact, Fact::EvidenceAdded { .. })));
}
