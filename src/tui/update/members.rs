//! The window of people: keys brought, keys revoked, people taken off.

use crate::domain::command::{Command, NewKey};
use crate::domain::ids::{KeyFingerprint, MemberName};
use crate::tui::effect::Capacity;
use crate::tui::model::Model;
use crate::tui::model::list::List;
use crate::tui::model::popup::{Choice, Choose, Confirm, Deed, Popup, Purpose, member_rows};
use crate::tui::model::toast::Tone;

use super::{capacity, popups};

/// The person under the cursor.
fn person(model: &Model) -> Option<MemberName> {
    let (Some(Popup::Members(list)), Some(engagement)) = (model.popups.last(), model.engagement()) else {
        return None;
    };
    member_rows(&engagement.runbook, &engagement.state).get(list.cursor).and_then(|row| row.1.cloned())
}

/// Whether the rules let the user do it; says why when they do not.
fn may(model: &mut Model, command: &Command) -> bool {
    let Some(engagement) = model.engagement() else {
        return false;
    };
    match capacity::allowed(model, engagement, &Capacity::default(), command) {
        Ok(()) => true,
        Err(refusal) => {
            capacity::refuse(model, &refusal);
            false
        }
    }
}

/// Asks for a public key of the person under the cursor.
pub(super) fn add_key(model: &mut Model) {
    let Some(member) = person(model) else {
        return;
    };
    // Some key, only to learn whether the user may bring one, before anything is typed.
    let some = NewKey::new(KeyFingerprint::new("SHA256:"), String::new());
    if may(model, &Command::AddKey { member: member.clone(), key: some }) {
        let hint = "paste the line that golive whoami prints there: ssh-ed25519 AAAA…".to_owned();
        popups::ask(model, format!("Public key of {member}"), hint, "", Purpose::Key(member));
    }
}

/// Lets the user choose which key of the person under the cursor signs nothing more.
pub(super) fn revoke(model: &mut Model) {
    let Some(member) = person(model) else {
        return;
    };
    let held = model.engagement().and_then(|e| e.state.members.get(&member));
    let keys: Vec<KeyFingerprint> = held.map(|m| m.keys.keys().cloned().collect()).unwrap_or_default();
    let Some(first) = keys.first() else {
        model.toast(format!("{member} has no key"), Tone::Plain);
        return;
    };
    if may(model, &Command::RevokeKey { key: first.clone() }) {
        let choice = |key: KeyFingerprint| Choice {
            label: key.to_string(),
            capacity: Capacity::default(),
            deed: Deed::Command(Command::RevokeKey { key }),
        };
        let choices = keys.into_iter().map(choice).collect();
        let title = format!("Which key of {member} signs nothing more?");
        model.push(Popup::Choose(Choose { title, choices, list: List::default() }));
    }
}

/// Asks whether the person under the cursor is to leave.
pub(super) fn remove(model: &mut Model) {
    let Some(member) = person(model) else {
        return;
    };
    let command = Command::RemoveMember { member: member.clone() };
    if may(model, &command) {
        let question = format!("Take {member} off, with all roles and keys?");
        let words = vec!["What they signed stays.".to_owned()];
        let choice =
            Choice { label: String::new(), capacity: Capacity::default(), deed: Deed::Command(command) };
        model.push(Popup::Confirm(Confirm { question, words, choice }));
    }
}
