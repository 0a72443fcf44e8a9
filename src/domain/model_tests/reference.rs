//! The reference: an engagement as plain sets, written from DESIGN section 2 and from nothing else.
//!
//! It is as unlike the rules it is held against as can be. What no longer counts is struck out when that
//! happens, not found out by comparing sequence numbers; a refusal is the set of all objections there are,
//! in no order; the runbook is a table of its own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::super::assess::Gate;
use super::super::command::NewKey;
use super::super::digest::Digest;
use super::super::release::GoNoGo;
use super::super::secret::SecretSource;
use super::super::verdict::Verdict;
use super::table::{ITEMS, Needs, Rule, STAGES};

/// The people, and everything that they did.
pub struct Model {
    pub now: DateTime<Utc>,
    /// How many events there are.
    pub seq: u64,
    /// Everybody who ever took part.
    pub people: BTreeMap<String, Person>,
    /// The keys that speak for somebody.
    pub keys: BTreeMap<String, Key>,
    /// The keys that never will again.
    pub burnt: BTreeSet<String>,
    pub fields: BTreeMap<String, String>,
    /// Fields whose value no person typed.
    pub captured: BTreeSet<String>,
    /// Values, and whether they are confirmed.
    pub decisions: BTreeMap<String, (String, bool)>,
    pub secrets: BTreeMap<String, (SecretSource, String)>,
    pub target: Option<NaiveDate>,
    pub checks: BTreeMap<String, Verdict>,
    /// Checks that have said nothing of the facts as they are.
    pub outdated: BTreeSet<&'static str>,
    /// The event that last took the address away; nothing when none did.
    pub url_gone: u64,
    pub sheets: BTreeMap<&'static str, Sheet>,
    /// Who commented on what.
    pub comments: BTreeSet<(String, String)>,
    /// Waivers that were asked for.
    pub requests: BTreeMap<&'static str, Request>,
    /// Signatures under stages that still count once all items are settled.
    pub stages: BTreeMap<&'static str, Vec<Signature>>,
    pub glass: BTreeMap<Option<String>, Glass>,
    pub attempts: BTreeMap<String, Attempt>,
    pub decided: Option<Decided>,
    /// What can be taken back.
    pub acts: Vec<Act>,
}

#[derive(Default)]
pub struct Person {
    pub roles: BTreeSet<String>,
    pub left: bool,
}

#[derive(Clone, PartialEq)]
pub struct Key {
    pub owner: String,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl Key {
    pub fn of(owner: &str, new: &NewKey) -> Self {
        Self { owner: owner.to_owned(), from: new.validity.from, until: new.validity.until }
    }

    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// One item: its signatures, its evidence, its exceptions.
#[derive(Clone, Default)]
pub struct Sheet {
    pub signed: Vec<Signature>,
    /// The tick of a check, if it counts.
    pub proven: bool,
    /// Whether a check ever ticked it, and whether that was after the last rejection.
    pub was_proven: Option<AfterRejection>,
    pub rejected: bool,
    pub not_applicable: bool,
    pub waived_until: Option<DateTime<Utc>>,
    /// Who asked for the waiver and who granted it.
    pub waived_by: Vec<String>,
    pub evidence: BTreeMap<Digest, (String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AfterRejection {
    Yes,
    No,
}

#[derive(Clone)]
pub struct Signature {
    /// The event, to take it back by.
    pub seq: u64,
    /// The box; none for an item or a stage that is one box.
    pub part: Option<&'static str>,
    pub role: String,
    /// Whose word it is.
    pub person: String,
    /// Who held the pen, and which.
    pub hand: String,
    pub key: String,
    pub at: DateTime<Utc>,
    /// Struck out: something happened that it does not cover.
    pub void: bool,
    pub after_rejection: AfterRejection,
}

impl Signature {
    /// Whether the two are not the word of two people.
    pub fn clashes(&self, other: &Self) -> bool {
        let same_pen = self.hand == other.hand || self.key == other.key;
        let recorded_by_a_third = self.hand != self.person && other.hand != other.person;
        self.person == other.person || (same_pen && !recorded_by_a_third)
    }
}

#[derive(Clone)]
pub struct Request {
    pub by: String,
    pub key: String,
    pub until: DateTime<Utc>,
}

pub struct Glass {
    pub by: String,
    pub until: DateTime<Utc>,
    pub mended: bool,
}

pub struct Attempt {
    pub id: Uuid,
    pub key: String,
    pub at: DateTime<Utc>,
    pub end: End,
    /// Whether the one before it may have been carried out, whatever becomes of this one.
    pub in_doubt: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    UnderWay,
    Done,
    Failed,
    Unknown,
    Reset,
}

pub struct Decided {
    pub outcome: GoNoGo,
    pub reason: Option<String>,
    pub overtaken: bool,
}

/// Something that its author can take back, with what was there before.
pub struct Act {
    pub seq: u64,
    pub key: String,
    pub before: Subject,
    /// A check spoke about it since.
    pub settled_by_check: bool,
}

pub enum Subject {
    Item(&'static str, Box<Sheet>, Option<Request>),
    Stage(&'static str),
    Field(String, Option<String>, bool),
    Decision(String, Option<(String, bool)>),
    Target(Option<NaiveDate>),
}

impl Subject {
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item(a, ..), Self::Item(b, ..)) | (Self::Stage(a), Self::Stage(b)) => a == b,
            (Self::Field(a, ..), Self::Field(b, ..)) | (Self::Decision(a, _), Self::Decision(b, _)) => a == b,
            (Self::Target(_), Self::Target(_)) => true,
            _ => false,
        }
    }
}

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Done,
    Waived,
    NotApplicable,
    Open,
}

impl Model {
    pub fn new(opener: &str, key: &str, now: DateTime<Utc>) -> Self {
        let mut people = BTreeMap::new();
        people.insert(opener.to_owned(), Person { roles: ["lead".to_owned()].into(), left: false });
        let owned = Key { owner: opener.to_owned(), from: None, until: None };
        Self {
            now,
            // Opened, a member, a key, a role.
            seq: 4,
            people,
            keys: [(key.to_owned(), owned)].into(),
            burnt: BTreeSet::new(),
            fields: BTreeMap::new(),
            captured: BTreeSet::new(),
            decisions: BTreeMap::new(),
            secrets: BTreeMap::new(),
            target: None,
            checks: BTreeMap::new(),
            outdated: BTreeSet::new(),
            url_gone: 0,
            sheets: ITEMS.iter().map(|rule| (rule.id, Sheet::default())).collect(),
            comments: BTreeSet::new(),
            requests: BTreeMap::new(),
            stages: STAGES.iter().map(|stage| (stage.id, Vec::new())).collect(),
            glass: BTreeMap::new(),
            attempts: BTreeMap::new(),
            decided: None,
            acts: Vec::new(),
        }
    }

    pub fn roles(&self, person: &str) -> BTreeSet<String> {
        self.people.get(person).map(|p| p.roles.clone()).unwrap_or_default()
    }

    pub fn leads(&self, person: &str) -> bool {
        self.roles(person).contains("lead")
    }

    /// The leads who could sign at this moment, if only these keys were there.
    pub fn working_leads(&self, keys: &BTreeMap<String, Key>) -> BTreeSet<String> {
        let signs = |name: &str| keys.values().any(|k| k.owner == name && k.holds(self.now));
        self.people.keys().filter(|name| self.leads(name) && signs(name)).cloned().collect()
    }

    /// Whether a signature counts at this moment.
    pub fn counts(&self, rule: &Rule, signature: &Signature) -> bool {
        let expired = |days| signature.at + TimeDelta::days(days) <= self.now;
        !signature.void && !rule.days.is_some_and(expired)
    }

    /// The signatures of one box that count.
    pub fn on_box(&self, rule: &'static Rule, part: Option<&str>) -> Vec<&Signature> {
        let all = &self.sheets[rule.id].signed;
        all.iter().filter(|s| s.part == part && self.counts(rule, s)).collect()
    }

    pub fn ticked(&self, rule: &'static Rule, part: Option<&str>) -> bool {
        if self.sheets[rule.id].proven {
            return true;
        }
        let there = self.on_box(rule, part);
        let by = |role: &'static str| there.iter().filter(move |s| s.role == role);
        match rule.owner {
            Needs::One(role) => by(role).next().is_some(),
            Needs::Any(a, b) => by(a).chain(by(b)).next().is_some(),
            Needs::All(a, b) if rule.distinct => by(a).any(|x| by(b).any(|y| !x.clashes(y))),
            Needs::All(a, b) => by(a).next().is_some() && by(b).next().is_some(),
        }
    }

    pub fn applies(&self, rule: &Rule) -> bool {
        !rule.only_eu || self.fields.get("markets").is_some_and(|m| m.contains("EU"))
    }

    pub fn configured(&self, check: &str) -> bool {
        check != "probe" || self.fields.contains_key("url")
    }

    /// Whether a check passes, as far as it has spoken of the facts as they are.
    pub fn passes(&self, check: &str) -> bool {
        !self.outdated.contains(check) && self.checks.get(check) == Some(&Verdict::Pass)
    }

    /// Whether nobody has signed since the check, which had said something, lost the address that it needs.
    pub fn unfounded(&self, rule: &'static Rule) -> bool {
        let signed = self.sheets[rule.id].signed.iter().map(|s| s.seq).max();
        rule.check.is_some_and(|(check, _)| !self.configured(check) && self.checks.contains_key(check))
            && signed.is_some_and(|seq| seq < self.url_gone)
    }

    pub fn standing(&self, rule: &'static Rule) -> Standing {
        let sheet = &self.sheets[rule.id];
        if !self.applies(rule) || (rule.optional && sheet.not_applicable) {
            return Standing::NotApplicable;
        }
        let passed = match rule.check {
            Some((check, super::table::Mode::Assist)) if self.configured(check) => {
                self.checks.get(check) == Some(&Verdict::Pass)
            }
            Some((check, super::table::Mode::Auto)) if self.configured(check) => {
                self.checks.get(check) != Some(&Verdict::Pending)
            }
            _ => true,
        };
        let commented = rule.comment_of.is_none_or(|role| {
            let said = |name: &String| self.comments.contains(&(rule.id.to_owned(), name.clone()));
            self.people.iter().any(|(name, p)| p.roles.contains(role) && said(name))
        });
        let attached = !rule.evidence || !sheet.evidence.is_empty();
        if rule.boxes().iter().all(|part| self.ticked(rule, *part)) && passed && commented && attached {
            Standing::Done
        } else if sheet.waived_until.is_some_and(|until| self.now < until) {
            Standing::Waived
        } else {
            Standing::Open
        }
    }

    pub fn settled(&self, stage: usize) -> bool {
        ITEMS.iter().filter(|r| r.stage == stage).all(|r| self.standing(r) != Standing::Open)
    }

    /// The signatures under a stage that count.
    pub fn stage_signatures(&self, stage: usize) -> Vec<&Signature> {
        if self.settled(stage) {
            self.stages[STAGES[stage].id].iter().filter(|s| !s.void).collect()
        } else {
            Vec::new()
        }
    }

    pub fn complete(&self, stage: usize) -> bool {
        let there = self.stage_signatures(stage);
        let signed = STAGES[stage].signoff.iter().all(|role| there.iter().any(|s| s.role == *role));
        let apart = there.iter().all(|a| there.iter().all(|b| a.role == b.role || !a.clashes(b)));
        self.settled(stage) && signed && (!STAGES[stage].distinct || apart)
    }

    /// The gate before a stage; behind the last one stands the gate to live traffic.
    pub fn gate(&self, stage: usize) -> Gate {
        if (0..stage).all(|before| self.complete(before)) {
            return Gate::Open;
        }
        let definition = STAGES.get(stage);
        if definition.is_some_and(|s| s.warns) {
            return Gate::Warned;
        }
        if self.broken(definition.map(|s| s.id)).is_some() { Gate::BreakGlass } else { Gate::Shut }
    }

    /// The emergency that holds a gate open.
    pub fn broken(&self, stage: Option<&str>) -> Option<&Glass> {
        let glass = self.glass.get(&stage.map(str::to_owned))?;
        (!glass.mended && self.now < glass.until).then_some(glass)
    }

    /// Whether somebody sent it back and no owner has answered.
    pub fn sent_back(&self, rule: &Rule) -> bool {
        let sheet = &self.sheets[rule.id];
        sheet.rejected && sheet.signed.iter().all(|s| s.after_rejection == AfterRejection::No)
    }
}
