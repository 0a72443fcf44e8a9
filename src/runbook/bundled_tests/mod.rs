//! The bundled runbooks, each against its source: what stands there must stand here.

mod answers;
mod billing_onboarding;
mod flint;
mod invoice_link;
mod merchant_api;
mod paymentsai;

use super::{find, load};
use crate::domain::owner::OwnerExpr;
use crate::domain::runbook::{CheckMode, Item, Runbook};

/// A bundled runbook, loaded.
fn bundled(id: &str) -> Runbook {
    let bundled = find(id).unwrap();
    load(bundled.file_name, bundled.text.as_bytes()).unwrap().runbook
}

/// What a test says of a runbook: its stages with their items, each by id, number of parts and owners.
type Table<const STAGES: usize> = [(&'static str, &'static [(&'static str, usize, &'static str)]); STAGES];
/// A stage, and the same of each of its items.
type Rows = Vec<(String, Vec<(String, usize, String)>)>;

fn rows_of<const STAGES: usize>(table: &Table<STAGES>) -> Rows {
    let item = |(id, parts, owner): &(&str, usize, &str)| ((*id).to_owned(), *parts, (*owner).to_owned());
    table.iter().map(|(stage, items)| ((*stage).to_owned(), items.iter().map(item).collect())).collect()
}

fn rows(runbook: &Runbook) -> Rows {
    let item = |item: &Item| (item.id.to_string(), item.parts.len(), owner(item));
    runbook.stages().iter().map(|s| (s.id.to_string(), s.items.iter().map(item).collect())).collect()
}

/// "X / Y" is either, "X + Y" is both, "X, with Y" consults Y.
fn owner(item: &Item) -> String {
    fn signs(expression: &OwnerExpr) -> String {
        let join = |list: &[OwnerExpr], by| list.iter().map(signs).collect::<Vec<_>>().join(by);
        match expression {
            OwnerExpr::Role(role) => role.to_string(),
            OwnerExpr::All(list) => join(list, " + "),
            OwnerExpr::Any(list) => join(list, " / "),
        }
    }
    let with: Vec<&str> = item.owner.with.iter().map(AsRef::as_ref).collect();
    let with = if with.is_empty() { String::new() } else { format!(", with {}", with.join(" ")) };
    signs(&item.owner.signs) + &with
}

/// How many of the items a check proves or supports, of 1.
fn share_backed(runbook: &Runbook) -> f64 {
    let backed = |item: &Item| item.check.as_ref().is_some_and(|c| c.mode != CheckMode::Inform);
    let count = |n: usize| f64::from(u32::try_from(n).unwrap());
    count(runbook.items().filter(|(_, i)| backed(i)).count()) / count(runbook.items().count())
}

/// The groups of a stage in order, with the number of their items.
fn groups(runbook: &Runbook, stage: &str) -> Vec<(String, usize)> {
    let mut groups: Vec<(String, usize)> = Vec::new();
    let stage = &runbook.stages()[runbook.stage_index(stage).unwrap()];
    for group in stage.items.iter().filter_map(|item| item.group.clone()) {
        match groups.last_mut() {
            Some((last, n)) if *last == group => *n += 1,
            Some(_) | None => groups.push((group, 1)),
        }
    }
    groups
}

/// The ids of an item's parts.
fn parts(runbook: &Runbook, item: &str) -> Vec<String> {
    let (_, item) = runbook.item(item).unwrap();
    item.parts.iter().map(|part| part.id.to_string()).collect()
}

/// The roles that sign a stage.
fn signoff(runbook: &Runbook, stage: &str) -> Vec<String> {
    let stage = &runbook.stages()[runbook.stage_index(stage).unwrap()];
    stage.signoff.iter().map(ToString::to_string).collect()
}

#[test]
fn what_no_check_proves_has_parts_or_says_what_counts_as_evidence() {
    for bundled in super::bundled() {
        for (_, item) in self::bundled(bundled.id).items() {
            let proven = item.check.as_ref().is_some_and(|c| c.mode != CheckMode::Inform);
            let told = item.evidence.hint.is_some() || !item.parts.is_empty();
            assert!(proven || told || item.reconfirms.is_some(), "{}: {}", bundled.id, item.id);
        }
    }
}

#[test]
fn every_runbook_has_a_role_on_each_side_and_one_that_leads() {
    use crate::domain::runbook::Side;
    for bundled in super::bundled() {
        let runbook = self::bundled(bundled.id);
        assert_eq!(runbook.roles.values().filter(|r| r.lead).count(), 1, "{}", bundled.id);
        for side in [Side::Merchant, Side::Provider] {
            assert!(runbook.roles.values().any(|r| r.side == side), "{}", bundled.id);
        }
        assert!(runbook.stages().len() > 4, "{}", bundled.id);
    }
}

#[test]
fn where_a_provider_signs_its_events_every_bad_delivery_must_be_refused() {
    use crate::domain::check::CheckKind;
    use crate::domain::webhook::{BadDelivery, Scheme};
    for (id, header) in [
        ("paymentsai", Some("x-pai-signature")),
        ("flint", None),
        ("merchant-api", Some("x-webhook-signature")),
        ("invoice-link", Some("x-webhook-signature")),
    ] {
        let runbook = bundled(id);
        let CheckKind::Webhook(check) = &runbook.checks["webhook-verifies"].kind else {
            panic!("{id}: it is a webhook");
        };
        // A signature that covers the body alone covers no time.
        let timed = id != "paymentsai";
        let bad = BadDelivery::ALL.into_iter().filter(|bad| timed || *bad != BadDelivery::StaleTimestamp);
        assert_eq!(check.refuse, bad.collect::<Vec<_>>(), "{id}");
        let signed_in = match &check.scheme {
            Scheme::Custom(custom) => Some(custom.header.as_str()),
            Scheme::StandardWebhooks | Scheme::Stripe => None,
        };
        assert_eq!(signed_in, header, "{id}");
        let used = runbook.items().filter_map(|(_, item)| item.check.as_ref());
        assert!(
            used.filter(|c| c.mode != CheckMode::Inform).any(|c| c.check.as_str() == "webhook-verifies"),
            "{id}"
        );
    }
}
