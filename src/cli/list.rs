//! `golive list`

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::files::{self, Replace};
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, words};
use crate::app::{Portfolio, Unreadable};
use crate::domain::ids::EngagementId;
use crate::domain::summary::Summary;
use crate::error::{Failure, Kind};
use crate::report::overview::{self, Form};

/// `golive list`
#[derive(Debug, clap::Args)]
pub struct List {
    /// Engagements; all when none is named
    #[arg(value_name = "ID")]
    pub engagements: Vec<EngagementId>,
    /// Write a table in this format; by the ending of FILE, else for people, when none is named
    #[arg(long, conflicts_with = "json")]
    pub format: Option<ListFormat>,
    /// Where to write it, instead of printing it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// What a list is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    /// Markdown
    Md,
    /// A line for each engagement, for a spreadsheet
    Csv,
    /// JSON, in a shape that stays
    Json,
}

/// One line of `golive list`: the summary as it is, and what it comes to.
#[derive(Debug, Serialize)]
pub struct ListJson<'a> {
    /// The engagements, the most urgent first.
    pub engagements: &'a [Summary],
    /// Engagements that cannot be read, with the reason.
    pub unreadable: Vec<UnreadableJson>,
}

/// An engagement that cannot be read.
#[derive(Debug, Serialize)]
pub struct UnreadableJson {
    /// Its id.
    pub engagement: EngagementId,
    /// Why.
    pub error: String,
}

pub(super) async fn run(args: List, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let replace = Replace::by(args.force);
    if let Some(path) = &args.output {
        files::not_taken(path, replace)?;
    }
    let app = session.app().await?;
    let Portfolio { mut rows, mut unreadable } = app.portfolio().await?;
    if !args.engagements.is_empty() {
        for id in &args.engagements {
            let known = rows.iter().any(|row| row.engagement == *id);
            if !known && !unreadable.iter().any(|u| u.engagement == *id) {
                // Says what is wrong with the name, and which one may be meant.
                session.load(id).await?;
            }
        }
        rows.retain(|row| args.engagements.contains(&row.engagement));
        unreadable.retain(|u| args.engagements.contains(&u.engagement));
    }
    if let Some(form) = form(&args, out.json()) {
        let rows: Vec<&Summary> = rows.iter().collect();
        let text = overview::write(&rows, form, app.now()).map_err(|e| Failure::new(Kind::Store, e))?;
        match &args.output {
            None => out.line(text.trim_end_matches(['\r', '\n'])),
            Some(path) => {
                files::write_document(path, &text, replace)?;
                let said = words::count(rows.len(), "engagement", "engagements");
                remark(&format!("{}: {said}", files::shown(path)));
            }
        }
        return Ok(complain(&unreadable));
    }
    if out.json() {
        let unreadable = unreadable
            .iter()
            .map(|u| UnreadableJson { engagement: u.engagement.clone(), error: u.error.to_string() })
            .collect();
        out.value(&ListJson { engagements: &rows, unreadable })?;
    } else if rows.is_empty() && unreadable.is_empty() {
        remark("no engagements yet: golive new paymentsai NAME begins one, golive demo shows some");
    } else {
        let now = app.now();
        let table: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| {
                vec![
                    Cell::new(row.engagement.as_str()).in_tone(Tone::Strong),
                    Cell::clipped(&row.name, 30),
                    stage(row),
                    Cell::from(words::progress(row.done, row.total, row.waived)),
                    state(row, now),
                    Cell::from(row.target.map_or_else(|| "no target".to_owned(), |t| words::day(t, now))),
                    Cell::clipped(&waiting(row), 60),
                ]
            })
            .collect();
        table::print(out, 0, &table);
    }
    Ok(complain(&unreadable))
}

/// The form of a table that was asked for; none for people and for `--json`.
fn form(args: &List, json: bool) -> Option<Form> {
    match (args.format, &args.output) {
        (Some(ListFormat::Md), _) => Some(Form::Markdown),
        (Some(ListFormat::Csv), _) => Some(Form::Csv),
        (Some(ListFormat::Json), _) => Some(Form::Json),
        (None, Some(_)) if json => Some(Form::Json),
        (None, Some(path)) => Some(Form::of(path.extension().and_then(|ending| ending.to_str()))),
        (None, None) => None,
    }
}

/// Says which engagements cannot be read.
pub(super) fn complain(unreadable: &[Unreadable]) -> Ending {
    if unreadable.is_empty() {
        return Ending::Done;
    }
    for entry in unreadable {
        remark(&format!("error: {}: {}", entry.engagement, entry.error));
    }
    Ending::Answered(Kind::Store)
}

fn stage(row: &Summary) -> Cell {
    match row.current {
        Some(n) => {
            Cell::clipped(&row.stages.get(n).map_or(String::new(), |s| format!("{n} {}", s.title)), 30)
        }
        None => Cell::new("complete"),
    }
}

fn state(row: &Summary, now: DateTime<Utc>) -> Cell {
    if row.broken(now).next().is_some() {
        Cell::new("BREAK-GLASS").in_tone(Tone::Bad)
    } else if row.regressed > 0 {
        Cell::from(format!("{} regressed", row.regressed)).in_tone(Tone::Bad)
    } else if row.current.is_none() {
        Cell::new("complete").in_tone(Tone::Good)
    } else {
        Cell::new("under way")
    }
}

/// Whom it waits for: the first role, with its people.
fn waiting(row: &Summary) -> String {
    let Some(first) = row.waiting_on.first() else {
        return String::new();
    };
    let people: Vec<&str> = first.people.iter().map(crate::domain::ids::MemberName::as_str).collect();
    let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
    let more = row.waiting_on.len() - 1;
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {}", words::count(more, "more role", "more roles"))
    };
    format!("waits for {} ({people}){more}", first.role)
}
