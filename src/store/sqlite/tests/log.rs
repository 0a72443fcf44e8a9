//! Appending, reading, and what the log refuses.

use super::*;
use crate::store::walk;

#[tokio::test]
async fn what_was_appended_is_read_back_as_it_was() {
    let f = Fixture::new().await;
    let rows = [new_row("a"), new_row("b\0\u{1b}"), new_row("")];
    let head = f.store.append(&acme(), &Head::default(), &rows, AppendExtra::default()).await.unwrap();
    let read = f.another().await.read(&acme(), 0).await.unwrap();
    assert_eq!(walk(&read), Ok(head));
    for (row, new) in read.iter().zip(&rows) {
        assert_eq!((&row.id, &row.body, &row.signature), (&new.id, &new.body, &new.signature));
    }
    assert_eq!(read.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(f.store.read(&acme(), 2).await.unwrap(), read[2..]);
    assert_eq!(f.store.read_page(&acme(), 1, 1).await.unwrap(), read[1..2]);
    assert_eq!(f.store.head(&acme()).await.unwrap(), head);
}

#[tokio::test]
async fn a_long_log_is_read_whole() {
    let f = Fixture::new().await;
    // More than one page of `read`.
    let rows: Vec<NewRow> = (0..10_001).map(|_| new_row("x")).collect();
    let head = f.store.append(&acme(), &Head::default(), &rows, AppendExtra::default()).await.unwrap();
    assert_eq!(walk(&f.store.read(&acme(), 0).await.unwrap()), Ok(head));
}

#[tokio::test]
async fn an_engagement_nobody_knows_has_the_empty_log() {
    let f = Fixture::new().await;
    assert_eq!(f.store.head(&acme()).await.unwrap(), Head::default());
    assert_eq!(f.store.read(&acme(), 0).await.unwrap(), []);
}

#[tokio::test]
async fn an_append_that_saw_another_head_is_a_conflict() {
    let f = Fixture::new().await;
    let first = append(&f.store, &acme(), "a").await;
    let late = f.store.append(&acme(), &Head::default(), &[new_row("b")], AppendExtra::default()).await;
    assert!(matches!(late, Err(StoreError::Conflict { actual }) if actual == first), "{late:?}");
    let ahead = Head { seq: 9, ..first };
    let early = f.store.append(&acme(), &ahead, &[new_row("b")], AppendExtra::default()).await;
    assert!(matches!(early, Err(StoreError::Conflict { actual }) if actual == first), "{early:?}");
    assert_eq!(f.store.head(&acme()).await.unwrap(), first);
}

#[tokio::test]
async fn a_second_try_of_the_same_rows_changes_nothing_and_succeeds() {
    let f = Fixture::new().await;
    let start = append(&f.store, &acme(), "a").await;
    let rows = [new_row("b"), new_row("c")];
    let first = f.store.append(&acme(), &start, &rows, AppendExtra::default()).await.unwrap();
    let later = append(&f.store, &acme(), "d").await;
    let again = f.store.append(&acme(), &start, &rows, AppendExtra::default()).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(f.store.head(&acme()).await.unwrap(), later);
    // The same bodies under other ids are another person's events.
    let others = [new_row("b"), new_row("c")];
    let conflict = f.store.append(&acme(), &start, &others, AppendExtra::default()).await;
    assert!(matches!(conflict, Err(StoreError::Conflict { .. })));
}

#[tokio::test]
async fn an_id_that_stands_elsewhere_in_the_log_is_refused_and_nothing_is_kept() {
    let f = Fixture::new().await;
    let row = new_row("a");
    let rows = std::slice::from_ref(&row);
    let head = f.store.append(&acme(), &Head::default(), rows, AppendExtra::default()).await.unwrap();
    let runbook = b"schema = 1".to_vec();
    let extra = AppendExtra { runbook: Some(runbook.clone()), summary: Some(summary("a")) };
    let again = f.store.append(&acme(), &head, &[new_row("b"), row.clone()], extra).await;
    assert!(matches!(again, Err(StoreError::AlreadyAppended { id }) if id == row.id), "{again:?}");
    assert_eq!(f.store.head(&acme()).await.unwrap(), head);
    assert_eq!(f.store.read(&acme(), 0).await.unwrap().len(), 1);
    let kept = f.store.get_runbook(&Digest::of(&runbook)).await;
    assert!(matches!(kept, Err(StoreError::NoSuchRunbook { .. })));
    assert_eq!(f.store.portfolio_page(0, 9).await.unwrap(), []);
}

#[tokio::test]
async fn the_runbook_and_the_summary_come_with_the_append() {
    let f = Fixture::new().await;
    let runbook = b"schema = 1".to_vec();
    let extra = AppendExtra { runbook: Some(runbook.clone()), summary: Some(summary("k")) };
    let head = f.store.append(&acme(), &Head::default(), &[new_row("a")], extra).await.unwrap();
    assert_eq!(f.store.get_runbook(&Digest::of(&runbook)).await.unwrap(), runbook);
    let expected = PortfolioRow { engagement: acme(), head, summary: summary("k") };
    assert_eq!(f.store.portfolio_row(&acme()).await.unwrap(), Some(expected));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_is_written() {
    let f = Fixture::new().await;
    let big = NewRow { body: vec![b'x'; Limits::BODY + 1], ..new_row("") };
    let refused = f.store.append(&acme(), &Head::default(), &[big], AppendExtra::default()).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    let refused = f.store.put_runbook(&vec![b'x'; Limits::RUNBOOK + 1]).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    let largest = NewRow { body: vec![b'x'; Limits::BODY], ..new_row("") };
    f.store.append(&acme(), &Head::default(), &[largest], AppendExtra::default()).await.unwrap();
}

#[tokio::test]
async fn sql_cannot_change_remove_or_replace_an_event() {
    let f = Fixture::new().await;
    append(&f.store, &acme(), "a").await;
    append(&f.store, &acme(), "b").await;
    let before = f.store.read(&acme(), 0).await.unwrap();
    let attempts = [
        "UPDATE events SET body = x'00' WHERE seq = 1",
        "DELETE FROM events WHERE seq = 1",
        "INSERT OR REPLACE INTO events (engagement, seq, hash, id, body, signature) \
         SELECT engagement, seq, hash, randomblob(16), x'00', '' FROM events WHERE seq = 1",
        "INSERT INTO events (engagement, seq, hash, id, body, signature) \
         SELECT engagement, 4, hash, randomblob(16), x'00', '' FROM events WHERE seq = 1",
    ];
    for sql in attempts {
        assert!(f.on_writer(sql).await.is_err(), "{sql}");
    }
    assert_eq!(f.store.read(&acme(), 0).await.unwrap(), before);
}

#[tokio::test]
async fn writers_at_once_lose_nothing_and_the_chain_holds() {
    let f = Fixture::new().await;
    let stores = [f.another().await, f.another().await];
    let write = async |store: &SqliteStore| {
        for _ in 0..20 {
            let row = new_row("x");
            loop {
                let head = store.head(&acme()).await.unwrap();
                let rows = std::slice::from_ref(&row);
                match store.append(&acme(), &head, rows, AppendExtra::default()).await {
                    Ok(_) => break,
                    Err(StoreError::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
    tokio::join!(write(&stores[0]), write(&stores[1]));
    let rows = f.store.read(&acme(), 0).await.unwrap();
    assert_eq!(rows.len(), 40);
    assert_eq!(walk(&rows), Ok(f.store.head(&acme()).await.unwrap()));
}

#[tokio::test]
async fn only_what_moved_is_told() {
    let f = Fixture::new().await;
    let [a, b] = ["a", "b"].map(|id| EngagementId::new(id).unwrap());
    let head_a = append(&f.store, &a, "1").await;
    let head_b = append(&f.store, &b, "1").await;
    let first = f.store.moved_since(Position::default()).await.unwrap();
    assert_eq!(first.heads, [(a.clone(), head_a), (b.clone(), head_b)]);
    let still = f.store.moved_since(first.position).await.unwrap();
    assert_eq!(still, Moved { heads: Vec::new(), position: first.position });
    let head_a = append(&f.store, &a, "2").await;
    assert_eq!(f.store.moved_since(first.position).await.unwrap().heads, [(a.clone(), head_a)]);
    assert_eq!(f.store.heads().await.unwrap(), BTreeMap::from([(a, head_a), (b, head_b)]));
}
