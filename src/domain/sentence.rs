//! What an event says, in one sentence for people. The log on the command line and on the screen say the
//! same.

use chrono::{DateTime, Utc};

use super::event::{Event, Fact, SignOff};
use super::ids::{ActionId, ItemId, PartId, RoleId, StageId};
use super::runbook::Runbook;
use super::validity::Validity;

/// What happened, without who and when. Not yet safe to print: texts of people are in it.
pub fn sentence(runbook: &Runbook, event: &Event) -> String {
    let item = |id: &ItemId| {
        let found = runbook.item(id.as_str());
        found.map_or_else(|| id.to_string(), |(_, item)| item.title.clone())
    };
    let role = |id: &RoleId| runbook.role_name(id).to_owned();
    let action = |id: &ActionId| runbook.actions.get(id).map_or_else(|| id.to_string(), |a| a.title.clone());
    match &event.fact {
        Fact::Opened { name, runbook, .. } => {
            format!("opened the engagement of {name} with runbook {} {}", runbook.id, runbook.version)
        }
        Fact::MemberAdded { member } => format!("{member} joins"),
        Fact::KeyAdded { member, key, validity, .. } => {
            format!("{member} signs with key {key}{}", limits(validity))
        }
        Fact::KeyRevoked { key } => format!("key {key} speaks for nobody any more"),
        Fact::MemberRemoved { member } => format!("{member} leaves, with all roles and keys"),
        Fact::RoleAssigned { member, role: id } => format!("{member} is {}", role(id)),
        Fact::RoleRemoved { member, role: id } => format!("{member} is no longer {}", role(id)),
        Fact::FieldSet { field, value, captured_by } => match captured_by {
            Some(check) => format!("check {check} filled {field} with '{value}'"),
            None => format!("set {field} to '{value}'"),
        },
        Fact::SecretSet { secret, source } => format!("secret {secret} is in {source}"),
        Fact::DecisionProposed { decision, value } => format!("proposed '{value}' for {decision}"),
        Fact::DecisionConfirmed { decision, value } => format!("confirmed '{value}' for {decision}"),
        Fact::Ticked { item: id, parts, signoff } => {
            format!("ticked {}{} {}", item(id), boxes(parts), signed(runbook, event, signoff))
        }
        Fact::Unticked { item: id, parts, reason } => {
            format!("took the tick of {}{} back: {reason}", item(id), boxes(parts))
        }
        Fact::StageSigned { stage, signoff } => {
            format!("signed stage {} {}", stage_title(runbook, stage), signed(runbook, event, signoff))
        }
        Fact::Proven { item: id, check, summary, .. } => {
            format!("{} ticked by itself: check {check}: {summary}", item(id))
        }
        Fact::Reopened { item: id, check, summary } => {
            format!("{} is open again: check {check}: {summary}", item(id))
        }
        Fact::CheckSettled { check, verdict, summary, .. } => {
            format!("check {check} says {}: {summary}", verdict.word())
        }
        Fact::Rejected { item: id, reason } => format!("sent {} back: {reason}", item(id)),
        Fact::MarkedNotApplicable { item: id, reason } => format!("{} does not apply: {reason}", item(id)),
        Fact::WaiverRequested { item: id, reason, until } => {
            format!("asked for an exception for {} until {}: {reason}", item(id), until.format("%Y-%m-%d"))
        }
        Fact::WaiverGranted { item: id, .. } => format!("granted the exception for {}", item(id)),
        Fact::WaiverRevoked { item: id, reason } => format!("ended the exception for {}: {reason}", item(id)),
        Fact::EvidenceAdded { item: id, reference, file: None, .. } => {
            format!("attached to {}: {reference}", item(id))
        }
        Fact::EvidenceAdded { item: id, reference, digest, file: Some(file) } => {
            let size = bytes(file.size);
            format!("attached file {reference} ({size}, SHA-256 {}) to {}", digest.short(), item(id))
        }
        Fact::EvidenceRemoved { item: id, digest } => {
            format!("took evidence {} off {}", digest.short(), item(id))
        }
        Fact::GlassBroken { stage, reason, until } => format!(
            "BREAK-GLASS: opened {} in an emergency until {}: {reason}",
            gate(runbook, stage.as_ref()),
            until.format("%Y-%m-%d %H:%M:%S UTC")
        ),
        Fact::GlassMended { stage, reason } => {
            format!("ended the break-glass of {}: {reason}", gate(runbook, stage.as_ref()))
        }
        Fact::Noted { item: Some(id), text } => format!("noted on {}: {text}", item(id)),
        Fact::Noted { item: None, text } => format!("noted: {text}"),
        Fact::TargetSet { target: Some(day) } => format!("set the target to {}", day.format("%Y-%m-%d")),
        Fact::TargetSet { target: None } => "left the target open".to_owned(),
        Fact::Undone { seq } => format!("took event {seq} back"),
        Fact::Upgraded { runbook, exceptions_ended, .. } => {
            let ended = match exceptions_ended.len() {
                0 => String::new(),
                1 => "; 1 exception ended".to_owned(),
                n => format!("; {n} exceptions ended"),
            };
            format!("went on with runbook {} {}{ended}", runbook.id, runbook.version)
        }
        Fact::ActionIntended { action: id, .. } => format!("starts action {}", action(id)),
        Fact::ActionDone { action: id, request_id, stored, .. } => {
            let stored = stored
                .iter()
                .map(|(secret, source)| format!("secret {secret} is in {source}"))
                .collect::<Vec<_>>();
            let done = format!("carried out action {}{}", action(id), request(request_id.as_ref()));
            std::iter::once(done).chain(stored).collect::<Vec<_>>().join("; ")
        }
        Fact::ActionFailed { action: id, reason, request_id, .. } => {
            format!("action {} was not carried out: {reason}{}", action(id), request(request_id.as_ref()))
        }
        Fact::ActionOutcomeUnknown { action: id, reason, request_id, .. } => {
            format!("outcome of action {} unknown: {reason}{}", action(id), request(request_id.as_ref()))
        }
        Fact::ActionReset { action: id, reason } => {
            format!("lets action {} be started anew: {reason}", action(id))
        }
        Fact::GoDecided { outcome, role: id, reason, .. } => {
            let held = id.as_ref().map_or_else(String::new, |id| format!(" as {}", role(id)));
            let why = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            format!("decided {outcome}{held}{why}")
        }
    }
}

fn request(id: Option<&String>) -> String {
    id.map_or_else(String::new, |id| format!(" (request {id})"))
}

fn boxes(parts: &[PartId]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let ids: Vec<&str> = parts.iter().map(PartId::as_str).collect();
    format!(" ({})", ids.join(", "))
}

fn signed(runbook: &Runbook, event: &Event, signoff: &SignOff) -> String {
    let role = runbook.role_name(&signoff.role);
    if signoff.member == event.by.name {
        format!("as {role}")
    } else {
        format!("for {} as {role}", signoff.member)
    }
}

/// "the gate of Go-live", "the last gate".
pub fn gate(runbook: &Runbook, stage: Option<&StageId>) -> String {
    stage.map_or_else(|| "the last gate".to_owned(), |id| format!("the gate of {}", stage_title(runbook, id)))
}

/// The title of a stage; its id when the runbook no longer has it.
pub fn stage_title(runbook: &Runbook, id: &StageId) -> String {
    runbook.stage_index(id.as_str()).map_or_else(|| id.to_string(), |n| runbook.stages()[n].title.clone())
}

/// ", from … until …": the limits of a key; nothing when it has none.
pub fn limits(validity: &Validity) -> String {
    let day = |word: &str, at: Option<DateTime<Utc>>| {
        at.map_or_else(String::new, |at| format!(" {word} {}", at.format("%Y-%m-%d %H:%M UTC")))
    };
    let said = format!("{}{}", day("from", validity.from), day("until", validity.until));
    if said.is_empty() { said } else { format!(",{said}") }
}

/// A size: "812 bytes", "1.4 MiB".
pub fn bytes(n: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = KIB * KIB;
    match n {
        1 => "1 byte".to_owned(),
        0..KIB => format!("{n} bytes"),
        KIB..MIB => format!("{}.{} KiB", n / KIB, n % KIB * 10 / KIB),
        _ => format!("{}.{} MiB", n / MIB, n % MIB * 10 / MIB),
    }
}
