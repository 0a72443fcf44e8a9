//! One engagement in one line: what the portfolio shows without opening it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::assess::{Assessment, Status};
use super::blocker::stage_blockers;
use super::ids::{EngagementId, MemberName, RunbookId, StageId};
use super::pace::Pace;
use super::runbook::Runbook;
use super::state::State;
use super::verdict::Verdict;

/// One row of the portfolio. Kept as a cache beside the log and made again from it at will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The engagement.
    pub engagement: EngagementId,
    /// The merchant's name.
    pub name: String,
    /// The runbook.
    pub runbook: RunbookId,
    /// The runbook's provider.
    pub provider: String,
    /// Each stage: title, items done, items that apply.
    pub stages: Vec<StageSummary>,
    /// The first stage that is not complete; none when the engagement is live.
    pub current: Option<usize>,
    /// Items done.
    pub done: usize,
    /// Items that apply.
    pub total: usize,
    /// Items excepted for a time; never counted as done.
    pub waived: usize,
    /// Items that do not apply; not in `total`.
    #[serde(default)]
    pub not_applicable: usize,
    /// Gates opened by break-glass, with the moment at which each ends: the line may be read after that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emergencies: Vec<Emergency>,
    /// Items of done work whose check has failed since.
    pub regressed: usize,
    /// Who must act next: the roles of the current stage's first blockers, by name, with their people.
    pub waiting_on: Vec<Waiting>,
    /// Settled checks: passing, failing, pending.
    pub lights: [usize; 3],
    /// Live checks that have what they need to run.
    #[serde(default)]
    pub checks: usize,
    /// The day the merchant wants to be live.
    pub target: Option<NaiveDate>,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When the last event was written.
    pub last_at: DateTime<Utc>,
    /// How fast it goes. A line that was kept without it says too little and is made anew.
    pub pace: Pace,
}

/// A gate that was opened by break-glass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// The title of its stage; none for the last gate.
    pub stage: Option<String>,
    /// Who opened it.
    pub by: MemberName,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// One stage of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageSummary {
    /// Its title.
    pub title: String,
    /// Items done or excepted: the stage waits for none of them.
    pub settled: usize,
    /// Items done.
    #[serde(default)]
    pub done: usize,
    /// Items excepted for a time.
    #[serde(default)]
    pub waived: usize,
    /// Items that apply.
    pub total: usize,
    /// Whether the stage is complete, sign-offs included.
    pub complete: bool,
}

/// A role that must act, with the people who hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The role's name.
    pub role: String,
    /// Who holds it; empty when nobody does.
    pub people: Vec<MemberName>,
    /// How many of the stage's blockers wait for it.
    pub count: usize,
}

impl Summary {
    /// The emergencies that hold a gate open at a moment.
    pub fn broken(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Emergency> {
        self.emergencies.iter().filter(move |e| now < e.until)
    }

    /// When it changes next without anybody doing anything.
    pub fn turns(&self) -> Option<DateTime<Utc>> {
        self.pace.ends.as_ref().map(|ends| ends.at)
    }

    /// Whether one of a person's roles must act next.
    pub fn waits_for(&self, person: &MemberName) -> bool {
        self.waiting_on.iter().any(|waiting| waiting.people.contains(person))
    }

    /// Whether there is anything to say of its live checks.
    pub fn has_checks(&self) -> bool {
        self.checks > 0 || self.lights.iter().any(|n| *n > 0)
    }

    /// Whether something may wait for a person that only the log tells.
    pub fn may_wait_for(&self, person: &MemberName) -> bool {
        self.waits_for(person) || (self.pace.asked > 0 && self.pace.people.contains(person))
    }

    /// Days left until the target when the lead times of what is open are taken off; none without a target,
    /// and none when nothing is open.
    pub fn slack(&self, today: NaiveDate) -> Option<i64> {
        self.current?;
        Some((self.target? - today).num_days() - i64::from(self.pace.lead_days))
    }

    /// Sums an engagement up.
    pub fn new(runbook: &Runbook, state: &State, assessment: &Assessment) -> Self {
        let stages = runbook
            .stages()
            .iter()
            .zip(&assessment.stages)
            .map(|(stage, a)| StageSummary {
                title: stage.title.clone(),
                settled: a.totals.done + a.totals.waived,
                done: a.totals.done,
                waived: a.totals.waived,
                total: a.totals.total,
                complete: a.complete,
            })
            .collect();
        let regressed =
            assessment.stages.iter().flat_map(|s| &s.items).filter(|i| i.status == Status::Regressed).count();
        // What is still to be filled in is work, not an alarm.
        let alarms = state.checks.iter().filter(|(id, settled)| {
            let inward = runbook.checks.get(*id).is_some_and(|check| check.kind.looks_inward());
            !inward || settled.verdict == Verdict::Pass
        });
        let lights = [Verdict::Pass, Verdict::Fail, Verdict::Pending]
            .map(|v| alarms.clone().filter(|(_, settled)| settled.verdict == v).count());
        Self {
            engagement: state.engagement.clone(),
            name: state.name.clone(),
            runbook: runbook.id.clone(),
            provider: runbook.provider.clone(),
            stages,
            current: assessment.current,
            done: assessment.totals.done,
            total: assessment.totals.total,
            waived: assessment.totals.waived,
            not_applicable: assessment.totals.not_applicable,
            emergencies: emergencies(runbook, state),
            regressed,
            waiting_on: waiting_on(runbook, state, assessment),
            lights,
            checks: runbook.checks.values().filter(|c| c.configured(&state.facts, &state.secrets)).count(),
            target: state.target,
            opened_at: state.opened_at,
            last_at: state.last_at,
            pace: Pace::new(runbook, state, assessment),
        }
    }
}

/// Every emergency that was not ended by somebody; which of them still hold, a reader's clock says.
fn emergencies(runbook: &Runbook, state: &State) -> Vec<Emergency> {
    let title = |id: &StageId| {
        let found = runbook.stages().iter().find(|s| s.id == *id);
        found.map_or_else(|| id.to_string(), |s| s.title.clone())
    };
    let open = state.broken.iter().filter(|(_, glass)| glass.mended.is_none());
    let mut out: Vec<Emergency> = open
        .map(|(stage, glass)| Emergency {
            stage: stage.as_ref().map(title),
            by: glass.opened.by.name.clone(),
            until: glass.until,
        })
        .collect();
    out.sort_by_key(|e| std::cmp::Reverse(e.until));
    out
}

fn waiting_on(runbook: &Runbook, state: &State, assessment: &Assessment) -> Vec<Waiting> {
    let Some(current) = assessment.current else {
        return Vec::new();
    };
    let mut out: Vec<Waiting> = Vec::new();
    for blocker in stage_blockers(runbook, state, assessment, current) {
        for role in &blocker.roles {
            let name = runbook.role_name(role);
            match out.iter_mut().find(|w| w.role == name) {
                Some(waiting) => waiting.count += 1,
                None => out.push(Waiting {
                    role: name.to_owned(),
                    people: state.holders(role).cloned().collect(),
                    count: 1,
                }),
            }
        }
    }
    out
}
