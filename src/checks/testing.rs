//! What the tests of checks share: definitions, an engagement, and a server with scripted answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use chrono::DateTime;
use indexmap::IndexMap;

use super::consent::{Consent, Consents, Permit};
use super::lanes::Limits;
use super::runner::Runner;
use super::secrets;
use super::subject::{SecretSources, Subject};
use crate::clock::FixedClock;
use crate::domain::check::{Auth, Check, CheckKind, DecisionStage, HttpStep, Method, Needs};
use crate::domain::decision::{Choice, Decision, DecisionKind, DecisionRule};
use crate::domain::digest::Digest;
use crate::domain::expression::{Expression, Template};
use crate::domain::facts::Facts;
use crate::domain::ids::{CheckId, DecisionId, EngagementId, FieldId, RunbookId, SecretId};
use crate::domain::pattern::Pattern;
use crate::domain::runbook::{Field, Header, Runbook, Secret};
use crate::domain::secret::SecretSource;
use crate::domain::verdict::{Observation, Verdict};

/// Long enough for a loaded machine, short enough for a person who waits for a broken test.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn check(id: &str, kind: CheckKind) -> Check {
    Check {
        id: CheckId::new(id).unwrap(),
        title: id.to_owned(),
        kind,
        every: Duration::from_secs(30),
        ttl: Duration::from_mins(10),
        deadline: PATIENCE,
        after_passes: NonZeroU32::MIN,
        after_failures: NonZeroU32::MIN,
        needs: Needs::default(),
    }
}

pub fn fields(ids: &[&str]) -> CheckKind {
    CheckKind::Fields(ids.iter().map(|id| FieldId::new(id).unwrap()).collect())
}

pub fn observation(id: &str, verdict: Verdict) -> Observation {
    Observation {
        check: CheckId::new(id).unwrap(),
        verdict,
        at: DateTime::UNIX_EPOCH,
        latency_ms: 0,
        summary: String::new(),
        steps: vec![],
        findings: vec![],
        causes: vec![],
        request_id: None,
        captured: BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}

pub fn step(url: &str, expect: &[&str]) -> HttpStep {
    HttpStep {
        name: "step".to_owned(),
        method: Method::Get,
        url: Template::new(url).unwrap(),
        headers: vec![],
        auth: None,
        body: None,
        expect: expressions(expect),
        pending: vec![],
        blocking: vec![],
        waiting: vec![],
        warning: vec![],
        reason: None,
        capture: vec![],
    }
}

pub fn expressions(sources: &[&str]) -> Vec<Expression> {
    sources.iter().map(|e| Expression::new(e).unwrap()).collect()
}

pub fn bearer(secret: &str) -> Auth {
    Auth { scheme: "Bearer".to_owned(), secret: SecretId::new(secret).unwrap() }
}

pub fn runner() -> Runner {
    Runner::new(Limits::default(), Arc::new(FixedClock::new(DateTime::UNIX_EPOCH))).unwrap()
}

/// Builds an engagement of a runbook that has just what a test names.
#[derive(Default)]
pub struct Bench {
    fields: IndexMap<FieldId, Field>,
    secrets: IndexMap<SecretId, Secret>,
    decisions: IndexMap<DecisionId, Decision>,
    facts: Facts,
    sources: SecretSources,
}

impl Bench {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn field(mut self, id: &str, value: &str) -> Self {
        let id = FieldId::new(id).unwrap();
        let label = id.to_string();
        let field = Field { id: id.clone(), label, pattern: None, hint: None, default: None };
        self.fields.insert(id.clone(), field);
        self.facts.fields.insert(id, value.to_owned());
        self
    }

    pub fn pattern(mut self, id: &str, pattern: &str) -> Self {
        self.fields[id].pattern = Some(Pattern::new(pattern).unwrap());
        self
    }

    /// A secret in an environment variable.
    pub fn secret(self, id: &str, origins: &[&str], variable: &str) -> Self {
        self.secret_from(id, origins, SecretSource::env(variable).unwrap())
    }

    pub fn secret_from(mut self, id: &str, origins: &[&str], source: SecretSource) -> Self {
        let id = SecretId::new(id).unwrap();
        let origins = origins.iter().map(|o| Template::new(o).unwrap()).collect();
        let label = id.to_string();
        let secret = Secret { id: id.clone(), label, pattern: None, origins, policy: None, hint: None };
        self.secrets.insert(id.clone(), secret);
        self.sources.insert(id, source);
        self
    }

    pub fn choice(mut self, id: &str, options: &[&str], must: &str) -> Self {
        let id = DecisionId::new(id).unwrap();
        let options = options.iter().map(|o| Choice { id: (*o).into(), title: (*o).into() }).collect();
        let rule = DecisionRule {
            when: None,
            must: Expression::new(must).unwrap(),
            because: "the rule says so".into(),
            on_confirm: false,
        };
        let kind = DecisionKind::Choice { options };
        let decision =
            Decision { id: id.clone(), title: id.to_string(), hint: None, kind, rules: vec![rule] };
        self.decisions.insert(id, decision);
        self
    }

    pub fn decided(mut self, id: &str, value: &str, stage: DecisionStage) -> Self {
        self.facts.decisions.insert(DecisionId::new(id).unwrap(), (value.to_owned(), stage));
        self
    }

    pub fn subject(self) -> Subject {
        let header = Header {
            id: RunbookId::new("bench").unwrap(),
            title: "Bench".into(),
            version: "1".into(),
            provider: "Bench".into(),
            source: None,
            digest: Digest::of(b"bench"),
            roles: IndexMap::new(),
            fields: self.fields,
            secrets: self.secrets,
            decisions: self.decisions,
            checks: IndexMap::new(),
            actions: indexmap::IndexMap::new(),
            troubleshooting: vec![],
        };
        let subject = Subject {
            runbook: Arc::new(Runbook::new(header, vec![])),
            facts: Arc::new(self.facts),
            secrets: Arc::new(self.sources),
            seq: 0,
            permit: Permit { engagement: EngagementId::new("bench").unwrap(), consents: Consents::default() },
        };
        // The person at the bench set all of it.
        let context = subject.context();
        for (id, source) in subject.secrets.iter() {
            let agreed = |origin| Consent { secret: id.clone(), source: source.clone(), origin };
            let given = secrets::origins(&subject.runbook.secrets[id], &context).into_iter().map(agreed);
            subject.permit.consents.add(&subject.permit.engagement, given.collect()).unwrap();
        }
        subject
    }
}

/// What a server was asked: method, path with query, and the `Authorization` header.
pub type Asked = (String, String, Option<String>);

/// A server on a free port of this machine that answers as the test says.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub async fn start<F, Fut>(answer: F) -> Self
    where
        F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Response> + Send + 'static,
    {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let app = axum::Router::new().fallback(move |request: Request| {
            let authorization = request.headers().get("authorization");
            let authorization = authorization.map(|v| v.to_str().unwrap().to_owned());
            log.lock().unwrap().push((
                request.method().to_string(),
                request.uri().to_string(),
                authorization,
            ));
            answer(request)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}
