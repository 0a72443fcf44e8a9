//! What holds a gate shut: `golive gate`, `golive why`.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::EmergencyJson;
use crate::app::{Engagement, GateReport};
use crate::cli::found::Found;
use crate::domain::blocker::Blocker;
use crate::domain::ids::{EngagementId, ItemId, MemberName, RoleId, StageId};
use crate::domain::verdict::{Cause, Finding};

/// One reason why a gate is shut.
#[derive(Debug, Serialize)]
pub struct BlockerJson {
    /// The stage that is not complete.
    pub stage: StageId,
    /// The item; `null` when the stage as a whole waits for a signature.
    pub item: Option<ItemId>,
    /// Title of the item or the stage.
    pub title: String,
    /// Why, in words.
    pub reason: String,
    /// Roles that can act.
    pub roles: Vec<RoleId>,
    /// Their names, in the same order.
    pub role_names: Vec<String>,
    /// People who hold them.
    pub people: Vec<MemberName>,
    /// What the other side named as outstanding, where the last result of the item's check is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What the troubleshooting knows about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

impl BlockerJson {
    /// The shape of a blocker.
    pub fn new(blocker: &Blocker, engagement: &Engagement) -> Self {
        let runbook = &engagement.runbook;
        let title = match &blocker.item {
            Some(id) => runbook.item(id.as_str()).map(|(_, item)| item.title.clone()),
            None => runbook.stage_index(blocker.stage.as_str()).map(|n| runbook.stages()[n].title.clone()),
        };
        Self {
            stage: blocker.stage.clone(),
            item: blocker.item.clone(),
            title: title.unwrap_or_default(),
            reason: blocker.reason(),
            roles: blocker.roles.clone(),
            role_names: blocker.roles.iter().map(|r| runbook.role_name(r).to_owned()).collect(),
            people: blocker.people.clone(),
            findings: Vec::new(),
            causes: Vec::new(),
        }
    }

    /// With what the last result of the item's check found.
    pub(in crate::cli) fn with(self, Found { findings, causes }: Found) -> Self {
        Self { findings, causes, ..self }
    }
}

/// `golive gate`, `golive why`
#[derive(Debug, Serialize)]
pub struct GateJson {
    /// The engagement.
    pub engagement: EngagementId,
    /// The stage; `null` for the last gate.
    pub stage: Option<StageId>,
    /// `open`, `shut`, `break_glass` or `unknown`.
    pub standing: &'static str,
    /// What is open before it.
    pub blockers: Vec<BlockerJson>,
    /// Checks without a fresh pass.
    pub not_fresh: Vec<BlockerJson>,
    /// Gates that are open by break-glass.
    pub emergencies: Vec<EmergencyJson>,
    /// When it was asked.
    pub at: DateTime<Utc>,
}

impl GateJson {
    /// The shape of a gate.
    pub fn new(report: &GateReport) -> Self {
        let shapes = |list: &[Blocker]| {
            list.iter().map(|b| BlockerJson::new(b, &report.engagement)).collect::<Vec<_>>()
        };
        Self {
            engagement: report.engagement.id().clone(),
            stage: report.stage.clone(),
            standing: report.standing.word(),
            blockers: shapes(&report.blockers),
            not_fresh: shapes(&report.not_fresh),
            emergencies: EmergencyJson::all(&report.engagement, report.at),
            at: report.at,
        }
    }
}
