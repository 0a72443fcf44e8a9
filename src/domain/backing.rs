//! What a criterion rests on, as it can be opened: approvals, the tick of a check, an exception, words.

use chrono::{DateTime, Utc};

use super::assess::current_approvals;
use super::board::{About, Ground};
use super::ids::CheckId;
use super::runbook::{Item, Runbook};
use super::state::{Approval, Evidence, ItemState, Proof, Remark, State, Waiver};

/// What a criterion rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Backing<'a> {
    /// The check of the item, if it has one.
    pub check: Option<&'a CheckId>,
    /// The tick that a check made and that still counts.
    pub tick: Option<&'a Proof>,
    /// The approvals that still count, of all boxes, the first one first.
    pub approvals: Vec<&'a Approval>,
    /// Approvals that no longer count, the last one of each role.
    pub former: Vec<&'a Approval>,
    /// The exception that holds.
    pub waiver: Option<&'a Waiver>,
    /// The words of the person who said that it does not apply.
    pub not_applicable: Option<&'a Remark>,
    /// What is attached.
    pub evidence: &'a [Evidence],
}

impl<'a> Backing<'a> {
    /// What a criterion rests on.
    pub fn of(runbook: &'a Runbook, state: &'a State, about: &About, now: DateTime<Utc>) -> Self {
        match about {
            About::Item(place) => {
                let item = runbook.stages().get(place.stage).and_then(|s| s.items.get(place.item));
                item.map_or_else(Self::default, |item| Self::of_item(state, item, now))
            }
            About::SignOff(stage, role) => {
                let stage = runbook.stages().get(*stage);
                let all = stage.and_then(|s| state.stages.get(&s.id)).map_or(&[][..], Vec::as_slice);
                let last = all.iter().rev().find(|a| a.signoff.role == *role);
                Self { approvals: last.into_iter().collect(), ..Self::default() }
            }
        }
    }

    fn of_item(state: &'a State, item: &'a Item, now: DateTime<Utc>) -> Self {
        let check = item.check.as_ref().map(|c| &c.check);
        let Some(done) = state.item(item.id.as_str()) else {
            return Self { check, ..Self::default() };
        };
        let mut approvals: Vec<&Approval> =
            item.boxes().flat_map(|part| current_approvals(item, state, part, now)).collect();
        approvals.sort_by_key(|a| a.seq);
        // One tick may sign several boxes.
        approvals.dedup_by_key(|a| a.seq);
        Self {
            check,
            tick: super::assess::current_proof(item, state, now),
            former: former(done, &approvals),
            approvals,
            waiver: done.waiver.as_ref().filter(|w| w.request.until > now),
            not_applicable: done.not_applicable.as_ref(),
            evidence: &done.evidence,
        }
    }

    /// The events that it rests on, in the order of the log, each once.
    pub fn events(&self) -> Vec<u64> {
        let mut out: Vec<u64> = self.approvals.iter().map(|a| a.seq).collect();
        out.extend(self.tick.map(|t| t.seq));
        out.extend(self.waiver.map(|w| w.seq));
        out.extend(self.not_applicable.map(|r| r.seq));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The same with the approvals that no longer count.
    pub fn all_events(&self) -> Vec<u64> {
        let mut out = self.events();
        out.extend(self.former.iter().map(|a| a.seq));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// What it comes to, in words: the check, or who signed in which role, or who granted the exception.
    pub fn words(&self, runbook: &Runbook, ground: Ground) -> String {
        let check = self.check.map(|id| {
            let title = runbook.checks.get(id).map_or(id.as_str(), |check| check.title.as_str());
            format!("check '{title}'")
        });
        match ground {
            Ground::Proven | Ground::Signed => {
                let check = check.filter(|_| ground == Ground::Proven);
                let signed = self.approvals.iter().map(|a| signed(runbook, a));
                let files = match self.evidence.len() {
                    0 => None,
                    1 => Some("1 piece of evidence".to_owned()),
                    n => Some(format!("{n} pieces of evidence")),
                };
                check.into_iter().chain(signed).chain(files).collect::<Vec<_>>().join(", ")
            }
            Ground::Waived => self.waiver.map_or_else(String::new, |w| {
                format!(
                    "excepted by {} until {}: {}",
                    w.granted_by.name,
                    w.request.until.format("%Y-%m-%d"),
                    w.request.asked.text
                )
            }),
            Ground::NotApplicable => match self.not_applicable {
                Some(said) => format!("says {}: {}", said.by.name, said.text),
                None => "by the runbook's rule".to_owned(),
            },
            Ground::Missing | Ground::Failing | Ground::Stale => String::new(),
        }
    }
}

/// "Lin Chen as Developer, recorded by Dana Ruiz".
pub fn signed(runbook: &Runbook, approval: &Approval) -> String {
    let signoff = &approval.signoff;
    let said = format!("{} as {}", signoff.member, runbook.role_name(&signoff.role));
    if approval.recorded() { format!("{said}, recorded by {}", approval.by.name) } else { said }
}

fn former<'a>(done: &'a ItemState, current: &[&Approval]) -> Vec<&'a Approval> {
    let mut out: Vec<&Approval> = Vec::new();
    let all = done.boxes.values().flatten().filter(|a| current.iter().all(|c| c.seq != a.seq));
    for approval in all {
        match out.iter_mut().find(|known| known.signoff.role == approval.signoff.role) {
            Some(known) if known.seq < approval.seq => *known = approval,
            Some(_) => {}
            None => out.push(approval),
        }
    }
    out
}
