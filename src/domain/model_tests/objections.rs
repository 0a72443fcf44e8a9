//! What the reference has against a command: every objection there is. Empty: the command is accepted.
//! Which of several objections a person hears first is not a rule, so any of them agrees.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::super::assess::Gate;
use super::super::command::{Acting, ActionEnd, Command, NewEvidence, NewKey};
use super::super::digest::Digest;
use super::super::fresh::Witnesses;
use super::super::ids::{PartId, RoleId, StageId};
use super::super::release::GoNoGo;
use super::super::verdict::Verdict;
use super::reference::{AfterRejection, End, Key, Model, Signature, Standing, Subject};
use super::table::{ITEMS, Mode, ROLES, Rule, STAGES, rule};

/// Names of refusals.
#[derive(Default)]
pub struct Objections(pub BTreeSet<&'static str>);

impl Objections {
    fn when(&mut self, wrong: bool, name: &'static str) {
        if wrong {
            self.0.insert(name);
        }
    }
}

/// Who signs what, in which role.
pub struct Signer {
    pub role: String,
    pub person: String,
}

pub fn digest(evidence: &NewEvidence) -> Digest {
    match evidence {
        NewEvidence::Reference(text) => Digest::of(text.trim().as_bytes()),
        NewEvidence::File { digest, .. } => *digest,
    }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl Model {
    /// Everything against a command.
    pub fn objections(&self, acting: &Acting, command: &Command) -> Objections {
        let mut no = Objections::default();
        let (me, pen) = (acting.by.name.as_str(), acting.by.key.as_str());
        match self.keys.get(pen) {
            _ if self.burnt.contains(pen) => no.when(true, "KeyRevoked"),
            Some(key) if key.owner == me => no.when(!key.holds(self.now), "KeyNotValid"),
            Some(_) | None => no.when(true, "NotAMember"),
        }
        if !no.0.is_empty() {
            return no;
        }
        let leads = self.leads(me);
        let no_item = |id: &str| rule(id).is_none();
        match command {
            Command::Assign { role, member, key } => {
                no.when(!leads, "NotLead");
                no.when(!ROLES.contains(&role.as_str()), "NoSuch");
                let there = self.people.get(member.as_str()).filter(|p| !p.left);
                let held = self.keys.get(key.as_ref().map_or("", |k| k.key.as_str()));
                let held = held.filter(|k| k.owner == member.as_str());
                let adds = key.as_ref().filter(|new| {
                    held.is_none_or(|held| {
                        !new.validity.is_unlimited() && *held != Key::of(member.as_str(), new)
                    })
                });
                if let Some(new) = adds {
                    self.against_key(member.as_str(), new, &mut no);
                }
                let has = there.is_some_and(|p| p.roles.contains(role.as_str()));
                no.when(adds.is_none() && has, "NoChange");
            }
            Command::AddKey { member, key } => {
                no.when(member.as_str() != me && !leads, "NotLead");
                let mine = self.keys[pen].until;
                let longer = mine.is_some_and(|mine| key.validity.until.is_none_or(|until| until > mine));
                no.when(member.as_str() == me && !leads && longer, "OutlivesKey");
                no.when(!self.present(member.as_str()), "NoSuchMember");
                let same = self.keys.get(key.key.as_str()) == Some(&Key::of(member.as_str(), key));
                no.when(same, "NoChange");
                self.against_key(member.as_str(), key, &mut no);
            }
            Command::RemoveMember { member } => {
                no.when(!leads, "NotLead");
                no.when(!self.present(member.as_str()), "NoSuchMember");
                let mut keys = self.keys.clone();
                keys.retain(|_, k| k.owner != member.as_str());
                no.when(self.last_lead(member.as_str(), &keys), "LastLead");
            }
            Command::Unassign { role, member } => {
                no.when(!leads, "NotLead");
                no.when(!ROLES.contains(&role.as_str()), "NoSuch");
                no.when(!self.present(member.as_str()), "NoSuchMember");
                no.when(!self.roles(member.as_str()).contains(role.as_str()), "NoChange");
                let mut keys = self.keys.clone();
                keys.retain(|_, k| k.owner != member.as_str());
                no.when(role.as_str() == "lead" && self.last_lead(member.as_str(), &keys), "LastLead");
            }
            Command::RevokeKey { key } => {
                let held = self.keys.get(key.as_str());
                no.when(held.is_none_or(|k| k.owner != me) && !leads, "NotLead");
                no.when(held.is_none(), "NoChange");
                let mut keys = self.keys.clone();
                keys.remove(key.as_str());
                no.when(held.is_some_and(|k| self.last_lead(&k.owner, &keys)), "LastLead");
            }
            Command::SetField { field, value } => {
                let known = ["url", "markets"].contains(&field.as_str());
                no.when(!known, "NoSuch");
                no.when(blank(value), "BadValue");
                no.when(self.fields.get(field.as_str()).is_some_and(|v| v == value.trim()), "NoChange");
            }
            Command::SetSecret { secret, source } => {
                no.when(secret.as_str() != "key", "NoSuch");
                let same = self.secrets.get(secret.as_str()) == Some(&(source.clone(), pen.to_owned()));
                no.when(same, "NoChange");
            }
            Command::Propose { decision, value } => {
                no.when(decision.as_str() != "descriptor", "NoSuch");
                let value = value.trim();
                no.when(value.is_empty() || value.chars().count() > 22, "BadValue");
                let same = self.decisions.get(decision.as_str()) == Some(&(value.to_owned(), false));
                no.when(same, "NoChange");
            }
            Command::Confirm { decision, value } => {
                no.when(!leads, "NotLead");
                no.when(decision.as_str() != "descriptor", "NoSuch");
                let tabled = self.decisions.get(decision.as_str());
                let value = value.as_deref().or(tabled.map(|(v, _)| v.as_str())).unwrap_or("").trim();
                no.when(value.is_empty() || value.chars().count() > 22, "BadValue");
                no.when(tabled == Some(&(value.to_owned(), true)), "NoChange");
            }
            Command::SetTarget { target } => {
                no.when(!leads, "NotLead");
                no.when(self.target == *target, "NoChange");
            }
            Command::Tick { item, part, note, evidence } => match rule(item.as_str()) {
                Some(rule) => {
                    let part = part.as_ref().map(PartId::as_str);
                    self.against_tick(acting, rule, part, note.as_deref(), evidence, &mut no);
                }
                None => no.when(true, "NoSuch"),
            },
            Command::Untick { item, part, reason } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(blank(reason), "BadText");
                if let Some(rule) = rule(item.as_str()) {
                    self.owner_or_lead(me, rule, &mut no);
                    let sheet = &self.sheets[rule.id];
                    let there = match part {
                        Some(part) => sheet.signed.iter().any(|s| s.part == Some(part.as_str())),
                        None => !sheet.signed.is_empty() || sheet.not_applicable,
                    };
                    let by_check = sheet.was_proven.is_some();
                    let mut boxes = rule.boxes();
                    boxes.retain(|b| part.is_none() || *b == part.as_ref().map(PartId::as_str));
                    let signed = boxes.iter().any(|b| !self.on_box(rule, *b).is_empty());
                    let excepted = part.is_none() && sheet.not_applicable;
                    let checked = sheet.proven && !signed && !excepted;
                    no.when(!there || checked, if by_check { "CheckDecides" } else { "NotTicked" });
                    no.when(part.as_ref().is_some_and(|p| !rule.parts.contains(&p.as_str())), "NoSuchPart");
                }
            }
            Command::Reject { item, reason } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(blank(reason), "BadText");
                if let Some(rule) = rule(item.as_str()) {
                    let held = self.roles(me);
                    let reviews = |role: &&str| held.contains(*role);
                    let may = rule.owners().iter().any(reviews)
                        || rule.comment_of.iter().any(reviews)
                        || STAGES[rule.stage].signoff.iter().any(reviews);
                    no.when(!leads && !may, "NotYours");
                    let sheet = &self.sheets[rule.id];
                    let unanswered = sheet.was_proven == Some(AfterRejection::Yes)
                        || sheet.signed.iter().any(|s| s.after_rejection == AfterRejection::Yes);
                    no.when(!unanswered, "NotTicked");
                }
            }
            Command::MarkNotApplicable { item, reason } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(blank(reason), "BadText");
                if let Some(rule) = rule(item.as_str()) {
                    self.owner_or_lead(me, rule, &mut no);
                    no.when(!rule.optional, "NotOptional");
                    no.when(self.sheets[rule.id].not_applicable, "NoChange");
                }
            }
            Command::RequestWaiver { item, reason, until } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(blank(reason), "BadText");
                no.when(*until <= self.now, "NotAhead");
                let days = until.date_naive().signed_duration_since(self.now.date_naive()).num_days();
                no.when(days > 90, "TooLong");
                if let Some(rule) = rule(item.as_str()) {
                    self.owner_or_lead(me, rule, &mut no);
                }
            }
            Command::RevokeWaiver { item, reason } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(blank(reason), "BadText");
                if let Some(rule) = rule(item.as_str()) {
                    let sheet = &self.sheets[rule.id];
                    let holds = sheet.waived_until.is_some_and(|until| self.now < until);
                    let asked = self.requests.get(rule.id);
                    no.when(!holds && asked.is_none(), "NoWaiver");
                    let part = holds && sheet.waived_by.iter().any(|by| by == me);
                    no.when(!leads && !part && asked.is_none_or(|r| r.by != me), "NotLead");
                }
            }
            Command::GrantWaiver { item } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(!leads, "NotLead");
                match self.requests.get(item.as_str()) {
                    Some(asked) => {
                        no.when(asked.by == me || asked.key == pen, "OwnWaiver");
                        no.when(asked.until <= self.now, "NotAhead");
                    }
                    None => no.when(true, "NoWaiverAsked"),
                }
            }
            Command::SignStage { stage } => self.against_signing(acting, stage.as_str(), &mut no),
            Command::AddEvidence { item, evidence } => {
                no.when(no_item(item.as_str()), "NoSuch");
                no.when(matches!(evidence, NewEvidence::Reference(text) if blank(text)), "BadText");
                if let Some(rule) = rule(item.as_str()) {
                    no.when(self.sheets[rule.id].evidence.contains_key(&digest(evidence)), "NoChange");
                }
            }
            Command::RemoveEvidence { item, digest } => match rule(item.as_str()) {
                Some(rule) => match self.sheets[rule.id].evidence.get(digest) {
                    Some((name, _)) if name == me => {}
                    Some(_) => self.owner_or_lead(me, rule, &mut no),
                    None => no.when(true, "NoChange"),
                },
                None => no.when(true, "NoSuch"),
            },
            Command::BreakGlass { stage, reason, until } => {
                no.when(!leads, "NotLead");
                no.when(blank(reason), "BadText");
                no.when(*until <= self.now, "NotAhead");
                no.when(*until > self.now + TimeDelta::days(7), "TooLong");
                match Self::place_of(stage.as_ref().map(StageId::as_str)) {
                    Some(place) => {
                        let open = matches!(self.gate(place), Gate::Open | Gate::Warned);
                        no.when(open, "AlreadyOpen");
                    }
                    None => no.when(true, "NoSuch"),
                }
            }
            Command::MendGlass { stage, reason } => {
                let stage = stage.as_ref().map(StageId::as_str);
                no.when(Self::place_of(stage).is_none(), "NoSuch");
                no.when(blank(reason), "BadText");
                match self.broken(stage) {
                    Some(glass) => no.when(!leads && glass.by != me, "NotLead"),
                    None => no.when(true, "NotBroken"),
                }
            }
            Command::Note { item, text } => {
                no.when(item.as_ref().is_some_and(|item| no_item(item.as_str())), "NoSuch");
                no.when(blank(text), "BadText");
            }
            Command::Undo { seq } => self.against_undo(pen, *seq, &mut no),
            Command::IntendAction { action, idempotency_key, .. } => {
                no.when(blank(idempotency_key), "BadText");
                let Some((rule, once)) = action_of(action.as_str()) else {
                    no.when(true, "NoSuch");
                    return no;
                };
                no.when(self.gate(rule.stage) == Gate::Shut, "Shut");
                self.owner_or_lead(me, rule, &mut no);
                match self.attempt(action.as_str()) {
                    None | Some(End::Failed | End::Reset) => {}
                    Some(End::UnderWay) => no.when(true, "ActionUnderWay"),
                    Some(End::Done) => no.when(once, "ActionDone"),
                    Some(End::Unknown) if once => no.when(true, "ActionInDoubt"),
                    // The key of the lost attempt is sent again, whatever was given.
                    Some(End::Unknown) => {
                        no.0.remove("BadText");
                    }
                }
            }
            Command::EndAction { action, attempt, end, .. } => {
                no.when(action_of(action.as_str()).is_none(), "NoSuch");
                let mine = self.attempts.get(action.as_str());
                let mine = mine.is_some_and(|a| a.id == *attempt && a.end == End::UnderWay && a.key == pen);
                no.when(!mine, "ActionNotUnderWay");
                if let ActionEnd::Done { captured, .. } = end {
                    no.when(captured.iter().any(|(_, value)| blank(value)), "BadValue");
                }
            }
            Command::ResetAction { action, reason } => {
                no.when(action_of(action.as_str()).is_none(), "NoSuch");
                no.when(!leads, "NotLead");
                no.when(blank(reason), "BadText");
                match self.attempt(action.as_str()) {
                    None | Some(End::Failed | End::Reset) => no.when(true, "NoChange"),
                    Some(End::UnderWay) => no.when(true, "ActionUnderWay"),
                    Some(End::Done | End::Unknown) => {}
                }
            }
            Command::DecideGo { outcome, reason, seen } => {
                self.against_go(acting, *outcome, reason.as_deref(), seen, &mut no);
            }
            Command::Observe { observation } => {
                no.when(!["kyc", "ping", "probe"].contains(&observation.check.as_str()), "NoSuch");
            }
        }
        no
    }

    fn present(&self, member: &str) -> bool {
        self.people.get(member).is_some_and(|p| !p.left)
    }

    /// Whether only this person could still change members, and could not with these keys.
    fn last_lead(&self, member: &str, keys: &std::collections::BTreeMap<String, Key>) -> bool {
        self.working_leads(&self.keys).contains(member) && self.working_leads(keys).is_empty()
    }

    fn against_key(&self, member: &str, new: &NewKey, no: &mut Objections) {
        let held = self.keys.get(new.key.as_str());
        no.when(self.burnt.contains(new.key.as_str()), "KeyRevoked");
        no.when(held.is_some_and(|k| k.owner != member), "KeyTaken");
        let (from, until) = (new.validity.from, new.validity.until);
        let never = until.is_some_and(|until| until <= self.now || from.is_some_and(|from| from >= until));
        no.when(never, "NeverValid");
        let mut keys = self.keys.clone();
        keys.insert(new.key.as_str().to_owned(), Key::of(member, new));
        no.when(self.last_lead(member, &keys), "LastLead");
    }

    fn owner_or_lead(&self, me: &str, rule: &Rule, no: &mut Objections) {
        let held = self.roles(me);
        no.when(!self.leads(me) && !rule.owners().iter().any(|r| held.contains(*r)), "NotYours");
    }

    /// Who would sign, in which role: one of the slots that the person holds and nobody has filled.
    fn signer(
        &self,
        acting: &Acting,
        slots: &[&str],
        filled: &dyn Fn(&str) -> bool,
        no: &mut Objections,
    ) -> Option<Signer> {
        let me = acting.by.name.as_str();
        let person = acting.on_behalf_of.as_ref().map_or(me, |n| n.as_str());
        no.when(person != me && !self.leads(me), "NotLead");
        no.when(!self.people.contains_key(person), "NoSuchMember");
        let chosen = acting.role.as_ref().map(RoleId::as_str);
        no.when(chosen.is_some_and(|role| !ROLES.contains(&role)), "NoSuch");
        let held = self.roles(person);
        let may: Vec<&&str> = slots
            .iter()
            .filter(|slot| held.contains(**slot) && chosen.is_none_or(|chosen| chosen == **slot))
            .collect();
        let free: Vec<&&&str> = may.iter().filter(|slot| !filled(slot)).collect();
        no.when(may.is_empty(), "NotYours");
        no.when(!may.is_empty() && free.is_empty(), "AlreadyTicked");
        no.when(free.len() > 1, "ChooseRole");
        match free.as_slice() {
            [slot] => Some(Signer { role: (***slot).to_owned(), person: person.to_owned() }),
            _ => None,
        }
    }

    /// The boxes that a tick would go into.
    pub fn open_boxes(&self, rule: &'static Rule, part: Option<&str>) -> Vec<Option<&'static str>> {
        let mut boxes = rule.boxes();
        boxes.retain(|b| !self.ticked(rule, *b) && (part.is_none() || *b == part));
        boxes
    }

    /// Who would tick an item, in which role.
    pub fn ticker(
        &self,
        acting: &Acting,
        rule: &'static Rule,
        part: Option<&str>,
        no: &mut Objections,
    ) -> Option<Signer> {
        let open = self.open_boxes(rule, part);
        let filled =
            |role: &str| open.iter().all(|part| self.on_box(rule, *part).iter().any(|s| s.role == role));
        self.signer(acting, &rule.owners(), &filled, no)
    }

    /// A signature that is about to be made.
    pub fn pen(&self, acting: &Acting, signer: &Signer, part: Option<&'static str>) -> Signature {
        Signature {
            seq: self.seq,
            part,
            role: signer.role.clone(),
            person: signer.person.clone(),
            hand: acting.by.name.as_str().to_owned(),
            key: acting.by.key.as_str().to_owned(),
            at: self.now,
            void: false,
            after_rejection: AfterRejection::Yes,
        }
    }

    fn against_tick(
        &self,
        acting: &Acting,
        rule: &'static Rule,
        part: Option<&str>,
        note: Option<&str>,
        evidence: &[NewEvidence],
        no: &mut Objections,
    ) {
        no.when(part.is_some_and(|p| !rule.parts.contains(&p)), "NoSuchPart");
        no.when(self.gate(rule.stage) == Gate::Shut, "Shut");
        no.when(!self.applies(rule), "DoesNotApply");
        if let Some((check, mode)) = rule.check {
            let waits = self.configured(check) && !self.passes(check);
            no.when(waits && mode == Mode::Auto, "CheckDecides");
            no.when(waits && mode == Mode::Assist, "CheckNotPassed");
        }
        let open = self.open_boxes(rule, part);
        no.when(open.is_empty(), "AlreadyTicked");
        let other = acting.on_behalf_of.as_ref().is_some_and(|n| *n != acting.by.name);
        no.when(other && rule.self_signed, "SelfSigned");
        let signer = self.ticker(acting, rule, part, no);
        if let Some(signer) = &signer
            && rule.distinct
        {
            let mine = self.pen(acting, signer, None);
            let others = open.iter().flat_map(|part| self.on_box(rule, *part));
            let clash = others.filter(|s| s.role != mine.role).any(|s| s.clashes(&mine));
            no.when(clash, "SamePerson");
        }
        let there = &self.sheets[rule.id].evidence;
        let brings = evidence.iter().any(|e| !there.contains_key(&digest(e)));
        no.when(evidence.iter().any(|e| matches!(e, NewEvidence::Reference(t) if blank(t))), "BadText");
        no.when(note.is_some_and(blank), "BadText");
        no.when(rule.evidence && there.is_empty() && !brings, "EvidenceNeeded");
        if rule.independent
            && let Some(signer) = &signer
        {
            let wrote = there.values().any(|(name, key)| {
                *name == signer.person || name == acting.by.name.as_str() || key == acting.by.key.as_str()
            });
            no.when(wrote || brings, "OwnEvidence");
        }
    }

    fn against_signing(&self, acting: &Acting, stage: &str, no: &mut Objections) {
        let place = Self::place_of(Some(stage)).filter(|place| !STAGES[*place].signoff.is_empty());
        let Some(place) = place else {
            no.when(true, "NoSuch");
            return;
        };
        no.when(self.gate(place) == Gate::Shut, "Shut");
        no.when(!self.settled(place), "StageNotDone");
        if let Some(signer) = self.stage_signer(acting, place, no)
            && STAGES[place].distinct
        {
            let mine = self.pen(acting, &signer, None);
            let there = self.stage_signatures(place);
            no.when(there.iter().any(|s| s.role != mine.role && s.clashes(&mine)), "SamePerson");
        }
    }

    /// Who would sign a stage, in which role.
    pub fn stage_signer(&self, acting: &Acting, place: usize, no: &mut Objections) -> Option<Signer> {
        let there = self.stage_signatures(place);
        let filled = |role: &str| there.iter().any(|s| s.role == role);
        self.signer(acting, STAGES[place].signoff, &filled, no)
    }

    /// The index of a stage; of the last gate when none is named.
    pub fn place_of(stage: Option<&str>) -> Option<usize> {
        match stage {
            None => Some(STAGES.len()),
            Some(id) => STAGES.iter().position(|s| s.id == id),
        }
    }

    /// The act that this key would take back.
    pub fn to_undo(&self, pen: &str, seq: Option<u64>) -> Option<usize> {
        self.acts.iter().rposition(|a| a.key == pen && seq.is_none_or(|seq| a.seq == seq))
    }

    fn against_undo(&self, pen: &str, seq: Option<u64>, no: &mut Objections) {
        let Some(at) = self.to_undo(pen, seq) else {
            no.when(true, "NothingToUndo");
            return;
        };
        let act = &self.acts[at];
        let since = self.acts[at + 1..].iter().any(|later| later.before.same(&act.before));
        no.when(since || act.settled_by_check, "ChangedSince");
        match &act.before {
            Subject::Item(id, ..) => {
                let shut = rule(id).is_some_and(|rule| self.gate(rule.stage) == Gate::Shut);
                no.when(shut, "Shut");
            }
            Subject::Field(id, ..) => no.when(self.captured.contains(id), "ChangedSince"),
            Subject::Stage(_) | Subject::Decision(..) | Subject::Target(_) => {}
        }
    }

    /// How the last attempt of an action ended, as far as anybody knows by now.
    pub fn attempt(&self, action: &str) -> Option<End> {
        let last = self.attempts.get(action)?;
        let broken_off = last.end == End::UnderWay && self.now - last.at > TimeDelta::seconds(90);
        let doubt = broken_off || (last.in_doubt && last.end == End::Failed);
        Some(if doubt { End::Unknown } else { last.end })
    }

    fn against_go(
        &self,
        acting: &Acting,
        outcome: GoNoGo,
        reason: Option<&str>,
        seen: &Witnesses,
        no: &mut Objections,
    ) {
        let held = self.roles(acting.by.name.as_str());
        let chosen = acting.role.as_ref().map(RoleId::as_str);
        no.when(chosen.is_some_and(|role| !ROLES.contains(&role)), "NoSuch");
        let may = ["dev", "arch", "lead"];
        let may = may.iter().any(|r| held.contains(*r) && chosen.is_none_or(|chosen| chosen == *r));
        no.when(!may, "NotYours");
        no.when(reason.is_some_and(blank), "BadText");
        no.when(outcome == GoNoGo::NoGo && reason.is_none(), "BadText");
        let reason = reason.map(|r| r.trim().to_owned());
        let again =
            |d: &super::reference::Decided| !d.overtaken && d.outcome == outcome && d.reason == reason;
        no.when(self.decided.as_ref().is_some_and(again), "DecidedAlready");
        if outcome == GoNoGo::Go {
            no.when(self.gate(STAGES.len()) != Gate::Open, "NotReady");
            // The one check that looks outside.
            let live = ITEMS.iter().find(|r| r.id == "ping");
            let counts = live.is_some_and(|r| self.standing(r) == Standing::Done);
            let fresh = seen.values().any(|w| {
                let recent = w.last_pass.is_some_and(|at| self.now - at <= TimeDelta::minutes(10));
                w.check.as_str() == "ping" && recent && matches!(w.verdict, Verdict::Pass | Verdict::Unknown)
            });
            // The others look inward: settled is fresh.
            let settled = ITEMS.iter().filter(|r| r.id != "ping").all(|r| {
                r.check.is_none_or(|(check, _)| {
                    !self.configured(check) || self.standing(r) != Standing::Done || self.passes(check)
                })
            });
            let unfounded = ITEMS.iter().any(|r| self.standing(r) == Standing::Done && self.unfounded(r));
            no.when((counts && !(fresh && self.passes("ping"))) || !settled || unfounded, "NotFresh");
        }
    }
}

/// The item of an action, and whether it happens only once.
pub fn action_of(action: &str) -> Option<(&'static Rule, bool)> {
    match action {
        "exchange" => rule("both").map(|rule| (rule, true)),
        "hook" => rule("form").map(|rule| (rule, false)),
        _ => None,
    }
}
