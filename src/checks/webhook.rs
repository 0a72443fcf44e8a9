//! The `webhook` check: a signed delivery is accepted in time, and each bad one is refused.
//!
//! The good delivery goes first. Only when it is accepted does it mean something that a bad one is not,
//! so the bad ones follow after that, a few at a time, each with an id of its own: an endpoint that drops
//! what it has seen before must not seem to accept or refuse for that reason.
//!
//! A refusal is a 4xx that can be about the signature. 404, 405 and 410 are about the address, 408, 425
//! and 429 about the moment, 413, 414, 415 and 431 about size and form: of an endpoint that took the good
//! delivery they say nothing. Neither does a 5xx: one that falls over a bad signature may have done
//! anything before it fell.

mod delivery;
mod reshape;
mod sign;

pub(crate) use sign::standard_signature;

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::timeout;

use delivery::Plan;

use super::answer::Answer;
use super::echo::Echo;
use super::judge::{Surroundings, millis};
use super::lanes;
use super::outbound::{NoAnswer, address};
use super::outcome::{Outcome, result};
use super::retry_after;
use super::route::Route;
use super::schedule::Pace;
use super::secrets;
use super::subject::Subject;
use crate::clock::Clock;
use crate::domain::verdict::{Cause, StepResult, Verdict};
use crate::domain::webhook::{BadDelivery, WebhookCheck};

/// Bad deliveries under way at once: a small endpoint is not to be run over.
const AT_ONCE: usize = 3;
/// What the good delivery is called.
const GOOD: &str = "signed delivery";
const REFUSED: &str = "refused with 400, 401, 403 or 422";

/// One delivery and what came of it.
struct Told {
    bad: Option<BadDelivery>,
    step: StepResult,
    answer: Option<Answer>,
}

/// Sends the deliveries.
pub async fn run(
    check: &WebhookCheck,
    subject: &Subject,
    route: &mut Route<'_>,
    clock: &dyn Clock,
) -> Outcome {
    let plan = route.within(prepare(check, subject)).await;
    let plan = match plan.unwrap_or_else(|_| Err(format!("secret {}: took too long", check.secret))) {
        Ok(plan) => plan,
        Err(why) => {
            let results = vec![result(GOOD, Verdict::Unknown, "an endpoint to deliver to", &why)];
            return Outcome { results, ..Outcome::unknown(&why) };
        }
    };
    let good = deliver(&plan, None, route, clock).await;
    route.leave();
    let mut all = Vec::from([good]);
    if all[0].step.verdict == Verdict::Pass {
        let bad = check.refuse.iter().map(|bad| refused(&plan, *bad, route.beside(), clock));
        all.extend(stream::iter(bad.collect::<Vec<_>>()).buffered(AT_ONCE).collect::<Vec<_>>().await);
    }
    let largest = all.iter().filter_map(|told| told.answer.as_ref()).map(|answer| answer.body.len()).max();
    let largest = largest.unwrap_or_default();
    let Ok(_turn) = route.turn(largest).await else {
        return Outcome::unknown("the answers could not be read in time: others are read");
    };
    lanes::work(largest, || conclude(all, subject, clock))
}

async fn refused(plan: &Plan<'_>, bad: BadDelivery, mut route: Route<'_>, clock: &dyn Clock) -> Told {
    match timeout(plan.check.within, deliver(plan, Some(bad), &mut route, clock)).await {
        Ok(told) => told,
        Err(_) => told(plan, Some(bad), Err(NoAnswer::TimedOut.to_string())),
    }
}

async fn deliver(
    plan: &Plan<'_>,
    bad: Option<BadDelivery>,
    route: &mut Route<'_>,
    clock: &dyn Clock,
) -> Told {
    let answer = match plan.delivery(bad, clock.now()) {
        Ok(request) => match route.ask(request).await {
            Ok((mut answer, _)) => {
                lanes::work(answer.body.len(), || answer.cover(&plan.echo));
                Ok(answer)
            }
            Err(none) => Err(none.to_string()),
        },
        Err(why) => Err(why),
    };
    told(plan, bad, answer)
}

fn told(plan: &Plan<'_>, bad: Option<BadDelivery>, answer: Result<Answer, String>) -> Told {
    let within = plan.check.within;
    let (name, expected) = match bad {
        None => (GOOD, format!("a 2xx within {}", humantime::format_duration(within))),
        Some(bad) => (bad.name(), REFUSED.to_owned()),
    };
    let (verdict, actual) = match &answer {
        Err(why) => (Verdict::Unknown, why.clone()),
        Ok(answer) if bad.is_some() => refusal(answer.status),
        Ok(answer) => acceptance(answer, within),
    };
    let mut step = result(name, verdict, &expected, &actual);
    let answer = answer.ok();
    step.latency_ms = answer.as_ref().map_or(0, |a| millis(a.elapsed));
    Told { bad, step, answer }
}

/// What the answer to the good delivery says.
fn acceptance(answer: &Answer, within: Duration) -> (Verdict, String) {
    let status = answer.status;
    let failed = |why: &str| (Verdict::Fail, format!("{status}{why}"));
    match status {
        200..=299 if answer.elapsed > within => {
            (Verdict::Fail, format!("{status} after {:.1} s", answer.elapsed.as_secs_f64()))
        }
        200..=299 => (Verdict::Pass, status.to_string()),
        300..=399 => failed(": it points elsewhere, and deliveries are not sent on"),
        404 | 410 => failed(": there is nothing at this address"),
        405 => failed(": this address takes no POST"),
        408 | 425 | 429 => (Verdict::Unknown, format!("{status}: not now")),
        400..=499 => failed(": a properly signed delivery was refused"),
        500..=599 => (Verdict::Unknown, format!("{status}: the endpoint has a fault")),
        _ => (Verdict::Unknown, format!("{status} says nothing")),
    }
}

/// What the answer to a bad delivery says.
fn refusal(status: u16) -> (Verdict, String) {
    let unknown = |why: &str| (Verdict::Unknown, format!("{status}: {why}"));
    match status {
        200..=299 => (Verdict::Fail, format!("accepted with {status}")),
        300..=399 => unknown("it points elsewhere, which is no refusal"),
        404 | 405 | 410 => unknown("this is about the address, not the signature"),
        408 | 425 | 429 => unknown("not now, which is no refusal"),
        413 | 414 | 415 | 431 => unknown("this is about the size or form, not the signature"),
        400..=499 => (Verdict::Pass, status.to_string()),
        500..=599 => unknown("it fell over instead of refusing"),
        _ => unknown("it says nothing"),
    }
}

fn conclude(all: Vec<Told>, subject: &Subject, clock: &dyn Clock) -> Outcome {
    let worst = [Verdict::Fail, Verdict::Unknown]
        .into_iter()
        .find_map(|verdict| all.iter().find(|told| told.step.verdict == verdict));
    let accepted: Vec<BadDelivery> =
        all.iter().filter(|told| told.step.verdict == Verdict::Fail).filter_map(|told| told.bad).collect();
    let seen = worst.and_then(|told| told.answer.as_ref()).map(|answer| {
        let around = Surroundings::new(&subject.context());
        around.with_answer(answer, answer.json().ok(), answer.text().ok())
    });
    let answers = || all.iter().filter_map(|told| told.answer.as_ref());
    let request_id = answers().find_map(|answer| answer.request_id(answer.json().ok().as_ref()));
    let wait = answers().filter_map(|answer| retry_after::of(answer, clock)).max();
    let summary = summary(&accepted, &all);
    let causes = causes(&accepted, &all);
    let passed = format!("accepts what is signed, refuses {}", count(all.len() - 1));
    let outcome = Outcome::of(all.into_iter().map(|told| told.step).collect(), &passed);
    Outcome {
        summary: summary.unwrap_or(outcome.summary),
        pace: wait.map_or(outcome.pace, Pace::NotBefore),
        seen,
        request_id,
        causes,
        ..outcome
    }
}

fn count(n: usize) -> String {
    format!("{n} bad {}", if n == 1 { "delivery" } else { "deliveries" })
}

/// "altered body was accepted with 200".
fn summary(accepted: &[BadDelivery], all: &[Told]) -> Option<String> {
    match accepted {
        [] => None,
        [one] => {
            let told = all.iter().find(|told| told.bad == Some(*one))?;
            Some(format!("{} was {}", one.name(), told.step.actual))
        }
        [rest @ .., last] => {
            let rest: Vec<_> = rest.iter().map(|bad| bad.name()).collect();
            Some(format!("{} and {} were accepted", rest.join(", "), last.name()))
        }
    }
}

/// What is usually behind it. An endpoint that takes everything has one fault, not five.
fn causes(accepted: &[BadDelivery], all: &[Told]) -> Vec<Cause> {
    let cause = |symptom: String, cause: &str, fix: &str| Cause {
        symptom,
        cause: cause.to_owned(),
        fix: fix.to_owned(),
    };
    let tried = all.len() - 1;
    if tried > 1 && accepted.len() == tried {
        return vec![cause(
            "Every bad delivery is accepted".to_owned(),
            "The endpoint does not verify signatures at all",
            "Verify the signature before anything else, and answer 401 when it is wrong",
        )];
    }
    let each = accepted.iter().map(|bad| {
        let (why, fix) = match bad {
            BadDelivery::AlteredBody => (
                "The signature is not compared with one over the body that arrived",
                "Compute the signature over the raw body and compare the two in constant time",
            ),
            BadDelivery::MissingSignature => (
                "A delivery without a signature is let through",
                "Refuse a delivery that has no signature header",
            ),
            BadDelivery::WrongSecret => (
                "The signature is not computed with the endpoint's own secret",
                "Compute the signature with the secret of this endpoint and refuse any other",
            ),
            BadDelivery::StaleTimestamp => (
                "The time of the signature is not looked at, so old deliveries can be replayed",
                "Refuse a delivery whose signed time is further from now than the tolerance",
            ),
            BadDelivery::Reserialised => (
                "The signature is checked over JSON that was parsed and written anew",
                "Check it over the raw bytes of the body, before any parsing",
            ),
        };
        cause(format!("{} is accepted", bad.name()), why, fix)
    });
    each.collect()
}

/// Renders the address and reads the key.
async fn prepare<'a>(check: &'a WebhookCheck, subject: &Subject) -> Result<Plan<'a>, String> {
    let facts = subject.context();
    let url = check.url.render(&facts).map_err(|e| format!("the address has no value: {e}"))?;
    let url = address(&url).map_err(|e| e.to_string())?;
    let bad = |why: &dyn std::fmt::Display| format!("secret {}: {why}", check.secret);
    let secret = subject.runbook.secrets.get(&check.secret).cloned();
    let source = subject.secrets.get(&check.secret).cloned();
    let (Some(secret), Some(source)) = (secret, source) else {
        return Err(bad(&"not configured"));
    };
    let (to, seen, permit) = (url.clone(), facts.clone(), subject.permit.clone());
    // It may be on a slow disk: not on a thread that others are served by.
    let read = move || secrets::for_request(&secret, &source, None, (&to, &seen), &permit);
    let value = tokio::task::spawn_blocking(read);
    let value = value.await.map_err(|_| bad(&"cannot be read"))?.map_err(|e| bad(&e))?;
    let key = sign::key(&value, check.secret_form).map_err(|e| bad(&e))?;
    Ok(Plan { check, url, key, echo: Echo::of([&value]), facts })
}

#[cfg(test)]
#[path = "webhook/tests.rs"]
mod tests;
