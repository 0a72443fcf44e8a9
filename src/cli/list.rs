//! `golive list`

use chrono::{DateTime, Utc};

use super::args::{List, ListFormat};
use super::files::{self, Replace};
use super::json::{ListJson, UnreadableJson};
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::table::{self, Cell};
use super::{Ending, words};
use crate::app::{Portfolio, Unreadable};
use crate::domain::summary::Summary;
use crate::error::{Failure, Kind};
use crate::report::overview::{self, Form};

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
