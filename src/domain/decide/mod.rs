//! `decide`: what a command comes to under the rules of DESIGN section 2. Facts, or a refusal.
//!
//! Pure: the same runbook, state, command and moment always give the same answer. The facts are not
//! yet events; the application layer numbers, signs and appends them, and decides again when another
//! process was faster.

mod actions;
mod emergency;
mod items;
mod members;
mod observe;
mod release;
mod sign;
mod undo;
mod upgrade;
mod values;

use chrono::{DateTime, NaiveDate, Utc};

pub use items::{MAX_WAIVER, reviewers, waiver_ends};
pub use release::MAX_WITNESSES;
pub use undo::undoable;
pub use upgrade::{Consequences, Lost, consequences, upgrade};
pub use values::{check_decision, check_field};

use super::assess::{Assessment, Gate};
use super::command::{Acting, Command};
use super::event::{Author, Covers, Fact, RunbookRef};
use super::head::Head;
use super::ids::{FieldId, ItemId, MemberName, RoleId};
use super::refusal::Refusal;
use super::runbook::{Item, Runbook, Stage};
use super::state::{Begun, Member, State};
use super::validity::Validity;

/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;
/// The longest remark, in characters.
pub const MAX_NOTE: usize = 2000;
/// The longest reference to evidence, in characters.
pub const MAX_REFERENCE: usize = 1000;
/// The longest value of a field, in characters.
pub const MAX_VALUE: usize = 1000;
/// The longest name of an engagement, in characters.
pub const MAX_NAME: usize = 120;

/// The facts that open an engagement: the opener becomes its first member, with the key that signs and
/// the first lead role of the runbook.
pub fn open(
    runbook: &Runbook,
    name: &str,
    by: &Author,
    public_key: &str,
    target: Option<NaiveDate>,
    fields: &[(FieldId, String)],
) -> Result<Vec<Fact>, Refusal> {
    let name = text("the merchant's name", name, MAX_NAME)?;
    for (field, value) in fields {
        values::check_field(runbook, field, value)?;
    }
    let defaults = runbook.fields.values().filter_map(|f| f.default.clone().map(|v| (f.id.clone(), v)));
    let given = |id: &FieldId| fields.iter().any(|(f, _)| f == id);
    let start = defaults.filter(|(id, _)| !given(id)).chain(fields.iter().cloned()).collect();
    let reference =
        RunbookRef { id: runbook.id.clone(), version: runbook.version.clone(), digest: runbook.digest };
    let mut facts = vec![
        Fact::Opened { name, runbook: reference, target, fields: start },
        Fact::MemberAdded { member: by.name.clone() },
        Fact::KeyAdded {
            member: by.name.clone(),
            key: by.key.clone(),
            public: public_key.to_owned(),
            validity: Validity::default(),
        },
    ];
    if let Some(lead) = runbook.roles.values().find(|r| r.lead) {
        facts.push(Fact::RoleAssigned { member: by.name.clone(), role: lead.id.clone() });
    }
    Ok(facts)
}

/// What a command comes to.
pub fn decide(
    runbook: &Runbook,
    state: &State,
    acting: &Acting,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let desk = Desk::new(runbook, state, acting, now)?;
    match command {
        Command::Assign { role, member, key } => members::assign(&desk, role, member, key.as_ref()),
        Command::Unassign { role, member } => members::unassign(&desk, role, member),
        Command::AddKey { member, key } => members::add_key(&desk, member, key),
        Command::RevokeKey { key } => members::revoke(&desk, key),
        Command::RemoveMember { member } => members::remove(&desk, member),
        Command::SetField { field, value } => values::set_field(&desk, field, value),
        Command::SetSecret { secret, source } => values::set_secret(&desk, secret, source),
        Command::Propose { decision, value } => values::propose(&desk, decision, value),
        Command::Confirm { decision, value } => values::confirm(&desk, decision, value.as_deref()),
        Command::SetTarget { target } => values::set_target(&desk, *target),
        Command::Tick { item, part, note, evidence } => {
            sign::tick(&desk, item, part.as_ref(), note.as_deref(), evidence)
        }
        Command::SignStage { stage } => sign::stage(&desk, stage),
        Command::Untick { item, part, reason } => items::untick(&desk, item, part.as_ref(), reason),
        Command::Reject { item, reason } => items::reject(&desk, item, reason),
        Command::MarkNotApplicable { item, reason } => items::not_applicable(&desk, item, reason),
        Command::RequestWaiver { item, reason, until } => items::request_waiver(&desk, item, reason, *until),
        Command::GrantWaiver { item } => items::grant_waiver(&desk, item),
        Command::RevokeWaiver { item, reason } => items::revoke_waiver(&desk, item, reason),
        Command::AddEvidence { item, evidence } => items::add_evidence(&desk, item, evidence),
        Command::RemoveEvidence { item, digest } => items::remove_evidence(&desk, item, *digest),
        Command::BreakGlass { stage, reason, until } => {
            emergency::break_glass(&desk, stage.as_ref(), reason, *until)
        }
        Command::MendGlass { stage, reason } => emergency::mend_glass(&desk, stage.as_ref(), reason),
        Command::Note { item, text } => items::note(&desk, item.as_ref(), text),
        Command::Undo { seq } => {
            let seq = undoable(runbook, state, &acting.by.key, *seq, now)?;
            Ok(vec![Fact::Undone { seq }])
        }
        Command::IntendAction { action, attempt, idempotency_key } => {
            actions::intend(&desk, action, *attempt, idempotency_key)
        }
        Command::EndAction { action, attempt, end, request_id } => {
            actions::end(&desk, action, *attempt, end, request_id.as_ref())
        }
        Command::ResetAction { action, reason } => actions::reset(&desk, action, reason),
        Command::DecideGo { outcome, reason, seen } => release::go(&desk, *outcome, reason.as_deref(), seen),
        Command::Observe { observation } => observe::observe(&desk, observation),
    }
}

/// What every decision looks at.
struct Desk<'a> {
    runbook: &'a Runbook,
    state: &'a State,
    acting: &'a Acting,
    now: DateTime<Utc>,
    /// The member that the signing key speaks for.
    who: &'a MemberName,
    member: &'a Member,
}

impl<'a> Desk<'a> {
    fn new(
        runbook: &'a Runbook,
        state: &'a State,
        acting: &'a Acting,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if state.members.values().any(|m| m.revoked.contains_key(&acting.by.key)) {
            return Err(Refusal::KeyRevoked);
        }
        // The key decides who acts; a name alone is only a claim.
        let (who, member) = state
            .member_of_key(&acting.by.key)
            .filter(|(name, _)| **name == acting.by.name)
            .ok_or_else(|| Refusal::NotAMember { name: acting.by.name.clone() })?;
        let key = member.keys.get(&acting.by.key).map(|k| k.validity).unwrap_or_default();
        let valid = key.for_event(now, state.moment(now));
        valid.map_err(|why| Refusal::KeyNotValid { who: who.clone(), why })?;
        // What is written by this clock would contradict what was signed, for good.
        if let Some(Begun { seq, from }) = state.not_begun(now) {
            return Err(Refusal::ClockBehind { seq, from });
        }
        Ok(Self { runbook, state, acting, now, who, member })
    }

    fn item(&self, id: &ItemId) -> Result<(&'a Stage, &'a Item), Refusal> {
        item(self.runbook, id)
    }

    fn role(&self, id: &RoleId) -> Result<(), Refusal> {
        if self.runbook.roles.contains_key(id) {
            return Ok(());
        }
        Err(no_such("role", id.as_str(), self.runbook.roles.keys().map(RoleId::as_str)))
    }

    fn assess(&self) -> Assessment {
        super::assess::assess(self.runbook, self.state, self.now)
    }

    /// Refuses when the stage of an item is shut.
    fn open_stage(&self, stage: &Stage) -> Result<(), Refusal> {
        open_stage(self.runbook, self.state, stage, self.now)
    }

    fn lead_roles(&self) -> Vec<RoleId> {
        self.runbook.roles.values().filter(|r| r.lead).map(|r| r.id.clone()).collect()
    }

    fn is_lead(&self) -> bool {
        leads(self.runbook, self.state, self.who, self.member)
    }

    fn lead(&self) -> Result<(), Refusal> {
        if self.is_lead() {
            return Ok(());
        }
        let roles = self.lead_roles();
        let people = self.people(&roles);
        Err(Refusal::NotLead { who: self.who.clone(), roles, people })
    }

    /// Refuses unless the person holds one of the roles or leads.
    fn one_of_or_lead(&self, roles: &[&RoleId]) -> Result<(), Refusal> {
        if self.is_lead() || roles.iter().any(|r| self.member.roles.contains(*r)) {
            return Ok(());
        }
        let roles: Vec<RoleId> = roles.iter().map(|r| (*r).clone()).chain(self.lead_roles()).collect();
        let people = self.people(&roles);
        Err(Refusal::NotYours { who: self.who.clone(), roles, people })
    }

    fn people(&self, roles: &[RoleId]) -> Vec<MemberName> {
        let mut out = Vec::new();
        for name in roles.iter().flat_map(|r| self.state.holders(r)) {
            if !out.contains(name) {
                out.push(name.clone());
            }
        }
        out
    }

    fn covers(&self, content: super::digest::Digest, evidence: Vec<super::digest::Digest>) -> Covers {
        Covers { runbook: self.runbook.digest, content, evidence, head: self.head() }
    }

    fn head(&self) -> Head {
        self.state.head
    }
}

fn item<'a>(runbook: &'a Runbook, id: &ItemId) -> Result<(&'a Stage, &'a Item), Refusal> {
    let known = || runbook.items().map(|(_, i)| i.id.as_str());
    runbook.item(id.as_str()).ok_or_else(|| no_such("item", id.as_str(), known()))
}

fn open_stage(runbook: &Runbook, state: &State, stage: &Stage, now: DateTime<Utc>) -> Result<(), Refusal> {
    let assessment = super::assess::assess(runbook, state, now);
    let index = runbook.stage_index(stage.id.as_str()).unwrap_or_default();
    match assessment.gate(index) {
        Gate::Open | Gate::Warned | Gate::BreakGlass => Ok(()),
        Gate::Shut => Err(Refusal::Shut {
            stage: stage.id.clone(),
            blockers: super::blocker::gate_blockers(runbook, state, &assessment, index),
        }),
    }
}

/// Whether a person leads: by a role, or as the opener under a runbook without a lead role.
pub fn leads(runbook: &Runbook, state: &State, name: &MemberName, member: &Member) -> bool {
    let mut leads = runbook.roles.values().filter(|r| r.lead).peekable();
    if leads.peek().is_none() {
        return state.opener.name == *name;
    }
    leads.any(|r| member.roles.contains(&r.id))
}

/// Trims a text and checks its length.
fn text(what: &'static str, given: &str, max: usize) -> Result<String, Refusal> {
    let given = given.trim();
    if given.is_empty() || given.chars().count() > max {
        return Err(Refusal::BadText { what, max });
    }
    Ok(given.to_owned())
}

/// A refusal that names the nearest id there is.
fn no_such<'a>(what: &'static str, id: &str, known: impl Iterator<Item = &'a str>) -> Refusal {
    Refusal::NoSuch { what, id: id.to_owned(), did_you_mean: super::nearest::nearest(id, known) }
}
