//! An engagement for the tests of the screen, like the one drawn in the design: Acme Ltd in its fourth
//! stage, with a webhook check that passed and fails again.

pub mod rooms;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indexmap::IndexMap;
use uuid::Uuid;

use crate::domain::assess::assess;
use crate::domain::check::{Check, CheckKind, Needs};
use crate::domain::command::{Acting, Command, NewKey};
use crate::domain::decide::{decide, open};
use crate::domain::decision::{Choice, Decision, DecisionKind};
use crate::domain::digest::Digest;
use crate::domain::event::{Author, Event, Fact};
use crate::domain::evidence::EvidenceRule;
use crate::domain::evolve::{begin, evolve};
use crate::domain::head::Head;
use crate::domain::ids::*;
use crate::domain::owner::{Owner, OwnerExpr};
use crate::domain::pattern::Pattern;
use crate::domain::runbook::*;
use crate::domain::state::State;
use crate::domain::summary::Summary;
use crate::domain::verdict::{Cause, Observation, StepResult, Verdict};

use super::effect::Effect;
use super::input::{Key, Size};
use super::look::Look;
use super::model::history::History;
use super::model::validation::Seen;
use super::model::{Model, Now, Start};
use super::msg::{Change, More, Msg, Snapshot};
use super::update::update;

pub fn item_id(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

pub fn role(id: &str) -> RoleId {
    RoleId::new(id).unwrap()
}

pub fn person(text: &str) -> MemberName {
    MemberName::new(text).unwrap()
}

pub fn author(text: &str) -> Author {
    Author { name: person(text), key: KeyFingerprint::new(&format!("SHA256:{text}")) }
}

/// Half past noon on a Saturday, three weeks before Acme goes live.
pub fn noon() -> DateTime<Utc> {
    "2026-11-21T12:06:00Z".parse().unwrap()
}

pub fn now() -> Now {
    Now { at: noon(), up: Duration::from_secs(100) }
}

fn one(id: &str) -> Owner {
    Owner::role(role(id))
}

fn with(id: &str, other: &str) -> Owner {
    Owner { with: vec![role(other)], ..one(id) }
}

fn all(ids: &[&str]) -> Owner {
    let signs = OwnerExpr::All(ids.iter().map(|id| OwnerExpr::Role(role(id))).collect());
    Owner { signs, ..one(ids[0]) }
}

fn item(id: &str, title: &str, owner: Owner) -> Item {
    Item {
        id: item_id(id),
        title: title.to_owned(),
        group: None,
        hint: None,
        parts: Vec::new(),
        owner,
        check: None,
        evidence: EvidenceRule::default(),
        valid_for: None,
        warn_before: TimeDelta::days(7),
        lead_time: None,
        applies_when: None,
        optional: false,
        self_signed: false,
        independent: false,
        reconfirms: None,
        digest: Digest::of(id.as_bytes()),
    }
}

fn checked(item: Item, check: &str, mode: CheckMode) -> Item {
    Item { check: Some(ItemCheck { check: CheckId::new(check).unwrap(), mode }), ..item }
}

fn stage(id: &str, title: &str, signoff: &[&str], items: Vec<Item>) -> Stage {
    Stage {
        id: StageId::new(id).unwrap(),
        title: title.to_owned(),
        hint: None,
        gate: GateMode::Enforce,
        signoff: signoff.iter().map(|r| role(r)).collect(),
        distinct: false,
        items,
    }
}

fn check(id: &str, title: &str, needs: Needs) -> (CheckId, Check) {
    let id = CheckId::new(id).unwrap();
    let check = Check {
        id: id.clone(),
        title: title.to_owned(),
        kind: CheckKind::Http(Vec::new()),
        every: Duration::from_secs(30),
        ttl: Duration::from_mins(10),
        deadline: Duration::from_secs(10),
        after_passes: NonZeroU32::MIN,
        after_failures: NonZeroU32::MIN,
        needs,
    };
    (id, check)
}

fn header(roles: IndexMap<RoleId, Role>) -> Header {
    Header {
        id: RunbookId::new("paymentsai").unwrap(),
        title: "PaymentsAI going live".into(),
        version: "2026.11".into(),
        provider: "PaymentsAI".into(),
        source: None,
        digest: Digest::of(b"paymentsai"),
        roles,
        fields: IndexMap::new(),
        secrets: IndexMap::new(),
        decisions: IndexMap::new(),
        checks: IndexMap::new(),
        actions: IndexMap::new(),
        troubleshooting: Vec::new(),
    }
}

fn roles() -> IndexMap<RoleId, Role> {
    [
        ("architect", "Solution Architect", Side::Provider, true),
        ("developer", "Developer", Side::Merchant, false),
        ("business", "Business", Side::Merchant, false),
        ("qa", "QA Specialist", Side::Provider, false),
    ]
    .into_iter()
    .map(|(id, name, side, lead)| {
        (role(id), Role { id: role(id), name: name.into(), side, lead, duty: None })
    })
    .collect()
}

/// Six stages like those of the PaymentsAI checklist, in few items.
pub fn runbook() -> Runbook {
    let url = FieldId::new("api_url").unwrap();
    let needs = Needs { fields: [url.clone()].into(), ..Needs::default() };
    let mut header = header(roles());
    header.checks =
        [check("webhook", "Webhook", Needs::default()), check("api", "API answers", needs)].into();
    let hint = Some("Staging address of the API".to_owned());
    let field = Field { id: url.clone(), label: "API URL".into(), pattern: None, hint, default: None };
    header.fields = [(url, field)].into();
    let choice = |id: &str, title: &str| Choice { id: id.into(), title: title.into() };
    let decisions = [
        (
            "gateway",
            "Gateway model",
            DecisionKind::Choice { options: vec![choice("own", "Own gateway"), choice("pai", "PaymentsAI")] },
        ),
        (
            "descriptor",
            "Statement descriptor",
            DecisionKind::Text {
                max_chars: Some(22),
                pattern: Some(Pattern::new("^[A-Za-z0-9 ]+$").unwrap()),
            },
        ),
    ];
    for (id, title, kind) in decisions {
        let id = DecisionId::new(id).unwrap();
        let title = title.to_owned();
        header.decisions.insert(id.clone(), Decision { id, title, hint: None, kind, rules: Vec::new() });
    }
    let group = |item: Item, group: &str| Item { group: Some(group.to_owned()), ..item };
    let parts = [("approved", "An approved card"), ("declined", "A declined card")]
        .map(|(id, title)| Part { id: PartId::new(id).unwrap(), title: title.to_owned() });
    let webhook = Item {
        hint: Some("verify against the raw body, before any JSON is parsed".into()),
        ..checked(
            item("webhook", "Webhook endpoint verifies HMAC", with("developer", "qa")),
            "webhook",
            CheckMode::Auto,
        )
    };
    let stages = vec![
        stage("kyc", "Invitation and KYC", &[], vec![item("invited", "Invitation sent", one("business"))]),
        stage("discovery", "Discovery", &[], vec![item("kickoff", "Kickoff held", one("business"))]),
        stage("access", "Stage access", &[], vec![item("keys", "API key is in place", one("developer"))]),
        stage(
            "testing",
            "Client testing",
            &["architect"],
            vec![
                group(item("tokenise", "Tokenise with FramePay", one("developer")), "Integration"),
                group(item("customer", "Customer and instrument", one("developer")), "Integration"),
                group(
                    item("payment", "First payment, first sub", all(&["developer", "architect"])),
                    "Integration",
                ),
                group(webhook, "Proof"),
                Item {
                    parts: parts.to_vec(),
                    ..group(item("cards", "Card scenarios", with("developer", "qa")), "Proof")
                },
            ],
        ),
        stage(
            "preprod",
            "Pre-production",
            &["architect", "business"],
            vec![
                checked(item("answers", "The API answers", one("developer")), "api", CheckMode::Assist),
                Item {
                    optional: true,
                    ..item("restricted", "Restricted goods are cleared", one("business"))
                },
            ],
        ),
        stage(
            "golive",
            "Go-live",
            &["architect"],
            vec![item("switch", "Traffic is switched", one("developer"))],
        ),
    ];
    Runbook::new(header, stages)
}

/// A runbook of so many items in one stage.
pub fn long_runbook(items: usize) -> Runbook {
    let items = (0..items)
        .map(|n| Item {
            group: Some(format!("Group {}", n / 10)),
            ..item(&format!("i{n}"), &format!("Item number {n} is in place"), one("developer"))
        })
        .collect();
    Runbook::new(header(roles()), vec![stage("all", "Everything", &[], items)])
}

/// An engagement that grows by commands, as it would in the application layer.
#[derive(Clone)]
pub struct World {
    pub runbook: Arc<Runbook>,
    pub state: State,
    pub events: Vec<Event>,
    pub at: DateTime<Utc>,
}

impl World {
    pub fn new(runbook: Runbook, id: &str, name: &str) -> Self {
        let by = author("Dana Ruiz");
        let target = NaiveDate::from_ymd_opt(2026, 12, 12);
        let facts = open(&runbook, name, &by, "ssh-ed25519 AAAA", target, &[]).unwrap();
        let at = noon() - TimeDelta::hours(3);
        let id = EngagementId::new(id).unwrap();
        let mut facts = facts.into_iter();
        let first = Event {
            v: 1,
            engagement: id,
            seq: 1,
            prev: Digest::ZERO,
            id: Uuid::from_u128(1),
            at,
            by: by.clone(),
            fact: facts.next().unwrap(),
        };
        let state = begin(&first, head_of(&first)).unwrap();
        let mut world = Self { runbook: Arc::new(runbook), state, events: vec![first], at };
        world.append(&by, facts.collect());
        world
    }

    /// Acme Ltd as drawn in the design.
    pub fn acme() -> Self {
        let mut world = Self::new(runbook(), "acme", "Acme Ltd");
        for (role_id, name) in [("developer", "Lin Chen"), ("business", "Omar Haddad")] {
            let key = NewKey::new(author(name).key, "ssh-ed25519 BBBB".to_owned());
            world.run(
                "Dana Ruiz",
                &Command::Assign { role: role(role_id), member: person(name), key: Some(key) },
            );
        }
        for (who, item) in [
            ("Omar Haddad", "invited"),
            ("Omar Haddad", "kickoff"),
            ("Lin Chen", "keys"),
            ("Lin Chen", "tokenise"),
            ("Lin Chen", "customer"),
            ("Lin Chen", "payment"),
            ("Dana Ruiz", "payment"),
        ] {
            world.run(who, &tick(item));
        }
        world.at = noon() - TimeDelta::minutes(8);
        world.observe("webhook", Verdict::Pass);
        world.at = noon() - TimeDelta::minutes(2);
        world.observe("webhook", Verdict::Fail);
        world
    }

    /// Acme Ltd with everything done and signed; its checks look outside.
    pub fn ready() -> Self {
        let mut world = Self::acme();
        let url = FieldId::new("api_url").unwrap();
        // Before its check passed.
        let then = std::mem::replace(&mut world.at, noon() - TimeDelta::hours(1));
        world.run("Dana Ruiz", &Command::SetField { field: url, value: "https://api".into() });
        world.at = then + TimeDelta::seconds(1);
        world.observe("webhook", Verdict::Pass);
        world.run("Lin Chen", &tick("cards"));
        let sign = |stage: &str| Command::SignStage { stage: StageId::new(stage).unwrap() };
        world.run("Dana Ruiz", &sign("testing"));
        world.observe("api", Verdict::Pass);
        world.run("Lin Chen", &tick("answers"));
        let none = Command::MarkNotApplicable { item: item_id("restricted"), reason: "none are sold".into() };
        world.run("Omar Haddad", &none);
        world.run("Omar Haddad", &sign("preprod"));
        world.run("Dana Ruiz", &sign("preprod"));
        world.run("Lin Chen", &tick("switch"));
        world.run("Dana Ruiz", &sign("golive"));
        world
    }

    pub fn run(&mut self, who: &str, command: &Command) -> Vec<Event> {
        self.run_as(&Acting::new(author(who)), command)
    }

    pub fn run_as(&mut self, acting: &Acting, command: &Command) -> Vec<Event> {
        self.at += TimeDelta::seconds(1);
        let facts = decide(&self.runbook, &self.state, acting, command, self.at).unwrap();
        self.append(&acting.by, facts)
    }

    pub fn observe(&mut self, check: &str, verdict: Verdict) -> Vec<Event> {
        let observation = Box::new(observation(check, verdict, self.at));
        self.run("Dana Ruiz", &Command::Observe { observation })
    }

    pub fn append(&mut self, by: &Author, facts: Vec<Fact>) -> Vec<Event> {
        let mut out = Vec::new();
        for fact in facts {
            let seq = self.state.head.seq + 1;
            let event = Event {
                v: 1,
                engagement: self.state.engagement.clone(),
                seq,
                prev: self.state.head.hash,
                id: Uuid::from_u128(seq.into()),
                at: self.at,
                by: by.clone(),
                fact,
            };
            evolve(&mut self.state, &event, head_of(&event)).unwrap();
            out.push(event);
        }
        self.events.extend(out.iter().cloned());
        out
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot { runbook: Arc::clone(&self.runbook), state: Arc::new(self.state.clone()) }
    }

    pub fn change(&self, events: Vec<Event>) -> Change {
        Change { snapshot: self.snapshot(), events }
    }

    pub fn summary(&self) -> Summary {
        Summary::new(&self.runbook, &self.state, &assess(&self.runbook, &self.state, noon()))
    }
}

fn head_of(event: &Event) -> Head {
    Head { seq: event.seq, hash: Digest::of(&event.seq.to_be_bytes()) }
}

pub fn tick(item: &str) -> Command {
    Command::Tick { item: item_id(item), part: None, note: None, evidence: Vec::new() }
}

/// A result with two steps, of which the second fails unless it passes.
pub fn observation(check: &str, verdict: Verdict, at: DateTime<Utc>) -> Observation {
    let step = |name: &str, verdict, expected: &str, actual: &str| StepResult {
        name: name.into(),
        verdict,
        expected: expected.into(),
        actual: actual.into(),
        latency_ms: 84,
    };
    Observation {
        check: CheckId::new(check).unwrap(),
        verdict,
        at,
        latency_ms: 84,
        summary: if verdict == Verdict::Pass { "all as expected" } else { "an altered body was accepted" }
            .into(),
        steps: vec![
            step("signed event", Verdict::Pass, "200", "200"),
            step("altered body", verdict, "4xx", if verdict == Verdict::Pass { "401" } else { "200" }),
        ],
        findings: Vec::new(),
        causes: Vec::from_iter((verdict != Verdict::Pass).then(|| Cause {
            symptom: "Altered deliveries are accepted".into(),
            cause: "The signature is checked over a body that was parsed first".into(),
            fix: "Check it over the raw bytes".into(),
        })),
        request_id: (verdict != Verdict::Pass).then(|| "req_7".into()),
        captured: BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}

/// An empty screen of the portfolio, and what it asked for.
pub fn empty(size: Size) -> (Model, Vec<Effect>) {
    Model::new(author("Dana Ruiz"), Look::default(), size, Start::Portfolio, now())
}

/// A screen of the portfolio with these rows.
pub fn portfolio(size: Size, rows: Vec<Summary>) -> Model {
    let (mut model, effects) = empty(size);
    let Some(Effect::LoadPortfolio { request, .. }) = effects.first().cloned() else { panic!("{effects:?}") };
    update(&mut model, Msg::Portfolio { request, answer: Ok(rows), more: More::Complete }, now());
    model
}

/// A screen of an engagement, everything read.
pub fn engaged(size: Size, world: &World, me: &str) -> Model {
    let start = Start::Engagement(world.state.engagement.clone());
    let (mut model, effects) = Model::new(author(me), Look::default(), size, start, now());
    let Some(Effect::Open { request, engagement }) = effects.first().cloned() else { panic!("{effects:?}") };
    let asked = update(&mut model, Msg::Opened { request, answer: Ok(world.snapshot()) }, now());
    for effect in asked {
        let msg = match effect {
            Effect::LoadHistory { request, .. } => {
                let answer = Ok(History::of(world.events.clone()));
                Msg::History { request, engagement: engagement.clone(), answer }
            }
            Effect::LoadRecent { request, check, .. } => {
                let series = [Verdict::Pass, Verdict::Pass, Verdict::Fail, Verdict::Fail];
                let answer = Ok(series
                    .into_iter()
                    .enumerate()
                    .map(|(n, verdict)| {
                        let n = u32::try_from(n).unwrap();
                        let at = noon() - TimeDelta::minutes(8)
                            + TimeDelta::minutes(2) * i32::try_from(n).unwrap();
                        Observation {
                            latency_ms: 20 * u64::from(n + 1),
                            ..observation(check.as_str(), verdict, at)
                        }
                    })
                    .rev()
                    .collect());
                Msg::Recent { request, engagement: engagement.clone(), check, answer }
            }
            other => panic!("{other:?}"),
        };
        update(&mut model, msg, now());
    }
    model
}

/// The go/no-go board of an engagement whose checks look outside and passed so many minutes ago.
pub fn validated(size: Size, world: &World, me: &str, minutes: i64) -> Model {
    let mut model = engaged(size, world, me);
    let asked = press(&mut model, [Key::Char('6')]);
    let Some(Effect::LoadSeen { request, .. }) =
        asked.into_iter().find(|e| matches!(e, Effect::LoadSeen { .. }))
    else {
        panic!("nobody asks what the checks said")
    };
    update(&mut model, Msg::Seen { request, answer: Ok(seen(minutes)) }, now());
    model
}

/// What the checks said last: that they passed, so many minutes ago.
pub fn seen(minutes: i64) -> BTreeMap<CheckId, Seen> {
    let at = noon() - TimeDelta::minutes(minutes);
    let seen = |check: &str| {
        let last = observation(check, Verdict::Pass, at);
        (last.check.clone(), Seen { last, last_pass: Some(at) })
    };
    ["webhook", "api"].map(seen).into()
}

/// Presses keys one after the other and collects what they ask for.
pub fn press(model: &mut Model, keys: impl IntoIterator<Item = Key>) -> Vec<Effect> {
    keys.into_iter().flat_map(|key| update(model, Msg::Key(key), now())).collect()
}

/// Types a text.
pub fn type_text(model: &mut Model, text: &str) -> Vec<Effect> {
    press(model, text.chars().map(Key::Char))
}
