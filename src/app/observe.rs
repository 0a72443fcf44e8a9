//! What a result of a check does to an engagement.

use super::App;
use super::engagement::Engagement;
use super::error::{AppError, Refused};
use super::execute::{Act, Done};
use crate::checks::settle;
use crate::domain::command::Command;
use crate::domain::event::{Event, Fact};
use crate::domain::ids::{CheckId, EngagementId, FieldId, ItemId};
use crate::domain::refusal::Refusal;
use crate::domain::verdict::{Observation, Verdict};

/// What a result came to.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The engagement after it.
    pub engagement: Engagement,
    /// The result, with its streak.
    pub observation: Observation,
    /// What it changed; nothing on most days.
    pub changes: Vec<Change>,
}

/// One thing that a result changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A check settled on another verdict than before.
    Settled(CheckId, Verdict),
    /// An item was ticked by itself.
    Ticked(ItemId),
    /// An item that was done is open again.
    Reopened(ItemId),
    /// A field was filled in by itself.
    Captured(FieldId),
}

impl Change {
    /// The changes among events of a result.
    pub fn of(events: &[Event]) -> Vec<Self> {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::CheckSettled { check, verdict, .. } => Some(Self::Settled(check.clone(), *verdict)),
                Fact::Proven { item, .. } => Some(Self::Ticked(item.clone())),
                Fact::Reopened { item, .. } => Some(Self::Reopened(item.clone())),
                Fact::FieldSet { field, captured_by: Some(_), .. } => Some(Self::Captured(field.clone())),
                Fact::Opened { .. }
                | Fact::MemberAdded { .. }
                | Fact::KeyAdded { .. }
                | Fact::KeyRevoked { .. }
                | Fact::MemberRemoved { .. }
                | Fact::RoleAssigned { .. }
                | Fact::RoleRemoved { .. }
                | Fact::FieldSet { captured_by: None, .. }
                | Fact::SecretSet { .. }
                | Fact::DecisionProposed { .. }
                | Fact::DecisionConfirmed { .. }
                | Fact::Ticked { .. }
                | Fact::Unticked { .. }
                | Fact::StageSigned { .. }
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
                | Fact::ActionIntended { .. }
                | Fact::ActionDone { .. }
                | Fact::ActionFailed { .. }
                | Fact::ActionOutcomeUnknown { .. }
                | Fact::ActionReset { .. }
                | Fact::GoDecided { .. } => None,
            })
            .collect()
    }
}

/// Whether a run began before what it looked at was changed.
fn overtaken(engagement: &Engagement, observation: &Observation) -> bool {
    let check = engagement.runbook.checks.get(&observation.check);
    let (began, changed) = (observation.facts_at, &engagement.state.changed);
    check.zip(began).is_some_and(|(check, began)| changed.overtakes(began, &check.needs))
}

impl App {
    /// Keeps a result and does what follows from it. Whoever is no member, or is one no longer, may look
    /// on: the result is kept, and nothing follows from it until a member's golive sees one.
    pub async fn observe(&self, id: &EngagementId, mut observation: Observation) -> Result<Seen, AppError> {
        let engagement = self.load(id).await?;
        if overtaken(&engagement, &observation) {
            // Neither kept nor counted: it would pass for the newest word on facts that it has not seen.
            return Ok(Seen { engagement, observation, changes: Vec::new() });
        }
        // Another process may have seen results in between: the store knows them all.
        let before = self.shared.store.recent(id, &observation.check, 1).await?;
        let before = before.first().filter(|last| !overtaken(&engagement, last));
        let before = before.map(|last| (last.verdict, last.streak));
        observation.streak = settle::streak(before, observation.verdict);
        self.shared.store.record(id, std::slice::from_ref(&observation)).await?;
        let command = Command::Observe { observation: Box::new(observation.clone()) };
        let Done { engagement, events } = match self.execute(id, Act::new(command)).await {
            Err(AppError::Refused(refused)) => match *refused {
                Refused {
                    refusal: Refusal::NotAMember { .. } | Refusal::KeyRevoked | Refusal::KeyNotValid { .. },
                    engagement: Some(engagement),
                    left: _,
                } => Done { engagement, events: Vec::new() },
                other => return Err(AppError::Refused(Box::new(other))),
            },
            outcome => outcome?,
        };
        Ok(Seen { engagement, observation, changes: Change::of(&events) })
    }
}
