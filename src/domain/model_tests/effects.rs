//! What an accepted command does to the reference.

use super::super::assess::Gate;
use super::super::command::{Acting, ActionEnd, Command, NewEvidence};
use super::super::digest::Digest;
use super::super::ids::PartId;
use super::super::verdict::{Observation, Verdict};
use super::objections::{Objections, digest};
use super::reference::{
    Act, AfterRejection, Attempt, Decided, End, Glass, Key, Model, Request, Sheet, Standing, Subject,
};
use super::table::{ITEMS, Rule, STAGES, rule};

/// As many acts of all people together can still be taken back.
const UNDO_DEPTH: usize = 100;

impl Model {
    /// Does what an accepted command does.
    pub fn apply(&mut self, acting: &Acting, command: &Command) {
        let me = acting.by.name.as_str().to_owned();
        let pen = acting.by.key.as_str().to_owned();
        match command {
            Command::Assign { role, member, key } => {
                let name = member.as_str().to_owned();
                if self.people.get(&name).is_none_or(|p| p.left) {
                    self.seq += 1;
                }
                let person = self.people.entry(name.clone()).or_default();
                person.left = false;
                if person.roles.insert(role.as_str().to_owned()) {
                    self.seq += 1;
                }
                if let Some(new) = key {
                    let held = self.keys.get(new.key.as_str());
                    let key = Key::of(&name, new);
                    if held.is_none() || (!new.validity.is_unlimited() && held != Some(&key)) {
                        self.keys.insert(new.key.as_str().to_owned(), key);
                        self.seq += 1;
                    }
                }
            }
            Command::AddKey { member, key } => {
                self.keys.insert(key.key.as_str().to_owned(), Key::of(member.as_str(), key));
                self.seq += 1;
            }
            Command::RemoveMember { member } => {
                let gone = self.keys.iter().filter(|(_, k)| k.owner == member.as_str());
                let gone: Vec<String> = gone.map(|(key, _)| key.clone()).collect();
                for key in gone {
                    self.keys.remove(&key);
                    self.burnt.insert(key);
                }
                if let Some(person) = self.people.get_mut(member.as_str()) {
                    person.roles.clear();
                    person.left = true;
                }
                self.seq += 1;
            }
            Command::Unassign { role, member } => {
                if let Some(person) = self.people.get_mut(member.as_str()) {
                    person.roles.remove(role.as_str());
                }
                self.seq += 1;
            }
            Command::RevokeKey { key } => {
                self.keys.remove(key.as_str());
                self.burnt.insert(key.as_str().to_owned());
                self.seq += 1;
            }
            Command::SetField { field, value } => {
                let id = field.as_str().to_owned();
                let before = self.fill_in(&id, value.trim());
                let captured = self.captured.remove(&id);
                self.act(&pen, Subject::Field(id, before, captured));
            }
            Command::SetSecret { secret, source } => {
                self.secrets.insert(secret.as_str().to_owned(), (source.clone(), pen));
                self.seq += 1;
            }
            Command::Propose { decision, value } => {
                self.on_the_table(&pen, decision.as_str(), (value.trim().to_owned(), false));
            }
            Command::Confirm { decision, value } => {
                let tabled = self.decisions.get(decision.as_str()).map(|(v, _)| v.clone());
                let value = value.as_deref().map(|v| v.trim().to_owned()).or(tabled).unwrap_or_default();
                self.on_the_table(&pen, decision.as_str(), (value, true));
            }
            Command::SetTarget { target } => {
                let before = std::mem::replace(&mut self.target, *target);
                self.act(&pen, Subject::Target(before));
            }
            Command::Tick { item, part, note, evidence } => {
                self.tick(acting, item.as_str(), part.as_ref().map(PartId::as_str), note.is_some(), evidence);
            }
            Command::Untick { item, part, .. } => self.on_item(&pen, item.as_str(), |sheet| {
                sheet.signed.retain(|s| part.is_some() && s.part != part.as_ref().map(PartId::as_str));
                sheet.not_applicable &= part.is_some();
            }),
            Command::Reject { item, .. } => self.on_item(&pen, item.as_str(), |sheet| {
                strike_out(sheet);
                sheet.rejected = true;
                for signature in &mut sheet.signed {
                    signature.after_rejection = AfterRejection::No;
                }
                sheet.was_proven = sheet.was_proven.map(|_| AfterRejection::No);
            }),
            Command::MarkNotApplicable { item, .. } => {
                self.on_item(&pen, item.as_str(), |sheet| sheet.not_applicable = true);
            }
            Command::RequestWaiver { item, until, .. } => {
                if let Some(rule) = rule(item.as_str()) {
                    self.requests.insert(rule.id, Request { by: me, key: pen, until: *until });
                }
                self.seq += 1;
            }
            Command::GrantWaiver { item } => {
                let asked = self.requests.get(item.as_str()).cloned();
                self.on_item(&pen, item.as_str(), |sheet| {
                    sheet.waived_until = asked.as_ref().map(|r| r.until);
                    sheet.waived_by = asked.into_iter().map(|r| r.by).chain([me]).collect();
                });
                self.requests.remove(item.as_str());
            }
            Command::RevokeWaiver { item, .. } => {
                self.on_item(&pen, item.as_str(), |sheet| sheet.waived_until = None);
                self.requests.remove(item.as_str());
            }
            Command::SignStage { stage } => {
                let Some(place) = Self::place_of(Some(stage.as_str())) else { return };
                if let Some(signer) = self.stage_signer(acting, place, &mut Objections::default()) {
                    self.act(&pen, Subject::Stage(STAGES[place].id));
                    let signature = self.pen(acting, &signer, None);
                    self.stages.entry(STAGES[place].id).or_default().push(signature);
                }
            }
            Command::AddEvidence { item, evidence } => {
                self.attach(&me, &pen, item.as_str(), digest(evidence));
            }
            Command::RemoveEvidence { item, digest } => self.on_item(&pen, item.as_str(), |sheet| {
                strike_out(sheet);
                sheet.evidence.remove(digest);
            }),
            Command::BreakGlass { stage, until, .. } => {
                let stage = stage.as_ref().map(|s| s.as_str().to_owned());
                self.glass.insert(stage, Glass { by: me, until: *until, mended: false });
                self.seq += 1;
            }
            Command::MendGlass { stage, .. } => {
                let stage = stage.as_ref().map(|s| s.as_str().to_owned());
                if let Some(glass) = self.glass.get_mut(&stage) {
                    glass.mended = true;
                }
                self.seq += 1;
            }
            Command::Note { item, .. } => {
                if let Some(item) = item {
                    self.comments.insert((item.as_str().to_owned(), me));
                }
                self.seq += 1;
            }
            Command::Undo { seq } => self.undo(&pen, *seq),
            Command::IntendAction { action, attempt, .. } => {
                let in_doubt = self.attempt(action.as_str()) == Some(End::Unknown);
                let attempt = Attempt { id: *attempt, key: pen, at: self.now, end: End::UnderWay, in_doubt };
                self.attempts.insert(action.as_str().to_owned(), attempt);
                self.seq += 1;
            }
            Command::EndAction { action, end, .. } => {
                let how = match end {
                    ActionEnd::Done { captured, .. } => {
                        for (field, value) in captured {
                            self.fill_in(field.as_str(), value);
                            self.captured.insert(field.as_str().to_owned());
                        }
                        End::Done
                    }
                    ActionEnd::Failed { .. } => End::Failed,
                    ActionEnd::Unknown { .. } => End::Unknown,
                };
                self.end(action.as_str(), how);
            }
            Command::ResetAction { action, .. } => self.end(action.as_str(), End::Reset),
            Command::DecideGo { outcome, reason, .. } => {
                let reason = reason.as_ref().map(|r| r.trim().to_owned());
                self.decided = Some(Decided { outcome: *outcome, reason, overtaken: false });
                self.seq += 1;
            }
            Command::Observe { observation } => self.observe(observation),
        }
        let bears = match command {
            Command::SetField { .. }
            | Command::Propose { .. }
            | Command::Confirm { .. }
            | Command::SetSecret { .. }
            | Command::SetTarget { .. }
            | Command::Tick { .. }
            | Command::Untick { .. }
            | Command::Reject { .. }
            | Command::MarkNotApplicable { .. }
            | Command::GrantWaiver { .. }
            | Command::RevokeWaiver { .. }
            | Command::SignStage { .. }
            | Command::AddEvidence { .. }
            | Command::RemoveEvidence { .. }
            | Command::BreakGlass { .. }
            | Command::MendGlass { .. }
            | Command::Undo { .. } => true,
            // A value that an action brings back bears on it as one that a person types.
            Command::EndAction { end, .. } => {
                matches!(end, ActionEnd::Done { captured, .. } if !captured.is_empty())
            }
            Command::Assign { .. }
            | Command::AddKey { .. }
            | Command::RemoveMember { .. }
            | Command::Unassign { .. }
            | Command::RevokeKey { .. }
            | Command::RequestWaiver { .. }
            | Command::Note { .. }
            | Command::IntendAction { .. }
            | Command::ResetAction { .. }
            | Command::DecideGo { .. }
            | Command::Observe { .. } => false,
        };
        if bears {
            self.overtake();
        }
    }

    fn fill_in(&mut self, field: &str, value: &str) -> Option<String> {
        let before = self.fields.insert(field.to_owned(), value.to_owned());
        if before.as_deref() != Some(value) {
            self.outdated.extend(looks_at(field));
        }
        before
    }

    fn overtake(&mut self) {
        if let Some(decided) = &mut self.decided {
            decided.overtaken = true;
        }
    }

    /// Remembers how to take something back; one event more.
    fn act(&mut self, pen: &str, before: Subject) {
        self.seq += 1;
        self.acts.push(Act { seq: self.seq, key: pen.to_owned(), before, settled_by_check: false });
        if self.acts.len() > UNDO_DEPTH {
            self.acts.remove(0);
        }
    }

    /// A person changes an item: what was signed under its stage counts no more.
    fn on_item(&mut self, pen: &str, item: &str, change: impl FnOnce(&mut Sheet)) {
        let Some(rule) = rule(item) else { return };
        let before = self.sheets[rule.id].clone();
        let asked = self.requests.get(rule.id).cloned();
        self.act(pen, Subject::Item(rule.id, Box::new(before), asked));
        if let Some(sheet) = self.sheets.get_mut(rule.id) {
            change(sheet);
        }
        self.strike_stage(rule);
    }

    fn strike_stage(&mut self, rule: &Rule) {
        let signed = self.stages.entry(STAGES[rule.stage].id).or_default();
        for signature in signed {
            signature.void = true;
        }
    }

    fn attach(&mut self, me: &str, pen: &str, item: &str, digest: Digest) {
        let author = (me.to_owned(), pen.to_owned());
        self.on_item(pen, item, |sheet| {
            strike_out(sheet);
            sheet.evidence.insert(digest, author);
        });
    }

    fn tick(
        &mut self,
        acting: &Acting,
        item: &str,
        part: Option<&str>,
        noted: bool,
        evidence: &[NewEvidence],
    ) {
        let Some(rule) = rule(item) else { return };
        let (me, pen) = (acting.by.name.as_str().to_owned(), acting.by.key.as_str().to_owned());
        let Some(signer) = self.ticker(acting, rule, part, &mut Objections::default()) else { return };
        let mut boxes = self.open_boxes(rule, part);
        boxes.retain(|b| self.on_box(rule, *b).iter().all(|s| s.role != signer.role));
        for piece in evidence {
            if !self.sheets[rule.id].evidence.contains_key(&digest(piece)) {
                self.attach(&me, &pen, item, digest(piece));
            }
        }
        if noted {
            self.comments.insert((item.to_owned(), me));
            self.seq += 1;
        }
        let signatures: Vec<_> = boxes.into_iter().map(|part| self.pen(acting, &signer, part)).collect();
        self.on_item(&pen, item, |sheet| sheet.signed.extend(signatures));
    }

    fn on_the_table(&mut self, pen: &str, decision: &str, now: (String, bool)) {
        let before = self.decisions.insert(decision.to_owned(), now);
        self.act(pen, Subject::Decision(decision.to_owned(), before));
    }

    fn end(&mut self, action: &str, how: End) {
        if let Some(last) = self.attempts.get_mut(action) {
            last.end = how;
        }
        self.seq += 1;
    }

    fn undo(&mut self, pen: &str, seq: Option<u64>) {
        let Some(at) = self.to_undo(pen, seq) else { return };
        let act = self.acts.remove(at);
        self.seq += 1;
        match act.before {
            Subject::Item(id, sheet, asked) => {
                self.sheets.insert(id, *sheet);
                // What was asked for since stays asked for.
                if let (false, Some(asked)) = (self.requests.contains_key(id), asked) {
                    self.requests.insert(id, asked);
                }
                if let Some(rule) = rule(id) {
                    self.strike_stage(rule);
                }
            }
            Subject::Stage(id) => self.stages.entry(id).or_default().retain(|s| s.seq != act.seq),
            Subject::Field(id, before, captured) => {
                if captured {
                    self.captured.insert(id.clone());
                }
                if let Some(value) = before {
                    self.fill_in(&id, &value);
                } else {
                    self.outdated.extend(looks_at(&id));
                    self.fields.remove(&id);
                    if id == "url" {
                        self.url_gone = self.seq;
                    }
                }
            }
            Subject::Decision(id, before) => {
                match before {
                    Some(value) => self.decisions.insert(id, value),
                    None => self.decisions.remove(&id),
                };
            }
            Subject::Target(before) => self.target = before,
        }
    }

    fn observe(&mut self, seen: &Observation) {
        let check = seen.check.as_str();
        let settles = match seen.verdict {
            Verdict::Pass | Verdict::Pending => true,
            Verdict::Fail => seen.streak >= 2,
            Verdict::Unknown => false,
        };
        if !settles || !self.configured(check) {
            return;
        }
        let Some(rule) = ITEMS.iter().find(|r| r.check.is_some_and(|(c, _)| c == check)) else { return };
        let auto = rule.check.is_some_and(|(_, mode)| mode == super::table::Mode::Auto);
        // As it was before this result.
        let full = rule.boxes().iter().all(|part| self.ticked(rule, *part));
        let open = matches!(self.standing(rule), Standing::Open | Standing::Waived);
        let opens = matches!(self.gate(rule.stage), Gate::Open | Gate::Warned);
        let outdated = self.outdated.remove(check);
        if self.checks.insert(check.to_owned(), seen.verdict) != Some(seen.verdict) || outdated {
            self.seq += 1;
        }
        match seen.verdict {
            Verdict::Pass if auto && opens && open && !full && !self.sent_back(rule) => {
                self.by_check(rule, |sheet| {
                    sheet.proven = true;
                    sheet.was_proven = Some(AfterRejection::Yes);
                });
            }
            Verdict::Fail if full && self.applies(rule) => self.by_check(rule, strike_out),
            Verdict::Pass | Verdict::Fail | Verdict::Pending | Verdict::Unknown => {}
        }
    }

    /// A check changes an item: nobody takes back what they did before.
    fn by_check(&mut self, rule: &'static Rule, change: impl FnOnce(&mut Sheet)) {
        self.seq += 1;
        if let Some(sheet) = self.sheets.get_mut(rule.id) {
            change(sheet);
        }
        for act in &mut self.acts {
            if matches!(&act.before, Subject::Item(id, ..) if *id == rule.id) {
                act.settled_by_check = true;
            }
        }
        self.strike_stage(rule);
        self.overtake();
    }
}

/// The checks that look at a field.
fn looks_at(field: &str) -> Option<&'static str> {
    (field == "url").then_some("probe")
}

/// What was signed does not cover what happened now.
fn strike_out(sheet: &mut Sheet) {
    for signature in &mut sheet.signed {
        signature.void = true;
    }
    sheet.proven = false;
}
