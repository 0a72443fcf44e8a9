//! `json = { … }` of a step as the text of a template.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use super::scope::{Place, template};
use crate::domain::expression::Template;
use crate::domain::ids::FieldId;
use crate::runbook::fault::{Draft, Gathering};
use crate::runbook::known::Known;
use crate::runbook::read::{Node, Text, place};

/// The body as a template. What its texts take from fields is escaped for JSON, so that no value of a
/// field can end the text that it stands in.
pub(super) fn json(
    node: &Node<'_>,
    scope: Place<'_>,
    known: &mut Known<'_>,
    needs: &mut BTreeSet<FieldId>,
    out: &mut Gathering<'_>,
) -> Option<Template> {
    let mut texts = Vec::new();
    let shape = value(node, &mut texts, out)?;
    // Every text is checked by itself first, so that a fault points at it.
    let mut good = true;
    for text in &texts {
        good &= template(*text, scope, known, needs, out).is_some();
    }
    if !good {
        return None;
    }
    let source = shape.to_string();
    template(Text { text: &source, at: place(node, out) }, scope, known, needs, out)
}

fn value<'a>(node: &'a Node<'_>, texts: &mut Vec<Text<'a>>, out: &mut Gathering<'_>) -> Option<Value> {
    match node.get_ref() {
        DeValue::String(text) => {
            let text = Text { text, at: place(node, out) };
            texts.push(text);
            Some(Value::String(escaping(text.text)))
        }
        DeValue::Integer(n) => {
            let number = i64::from_str_radix(n.as_str(), n.radix()).ok();
            if number.is_none() {
                out.push(Draft::error(place(node, out), "this number is too large"));
            }
            number.map(Value::from)
        }
        DeValue::Float(n) => {
            let number = n.as_str().parse().ok().and_then(Number::from_f64);
            if number.is_none() {
                out.push(Draft::error(place(node, out), "JSON has no such number"));
            }
            number.map(Value::Number)
        }
        DeValue::Boolean(b) => Some(Value::Bool(*b)),
        DeValue::Datetime(_) => {
            out.push(
                Draft::error(place(node, out), "JSON has no dates").hint("write it as a text, in quotes"),
            );
            None
        }
        DeValue::Array(list) => list.iter().map(|n| value(n, texts, out)).collect::<Option<_>>(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, n)| {
                if key.get_ref().contains("{{") {
                    out.push(Draft::error(
                        out.at(key.span()),
                        "a key of a body is fixed, it takes no fields",
                    ));
                    return None;
                }
                Some((key.get_ref().to_string(), value(n, texts, out)?))
            })
            .collect::<Option<Map<_, _>>>()
            .map(Value::Object),
    }
}

/// Puts the `jsontext` filter at the end of each `{{ … }}`.
fn escaping(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.push_str("{{ (");
        out.push_str(inside);
        out.push_str(")|jsontext }}");
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn a_value_cannot_end_the_text_it_stands_in() {
        let source = format!("{{\"a\":\"{}\"}}", escaping("x {{ fields.id }} y"));
        let body = Template::new(&source).unwrap();
        let fields = context! { id => "1\",\"admin\":\"\n" };
        let sent = body.render(&context! { fields }).unwrap();
        let parsed: Value = serde_json::from_str(&sent).unwrap();
        assert_eq!(parsed["a"], "x 1\",\"admin\":\"\n y");
        assert_eq!(parsed.as_object().unwrap().len(), 1);
    }
}
