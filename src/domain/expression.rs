//! Conditions and templates: one language, minijinja, for `applies_when`, `expect` and URL templates.
//!
//! Undefined names are errors, never empty: a typing error in a runbook must not open a gate. Each
//! evaluation has fuel, and the language leaves out what multiplies text (see [`super::language`]), so
//! that no expression can run for long or fill the memory.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock};

use minijinja::{Environment, Value};

use super::language::{self, Token};
use super::order;
use super::paths::Words;
use super::plain::{self, Names, Part, Plain};

/// The longest expression or template, in bytes.
pub const MAX_SOURCE: usize = 4096;
/// The longest text that a template may give, in bytes.
pub const MAX_OUTPUT: usize = 64 * 1024;
/// Instructions that one evaluation may take: a second line of defence, as [`MAX_SOURCE`] bytes without
/// loops cannot make that many.
const FUEL: u64 = 50_000;

static LANGUAGE: LazyLock<Environment<'static>> = LazyLock::new(|| language::environment(FUEL));

/// Why an expression or template does not compile or gives no value.
///
/// The message is minijinja's; it may quote values, so it reaches a person only as `SafeText`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Longer than [`MAX_SOURCE`].
    #[error("it is longer than {MAX_SOURCE} bytes")]
    TooLong,
    /// It does not parse.
    #[error("it does not parse: {0}")]
    Syntax(String),
    /// It uses what the language does not have.
    #[error("{0}")]
    Language(String),
    /// It cannot be evaluated with the values there are.
    #[error("it has no value here: {0}")]
    NoValue(String),
    /// The text that it gives is longer than [`MAX_OUTPUT`].
    #[error("it gives more than {MAX_OUTPUT} bytes")]
    TooMuch,
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()))
}

/// Spells `fields['x']` as `fields.x` in a set of names.
fn dotted(names: impl IntoIterator<Item = String>, expressions: &[&str]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for name in names {
        let members: Option<Vec<_>> =
            expressions.iter().map(|e| language::constant_members(e, &name)).collect();
        match members.map(|m| m.concat()) {
            Some(members) if !name.contains('.') && !members.is_empty() => {
                out.extend(members.iter().map(|member| format!("{name}.{member}")));
            }
            Some(_) | None => {
                out.insert(name);
            }
        }
    }
    out
}

/// A compiled expression, such as `status == 200`.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
    words: Arc<Words>,
    plain: Option<Arc<Plain>>,
}

impl Expression {
    /// Compiles an expression.
    pub fn new(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        if let Some(why) = language::outside(source) {
            return Err(ExpressionError::Language(why));
        }
        let compile = |source: String| {
            LANGUAGE.compile_expression_owned(source).map_err(|e| ExpressionError::Syntax(reason(&e)))
        };
        let as_written = compile(source.to_owned())?;
        let anew = order::written_anew(source).map_err(|why| ExpressionError::Language(why.to_owned()))?;
        let compiled = anew.map_or(Ok(as_written), compile)?;
        Ok(Self {
            source: source.into(),
            compiled: Arc::new(compiled),
            words: Arc::new(Words::of(source)),
            plain: Plain::of(source).map(Arc::new),
        })
    }

    /// The expression as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What a scan of its words finds: the values that it reads, and the numbers in it.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Its plain form, which answers where it can without the engine; none when it has none.
    pub fn plain(&self) -> Option<&Plain> {
        self.plain.as_deref()
    }

    /// The names it reads from outside, dotted: `fields.api_url`, `status`. A member named by a constant
    /// subscript is dotted too; a bare `fields` means that the member is only known when it is evaluated.
    pub fn names(&self) -> BTreeSet<String> {
        dotted(self.compiled.undeclared_variables(true), &[&self.source])
    }

    /// The value of the expression.
    pub fn value(&self, context: &Value) -> Result<Value, ExpressionError> {
        self.compiled.eval(context.clone()).map_err(|e| ExpressionError::NoValue(reason(&e)))
    }

    /// Whether the expression holds. Only the usual truth of minijinja values: empty is false. A comparison of
    /// what has no order, such as `null < 5`, has no value.
    pub fn holds(&self, context: &Value) -> Result<bool, ExpressionError> {
        let value = self.value(context)?;
        if value.is_undefined() {
            return Err(ExpressionError::NoValue("undefined value".to_owned()));
        }
        Ok(value.is_true())
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.source)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

/// A text with `{{ … }}` in it, such as a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: Arc<str>,
    plain: Option<Arc<[Part]>>,
}

impl Template {
    /// Checks that the template parses.
    pub fn new(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        if source.contains("{%") || source.contains("{#") {
            return Err(ExpressionError::Language("a template has only {{ … }}".to_owned()));
        }
        if let Some(why) = language::expressions(source).into_iter().find_map(language::outside) {
            return Err(ExpressionError::Language(why));
        }
        LANGUAGE.template_from_str(source).map_err(|e| ExpressionError::Syntax(reason(&e)))?;
        Ok(Self { source: source.into(), plain: plain::parts(source).map(Arc::from) })
    }

    /// The template as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names it reads from outside, dotted: `fields.api_url`.
    pub fn names(&self) -> BTreeSet<String> {
        LANGUAGE
            .template_from_str(&self.source)
            .map(|t| dotted(t.undeclared_variables(true), &language::expressions(&self.source)))
            .unwrap_or_default()
    }

    /// Whether a root such as `secrets` is only ever put in as it is: `{{ secrets.x }}`, with no filter,
    /// condition or sum around it.
    pub fn only_inserts(&self, root: &str) -> bool {
        let inserted = |inner: &str| {
            let inner = inner.trim();
            // The escaping that a `json` body gets around every text of its own.
            let inner = inner.strip_suffix(")|jsontext").and_then(|i| i.strip_prefix('(')).unwrap_or(inner);
            match language::tokens(inner)[..] {
                [Token::Word(word), Token::Mark('.'), Token::Word(_)]
                | [Token::Word(word), Token::Mark('['), Token::Text(_), Token::Mark(']')] => word == root,
                _ => false,
            }
        };
        let named = |inner: &str| language::tokens(inner).contains(&Token::Word(root));
        language::expressions(&self.source).into_iter().filter(|inner| named(inner)).all(inserted)
    }

    /// The text, when the template has nothing in it but text and the names of values that are there.
    pub fn plain(&self, names: &dyn Names) -> Option<String> {
        let mut out = String::with_capacity(self.source.len());
        for part in self.plain.as_deref()? {
            out.push_str(match part {
                Part::Text(text) => text,
                Part::Name { table, name } => names.text(table, name)?,
            });
        }
        // Too long a text is for the engine to refuse.
        (out.len() <= MAX_OUTPUT).then_some(out)
    }

    /// The text with every name replaced by its value.
    pub fn render(&self, context: &Value) -> Result<String, ExpressionError> {
        if !self.source.contains('{') {
            return Ok(self.source.as_ref().to_owned());
        }
        let template =
            LANGUAGE.template_from_str(&self.source).map_err(|e| ExpressionError::Syntax(reason(&e)))?;
        let mut out = Bounded(Vec::new());
        match template.render_captured_to(context.clone(), &mut out) {
            Ok(_) => {}
            Err(_) if out.0.len() >= MAX_OUTPUT => return Err(ExpressionError::TooMuch),
            Err(e) => return Err(ExpressionError::NoValue(reason(&e))),
        }
        // minijinja writes texts whole, so a text that fits is never cut in a character.
        String::from_utf8(out.0).map_err(|_| ExpressionError::TooMuch)
    }
}

/// A writer that fills up at [`MAX_OUTPUT`], so that a long text is refused before it is made.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MAX_OUTPUT - self.0.len();
        if bytes.len() > room {
            self.0.extend_from_slice(&bytes[..room]);
            return Err(io::Error::other("too much text"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    #[test]
    fn an_undefined_name_is_an_error_and_not_false() {
        let e = Expression::new("json.status == 'ready'").unwrap();
        assert!(matches!(e.holds(&context! {}), Err(ExpressionError::NoValue(_))));
        let missing = Expression::new("json.nothing").unwrap();
        assert!(missing.holds(&context! { json => context! {} }).is_err());
    }

    #[test]
    fn names_are_dotted() {
        let t = Template::new("{{ fields.api_url }}/v1/{{ fields.account }}").unwrap();
        assert_eq!(t.names().into_iter().collect::<Vec<_>>(), ["fields.account", "fields.api_url"]);
    }

    #[test]
    fn what_multiplies_text_is_not_part_of_the_language() {
        for source in ["'a' * 100000000", "text ~ text", "text|replace('', text)", "text|center(99999999)"] {
            assert!(matches!(Expression::new(source), Err(ExpressionError::Language(_))), "{source}");
            let template = format!("{{{{ {source} }}}}");
            assert!(matches!(Template::new(&template), Err(ExpressionError::Language(_))), "{template}");
        }
        let doubling = "{% set a = 'xx' %}{{ a }}";
        assert!(matches!(Template::new(doubling), Err(ExpressionError::Language(_))));
        let sum = vec!["text"; 20].join("+");
        assert!(matches!(Expression::new(&sum), Err(ExpressionError::Language(_))));
    }

    #[test]
    fn a_function_is_an_unknown_name() {
        let e = Expression::new("range(1000000000)").unwrap();
        assert_eq!(e.names().into_iter().collect::<Vec<_>>(), ["range"]);
        assert!(e.value(&context! {}).is_err());
    }

    #[test]
    fn a_template_stops_at_the_longest_text() {
        let big = "x".repeat(MAX_OUTPUT / 2 + 1);
        let once = Template::new("{{ big }}").unwrap();
        assert_eq!(once.render(&context! { big => &big }).unwrap().len(), big.len());
        let twice = Template::new("{{ big }}{{ big }}").unwrap();
        assert_eq!(twice.render(&context! { big }), Err(ExpressionError::TooMuch));
    }

    #[test]
    fn a_constant_subscript_names_its_member() {
        let names = |source: &str| Expression::new(source).unwrap().names().into_iter().collect::<Vec<_>>();
        assert_eq!(names("fields['api-url'] == fields.x"), ["fields.api-url", "fields.x"]);
        assert_eq!(names("fields[status] == ''"), ["fields", "status"]);
        let t = Template::new("{{ fields['api-url'] }}").unwrap();
        assert_eq!(t.names().into_iter().collect::<Vec<_>>(), ["fields.api-url"]);
    }

    #[test]
    fn what_is_only_put_in_is_told_from_what_is_worked_with() {
        let only = |source: &str| Template::new(source).unwrap().only_inserts("secrets");
        for source in
            ["a {{ secrets.x }} {{ fields.y|upper }}", "{{ secrets['x-y'] }}", "{{ (secrets.x)|jsontext }}"]
        {
            assert!(only(source), "{source}");
        }
        for source in [
            "{{ secrets.x|upper }}",
            "{{ secrets.x + 'a' }}",
            "{{ secrets }}",
            "{{ 'a' if secrets.x else 'b' }}",
        ] {
            assert!(!only(source), "{source}");
        }
    }

    #[test]
    fn syntax_errors_are_found_at_once() {
        assert!(matches!(Expression::new("status =="), Err(ExpressionError::Syntax(_))));
        assert!(matches!(Template::new("{{ a"), Err(ExpressionError::Syntax(_))));
    }
}
