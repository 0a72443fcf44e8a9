//! Tests of the verdicts.

use std::time::Duration;

use super::*;
use crate::checks::testing::{expressions, step};
use minijinja::context;
use proptest::prelude::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.into(), elapsed: Duration::from_millis(12), ..Answer::default() }
}

fn around() -> Surroundings<'static> {
    let mut around = Surroundings::new(&context! {
        fields => context! { account => "acc_1" },
        decisions => context! { model => "direct" },
    });
    around.capture([("token".to_owned(), "t-1".to_owned())]);
    around
}

fn listing(label: Option<&str>, entries: &str) -> Listing {
    Listing { label: label.map(str::to_owned), entries: Expression::new(entries).unwrap() }
}

fn verdict(step: &HttpStep, status: u16, body: &str) -> Verdict {
    judge(step, &answer(status, body), &around()).verdict
}

#[test]
fn an_expectation_that_holds_passes_and_one_that_does_not_fails() {
    let ready = step("x", &["status == 200", "json.status == 'ready'"]);
    assert_eq!(verdict(&ready, 200, r#"{"status": "ready"}"#), Verdict::Pass);
    let judged = judge(&ready, &answer(200, r#"{"status": "blocked"}"#), &around());
    assert_eq!(judged.verdict, Verdict::Fail);
    assert_eq!(judged.results[0].verdict, Verdict::Pass);
    assert_eq!(judged.results[1].expected, "json.status == 'ready'");
    assert_eq!(judged.results[1].actual, r#"json.status = "blocked""#);
    assert_eq!(judged.summary, r#"expected json.status == 'ready', got json.status = "blocked""#);
}

#[test]
fn conditions_see_the_answer_and_the_engagement() {
    let all = step(
        "x",
        &[
            "headers['flint-mode'] == 'live'",
            "text == '{}'",
            "elapsed_ms == 12",
            "fields.account == 'acc_1'",
            "decisions.model == 'direct'",
            "captures.token == 't-1'",
            "json == {}",
        ],
    );
    let mut live = answer(200, "{}");
    live.headers.insert("flint-mode".into(), "live".into());
    let judged = judge(&all, &live, &around());
    assert_eq!(judged.verdict, Verdict::Pass, "{judged:?}");
    assert_eq!(judged.summary, "step: 7 expectations met");
}

#[test]
fn a_failed_expectation_is_pending_while_the_other_side_works_on_it() {
    let mut review = step("x", &["json.status == 'approved'", "json.approved_at != ''"]);
    review.pending = expressions(&["json.status == 'in_review'"]);
    let judged = judge(&review, &answer(200, r#"{"status": "in_review"}"#), &around());
    assert_eq!(judged.verdict, Verdict::Pending);
    assert!(judged.results.iter().all(|r| r.verdict == Verdict::Pending));
    assert_eq!(verdict(&review, 200, r#"{"status": "rejected"}"#), Verdict::Fail);
    // No word of the status at all: neither pending nor a fail.
    assert_eq!(verdict(&review, 200, "{}"), Verdict::Unknown);
}

#[test]
fn what_somebody_has_to_bring_does_not_come_by_waiting() {
    let mut review = step("x", &["json.status == 'approved'"]);
    review.pending = expressions(&["json.status == 'in_review'"]);
    review.blocking = vec![listing(None, "json.due")];
    assert_eq!(verdict(&review, 200, r#"{"status": "in_review", "due": ["passport"]}"#), Verdict::Fail);
    assert_eq!(verdict(&review, 200, r#"{"status": "in_review", "due": []}"#), Verdict::Pending);
}

#[test]
fn a_redirect_that_is_not_followed_is_told_as_one() {
    let mut moved = answer(302, "");
    moved.headers.insert("location".into(), "https://elsewhere.example/".into());
    let judged = judge(&step("x", &["json.ok"]), &moved, &around());
    assert_eq!(judged.verdict, Verdict::Unknown);
    assert!(judged.summary.contains("leads to https://elsewhere.example/"), "{}", judged.summary);
}

#[test]
fn faults_and_refused_credentials_are_unknown() {
    let ok = step("x", &["status == 200"]);
    for status in [401, 403, 429, 500, 502, 503, 599, 600, 100] {
        assert_eq!(verdict(&ok, status, ""), Verdict::Unknown, "{status}");
    }
    for status in [204, 301, 400, 404, 409, 422] {
        assert_eq!(verdict(&ok, status, ""), Verdict::Fail, "{status}");
    }
}

#[test]
fn a_step_that_expects_a_refusal_can_pass_on_it() {
    for (expect, status) in [("status == 401", 401), ("status in [401, 403]", 403), ("status == 503", 503)] {
        assert_eq!(verdict(&step("x", &[expect]), status, ""), Verdict::Pass, "{expect}");
    }
    // The number is about something else here.
    assert_eq!(verdict(&step("x", &["json.code == 401"]), 401, r#"{"code": 401}"#), Verdict::Unknown);
    assert_eq!(verdict(&step("x", &["status == '401'"]), 401, ""), Verdict::Unknown);
}

#[test]
fn a_body_that_cannot_be_read_is_unknown_only_where_it_is_needed() {
    let json = step("x", &["status == 200", "json.a == 1"]);
    for body in ["", "<html>", "{\"a\": 1", &"[".repeat(1_000_000)] {
        assert_eq!(verdict(&json, 200, body), Verdict::Unknown);
        assert_eq!(verdict(&step("x", &["status == 200"]), 200, body), Verdict::Pass);
    }
    assert_eq!(verdict(&json, 404, "<html>"), Verdict::Unknown);
    let mut bytes = answer(200, "");
    bytes.body = vec![0xff, 0xfe];
    assert_eq!(judge(&json, &bytes, &around()).summary, "the answer is not UTF-8 text");
    assert_eq!(judge(&step("x", &["'a' in text"]), &bytes, &around()).verdict, Verdict::Unknown);
}

#[test]
fn a_condition_without_a_value_is_unknown_but_does_not_hide_a_fail() {
    let two = step("x", &["json.gone == 1", "json.a == 1"]);
    assert_eq!(verdict(&two, 200, r#"{"a": 1}"#), Verdict::Unknown);
    assert_eq!(verdict(&two, 200, r#"{"a": 2}"#), Verdict::Fail);
    assert_eq!(verdict(&step("x", &["headers['nope'] == 'live'"]), 200, ""), Verdict::Unknown);
}

#[test]
fn without_an_expectation_any_2xx_passes() {
    assert_eq!(verdict(&step("x", &[]), 204, ""), Verdict::Pass);
    assert_eq!(verdict(&step("x", &[]), 404, ""), Verdict::Fail);
}

#[test]
fn what_is_outstanding_is_named_and_holds_up_a_pass() {
    let mut ready = step("x", &["json.status == 'ready'"]);
    ready.blocking = vec![listing(None, "json.past_due + json.due")];
    ready.waiting = vec![listing(None, "json.review")];
    ready.warning = vec![listing(None, "json.not_there")];
    let body = r#"{"status": "ready", "past_due": ["website"], "due": [{"code": "iban"}], "review": "kyc"}"#;
    let judged = judge(&ready, &answer(200, body), &around());
    let found: Vec<_> = judged.findings.iter().map(|f| (f.kind, f.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (FindingKind::Blocking, "website"),
            (FindingKind::Blocking, r#"{"code": "iban"}"#),
            (FindingKind::Waiting, "kyc"),
        ]
    );
    assert_eq!(judged.verdict, Verdict::Fail);
    let clear = r#"{"status": "ready", "past_due": [], "due": [], "review": ["kyc"]}"#;
    assert_eq!(verdict(&ready, 200, clear), Verdict::Pass);
}

#[test]
fn what_is_outstanding_cannot_be_told_when_the_list_is_not_there_or_is_none() {
    let mut ready = step("x", &["status == 200"]);
    ready.blocking = vec![listing(None, "json.due")];
    ready.waiting = vec![listing(None, "json.review")];
    for gone in [r"{}", r#"{"due": true}"#, r#"{"due": 3}"#, "<html>", ""] {
        let judged = judge(&ready, &answer(200, gone), &around());
        assert_eq!(judged.verdict, Verdict::Unknown, "{gone}: {}", judged.summary);
    }
    for none in [r#"{"due": []}"#, r#"{"due": null}"#, r#"{"due": ""}"#] {
        assert_eq!(verdict(&ready, 200, none), Verdict::Pass, "{none}");
    }
    ready.expect = expressions(&["json.status == 'ready'"]);
    assert_eq!(verdict(&ready, 200, r#"{"status": "blocked"}"#), Verdict::Fail, "a fail is not hidden");
}

#[test]
fn findings_of_labelled_lists_say_which_list_they_are_on() {
    let mut ready = step("x", &["json.status == 'ready'"]);
    ready.blocking =
        vec![listing(Some("past due"), "json.past_due"), listing(Some("currently due"), "json.due")];
    let body = r#"{"status": "blocked", "past_due": ["business_website"], "due": ["iban", "vat"]}"#;
    let found = judge(&ready, &answer(200, body), &around()).findings;
    let texts: Vec<_> = found.iter().map(|f| f.text.as_str()).collect();
    assert_eq!(texts, ["business_website is past due", "iban is currently due", "vat is currently due"]);
    // One list that is not there does not hide the other.
    let found = judge(&ready, &answer(200, r#"{"status": "x", "due": "iban"}"#), &around()).findings;
    assert_eq!(found.len(), 1);
}

#[test]
fn an_answer_that_is_no_pass_is_kept_for_the_troubleshooting() {
    let ready = step("x", &["json.status == 'ready'"]);
    let seen = |status, body| judge(&ready, &answer(status, body), &around()).seen;
    assert_eq!(seen(200, r#"{"status": "ready"}"#), None);
    let holds = |seen: Option<Value>, source| Expression::new(source).unwrap().holds(&seen.unwrap());
    assert_eq!(holds(seen(401, "no"), "status == 401 and text == 'no'"), Ok(true));
    assert_eq!(holds(seen(200, r#"{"status": "test"}"#), "json.status == 'test'"), Ok(true));
}

#[test]
fn the_other_sides_reason_stands_first() {
    let mut ready = step("x", &["json.status == 'ready'"]);
    ready.reason = Some(Expression::new("json.status_reason").unwrap());
    let judged =
        judge(&ready, &answer(200, r#"{"status": "blocked", "status_reason": "past due"}"#), &around());
    assert!(judged.summary.starts_with("past due: expected"), "{}", judged.summary);
}

#[test]
fn captures_come_from_a_pass_and_a_missing_one_is_unknown() {
    let mut login = step("x", &["status == 200"]);
    login.capture = vec![("org".to_owned(), Expression::new("json.org").unwrap())];
    let captures = |status, body| judge(&login, &answer(status, body), &around()).captures;
    assert_eq!(captures(200, r#"{"org": 7}"#), [("org".to_owned(), "7".to_owned())]);
    assert_eq!(captures(404, r#"{"org": 7}"#), []);
    for body in [r"{}", r#"{"org": {}}"#, r#"{"org": ""}"#, r#"{"org": "a\u001b"}"#] {
        assert_eq!(verdict(&login, 200, body), Verdict::Unknown, "{body}");
    }
}

#[test]
fn texts_of_the_other_side_are_short_and_harmless() {
    let mut hostile = step("x", &["json.a == 1"]);
    hostile.blocking = vec![listing(Some("wrong"), "json.a")];
    hostile.reason = Some(Expression::new("json.a").unwrap());
    let body = format!(r#"{{"a": ["{}\u001b]0;x\u0007"]}}"#, "é\\u202e".repeat(20_000));
    let judged = judge(&hostile, &answer(200, &body), &around());
    let texts = [&judged.summary, &judged.results[0].actual, &judged.findings[0].text];
    for text in texts {
        assert!(text.chars().count() <= MAX_SUMMARY);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    }
    let many = format!(r#"{{"a": [{}1]}}"#, "1,".repeat(10_000));
    assert_eq!(judge(&hostile, &answer(200, &many), &around()).findings.len(), MAX_FINDINGS);
}

proptest! {
    #[test]
    fn no_body_breaks_the_judge_and_only_a_met_expectation_passes(
        status in 0_u16..700,
        body in prop_oneof![".{0,80}", r#"\{"a": [0-9"\[\]{}, a-z]{0,30}\}"#],
    ) {
        let picky = step("x", &["status == 200", "json.a == 1"]);
        let judged = judge(&picky, &answer(status, &body), &around());
        let met = status == 200 && serde_json::from_str::<serde_json::Value>(&body)
            .is_ok_and(|v| v.get("a").and_then(serde_json::Value::as_f64) == Some(1.0));
        prop_assert_eq!(judged.verdict == Verdict::Pass, met);
    }
}
