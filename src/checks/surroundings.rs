//! What conditions and templates see beside an answer: fields, decisions, and what steps before captured.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use minijinja::Value;

use super::answer::Answer;
use super::judge::millis;
use super::subject::Subject;
use crate::domain::plain::Names;

/// What a condition sees beside the answer.
#[derive(Debug, Clone)]
pub struct Surroundings<'a> {
    facts: Facts<'a>,
    captures: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
enum Facts<'a> {
    /// Values of the language.
    Values(Value),
    /// An engagement, with those values once something needs them.
    Subject(&'a Subject, OnceLock<Value>),
}

impl<'a> Surroundings<'a> {
    /// From a context that has `fields` and `decisions`
    /// ([`Facts::context`](crate::domain::facts::Facts::context)).
    pub fn new(facts: &Value) -> Self {
        Self { facts: Facts::Values(facts.clone()), captures: BTreeMap::new() }
    }

    /// From an engagement. Values of the language are made only when they are needed.
    pub fn of(subject: &'a Subject) -> Self {
        Self { facts: Facts::Subject(subject, OnceLock::new()), captures: BTreeMap::new() }
    }

    /// Adds what a step captured.
    pub fn capture(&mut self, captures: impl IntoIterator<Item = (String, String)>) {
        self.captures.extend(captures);
    }

    /// The context of templates: no answer in it yet.
    pub fn context(&self) -> Value {
        Value::from_pairs(self.pairs())
    }

    fn pairs(&self) -> Vec<(&'static str, Value)> {
        let facts = match &self.facts {
            Facts::Values(values) => values,
            Facts::Subject(subject, values) => values.get_or_init(|| subject.context()),
        };
        let part = |name| facts.get_attr(name).unwrap_or_default();
        let captures = Value::from_pairs(self.captures.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        vec![("fields", part("fields")), ("decisions", part("decisions")), ("captures", captures)]
    }

    /// The context of conditions: an answer and all that was there before it.
    pub fn with_answer(&self, answer: &Answer, json: Option<Value>, text: Option<&str>) -> Value {
        let mut pairs = self.pairs();
        pairs.push(("status", Value::from(answer.status)));
        let headers = Value::from_pairs(answer.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        pairs.push(("headers", headers));
        pairs.push(("elapsed_ms", Value::from(millis(answer.elapsed))));
        pairs.extend(json.map(|json| ("json", json)));
        pairs.extend(text.map(|text| ("text", Value::from(text))));
        Value::from_pairs(pairs)
    }
}

impl Names for Surroundings<'_> {
    fn text(&self, table: &str, name: &str) -> Option<&str> {
        match (table, &self.facts) {
            ("captures", _) => self.captures.get(name).map(String::as_str),
            // As in the values of the language, a known name that has no text is there and empty.
            ("fields", Facts::Subject(subject, _)) => {
                let known = subject.runbook.fields.contains_key(name);
                known.then(|| subject.facts.fields.get(name).map_or("", String::as_str))
            }
            ("decisions", Facts::Subject(subject, _)) => {
                let known = subject.runbook.decisions.contains_key(name);
                known.then(|| subject.facts.decisions.get(name).map_or("", |(value, _)| value.as_str()))
            }
            _ => None,
        }
    }
}
