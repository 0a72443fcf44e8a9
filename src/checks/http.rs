//! The `http` check: requests one after the other, each judged, each seeing what those before captured.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use super::answer::MAX_BODY;
use super::judge::{self, Judgement, Surroundings};
use super::outbound::{Follow, Request, address};
use super::outcome::{MAX_RESULTS, Outcome, result};
use super::retry_after;
use super::route::Route;
use super::schedule::Pace;
use super::secrets;
use super::subject::Subject;
use crate::clock::Clock;
use crate::domain::check::HttpStep;
use crate::domain::secret::SecretSource;
use crate::domain::verdict::Verdict;

/// Headers that say nothing about who sends them; with any other a redirect is not followed.
const HARMLESS: [&str; 4] = ["accept", "accept-language", "content-type", "cache-control"];

/// Runs the steps until one does not pass.
pub async fn run(steps: &[HttpStep], subject: &Subject, route: &mut Route<'_>, clock: &dyn Clock) -> Outcome {
    let mut around = Surroundings::new(&subject.context());
    let mut outcome = Outcome::unknown("the check has no steps");
    for step in steps {
        let (judgement, pace) = match prepare(step, subject, &around).await {
            Err(why) => (no_verdict(step, &why, 0), Pace::BackOff(1)),
            Ok((request, secret)) => ask(step, request, secret, route, &around, clock).await,
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
    request: Request,
    secret: Option<SecretString>,
    route: &mut Route<'_>,
    around: &Surroundings,
    clock: &dyn Clock,
) -> (Judgement, Pace) {
    let mut answer = match route.ask(request).await {
        Ok((answer, _)) => answer,
        Err(none) => return (no_verdict(step, &none.to_string(), 0), Pace::BackOff(1)),
    };
    if let Some(secret) = &secret {
        answer.cover(secret);
    }
    let judgement = judge::judge(step, &answer, around);
    let asked_to_wait = matches!(answer.status, 429 | 500..=599);
    let wait = answer.headers.get("retry-after").filter(|_| asked_to_wait);
    let pace = match (wait.and_then(|h| retry_after::parse(h, clock.now())), judgement.verdict) {
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

/// Fills in the templates and the secret.
async fn prepare(
    step: &HttpStep,
    subject: &Subject,
    around: &Surroundings,
) -> Result<(Request, Option<SecretString>), String> {
    let context = around.context();
    let url = step.url.render(&context).map_err(|e| format!("the address has no value: {e}"))?;
    let url = address(&url).map_err(|e| e.to_string())?;
    let mut headers = HeaderMap::new();
    let mut credentials = false;
    for (name, template) in &step.headers {
        let bad = |why: &str| format!("header {name} {why}");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("has a bad name"))?;
        let text = template.render(&context).map_err(|e| bad(&format!("has no value: {e}")))?;
        let mut value = HeaderValue::from_str(&text).map_err(|_| bad("cannot be sent"))?;
        if !HARMLESS.contains(&key.as_str()) {
            credentials = true;
            value.set_sensitive(true);
        }
        headers.append(key, value);
    }
    let mut sent = None;
    if let Some(auth) = &step.auth {
        let bad = |why: &dyn std::fmt::Display| format!("secret {}: {why}", auth.secret);
        let secret = subject.runbook.secrets.get(&auth.secret).cloned();
        let source = subject.secrets.get(&auth.secret).cloned();
        let (Some(secret), Some(source)) = (secret, source) else {
            return Err(bad(&"not configured"));
        };
        let value = match &source {
            SecretSource::Env(_) => secrets::for_request(&secret, &source, &url, &context),
            SecretSource::File(_) => {
                // It may be on a slow disk: not on a thread that others are served by.
                let (to, seen) = (url.clone(), context.clone());
                tokio::task::spawn_blocking(move || secrets::for_request(&secret, &source, &to, &seen))
                    .await
                    .map_err(|_| bad(&"cannot be read"))?
            }
        };
        let value = value.map_err(|e| bad(&e))?;
        let header = secrets::authorization(&auth.scheme, &value).ok_or_else(|| bad(&"cannot be sent"))?;
        headers.insert(AUTHORIZATION, header);
        credentials = true;
        sent = Some(value);
    }
    let body = match &step.body {
        None => None,
        Some(template) => {
            let body = template.render(&context).map_err(|e| format!("the body has no value: {e}"))?;
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
            if is_json && !headers.contains_key(CONTENT_TYPE) {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Some(body.into_bytes())
        }
    };
    let judged_itself = credentials || judge::expects_redirect(step);
    let follow = if judged_itself { Follow::Never } else { Follow::SameOrigin };
    let request = Request { method: step.method, url, headers, body, follow, max_body: MAX_BODY };
    Ok((request, sent))
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
