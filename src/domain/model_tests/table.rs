//! The runbook of the model-based test, twice: for the rules, and as the table that the reference reads.

use chrono::TimeDelta;

use super::super::check::{CheckKind, TlsCheck};
use super::super::evidence::EvidenceRule;
use super::super::expression::Template;
use super::super::ids::{CheckId, SecretId, StageId};
use super::super::owner::{Owner, OwnerExpr};
use super::super::runbook::{GateMode, Item, Runbook, Secret, Stage};
use super::super::testing::{item_id, role, runbook};

pub const ROLES: [&str; 4] = ["lead", "dev", "arch", "biz"];

/// A stage as the reference knows it.
pub struct StageRule {
    pub id: &'static str,
    pub signoff: &'static [&'static str],
    pub distinct: bool,
    pub warns: bool,
}

pub const STAGES: [StageRule; 4] = [
    StageRule { id: "first", signoff: &[], distinct: false, warns: false },
    StageRule { id: "second", signoff: &["arch", "lead"], distinct: false, warns: false },
    StageRule { id: "third", signoff: &[], distinct: false, warns: false },
    StageRule { id: "last", signoff: &["dev", "arch"], distinct: true, warns: true },
];

#[derive(Clone, Copy)]
pub enum Needs {
    One(&'static str),
    All(&'static str, &'static str),
    Any(&'static str, &'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Auto,
    Assist,
}

/// An item as the reference knows it.
#[expect(clippy::struct_excessive_bools, reason = "a row of a table, one column for each rule")]
pub struct Rule {
    pub id: &'static str,
    pub stage: usize,
    pub owner: Needs,
    pub parts: &'static [&'static str],
    pub distinct: bool,
    pub check: Option<(&'static str, Mode)>,
    pub optional: bool,
    pub self_signed: bool,
    pub independent: bool,
    pub evidence: bool,
    pub comment_of: Option<&'static str>,
    pub days: Option<i64>,
    pub only_eu: bool,
}

const fn plain(id: &'static str, stage: usize, owner: Needs) -> Rule {
    Rule {
        id,
        stage,
        owner,
        parts: &[],
        distinct: false,
        check: None,
        optional: false,
        self_signed: false,
        independent: false,
        evidence: false,
        comment_of: None,
        days: None,
        only_eu: false,
    }
}

const DEV: Needs = Needs::One("dev");

pub static ITEMS: [Rule; 16] = [
    Rule { check: Some(("kyc", Mode::Auto)), ..plain("kyc", 0, Needs::One("biz")) },
    plain("form", 0, DEV),
    Rule { distinct: true, ..plain("both", 1, Needs::All("dev", "arch")) },
    Rule { parts: &["challenge", "declined"], ..plain("cards", 1, DEV) },
    plain("any", 1, Needs::Any("dev", "arch")),
    Rule { optional: true, ..plain("extra", 1, DEV) },
    Rule { check: Some(("probe", Mode::Assist)), ..plain("assist", 1, DEV) },
    Rule { days: Some(7), ..plain("review", 2, DEV) },
    Rule { evidence: true, ..plain("proof", 2, DEV) },
    Rule { comment_of: Some("arch"), ..plain("advice", 2, DEV) },
    Rule { self_signed: true, ..plain("self", 2, DEV) },
    Rule { only_eu: true, ..plain("eu", 2, DEV) },
    Rule { check: Some(("ping", Mode::Auto)), ..plain("ping", 2, DEV) },
    Rule { independent: true, ..plain("peer", 3, Needs::Any("dev", "arch")) },
    plain("pair", 3, Needs::All("dev", "biz")),
    Rule { parts: &["up", "down"], distinct: true, ..plain("drill", 3, Needs::All("dev", "arch")) },
];

impl Rule {
    pub fn boxes(&self) -> Vec<Option<&'static str>> {
        if self.parts.is_empty() { vec![None] } else { self.parts.iter().copied().map(Some).collect() }
    }

    pub fn owners(&self) -> Vec<&'static str> {
        match self.owner {
            Needs::One(a) => vec![a],
            Needs::All(a, b) | Needs::Any(a, b) => vec![a, b],
        }
    }
}

pub fn rule(id: &str) -> Option<&'static Rule> {
    ITEMS.iter().find(|r| r.id == id)
}

/// The runbook of the other tests with a fourth stage, a secret and a check that looks outside.
pub fn model_runbook() -> Runbook {
    let mut book = runbook();
    let mut stages = book.stages().to_vec();
    let form = stages[0].items[1].clone();
    let cards = stages[1].items[1].clone();
    let two = |a, b| vec![OwnerExpr::Role(role(a)), OwnerExpr::Role(role(b))];
    let owner = |signs, distinct| Owner { signs, distinct, ..Owner::role(role("dev")) };
    let plain = |id: &str, owner| Item {
        id: item_id(id),
        owner,
        evidence: EvidenceRule::default(),
        warn_before: TimeDelta::days(1),
        ..form.clone()
    };
    let peer = Item { independent: true, ..plain("peer", owner(OwnerExpr::Any(two("dev", "arch")), false)) };
    let pair = plain("pair", owner(OwnerExpr::All(two("dev", "biz")), false));
    let mut parts = cards.parts;
    for (part, id) in parts.iter_mut().zip(["up", "down"]) {
        part.id = id.parse().unwrap();
    }
    let drill = Item { parts, ..plain("drill", owner(OwnerExpr::All(two("dev", "arch")), true)) };
    stages.push(Stage {
        id: StageId::new("last").unwrap(),
        title: "Last".to_owned(),
        hint: None,
        gate: GateMode::Warn,
        signoff: vec![role("dev"), role("arch")],
        distinct: true,
        items: vec![peer, pair, drill],
    });
    let id = SecretId::new("key").unwrap();
    let secret = Secret {
        id: id.clone(),
        label: "Key".into(),
        pattern: None,
        origins: vec![],
        policy: None,
        hint: None,
    };
    book.secrets.insert(id, secret);
    let outside = TlsCheck { host: Template::new("example.com").unwrap(), days_left: 14, ca: None };
    book.checks.get_mut(&CheckId::new("ping").unwrap()).unwrap().kind = CheckKind::Tls(outside);
    book.with_stages(stages)
}
