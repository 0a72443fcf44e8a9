//! The board of a go/no-go: every criterion for going live, under the role whose word it waits for or
//! counts, with what it rests on and how fresh that is. Derived, never stored; the verdict over it is that
//! of [`ask_gate`], which `golive gate` and the release ask as well.
//!
//! A criterion is an item or a role's signature under a stage. It stands under the first role that it waits
//! for; one that waits for nobody, under the first that owns it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assess::{Assessment, ItemAssessment, StageAssessment, Standing, Status};
use super::backing::Backing;
use super::blocker::{Blocker, Why, blocker, item_blocker};
use super::check::Check;
use super::fresh::{Newest, Witnesses, deciding, time_to_live, unfounded, why_stale};
use super::gate::{GateStanding, ask_gate};
use super::ids::{CheckId, RoleId};
use super::runbook::{Item, Place, Runbook, Stage};
use super::state::State;
use super::verdict::Verdict;

/// The criteria at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    /// How the last gate stands.
    pub standing: GateStanding,
    /// The criteria: by role in the order of the runbook, then by stage.
    pub criteria: Vec<Criterion>,
    /// How many of them rest on what.
    pub counts: Counts,
    /// When a pass ceases to be fresh next, if one does.
    pub turns: Option<DateTime<Utc>>,
}

/// One thing that going live needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// What it is.
    pub about: About,
    /// The role under which it stands; none when no role is named for it.
    pub role: Option<RoleId>,
    /// What it rests on.
    pub ground: Ground,
    /// How fresh that is.
    pub freshness: Freshness,
    /// What is missing, and who can do something about it; none for one that holds.
    pub open: Option<Box<Blocker>>,
}

/// What a criterion is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum About {
    /// An item.
    Item(Place),
    /// The signature of a role under a stage, by its index.
    SignOff(usize, RoleId),
}

/// What a criterion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A check that passed, and still counts.
    Proven,
    /// Signatures that still count, where no check decides.
    Signed,
    /// An exception that was granted; not done.
    Waived,
    /// It does not apply.
    NotApplicable,
    /// Nothing yet, or not enough.
    Missing,
    /// Nothing any more: the check says fail.
    Failing,
    /// Something that no longer counts as it is: an old pass, a signature under what has changed since.
    Stale,
}

impl Ground {
    /// Every ground, in the order in which they are summed up.
    pub const ALL: [Self; 7] = [
        Self::Proven,
        Self::Signed,
        Self::Waived,
        Self::NotApplicable,
        Self::Missing,
        Self::Failing,
        Self::Stale,
    ];

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Signed => "signed",
            Self::Waived => "waived",
            Self::NotApplicable => "not applicable",
            Self::Missing => "missing",
            Self::Failing => "failing",
            Self::Stale => "stale",
        }
    }

    /// Whether a go need not wait for it.
    pub fn holds(self) -> bool {
        match self {
            Self::Proven | Self::Signed | Self::Waived | Self::NotApplicable => true,
            Self::Missing | Self::Failing | Self::Stale => false,
        }
    }

    /// Whether it is done: only that is shown as such, and only with a proof.
    pub fn done(self) -> bool {
        match self {
            Self::Proven | Self::Signed => true,
            Self::Waived | Self::NotApplicable | Self::Missing | Self::Failing | Self::Stale => false,
        }
    }
}

/// How fresh the ground of a criterion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// The check passed within its time to live.
    Fresh {
        /// When.
        passed: DateTime<Utc>,
        /// When that ceases to count.
        until: DateTime<Utc>,
    },
    /// The check did not pass within its time to live.
    Old {
        /// When it passed last, if it ever did.
        passed: Option<DateTime<Utc>>,
    },
    /// It holds as long as the facts of the engagement are what they are.
    Facts,
    /// It holds as long as nothing changes that was signed, and until then if there is an end.
    Current {
        /// When it ends.
        until: Option<DateTime<Utc>>,
    },
    /// There is nothing to be fresh.
    Nothing,
}

/// How many criteria rest on what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Proven by a check.
    pub proven: usize,
    /// Signed.
    pub signed: usize,
    /// Excepted; not done.
    pub waived: usize,
    /// Not applicable.
    pub not_applicable: usize,
    /// Missing.
    pub missing: usize,
    /// Failing.
    pub failing: usize,
    /// Stale.
    pub stale: usize,
}

impl Counts {
    /// How many rest on a ground.
    pub fn of(&self, ground: Ground) -> usize {
        match ground {
            Ground::Proven => self.proven,
            Ground::Signed => self.signed,
            Ground::Waived => self.waived,
            Ground::NotApplicable => self.not_applicable,
            Ground::Missing => self.missing,
            Ground::Failing => self.failing,
            Ground::Stale => self.stale,
        }
    }

    fn count(&mut self, ground: Ground) {
        *match ground {
            Ground::Proven => &mut self.proven,
            Ground::Signed => &mut self.signed,
            Ground::Waived => &mut self.waived,
            Ground::NotApplicable => &mut self.not_applicable,
            Ground::Missing => &mut self.missing,
            Ground::Failing => &mut self.failing,
            Ground::Stale => &mut self.stale,
        } += 1;
    }

    /// "31 proven · 6 signed · 4 missing", without what there is none of.
    pub fn words(&self, between: &str) -> String {
        let said = Ground::ALL.into_iter().filter(|g| self.of(*g) > 0);
        said.map(|g| format!("{} {}", self.of(g), g.word())).collect::<Vec<_>>().join(between)
    }
}

impl Criterion {
    /// Its title; of a signature, which stage it is under.
    pub fn title(&self, runbook: &Runbook) -> String {
        let stage = |at: usize| runbook.stages().get(at);
        match &self.about {
            About::Item(place) => {
                let item = stage(place.stage).and_then(|s| s.items.get(place.item));
                item.map_or_else(String::new, |i| i.title.clone())
            }
            About::SignOff(at, _) => {
                let title = stage(*at).map_or("", |s| s.title.as_str());
                format!("Sign-off of {at} {title}")
            }
        }
    }
}

impl Board {
    /// The board of an engagement, given the newest result of each check.
    pub fn new(
        runbook: &Runbook,
        state: &State,
        assessment: &Assessment,
        seen: &Witnesses,
        now: DateTime<Utc>,
    ) -> Self {
        let maker = Maker { runbook, state, seen, now };
        let mut criteria = Vec::new();
        for (at, (stage, assessed)) in runbook.stages().iter().zip(&assessment.stages).enumerate() {
            for (n, (item, status)) in stage.items.iter().zip(&assessed.items).enumerate() {
                criteria.push(maker.item(Place { stage: at, item: n }, stage, item, status));
            }
            maker.signoffs(at, stage, assessed, &mut criteria);
        }
        let place = |c: &Criterion| c.role.as_ref().and_then(|role| runbook.roles.get_index_of(role));
        // Those without a role come last.
        criteria.sort_by_key(|c| place(c).unwrap_or(usize::MAX));
        let mut counts = Counts::default();
        for criterion in &criteria {
            counts.count(criterion.ground);
        }
        let ends = criteria.iter().filter_map(|c| match c.freshness {
            Freshness::Fresh { until, .. } => Some(until),
            Freshness::Old { .. } | Freshness::Facts | Freshness::Current { .. } | Freshness::Nothing => None,
        });
        let turns = ends.min();
        let standing = ask_gate(runbook, state, assessment, runbook.stages().len(), seen, now).standing;
        Self { standing, criteria, counts, turns }
    }

    /// The checks that a go depends on, each once, in the order of the runbook's stages: those that decide
    /// on an item which applies and is not excepted.
    pub fn checks(&self, runbook: &Runbook, assessment: &Assessment) -> Vec<CheckId> {
        let mut places: Vec<Place> = self
            .criteria
            .iter()
            .filter_map(|c| match (&c.about, c.ground) {
                (About::SignOff(..), _) | (About::Item(_), Ground::Waived | Ground::NotApplicable) => None,
                (
                    About::Item(place),
                    Ground::Proven | Ground::Signed | Ground::Missing | Ground::Failing | Ground::Stale,
                ) => Some(*place),
            })
            .collect();
        places.sort_by_key(|p| (p.stage, p.item));
        let mut out: indexmap::IndexSet<CheckId> = indexmap::IndexSet::new();
        for place in places {
            let stage = runbook.stages().get(place.stage).zip(assessment.stages.get(place.stage));
            let item = stage.and_then(|(s, a)| s.items.get(place.item).zip(a.items.get(place.item)));
            if let Some(check) = item.and_then(|(item, assessed)| deciding(runbook, item, assessed)) {
                out.insert(check.id.clone());
            }
        }
        out.into_iter().collect()
    }
}

struct Maker<'a> {
    runbook: &'a Runbook,
    state: &'a State,
    seen: &'a Witnesses,
    now: DateTime<Utc>,
}

impl Maker<'_> {
    fn item(&self, place: Place, stage: &Stage, item: &Item, assessed: &ItemAssessment) -> Criterion {
        let about = About::Item(place);
        let owner = || item.owner.signs.roles().into_iter().next().cloned();
        let holds = |ground, freshness| Criterion {
            about: about.clone(),
            role: owner(),
            ground,
            freshness,
            open: None,
        };
        let open = |ground, freshness, open: Blocker| Criterion {
            about: about.clone(),
            role: open.roles.first().cloned().or_else(owner),
            ground,
            freshness,
            open: Some(Box::new(open)),
        };
        let lacking = || item_blocker(self.runbook, self.state, stage, item, assessed);
        match assessed.status {
            Status::Waived => holds(Ground::Waived, Freshness::Current { until: assessed.expires }),
            Status::NotApplicable => holds(Ground::NotApplicable, Freshness::Nothing),
            Status::Done => {
                let backing = Backing::of(self.runbook, self.state, &about, self.now);
                let current = Freshness::Current { until: assessed.expires };
                if let Some(why) = unfounded(self.runbook, self.state, item, assessed) {
                    let roles = item.owner.signs.roles().into_iter().cloned().collect();
                    let gone = blocker(self.state, stage, Some(item), why, roles);
                    return open(Ground::Stale, Freshness::Old { passed: None }, gone);
                }
                match deciding(self.runbook, item, assessed) {
                    Some(check) => match self.freshness(check) {
                        (freshness, Some(why)) => {
                            let roles = item.owner.signs.roles().into_iter().cloned().collect();
                            let old = blocker(self.state, stage, Some(item), why, roles);
                            open(Ground::Stale, freshness, old)
                        }
                        (freshness, None) => holds(Ground::Proven, freshness),
                    },
                    None if backing.tick.is_some() => holds(Ground::Proven, current),
                    None if !backing.approvals.is_empty() => holds(Ground::Signed, current),
                    // Never so by the rules; but nothing is called done here that has nothing to show.
                    None => open(Ground::Missing, Freshness::Nothing, lacking()),
                }
            }
            Status::Regressed => open(Ground::Failing, Freshness::Nothing, lacking()),
            Status::Stale | Status::Expired => open(Ground::Stale, Freshness::Nothing, lacking()),
            Status::Todo | Status::Partly | Status::Rejected => {
                let lacking = lacking();
                let failing = matches!(lacking.why, Why::CheckNotPassed(_, Some(Verdict::Fail)));
                open(if failing { Ground::Failing } else { Ground::Missing }, Freshness::Nothing, lacking)
            }
        }
    }

    /// How fresh the pass of a check is, and why it does not count if it does not.
    fn freshness(&self, check: &Check) -> (Freshness, Option<Why>) {
        let newest = self.seen.get(&check.id).map(Newest::of);
        let passed = newest.and_then(|newest| newest.last_pass);
        let why = why_stale(self.runbook, self.state, check, newest, self.now);
        let freshness = match (&why, passed) {
            (None, Some(passed)) if !check.kind.looks_inward() => {
                let until = passed.checked_add_signed(time_to_live(check));
                Freshness::Fresh { passed, until: until.unwrap_or(DateTime::<Utc>::MAX_UTC) }
            }
            (None, _) => Freshness::Facts,
            (Some(_), passed) => Freshness::Old { passed },
        };
        (freshness, why)
    }

    fn signoffs(&self, at: usize, stage: &Stage, assessed: &StageAssessment, out: &mut Vec<Criterion>) {
        let current = |s: &super::assess::StageSignOff| matches!(s.standing, Standing::Current(_));
        let settled = assessed.items.iter().all(|i| i.status.settled());
        // All have signed, and yet it is not complete: they must not be the same people.
        let same = settled && !assessed.complete && assessed.signoffs.iter().all(current);
        for signoff in &assessed.signoffs {
            let (ground, why) = match &signoff.standing {
                Standing::Current(_) if same => (Ground::Missing, Some(Why::SamePerson)),
                Standing::Current(_) => (Ground::Signed, None),
                Standing::Missing => (Ground::Missing, Some(Why::StageNotSigned)),
                Standing::Stale(_, why) => (Ground::Stale, Some(Why::Stale(why.clone()))),
            };
            let role = signoff.role.clone();
            out.push(Criterion {
                about: About::SignOff(at, role.clone()),
                role: Some(role.clone()),
                ground,
                freshness: match ground {
                    Ground::Signed => Freshness::Current { until: None },
                    Ground::Proven
                    | Ground::Waived
                    | Ground::NotApplicable
                    | Ground::Missing
                    | Ground::Failing
                    | Ground::Stale => Freshness::Nothing,
                },
                open: why.map(|why| Box::new(blocker(self.state, stage, None, why, vec![role]))),
            });
        }
    }
}
