//! What an item wants attached, and who may review it.

use crate::domain::evidence::{Demand, EvidenceKind, EvidenceRule};
use crate::domain::runbook::{CheckMode, ItemCheck};
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::shapes::{RawDemand, RawEvidence, RawItem};

use super::words::{at_most, number, one_of, pattern, prose, required};

/// The most pieces that an item may ask for.
const MAX_EVIDENCE: usize = 20;

const KINDS: [(&str, EvidenceKind); 4] = [
    ("text", EvidenceKind::Text),
    ("url", EvidenceKind::Url),
    ("id", EvidenceKind::Id),
    ("file", EvidenceKind::File),
];

/// What must be attached to an item.
pub(super) fn evidence(raw: RawEvidence<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> EvidenceRule {
    match raw {
        RawEvidence::Rule(rule) => EvidenceRule {
            required: rule.required.and_then(|n| number(n, MAX_EVIDENCE, out)).unwrap_or_default(),
            hint: prose(rule.hint, out),
            demands: Vec::new(),
        },
        RawEvidence::Demands(mut list, at) => {
            at_most(&mut list, MAX_EVIDENCE, "kinds of evidence", at, out);
            let demands: Vec<Demand> = list.into_iter().filter_map(|raw| demand(&raw, known, out)).collect();
            if demands.iter().map(|d| d.required).sum::<usize>() > MAX_EVIDENCE {
                out.push(
                    Draft::error(at, format!("an item asks for at most {MAX_EVIDENCE} pieces of evidence"))
                        .hint("ask for one file that has them all"),
                );
            }
            EvidenceRule { required: 0, hint: None, demands }
        }
    }
}

fn demand(raw: &RawDemand<'_>, known: &mut Known<'_>, out: &mut Gathering<'_>) -> Option<Demand> {
    let kind = required(raw.kind, "kind", raw.at, raw.broken, out);
    let kind = kind.and_then(|k| one_of(k, "kind of evidence", &KINDS, out));
    let count = raw.required.map_or(Some(1), |n| number(n, MAX_EVIDENCE, out));
    if let (Some(count), Some(0)) = (raw.required, count) {
        out.push(
            Draft::error(count.at, "a kind of evidence that need not be there is not asked for")
                .hint("remove it, or say what would help in the item's hint"),
        );
    }
    let form = raw.pattern.and_then(|text| pattern(text, known, out));
    if kind == Some(EvidenceKind::Id) && raw.pattern.is_none() && !raw.broken {
        out.push(
            Draft::error(raw.at, "an id has a form, which 'pattern' gives")
                .hint("add pattern = \"^pay_\", or use kind = \"text\""),
        );
    }
    Some(Demand { kind: kind?, required: count?, pattern: form, hint: prose(raw.hint, out) })
}

/// Faults of an item that asks for the review of another person.
pub(super) fn reviewed(
    raw: &RawItem<'_>,
    check: Option<&ItemCheck>,
    rule: &EvidenceRule,
    out: &mut Gathering<'_>,
) {
    let Some(flag) = raw.independent.filter(|flag| flag.set) else {
        return;
    };
    if check.is_some_and(|c| c.mode == CheckMode::Auto) {
        out.push(
            Draft::error(flag.at, "nobody reviews an item that its check ticks by itself")
                .hint("take away independent, or use mode = \"assist\""),
        );
    }
    if rule.least() == 0 && rule.hint.is_none() {
        out.push(
            Draft::warning(flag.at, "'independent' says nothing when no evidence is asked for")
                .hint("say what is reviewed: evidence = { required = 1, hint = \"…\" }"),
        );
    }
}
