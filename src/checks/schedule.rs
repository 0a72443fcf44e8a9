//! When a check runs next: pure, so that days of polling can be tested in a moment.
//!
//! Chance is passed in as a number from 0 to 1. Time is a [`Duration`] since the poller began.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;

/// Regular runs are up to this share of `every` earlier or later, so that checks of many engagements
/// drift apart instead of knocking at one moment.
pub const JITTER: f64 = 0.1;
/// First runs are spread over this much time, or over `every` if that is shorter.
pub const SPREAD: Duration = Duration::from_secs(2);
/// No check runs more often than this, whatever its runbook says.
pub const SHORTEST: Duration = Duration::from_millis(100);
/// Back-off never waits longer than this, unless `every` itself is longer.
pub const LONGEST_BACK_OFF: Duration = Duration::from_mins(10);
/// Back-off never waits longer than this many times `every`.
const MOST_TIMES: u32 = 10;

/// What the last run asks of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Run again after `every`.
    Regular,
    /// Nothing could be said this many times in a row: wait longer each time.
    BackOff(u32),
    /// The other side asked to be left alone at least this long.
    NotBefore(Duration),
}

/// How long after a run the next one begins.
pub fn next(every: Duration, pace: Pace, chance: f64) -> Duration {
    let every = every.max(SHORTEST);
    match pace {
        Pace::Regular => jittered(every, chance),
        Pace::BackOff(times) => jittered(back_off(every, times), chance),
        // Later than asked by chance, never earlier.
        Pace::NotBefore(wait) => wait.max(every).mul_f64(1.0 + JITTER * unit(chance)),
    }
}

/// How long after the start the first run begins. `age` is how old the last known result is.
pub fn first(every: Duration, age: Option<Duration>, chance: f64) -> Duration {
    let every = every.max(SHORTEST);
    let rest = age.map_or(Duration::ZERO, |age| every.saturating_sub(age));
    rest + SPREAD.min(every).mul_f64(unit(chance))
}

fn back_off(every: Duration, times: u32) -> Duration {
    let cap = every.saturating_mul(MOST_TIMES).min(LONGEST_BACK_OFF).max(every);
    let factor = 2_u32.checked_pow(times.saturating_sub(1)).unwrap_or(u32::MAX);
    every.saturating_mul(factor).min(cap)
}

fn jittered(time: Duration, chance: f64) -> Duration {
    time.mul_f64(1.0 + JITTER * (2.0 * unit(chance) - 1.0))
}

fn unit(chance: f64) -> f64 {
    if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.5 }
}

/// What is due when.
#[derive(Debug)]
pub struct Agenda<K> {
    times: HashMap<K, Duration>,
    order: BTreeSet<(Duration, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { times: HashMap::new(), order: BTreeSet::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> Agenda<K> {
    /// Puts a key on the agenda, or moves it.
    pub fn set(&mut self, key: K, at: Duration) {
        self.remove(&key);
        self.times.insert(key.clone(), at);
        self.order.insert((at, key));
    }

    /// Takes a key off the agenda.
    pub fn remove(&mut self, key: &K) {
        if let Some(at) = self.times.remove(key) {
            self.order.remove(&(at, key.clone()));
        }
    }

    /// Takes off all that is due now, the earliest first.
    pub fn due(&mut self, now: Duration) -> Vec<K> {
        let mut due = Vec::new();
        while self.order.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.order.pop_first() else {
                break;
            };
            self.times.remove(&key);
            due.push(key);
        }
        due
    }

    /// When a key is due; never when it is not on the agenda.
    pub fn when(&self, key: &K) -> Option<Duration> {
        self.times.get(key).copied()
    }

    /// When to wake up; never when nothing is on the agenda.
    pub fn wake_at(&self) -> Option<Duration> {
        self.order.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY: Duration = Duration::from_secs(30);

    #[test]
    fn a_regular_run_is_at_most_a_tenth_off() {
        assert_eq!(next(EVERY, Pace::Regular, 0.5), EVERY);
        assert_eq!(next(EVERY, Pace::Regular, 0.0), Duration::from_secs(27));
        assert_eq!(next(EVERY, Pace::Regular, 1.0), Duration::from_secs(33));
    }

    #[test]
    fn unknown_waits_twice_as_long_each_time_up_to_ten_times() {
        let waits: Vec<u64> =
            [1, 2, 3, 4, 5, 60].map(|n| next(EVERY, Pace::BackOff(n), 0.5).as_secs()).into();
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        let daily = Duration::from_hours(24);
        assert_eq!(next(daily, Pace::BackOff(9), 0.5), daily);
        assert_eq!(next(Duration::from_mins(5), Pace::BackOff(9), 0.5), LONGEST_BACK_OFF);
    }

    #[test]
    fn a_fresh_result_is_not_asked_again_at_once() {
        assert_eq!(first(EVERY, None, 0.0), Duration::ZERO);
        assert_eq!(first(EVERY, None, 1.0), SPREAD);
        assert_eq!(first(EVERY, Some(Duration::from_secs(10)), 0.0), Duration::from_secs(20));
        assert_eq!(first(EVERY, Some(EVERY * 9), 0.0), Duration::ZERO);
    }

    #[test]
    fn the_agenda_gives_the_earliest_first_and_each_once() {
        let mut agenda = Agenda::default();
        assert_eq!(agenda.wake_at(), None);
        agenda.set('a', Duration::from_secs(3));
        agenda.set('b', Duration::from_secs(1));
        agenda.set('a', Duration::from_secs(2));
        agenda.set('c', Duration::from_secs(9));
        assert_eq!(agenda.wake_at(), Some(Duration::from_secs(1)));
        assert_eq!((agenda.when(&'a'), agenda.when(&'x')), (Some(Duration::from_secs(2)), None));
        assert_eq!(agenda.due(Duration::from_secs(5)), ['b', 'a']);
        assert!(agenda.due(Duration::from_secs(5)).is_empty());
        agenda.remove(&'c');
        assert_eq!(agenda.wake_at(), None);
    }

    proptest! {
        #[test]
        fn retry_after_is_never_undercut(wait in 1_u64..3600, every in 0_u64..100_000, chance: f64) {
            let wait = Duration::from_secs(wait);
            prop_assert!(next(Duration::from_millis(every), Pace::NotBefore(wait), chance) >= wait);
        }

        #[test]
        fn no_check_runs_in_a_tight_loop(every in 0_u64..u64::MAX / 1000, times: u32, chance: f64) {
            let every = Duration::from_millis(every / 1_000_000);
            let wait = next(every, Pace::BackOff(times), chance);
            prop_assert!(wait >= SHORTEST.mul_f64(1.0 - JITTER));
            prop_assert!(wait <= every.max(SHORTEST).max(LONGEST_BACK_OFF).mul_f64(1.0 + JITTER));
        }

        #[test]
        fn an_agenda_never_loses_or_repeats_a_key(
            ops in proptest::collection::vec((0_u8..20, 0_u64..50), 0..80),
        ) {
            let mut agenda = Agenda::default();
            let mut model = HashMap::new();
            for (key, at) in ops {
                agenda.set(key, Duration::from_secs(at));
                model.insert(key, at);
            }
            let first = agenda.due(Duration::from_secs(24));
            prop_assert!(first.is_sorted_by_key(|k| model[k]));
            prop_assert_eq!(first.len(), model.values().filter(|at| **at <= 24).count());
            prop_assert_eq!(first.len() + agenda.due(Duration::MAX).len(), model.len());
        }
    }
}
