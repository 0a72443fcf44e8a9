//! The live checks of an engagement, a line each: what each settled on, and what it said last.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assess::{applies, context};
use super::ids::{CheckId, ItemId};
use super::light::{Known, Light};
use super::runbook::{Item, Runbook};
use super::state::State;
use super::verdict::{Observation, Verdict};

/// One live check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    /// The check.
    pub check: CheckId,
    /// Its title.
    pub title: String,
    /// The first item that it is for; none when no item that applies uses it.
    pub item: Option<ItemId>,
    /// What it settled on of the facts as they are; never unknown.
    pub settled: Option<Verdict>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// What it said last.
    pub last: Option<LastRun>,
    /// What it settled on, or said last, in words.
    pub summary: String,
    /// Whether its fields and secrets are filled in.
    pub configured: bool,
    /// Whether it looks at the engagement itself and at nothing outside.
    pub inward: bool,
}

/// One run of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// When.
    pub at: DateTime<Utc>,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub latency_ms: u64,
}

impl CheckLine {
    /// How it stands.
    pub fn light(&self) -> Light {
        Light::of(Known {
            used: self.item.is_some(),
            inward: self.inward,
            configured: self.configured,
            settled: self.settled,
            last: self.last.map(|last| last.verdict),
        })
    }

    /// Takes the result of a run in; says whether the light is another.
    pub fn observed(&mut self, observation: &Observation) -> bool {
        let before = self.light();
        self.last = Some(LastRun::of(observation));
        if self.settled.is_none() || observation.verdict == Verdict::Unknown {
            self.summary.clone_from(&observation.summary);
        } else if self.settled != Some(observation.verdict) {
            // Not yet often enough in a row to count; two runs must not be told as one.
            self.summary = format!("last run: {}: {}", observation.verdict.word(), observation.summary);
        }
        self.light() != before
    }
}

impl LastRun {
    /// What is kept of a result.
    pub fn of(observation: &Observation) -> Self {
        Self { at: observation.at, verdict: observation.verdict, latency_ms: observation.latency_ms }
    }
}

/// The checks that an item uses, and those that can run, in the order of the runbook.
pub fn lines(runbook: &Runbook, state: &State, latest: &BTreeMap<CheckId, Observation>) -> Vec<CheckLine> {
    let mut used: BTreeMap<&CheckId, &ItemId> = BTreeMap::new();
    let facts = context(runbook, state);
    let excepted = |item: &Item| {
        item.optional && state.item(item.id.as_str()).is_some_and(|done| done.not_applicable.is_some())
    };
    for item in runbook.stages().iter().flat_map(|stage| &stage.items) {
        if let Some(check) = &item.check
            && applies(item, &facts)
            && !excepted(item)
        {
            used.entry(&check.check).or_insert(&item.id);
        }
    }
    let line = |check: &super::check::Check| {
        let settled = state.settled(check);
        let mut line = CheckLine {
            check: check.id.clone(),
            title: check.title.clone(),
            item: used.get(&check.id).map(|id| (*id).clone()),
            settled: settled.map(|s| s.verdict),
            since: settled.map(|s| s.since),
            last: None,
            summary: settled.map_or_else(String::new, |s| s.summary.clone()),
            configured: check.configured(&state.facts, &state.secrets),
            inward: check.kind.looks_inward(),
        };
        if let Some(observation) = latest.get(&check.id) {
            line.observed(observation);
        }
        line
    };
    runbook.checks.values().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::CheckKind;
    use crate::domain::command::Command;
    use crate::domain::expression::Expression;
    use crate::domain::testing::{World, seen, with_stages};

    fn observation(check: &str, verdict: Verdict) -> Observation {
        match seen(check, verdict, 1) {
            Command::Observe { observation } => *observation,
            _ => unreachable!(),
        }
    }

    fn light(world: &World, latest: &[Observation], check: &str) -> Light {
        let latest = latest.iter().map(|o| (o.check.clone(), o.clone())).collect();
        let lines = lines(&world.runbook, &world.state, &latest);
        lines.iter().find(|line| line.check.as_str() == check).unwrap().light()
    }

    /// A world whose checks ask somebody else.
    fn asking() -> World {
        let mut world = World::new();
        for check in world.runbook.checks.values_mut() {
            check.kind = CheckKind::Http(Vec::new());
        }
        world
    }

    #[test]
    fn two_runs_are_not_told_as_one() {
        let mut world = asking();
        world.sees("kyc", Verdict::Pass, 1);
        let failed = Observation { summary: "refused".into(), ..observation("kyc", Verdict::Fail) };
        let latest = BTreeMap::from([(failed.check.clone(), failed)]);
        let lines = lines(&world.runbook, &world.state, &latest);
        let line = lines.iter().find(|line| line.check.as_str() == "kyc").unwrap();
        assert_eq!(line.light(), Light::Passing, "once is damped");
        assert_eq!(line.summary, "last run: fail: refused");
    }

    #[test]
    fn the_light_is_what_it_settled_on_unless_nobody_can_say_now() {
        let mut world = asking();
        assert_eq!(light(&world, &[], "kyc"), Light::NotRun);
        assert_eq!(light(&world, &[], "probe"), Light::NotConfigured);
        world.sees("kyc", Verdict::Pass, 1);
        assert_eq!(light(&world, &[observation("kyc", Verdict::Pass)], "kyc"), Light::Passing);
        assert_eq!(light(&world, &[observation("kyc", Verdict::Unknown)], "kyc"), Light::Unknown);
        world.sees("kyc", Verdict::Fail, 9);
        assert_eq!(light(&world, &[observation("kyc", Verdict::Unknown)], "kyc"), Light::Failing);
    }

    #[test]
    fn what_was_said_of_other_facts_and_for_items_that_do_not_apply_lights_nothing() {
        let mut world = World::new();
        let set = |value: &str| Command::SetField { field: "url".parse().unwrap(), value: value.into() };
        world.act("Lea", &set("a")).unwrap();
        world.sees("probe", Verdict::Pass, 1);
        let passed = [observation("probe", Verdict::Pass)];
        assert_eq!(light(&world, &passed, "probe"), Light::Passing);
        world.act("Lea", &set("b")).unwrap();
        assert_eq!(light(&world, &passed, "probe"), Light::NotRun);
        let mut stages = world.runbook.stages().to_vec();
        stages[1].items[4].applies_when = Some(Expression::new("fields.markets == 'EU'").unwrap());
        world.runbook = with_stages(&world.runbook, stages);
        assert_eq!(light(&world, &passed, "probe"), Light::Unused);
    }
}
