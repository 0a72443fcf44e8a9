//! `golive whoami`

use serde::Serialize;

use super::Ending;
use super::out::Out;
use super::session::Session;
use super::table::{self, Cell};
use crate::error::Failure;

/// Who the user is and where things are.
#[derive(Debug, Serialize)]
struct WhoamiJson {
    name: String,
    fingerprint: String,
    public_key: String,
    store: String,
    config: String,
    identity: String,
}

pub(super) async fn run(session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let app = session.app().await?;
    let author = app.author();
    let setup = &session.setup;
    let shape = WhoamiJson {
        name: author.name.to_string(),
        fingerprint: author.key.to_string(),
        public_key: app.public_key(),
        store: setup.store.to_string_lossy().into_owned(),
        config: setup.config_file.to_string_lossy().into_owned(),
        identity: setup.identity.to_string_lossy().into_owned(),
    };
    if out.json() {
        out.value(&shape)?;
        return Ok(Ending::Done);
    }
    let row = |what: &str, value: &str| vec![Cell::new(what), Cell::clipped(value, 400)];
    let rows = vec![
        row("Name", &shape.name),
        row("Key", &shape.fingerprint),
        row("Public key", &shape.public_key),
        row("Store", &shape.store),
        row("Configuration", &shape.config),
        row("Key folder", &shape.identity),
    ];
    table::print(out, 0, &rows);
    Ok(Ending::Done)
}
