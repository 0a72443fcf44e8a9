//! `golive target`

use super::args::Target;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::error::Failure;

pub(super) async fn run(args: Target, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let command = Command::SetTarget { target: args.date.0 };
    let did = session.act(&args.engagement, command, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
