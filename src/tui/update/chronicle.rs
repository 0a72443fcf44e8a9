//! The acts of the log, and the pages of it.

use crate::domain::ids::EngagementId;
use crate::domain::log_filter::{LogFilter, LogKind};
use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::keymap::Act;
use crate::tui::layout::{self, CurvePanel};
use crate::tui::model::Model;
use crate::tui::model::chronicle::{Chronicle, Older};
use crate::tui::model::engagement::{Engagement, Room};
use crate::tui::model::event_window::EventWindow;
use crate::tui::model::list::{List, Move};
use crate::tui::model::popup::{Choice, Choose, Deed, Popup};
use crate::tui::model::toast::Tone;
use crate::tui::msg::{Failed, LogPage, OpenedEvent};

use super::{answers, burn_up, rooms};

/// Items that the window of filters offers.
const MAX_ITEMS: usize = 1000;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    let page = rows(model).saturating_sub(1).max(1);
    if let Some(to) = Move::of(act, page) {
        go(model, to);
        return Vec::new();
    }
    match act {
        Act::Back => back(model),
        Act::Open => return open(model),
        Act::Filter => offer(model),
        Act::Curve => toggle_curve(model),
        Act::Reload => {
            if let Some(engagement) = model.engagement_mut() {
                let filter = engagement.chronicle.filter.clone();
                engagement.chronicle.restart(filter);
            }
            return rooms::everywhere(model, act);
        }
        other => return rooms::everywhere(model, other),
    }
    Vec::new()
}

fn rows(model: &Model) -> usize {
    let curve = model.engagement().map(|e| e.chronicle.curve).unwrap_or_default();
    usize::from(layout::chronicle(model.size, curve).rows.height)
}

fn shown(model: &mut Model) -> Option<&mut Chronicle> {
    model.engagement_mut().map(|e| &mut e.chronicle)
}

fn go(model: &mut Model, to: Move) {
    if let Some(chronicle) = shown(model) {
        let len = chronicle.len();
        chronicle.list.go(to, len);
    }
}

fn back(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let chronicle = &mut engagement.chronicle;
    if chronicle.filter.is_all() {
        engagement.room = Room::Items;
    } else {
        chronicle.restart(LogFilter::default());
    }
}

/// Shows the curve of what was done, or hides it.
fn toggle_curve(model: &mut Model) {
    let size = model.size;
    let Some(chronicle) = shown(model) else {
        return;
    };
    let seen = |curve| layout::chronicle(size, curve).details.is_some();
    chronicle.curve = if seen(chronicle.curve) { CurvePanel::Hidden } else { CurvePanel::Shown };
    if chronicle.curve == CurvePanel::Shown && !seen(CurvePanel::Shown) {
        model.toast("The curve needs a higher or a wider screen.", Tone::Plain);
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let request = model.request();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    let chronicle = &mut engagement.chronicle;
    let Some(seq) = chronicle.selected().map(|line| line.seq) else {
        return Vec::new();
    };
    let engagement = engagement.id.clone();
    let window = EventWindow { seq, request, opened: None, list: List::default() };
    model.push(Popup::Event(Box::new(window)));
    vec![Effect::OpenEvent { request, engagement, seq }]
}

/// Offers what the log can be filtered by. What is chosen is added to what is asked already.
fn offer(model: &mut Model) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    let now = &engagement.chronicle.filter;
    let mut choices = vec![filtered("everything", LogFilter::default())];
    for kind in LogKind::ALL {
        let label = format!("only {}", kind.word());
        choices.push(filtered(&label, LogFilter { kind: Some(kind), ..now.clone() }));
    }
    for name in engagement.state.members.keys() {
        choices
            .push(filtered(&format!("only by {name}"), LogFilter { by: Some(name.clone()), ..now.clone() }));
    }
    for (n, stage) in engagement.runbook.stages().iter().enumerate() {
        let filter = LogFilter { stage: Some(stage.id.clone()), ..now.clone() };
        choices.push(filtered(&format!("only stage {n} {}", stage.title), filter));
    }
    // The item that the event under the cursor is about first: it is the one that is looked at.
    let here = engagement.chronicle.selected().and_then(|line| line.item.clone());
    let items = engagement.runbook.stages().iter().flat_map(|stage| &stage.items);
    let mut items: Vec<_> = items.take(MAX_ITEMS).collect();
    items.sort_by_key(|item| Some(&item.id) != here.as_ref());
    for item in items {
        let filter = LogFilter { item: Some(item.id.clone()), ..now.clone() };
        choices.push(filtered(&format!("only item: {}", item.title), filter));
    }
    let title = "What to show of the log".to_owned();
    model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
}

fn filtered(label: &str, filter: LogFilter) -> Choice {
    Choice { label: label.to_owned(), capacity: Capacity::default(), deed: Deed::FilterLog(filter) }
}

/// Shows only what was chosen.
pub(super) fn filter(model: &mut Model, filter: LogFilter) {
    if let Some(chronicle) = shown(model) {
        chronicle.restart(filter);
    }
}

/// Keeps the cursor on the rows there are.
pub(super) fn settle(model: &mut Model) {
    let rows = rows(model);
    if let Some(chronicle) = shown(model) {
        let len = chronicle.len();
        chronicle.list.keep(len, rows);
    }
}

/// The next page, while the log is shown and has not filled the screen; and the curve.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    next_page(model).into_iter().chain(curve(model)).collect()
}

/// The curve, when it is shown and not known. The rows first.
fn curve(model: &mut Model) -> Option<Effect> {
    let engagement = model.engagement().filter(|e| e.room == Room::History)?;
    let chronicle = &engagement.chronicle;
    let shown = layout::chronicle(model.size, chronicle.curve).details.is_some();
    if !shown || chronicle.older() == Older::Unread {
        return None;
    }
    let id = engagement.id.clone();
    burn_up::want(model, &id)
}

fn next_page(model: &mut Model) -> Option<Effect> {
    let rows = rows(model);
    let request = model.request();
    let engagement = model.engagement_mut().filter(|e| e.room == Room::History)?;
    let up_to = engagement.chronicle.wanted(engagement.state.head, rows)?;
    engagement.chronicle.ask(request, up_to);
    Some(Effect::LoadLog { request, engagement: engagement.id.clone(), up_to })
}

/// A page of the log.
pub(super) fn page(
    model: &mut Model,
    request: RequestId,
    id: &EngagementId,
    answer: Result<LogPage, Failed>,
) -> Vec<Effect> {
    let waits = |e: &&mut Engagement| e.id == *id && e.chronicle.asked == Some(request);
    let Some(engagement) = model.engagement_mut().filter(waits) else {
        return Vec::new();
    };
    let chronicle = &mut engagement.chronicle;
    chronicle.asked = None;
    match answer {
        Ok(page) => chronicle.page(&engagement.runbook, &engagement.state, &page.events, page.older),
        Err(failed) => {
            chronicle.broken();
            answers::tell(model, failed);
        }
    }
    model.touch();
    Vec::new()
}

/// An event was read; dropped when its window has been closed in the meantime.
pub(super) fn opened(
    model: &mut Model,
    request: RequestId,
    answer: Result<Box<OpenedEvent>, Failed>,
) -> Vec<Effect> {
    let waits = |popup: &Popup| matches!(popup, Popup::Event(window) if window.request == request);
    let Some(at) = model.popups.iter().position(waits) else {
        return Vec::new();
    };
    match answer {
        Ok(opened) => {
            if let Some(Popup::Event(window)) = model.popups.get_mut(at) {
                window.opened = Some(opened);
            }
        }
        Err(failed) => {
            model.popups.remove(at);
            answers::tell(model, failed);
        }
    }
    model.touch();
    Vec::new()
}
