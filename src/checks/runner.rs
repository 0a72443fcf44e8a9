//! Running one check once.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};

use super::echo::Echo;
use super::judge::millis;
use super::lanes::{Lanes, Limits, Turn};
use super::outbound::{NoClient, Outbound};
use super::outcome::{Outcome, result};
use super::route::Route;
use super::schedule::Pace;
use super::shown::{MAX_SUMMARY, clipped};
use super::subject::Subject;
use super::trusted::Commands;
use super::{causes, command, decisions, env, fields, file, http, page, scan, tls, webhook};
use crate::clock::Clock;
use crate::domain::check::{Check, CheckKind};
use crate::domain::ids::FieldId;
use crate::domain::verdict::{Observation, Verdict};

/// Programs that are started at once.
const PROGRAMS: usize = 4;

/// Runs checks: the client and the lanes that all runs share.
pub struct Runner {
    outbound: Outbound,
    lanes: Lanes,
    clock: Arc<dyn Clock>,
    commands: Commands,
    programs: Lanes,
    turns: scan::Turns,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("lanes", &self.lanes).finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner with its own connections.
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Result<Self, NoClient> {
        Ok(Self {
            outbound: Outbound::new()?,
            lanes: Lanes::new(limits),
            clock,
            commands: Commands::default(),
            programs: Lanes::new(Limits { total: PROGRAMS, host: PROGRAMS, ..limits }),
            turns: scan::Turns::default(),
        })
    }

    /// The same runner, which may run the programs of runbooks that are trusted. Without this none run.
    #[must_use]
    pub fn commands(self, commands: Commands) -> Self {
        Self { commands, ..self }
    }

    /// The clock that stamps observations.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Runs a check once. The streak is 1: only who knows the results before can count.
    pub async fn run_once(&self, check: &Check, subject: &Subject) -> Observation {
        self.run(check, subject).await.0
    }

    /// Runs a check once; also gives what the outcome asks of the next run.
    pub(crate) async fn run(&self, check: &Check, subject: &Subject) -> (Observation, Pace) {
        let started = Instant::now();
        // One broken check must not end the poller, nor the sessions of other people.
        let outcome = AssertUnwindSafe(self.outcome(check, subject))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Outcome::unknown("the check broke inside golive; please report it"));
        self.stamp(check, subject, outcome, millis(started.elapsed()))
    }

    async fn outcome(&self, check: &Check, subject: &Subject) -> Outcome {
        let missing = check.missing(&subject.facts, &subject.secrets);
        let names: Vec<String> = missing.map(|missing| missing.to_string()).collect();
        if !names.is_empty() {
            let unknown = Outcome::unknown(&format!("not configured: {}", names.join(", ")));
            // Nothing is asked of anyone, so there is no reason to wait longer each time.
            return Outcome { pace: Pace::Regular, ..unknown };
        }
        if let Some((id, why)) = subject.withheld(check) {
            let unknown = Outcome::unknown(&format!("not configured: secret {id} {why}"));
            return Outcome { pace: Pace::Regular, ..unknown };
        }
        let mut route = Route::new(&self.outbound, &self.lanes, check.deadline, self.clock());
        match &check.kind {
            CheckKind::Http(steps) => http::run(steps, subject, &mut route, self.clock()).await,
            CheckKind::Page(page) => {
                let outcome = page::run(page, subject, &mut route).await;
                route.paced(outcome)
            }
            CheckKind::Webhook(hook) => webhook::run(hook, subject, &mut route, self.clock()).await,
            CheckKind::Env(env) => {
                let (env, context) = (env.clone(), subject.context());
                self.read(check.deadline, move |_| env::run(&env, &context)).await
            }
            CheckKind::File(file) => {
                let (file, context, now) = (file.clone(), subject.context(), self.clock.now());
                let secrets = Arc::clone(&subject.secrets);
                let read = move |turn: &Turn| file::run(&file, &context, &Echo::nearby(&secrets), turn, now);
                self.read(check.deadline, read).await
            }
            CheckKind::Tls(tls) => tls::run(tls, subject, &mut route, self.clock.now()).await,
            CheckKind::Scan(scan) => {
                let outcome = scan::run(scan, subject, &mut route, &self.turns, check.deadline).await;
                route.paced(outcome)
            }
            CheckKind::Command(command) => {
                let run = command::run(command, subject, &self.commands, &self.programs, check.deadline);
                run.await
            }
            CheckKind::Fields(ids) => fields::run(ids, subject),
            CheckKind::Decisions(wanted) => decisions::run(wanted, subject),
        }
    }

    /// Looks at a file. A disk that does not answer, such as a network's, must not hold the run.
    async fn read(
        &self,
        deadline: Duration,
        read: impl FnOnce(&Turn) -> Outcome + Send + 'static,
    ) -> Outcome {
        match timeout(deadline, self.lanes.read(read)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::unknown("the file cannot be read"),
            Err(_) => Outcome::unknown("the file could not be read in time"),
        }
    }

    fn stamp(
        &self,
        check: &Check,
        subject: &Subject,
        outcome: Outcome,
        latency_ms: u64,
    ) -> (Observation, Pace) {
        let mut outcome = outcome;
        let captured = for_fields(&mut outcome, subject);
        let mut causes = std::mem::take(&mut outcome.causes);
        causes.extend(causes::met(&subject.runbook.troubleshooting, &check.id, &outcome));
        causes.truncate(causes::MAX_CAUSES);
        let observation = Observation {
            check: check.id.clone(),
            verdict: outcome.verdict,
            at: self.clock.now(),
            latency_ms,
            summary: clipped(&outcome.summary, MAX_SUMMARY),
            steps: outcome.results,
            findings: outcome.findings,
            causes,
            request_id: outcome.request_id,
            captured,
            streak: 1,
            facts_at: Some(subject.seq),
        };
        (observation, outcome.pace)
    }
}

/// The captured values that fill fields. A value that is not in the form of its field is none: it makes
/// a pass unknown rather than let a wrong id into the log.
fn for_fields(outcome: &mut Outcome, subject: &Subject) -> BTreeMap<FieldId, String> {
    let mut captured = BTreeMap::new();
    for (name, value) in std::mem::take(&mut outcome.captures) {
        let Some(field) = subject.runbook.fields.get(name.as_str()) else {
            continue;
        };
        match &field.pattern {
            Some(pattern) if !pattern.matches(&value) => {
                let expected = format!("a value in the form {}", pattern.source());
                let odd = result(&field.label, Verdict::Unknown, &expected, &value);
                if outcome.verdict == Verdict::Pass {
                    outcome.verdict = Verdict::Unknown;
                    outcome.summary = format!("{}: expected {expected}, got {}", odd.name, odd.actual);
                }
                outcome.results.push(odd);
            }
            Some(_) | None => {
                captured.insert(field.id.clone(), value);
            }
        }
    }
    captured
}
