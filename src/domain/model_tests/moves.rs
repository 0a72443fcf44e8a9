//! What people try: mostly anything, often enough the next thing that helps, so that every state is reached.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::command::{Acting, ActionEnd, Command, NewKey};
use super::super::digest::Digest;
use super::super::event::Author;
use super::super::fresh::Witness;
use super::super::ids::{KeyFingerprint, MemberName};
use super::super::release::GoNoGo;
use super::super::secret::SecretSource;
use super::super::testing::{item_id, name, role, seen};
use super::super::validity::Validity;
use super::super::verdict::Verdict;
use super::reference::{Model, Standing};
use super::table::{ITEMS, ROLES, Rule, STAGES};

const PEOPLE: [&str; 6] = ["Lea", "Dev", "Ada", "Bo", "Uma", "Zed"];
const PIECES: [&str; 4] = ["https://example.com/run", "ticket 7", "a letter", " "];

/// One command at one moment.
#[derive(Debug, Clone)]
pub struct Step {
    pub at: DateTime<Utc>,
    pub acting: Acting,
    pub command: Command,
}

/// `SplitMix64`: the same numbers with every version of every crate, so that a seed stays one.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn reason(&mut self) -> String {
        if self.chance(5) { " ".to_owned() } else { self.pick(&["because", "the shop is down"]).to_owned() }
    }

    fn item(&mut self) -> &'static str {
        match self.below(100) {
            0 | 1 => "nothing",
            // One that is always open, so that much happens to it in a row.
            2..25 => "form",
            _ => ITEMS[self.below(ITEMS.len())].id,
        }
    }

    fn stage(&mut self) -> &'static str {
        if self.chance(3) { "nowhere" } else { STAGES[self.below(STAGES.len())].id }
    }

    fn person(&mut self) -> MemberName {
        name(if self.chance(3) { "Nobody" } else { self.pick(&PEOPLE) })
    }

    fn key(&mut self, of: &str) -> KeyFingerprint {
        let n = self.below(10);
        // The opener begins with the plain one.
        KeyFingerprint::new(&if n == 9 { format!("SHA256:{of}") } else { format!("SHA256:{of}{n}") })
    }

    fn new_key(&mut self, of: &str, now: DateTime<Utc>) -> NewKey {
        let of = if self.chance(5) { self.pick(&PEOPLE) } else { of };
        let key = self.key(of);
        let mut new = NewKey::new(key, "ssh-ed25519 AAAA".to_owned());
        if self.chance(20) {
            let from = TimeDelta::hours(i64::try_from(self.below(72)).unwrap() - 36);
            new.validity = Validity { from: Some(now + from), until: None };
        }
        if self.chance(15) {
            new.validity.until = Some(now + TimeDelta::hours(i64::try_from(self.below(400)).unwrap() - 10));
        }
        new
    }

    fn later(&mut self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::hours(i64::try_from(self.below(200)).unwrap() - 5)
    }
}

/// The next step.
pub fn step(dice: &mut Dice, model: &Model) -> Step {
    let ahead = match dice.below(100) {
        0..70 => TimeDelta::zero(),
        70..97 => TimeDelta::seconds(i64::try_from(dice.below(120)).unwrap()),
        _ => TimeDelta::hours(i64::try_from(dice.below(60)).unwrap()),
    };
    let at = model.now + ahead;
    if dice.chance(40)
        && let Some((acting, command)) = helpful(dice, model)
    {
        return Step { at, acting, command };
    }
    let held: Vec<(&String, String)> = model.keys.iter().map(|(key, k)| (key, k.owner.clone())).collect();
    let by = if dice.chance(93) && !held.is_empty() {
        let (key, owner) = dice.pick(&held);
        Author { name: name(&owner), key: KeyFingerprint::new(key) }
    } else {
        let who = dice.person();
        Author { key: dice.key(who.as_str()), name: who }
    };
    let mut acting = Acting::new(by);
    if dice.chance(15) {
        acting.role = Some(role(if dice.chance(10) { "nobody" } else { dice.pick(&ROLES) }));
    }
    if dice.chance(12) {
        acting.on_behalf_of = Some(dice.person());
    }
    let mut command = anything(dice, model, &acting, at);
    // Often the last act on something, by whoever did it: others would be told that it has changed since.
    if let Command::Undo { seq } = &mut command
        && dice.chance(70)
    {
        let last = |at: usize| !model.acts[at + 1..].iter().any(|a| a.before.same(&model.acts[at].before));
        let last: Vec<usize> = (0..model.acts.len()).filter(|at| last(*at)).collect();
        if let Some(act) = (!last.is_empty()).then(|| &model.acts[dice.pick(&last)])
            && let Some(owner) = model.keys.get(&act.key)
        {
            *seq = Some(act.seq);
            acting = Acting::new(Author { name: name(&owner.owner), key: KeyFingerprint::new(&act.key) });
        }
    }
    // Only who started it can say how it ended.
    if let Command::EndAction { action, .. } = &mut command
        && let Some(running) = model.attempts.get(action.as_str()).filter(|_| dice.chance(80))
        && let Some(owner) = model.keys.get(&running.key)
    {
        acting = Acting::new(Author { name: name(&owner.owner), key: KeyFingerprint::new(&running.key) });
    }
    Step { at, acting, command }
}

fn anything(dice: &mut Dice, model: &Model, acting: &Acting, now: DateTime<Utc>) -> Command {
    let (item, reason) = (dice.item(), dice.reason());
    let part = |dice: &mut Dice| {
        let part = dice.pick(&["challenge", "declined", "up", "down", "none"]);
        dice.chance(25).then(|| part.parse().unwrap())
    };
    match dice.below(40) {
        0 => {
            let who = dice.pick(&PEOPLE);
            let what = if dice.chance(3) { "nobody" } else { dice.pick(&ROLES) };
            let key = dice.chance(60).then(|| dice.new_key(who, now));
            Command::Assign { role: role(what), member: name(who), key }
        }
        1 => {
            let member = if dice.chance(50) { acting.by.name.clone() } else { dice.person() };
            let key = dice.new_key(member.as_str(), now);
            Command::AddKey { member, key }
        }
        2 if dice.chance(40) => Command::RemoveMember { member: dice.person() },
        3 if dice.chance(60) => {
            let what = if dice.chance(3) { "nobody" } else { dice.pick(&ROLES) };
            Command::Unassign { role: role(what), member: dice.person() }
        }
        4 if dice.chance(50) => {
            let who = dice.person();
            Command::RevokeKey { key: dice.key(who.as_str()) }
        }
        2..=4 | 29 => Command::Note { item: dice.chance(80).then(|| item_id(item)), text: reason },
        5 | 6 => {
            let field = dice.pick(&["url", "url", "url", "markets", "markets", "none"]).parse().unwrap();
            Command::SetField {
                field,
                value: dice.pick(&["https://a", "https://c", "EU", "US, EU", "US", " "]).into(),
            }
        }
        7 => {
            let source = SecretSource::Env(dice.pick(&["KEY", "OTHER"]).into());
            Command::SetSecret { secret: dice.pick(&["key", "key", "none"]).parse().unwrap(), source }
        }
        8 => Command::Propose {
            decision: dice.pick(&["descriptor", "descriptor", "none"]).parse().unwrap(),
            value: dice.pick(&["ACME", "ACME LTD", "", "MORE THAN ANY STATEMENT HAS ROOM FOR"]).into(),
        },
        9 => Command::Confirm {
            decision: dice.pick(&["descriptor", "descriptor", "none"]).parse().unwrap(),
            value: dice.pick(&[None, Some("ACME"), Some("")]).map(str::to_owned),
        },
        10 => {
            let day = now.date_naive() + TimeDelta::days(i64::try_from(dice.below(3)).unwrap());
            Command::SetTarget { target: dice.chance(70).then_some(day) }
        }
        11..=16 => {
            let evidence = if dice.chance(20) { vec![dice.pick(&PIECES).into()] } else { Vec::new() };
            let note = dice.chance(10).then_some(reason);
            Command::Tick { item: item_id(item), part: part(dice), note, evidence }
        }
        17 => Command::Untick { item: item_id(item), part: part(dice), reason },
        18 => Command::Reject { item: item_id(item), reason },
        19 => {
            let item = if dice.chance(60) { "extra" } else { item };
            Command::MarkNotApplicable { item: item_id(item), reason }
        }
        20 => {
            let far = if dice.chance(15) { TimeDelta::days(88) } else { TimeDelta::zero() };
            Command::RequestWaiver { item: item_id(item), reason, until: dice.later(now) + far }
        }
        22 if dice.chance(50) => {
            let waived = ITEMS.iter().map(|r| r.id).filter(|id| model.sheets[id].waived_until.is_some());
            let there: Vec<&str> = waived.chain(model.requests.keys().copied()).collect();
            let item = if there.is_empty() || dice.chance(20) { item } else { dice.pick(&there) };
            Command::RevokeWaiver { item: item_id(item), reason }
        }
        21 | 22 => {
            let asked: Vec<&str> = model.requests.keys().copied().collect();
            let item = if asked.is_empty() || dice.chance(30) { item } else { dice.pick(&asked) };
            Command::GrantWaiver { item: item_id(item) }
        }
        23 | 24 => Command::SignStage { stage: dice.stage().parse().unwrap() },
        25 => Command::AddEvidence { item: item_id(item), evidence: dice.pick(&PIECES).into() },
        26 => {
            let rich = ITEMS.iter().filter(|r| !model.sheets[r.id].evidence.is_empty());
            let rich: Vec<&str> = rich.map(|r| r.id).collect();
            let item = if rich.is_empty() || dice.chance(30) { item } else { dice.pick(&rich) };
            Command::RemoveEvidence {
                item: item_id(item),
                digest: Digest::of(dice.pick(&PIECES).trim().as_bytes()),
            }
        }
        27 => {
            let stage = (!dice.chance(25)).then(|| dice.stage().parse().unwrap());
            Command::BreakGlass { stage, reason, until: dice.later(now) }
        }
        28 => {
            let stage = (!dice.chance(25)).then(|| dice.stage().parse().unwrap());
            Command::MendGlass { stage, reason }
        }
        30 | 31 | 37 => {
            let mine = model.acts.iter().filter(|a| a.key == acting.by.key.as_str()).map(|a| a.seq);
            let mine: Vec<u64> = mine.collect();
            let named = dice.chance(50) && !mine.is_empty();
            Command::Undo { seq: named.then(|| dice.pick(&mine)) }
        }
        32 => Command::IntendAction {
            action: dice.pick(&["exchange", "hook", "hook", "none"]).parse().unwrap(),
            attempt: Uuid::from_u128(u128::from(dice.next())),
            idempotency_key: dice.pick(&["key-1", "key-2", " "]).into(),
        },
        33 | 34 => {
            let action = dice.pick(&["exchange", "hook", "none"]);
            let running = model.attempts.get(action).map(|a| a.id);
            let captured = if dice.chance(60) {
                vec![("url".parse().unwrap(), dice.pick(&["https://b", ""]).to_owned())]
            } else {
                Vec::new()
            };
            let end = match dice.below(3) {
                0 => ActionEnd::Done { captured, stored: Vec::new() },
                1 => ActionEnd::Failed { reason },
                _ => ActionEnd::Unknown { reason },
            };
            let attempt = running.filter(|_| dice.chance(85)).unwrap_or_default();
            Command::EndAction { action: action.parse().unwrap(), attempt, end, request_id: None }
        }
        35 => {
            Command::ResetAction { action: dice.pick(&["exchange", "hook", "none"]).parse().unwrap(), reason }
        }
        36 => go(dice, now),
        _ => {
            let check = dice.pick(&["kyc", "ping", "probe", "probe", "none"]);
            let verdict = dice.pick(&[Verdict::Pass, Verdict::Fail, Verdict::Pending, Verdict::Unknown]);
            seen(check, verdict, u32::try_from(dice.below(3)).unwrap() + 1)
        }
    }
}

fn go(dice: &mut Dice, now: DateTime<Utc>) -> Command {
    let outcome = if dice.chance(70) { GoNoGo::Go } else { GoNoGo::NoGo };
    let reason = dice.pick(&[None, None, Some("all is well"), Some(" ")]).map(str::to_owned);
    let witness = Witness {
        check: "ping".parse().unwrap(),
        verdict: dice.pick(&[Verdict::Pass, Verdict::Pass, Verdict::Unknown, Verdict::Fail]),
        at: now,
        last_pass: dice.chance(90).then(|| now - TimeDelta::minutes(i64::try_from(dice.below(15)).unwrap())),
        summary: String::new(),
        request_id: None,
    };
    let seen = if dice.chance(90) { [(witness.check.clone(), witness)].into() } else { [].into() };
    Command::DecideGo { outcome, reason, seen }
}

/// Somebody who can sign and holds a role.
fn holder(dice: &mut Dice, model: &Model, role: &str) -> Option<Author> {
    let can = |(_, k): &(&String, &super::reference::Key)| {
        k.holds(model.now) && model.roles(&k.owner).contains(role)
    };
    let there: Vec<Author> = model
        .keys
        .iter()
        .filter(can)
        .map(|(key, k)| Author { name: name(&k.owner), key: KeyFingerprint::new(key) })
        .collect();
    (!there.is_empty()).then(|| dice.pick(&there))
}

/// What brings the engagement further.
fn helpful(dice: &mut Dice, model: &Model) -> Option<(Acting, Command)> {
    let lead = holder(dice, model, "lead")?;
    let Some(stage) = (0..STAGES.len()).find(|s| !model.complete(*s)) else {
        return Some((Acting::new(lead), go(dice, model.now)));
    };
    let open: Vec<&'static Rule> =
        ITEMS.iter().filter(|r| r.stage == stage && model.standing(r) == Standing::Open).collect();
    let (roles, command) = if open.is_empty() {
        let sign = Command::SignStage { stage: STAGES[stage].id.parse().unwrap() };
        (STAGES[stage].signoff.to_vec(), sign)
    } else {
        let rule = dice.pick(&open);
        let evidence = if rule.evidence { vec![dice.pick(&PIECES).into()] } else { Vec::new() };
        let tick = Command::Tick { item: item_id(rule.id), part: None, note: None, evidence };
        match (rule.check, rule.comment_of) {
            (Some((check, _)), _) if dice.chance(60) => (vec!["lead"], seen(check, Verdict::Pass, 1)),
            (_, Some(role)) if dice.chance(50) => {
                (vec![role], Command::Note { item: Some(item_id(rule.id)), text: "looks good".into() })
            }
            _ => (rule.owners(), tick),
        }
    };
    let wanted = dice.pick(&roles);
    if let Some(by) = holder(dice, model, wanted) {
        let mut acting = Acting::new(by);
        // Now and then a lead writes down what somebody in the room says.
        if dice.chance(10) {
            acting.on_behalf_of = Some(std::mem::replace(&mut acting.by, lead).name);
        }
        acting.role = Some(role(wanted));
        return Some((acting, command));
    }
    let who = dice.pick(&PEOPLE);
    let key = Some(dice.new_key(who, model.now));
    Some((Acting::new(lead), Command::Assign { role: role(wanted), member: name(who), key }))
}
