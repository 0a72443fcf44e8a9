//! Single values: texts, durations, patterns, numbers. Each reports its own fault.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::ids::BadId;
use crate::domain::pattern::{BadPattern, Pattern};
use crate::domain::text::SafeText;
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::read::{Count, Flag, Text};

/// The longest title, name or label, in characters.
pub(super) const MAX_TITLE: usize = 200;
/// The longest hint or other running text, in characters.
pub(super) const MAX_PROSE: usize = 4000;
/// The longest duration: ten years.
const MAX_DURATION: Duration = Duration::from_hours(10 * 366 * 24);

/// A value that must be there. A table in which another value could not be read says nothing of what is
/// missing: it was perhaps that one.
pub(super) fn required<T>(
    value: Option<T>,
    key: &str,
    at: Span,
    broken: bool,
    out: &mut Gathering<'_>,
) -> Option<T> {
    if value.is_none() && !broken {
        out.push(Draft::error(at, format!("'{key}' is missing here")).hint(format!("add {key} = ...")));
    }
    value
}

/// A list that is not too long; what is over is dropped after it was reported.
pub(super) fn at_most<T>(list: &mut Vec<T>, max: usize, what: &str, at: Span, out: &mut Gathering<'_>) {
    if list.len() > max {
        out.push(Draft::error(at, format!("there are {} {what}, at most {max} are allowed", list.len())));
        list.truncate(max);
    }
}

/// An id.
pub(super) fn id<T>(
    text: Text<'_>,
    new: impl Fn(&str) -> Result<T, BadId>,
    out: &mut Gathering<'_>,
) -> Option<T> {
    match new(text.text) {
        Ok(id) => Some(id),
        Err(bad) => {
            out.push(Draft::error(text.at, bad.to_string()).hint("such as 'kyc-approved' or 'api_url'"));
            None
        }
    }
}

/// A title or a name: one line, not empty.
pub(super) fn title(text: Text<'_>, out: &mut Gathering<'_>) -> Option<String> {
    bounded(text, MAX_TITLE, out)
}

/// Running text, not empty.
pub(super) fn prose(text: Option<Text<'_>>, out: &mut Gathering<'_>) -> Option<String> {
    bounded(text?, MAX_PROSE, out)
}

fn bounded(text: Text<'_>, max: usize, out: &mut Gathering<'_>) -> Option<String> {
    let words = text.text.trim();
    if words.is_empty() {
        out.push(Draft::error(text.at, "this text is empty").hint("write what people should read"));
        return None;
    }
    // Bytes first: counting characters is only needed when it may be too long.
    if words.len() > max && words.chars().count() > max {
        out.push(Draft::error(text.at, format!("this text is longer than {max} characters")));
        return None;
    }
    let plain = |b: u8| (0x20..0x7f).contains(&b) || b == b'\n';
    if !words.bytes().all(plain) && words.lines().any(|line| SafeText::new(line).as_str() != line) {
        out.push(
            Draft::warning(text.at, "this text holds characters that cannot be seen or that reorder it")
                .hint("people see them spelled out, as ⟨202E⟩; remove them"),
        );
    }
    Some(words.to_owned())
}

/// A flag that is off unless it is set.
pub(super) fn set(flag: Option<Flag>) -> bool {
    flag.is_some_and(|f| f.set)
}

/// A duration such as `10m`, at least `min`.
pub(super) fn duration(text: Text<'_>, min: Duration, out: &mut Gathering<'_>) -> Option<Duration> {
    let known = (text.text.len() <= 64).then(|| humantime::parse_duration(text.text).ok()).flatten();
    let Some(duration) = known else {
        out.push(
            Draft::error(text.at, "this is no duration").hint("a number and a unit: 30s, 10m, 12h, 3d, 90d"),
        );
        return None;
    };
    if duration < min || duration > MAX_DURATION {
        let min = humantime::format_duration(min);
        out.push(Draft::error(text.at, format!("a duration here is between {min} and 10 years")));
        return None;
    }
    Some(duration)
}

/// A number that counts from one.
pub(super) fn at_least_one(count: Count, out: &mut Gathering<'_>) -> Option<NonZeroU32> {
    let number = u32::try_from(count.count).ok().filter(|n| *n <= 1000).and_then(NonZeroU32::new);
    if number.is_none() {
        out.push(
            Draft::error(count.at, "this number is between 1 and 1000")
                .hint("with 0 nothing would ever be settled; leave it out for the default"),
        );
    }
    number
}

/// A number of things, at most `max`.
pub(super) fn number(count: Count, max: usize, out: &mut Gathering<'_>) -> Option<usize> {
    let number = usize::try_from(count.count).ok().filter(|n| *n <= max);
    if number.is_none() {
        out.push(Draft::error(count.at, format!("this number is at most {max}")));
    }
    number
}

/// A regular expression; letter case matters.
pub(super) fn pattern(text: Text<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Pattern> {
    compiled(text, Pattern::new, known, out)
}

/// A regular expression that takes upper and lower case as the same.
pub(super) fn caseless(text: Text<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Pattern> {
    compiled(text, Pattern::caseless, known, out)
}

fn compiled(
    text: Text<'_>,
    new: impl Fn(&str) -> Result<Pattern, BadPattern>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Pattern> {
    if !known.one_more_pattern(text.at, out) {
        return None;
    }
    match new(text.text) {
        Ok(pattern) => Some(pattern),
        Err(bad) => {
            out.push(
                Draft::error(text.at, bad.to_string())
                    .hint("in TOML a pattern is best between single quotes, where '\\' is itself"),
            );
            None
        }
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(
    text: Text<'_>,
    what: &str,
    words: &[(&'static str, T)],
    out: &mut Gathering<'_>,
) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text.text).map(|(_, value)| *value);
    if found.is_none() {
        let hint = crate::runbook::suggest::hint(text.text, || words.iter().map(|(w, _)| *w), out);
        out.push(Draft::error(text.at, format!("'{}' is no {what}", text.text)).maybe_hint(hint));
    }
    found
}
