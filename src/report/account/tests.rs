//! A rich engagement in every format, and a hostile one in which nothing gets through.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::command::{Acting, ActionEnd, Command, NewEvidence, NewKey};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::fresh::{Witness, Witnesses};
use crate::domain::ids::{KeyFingerprint, StageId};
use crate::domain::release::GoNoGo;
use crate::domain::secret::SecretSource;
use crate::domain::testing::{World, author, item_id, name, role, tick};
use crate::domain::validity::Validity;
use crate::domain::verdict::{Observation, Verdict};

const RUNBOOK: &str = r#"
schema = 1
id = "flint"
title = "Flint going live"
version = "2026.11"
provider = "Flint"
source = "flint.example, Going Live"
roles = [
  { id = "lead", name = "Integration Consultant", side = "provider", lead = true, duty = "First contact" },
  { id = "dev", name = "Developer", side = "merchant" },
  { id = "qa", name = "QA Specialist", side = "merchant" },
]
fields = [
  { id = "url", label = "API address" },
  { id = "markets", label = "Markets" },
  { id = "live_id", label = "Live merchant id" },
]
secrets = [{ id = "live-key", label = "Live API key", origins = ["https://api.flint.example"] }]
decisions = [
  { id = "descriptor", title = "Statement descriptor", kind = "text", max_chars = 22 },
  { id = "currency", title = "Currency", kind = "text" },
]

[checks.payments]
kind = "http"
title = "Payments are ready"
every = "30s"
ttl = "10m"
after_failures = 1
[[checks.payments.steps]]
get = "{{ fields.url }}/readiness"
bearer = "live-key"
expect = ["status == 200"]

[checks.payouts]
kind = "http"
every = "30s"
ttl = "10m"
[[checks.payouts.steps]]
get = "{{ fields.url }}/payouts"
expect = ["status == 200"]

[[actions]]
id = "exchange"
title = "Exchange the keys"
item = "contract"
confirm = "Sure?"
once = true
[[actions.steps]]
post = "{{ fields.url }}/keys"
expect = ["status == 200"]

[[stages]]
id = "prepare"
title = "Preparation"
signoff = ["dev", "lead"]
[[stages.items]]
id = "contract"
title = "The contract is signed"
group = "Papers"
owner = { all = ["dev", "lead"] }
with = ["qa"]
[[stages.items]]
id = "payments"
title = "Payments axis is ready"
group = "Readiness"
owner = "dev"
check = { use = "payments", mode = "auto" }
[[stages.items]]
id = "parts"
title = "Card scenarios"
owner = "qa"
parts = [{ id = "challenge", title = "Challenge" }, { id = "declined", title = "Declined card" }]
[[stages.items]]
id = "keys"
title = "Keys are rotated"
owner = "dev"
valid_for = "30d"

[[stages]]
id = "test"
title = "Client testing"
[[stages.items]]
id = "proof"
title = "Load test"
owner = "dev"
evidence = { required = 1 }
[[stages.items]]
id = "late"
title = "Refunds are tried"
owner = "dev"
[[stages.items]]
id = "maybe"
title = "Subscriptions"
owner = "dev"
optional = true
[[stages.items]]
id = "eu"
title = "SCA in the EU"
owner = "dev"
applies_when = "'EU' in fields.markets"
[[stages.items]]
id = "payouts"
title = "Payouts axis is ready"
owner = "dev"
check = { use = "payouts", mode = "assist" }

[[stages]]
id = "live"
title = "Go-live"
signoff = ["lead"]
[[stages.items]]
id = "switch"
title = "Switch over"
owner = { any = ["qa", "lead"] }
[[stages.items]]
id = "asked"
title = "Second reader"
owner = "dev"
"#;

fn stage(id: &str) -> StageId {
    StageId::new(id).unwrap()
}

fn seen(check: &str, verdict: Verdict, at: DateTime<Utc>, summary: &str) -> Command {
    let observation = Observation {
        check: check.parse().unwrap(),
        verdict,
        at,
        latency_ms: 80,
        summary: summary.to_owned(),
        steps: Vec::new(),
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: Some("req_7".to_owned()),
        captured: [("live_id".parse().unwrap(), "mer_1".to_owned())].into(),
        streak: 1,
        facts_at: None,
    };
    Command::Observe { observation: Box::new(observation) }
}

/// Lea leads, Dev develops, Quinn tests with no key of her own, Ron has left.
fn world() -> World {
    let runbook = crate::runbook::load("flint.toml", RUNBOOK.as_bytes()).unwrap().runbook;
    let mut world = World::opened(runbook);
    let key = |who: &str| NewKey::new(author(who).key, "ssh-ed25519 AAAA".to_owned());
    for (who, what, keyed) in [("Dev", "dev", true), ("Quinn", "qa", false), ("Ron", "dev", true)] {
        let key = keyed.then(|| key(who));
        world.act("Lea", &Command::Assign { role: role(what), member: name(who), key }).unwrap();
    }
    world.act("Lea", &Command::RemoveMember { member: name("Ron") }).unwrap();
    let until = Some(world.now + TimeDelta::days(200));
    let second = NewKey {
        validity: Validity { from: None, until },
        ..NewKey::new(KeyFingerprint::new("SHA256:second"), "ssh-ed25519 AAAA".to_owned())
    };
    world.act("Lea", &Command::AddKey { member: name("Dev"), key: second }).unwrap();
    let url = "https://api.flint.example".to_owned();
    world.act("Dev", &Command::SetField { field: "url".parse().unwrap(), value: url }).unwrap();
    let source = SecretSource::env("FLINT_KEY_VARIABLE").unwrap();
    world.act("Dev", &Command::SetSecret { secret: "live-key".parse().unwrap(), source }).unwrap();
    let descriptor = || "descriptor".parse().unwrap();
    world.act("Dev", &Command::Propose { decision: descriptor(), value: "ACME".into() }).unwrap();
    world.act("Lea", &Command::Confirm { decision: descriptor(), value: None }).unwrap();
    let target = Some((world.now + TimeDelta::days(21)).date_naive());
    world.act("Lea", &Command::SetTarget { target }).unwrap();
    world
}

fn first_stage(world: &mut World) {
    for (who, item) in [("Dev", "contract"), ("Lea", "contract"), ("Dev", "keys")] {
        world.tick(who, item).unwrap();
    }
    let recorded = Acting { on_behalf_of: Some(name("Quinn")), ..Acting::new(author("Lea")) };
    world.act_as(&recorded, &tick("parts")).unwrap();
    world.act("Lea", &seen("payments", Verdict::Pass, world.now, "status is 200")).unwrap();
    for (who, what) in [("Dev", "dev"), ("Lea", "lead")] {
        let acting = Acting { role: Some(role(what)), ..Acting::new(author(who)) };
        world.act_as(&acting, &Command::SignStage { stage: stage("prepare") }).unwrap();
    }
}

fn second_stage(world: &mut World) {
    let report = NewEvidence::File { name: "load.pdf".into(), size: 2048, digest: Digest::of(b"load") };
    world.act("Dev", &Command::AddEvidence { item: item_id("proof"), evidence: report }).unwrap();
    world.act("Dev", &Command::AddEvidence { item: item_id("proof"), evidence: "run 7".into() }).unwrap();
    world.tick("Dev", "proof").unwrap();
    let until = world.now + TimeDelta::days(30);
    for (item, reason) in [("late", "the sandbox has none"), ("asked", "nobody is there")] {
        let reason = reason.to_owned();
        world.act("Dev", &Command::RequestWaiver { item: item_id(item), reason, until }).unwrap();
    }
    world.act("Lea", &Command::GrantWaiver { item: item_id("late") }).unwrap();
    world
        .act("Dev", &Command::MarkNotApplicable { item: item_id("maybe"), reason: "none sold".into() })
        .unwrap();
    let until = world.now + TimeDelta::hours(4);
    for gate in [Some(stage("live")), None] {
        let reason = "the shop is down".to_owned();
        world.act("Lea", &Command::BreakGlass { stage: gate, reason, until }).unwrap();
    }
    world.act("Lea", &Command::MendGlass { stage: None, reason: "it is up".into() }).unwrap();
    let (action, attempt) = ("exchange".parse().unwrap(), uuid::Uuid::from_u128(7));
    let intend = Command::IntendAction { action, attempt, idempotency_key: "key-7".into() };
    world.act("Dev", &intend).unwrap();
    let end = ActionEnd::Unknown { reason: "no answer".into() };
    let action = "exchange".parse().unwrap();
    world.act("Dev", &Command::EndAction { action, attempt, end, request_id: Some("req_9".into()) }).unwrap();
}

/// Done, waived, not applicable, regressed, stale, asked for, broken open, decided: some of everything.
fn rich() -> World {
    let mut world = world();
    first_stage(&mut world);
    second_stage(&mut world);
    world.now += TimeDelta::days(24);
    world.act("Lea", &seen("payments", Verdict::Fail, world.now, "status is 402")).unwrap();
    world.now += TimeDelta::minutes(3);
    let no_go = Command::DecideGo {
        outcome: GoNoGo::NoGo,
        reason: Some("payments are not ready".into()),
        seen: newest(&world),
    };
    world.act("Lea", &no_go).unwrap();
    world.act("Dev", &Command::SetField { field: "markets".parse().unwrap(), value: "US".into() }).unwrap();
    world
}

fn newest(world: &World) -> Witnesses {
    let witness = Witness {
        check: "payments".parse().unwrap(),
        verdict: Verdict::Unknown,
        at: world.now - TimeDelta::minutes(2),
        last_pass: Some(world.now - TimeDelta::days(24)),
        summary: "no answer".to_owned(),
        request_id: None,
    };
    [(witness.check.clone(), witness)].into()
}

fn upgrade() -> Upgrade {
    let version = |n: &str| Version { version: n.to_owned(), digest: Digest::of(n.as_bytes()).to_string() };
    let change = |what, title: &str, respects: &[&str]| Change {
        what,
        kind: "item",
        id: "switch".to_owned(),
        title: title.to_owned(),
        respects: respects.iter().map(|&r| r.to_owned()).collect(),
    };
    Upgrade {
        event: 9,
        by: "Lea".to_owned(),
        at: DateTime::UNIX_EPOCH + TimeDelta::days(20_001),
        from: version("2026.10"),
        to: version("2026.11"),
        changes: vec![
            change("changed", "Switch over", &["owner: Developer, now QA Specialist"]),
            change("added", "Second reader", &[]),
        ],
        lost: vec!["the tick of switch by Dev as Developer".to_owned()],
        exceptions_ended: vec!["switch".to_owned()],
        verdicts_ended: vec!["payouts".to_owned()],
    }
}

fn report(world: &World, upgrades: &[Upgrade]) -> Report {
    let events: Vec<&Event> = world.events.iter().map(|(event, _)| event).collect();
    let (runbook, state, now) = (&world.runbook, &world.state, world.now);
    let newest = newest(world);
    Report::new(&Source { runbook, state, events: &events, newest: &newest, upgrades, now })
}

const FORMATS: [Format; 4] = [Format::Markdown, Format::Html, Format::Json, Format::Csv];

#[test]
fn a_rich_engagement_in_every_format() {
    let world = rich();
    for format in FORMATS {
        let text = report(&world, &[upgrade()]).write(format).unwrap();
        assert_eq!(text, report(&world, &[upgrade()]).write(format).unwrap(), "the same twice");
        insta::assert_snapshot!(format!("account.{format}"), text);
    }
}

#[test]
fn an_engagement_that_has_just_begun_and_one_that_is_complete_have_every_format_too() {
    let begun = world();
    let done = World::second_done();
    for world in [&begun, &done] {
        for format in FORMATS {
            report(world, &[]).write(format).unwrap();
        }
    }
}

#[test]
fn no_format_says_where_a_secret_is_or_what_it_holds() {
    let world = rich();
    for format in FORMATS {
        let text = report(&world, &[]).write(format).unwrap();
        assert!(!text.contains("FLINT_KEY_VARIABLE"), "{format}");
    }
}

/// Texts that would be a tag, a column, a formula, a line, a link, an order to the terminal, or another name.
const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "a\nb # c | d",
    "[x](javascript:alert(1))",
    "\u{1b}[2J\u{9b}31m",
    "pay\u{202e}lap\u{200b}",
    "\" onmouseover=\"x' -->",
];

fn hostile() -> World {
    let mut world = rich();
    world.state.name = HOSTILE.join(" ");
    let mut stages = world.runbook.stages().to_vec();
    for (n, text) in HOSTILE.iter().enumerate() {
        (*text).clone_into(&mut stages[n % 3].title);
        let at = n % stages[1].items.len();
        (*text).clone_into(&mut stages[1].items[at].title);
        stages[0].items[n % 4].group = Some((*text).to_owned());
        world.act("Dev", &Command::AddEvidence { item: item_id("proof"), evidence: (*text).into() }).unwrap();
        let value = text.to_string();
        world.act("Dev", &Command::SetField { field: "markets".parse().unwrap(), value }).unwrap();
    }
    for member in HOSTILE.iter().filter_map(|text| crate::domain::ids::MemberName::new(text).ok()) {
        world.act("Lea", &Command::Assign { role: role("qa"), member, key: None }).unwrap();
    }
    world.runbook = world.runbook.with_stages(stages);
    world
}

fn hostile_upgrades() -> Vec<Upgrade> {
    let upgrade = |text: &&str| {
        let mut upgrade = upgrade();
        upgrade.from.version = (*text).to_owned();
        upgrade.lost = vec![(*text).to_owned()];
        upgrade.changes[0].title = (*text).to_owned();
        upgrade.changes[0].respects = vec![(*text).to_owned()];
        upgrade
    };
    HOSTILE.iter().map(upgrade).collect()
}

#[test]
fn hostile_text_orders_no_terminal_in_any_format() {
    for format in FORMATS {
        let text = report(&hostile(), &hostile_upgrades()).write(format).unwrap();
        let bad: Vec<char> = text
            .chars()
            .filter(|c| (c.is_control() && !matches!(c, '\n' | '\r')) || ['\u{202e}', '\u{200b}'].contains(c))
            .collect();
        assert_eq!(bad, Vec::<char>::new(), "{format}");
    }
}

#[test]
fn hostile_text_is_no_tag_in_html() {
    let document = report(&hostile(), &hostile_upgrades()).write(Format::Html).unwrap();
    let page = scraper::Html::parse_document(&document);
    let none = |selector: &str| {
        let selector = scraper::Selector::parse(selector).unwrap();
        assert_eq!(page.select(&selector).count(), 0, "{selector:?}");
    };
    none("script");
    none("a");
    none("[onmouseover]");
    none("link, img, iframe, object");
    let title = scraper::Selector::parse("title").unwrap();
    let title: String = page.select(&title).flat_map(|t| t.text()).collect();
    assert!(title.contains("<script>alert(1)</script>") && title.contains("⟨202E⟩"), "{title}");
}

#[test]
fn hostile_text_is_no_markup_in_markdown() {
    use pulldown_cmark::{Event as Piece, Options, Parser, Tag};
    let document = report(&hostile(), &hostile_upgrades()).write(Format::Markdown).unwrap();
    let tame = report(&rich(), &[]).write(Format::Markdown).unwrap();
    let headings = |text: &str| {
        let pieces = Parser::new_ext(text, Options::all());
        pieces.filter(|p| matches!(p, Piece::Start(Tag::Heading { .. }))).count()
    };
    // One for each upgrade, and one above them.
    assert_eq!(headings(&document), headings(&tame) + 1 + HOSTILE.len());
    for piece in Parser::new_ext(&document, Options::all()) {
        let markup = matches!(
            piece,
            Piece::Html(_) | Piece::InlineHtml(_) | Piece::Start(Tag::Link { .. } | Tag::Image { .. })
        );
        assert!(!markup, "{piece:?}");
    }
    let widths: Vec<usize> = table_widths(&document);
    assert!(widths.iter().all(|&w| w == 0), "every row has the columns of its head: {widths:?}");
}

/// How many columns each row has more than the head of its table; unescaped bars are counted.
fn table_widths(document: &str) -> Vec<usize> {
    let bars = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
    let mut out = Vec::new();
    let mut head = None;
    for line in document.lines() {
        if line.starts_with('|') {
            let wanted = *head.get_or_insert_with(|| bars(line));
            out.push(bars(line).abs_diff(wanted));
        } else {
            head = None;
        }
    }
    out
}

#[test]
fn hostile_text_is_no_formula_and_no_further_row_in_csv() {
    let world = hostile();
    let table = report(&world, &[]).write(Format::Csv).unwrap();
    let rows: Vec<&str> = table.split_terminator("\r\n").collect();
    let items = world.runbook.items().count();
    assert_eq!(rows.len(), 1 + items + 3, "a head, the items, the sign-offs");
    for row in rows {
        assert!(!row.contains(['\n', '\r']));
        let cells: Vec<&str> = row[1..row.len() - 1].split("\",\"").collect();
        assert_eq!(cells.len(), 20, "{row}");
        for cell in cells {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[test]
fn json_gives_every_text_back_as_it_was() {
    let world = hostile();
    let text = report(&world, &[]).write(Format::Json).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["engagement"]["name"], world.state.name);
    assert_eq!(value["stages"][1]["title"], world.runbook.stages()[1].title);
}

#[test]
fn the_last_of_two_emergencies_on_a_gate_is_the_one_that_holds() {
    let mut world = world();
    let until = world.now + TimeDelta::hours(4);
    let open =
        |reason: &str| Command::BreakGlass { stage: Some(stage("live")), reason: reason.into(), until };
    world.act("Lea", &open("first")).unwrap();
    world.act("Lea", &open("second")).unwrap();
    let holds =
        |world: &World| -> Vec<bool> { report(world, &[]).emergencies.iter().map(|e| e.holds).collect() };
    assert_eq!(holds(&world), [false, true]);
    world.now = until;
    assert_eq!(holds(&world), [false, false]);
}
