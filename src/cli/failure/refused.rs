//! What to do about a refusal.

use crate::app::Engagement;
use crate::cli::words::{blocker, people, roles};
use crate::domain::blocker::Blocker;
use crate::domain::ids::{
    ActionId, CheckId, DecisionId, FieldId, ItemId, MemberName, RoleId, SecretId, StageId,
};
use crate::domain::refusal::Refusal;
use crate::domain::verdict::Verdict;
use crate::error::{Failure, Kind};

/// Most blockers that are named one by one.
const MAX_BLOCKERS: usize = 12;

/// A refusal with its hints. Ids become titles, roles become people, where the engagement is known.
pub(super) fn failure(refusal: Refusal, engagement: Option<&Engagement>) -> Failure {
    let kind = match &refusal {
        Refusal::NotFresh { .. } => Kind::Unknown,
        other if other.is_usage() => Kind::Usage,
        _ => Kind::Refused,
    };
    let hints = hints(&refusal, engagement);
    let mut failure = match engagement {
        Some(engagement) => Failure::new(kind, title(&refusal, engagement)),
        None => Failure::new(kind, refusal),
    };
    failure.hints = hints;
    failure
}

/// What was refused, with the titles that people know.
fn title(refusal: &Refusal, engagement: &Engagement) -> String {
    let stage = |id: &StageId| {
        let runbook = &engagement.runbook;
        runbook.stage_index(id.as_str()).map_or_else(|| id.to_string(), |n| runbook.stages()[n].title.clone())
    };
    let why = match refusal {
        Refusal::Shut { stage: id, .. } => return format!("stage '{}' ({id}) is shut", stage(id)),
        Refusal::StageNotDone { stage: id, .. } => {
            return format!("stage '{}' ({id}) is not done", stage(id));
        }
        other => other.to_string(),
    };
    match item_of(refusal).and_then(|id| engagement.runbook.item(id.as_str())) {
        Some((_, item)) => format!("{why} ({})", item.title),
        None => why,
    }
}

fn item_of(refusal: &Refusal) -> Option<&ItemId> {
    match refusal {
        Refusal::SelfSigned(item)
        | Refusal::DoesNotApply(item)
        | Refusal::NotOptional(item)
        | Refusal::NoWaiverAsked(item)
        | Refusal::NoWaiver(item)
        | Refusal::NoSuchPart { item, .. }
        | Refusal::CheckDecides { item, .. }
        | Refusal::CheckNotPassed { item, .. }
        | Refusal::EvidenceFull(item)
        | Refusal::OwnEvidence { item, .. }
        | Refusal::ActionFirst { item, .. }
        | Refusal::EvidenceNeeded { item, .. } => Some(item),
        Refusal::NoSuch { .. }
        | Refusal::BadValue { .. }
        | Refusal::BadText { .. }
        | Refusal::NotAhead(_)
        | Refusal::AlreadyOpen(_)
        | Refusal::TooLong(_)
        | Refusal::OtherRunbook { .. }
        | Refusal::WouldOpen(_)
        | Refusal::NotBroken(_)
        | Refusal::NoSuchMember(_)
        | Refusal::Shut { .. }
        | Refusal::StageNotDone { .. }
        | Refusal::NotAMember { .. }
        | Refusal::NotYours { .. }
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
        | Refusal::ActionInDoubt { .. }
        | Refusal::ActionUnderWay { .. }
        | Refusal::ActionNotUnderWay(_)
        | Refusal::ActionNeeds { .. }
        | Refusal::NotReady { .. }
        | Refusal::NotFresh { .. }
        | Refusal::DecidedAlready { .. }
        | Refusal::TooManyChecks { .. }
        | Refusal::NoChange => None,
    }
}

fn hints(refusal: &Refusal, engagement: Option<&Engagement>) -> Vec<String> {
    let id = engagement.map_or_else(|| "ID".to_owned(), |e| e.id().to_string());
    match refusal {
        Refusal::NoSuch { what, did_you_mean, .. } => match did_you_mean {
            Some(near) => vec![format!("did you mean '{near}'?")],
            None => known(what, engagement).into_iter().collect(),
        },
        Refusal::NoSuchPart { item, .. } => {
            let parts = engagement.and_then(|e| e.runbook.item(item.as_str())).map(|(_, i)| &i.parts);
            match parts {
                Some(parts) if !parts.is_empty() => {
                    let ids: Vec<&str> = parts.iter().map(|p| p.id.as_str()).collect();
                    vec![format!("it has {}", ids.join(", "))]
                }
                Some(_) | None => vec![format!("it is one box: golive tick {id} {item}")],
            }
        }
        Refusal::NotReady { blockers } => {
            let mut out = named(blockers, engagement);
            out.push("a no-go is a decision too: --no-go --reason TEXT".to_owned());
            out
        }
        Refusal::NotFresh { blockers } => {
            let mut out = named(blockers, engagement);
            out.push("--run asks them again first".to_owned());
            out
        }
        Refusal::Shut { stage, blockers } | Refusal::StageNotDone { stage, blockers } => {
            let mut out = named(blockers, engagement);
            out.push(format!("golive why {id} {stage} shows what to do"));
            out
        }
        Refusal::NotAMember { .. } => vec![
            "golive whoami prints your public key".to_owned(),
            format!("a lead adds you with: golive assign {id} ROLE NAME --key FILE"),
        ],
        Refusal::KeyRevoked => vec![
            "golive whoami shows the key in use; config.toml chooses another".to_owned(),
            format!("a lead lets another key speak for a person: golive key-add {id} NAME FILE"),
        ],
        Refusal::KeyNotValid { who, .. } => vec![
            format!("golive members {id} shows the limits of every key"),
            format!("a lead gives it new ones: golive key-add {id} '{who}' FILE --valid-until DATE"),
        ],
        Refusal::ClockBehind { .. } => vec![
            "set the clock of this machine; if it is right, that event was dated ahead".to_owned(),
            format!("golive verify {id} names it"),
        ],
        Refusal::OutlivesKey => vec!["give it an end with --valid-until, or ask a lead".to_owned()],
        Refusal::LastLead(_) => {
            vec![format!("golive assign {id} ROLE NAME --key FILE gives a lead role to somebody else")]
        }
        Refusal::NotYours { roles: may, people: who, .. }
        | Refusal::NotLead { roles: may, people: who, .. } => {
            let mut out = vec![ask(may, who, engagement)];
            if matches!(refusal, Refusal::NotYours { .. }) {
                out.push(
                    "a lead records the word of a person in the room with --on-behalf-of NAME".to_owned(),
                );
            }
            out
        }
        Refusal::ChooseRole { roles, .. } => {
            let ids: Vec<&str> = roles.iter().map(RoleId::as_str).collect();
            vec![format!("choose one with --as: {}", ids.join(", "))]
        }
        Refusal::NoSuchMember(name) => vec![format!("golive assign {id} ROLE '{name}' lets them take part")],
        Refusal::CheckDecides { check, verdict, .. } => {
            vec![check_hint(*verdict, &id, check.as_str()), format!("golive why {id} shows who can act")]
        }
        Refusal::CheckNotPassed { check, verdict, .. } => vec![check_hint(*verdict, &id, check.as_str())],
        Refusal::EvidenceNeeded { item, wanted, .. } => wanted
            .iter()
            .map(|what| format!("it takes {what}"))
            .chain([format!("attach it: golive evidence add {id} {item} REF, or --file PATH")])
            .collect(),
        Refusal::EvidenceFull(item) => {
            vec![format!("golive evidence remove {id} {item} WHICH takes a piece off")]
        }
        Refusal::OwnEvidence { .. } => {
            vec!["somebody else who holds the role signs it, with a key of their own".to_owned()]
        }
        Refusal::WouldOpen(_) => vec![
            "an upgrade makes things stale, never done: what is open is done or waived first".to_owned(),
            format!("golive waive {id} ITEM --reason TEXT asks for an exception"),
        ],
        Refusal::NotBroken(_) => vec![format!("golive status {id} shows the emergencies there are")],
        Refusal::SelfSigned(_) => vec!["give the person a key with golive assign … --key FILE".to_owned()],
        Refusal::NotOptional(item) => {
            vec![format!("golive waive {id} {item} --reason TEXT asks for an exception")]
        }
        Refusal::NoWaiverAsked(item) => vec![format!("golive waive {id} {item} --reason TEXT asks for one")],
        Refusal::NoWaiver(_) => vec![format!("golive status {id} shows the waivers there are")],
        Refusal::OwnWaiver(_) => vec!["another lead grants it with --grant".to_owned()],
        Refusal::ActionDone { action, again, .. } => again
            .iter()
            .map(|at| format!("from {} on it may be done again", at.format("%Y-%m-%d")))
            .chain([format!(
                "a lead may let it be started anew: golive action-reset {id} {action} --reason TEXT"
            )])
            .collect(),
        Refusal::ActionFirst { action, .. } => {
            vec![format!("golive run {id} {action} carries it out; then the item can be ticked again")]
        }
        Refusal::ActionInDoubt { action, reason, .. } => reason
            .iter()
            .cloned()
            .chain([
                "look on the provider's side whether it happened".to_owned(),
                format!("if it did not, a lead lets it be started anew: golive action-reset {id} {action} --reason TEXT"),
            ])
            .collect(),
        Refusal::ActionUnderWay { action, .. } => {
            vec![format!("wait until it has ended; golive actions {id} shows it: {action}")]
        }
        Refusal::ActionNeeds { .. } => vec![
            format!("golive set {id} FIELD=VALUE fills a field in"),
            format!("golive secret {id} SECRET --file FILE says where a secret is"),
        ],
        Refusal::SamePerson(_) => vec!["another person must sign in the role that is left".to_owned()],
        Refusal::BadValue { what, .. } => explained(what, engagement).into_iter().collect(),
        Refusal::BadText { .. }
        | Refusal::NotAhead(_)
        | Refusal::AlreadyOpen(_)
        | Refusal::TooLong(_)
        | Refusal::OtherRunbook { .. }
        | Refusal::AlreadyTicked
        | Refusal::NotTicked
        | Refusal::DoesNotApply(_)
        | Refusal::NothingToUndo
        | Refusal::ChangedSince { .. }
        | Refusal::KeyTaken(_)
        | Refusal::NeverValid
        | Refusal::ActionNotUnderWay(_)
        | Refusal::DecidedAlready { .. }
        | Refusal::TooManyChecks { .. }
        | Refusal::NoChange => Vec::new(),
    }
}

/// Blockers in words, as many as people read.
fn named(blockers: &[Blocker], engagement: Option<&Engagement>) -> Vec<String> {
    let mut out: Vec<String> = match engagement {
        Some(e) => blockers.iter().take(MAX_BLOCKERS).map(|b| blocker(b, e)).collect(),
        None => Vec::new(),
    };
    if blockers.len() > MAX_BLOCKERS {
        out.push(format!("and {} more", blockers.len() - MAX_BLOCKERS));
    }
    out
}

fn check_hint(verdict: Option<Verdict>, id: &str, check: &str) -> String {
    match verdict {
        None => format!("it has not run yet: golive check {id} {check}"),
        Some(verdict) => {
            format!("it says {}: golive check {id} {check} asks again and shows why", verdict.word())
        }
    }
}

/// Whom to ask.
fn ask(may: &[RoleId], who: &[MemberName], engagement: Option<&Engagement>) -> String {
    match engagement {
        None => "ask somebody who holds the role".to_owned(),
        Some(e) if who.is_empty() => format!("it takes {}, and {}", roles(may, e), people(may, who, e)),
        Some(e) => format!("it takes {}: {}", roles(may, e), people(may, who, e)),
    }
}

/// What the runbook says of a field or decision whose value is not accepted: "field 'currency'".
fn explained(what: &str, engagement: Option<&Engagement>) -> Option<String> {
    let runbook = &engagement?.runbook;
    let (kind, id) = what.strip_suffix('\'')?.split_once(" '")?;
    let hint = match kind {
        "field" => runbook.fields.get(id)?.hint.as_ref(),
        "decision" => runbook.decisions.get(id)?.hint.as_ref(),
        _ => None,
    };
    hint.cloned()
}

/// The ids there are, when there are few enough to read.
fn known(what: &str, engagement: Option<&Engagement>) -> Option<String> {
    const FEW: usize = 20;
    let runbook = &engagement?.runbook;
    let ids: Vec<&str> = match what {
        "role" => runbook.roles.keys().map(RoleId::as_str).collect(),
        "stage" => runbook.stages().iter().map(|s| s.id.as_str()).collect(),
        "field" => runbook.fields.keys().map(FieldId::as_str).collect(),
        "secret" => runbook.secrets.keys().map(SecretId::as_str).collect(),
        "decision" => runbook.decisions.keys().map(DecisionId::as_str).collect(),
        "action" => runbook.actions.keys().map(ActionId::as_str).collect(),
        "check" => runbook.checks.keys().map(CheckId::as_str).collect(),
        _ => return None,
    };
    (!ids.is_empty() && ids.len() <= FEW).then(|| format!("there are {}", ids.join(", ")))
}
