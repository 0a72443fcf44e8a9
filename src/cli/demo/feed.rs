//! The demo where no screen can be drawn: the portfolio as lines, then what happens, as it happens.

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::super::out::Out;
use super::super::words;
use super::narrator::{Mark, Narrator};
use super::play::Look;
use super::rig::Rig;
use super::trouble::Trouble;
use crate::app::live::{Live, LiveNews, Scope};
use crate::domain::ids::MemberName;
use crate::domain::summary::Summary;

/// News that may wait to be told.
const WAITING: usize = 64;

/// Tells the portfolio, then all news, for as long as it is let.
pub(super) async fn run(rig: &Rig, out: &mut Out) -> Result<(), Trouble> {
    let mut narrator = Narrator::new(out);
    for line in &rig.app.portfolio().await?.rows {
        tell_line(&mut narrator, line, rig.app.now());
    }
    narrator.pause();
    narrator.say("Live, until Ctrl-C");
    let (sender, mut news) = mpsc::channel(WAITING);
    let live = Live::start(rig.app.clone(), Scope::All, sender).await?;
    while let Some(news) = news.recv().await {
        match news {
            LiveNews::Observed { engagement, observation, changes } if !changes.is_empty() => {
                narrator.say(&engagement.state.name);
                narrator.looks(&engagement.runbook, &[Look { observation: *observation, changes }]);
            }
            LiveNews::Observed { .. } | LiveNews::Moved(_) => {}
            LiveNews::Trouble { error, .. } => narrator.act("trouble", Mark::Outside, &error.to_string()),
        }
    }
    live.stop().await;
    Ok(())
}

fn tell_line(narrator: &mut Narrator<'_>, line: &Summary, now: DateTime<Utc>) {
    narrator.pause();
    let stage = line.current.and_then(|n| Some((n, line.stages.get(n)?)));
    let stage = stage.map_or_else(|| "live".to_owned(), |(n, stage)| format!("stage {n}, {}", stage.title));
    let target = line
        .target
        .map_or_else(String::new, |day| format!(", live in {} days", (day - now.date_naive()).num_days()));
    narrator.say(&format!("{}: {stage}, {} of {}{target}", line.name, line.done, line.total));
    for waiting in &line.waiting_on {
        let people: Vec<&str> = waiting.people.iter().map(MemberName::as_str).collect();
        let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
        let items = words::count(waiting.count, "item", "items");
        narrator.act("waits for", Mark::Waits, &format!("{} ({people}): {items}", waiting.role));
    }
}
