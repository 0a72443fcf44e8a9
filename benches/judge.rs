//! What it costs to judge one answer: parsing its JSON, the conditions and the shown values.

use std::time::Duration;

use divan::Bencher;
use golive::checks::answer::Answer;
use golive::checks::judge::{Surroundings, judge};
use golive::domain::check::{HttpStep, Listing, Method};
use golive::domain::expression::{Expression, Template};
use minijinja::context;

fn main() {
    divan::main();
}

fn expressions(sources: &[&str]) -> Vec<Expression> {
    sources.iter().filter_map(|e| Expression::new(e).ok()).collect()
}

fn listings(lists: &[(Option<&str>, &str)]) -> Vec<Listing> {
    let listing = |(label, source): &(Option<&str>, &str)| {
        let entries = Expression::new(source).ok()?;
        Some(Listing { label: label.map(str::to_owned), entries })
    };
    lists.iter().filter_map(listing).collect()
}

/// The readiness step of the runbook format's example.
fn step() -> Option<HttpStep> {
    Some(HttpStep {
        name: "readiness".to_owned(),
        method: Method::Get,
        url: Template::new("https://api.example/v1/merchants/{{ fields.merchant }}/readiness").ok()?,
        headers: vec![],
        auth: None,
        body: None,
        expect: expressions(&[
            "status == 200",
            "headers['flint-mode'] == 'live'",
            "json.data.payments.status == 'ready'",
        ]),
        pending: expressions(&["json.data.payments.status == 'pending'"]),
        blocking: listings(&[
            (Some("past due"), "json.data.requirements.past_due"),
            (Some("currently due"), "json.data.requirements.currently_due"),
        ]),
        waiting: listings(&[(None, "json.data.requirements.pending_verification")]),
        warning: listings(&[(None, "json.data.requirements.eventually_due")]),
        reason: Expression::new("json.data.payments.status_reason").ok(),
        capture: vec![],
    })
}

fn answer(status: &str, outstanding: &str) -> Answer {
    let body = format!(
        r#"{{"data": {{"payments": {{"status": "{status}", "status_reason": "past due", "next_actions": []}},
        "payouts": {{"status": "ready", "status_reason": null, "next_actions": []}},
        "requirements": {{"currently_due": [], "past_due": [{outstanding}], "eventually_due": [],
        "pending_verification": [], "disabled_reason": null}},
        "observed_at": "2026-11-21T10:00:00Z"}}, "request_id": "req_4711"}}"#
    );
    let headers = [("content-type", "application/json"), ("flint-mode", "live")];
    Answer {
        status: 200,
        headers: headers.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        body: body.into_bytes(),
        elapsed: Duration::from_millis(12),
        ..Answer::default()
    }
}

fn bench(bencher: Bencher<'_, '_>, answer: &Answer) {
    let Some(step) = step() else {
        return;
    };
    let around = Surroundings::new(&context! { fields => context! { merchant => "mer_1" } });
    bencher.bench_local(|| judge(divan::black_box(&step), divan::black_box(answer), &around));
}

#[divan::bench]
fn ready(bencher: Bencher<'_, '_>) {
    bench(bencher, &answer("ready", ""));
}

#[divan::bench]
fn blocked(bencher: Bencher<'_, '_>) {
    bench(bencher, &answer("blocked", r#""business_website""#));
}
