//! Runbooks, observations and the portfolio.

use chrono::{DateTime, TimeDelta};

use super::*;
use crate::domain::verdict::Verdict;

fn observation(check: &str, verdict: Verdict, second: i64) -> Observation {
    Observation {
        check: CheckId::new(check).unwrap(),
        verdict,
        at: DateTime::UNIX_EPOCH + TimeDelta::seconds(second),
        latency_ms: 1,
        summary: "as expected".to_owned(),
        steps: Vec::new(),
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: None,
        captured: BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}

#[tokio::test]
async fn a_runbook_is_kept_once_under_its_digest() {
    let f = Fixture::new().await;
    let digest = f.store.put_runbook(b"schema = 1").await.unwrap();
    assert_eq!(f.store.put_runbook(b"schema = 1").await.unwrap(), digest);
    assert_eq!(f.store.get_runbook(&digest).await.unwrap(), b"schema = 1");
    assert!(f.on_writer("UPDATE runbooks SET body = x'00'").await.is_err());
    assert!(f.on_writer("DELETE FROM runbooks").await.is_err());
}

#[tokio::test]
async fn a_runbook_that_was_changed_behind_the_store_is_not_given_out() {
    let f = Fixture::new().await;
    let digest = f.store.put_runbook(b"schema = 1").await.unwrap();
    f.on_writer("DROP TRIGGER runbooks_are_never_changed; UPDATE runbooks SET body = x'00'").await.unwrap();
    assert!(matches!(f.store.get_runbook(&digest).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn the_newest_results_are_kept_and_the_last_pass_is_remembered() {
    let f = Fixture::new().await;
    let check = CheckId::new("ready").unwrap();
    f.store.record(&acme(), &[observation("ready", Verdict::Pass, 0)]).await.unwrap();
    let fails: Vec<_> = (1..=150).map(|second| observation("ready", Verdict::Fail, second)).collect();
    f.store.record(&acme(), &fails).await.unwrap();
    f.store.record(&acme(), &[observation("other", Verdict::Unknown, 7)]).await.unwrap();

    let recent = f.store.recent(&acme(), &check, 1000).await.unwrap();
    let newest_first: Vec<_> = fails[50..].iter().rev().cloned().collect();
    assert_eq!(recent, newest_first);
    assert_eq!(f.store.recent(&acme(), &check, 2).await.unwrap(), newest_first[..2]);

    let latest = f.store.latest(&acme()).await.unwrap();
    assert_eq!(latest.len(), 2);
    assert_eq!(latest["ready"].observation, fails[149]);
    assert_eq!(latest["ready"].last_pass, Some(DateTime::UNIX_EPOCH));
    assert_eq!(latest["other"].last_pass, None);
}

#[tokio::test]
async fn a_late_report_of_an_earlier_pass_does_not_set_the_last_pass_back() {
    let f = Fixture::new().await;
    let reports = [observation("ready", Verdict::Pass, 20), observation("ready", Verdict::Pass, 10)];
    f.store.record(&acme(), &reports).await.unwrap();
    let latest = f.store.latest(&acme()).await.unwrap();
    assert_eq!(latest["ready"].last_pass, Some(reports[0].at));
}

#[tokio::test]
async fn an_observation_that_cannot_be_read_counts_as_none() {
    let f = Fixture::new().await;
    f.store.record(&acme(), &[observation("ready", Verdict::Pass, 0)]).await.unwrap();
    f.on_writer("UPDATE observations SET body = '{'").await.unwrap();
    assert!(f.store.latest(&acme()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_result_that_was_damaged_counts_as_none_and_gives_way_to_the_next() {
    let f = Fixture::new().await;
    let passes = [observation("ready", Verdict::Pass, 20), observation("ready", Verdict::Pass, 30)];
    f.store.record(&acme(), &passes[..1]).await.unwrap();
    f.on_writer("UPDATE passes SET at_us = at_us + 4294967296").await.unwrap();
    assert_eq!(f.store.latest(&acme()).await.unwrap()["ready"].last_pass, None);
    f.store.record(&acme(), &passes[1..]).await.unwrap();
    assert_eq!(f.store.latest(&acme()).await.unwrap()["ready"].last_pass, Some(passes[1].at));
    f.on_writer("UPDATE observations SET body = replace(body, ':30', ':31')").await.unwrap();
    assert!(f.store.latest(&acme()).await.unwrap().is_empty());
    let check = CheckId::new("ready").unwrap();
    assert_eq!(f.store.recent(&acme(), &check, 5).await.unwrap(), passes[..1]);
}

#[tokio::test]
async fn a_line_of_the_portfolio_that_was_damaged_says_nothing() {
    let f = Fixture::new().await;
    let extra = AppendExtra { summary: Some(summary("k")), ..AppendExtra::default() };
    f.store.append(&acme(), &Head::default(), &[new_row("a")], extra).await.unwrap();
    for damage in [
        "UPDATE portfolio SET summary = replace(summary, 'k', 'm')",
        "UPDATE portfolio SET summary = replace(summary, 'm', 'k'), sort_key = 'j'",
    ] {
        f.on_writer(damage).await.unwrap();
        assert_eq!(all(&f.store).await[0].summary.json, "", "{damage}");
    }
    f.on_writer("UPDATE portfolio SET sort_key = 'k'").await.unwrap();
    assert_eq!(all(&f.store).await[0].summary, summary("k"));
}

#[tokio::test]
async fn observations_of_one_engagement_are_not_anothers() {
    let f = Fixture::new().await;
    f.store.record(&acme(), &[observation("ready", Verdict::Pass, 0)]).await.unwrap();
    let other = EngagementId::new("other").unwrap();
    assert!(f.store.latest(&other).await.unwrap().is_empty());
    assert!(f.store.recent(&other, &CheckId::new("ready").unwrap(), 5).await.unwrap().is_empty());
}

async fn all(store: &SqliteStore) -> Vec<PortfolioRow> {
    let mut rows = Vec::new();
    store.portfolio_each(&mut |row| rows.push(row)).await.unwrap();
    rows
}

#[tokio::test]
async fn the_portfolio_is_read_in_its_order_a_window_at_a_time() {
    let f = Fixture::new().await;
    for (id, key) in [("e1", "m"), ("e2", "a"), ("e3", "m"), ("e4", "z")] {
        let extra = AppendExtra { summary: Some(summary(key)), ..AppendExtra::default() };
        let id = EngagementId::new(id).unwrap();
        f.store.append(&id, &Head::default(), &[new_row("x")], extra).await.unwrap();
    }
    let ids = |rows: Vec<PortfolioRow>| -> Vec<String> {
        rows.into_iter().map(|row| row.engagement.to_string()).collect()
    };
    assert_eq!(ids(all(&f.store).await), ["e2", "e1", "e3", "e4"]);
    assert_eq!(ids(f.store.portfolio_page(1, 2).await.unwrap()), ["e1", "e3"]);
    assert_eq!(ids(f.store.portfolio_page(3, 60).await.unwrap()), ["e4"]);
    assert_eq!(f.store.count().await.unwrap(), 4);
    let one = async |id: &str| f.store.portfolio_row(&EngagementId::new(id).unwrap()).await.unwrap();
    assert_eq!(one("e3").await.map(|row| row.summary), Some(summary("m")));
    assert_eq!(one("none").await, None);
}

#[tokio::test]
async fn a_summary_made_at_another_head_is_stale_until_it_is_made_anew() {
    let f = Fixture::new().await;
    let extra = AppendExtra { summary: Some(summary("k")), ..AppendExtra::default() };
    let old = f.store.append(&acme(), &Head::default(), &[new_row("a")], extra).await.unwrap();
    assert_eq!(f.store.stale_portfolio().await.unwrap(), []);

    let new = append(&f.store, &acme(), "b").await;
    let unseen = EngagementId::new("unseen").unwrap();
    append(&f.store, &unseen, "a").await;
    assert_eq!(f.store.stale_portfolio().await.unwrap(), [acme(), unseen.clone()]);

    let late = PortfolioRow { engagement: acme(), head: old, summary: summary("late") };
    f.store.put_portfolio(&[late]).await.unwrap();
    assert_eq!(all(&f.store).await[0].summary, summary("k"), "somebody was faster");

    let fresh = PortfolioRow { engagement: acme(), head: new, summary: summary("n") };
    f.store.put_portfolio(std::slice::from_ref(&fresh)).await.unwrap();
    assert_eq!(all(&f.store).await, [fresh]);
    assert_eq!(f.store.stale_portfolio().await.unwrap(), [unseen]);
}
