//! Going live: the decision that the last gate leads to.
//!
//! A person decides, in a role that may: one that signs the last stage, or a lead. *Go* needs the last gate
//! open and every live check behind it fresh; *no-go* is a decision too, with its reason and the blockers
//! there were. Either is an event that covers the log before it and carries what the checks said, so the
//! release made from it can be made again from the log alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::assess::stage_content;
use super::digest::Digest;
use super::event::{Author, Fact};
use super::ids::RoleId;
use super::runbook::Runbook;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum GoNoGo {
    /// Live traffic may flow.
    Go,
    /// It may not, or not yet.
    NoGo,
}

impl GoNoGo {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
        }
    }
}

impl std::fmt::Display for GoNoGo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// The decision taken last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The sequence number of the event.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Author,
    /// In which role; none where nobody but the opener leads.
    pub role: Option<RoleId>,
    /// What.
    pub outcome: GoNoGo,
    /// Why; always there for a no-go.
    pub reason: Option<String>,
    /// Whether something that bears on it has happened since.
    pub overtaken: bool,
}

/// The roles that decide on going live: those that sign the last stage, then the leads.
pub fn deciders(runbook: &Runbook) -> Vec<RoleId> {
    let mut out: Vec<RoleId> = runbook.stages().last().map_or_else(Vec::new, |s| s.signoff.clone());
    for role in runbook.roles.values().filter(|r| r.lead && !out.contains(&r.id)).collect::<Vec<_>>() {
        out.push(role.id.clone());
    }
    out
}

/// The content digest of a whole runbook as a decision covers it: all stages, in order.
pub fn whole_content(runbook: &Runbook) -> Digest {
    let stages: Vec<Digest> = runbook.stages().iter().map(stage_content).collect();
    Digest::of_parts(stages.iter().map(|d| d.as_bytes().as_slice()))
}

/// Whether a fact may change what was decided on, so that deciding again is not the same decision twice.
/// What a check settles on does so only through the item that it ticks or opens again.
pub(super) fn bears_on_going_live(fact: &Fact) -> bool {
    match fact {
        Fact::Opened { .. }
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
        | Fact::WaiverGranted { .. }
        | Fact::WaiverRevoked { .. }
        | Fact::EvidenceAdded { .. }
        | Fact::EvidenceRemoved { .. }
        | Fact::GlassBroken { .. }
        | Fact::GlassMended { .. }
        | Fact::TargetSet { .. }
        | Fact::Undone { .. }
        | Fact::Upgraded { .. } => true,
        // Values that an answer filled in are fields like any other.
        Fact::ActionDone { captured, .. } => !captured.is_empty(),
        Fact::MemberAdded { .. }
        | Fact::KeyAdded { .. }
        | Fact::KeyRevoked { .. }
        | Fact::MemberRemoved { .. }
        | Fact::RoleAssigned { .. }
        | Fact::RoleRemoved { .. }
        | Fact::CheckSettled { .. }
        | Fact::WaiverRequested { .. }
        | Fact::Noted { .. }
        | Fact::ActionIntended { .. }
        | Fact::ActionFailed { .. }
        | Fact::ActionOutcomeUnknown { .. }
        | Fact::ActionReset { .. }
        | Fact::GoDecided { .. } => false,
    }
}
