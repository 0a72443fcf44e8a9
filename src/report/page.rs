//! Filling a template: [`render`]. The templates are golive's own; what is put into them is anybody's.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, UndefinedBehavior, Value};
use serde::Serialize;

use super::escape;

/// A document that is laid out by a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// How an engagement stands, as Markdown.
    AccountMarkdown,
    /// How an engagement stands, as HTML.
    AccountHtml,
    /// What a meeting has brought, as Markdown.
    MinutesMarkdown,
    /// What a meeting has brought, as HTML.
    MinutesHtml,
}

impl Template {
    const ALL: [Self; 4] =
        [Self::AccountMarkdown, Self::AccountHtml, Self::MinutesMarkdown, Self::MinutesHtml];

    /// The name; its ending decides how values are escaped.
    fn name(self) -> &'static str {
        match self {
            Self::AccountMarkdown => "account.md",
            Self::AccountHtml => "account.html",
            Self::MinutesMarkdown => "minutes.md",
            Self::MinutesHtml => "minutes.html",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::AccountMarkdown => include_str!("../../assets/templates/account.md"),
            Self::AccountHtml => include_str!("../../assets/templates/account.html"),
            Self::MinutesMarkdown => include_str!("../../assets/templates/minutes.md"),
            Self::MinutesHtml => include_str!("../../assets/templates/minutes.html"),
        }
    }
}

/// What templates may include: the looks that every HTML document shares.
const STYLE: (&str, &str) = ("style.css", include_str!("../../assets/templates/style.css"));

/// Why a document could not be made: a defect of golive's, not of what was put in.
#[derive(Debug, thiserror::Error)]
#[error("the document cannot be made: {0}")]
pub struct NotRendered(#[from] minijinja::Error);

static PAGES: LazyLock<Result<Environment<'static>, String>> =
    LazyLock::new(|| environment().map_err(|e| format!("{e:#}")));

/// Fills a template. Strict: a name that the value does not have is an error.
pub fn render(template: Template, value: &impl Serialize) -> Result<String, NotRendered> {
    let broken = |why: &String| minijinja::Error::new(minijinja::ErrorKind::BadInclude, why.clone());
    let pages = PAGES.as_ref().map_err(broken)?;
    Ok(pages.get_template(template.name())?.render(Value::from(Serde(value)))?)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut pages = Environment::new();
    // A block on a line of its own leaves nothing of that line.
    let syntax =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    pages.set_syntax(syntax);
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    pages.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "html")) => AutoEscape::Html,
        Some((_, "md")) => AutoEscape::Custom("md".into()),
        Some(_) | None => AutoEscape::None,
    });
    pages.set_formatter(|out, state, value| write(out, state.auto_escape(), value));
    pages.add_filter("moment", |at: &str| moment(at, "%Y-%m-%d %H:%M UTC"));
    pages.add_filter("day", |at: &str| moment(at, "%Y-%m-%d"));
    for template in Template::ALL {
        pages.add_template(template.name(), template.source())?;
    }
    pages.add_template(STYLE.0, STYLE.1)?;
    Ok(pages)
}

/// The only way in which a value gets into a document.
fn write(out: &mut Output<'_>, how: &AutoEscape, value: &Value) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    let escaped = match how {
        // What a macro made has been through here already.
        _ if value.is_safe() => text,
        _ if value.is_none() => String::new(),
        AutoEscape::Html => escape::html(&text),
        AutoEscape::Custom(_) => escape::markdown(&text),
        _ => text,
    };
    out.write_str(&escaped).map_err(minijinja::Error::from)
}

/// A moment as serde writes one, in another form; what is no moment stays what it is.
fn moment(at: &str, form: &str) -> String {
    DateTime::parse_from_rfc3339(at)
        .map_or_else(|_| at.to_owned(), |at| at.with_timezone(&Utc).format(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_one() {
        assert!(PAGES.is_ok(), "{:?}", PAGES.as_ref().err());
    }

    #[test]
    fn the_ending_of_a_name_decides_how_values_are_escaped() {
        let pages = PAGES.as_ref().unwrap();
        let value = || {
            Value::from(Serde(&[("name", "<b>|")].into_iter().collect::<std::collections::BTreeMap<_, _>>()))
        };
        let filled = |name: &str| pages.render_named_str(name, "{{ name }}", value()).unwrap();
        assert_eq!(filled("x.html"), "&lt;b&gt;|");
        assert_eq!(filled("x.md"), "\\<b\\>\\|");
        let text = "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(name) }}{{ [name] | join('<') }}";
        assert_eq!(pages.render_named_str("x.html", text, value()).unwrap(), "&lt;b&gt;|&lt;b&gt;|");
        assert!(pages.render_named_str("x.html", "{{ nome }}", value()).is_err());
        assert_eq!(filled_moment("2026-11-21T20:15:09.5Z"), "2026-11-21 20:15 UTC");
    }

    fn filled_moment(at: &str) -> String {
        moment(at, "%Y-%m-%d %H:%M UTC")
    }
}
