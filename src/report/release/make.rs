//! From a log that was believed to the statement about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statement::{
    Action, Agreed, Blocker, Check, Decision, Emergency, Engagement, Evidence, Item, ItemBox, LogHead,
    Member, NotApplicable, Observation, PREDICATE_TYPE, Person, Predicate, Proof, Runbook, STATEMENT_TYPE,
    Settled, Signature, Stage, StageSignOff, Statement, Subject, Tool, Totals, Waiver,
};
use crate::domain::assess::{Assessment, ItemAssessment, StageAssessment, Standing, assess};
use crate::domain::assess::{current_approvals, current_proof};
use crate::domain::blocker;
use crate::domain::event::{Author, Event, Fact};
use crate::domain::fresh::Witness;
use crate::domain::gate::ask_gate;
use crate::domain::head::Head;
use crate::domain::runbook::{self, CheckMode};
use crate::domain::state::{Approval, Attempt, Outcome, State};

/// The log of an engagement up to the decision, and the runbooks it kept: what a release is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Log {
    /// Every runbook that the engagement kept, in the order in which it did.
    pub runbooks: Vec<LoggedRunbook>,
    /// Every event, the first one first. The hash of one is SHA-256 over the length-prefixed texts
    /// `golive.event.v1`, the hash before (32 zero bytes before the first) and the body.
    pub events: Vec<LoggedEvent>,
}

/// A runbook as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoggedRunbook {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
    /// Its bytes, which are UTF-8.
    pub toml: String,
}

/// An event as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoggedEvent {
    /// The exact bytes that were hashed and signed: JSON, which is UTF-8.
    pub body: String,
    /// The SSHSIG over them, in the namespace `golive`.
    pub signature: String,
}

/// The event is no decision on going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last event is no decision on going live")]
pub struct NoDecision;

/// The statement about a decision. `state` is the state after the decision's event, which is the last one of
/// `log`; everything else follows.
pub fn statement(
    runbook: &runbook::Runbook,
    state: &State,
    event: &Event,
    log: Log,
) -> Result<Statement, NoDecision> {
    let Fact::GoDecided { outcome, role, reason, seen, tool, covers } = &event.fact else {
        return Err(NoDecision);
    };
    let now = event.at;
    let assessment = assess(runbook, state, now);
    let last = runbook.stages().len();
    let by_check = seen.iter().map(|w| (w.check.clone(), w.clone())).collect();
    let gate = ask_gate(runbook, state, &assessment, last, &by_check, now);
    let blockers = gate.blockers.iter().chain(&gate.not_fresh);
    let decision = Decision {
        outcome: *outcome,
        reason: reason.clone(),
        by: person(&event.by),
        role: role.as_ref().map(ToString::to_string),
        at: now,
        event: event.seq,
        saw: log_head(covers.head),
    };
    let made = Maker { runbook, state, assessment: &assessment, event };
    let predicate = Predicate {
        decision,
        engagement: Engagement {
            id: state.engagement.to_string(),
            name: state.name.clone(),
            opened_at: state.opened_at,
            opened_by: person(&state.opener),
            target: state.target,
        },
        runbook: Runbook {
            id: runbook.id.to_string(),
            title: runbook.title.clone(),
            version: runbook.version.clone(),
            provider: runbook.provider.clone(),
            digest: runbook.digest.to_string(),
        },
        tool: Tool { name: "golive".to_owned(), version: tool.clone() },
        head: log_head(state.head),
        complete: assessment.complete(),
        totals: Totals {
            total: assessment.totals.total,
            done: assessment.totals.done,
            waived: assessment.totals.waived,
            not_applicable: assessment.totals.not_applicable,
        },
        members: made.members(),
        fields: state.facts.fields.iter().map(|(id, v)| (id.to_string(), v.clone())).collect(),
        decisions: made.decisions(),
        stages: made.stages(),
        observations: seen.iter().map(observation).collect(),
        actions: state.actions.iter().map(|(id, attempt)| action(id.as_str(), attempt)).collect(),
        emergencies: emergencies(&log),
        blockers: blockers.map(blocked).collect(),
        log,
    };
    Ok(Statement {
        kind: STATEMENT_TYPE.to_owned(),
        subject: vec![
            subject(format!("engagement:{}", state.engagement), state.head.hash.to_string()),
            subject(format!("runbook:{}", runbook.id), runbook.digest.to_string()),
        ],
        predicate_type: PREDICATE_TYPE.to_owned(),
        predicate,
    })
}

struct Maker<'a> {
    runbook: &'a runbook::Runbook,
    state: &'a State,
    assessment: &'a Assessment,
    event: &'a Event,
}

impl Maker<'_> {
    fn members(&self) -> Vec<Member> {
        let member = |(name, m): (&_, &crate::domain::state::Member)| Member {
            name: ToString::to_string(name),
            roles: m.roles.iter().map(ToString::to_string).collect(),
            keys: m.keys.keys().map(ToString::to_string).collect(),
        };
        self.state.members.iter().map(member).collect()
    }

    /// In the order of the runbook.
    fn decisions(&self) -> Vec<Agreed> {
        let agreed = |d: &crate::domain::decision::Decision| {
            let (value, state) = self.state.facts.decisions.get(&d.id)?;
            let (id, title) = (d.id.to_string(), d.title.clone());
            Some(Agreed { id, title, value: value.clone(), state: *state })
        };
        self.runbook.decisions.values().filter_map(agreed).collect()
    }

    fn stages(&self) -> Vec<Stage> {
        let stages = self.runbook.stages().iter().zip(&self.assessment.stages);
        stages
            .map(|(stage, assessed)| Stage {
                id: stage.id.to_string(),
                title: stage.title.clone(),
                gate: assessed.gate,
                complete: assessed.complete,
                signoffs: stage_signoffs(assessed),
                items: stage.items.iter().zip(&assessed.items).map(|(i, a)| self.item(i, a)).collect(),
            })
            .collect()
    }

    fn item(&self, item: &runbook::Item, assessed: &ItemAssessment) -> Item {
        let now = self.event.at;
        let done = self.state.item(item.id.as_str());
        let boxes = assessed.boxes.iter().map(|b| {
            let approvals = current_approvals(item, self.state, b.part.as_ref(), now);
            ItemBox {
                part: b.part.as_ref().map(ToString::to_string),
                ticked: b.ticked,
                signatures: approvals.into_iter().map(signature).collect(),
            }
        });
        let proof = current_proof(item, self.state, now).map(|p| Proof {
            check: p.check.to_string(),
            summary: p.summary.clone(),
            request_id: p.request_id.clone(),
            at: p.at,
            event: p.seq,
        });
        let evidence = done.map_or(&[][..], |d| d.evidence.as_slice()).iter().map(|e| Evidence {
            reference: e.reference.clone(),
            bytes: e.file.as_ref().map(|f| f.size),
            digest: e.digest.to_string(),
            by: person(&e.by),
            at: e.at,
        });
        let waiver = done.and_then(|d| d.waiver.as_ref()).map(|w| Waiver {
            reason: w.request.asked.text.clone(),
            asked_by: person(&w.request.asked.by),
            granted_by: person(&w.granted_by),
            granted_at: w.at,
            until: w.request.until,
            holds: w.request.until > now,
            event: w.seq,
        });
        Item {
            id: item.id.to_string(),
            title: item.title.clone(),
            group: item.group.clone(),
            status: assessed.status,
            owners: item.owner.signs.roles().into_iter().map(ToString::to_string).collect(),
            boxes: boxes.collect(),
            proof,
            check: item.check.as_ref().map(|c| self.check(c.check.as_str(), c.mode, assessed)),
            evidence: evidence.collect(),
            not_applicable: not_applicable(assessed, done),
            waiver,
            stale: assessed.stale.as_ref().map(ToString::to_string),
            expires: assessed.expires,
        }
    }

    fn check(&self, id: &str, mode: CheckMode, assessed: &ItemAssessment) -> Check {
        let settled = self.state.checks.get(id).map(|s| Settled {
            verdict: s.verdict,
            since: s.since,
            summary: s.summary.clone(),
            request_id: s.request_id.clone(),
        });
        Check { id: id.to_owned(), mode, configured: assessed.configured == Some(true), settled }
    }
}

fn not_applicable(
    assessed: &ItemAssessment,
    done: Option<&crate::domain::state::ItemState>,
) -> Option<NotApplicable> {
    use crate::domain::assess::Status;
    let applies = match assessed.status {
        Status::NotApplicable => false,
        Status::Done
        | Status::Waived
        | Status::Todo
        | Status::Partly
        | Status::Regressed
        | Status::Rejected
        | Status::Expired
        | Status::Stale => true,
    };
    if applies {
        return None;
    }
    let said = done.and_then(|d| d.not_applicable.as_ref());
    Some(NotApplicable {
        reason: said.map(|r| r.text.clone()),
        by: said.map(|r| person(&r.by)),
        at: said.map(|r| r.at),
        event: said.map(|r| r.seq),
    })
}

fn stage_signoffs(assessed: &StageAssessment) -> Vec<StageSignOff> {
    let one = |s: &crate::domain::assess::StageSignOff| {
        let (approval, stale) = match &s.standing {
            Standing::Missing => (None, None),
            Standing::Current(approval) => (Some(approval), None),
            Standing::Stale(approval, why) => (Some(approval), Some(why.to_string())),
        };
        StageSignOff { role: s.role.to_string(), signature: approval.map(signature), stale }
    };
    assessed.signoffs.iter().map(one).collect()
}

fn signature(approval: &Approval) -> Signature {
    let signoff = &approval.signoff;
    Signature {
        role: signoff.role.to_string(),
        person: signoff.member.to_string(),
        signed_by: person(&approval.by),
        at: approval.at,
        event: approval.seq,
        saw: log_head(signoff.covers.head),
        evidence: signoff.covers.evidence.iter().map(ToString::to_string).collect(),
    }
}

fn observation(seen: &Witness) -> Observation {
    Observation {
        check: seen.check.to_string(),
        verdict: seen.verdict,
        at: seen.at,
        last_pass: seen.last_pass,
        summary: seen.summary.clone(),
        request_id: seen.request_id.clone(),
    }
}

fn action(id: &str, attempt: &Attempt) -> Action {
    let outcome = match attempt.end.as_ref().map(|end| &end.outcome) {
        Some(Outcome::Done) => "done",
        Some(Outcome::Failed(_)) if !attempt.in_doubt => "failed",
        Some(Outcome::Failed(_) | Outcome::Unknown(_)) => "unknown",
        Some(Outcome::Reset(_)) => "reset",
        None => "no end known",
    };
    Action {
        id: id.to_owned(),
        by: person(&attempt.by),
        at: attempt.at,
        outcome: outcome.to_owned(),
        request_id: attempt.end.as_ref().and_then(|end| end.request_id.clone()),
    }
}

fn blocked(blocker: &blocker::Blocker) -> Blocker {
    Blocker {
        stage: blocker.stage.to_string(),
        item: blocker.item.as_ref().map(ToString::to_string),
        reason: blocker.reason(),
        roles: blocker.roles.iter().map(ToString::to_string).collect(),
        people: blocker.people.iter().map(ToString::to_string).collect(),
    }
}

/// From the events themselves: the state keeps the last one of each gate only.
fn emergencies(log: &Log) -> Vec<Emergency> {
    let opened = |logged: &LoggedEvent| {
        let event: Event = serde_json::from_str(&logged.body).ok()?;
        let Fact::GlassBroken { stage, reason, until } = &event.fact else { return None };
        Some(Emergency {
            stage: stage.as_ref().map(ToString::to_string),
            reason: reason.clone(),
            by: person(&event.by),
            at: event.at,
            until: *until,
            event: event.seq,
        })
    };
    log.events.iter().filter_map(opened).collect()
}

fn subject(name: String, sha256: String) -> Subject {
    Subject { name, digest: BTreeMap::from([("sha256".to_owned(), sha256)]) }
}

fn person(author: &Author) -> Person {
    Person { name: author.name.to_string(), key: author.key.to_string() }
}

fn log_head(head: Head) -> LogHead {
    LogHead { seq: head.seq, hash: head.hash.to_string() }
}
