//! Gates that nobody can open: what the people there are cannot sign, whatever they do.
//!
//! A blocker says what is open. An obstacle says that it will stay so until somebody joins, takes a role
//! or gets a key (DESIGN rule 5).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::assess::{Assessment, ItemAssessment, Standing, current_approvals, missing_comments, slot};
use super::event::Author;
use super::evidence::wrote_evidence;
use super::ids::{ItemId, KeyFingerprint, MemberName, RoleId, StageId};
use super::owner::{OwnerExpr, Slot};
use super::runbook::{CheckMode, Item, Runbook};
use super::state::{ItemState, Member, State};

/// The most obstacles that are named; more are all of one kind.
const MAX_OBSTACLES: usize = 100;
/// With more roles than these, whether different people can sign them all is not tried out.
const MAX_TRIED: usize = 6;
/// Signatures tried for each of them: more than all the others can be in the way of.
const MAX_HANDS: usize = 12;

/// Why something cannot be signed, and what it holds up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// The first stage that cannot be completed because of it.
    pub stage: StageId,
    /// The items that cannot be done because of it; none when the stage as a whole cannot be signed.
    pub items: Vec<ItemId>,
    /// Why.
    pub why: Unsignable,
}

/// Why something cannot be signed by the members there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsignable {
    /// Nobody holds any of these roles.
    NobodyHolds(Vec<RoleId>),
    /// Different people must sign in these roles, and there are not enough who hold them.
    SamePeople {
        /// The roles.
        roles: Vec<RoleId>,
        /// Who holds them, all together.
        people: Vec<MemberName>,
    },
    /// It must be signed with a key of one's own, and nobody who may has one.
    NoKey(Vec<RoleId>),
    /// Nobody who may sign has a key, and no lead has one who could record it.
    NobodyRecords(Vec<RoleId>),
    /// Everybody who may sign it has attached its evidence.
    OnlyAuthors(Vec<MemberName>),
}

impl Unsignable {
    /// The reason in words, with the names of roles.
    pub fn words(&self, runbook: &Runbook) -> String {
        let roles = |ids: &[RoleId], between: &str| {
            ids.iter().map(|id| runbook.role_name(id)).collect::<Vec<_>>().join(between)
        };
        let names =
            |people: &[MemberName]| people.iter().map(MemberName::as_str).collect::<Vec<_>>().join(" and ");
        match self {
            Self::NobodyHolds(ids) => format!("nobody holds {}", roles(ids, " or ")),
            Self::SamePeople { roles: ids, people } => match people.as_slice() {
                [one] if ids.len() == 2 => {
                    format!("{} must be different people, and both are {one}", roles(ids, " and "))
                }
                some => format!(
                    "{} must be different people with keys of their own, and there is only {}",
                    roles(ids, " and "),
                    names(some)
                ),
            },
            Self::NoKey(ids) => {
                format!("it takes a key of one's own, and nobody who is {} has one", roles(ids, " or "))
            }
            Self::NobodyRecords(ids) => format!(
                "nobody who is {} has a key, and no lead has one to record it with",
                roles(ids, " or ")
            ),
            Self::OnlyAuthors(people) => {
                format!("another person than {} must sign it, who attached its evidence", names(people))
            }
        }
    }
}

/// What the members there are cannot sign, of all that is still open. One entry for each reason, in the
/// order of the first stage that it holds up.
pub fn obstacles(
    runbook: &Runbook,
    state: &State,
    assessment: &Assessment,
    now: DateTime<Utc>,
) -> Vec<Obstacle> {
    let people = People::new(runbook, state, now);
    let mut found = Found::default();
    for (stage, assessed) in runbook.stages().iter().zip(&assessment.stages) {
        if assessed.complete {
            continue;
        }
        for (item, assessed) in stage.items.iter().zip(&assessed.items) {
            if assessed.status.settled() {
                continue;
            }
            for why in people.item(item, assessed) {
                found.add(&stage.id, Some(&item.id), why);
            }
        }
        let given: Vec<Slot<'_>> = assessed
            .signoffs
            .iter()
            .filter_map(|s| match &s.standing {
                Standing::Current(approval) => Some(slot(approval)),
                Standing::Missing | Standing::Stale(..) => None,
            })
            .collect();
        let all = OwnerExpr::All(stage.signoff.iter().cloned().map(OwnerExpr::Role).collect());
        for why in people.signs(&Wanted { signs: &all, distinct: stage.distinct, item: None, given }) {
            found.add(&stage.id, None, why);
        }
    }
    found.0
}

/// What has been found so far, each reason once.
#[derive(Default)]
struct Found(Vec<Obstacle>);

impl Found {
    fn add(&mut self, stage: &StageId, item: Option<&ItemId>, why: Unsignable) {
        let (whole, room) = (item.is_none(), self.0.len() < MAX_OBSTACLES);
        match self.0.iter_mut().find(|o| o.why == why && o.items.is_empty() == whole) {
            Some(known) => known.items.extend(item.cloned()),
            None if room => {
                self.0.push(Obstacle {
                    stage: stage.clone(),
                    items: item.cloned().into_iter().collect(),
                    why,
                });
            }
            None => {}
        }
    }
}

/// A signature, or several, that are wanted.
struct Wanted<'a> {
    signs: &'a OwnerExpr,
    distinct: bool,
    /// The item with what happened to it; none for a stage.
    item: Option<(&'a Item, Option<&'a ItemState>)>,
    /// Signatures that are there and count.
    given: Vec<Slot<'a>>,
}

impl Wanted<'_> {
    fn self_signed(&self) -> bool {
        self.item.is_some_and(|(item, _)| item.self_signed)
    }

    /// Whether a signature would be one of somebody who attached the evidence.
    fn of_author(&self, slot: &Slot<'_>) -> bool {
        self.item.is_some_and(|(item, state)| {
            let by = Author { name: slot.by.clone(), key: slot.key.clone() };
            item.independent && wrote_evidence(state, slot.member, &by)
        })
    }
}

/// The members with what matters for signing.
struct People<'a> {
    state: &'a State,
    /// Leads who have a key: they may record for others.
    recorders: Vec<(&'a MemberName, &'a KeyFingerprint)>,
    now: DateTime<Utc>,
}

impl<'a> People<'a> {
    fn new(runbook: &Runbook, state: &'a State, now: DateTime<Utc>) -> Self {
        let leads: Vec<&RoleId> = runbook.roles.values().filter(|r| r.lead).map(|r| &r.id).collect();
        let recorders = state
            .members
            .iter()
            .filter(|(name, member)| match leads.as_slice() {
                [] => state.opener.name == **name,
                some => some.iter().any(|r| member.roles.contains(*r)),
            })
            .filter_map(|(name, member)| Some((name, key(member, now)?)))
            .collect();
        Self { state, recorders, now }
    }

    fn item(&self, item: &'a Item, assessed: &ItemAssessment) -> Vec<Unsignable> {
        let done = self.state.items.get(&item.id);
        let by_check = assessed.configured == Some(true)
            && item.check.as_ref().is_some_and(|c| c.mode == CheckMode::Auto);
        let open = assessed.boxes.iter().find(|b| !b.ticked);
        let mut out = match open {
            Some(open) if !by_check => {
                let given = current_approvals(item, self.state, open.part.as_ref(), self.now);
                let given = given.into_iter().map(slot).collect();
                let distinct = item.owner.distinct;
                self.signs(&Wanted { signs: &item.owner.signs, distinct, item: Some((item, done)), given })
            }
            Some(_) | None => Vec::new(),
        };
        for role in missing_comments(self.state, item) {
            let mut holders = self.holders(role).peekable();
            if holders.peek().is_none() {
                out.push(Unsignable::NobodyHolds(vec![role.clone()]));
            } else if holders.all(|(_, member)| key(member, self.now).is_none()) {
                out.push(Unsignable::NoKey(vec![role.clone()]));
            }
        }
        out
    }

    /// Why the signatures cannot be had; nothing when they can.
    fn signs(&self, wanted: &Wanted<'a>) -> Vec<Unsignable> {
        let there = |role: &RoleId| {
            self.holders(role).next().is_some() || wanted.given.iter().any(|s| s.role == role)
        };
        let unheld = unheld(wanted.signs, &there);
        if !unheld.is_empty() {
            return unheld.into_iter().map(Unsignable::NobodyHolds).collect();
        }
        let roles: Vec<RoleId> = wanted.signs.roles().into_iter().cloned().collect();
        let slots: Vec<Slot<'_>> = wanted.given.iter().cloned().chain(self.slots(wanted)).collect();
        if !wanted.signs.satisfied(&slots, false) {
            return vec![if wanted.self_signed() {
                Unsignable::NoKey(roles)
            } else {
                Unsignable::NobodyRecords(roles)
            }];
        }
        let others: Vec<Slot<'_>> = slots.into_iter().filter(|s| !wanted.of_author(s)).collect();
        if !wanted.signs.satisfied(&others, false) {
            return vec![Unsignable::OnlyAuthors(self.people(&roles))];
        }
        if wanted.distinct && roles.len() <= MAX_TRIED && !wanted.signs.satisfied(&few(others, &roles), true)
        {
            let people = self.people(&roles);
            return vec![Unsignable::SamePeople { roles, people }];
        }
        Vec::new()
    }

    /// Every signature that the members could give.
    fn slots(&self, wanted: &Wanted<'a>) -> Vec<Slot<'a>> {
        let mut out = Vec::new();
        for role in wanted.signs.roles() {
            for (name, member) in self.holders(role) {
                let own = key(member, self.now).map(|key| (name, key));
                let recorded = self.recorders.iter().copied().filter(|(by, _)| *by != name);
                let recorded = recorded.filter(|_| !wanted.self_signed());
                let hands = own.into_iter().chain(recorded);
                out.extend(hands.map(|(by, key)| Slot { role, member: name, by, key }));
            }
        }
        out
    }

    fn holders<'r>(
        &self,
        role: &'r RoleId,
    ) -> impl Iterator<Item = (&'a MemberName, &'a Member)> + use<'a, 'r> {
        self.state.members.iter().filter(move |(_, m)| m.roles.contains(role))
    }

    fn people(&self, roles: &[RoleId]) -> Vec<MemberName> {
        let holds = |m: &Member| roles.iter().any(|r| m.roles.contains(r));
        self.state.members.iter().filter(|(_, m)| holds(m)).map(|(name, _)| name.clone()).collect()
    }
}

/// A key that speaks for a member at a moment.
fn key(member: &Member, now: DateTime<Utc>) -> Option<&KeyFingerprint> {
    member.keys.iter().find(|(_, key)| key.validity.at(now).is_ok()).map(|(key, _)| key)
}

/// The roles that nobody holds, together where any of them would do.
fn unheld(signs: &OwnerExpr, there: &dyn Fn(&RoleId) -> bool) -> Vec<Vec<RoleId>> {
    match signs {
        OwnerExpr::Role(role) if there(role) => Vec::new(),
        OwnerExpr::Role(role) => vec![vec![role.clone()]],
        OwnerExpr::All(list) => list.iter().flat_map(|e| unheld(e, there)).collect(),
        OwnerExpr::Any(list) if list.iter().any(|e| e.satisfied_by_roles(there)) => Vec::new(),
        OwnerExpr::Any(_) => vec![signs.missing(there).into_iter().cloned().collect()],
    }
}

/// Some signatures for each role, those with a key of one's own first: with more people than that, some
/// of them are different ones.
fn few<'a>(slots: Vec<Slot<'a>>, roles: &[RoleId]) -> Vec<Slot<'a>> {
    let (own, recorded): (Vec<_>, Vec<_>) = slots.into_iter().partition(|s| s.member == s.by);
    let all: Vec<_> = own.into_iter().chain(recorded).collect();
    roles
        .iter()
        .flat_map(|role| all.iter().filter(move |s| s.role == role).take(MAX_HANDS).cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::testing::*;

    fn found(world: &World) -> Vec<Obstacle> {
        obstacles(&world.runbook, &world.state, &world.assess(), world.now)
    }

    fn words(world: &World) -> Vec<String> {
        found(world).iter().map(|o| o.why.words(&world.runbook)).collect()
    }

    fn assign(world: &mut World, what: &str, who: &str) {
        let command = Command::Assign { role: role(what), member: name(who), key: None };
        world.act("Lea", &command).unwrap();
    }

    fn unassign(world: &mut World, what: &str, who: &str) {
        world.act("Lea", &Command::Unassign { role: role(what), member: name(who) }).unwrap();
    }

    #[test]
    fn with_everybody_there_nothing_is_in_the_way() {
        assert_eq!(found(&World::new()), []);
    }

    #[test]
    fn a_role_that_nobody_holds_is_told_once_with_all_that_it_holds_up() {
        let mut world = World::new();
        unassign(&mut world, "arch", "Ada");
        let found = found(&world);
        assert_eq!(words(&world)[0], "nobody holds ARCH");
        assert_eq!(found[0].stage.as_str(), "second");
        assert_eq!(found[0].items, [item_id("both"), item_id("advice")]);
        assert!(found[1].items.is_empty(), "the stage's own sign-off: {found:?}");
        assert_eq!(found.len(), 2, "either of two is enough for 'any': {found:?}");
    }

    #[test]
    fn one_person_in_both_roles_is_told_by_name() {
        let mut world = World::new();
        unassign(&mut world, "arch", "Ada");
        assign(&mut world, "arch", "Dev");
        assert_eq!(words(&world), ["DEV and ARCH must be different people, and both are Dev"]);
        // Bo has no key, and Lea, who may record for Bo, signs in neither role.
        assign(&mut world, "arch", "Bo");
        assert_eq!(found(&world), []);
    }

    #[test]
    fn a_lead_who_signs_does_not_record_for_the_only_other() {
        let mut world = World::new();
        unassign(&mut world, "arch", "Ada");
        unassign(&mut world, "dev", "Dev");
        assign(&mut world, "dev", "Lea");
        assign(&mut world, "arch", "Bo");
        let said = words(&world);
        assert!(said[0].contains("there is only Lea and Bo"), "{said:?}");
    }

    #[test]
    fn a_signature_that_is_there_needs_nobody_who_holds_the_role_now() {
        let mut world = World::first_done();
        world.tick("Ada", "both").unwrap();
        unassign(&mut world, "arch", "Ada");
        let about_both = found(&world).iter().any(|o| o.items.contains(&item_id("both")));
        assert!(!about_both, "{:?}", found(&world));
    }

    #[test]
    fn a_self_signed_item_takes_a_key() {
        let mut world = World::new();
        world.act("Lea", &Command::RevokeKey { key: author("Dev").key }).unwrap();
        let found = found(&world);
        assert!(
            found
                .iter()
                .any(|o| o.why == Unsignable::NoKey(vec![role("dev")]) && o.items == [item_id("self")]),
            "{found:?}"
        );
    }
}
