//! Everything that can be tried, and who may do it when: written from DESIGN section 2, cell by cell.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{NOW, Person, State};
use crate::app::{Act, testing};
use crate::domain::command::{ActionEnd, Command, NewKey};
use crate::domain::digest::Digest;
use crate::domain::fresh::Witnesses;
use crate::domain::ids::{ItemId, KeyFingerprint, MemberName, RoleId};
use crate::domain::release::GoNoGo;
use crate::domain::secret::SecretSource;
use crate::domain::verdict::{Observation, Verdict};

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Accepted, and in the log.
    Yes,
    /// Refused for this reason, and nothing is in the log.
    No(&'static str),
}

use Want::{No, Yes};

/// Something to try.
pub struct Try {
    pub act: Act,
    /// What comes of it for a member in a state.
    pub want: fn(Person, State) -> Want,
}

impl Person {
    fn leads(self) -> bool {
        self == Self::Lead
    }

    fn dev(self) -> bool {
        matches!(self, Self::Dev | Self::Both)
    }

    fn qa(self) -> bool {
        matches!(self, Self::Qa | Self::Both)
    }
}

impl State {
    fn done(self) -> bool {
        matches!(self, Self::Ready | Self::Complete)
    }
}

fn yes_if(may: bool, otherwise: &'static str) -> Want {
    if may { Yes } else { No(otherwise) }
}

/// A tick in the stage: the gate first, then whether anything is left to tick, then the person.
fn tick(state: State, able: Want) -> Want {
    match state {
        State::Shut => No("Shut"),
        State::Ready | State::Complete => No("AlreadyTicked"),
        State::Open | State::Warned | State::BrokenGlass => able,
    }
}

fn lead_only(person: Person) -> Want {
    yes_if(person.leads(), "NotLead")
}

/// Owners of an item of the developer's, and leads.
fn dev_or_lead(person: Person) -> Want {
    yes_if(person.dev() || person.leads(), "NotYours")
}

/// Of two roles that would do, one must be chosen.
fn two_slots(person: Person) -> Want {
    match person {
        Person::Both => No("ChooseRole"),
        other => yes_if(other.dev() || other.qa(), "NotYours"),
    }
}

pub fn item(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

pub fn ticking(id: &str, evidence: &[&str]) -> Command {
    let evidence = evidence.iter().copied().map(Into::into).collect();
    Command::Tick { item: item(id), part: None, note: None, evidence }
}

fn role(id: &str) -> RoleId {
    RoleId::new(id).unwrap()
}

fn name(person: Person) -> MemberName {
    testing::name(person.name())
}

pub fn seen(check: &str, verdict: Verdict) -> Command {
    let observation = Observation {
        check: check.parse().unwrap(),
        verdict,
        at: NOW,
        latency_ms: 3,
        summary: "said so".to_owned(),
        steps: Vec::new(),
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: None,
        captured: std::collections::BTreeMap::new(),
        streak: 1,
        facts_at: None,
    };
    Command::Observe { observation: Box::new(observation) }
}

pub fn attempt() -> Uuid {
    Uuid::from_u128(7)
}

/// Everything that is tried. `own` is a further key for whoever acts, `key_of` that of a person, and `undo`
/// the number of an act of the developer's.
pub fn all(
    me: Person,
    own: impl Fn(&str) -> NewKey,
    key_of: impl Fn(Person) -> KeyFingerprint,
    undo: u64,
) -> Vec<Try> {
    let soon = NOW + TimeDelta::days(2);
    let because = || "because".to_owned();
    let mut out = Vec::new();
    let mut add = |command: Command, want: fn(Person, State) -> Want| {
        out.push(Try { act: Act::new(command), want });
    };
    // People and keys.
    let joins = || MemberName::new("Nina").unwrap();
    add(Command::Assign { role: role("qa"), member: joins(), key: Some(own("nina")) }, |p, _| lead_only(p));
    add(Command::Assign { role: role("none"), member: joins(), key: None }, |p, _| {
        if p.leads() { No("NoSuch") } else { No("NotLead") }
    });
    add(Command::Assign { role: role("dev"), member: name(Person::Dev), key: None }, |p, _| {
        if p.leads() { No("NoChange") } else { No("NotLead") }
    });
    add(Command::Unassign { role: role("qa"), member: name(Person::Qa) }, |p, _| lead_only(p));
    add(Command::Unassign { role: role("lead"), member: name(Person::Lead) }, |p, _| {
        if p.leads() { No("LastLead") } else { No("NotLead") }
    });
    add(Command::AddKey { member: name(me), key: own("second") }, |_, _| Yes);
    add(Command::AddKey { member: name(Person::Onlooker), key: own("third") }, |p, _| {
        yes_if(p.leads() || p == Person::Onlooker, "NotLead")
    });
    add(Command::RevokeKey { key: key_of(Person::Both) }, |p, _| {
        yes_if(p.leads() || p == Person::Both, "NotLead")
    });
    add(Command::RemoveMember { member: name(Person::Qa) }, |p, _| lead_only(p));
    // Facts.
    let url = || "url".parse().unwrap();
    add(Command::SetField { field: url(), value: "http://127.0.0.1:9/new".into() }, |_, _| Yes);
    add(Command::SetField { field: url(), value: " ".into() }, |_, _| No("BadValue"));
    let source = SecretSource::Env("KEY".into());
    add(Command::SetSecret { secret: "key".parse().unwrap(), source }, |_, _| Yes);
    let descriptor = || "descriptor".parse().unwrap();
    add(Command::Propose { decision: descriptor(), value: "ACME LTD".into() }, |_, _| Yes);
    add(Command::Confirm { decision: descriptor(), value: None }, |p, _| lead_only(p));
    add(Command::SetTarget { target: Some(soon.date_naive()) }, |p, _| lead_only(p));
    // Ticks.
    add(ticking("none", &[]), |_, _| No("NoSuch"));
    for one in ["solo", "talk", "mine", "maybe", "inform"] {
        add(ticking(one, &[]), |p, s| tick(s, yes_if(p.dev(), "NotYours")));
    }
    for two in ["every", "either", "apart"] {
        add(ticking(two, &[]), |p, s| tick(s, two_slots(p)));
    }
    add(ticking("peer", &[]), |p, s| tick(s, yes_if(p.qa(), "NotYours")));
    add(ticking("peer", &["my own work"]), |p, s| {
        tick(s, if p.qa() { No("OwnEvidence") } else { No("NotYours") })
    });
    add(ticking("proof", &[]), |p, s| tick(s, if p.dev() { No("EvidenceNeeded") } else { No("NotYours") }));
    add(ticking("proof", &["ticket 7"]), |p, s| tick(s, yes_if(p.dev(), "NotYours")));
    add(ticking("auto", &[]), |_, s| tick(s, No("CheckDecides")));
    add(ticking("assist", &[]), |_, s| tick(s, No("CheckNotPassed")));
    // Taking back, sending back, excepting.
    let back = |id: &str| Command::Untick { item: item(id), part: None, reason: because() };
    add(back("solo"), |p, s| match dev_or_lead(p) {
        Yes => yes_if(s.done(), "NotTicked"),
        no @ No(_) => no,
    });
    add(back("auto"), |p, s| match dev_or_lead(p) {
        Yes => No(if s.done() { "CheckDecides" } else { "NotTicked" }),
        no @ No(_) => no,
    });
    add(Command::Reject { item: item("talk"), reason: because() }, |p, s| {
        // Who is consulted, and who signs the stage, may send it back as well.
        if p == Person::Onlooker { No("NotYours") } else { yes_if(s.done(), "NotTicked") }
    });
    add(Command::MarkNotApplicable { item: item("maybe"), reason: because() }, |p, _| dev_or_lead(p));
    add(Command::MarkNotApplicable { item: item("solo"), reason: because() }, |_, _| No("NotOptional"));
    add(Command::RequestWaiver { item: item("solo"), reason: because(), until: soon }, |p, _| dev_or_lead(p));
    add(Command::GrantWaiver { item: item("talk") }, |p, _| lead_only(p));
    add(Command::GrantWaiver { item: item("every") }, |p, _| {
        if p.leads() { No("OwnWaiver") } else { No("NotLead") }
    });
    add(Command::GrantWaiver { item: item("mine") }, |p, _| {
        if p.leads() { No("NoWaiverAsked") } else { No("NotLead") }
    });
    // Whoever asked, whoever granted, a lead.
    let no_longer = |id: &str| Command::RevokeWaiver { item: item(id), reason: because() };
    add(no_longer("talk"), |p, _| yes_if(p.leads() || p == Person::Dev, "NotLead"));
    add(no_longer("every"), |p, _| lead_only(p));
    add(no_longer("mine"), |_, _| No("NoWaiver"));
    let too_long = NOW + TimeDelta::days(91);
    add(Command::RequestWaiver { item: item("solo"), reason: because(), until: too_long }, |p, _| {
        match dev_or_lead(p) {
            Yes => No("TooLong"),
            no @ No(_) => no,
        }
    });
    // Stages and gates.
    add(Command::SignStage { stage: "work".parse().unwrap() }, |p, s| match s {
        State::Shut => No("Shut"),
        State::Open | State::Warned | State::BrokenGlass => No("StageNotDone"),
        State::Ready => yes_if(p.leads(), "NotYours"),
        State::Complete if p.leads() => No("AlreadyTicked"),
        State::Complete => No("NotYours"),
    });
    let work = || Some("work".parse().unwrap());
    add(Command::BreakGlass { stage: work(), reason: because(), until: soon }, |p, s| match s {
        _ if !p.leads() => No("NotLead"),
        State::Shut | State::BrokenGlass => Yes,
        State::Open | State::Warned | State::Ready | State::Complete => No("AlreadyOpen"),
    });
    add(Command::BreakGlass { stage: None, reason: because(), until: soon }, |p, _| lead_only(p));
    add(Command::MendGlass { stage: work(), reason: because() }, |p, s| match s {
        State::BrokenGlass => lead_only(p),
        State::Shut | State::Open | State::Warned | State::Ready | State::Complete => No("NotBroken"),
    });
    // Evidence and remarks.
    add(Command::AddEvidence { item: item("solo"), evidence: "a photograph".into() }, |_, _| Yes);
    add(Command::RemoveEvidence { item: item("talk"), digest: Digest::of(b"a letter") }, |p, _| {
        // Whoever attached it, the owners, a lead.
        yes_if(p.qa() && p == Person::Qa || p.dev() || p.leads(), "NotYours")
    });
    add(Command::Note { item: Some(item("solo")), text: "a remark".into() }, |_, _| Yes);
    add(Command::Note { item: None, text: "a remark".into() }, |_, _| Yes);
    add(Command::Undo { seq: Some(undo) }, |p, _| yes_if(p == Person::Dev, "NothingToUndo"));
    // Request flows.
    let intend = |action: &str| Command::IntendAction {
        action: action.parse().unwrap(),
        attempt: Uuid::from_u128(8),
        idempotency_key: "key-8".into(),
    };
    add(intend("call"), |p, s| if s == State::Shut { No("Shut") } else { dev_or_lead(p) });
    add(intend("exchange"), |p, _| match dev_or_lead(p) {
        Yes => No("ActionDone"),
        no @ No(_) => no,
    });
    let end = ActionEnd::Failed { reason: because() };
    let hook = || "hook".parse().unwrap();
    add(Command::EndAction { action: hook(), attempt: attempt(), end, request_id: None }, |p, _| {
        yes_if(p == Person::Dev, "ActionNotUnderWay")
    });
    add(Command::ResetAction { action: "exchange".parse().unwrap(), reason: because() }, |p, _| lead_only(p));
    // Going live.
    let seen_nothing = Witnesses::new();
    add(Command::DecideGo { outcome: GoNoGo::Go, reason: None, seen: seen_nothing.clone() }, |p, _| {
        if p.leads() { No("NotReady") } else { No("NotYours") }
    });
    let no_go = Command::DecideGo { outcome: GoNoGo::NoGo, reason: Some(because()), seen: seen_nothing };
    add(no_go, |p, _| yes_if(p.leads(), "NotYours"));
    add(seen("shown", Verdict::Fail), |_, _| Yes);

    // The same for a person in the room, and in a role that is named.
    let dev_in_the_room = |id: &str| Act::new(ticking(id, &[])).for_person(Some(name(Person::Dev)));
    out.push(Try {
        act: dev_in_the_room("solo"),
        want: |p, s| tick(s, yes_if(p.leads() || p == Person::Dev, "NotLead")),
    });
    out.push(Try {
        act: dev_in_the_room("mine"),
        want: |p, s| match p {
            Person::Lead => tick(s, No("SelfSigned")),
            other => tick(s, yes_if(other == Person::Dev, "NotLead")),
        },
    });
    // The person with two roles has signed it as a developer.
    out.push(Try {
        act: Act::new(ticking("pair", &[])),
        want: |p, s| match p {
            Person::Dev => tick(s, No("AlreadyTicked")),
            Person::Both if !s.done() && s != State::Shut => No("SamePerson"),
            other => tick(s, yes_if(other.qa(), "NotYours")),
        },
    });
    out.push(Try {
        act: Act::new(ticking("apart", &[])).in_role(Some(role("dev"))),
        want: |p, s| tick(s, yes_if(p.dev(), "NotYours")),
    });
    out
}

/// Names every command once. One that is new does not compile here until it is tried above.
pub fn word(command: &Command) -> &'static str {
    match command {
        Command::Assign { .. } => "assign",
        Command::AddKey { .. } => "add key",
        Command::RemoveMember { .. } => "remove member",
        Command::Unassign { .. } => "unassign",
        Command::RevokeKey { .. } => "revoke key",
        Command::SetField { .. } => "set field",
        Command::SetSecret { .. } => "set secret",
        Command::Propose { .. } => "propose",
        Command::Confirm { .. } => "confirm",
        Command::Tick { .. } => "tick",
        Command::Untick { .. } => "untick",
        Command::Reject { .. } => "reject",
        Command::MarkNotApplicable { .. } => "not applicable",
        Command::RequestWaiver { .. } => "request waiver",
        Command::GrantWaiver { .. } => "grant waiver",
        Command::RevokeWaiver { .. } => "revoke waiver",
        Command::SignStage { .. } => "sign stage",
        Command::AddEvidence { .. } => "add evidence",
        Command::RemoveEvidence { .. } => "remove evidence",
        Command::BreakGlass { .. } => "break glass",
        Command::MendGlass { .. } => "mend glass",
        Command::Note { .. } => "note",
        Command::SetTarget { .. } => "set target",
        Command::Undo { .. } => "undo",
        Command::IntendAction { .. } => "intend action",
        Command::EndAction { .. } => "end action",
        Command::ResetAction { .. } => "reset action",
        Command::DecideGo { .. } => "decide go",
        Command::Observe { .. } => "observe",
    }
}

/// How many commands [`word`] names.
pub const COMMANDS: usize = 29;
