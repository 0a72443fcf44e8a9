//! `golive readiness`

use serde::Serialize;

use super::Ending;
use super::list::complain;
use super::out::{Out, Tone};
use super::session::Session;
use super::table::{self, Cell};
use super::words;
use crate::app::ToldOfAll;
use crate::domain::ids::EngagementId;
use crate::domain::light::Light;
use crate::domain::readiness::CheckLine;
use crate::error::Failure;

/// `golive readiness`
#[derive(Debug, clap::Args)]
pub struct Readiness {
    /// The engagement; all when none is named
    #[arg(value_name = "ID")]
    pub engagement: Option<EngagementId>,
}

/// One live check.
#[derive(Serialize)]
struct CheckLineJson<'a> {
    engagement: &'a EngagementId,
    merchant: &'a str,
    light: Light,
    #[serde(flatten)]
    line: &'a CheckLine,
}

pub(super) async fn run(args: Readiness, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let all = match &args.engagement {
        Some(id) => ToldOfAll { told: vec![app.readiness_of(id).await?], unreadable: Vec::new() },
        None => app.readiness().await?,
    };
    let mut rows: Vec<CheckLineJson<'_>> = Vec::new();
    for told in &all.told {
        let (engagement, merchant) = (&told.engagement, told.name.as_str());
        rows.extend(told.lines.iter().map(|line| CheckLineJson {
            engagement,
            merchant,
            light: line.light(),
            line,
        }));
    }
    rows.sort_by_key(|row| (row.light, row.line.since));
    if out.json() {
        out.value(&rows)?;
    } else if rows.is_empty() {
        out.line("no live checks");
    } else {
        let now = app.now();
        let table: Vec<Vec<Cell>> = rows
            .iter()
            .map(|row| {
                let since =
                    row.line.since.map_or_else(String::new, |at| format!("for {}", words::ago(at, now)));
                let last = row.line.last.map_or_else(String::new, |last| {
                    format!("last run {} ago, {} ms", words::ago(last.at, now), last.latency_ms)
                });
                vec![
                    Cell::new(row.engagement.as_str()).in_tone(Tone::Strong),
                    Cell::new(row.light.word()).in_tone(tone(row.light)),
                    Cell::clipped(&row.line.title, 44),
                    Cell::from(since),
                    Cell::from(last),
                    Cell::clipped(&row.line.summary, 60),
                ]
            })
            .collect();
        table::print(out, 0, &table);
    }
    Ok(complain(&all.unreadable))
}

fn tone(light: Light) -> Tone {
    match light {
        Light::Failing => Tone::Bad,
        Light::Unknown | Light::Pending => Tone::Waiting,
        Light::Passing => Tone::Good,
        Light::NotRun | Light::NotConfigured | Light::Unused => Tone::Faint,
    }
}
