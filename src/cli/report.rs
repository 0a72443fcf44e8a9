//! `golive report`

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::{self, Replace};
use super::out::Out;
use super::session::Session;
use super::{Ending, words};
use crate::domain::ids::EngagementId;
use crate::error::{Failure, Kind};
use crate::report::account::Format;

/// `golive report`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engagement
    #[arg(value_name = "ID")]
    pub engagement: EngagementId,
    /// The format; by the ending of FILE, else md, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<ReportFormat>,
    /// Where to write it, instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Markdown
    Md,
    /// One HTML page that needs no other file, runs nothing and prints well
    Html,
    /// JSON, in a shape that stays
    Json,
    /// A line for each item and each sign-off, for a spreadsheet
    Csv,
}

/// What `golive report -o FILE --json` prints.
#[derive(Serialize)]
struct ReportJson<'a> {
    engagement: &'a str,
    format: String,
    file: String,
}

pub(super) async fn run(args: Arguments, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let format = format(args.format, args.output.as_deref(), out.json());
    let replace = Replace::by(args.force);
    // What can be known to fail is found before the log is read.
    if let Some(path) = &args.output {
        files::not_taken(path, replace)?;
    }
    let report = session.app().await?.report(&args.engagement).await?;
    let text = report.write(format).map_err(|e| Failure::new(Kind::Store, e))?;
    let Some(path) = &args.output else {
        out.line(text.strip_suffix('\n').unwrap_or(&text));
        return Ok(Ending::Done);
    };
    files::write_document(path, &text, replace)?;
    if out.json() {
        let file = path.to_string_lossy().into_owned();
        out.value(&ReportJson { engagement: args.engagement.as_str(), format: format.to_string(), file })?;
    } else {
        let (id, at) = (&args.engagement, words::moment(report.at));
        out.line(format!("{}: how {id} stood at {at} UTC, event {}", files::shown(path), report.seq));
    }
    Ok(Ending::Done)
}

/// The format asked for; else what the ending of the file says, `--json`, or Markdown.
fn format(asked: Option<ReportFormat>, path: Option<&Path>, json: bool) -> Format {
    let ending = path.and_then(Path::extension).and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    match (asked, ending.as_deref()) {
        (Some(ReportFormat::Html), _) | (None, Some("html" | "htm")) => Format::Html,
        (Some(ReportFormat::Json), _) | (None, Some("json")) => Format::Json,
        (Some(ReportFormat::Csv), _) | (None, Some("csv")) => Format::Csv,
        (None, None) if json => Format::Json,
        (Some(ReportFormat::Md) | None, _) => Format::Markdown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_asked_for_or_that_of_the_file() {
        let of = |asked, path: Option<&str>, json| format(asked, path.map(Path::new), json);
        assert_eq!(of(None, None, false), Format::Markdown);
        assert_eq!(of(None, None, true), Format::Json);
        assert_eq!(of(None, Some("a/b.HTML"), false), Format::Html);
        assert_eq!(of(Some(ReportFormat::Csv), Some("b.html"), false), Format::Csv);
        assert_eq!(of(None, Some("b.txt"), false), Format::Markdown);
    }
}
