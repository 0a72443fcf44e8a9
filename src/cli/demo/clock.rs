//! A clock that tells a story: it stands until it is moved or let run.
//!
//! The engagements of the demo have a history of weeks that is played in a second. What happens goes
//! through the same rules and the same store as ever; only the time of it is told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::{Clock, SystemClock};

/// A clock that stands or runs as it is told.
#[derive(Debug)]
pub(super) struct StoryClock(Mutex<Told>);

#[derive(Debug, Clone, Copy)]
enum Told {
    /// It is this moment until further notice.
    Standing(DateTime<Utc>),
    /// It runs as the machine's clock does, so much ahead of it.
    Running(TimeDelta),
}

impl StoryClock {
    /// A clock that stands at this moment.
    pub(super) fn standing() -> Self {
        Self(Mutex::new(Told::Standing(SystemClock.now())))
    }

    /// A clock that agrees with the machine's.
    pub(super) fn running() -> Self {
        Self(Mutex::new(Told::Running(TimeDelta::zero())))
    }

    /// Moves to a moment and stands there.
    pub(super) fn stand_at(&self, at: DateTime<Utc>) {
        *self.told() = Told::Standing(at);
    }

    /// Lets some time pass, if the clock stands. One that runs needs no help.
    pub(super) fn pass(&self, time: TimeDelta) {
        let mut told = self.told();
        if let Told::Standing(at) = *told {
            *told = Told::Standing(at.checked_add_signed(time).unwrap_or(at));
        }
    }

    /// Runs on from where it stands.
    pub(super) fn run_on(&self) {
        let mut told = self.told();
        if let Told::Standing(at) = *told {
            *told = Told::Running(at - SystemClock.now());
        }
    }

    /// Runs as the machine's clock does, wherever it stood.
    pub(super) fn catch_up(&self) {
        *self.told() = Told::Running(TimeDelta::zero());
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        match *self.told() {
            Told::Standing(at) => at,
            Told::Running(ahead) => SystemClock.now() + ahead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_until_it_is_moved() {
        let clock = StoryClock::standing();
        let start = clock.now();
        clock.pass(TimeDelta::days(3));
        assert_eq!(clock.now(), start + TimeDelta::days(3));
        clock.stand_at(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn once_it_runs_it_is_moved_no_more() {
        let clock = StoryClock::standing();
        clock.stand_at(SystemClock.now() - TimeDelta::days(20));
        clock.run_on();
        clock.pass(TimeDelta::days(30));
        assert!(clock.now() < SystemClock.now() - TimeDelta::days(19), "on from where it stood");
        clock.catch_up();
        assert!(clock.now() > SystemClock.now() - TimeDelta::days(1), "as the machine's clock");
    }
}
