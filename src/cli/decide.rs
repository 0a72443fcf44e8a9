//! `golive decide`

use super::args::Decide;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::error::Failure;

pub(super) async fn run(args: Decide, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let Decide { engagement, decision, value, confirm } = args;
    let command = match (value, confirm) {
        (value, true) => Command::Confirm { decision, value },
        (value, false) => Command::Propose { decision, value: value.unwrap_or_default() },
    };
    let did = session.act(&engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
