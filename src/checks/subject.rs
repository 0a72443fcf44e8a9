//! What a check knows of the engagement that it looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

use super::consent::{Permit, Withheld};
use super::secrets;
use crate::domain::check::{Check, CheckKind};
use crate::domain::facts::Facts;
use crate::domain::ids::{FieldId, SecretId};
use crate::domain::runbook::Runbook;
use crate::domain::secret::SecretSource;

/// Where the secrets of an engagement are.
pub type SecretSources = BTreeMap<SecretId, SecretSource>;

/// The engagement as checks see it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The runbook that it runs through.
    pub runbook: Arc<Runbook>,
    /// Its fields and decisions.
    pub facts: Arc<Facts>,
    /// Where its secrets are.
    pub secrets: Arc<SecretSources>,
    /// The last event of the log that they were read from.
    pub seq: u64,
    /// Where they may go from this machine.
    pub permit: Permit,
}

impl Subject {
    /// The context of conditions and templates: `fields` and `decisions`.
    pub fn context(&self) -> Value {
        self.facts.context(self.runbook.fields.keys(), self.runbook.decisions.keys())
    }

    /// The first secret of a check that may not be sent from this machine, and why.
    pub fn withheld(&self, check: &Check) -> Option<(SecretId, Withheld)> {
        if check.needs.secrets.is_empty() {
            return None;
        }
        let context = self.context();
        check.needs.secrets.iter().find_map(|id| {
            let (secret, source) = (self.runbook.secrets.get(id)?, self.secrets.get(id)?);
            let why = self.permit.check(id, source, &secrets::origins(secret, &context)).err()?;
            Some((id.clone(), why))
        })
    }

    /// Whether a check could say something else of `other` than of this.
    pub fn differs_for(&self, other: &Self, check: &Check) -> bool {
        if Arc::ptr_eq(&self.facts, &other.facts)
            && Arc::ptr_eq(&self.secrets, &other.secrets)
            && Arc::ptr_eq(&self.runbook, &other.runbook)
        {
            return false;
        }
        let field = |f: &FieldId| self.facts.fields.get(f) != other.facts.fields.get(f);
        let listed = match &check.kind {
            CheckKind::Fields(ids) => ids.iter().any(field),
            CheckKind::Decisions(_) => self.facts != other.facts,
            CheckKind::Http(_)
            | CheckKind::Page(_)
            | CheckKind::Webhook(_)
            | CheckKind::Env(_)
            | CheckKind::File(_)
            | CheckKind::Tls(_)
            | CheckKind::Scan(_)
            | CheckKind::Command(_) => self.facts.decisions != other.facts.decisions,
        };
        listed
            || self.runbook.digest != other.runbook.digest
            || check.needs.fields.iter().any(field)
            || self.rendered_origins_differ(other, check)
            || check.needs.secrets.iter().any(|s| self.secrets.get(s) != other.secrets.get(s))
    }

    /// An origin may be made of a field that the check itself does not read.
    fn rendered_origins_differ(&self, other: &Self, check: &Check) -> bool {
        let secrets = || check.needs.secrets.iter().filter_map(|s| self.runbook.secrets.get(s));
        let names: Vec<String> = secrets()
            .flat_map(|s| &s.origins)
            .flat_map(super::super::domain::expression::Template::names)
            .collect();
        names
            .iter()
            .filter_map(|n| n.strip_prefix("fields."))
            .any(|name| self.facts.fields.get(name) != other.facts.fields.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::{self, Bench};
    use crate::domain::check::HttpStep;

    fn needy() -> Check {
        let mut check = testing::check("c", CheckKind::Http(Vec::<HttpStep>::new()));
        check.needs.fields.insert(FieldId::new("api_url").unwrap());
        check.needs.secrets.insert(SecretId::new("key").unwrap());
        check
    }

    #[test]
    fn only_what_a_check_reads_makes_a_difference_to_it() {
        let bench = || {
            Bench::new().field("api_url", "a").field("other", "x").secret("key", &["{{ fields.host }}"], "K")
        };
        let before = bench().subject();
        assert!(!before.differs_for(&bench().subject(), &needy()));
        assert!(!before.differs_for(&bench().field("other", "y").subject(), &needy()));
        assert!(before.differs_for(&bench().field("api_url", "b").subject(), &needy()));
        assert!(before.differs_for(&bench().field("host", "h").subject(), &needy()));
        assert!(before.differs_for(&bench().secret("key", &[], "L").subject(), &needy()));
    }
}
