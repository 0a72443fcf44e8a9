//! The `http` check: requests one after the other, each judged, each seeing what those before captured.

use super::echo::Echo;
use super::judge::{self, Judgement, Surroundings};
use super::lanes;
use super::outcome::{MAX_RESULTS, Outcome, result};
use super::request::{self, Prepared};
use super::retry_after;
use super::route::Route;
use super::schedule::Pace;
use super::secrets::Held;
use super::subject::Subject;
use crate::clock::Clock;
use crate::domain::check::HttpStep;
use crate::domain::verdict::Verdict;

/// Runs the steps until one does not pass.
pub async fn run(steps: &[HttpStep], subject: &Subject, route: &mut Route<'_>, clock: &dyn Clock) -> Outcome {
    let mut around = Surroundings::of(subject);
    let mut outcome = Outcome::unknown("the check has no steps");
    for step in steps {
        let held = Held::default();
        let prepare = request::prepare(step, subject, &held, &around, route.outbound());
        // Only secrets take time.
        let prepared =
            if step.secrets().is_empty() { Ok(prepare.await) } else { route.within(prepare).await };
        let (judgement, pace) = match prepared.unwrap_or_else(|_| Err("its secrets took too long".to_owned()))
        {
            Err(why) => (no_verdict(step, &why, 0), Pace::BackOff(1)),
            Ok(prepared) => ask(step, prepared, route, &around, clock).await,
        };
        around.capture(judgement.captures.iter().cloned());
        take_in(&mut outcome, judgement, pace);
        if outcome.verdict != Verdict::Pass {
            break;
        }
    }
    outcome
}

fn take_in(outcome: &mut Outcome, judgement: Judgement, pace: Pace) {
    outcome.verdict = judgement.verdict;
    outcome.summary = judgement.summary;
    outcome.pace = pace;
    outcome.results.extend(judgement.results);
    outcome.results.truncate(MAX_RESULTS);
    outcome.findings.extend(judgement.findings);
    outcome.request_id = judgement.request_id.or_else(|| outcome.request_id.take());
    outcome.captures.extend(judgement.captures);
    outcome.seen = judgement.seen;
}

async fn ask(
    step: &HttpStep,
    prepared: Prepared,
    route: &mut Route<'_>,
    around: &Surroundings<'_>,
    clock: &dyn Clock,
) -> (Judgement, Pace) {
    let mut answer = match route.ask(prepared.request).await {
        Ok((answer, _)) => answer,
        Err(none) => return (no_verdict(step, &none.to_string(), 0), Pace::BackOff(1)),
    };
    let (long, short) = Echo::split(&prepared.sent);
    lanes::work(answer.body.len(), || answer.cover(&long));
    let Ok(_turn) = route.turn(answer.body.len()).await else {
        return (no_verdict(step, "others were read for too long", 0), Pace::BackOff(1));
    };
    let mut judgement = lanes::work(answer.body.len(), || judge::judge(step, &answer, around));
    judgement.cover(&short);
    let pace = match (retry_after::of(&answer, clock), judgement.verdict) {
        (Some(wait), _) => Pace::NotBefore(wait),
        (None, Verdict::Unknown) => Pace::BackOff(1),
        (None, Verdict::Pass | Verdict::Fail | Verdict::Pending) => Pace::Regular,
    };
    (judgement, pace)
}

fn no_verdict(step: &HttpStep, why: &str, latency_ms: u64) -> Judgement {
    let mut unknown = result(&step.name, Verdict::Unknown, "an answer", why);
    unknown.latency_ms = latency_ms;
    Judgement {
        verdict: Verdict::Unknown,
        summary: Outcome::unknown(&format!("{}: {why}", step.name)).summary,
        results: vec![unknown],
        findings: Vec::new(),
        request_id: None,
        captures: Vec::new(),
        seen: None,
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
