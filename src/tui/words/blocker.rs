//! What holds a gate shut, in words.

use crate::domain::blocker::{Blocker, Stale, Why};
use crate::domain::ids::MemberName;
use crate::domain::runbook::Runbook;

/// The thing that is not done: the item's title, or the stage's.
pub fn subject<'a>(runbook: &'a Runbook, blocker: &'a Blocker) -> &'a str {
    if let Some(item) = &blocker.item {
        return runbook.item(item.as_str()).map_or(item.as_str(), |(_, i)| i.title.as_str());
    }
    let stage = runbook.stages().iter().find(|s| s.id == blocker.stage);
    stage.map_or(blocker.stage.as_str(), |s| s.title.as_str())
}

/// Why, and who can do something about it: "not ticked: Developer (Lin Chen)".
pub fn reason(runbook: &Runbook, blocker: &Blocker) -> String {
    let roles: Vec<_> = blocker.roles.iter().map(|r| runbook.role_name(r)).collect();
    let mut said = why(runbook, blocker);
    if roles.is_empty() {
        return said;
    }
    said.push_str(": ");
    said.push_str(&roles.join(" / "));
    if blocker.people.is_empty() {
        said.push_str(" (nobody yet)");
    } else {
        let people: Vec<_> = blocker.people.iter().map(MemberName::as_str).collect();
        said.push_str(" (");
        said.push_str(&people.join(", "));
        said.push(')');
    }
    said
}

/// The reason alone, with the check's title in place of its id.
pub fn why(runbook: &Runbook, blocker: &Blocker) -> String {
    let check = match &blocker.why {
        Why::CheckNotPassed(check, _)
        | Why::NotFresh(check, _)
        | Why::ChangedSince(check, _)
        | Why::Stale(Stale::Regressed(check)) => check,
        Why::NotTicked
        | Why::BoxesLeft(_)
        | Why::NotSigned
        | Why::SamePerson
        | Why::EvidenceLeft { .. }
        | Why::NoComment
        | Why::Stale(
            Stale::SentBack { .. }
            | Stale::EvidenceChanged
            | Stale::ContentChanged
            | Stale::RunbookChanged
            | Stale::Expired(_)
            | Stale::ItemChanged(_)
            | Stale::ItemOpen,
        )
        | Why::StageNotSigned => return blocker.reason(),
    };
    match runbook.checks.get(check) {
        Some(known) if known.title != check.as_str() => {
            blocker.reason().replace(&format!("check {check}"), &format!("check '{}'", known.title))
        }
        Some(_) | None => blocker.reason(),
    }
}
