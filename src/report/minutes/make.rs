//! From an engagement and what happened in it to its minutes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::shape::{Decision, Field, Minutes, Person, Point, Signed, Stage};
use crate::domain::assess::{Assessment, assess};
use crate::domain::check::DecisionStage;
use crate::domain::decision::DecisionKind;
use crate::domain::event::{Author, Event, Fact};
use crate::domain::ids::{DecisionId, ItemId, MemberName, RoleId, StageId};
use crate::domain::plan::{Plan, plan};
use crate::domain::runbook::{self, Runbook};
use crate::domain::state::{Approval, State};

/// What minutes are made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The runbook that the engagement keeps.
    pub runbook: &'a Runbook,
    /// What its log comes down to.
    pub state: &'a State,
    /// The log.
    pub events: &'a [&'a Event],
    /// The last event before the meeting.
    pub since: u64,
    /// Who was in the room, as somebody says.
    pub present: &'a [MemberName],
    /// The moment.
    pub now: DateTime<Utc>,
}

impl Minutes {
    /// The minutes of what happened after an event.
    pub fn new(source: &Source<'_>) -> Self {
        let Source { runbook, state, now, .. } = *source;
        let assessment = assess(runbook, state, now);
        let today = now.date_naive();
        let plan = plan(runbook, &assessment, state.target, today);
        let events: Vec<&Event> = source.events.iter().copied().filter(|e| e.seq > source.since).collect();
        let maker = Maker { runbook, state, events: &events, since: source.since };
        Self {
            engagement: state.engagement.to_string(),
            name: state.name.clone(),
            provider: runbook.provider.clone(),
            runbook: format!("{}, version {}", runbook.title, runbook.version),
            from: events.first().map_or(now, |e| e.at),
            since: source.since,
            at: now,
            seq: state.head.seq,
            hash: state.head.hash.to_string(),
            present: source.present.iter().map(|name| maker.person(name)).collect(),
            took_part: maker.took_part(),
            roles: maker.roles(),
            decisions: maker.decisions(),
            fields: maker.fields(),
            signed: maker.signed(),
            taken_back: maker.taken_back(),
            points: maker.points(),
            open: maker.open(&assessment),
            target: state.target,
            target_words: state.target.map_or_else(
                || "open".to_owned(),
                |day| format!("{} ({})", day.format("%A, %-d %B %Y"), distance(day, today)),
            ),
            target_new: maker.stands().any(|e| matches!(e.fact, Fact::TargetSet { .. })),
            plan: plan_words(&plan, &assessment),
            stages: maker.stages(&assessment, &plan),
        }
    }
}

/// How far off a day is.
fn distance(day: NaiveDate, today: NaiveDate) -> String {
    match (day - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        n if n > 0 => format!("in {n} days"),
        n => format!("{} days ago", n.unsigned_abs()),
    }
}

fn plan_words(plan: &Plan, assessment: &Assessment) -> String {
    if assessment.complete() {
        return "Every stage is complete.".to_owned();
    }
    let days = |n: u64| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
    let needs = days(plan.needs);
    match plan.slack {
        _ if plan.needs == 0 => "The runbook names no lead times for what is left.".to_owned(),
        None => format!("The lead times of what is left add up to {needs} at the least."),
        Some(0) => format!("The lead times of what is left add up to {needs}: nothing to spare."),
        Some(slack) if slack > 0 => {
            format!(
                "The lead times of what is left add up to {needs}: {} to spare.",
                days(slack.unsigned_abs())
            )
        }
        Some(slack) => format!(
            "The lead times of what is left add up to {needs}: {} too few. The first day that would do is {}.",
            days(slack.unsigned_abs()),
            plan.earliest.format("%-d %B %Y")
        ),
    }
}

struct Maker<'a> {
    runbook: &'a Runbook,
    state: &'a State,
    /// Those after the one that the minutes begin behind.
    events: &'a [&'a Event],
    since: u64,
}

impl<'a> Maker<'a> {
    /// The events that nobody took back.
    fn stands(&self) -> impl Iterator<Item = &'a Event> {
        let undone: Vec<u64> = self
            .events
            .iter()
            .filter_map(|e| if let Fact::Undone { seq } = &e.fact { Some(*seq) } else { None })
            .collect();
        self.events.iter().copied().filter(move |e| !undone.contains(&e.seq))
    }

    fn role(&self, id: &RoleId) -> String {
        self.runbook.role_name(id).to_owned()
    }

    fn item(&self, id: &ItemId) -> String {
        self.runbook.item(id.as_str()).map_or_else(|| id.to_string(), |(_, item)| item.title.clone())
    }

    fn stage(&self, id: &StageId) -> String {
        let found = self.runbook.stage_index(id.as_str());
        found.map_or_else(|| id.to_string(), |n| format!("{n} {}", self.runbook.stages()[n].title))
    }

    fn person(&self, name: &MemberName) -> Person {
        let held = self.state.members.get(name).map(|m| &m.roles);
        let roles = self.runbook.roles.keys().filter(|role| held.is_some_and(|held| held.contains(*role)));
        Person { name: name.to_string(), roles: roles.map(|role| self.role(role)).collect() }
    }

    /// In the order in which they joined. What a check brings is nobody's act.
    fn took_part(&self) -> Vec<Person> {
        let mut names: Vec<&MemberName> = Vec::new();
        for event in self.events {
            let by_check = matches!(
                event.fact,
                Fact::CheckSettled { .. }
                    | Fact::Proven { .. }
                    | Fact::Reopened { .. }
                    | Fact::FieldSet { captured_by: Some(_), .. }
            );
            if by_check {
                continue;
            }
            names.push(&event.by.name);
            if let Fact::Ticked { signoff, .. } | Fact::StageSigned { signoff, .. } = &event.fact {
                names.push(&signoff.member);
            }
        }
        let members = self.state.members.keys().filter(|name| names.contains(name));
        members.map(|name| self.person(name)).collect()
    }

    fn roles(&self) -> Vec<String> {
        let mut out = Vec::new();
        for event in self.stands() {
            if let Fact::RoleAssigned { member, role } = &event.fact {
                out.push(format!("{member} is {}", self.role(role)));
            } else if let Fact::RoleRemoved { member, role } = &event.fact {
                out.push(format!("{member} is no longer {}", self.role(role)));
            } else if let Fact::MemberRemoved { member } = &event.fact {
                out.push(format!("{member} has left"));
            }
        }
        out
    }

    fn decisions(&self) -> Vec<Decision> {
        let mut said: BTreeMap<&DecisionId, &Author> = BTreeMap::new();
        for event in self.stands() {
            if let Fact::DecisionProposed { decision, .. } | Fact::DecisionConfirmed { decision, .. } =
                &event.fact
            {
                said.insert(decision, &event.by);
            }
        }
        let facts = &self.state.facts.decisions;
        self.runbook
            .decisions
            .values()
            .map(|decision| {
                let current = facts.get(&decision.id);
                Decision {
                    title: decision.title.clone(),
                    value: current.map(|(value, _)| readable(&decision.kind, value)),
                    standing: match current {
                        None => "open",
                        Some((_, DecisionStage::Proposed)) => "proposed",
                        Some((_, DecisionStage::Confirmed)) => "agreed",
                    },
                    by: said.get(&decision.id).map(|by| by.name.to_string()),
                }
            })
            .collect()
    }

    fn fields(&self) -> Vec<Field> {
        let mut out: Vec<Field> = Vec::new();
        for event in self.stands() {
            let Fact::FieldSet { field, value, captured_by } = &event.fact else {
                continue;
            };
            let label = self.runbook.fields.get(field).map_or(field.as_str(), |f| f.label.as_str());
            let by = captured_by.as_ref().map_or_else(|| event.by.name.to_string(), |c| format!("check {c}"));
            out.retain(|f| f.label != label);
            out.push(Field { label: label.to_owned(), value: value.clone(), by });
        }
        out
    }

    /// From the state, so that only what was not taken back since is there.
    fn signed(&self) -> Vec<Signed> {
        let fresh = |a: &&Approval| a.seq > self.since;
        let of = |what: String, a: &Approval| Signed {
            what,
            role: self.role(&a.signoff.role),
            member: Some(a.signoff.member.to_string()),
            recorded_by: a.recorded().then(|| a.by.name.to_string()),
            event: a.seq,
        };
        let mut out = Vec::new();
        for (id, item) in &self.state.items {
            let mut parts: BTreeMap<u64, (Vec<String>, &Approval)> = BTreeMap::new();
            for (part, approvals) in &item.boxes {
                for approval in approvals.iter().filter(fresh) {
                    let (names, _) = parts.entry(approval.seq).or_insert((Vec::new(), approval));
                    names.extend(part.as_ref().map(|part| self.part(id, part.as_str())));
                }
            }
            for (names, approval) in parts.into_values() {
                let boxes = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
                out.push(of(format!("{}{boxes}", self.item(id)), approval));
            }
            if let Some(proof) = item.proven.as_ref().filter(|p| p.seq > self.since) {
                let check = self.runbook.checks.get(&proof.check);
                let check = check.map_or(proof.check.as_str(), |c| c.title.as_str());
                let role = format!("check: {check}");
                out.push(Signed {
                    what: self.item(id),
                    role,
                    member: None,
                    recorded_by: None,
                    event: proof.seq,
                });
            }
        }
        for (stage, approvals) in &self.state.stages {
            out.extend(approvals.iter().filter(fresh).map(|a| of(format!("Stage {}", self.stage(stage)), a)));
        }
        out.sort_by_key(|s| s.event);
        out
    }

    fn part(&self, item: &ItemId, part: &str) -> String {
        let parts = self.runbook.item(item.as_str()).map_or(&[][..], |(_, i)| i.parts.as_slice());
        let found: Option<&runbook::Part> = parts.iter().find(|p| p.id.as_str() == part);
        found.map_or_else(|| part.to_owned(), |p| p.title.clone())
    }

    fn taken_back(&self) -> Vec<String> {
        let mut out = Vec::new();
        for event in self.stands() {
            if let Fact::Unticked { item, reason, .. } = &event.fact {
                out.push(format!("{}: unticked, {reason}", self.item(item)));
            } else if let Fact::Rejected { item, reason } = &event.fact {
                out.push(format!("{}: sent back, {reason}", self.item(item)));
            } else if let Fact::Reopened { item, summary, .. } = &event.fact {
                out.push(format!("{}: open again, {summary}", self.item(item)));
            }
        }
        out
    }

    fn points(&self) -> Vec<Point> {
        let point = |event: &&Event| {
            let Fact::Noted { item, text } = &event.fact else {
                return None;
            };
            let about = item.as_ref().map(|id| self.item(id));
            Some(Point { text: text.clone(), by: event.by.name.to_string(), about })
        };
        self.events.iter().filter_map(point).collect()
    }

    fn open(&self, assessment: &Assessment) -> Vec<String> {
        let mut out = Vec::new();
        if self.state.target.is_none() && !assessment.complete() {
            out.push("The day of going live is open.".to_owned());
        }
        if let Some(stage) = assessment.current.and_then(|n| self.runbook.stages().get(n)) {
            for role in roles_of(stage) {
                if self.state.holders(role).next().is_none() {
                    out.push(format!("Nobody is {} yet, who signs in {}.", self.role(role), stage.title));
                }
            }
        }
        for decision in self.decisions() {
            match decision.standing {
                "agreed" => {}
                "proposed" => out.push(format!("{} is proposed, not agreed.", decision.title)),
                _ => out.push(format!("{} is not decided.", decision.title)),
            }
        }
        out
    }

    fn stages(&self, assessment: &Assessment, plan: &Plan) -> Vec<Stage> {
        let stages = self.runbook.stages().iter().zip(&assessment.stages).zip(&plan.stages).enumerate();
        stages
            .filter_map(|(n, ((stage, assessed), planned))| {
                let owners = roles_of(stage).into_iter().map(|role| {
                    let people: Vec<&str> = self.state.holders(role).map(MemberName::as_str).collect();
                    let people = if people.is_empty() { "nobody yet".to_owned() } else { people.join(", ") };
                    format!("{} ({people})", self.role(role))
                });
                Some(Stage {
                    title: format!("{n} {}", stage.title),
                    done: assessed.totals.done,
                    total: assessed.totals.total,
                    owners: owners.collect(),
                    by: planned.by?,
                })
            })
            .collect()
    }
}

/// The roles that sign in a stage, each once.
fn roles_of(stage: &runbook::Stage) -> Vec<&RoleId> {
    let mut out: Vec<&RoleId> = Vec::new();
    for role in stage.items.iter().flat_map(|i| i.owner.signs.roles()).chain(&stage.signoff) {
        if !out.contains(&role) {
            out.push(role);
        }
    }
    out
}

/// A value in the words of its options.
fn readable(kind: &DecisionKind, value: &str) -> String {
    let title = |list: &[crate::domain::decision::Choice], id: &str| {
        list.iter().find(|c| c.id == id).map_or_else(|| id.to_owned(), |c| c.title.clone())
    };
    match kind {
        DecisionKind::Text { .. } => value.to_owned(),
        DecisionKind::Choice { options } => title(options, value),
        DecisionKind::Each { subjects, options } => {
            let pairs = value.split(',').map(|pair| match pair.split_once('=') {
                Some((k, v)) => format!("{}: {}", title(subjects, k.trim()), title(options, v.trim())),
                None => pair.to_owned(),
            });
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}
