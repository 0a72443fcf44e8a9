//! Telling it: one task that takes notices from a bounded queue, so that nobody waits for a program or a network.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Notice, Notify, program, webhook};
use crate::checks::outbound::Outbound;

/// Notices that may wait; when more come, they are only counted.
const WAITING: usize = 32;
/// Notices within [`WINDOW`]; more are counted and told of with the next.
const MOST: usize = 10;
/// How long a while is.
const WINDOW: Duration = Duration::from_mins(1);

/// Tells notices to a program and an address, if the configuration names any. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier(Option<mpsc::Sender<Notice>>);

impl Notifier {
    /// Starts telling. Must be called inside a runtime.
    pub fn start(config: Notify) -> Self {
        if config.command.is_none() && config.webhook.is_none() {
            return Self(None);
        }
        let (send, receive) = mpsc::channel(WAITING);
        tokio::spawn(tell_all(config, receive));
        Self(Some(send))
    }

    /// Tells one, some time soon; never waits. When too many wait it is dropped: a person who is told of
    /// dozens reads none.
    pub fn tell(&self, notice: Notice) {
        if let Some(send) = &self.0 {
            let _ = send.try_send(notice);
        }
    }
}

async fn tell_all(config: Notify, mut notices: mpsc::Receiver<Notice>) {
    // Made at the first notice that needs it: most programs tell none.
    let mut client: Option<Outbound> = None;
    let mut budget = Budget::default();
    while let Some(notice) = notices.recv().await {
        if !config.events.contains(&notice.occasion) {
            continue;
        }
        let Some(held) = budget.spend(Instant::now()) else {
            continue;
        };
        let mut notice = notice;
        if held > 0 {
            notice.text = format!("{} (and {held} more before it)", notice.text);
        }
        if let Some(argv) = &config.command
            && let Err(error) = program::run(argv, &notice).await
        {
            tracing::warn!(%error, "a notice was not told by the command");
        }
        if let Some(hook) = &config.webhook {
            if client.is_none() {
                client = Outbound::for_actions().ok();
            }
            if let Some(client) = &client
                && let Err(error) = webhook::send(client, hook, &notice).await
            {
                tracing::warn!(%error, "a notice was not told by the webhook");
            }
        }
    }
}

/// How many notices may still be told.
#[derive(Debug, Default)]
struct Budget {
    since: Option<Instant>,
    spent: usize,
    held: usize,
}

impl Budget {
    /// Whether one more may be told now, and how many were held back before it.
    fn spend(&mut self, now: Instant) -> Option<usize> {
        if self.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            self.since = Some(now);
            self.spent = 0;
        }
        if self.spent == MOST {
            self.held += 1;
            return None;
        }
        self.spent += 1;
        Some(std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_in_part_and_counted() {
        let (mut budget, start) = (Budget::default(), Instant::now());
        let told = (0..25).filter(|_| budget.spend(start).is_some()).count();
        assert_eq!(told, MOST);
        assert_eq!(budget.spend(start + WINDOW), Some(15));
        assert_eq!(budget.spend(start + WINDOW), Some(0));
    }

    #[tokio::test]
    async fn telling_never_waits() {
        let config = Notify { command: Some(vec!["sleep".to_owned(), "5".to_owned()]), ..Notify::default() };
        let notifier = Notifier::start(config);
        let id = crate::domain::ids::EngagementId::new("acme").unwrap();
        let begun = Instant::now();
        for _ in 0..1000 {
            notifier.tell(Notice::new(super::super::Occasion::Ticked, id.clone(), "Acme", "ticked"));
        }
        // As many wait as may, while the program has yet to take the first.
        assert_eq!(notifier.0.as_ref().map(mpsc::Sender::capacity), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
