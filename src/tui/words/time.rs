//! Times, days and how long ago.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};

use crate::tui::look::Zone;

/// How long: minutes under two hours, hours under two days, then days.
pub fn length(span: TimeDelta) -> String {
    let minutes = span.num_minutes();
    if minutes < 1 {
        "<1 min".to_owned()
    } else if minutes < 120 {
        format!("{minutes} min")
    } else if span.num_hours() < 48 {
        format!("{} h", span.num_hours())
    } else {
        format!("{} d", span.num_days())
    }
}

/// How long, in seconds under two minutes: for what is watched while it passes.
pub fn brief(span: TimeDelta) -> String {
    match span.num_seconds() {
        seconds @ 0..120 => format!("{seconds} s"),
        ..0 => "0 s".to_owned(),
        _ => length(span),
    }
}

/// How long until [`brief`] reads differently, while the span grows.
pub fn until_next_brief(span: TimeDelta) -> TimeDelta {
    if span < TimeDelta::minutes(2) { TimeDelta::seconds(1) } else { until_next(span) }
}

/// How long until [`length`] reads differently, for a clock that wakes up no more often.
pub fn until_next(span: TimeDelta) -> TimeDelta {
    let unit = if span.num_minutes() < 120 {
        TimeDelta::minutes(1)
    } else if span.num_hours() < 48 {
        TimeDelta::hours(1)
    } else {
        TimeDelta::days(1)
    };
    let past = span.num_milliseconds().max(0) % unit.num_milliseconds();
    unit - TimeDelta::milliseconds(past)
}

/// A moment: the time today, day and time this year, else the day.
pub fn moment(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let (wall, today) = (zone.wall(at), zone.wall(now).date());
    if wall.date() == today {
        wall.format("%H:%M").to_string()
    } else if wall.year() == today.year() {
        wall.format("%-d %b %H:%M").to_string()
    } else {
        wall.format("%-d %b %Y").to_string()
    }
}

/// A day, with its year when that is another.
pub fn day(date: NaiveDate, today: NaiveDate) -> String {
    let format = if date.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    date.format(format).to_string()
}

/// How far off a day is.
pub fn days_left(date: NaiveDate, today: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "today".to_owned(),
        days if days > 0 => format!("{days} d"),
        days => format!("{} d late", -days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn lengths_grow_from_minutes_to_days() {
        let said = [30, 60, 119 * 60, 120 * 60, 47 * 3600, 48 * 3600].map(|s| length(TimeDelta::seconds(s)));
        assert_eq!(said, ["<1 min", "1 min", "119 min", "2 h", "47 h", "2 d"]);
    }

    #[test]
    fn the_next_reading_is_never_sooner_than_due_nor_zero() {
        for seconds in [0, 30, 59, 60, 61, 7199, 7200, 172_799, 172_800, 999_999] {
            let span = TimeDelta::seconds(seconds);
            let wait = until_next(span);
            assert!(wait > TimeDelta::zero());
            assert_ne!(length(span + wait), length(span), "{seconds}");
            assert_eq!(length(span + wait - TimeDelta::milliseconds(1)), length(span), "{seconds}");
        }
    }

    #[test]
    fn moments_leave_out_what_is_plain() {
        let now = at("2026-11-21T12:30:00Z");
        assert_eq!(moment(at("2026-11-21T12:04:00Z"), now, Zone::Utc), "12:04");
        assert_eq!(moment(at("2026-11-02T12:04:00Z"), now, Zone::Utc), "2 Nov 12:04");
        assert_eq!(moment(at("2025-11-02T12:04:00Z"), now, Zone::Utc), "2 Nov 2025");
    }

    #[test]
    fn a_target_day_that_has_passed_is_late() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let left = |d: i64| days_left(today + TimeDelta::days(d), today);
        assert_eq!([left(21), left(0), left(-3)], ["21 d", "today", "3 d late"]);
    }
}
