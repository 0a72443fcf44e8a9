//! Why something was refused, and what to do about it.

use crate::domain::ids::{MemberName, RoleId};
use crate::domain::refusal::Refusal;
use crate::domain::runbook::Runbook;
use crate::tui::input::Key;
use crate::tui::keymap::{Act, Context, Keymap};

/// One sentence, then what to do, a line each.
pub fn lines(runbook: &Runbook, refusal: &Refusal, keys: &Keymap) -> Vec<String> {
    let mut lines = vec![sentence(runbook, refusal)];
    lines.extend(advice(runbook, refusal, keys));
    lines
}

fn sentence(runbook: &Runbook, refusal: &Refusal) -> String {
    let item = |id: &str| runbook.item(id).map_or_else(|| id.to_owned(), |(_, i)| i.title.clone());
    let stage = |id: &str| {
        runbook
            .stage_index(id)
            .map_or_else(|| id.to_owned(), |n| format!("{n} {}", runbook.stages()[n].title))
    };
    match refusal {
        Refusal::Shut { stage: id, .. } => format!("Stage {} is shut.", stage(id.as_str())),
        Refusal::StageNotDone { stage: id, .. } => {
            format!("Stage {} is not done, so it cannot be signed.", stage(id.as_str()))
        }
        Refusal::CheckDecides { item: id, .. } => {
            format!("The live check decides on \"{}\", nobody ticks it by hand.", item(id.as_str()))
        }
        Refusal::CheckNotPassed { item: id, .. } => {
            format!("The live check of \"{}\" has not passed.", item(id.as_str()))
        }
        Refusal::NotOptional(id) => format!("\"{}\" is not optional.", item(id.as_str())),
        Refusal::DoesNotApply(id) => format!("\"{}\" does not apply here.", item(id.as_str())),
        Refusal::SelfSigned(id) => {
            format!("\"{}\" must be signed by the person, with a key of their own.", item(id.as_str()))
        }
        Refusal::EvidenceNeeded { item: id, left, .. } => {
            let pieces = if *left == 1 { "1 piece".to_owned() } else { format!("{left} pieces") };
            format!("\"{}\" needs {pieces} of evidence first.", item(id.as_str()))
        }
        Refusal::EvidenceFull(id) => format!("\"{}\" takes no more evidence.", item(id.as_str())),
        Refusal::OwnEvidence { item: id, who } => {
            format!(
                "{who} has attached evidence to \"{}\", so another person must sign it.",
                item(id.as_str())
            )
        }
        Refusal::NoWaiverAsked(id) => format!("Nobody has asked for a waiver of \"{}\".", item(id.as_str())),
        Refusal::NoWaiver(id) => {
            format!("\"{}\" has no waiver that holds, and nobody has asked for one.", item(id.as_str()))
        }
        Refusal::NotYours { who, .. } => format!("{who} holds none of the roles that may do this."),
        Refusal::NoSuch { .. }
        | Refusal::NoSuchPart { .. }
        | Refusal::BadValue { .. }
        | Refusal::BadText { .. }
        | Refusal::NotAhead(_)
        | Refusal::AlreadyOpen(_)
        | Refusal::TooLong(_)
        | Refusal::OtherRunbook { .. }
        | Refusal::WouldOpen(_)
        | Refusal::NotBroken(_)
        | Refusal::NoSuchMember(_)
        | Refusal::NotAMember { .. }
        | Refusal::NotLead { .. }
        | Refusal::ChooseRole { .. }
        | Refusal::SamePerson(_)
        | Refusal::AlreadyTicked
        | Refusal::NotTicked
        | Refusal::OwnWaiver(_)
        | Refusal::NothingToUndo
        | Refusal::ChangedSince { .. }
        | Refusal::KeyTaken(_)
        | Refusal::KeyRevoked
        | Refusal::KeyNotValid { .. }
        | Refusal::ClockBehind { .. }
        | Refusal::NeverValid
        | Refusal::OutlivesKey
        | Refusal::LastLead(_)
        | Refusal::ActionDone { .. }
        | Refusal::ActionFirst { .. }
        | Refusal::ActionInDoubt { .. }
        | Refusal::ActionUnderWay { .. }
        | Refusal::ActionNotUnderWay(_)
        | Refusal::ActionNeeds { .. }
        | Refusal::NotReady { .. }
        | Refusal::NotFresh { .. }
        | Refusal::DecidedAlready { .. }
        | Refusal::TooManyChecks { .. }
        | Refusal::NoChange => capital(&refusal.to_string()),
    }
}

fn advice(runbook: &Runbook, refusal: &Refusal, keys: &Keymap) -> Vec<String> {
    let key = |act| {
        let key = keys.key(Context::Engagement, act);
        key.map_or_else(|| "the palette".to_owned(), Key::name)
    };
    match refusal {
        Refusal::Shut { .. } | Refusal::StageNotDone { .. } | Refusal::NotReady { .. } => {
            vec!["These are open:".to_owned()]
        }
        Refusal::NotFresh { .. } => vec![format!("These must be run again ({}):", key(Act::Check))],
        Refusal::NotYours { roles, people, .. } | Refusal::NotLead { roles, people, .. } => {
            vec![who_may(runbook, roles, people, &key(Act::Members))]
        }
        Refusal::NotAMember { .. } => {
            vec![format!("A lead adds people with their keys ({}).", key(Act::Members))]
        }
        Refusal::EvidenceNeeded { wanted, .. } => wanted
            .iter()
            .map(|what| format!("It takes {what}."))
            .chain([format!("Attach it with {}.", key(Act::Evidence))])
            .collect(),
        Refusal::CheckDecides { verdict, .. } => {
            let said = verdict.map_or("It has not run yet", |v| match v {
                crate::domain::verdict::Verdict::Pass => "It says pass",
                crate::domain::verdict::Verdict::Fail => "It says fail",
                crate::domain::verdict::Verdict::Pending => "It says pending",
                crate::domain::verdict::Verdict::Unknown => "It says unknown",
            });
            let (run, back) = (key(Act::Check), key(Act::Reject));
            vec![format!("{said}. Run it now with {run}; send the item back with {back}.")]
        }
        Refusal::CheckNotPassed { .. } => vec![format!("Run it now with {}.", key(Act::Check))],
        Refusal::NoSuch { did_you_mean: Some(nearest), .. } => vec![format!("Did you mean '{nearest}'?")],
        Refusal::ChooseRole { roles, .. } => {
            let names: Vec<_> = roles.iter().map(|r| runbook.role_name(r)).collect();
            vec![format!("Choose one of {}.", names.join(", "))]
        }
        Refusal::ActionDone { again, .. } => again
            .iter()
            .map(|at| format!("From {} on it may be done again.", at.format("%Y-%m-%d")))
            .chain(["A lead may let it be started anew, with a reason.".to_owned()])
            .collect(),
        Refusal::ActionFirst { .. } => vec![format!("Start it with {}.", key(Act::Action))],
        Refusal::ActionInDoubt { reason, .. } => reason
            .iter()
            .map(|why| capital(why))
            .chain([
                "Look on the provider's side whether it happened.".to_owned(),
                "If it did not, a lead lets it be started anew, with a reason.".to_owned(),
            ])
            .collect(),
        Refusal::ActionUnderWay { .. } => vec!["Wait until it has ended.".to_owned()],
        Refusal::ActionNeeds { .. } => vec![format!("Fill these in first ({}).", key(Act::Facts))],
        Refusal::SamePerson(_) => vec!["Somebody else must sign the other role.".to_owned()],
        Refusal::NoSuch { did_you_mean: None, .. }
        | Refusal::NoSuchPart { .. }
        | Refusal::BadValue { .. }
        | Refusal::BadText { .. }
        | Refusal::NotAhead(_)
        | Refusal::AlreadyOpen(_)
        | Refusal::TooLong(_)
        | Refusal::OtherRunbook { .. }
        | Refusal::WouldOpen(_)
        | Refusal::NotBroken(_)
        | Refusal::EvidenceFull(_)
        | Refusal::OwnEvidence { .. }
        | Refusal::NoSuchMember(_)
        | Refusal::SelfSigned(_)
        | Refusal::AlreadyTicked
        | Refusal::NotTicked
        | Refusal::DoesNotApply(_)
        | Refusal::NotOptional(_)
        | Refusal::NoWaiverAsked(_)
        | Refusal::NoWaiver(_)
        | Refusal::OwnWaiver(_)
        | Refusal::NothingToUndo
        | Refusal::ChangedSince { .. }
        | Refusal::KeyTaken(_)
        | Refusal::KeyRevoked
        | Refusal::KeyNotValid { .. }
        | Refusal::ClockBehind { .. }
        | Refusal::NeverValid
        | Refusal::OutlivesKey
        | Refusal::LastLead(_)
        | Refusal::ActionNotUnderWay(_)
        | Refusal::DecidedAlready { .. }
        | Refusal::TooManyChecks { .. }
        | Refusal::NoChange => Vec::new(),
    }
}

fn who_may(runbook: &Runbook, roles: &[RoleId], people: &[MemberName], members: &str) -> String {
    let roles: Vec<_> = roles.iter().map(|r| runbook.role_name(r)).collect();
    let roles = roles.join(" / ");
    if people.is_empty() {
        return format!("Nobody holds {roles} yet: a lead assigns the role ({members}).");
    }
    let people: Vec<_> = people.iter().map(MemberName::as_str).collect();
    format!("{roles} may: {}.", people.join(", "))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let mut out: String = first.to_uppercase().collect();
    out.push_str(chars.as_str());
    out.push('.');
    out
}
