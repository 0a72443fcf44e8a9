//! The minutes of a meeting: what an engagement's log has gained since an event, and what is still open.
//!
//! [`Minutes`] is the value, made by [`Minutes::new`] from a [`Source`]; [`Format`] is what it can be written as.
//! Everything in it is derived from the log, so whoever writes the minutes again gets the same; only who was in
//! the room is said by a person, as the log cannot know who kept silent.

mod make;
mod shape;

use std::fmt;

use chrono::NaiveDate;

pub use make::Source;
pub use shape::*;

use super::page::{self, NotRendered, Template};
use crate::domain::ids::EngagementId;

/// What minutes can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown with GitHub's tables.
    Markdown,
    /// One page that needs no other file and runs nothing.
    Html,
}

impl Minutes {
    /// The minutes as a file, a line break at its end.
    pub fn write(&self, format: Format) -> Result<String, NotRendered> {
        match format {
            Format::Markdown => page::render(Template::MinutesMarkdown, self),
            Format::Html => page::render(Template::MinutesHtml, self),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Markdown => "md",
            Self::Html => "html",
        })
    }
}

/// The usual name of the file, without its ending.
pub fn file_name(engagement: &EngagementId, day: NaiveDate) -> String {
    format!("{engagement}-kickoff-{}", day.format("%Y-%m-%d"))
}

#[cfg(test)]
mod tests;
