//! From an engagement to its report.

use chrono::{DateTime, Utc};

use super::proof;
use super::shape::{
    Action, Agreed, Blocker, Decided, Emergency, Engagement, Evidence, Field, Item, Key, Obstacle, Person,
    Report, Role, Runbook, Secret, SignOff, Stage, Upgrade, standing_word,
};
use super::words;
use crate::domain::assess::{Assessment, ItemAssessment, StageAssessment, StageSignOff, Standing, assess};
use crate::domain::blocker::{self, gate_blockers, item_blocker};
use crate::domain::event::{Event, Fact};
use crate::domain::fresh::Witnesses;
use crate::domain::ids::{MemberName, RoleId, StageId};
use crate::domain::obstacle::obstacles;
use crate::domain::runbook;
use crate::domain::state::{Approval, State};

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The runbook that the engagement keeps.
    pub runbook: &'a runbook::Runbook,
    /// What its log comes down to.
    pub state: &'a State,
    /// The log itself: the state keeps only the last emergency of each gate.
    pub events: &'a [&'a Event],
    /// The newest result of each check.
    pub newest: &'a Witnesses,
    /// What each upgrade changed.
    pub upgrades: &'a [Upgrade],
    /// The moment.
    pub now: DateTime<Utc>,
}

impl Report {
    /// The report of an engagement.
    pub fn new(source: &Source<'_>) -> Self {
        let Source { runbook, state, now, .. } = *source;
        let assessment = assess(runbook, state, now);
        let maker = Maker { source, assessment: &assessment };
        Self {
            schema: 1,
            at: now,
            engagement: Engagement {
                id: state.engagement.to_string(),
                name: state.name.clone(),
                opened_at: state.opened_at,
                opened_by: state.opener.name.to_string(),
                target: state.target,
                days_left: state.target.map(|day| day.signed_duration_since(now.date_naive()).num_days()),
            },
            runbook: Runbook {
                id: runbook.id.to_string(),
                title: runbook.title.clone(),
                version: runbook.version.clone(),
                provider: runbook.provider.clone(),
                source: runbook.source.clone(),
                digest: runbook.digest.to_string(),
            },
            seq: state.head.seq,
            hash: state.head.hash.to_string(),
            complete: assessment.complete(),
            current: assessment.current.map(|n| runbook.stages()[n].id.to_string()),
            totals: assessment.totals,
            last_gate: assessment.last_gate,
            decided: maker.decided(),
            blockers: gate_blockers(runbook, state, &assessment, runbook.stages().len())
                .iter()
                .map(|b| maker.blocker(b))
                .collect(),
            obstacles: maker.obstacles(),
            emergencies: maker.emergencies(),
            stages: maker.stages(),
            decisions: maker.decisions(),
            fields: maker.fields(),
            secrets: maker.secrets(),
            actions: maker.actions(),
            people: maker.people(),
            roles: maker.roles(),
            upgrades: source.upgrades.to_vec(),
        }
    }
}

struct Maker<'a> {
    source: &'a Source<'a>,
    assessment: &'a Assessment,
}

impl Maker<'_> {
    fn role(&self, id: &RoleId) -> String {
        self.source.runbook.role_name(id).to_owned()
    }

    fn stage_title(&self, id: &StageId) -> String {
        let runbook = self.source.runbook;
        runbook.stage_index(id.as_str()).map_or_else(|| id.to_string(), |n| runbook.stages()[n].title.clone())
    }

    fn decided(&self) -> Option<Decided> {
        let last = self.source.state.decided.as_ref()?;
        Some(Decided {
            outcome: last.outcome,
            reason: last.reason.clone(),
            by: last.by.name.to_string(),
            role: last.role.as_ref().map(|r| self.role(r)),
            at: last.at,
            event: last.seq,
            overtaken: last.overtaken,
        })
    }

    fn blocker(&self, blocker: &blocker::Blocker) -> Blocker {
        let item = blocker.item.as_ref().and_then(|id| self.source.runbook.item(id.as_str()));
        Blocker {
            stage: blocker.stage.to_string(),
            item: blocker.item.as_ref().map(ToString::to_string),
            title: item.map_or_else(|| self.stage_title(&blocker.stage), |(_, item)| item.title.clone()),
            reason: blocker.reason(),
            roles: blocker.roles.iter().map(|r| self.role(r)).collect(),
            people: blocker.people.iter().map(ToString::to_string).collect(),
        }
    }

    fn obstacles(&self) -> Vec<Obstacle> {
        let Source { runbook, state, now, .. } = *self.source;
        let all = obstacles(runbook, state, self.assessment, now);
        all.iter()
            .map(|o| Obstacle {
                stage: self.stage_title(&o.stage),
                items: o.items.iter().map(ToString::to_string).collect(),
                reason: o.why.words(runbook),
            })
            .collect()
    }

    /// From the events: each opening, with the end that somebody made of it.
    fn emergencies(&self) -> Vec<Emergency> {
        let now = self.source.now;
        let mut out: Vec<(Option<&StageId>, Emergency)> = Vec::new();
        for event in self.source.events {
            if let Fact::GlassBroken { stage, reason, until } = &event.fact {
                let gate = stage.as_ref().map_or_else(
                    || "the last gate".to_owned(),
                    |id| format!("the gate of {}", self.stage_title(id)),
                );
                let emergency = Emergency {
                    gate,
                    reason: reason.clone(),
                    by: event.by.name.to_string(),
                    at: event.at,
                    until: *until,
                    event: event.seq,
                    holds: now < *until,
                    ended_by: None,
                    ended_at: None,
                };
                // The one before it on the same gate holds nothing any more.
                out.iter_mut().filter(|(of, _)| *of == stage.as_ref()).for_each(|(_, e)| e.holds = false);
                out.push((stage.as_ref(), emergency));
            } else if let Fact::GlassMended { stage, .. } = &event.fact
                && let Some((_, last)) = out.iter_mut().rfind(|(of, _)| *of == stage.as_ref())
            {
                last.holds = false;
                (last.ended_by, last.ended_at) = (Some(event.by.name.to_string()), Some(event.at));
            }
        }
        out.into_iter().map(|(_, emergency)| emergency).collect()
    }

    fn stages(&self) -> Vec<Stage> {
        let stages = self.source.runbook.stages().iter().zip(&self.assessment.stages).enumerate();
        stages.map(|(number, (stage, assessed))| self.stage(number, stage, assessed)).collect()
    }

    fn stage(&self, number: usize, stage: &runbook::Stage, assessed: &StageAssessment) -> Stage {
        Stage {
            number,
            id: stage.id.to_string(),
            title: stage.title.clone(),
            gate: assessed.gate,
            complete: assessed.complete,
            totals: assessed.totals,
            signoffs: assessed.signoffs.iter().map(|s| self.signoff(s)).collect(),
            items: stage.items.iter().zip(&assessed.items).map(|(i, a)| self.item(stage, i, a)).collect(),
        }
    }

    fn signoff(&self, signoff: &StageSignOff) -> SignOff {
        let (standing, approval, stale): (_, Option<&Approval>, _) = match &signoff.standing {
            Standing::Missing => ("missing", None, None),
            Standing::Current(approval) => ("current", Some(approval), None),
            Standing::Stale(approval, why) => ("stale", Some(approval), Some(why.to_string())),
        };
        SignOff {
            role: signoff.role.to_string(),
            role_name: self.role(&signoff.role),
            standing,
            person: approval.map(|a| a.signoff.member.to_string()),
            recorded_by: approval.filter(|a| a.recorded()).map(|a| a.by.name.to_string()),
            at: approval.map(|a| a.at),
            event: approval.map(|a| a.seq),
            stale,
        }
    }

    fn item(&self, stage: &runbook::Stage, item: &runbook::Item, assessed: &ItemAssessment) -> Item {
        let Source { runbook, state, newest, now, .. } = *self.source;
        let done = state.item(item.id.as_str());
        let evidence = done.map_or(&[][..], |d| d.evidence.as_slice()).iter().map(|e| Evidence {
            reference: e.reference.clone(),
            bytes: e.file.as_ref().map(|f| f.size),
            digest: e.digest.to_string(),
            by: e.by.name.to_string(),
            at: e.at,
        });
        let check = item.check.as_ref().map(|c| proof::check(runbook, state, c, assessed, newest, now));
        let waits_for =
            (!assessed.status.settled()).then(|| item_blocker(runbook, state, stage, item, assessed));
        let waits_for = waits_for.map(|blocker| self.blocker(&blocker));
        Item {
            id: item.id.to_string(),
            title: item.title.clone(),
            group: item.group.clone(),
            status: assessed.status,
            status_words: assessed.status.word(),
            owners: words::owners(&item.owner, runbook),
            owner_roles: item.owner.signs.roles().into_iter().map(ToString::to_string).collect(),
            proofs: proof::all(runbook, state, item, assessed, now),
            check,
            asked: proof::asked(done),
            stale: assessed.stale.as_ref().map(ToString::to_string),
            waits_for,
            evidence: evidence.collect(),
            expires: assessed.expires,
            expires_soon: assessed.expires_soon,
        }
    }

    fn decisions(&self) -> Vec<Agreed> {
        let known = &self.source.state.facts.decisions;
        let agreed = |d: &crate::domain::decision::Decision| {
            let value = known.get(&d.id);
            let (id, title) = (d.id.to_string(), d.title.clone());
            Agreed { id, title, value: value.map(|(v, _)| v.clone()), state: value.map(|(_, s)| *s) }
        };
        self.source.runbook.decisions.values().map(agreed).collect()
    }

    fn fields(&self) -> Vec<Field> {
        let state = self.source.state;
        let field = |f: &runbook::Field| Field {
            id: f.id.to_string(),
            label: f.label.clone(),
            value: state.facts.fields.get(&f.id).filter(|v| !v.is_empty()).cloned(),
            captured: state.captured.contains(&f.id),
        };
        self.source.runbook.fields.values().map(field).collect()
    }

    fn secrets(&self) -> Vec<Secret> {
        let state = self.source.state;
        let secret = |s: &runbook::Secret| Secret {
            id: s.id.to_string(),
            label: s.label.clone(),
            configured: state.secrets.contains_key(&s.id),
        };
        self.source.runbook.secrets.values().map(secret).collect()
    }

    fn actions(&self) -> Vec<Action> {
        let Source { runbook, state, now, .. } = *self.source;
        let started = state.actions.iter().map(|(id, attempt)| {
            let known = runbook.actions.get(id);
            let deadline = known.map(|a| a.deadline).unwrap_or_default();
            Action {
                id: id.to_string(),
                title: known.map_or_else(|| id.to_string(), |a| a.title.clone()),
                standing: standing_word(attempt.standing(deadline, now)),
                by: attempt.by.name.to_string(),
                at: attempt.at,
                request_id: attempt.end.as_ref().and_then(|e| e.request_id.clone()),
            }
        });
        started.collect()
    }

    fn people(&self) -> Vec<Person> {
        let person = |(name, m): (&MemberName, &crate::domain::state::Member)| {
            let speaking = m.keys.iter().map(|(key, k)| Key {
                fingerprint: key.to_string(),
                from: k.validity.from,
                until: k.validity.until,
                revoked_at: None,
            });
            let revoked = m.revoked.iter().filter(|(key, _)| !m.keys.contains_key(*key));
            let revoked = revoked.map(|(key, at)| Key {
                fingerprint: key.to_string(),
                from: None,
                until: None,
                revoked_at: Some(*at),
            });
            Person {
                name: name.to_string(),
                roles: m.roles.iter().map(|r| self.role(r)).collect(),
                keys: speaking.chain(revoked).collect(),
                left_at: m.left_at,
            }
        };
        self.source.state.members.iter().map(person).collect()
    }

    fn roles(&self) -> Vec<Role> {
        let role = |r: &runbook::Role| Role {
            id: r.id.to_string(),
            name: r.name.clone(),
            side: r.side,
            lead: r.lead,
            duty: r.duty.clone(),
            people: self.source.state.holders(&r.id).map(ToString::to_string).collect(),
        };
        self.source.runbook.roles.values().map(role).collect()
    }
}
