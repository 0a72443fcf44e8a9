//! Sentences for people: blockers, roles, people, dates, and what an event says.

mod event;

use chrono::{DateTime, NaiveDate, Utc};

pub use crate::domain::sentence::{bytes, limits};
pub use event::{gate, sentence, stage_title};

use super::out::{Out, Tone};
use crate::app::Engagement;
use crate::domain::assess::{Assessment, ItemAssessment, Status};
use crate::domain::blocker::Blocker;
use crate::domain::ids::{MemberName, RoleId};
use crate::domain::owner::OwnerExpr;
use crate::domain::runbook::Item;
use crate::domain::text::SafeText;
use crate::domain::verdict::Verdict;

/// A blocker in one sentence: what, why, and who can do something about it.
pub fn blocker(blocker: &Blocker, engagement: &Engagement) -> String {
    let runbook = &engagement.runbook;
    let what = if let Some(id) = &blocker.item {
        let found = runbook.item(id.as_str());
        found.map_or_else(|| id.to_string(), |(_, item)| format!("{} ({id})", item.title))
    } else {
        let index = runbook.stage_index(blocker.stage.as_str());
        index.map_or_else(|| blocker.stage.to_string(), |n| runbook.stages()[n].title.clone())
    };
    let item = blocker.item.as_ref().and_then(|id| runbook.item(id.as_str()));
    let between = match item.map(|(_, item)| &item.owner.signs) {
        Some(OwnerExpr::All(_)) | None => " and ",
        Some(OwnerExpr::Any(_) | OwnerExpr::Role(_)) => " or ",
    };
    let names = joined(&blocker.roles, between, engagement);
    let who = people(&blocker.roles, &blocker.people, engagement);
    let reason = blocker.reason();
    if blocker.people.is_empty() {
        format!("{what}: {reason}; waits for {names}, and {who}")
    } else {
        format!("{what}: {reason}; waits for {names} ({who})")
    }
}

/// Roles by name, any of which will do.
pub fn roles(may: &[RoleId], engagement: &Engagement) -> String {
    joined(may, " or ", engagement)
}

fn joined(may: &[RoleId], between: &str, engagement: &Engagement) -> String {
    let names: Vec<&str> = may.iter().map(|role| engagement.runbook.role_name(role)).collect();
    if names.is_empty() { "nobody in particular".to_owned() } else { names.join(between) }
}

/// The people, or how to find some.
pub fn people(may: &[RoleId], who: &[MemberName], engagement: &Engagement) -> String {
    if who.is_empty() {
        let role = may.first().map_or("ROLE", |role| role.as_str());
        return format!("nobody holds it yet: golive assign {} {role} NAME", engagement.id());
    }
    let names: Vec<&str> = who.iter().map(MemberName::as_str).collect();
    names.join(", ")
}

/// The owners of an item, by name: "Developer and Solution Architect".
pub fn owners(expression: &OwnerExpr, engagement: &Engagement) -> String {
    let part = |inner: &OwnerExpr| match inner {
        OwnerExpr::Role(_) => owners(inner, engagement),
        OwnerExpr::All(_) | OwnerExpr::Any(_) => format!("({})", owners(inner, engagement)),
    };
    match expression {
        OwnerExpr::Role(role) => engagement.runbook.role_name(role).to_owned(),
        OwnerExpr::All(list) => list.iter().map(part).collect::<Vec<_>>().join(" and "),
        OwnerExpr::Any(list) => list.iter().map(part).collect::<Vec<_>>().join(" or "),
    }
}

/// A day with how far away it is: "2026-12-12, in 21 days".
pub fn day(day: NaiveDate, now: DateTime<Utc>) -> String {
    let away = day.signed_duration_since(now.date_naive()).num_days();
    let away = match away {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        2.. => format!("in {away} days"),
        ..=-2 => format!("{} days ago", -away),
    };
    format!("{}, {away}", day.format("%Y-%m-%d"))
}

/// Ticks and exceptions that are about to end, a line each; all but those of the stage that is shown in full.
pub fn expiring(
    engagement: &Engagement,
    assessment: &Assessment,
    shown: Option<usize>,
    now: DateTime<Utc>,
    out: &mut Out,
) {
    let stages = engagement.runbook.stages().iter().zip(&assessment.stages).enumerate();
    let others = stages.filter(|(n, _)| shown != Some(*n));
    let items = others.flat_map(|(_, (stage, assessed))| stage.items.iter().zip(&assessed.items));
    for (item, assessed) in items.filter(|(_, a)| a.expires_soon) {
        if let Some(said) = standing(engagement, item, assessed, now) {
            let line = format!("soon to end: {} ({}): {said}", item.title, item.id);
            out.line(out.paint(Tone::Waiting, SafeText::clipped(&line, 300)));
        }
    }
}

/// A moment, to the second.
pub fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago: "3 min".
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = now.signed_duration_since(at).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The tone of a status.
pub fn status_tone(status: Status) -> Tone {
    match status {
        Status::Done => Tone::Good,
        Status::Waived | Status::NotApplicable => Tone::Faint,
        Status::Todo | Status::Partly => Tone::Plain,
        Status::Regressed | Status::Rejected | Status::Expired | Status::Stale => Tone::Bad,
    }
}

/// The tone of a verdict.
pub fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Fail => Tone::Bad,
        Verdict::Pending | Verdict::Unknown => Tone::Waiting,
    }
}

/// "3/5", "3/5 +1 waived": what is waived is never counted as done.
pub fn progress(done: usize, total: usize, waived: usize) -> String {
    match waived {
        0 => format!("{done}/{total}"),
        n => format!("{done}/{total} +{n} waived"),
    }
}

/// More about how an item stands than its status: who sent it back, why a signature no longer counts,
/// when an exception ends.
pub fn standing(
    engagement: &Engagement,
    item: &Item,
    assessed: &ItemAssessment,
    now: DateTime<Utc>,
) -> Option<String> {
    let state = engagement.state.item(item.id.as_str());
    match assessed.status {
        Status::Done => {
            let end = assessed.expires.filter(|_| assessed.expires_soon)?;
            Some(format!("its tick ends {}", day(end.date_naive(), now)))
        }
        Status::Waived => {
            let waiver = state?.waiver.as_ref()?;
            let soon = if assessed.expires_soon { ", SOON" } else { "" };
            Some(format!(
                "until {}{soon}; granted by {}, asked for by {}: {}",
                day(waiver.request.until.date_naive(), now),
                waiver.granted_by.name,
                waiver.request.asked.by.name,
                waiver.request.asked.text
            ))
        }
        Status::NotApplicable => {
            let remark = state?.not_applicable.as_ref().filter(|_| item.optional)?;
            Some(format!("says {}: {}", remark.by.name, remark.text))
        }
        Status::Todo
        | Status::Partly
        | Status::Regressed
        | Status::Rejected
        | Status::Expired
        | Status::Stale => assessed.stale.as_ref().map(ToString::to_string),
    }
}

/// "1 item", "2 items".
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_says_how_far_away_it_is() {
        let now = "2026-11-21T23:00:00Z".parse().unwrap();
        let told = |d: &str| day(d.parse().unwrap(), now);
        assert_eq!(told("2026-12-12"), "2026-12-12, in 21 days");
        assert_eq!(told("2026-11-21"), "2026-11-21, today");
        assert_eq!(told("2026-11-01"), "2026-11-01, 20 days ago");
    }

    #[test]
    fn a_moment_that_lies_ahead_is_now() {
        let now: DateTime<Utc> = "2026-11-21T23:00:00Z".parse().unwrap();
        assert_eq!(ago(now + chrono::TimeDelta::hours(1), now), "0 s");
        assert_eq!(ago(now - chrono::TimeDelta::minutes(3), now), "3 min");
        assert_eq!(ago(now - chrono::TimeDelta::days(3), now), "3 d");
    }
}
