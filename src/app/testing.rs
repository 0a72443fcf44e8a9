//! What the tests of this layer share: a store in a folder that goes away, a standing clock, people.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use tempfile::TempDir;

use super::{Act, App, Beginning, Engagement, Parts};
use crate::clock::FixedClock;
use crate::domain::command::{Command, NewKey};
use crate::domain::ids::{EngagementId, ItemId, MemberName, RoleId};
use crate::domain::verdict::{Observation, Verdict};
use crate::identity::Key;
use crate::store::SqliteStore;

pub(super) const RUNBOOK: &str = r#"
schema = 1
id = "small"
title = "Small"
version = "1"
provider = "Test"

[[roles]]
id = "lead"
name = "Lead"
side = "provider"
lead = true

[[roles]]
id = "dev"
name = "Developer"
side = "merchant"

[[fields]]
id = "url"
label = "URL"

[checks.answers]
kind = "http"
every = "5s"
ttl = "10m"
after_failures = 1
[[checks.answers.steps]]
get = "{{ fields.url }}"
expect = ["status == 200"]

[[stages]]
id = "first"
title = "First"
[[stages.items]]
id = "hello"
title = "Hello"
owner = "dev"
[[stages.items]]
id = "proof"
title = "It answers"
owner = "dev"
check = { use = "answers", mode = "auto" }

[[stages]]
id = "second"
title = "Second"
signoff = ["lead"]
[[stages.items]]
id = "bye"
title = "Bye"
owner = { all = ["dev", "lead"] }
"#;

pub(super) struct Bench {
    pub(super) app: App,
    pub(super) clock: Arc<FixedClock>,
    pub(super) store: Arc<SqliteStore>,
    pub(super) dir: TempDir,
}

pub(super) fn id(text: &str) -> EngagementId {
    EngagementId::new(text).unwrap()
}

pub(super) fn name(text: &str) -> MemberName {
    MemberName::new(text).unwrap()
}

pub(super) fn tick(item: &str) -> Command {
    Command::Tick { item: ItemId::new(item).unwrap(), part: None, note: None, evidence: Vec::new() }
}

pub(super) fn note(text: &str) -> Act {
    Act::new(Command::Note { item: ItemId::new("hello").ok(), text: text.to_owned() })
}

impl Bench {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(DateTime::from_timestamp(1_790_000_000, 0).unwrap()));
        let store = Arc::new(SqliteStore::open(&dir.path().join("golive.db")).await.unwrap());
        let key = Arc::new(Key::open(&dir.path().join("dana")).unwrap());
        let app = App::new(Parts {
            store: store.clone(),
            signer: key,
            clock: clock.clone(),
            me: name("Dana"),
            heads: Some(dir.path().join("golive.db.heads")),
        });
        Self { app, clock, store, dir }
    }

    /// With the engagement `acme`, in which Lin is the developer and has a key of her own.
    pub(super) async fn with_acme() -> (Self, App) {
        let bench = Self::new().await;
        bench.begin("Acme").await;
        let lin = bench.person("Lin");
        bench.assign("dev", "Lin", Some(&lin)).await;
        (bench, lin)
    }

    /// Another process on the same store, as far as memory goes.
    pub(super) fn again(&self) -> App {
        self.someone("Dana", "dana", Some(self.heads()))
    }

    pub(super) fn heads(&self) -> PathBuf {
        self.dir.path().join("golive.db.heads")
    }

    pub(super) fn someone(&self, who: &str, key: &str, heads: Option<PathBuf>) -> App {
        let signer = Arc::new(Key::open(&self.dir.path().join(key)).unwrap());
        App::new(Parts { store: self.store.clone(), signer, clock: self.clock.clone(), me: name(who), heads })
    }

    pub(super) fn person(&self, who: &str) -> App {
        let key = Key::open(&self.dir.path().join(who.to_lowercase())).unwrap();
        self.app.used_by(name(who), Arc::new(key))
    }

    pub(super) async fn begin(&self, name: &str) -> Engagement {
        self.app.begin(beginning(name)).await.unwrap()
    }

    pub(super) async fn assign(&self, role: &str, who: &str, app: Option<&App>) {
        let key = app.map(|a| NewKey::new(a.signer.public().fingerprint().clone(), a.public_key()));
        let command = Command::Assign { role: RoleId::new(role).unwrap(), member: name(who), key };
        self.app.execute(&id("acme"), Act::new(command)).await.unwrap();
    }

    /// Runs SQL past the store, as somebody with the file at hand would.
    pub(super) async fn sql(&self, sql: &'static str) {
        use sqlx::{Connection as _, Executor as _};
        let path = self.dir.path().join("golive.db");
        let mut connection =
            sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        let triggers: Vec<(String,)> =
            sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        for (trigger,) in triggers {
            let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}"));
            connection.execute(sqlx::raw_sql(drop)).await.unwrap();
        }
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
    }
}

pub(super) fn beginning(name: &str) -> Beginning {
    Beginning {
        runbook_name: "small.toml".to_owned(),
        runbook: RUNBOOK.as_bytes().to_vec(),
        id: None,
        name: name.to_owned(),
        target: None,
        fields: vec![("url".parse().unwrap(), "http://127.0.0.1:9/".to_owned())],
    }
}

pub(super) fn seen(app: &App, verdict: Verdict) -> Observation {
    Observation {
        check: "answers".parse().unwrap(),
        verdict,
        at: app.now(),
        latency_ms: 3,
        summary: "said so".to_owned(),
        steps: Vec::new(),
        findings: Vec::new(),
        causes: Vec::new(),
        request_id: None,
        captured: std::collections::BTreeMap::new(),
        streak: 1,
        facts_at: None,
    }
}
