//! Screens learn of what others wrote, and nothing runs when nobody looks.

use std::time::Duration;

use tokio::time::timeout;

use super::*;

/// Half a second is what people are promised. The tests may wait longer, for loaded machines, and
/// fail only when the change never comes.
const LONG: Duration = Duration::from_secs(4);

async fn told(changes: &mut Changes) {
    timeout(LONG, changes.next()).await.expect("a change is told").unwrap();
}

#[tokio::test]
async fn an_append_by_another_store_is_told() {
    let f = Fixture::new().await;
    let other = f.another().await;
    let mut changes = f.store.changes();
    told(&mut changes).await;
    for body in ["a", "b", "c"] {
        let head = append(&other, &acme(), body).await;
        told(&mut changes).await;
        assert_eq!(f.store.head(&acme()).await.unwrap(), head);
    }
}

#[tokio::test]
async fn an_append_by_the_same_store_is_told_to_every_subscriber() {
    let f = Fixture::new().await;
    let mut early = f.store.changes();
    told(&mut early).await;
    let mut late = f.store.changes();
    told(&mut late).await;
    append(&f.store, &acme(), "a").await;
    told(&mut early).await;
    told(&mut late).await;
}

#[tokio::test]
async fn nothing_is_told_while_nothing_changes() {
    let f = Fixture::new().await;
    append(&f.store, &acme(), "a").await;
    let mut changes = f.store.changes();
    told(&mut changes).await;
    f.another().await.read(&acme(), 0).await.unwrap();
    let more = timeout(Duration::from_millis(150), changes.next()).await;
    assert!(more.is_err(), "reading is no change");
}

#[tokio::test]
async fn the_watch_ends_with_its_last_subscriber_and_starts_again() {
    let f = Fixture::new().await;
    let mut first = f.store.changes();
    let second = f.store.changes();
    told(&mut first).await;
    drop(first);
    assert!(f.store.announcer.is_running());
    drop(second);
    let ended = async {
        while f.store.announcer.is_running() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, ended).await.expect("the watch ends");
    let mut again = f.store.changes();
    told(&mut again).await;
    append(&f.store, &acme(), "a").await;
    told(&mut again).await;
}
