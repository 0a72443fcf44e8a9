//! What the members there are cannot sign, in words: for `status` and `why`.

use chrono::{DateTime, Utc};

use super::out::{Out, Tone};
use super::words;
use crate::app::Engagement;
use crate::domain::assess::Assessment;
use crate::domain::obstacle::{Obstacle, obstacles};
use crate::domain::text::SafeText;

/// The most that are told; a new engagement with nobody in it has many.
const SHOWN: usize = 8;

/// A line for each reason; those of the stages before one alone, when a stage is given.
pub(super) fn tell(
    engagement: &Engagement,
    assessment: &Assessment,
    now: DateTime<Utc>,
    before: Option<usize>,
    out: &mut Out,
) {
    let all = found(engagement, assessment, now, before);
    for obstacle in all.iter().take(SHOWN) {
        let line = sentence(obstacle, engagement);
        out.line(out.paint(Tone::Waiting, SafeText::clipped(&line, 400)));
    }
    if all.len() > SHOWN {
        out.line(format!("and {} more such reasons", all.len() - SHOWN));
    }
}

/// The obstacles in the stages up to one, that one included; all without.
pub(super) fn found(
    engagement: &Engagement,
    assessment: &Assessment,
    now: DateTime<Utc>,
    upto: Option<usize>,
) -> Vec<Obstacle> {
    let Engagement { runbook, state } = engagement;
    let mut all = obstacles(runbook, state, assessment, now);
    if let Some(last) = upto {
        all.retain(|o| runbook.stage_index(o.stage.as_str()).is_some_and(|n| n <= last));
    }
    all
}

/// "cannot be opened by the members there are: Go-live (2 items): nobody holds QA Specialist".
pub(super) fn sentence(obstacle: &Obstacle, engagement: &Engagement) -> String {
    let runbook = &engagement.runbook;
    let title = runbook
        .stage_index(obstacle.stage.as_str())
        .map_or_else(|| obstacle.stage.to_string(), |n| format!("{n} {}", runbook.stages()[n].title));
    let what = match obstacle.items.len() {
        0 => "its sign-off".to_owned(),
        n => words::count(n, "item", "items"),
    };
    let why = obstacle.why.words(runbook);
    format!("Stage {title} cannot be completed by the members there are ({what}): {why}")
}
