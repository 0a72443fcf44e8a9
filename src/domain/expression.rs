//! Conditions and templates: one language, minijinja, for `applies_when`, `expect` and URL templates.
//!
//! Undefined names are errors, never empty: a typing error in a runbook must not open a gate. Each
//! evaluation has fuel, so that no expression can run for long.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

use minijinja::{Environment, UndefinedBehavior, Value};

/// The longest expression or template, in bytes.
pub const MAX_SOURCE: usize = 4096;
/// The longest text that a template may give, in bytes.
pub const MAX_OUTPUT: usize = 64 * 1024;
/// Instructions that one evaluation may take.
const FUEL: u64 = 50_000;

static LANGUAGE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env
});

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

/// A compiled expression, such as `status == 200`.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
}

impl Expression {
    /// Compiles an expression.
    pub fn new(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        let compiled = LANGUAGE
            .compile_expression_owned(source.to_owned())
            .map_err(|e| ExpressionError::Syntax(reason(&e)))?;
        Ok(Self { source: source.into(), compiled: Arc::new(compiled) })
    }

    /// The expression as the author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names it reads from outside, dotted: `fields.api_url`, `status`.
    pub fn names(&self) -> BTreeSet<String> {
        self.compiled.undeclared_variables(true).into_iter().collect()
    }

    /// The value of the expression.
    pub fn value(&self, context: &Value) -> Result<Value, ExpressionError> {
        self.compiled.eval(context.clone()).map_err(|e| ExpressionError::NoValue(reason(&e)))
    }

    /// Whether the expression holds. Only the usual truth of minijinja values: empty is false.
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
pub struct Template(Arc<str>);

impl Template {
    /// Checks that the template parses.
    pub fn new(source: &str) -> Result<Self, ExpressionError> {
        if source.len() > MAX_SOURCE {
            return Err(ExpressionError::TooLong);
        }
        LANGUAGE.template_from_str(source).map_err(|e| ExpressionError::Syntax(reason(&e)))?;
        Ok(Self(source.into()))
    }

    /// The template as the author wrote it.
    pub fn source(&self) -> &str {
        &self.0
    }

    /// The names it reads from outside, dotted: `fields.api_url`.
    pub fn names(&self) -> BTreeSet<String> {
        LANGUAGE
            .template_from_str(&self.0)
            .map(|t| t.undeclared_variables(true).into_iter().collect())
            .unwrap_or_default()
    }

    /// The text with every name replaced by its value.
    pub fn render(&self, context: &Value) -> Result<String, ExpressionError> {
        if !self.0.contains('{') {
            return Ok(self.0.as_ref().to_owned());
        }
        let text = LANGUAGE
            .render_str(&self.0, context.clone())
            .map_err(|e| ExpressionError::NoValue(reason(&e)))?;
        if text.len() > MAX_OUTPUT {
            return Err(ExpressionError::TooMuch);
        }
        Ok(text)
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
    fn a_loop_runs_out_of_fuel() {
        let t =
            Template::new("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")
                .unwrap();
        assert!(matches!(t.render(&context! {}), Err(ExpressionError::NoValue(_))));
    }

    #[test]
    fn syntax_errors_are_found_at_once() {
        assert!(matches!(Expression::new("status =="), Err(ExpressionError::Syntax(_))));
        assert!(matches!(Template::new("{{ a"), Err(ExpressionError::Syntax(_))));
    }
}
