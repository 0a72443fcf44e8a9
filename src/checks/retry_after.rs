//! `Retry-After` (RFC 9110, section 10.2.3): seconds or an HTTP date, obeyed within bounds.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::answer::Answer;
use crate::clock::Clock;

/// The shortest wait that is obeyed.
pub const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait that is obeyed: a broken server must not silence a check for a year.
pub const LONGEST: Duration = Duration::from_hours(1);

/// How long an answer asks to wait: one that says that it could not be given now.
pub fn of(answer: &Answer, clock: &dyn Clock) -> Option<Duration> {
    let asks = matches!(answer.status, 429 | 500..=599);
    let header = answer.headers.get("retry-after").filter(|_| asks)?;
    parse(header, clock.now())
}

/// How long to wait; nothing when the header says nothing that can be understood.
pub fn parse(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    let wait = if header.bytes().all(|b| b.is_ascii_digit()) && !header.is_empty() {
        // Too many digits for a number are still a very long wait.
        Duration::from_secs(header.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(header).ok()?;
        DateTime::<Utc>::from(until).signed_duration_since(now).to_std().unwrap_or(SHORTEST)
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        "2026-11-21T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(parse("120", now()), Some(Duration::from_mins(2)));
        for date in
            ["Sat, 21 Nov 2026 10:05:00 GMT", "Saturday, 21-Nov-26 10:05:00 GMT", "Sat Nov 21 10:05:00 2026"]
        {
            assert_eq!(parse(date, now()), Some(Duration::from_mins(5)), "{date}");
        }
    }

    #[test]
    fn extremes_are_clamped() {
        assert_eq!(parse("0", now()), Some(SHORTEST));
        assert_eq!(parse("99999999999999999999999999", now()), Some(LONGEST));
        assert_eq!(parse("Sat, 21 Nov 2020 10:05:00 GMT", now()), Some(SHORTEST));
        assert_eq!(parse("Fri, 21 Nov 2036 10:05:00 GMT", now()), Some(LONGEST));
    }

    #[test]
    fn garbage_says_nothing() {
        for text in ["", "-5", "soon", "1.5", "Sat, 99 Nov 2026 10:05:00 GMT", "\u{0}"] {
            assert_eq!(parse(text, now()), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_stays_in_bounds(text in ".{0,40}") {
            if let Some(wait) = parse(&text, now()) {
                prop_assert!((SHORTEST..=LONGEST).contains(&wait));
            }
        }
    }
}
