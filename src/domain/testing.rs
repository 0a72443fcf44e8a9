//! A small engagement for the tests of the rules, made by hand: the domain does not read TOML.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use uuid::Uuid;

use super::action::{Action, Repeat};
use super::assess::{Assessment, Status, assess};
use super::check::{Check, CheckKind, Needs};
use super::command::{Acting, Command, NewKey};
use super::decide::{decide, open};
use super::decision::{Decision, DecisionKind};
use super::digest::Digest;
use super::event::{Author, Event, Fact};
use super::evidence::EvidenceRule;
use super::evolve::{begin, evolve};
use super::expression::{Expression, Template};
use super::head::Head;
use super::ids::*;
use super::owner::{Owner, OwnerExpr};
use super::refusal::Refusal;
use super::runbook::*;
use super::state::State;
use super::verdict::{Observation, Verdict};

pub fn role(id: &str) -> RoleId {
    RoleId::new(id).unwrap()
}

pub fn item_id(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

pub fn name(text: &str) -> MemberName {
    MemberName::new(text).unwrap()
}

pub fn author(text: &str) -> Author {
    Author { name: name(text), key: KeyFingerprint::new(&format!("SHA256:{text}")) }
}

fn one(id: &str) -> Owner {
    Owner::role(role(id))
}

fn item(id: &str, owner: Owner) -> Item {
    Item {
        id: item_id(id),
        title: format!("Item {id}"),
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
        actions: Vec::new(),
        digest: Digest::of(id.as_bytes()),
    }
}

fn checked(id: &str, owner: Owner, check: &str, mode: CheckMode) -> Item {
    Item { check: Some(ItemCheck { check: CheckId::new(check).unwrap(), mode }), ..item(id, owner) }
}

fn check(id: &str, needs: Needs) -> (CheckId, Check) {
    let id = CheckId::new(id).unwrap();
    let check = Check {
        id: id.clone(),
        title: id.to_string(),
        kind: CheckKind::Fields(Vec::new()),
        every: Duration::from_secs(30),
        ttl: Duration::from_mins(10),
        deadline: Duration::from_secs(10),
        after_passes: NonZeroU32::MIN,
        after_failures: NonZeroU32::new(2).unwrap(),
        needs,
    };
    (id, check)
}

fn action(id: &str, item: &str, repeat: Repeat) -> (ActionId, Action) {
    let id = ActionId::new(id).unwrap();
    let action = Action {
        id: id.clone(),
        title: id.to_string(),
        item: Some(item_id(item)),
        confirm: Template::new("Sure?").unwrap(),
        repeat,
        idempotency_header: None,
        steps: Vec::new(),
        show: None,
        needs: Needs::default(),
        deadline: Duration::from_secs(30),
    };
    (id, action)
}

fn stage(id: &str, signoff: &[&str], items: Vec<Item>) -> Stage {
    Stage {
        id: StageId::new(id).unwrap(),
        title: id.to_owned(),
        hint: None,
        gate: GateMode::Enforce,
        signoff: signoff.iter().map(|r| role(r)).collect(),
        distinct: false,
        items,
    }
}

/// Three stages: `kyc` (auto check) and `form`; `both` (dev + arch, different people), `cards` (two
/// parts), `any`, `extra` (optional), `assist` (check with a field); `review` (valid for 7 days),
/// `proof` (evidence), `advice` (comment of arch required), `self` (self-signed), `eu` (when markets), `ping` (auto check).
pub fn runbook() -> Runbook {
    let roles = ["lead", "dev", "arch", "biz"];
    let roles: IndexMap<_, _> = roles
        .iter()
        .map(|id| {
            let side = if *id == "biz" { Side::Merchant } else { Side::Provider };
            let made = Role { id: role(id), name: id.to_uppercase(), side, lead: *id == "lead", duty: None };
            (role(id), made)
        })
        .collect();
    let fields = ["url", "markets"].map(|id| {
        let id = FieldId::new(id).unwrap();
        let field = Field { id: id.clone(), label: id.to_string(), pattern: None, hint: None, default: None };
        (id, field)
    });
    let decision = Decision {
        id: DecisionId::new("descriptor").unwrap(),
        title: "Descriptor".into(),
        hint: None,
        kind: DecisionKind::Text { max_chars: Some(22), pattern: None },
        rules: Vec::new(),
    };
    let url = Needs { fields: [FieldId::new("url").unwrap()].into(), ..Needs::default() };
    let both = Owner {
        signs: OwnerExpr::All(vec![OwnerExpr::Role(role("dev")), OwnerExpr::Role(role("arch"))]),
        distinct: true,
        ..one("dev")
    };
    let either = Owner {
        signs: OwnerExpr::Any(vec![OwnerExpr::Role(role("dev")), OwnerExpr::Role(role("arch"))]),
        ..one("dev")
    };
    let parts = ["challenge", "declined"]
        .map(|id| Part { id: PartId::new(id).unwrap(), title: id.to_owned() })
        .to_vec();
    let stages = vec![
        stage(
            "first",
            &[],
            vec![checked("kyc", one("biz"), "kyc", CheckMode::Auto), item("form", one("dev"))],
        ),
        stage(
            "second",
            &["arch", "lead"],
            vec![
                item("both", both),
                Item { parts, ..item("cards", one("dev")) },
                item("any", either),
                Item { optional: true, ..item("extra", one("dev")) },
                checked("assist", one("dev"), "probe", CheckMode::Assist),
            ],
        ),
        stage(
            "third",
            &[],
            vec![
                Item { valid_for: Some(TimeDelta::days(7)), ..item("review", one("dev")) },
                Item {
                    evidence: EvidenceRule { required: 1, ..EvidenceRule::default() },
                    ..item("proof", one("dev"))
                },
                item("advice", Owner { with: vec![role("arch")], with_required: true, ..one("dev") }),
                Item { self_signed: true, ..item("self", one("dev")) },
                Item {
                    applies_when: Some(Expression::new("'EU' in fields.markets").unwrap()),
                    ..item("eu", one("dev"))
                },
                checked("ping", one("dev"), "ping", CheckMode::Auto),
            ],
        ),
    ];
    let header = Header {
        id: RunbookId::new("sample").unwrap(),
        title: "Sample".into(),
        version: "1".into(),
        provider: "Sample".into(),
        source: None,
        digest: Digest::of(b"sample"),
        roles,
        fields: fields.into_iter().collect(),
        secrets: IndexMap::new(),
        decisions: [(decision.id.clone(), decision)].into_iter().collect(),
        checks: [check("kyc", Needs::default()), check("ping", Needs::default()), check("probe", url)]
            .into_iter()
            .collect(),
        actions: [action("exchange", "both", Repeat::Once), action("hook", "form", Repeat::Freely)]
            .into_iter()
            .collect(),
        troubleshooting: Vec::new(),
    };
    Runbook::new(header, stages)
}

/// The same runbook with other stages.
pub fn with_stages(runbook: &Runbook, stages: Vec<Stage>) -> Runbook {
    let header = Header {
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        version: runbook.version.clone(),
        provider: runbook.provider.clone(),
        source: runbook.source.clone(),
        digest: runbook.digest,
        roles: runbook.roles.clone(),
        fields: runbook.fields.clone(),
        secrets: runbook.secrets.clone(),
        decisions: runbook.decisions.clone(),
        checks: runbook.checks.clone(),
        actions: runbook.actions.clone(),
        troubleshooting: runbook.troubleshooting.clone(),
    };
    Runbook::new(header, stages)
}

/// An engagement with Lea (lead), Dev (dev), Ada (arch) and Bo (biz, no key), and a clock.
pub struct World {
    pub runbook: Runbook,
    pub state: State,
    pub events: Vec<(Event, Head)>,
    pub now: DateTime<Utc>,
}

impl World {
    pub fn new() -> Self {
        let mut world = Self::opened(runbook());
        for (who, what, keyed) in [("Dev", "dev", true), ("Ada", "arch", true), ("Bo", "biz", false)] {
            let key = keyed.then(|| NewKey::new(author(who).key, "ssh-ed25519 AAAA".to_owned()));
            let assign = Command::Assign { role: role(what), member: name(who), key };
            world.act("Lea", &assign).unwrap();
        }
        world
    }

    /// An engagement in which Lea leads and nobody else takes part.
    pub fn opened(runbook: Runbook) -> Self {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let lea = author("Lea");
        let facts = open(&runbook, "Acme", &lea, "ssh-ed25519 AAAA", None, &[]).unwrap();
        let mut facts = facts.into_iter();
        let first = event(&Head::default(), now, &lea, facts.next().unwrap());
        let head = Head::default().after(&serde_json::to_vec(&first).unwrap());
        let state = begin(&first, head).unwrap();
        let mut world = Self { runbook, state, events: vec![(first, head)], now };
        for fact in facts {
            world.append(&lea, fact);
        }
        world
    }

    pub fn append(&mut self, by: &Author, fact: Fact) {
        let event = event(&self.state.head, self.now, by, fact);
        let body = serde_json::to_vec(&event).unwrap();
        // What is folded is what was written: the bytes, read back.
        let event: Event = serde_json::from_slice(&body).unwrap();
        let head = self.state.head.after(&body);
        evolve(&mut self.state, &event, head).unwrap();
        self.events.push((event, head));
    }

    pub fn act(&mut self, who: &str, command: &Command) -> Result<Vec<Fact>, Refusal> {
        self.act_as(&Acting::new(author(who)), command)
    }

    pub fn act_as(&mut self, acting: &Acting, command: &Command) -> Result<Vec<Fact>, Refusal> {
        let facts = decide(&self.runbook, &self.state, acting, command, self.now)?;
        for fact in facts.clone() {
            self.append(&acting.by, fact);
        }
        Ok(facts)
    }

    pub fn tick(&mut self, who: &str, item: &str) -> Result<Vec<Fact>, Refusal> {
        self.act(who, &tick(item))
    }

    pub fn sees(&mut self, check: &str, verdict: Verdict, streak: u32) -> Vec<Fact> {
        self.act("Lea", &seen(check, verdict, streak)).unwrap()
    }

    pub fn assess(&self) -> Assessment {
        assess(&self.runbook, &self.state, self.now)
    }

    pub fn status(&self, item: &str) -> Status {
        let place = self.runbook.place(item).unwrap();
        self.assess().stages[place.stage].items[place.item].status
    }

    pub fn pass(&mut self, days: i64) {
        self.now += TimeDelta::days(days);
    }

    /// Everything of the first stage done.
    pub fn first_done() -> Self {
        let mut world = Self::new();
        world.sees("kyc", Verdict::Pass, 1);
        world.tick("Dev", "form").unwrap();
        world
    }

    /// Everything of the first two stages done and signed.
    pub fn second_done() -> Self {
        let mut world = Self::first_done();
        for (who, item) in
            [("Dev", "both"), ("Ada", "both"), ("Dev", "cards"), ("Ada", "any"), ("Dev", "assist")]
        {
            world.tick(who, item).unwrap();
        }
        world
            .act("Dev", &Command::MarkNotApplicable { item: item_id("extra"), reason: "none".into() })
            .unwrap();
        for who in ["Ada", "Lea"] {
            world.act(who, &Command::SignStage { stage: StageId::new("second").unwrap() }).unwrap();
        }
        world
    }
}

pub fn tick(item: &str) -> Command {
    Command::Tick { item: item_id(item), part: None, note: None, evidence: Vec::new() }
}

pub fn seen(check: &str, verdict: Verdict, streak: u32) -> Command {
    Command::Observe {
        observation: Box::new(Observation {
            check: CheckId::new(check).unwrap(),
            verdict,
            at: DateTime::UNIX_EPOCH,
            latency_ms: 1,
            summary: format!("{check} {}", verdict.word()),
            steps: Vec::new(),
            findings: Vec::new(),
            causes: Vec::new(),
            request_id: None,
            captured: std::collections::BTreeMap::new(),
            streak,
            facts_at: None,
        }),
    }
}

fn event(head: &Head, at: DateTime<Utc>, by: &Author, fact: Fact) -> Event {
    Event {
        v: super::event::VERSION,
        engagement: EngagementId::new("acme").unwrap(),
        seq: head.seq + 1,
        prev: head.hash,
        id: Uuid::from_u128(u128::from(head.seq) + 1),
        at,
        by: by.clone(),
        fact,
    }
}

impl Runbook {
    /// The same runbook with other stages.
    #[must_use]
    pub fn with_stages(&self, stages: Vec<Stage>) -> Self {
        let Self { id, title, version, provider, source, digest, roles, fields, .. } = self.clone();
        let Self { secrets, decisions, checks, actions, troubleshooting, .. } = self.clone();
        let header = Header {
            id,
            title,
            version,
            provider,
            source,
            digest,
            roles,
            fields,
            secrets,
            decisions,
            checks,
            actions,
            troubleshooting,
        };
        Self::new(header, stages)
    }
}
