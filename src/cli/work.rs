//! `golive work`

use serde::Serialize;

use super::Ending;
use super::list::complain;
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::words;
use crate::domain::ids::{EngagementId, RoleId};
use crate::domain::open_work::{Cause, OpenWork};
use crate::domain::text::SafeText;
use crate::error::Failure;

/// `golive work`
#[derive(Debug, clap::Args)]
pub struct Work {
    /// Only what waits for this role of yours
    #[arg(long = "role", id = "work_role", value_name = "ROLE")]
    pub role: Option<RoleId>,
}

/// One thing that waits for the user.
#[derive(Serialize)]
struct WorkJson<'a> {
    engagement: &'a EngagementId,
    merchant: &'a str,
    #[serde(flatten)]
    work: &'a OpenWork,
}

pub(super) async fn run(args: Work, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let all = app.my_work().await?;
    let mut rows: Vec<WorkJson<'_>> = Vec::new();
    for told in &all.told {
        let (engagement, merchant) = (&told.engagement, told.name.as_str());
        let mine = told.lines.iter().filter(|work| args.role.as_ref().is_none_or(|role| work.role == *role));
        rows.extend(mine.map(|work| WorkJson { engagement, merchant, work }));
    }
    // The most overdue first; what has no day to begin after all that have one.
    rows.sort_by_key(|row| (row.work.begin_by.is_none(), row.work.begin_by, row.work.since));
    if out.json() {
        out.value(&rows)?;
    } else if rows.is_empty() {
        out.line(format!("nothing waits for {}", SafeText::new(app.author().name.as_str())));
    } else {
        print(&rows, app.now(), out);
    }
    Ok(complain(&all.unreadable))
}

fn print(rows: &[WorkJson<'_>], now: chrono::DateTime<chrono::Utc>, out: &mut Out) {
    let mut roles: Vec<&str> = Vec::new();
    for row in rows {
        if !roles.contains(&row.work.role_name.as_str()) {
            roles.push(&row.work.role_name);
        }
    }
    for role in roles {
        out.line(SafeText::new(role));
        let table: Vec<Vec<Cell>> = rows
            .iter()
            .filter(|row| row.work.role_name == role)
            .map(|row| {
                let work = row.work;
                vec![
                    Cell::new(row.engagement.as_str()).in_tone(Tone::Strong),
                    Cell::new(work.item.as_ref().map_or(work.stage.as_str(), |item| item.as_str())),
                    Cell::clipped(&work.title, 44),
                    Cell::new(work.cause.word()).in_tone(tone(work.cause)),
                    Cell::from(format!("for {}", words::ago(work.since, now))),
                    Cell::from(
                        work.begin_by
                            .map_or_else(String::new, |day| format!("begin by {}", words::day(day, now))),
                    ),
                ]
            })
            .collect();
        table::print(out, 2, &table);
    }
}

fn tone(cause: Cause) -> Tone {
    match cause {
        Cause::Regressed => Tone::Bad,
        Cause::SentBack | Cause::Expired | Cause::SignAgain | Cause::Exception => Tone::Waiting,
        Cause::Check | Cause::Owner | Cause::Evidence | Cause::Comment | Cause::Stage => Tone::Plain,
    }
}
