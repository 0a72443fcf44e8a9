//! Templates that have only names in them, such as `{{ fields.api_url }}/v1/health`.

use crate::domain::paths::TABLES;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Part {
    /// Text, as it is.
    Text(String),
    /// `{{ table.name }}`
    Name {
        /// `fields`, `decisions` or `captures`.
        table: String,
        /// The name in it.
        name: String,
    },
}

/// The pieces of a template that the language accepts; none when there is anything else in it.
pub(in crate::domain) fn parts(source: &str) -> Option<Vec<Part>> {
    // The engine drops the line break at the end of a template, but not where there is none to fill in.
    if source.contains('{') && source.ends_with(['\n', '\r']) {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find("{{") {
        let (before, after) = rest.split_at(start);
        let (inner, behind) = after[2..].split_once("}}")?;
        let (table, name) = inner.trim().split_once('.')?;
        if !TABLES.contains(&table) || !is_name(name) {
            return None;
        }
        parts.extend((!before.is_empty()).then(|| Part::Text(before.to_owned())));
        parts.push(Part::Name { table: table.to_owned(), name: name.to_owned() });
        rest = behind;
    }
    parts.extend((!rest.is_empty()).then(|| Part::Text(rest.to_owned())));
    Some(parts)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use minijinja::context;
    use proptest::prelude::*;

    use crate::domain::expression::Template;
    use crate::domain::plain::Names;

    struct Around;

    impl Names for Around {
        fn text(&self, table: &str, name: &str) -> Option<&str> {
            match (table, name) {
                ("fields", "a") => Some("<\"x\">\n"),
                ("captures", "b") => Some(""),
                _ => None,
            }
        }
    }

    fn engine(template: &Template) -> Option<String> {
        let around = context! { fields => context! { a => "<\"x\">\n" }, captures => context! { b => "" } };
        template.render(&around).ok()
    }

    #[test]
    fn names_are_put_in_and_anything_else_is_left_to_the_engine() {
        let plain = |source| Template::new(source).unwrap().plain(&Around);
        assert_eq!(plain("{{ fields.a }}/v1/{{captures.b}}!").as_deref(), Some("<\"x\">\n/v1/!"));
        assert_eq!(plain("http://127.0.0.1/").as_deref(), Some("http://127.0.0.1/"));
        for other in [
            "{{ fields.gone }}",
            "{{ fields['a'] }}",
            "{{ fields.a|lower }}",
            "{{ status }}",
            "{{- fields.a }}",
        ] {
            assert_eq!(plain(other), None, "{other}");
        }
        assert_eq!(plain(&"{{ fields.a }}".repeat(200)).map(|t| t.len()), Some(1200));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_plain_text_is_the_text_of_the_engine(pieces in prop::collection::vec(prop::sample::select(vec![
            "{{ fields.a }}", "{{fields.a}}", "{{ captures.b }}", "{{ fields.gone }}", "{{ fields.a|upper }}",
            "{{-fields.a-}}", "/v1/", "\n", "\r\n", " ", "{", "}", "}}", "{\"a\":", "'", "é", "{{ 'x' }}", "{ {",
        ]), 0..6)) {
            let source = pieces.concat();
            if let Ok(template) = Template::new(&source)
                && let Some(text) = template.plain(&Around)
            {
                prop_assert_eq!(Some(text), engine(&template), "{:?}", source);
            }
        }
    }
}
