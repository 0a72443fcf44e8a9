//! The decision matrix: choices that are proposed, then confirmed, under rules.

use minijinja::Value;

use super::expression::Expression;
use super::ids::DecisionId;
use super::pattern::Pattern;

/// A decision of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub hint: Option<String>,
    /// What a value looks like.
    pub kind: DecisionKind,
    /// Rules that tie the value to facts and other decisions.
    pub rules: Vec<DecisionRule>,
}

/// What a value of a decision looks like. Values are always texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionKind {
    /// Free text.
    Text {
        /// The longest value, in characters.
        max_chars: Option<usize>,
        /// The form of a good value.
        pattern: Option<Pattern>,
    },
    /// One of these.
    Choice {
        /// The options; a value is an option's id.
        options: Vec<Choice>,
    },
    /// One option for each subject, written `apple-pay=required,google-pay=optional`.
    Each {
        /// What is decided upon.
        subjects: Vec<Choice>,
        /// What each can be.
        options: Vec<Choice>,
    },
}

/// An option or a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What stands in a value.
    pub id: String,
    /// What people read.
    pub title: String,
}

/// "When this holds, that must hold." Both see `value`, `fields` and `decisions`; `value` is the
/// proposed text, or for [`DecisionKind::Each`] a map from subject to option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRule {
    /// When the rule applies; always when there is none.
    pub when: Option<Expression>,
    /// What must hold then.
    pub must: Expression,
    /// Why, for people.
    pub because: String,
    /// Whether the rule is looked at only when the decision is confirmed.
    pub on_confirm: bool,
}

/// Why a value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// Longer than allowed.
    #[error("it has {got} characters, at most {max} are allowed")]
    TooLong {
        /// Characters there are.
        got: usize,
        /// Characters allowed.
        max: usize,
    },
    /// Not in the form asked for.
    #[error("it does not match {0}")]
    Form(String),
    /// None of the options.
    #[error("it must be one of {0}")]
    NotAnOption(String),
    /// A subject is missing or unknown.
    #[error("give each of {0} as subject=option, separated by commas")]
    NotEach(String),
    /// A rule forbids it.
    #[error("{0}")]
    Rule(String),
    /// Nothing was given.
    #[error("a value is needed")]
    Empty,
}

fn list(choices: &[Choice]) -> String {
    choices.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(", ")
}

impl Decision {
    /// Whether the text is in the form of the decision; rules are not looked at.
    pub fn accepts(&self, value: &str) -> Result<(), BadValue> {
        if value.trim().is_empty() {
            return Err(BadValue::Empty);
        }
        match &self.kind {
            DecisionKind::Text { max_chars, pattern } => {
                let got = value.chars().count();
                let max = max_chars.unwrap_or(1000);
                if got > max {
                    return Err(BadValue::TooLong { got, max });
                }
                match pattern {
                    Some(p) if !p.matches(value) => Err(BadValue::Form(p.source().to_owned())),
                    Some(_) | None => Ok(()),
                }
            }
            DecisionKind::Choice { options } => {
                if options.iter().any(|o| o.id == value) {
                    Ok(())
                } else {
                    Err(BadValue::NotAnOption(list(options)))
                }
            }
            DecisionKind::Each { subjects, options } => {
                let pairs = pairs(value).ok_or_else(|| BadValue::NotEach(list(subjects)))?;
                let complete = pairs.len() == subjects.len()
                    && subjects.iter().all(|s| pairs.iter().filter(|(k, _)| *k == s.id).count() == 1);
                if !complete {
                    return Err(BadValue::NotEach(list(subjects)));
                }
                if pairs.iter().all(|(_, v)| options.iter().any(|o| o.id == *v)) {
                    Ok(())
                } else {
                    Err(BadValue::NotAnOption(list(options)))
                }
            }
        }
    }

    /// The value as rules see it.
    pub fn rule_value(&self, value: &str) -> Value {
        match &self.kind {
            DecisionKind::Text { .. } | DecisionKind::Choice { .. } => Value::from(value),
            DecisionKind::Each { .. } => Value::from_pairs(pairs(value).unwrap_or_default()),
        }
    }

    /// Whether the rules hold in a context that has `value`, `fields` and `decisions`. A rule that
    /// cannot be evaluated does not hold.
    pub fn check_rules(&self, context: &Value, confirming: bool) -> Result<(), BadValue> {
        let applies = |rule: &&DecisionRule| {
            (confirming || !rule.on_confirm)
                && rule.when.as_ref().is_none_or(|when| when.holds(context).unwrap_or(true))
        };
        match self.rules.iter().filter(applies).find(|r| !r.must.holds(context).unwrap_or(false)) {
            Some(broken) => Err(BadValue::Rule(broken.because.clone())),
            None => Ok(()),
        }
    }
}

fn pairs(value: &str) -> Option<Vec<(&str, &str)>> {
    value.split(',').map(|pair| pair.split_once('=').map(|(k, v)| (k.trim(), v.trim()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    fn decision(kind: DecisionKind, rules: Vec<DecisionRule>) -> Decision {
        Decision { id: DecisionId::new("d").unwrap(), title: "D".into(), hint: None, kind, rules }
    }

    fn choice(id: &str) -> Choice {
        Choice { id: id.into(), title: id.into() }
    }

    #[test]
    fn a_descriptor_has_at_most_22_plain_characters() {
        let pattern = Some(Pattern::new("^[A-Za-z0-9 ]+$").unwrap());
        let d = decision(DecisionKind::Text { max_chars: Some(22), pattern }, vec![]);
        assert!(d.accepts("ACME SHOP BERLIN").is_ok());
        assert_eq!(d.accepts(&"A".repeat(23)), Err(BadValue::TooLong { got: 23, max: 22 }));
        assert!(matches!(d.accepts("ACME*SHOP"), Err(BadValue::Form(_))));
        assert_eq!(d.accepts("  "), Err(BadValue::Empty));
    }

    #[test]
    fn each_subject_is_given_exactly_once() {
        let kind = DecisionKind::Each {
            subjects: vec![choice("apple-pay"), choice("paypal")],
            options: vec![choice("required"), choice("optional")],
        };
        let d = decision(kind, vec![]);
        assert!(d.accepts("apple-pay=required, paypal=optional").is_ok());
        assert!(matches!(d.accepts("apple-pay=required"), Err(BadValue::NotEach(_))));
        assert!(matches!(d.accepts("apple-pay=required,apple-pay=required"), Err(BadValue::NotEach(_))));
        assert!(matches!(d.accepts("apple-pay=maybe,paypal=optional"), Err(BadValue::NotAnOption(_))));
    }

    #[test]
    fn a_rule_sees_each_subject_by_name() {
        let kind = DecisionKind::Each { subjects: vec![choice("paypal")], options: vec![choice("required")] };
        let value = decision(kind, vec![]).rule_value("paypal=required");
        let rule = Expression::new("value.paypal == 'required'").unwrap();
        assert_eq!(rule.holds(&context! { value => value }), Ok(true));
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_forbids() {
        let rule = DecisionRule {
            when: None,
            must: Expression::new("fields.nothing != ''").unwrap(),
            because: "needs a fact".into(),
            on_confirm: false,
        };
        let d = decision(DecisionKind::Text { max_chars: None, pattern: None }, vec![rule]);
        let context = context! { value => "x", fields => context! {} };
        assert_eq!(d.check_rules(&context, false), Err(BadValue::Rule("needs a fact".into())));
    }
}
