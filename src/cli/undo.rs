//! `golive undo`

use super::args::One;
use super::out::Out;
use super::session::Session;
use super::{Ending, done};
use crate::domain::command::Command;
use crate::error::Failure;

pub(super) async fn run(args: One, session: &Session, out: &mut Out) -> Result<Ending, Failure> {
    let did = session.act(&args.engagement, Command::Undo { seq: None }, None).await?;
    done::tell(&did, out)?;
    Ok(Ending::Done)
}
