//! What happened, in words.

use crate::domain::event::{Author, Event, Fact, SignOff};
use crate::domain::ids::{ActionId, ItemId, StageId};
use crate::domain::runbook::Runbook;

/// One line of an item's history, without the item: "ticked by Lin Chen as Developer, recorded by Dana
/// Ruiz".
pub fn about_item(runbook: &Runbook, event: &Event) -> String {
    let by = &event.by.name;
    match &event.fact {
        Fact::Ticked { parts, signoff, item } => {
            let what = match parts.as_slice() {
                [] => "ticked".to_owned(),
                [part] => format!("{} ticked", part_title(runbook, item, part.as_str())),
                several => format!("{} boxes ticked", several.len()),
            };
            format!("{what} by {}", signed(runbook, &event.by, signoff))
        }
        Fact::Unticked { reason, .. } => format!("unticked by {by}: {reason}"),
        Fact::Proven { .. } => "passed, ticked by itself".to_owned(),
        Fact::Reopened { summary, .. } => format!("regressed: {summary}"),
        Fact::CheckSettled { verdict, summary, .. } => format!("check says {}: {summary}", verdict.word()),
        Fact::Rejected { reason, .. } => format!("sent back by {by}: {reason}"),
        Fact::MarkedNotApplicable { reason, .. } => format!("not applicable, says {by}: {reason}"),
        Fact::WaiverRequested { reason, .. } => format!("waiver asked for by {by}: {reason}"),
        Fact::WaiverGranted { .. } => format!("waiver granted by {by}"),
        Fact::WaiverRevoked { reason, .. } => format!("waiver ended by {by}: {reason}"),
        Fact::EvidenceAdded { reference, .. } => format!("evidence by {by}: {reference}"),
        Fact::EvidenceRemoved { .. } => format!("evidence taken off by {by}"),
        Fact::GlassBroken { stage, reason, until } => format!(
            "BREAK-GLASS by {by}: {} opened in an emergency until {}: {reason}",
            gate_title(runbook, stage.as_ref()),
            until.format("%Y-%m-%d %H:%M UTC")
        ),
        Fact::GlassMended { stage, reason } => {
            format!("break-glass of {} ended by {by}: {reason}", gate_title(runbook, stage.as_ref()))
        }
        Fact::Noted { text, .. } => format!("note by {by}: {text}"),
        Fact::Undone { .. } => format!("last act undone by {by}"),
        Fact::Opened { .. } => format!("engagement begun by {by}"),
        Fact::MemberAdded { member } => format!("{member} joined"),
        Fact::KeyAdded { member, .. } => format!("{member} signs with a new key"),
        Fact::KeyRevoked { .. } => format!("a key was revoked by {by}"),
        Fact::MemberRemoved { member } => format!("{member} was taken off by {by}"),
        Fact::RoleAssigned { member, role } => format!("{member} is {}", runbook.role_name(role)),
        Fact::RoleRemoved { member, role } => format!("{member} is no longer {}", runbook.role_name(role)),
        Fact::FieldSet { field, value, captured_by } => {
            let label = runbook.fields.get(field).map_or(field.as_str(), |f| f.label.as_str());
            let whom = captured_by.as_ref().map_or_else(|| by.to_string(), |_| "a check".to_owned());
            format!("{label} set to {value} by {whom}")
        }
        Fact::SecretSet { secret, .. } => {
            let label = runbook.secrets.get(secret).map_or(secret.as_str(), |s| s.label.as_str());
            format!("source of {label} set by {by}")
        }
        Fact::DecisionProposed { decision, value } => {
            format!("{}: {value} proposed by {by}", decision_title(runbook, decision.as_str()))
        }
        Fact::DecisionConfirmed { decision, value } => {
            format!("{}: {value} agreed, says {by}", decision_title(runbook, decision.as_str()))
        }
        Fact::StageSigned { stage, signoff } => {
            let title = runbook.stage_index(stage.as_str()).map(|n| runbook.stages()[n].title.as_str());
            format!(
                "stage {} signed by {}",
                title.unwrap_or(stage.as_str()),
                signed(runbook, &event.by, signoff)
            )
        }
        Fact::TargetSet { target: Some(day) } => format!("go-live set to {day} by {by}"),
        Fact::TargetSet { target: None } => format!("go-live left open by {by}"),
        Fact::ActionIntended { action, .. } => format!("{} started by {by}", action_title(runbook, action)),
        Fact::ActionDone { action, .. } => format!("{} done by {by}", action_title(runbook, action)),
        Fact::ActionFailed { action, reason, .. } => {
            format!("{} not carried out: {reason}", action_title(runbook, action))
        }
        Fact::ActionOutcomeUnknown { action, reason, .. } => {
            format!("{}: outcome unknown: {reason}", action_title(runbook, action))
        }
        Fact::ActionReset { action, reason } => {
            format!("{} may be started anew, says {by}: {reason}", action_title(runbook, action))
        }
        Fact::GoDecided { outcome, reason, .. } => {
            let why = reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
            format!("{outcome} decided by {by}{why}")
        }
        Fact::Upgraded { runbook, .. } => format!("went on with runbook version {} by {by}", runbook.version),
    }
}

/// The same with the item's title in front, for people who look elsewhere.
pub fn headline(runbook: &Runbook, event: &Event) -> String {
    let said = about_item(runbook, event);
    match event.fact.item() {
        Some(item) => format!("{}: {said}", item_title(runbook, item)),
        None => said,
    }
}

/// Whether the fact is worth a word to somebody who looks at the screen. Every proof and regression comes
/// with the settled verdict behind it, which need not be told twice.
pub fn tells(fact: &Fact) -> bool {
    match fact {
        Fact::CheckSettled { .. }
        | Fact::KeyAdded { .. }
        | Fact::MemberAdded { .. }
        | Fact::ActionIntended { .. } => false,
        Fact::Opened { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::FieldSet { .. }
        | Fact::SecretSet { .. }
        | Fact::DecisionProposed { .. }
        | Fact::DecisionConfirmed { .. }
        | Fact::Ticked { .. }
        | Fact::Unticked { .. }
        | Fact::StageSigned { .. }
        | Fact::Proven { .. }
        | Fact::Reopened { .. }
        | Fact::Rejected { .. }
        | Fact::MarkedNotApplicable { .. }
        | Fact::WaiverRequested { .. }
        | Fact::WaiverGranted { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::GlassBroken { .. }
        | Fact::GlassMended { .. }
        | Fact::Noted { .. }
        | Fact::TargetSet { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. }
        | Fact::ActionDone { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::ActionReset { .. }
        | Fact::GoDecided { .. } => true,
    }
}

/// "Lin Chen as Developer, recorded by Dana Ruiz".
pub fn signed(runbook: &Runbook, by: &Author, signoff: &SignOff) -> String {
    let mut said = format!("{} as {}", signoff.member, runbook.role_name(&signoff.role));
    if by.name != signoff.member {
        said.push_str(", recorded by ");
        said.push_str(by.name.as_str());
    }
    said
}

/// An item's title; its id when the runbook no longer has it.
pub fn item_title<'a>(runbook: &'a Runbook, item: &'a ItemId) -> &'a str {
    runbook.item(item.as_str()).map_or(item.as_str(), |(_, i)| i.title.as_str())
}

/// "the gate of Go-live", "the last gate".
pub fn gate_title(runbook: &Runbook, stage: Option<&StageId>) -> String {
    stage.map_or_else(
        || "the last gate".to_owned(),
        |id| {
            let found = runbook.stages().iter().find(|s| s.id == *id);
            format!("the gate of {}", found.map_or(id.as_str(), |s| s.title.as_str()))
        },
    )
}

fn part_title(runbook: &Runbook, item: &ItemId, part: &str) -> String {
    let parts = runbook.item(item.as_str()).map_or(&[][..], |(_, i)| i.parts.as_slice());
    parts.iter().find(|p| p.id.as_str() == part).map_or_else(|| part.to_owned(), |p| p.title.clone())
}

fn action_title<'a>(runbook: &'a Runbook, action: &'a ActionId) -> &'a str {
    runbook.actions.get(action).map_or(action.as_str(), |a| a.title.as_str())
}

fn decision_title<'a>(runbook: &'a Runbook, decision: &'a str) -> &'a str {
    runbook.decisions.get(decision).map_or(decision, |d| d.title.as_str())
}
