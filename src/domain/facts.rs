//! What is known of an engagement, as conditions, templates and checks see it.

use std::collections::BTreeMap;

use minijinja::Value;
use serde::Serialize;

use super::check::DecisionStage;
use super::ids::{DecisionId, FieldId};

/// The typed facts and the decisions of one engagement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Fields that have a value.
    pub fields: BTreeMap<FieldId, String>,
    /// Decisions that have a value, with how far they are.
    pub decisions: BTreeMap<DecisionId, (String, DecisionStage)>,
}

#[derive(Serialize)]
struct Names<'a> {
    fields: BTreeMap<&'a str, &'a str>,
    decisions: BTreeMap<&'a str, &'a str>,
}

impl Facts {
    /// The context of a condition: `fields.x` and `decisions.x`. Every name of the runbook is there;
    /// one without a value is the empty text, which is false. Any other name is undefined, an error.
    pub fn context<'a>(
        &'a self,
        fields: impl Iterator<Item = &'a FieldId>,
        decisions: impl Iterator<Item = &'a DecisionId>,
    ) -> Value {
        let names = Names {
            fields: fields.map(|id| (id.as_str(), self.fields.get(id).map_or("", String::as_str))).collect(),
            decisions: decisions
                .map(|id| (id.as_str(), self.decisions.get(id).map_or("", |(value, _)| value.as_str())))
                .collect(),
        };
        Value::from(minijinja::value::Serde(&names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::expression::Expression;

    #[test]
    fn a_field_without_a_value_is_empty_and_another_name_is_an_error() {
        let known = FieldId::new("markets").unwrap();
        let context = Facts::default().context([&known].into_iter(), std::iter::empty());
        assert_eq!(Expression::new("fields.markets == ''").unwrap().holds(&context), Ok(true));
        assert!(Expression::new("fields.market == ''").unwrap().holds(&context).is_err());
    }
}
