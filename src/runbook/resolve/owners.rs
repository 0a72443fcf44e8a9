//! Owners: who signs, and whether there is any way for them to do so.

use crate::domain::ids::RoleId;
use crate::domain::owner::{MAX_CHOICES, Owner, OwnerExpr};
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::{Known, Map};
use crate::runbook::read::Text;
use crate::runbook::shapes::{RawItem, RawOwner};

use super::words::{at_most, required, set};

/// The most roles consulted on one item.
const MAX_WITH: usize = 32;
/// How deep `all` and `any` may stand in one another.
const MAX_DEPTH: usize = 6;

/// Roles by their text: owners name the same few thousands of times.
pub(super) type Roles<'r> = Map<&'r str, &'r RoleId>;

/// The owner of an item.
pub(super) fn owner(
    raw: &mut RawItem<'_>,
    roles: &Roles<'_>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<Owner> {
    let mut with = raw.with.take().unwrap_or_default();
    at_most(&mut with, MAX_WITH, "consulted roles", raw.at, out);
    let consulted = with.iter().filter_map(|r| role(*r, roles, known, out)).collect();
    let distinct = set(raw.distinct);
    let expression = required(raw.owner.take(), "owner", raw.at, raw.broken, out)?;
    let at = match &expression {
        RawOwner::Role(text) => text.at,
        RawOwner::All(_, at) | RawOwner::Any(_, at) => *at,
    };
    let signs = resolve(&expression, roles, 0, known, out)?;
    satisfiable(&signs, distinct, at, out)?;
    for text in &with {
        if signs.roles().iter().any(|r| r.as_str() == text.text) {
            let message = format!("'{}' signs and is consulted as well", text.text);
            out.push(Draft::warning(text.at, message).hint("remove it from 'with'"));
        }
    }
    if let Some(flag) = raw.with_required
        && flag.set
        && with.is_empty()
    {
        out.push(Draft::warning(flag.at, "'with_required' waits for nobody, as nobody is consulted"));
    }
    if let Some(flag) = raw.distinct
        && flag.set
        && signs.roles().len() < 2
    {
        out.push(Draft::warning(flag.at, "'distinct' says nothing when only one role signs"));
    }
    Some(Owner { signs, with: consulted, with_required: set(raw.with_required), distinct })
}

/// A role that there is.
pub(super) fn role(
    text: Text<'_>,
    roles: &Roles<'_>,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<RoleId> {
    known.roles.find(text, out);
    // A role that is declared with a fault has been reported where it is declared.
    roles.get(text.text).map(|id| (*id).clone())
}

fn resolve(
    raw: &RawOwner<'_>,
    roles: &Roles<'_>,
    depth: usize,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> Option<OwnerExpr> {
    let (list, at, make): (_, _, fn(Vec<OwnerExpr>) -> OwnerExpr) = match raw {
        RawOwner::Role(text) => return role(*text, roles, known, out).map(OwnerExpr::Role),
        RawOwner::All(list, at) => (list, *at, OwnerExpr::All),
        RawOwner::Any(list, at) => (list, *at, OwnerExpr::Any),
    };
    if list.is_empty() {
        out.push(
            Draft::error(at, "nobody can open this gate: no role is named here")
                .hint("name at least one role"),
        );
        return None;
    }
    if depth >= MAX_DEPTH {
        out.push(Draft::error(at, format!("owners are nested deeper than {MAX_DEPTH}")));
        return None;
    }
    let all: Vec<_> = list.iter().filter_map(|e| resolve(e, roles, depth + 1, known, out)).collect();
    (all.len() == list.len()).then(|| make(all))
}

/// Reports an expression that no signatures satisfy, or that can be satisfied in too many ways.
fn satisfiable(signs: &OwnerExpr, distinct: bool, at: Span, out: &mut Gathering<'_>) -> Option<()> {
    if matches!(signs, OwnerExpr::Role(_)) {
        return Some(());
    }
    if ways(signs) > MAX_CHOICES {
        out.push(
            Draft::error(at, format!("there are more than {MAX_CHOICES} ways to satisfy this owner"))
                .hint("name fewer roles"),
        );
        return None;
    }
    let slots = slots(signs);
    let Some(first) = slots.iter().find_map(|set| twice(set)) else {
        return Some(());
    };
    let message = format!("'{first}' would have to sign twice for one box");
    if distinct && slots.iter().all(|set| twice(set).is_some()) {
        out.push(
            Draft::error(at, format!("nobody can open this gate: {message}"))
                .hint("with distinct = true each slot is another role and another person"),
        );
        return None;
    }
    out.push(Draft::warning(at, message).hint("nobody signs twice for one box; name each role once"));
    Some(())
}

/// A role that is named twice.
fn twice<'s>(set: &[&'s RoleId]) -> Option<&'s RoleId> {
    (1..set.len()).find(|n| set[..*n].contains(&set[*n])).map(|n| set[n])
}

/// In how many ways an expression can be satisfied, without making them.
fn ways(signs: &OwnerExpr) -> usize {
    match signs {
        OwnerExpr::Role(_) => 1,
        OwnerExpr::Any(list) => list.iter().map(ways).fold(0, usize::saturating_add),
        OwnerExpr::All(list) => list.iter().map(ways).fold(1, usize::saturating_mul),
    }
}

/// The ways to satisfy an expression, a role that signs twice in one of them named twice.
fn slots(signs: &OwnerExpr) -> Vec<Vec<&RoleId>> {
    match signs {
        OwnerExpr::Role(role) => vec![vec![role]],
        OwnerExpr::Any(list) => list.iter().flat_map(slots).collect(),
        OwnerExpr::All(list) => list.iter().map(slots).fold(vec![Vec::new()], |sets, more| {
            sets.iter().flat_map(|set| more.iter().map(move |m| [set.as_slice(), m].concat())).collect()
        }),
    }
}
