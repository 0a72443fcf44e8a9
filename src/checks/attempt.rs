//! One request of an action: sent once, and what its answer says about whether it happened.
//!
//! Only three answers are definite: nothing was sent, the other side refused (4xx), the other side did
//! what was asked. Anything else, a lost answer above all, leaves in doubt whether it happened. Nothing of
//! an answer's body is ever told but what the runbook captures, and no secret is in that.
//!
//! The values, the body of the request and that of the answer are zeroised when they are done with. What the
//! HTTP, TLS and JSON libraries and the template language copy on the way is freed, and no more than that.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use minijinja::Value;
use secrecy::{SecretSlice, SecretString};
use tokio::time::Instant;
use zeroize::Zeroize as _;

use super::answer::Answer;
use super::echo::Echo;
use super::judge::{self, Surroundings};
use super::outbound::{Follow, NoAnswer, Outbound};
use super::request;
use super::retry_after;
use super::secrets::{Held, MAX_SECRET};
use super::shown::{MAX_SUMMARY, clipped};
use super::subject::Subject;
use crate::clock::Clock;
use crate::domain::action::ActionStep;
use crate::domain::ids::SecretId;

/// What a request of an action came to.
pub enum Reply {
    /// It never left.
    NotSent(String),
    /// The other side refused it.
    Refused {
        /// Why, without a word of the body.
        reason: String,
        /// The other side's id of the request.
        request_id: Option<String>,
        /// How long it asks to be left alone, if it says so (429).
        wait: Option<Duration>,
    },
    /// Nobody here knows whether it was carried out.
    InDoubt {
        /// Why, without a word of the body.
        reason: String,
        /// The other side's id of the request.
        request_id: Option<String>,
        /// The answer, when it has a value that comes back once and cannot be told apart.
        body: Option<SecretSlice<u8>>,
    },
    /// It was carried out.
    Accepted {
        /// The values that come back once.
        values: Vec<(SecretId, SecretString)>,
        /// What later steps and fields take from the answer.
        captures: Vec<(String, String)>,
        /// The other side's id of the request.
        request_id: Option<String>,
    },
}

/// Sends one request, once: no redirect is followed and nothing is repeated.
pub async fn send(
    step: &ActionStep,
    idempotency: Option<(&str, &str)>,
    subject: &Subject,
    held: &Held,
    around: &Surroundings<'_>,
    (outbound, clock): (&Outbound, &dyn Clock),
    deadline: Instant,
) -> Reply {
    let mut prepared = match request::prepare(&step.request, subject, held, around, outbound).await {
        Ok(prepared) => prepared,
        Err(why) => return Reply::NotSent(told(step, &why)),
    };
    prepared.request.follow = Follow::Never;
    if let Some((name, key)) = idempotency {
        let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(key).ok());
        let Some((name, key)) = header else {
            return Reply::NotSent(told(step, "the idempotency key cannot be sent"));
        };
        prepared.request.headers.insert(name, key);
    }
    match outbound.send(prepared.request, deadline).await {
        Ok((mut answer, _)) => {
            let reply = weigh(step, &mut answer, &prepared.sent, around, clock);
            answer.body.zeroize();
            reply
        }
        Err(NoAnswer::Connect(why)) => Reply::NotSent(told(step, &format!("cannot connect: {why}"))),
        Err(
            none @ (NoAnswer::TimedOut
            | NoAnswer::Broken(_)
            | NoAnswer::TooLarge(_)
            | NoAnswer::TooManyRedirects),
        ) => {
            let reason = told(step, &format!("the answer was lost: {none}"));
            Reply::InDoubt { reason, request_id: None, body: None }
        }
    }
}

fn told(step: &ActionStep, why: &str) -> String {
    clipped(&format!("{}: {why}", step.request.name), MAX_SUMMARY)
}

fn weigh(
    step: &ActionStep,
    answer: &mut Answer,
    sent: &[SecretString],
    around: &Surroundings<'_>,
    clock: &dyn Clock,
) -> Reply {
    let status = answer.status;
    let context = context(answer, around);
    let unmet = step.request.expect.iter().find(|e| !e.holds(&context).unwrap_or(false));
    let success = (200..300).contains(&status);
    let accepted = unmet.is_none() && (success || !step.request.expect.is_empty());
    let values: Vec<_> = step
        .store
        .iter()
        .map(|(id, from)| (id.clone(), from.value(&context).ok().and_then(|v| once(&v))))
        .collect();
    let wait = answer.headers.get("retry-after").filter(|_| status == 429);
    let wait = wait.and_then(|header| retry_after::parse(header, clock.now()));
    // Before anything is taken out of it, as then the value that comes back may be taken out too.
    let raw = (!step.store.is_empty()).then(|| SecretSlice::from(answer.body.clone()));
    // A short one would take parts out of what has nothing to do with it, such as an id that is captured.
    let all: Vec<SecretString> =
        sent.iter().chain(values.iter().filter_map(|(_, v)| v.as_ref())).cloned().collect();
    let (long, short) = Echo::split(&all);
    answer.cover(&long);
    let request_id = answer.request_id(answer.json().ok().as_ref());
    let wanted = unmet.map_or_else(|| "a 2xx status".to_owned(), |e| e.source().to_owned());
    let reason = told(step, &format!("answered with status {status}, expected {wanted}"));
    if !accepted {
        if (400..500).contains(&status) && status != 408 {
            return Reply::Refused { reason, request_id, wait };
        }
        // It may well have happened, and then the value is in there.
        return Reply::InDoubt { reason, request_id, body: raw.filter(|_| success) };
    }
    if let Some((id, _)) = values.iter().find(|(_, v)| v.is_none()) {
        let reason = told(step, &format!("answered with status {status}, without a value for secret {id}"));
        return Reply::InDoubt { reason, request_id, body: raw };
    }
    let covered = self::context(answer, around);
    let mut captures = Vec::new();
    for (name, from) in &step.request.capture {
        // A capture that has no value is no reason to lose what came back once.
        captures.extend(
            from.value(&covered).ok().and_then(|v| judge::captured(&v)).map(|value| (name.clone(), value)),
        );
    }
    captures.retain(|(_, value)| !short.is_all_of(value));
    let values = values.into_iter().filter_map(|(id, value)| Some((id, value?))).collect();
    Reply::Accepted { values, captures, request_id }
}

fn context(answer: &Answer, around: &Surroundings<'_>) -> Value {
    around.with_answer(answer, answer.json().ok(), answer.text().ok())
}

/// A value that can be kept: a text that a secret could be.
fn once(value: &Value) -> Option<SecretString> {
    let text = value.as_str()?;
    let good = !text.is_empty() && text.len() <= MAX_SECRET && !text.chars().any(char::is_control);
    good.then(|| SecretString::from(text))
}
