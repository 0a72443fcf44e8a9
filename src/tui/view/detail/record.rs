//! What there is on record about an item: what it asks for, what was attached, said and done.

use crate::domain::event::{Event, Fact};
use crate::domain::runbook::Item;
use crate::domain::state::ItemState;
use crate::tui::model::engagement::Engagement;
use crate::tui::view::page::Page;
use crate::tui::words::{fact, time};

use super::SHOWN;

/// What the item asks for besides a tick.
pub(super) fn demands(page: &mut Page<'_>, item: &Item) {
    let mut said = Vec::new();
    if item.self_signed {
        said.push("signed by the person, with a key of their own".to_owned());
    }
    if item.owner.with_required {
        said.push("a comment of everyone consulted".to_owned());
    }
    if item.independent {
        said.push("signed by another person than who attached the evidence".to_owned());
    }
    for demand in &item.evidence.demands {
        let hint = demand.hint.as_deref().unwrap_or(demand.kind.word());
        said.push(format!("evidence ({} {}): {hint}", demand.required, demand.kind.word()));
    }
    if item.evidence.required > 0 {
        let what = item.evidence.hint.as_deref().unwrap_or("a link or a reference");
        said.push(format!("evidence ({}): {what}", item.evidence.required));
    }
    if let Some(lead) = item.lead_time.and_then(|d| chrono::TimeDelta::from_std(d).ok()) {
        said.push(format!("usually takes {}", time::length(lead)));
    }
    if item.optional {
        said.push("optional: x says why it does not apply".to_owned());
    }
    if !said.is_empty() {
        let style = page.look.theme.muted;
        page.labelled("Needs", &said.join("; "), style);
    }
}

/// An exception that waits to be granted.
pub(super) fn asked(page: &mut Page<'_>, state: &ItemState) {
    if let Some(request) = &state.requested {
        let until = page.moment(request.until);
        let (by, why) = (&request.asked.by.name, &request.asked.text);
        let said = format!("{by} asks for an exception until {until}: {why} (w grants it)");
        page.labelled("Waiver", &said, page.look.theme.warn);
    }
}

pub(super) fn evidence(page: &mut Page<'_>, state: &ItemState) {
    let theme = page.look.theme;
    for (n, evidence) in state.evidence.iter().rev().take(SHOWN).enumerate() {
        let size = evidence.file.map_or_else(String::new, |f| format!("file of {} bytes, ", f.size));
        let said =
            format!("{} ({size}{}, {})", evidence.reference, evidence.by.name, page.moment(evidence.at));
        page.labelled(if n == 0 { "Evidence" } else { "" }, &said, theme.text);
    }
}

pub(super) fn notes(page: &mut Page<'_>, state: &ItemState) {
    let theme = page.look.theme;
    for (n, note) in state.notes.iter().rev().take(SHOWN).enumerate() {
        let said = format!("{} {}: {}", page.moment(note.at), note.by.name, note.text);
        page.labelled(if n == 0 { "Notes" } else { "" }, &said, theme.text);
    }
}

pub(super) fn history(page: &mut Page<'_>, engagement: &Engagement, item: &Item) {
    let theme = page.look.theme;
    let check = item.check.as_ref().map(|c| &c.check);
    let events = engagement.history.about(&item.id, check);
    // What a verdict did to the item says more than the verdict, which was written in the same moment.
    let told = |event: &&&Event| {
        !matches!(event.fact, Fact::CheckSettled { .. })
            || !events
                .iter()
                .any(|e| e.at == event.at && matches!(e.fact, Fact::Proven { .. } | Fact::Reopened { .. }))
    };
    for (n, event) in events.iter().filter(told).take(SHOWN).enumerate() {
        let said = format!("{} {}", page.moment(event.at), fact::about_item(&engagement.runbook, event));
        page.labelled(if n == 0 { "History" } else { "" }, &said, theme.muted);
    }
}
