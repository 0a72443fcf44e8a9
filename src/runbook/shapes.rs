//! The raw shapes of a runbook file: what may be written where, before anything is looked up.

use super::fault::{Draft, Gathering, Span};
use super::read::{Count, Flag, Named, Node, Read, Text, as_list, as_table, entries, place, shape, wrong};
use toml::de::DeValue;

shape! {
    /// The whole file.
    struct RawRunbook {
        "schema" => schema: Count,
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
        "version" => version: Text<'a>,
        "provider" => provider: Text<'a>,
        "source" => source: Text<'a>,
        "roles" => roles: Vec<RawRole<'a>>,
        "fields" => fields: Vec<RawField<'a>>,
        "secrets" => secrets: Vec<RawSecret<'a>>,
        "decisions" => decisions: Vec<RawDecision<'a>>,
        "checks" => checks: Named<'a, &'a Node<'a>>,
        "actions" => actions: Vec<RawAction<'a>>,
        "troubleshooting" => troubleshooting: Vec<RawSymptom<'a>>,
        "stages" => stages: Vec<RawStage<'a>>,
    }
}

shape! {
    /// `[[roles]]`
    struct RawRole {
        "id" => id: Text<'a>,
        "name" => name: Text<'a>,
        "side" => side: Text<'a>,
        "lead" => lead: Flag,
        "duty" => duty: Text<'a>,
    }
}

shape! {
    /// `[[fields]]`
    struct RawField {
        "id" => id: Text<'a>,
        "label" => label: Text<'a>,
        "pattern" => pattern: Text<'a>,
        "hint" => hint: Text<'a>,
        "default" => default: Text<'a>,
    }
}

shape! {
    /// `[[secrets]]`
    struct RawSecret {
        "id" => id: Text<'a>,
        "label" => label: Text<'a>,
        "pattern" => pattern: Text<'a>,
        "origins" => origins: Vec<Text<'a>>,
        "policy" => policy: RawPolicy<'a>,
        "hint" => hint: Text<'a>,
    }
}

shape! {
    /// `[[decisions]]`
    struct RawDecision {
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
        "hint" => hint: Text<'a>,
        "kind" => kind: Text<'a>,
        "max_chars" => max_chars: Count,
        "pattern" => pattern: Text<'a>,
        "options" => options: Vec<RawChoice<'a>>,
        "subjects" => subjects: Vec<RawChoice<'a>>,
        "rules" => rules: Vec<RawRule<'a>>,
    }
}

shape! {
    /// A rule of a decision.
    struct RawRule {
        "when" => when: Text<'a>,
        "must" => must: Text<'a>,
        "because" => because: Text<'a>,
        "on_confirm" => on_confirm: Flag,
    }
}

shape! {
    /// An option or a subject written as a table.
    struct RawChoiceTable {
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
    }
}

shape! {
    /// What every `[checks.x]` has.
    struct RawCheck {
        "kind" => kind: Text<'a>,
        "title" => title: Text<'a>,
        "every" => every: Text<'a>,
        "ttl" => ttl: Text<'a>,
        "deadline" => deadline: Text<'a>,
        "after_passes" => after_passes: Count,
        "after_failures" => after_failures: Count,
    }
}

shape! {
    /// A check of kind `http`.
    struct RawHttp {
        "steps" => steps: Vec<RawStep<'a>>,
    }
}

shape! {
    /// `[[checks.x.steps]]`
    struct RawStep {
        "name" => name: Text<'a>,
        "get" => get: Text<'a>,
        "head" => head: Text<'a>,
        "post" => post: Text<'a>,
        "put" => put: Text<'a>,
        "patch" => patch: Text<'a>,
        "delete" => delete: Text<'a>,
        "bearer" => bearer: Text<'a>,
        "auth" => auth: RawAuth<'a>,
        "headers" => headers: Named<'a, Text<'a>>,
        "json" => json: &'a Node<'a>,
        "body" => body: Text<'a>,
        "expect" => expect: OneOrMany<'a>,
        "pending" => pending: OneOrMany<'a>,
        "blocking" => blocking: RawListings<'a>,
        "waiting" => waiting: RawListings<'a>,
        "warning" => warning: RawListings<'a>,
        "reason" => reason: Text<'a>,
        "capture" => capture: Named<'a, Text<'a>>,
        "store" => store: Named<'a, Text<'a>>,
    }
}

shape! {
    /// `[[actions]]`
    struct RawAction {
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
        "item" => item: Text<'a>,
        "confirm" => confirm: Text<'a>,
        "once" => once: Flag,
        "idempotency_header" => idempotency_header: Text<'a>,
        "deadline" => deadline: Text<'a>,
        "steps" => steps: Vec<RawStep<'a>>,
        "show" => show: Text<'a>,
    }
}

shape! {
    /// `policy = { … }` of a secret
    struct RawPolicy {
        "min_chars" => min_chars: Count,
        "max_chars" => max_chars: Count,
        "upper" => upper: Count,
        "alphanumeric" => alphanumeric: Count,
        "not_last" => not_last: Count,
    }
}

shape! {
    /// `auth = { … }`
    struct RawAuth {
        "scheme" => scheme: Text<'a>,
        "secret" => secret: Text<'a>,
    }
}

shape! {
    /// A check of kind `page`.
    struct RawPage {
        "url" => url: Text<'a>,
        "require" => require: OneOrMany<'a>,
        "forbid" => forbid: OneOrMany<'a>,
        "links" => links: Vec<RawLink<'a>>,
        "mailto" => mailto: Flag,
        "tel" => tel: Flag,
        "currency" => currency: Text<'a>,
    }
}

shape! {
    /// A link of a page.
    struct RawLink {
        "purpose" => purpose: Text<'a>,
        "pattern" => pattern: Text<'a>,
    }
}

shape! {
    /// A check of kind `webhook`.
    struct RawWebhook {
        "url" => url: Text<'a>,
        "secret" => secret: Text<'a>,
        "secret_form" => secret_form: Text<'a>,
        "scheme" => scheme: Text<'a>,
        "signature" => signature: RawSignature<'a>,
        "headers" => headers: Named<'a, Text<'a>>,
        "json" => json: &'a Node<'a>,
        "body" => body: Text<'a>,
        "within" => within: Text<'a>,
        "refuse" => refuse: Vec<Text<'a>>,
        "tolerance" => tolerance: Text<'a>,
    }
}

shape! {
    /// `[checks.x.signature]`
    struct RawSignature {
        "header" => header: Text<'a>,
        "algorithm" => algorithm: Text<'a>,
        "encoding" => encoding: Text<'a>,
        "signed" => signed: Text<'a>,
        "value" => value: Text<'a>,
        "timestamp_header" => timestamp_header: Text<'a>,
        "id_header" => id_header: Text<'a>,
    }
}

shape! {
    /// A check of kind `env`.
    struct RawEnv {
        "file" => file: Text<'a>,
        "variables" => variables: Vec<RawVariable<'a>>,
    }
}

shape! {
    /// A variable of an environment.
    struct RawVariable {
        "name" => name: Text<'a>,
        "pattern" => pattern: Text<'a>,
    }
}

shape! {
    /// A check of kind `fields`.
    struct RawFieldsCheck {
        "fields" => fields: Vec<Text<'a>>,
    }
}

shape! {
    /// A check of kind `decisions`.
    struct RawDecisionsCheck {
        "decisions" => decisions: Vec<Text<'a>>,
        "state" => state: Text<'a>,
    }
}

shape! {
    /// `[[troubleshooting]]`
    struct RawSymptom {
        "symptom" => symptom: Text<'a>,
        "cause" => cause: Text<'a>,
        "fix" => fix: Text<'a>,
        "checks" => checks: Vec<Text<'a>>,
        "when" => when: Text<'a>,
    }
}

shape! {
    /// `[[stages]]`; its items are read one at a time, as there may be many and each is large.
    struct RawStage {
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
        "hint" => hint: Text<'a>,
        "gate" => gate: Text<'a>,
        "signoff" => signoff: Vec<Text<'a>>,
        "distinct" => distinct: Flag,
        "items" => items: &'a Node<'a>,
    }
}

shape! {
    /// `[[stages.items]]`
    struct RawItem {
        "id" => id: Text<'a>,
        "title" => title: Text<'a>,
        "group" => group: Text<'a>,
        "hint" => hint: Text<'a>,
        "parts" => parts: Vec<RawChoice<'a>>,
        "owner" => owner: RawOwner<'a>,
        "with" => with: Vec<Text<'a>>,
        "with_required" => with_required: Flag,
        "distinct" => distinct: Flag,
        "check" => check: RawItemCheck<'a>,
        "evidence" => evidence: RawEvidence<'a>,
        "valid_for" => valid_for: Text<'a>,
        "warn_before" => warn_before: Text<'a>,
        "lead_time" => lead_time: Text<'a>,
        "applies_when" => applies_when: Text<'a>,
        "optional" => optional: Flag,
        "self_signed" => self_signed: Flag,
        "independent" => independent: Flag,
        "reconfirms" => reconfirms: Text<'a>,
    }
}

shape! {
    /// `check = { use = "…", mode = "…" }`
    struct RawItemCheck {
        "use" => check: Text<'a>,
        "mode" => mode: Text<'a>,
    }
}

shape! {
    /// `evidence = { … }`
    struct RawEvidenceRule {
        "required" => required: Count,
        "hint" => hint: Text<'a>,
    }
}

shape! {
    /// `evidence = [{ kind = "…" }]`
    struct RawDemand {
        "kind" => kind: Text<'a>,
        "required" => required: Count,
        "pattern" => pattern: Text<'a>,
        "hint" => hint: Text<'a>,
    }
}

/// What an item asks for: so many pieces, or pieces of named kinds.
pub(super) enum RawEvidence<'a> {
    /// `{ required = 1, hint = "…" }`
    Rule(RawEvidenceRule<'a>),
    /// `[{ kind = "file" }, …]`, and where it stands
    Demands(Vec<RawDemand<'a>>, Span),
}

impl<'a> Read<'a> for RawEvidence<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => Vec::read(node, out).map(|list| Self::Demands(list, place(node, out))),
            _ => RawEvidenceRule::read(node, out).map(Self::Rule),
        }
    }
}

/// One text, or a list of them.
#[derive(Default)]
pub(super) struct OneOrMany<'a>(pub(super) Vec<Text<'a>>);

impl<'a> Read<'a> for OneOrMany<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => Vec::read(node, out).map(Self),
            _ => Text::read(node, out).map(|text| Self(vec![text])),
        }
    }
}

/// A list of findings, or several under labels of the author's own.
pub(super) enum RawListings<'a> {
    /// `"json.due"`
    One(Text<'a>),
    /// `{ "past due" = "json.past_due" }`
    Labelled(Named<'a, Text<'a>>),
}

impl<'a> Read<'a> for RawListings<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(_) => Text::read(node, out).map(Self::One),
            DeValue::Table(_) => Named::read(node, out).map(Self::Labelled),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                wrong(node, "a condition that gives a list, or a table of labels and such conditions", out);
                None
            }
        }
    }
}

/// An option, a subject or a part: an id with a title, or a text that is both.
pub(super) struct RawChoice<'a> {
    pub(super) at: Span,
    pub(super) broken: bool,
    pub(super) id: Option<Text<'a>>,
    pub(super) title: Option<Text<'a>>,
}

impl<'a> Read<'a> for RawChoice<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        if let DeValue::Table(table) = node.get_ref() {
            let raw: RawChoiceTable<'_> = entries(table, place(node, out), out);
            return Some(Self { at: raw.at, broken: raw.broken, id: raw.id, title: raw.title });
        }
        let text = Text::read(node, out)?;
        Some(Self { at: text.at, broken: false, id: Some(text), title: Some(text) })
    }
}

/// An owner expression.
pub(super) enum RawOwner<'a> {
    /// `"developer"`
    Role(Text<'a>),
    /// `{ all = […] }`, and where it stands
    All(Vec<RawOwner<'a>>, Span),
    /// `{ any = […] }`, and where it stands
    Any(Vec<RawOwner<'a>>, Span),
}

impl<'a> Read<'a> for RawOwner<'a> {
    fn read(node: &'a Node<'a>, out: &mut Gathering<'_>) -> Option<Self> {
        if let DeValue::String(text) = node.get_ref() {
            return Some(Self::Role(Text { text, at: place(node, out) }));
        }
        let DeValue::Table(_) = node.get_ref() else {
            wrong(node, "a role, { all = [...] } or { any = [...] }", out);
            return None;
        };
        let mut entries = as_table(node, out)?.iter();
        let (Some((key, list)), None) = (entries.next(), entries.next()) else {
            out.push(
                Draft::error(place(node, out), "an owner has exactly one of 'all' and 'any'")
                    .hint("nest them: { all = [\"a\", { any = [\"b\", \"c\"] }] }"),
            );
            return None;
        };
        let make = match key.get_ref().as_ref() {
            "all" => Self::All,
            "any" => Self::Any,
            other => {
                out.push(
                    Draft::error(out.at(key.span()), format!("there is no key '{other}' here"))
                        .hint("an owner is a role, { all = [...] } or { any = [...] }"),
                );
                return None;
            }
        };
        let elements = as_list(list, out)?;
        let read: Vec<_> = elements.iter().filter_map(|element| Self::read(element, out)).collect();
        // A list with a fault in it is not taken for a shorter one.
        (read.len() == elements.len()).then(|| make(read, place(list, out)))
    }
}
