//! Screens to be measured: a runbook of 10,000 items, and a portfolio of 1,000 engagements.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use golive::domain::assess::assess;
use golive::domain::digest::Digest;
use golive::domain::event::{Author, Event, Fact, RunbookRef, VERSION};
use golive::domain::evolve::begin;
use golive::domain::head::Head;
use golive::domain::ids::{CheckId, EngagementId, KeyFingerprint, MemberName};
use golive::domain::runbook::Runbook;
use golive::domain::state::State;
use golive::domain::summary::Summary;
use golive::domain::verdict::{Observation, StepResult, Verdict};
use golive::tui::effect::Effect;
use golive::tui::input::Size;
use golive::tui::look::Look;
use golive::tui::model::{Model, Now, Start};
use golive::tui::msg::{More, Msg, Snapshot};
use golive::tui::update::update;
use uuid::Uuid;

/// The size of the screen.
pub const SIZE: Size = Size::new(200, 60);

/// Every hundredth item has a check of its own.
const CHECKED: usize = 100;

/// When everything happens.
pub fn now() -> Now {
    Now { at: DateTime::UNIX_EPOCH + TimeDelta::days(20_000), up: Duration::from_secs(1) }
}

fn me() -> Author {
    Author { name: MemberName::new("Dana Ruiz").expect("a name"), key: KeyFingerprint::new("SHA256:dana") }
}

/// A runbook of so many items in one stage, under headings, some with checks.
fn runbook(items: usize) -> Runbook {
    use std::fmt::Write as _;
    let mut toml = String::from(
        "schema = 1\nid = \"long\"\ntitle = \"Long\"\nversion = \"1\"\nprovider = \"Bench\"\n\
         [[roles]]\nid = \"dev\"\nname = \"Developer\"\nside = \"merchant\"\nlead = true\n\
         [[stages]]\nid = \"all\"\ntitle = \"Everything\"\n",
    );
    for n in 0..items {
        let group = n / 10;
        let _ = write!(
            toml,
            "[[stages.items]]\nid=\"i{n}\"\ngroup=\"{group}\"\ntitle=\"Item {n} is in place\"\nowner=\"dev\"\n"
        );
        if n % CHECKED == 0 {
            let _ = writeln!(toml, "check = {{ use = \"c{n}\", mode = \"inform\" }}");
        }
    }
    for n in (0..items).step_by(CHECKED) {
        let _ = write!(
            toml,
            "[checks.c{n}]\nkind = \"http\"\nevery = \"30s\"\nttl = \"10m\"\n[[checks.c{n}.steps]]\n\
             get = \"http://127.0.0.1:9/{n}\"\nexpect = [\"status == 200\"]\n"
        );
    }
    golive::runbook::load("long.toml", toml.as_bytes()).expect("a runbook").runbook
}

fn begun(runbook: &Runbook) -> (Event, State) {
    let event = Event {
        v: VERSION,
        engagement: EngagementId::new("long").expect("a slug"),
        seq: 1,
        prev: Digest::ZERO,
        id: Uuid::from_u128(1),
        at: now().at,
        by: me(),
        fact: Fact::Opened {
            name: "Long".to_owned(),
            runbook: RunbookRef {
                id: runbook.id.clone(),
                version: runbook.version.clone(),
                digest: runbook.digest,
            },
            target: None,
            fields: Vec::new(),
        },
    };
    let state = begin(&event, Head { seq: 1, hash: Digest::of(b"1") }).expect("a first event");
    (event, state)
}

/// The screen of an engagement with so many items.
pub fn engagement(items: usize) -> Model {
    let runbook = runbook(items);
    let (event, state) = begun(&runbook);
    let start = Start::Engagement(event.engagement);
    let (mut model, effects) = Model::new(me(), Look::default(), SIZE, start, now());
    let Some(Effect::Open { request, .. }) = effects.first() else {
        return model;
    };
    let snapshot = Snapshot { runbook: Arc::new(runbook), state: Arc::new(state) };
    update(&mut model, Msg::Opened { request: *request, answer: Ok(snapshot) }, now());
    model
}

/// Lines of so many engagements.
pub fn summaries(engagements: usize) -> Vec<Summary> {
    let runbook = runbook(50);
    let (_, state) = begun(&runbook);
    let one = Summary::new(&runbook, &state, &assess(&runbook, &state, now().at));
    let named = |n: usize| Summary {
        engagement: EngagementId::new(&format!("merchant-{n}")).expect("a slug"),
        name: format!("Merchant {n}"),
        target: Some((now().at + TimeDelta::days((n % 90) as i64)).date_naive()),
        ..one.clone()
    };
    (0..engagements).map(named).collect()
}

/// The screen of so many engagements.
pub fn portfolio(engagements: usize) -> Model {
    let (mut model, effects) = Model::new(me(), Look::default(), SIZE, Start::Portfolio, now());
    let Some(Effect::LoadPortfolio { request, .. }) = effects.first() else {
        return model;
    };
    let answer = Ok(summaries(engagements));
    update(&mut model, Msg::Portfolio { request: *request, answer, more: More::Complete }, now());
    model
}

/// The `n`th result of a check of [`engagement`].
pub fn observation(n: usize, items: usize, at: DateTime<Utc>) -> Observation {
    let check = (n * CHECKED) % items;
    let verdict = if n.is_multiple_of(7) { Verdict::Fail } else { Verdict::Pass };
    let step = StepResult {
        name: "GET".to_owned(),
        verdict,
        expected: "status == 200".to_owned(),
        actual: "status is 200".to_owned(),
        latency_ms: 3,
    };
    Observation {
        check: CheckId::new(&format!("c{check}")).expect("a slug"),
        verdict,
        at,
        latency_ms: 3,
        summary: "all as expected".to_owned(),
        steps: vec![step],
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: None,
        captured: BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}
