//! `golive sign`

use super::args::Sign;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::error::Failure;

pub(super) async fn run(args: Sign, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::SignStage { stage: args.stage };
    let did = session.act(&args.engagement, command, args.on_behalf_of).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
