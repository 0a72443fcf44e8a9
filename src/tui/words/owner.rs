//! Owner expressions in words.

use crate::domain::ids::{MemberName, RoleId};
use crate::domain::owner::{Owner, OwnerExpr};
use crate::domain::runbook::Runbook;
use crate::domain::state::State;

/// The roles only: "Developer + Architect, with QA Specialist".
pub fn short(runbook: &Runbook, owner: &Owner) -> String {
    say(owner, &|role| runbook.role_name(role).to_owned())
}

/// Only the roles that sign: "Developer + Architect".
pub fn signs(runbook: &Runbook, owner: &Owner) -> String {
    expression(&owner.signs, &|role| runbook.role_name(role).to_owned(), Nested::No)
}

/// The roles with the people who hold them: "Developer (Lin Chen), with QA Specialist (nobody yet)".
pub fn with_people(runbook: &Runbook, state: &State, owner: &Owner) -> String {
    let mut said = say(owner, &|role| format!("{} ({})", runbook.role_name(role), people(state, role)));
    if owner.distinct {
        said.push_str("; different people");
    }
    said
}

/// Who holds a role: "Lin Chen, Omar Haddad" or "nobody yet".
pub fn people(state: &State, role: &RoleId) -> String {
    let holders: Vec<_> = state.holders(role).map(MemberName::as_str).collect();
    if holders.is_empty() { "nobody yet".to_owned() } else { holders.join(", ") }
}

fn say(owner: &Owner, name: &dyn Fn(&RoleId) -> String) -> String {
    let mut said = expression(&owner.signs, name, Nested::No);
    if !owner.with.is_empty() {
        let with: Vec<_> = owner.with.iter().map(name).collect();
        said.push_str(", with ");
        said.push_str(&with.join(" and "));
    }
    said
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nested {
    Yes,
    No,
}

fn expression(expr: &OwnerExpr, name: &dyn Fn(&RoleId) -> String, nested: Nested) -> String {
    let joined = |list: &[OwnerExpr], word: &str| {
        let said = list.iter().map(|e| expression(e, name, Nested::Yes)).collect::<Vec<_>>().join(word);
        if nested == Nested::Yes && list.len() > 1 { format!("({said})") } else { said }
    };
    match expr {
        OwnerExpr::Role(role) => name(role),
        OwnerExpr::All(list) => joined(list, " + "),
        OwnerExpr::Any(list) => joined(list, " / "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str) -> OwnerExpr {
        OwnerExpr::Role(RoleId::new(id).unwrap())
    }

    fn said(signs: OwnerExpr, with: &[&str]) -> String {
        let with = with.iter().map(|id| RoleId::new(id).unwrap()).collect();
        let owner = Owner { signs, with, with_required: false, distinct: false };
        say(&owner, &|role| role.as_str().to_uppercase())
    }

    #[test]
    fn both_either_and_consulted_read_differently() {
        assert_eq!(said(one("dev"), &[]), "DEV");
        assert_eq!(said(one("dev"), &["qa"]), "DEV, with QA");
        assert_eq!(said(OwnerExpr::All(vec![one("dev"), one("arch")]), &[]), "DEV + ARCH");
        assert_eq!(said(OwnerExpr::Any(vec![one("dev"), one("arch")]), &[]), "DEV / ARCH");
    }

    #[test]
    fn what_is_nested_stands_in_brackets() {
        let either = OwnerExpr::Any(vec![one("dev"), one("arch")]);
        assert_eq!(said(OwnerExpr::All(vec![one("lead"), either]), &[]), "LEAD + (DEV / ARCH)");
    }
}
