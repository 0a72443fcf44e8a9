//! The definition of a live check, resolved from a runbook: what to ask and what to expect.

mod local;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::expression::{Expression, Template};
use super::facts::Facts;
use super::ids::{CheckId, DecisionId, FieldId, SecretId};
use super::inward::filled_in;
use super::pattern::Pattern;
use super::secret::SecretSource;
use super::webhook::WebhookCheck;
pub use local::{CommandCheck, FileCheck, FileFormat, NamedPattern, ScanCheck, ScanKind, TlsCheck};

/// A live check.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its id in the runbook.
    pub id: CheckId,
    /// What it is called on screens; the id when the author gave no title.
    pub title: String,
    /// What it does.
    pub kind: CheckKind,
    /// How often it runs.
    pub every: Duration,
    /// How long a pass counts as fresh where freshness is demanded (DESIGN rule 8).
    pub ttl: Duration,
    /// The absolute deadline of one run, all steps together.
    pub deadline: Duration,
    /// How many passes in a row settle a pass.
    pub after_passes: NonZeroU32,
    /// How many fails in a row settle a fail.
    pub after_failures: NonZeroU32,
    /// What must be filled in before it can run.
    pub needs: Needs,
}

/// What a check looks at. Without its fields and secrets it is "not configured".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Fields read by a template or an expectation.
    pub fields: BTreeSet<FieldId>,
    /// Secrets sent along.
    pub secrets: BTreeSet<SecretId>,
    /// Decisions read by a template or an expectation. One that is open reads as the empty text.
    pub decisions: BTreeSet<DecisionId>,
    /// Fields that say where a secret may be sent.
    pub origins: BTreeSet<FieldId>,
}

/// Something without which a check cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A field without a value.
    Field(FieldId),
    /// A secret that nobody has said the whereabouts of.
    Secret(SecretId),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(id) => write!(f, "field {id}"),
            Self::Secret(id) => write!(f, "secret {id}"),
        }
    }
}

impl Check {
    /// What a check still lacks. One that looks inward lacks nothing: what is missing is what it is there to
    /// find, and it needs nothing else.
    pub fn missing<'a>(
        &'a self,
        facts: &'a Facts,
        secrets: &'a BTreeMap<SecretId, SecretSource>,
    ) -> impl Iterator<Item = Missing> + 'a {
        let empty = |id: &&FieldId| filled_in(facts, id).is_none();
        let fields = self.needs.fields.iter().filter(empty).cloned().map(Missing::Field);
        let absent = self.needs.secrets.iter().filter(|id| !secrets.contains_key(*id));
        fields.chain(absent.cloned().map(Missing::Secret))
    }

    /// Whether it has everything that it needs to run.
    pub fn configured(&self, facts: &Facts, secrets: &BTreeMap<SecretId, SecretSource>) -> bool {
        self.needs.fields.iter().all(|id| filled_in(facts, id).is_some())
            && self.needs.secrets.iter().all(|id| secrets.contains_key(id))
    }
}

/// The kinds of check.
#[derive(Debug, Clone)]
pub enum CheckKind {
    /// HTTP requests, one after the other.
    Http(Vec<HttpStep>),
    /// A web page and what stands on it.
    Page(PageCheck),
    /// Signed and badly signed deliveries to a webhook endpoint.
    Webhook(Box<WebhookCheck>),
    /// Environment variables or a dotenv file.
    Env(EnvCheck),
    /// A result in a file.
    File(FileCheck),
    /// The certificate of a server.
    Tls(TlsCheck),
    /// Keys and card numbers where there must be none.
    Scan(ScanCheck),
    /// A program whose verdict counts.
    Command(CommandCheck),
    /// Fields that must be filled in and in form.
    Fields(Vec<FieldId>),
    /// Decisions that must be taken.
    Decisions(DecisionsCheck),
}

impl CheckKind {
    /// Whether it looks at the engagement itself and at nothing outside. What it says then changes only
    /// with the facts, so it is not polled, what it settled on never gets stale, and its first fail counts.
    pub fn looks_inward(&self) -> bool {
        match self {
            Self::Fields(_) | Self::Decisions(_) => true,
            Self::Http(_)
            | Self::Page(_)
            | Self::Webhook(_)
            | Self::Env(_)
            | Self::File(_)
            | Self::Tls(_)
            | Self::Scan(_)
            | Self::Command(_) => false,
        }
    }

    /// The word of the runbook format.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Page(_) => "page",
            Self::Webhook(_) => "webhook",
            Self::Env(_) => "env",
            Self::File(_) => "file",
            Self::Tls(_) => "tls",
            Self::Scan(_) => "scan",
            Self::Command(_) => "command",
            Self::Fields(_) => "fields",
            Self::Decisions(_) => "decisions",
        }
    }
}

/// An HTTP method of a check or an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

/// One request and what is expected of the answer. Conditions see `status`, `headers` (lower-case
/// names), `json`, `text`, `elapsed_ms`, `fields`, `decisions` and `captures` of earlier steps.
#[derive(Debug, Clone)]
pub struct HttpStep {
    /// What the step is called; method and path when the author gave no name.
    pub name: String,
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Template,
    /// Further headers.
    pub headers: Vec<(String, Template)>,
    /// The `Authorization` header.
    pub auth: Option<Auth>,
    /// The body; JSON when it parses as JSON.
    pub body: Option<Template>,
    /// All must hold for a pass.
    pub expect: Vec<Expression>,
    /// If an expectation fails and one of these holds, the verdict is pending, not fail.
    pub pending: Vec<Expression>,
    /// Lists of what someone must act on.
    pub blocking: Vec<Listing>,
    /// Lists of what is under review.
    pub waiting: Vec<Listing>,
    /// Lists of what is not blocking yet.
    pub warning: Vec<Listing>,
    /// The other side's reason, shown when the verdict is not a pass.
    pub reason: Option<Expression>,
    /// Names and where their values come from. A name that is a field of the runbook fills the field.
    pub capture: Vec<(String, Expression)>,
}

impl HttpStep {
    /// The secrets that go along: in the `Authorization` header, in other headers, in the body.
    pub fn secrets(&self) -> BTreeSet<SecretId> {
        let texts = self.headers.iter().map(|(_, t)| t).chain(&self.body);
        // Most steps have none: the word alone is cheaper to look for than names.
        texts
            .filter(|t| t.source().contains("secrets"))
            .flat_map(Template::names)
            .filter_map(|name| SecretId::new(name.strip_prefix("secrets.")?).ok())
            .chain(self.auth.iter().map(|auth| auth.secret.clone()))
            .collect()
    }
}

/// A list in an answer that names what is outstanding. With a label a finding reads
/// `<entry> is <label>`, so that two lists of the same kind can be told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What it means to be on the list: "past due".
    pub label: Option<String>,
    /// The list, or a single text.
    pub entries: Expression,
}

/// How a request proves who sends it: `Authorization: <scheme> <secret>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// `Bearer`, `ApiKey`, …
    pub scheme: String,
    /// The secret whose value follows.
    pub secret: SecretId,
}

/// What must and must not stand on a web page.
#[derive(Debug, Clone)]
pub struct PageCheck {
    /// The page.
    pub url: Template,
    /// Texts that must be there; letter case and runs of white space do not matter.
    pub require: Vec<Template>,
    /// Words that must not be there.
    pub forbid: Vec<String>,
    /// Links that must be there.
    pub links: Vec<LinkRule>,
    /// Whether a `mailto:` link must be there.
    pub mailto: bool,
    /// Whether a `tel:` link must be there.
    pub tel: bool,
    /// A currency code that must stand next to an amount.
    pub currency: Option<Template>,
}

/// A link by its purpose: the link text or its address matches, and the target answers 200 with text.
#[derive(Debug, Clone)]
pub struct LinkRule {
    /// What the link is for: "terms", "privacy", "refund".
    pub purpose: String,
    /// Matches the text of the link or its path, letter case aside.
    pub pattern: Pattern,
}

/// Variables that must be in the environment or in a dotenv file.
#[derive(Debug, Clone)]
pub struct EnvCheck {
    /// The dotenv file; golive's own environment when there is none.
    pub file: Option<Template>,
    /// What must be in it.
    pub variables: Vec<EnvVariable>,
}

/// One variable. Its value is never shown: only whether it is there and in form.
#[derive(Debug, Clone)]
pub struct EnvVariable {
    /// The name.
    pub name: String,
    /// What the value must look like.
    pub pattern: Option<Pattern>,
}

/// Which decisions must be how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionsCheck {
    /// The decisions; all of the runbook when empty.
    pub decisions: Vec<DecisionId>,
    /// How far each must be.
    pub state: DecisionStage,
}

/// How far a decision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum DecisionStage {
    /// A value is on the table.
    Proposed,
    /// The value is agreed.
    Confirmed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::runbook;

    #[test]
    fn what_is_missing_is_named() {
        let mut check = runbook().checks["probe"].clone();
        check.needs.secrets.insert(SecretId::new("key").unwrap());
        let (mut facts, mut secrets) = (Facts::default(), BTreeMap::new());
        let words = |facts: &Facts, secrets: &BTreeMap<_, _>| -> Vec<String> {
            check.missing(facts, secrets).map(|missing| missing.to_string()).collect()
        };
        assert_eq!(words(&facts, &secrets), ["field url", "secret key"]);
        facts.fields.insert(FieldId::new("url").unwrap(), "  ".to_owned());
        secrets.insert(SecretId::new("key").unwrap(), SecretSource::env("KEY").unwrap());
        assert_eq!(words(&facts, &secrets), ["field url"], "blanks are no value");
        assert!(!check.configured(&facts, &secrets));
        facts.fields.insert(FieldId::new("url").unwrap(), "x".to_owned());
        assert!(words(&facts, &secrets).is_empty() && check.configured(&facts, &secrets));
    }
}
