//! The account of an engagement: how it stands at one moment and how each item is proven, for the people who
//! ask about it and for programs.
//!
//! [`Report`] is the value, made by [`Report::new`] from a [`Source`]; [`Format`] is what it can be written as.
//! Nothing in it depends on anything but the source: the same log, results and moment give the same bytes. No
//! value of a secret is anywhere near: a report says which secrets are configured and nothing more of them.

mod csv;
mod make;
mod proof;
mod shape;
mod words;

use std::fmt;

pub use make::Source;
pub use shape::*;

use super::escape;
use super::page::{self, NotRendered, Template};

/// What a report can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown with GitHub's tables.
    Markdown,
    /// One page that needs no other file and runs nothing.
    Html,
    /// [`Report`] as it is, indented.
    Json,
    /// A line for each item and each sign-off of a stage.
    Csv,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// The template and the report do not fit.
    #[error(transparent)]
    Page(#[from] NotRendered),
    /// The report cannot be put into JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Report {
    /// The report as a file, a line break at its end.
    pub fn write(&self, format: Format) -> Result<String, NotWritten> {
        match format {
            Format::Markdown => Ok(page::render(Template::AccountMarkdown, self)?),
            Format::Html => Ok(page::render(Template::AccountHtml, self)?),
            Format::Json => Ok(format!("{}\n", escape::json(&serde_json::to_string_pretty(self)?))),
            Format::Csv => Ok(csv::table(self)),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        })
    }
}

#[cfg(test)]
mod tests;
