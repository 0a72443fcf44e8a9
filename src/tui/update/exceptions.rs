//! Waivers, break-glass and evidence: acts on the screen that need more than one text.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::assess::Gate;
use crate::domain::command::Command;
use crate::domain::evidence::Piece;
use crate::domain::ids::StageId;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending};
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, Popup, Purpose};
use crate::tui::model::toast::Tone;
use crate::tui::words::fact;

use super::popups;

/// How long an exception lasts when no day is named.
const USUAL_WAIVER: TimeDelta = TimeDelta::days(30);

/// Asks for an exception, or grants the one that somebody else has asked for.
pub(super) fn waive(model: &mut Model) -> Vec<Effect> {
    let now = model.now.at;
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some((_, item)) = engagement.item() else {
        return Vec::new();
    };
    let asked = engagement.state.item(item.id.as_str()).and_then(|s| s.requested.as_ref());
    if let Some(request) = asked
        && request.asked.by.name != engagement.me.name
    {
        let words = vec![
            format!("{} asks for it: {}", request.asked.by.name, request.asked.text),
            format!("until {}", request.until.format("%Y-%m-%d")),
            "It is never counted as done, and its check still runs.".to_owned(),
        ];
        let command = Command::GrantWaiver { item: item.id.clone() };
        let question = format!("Grant an exception for \"{}\"?", item.title);
        let choice = own(String::new(), Deed::Command(command));
        model.push(Popup::Confirm(Confirm { question, words, choice }));
        return Vec::new();
    }
    let purpose = Purpose::Waive(item.id.clone(), now + USUAL_WAIVER);
    let hint = "why? a day in front is its last: 2026-12-21 on the way (30 days else)".to_owned();
    let title = format!("Ask for an exception: {}", item.title);
    popups::ask(model, title, hint, "", purpose);
    Vec::new()
}

/// Opens the gate of the stage under the cursor, or the last one, in an emergency; ends one that there is.
pub(super) fn break_glass(model: &mut Model) -> Vec<Effect> {
    let now = model.now.at;
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let mut choices = Vec::new();
    let here = engagement.stage().map(|(stage, assessed)| (Some(stage.id.clone()), assessed.gate));
    let last = (None, engagement.assessment.last_gate);
    for (stage, gate) in here.into_iter().chain([last]) {
        let name = fact::gate_title(&engagement.runbook, stage.as_ref());
        if engagement.state.emergency(stage.as_ref(), now).is_some() {
            let purpose = Purpose::MendGlass(stage.clone());
            choices.push(asking(format!("End break-glass: {name}"), "why is it over?", purpose));
        }
        match gate {
            Gate::Shut | Gate::BreakGlass => {
                let purpose = Purpose::BreakGlass(stage, now);
                let hint = "for how long, and why? such as: 4h the shop is down";
                choices.push(asking(format!("BREAK-GLASS: open {name}"), hint, purpose));
            }
            Gate::Open | Gate::Warned => {}
        }
    }
    choose(model, "In an emergency", choices, "That gate is open, and so is the last one.")
}

/// Attaches evidence, or takes some off.
pub(super) fn evidence(model: &mut Model) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let Some((_, item)) = engagement.item() else {
        return Vec::new();
    };
    let wanted =
        crate::domain::assess::lacking_evidence(&engagement.state, item).map(|l| l.wanted.join(", "));
    let hint = wanted.filter(|w| !w.is_empty()).or_else(|| item.evidence.hint.clone());
    let hint =
        format!("{}; @PATH attaches a file", hint.unwrap_or_else(|| "a link or a reference".to_owned()));
    let title = format!("Evidence: {}", item.title);
    let attached = engagement.state.item(item.id.as_str()).map_or(&[][..], |s| s.evidence.as_slice());
    let mut choices = vec![Choice {
        label: "attach a text, a link, an id or a file".to_owned(),
        capacity: Capacity::default(),
        deed: Deed::Ask { title: title.clone(), hint, purpose: Purpose::Evidence(item.id.clone()) },
    }];
    choices.extend(attached.iter().map(|piece| {
        let kind = Piece::from(piece).kind().word();
        let label = format!("take off: {} ({kind}, {})", piece.reference, piece.by.name);
        own(label, Deed::Command(Command::RemoveEvidence { item: item.id.clone(), digest: piece.digest }))
    }));
    choose(model, &title, choices, "")
}

/// Attaches a file of this machine. Its bytes are kept before anything is written.
pub(super) fn attach(model: &mut Model, item: crate::domain::ids::ItemId, path: String) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: Some(item.clone()) });
    vec![Effect::AttachFile { request, engagement: engagement.id.clone(), item, path }]
}

/// What an engagement must say before anything else: gates that are open by break-glass, a line each.
pub(super) fn emergencies(engagement: &Engagement, now: DateTime<Utc>) -> Vec<String> {
    let said = engagement.state.emergencies(now).map(|(stage, glass)| {
        let gate: Option<&StageId> = stage;
        format!(
            "BREAK-GLASS: {} was opened by {} until {}: {}",
            fact::gate_title(&engagement.runbook, gate),
            glass.opened.by.name,
            glass.until.format("%Y-%m-%d %H:%M UTC"),
            glass.opened.text
        )
    });
    said.collect()
}

fn choose(model: &mut Model, title: &str, choices: Vec<Choice>, none: &str) -> Vec<Effect> {
    match <[Choice; 1]>::try_from(choices) {
        Ok([only]) => popups::run(model, only),
        Err(choices) if choices.is_empty() => {
            model.toast(none.to_owned(), Tone::Plain);
            Vec::new()
        }
        Err(choices) => {
            model.push(Popup::Choose(Choose { title: title.to_owned(), choices, list: List::default() }));
            Vec::new()
        }
    }
}

fn own(label: String, deed: Deed) -> Choice {
    Choice { label, capacity: Capacity::default(), deed }
}

fn asking(label: String, hint: &str, purpose: Purpose) -> Choice {
    let deed = Deed::Ask { title: label.clone(), hint: hint.to_owned(), purpose };
    own(label, deed)
}
