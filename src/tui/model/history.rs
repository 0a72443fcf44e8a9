//! What happened to each item, kept short enough for a screen.

use std::collections::{HashMap, VecDeque};

use crate::domain::event::{Event, Fact};
use crate::domain::ids::{CheckId, ItemId};

/// Events kept of one item or one check.
const KEPT: usize = 30;

/// The last events of every item and of every check, newest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    items: HashMap<ItemId, VecDeque<Event>>,
    checks: HashMap<CheckId, VecDeque<Event>>,
    /// The last event taken in: an event is never taken in twice.
    seq: u64,
}

impl History {
    /// The history that these events, oldest first, come down to.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let mut history = Self::default();
        for event in events {
            history.push(event);
        }
        history
    }

    /// Takes in the next event; one that it has already is passed over.
    pub fn push(&mut self, event: Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        let line = if let Some(item) = event.fact.item() {
            self.items.entry(item.clone()).or_default()
        } else if let Fact::CheckSettled { check, .. } = &event.fact {
            self.checks.entry(check.clone()).or_default()
        } else {
            return;
        };
        if line.len() == KEPT {
            line.pop_back();
        }
        line.push_front(event);
    }

    /// Takes in what another history knows that came later.
    pub fn absorb(&mut self, later: Self) {
        let all = later.items.into_values().chain(later.checks.into_values()).flatten();
        let mut events: Vec<Event> = all.filter(|e| e.seq > self.seq).collect();
        events.sort_by_key(|e| e.seq);
        for event in events {
            self.push(event);
        }
    }

    /// What happened to an item and to its check, newest first.
    pub fn about(&self, item: &ItemId, check: Option<&CheckId>) -> Vec<&Event> {
        let of_item = self.items.get(item).into_iter().flatten();
        let of_check = check.and_then(|c| self.checks.get(c)).into_iter().flatten();
        let mut events: Vec<&Event> = of_item.chain(of_check).collect();
        events.sort_by_key(|e| std::cmp::Reverse(e.seq));
        events.truncate(KEPT);
        events
    }
}
