//! The acts of the kickoff: going through the agenda, and what each page asks for.

mod bulk;
mod draft;

use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending, Room};
use crate::tui::model::kickoff::agenda::Point;
use crate::tui::model::kickoff::draft::Purpose;
use crate::tui::model::kickoff::page::{Row, Seat};
use crate::tui::model::kickoff::{Begun, Kickoff};
use crate::tui::model::list::Move;
use crate::tui::model::toast::Tone;
use crate::tui::msg::Failed;
use crate::tui::view;

use super::{answers, capacity, engagement, rooms};

pub(super) use bulk::{bulked, tick_marked};
pub(super) use draft::{edit, settled as typed};

/// Kickoffs kept of engagements that are not shown.
const KEPT: usize = 8;

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    if model.engagement().is_some_and(|e| e.kickoff.draft.is_some()) {
        return draft::act(model, act);
    }
    match act {
        Act::Back => back(model),
        Act::Up => rooms::go(model, Move::Up(1)),
        Act::Down => rooms::go(model, Move::Down(1)),
        Act::First => rooms::go(model, Move::First),
        Act::Last => rooms::go(model, Move::Last),
        Act::Next | Act::PageDown => step(model, Step::Next),
        Act::Previous | Act::PageUp => step(model, Step::Previous),
        Act::NextPanel => part(model, Step::Next),
        Act::PrevPanel => part(model, Step::Previous),
        Act::Begin => begin_again(model),
        Act::Open => return open(model),
        Act::Mark => mark(model),
        Act::Confirm => return agree(model),
        Act::TickMarked => bulk::ask(model),
        Act::NextSigner => bulk::next_signer(model),
        Act::UndoBulk => return bulk::undo(model),
        Act::Unassign => return unassign(model),
        Act::Remark => draft::open(model, Purpose::Remark, ""),
        Act::Minutes => return minutes(model),
        Act::Undo | Act::Facts | Act::Members | Act::Reload => return engagement::act(model, act),
        // The keymap binds no other act here.
        _ => {}
    }
    Vec::new()
}

fn back(model: &mut Model) {
    if let Some(engagement) = model.engagement_mut() {
        engagement.room = Room::Items;
    }
}

/// One way or the other through the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Next,
    Previous,
}

fn step(model: &mut Model, step: Step) {
    if step == Step::Next {
        begin(model);
    }
    if let Some(kickoff) = kickoff(model) {
        let at = match step {
            Step::Next => kickoff.at.saturating_add(1),
            Step::Previous => kickoff.at.saturating_sub(1),
        };
        kickoff.go(at);
    }
}

/// To the first point of the next part, or of the one before.
fn part(model: &mut Model, step: Step) {
    if step == Step::Next {
        begin(model);
    }
    let Some(kickoff) = kickoff(model) else {
        return;
    };
    let at = kickoff.at;
    let mut firsts = kickoff.agenda.parts().into_iter().map(|(_, first, _)| first);
    let to = match step {
        Step::Next => firsts.find(|first| *first > at),
        Step::Previous => firsts.take_while(|first| *first < at).last(),
    };
    if let Some(to) = to {
        kickoff.go(to);
    }
}

/// Goes to a point of the agenda; for the mouse.
pub(super) fn go_to(model: &mut Model, point: usize) {
    if let Some(kickoff) = kickoff(model) {
        kickoff.go(point);
    }
}

fn kickoff(model: &mut Model) -> Option<&mut Kickoff> {
    model.engagement_mut().map(|e| &mut e.kickoff)
}

fn now(model: &Model) -> Option<Begun> {
    let seq = model.engagement()?.state.head.seq;
    Some(Begun { at: model.now.at, up: model.now.up, seq })
}

/// Begins the kickoff with the first thing that is done in it.
fn begin(model: &mut Model) {
    if let Some(begun) = now(model)
        && let Some(kickoff) = kickoff(model)
    {
        kickoff.begin(begun);
    }
}

/// Begins it now, whatever was before.
fn begin_again(model: &mut Model) {
    if let Some(begun) = now(model)
        && let Some(kickoff) = kickoff(model)
    {
        kickoff.begun = None;
        kickoff.begin(begun);
        model.toast("The kickoff begins now: the minutes tell what happens from here on.", Tone::Plain);
    }
}

fn row(engagement: &Engagement) -> Option<&Row> {
    engagement.kickoff.page.rows.get(engagement.kickoff.list.cursor)
}

/// Does what the page is for.
fn open(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some(point) = engagement.kickoff.point().cloned() else {
        return Vec::new();
    };
    let facts = &engagement.state.facts;
    match point {
        Point::People => {
            if let Some(Row::Role(role, _)) = row(engagement).cloned() {
                draft::open(model, Purpose::Holder(role), "");
            }
        }
        Point::Decision(id) => match row(engagement).cloned() {
            Some(Row::Choice { against: Some(why), .. }) => model.toast(why, Tone::Bad),
            Some(Row::Choice { value, .. } | Row::Propose(value)) => {
                return attempt(model, Command::Propose { decision: id, value });
            }
            Some(Row::Subject { .. }) => choose_next(model),
            Some(_) | None => {
                let value = facts.decisions.get(&id).map(|(value, _)| value.clone()).unwrap_or_default();
                draft::open(model, Purpose::Decision(id), &value);
            }
        },
        Point::Field(id) => {
            let value = facts.fields.get(&id).cloned().unwrap_or_default();
            draft::open(model, Purpose::Field(id), &value);
        }
        Point::Plan => {
            let day = engagement.state.target.map(|day| day.to_string()).unwrap_or_default();
            draft::open(model, Purpose::Target, &day);
        }
        Point::Tick => mark(model),
        Point::Open => draft::open(model, Purpose::Remark, ""),
        Point::Summary => return minutes(model),
    }
    Vec::new()
}

/// Marks the row; where there is nothing to mark, goes on.
fn mark(model: &mut Model) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    match (engagement.kickoff.point(), row(engagement).cloned()) {
        (Some(Point::People), Some(Row::Role(_, Some(member)))) => {
            if let Some(kickoff) = kickoff(model) {
                if !kickoff.here.remove(&member) {
                    kickoff.here.insert(member);
                }
                kickoff.stamp();
            }
        }
        (Some(Point::Tick), Some(Row::Item(..))) => bulk::mark(model),
        (Some(Point::Decision(_)), Some(Row::Subject { .. })) => choose_next(model),
        (_, _) => step(model, Step::Next),
    }
}

/// Chooses the next option for the subject under the cursor.
fn choose_next(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let Some(Point::Decision(decision)) = engagement.kickoff.point() else {
        return;
    };
    let Some(crate::domain::decision::DecisionKind::Each { options, .. }) =
        engagement.runbook.decisions.get(decision).map(|d| &d.kind)
    else {
        return;
    };
    let Some(Row::Subject { id, chosen, .. }) =
        engagement.kickoff.page.rows.get(engagement.kickoff.list.cursor)
    else {
        return;
    };
    let Some(next) = options.get((chosen + 1) % options.len().max(1)) else {
        return;
    };
    let (subject, next) = (id.clone(), next.id.clone());
    engagement.kickoff.chosen.insert(subject, next);
    engagement.kickoff.stamp();
}

/// Agrees on the decision that is shown, as it was proposed.
fn agree(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some(Point::Decision(decision)) = engagement.kickoff.point().cloned() else {
        model.toast("There is nothing to agree on here: that is for decisions.", Tone::Plain);
        return Vec::new();
    };
    if !engagement.state.facts.decisions.contains_key(&decision) {
        let said = format!("Nothing is proposed yet: {} proposes.", model.key(Act::Open));
        model.toast(said, Tone::Plain);
        return Vec::new();
    }
    attempt(model, Command::Confirm { decision, value: None })
}

fn unassign(model: &mut Model) -> Vec<Effect> {
    let found = model.engagement().and_then(row).cloned();
    let Some(Row::Role(role, Some(member))) = found else {
        model.toast("Nobody is under the cursor.", Tone::Plain);
        return Vec::new();
    };
    attempt(model, Command::Unassign { role, member })
}

/// Does something if the rules allow it; that it is so already is no mistake in a meeting.
fn attempt(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    match capacity::allowed(model, engagement, &Capacity::default(), &command) {
        Ok(()) => {
            begin(model);
            capacity::execute(model, Capacity::default(), command)
        }
        Err(Refusal::NoChange) => {
            model.toast("It is so already.", Tone::Plain);
            Vec::new()
        }
        Err(refusal) => {
            capacity::refuse(model, &refusal);
            Vec::new()
        }
    }
}

fn minutes(model: &mut Model) -> Vec<Effect> {
    let request = model.request();
    let day = model.look.zone.wall(model.now.at).date();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: None });
    let since = engagement.kickoff.since();
    let here = engagement.kickoff.here.iter().cloned().collect();
    vec![Effect::WriteMinutes { request, engagement: engagement.id.clone(), since, here, day }]
}

/// The minutes were written, or not.
pub(super) fn written(
    model: &mut Model,
    request: crate::tui::effect::RequestId,
    answer: Result<Vec<String>, Failed>,
) -> Vec<Effect> {
    if let Some(engagement) = model.engagement_mut() {
        engagement.pending.remove(&request);
    }
    match answer {
        Ok(files) => model.toast(format!("Minutes written: {}", files.join(" and ")), Tone::Good),
        Err(failed) => answers::tell(model, failed),
    }
    model.touch();
    Vec::new()
}

/// Keeps where the kickoff is while its engagement is not shown.
pub(super) fn keep(model: &mut Model) {
    let Some(engagement) = model.engagement_mut() else {
        return;
    };
    let id = engagement.id.clone();
    let kickoff = std::mem::take(&mut engagement.kickoff);
    if kickoff.begun.is_none() && kickoff.here.is_empty() {
        return;
    }
    model.kickoffs.retain(|(kept, _)| *kept != id);
    if model.kickoffs.len() == KEPT {
        model.kickoffs.remove(0);
    }
    model.kickoffs.push((id, kickoff));
}

/// Brings it back when the engagement is shown again.
pub(super) fn bring_back(model: &mut Model, engagement: &mut Engagement) {
    if let Some(at) = model.kickoffs.iter().position(|(id, _)| *id == engagement.id) {
        let (_, mut kickoff) = model.kickoffs.remove(at);
        kickoff.under_way = None;
        engagement.kickoff = kickoff;
    }
}

/// Makes the page anew if it is shown and something has changed, and keeps its cursor in sight.
pub(super) fn settle(model: &mut Model) {
    let today = model.look.zone.wall(model.now.at).date();
    let Some(engagement) = model.engagement_mut().filter(|e| e.room == Room::Kickoff) else {
        return;
    };
    let leads = engagement.leads();
    let Engagement { kickoff, runbook, state, assessment, me, my_roles, .. } = engagement;
    kickoff.refresh(runbook, state, assessment, Seat { me, roles: my_roles, leads, today });
    let len = kickoff.page.rows.len();
    let Some(height) = model.engagement().map(|e| view::kickoff_rows(model, e)) else {
        return;
    };
    if let Some(kickoff) = self::kickoff(model) {
        kickoff.list.keep(len, height);
    }
}

#[cfg(test)]
mod tests;
