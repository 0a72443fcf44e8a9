//! Sentences of a report that more than one part of it needs.

use chrono::{DateTime, Utc};

use crate::domain::owner::{Owner, OwnerExpr};
use crate::domain::runbook::Runbook;

/// "Developer and Solution Architect, with QA Specialist".
pub(super) fn owners(owner: &Owner, runbook: &Runbook) -> String {
    let mut said = signs(&owner.signs, runbook);
    if !owner.with.is_empty() {
        let with: Vec<&str> = owner.with.iter().map(|role| runbook.role_name(role)).collect();
        said = format!("{said}, with {}", with.join(", "));
    }
    said
}

fn signs(expression: &OwnerExpr, runbook: &Runbook) -> String {
    let part = |inner: &OwnerExpr| match inner {
        OwnerExpr::Role(_) => signs(inner, runbook),
        OwnerExpr::All(_) | OwnerExpr::Any(_) => format!("({})", signs(inner, runbook)),
    };
    match expression {
        OwnerExpr::Role(role) => runbook.role_name(role).to_owned(),
        OwnerExpr::All(list) => list.iter().map(part).collect::<Vec<_>>().join(" and "),
        OwnerExpr::Any(list) => list.iter().map(part).collect::<Vec<_>>().join(" or "),
    }
}

/// To the minute, in UTC.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago: "3 min ago".
pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = now.signed_duration_since(at).num_seconds().max(0);
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing;

    #[test]
    fn owners_are_named_as_they_must_sign() {
        let runbook = testing::runbook();
        let role = |id: &str| OwnerExpr::Role(testing::role(id));
        let either = OwnerExpr::Any(vec![role("arch"), role("lead")]);
        let mut owner = Owner::role(testing::role("dev"));
        owner.signs = OwnerExpr::All(vec![role("dev"), either]);
        assert_eq!(owners(&owner, &runbook), "DEV and (ARCH or LEAD)");
        owner.with = vec![testing::role("biz")];
        assert_eq!(owners(&owner, &runbook), "DEV and (ARCH or LEAD), with BIZ");
    }
}
