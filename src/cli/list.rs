//! `golive list`

use chrono::{DateTime, Utc};

use super::Ending;
use super::json::{ListJson, UnreadableJson};
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::table::{self, Cell};
use super::words;
use crate::app::Portfolio;
use crate::domain::summary::Summary;
use crate::error::{Failure, Kind};

pub(super) async fn run(session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let Portfolio { rows, unreadable } = app.portfolio().await?;
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
    if unreadable.is_empty() {
        return Ok(Ending::Done);
    }
    for entry in &unreadable {
        remark(&format!("error: {}: {}", entry.engagement, entry.error));
    }
    Ok(Ending::Answered(Kind::Store))
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
