//! Endpoints of several makes, honest and broken, and what the check says of each. What is sent is
//! verified by the published libraries of the schemes, not by golive's own code.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::*;
use crate::checks::lanes::Limits;
use crate::checks::runner::Runner;
use crate::checks::testing::{Bench, PATIENCE, Server, check};
use crate::clock::SystemClock;
use crate::domain::check::CheckKind;
use crate::domain::expression::Template;
use crate::domain::ids::SecretId;
use crate::domain::secret::SecretSource;
use crate::domain::verdict::Observation;
use crate::domain::webhook::{Algorithm, CustomScheme, Encoding, Scheme, SecretForm};

const WHSEC: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &str = r#"{"amount":500,"type":"order.paid"}"#;

fn template(source: &str) -> Template {
    Template::new(source).unwrap()
}

fn hook(url: &str, scheme: Scheme) -> WebhookCheck {
    let secret_form = match scheme {
        Scheme::StandardWebhooks => SecretForm::Whsec,
        Scheme::Stripe | Scheme::Custom(_) => SecretForm::Text,
    };
    WebhookCheck {
        url: template(url),
        secret: SecretId::new("hook").unwrap(),
        secret_form,
        scheme,
        headers: vec![("x-event".to_owned(), template("paid"))],
        body: template(BODY),
        within: PATIENCE,
        refuse: BadDelivery::ALL.to_vec(),
        tolerance: Duration::from_mins(5),
    }
}

async fn observe(hook: WebhookCheck, origin: &str) -> Observation {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{WHSEC}").unwrap();
    let source = SecretSource::file(file.path().to_str().unwrap()).unwrap();
    let subject = Bench::new().secret_from("hook", &[origin], source).subject();
    // The libraries that verify look at the machine's clock.
    let runner = Runner::new(Limits::default(), Arc::new(SystemClock)).unwrap();
    let observation = runner.run_once(&check("c", CheckKind::Webhook(Box::new(hook))), &subject).await;
    assert!(!format!("{observation:?}").contains("C2FVsBQI"), "{observation:?}");
    observation
}

/// Each step with its verdict, in order.
fn steps(observation: &Observation) -> Vec<(&str, Verdict)> {
    observation.steps.iter().map(|s| (s.name.as_str(), s.verdict)).collect()
}

/// The steps that did not pass.
fn told(observation: &Observation) -> Vec<&str> {
    observation.steps.iter().filter(|s| s.verdict != Verdict::Pass).map(|s| s.name.as_str()).collect()
}

/// An endpoint that answers by looking at the headers and the body.
async fn endpoint(
    answers: impl Fn(&HeaderMap, &[u8]) -> StatusCode + Clone + Send + Sync + 'static,
) -> Server {
    Server::start(move |request: Request| {
        let answers = answers.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.unwrap();
            let answer: Response = answers(&head.headers, &body).into_response();
            answer
        }
    })
    .await
}

/// What Standard Webhooks' own library says.
fn standard(headers: &HeaderMap, body: &[u8]) -> StatusCode {
    match standardwebhooks::Webhook::new(WHSEC).unwrap().verify(body, headers) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

async fn standard_at(
    answers: impl Fn(&HeaderMap, &[u8]) -> StatusCode + Clone + Send + Sync + 'static,
) -> Observation {
    let server = endpoint(answers).await;
    observe(hook(&server.url("/hook"), Scheme::StandardWebhooks), &server.url("")).await
}

#[tokio::test]
async fn an_endpoint_with_the_standard_library_passes() {
    let observation = standard_at(standard).await;
    assert_eq!(observation.verdict, Verdict::Pass, "{observation:#?}");
    assert_eq!(observation.summary, "accepts what is signed, refuses 5 bad deliveries");
    let names = [
        "signed delivery",
        "altered body",
        "missing signature",
        "wrong secret",
        "stale timestamp",
        "re-serialised JSON",
    ];
    assert_eq!(steps(&observation), names.map(|name| (name, Verdict::Pass)));
    assert_eq!((observation.steps[0].actual.as_str(), observation.steps[1].actual.as_str()), ("204", "401"));
}

#[tokio::test]
async fn an_endpoint_that_verifies_nothing_has_one_cause() {
    let observation = standard_at(|_, _| StatusCode::OK).await;
    assert_eq!(observation.verdict, Verdict::Fail);
    assert_eq!(told(&observation), BadDelivery::ALL.map(BadDelivery::name));
    assert_eq!(observation.steps[1].actual, "accepted with 200");
    assert_eq!(observation.causes.len(), 1, "{:?}", observation.causes);
    assert!(observation.causes[0].cause.contains("does not verify"));
}

#[tokio::test]
async fn an_endpoint_that_only_looks_for_a_header_is_told_by_what_it_takes() {
    let observation = standard_at(|headers, _| {
        if headers.contains_key("webhook-signature") { StatusCode::OK } else { StatusCode::BAD_REQUEST }
    })
    .await;
    assert_eq!(told(&observation), ["altered body", "wrong secret", "stale timestamp", "re-serialised JSON"]);
    assert_eq!(
        observation.summary,
        "altered body, wrong secret, stale timestamp and re-serialised JSON were accepted"
    );
}

#[tokio::test]
async fn an_endpoint_that_ignores_the_time_takes_the_stale_delivery_alone() {
    let observation = standard_at(|headers, body| {
        let verifier = standardwebhooks::Webhook::new(WHSEC).unwrap();
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let id = text("webhook-id").unwrap();
        let time = text("webhook-timestamp").unwrap().parse().unwrap();
        // Signed again by the library and compared: everything but the age is verified.
        let right = verifier.sign(id, time, body).unwrap();
        if text("webhook-signature") == Some(right.as_str()) { StatusCode::OK } else { StatusCode::FORBIDDEN }
    })
    .await;
    assert_eq!(observation.verdict, Verdict::Fail);
    assert_eq!(told(&observation), ["stale timestamp"]);
    assert_eq!(observation.summary, "stale timestamp was accepted with 200");
    assert!(observation.causes[0].fix.contains("tolerance"));
}

#[tokio::test]
async fn an_endpoint_that_writes_the_json_anew_takes_the_reserialised_delivery_alone() {
    let observation = standard_at(|headers, body| {
        let parsed: serde_json::Value = serde_json::from_slice(body).unwrap();
        standard(headers, parsed.to_string().as_bytes())
    })
    .await;
    assert_eq!(told(&observation), ["re-serialised JSON"]);
    assert_eq!(observation.summary, "re-serialised JSON was accepted with 204");
    assert!(observation.causes[0].fix.contains("raw bytes"));
}

#[tokio::test]
async fn a_wrong_address_is_told_and_no_bad_delivery_follows() {
    for (status, verdict, words) in [
        (StatusCode::NOT_FOUND, Verdict::Fail, "404: there is nothing at this address"),
        (StatusCode::METHOD_NOT_ALLOWED, Verdict::Fail, "405: this address takes no POST"),
        (StatusCode::UNAUTHORIZED, Verdict::Fail, "401: a properly signed delivery was refused"),
        (StatusCode::FOUND, Verdict::Fail, "302: it points elsewhere"),
        (StatusCode::SERVICE_UNAVAILABLE, Verdict::Unknown, "503: the endpoint has a fault"),
        (StatusCode::TOO_MANY_REQUESTS, Verdict::Unknown, "429: not now"),
    ] {
        let observation = standard_at(move |_, _| status).await;
        assert_eq!(steps(&observation), [(GOOD, verdict)], "{status}");
        assert!(observation.steps[0].actual.starts_with(words), "{:?}", observation.steps);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_refusal_of_the_signature_proves_nothing() {
    for status in [404, 405, 410, 408, 413, 415, 429, 500, 302] {
        let status = StatusCode::from_u16(status).unwrap();
        let observation = standard_at(move |headers, body| match standard(headers, body) {
            StatusCode::UNAUTHORIZED => status,
            good => good,
        })
        .await;
        assert_eq!(observation.verdict, Verdict::Unknown, "{status}: {observation:?}");
    }
    for status in [400, 401, 403, 422] {
        assert_eq!(refusal(status).0, Verdict::Pass, "{status}");
    }
}

#[tokio::test]
async fn an_endpoint_that_never_answers_bad_deliveries_is_unknown_in_its_own_time() {
    let server = Server::start(|request: Request| async move {
        let (head, body) = request.into_parts();
        let status = standard(&head.headers, &to_bytes(body, 1 << 20).await.unwrap());
        if status != StatusCode::NO_CONTENT {
            std::future::pending::<()>().await;
        }
        status.into_response()
    })
    .await;
    let mut slow = hook(&server.url("/"), Scheme::StandardWebhooks);
    slow.refuse = vec![BadDelivery::WrongSecret];
    // The good delivery is still waited for until the end of the run, so this may be short.
    slow.within = Duration::from_millis(500);
    let observation = observe(slow, &server.url("")).await;
    // On a machine so loaded that the good one was late, that is what is told, and nothing else.
    if observation.steps.len() > 1 {
        assert_eq!(observation.verdict, Verdict::Unknown, "{observation:?}");
        assert_eq!(observation.steps[1].actual, "no answer in time");
    } else {
        assert_eq!(observation.verdict, Verdict::Fail, "{observation:?}");
    }
}

#[test]
fn a_good_answer_that_comes_late_is_a_fail() {
    let late = Answer { status: 200, elapsed: Duration::from_millis(7200), ..Answer::default() };
    assert_eq!(acceptance(&late, Duration::from_secs(5)), (Verdict::Fail, "200 after 7.2 s".to_owned()));
    assert_eq!(acceptance(&late, Duration::from_secs(8)).0, Verdict::Pass);
}

fn custom(timestamp_header: Option<&str>, signed: &str, value: &str) -> Scheme {
    Scheme::Custom(Box::new(CustomScheme {
        header: "x-pai-signature".to_owned(),
        algorithm: Algorithm::Sha256,
        encoding: Encoding::Hex,
        signed: template(signed),
        value: template(value),
        timestamp_header: timestamp_header.map(str::to_owned),
        id_header: Some("x-id".to_owned()),
    }))
}

#[tokio::test]
async fn a_custom_layout_sends_what_it_spells_out() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let server = endpoint(|headers, body| {
        let text = |name: &str| headers.get(name).map_or("", |v| v.to_str().unwrap());
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(WHSEC.as_bytes()).unwrap();
        mac.update([text("x-id"), "|", text("x-time"), "|POST|"].concat().as_bytes());
        mac.update(body);
        let right = format!("sig={}", hex::encode(mac.finalize().into_bytes()));
        let fresh = text("x-time").parse::<i64>().unwrap().abs_diff(SystemClock.now().timestamp()) <= 300;
        assert_eq!(text("x-event"), "paid");
        assert_eq!(text("content-type"), "application/json");
        if text("x-pai-signature") == right && fresh { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    })
    .await;
    let scheme =
        custom(Some("x-time"), "{{ id }}|{{ timestamp }}|{{ method }}|{{ body }}", "sig={{ signature }}");
    let observation = observe(hook(&server.url("/"), scheme), &server.url("")).await;
    assert_eq!(observation.verdict, Verdict::Pass, "{observation:#?}");
    assert_eq!(observation.steps.len(), 6);
}

#[tokio::test]
async fn the_secret_is_used_for_no_other_origin() {
    let server = endpoint(|_, _| StatusCode::OK).await;
    let observation = observe(hook(&server.url("/"), Scheme::Stripe), "https://elsewhere.example").await;
    assert_eq!(observation.verdict, Verdict::Unknown);
    assert!(observation.summary.contains("may not be sent to"), "{}", observation.summary);
    assert!(server.asked().is_empty());
}

/// Reads deliveries as JSON, one a line, and prints what Stripe's library says of each.
const STRIPE: &str = r#"
import json, sys, stripe
secret = sys.argv[1]
for line in sys.stdin:
    delivery = json.loads(line)
    try:
        stripe.WebhookSignature.verify_header(delivery["body"], delivery["header"] or "", secret, 300)
        print("accepted")
    except stripe.SignatureVerificationError as e:
        print("refused")
"#;

#[tokio::test]
async fn stripes_own_library_accepts_the_good_delivery_and_refuses_each_bad_one() {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/target/python/bin/python");
    assert!(std::path::Path::new(python).exists(), "Stripe's library is not there: run `make tools` first");
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let server = endpoint(move |headers, body| {
        let header = headers.get("stripe-signature").map(|v| v.to_str().unwrap().to_owned());
        let body = String::from_utf8(body.to_vec()).unwrap();
        let mut kept = keep.lock().unwrap();
        kept.push(serde_json::json!({ "header": header, "body": body }).to_string());
        StatusCode::OK
    })
    .await;
    let observation = observe(hook(&server.url("/"), Scheme::Stripe), &server.url("")).await;
    assert_eq!(observation.steps.len(), 6, "{observation:?}");
    let deliveries = kept.lock().unwrap().join("\n");
    let said = tokio::task::spawn_blocking(move || {
        let mut input = tempfile::tempfile().unwrap();
        input.write_all(deliveries.as_bytes()).unwrap();
        std::io::Seek::rewind(&mut input).unwrap();
        std::process::Command::new(python).args(["-c", STRIPE, WHSEC]).stdin(input).output().unwrap()
    })
    .await
    .unwrap();
    // The good one is sent before the others, which may come in any order.
    let words = String::from_utf8(said.stdout).unwrap();
    let errors = String::from_utf8_lossy(&said.stderr);
    let words: Vec<_> = words.lines().collect();
    assert_eq!(words, ["accepted", "refused", "refused", "refused", "refused", "refused"], "{errors}");
}
