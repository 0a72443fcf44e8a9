//! In which capacity a person does something: in a role of their own, or, as a lead, for somebody in the
//! room (DESIGN rule 12). The rules themselves are asked, never repeated: what `decide` would refuse is
//! refused at once, with its reason; the application layer decides again when it writes.

use crate::domain::command::{Acting, Command};
use crate::domain::decide::decide;
use crate::domain::ids::RoleId;
use crate::domain::refusal::Refusal;
use crate::tui::effect::{Capacity, Effect};
use crate::tui::model::Model;
use crate::tui::model::engagement::{Engagement, Pending};
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Deed, Popup, Why};
use crate::tui::model::toast::Tone;
use crate::tui::words;

/// Finds the capacity in which the person may sign, asks when there are several, and signs. Nobody is asked
/// whether they are sure: a signature can be taken back.
pub(super) fn sign(model: &mut Model, what: &str, command: &Command, roles: &[RoleId]) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    let choice = |label: String, capacity| Choice { label, capacity, deed: Deed::Command(command.clone()) };
    let refusal = match allowed(model, engagement, &Capacity::default(), command) {
        Ok(()) => {
            let own = choice(format!("as {}", engagement.me.name), Capacity::default());
            return super::popups::run(model, own);
        }
        Err(refusal) => refusal,
    };
    let choices: Vec<Choice> = match &refusal {
        Refusal::ChooseRole { roles, .. } => roles
            .iter()
            .map(|role| {
                let capacity = Capacity { role: Some(role.clone()), on_behalf_of: None };
                choice(format!("as {}", engagement.runbook.role_name(role)), capacity)
            })
            .collect(),
        Refusal::NotYours { .. } | Refusal::AlreadyTicked | Refusal::SamePerson(_) if engagement.leads() => {
            for_others(model, engagement, command, roles)
        }
        _ => Vec::new(),
    };
    match <[Choice; 1]>::try_from(choices) {
        Ok([only]) => super::popups::run(model, only),
        Err(none) if none.is_empty() => {
            refuse(model, &refusal);
            Vec::new()
        }
        Err(several) => {
            let title = format!("{what}: who signs?");
            model.push(Popup::Choose(Choose { title, choices: several, list: List::default() }));
            Vec::new()
        }
    }
}

/// The people for whom a lead may record it, each in each role that is still missing.
fn for_others(model: &Model, engagement: &Engagement, command: &Command, roles: &[RoleId]) -> Vec<Choice> {
    let mut choices = Vec::new();
    for role in roles {
        for person in engagement.state.holders(role).filter(|p| **p != engagement.me.name) {
            let capacity = Capacity { role: Some(role.clone()), on_behalf_of: Some(person.clone()) };
            if allowed(model, engagement, &capacity, command).is_ok() {
                let label = format!("{person} as {}, recorded by you", engagement.runbook.role_name(role));
                choices.push(Choice { label, capacity, deed: Deed::Command(command.clone()) });
            }
        }
    }
    choices
}

/// The ways in which something can be signed in one role: by the person, or, for a lead, by each of those who
/// hold it. Why not, when there is none.
pub(super) fn ways(
    model: &Model,
    engagement: &Engagement,
    command: &Command,
    role: &RoleId,
) -> Result<Vec<(Capacity, String)>, Refusal> {
    let title = engagement.runbook.role_name(role);
    let me = &engagement.me.name;
    let (mut ways, mut reason) = (Vec::new(), None);
    if engagement.my_roles.contains(role) {
        let own = Capacity { role: Some(role.clone()), on_behalf_of: None };
        match allowed(model, engagement, &own, command) {
            Ok(()) => ways.push((own, format!("{me} as {title}"))),
            Err(refusal) => reason = Some(refusal),
        }
    }
    let others = engagement.state.holders(role).filter(|person| engagement.leads() && *person != me);
    for person in others {
        let capacity = Capacity { role: Some(role.clone()), on_behalf_of: Some(person.clone()) };
        match allowed(model, engagement, &capacity, command) {
            Ok(()) => ways.push((capacity, format!("{person} as {title}, recorded by you"))),
            Err(refusal) => reason = reason.or(Some(refusal)),
        }
    }
    if ways.is_empty() {
        let own = Capacity { role: Some(role.clone()), on_behalf_of: None };
        let why = || allowed(model, engagement, &own, command).err().unwrap_or(Refusal::NoChange);
        return Err(reason.unwrap_or_else(why));
    }
    Ok(ways)
}

/// Whether the rules allow it, as far as the screen knows the engagement.
pub(super) fn allowed(
    model: &Model,
    engagement: &Engagement,
    capacity: &Capacity,
    command: &Command,
) -> Result<(), Refusal> {
    let acting = Acting {
        by: engagement.me.clone(),
        role: capacity.role.clone(),
        on_behalf_of: capacity.on_behalf_of.clone(),
    };
    decide(&engagement.runbook, &engagement.state, &acting, command, model.now.at).map(|_| ())
}

/// Does it if the rules allow it, and else says why not.
pub(super) fn attempt(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(engagement) = model.engagement() else {
        return Vec::new();
    };
    match allowed(model, engagement, &Capacity::default(), &command) {
        Ok(()) => execute(model, Capacity::default(), command),
        Err(refusal) => {
            refuse(model, &refusal);
            Vec::new()
        }
    }
}

/// Asks for it to be done.
pub(super) fn execute(model: &mut Model, capacity: Capacity, command: Command) -> Vec<Effect> {
    let request = model.request();
    model.touch();
    let Some(engagement) = model.engagement_mut() else {
        return Vec::new();
    };
    engagement.pending.insert(request, Pending { item: item_of(&command) });
    vec![Effect::Execute { request, engagement: engagement.id.clone(), capacity, command }]
}

/// Says why something is refused: in a window when there is something to do about it.
pub(super) fn refuse(model: &mut Model, refusal: &Refusal) {
    let Some(engagement) = model.engagement() else {
        model.toast(refusal.to_string(), Tone::Bad);
        return;
    };
    let mut words = words::refusal::lines(&engagement.runbook, refusal, &model.keys);
    if words.len() == 1 && refusal.blockers().is_empty() {
        model.toast(words.remove(0), Tone::Bad);
        return;
    }
    let blockers = refusal.blockers().to_vec();
    model.push(Popup::Why(Why { title: "Not possible".to_owned(), words, blockers, list: List::default() }));
}

fn item_of(command: &Command) -> Option<crate::domain::ids::ItemId> {
    match command {
        Command::Tick { item, .. }
        | Command::Untick { item, .. }
        | Command::Reject { item, .. }
        | Command::MarkNotApplicable { item, .. }
        | Command::RequestWaiver { item, .. }
        | Command::GrantWaiver { item }
        | Command::RevokeWaiver { item, .. }
        | Command::AddEvidence { item, .. }
        | Command::RemoveEvidence { item, .. } => Some(item.clone()),
        Command::Note { item, .. } => item.clone(),
        Command::Assign { .. }
        | Command::Unassign { .. }
        | Command::RevokeKey { .. }
        | Command::AddKey { .. }
        | Command::RemoveMember { .. }
        | Command::SetField { .. }
        | Command::SetSecret { .. }
        | Command::Propose { .. }
        | Command::Confirm { .. }
        | Command::SignStage { .. }
        | Command::SetTarget { .. }
        | Command::Undo { .. }
        | Command::BreakGlass { .. }
        | Command::MendGlass { .. }
        | Command::IntendAction { .. }
        | Command::EndAction { .. }
        | Command::ResetAction { .. }
        | Command::DecideGo { .. }
        | Command::Observe { .. } => None,
    }
}
