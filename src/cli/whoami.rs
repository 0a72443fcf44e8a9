//! `golive whoami`

use serde::Serialize;

use super::Ending;
use super::members::Standing;
use super::out::{Out, Tone, remark};
use super::session::Session;
use super::table::{self, Cell};
use crate::app::{App, AppError, Engagement};
use crate::domain::ids::{EngagementId, MemberName, RoleId};
use crate::error::Failure;

/// `golive whoami`
#[derive(Debug, clap::Args)]
pub struct Whoami {
    /// The engagement whose roles are shown; all of them when none is named
    #[arg(value_name = "ID")]
    pub engagement: Option<EngagementId>,
}

/// Who the user is and where things are.
#[derive(Debug, Serialize)]
struct WhoamiJson {
    name: String,
    fingerprint: String,
    public_key: String,
    /// Where the key is: golive's own, a file, or ssh-agent.
    key_source: String,
    store: String,
    config: String,
    identity: String,
    /// The engagements in which the key speaks, or once spoke, for somebody.
    engagements: Vec<PartJson>,
}

/// What the user is in an engagement.
#[derive(Debug, Serialize)]
struct PartJson {
    engagement: EngagementId,
    /// Whom the key speaks for there.
    name: MemberName,
    key: Standing,
    roles: Vec<RoleId>,
    #[serde(skip)]
    role_names: Vec<String>,
}

pub(super) async fn run(args: Whoami, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let author = app.author();
    let setup = &session.setup;
    let ids = match args.engagement {
        Some(id) => {
            // One that is not there is a mistake.
            app.load(&id).await?;
            vec![id]
        }
        None => app.portfolio().await?.rows.into_iter().map(|row| row.engagement).collect(),
    };
    let mut engagements = Vec::new();
    for id in ids {
        match part(app, &id).await {
            Ok(part) => engagements.extend(part),
            // golive verify says more; who the user is does not depend on it.
            Err(error) => remark(&format!("error: {id}: {error}")),
        }
    }
    let shape = WhoamiJson {
        name: author.name.to_string(),
        fingerprint: author.key.to_string(),
        public_key: app.public_key(),
        key_source: setup.key.to_string(),
        store: setup.store.to_string_lossy().into_owned(),
        config: setup.config_file.to_string_lossy().into_owned(),
        identity: setup.identity.to_string_lossy().into_owned(),
        engagements,
    };
    if out.json() {
        out.value(&shape)?;
        return Ok(Ending::Done);
    }
    let row = |what: &str, value: &str| vec![Cell::new(what), Cell::clipped(value, 400)];
    let rows = vec![
        row("Name", &shape.name),
        row("Key", &shape.fingerprint),
        row("Held by", &shape.key_source),
        row("Public key", &shape.public_key),
        row("Store", &shape.store),
        row("Configuration", &shape.config),
        row("Key folder", &shape.identity),
    ];
    table::print(out, 0, &rows);
    let parts: Vec<Vec<Cell>> = shape.engagements.iter().map(line).collect();
    if !parts.is_empty() {
        out.line(String::new());
        table::print(out, 0, &parts);
    }
    Ok(Ending::Done)
}

/// What the user is in one engagement; nothing when the key never spoke for anybody there.
async fn part(app: &App, id: &EngagementId) -> Result<Option<PartJson>, AppError> {
    let engagement: Engagement = app.load(id).await?;
    let key = app.author().key;
    let spoke = engagement
        .state
        .members
        .iter()
        .find(|(_, m)| m.keys.contains_key(&key) || m.revoked.contains_key(&key));
    Ok(spoke.map(|(name, member)| PartJson {
        engagement: id.clone(),
        name: name.clone(),
        key: Standing::of(&engagement, member, &key, app.now()),
        roles: member.roles.iter().cloned().collect(),
        role_names: member.roles.iter().map(|r| engagement.runbook.role_name(r).to_owned()).collect(),
    }))
}

fn line(part: &PartJson) -> Vec<Cell> {
    let roles = match part.key {
        Standing::Valid if part.role_names.is_empty() => "no role".to_owned(),
        Standing::Valid => part.role_names.join(", "),
        Standing::NotYet | Standing::Expired | Standing::Revoked => {
            format!("key {}; {}", part.key.word(), part.role_names.join(", "))
        }
    };
    vec![
        Cell::new(part.engagement.as_str()).in_tone(Tone::Strong),
        Cell::clipped(part.name.as_str(), 30),
        Cell::clipped(&roles, 200),
    ]
}
