//! Which values a condition reads, found in its words, so that a result can show them beside it.
//!
//! The compiled condition knows only the dotted part of a name: `headers['flint-mode']` is `headers`
//! to it. A person needs the whole, so the words are scanned here. A scan that misses something costs
//! a line on a screen, never a verdict.

use minijinja::Value;

/// The names that an answer, a file, a program and the engagement give to conditions. Others are
/// variables of a loop.
pub(super) const ROOTS: [&str; 13] = [
    "status",
    "headers",
    "json",
    "text",
    "elapsed_ms",
    "fields",
    "decisions",
    "captures",
    "data",
    "size",
    "exit",
    "stdout",
    "stderr",
];

/// Those under which there are texts by name.
pub(super) const TABLES: [&str; 3] = ["fields", "decisions", "captures"];

/// A value that a condition reads, such as `json.data[0].state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The words of the condition.
    pub words: String,
    /// The first name.
    pub root: String,
    /// What follows it.
    pub steps: Vec<Step>,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name` or `['name']`
    Key(String),
    /// `[3]`
    Index(usize),
}

impl Path {
    /// The value at the path; undefined where it ends early.
    pub fn value(&self, context: &Value) -> Value {
        let mut value = context.get_attr(&self.root).unwrap_or_default();
        for step in &self.steps {
            value = match step {
                Step::Key(key) => value.get_attr(key).unwrap_or_default(),
                Step::Index(index) => value.get_item_by_index(*index).unwrap_or_default(),
            };
        }
        value
    }
}

/// What a scan finds in the words of a condition.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The values it reads, each once, in order.
    pub paths: Vec<Path>,
    /// The whole numbers in it.
    pub numbers: Vec<u64>,
}

impl Words {
    /// Scans the words of a condition.
    pub fn of(source: &str) -> Self {
        let mut words = Self::default();
        let mut at = 0;
        // What stands before a name: after `|` it is a filter, after `is` a test, neither a value.
        let mut named_use = false;
        while let Some(c) = source[at..].chars().next() {
            match c {
                '\'' | '"' => at = end_of_text(source, at),
                '0'..='9' => {
                    let end = end_while(source, at, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
                    words.numbers.extend(source[at..end].parse::<u64>());
                    at = end;
                }
                'a'..='z' | 'A'..='Z' | '_' => {
                    let (path, end) = path_at(source, at);
                    let is_test = path.words == "is" || (named_use && path.words == "not");
                    if !named_use && ROOTS.contains(&path.root.as_str()) && !words.paths.contains(&path) {
                        words.paths.push(path);
                    }
                    named_use = is_test;
                    at = end;
                    continue;
                }
                '|' => {
                    named_use = true;
                    at += 1;
                    continue;
                }
                _ => at += c.len_utf8(),
            }
            if !c.is_whitespace() {
                named_use = false;
            }
        }
        words
    }

    /// Whether the condition reads anything under this name.
    pub fn read(&self, root: &str) -> bool {
        self.paths.iter().any(|p| p.root == root)
    }
}

fn end_while(source: &str, from: usize, good: impl Fn(char) -> bool) -> usize {
    source[from..].find(|c| !good(c)).map_or(source.len(), |n| from + n)
}

/// Just behind a text in quotes that starts at `from`.
fn end_of_text(source: &str, from: usize) -> usize {
    let mut chars = source[from..].char_indices();
    let quote = chars.next().map(|(_, c)| c);
    while let Some((n, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if Some(c) == quote {
            return from + n + c.len_utf8();
        }
    }
    source.len()
}

fn name_end(source: &str, from: usize) -> usize {
    end_while(source, from, |c| c.is_ascii_alphanumeric() || c == '_')
}

fn path_at(source: &str, from: usize) -> (Path, usize) {
    let mut end = name_end(source, from);
    let root = source[from..end].to_owned();
    let mut steps = Vec::new();
    let mut before_last = end;
    while let Some((step, next)) = step_at(source, end) {
        steps.push(step);
        before_last = end;
        end = next;
    }
    // `json.get('a')`: the last name is a method, not a value. The scan goes on behind it.
    let called = source[end..].starts_with('(');
    if called {
        steps.pop();
    }
    let words = source[from..if called { before_last } else { end }].to_owned();
    (Path { words, root, steps }, end)
}

fn step_at(source: &str, from: usize) -> Option<(Step, usize)> {
    let rest = &source[from..];
    if let Some(name) = rest.strip_prefix('.') {
        let len = name_end(name, 0);
        return (len > 0).then(|| (Step::Key(name[..len].to_owned()), from + 1 + len));
    }
    let inner = rest.strip_prefix('[')?;
    if inner.starts_with(['\'', '"']) {
        let end = end_of_text(inner, 0);
        let key = inner.get(1..end.checked_sub(1)?)?;
        return (inner[end..].starts_with(']') && !key.contains('\\'))
            .then(|| (Step::Key(key.to_owned()), from + 1 + end + 1));
    }
    let end = end_while(inner, 0, |c| c.is_ascii_digit());
    let index = inner[..end].parse().ok()?;
    inner[end..].starts_with(']').then_some((Step::Index(index), from + 1 + end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;
    use proptest::prelude::*;

    fn paths(source: &str) -> Vec<String> {
        Words::of(source).paths.into_iter().map(|p| p.words).collect()
    }

    #[test]
    fn whole_names_are_found() {
        assert_eq!(paths("status == 200 and json.data.state == 'json.no'"), ["status", "json.data.state"]);
        assert_eq!(paths("headers['flint-mode'] == \"live\""), ["headers['flint-mode']"]);
        assert_eq!(paths("json.a[2].b in json.c or json.a[2].b"), ["json.a[2].b", "json.c"]);
        assert_eq!(
            paths("'json' in json.items|length|text and status is not text"),
            ["json.items", "status"]
        );
        assert_eq!(paths("json.name.startswith(fields.prefix)"), ["json.name", "fields.prefix"]);
        assert_eq!(paths("other.json.x == loop.status"), Vec::<String>::new());
    }

    #[test]
    fn the_value_at_a_path_is_found_or_undefined() {
        let context = context! { json => context! { list => vec![context! { k => 7 }] } };
        let value = |source| Words::of(source).paths[0].value(&context);
        assert_eq!(value("json.list[0].k"), Value::from(7));
        assert_eq!(value("json['list'][0]['k']"), Value::from(7));
        assert!(value("json.list[4].k.z").is_undefined());
    }

    #[test]
    fn numbers_in_texts_and_names_do_not_count() {
        assert_eq!(Words::of("status in [401, 403] and json.a401 == '429'").numbers, [401, 403]);
    }

    proptest! {
        #[test]
        fn no_words_break_the_scan(source in "[a-z'\"\\[\\]().|\\\\ 0-9é]{0,60}") {
            let context = context! { json => 1 };
            for path in Words::of(&source).paths {
                path.value(&context);
            }
        }
    }
}
