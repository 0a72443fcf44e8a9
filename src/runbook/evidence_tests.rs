//! Faults in what an item wants attached, each with its words and a hint.

use crate::domain::evidence::EvidenceKind;
use crate::runbook::{Severity, load};

const RUNBOOK: &str = r#"
schema = 1
id = "small"
title = "Small"
version = "1"
provider = "Test"
[[roles]]
id = "dev"
name = "Developer"
side = "merchant"
[[roles]]
id = "qa"
name = "QA"
side = "merchant"
lead = true
[checks.set]
kind = "decisions"
state = "confirmed"
[[stages]]
id = "one"
title = "One"
[[stages.items]]
id = "it"
title = "It"
owner = "dev"
"#;

/// Message and words of each fault of an item with these lines.
fn faults(lines: &str) -> Vec<(Severity, String, String)> {
    let text = format!("{RUNBOOK}{lines}\n");
    let faults = match load("small.toml", text.as_bytes()) {
        Ok(loaded) => loaded.warnings,
        Err(faults) => faults.0,
    };
    faults
        .into_iter()
        // The check and the second role are there for the one item that wants them.
        .filter(|f| !f.message.ends_with("is never used"))
        .map(|f| {
            assert!(f.hint.is_some() && f.at.line > 0 && f.at.column > 0, "{f:?}");
            (f.severity, f.message, f.words)
        })
        .collect()
}

fn one(lines: &str) -> (Severity, String, String) {
    let [fault] = <[_; 1]>::try_from(faults(lines)).unwrap();
    fault
}

#[test]
fn both_forms_are_read() {
    let item = |lines: &str| {
        let loaded = load("small.toml", format!("{RUNBOOK}{lines}\n").as_bytes()).unwrap();
        loaded.runbook.item("it").unwrap().1.clone()
    };
    assert_eq!(item("evidence = { required = 2, hint = \"h\" }").evidence.required, 2);
    let rule = item(
        "evidence = [{ kind = \"file\", required = 2 }, { kind = \"id\", pattern = \"^pay_\", hint = \"h\" }]",
    )
    .evidence;
    assert_eq!(
        (rule.least(), rule.demands[0].kind, rule.demands[1].kind),
        (3, EvidenceKind::File, EvidenceKind::Id)
    );
    let plain = item("");
    assert_ne!(plain.digest, item("independent = true\nevidence = { hint = \"h\" }").digest);
    assert_ne!(
        item("evidence = [{ kind = \"file\" }]").digest,
        item("evidence = [{ kind = \"url\" }]").digest,
        "what is asked for is part of what is signed"
    );
}

#[test]
fn a_kind_that_is_none_or_an_id_without_a_form_is_an_error() {
    let (severity, message, words) = one("evidence = [{ kind = \"fiel\" }]");
    assert_eq!((severity, words.as_str()), (Severity::Error, "\"fiel\""), "{message}");
    let (_, message, _) = one("evidence = [{ kind = \"id\" }]");
    assert!(message.contains("'pattern'"), "{message}");
    let (_, message, _) = one("evidence = [{ kind = \"file\", required = 0 }]");
    assert!(message.contains("not asked for"), "{message}");
    let (_, message, _) =
        one("evidence = [{ kind = \"file\", required = 15 }, { kind = \"url\", required = 15 }]");
    assert!(message.contains("at most 20"), "{message}");
}

#[test]
fn a_review_that_says_nothing_or_that_nobody_makes_is_told() {
    let (severity, message, _) = one("independent = true");
    assert!(severity == Severity::Warning && message.contains("says nothing"), "{message}");
    let auto = "independent = true\nevidence = { hint = \"h\" }\ncheck = { use = \"set\", mode = \"auto\" }";
    let found = faults(auto);
    assert!(found.iter().any(|f| f.0 == Severity::Error && f.1.contains("nobody reviews")), "{found:?}");
}
