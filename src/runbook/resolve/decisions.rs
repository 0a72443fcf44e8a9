//! The decision matrix.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;

use super::scope::{Place, expression};
use super::words::{at_most, id, number, one_of, pattern, prose, required, set, title};
use crate::domain::decision::{Choice, Decision, DecisionKind, DecisionRule};
use crate::domain::ids::{DecisionId, PartId};
use crate::runbook::fault::{Draft, Gathering, Span};
use crate::runbook::known::Known;
use crate::runbook::shapes::{RawChoice, RawDecision, RawRule};

const MAX_DECISIONS: usize = 200;
const MAX_CHOICES: usize = 64;
const MAX_RULES: usize = 32;
/// The longest value of a decision, in characters.
const MAX_VALUE: usize = 1000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Choice,
    Each,
}

const KINDS: [(&str, Kind); 3] = [("text", Kind::Text), ("choice", Kind::Choice), ("each", Kind::Each)];

/// The decisions, in the author's order.
pub(super) fn decisions(
    mut raw: Vec<RawDecision<'_>>,
    at: Span,
    known: &mut Known<'_>,
    out: &mut Gathering<'_>,
) -> IndexMap<DecisionId, Decision> {
    at_most(&mut raw, MAX_DECISIONS, "decisions", at, out);
    raw.into_iter().filter_map(|d| decision(d, known, out)).map(|d| (d.id.clone(), d)).collect()
}

fn decision(raw: RawDecision<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Decision> {
    let key = required(raw.id, "id", raw.at, raw.broken, out);
    let name = required(raw.title, "title", raw.at, raw.broken, out);
    let word = required(raw.kind, "kind", raw.at, raw.broken, out);
    let key = key.and_then(|k| id(k, DecisionId::new, out));
    let name = name.and_then(|t| title(t, out));
    let hint = prose(raw.hint, out);
    let mut rules = raw.rules.unwrap_or_default();
    at_most(&mut rules, MAX_RULES, "rules", raw.at, out);
    let rules = rules.iter().filter_map(|r| rule(r, known, out)).collect();
    let kind = word.and_then(|word| one_of(word, "kind of decision", &KINDS, out));
    let unfit = |key: &str, at: Span| {
        Draft::error(at, format!("'{key}' does not belong to this kind of decision"))
            .hint("text: max_chars, pattern; choice: options; each: subjects, options")
    };
    if kind.is_some_and(|k| k != Kind::Text) {
        raw.max_chars.iter().for_each(|c| out.push(unfit("max_chars", c.at)));
        raw.pattern.iter().for_each(|p| out.push(unfit("pattern", p.at)));
    }
    if kind == Some(Kind::Text) && raw.options.is_some() {
        out.push(unfit("options", raw.at));
    }
    if kind.is_some_and(|k| k != Kind::Each) && raw.subjects.is_some() {
        out.push(unfit("subjects", raw.at));
    }
    let choices_of = |list, key, out: &mut Gathering<'_>| {
        let list = required(list, key, raw.at, raw.broken, out);
        list.and_then(|list| choices(list, raw.at, out))
    };
    let kind = match kind? {
        Kind::Text => DecisionKind::Text {
            max_chars: raw.max_chars.and_then(|max| number(max, MAX_VALUE, out)),
            pattern: raw.pattern.and_then(|p| pattern(p, known, out)),
        },
        Kind::Choice => DecisionKind::Choice { options: choices_of(raw.options, "options", out)? },
        Kind::Each => {
            let subjects = choices_of(raw.subjects, "subjects", out);
            let options = choices_of(raw.options, "options", out);
            DecisionKind::Each { subjects: subjects?, options: options? }
        }
    };
    if matches!(kind, DecisionKind::Text { max_chars: Some(0), .. }) {
        out.push(Draft::error(raw.at, "no value has 0 characters, so this could never be decided"));
    }
    Some(Decision { id: key?, title: name?, hint, kind, rules })
}

/// Options or subjects: some, and none twice.
fn choices(mut raw: Vec<RawChoice<'_>>, at: Span, out: &mut Gathering<'_>) -> Option<Vec<Choice>> {
    at_most(&mut raw, MAX_CHOICES, "choices", at, out);
    if raw.is_empty() {
        out.push(Draft::error(at, "there is nothing to choose from").hint("options = [\"yes\", \"no\"]"));
        return None;
    }
    let mut seen = HashSet::new();
    let mut choices = Vec::new();
    for (choice, at) in raw.iter().filter_map(|c| choice(c, out)).collect::<Vec<_>>() {
        if seen.insert(choice.id.clone()) {
            choices.push(choice);
        } else {
            out.push(Draft::error(at, format!("'{}' is there twice", choice.id)));
        }
    }
    Some(choices)
}

fn choice(raw: &RawChoice<'_>, out: &mut Gathering<'_>) -> Option<(Choice, Span)> {
    let key = required(raw.id, "id", raw.at, raw.broken, out)?;
    id(key, PartId::new, out)?;
    let title = raw.title.map_or(Some(key.text.to_owned()), |t| title(t, out))?;
    Some((Choice { id: key.text.to_owned(), title }, key.at))
}

fn rule(raw: &RawRule<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<DecisionRule> {
    let must = required(raw.must, "must", raw.at, raw.broken, out);
    let because = required(raw.because, "because", raw.at, raw.broken, out);
    let mut fields = BTreeSet::new();
    let when = raw.when.map(|w| expression(w, Place::Rule, known, &mut fields, out));
    let condition = must.and_then(|m| expression(m, Place::Rule, known, &mut fields, out));
    let because = prose(because, out);
    // A condition with a fault is not taken for a rule without one.
    let when = match when {
        Some(when) => Some(when?),
        None => None,
    };
    let condition = condition?;
    if condition.names().is_empty() {
        let at = must.map_or(raw.at, |m| m.at);
        out.push(
            Draft::error(at, "this condition looks at nothing, so it always says the same")
                .hint("look at value, fields.x or decisions.x"),
        );
        return None;
    }
    Some(DecisionRule { when, must: condition, because: because?, on_confirm: set(raw.on_confirm) })
}
