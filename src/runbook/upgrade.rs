//! What is different between two versions of a runbook, by stable ids. A value: the terminal shows it
//! before an upgrade, and a report may show it after.

use indexmap::IndexMap;
use serde::Serialize;

use super::canonical;
use crate::domain::digest::Digest;
use crate::domain::ids::CheckId;
use crate::domain::owner::{Owner, OwnerExpr};
use crate::domain::runbook::{GateMode, Item, Runbook, Side, Stage};

/// Two versions of a runbook, and what is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The version before.
    pub from: Version,
    /// The version after.
    pub to: Version,
    /// What is different: stages and items in the order of the runbook, then the rest.
    pub entries: Vec<Entry>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The author's version.
    pub version: String,
    /// SHA-256 of the bytes.
    pub digest: Digest,
}

/// One thing that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its id, the same in both versions.
    pub id: String,
    /// Its title; of a thing that is gone, the last it had.
    pub title: String,
    /// What became of it.
    pub change: Change,
}

/// What a thing of a runbook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A stage.
    Stage,
    /// An item.
    Item,
    /// A check.
    Check,
    /// An action.
    Action,
    /// A role.
    Role,
    /// A field.
    Field,
    /// A secret.
    Secret,
    /// A decision.
    Decision,
}

impl Kind {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Item => "item",
            Self::Check => "check",
            Self::Action => "action",
            Self::Role => "role",
            Self::Field => "field",
            Self::Secret => "secret",
            Self::Decision => "decision",
        }
    }
}

/// What became of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is the same in another place.
    Moved {
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
        /// What else is different; nothing when its ticks are kept.
        aspects: Vec<Aspect>,
    },
    /// It is another in the same place.
    Changed(Vec<Aspect>),
}

/// One respect in which a thing is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aspect {
    /// Which.
    pub what: &'static str,
    /// What it was; none when there was nothing, or nothing short to show.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl Aspect {
    /// "owner: Developer, now QA Specialist".
    pub fn words(&self) -> String {
        match (&self.before, &self.after) {
            (None, None) => self.what.to_owned(),
            (Some(before), Some(after)) => format!("{}: {before}, now {after}", self.what),
            (None, Some(after)) => format!("{}: now {after}", self.what),
            (Some(before), None) => format!("{}: {before}, now none", self.what),
        }
    }
}

impl Difference {
    /// What is different between two versions of one runbook.
    pub fn between(before: &Runbook, after: &Runbook) -> Self {
        let version = |r: &Runbook| Version { version: r.version.clone(), digest: r.digest };
        let mut entries = Vec::new();
        places(
            Kind::Stage,
            before.stages().iter().map(|s| (s.id.as_str(), s, s.title.as_str())),
            after.stages().iter().map(|s| (s.id.as_str(), s, s.title.as_str())),
            |was, is| {
                let aspects = stage(was, is);
                (!aspects.is_empty()).then_some(Change::Changed(aspects))
            },
            &mut entries,
        );
        places(
            Kind::Item,
            before.items().map(|(n, i)| (i.id.as_str(), (&before.stages()[n], i), i.title.as_str())),
            after.items().map(|(n, i)| (i.id.as_str(), (&after.stages()[n], i), i.title.as_str())),
            |(was_in, was), (is_in, is)| {
                let aspects = if was.digest == is.digest { Vec::new() } else { item(before, was, after, is) };
                if was_in.id != is_in.id {
                    let (from, to) = (was_in.title.clone(), is_in.title.clone());
                    return Some(Change::Moved { from, to, aspects });
                }
                (!aspects.is_empty()).then_some(Change::Changed(aspects))
            },
            &mut entries,
        );
        rest(before, after, &mut entries);
        Self { from: version(before), to: version(after), entries }
    }

    /// Checks whose last verdict says nothing of the new version: changed or gone.
    pub fn verdicts_ended(before: &Runbook, after: &Runbook) -> Vec<CheckId> {
        let same = |id: &CheckId| match (before.checks.get(id), after.checks.get(id)) {
            (Some(was), Some(is)) => {
                canonical::check(was, &before.fields, &before.decisions)
                    == canonical::check(is, &after.fields, &after.decisions)
            }
            (None, _) | (_, None) => false,
        };
        before.checks.keys().filter(|id| !same(id)).cloned().collect()
    }
}

/// Compares two lists by id: what is new or changed in the order of the new one, then what is gone.
fn places<'a, T: Copy>(
    kind: Kind,
    before: impl Iterator<Item = (&'a str, T, &'a str)>,
    after: impl Iterator<Item = (&'a str, T, &'a str)>,
    compare: impl Fn(T, T) -> Option<Change>,
    out: &mut Vec<Entry>,
) {
    let mut before: IndexMap<&str, (T, &str)> = before.map(|(id, t, title)| (id, (t, title))).collect();
    let entry =
        |id: &str, title: &str, change| Entry { kind, id: id.to_owned(), title: title.to_owned(), change };
    for (id, is, title) in after {
        let change = match before.shift_remove(id) {
            None => Some(Change::Added),
            Some((was, _)) => compare(was, is),
        };
        out.extend(change.map(|change| entry(id, title, change)));
    }
    out.extend(before.into_iter().map(|(id, (_, title))| entry(id, title, Change::Removed)));
}

fn changed(aspects: Vec<Aspect>) -> Option<Change> {
    (!aspects.is_empty()).then_some(Change::Changed(aspects))
}

fn rest(before: &Runbook, after: &Runbook, out: &mut Vec<Entry>) {
    // What a thing comes to is compared; where that is too long to show, only that it is different.
    let opaque = |what, same: bool| {
        if same { None } else { changed(vec![Aspect { what, before: None, after: None }]) }
    };
    let digest =
        |r: &Runbook, id: &CheckId| r.checks.get(id).map(|c| canonical::check(c, &r.fields, &r.decisions));
    places(
        Kind::Check,
        before.checks.values().map(|c| (c.id.as_str(), c, c.title.as_str())),
        after.checks.values().map(|c| (c.id.as_str(), c, c.title.as_str())),
        |was, is| opaque("what it asks for", digest(before, &was.id) == digest(after, &is.id)),
        out,
    );
    places(
        Kind::Action,
        before.actions.values().map(|a| (a.id.as_str(), a, a.title.as_str())),
        after.actions.values().map(|a| (a.id.as_str(), a, a.title.as_str())),
        |was, is| opaque("what it does", canonical::action(was) == canonical::action(is)),
        out,
    );
    let side = |s: Side| match s {
        Side::Merchant => "merchant",
        Side::Provider => "provider",
    };
    places(
        Kind::Role,
        before.roles.values().map(|r| (r.id.as_str(), r, r.name.as_str())),
        after.roles.values().map(|r| (r.id.as_str(), r, r.name.as_str())),
        |was, is| {
            let mut aspects = Vec::new();
            text("name", Some(&was.name), Some(&is.name), &mut aspects);
            text("side", Some(side(was.side)), Some(side(is.side)), &mut aspects);
            flag("lead", was.lead, is.lead, &mut aspects);
            text("duty", was.duty.as_deref(), is.duty.as_deref(), &mut aspects);
            changed(aspects)
        },
        out,
    );
    places(
        Kind::Field,
        before.fields.values().map(|f| (f.id.as_str(), f, f.label.as_str())),
        after.fields.values().map(|f| (f.id.as_str(), f, f.label.as_str())),
        |was, is| opaque("its form", was == is),
        out,
    );
    places(
        Kind::Secret,
        before.secrets.values().map(|s| (s.id.as_str(), s, s.label.as_str())),
        after.secrets.values().map(|s| (s.id.as_str(), s, s.label.as_str())),
        |was, is| opaque("its form, or where it may be sent", was == is),
        out,
    );
    places(
        Kind::Decision,
        before.decisions.values().map(|d| (d.id.as_str(), d, d.title.as_str())),
        after.decisions.values().map(|d| (d.id.as_str(), d, d.title.as_str())),
        |was, is| opaque("its options or rules", was == is),
        out,
    );
}

fn stage(was: &Stage, is: &Stage) -> Vec<Aspect> {
    let mut out = Vec::new();
    text("title", Some(&was.title), Some(&is.title), &mut out);
    let gate = |g: GateMode| match g {
        GateMode::Enforce => "enforce",
        GateMode::Warn => "warn",
    };
    text("gate", Some(gate(was.gate)), Some(gate(is.gate)), &mut out);
    let roles = |s: &Stage| s.signoff.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    text("signed by", Some(&roles(was)), Some(&roles(is)), &mut out);
    flag("by different people", was.distinct, is.distinct, &mut out);
    text("hint", was.hint.as_deref(), is.hint.as_deref(), &mut out);
    out
}

fn item(before: &Runbook, was: &Item, after: &Runbook, is: &Item) -> Vec<Aspect> {
    let mut out = Vec::new();
    text("title", Some(&was.title), Some(&is.title), &mut out);
    text("heading", was.group.as_deref(), is.group.as_deref(), &mut out);
    text("hint", was.hint.as_deref(), is.hint.as_deref(), &mut out);
    let parts = |i: &Item| i.parts.iter().map(|p| p.title.as_str()).collect::<Vec<_>>().join(", ");
    text("parts", Some(&parts(was)), Some(&parts(is)), &mut out);
    text("owner", Some(&owner(before, &was.owner)), Some(&owner(after, &is.owner)), &mut out);
    flag("by different people", was.owner.distinct, is.owner.distinct, &mut out);
    let check = |i: &Item| i.check.as_ref().map(|c| format!("{} ({:?})", c.check, c.mode).to_lowercase());
    text("check", check(was).as_deref(), check(is).as_deref(), &mut out);
    if was.evidence != is.evidence {
        out.push(Aspect { what: "evidence asked for", before: None, after: None });
    }
    let days = |i: &Item| i.valid_for.map(|v| format!("{} h", v.num_hours()));
    text("valid for", days(was).as_deref(), days(is).as_deref(), &mut out);
    let rule = |i: &Item| i.applies_when.as_ref().map(|e| e.source().to_owned());
    text("applies when", rule(was).as_deref(), rule(is).as_deref(), &mut out);
    flag("optional", was.optional, is.optional, &mut out);
    flag("signed with a key of one's own", was.self_signed, is.self_signed, &mut out);
    flag("reviewed by another person", was.independent, is.independent, &mut out);
    if out.is_empty() {
        // The digest covers these as well.
        out.push(Aspect { what: "its check, its roles or its actions", before: None, after: None });
    }
    out
}

fn text(what: &'static str, before: Option<&str>, after: Option<&str>, out: &mut Vec<Aspect>) {
    if before != after {
        let some = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
        out.push(Aspect { what, before: some(before), after: some(after) });
    }
}

fn flag(what: &'static str, before: bool, after: bool, out: &mut Vec<Aspect>) {
    let word = |set: bool| if set { "yes" } else { "no" };
    text(what, Some(word(before)), Some(word(after)), out);
}

fn owner(runbook: &Runbook, owner: &Owner) -> String {
    fn signs(runbook: &Runbook, expression: &OwnerExpr) -> String {
        let list = |all: &[OwnerExpr], between: &str| {
            all.iter().map(|e| signs(runbook, e)).collect::<Vec<_>>().join(between)
        };
        match expression {
            OwnerExpr::Role(role) => runbook.role_name(role).to_owned(),
            OwnerExpr::All(all) => list(all, " + "),
            OwnerExpr::Any(all) => list(all, " / "),
        }
    }
    let mut said = signs(runbook, &owner.signs);
    if !owner.with.is_empty() {
        let with: Vec<&str> = owner.with.iter().map(|r| runbook.role_name(r)).collect();
        said = format!("{said}, with {}", with.join(", "));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{find, load};

    fn flint(edit: impl Fn(String) -> String) -> Runbook {
        let text = edit(find("flint").unwrap().text.to_owned());
        load("flint.toml", text.as_bytes()).unwrap().runbook
    }

    fn one(after: &Runbook) -> Entry {
        let difference = Difference::between(&flint(|t| t), after);
        let [entry] = <[Entry; 1]>::try_from(difference.entries).unwrap();
        entry
    }

    #[test]
    fn a_comment_or_another_version_number_is_no_difference() {
        let after = flint(|t| format!("# a remark\n{t}"));
        let difference = Difference::between(&flint(|t| t), &after);
        assert_eq!(difference.entries, []);
        assert_ne!(difference.from.digest, difference.to.digest);
    }

    #[test]
    fn a_thing_that_is_gone_is_new_the_other_way_round() {
        let before = flint(|t| t);
        let mut stages = before.stages().to_vec();
        let gone = stages[0].items.pop().unwrap();
        let after = before.with_stages(stages);
        let told = |a: &Runbook, b: &Runbook| Difference::between(a, b).entries;
        let is = |entries: Vec<Entry>, change: Change| {
            let [entry] = <[Entry; 1]>::try_from(entries).unwrap();
            assert_eq!((entry.kind, entry.id.as_str(), entry.change), (Kind::Item, gone.id.as_str(), change));
        };
        is(told(&before, &after), Change::Removed);
        is(told(&after, &before), Change::Added);
    }

    #[test]
    fn an_item_in_another_stage_is_moved_and_not_changed() {
        let before = flint(|t| t);
        let mut stages = before.stages().to_vec();
        let moved = stages[0].items.pop().unwrap();
        let title = stages[0].title.clone();
        stages[1].items.push(moved.clone());
        let entry = one(&before.with_stages(stages));
        assert!(
            matches!(entry.change, Change::Moved { from, aspects, .. } if from == title && aspects.is_empty())
        );
        assert_eq!(entry.id, moved.id.as_str());
    }

    #[test]
    fn a_changed_item_says_in_which_respects() {
        let before = flint(|t| t);
        let mut stages = before.stages().to_vec();
        let item = &mut stages[1].items[0];
        let was = item.title.clone();
        item.title = "Other words".into();
        item.optional = !item.optional;
        item.digest = Digest::of(b"other");
        let Change::Changed(aspects) = one(&before.with_stages(stages)).change else { panic!() };
        let said: Vec<String> = aspects.iter().map(Aspect::words).collect();
        assert_eq!(said, [format!("title: {was}, now Other words"), "optional: no, now yes".to_owned()]);
    }

    #[test]
    fn a_check_that_asks_for_something_else_has_no_verdict_any_more() {
        let before = flint(|t| t);
        let after = flint(|t| {
            t.replacen("json.data.payments.status == 'ready'", "json.data.payments.status == 'live'", 1)
        });
        let ended = Difference::verdicts_ended(&before, &after);
        assert!(!ended.is_empty());
        assert!(Difference::verdicts_ended(&before, &before).is_empty());
        let difference = Difference::between(&before, &after);
        assert!(difference.entries.iter().any(|e| e.kind == Kind::Check && e.id == ended[0].as_str()));
        assert!(difference.entries.iter().any(|e| e.kind == Kind::Item), "its items are others too");
    }
}
