//! Typing on a page of the kickoff: what is wrong is said while it is typed. The rules themselves are asked; what
//! is added here is only how many characters are left and which of them cannot stand in it.

use tui_input::Input;

use crate::domain::decide::{MAX_NOTE, check_decision};
use crate::domain::decision::{BadValue, DecisionKind};
use crate::domain::pattern::Pattern;
use crate::domain::plan::plan;
use crate::domain::refusal::Refusal;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::keymap::Act;
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Room};
use crate::tui::model::kickoff::draft::{Draft, OFFERED, Purpose, day};
use crate::tui::update::capacity;
use crate::tui::words;

/// Characters left of a long text that are worth saying.
const WORTH_SAYING: i64 = 200;

/// Begins to type, unless the rules would refuse it whatever the text.
pub(super) fn open(model: &mut Model, purpose: Purpose, prefill: &str) {
    let Some(engagement) = model.engagement() else {
        return;
    };
    let today = model.look.zone.wall(model.now.at).date();
    let draft = Draft::new(purpose, prefill);
    let sample = if prefill.is_empty() {
        Draft::new(draft.purpose.clone(), sample(&draft.purpose))
    } else {
        draft.clone()
    };
    if let Ok(command) = sample.command(today)
        && let Err(refusal) = capacity::allowed(model, engagement, &Capacity::default(), &command)
        && !refusal.is_usage()
        && refusal != Refusal::NoChange
    {
        capacity::refuse(model, &refusal);
        return;
    }
    if let Some(engagement) = model.engagement_mut() {
        engagement.kickoff.draft = Some(draft);
    }
    look(model);
}

/// A text that only the rules about who may could refuse.
fn sample(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Target => "+1",
        Purpose::Holder(_) | Purpose::Decision(_) | Purpose::Field(_) | Purpose::Remark => "-",
    }
}

pub(super) fn act(model: &mut Model, act: Act) -> Vec<Effect> {
    match act {
        Act::Open => return accept(model),
        Act::Back => {
            if let Some(engagement) = model.engagement_mut() {
                engagement.kickoff.draft = None;
            }
        }
        Act::Down => pick(model, |at, len| Some(at.map_or(0, |n| n + 1)).filter(|n| *n < len)),
        Act::Up => pick(model, |at, len| at.map_or(len.checked_sub(1), |n| n.checked_sub(1))),
        Act::PageDown => pick(model, |_, len| len.checked_sub(1)),
        Act::PageUp => pick(model, |_, len| (len > 0).then_some(0)),
        // The keymap binds no other act while something is typed.
        _ => {}
    }
    Vec::new()
}

/// Goes over the names that are offered; beyond either end lies what is typed.
fn pick(model: &mut Model, to: impl FnOnce(Option<usize>, usize) -> Option<usize>) {
    let Some(draft) = draft(model) else {
        return;
    };
    draft.picked = to(draft.picked, draft.offered.len());
    look(model);
}

fn draft(model: &mut Model) -> Option<&mut Draft> {
    model.engagement_mut().and_then(|e| e.kickoff.draft.as_mut())
}

/// The input that keys go to while something is typed here.
pub(in crate::tui::update) fn edit(model: &mut Model) -> Option<&mut Input> {
    let engagement = model.engagement_mut().filter(|e| e.room == Room::Kickoff)?;
    engagement.kickoff.draft.as_mut().map(|draft| &mut draft.input)
}

/// What is typed is another text now.
pub(in crate::tui::update) fn settled(model: &mut Model) {
    if let Some(draft) = draft(model) {
        draft.picked = None;
    }
    look(model);
}

fn accept(model: &mut Model) -> Vec<Effect> {
    look(model);
    let today = model.look.zone.wall(model.now.at).date();
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some(typed) = &engagement.kickoff.draft else {
        return Vec::new();
    };
    let refused = match typed.command(today) {
        Err(why) => why,
        Ok(command) => match capacity::allowed(model, engagement, &Capacity::default(), &command) {
            Ok(()) => {
                super::begin(model);
                if let Some(engagement) = model.engagement_mut() {
                    engagement.kickoff.draft = None;
                }
                return capacity::execute(model, Capacity::default(), command);
            }
            // As it was before: nothing to write, and nothing to complain about.
            Err(Refusal::NoChange) => {
                if let Some(engagement) = model.engagement_mut() {
                    engagement.kickoff.draft = None;
                }
                return Vec::new();
            }
            Err(refusal) => why(model, engagement, &refusal),
        },
    };
    if let Some(draft) = draft(model)
        && draft.faults.is_empty()
    {
        draft.faults.push(refused);
    }
    Vec::new()
}

fn why(model: &Model, engagement: &Engagement, refusal: &Refusal) -> String {
    match refusal {
        Refusal::BadValue { why, .. } => why.to_string(),
        other => words::refusal::lines(&engagement.runbook, other, &model.keys).remove(0),
    }
}

/// Looks anew at what is typed.
fn look(model: &mut Model) {
    let today = model.look.zone.wall(model.now.at).date();
    let Some(engagement) = model.engagement() else {
        return;
    };
    let Some(draft) = engagement.kickoff.draft.clone() else {
        return;
    };
    let text = draft.text().trim().to_owned();
    let mut said = Said::default();
    match &draft.purpose {
        Purpose::Decision(id) => decision(engagement, id, &text, &mut said),
        Purpose::Field(id) => {
            if let Some(field) = engagement.runbook.fields.get(id) {
                said.strangers(field.pattern.as_ref(), &text);
            }
        }
        Purpose::Target => target(engagement, &text, today, &mut said),
        Purpose::Holder(role) => {
            holder(engagement, draft.input.value(), &mut said);
            let known = |name: &str| engagement.state.members.iter().find(|(n, _)| n.as_str() == name);
            match known(&text) {
                // It may yet become one of those that are offered.
                _ if text.is_empty() || (draft.picked.is_none() && !said.offered.is_empty()) => {}
                Some((_, member)) if member.roles.contains(role) => {
                    said.notes.push("has the role already".into());
                }
                Some((_, member)) if member.left_at.is_none() => {}
                Some(_) | None => said.notes.push("joins with this role".into()),
            }
        }
        Purpose::Remark => said.count(&text, MAX_NOTE),
    }
    // What only the rules know, unless it was said in better words.
    if said.faults.is_empty() && !text.is_empty() {
        match draft.command(today) {
            Err(why) => said.faults.push(why),
            Ok(command) => match capacity::allowed(model, engagement, &Capacity::default(), &command) {
                Ok(()) | Err(Refusal::NoChange) => {}
                Err(refusal) => said.faults.push(why(model, engagement, &refusal)),
            },
        }
    }
    let said = Said { left: said.left.filter(|left| said.always || *left < WORTH_SAYING), ..said };
    if let Some(draft) = self::draft(model) {
        let Said { left, faults, notes, offered, .. } = said;
        draft.picked = draft.picked.filter(|n| *n < offered.len());
        (draft.left, draft.faults, draft.notes, draft.offered) = (left, faults, notes, offered);
    }
}

/// What there is to say about a text.
#[derive(Default)]
struct Said {
    left: Option<i64>,
    /// Whether that is said however much is left.
    always: bool,
    faults: Vec<String>,
    notes: Vec<String>,
    offered: Vec<crate::domain::ids::MemberName>,
}

impl Said {
    fn count(&mut self, text: &str, max: usize) {
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.left = Some(size(max) - size(text.chars().count()));
    }

    /// Names the characters that cannot stand in it.
    fn strangers(&mut self, pattern: Option<&Pattern>, text: &str) {
        let strangers = pattern.filter(|_| !text.is_empty()).map(|p| p.strangers(text)).unwrap_or_default();
        if !strangers.is_empty() {
            let named: Vec<String> = strangers.iter().take(8).map(|c| format!("'{c}'")).collect();
            self.faults.push(format!("{} cannot stand in it", named.join(" ")));
        }
    }
}

fn decision(engagement: &Engagement, id: &crate::domain::ids::DecisionId, text: &str, said: &mut Said) {
    let (runbook, state) = (&engagement.runbook, &engagement.state);
    let Some(decision) = runbook.decisions.get(id) else {
        return;
    };
    if let DecisionKind::Text { max_chars, pattern } = &decision.kind {
        if let Some(max) = max_chars {
            said.count(text, *max);
            said.always = true;
        }
        if let Some(over) = said.left.filter(|left| *left < 0) {
            let over = over.unsigned_abs();
            said.faults.push(format!("{over} too many"));
        }
        said.strangers(pattern.as_ref(), text);
    }
    if text.is_empty() {
        return;
    }
    match check_decision(runbook, state, decision, text, false) {
        Err(BadValue::TooLong { .. } | BadValue::Form(_)) if !said.faults.is_empty() => {}
        Err(why) => said.faults.push(why.to_string()),
        Ok(()) => {
            if let Err(why) = check_decision(runbook, state, decision, text, true) {
                said.notes.push(format!("before it is agreed: {why}"));
            }
        }
    }
}

fn target(engagement: &Engagement, text: &str, today: chrono::NaiveDate, said: &mut Said) {
    let Ok(Some(target)) = day(text, today) else {
        return;
    };
    let left = (target - today).num_days();
    let left = match left {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        n if n > 0 => format!("in {n} days"),
        n => format!("{} days ago", n.unsigned_abs()),
    };
    said.notes.push(format!("{}, {left}", target.format("%A, %-d %B %Y")));
    let plan = plan(&engagement.runbook, &engagement.assessment, Some(target), today);
    if let Some(short) = plan.slack.filter(|slack| *slack < 0) {
        let first = plan.earliest.format("%-d %B");
        said.notes
            .push(format!("{} days too few for the lead times; {first} would do", short.unsigned_abs()));
    }
}

/// The people whose name it may be.
fn holder(engagement: &Engagement, typed: &str, said: &mut Said) {
    let wanted = typed.trim().to_lowercase();
    let there = engagement.state.members.iter().filter(|(_, m)| m.left_at.is_none()).map(|(name, _)| name);
    let fits = |name: &&crate::domain::ids::MemberName| {
        let name = name.as_str().to_lowercase();
        wanted.is_empty() || (name.contains(&wanted) && name != wanted)
    };
    said.offered = there.filter(fits).take(OFFERED).cloned().collect();
}
