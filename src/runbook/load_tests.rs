//! What a good runbook becomes, and what a hostile one does not do.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::fault_tests::GOOD;
use super::{bundled, load};
use crate::domain::check::{CheckKind, Method};
use crate::domain::runbook::{Item, Runbook};

fn good(source: &str) -> Runbook {
    match load("shop.toml", source.as_bytes()) {
        Ok(loaded) => loaded.runbook,
        Err(faults) => panic!("{}", faults.render(source.as_bytes())),
    }
}

fn item<'r>(runbook: &'r Runbook, id: &str) -> &'r Item {
    runbook.item(id).unwrap().1
}

#[test]
fn what_is_left_out_has_a_default() {
    let runbook = good(&GOOD.replace("every = \"30s\"\n", ""));
    let check = &runbook.checks["ready"];
    let seconds = [check.every, check.ttl, check.deadline].map(|d| d.as_secs());
    assert_eq!((seconds, check.after_passes.get(), check.after_failures.get()), ([60, 600, 10], 1, 2));
    let first = item(&runbook, "first");
    assert_eq!(first.warn_before, TimeDelta::days(7), "a week for a long validity");
    let runbook = good(&GOOD.replace("90d", "10d"));
    assert_eq!(item(&runbook, "first").warn_before, TimeDelta::days(1), "a tenth of a short one");
}

#[test]
fn a_step_is_written_short_and_resolved_long() {
    let more =
        "headers = { X-Mode = \"{{ fields.api_url }}\" }\njson = { a = [1, \"{{ fields.api_url }}\"] }\n";
    let source = GOOD.replace("get = ", &format!("{more}post = "));
    let runbook = good(&source);
    let CheckKind::Http(steps) = &runbook.checks["ready"].kind else { panic!("http") };
    let step = &steps[0];
    assert_eq!((step.method, step.name.as_str()), (Method::Post, "POST /ready"));
    assert_eq!(step.auth.as_ref().unwrap().scheme, "Bearer");
    assert_eq!(step.headers[0].0, "x-mode");
    assert_eq!(step.body.as_ref().unwrap().source(), r#"{"a":[1,"{{ ( fields.api_url )|jsontext }}"]}"#);
    assert_eq!(runbook.checks["ready"].every, Duration::from_secs(30));
}

#[test]
fn lists_of_findings_are_one_condition_or_a_table_of_labels() {
    let with = |lists: &str| GOOD.replace("bearer = ", &format!("blocking = {lists}\nbearer = "));
    let lists = |source: &str| {
        let runbook = good(source);
        let CheckKind::Http(steps) = &runbook.checks["ready"].kind else { panic!("http") };
        let lists = steps[0].blocking.iter().map(|l| (l.label.clone(), l.entries.source().to_owned()));
        lists.collect::<Vec<_>>()
    };
    assert_eq!(lists(GOOD), []);
    assert_eq!(lists(&with("\"json.due\"")), [(None, "json.due".to_owned())]);
    let labelled = with("{ \"past due\" = \"json.past\", \"due\" = \"json.due\" }");
    let past_due = (Some("past due".to_owned()), "json.past".to_owned());
    assert_eq!(lists(&labelled), [past_due, (Some("due".to_owned()), "json.due".to_owned())]);
    // A label is shown to whoever signs, so it is part of what is signed.
    let digest = |source: &str| item(&good(source), "first").digest;
    assert_ne!(digest(&labelled), digest(&labelled.replace("past due", "overdue")));
    assert_ne!(digest(&with("\"json.due\"")), digest(&with("{ due = \"json.due\" }")));
}

#[test]
fn a_check_needs_its_fields_and_secrets_but_not_what_it_captures_itself() {
    let second = "capture = { order = \"json.id\" }\n[[checks.ready.steps]]\nget = \"https://a/{{ captures.order }}\"\nexpect = [\"status == 200\"]\n";
    let source =
        GOOD.replace("expect = [\"status == 200\"]\n", &format!("expect = [\"status == 200\"]\n{second}"));
    let runbook = good(&source);
    let needs = &runbook.checks["ready"].needs;
    assert_eq!(needs.fields.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["api_url"]);
    assert_eq!(needs.secrets.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["key"]);
}

#[test]
fn a_capture_of_a_later_step_is_not_known_yet() {
    let source = GOOD.replace("/ready\"", "/{{ captures.order }}\"\ncapture = { order = \"json.id\" }");
    let faults = load("x", source.as_bytes()).unwrap_err();
    assert!(faults.0[0].message.contains("no step before"), "{faults}");
}

#[test]
fn the_digest_of_an_item_follows_its_content_and_not_the_form_of_the_file() {
    let digest = |source: &str, id: &str| item(&good(source), id).digest;
    let (first, second) = (digest(GOOD, "first"), digest(GOOD, "second"));
    assert_ne!(first, second);
    let reformatted = GOOD.replace(" = ", "   =  ").replace("[[stages]]", "# a remark\n[[stages]]");
    assert_eq!((digest(&reformatted, "first"), digest(&reformatted, "second")), (first, second));
    assert_ne!(good(&reformatted).digest, good(GOOD).digest, "the digest of the file covers its bytes");
    // Each of these changes what a signature for the first item covers, and nothing of the second.
    for (from, to) in [
        ("title = \"First\"", "title = \"1st\""),
        ("owner = \"developer\"", "owner = \"lead\""),
        ("owner = \"developer\"", "owner = \"developer\"\nwith = [\"lead\"]"),
        ("owner = \"developer\"", "owner = \"developer\"\nparts = [\"a\"]"),
        ("owner = \"developer\"", "owner = \"developer\"\nhint = \"how\""),
        ("owner = \"developer\"", "owner = \"developer\"\noptional = true"),
        ("owner = \"developer\"", "owner = \"developer\"\nevidence = { required = 1 }"),
        ("mode = \"auto\"", "mode = \"assist\""),
        ("valid_for = \"90d\"", "valid_for = \"91d\""),
        ("status == 200", "status == 201"),
        ("bearer = \"key\"", "auth = { scheme = \"ApiKey\", secret = \"key\" }"),
    ] {
        let source = GOOD.replacen(from, to, 1);
        assert_ne!(digest(&source, "first"), first, "{to}");
        assert_eq!(digest(&source, "second"), second, "{to}");
    }
    // A role covers every item that it owns; how often a check runs covers none.
    let renamed = GOOD.replace("name = \"Developer\"", "name = \"Engineer\"");
    assert_ne!(digest(&renamed, "first"), first);
    assert_ne!(digest(&renamed, "second"), second);
    assert_eq!(digest(&GOOD.replace("every = \"30s\"", "every = \"31s\""), "first"), first);
}

#[test]
fn checks_keep_the_order_of_the_file() {
    let source = GOOD.replace(
        "[checks.ready]",
        "[checks.zeta]\nkind = \"fields\"\nfields = [\"api_url\"]\n[checks.ready]",
    );
    let names: Vec<String> = good(&source).checks.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["zeta", "ready"]);
}

/// Whatever the bytes, there is an answer, and every fault stands inside the file.
fn survives(bytes: &[u8]) {
    if let Err(faults) = load("fuzz.toml", bytes) {
        assert!(!faults.0.is_empty());
        for fault in &faults.0 {
            let span = &fault.at.span;
            assert!(span.start <= span.end && span.end <= bytes.len(), "{fault:?}");
            assert!(fault.at.line <= bytes.split(|b| *b == b'\n').count(), "{fault:?}");
        }
        let drawn = faults.render(bytes);
        assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
    }
}

/// Pieces that runbooks are made of, in any order.
fn pieces() -> Vec<&'static str> {
    let text = bundled()[0].text;
    let words: BTreeSet<&str> = text.split_inclusive(['\n', '"', '=', '{', '[', ']', '}']).collect();
    words
        .into_iter()
        .chain(["\u{1b}[2J", "\u{202e}", "{{", "}}", "\"\"\"", "99999999999999999999", "nan"])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn a_runbook_with_pieces_out_of_place_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..40, prop::sample::select(pieces())), 1..5)
    ) {
        let mut bytes = bundled()[0].text.as_bytes().to_vec();
        for (at, cut, piece) in changes {
            let start = at.index(bytes.len());
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, piece.bytes());
        }
        survives(&bytes);
    }

    #[test]
    fn a_small_runbook_with_any_bytes_in_it_never_panics(
        at in any::<prop::sample::Index>(), noise in proptest::collection::vec(any::<u8>(), 1..12)
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        let start = at.index(bytes.len());
        bytes.splice(start..(start + 3).min(bytes.len()), noise);
        survives(&bytes);
    }
}
