//! Ticking many items in the room with one yes, and taking it back with one key.

use crate::domain::command::Command;
use crate::domain::event::Fact;
use crate::domain::ids::RoleId;
use crate::domain::refusal::Refusal;
use crate::domain::runbook::{Item, Place};
use crate::tui::effect::{Capacity, Effect, RequestId};
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending};
use crate::tui::model::kickoff::page::Row;
use crate::tui::model::kickoff::{Bulk, Signature};
use crate::tui::model::list::Move;
use crate::tui::model::popup::{Choice, Confirm, Deed, Popup};
use crate::tui::model::toast::Tone;
use crate::tui::msg::{Bulked, Failed};
use crate::tui::update::{answers, capacity, rooms};
use crate::tui::words;

/// Items that are ticked together, at most: an engagement remembers a hundred acts to be undone.
const MAX_ITEMS: usize = 50;
/// Items that the question names; more are only counted.
const NAMED: usize = 8;

/// Marks the item under the cursor, or takes the mark off, and goes to the next.
pub(super) fn mark(model: &mut Model) {
    let Some((engagement, place, item)) = selected(model) else {
        return;
    };
    let id = item.id.clone();
    if engagement.kickoff.marks.contains_key(&id) {
        change(model, |marks| {
            marks.remove(&id);
        });
    } else if engagement.kickoff.marks.len() >= MAX_ITEMS {
        let key = model.key(Act::TickMarked);
        model.toast(format!("At most {MAX_ITEMS} items are ticked together: {key} ticks them."), Tone::Plain);
        return;
    } else {
        match signatures(model, engagement, place, item) {
            Ok(found) => change(model, |marks| {
                marks.insert(id, found);
            }),
            Err(refusal) => {
                capacity::refuse(model, &refusal);
                return;
            }
        }
    }
    rooms::go(model, Move::Down(1));
}

fn change(
    model: &mut Model,
    change: impl FnOnce(&mut std::collections::BTreeMap<crate::domain::ids::ItemId, Vec<Signature>>),
) {
    if let Some(engagement) = model.engagement_mut() {
        change(&mut engagement.kickoff.marks);
        engagement.kickoff.stamp();
    }
}

fn selected(model: &Model) -> Option<(&Engagement, Place, &Item)> {
    let engagement = model.engagement()?;
    let Row::Item(place, _) = engagement.kickoff.page.rows.get(engagement.kickoff.list.cursor)? else {
        return None;
    };
    let (item, _) = engagement.at(*place)?;
    Some((engagement, *place, item))
}

/// The signatures that bring an item as far as it can be brought in the room: one for each role that is
/// missing, of the first set of roles that can be completed.
fn signatures(
    model: &Model,
    engagement: &Engagement,
    place: Place,
    item: &Item,
) -> Result<Vec<Signature>, Refusal> {
    let command = Command::Tick { item: item.id.clone(), part: None, note: None, evidence: Vec::new() };
    let boxes = engagement.at(place).map_or(&[][..], |(_, a)| a.boxes.as_slice());
    let signed = |role: &RoleId| boxes.iter().filter(|b| !b.ticked).all(|b| b.signed.contains(role));
    let (mut best, mut reason) = (Vec::new(), None);
    for roles in item.owner.signs.choices() {
        let missing: Vec<&RoleId> = roles.into_iter().filter(|role| !signed(role)).collect();
        let mut found = Vec::new();
        for role in &missing {
            match capacity::ways(model, engagement, &command, role) {
                Ok(ways) => found.extend(ways.into_iter().next().map(|way| signature(way, &command))),
                Err(refusal) => reason = reason.or(Some(refusal)),
            }
        }
        if !found.is_empty() && found.len() == missing.len() {
            return Ok(found);
        }
        if found.len() > best.len() {
            best = found;
        }
    }
    if !best.is_empty() {
        return Ok(best);
    }
    Err(reason.unwrap_or(Refusal::AlreadyTicked))
}

fn signature((capacity, label): (Capacity, String), command: &Command) -> Signature {
    Signature { capacity, label, command: command.clone() }
}

/// Has the marked item under the cursor signed by the next person who may.
pub(super) fn next_signer(model: &mut Model) {
    let Some((engagement, _, item)) = selected(model) else {
        model.toast("Only what is ticked off has somebody who signs.", Tone::Plain);
        return;
    };
    let Some(marked) = engagement.kickoff.marks.get(&item.id) else {
        model.toast("Mark the item first.", Tone::Plain);
        return;
    };
    let id = item.id.clone();
    // Where one role is enough, all that may do; else others in the same role.
    let one = item.owner.signs.choices().iter().all(|roles| roles.len() == 1);
    let ways = |roles: &[&RoleId], command: &Command| -> Vec<Signature> {
        let each = roles.iter().filter_map(|role| capacity::ways(model, engagement, command, role).ok());
        each.flatten().map(|way| signature(way, command)).collect()
    };
    let next = marked.iter().enumerate().find_map(|(n, now)| {
        let roles: Vec<&RoleId> =
            if one { item.owner.signs.roles() } else { now.capacity.role.iter().collect() };
        let all = ways(&roles, &now.command);
        let at = all.iter().position(|s| s.capacity == now.capacity)?;
        let next = all.get((at + 1) % all.len())?;
        (next.capacity != now.capacity).then(|| (n, next.clone()))
    });
    match next {
        Some((n, next)) => change(model, |marks| {
            if let Some(slot) = marks.get_mut(&id).and_then(|list| list.get_mut(n)) {
                *slot = next;
            }
        }),
        None => model.toast("Nobody else can sign it in the room.", Tone::Plain),
    }
}

/// Asks once about all that is marked; about the item under the cursor when nothing is.
pub(super) fn ask(model: &mut Model) {
    if model.engagement().is_some_and(|e| e.kickoff.marks.is_empty()) {
        if selected(model).is_none() {
            let key = model.key(Act::Mark);
            model.toast(format!("Nothing is marked: {key} marks items to be ticked."), Tone::Plain);
            return;
        }
        mark(model);
    }
    let Some(engagement) = model.engagement() else {
        return;
    };
    let marks = &engagement.kickoff.marks;
    if marks.is_empty() {
        return;
    }
    let mut words = Vec::new();
    for (item, signatures) in marks.iter().take(NAMED) {
        let labels: Vec<&str> = signatures.iter().map(|s| s.label.as_str()).collect();
        let title = words::fact::item_title(&engagement.runbook, item);
        words.push(format!("{title}: {}", labels.join("; ")));
    }
    if marks.len() > NAMED {
        words.push(format!("and {} more", marks.len() - NAMED));
    }
    let question = match marks.len() {
        1 => "Tick 1 item?".to_owned(),
        n => format!("Tick {n} items?"),
    };
    let choice = Choice { label: String::new(), capacity: Capacity::default(), deed: Deed::TickMarked };
    model.push(Popup::Confirm(Confirm { question, words, choice }));
}

/// Ticks all that is marked, in the order of the runbook.
pub(in crate::tui::update) fn tick_marked(model: &mut Model) -> Vec<Effect> {
    super::begin(model);
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    let mut marks: Vec<_> = std::mem::take(&mut engagement.kickoff.marks).into_iter().collect();
    let place = |item: &crate::domain::ids::ItemId| {
        engagement.runbook.place(item.as_str()).map(|place| (place.stage, place.item))
    };
    marks.sort_by_key(|(item, _)| place(item));
    let acts: Vec<_> = marks.into_iter().flat_map(|(_, s)| s).map(|s| (s.capacity, s.command)).collect();
    start(model, Bulk::Tick, acts)
}

/// Takes back all that was ticked together last, as far as nothing has happened to it since.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    let ticked = std::mem::take(&mut engagement.kickoff.ticked);
    let acts: Vec<_> = ticked
        .into_iter()
        .rev()
        .filter(|seq| engagement.state.may_undo(&engagement.me.key, *seq))
        .map(|seq| (Capacity::default(), Command::Undo { seq: Some(seq) }))
        .collect();
    if acts.is_empty() {
        model.toast("There is nothing that was ticked together to take back.", Tone::Plain);
        return Vec::new();
    }
    start(model, Bulk::Undo, acts)
}

fn start(model: &mut Model, what: Bulk, acts: Vec<(Capacity, Command)>) -> Vec<Effect> {
    if acts.is_empty() {
        return Vec::new();
    }
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: None });
    engagement.kickoff.under_way = Some((request, what));
    engagement.kickoff.stamp();
    vec![Effect::ExecuteAll { request, engagement: engagement.id.clone(), acts }]
}

/// Says in one line what became of it.
pub(in crate::tui::update) fn bulked(model: &mut Model, request: RequestId, answer: Bulked) -> Vec<Effect> {
    let Bulked { change, failed } = answer;
    let events = change.as_ref().map_or(&[][..], |c| c.events.as_slice());
    let ticked: Vec<u64> =
        events.iter().filter(|e| matches!(e.fact, Fact::Ticked { .. })).map(|e| e.seq).collect();
    let undone = events.iter().filter(|e| matches!(e.fact, Fact::Undone { .. })).count();
    let done = if undone > 0 { format!("{undone} taken back") } else { format!("{} ticked", ticked.len()) };
    let first = failed.first().map(|failed| match failed {
        Failed::Refused(refusal) => match model.engagement() {
            Some(engagement) => words::refusal::lines(&engagement.runbook, refusal, &model.keys).remove(0),
            None => refusal.to_string(),
        },
        Failed::Broken { what, .. } => what.clone(),
    });
    if let Some(engagement) = model.engagement_mut() {
        engagement.pending.remove(&request);
        if engagement.kickoff.under_way.is_some_and(|(asked, _)| asked == request) {
            engagement.kickoff.under_way = None;
            if !ticked.is_empty() {
                engagement.kickoff.ticked = ticked;
            }
        }
        engagement.kickoff.stamp();
    }
    if let Some(change) = change {
        answers::take(model, change);
    }
    match first {
        None => model.toast(done, Tone::Good),
        Some(why) => model.toast(format!("{done}, {} not: {why}", failed.len()), Tone::Bad),
    }
    model.touch();
    Vec::new()
}
