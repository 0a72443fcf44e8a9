//! Owner expressions: who must sign for a box to be ticked.

use std::collections::BTreeSet;

use super::ids::{KeyFingerprint, MemberName, RoleId};

/// Which roles must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerExpr {
    /// This role signs.
    Role(RoleId),
    /// Every one of these signs ("X + Y" in the PaymentsAI runbook).
    All(Vec<OwnerExpr>),
    /// One of these is enough ("X / Y").
    Any(Vec<OwnerExpr>),
}

/// The owner of an item: who signs, who is consulted, and whether one person may fill several slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who signs.
    pub signs: OwnerExpr,
    /// Roles asked for comment ("X, with Y").
    pub with: Vec<RoleId>,
    /// Whether the item waits for a comment from each consulted role.
    pub with_required: bool,
    /// Whether different slots must be signed by different people with different keys.
    pub distinct: bool,
}

/// One signature that may fill a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The role signed for.
    pub role: &'a RoleId,
    /// The person whose approval it is.
    pub member: &'a MemberName,
    /// Who signed the event: the person, or whoever recorded it for them.
    pub by: &'a MemberName,
    /// The key that signed.
    pub key: &'a KeyFingerprint,
}

impl Slot<'_> {
    /// Whether two signatures may come from one person or one key, so that they are not two people's
    /// word. One who signs does not record the other signature as well; somebody who signs neither may
    /// record both.
    pub fn clashes(&self, other: &Self) -> bool {
        let own = |slot: &Self| slot.member == slot.by;
        let one_hand = self.by == other.by || self.key == other.key;
        self.member == other.member || (one_hand && (own(self) || own(other)))
    }
}

impl OwnerExpr {
    /// Every role named, each once, in the order of the runbook.
    pub fn roles(&self) -> Vec<&RoleId> {
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        self.collect(&mut out);
        out.retain(|role| seen.insert(*role));
        out
    }

    fn collect<'a>(&'a self, out: &mut Vec<&'a RoleId>) {
        match self {
            Self::Role(role) => out.push(role),
            Self::All(list) | Self::Any(list) => list.iter().for_each(|e| e.collect(out)),
        }
    }

    /// Whether the signatures satisfy the expression.
    pub fn satisfied(&self, slots: &[Slot<'_>], distinct: bool) -> bool {
        if distinct {
            self.choices().iter().any(|roles| filled_by_different_people(roles, slots))
        } else {
            self.satisfied_by_roles(&|role| slots.iter().any(|s| s.role == role))
        }
    }

    /// Whether the expression holds when `has` says which roles are there.
    pub fn satisfied_by_roles(&self, has: &dyn Fn(&RoleId) -> bool) -> bool {
        match self {
            Self::Role(role) => has(role),
            Self::All(list) => list.iter().all(|e| e.satisfied_by_roles(has)),
            Self::Any(list) => list.iter().any(|e| e.satisfied_by_roles(has)),
        }
    }

    /// Roles whose signature would bring the expression closer to satisfied, given those there are.
    pub fn missing<'a>(&'a self, has: &dyn Fn(&RoleId) -> bool) -> Vec<&'a RoleId> {
        match self {
            Self::Role(role) if has(role) => Vec::new(),
            Self::Role(role) => vec![role],
            Self::All(list) => list.iter().flat_map(|e| e.missing(has)).collect(),
            Self::Any(list) if list.iter().any(|e| e.satisfied_by_roles(has)) => Vec::new(),
            Self::Any(list) => list.iter().flat_map(|e| e.missing(has)).collect(),
        }
    }

    /// Every minimal set of roles that satisfies the expression. Resolving a runbook bounds their
    /// number ([`MAX_CHOICES`]).
    pub fn choices(&self) -> Vec<Vec<&RoleId>> {
        match self {
            Self::Role(role) => vec![vec![role]],
            Self::Any(list) => list.iter().flat_map(Self::choices).collect(),
            Self::All(list) => list.iter().fold(vec![Vec::new()], |sets, e| {
                let more = e.choices();
                sets.iter()
                    .flat_map(|set| {
                        more.iter().map(move |m| {
                            let mut joined = set.clone();
                            joined.extend(m.iter().filter(|r| !set.contains(r)));
                            joined
                        })
                    })
                    .take(MAX_CHOICES)
                    .collect()
            }),
        }
    }
}

/// An owner expression with more ways than this to satisfy it is refused by lint.
pub const MAX_CHOICES: usize = 64;

/// Whether each role can be given a signature of its own, no two from one person or one key: a
/// matching, found by trying (slots are few).
fn filled_by_different_people(roles: &[&RoleId], slots: &[Slot<'_>]) -> bool {
    fn place<'s>(roles: &[&RoleId], slots: &'s [Slot<'s>], used: &mut Vec<&'s Slot<'s>>) -> bool {
        let Some((role, rest)) = roles.split_first() else {
            return true;
        };
        for slot in slots.iter().filter(|s| s.role == *role) {
            if used.iter().any(|u| u.clashes(slot)) {
                continue;
            }
            used.push(slot);
            if place(rest, slots, used) {
                return true;
            }
            used.pop();
        }
        false
    }
    place(roles, slots, &mut Vec::new())
}

impl Owner {
    /// An owner of one role, nobody consulted.
    pub fn role(role: RoleId) -> Self {
        Self { signs: OwnerExpr::Role(role), with: Vec::new(), with_required: false, distinct: false }
    }

    /// Whether this role signs or is consulted.
    pub fn names(&self, role: &RoleId) -> bool {
        self.with.contains(role) || self.signs.roles().contains(&role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(id: &str) -> RoleId {
        RoleId::new(id).unwrap()
    }

    fn both() -> OwnerExpr {
        OwnerExpr::All(vec![OwnerExpr::Role(role("dev")), OwnerExpr::Role(role("arch"))])
    }

    #[test]
    fn one_person_cannot_fill_two_distinct_slots() {
        let (dev, arch) = (role("dev"), role("arch"));
        let (ann, bob) = (MemberName::new("Ann").unwrap(), MemberName::new("Bob").unwrap());
        let (k1, k2) = (KeyFingerprint::new("SHA256:1"), KeyFingerprint::new("SHA256:2"));
        let slot = |role, member, key| Slot { role, member, by: member, key };
        let alone = [slot(&dev, &ann, &k1), slot(&arch, &ann, &k1)];
        assert!(both().satisfied(&alone, false));
        assert!(!both().satisfied(&alone, true));
        let shared_key = [slot(&dev, &ann, &k1), slot(&arch, &bob, &k1)];
        assert!(!both().satisfied(&shared_key, true));
        let two = [slot(&dev, &ann, &k1), slot(&arch, &ann, &k1), slot(&dev, &bob, &k2)];
        assert!(both().satisfied(&two, true));
    }

    #[test]
    fn who_signs_does_not_record_the_other_signature() {
        let (dev, arch, qa) = (role("dev"), role("arch"), role("qa"));
        let [ann, bob, cat] = ["Ann", "Bob", "Cat"].map(|n| MemberName::new(n).unwrap());
        let [k1, k2] = ["SHA256:1", "SHA256:2"].map(KeyFingerprint::new);
        let ann_signs = Slot { role: &dev, member: &ann, by: &ann, key: &k1 };
        // With another key of hers, it is still she.
        for key in [&k1, &k2] {
            let recorded = Slot { role: &arch, member: &bob, by: &ann, key };
            assert!(!both().satisfied(&[ann_signs.clone(), recorded], true));
        }
        let by_cat = |role, member| Slot { role, member, by: &cat, key: &k2 };
        assert!(both().satisfied(&[ann_signs, by_cat(&arch, &bob)], true));
        assert!(both().satisfied(&[by_cat(&dev, &ann), by_cat(&arch, &bob)], true));
        assert!(by_cat(&qa, &ann).clashes(&by_cat(&dev, &ann)), "one person stays one person");
    }

    #[test]
    fn any_needs_one_and_names_all_that_are_missing() {
        let any = OwnerExpr::Any(vec![OwnerExpr::Role(role("a")), OwnerExpr::Role(role("b"))]);
        assert_eq!(any.missing(&|_| false).len(), 2);
        assert!(any.missing(&|r| r.as_str() == "b").is_empty());
    }
}
