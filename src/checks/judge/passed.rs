//! A pass that is plain to see: found without the engine of the language.
//!
//! Of thousands of runs nearly all pass, and their conditions are of the plain form. Anything else than a
//! pass, and any doubt, is left to the engine: it finds the same pass, or the reason why there is none.

use super::{
    Answer, HttpStep, Judgement, SUCCESS, Surroundings, all_met, assertion, can_stand, millis, reads,
    unanswered,
};
use crate::checks::shown;
use crate::domain::plain::{Found, Seen};
use crate::domain::verdict::Verdict;

/// The judgement of an answer that certainly passes.
pub(super) fn passed(step: &HttpStep, answer: &Answer, around: &Surroundings<'_>) -> Option<Judgement> {
    // Before the answer is read: a step with another condition needs the engine in any case.
    let lists = || step.blocking.iter().chain(&step.waiting).chain(&step.warning);
    let captured = || step.capture.iter().map(|(_, from)| from);
    if step.expect.iter().chain(lists().map(|l| &l.entries)).chain(captured()).any(|e| e.plain().is_none()) {
        return None;
    }
    let json = answer.borrowed();
    if unanswered(step, answer, json.as_ref().err().copied()).is_some() {
        return None;
    }
    let json = json.ok();
    let seen = Seen {
        status: answer.status,
        headers: &answer.headers,
        elapsed_ms: millis(answer.elapsed),
        json: json.as_ref(),
        text: reads(step, "text").then(|| answer.text().ok()).flatten(),
        names: around,
    };
    let mut results = Vec::with_capacity(step.expect.len().max(1));
    for condition in &step.expect {
        if !condition.plain()?.holds(&seen)? {
            return None;
        }
        let actual = shown::met(condition.words(), &seen)?;
        results.push(assertion(step, answer, Verdict::Pass, condition.source(), actual));
    }
    if results.is_empty() {
        if !(200..300).contains(&answer.status) {
            return None;
        }
        let actual = format!("status = {}", answer.status);
        results.push(assertion(step, answer, Verdict::Pass, SUCCESS, actual));
    }
    for list in lists() {
        if !list.entries.plain()?.value(&seen)?.lists_nothing() {
            return None;
        }
    }
    let mut captures = Vec::with_capacity(step.capture.len());
    for (name, from) in &step.capture {
        let value = match from.plain()?.value(&seen)? {
            Found::Text(text) if can_stand(text) => text.to_owned(),
            Found::Whole(n) => n.to_string(),
            Found::Text(_)
            | Found::Null
            | Found::Bool(_)
            | Found::Float(_)
            | Found::List(_)
            | Found::Map(_)
            | Found::Entries(_)
            | Found::Joined(_) => return None,
        };
        captures.push((name.clone(), value));
    }
    Some(Judgement {
        verdict: Verdict::Pass,
        summary: all_met(step, results.len()),
        results,
        findings: Vec::new(),
        request_id: answer.request_id_in(json.as_ref()),
        captures,
        seen: None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use minijinja::context;
    use proptest::prelude::*;

    use super::*;
    use crate::checks::judge::in_full;
    use crate::checks::testing::{Bench, expressions, step};
    use crate::domain::check::Listing;
    use crate::domain::expression::Expression;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into(), elapsed: Duration::from_millis(12), ..Answer::default() }
    }

    fn listing(entries: &str) -> Listing {
        Listing { label: None, entries: Expression::new(entries).unwrap() }
    }

    #[test]
    fn the_usual_pass_needs_no_engine() {
        let subject = Bench::new().field("account", "acc_1").subject();
        let mut ready = step(
            "x",
            &[
                "status in [200, 201]",
                "headers['mode'] == 'live'",
                "json.data.status == 'ready' and json.data.id == fields.account",
                "json.data.parts | rejectattr('ok', 'eq', true) | list | length == 0",
                "json.data.token is startingwith('tok_')",
            ],
        );
        ready.blocking = vec![listing("json.data.due + json.data.past")];
        ready.capture = vec![("id".to_owned(), Expression::new("json.data.id").unwrap())];
        let body = r#"{"data": {"status": "ready", "id": "acc_1", "parts": [{"ok": true}], "due": [],
            "past": [], "token": "tok_1"}, "request_id": "req_1"}"#;
        let mut live = answer(200, body);
        live.headers.insert("mode".to_owned(), "live".to_owned());
        let around = Surroundings::of(&subject);
        let found = passed(&ready, &live, &around).unwrap();
        assert_eq!(found, in_full(&ready, &live, &around));
        assert_eq!(found.captures, [("id".to_owned(), "acc_1".to_owned())]);
        assert_eq!(found.request_id.as_deref(), Some("req_1"));
        assert!(found.results[4].actual.ends_with("••••"), "{:?}", found.results[4]);
        let outstanding = answer(200, &body.replace(r#""past": []"#, r#""past": ["id_document"]"#));
        assert_eq!(passed(&ready, &outstanding, &around), None);
    }

    #[test]
    fn a_step_without_expectations_passes_with_a_2xx() {
        let (any, around) = (step("x", &[]), Surroundings::new(&context! {}));
        assert_eq!(passed(&any, &answer(204, ""), &around), Some(in_full(&any, &answer(204, ""), &around)));
        assert_eq!(passed(&any, &answer(404, ""), &around), None);
    }

    #[test]
    fn a_body_that_cannot_be_read_is_no_pass_where_it_is_needed() {
        let either = step("x", &["status == 200 or json.a == 1"]);
        let around = Surroundings::new(&context! {});
        assert_eq!(passed(&either, &answer(200, "<html>"), &around), None);
        let mut review = step("x", &["status == 200"]);
        review.pending = expressions(&["json.a == 1"]);
        assert_eq!(passed(&review, &answer(200, "<html>"), &around), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_pass_is_the_same_with_the_engine(
            conditions in prop::collection::vec(crate::domain::plain::generated::condition(), 0..3),
            body in crate::domain::plain::generated::body(),
            lists in prop::collection::vec(crate::domain::plain::generated::path(), 0..2),
            capture in crate::domain::plain::generated::path(),
            captures in 0_usize..2,
        ) {
            let sources: Vec<&str> = conditions.iter().map(String::as_str).collect();
            let mut step = step("x", &sources);
            step.blocking = lists.iter().map(|l| listing(l)).collect();
            step.capture = vec![("c".to_owned(), Expression::new(&capture).unwrap()); captures];
            let mut answer = answer(200, &body);
            answer.headers.insert("mode".to_owned(), "live".to_owned());
            let subject = Bench::new().field("f", "live").subject();
            let around = Surroundings::of(&subject);
            if let Some(found) = passed(&step, &answer, &around) {
                prop_assert_eq!(found, in_full(&step, &answer, &around));
            }
        }
    }
}
