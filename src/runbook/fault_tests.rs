//! Every way in which a runbook can be wrong: what is said, of which words, and what is advised.

use super::fault::{Fault, Severity};
use super::{MAX_BYTES, MAX_FAULTS, load};
use crate::domain::check::CheckKind;
use crate::domain::webhook::BadDelivery;

/// A small runbook without a fault or a warning.
pub(super) const GOOD: &str = r#"schema = 1
id = "shop"
title = "Shop going live"
version = "1"
provider = "Flint"

[[roles]]
id = "developer"
name = "Developer"
side = "merchant"
[[roles]]
id = "lead"
name = "Consultant"
side = "provider"
lead = true

[[fields]]
id = "api_url"
label = "API"
pattern = '^https://'

[[secrets]]
id = "key"
label = "Key"
origins = ["{{ fields.api_url }}"]

[[decisions]]
id = "tax"
title = "Tax"
kind = "choice"
options = ["us", "them"]
rules = [{ must = "value != ''", because = "needed" }]

[checks.ready]
kind = "http"
every = "30s"
[[checks.ready.steps]]
get = "{{ fields.api_url }}/ready"
bearer = "key"
expect = ["status == 200"]

[[stages]]
id = "one"
title = "One"
signoff = ["lead"]
[[stages.items]]
id = "first"
title = "First"
owner = "developer"
check = { use = "ready", mode = "auto" }
valid_for = "90d"
[[stages.items]]
id = "second"
title = "Second"
owner = { all = ["developer", "lead"] }
distinct = true
reconfirms = "first"
applies_when = "fields.api_url != ''"
"#;

/// All faults of the good runbook with one text in place of another.
fn faults(from: &str, to: &str) -> Vec<Fault> {
    assert!(from.is_empty() || GOOD.contains(from), "{from}");
    let source = if from.is_empty() { to.to_owned() + GOOD } else { GOOD.replacen(from, to, 1) };
    match load("shop.toml", source.as_bytes()) {
        Ok(loaded) => loaded.warnings,
        Err(faults) => faults.0,
    }
}

#[test]
fn the_good_runbook_has_no_fault() {
    assert_eq!(faults("", ""), []);
}

/// What is changed, into what, then what is said, of which words, with which advice.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

fn check(severity: Severity, cases: &[Case]) {
    for (from, to, message, words, hint) in cases {
        let all = faults(from, to);
        let found = all.iter().any(|f| {
            f.severity == severity
                && f.message.contains(message)
                && f.words.contains(words)
                && f.hint.as_deref().unwrap_or_default().contains(hint)
        });
        assert!(found, "{to}: {all:#?}");
        // One mistake is one fault, not a row of them that follow from it.
        assert_eq!(
            all.iter().filter(|f| f.severity == Severity::Error).count(),
            usize::from(severity == Severity::Error),
            "{to}: {all:#?}"
        );
    }
}

#[test]
fn a_name_that_is_not_there_is_an_error_with_the_nearest_one() {
    check(
        Severity::Error,
        &[
            (
                "id = \"one\"\ntitle",
                "id = \"one\"\ntilte = \"x\"\ntitle",
                "no key 'tilte'",
                "tilte",
                "did you mean 'title'?",
            ),
            (
                "owner = \"developer\"",
                "owner = \"develper\"",
                "no role 'develper'",
                "\"develper\"",
                "'developer'",
            ),
            ("use = \"ready\"", "use = \"redy\"", "no check 'redy'", "\"redy\"", "'ready'"),
            ("bearer = \"key\"", "bearer = \"kye\"", "no secret 'kye'", "\"kye\"", "'key'"),
            ("signoff = [\"lead\"]", "signoff = [\"led\"]", "no role 'led'", "\"led\"", "'lead'"),
            ("api_url }}/ready", "api_ur }}/ready", "no field 'api_ur'", "api_ur }}/ready", "'api_url'"),
            ("fields.api_url != ''", "fields.api_ur != ''", "no field 'api_ur'", "api_ur", "'api_url'"),
            ("\"status == 200\"", "\"statsu == 200\"", "'statsu' is not known here", "statsu", "'status'"),
            ("\"value != ''\"", "\"decisions.tx != ''\"", "no decision 'tx'", "decisions.tx", "'tax'"),
            (
                "reconfirms = \"first\"",
                "reconfirms = \"frist\"",
                "no item 'frist' before",
                "frist",
                "'first'",
            ),
            ("reconfirms = \"first\"", "reconfirms = \"second\"", "no item 'second' before", "second", ""),
            ("mode = \"auto\"", "mode = \"atuo\"", "'atuo' is no mode", "atuo", "'auto'"),
            (
                "side = \"merchant\"",
                "side = \"client\"",
                "'client' is no side",
                "client",
                "merchant, provider",
            ),
            ("kind = \"http\"", "kind = \"htpt\"", "'htpt' is no kind of check", "htpt", "'http'"),
        ],
    );
}

#[test]
fn a_secret_never_stands_in_a_template() {
    check(
        Severity::Error,
        &[
            ("/ready\"", "/ready?k={{ secrets.key }}\"", "a secret is never part", "secrets.key", "auth = {"),
            ("origins = [\"{{ fields.api_url }}\"]\n", "", "has no origins", "\"key\"", "origins = "),
        ],
    );
}

#[test]
fn what_comes_in_a_later_version_is_refused_with_what_there_is() {
    check(Severity::Error, &[("schema = 1", "schema = 2", "schema 2 are not supported", "2", "schema = 1")]);
}

/// An action that the good runbook could have.
const ACTION: &str = r#"[[actions]]
id = "exchange"
title = "Exchange"
item = "first"
confirm = "Of {{ fields.api_url }}?"
once = true
idempotency_header = "idempotency-key"
show = "Key {{ secrets.key }}"
[[actions.steps]]
patch = "{{ fields.api_url }}/exchange"
bearer = "key"
json = { secret = "{{ secrets.key }}" }
expect = ["status == 200"]
store = { key = "json.key" }
[[stages]]
"#;

fn with_action(from: &str, to: &str) -> Vec<Fault> {
    assert!(ACTION.contains(from), "{from}");
    faults("[[stages]]\n", &ACTION.replacen(from, to, 1))
}

#[test]
fn an_action_has_one_fault_for_each_mistake() {
    assert_eq!(with_action("", ""), []);
    for (from, to, message, words) in [
        ("item = \"first\"", "item = \"frist\"", "no item 'frist'", "frist"),
        ("confirm = \"Of {{ fields.api_url }}?\"\n", "", "'confirm' is missing", ""),
        ("{{ fields.api_url }}?", "{{ secrets.key }}", "a secret is never part", "secrets.key"),
        ("/exchange\"", "/{{ secrets.key }}\"", "a secret is never part", "secrets.key"),
        ("\"{{ secrets.key }}\" }", "\"{{ secrets.kye }}\" }", "no secret 'kye'", "kye"),
        ("\"{{ secrets.key }}\" }", "\"{{ secrets.key|upper }}\" }", "put in as it is", "upper"),
        ("== 200\"]", "== 200\", \"json.x == secrets.key\"]", "a secret is never part", "secrets.key"),
        ("store = { key", "store = { kye", "no secret 'kye'", "kye"),
        ("store =", "reason = \"json.x\"\nstore =", "has no 'reason'", ""),
        ("\"idempotency-key\"", "\"authorization\"", "cannot go in this header", "authorization"),
        ("[[actions.steps]]", "[[actions.stpes]]", "no key 'stpes'", "stpes"),
        ("once = true", "once = 1", "true or false", "1"),
    ] {
        let all = with_action(from, to);
        let found = all.iter().any(|f| f.message.contains(message) && f.words.contains(words));
        assert!(found, "{to}: {all:#?}");
        assert!(all.iter().filter(|f| f.severity == Severity::Error).count() <= 2, "{to}: {all:#?}");
    }
}

#[test]
fn a_check_stores_nothing_and_a_policy_can_be_kept() {
    check(
        Severity::Error,
        &[
            (
                "bearer = \"key\"",
                "bearer = \"key\"\nstore = { key = \"json.k\" }",
                "stores no secrets",
                "key",
                "[[actions]]",
            ),
            (
                "label = \"Key\"",
                "label = \"Key\"\npolicy = { min_chars = 30, max_chars = 12 }",
                "no secret can keep this policy",
                "12",
                "max_chars",
            ),
        ],
    );
}

#[test]
fn an_action_changes_the_digest_of_its_item_and_of_no_other() {
    let load = |text: &str| load("shop.toml", text.as_bytes()).unwrap().runbook;
    let (before, after) = (load(GOOD), load(&GOOD.replacen("[[stages]]\n", ACTION, 1)));
    let digest = |runbook: &crate::domain::runbook::Runbook, id: &str| runbook.item(id).unwrap().1.digest;
    assert_ne!(digest(&before, "first"), digest(&after, "first"));
    assert_eq!(digest(&before, "second"), digest(&after, "second"));
}

#[test]
fn a_gate_that_nobody_can_open_is_an_error() {
    check(
        Severity::Error,
        &[
            (
                "[\"developer\", \"lead\"]",
                "[\"lead\", \"lead\"]",
                "nobody can open this gate",
                "lead",
                "another person",
            ),
            ("[\"developer\", \"lead\"]", "[]", "nobody can open this gate", "[]", "at least one role"),
            (
                "{ all = [\"developer\", \"lead\"] }",
                "{ any = [] }",
                "nobody can open this gate",
                "[]",
                "at least one role",
            ),
            (
                "signoff = [\"lead\"]",
                "signoff = [\"lead\", \"lead\"]",
                "sign the stage twice",
                "lead",
                "once",
            ),
            ("fields.api_url != ''", "1 == 2", "never holds", "1 == 2", "fields.x"),
            ("every = \"30s\"", "after_passes = 0", "between 1 and 1000", "0", "default"),
            ("every = \"30s\"", "after_failures = 0", "between 1 and 1000", "0", "default"),
            ("\"value != ''\"", "\"1 == 2\"", "looks at nothing", "1 == 2", "value"),
            ("\"us\", \"them\"", "", "nothing to choose from", "", "options"),
            ("valid_for = \"90d\"", "self_signed = true", "ticks by itself", "", "assist"),
            (
                "[[stages]]",
                "[[stages]]\nid = \"zero\"\ntitle = \"Zero\"\n[[stages]]",
                "no items",
                "[[stages]]",
                "[[stages.items]]",
            ),
            ("valid_for = \"90d\"", "valid_for = \"0s\"", "between 1m and 10 years", "0s", ""),
        ],
    );
}

#[test]
fn values_that_are_out_of_form_are_errors() {
    check(
        Severity::Error,
        &[
            ("'^https://'", "'('", "pattern does not compile", "'('", "single quotes"),
            ("every = \"30s\"", "every = \"soon\"", "no duration", "soon", "30s, 10m"),
            ("id = \"second\"", "id = \"sec ond\"", "only ASCII letters", "sec ond", "such as"),
            ("title = \"First\"", "title = \" \"", "text is empty", "\" \"", "people"),
            ("title = \"First\"\n", "", "'title' is missing", "[[stages.items]]", "title = "),
            ("title = \"First\"", "title = 7", "a text is expected here, not a whole number", "7", ""),
            ("\"status == 200\"", "\"status ==\"", "does not parse", "status ==", ""),
            ("\"status == 200\"", "\"text|frob\"", "no filter 'frob'", "text|frob", ""),
            ("\"status == 200\"", "\"'a' * 100000000 == text\"", "'*' is not part", "'a' *", ""),
            ("get = ", "post = \"https://a\"\nget = ", "more than one request", "", "exactly one"),
            ("get = \"{{ fields.api_url }}/ready\"\n", "", "sends no request", "", "exactly one"),
            (
                "bearer = \"key\"",
                "headers = { Authorization = \"x\" }",
                "not the runbook's to set",
                "Authorization",
                "auth",
            ),
            ("owner = \"developer\"", "owner = { most = [\"lead\"] }", "no key 'most'", "most", "any"),
            ("bearer = ", "blocking = 7\nbearer = ", "a table of labels", "7", ""),
            ("bearer = ", "waiting = { late = 'json.' }\nbearer = ", "does not parse", "'json.'", ""),
            ("bearer = ", "warning = { '' = 'json.a' }\nbearer = ", "text is empty", "''", ""),
            ("fields.api_url != ''", "fields != ''", "must be followed by", "fields", "fields.name"),
        ],
    );
}

#[test]
fn two_of_one_id_are_shown_both() {
    for (from, to, first) in [
        ("id = \"second\"", "id = \"first\"", 47),
        ("id = \"lead\"", "id = \"developer\"", 8),
        (
            "[[stages]]",
            "[[stages]]\nid = \"one\"\ntitle = \"Z\"\nitems = [{ id = \"z\", title = \"z\", owner = \"lead\" }]\n[[stages]]",
            43,
        ),
    ] {
        let all = faults(from, to);
        let twice = all.iter().find(|f| f.message.contains("there are two")).unwrap();
        assert_eq!(twice.severity, Severity::Error, "{all:#?}");
        let (place, label) = twice.related.as_ref().unwrap();
        assert_eq!((place.line, label.as_str()), (first, "the first is here"), "{all:#?}");
        assert!(twice.at.line > first);
    }
}

#[test]
fn a_linter_warns_of_what_was_probably_not_meant() {
    check(
        Severity::Warning,
        &[
            ("lead = true\n", "", "no role leads", "[[roles]]", "lead = true"),
            ("signoff = [\"lead\"]", "", "", "", ""),
            (
                "check = { use = \"ready\", mode = \"auto\" }\n",
                "",
                "check 'ready' is never used",
                "ready",
                "item",
            ),
            (
                "[[secrets]]",
                "[[fields]]\nid = \"x\"\nlabel = \"X\"\n[[secrets]]",
                "field 'x' is never used",
                "\"x\"",
                "remove",
            ),
            (
                "[[fields]]",
                "[[roles]]\nid = \"qa\"\nname = \"QA\"\nside = \"provider\"\n[[fields]]",
                "role 'qa' is never used",
                "\"qa\"",
                "remove",
            ),
            ("title = \"Second\"", "title = \"First\"", "same title", "First", "apart"),
            ("every = \"30s\"", "ttl = \"20s\"", "ttl is shorter than every", "20s", "as long as"),
            ("expect = [\"status == 200\"]\n", "", "expects nothing", "", "expect ="),
            ("distinct = true\n", "with = [\"lead\"]\n", "signs and is consulted", "lead", "with"),
            ("fields.api_url != ''", "1 == 1", "always holds", "1 == 1", "applies_when"),
            (
                "valid_for = \"90d\"",
                "valid_for = \"90d\"\nwarn_before = \"91d\"",
                "as soon as",
                "91d",
                "shorter",
            ),
            ("title = \"First\"", "title = \"F\\u202Eirst\"", "cannot be seen", "", "remove them"),
        ]
        .into_iter()
        .filter(|case| !case.2.is_empty())
        .collect::<Vec<_>>(),
    );
}

#[test]
fn several_faults_are_found_in_one_pass_and_in_the_order_of_the_file() {
    let source = GOOD
        .replace("'^https://'", "'('")
        .replace("\"30s\"", "\"x\"")
        .replace("use = \"ready\"", "use = \"r\"");
    let all = load("shop.toml", source.as_bytes()).unwrap_err().0;
    let lines: Vec<usize> = all.iter().map(|f| f.at.line).collect();
    assert_eq!(lines.len(), 3, "{all:#?}");
    assert!(lines.is_sorted());
}

#[test]
fn a_file_that_is_no_runbook_is_refused_before_it_costs_anything() {
    let big = "#".repeat(MAX_BYTES + 1);
    let message = |bytes: &[u8]| load("x", bytes).unwrap_err().0[0].message.clone();
    assert!(message(big.as_bytes()).contains("at most 1000000 bytes"));
    assert!(message(b"id = '\xff'").contains("not UTF-8"));
    assert!(message(b"id = \x1b[2J").starts_with("this is no TOML"));
    assert!(message(b"").contains("missing"));
    for deep in ["[".repeat(300_000), format!("a={}", "{a=".repeat(200_000)), "a.".repeat(200_000) + "a=1"] {
        assert!(message(deep.as_bytes()).contains("no TOML"));
    }
}

#[test]
fn a_file_of_nothing_but_faults_gives_a_bounded_report() {
    let many = format!("{GOOD}{}", "[[stages.items]]\nid=\"a\"\nowner=\"nobody\"\n".repeat(15_000));
    let faults = load("x", many.as_bytes()).unwrap_err();
    assert_eq!(faults.0.len(), MAX_FAULTS);
    assert!(faults.render(many.as_bytes()).len() < 200_000);
    let junk = load("x", "=\n".repeat(400_000).as_bytes()).unwrap_err();
    assert!(junk.0.len() <= 10);
}

#[test]
fn there_is_a_limit_on_stages_items_owners_and_patterns() {
    let stage = |n: usize| {
        format!("[[stages]]\nid=\"s{n}\"\ntitle=\"S\"\nitems=[{{id=\"i{n}\",title=\"t\",owner=\"lead\"}}]\n")
    };
    let stages = format!("{GOOD}{}", (0..80).map(stage).collect::<String>());
    let item = |n: usize| format!("{{id='i{n}',title='t{n}',owner='lead'}},");
    let items: String = (0..20_001).map(item).collect();
    let items = format!("{GOOD}[[stages]]\nid='many'\ntitle='Many'\nitems=[{items}]\n");
    let any = format!("{{ any = [{}] }}", "\"lead\",".repeat(80));
    let deep = "{ all = [".repeat(10) + "\"lead\"" + &"] }".repeat(10);
    let owner = |with: &str| GOOD.replace("owner = \"developer\"", &format!("owner = {with}"));
    let field = |n: usize| format!("[[fields]]\nid=\"f{n}\"\nlabel=\"F\"\npattern=\"a{n}\"\n");
    let fields: Vec<String> = (0..300).map(field).collect();
    let fields = format!("{GOOD}{}", fields.concat());
    for (source, said) in [
        (stages, "at most 64"),
        (items, "at most 20000 items"),
        (owner(&any), "more than 64 ways"),
        (owner(&deep), "nested deeper"),
        (fields, "at most 200 patterns"),
    ] {
        let all = load("x", source.as_bytes()).unwrap_err().0;
        assert!(all.iter().any(|f| f.message.contains(said)), "{said}: {all:#?}");
    }
}

/// The good runbook's check as one of webhooks.
const HOOK: &str = r#"kind = "webhook"
url = "{{ fields.api_url }}/hook"
secret = "key"
scheme = "custom"
json = { type = "paid", id = "{{ id }}" }
signature = { header = "X-Sig", algorithm = "hmac-sha256", signed = "{{ timestamp }}.{{ body }}", value = "{{ timestamp }},{{ signature }}" }
"#;

#[test]
fn a_webhook_check_names_each_mistake_in_its_signature() {
    let http = &GOOD[GOOD.find("kind = \"http\"").unwrap()..GOOD.find("[[stages]]").unwrap()];
    let faults = |from: &str, to: &str| {
        assert!(HOOK.contains(from), "{from}");
        let source = GOOD.replacen(http, &HOOK.replacen(from, to, 1), 1);
        match load("shop.toml", source.as_bytes()) {
            Ok(loaded) => loaded.warnings,
            Err(faults) => faults.0,
        }
    };
    assert_eq!(faults("kind", "kind"), []);
    let cases: &[(&str, &str, &str, &str)] = &[
        ("\"custom\"", "\"custon\"", "no scheme of webhooks", "custon"),
        ("\"custom\"", "\"stripe\"", "only a custom scheme", ""),
        ("signature =", "sygnature =", "no key 'sygnature'", "sygnature"),
        ("secret = \"key\"", "secret = \"kex\"", "no secret 'kex'", "kex"),
        ("url = \"{{", "url = \"ftp://{{", "an address starts with", "ftp://"),
        ("hmac-sha256", "md5", "no algorithm", "md5"),
        (".{{ body }}", "", "does not cover the body", "timestamp"),
        (",{{ signature }}", "", "not in its header", "timestamp"),
        ("{{ timestamp }},{{ sig", "{{ sig", "timestamp is signed but not sent", "body"),
        ("X-Sig", "X Sig", "no name of a header", "X Sig"),
        ("{{ id }}", "{{ ids }}", "'ids' is not known", "ids"),
        ("{{ id }}", "{{ secrets.key }}", "never part of a text", "secrets"),
        ("json =", "body = \"x\"\njson =", "one of 'body' and 'json'", "x"),
        ("json = { type = \"paid\", id = \"{{ id }}\" }\n", "", "'json' is missing", ""),
        ("json =", "within = \"2m\"\njson =", "at most 1m", "2m"),
        ("json =", "deadline = \"2s\"\njson =", "ends before the endpoint's own time", "2s"),
        ("json =", "secret_form = \"rot13\"\njson =", "no form of a secret", "rot13"),
        ("json =", "refuse = [\"altered\"]\njson =", "no bad delivery", "altered"),
        ("json =", "headers = { x-sig = \"1\" }\njson =", "signature's own", ""),
        ("{{ timestamp }}.{{ body }}\"", "{{ body }}\"", "", ""),
    ];
    for (from, to, message, words) in cases {
        let all = faults(from, to);
        let errors: Vec<_> = all.iter().filter(|f| f.severity == Severity::Error).collect();
        if message.is_empty() {
            assert_eq!(errors.len(), 0, "{to}: {all:#?}");
        } else {
            assert!(
                errors.iter().any(|f| f.message.contains(message) && f.words.contains(words)),
                "{to}: {all:#?}"
            );
        }
    }
    let timeless = HOOK.replace("{{ timestamp }}.{{ body }}", "{{ body }}");
    let stale = timeless.replace("json =", "refuse = [\"stale-timestamp\"]\njson =");
    let said = load("shop.toml", GOOD.replacen(http, &stale, 1).as_bytes()).unwrap_err();
    assert!(said.0[0].message.contains("covers no time"), "{said}");
    let runbook = load("shop.toml", GOOD.replacen(http, &timeless, 1).as_bytes()).unwrap().runbook;
    let CheckKind::Webhook(hook) = &runbook.checks["ready"].kind else { panic!("webhook") };
    assert!(!hook.refuse.contains(&BadDelivery::StaleTimestamp) && hook.refuse.len() == 4);
    assert_eq!(runbook.checks["ready"].deadline, hook.within * 3);
    assert_eq!(runbook.checks["ready"].needs.secrets.len(), 1);
}
