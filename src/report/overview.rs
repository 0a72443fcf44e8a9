//! Several engagements, one line each: for a mail to those who ask how it goes, or a spreadsheet.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::escape;
use crate::domain::ids::MemberName;
use crate::domain::release::GoNoGo;
use crate::domain::summary::Summary;

/// How the lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table in Markdown.
    Markdown,
    /// Lines as RFC 4180 has them.
    Csv,
    /// The summaries as they are.
    Json,
}

impl Form {
    /// The form that the ending of a file's name asks for; Markdown unless it is another.
    pub fn of(ending: Option<&str>) -> Self {
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Self::Csv,
            Some("json") => Self::Json,
            Some(_) | None => Self::Markdown,
        }
    }
}

/// The columns of Markdown and CSV. Those of CSV stay: one may be added at the end, never renamed or moved.
const COLUMNS: [(&str, &str); 11] = [
    ("Engagement", "engagement"),
    ("Merchant", "merchant"),
    ("Provider", "provider"),
    ("Stage", "stage"),
    ("Done", "done"),
    ("Total", "total"),
    ("State", "state"),
    ("Waiting on", "waiting_on"),
    ("Days in stage", "days_in_stage"),
    ("Go-live", "target"),
    ("Slack", "slack_days"),
];

#[derive(Serialize)]
struct Lines<'a> {
    at: DateTime<Utc>,
    engagements: &'a [&'a Summary],
}

/// Writes lines as they stand at a moment.
pub fn write(rows: &[&Summary], form: Form, now: DateTime<Utc>) -> Result<String, serde_json::Error> {
    match form {
        Form::Json => {
            let text = serde_json::to_string_pretty(&Lines { at: now, engagements: rows })?;
            Ok(escape::json(&text) + "\n")
        }
        Form::Csv => {
            let mut out = COLUMNS.map(|(_, key)| key).join(",") + "\r\n";
            for row in rows {
                out.push_str(&cells(row, now).map(|cell| in_csv(&cell)).join(","));
                out.push_str("\r\n");
            }
            Ok(out)
        }
        Form::Markdown => {
            let mut out = format!("# Engagements on {}\n\n", now.format("%Y-%m-%d %H:%M UTC"));
            out += &row_of(&COLUMNS.map(|(title, _)| title.to_owned()));
            out += &row_of(&COLUMNS.map(|_| "---".to_owned()));
            for row in rows {
                let cells = cells(row, now).map(|cell| escape::markdown(&cell));
                out += &row_of(&cells);
            }
            Ok(out)
        }
    }
}

/// A cell of CSV; a number stays one, its sign is no formula.
fn in_csv(cell: &str) -> String {
    if cell.parse::<i64>().is_ok() { cell.to_owned() } else { escape::csv(cell) }
}

/// A row of a table in Markdown.
fn row_of(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn cells(row: &Summary, now: DateTime<Utc>) -> [String; COLUMNS.len()] {
    let today = now.date_naive();
    let stage = row.current.and_then(|n| Some(format!("{n} {}", row.stages.get(n)?.title)));
    let days = row.current.map(|_| (now - row.pace.since).num_days().max(0).to_string());
    [
        row.engagement.to_string(),
        row.name.clone(),
        row.provider.clone(),
        stage.unwrap_or_default(),
        row.done.to_string(),
        row.total.to_string(),
        state(row, now, today),
        waiting(row),
        days.unwrap_or_default(),
        row.target.map_or_else(String::new, |day| day.to_string()),
        row.slack(today).map_or_else(String::new, |days| days.to_string()),
    ]
}

/// The state in words, the worst first.
fn state(row: &Summary, now: DateTime<Utc>, today: NaiveDate) -> String {
    if row.broken(now).next().is_some() {
        return "break-glass".to_owned();
    }
    if row.regressed > 0 {
        return format!("{} regressed", row.regressed);
    }
    match (row.current, row.pace.decided) {
        (None, Some(GoNoGo::Go)) => "live".to_owned(),
        (None, Some(GoNoGo::NoGo)) => "no-go".to_owned(),
        (None, None) => "complete, no decision".to_owned(),
        (Some(_), _) if row.target.is_some_and(|day| day < today) => "overdue".to_owned(),
        (Some(_), _) => "under way".to_owned(),
    }
}

fn waiting(row: &Summary) -> String {
    let one = |role: &str, people: &[MemberName]| {
        let people: Vec<&str> = people.iter().map(MemberName::as_str).collect();
        if people.is_empty() {
            format!("{role} (nobody yet)")
        } else {
            format!("{role} ({})", people.join(", "))
        }
    };
    row.waiting_on.iter().map(|w| one(&w.role, &w.people)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::World;

    fn summary(name: &str) -> (Summary, DateTime<Utc>) {
        let mut world = World::first_done();
        world.state.name = name.to_owned();
        world.state.target = Some(world.now.date_naive() - chrono::TimeDelta::days(1));
        world.pass(3);
        (Summary::new(&world.runbook, &world.state, &world.assess()), world.now)
    }

    #[test]
    fn a_name_stays_inside_its_cell() {
        let (row, now) = summary("A | <b>, \"x\"\n=1+1");
        let markdown = write(&[&row], Form::Markdown, now).unwrap();
        assert_eq!(markdown.lines().count(), 5, "{markdown}");
        let bare = markdown.lines().last().unwrap().replace("\\|", "");
        assert_eq!(bare.matches('|').count(), COLUMNS.len() + 1, "{markdown}");
        assert!(!markdown.contains("<b>"), "{markdown}");
        let csv = write(&[&row], Form::Csv, now).unwrap();
        assert!(csv.contains("\"\"x\"\""), "{csv}");
    }

    #[test]
    fn each_line_says_stage_days_and_state() {
        let (row, now) = summary("Acme");
        let csv = write(&[&row], Form::Csv, now).unwrap();
        assert!(csv.starts_with("engagement,merchant,"), "{csv}");
        assert!(csv.contains(",\"overdue\","), "{csv}");
        assert!(csv.trim_end().ends_with(",3,\"2024-10-03\",-4"), "{csv}");
        assert!(write(&[], Form::Json, now).unwrap().contains("\"engagements\": []"));
    }
}
