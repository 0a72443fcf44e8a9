//! Who an item is for: its owners with the people who hold the roles, and who has signed.

use crate::domain::assess::stale;
use crate::domain::owner::Owner;
use crate::domain::runbook::Item;
use crate::domain::state::{Approval, ItemState};
use crate::tui::model::engagement::Engagement;
use crate::tui::view::page::Page;
use crate::tui::words::{fact, owner};

use super::SHOWN;

/// The owners in one sentence.
pub(super) fn owners(page: &mut Page<'_>, engagement: &Engagement, owners: &Owner) {
    let theme = page.look.theme;
    let said = owner::with_people(&engagement.runbook, &engagement.state, owners);
    page.labelled("Owner", &said, theme.text);
}

/// What each role of the owners is there for.
pub(super) fn duties(page: &mut Page<'_>, engagement: &Engagement, owners: &Owner) {
    let roles = owners.signs.roles().into_iter().chain(&owners.with);
    let mut label = "Roles";
    for role in roles.filter_map(|role| engagement.runbook.roles.get(role)) {
        if let Some(duty) = &role.duty {
            page.labelled(label, &format!("{}: {duty}", role.name), page.look.theme.muted);
            label = "";
        }
    }
}

/// Who has signed, in which role, recorded by whom, and whether it still counts.
pub(super) fn signatures(page: &mut Page<'_>, engagement: &Engagement, item: &Item, state: &ItemState) {
    let (theme, glyphs) = (page.look.theme, page.look.glyphs);
    let mut label = "Signed";
    for (part, approvals) in &state.boxes {
        let title =
            part.as_ref().and_then(|p| item.parts.iter().find(|d| d.id == *p)).map(|p| p.title.as_str());
        for approval in approvals.iter().rev().take(SHOWN) {
            let said = signature(page, engagement, title, approval);
            match stale(item, &engagement.state, approval, page.now) {
                None => page.marked(label, glyphs.done, theme.good, &said, theme.text),
                Some(why) => {
                    let said = format!("{said}; no longer counts: {why}");
                    page.marked(label, glyphs.stale, theme.warn, &said, theme.muted);
                }
            }
            label = "";
        }
    }
    if let Some(proof) = &state.proven {
        let said = format!("by the check, {}: {}", page.moment(proof.at), proof.summary);
        if state.reopened.as_ref().is_some_and(|reopening| reopening.seq > proof.seq) {
            let said = format!("{said}; no longer counts: it has failed since");
            page.marked(label, glyphs.stale, theme.warn, &said, theme.muted);
        } else {
            page.marked(label, glyphs.live, theme.good, &said, theme.text);
        }
    }
}

/// "Lin Chen as Developer, recorded by Dana Ruiz, 12:04".
fn signature(page: &Page<'_>, engagement: &Engagement, part: Option<&str>, approval: &Approval) -> String {
    let who = fact::signed(&engagement.runbook, &approval.by, &approval.signoff);
    let at = page.moment(approval.at);
    match part {
        Some(part) => format!("{part}: {who}, {at}"),
        None => format!("{who}, {at}"),
    }
}
