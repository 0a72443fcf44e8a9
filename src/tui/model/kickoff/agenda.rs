//! What comes after what in a kickoff, made from the runbook.

use crate::domain::assess::{Assessment, Gate};
use crate::domain::check::DecisionStage;
use crate::domain::digest::Digest;
use crate::domain::ids::{DecisionId, FieldId};
use crate::domain::runbook::Runbook;
use crate::domain::state::State;

/// One thing to talk about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// Who is there, and who has which role.
    People,
    /// One decision of the matrix.
    Decision(DecisionId),
    /// One field.
    Field(FieldId),
    /// The day of going live, and the stages up to it with their owners.
    Plan,
    /// The items of the open stages.
    Tick,
    /// What stays open.
    Open,
    /// What was done, and the minutes.
    Summary,
}

/// Points of one kind, under one heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// People to roles.
    People,
    /// The decision matrix.
    Decisions,
    /// The fields.
    Fields,
    /// Owners and dates.
    Plan,
    /// What can be ticked in the room.
    Tick,
    /// Open points.
    Open,
    /// The minutes.
    Summary,
}

impl Part {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::People => "Who is here",
            Self::Decisions => "Decisions",
            Self::Fields => "Facts",
            Self::Plan => "Owners and dates",
            Self::Tick => "Tick off",
            Self::Open => "Open points",
            Self::Summary => "Minutes",
        }
    }
}

impl Point {
    /// The part that it belongs to.
    pub fn part(&self) -> Part {
        match self {
            Self::People => Part::People,
            Self::Decision(_) => Part::Decisions,
            Self::Field(_) => Part::Fields,
            Self::Plan => Part::Plan,
            Self::Tick => Part::Tick,
            Self::Open => Part::Open,
            Self::Summary => Part::Summary,
        }
    }

    /// What it is called in the agenda.
    pub fn title<'a>(&'a self, runbook: &'a Runbook) -> &'a str {
        match self {
            Self::Decision(id) => runbook.decisions.get(id).map_or(id.as_str(), |d| d.title.as_str()),
            Self::Field(id) => runbook.fields.get(id).map_or(id.as_str(), |f| f.label.as_str()),
            Self::People | Self::Plan | Self::Tick | Self::Open | Self::Summary => self.part().title(),
        }
    }
}

/// How a point stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is said yet.
    Open,
    /// On the table, not agreed; or done in part.
    Partly,
    /// Agreed, filled in, done.
    Settled,
}

/// The points in order, and how each stands.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// Of which runbook.
    pub of: Option<Digest>,
    /// The points, those of a part next to each other.
    pub points: Vec<Point>,
    /// How each stands.
    pub standing: Vec<Standing>,
}

impl Agenda {
    /// The agenda that a runbook makes.
    pub fn new(runbook: &Runbook) -> Self {
        let mut points = vec![Point::People];
        points.extend(runbook.decisions.keys().cloned().map(Point::Decision));
        points.extend(runbook.fields.keys().cloned().map(Point::Field));
        points.extend([Point::Plan, Point::Tick, Point::Open, Point::Summary]);
        Self { of: Some(runbook.digest), standing: vec![Standing::Open; points.len()], points }
    }

    /// Looks anew how each point stands.
    pub fn refresh(&mut self, runbook: &Runbook, state: &State, assessment: &Assessment, since: u64) {
        let stands = |point: &Point| standing(point, runbook, state, assessment, since);
        self.standing = self.points.iter().map(stands).collect();
    }

    /// The first point at which something is open.
    pub fn first_open(&self, runbook: &Runbook, state: &State, assessment: &Assessment) -> usize {
        let open = |p: &Point| standing(p, runbook, state, assessment, 0) != Standing::Settled;
        self.points.iter().position(open).unwrap_or(0)
    }

    /// The parts in order: each with its first point and the number of its points.
    pub fn parts(&self) -> Vec<(Part, usize, usize)> {
        let mut out: Vec<(Part, usize, usize)> = Vec::new();
        for (n, point) in self.points.iter().enumerate() {
            match out.last_mut() {
                Some((part, _, count)) if *part == point.part() => *count += 1,
                Some(_) | None => out.push((point.part(), n, 1)),
            }
        }
        out
    }

    /// How many of so many points from one on are settled.
    pub fn settled(&self, first: usize, count: usize) -> usize {
        self.standing.iter().skip(first).take(count).filter(|s| **s == Standing::Settled).count()
    }
}

fn standing(
    point: &Point,
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    since: u64,
) -> Standing {
    let yes = |yes: bool| if yes { Standing::Settled } else { Standing::Open };
    match point {
        Point::People => people(runbook, state, assessment),
        Point::Decision(id) => match state.facts.decisions.get(id) {
            Some((_, DecisionStage::Confirmed)) => Standing::Settled,
            Some((_, DecisionStage::Proposed)) => Standing::Partly,
            None => Standing::Open,
        },
        Point::Field(id) => yes(state.facts.fields.get(id).is_some_and(|v| !v.is_empty())),
        Point::Plan => yes(state.target.is_some()),
        Point::Tick => {
            let mut left = assessment.stages.iter().filter(|s| s.gate != Gate::Shut && !s.complete);
            match left.next() {
                None => Standing::Settled,
                Some(stage) if stage.totals.done > 0 => Standing::Partly,
                Some(_) => Standing::Open,
            }
        }
        Point::Open => yes(super::page::remarks(state, since).next().is_some()),
        Point::Summary => Standing::Open,
    }
}

/// Settled when everybody is known whom the stage in work waits for.
fn people(runbook: &Runbook, state: &State, assessment: &Assessment) -> Standing {
    let Some(stage) = assessment.current.and_then(|n| runbook.stages().get(n)) else {
        return Standing::Settled;
    };
    let held = |role: &crate::domain::ids::RoleId| state.holders(role).next().is_some();
    let signed = stage.signoff.iter().all(held)
        && stage.items.iter().all(|item| item.owner.signs.satisfied_by_roles(&held));
    match (signed, state.members.len()) {
        (true, _) => Standing::Settled,
        (false, 0 | 1) => Standing::Open,
        (false, _) => Standing::Partly,
    }
}
