//! What an event says in full, key by key: for whoever opens one, where a sentence is not enough.

use serde_json::Value;

use super::event::Event;

/// The most lines that one event is given in; a decision on going live names every check.
const MAX_LINES: usize = 500;

/// Each key of the fact with its value. Keys are those of the JSON, joined by a dot where they lie in each
/// other; what is missing is left out.
pub fn event_lines(event: &Event) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let fact = serde_json::to_value(&event.fact).unwrap_or_default();
    match fact {
        // Facts are tagged by their word: the keys lie one level down.
        Value::Object(tagged) => tagged.into_iter().for_each(|(_, body)| walk("", &body, &mut lines)),
        other => walk("", &other, &mut lines),
    }
    lines
}

fn walk(path: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    if lines.len() >= MAX_LINES {
        return;
    }
    let key = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(name, inner)| walk(&key(name), inner, lines)),
        Value::Array(list) if list.iter().all(|v| !v.is_object() && !v.is_array()) => {
            if !list.is_empty() {
                let words: Vec<_> = list.iter().map(scalar).collect();
                lines.push((path.to_owned(), words.join(", ")));
            }
        }
        Value::Array(list) => {
            for (n, inner) in list.iter().enumerate() {
                walk(&key(&(n + 1).to_string()), inner, lines);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) => lines.push((path.to_owned(), scalar(value))),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::World;

    #[test]
    fn a_tick_names_its_item_its_role_and_what_it_covers() {
        let world = World::second_done();
        let (event, _) = world.events.iter().rfind(|(e, _)| e.fact.word() == "ticked").unwrap();
        let lines = event_lines(event);
        let said = |key: &str| lines.iter().find(|(k, _)| k == key).map(|(_, said)| said.as_str());
        assert_eq!(said("item"), Some("assist"));
        assert_eq!(said("signoff.role"), Some("dev"));
        assert_eq!(said("signoff.member"), Some("Dev"));
        assert_eq!(said("signoff.covers.head.seq"), Some((event.seq - 1).to_string().as_str()));
    }

    #[test]
    fn what_is_missing_or_empty_has_no_line() {
        let world = World::new();
        let opened = event_lines(&world.events[0].0);
        assert!(opened.iter().all(|(key, said)| !said.is_empty() && key != "target"), "{opened:?}");
    }
}
