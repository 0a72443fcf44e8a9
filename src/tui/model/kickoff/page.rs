//! The rows of the page that is shown, made from the engagement when something changes.

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::domain::assess::{Assessment, Gate, lacking_evidence};
use crate::domain::check::DecisionStage;
use crate::domain::decide::check_decision;
use crate::domain::decision::{Decision, DecisionKind};
use crate::domain::event::Author;
use crate::domain::fresh::says;
use crate::domain::ids::{DecisionId, ItemId, MemberName, RoleId};
use crate::domain::plan::{StagePlan, plan};
use crate::domain::runbook::{CheckMode, Item, Place, Runbook};
use crate::domain::state::{Remark, State};
use crate::domain::verdict::Verdict;

use super::Kickoff;
use super::agenda::{Point, Standing};

/// Rows of one page, at most: more are not gone through in a meeting.
const MAX_ROWS: usize = 2000;
/// Things still open that are named, at most.
const MAX_OPEN: usize = 40;

/// Who sits at the screen, and on which day.
#[derive(Debug, Clone, Copy)]
pub struct Seat<'a> {
    /// The person.
    pub me: &'a Author,
    /// The roles of the person.
    pub roles: &'a [RoleId],
    /// Whether the person leads, and so may record for others.
    pub leads: bool,
    /// The day on the person's clock.
    pub today: NaiveDate,
}

/// What stands on a page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the cursor begins.
    pub cursor: usize,
    /// What there is to say above the rows, a line each.
    pub said: Vec<(Standing, String)>,
}

/// One row of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A role and one of its holders; none when nobody holds it.
    Role(RoleId, Option<MemberName>),
    /// One way to decide.
    Choice {
        /// The value.
        value: String,
        /// What people read.
        title: String,
        /// Whether it is proposed or agreed.
        stands: Option<DecisionStage>,
        /// Why it cannot be proposed.
        against: Option<String>,
        /// What is missing before it can be agreed on.
        before: Option<String>,
    },
    /// One subject of a decision on each of several, and what is chosen for it.
    Subject {
        /// Its id in a value.
        id: String,
        /// What people read.
        title: String,
        /// The title of each option.
        options: Vec<String>,
        /// Which of them is chosen.
        chosen: usize,
    },
    /// Proposes what is chosen for all subjects.
    Propose(String),
    /// A stage with its owners, and by when it should be done.
    Stage(usize, StagePlan),
    /// An item that is not done; in words why it cannot be ticked in the room, if it cannot.
    Item(Place, Option<&'static str>),
    /// An open point.
    Remark(Option<ItemId>, MemberName, String),
    /// Something that is still open without anybody having said so.
    Missing(String),
    /// A line of the summary: what, and how it stands.
    Summed(Standing, &'static str, String),
}

impl Page {
    /// The page of the point that is shown.
    pub fn new(
        kickoff: &Kickoff,
        runbook: &Runbook,
        state: &State,
        assessment: &Assessment,
        seat: Seat<'_>,
    ) -> Self {
        let since = kickoff.since();
        match kickoff.point() {
            Some(Point::People) => Self::of(people(runbook, state)),
            Some(Point::Decision(id)) => decision(kickoff, runbook, state, id),
            None | Some(Point::Field(_)) => Self::default(),
            Some(Point::Plan) => dates(runbook, state, assessment, seat.today),
            Some(Point::Tick) => Self::of(items(runbook, state, assessment, seat)),
            Some(Point::Open) => Self::of(open(kickoff, runbook, state, assessment)),
            Some(Point::Summary) => Self::of(summary(kickoff, runbook, state, since)),
        }
    }

    fn of(mut rows: Vec<Row>) -> Self {
        rows.truncate(MAX_ROWS);
        Self { rows, ..Self::default() }
    }
}

fn people(runbook: &Runbook, state: &State) -> Vec<Row> {
    let mut rows = Vec::new();
    for role in runbook.roles.keys() {
        let before = rows.len();
        rows.extend(state.holders(role).map(|name| Row::Role(role.clone(), Some(name.clone()))));
        if rows.len() == before {
            rows.push(Row::Role(role.clone(), None));
        }
    }
    rows
}

fn decision(kickoff: &Kickoff, runbook: &Runbook, state: &State, id: &DecisionId) -> Page {
    let Some(decision) = runbook.decisions.get(id) else {
        return Page::default();
    };
    let current = state.facts.decisions.get(id);
    let fault = |value: &str, confirming| {
        check_decision(runbook, state, decision, value, confirming).err().map(|why| why.to_string())
    };
    let said = |value: &str| {
        let before = fault(value, true).filter(|_| fault(value, false).is_none());
        before.map(|why| (Standing::Partly, format!("before it is agreed: {why}"))).into_iter().collect()
    };
    match &decision.kind {
        DecisionKind::Choice { options } => {
            let rows = options.iter().map(|option| {
                let against = fault(&option.id, false);
                Row::Choice {
                    value: option.id.clone(),
                    title: option.title.clone(),
                    stands: current.filter(|(value, _)| *value == option.id).map(|(_, stage)| *stage),
                    before: fault(&option.id, true).filter(|_| against.is_none()),
                    against,
                }
            });
            let cursor = options.iter().position(|o| current.is_some_and(|(value, _)| *value == o.id));
            Page { cursor: cursor.unwrap_or(0), ..Page::of(rows.collect()) }
        }
        DecisionKind::Each { subjects, options } => {
            let chosen = each(kickoff, decision, current.map(|(value, _)| value.as_str()));
            let mut rows: Vec<Row> = subjects
                .iter()
                .zip(&chosen)
                .map(|(subject, chosen)| Row::Subject {
                    id: subject.id.clone(),
                    title: subject.title.clone(),
                    options: options.iter().map(|o| o.title.clone()).collect(),
                    chosen: *chosen,
                })
                .collect();
            let pairs: Vec<String> = subjects
                .iter()
                .zip(&chosen)
                .filter_map(|(subject, n)| Some(format!("{}={}", subject.id, options.get(*n)?.id)))
                .collect();
            let value = pairs.join(",");
            let said = said(&value);
            rows.push(Row::Propose(value));
            Page { said, ..Page::of(rows) }
        }
        DecisionKind::Text { .. } => {
            Page { said: current.map_or_else(Vec::new, |(value, _)| said(value)), ..Page::default() }
        }
    }
}

/// Which option is chosen for each subject: on the page, or else in the value that stands.
fn each(kickoff: &Kickoff, decision: &Decision, value: Option<&str>) -> Vec<usize> {
    let DecisionKind::Each { subjects, options } = &decision.kind else {
        return Vec::new();
    };
    let stands = |subject: &str| {
        let pairs = value.unwrap_or_default().split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(k, v)| (k.trim(), v.trim())).find(|(k, _)| *k == subject).map(|(_, v)| v)
    };
    subjects
        .iter()
        .map(|subject| {
            let id = kickoff.chosen.get(&subject.id).map(String::as_str).or_else(|| stands(&subject.id));
            options.iter().position(|o| Some(o.id.as_str()) == id).unwrap_or(0)
        })
        .collect()
}

fn dates(runbook: &Runbook, state: &State, assessment: &Assessment, today: NaiveDate) -> Page {
    let plan = plan(runbook, assessment, state.target, today);
    let rows = plan.stages.iter().enumerate().map(|(n, stage)| Row::Stage(n, *stage)).collect();
    let days = |n: u64| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
    let said = match plan.slack {
        _ if assessment.complete() => (Standing::Settled, "every stage is complete".to_owned()),
        _ if plan.needs == 0 => (Standing::Settled, "no lead times are known for what is left".to_owned()),
        None => (Standing::Open, format!("lead times add up to {} at the least", days(plan.needs))),
        Some(slack) => match u64::try_from(slack) {
            Ok(0) => (Standing::Partly, format!("lead times take {}: nothing to spare", days(plan.needs))),
            Ok(n) => {
                (Standing::Settled, format!("lead times take {}: {} to spare", days(plan.needs), days(n)))
            }
            Err(_) => {
                let short = days(slack.unsigned_abs());
                (Standing::Open, format!("lead times take {}: {short} too few", days(plan.needs)))
            }
        },
    };
    Page { said: vec![said], ..Page::of(rows) }
}

fn items(runbook: &Runbook, state: &State, assessment: &Assessment, seat: Seat<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (stage, assessed) in assessment.stages.iter().enumerate() {
        if assessed.gate == Gate::Shut || assessed.complete {
            continue;
        }
        let items = runbook.stages()[stage].items.iter().zip(&assessed.items).enumerate();
        for (item, (definition, _)) in items.filter(|(_, (_, a))| !a.status.settled()) {
            if rows.len() == MAX_ROWS {
                return rows;
            }
            rows.push(Row::Item(Place { stage, item }, not_here(runbook, state, definition, seat)));
        }
    }
    rows
}

/// Why an item cannot be ticked in the room, as far as that is plain without asking the rules, which have the
/// last word when it is marked.
fn not_here(runbook: &Runbook, state: &State, item: &Item, seat: Seat<'_>) -> Option<&'static str> {
    let check = item.check.as_ref().and_then(|c| Some((c.mode, runbook.checks.get(&c.check)?)));
    if let Some((mode, check)) = check {
        let passed = says(runbook, state, check) == Some(Verdict::Pass);
        if check.configured(&state.facts, &state.secrets) && !passed {
            match mode {
                CheckMode::Auto => return Some("its check ticks it"),
                CheckMode::Assist => return Some("its check must pass first"),
                CheckMode::Inform => {}
            }
        }
    }
    if lacking_evidence(state, item).is_some() {
        return Some("needs evidence first");
    }
    let roles = item.owner.signs.roles();
    let mine = roles.iter().any(|role| seat.roles.contains(role));
    if !mine && item.self_signed {
        return Some("signed by the person alone");
    }
    if roles.iter().all(|role| state.holders(role).next().is_none()) {
        return Some("nobody has the role");
    }
    (!mine && !seat.leads).then_some("not yours to sign")
}

/// The remarks made after an event, in no order.
pub fn remarks(state: &State, since: u64) -> impl Iterator<Item = (Option<&ItemId>, &Remark)> {
    let whole = state.notes.iter().map(|note| (None, note));
    let items = state.items.iter().flat_map(|(id, item)| item.notes.iter().map(move |note| (Some(id), note)));
    whole.chain(items).filter(move |(_, note)| note.seq > since)
}

fn open(kickoff: &Kickoff, runbook: &Runbook, state: &State, assessment: &Assessment) -> Vec<Row> {
    let mut said: Vec<_> = remarks(state, kickoff.since()).collect();
    said.sort_by_key(|(_, note)| note.seq);
    let mut rows: Vec<Row> = said
        .into_iter()
        .map(|(item, note)| Row::Remark(item.cloned(), note.by.name.clone(), note.text.clone()))
        .collect();
    rows.truncate(MAX_ROWS - MAX_OPEN);
    rows.extend(missing(runbook, state, assessment).into_iter().take(MAX_OPEN).map(Row::Missing));
    rows
}

/// What the kickoff is for and has not brought yet.
fn missing(runbook: &Runbook, state: &State, assessment: &Assessment) -> Vec<String> {
    let mut out = Vec::new();
    if state.target.is_none() && !assessment.complete() {
        out.push("no day of going live".to_owned());
    }
    // Once over the items: a stage may have thousands.
    let stage = assessment.current.and_then(|n| runbook.stages().get(n));
    let signs: HashSet<&RoleId> = stage
        .into_iter()
        .flat_map(|stage| stage.items.iter().flat_map(|i| i.owner.signs.roles()).chain(&stage.signoff))
        .collect();
    for (id, role) in runbook.roles.iter().filter(|(id, _)| signs.contains(id)) {
        if state.holders(id).next().is_none() {
            out.push(format!("nobody is {} yet, who signs in this stage", role.name));
        }
    }
    for (id, decision) in &runbook.decisions {
        match state.facts.decisions.get(id).map(|(_, stage)| stage) {
            Some(DecisionStage::Confirmed) => {}
            Some(DecisionStage::Proposed) => out.push(format!("{}: proposed, not agreed", decision.title)),
            None => out.push(format!("{}: not decided", decision.title)),
        }
        if out.len() > MAX_OPEN {
            break;
        }
    }
    out
}

fn summary(kickoff: &Kickoff, runbook: &Runbook, state: &State, since: u64) -> Vec<Row> {
    let filled = |done: usize, all: usize| match (done, all) {
        (done, all) if done == all => Standing::Settled,
        (0, _) => Standing::Open,
        (_, _) => Standing::Partly,
    };
    let some = |n: usize| if n > 0 { Standing::Settled } else { Standing::Open };
    let held = runbook.roles.keys().filter(|role| state.holders(role).next().is_some()).count();
    let people = state.members.values().filter(|m| !m.roles.is_empty()).count();
    let stands = |stage: DecisionStage| {
        let known = runbook.decisions.keys().filter_map(|id| state.facts.decisions.get(id));
        known.filter(|(_, s)| *s == stage).count()
    };
    let (agreed, proposed) = (stands(DecisionStage::Confirmed), stands(DecisionStage::Proposed));
    let known =
        runbook.fields.keys().filter(|id| state.facts.fields.get(*id).is_some_and(|v| !v.is_empty())).count();
    let approvals = state.items.values().flat_map(|i| i.boxes.values().flatten());
    let mut ticks: Vec<u64> = approvals.map(|a| a.seq).filter(|seq| *seq > since).collect();
    ticks.sort_unstable();
    ticks.dedup();
    let signed = state.stages.values().flatten().filter(|a| a.seq > since).count();
    let here = match kickoff.here.len() {
        0 => String::new(),
        n => format!(", {n} here"),
    };
    let all_roles = runbook.roles.len();
    let mut rows = vec![Row::Summed(
        filled(held, all_roles),
        "People",
        format!("{people} in {held} of {all_roles} roles{here}"),
    )];
    if !runbook.decisions.is_empty() {
        let all = runbook.decisions.len();
        let more = if proposed > 0 { format!(", {proposed} proposed") } else { String::new() };
        rows.push(Row::Summed(filled(agreed, all), "Decisions", format!("{agreed} of {all} agreed{more}")));
    }
    if !runbook.fields.is_empty() {
        let all = runbook.fields.len();
        rows.push(Row::Summed(filled(known, all), "Facts", format!("{known} of {all} filled in")));
    }
    let target = state.target.map_or_else(
        || (Standing::Open, "open".to_owned()),
        |day| (Standing::Settled, day.format("%A, %-d %B %Y").to_string()),
    );
    rows.push(Row::Summed(target.0, "Going live", target.1));
    let stages = if signed > 0 { format!(", {signed} under stages") } else { String::new() };
    let said = format!("{} under items{stages}", ticks.len());
    rows.push(Row::Summed(some(ticks.len() + signed), "Signatures", said));
    let points = remarks(state, since).count();
    rows.push(Row::Summed(some(points), "Open points", points.to_string()));
    rows
}
