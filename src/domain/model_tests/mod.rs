//! The rules against a reference: random commands of several people, the same answer from both.
//!
//! [`reference`] is an engagement as plain sets (with [`objections`] and [`effects`]), [`table`] the runbook
//! that both read, [`moves`] what people try. Each step asks both; they must agree on whether it is accepted,
//! refuse for a reason that the other has too, and look the same afterwards. A disagreement is cut down to a
//! short run and told with its seed; `GOLIVE_MODEL_SEED` starts elsewhere and `GOLIVE_MODEL_STEPS` goes on
//! for longer.

mod effects;
mod moves;
mod objections;
mod reference;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{Gate, Standing as StageStanding, Status};
use super::board_rules;
use super::check::DecisionStage;
use super::decide::decide;
use super::ids::RoleId;
use super::refusal::Refusal;
use super::runbook::Runbook;
use super::testing::World;
use moves::{Dice, Step};
use reference::{Model, Standing};
use table::{ITEMS, STAGES};

/// Steps of one engagement.
const RUN: usize = 500;
/// Steps of all runs together.
const STEPS: usize = 100_000;

/// What was tried, and what came of it.
#[derive(Default)]
struct Tally {
    accepted: BTreeMap<String, usize>,
    refused: BTreeMap<String, usize>,
    gates: BTreeSet<String>,
    complete: usize,
}

struct Pair {
    world: World,
    model: Model,
}

/// The first word of how a value is written: the name of its variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

impl Pair {
    fn new(runbook: &Runbook) -> Self {
        let world = World::opened(runbook.clone());
        let model = Model::new("Lea", "SHA256:Lea", world.now);
        Self { world, model }
    }

    /// Does a step on both sides; an error says where they disagree.
    fn step(&mut self, step: &Step, tally: &mut Tally) -> Result<(), String> {
        self.world.now = step.at;
        self.model.now = step.at;
        let against = self.model.objections(&step.acting, &step.command).0;
        let state = &self.world.state;
        let said: Result<_, Refusal> =
            decide(&self.world.runbook, state, &step.acting, &step.command, step.at);
        match said {
            Ok(_) if !against.is_empty() => return Err(format!("accepted in spite of {against:?}")),
            Err(refusal) if !against.contains(variant(&refusal).as_str()) => {
                return Err(format!("refused ({refusal:?}), the reference has {against:?}"));
            }
            Err(refusal) => {
                *tally.refused.entry(variant(&refusal)).or_default() += 1;
                // What is refused changes nothing.
                return Ok(());
            }
            Ok(facts) => {
                *tally.accepted.entry(variant(&step.command)).or_default() += 1;
                for fact in facts {
                    self.world.append(&step.acting.by, fact);
                }
                self.model.apply(&step.acting, &step.command);
            }
        }
        self.compare(tally)
    }

    /// Whether both look the same.
    fn compare(&self, tally: &mut Tally) -> Result<(), String> {
        let (state, model) = (&self.world.state, &self.model);
        same("length of the log", &state.head.seq, &model.seq)?;
        let people: BTreeMap<&str, (Vec<&str>, bool)> = state
            .members
            .iter()
            .map(|(n, m)| (n.as_str(), (m.roles.iter().map(RoleId::as_str).collect(), m.left_at.is_some())))
            .collect();
        let known = model
            .people
            .iter()
            .map(|(n, p)| (n.as_str(), (p.roles.iter().map(String::as_str).collect(), p.left)))
            .collect();
        same("people", &people, &known)?;
        let keys: BTreeMap<&str, &str> =
            state.members.iter().flat_map(|(n, m)| m.keys.keys().map(|k| (k.as_str(), n.as_str()))).collect();
        let held = model.keys.iter().map(|(k, key)| (k.as_str(), key.owner.as_str())).collect();
        same("keys", &keys, &held)?;
        let fields = state.facts.fields.iter().map(|(f, v)| (f.to_string(), v.clone())).collect();
        same("fields", &fields, &model.fields)?;
        let decisions = state
            .facts
            .decisions
            .iter()
            .map(|(d, (v, stage))| (d.to_string(), (v.clone(), *stage == DecisionStage::Confirmed)))
            .collect();
        same("decisions", &decisions, &model.decisions)?;
        same("target", &state.target, &model.target)?;
        let overtaken = state.decided.as_ref().map(|d| (d.outcome, d.overtaken));
        same("decision to go", &overtaken, &model.decided.as_ref().map(|d| (d.outcome, d.overtaken)))?;
        let asked =
            state.items.iter().filter_map(|(item, s)| Some((item.as_str(), s.requested.as_ref()?.until)));
        let known = model.requests.iter().map(|(item, asked)| (*item, asked.until)).collect();
        same("waivers asked for", &asked.collect::<BTreeMap<_, _>>(), &known)?;
        let captured: BTreeSet<String> = state.captured.iter().map(ToString::to_string).collect();
        same("fields that nobody typed", &captured, &model.captured)?;
        self.compare_stages(tally)
    }

    /// Whether the board of a go/no-go says the same as the gate, and nothing that it cannot show; with
    /// results of checks that are old, new or missing.
    fn compare_board(&self) -> Result<(), String> {
        let World { runbook, state, now, .. } = &self.world;
        let minutes = i64::try_from(state.head.seq % 23).unwrap_or_default();
        let runbook = &board_rules::outward(runbook);
        let seen = board_rules::witnesses(runbook, *now, |at| {
            let age = (i64::try_from(at).ok()? * 7 + minutes) % 23;
            (age < 18).then_some(age)
        });
        board_rules::sound(runbook, state, &seen, *now)
    }

    fn compare_stages(&self, tally: &mut Tally) -> Result<(), String> {
        let (model, seen) = (&self.model, self.world.assess());
        for (place, (stage, rule)) in seen.stages.iter().zip(&STAGES).enumerate() {
            let gate = model.gate(place);
            tally.gates.insert(variant(&gate));
            same(&format!("gate of {}", rule.id), &stage.gate, &gate)?;
            for (item, rule) in stage.items.iter().zip(ITEMS.iter().filter(|r| r.stage == place)) {
                let standing = match item.status {
                    Status::Done => Standing::Done,
                    Status::Waived => Standing::Waived,
                    Status::NotApplicable => Standing::NotApplicable,
                    Status::Todo
                    | Status::Partly
                    | Status::Regressed
                    | Status::Rejected
                    | Status::Expired
                    | Status::Stale => Standing::Open,
                };
                same(&format!("item {}", rule.id), &standing, &model.standing(rule))?;
                for (seen, part) in item.boxes.iter().zip(rule.boxes()) {
                    let signed: BTreeSet<&str> = seen.signed.iter().map(RoleId::as_str).collect();
                    let known = model.on_box(rule, part).into_iter().map(|s| s.role.as_str()).collect();
                    same(&format!("signatures on {} {part:?}", rule.id), &signed, &known)?;
                    same(&format!("box {} {part:?}", rule.id), &seen.ticked, &model.ticked(rule, part))?;
                }
            }
            let signed = stage.signoffs.iter().filter_map(|s| match &s.standing {
                StageStanding::Current(_) => Some(s.role.as_str()),
                StageStanding::Missing | StageStanding::Stale(..) => None,
            });
            let signed: BTreeSet<&str> = signed.collect();
            let known = model.stage_signatures(place).into_iter().map(|s| s.role.as_str()).collect();
            same(&format!("signatures under {}", rule.id), &signed, &known)?;
            same(&format!("whether {} is complete", rule.id), &stage.complete, &model.complete(place))?;
        }
        let done = ITEMS.iter().filter(|r| model.standing(r) == Standing::Done).count();
        same("items done", &seen.totals.done, &done)?;
        same("last gate", &seen.last_gate, &model.gate(STAGES.len()))?;
        self.compare_board()?;
        tally.complete += usize::from(seen.last_gate == Gate::Open);
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, rules: &T, reference: &T) -> Result<(), String> {
    if rules == reference {
        return Ok(());
    }
    Err(format!("{what}: the rules say {rules:?}, the reference {reference:?}"))
}

/// Runs given steps; where they first disagree, if they do.
fn replay(runbook: &Runbook, steps: &[Step]) -> Option<(usize, String)> {
    let mut pair = Pair::new(runbook);
    let mut tally = Tally::default();
    steps.iter().enumerate().find_map(|(n, step)| pair.step(step, &mut tally).err().map(|why| (n, why)))
}

/// The shortest run with a disagreement that dropping steps leads to.
fn shortest(runbook: &Runbook, mut steps: Vec<Step>, mut why: String) -> (Vec<Step>, String) {
    for size in [128, 32, 8, 2, 1, 1] {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            if let Some((last, said)) = replay(runbook, &fewer) {
                fewer.truncate(last + 1);
                (steps, why) = (fewer, said);
            } else {
                at += size;
            }
        }
    }
    (steps, why)
}

/// One engagement, from its seed.
fn run(runbook: &Runbook, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let (mut pair, mut dice, mut steps) = (Pair::new(runbook), Dice(seed), Vec::new());
    for _ in 0..RUN {
        let step = moves::step(&mut dice, &pair.model);
        steps.push(step.clone());
        if let Err(why) = pair.step(&step, tally) {
            let (steps, short) = shortest(runbook, steps, why.clone());
            let told = steps.iter().map(|s| {
                let Step { at, acting, command } = s;
                let (role, other) = (&acting.role, &acting.on_behalf_of);
                format!("  {at} {:?} as {role:?} for {other:?}: {command:?}\n", acting.by)
            });
            return Err(format!("seed {seed}: {why}\ncut short: {short}\n{}", told.collect::<String>()));
        }
    }
    Ok(())
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn the_rules_agree_with_a_reference_of_plain_sets_at_every_step() {
    let steps = number("GOLIVE_MODEL_STEPS").map_or(STEPS, |n| usize::try_from(n).unwrap());
    let first = number("GOLIVE_MODEL_SEED").unwrap_or(1);
    let runs = u64::try_from(steps.div_ceil(RUN)).unwrap();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8) as u64;
    let work = move |offset: u64| {
        let (runbook, mut tally) = (table::model_runbook(), Tally::default());
        let seeds = (first..first + runs).filter(move |seed| seed % threads == offset);
        let failed = seeds.map(|seed| run(&runbook, seed, &mut tally)).find_map(Result::err);
        (tally, failed)
    };
    let workers: Vec<_> = (0..threads).map(|n| std::thread::spawn(move || work(n))).collect();
    let mut all = Tally::default();
    for worker in workers {
        let (tally, failed) = worker.join().unwrap();
        assert!(failed.is_none(), "{}", failed.unwrap_or_default());
        tally.accepted.into_iter().for_each(|(k, n)| *all.accepted.entry(k).or_default() += n);
        tally.refused.into_iter().for_each(|(k, n)| *all.refused.entry(k).or_default() += n);
        all.gates.extend(tally.gates);
        all.complete += tally.complete;
    }
    if steps < STEPS {
        return;
    }
    // Agreement on what never happens would prove nothing.
    assert_eq!(all.accepted.len(), 29, "every command was accepted somewhere: {:?}", all.accepted);
    for kind in KINDS {
        assert!(all.refused.contains_key(kind), "{kind} was never the reason: {:?}", all.refused);
    }
    assert_eq!(all.gates.len(), 4, "{:?}", all.gates);
    assert!(all.complete > 100, "complete after {} steps", all.complete);
}

/// Every reason that a command of these people can be refused for.
const KINDS: [&str; 44] = [
    "NoSuch",
    "NoSuchPart",
    "BadValue",
    "BadText",
    "NotAhead",
    "NoSuchMember",
    "Shut",
    "StageNotDone",
    "NotAMember",
    "NotYours",
    "NotLead",
    "ChooseRole",
    "SelfSigned",
    "SamePerson",
    "AlreadyTicked",
    "NotTicked",
    "CheckDecides",
    "CheckNotPassed",
    "EvidenceNeeded",
    "OwnEvidence",
    "AlreadyOpen",
    "TooLong",
    "NotBroken",
    "DoesNotApply",
    "NotOptional",
    "NoWaiverAsked",
    "NoWaiver",
    "OwnWaiver",
    "NothingToUndo",
    "ChangedSince",
    "KeyTaken",
    "KeyRevoked",
    "KeyNotValid",
    "NeverValid",
    "OutlivesKey",
    "LastLead",
    "ActionDone",
    "ActionInDoubt",
    "ActionUnderWay",
    "ActionNotUnderWay",
    "NotReady",
    "NotFresh",
    "DecidedAlready",
    "NoChange",
];
